//! What occurs in the same basket or session, in either order, and from it two lists: by likeness, and by what a regression on
//! all others leaves of it.
#![allow(clippy::indexing_slicing, reason = "items were checked when the history was read in")]

use std::collections::BTreeMap;

use crate::catalog::operator::train::sequences::{Clock, Sequences, counts_together, distinct};
use crate::catalog::{MAX_RIDGE, MAX_TOGETHER};

/// Items that the regression of one item looks at, those most like it.
const NEAREST: usize = 100;
/// Items of one basket or session that are counted, the last ones.
const LARGEST: usize = 200;

/// What weights cost: a basket or session counts against so many without evidence.
const LAMBDA: f32 = 100.0;

/// How often every pair of items occurs together.
pub(crate) struct Together {
    /// For each item the others and how often, in order of the item.
    rows: Vec<Vec<(u32, f32)>>,
    /// In how many baskets or sessions each item occurs.
    totals: Vec<f32>,
}

impl Together {
    /// Counts in baskets where the history has dates, in whole sequences otherwise.
    pub(crate) fn of(sequences: &Sequences) -> Self {
        let counts = counts_together(&groups(sequences), sequences.items).into_iter();
        let (totals, rows) = counts.map(|(groups, others)| (groups as f32, others)).unzip();
        Self { rows, totals }
    }

    /// The most alike of every item: `n_ij / sqrt(n_i n_j)`.
    pub(crate) fn alike(&self) -> Vec<Vec<(u32, f32)>> {
        (0..self.rows.len()).map(|item| self.nearest(item, MAX_TOGETHER)).collect()
    }

    fn nearest(&self, item: usize, most: usize) -> Vec<(u32, f32)> {
        let share =
            |&(other, n): &(u32, f32)| (other, n / (self.totals[item] * self.totals[other as usize]).sqrt());
        strongest(self.rows[item].iter().map(share).collect(), most)
    }

    /// What each item adds to the expectation of others: the positive weights of a ridge regression of every item on those most
    /// like it (Steck 2019, kept local as in Ning and Karypis 2011).
    pub(crate) fn ridge(&self) -> Vec<Vec<(u32, f32)>> {
        let mut lists = vec![Vec::new(); self.rows.len()];
        let mut dense = vec![0.0_f32; self.rows.len()];
        for item in 0..self.rows.len() {
            let near: Vec<u32> = self.nearest(item, NEAREST).into_iter().map(|n| n.0).collect();
            let counts: BTreeMap<u32, f32> = self.rows[item].iter().copied().collect();
            let target: Vec<f32> = near.iter().map(|n| counts.get(n).copied().unwrap_or_default()).collect();
            let weights = solve(self.gram(&near, &mut dense), target);
            for (&source, &weight) in near.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0) {
                lists[source as usize].push((u32::try_from(item).unwrap_or(u32::MAX), weight));
            }
        }
        lists.into_iter().map(|list| strongest(list, MAX_RIDGE)).collect()
    }

    /// How often some items occur together, with `LAMBDA` more on the diagonal. `dense` is all zeros, before and after.
    fn gram(&self, near: &[u32], dense: &mut [f32]) -> Vec<Vec<f32>> {
        let row = |&of: &u32| {
            let of = of as usize;
            self.rows[of].iter().for_each(|&(other, n)| dense[other as usize] = n);
            dense[of] = self.totals[of] + LAMBDA;
            let row = near.iter().map(|n| dense[*n as usize]).collect();
            self.rows[of].iter().for_each(|&(other, _)| dense[other as usize] = 0.0);
            dense[of] = 0.0;
            row
        };
        near.iter().map(row).collect()
    }
}

/// The products of every basket or session, each once, in order.
fn groups(sequences: &Sequences) -> Vec<Vec<u32>> {
    let by_basket = sequences.clock == Clock::Days;
    let mut groups = Vec::new();
    for steps in &sequences.users {
        for steps in steps.chunk_by(|a, b| !by_basket || a.moment == b.moment) {
            let last = steps.len().saturating_sub(LARGEST);
            groups.push(distinct(steps[last..].iter().map(|step| step.item).collect()));
        }
    }
    groups
}

fn strongest(mut list: Vec<(u32, f32)>, most: usize) -> Vec<(u32, f32)> {
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    list.truncate(most);
    list
}

/// Solves `matrix · x = target` for a symmetric positive definite matrix, by Cholesky's factors.
fn solve(mut matrix: Vec<Vec<f32>>, mut target: Vec<f32>) -> Vec<f32> {
    let n = target.len();
    for i in 0..n {
        let (above, rest) = matrix.split_at_mut(i);
        let row = &mut rest[0];
        for (j, other) in above.iter().enumerate() {
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        row[i] = (row[i] - dot(&row[..i], &row[..i])).max(1e-6).sqrt();
        target[i] = (target[i] - dot(&row[..i], &target[..i])) / row[i];
    }
    for i in (0..n).rev() {
        let x = target[i] / matrix[i][i];
        target[i] = x;
        for j in 0..i {
            target[j] -= x * matrix[i][j];
        }
    }
    target
}

/// Sums in eight lanes, always in the same order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a8.zip(b8) {
        for ((lane, &x), &y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f32>() + rest
}
