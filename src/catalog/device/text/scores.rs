//! What a query finds, item by item, in memory that the next query uses again.

use std::sync::{Mutex, PoisonError};

use once_cell::sync::OnceCell;

use crate::catalog::Catalog;
use crate::catalog::device::text::items::Items;
use crate::catalog::format::Column;

/// BM25's saturation of repeated words.
const K1: f32 = 1.2;
/// BM25's share of length normalisation.
const B: f32 = 0.4;

/// What search keeps from one query to the next: nothing of the query.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    spare: Mutex<Option<Scores>>,
    pub(super) sensitive: OnceCell<Items>,
}

impl Kept {
    /// Empty scores for so many items. Whoever searches at the same time gets others.
    pub(super) fn scores(&self, items: usize) -> Scores {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        spare.unwrap_or_else(|| Scores::new(items))
    }

    /// Takes them back, empty.
    pub(super) fn keep(&self, scores: Scores) {
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(scores);
    }
}

/// What was found of an item so far.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    sum: f32,
    /// Weight of the words that it has.
    cover: f32,
    /// The best reading of the word at hand.
    best: f32,
}

/// What was found for the words so far, by the number of the item.
#[derive(Debug)]
pub(super) struct Scores {
    scores: Vec<Score>,
    /// What has the word at hand.
    with_word: Items,
    found: Items,
}

impl Scores {
    fn new(items: usize) -> Self {
        let none = Items::new(items);
        Self { scores: vec![Score::default(); items], with_word: none.clone(), found: none }
    }

    pub(super) fn offer(&mut self, ix: u32, score: f32) {
        if let Some(own) = self.scores.get_mut(ix as usize) {
            own.best = own.best.max(score);
            self.with_word.insert(ix);
        }
    }

    /// Takes what was offered for a word of this weight.
    pub(super) fn close_word(&mut self, weight: f32) {
        self.found.add(&self.with_word);
        for ix in self.with_word.drain() {
            if let Some(own) = self.scores.get_mut(ix as usize) {
                *own = Score { sum: own.sum + own.best, cover: own.cover + weight, best: 0.0 };
            }
        }
    }

    /// Empties them: passes each item with its sum and the weight of its words, ascending.
    pub(super) fn drain(&mut self, mut take: impl FnMut(u32, f32, f32)) {
        for ix in self.found.drain() {
            let score = self.scores.get_mut(ix as usize).map(std::mem::take).unwrap_or_default();
            take(ix, score.sum, score.cover);
        }
    }
}

/// BM25's saturated frequency of a word in an item.
pub(super) struct Saturation<'a> {
    catalog: &'a Catalog,
    /// By posting weight, where all items count as equally long.
    of_weight: [f32; 256],
    /// Where they do not.
    lengths: &'a [u16],
}

impl<'a> Saturation<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        let alike = catalog.store.has(Column::TokenStems);
        let lengths = if alike { &[] } else { catalog.cells(Column::TextLength) };
        let length = catalog.store.cell(Column::TextLength, 0).unwrap_or_default();
        let of_weight = std::array::from_fn(|weight| saturated(catalog, weight as u8, length));
        Self { catalog, of_weight, lengths }
    }

    pub(super) fn at(&self, ix: u32, weight: u8) -> f32 {
        match self.lengths.get(ix as usize) {
            Some(length) => saturated(self.catalog, weight, *length),
            None => self.of_weight.get(usize::from(weight)).copied().unwrap_or_default(),
        }
    }
}

fn saturated(catalog: &Catalog, weight: u8, length: u16) -> f32 {
    let relative = f32::from(length) / catalog.manifest.mean_text_length.max(1.0);
    let frequency = f32::from(weight);
    frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B + B * relative))
}
