//! The trainer: from the shop's own history to what is known of each item. Runs on the merchant's
//! side; one core, no randomness, no hash order: the same input gives the same bytes.
//!
//! Personal data ends here: the artefacts speak of items, never of users.

mod cold;
mod complements;
mod embedding;
mod neighbours;
mod popularity;
mod sequences;
mod spectral;
#[cfg(test)]
mod tests;
mod together;

pub use sequences::Clock;

use crate::catalog::format::variants::Variants;
use crate::catalog::{Artefacts, Item, User, Weights};
use sequences::Sequences;
use together::Together;

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
/// from 0 to 1. Events of items that are not in `items` are left out. An event about a variant is about its product: all
/// of its variants are as popular, and lie at the same place of the embedding, and the first has the neighbours of all.
#[must_use]
pub fn train(items: &[Item], history: &[User], progress: &mut dyn FnMut(Stage, f32)) -> Artefacts {
    let products = Products::of(items);
    let history = &products.history(history);
    let sequences = Sequences::of(items.len(), history);
    let neighbours = neighbours::train(&sequences, &mut |part| progress(Stage::Neighbours, part));
    let together = Together::of(&sequences);
    let (mut vectors, warm) = embedding::train(&sequences, &mut |part| progress(Stage::Embedding, part));
    cold::fill(items, &mut vectors, &warm);
    let (mut embeddings, embedding_scale) = embedding::quantise(&vectors);
    progress(Stage::Popularity, 0.0);
    let mut counts = popularity::count(items, &sequences, history);
    progress(Stage::Popularity, 1.0);
    let mut cold: Vec<bool> = warm.iter().map(|w| !w).collect();
    products.spread(&mut embeddings);
    products.spread(&mut cold);
    for numbers in [&mut counts.popularity, &mut counts.recent, &mut counts.repurchase_days] {
        products.spread(numbers);
    }
    Artefacts {
        neighbours,
        complements: complements::train(items, history),
        together: together.alike(),
        ridge: together.ridge(),
        embeddings,
        embedding_scale,
        cold,
        popularity: counts.popularity,
        recent_popularity: counts.recent,
        repurchase_days: counts.repurchase_days,
        weights: Weights { repeats: sequences.repeats(), ..Weights::default() },
    }
}

/// For every item the first variant of its product.
struct Products(Vec<u32>);

impl Products {
    fn of(items: &[Item]) -> Self {
        let named =
            items.iter().map(|item| (item.id.as_str(), item.item_group_id.as_deref().unwrap_or_default()));
        let steps = Variants::of(named).first;
        Self((0..).zip(steps).map(|(ix, step): (u32, u32)| ix - step).collect())
    }

    /// The same history, as of products.
    fn history(&self, history: &[User]) -> Vec<User> {
        let mut history = history.to_vec();
        for event in history.iter_mut().flat_map(|user| &mut user.events) {
            event.item = self.0.get(event.item as usize).copied().unwrap_or(event.item);
        }
        history
    }

    /// Gives all variants what the first one has.
    fn spread<T: Clone>(&self, of_items: &mut [T]) {
        for (ix, first) in self.0.iter().enumerate() {
            if let Ok([to, from]) = of_items.get_disjoint_mut([ix, *first as usize]) {
                to.clone_from(from);
            }
        }
    }
}
