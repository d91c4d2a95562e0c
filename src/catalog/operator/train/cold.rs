//! Items nobody touched yet get the mean direction of the items that share their tags.
#![allow(clippy::indexing_slicing, reason = "vectors and flags have one row an item")]

use std::collections::BTreeMap;

use ndarray::{Array1, Array2};

use crate::catalog::Item;

/// Gives every item without a vector of its own one that follows from its tags.
pub(crate) fn fill(items: &[Item], vectors: &mut Array2<f32>, warm: &[bool]) {
    let mut centres: BTreeMap<String, (Array1<f32>, u32)> = BTreeMap::new();
    for (i, item) in items.iter().enumerate().filter(|(i, _)| warm[*i]) {
        for word in words(item) {
            let (sum, n) = centres.entry(word).or_insert_with(|| (Array1::zeros(vectors.ncols()), 0));
            *sum += &vectors.row(i);
            *n += 1;
        }
    }
    for (i, item) in items.iter().enumerate().filter(|(i, _)| !warm[*i]) {
        let mut sum: Array1<f32> = Array1::zeros(vectors.ncols());
        for (centre, n) in words(item).iter().filter_map(|w| centres.get(w)) {
            // Rare tags say more; a centre is a mean, so both divide.
            sum.scaled_add(1.0 / (*n as f32 * (1.0 + (*n as f32).sqrt())), centre);
        }
        let norm = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm > 1e-9 {
            vectors.row_mut(i).assign(&(sum / norm));
        }
    }
}

/// What an item may share with others.
fn words(item: &Item) -> Vec<String> {
    let said = [
        ("brand", &item.brand),
        ("category", &item.google_product_category),
        ("product_type", &item.product_type),
        ("color", &item.color),
        ("material", &item.material),
        ("pattern", &item.pattern),
        ("gender", &item.gender),
    ];
    let said =
        said.iter().filter_map(|(kind, value)| Some(format!("{kind}:{}", value.as_ref()?.to_lowercase())));
    said.chain(item.tags.iter().map(|t| t.to_lowercase())).collect()
}
