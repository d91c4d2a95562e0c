//! The trainer: from the shop's own history to what is known of each item. Runs on the merchant's
//! side; one core, no randomness, no hash order: the same input gives the same bytes.
//!
//! Personal data ends here: the artefacts speak of items, never of users.

mod cold;
mod embedding;
mod neighbours;
mod popularity;
mod sequences;
mod spectral;
#[cfg(test)]
mod tests;

pub use sequences::Clock;

use crate::catalog::{Artefacts, Item, User, Weights};
use sequences::Sequences;

/// A step of the training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Counting who goes with whom.
    Neighbours,
    /// The embedding.
    Embedding,
    /// Popularity and intervals.
    Popularity,
    /// Learning the ranking weights.
    Weights,
}

/// Trains everything but the ranking weights, which need a ranking
/// ([`crate::ranking::fit::train_shop`]). `progress` hears of each step and how much of it is done,
/// from 0 to 1. Events of items that are not in `items` are left out.
#[must_use]
pub fn train(items: &[Item], history: &[User], progress: &mut dyn FnMut(Stage, f32)) -> Artefacts {
    let sequences = Sequences::of(items.len(), history);
    let neighbours = neighbours::train(&sequences, &mut |part| progress(Stage::Neighbours, part));
    let (mut vectors, warm) = embedding::train(&sequences, &mut |part| progress(Stage::Embedding, part));
    cold::fill(items, &mut vectors, &warm);
    let (embeddings, embedding_scale) = embedding::quantise(&vectors);
    progress(Stage::Popularity, 0.0);
    let counts = popularity::count(&sequences, history);
    progress(Stage::Popularity, 1.0);
    Artefacts {
        neighbours,
        embeddings,
        embedding_scale,
        cold: warm.iter().map(|w| !w).collect(),
        popularity: counts.popularity,
        recent_popularity: counts.recent,
        repurchase_days: counts.repurchase_days,
        weights: Weights { repeats: sequences.repeats(), ..Weights::default() },
    }
}
