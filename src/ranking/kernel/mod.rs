//! Integer dot products of one query with every row of an int8 matrix, 64 numbers wide. Written in
//! intrinsics, because size-optimised builds do not vectorise loops. Every path gives the same
//! integers, so a list is the same on every processor.

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

/// Numbers in a row.
pub(crate) const WIDTH: usize = 64;

/// A query: 64 integers from -127 to 127.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query([i8; WIDTH]);

impl Query {
    /// The direction of `vector` in 127 steps; `None` if it points nowhere.
    pub(crate) fn of(vector: &[f32; WIDTH]) -> Option<Self> {
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        let most = vector.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        if norm <= 0.0 || !norm.is_finite() {
            return None;
        }
        Some(Self(vector.map(|x| (x / most * 127.0).round().clamp(-127.0, 127.0) as i8)))
    }

    /// The dot products with the first `out.len()` rows of `matrix`, as many as it has.
    pub(crate) fn dots(&self, matrix: &[i8], out: &mut [i32]) {
        let rows = out.len().min(matrix.len() / WIDTH);
        let (Some(matrix), Some(out)) = (matrix.get(..rows * WIDTH), out.get_mut(..rows)) else { return };
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: AVX2 was just found, and `matrix` holds `out.len()` rows.
            return unsafe { x86::dots(&self.0, matrix, out) };
        }
        #[cfg(target_arch = "aarch64")]
        // SAFETY: every aarch64 processor has NEON, and `matrix` holds `out.len()` rows.
        return unsafe { neon::dots(&self.0, matrix, out) };
        #[allow(unreachable_code, reason = "the end of the road for processors without a path of their own")]
        portable(&self.0, matrix, out);
    }
}

/// The same in plain Rust.
pub(crate) fn portable(query: &[i8; WIDTH], matrix: &[i8], out: &mut [i32]) {
    for (row, out) in matrix.chunks_exact(WIDTH).zip(out) {
        *out = row.iter().zip(query).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: &mut u64) -> i8 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 56) as i8
    }

    #[test]
    fn every_path_gives_the_same_integers_also_at_the_extremes() {
        let mut seed = 7;
        for rows in [0, 1, 3, 4, 5, 8, 67] {
            let mut matrix: Vec<i8> = (0..rows * WIDTH).map(|_| noise(&mut seed)).collect();
            let mut query = [0_i8; WIDTH].map(|_| noise(&mut seed).max(-127));
            if rows > 3 {
                matrix[..WIDTH].fill(-128);
                matrix[WIDTH..2 * WIDTH].fill(127);
                query = query.map(|q| if q > 0 { 127 } else { -127 });
            }
            let (mut fast, mut plain) = (vec![0; rows], vec![0; rows]);
            Query(query).dots(&matrix, &mut fast);
            portable(&query, &matrix, &mut plain);
            assert_eq!(fast, plain);
        }
    }

    #[test]
    fn short_matrices_are_not_read_past_their_end() {
        let query = Query([1; WIDTH]);
        let mut out = [9; 3];
        query.dots(&[1; WIDTH + 5], &mut out);
        assert_eq!(out, [64, 9, 9]);
    }
}
