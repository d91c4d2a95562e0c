//! The strongest directions of a sparse matrix: randomised truncated SVD (Halko, Martinsson and Tropp
//! 2011). All sums run in a fixed order and without fused steps, so that every machine that rounds
//! like IEEE 754 gives the same result.
#![allow(clippy::indexing_slicing, reason = "all matrices are made here with the sizes they are used with")]

use ndarray::{Array1, Array2, ArrayViewMut1, Axis};

/// A sparse matrix by rows, columns ascending within a row.
pub(crate) struct Sparse {
    pub(crate) rows: Vec<Vec<(u32, f32)>>,
}

impl Sparse {
    /// `self · dense`.
    fn times(&self, dense: &Array2<f32>) -> Array2<f32> {
        let mut out = Array2::zeros((self.rows.len(), dense.ncols()));
        for (row, mut out) in self.rows.iter().zip(out.rows_mut()) {
            for &(column, value) in row {
                out.scaled_add(value, &dense.row(column as usize));
            }
        }
        out
    }

    /// `selfᵀ · dense`.
    fn transposed_times(&self, dense: &Array2<f32>) -> Array2<f32> {
        let mut out = Array2::zeros((self.rows.len(), dense.ncols()));
        for (row, dense) in self.rows.iter().zip(dense.rows()) {
            for &(column, value) in row {
                out.row_mut(column as usize).scaled_add(value, &dense);
            }
        }
        out
    }
}

/// Columns beyond those asked for, which make the first ones exact.
const OVERSAMPLE: usize = 16;
/// Rounds of power iteration.
const ROUNDS: usize = 4;
/// Sweeps of Jacobi rotations; more than enough for a hundred columns.
const SWEEPS: usize = 12;

/// `U · sqrt(S)` of the truncated SVD of a square matrix: one row an item, `width` columns.
pub(crate) fn embed(matrix: &Sparse, width: usize, progress: &mut dyn FnMut(f32)) -> Array2<f32> {
    let n = matrix.rows.len();
    let columns = (width + OVERSAMPLE).min(n);
    let mut basis = orthonormal(matrix.times(&noise(n, columns)));
    for round in 0..ROUNDS {
        progress(round as f32 / ROUNDS as f32);
        let back = orthonormal(matrix.transposed_times(&basis));
        basis = orthonormal(matrix.times(&back));
    }
    let small = matrix.transposed_times(&basis); // n × columns, the transpose of Qᵀ M
    let (values, vectors) = eigen(gram(&small));
    let mut order: Vec<usize> = (0..columns).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    let mut out = Array2::zeros((n, width));
    for (to, &from) in order.iter().take(width).enumerate() {
        let scale = values[from].max(0.0).sqrt().sqrt() as f32; // eigenvalues are squared singular values
        for k in 0..columns {
            let weight = vectors[(k, from)] as f32 * scale;
            out.column_mut(to).scaled_add(weight, &basis.column(k));
        }
    }
    progress(1.0);
    out
}

/// A fixed matrix of numbers from -1 to 1 (SplitMix64).
fn noise(rows: usize, columns: usize) -> Array2<f32> {
    let mut state = 0x5077_0E0C_E000_0001_u64;
    Array2::from_shape_simple_fn((rows, columns), || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
}

/// Modified Gram-Schmidt, twice for safety. Columns that vanish become zero.
fn orthonormal(matrix: Array2<f32>) -> Array2<f32> {
    // Transposed, so that columns lie in one piece.
    let mut rows = matrix.reversed_axes().as_standard_layout().into_owned();
    for i in 0..rows.nrows() {
        let (done, mut rest) = rows.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        let before = length(&row);
        for _ in 0..2 {
            for earlier in done.rows() {
                let along = dot(earlier.as_slice().unwrap_or_default(), row.as_slice().unwrap_or_default());
                row.scaled_add(-(along as f32), &earlier);
            }
        }
        let after = length(&row);
        let scale = if after > before * 1e-5 && after > 0.0 { 1.0 / after } else { 0.0 };
        row.mapv_inplace(|x| (f64::from(x) * scale) as f32);
    }
    rows.reversed_axes().as_standard_layout().into_owned()
}

fn length(row: &ArrayViewMut1<'_, f32>) -> f64 {
    let row = row.as_slice().unwrap_or_default();
    dot(row, row).sqrt()
}

/// Sums in eight lanes, always in the same order.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((lane, &x), &y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f64::from(x) * f64::from(y);
        }
    }
    lanes.iter().sum()
}

/// `matrixᵀ · matrix`.
fn gram(matrix: &Array2<f32>) -> Array2<f64> {
    let rows = matrix.t().as_standard_layout().into_owned();
    let n = rows.nrows();
    Array2::from_shape_fn((n, n), |(i, j)| {
        dot(rows.row(i).as_slice().unwrap_or_default(), rows.row(j).as_slice().unwrap_or_default())
    })
}

/// Eigenvalues and eigenvectors (as columns) of a symmetric matrix, by Jacobi rotations.
fn eigen(mut a: Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let n = a.nrows();
    let mut v = Array2::eye(n);
    for _ in 0..SWEEPS {
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut v, p, q);
            }
        }
    }
    (a.diag().to_owned(), v)
}

fn rotate(a: &mut Array2<f64>, v: &mut Array2<f64>, p: usize, q: usize) {
    let off = a[(p, q)];
    if off.abs() < 1e-12 * (a[(p, p)] * a[(q, q)]).abs().sqrt().max(1e-30) {
        return;
    }
    let theta = (a[(q, q)] - a[(p, p)]) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..a.nrows() {
        let (x, y) = (a[(k, p)], a[(k, q)]);
        a[(k, p)] = c * x - s * y;
        a[(k, q)] = s * x + c * y;
    }
    for k in 0..a.nrows() {
        let (x, y) = (a[(p, k)], a[(q, k)]);
        a[(p, k)] = c * x - s * y;
        a[(q, k)] = s * x + c * y;
        let (x, y) = (v[(k, p)], v[(k, q)]);
        v[(k, p)] = c * x - s * y;
        v[(k, q)] = s * x + c * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_directions_of_a_known_matrix() {
        // Two blocks of ones: two directions with singular values 3 and 2, all others 0.
        let block = |from: u32, to: u32| (from..to).map(|c| (c, 1.0)).collect::<Vec<_>>();
        let rows = (0..5).map(|i| if i < 3 { block(0, 3) } else { block(3, 5) }).collect();
        let u = embed(&Sparse { rows }, 2, &mut |_| ());
        for i in 0..5 {
            let (own, other) = if i < 3 { (0, 1) } else { (1, 0) };
            assert!((u[(i, own)].abs() - 1.0).abs() < 1e-3, "{u}");
            assert!(u[(i, other)].abs() < 1e-3, "{u}");
        }
    }

    #[test]
    fn an_empty_matrix_gives_zeros() {
        let u = embed(&Sparse { rows: vec![Vec::new(); 4] }, 2, &mut |_| ());
        assert!(u.iter().all(|&x| x == 0.0));
        assert_eq!(embed(&Sparse { rows: Vec::new() }, 2, &mut |_| ()).dim(), (0, 2));
    }
}
