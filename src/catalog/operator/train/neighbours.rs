//! Sequential rules: what comes after an item within ten places, sooner counting more, and what comes
//! before it at half. Measured best of all item lists on three shops.
#![allow(clippy::indexing_slicing, reason = "items were checked when the history was read in")]

use crate::catalog::MAX_NEIGHBOURS;
use crate::catalog::operator::train::sequences::{Row, Sequences};

/// How far two events may lie apart.
const WINDOW: usize = 10;
/// What the way back counts.
const BACKWARD: f32 = 0.5;

/// The strongest neighbours of every item.
pub(crate) fn train(sequences: &Sequences, progress: &mut dyn FnMut(f32)) -> Vec<Vec<(u32, f32)>> {
    let mut row = Row::new(sequences.items);
    let mut rows = Vec::with_capacity(sequences.items);
    for item in 0..sequences.items {
        if item % 1024 == 0 {
            progress(item as f32 / sequences.items.max(1) as f32);
        }
        count(sequences, item, &mut row);
        rows.push(row.take());
    }
    progress(1.0);
    let totals: Vec<f32> = rows.iter().map(|r: &Vec<(u32, f32)>| r.iter().map(|c| c.1).sum()).collect();
    rows.into_iter().zip(&totals).map(|(counts, &own)| strongest(counts, own, &totals)).collect()
}

fn count(sequences: &Sequences, item: usize, row: &mut Row) {
    for &(user, place) in &sequences.places[item] {
        let steps = &sequences.users[user as usize];
        let place = place as usize;
        let last = (place + WINDOW).min(steps.len().saturating_sub(1));
        for (other, step) in steps.iter().enumerate().take(last + 1).skip(place + 1) {
            add(row, item, step.item, 1.0 / (other - place) as f32);
        }
        for (other, step) in steps.iter().enumerate().take(place).skip(place.saturating_sub(WINDOW)) {
            add(row, item, step.item, BACKWARD / (place - other) as f32);
        }
    }
}

fn add(row: &mut Row, item: usize, other: u32, count: f32) {
    if other as usize != item {
        row.add(other, count);
    }
}

/// `C_ij / sqrt(ΣC_i · ΣC_j)`: neither what everybody buys nor what hardly anybody does comes first.
fn strongest(counts: Vec<(u32, f32)>, own: f32, totals: &[f32]) -> Vec<(u32, f32)> {
    let share = |(i, c): (u32, f32)| (i, c / (own * totals[i as usize]).max(f32::MIN_POSITIVE).sqrt());
    let mut scored: Vec<(u32, f32)> = counts.into_iter().map(share).collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored.truncate(MAX_NEIGHBOURS);
    scored
}
