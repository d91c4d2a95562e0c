//! The embedding: positive pointwise mutual information of items within five places, its strongest 64
//! directions, in 8-bit integers (Levy and Goldberg 2014; context exponent 0.75).
#![allow(clippy::indexing_slicing, reason = "items were checked when the history was read in")]

use ndarray::Array2;

use crate::catalog::EMBEDDING_WIDTH;
use crate::catalog::operator::train::sequences::{Row, Sequences};
use crate::catalog::operator::train::spectral::{Sparse, embed};

/// How far two events may lie apart.
const WINDOW: usize = 5;
/// Makes rare contexts less special.
const CONTEXT_EXPONENT: f64 = 0.75;

/// Unit vectors, and which items have one.
pub(crate) fn train(sequences: &Sequences, progress: &mut dyn FnMut(f32)) -> (Array2<f32>, Vec<bool>) {
    let mut vectors = embed(&associations(sequences), EMBEDDING_WIDTH, progress);
    let mut warm = Vec::with_capacity(sequences.items);
    for mut row in vectors.rows_mut() {
        let norm = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        let known = norm > 1e-6;
        row.mapv_inplace(|x| if known { (f64::from(x) / norm) as f32 } else { 0.0 });
        warm.push(known);
    }
    (vectors, warm)
}

/// `max(0, ln(n_ij N / (n_i n_j^0.75)))` with `N` the sum of the contexts' powers.
fn associations(sequences: &Sequences) -> Sparse {
    let mut row = Row::new(sequences.items);
    let counts: Vec<Vec<(u32, f32)>> = (0..sequences.items)
        .map(|item| {
            count(sequences, item, &mut row);
            row.take()
        })
        .collect();
    let totals: Vec<f64> = counts.iter().map(|r| r.iter().map(|c| f64::from(c.1)).sum()).collect();
    let contexts: Vec<f64> = totals.iter().map(|t| t.powf(CONTEXT_EXPONENT)).collect();
    let all: f64 = contexts.iter().sum();
    let rows = counts.into_iter().zip(&totals).map(|(row, &own)| {
        let pmi = |(j, n): (u32, f32)| (j, (f64::from(n) * all / (own * contexts[j as usize])).ln() as f32);
        row.into_iter().map(pmi).filter(|c| c.1 > 0.0).collect()
    });
    Sparse { rows: rows.collect() }
}

fn count(sequences: &Sequences, item: usize, row: &mut Row) {
    for &(user, place) in &sequences.places[item] {
        let steps = &sequences.users[user as usize];
        let place = place as usize;
        let near = place.saturating_sub(WINDOW)..(place + WINDOW + 1).min(steps.len());
        for step in &steps[near] {
            if step.item as usize != item {
                row.add(step.item, 1.0);
            }
        }
    }
}

/// Symmetric 8-bit integers with one scale for all.
pub(crate) fn quantise(vectors: &Array2<f32>) -> (Vec<[i8; EMBEDDING_WIDTH]>, f32) {
    let most = vectors.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
    let quantised = vectors.rows().into_iter().map(|row| {
        let mut out = [0; EMBEDDING_WIDTH];
        for (to, &from) in out.iter_mut().zip(row) {
            *to = (from / scale).round().clamp(-127.0, 127.0) as i8;
        }
        out
    });
    (quantised.collect(), scale)
}
