//! Stands in for the trainer until it is delivered.

use super::{Artefacts, Item, Visitor};

/// Item artefacts of a shop without history.
#[must_use]
pub fn train(items: &[Item], _history: &[Visitor]) -> Artefacts {
    Artefacts::untrained(items.len())
}
