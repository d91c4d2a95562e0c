//! AVX2: 64 bytes in two loads, pairs multiplied with `maddubs`, four rows reduced together.

use std::arch::x86_64::{
    __m256i, _mm_add_epi32, _mm_storeu_si128, _mm256_abs_epi8, _mm256_add_epi32, _mm256_castsi256_si128,
    _mm256_extracti128_si256, _mm256_hadd_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_set1_epi16, _mm256_setzero_si256, _mm256_sign_epi8,
};

use crate::ranking::kernel::{WIDTH, portable};

/// Dot products with every row.
///
/// # Safety
/// The processor has AVX2, and `matrix` holds `out.len()` rows of [`WIDTH`] numbers.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn dots(query: &[i8; WIDTH], matrix: &[i8], out: &mut [i32]) {
    // SAFETY: the query is 64 bytes long.
    let (low, high) = unsafe { load(query.as_ptr()) };
    let mut groups = out.chunks_exact_mut(4);
    let mut row = matrix.as_ptr();
    for group in &mut groups {
        let mut sums = [_mm256_setzero_si256(); 4];
        for sum in &mut sums {
            // SAFETY: `row` starts one of the rows that the caller vouches for; the last step leaves
            // it at most one past the end.
            (*sum, row) = unsafe { (products(row, low, high), row.add(WIDTH)) };
        }
        let [a, b, c, d] = sums;
        let lanes = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        let total = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256::<1>(lanes));
        // SAFETY: the group has room for four integers.
        unsafe { _mm_storeu_si128(group.as_mut_ptr().cast(), total) };
    }
    let rest = groups.into_remainder();
    let start = matrix.len() - rest.len() * WIDTH;
    portable(query, matrix.get(start..).unwrap_or_default(), rest);
}

/// # Safety
/// 64 bytes can be read at `at`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load(at: *const i8) -> (__m256i, __m256i) {
    // SAFETY: as the caller vouches; unaligned loads are allowed.
    unsafe { (_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(32).cast())) }
}

/// Eight partial sums of a row's products. `|row|` is unsigned and takes its sign from the query:
/// a pair is at most 2 · 128 · 127 = 32512, so that `maddubs` never saturates.
///
/// # Safety
/// 64 bytes can be read at `row`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn products(row: *const i8, low: __m256i, high: __m256i) -> __m256i {
    // SAFETY: as the caller vouches.
    let (first, second) = unsafe { load(row) };
    let ones = _mm256_set1_epi16(1);
    let half = |row: __m256i, query: __m256i| {
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(row), _mm256_sign_epi8(query, row));
        _mm256_madd_epi16(pairs, ones)
    };
    _mm256_add_epi32(half(first, low), half(second, high))
}
