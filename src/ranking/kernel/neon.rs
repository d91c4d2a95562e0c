//! NEON: widening multiplies and pairwise accumulation, on every 64-bit ARM processor.

use std::arch::aarch64::{
    vaddvq_s32, vdupq_n_s32, vget_high_s8, vget_low_s8, vld1q_s8, vmull_s8, vpadalq_s16,
};

use crate::ranking::kernel::WIDTH;

/// Dot products with every row. A product is at most 128 · 127 and fits the 16 bits it is widened to.
///
/// # Safety
/// `matrix` holds `out.len()` rows of [`WIDTH`] numbers.
#[target_feature(enable = "neon")]
pub(super) unsafe fn dots(query: &[i8; WIDTH], matrix: &[i8], out: &mut [i32]) {
    for (row, out) in matrix.chunks_exact(WIDTH).zip(out) {
        let mut sum = vdupq_n_s32(0);
        for part in 0..WIDTH / 16 {
            // SAFETY: row and query are 64 bytes long, and `part * 16 + 16` is at most that.
            let (a, b) =
                unsafe { (vld1q_s8(row.as_ptr().add(part * 16)), vld1q_s8(query.as_ptr().add(part * 16))) };
            sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
            sum = vpadalq_s16(sum, vmull_s8(vget_high_s8(a), vget_high_s8(b)));
        }
        *out = vaddvq_s32(sum);
    }
}
