//! What a query finds, item by item, in memory that the next query uses again.

use std::sync::{Mutex, PoisonError};

use once_cell::sync::OnceCell;

use crate::catalog::Catalog;
use crate::catalog::device::text::items::Items;
use crate::catalog::device::text::near::signature;
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
    names: OnceCell<Vec<OnceCell<Box<[Name]>>>>,
}

/// A word of a tag's name.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) word: String,
    pub(super) signature: u32,
}

impl Kept {
    /// Empty scores for so many items. Whoever searches at the same time gets others.
    pub(super) fn scores(&self, items: usize) -> Scores {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        spare.unwrap_or_else(|| Scores::new(items))
    }

    /// The words of a tag's last step, in each way of writing them; nothing if there are not so many `tags`.
    pub(super) fn names(&self, tag: u32, tags: usize, leaf: impl FnOnce() -> Vec<String>) -> &[Name] {
        let all = self.names.get_or_init(|| (0..tags).map(|_| OnceCell::new()).collect());
        let Some(names) = all.get(tag as usize) else { return &[] };
        names.get_or_init(|| {
            let name = |word: String| Name { signature: signature(&word), word };
            leaf().into_iter().map(name).collect()
        })
    }

    /// Takes them back, empty.
    pub(super) fn keep(&self, scores: Scores) {
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(scores);
    }
}

/// What was found of an item so far.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    /// For all words that it has but the last of them.
    sum: f32,
    /// The best reading of that one.
    best: f32,
    /// Weight of the words that it has.
    cover: f32,
    /// The last of them, counted from 1.
    word: u32,
}

/// What was found for the words so far, by the number of the item.
#[derive(Debug)]
pub(super) struct Scores {
    scores: Vec<Score>,
    found: Items,
    /// The word at hand, counted from 1, and what it weighs.
    word: u32,
    weight: f32,
}

impl Scores {
    fn new(items: usize) -> Self {
        Self { scores: vec![Score::default(); items], found: Items::new(items), word: 0, weight: 0.0 }
    }

    /// Says what the word weighs that the next offers are for.
    pub(super) fn next_word(&mut self, weight: f32) {
        self.word += 1;
        self.weight = weight;
    }

    /// Takes a reading of the word at hand: of those of one word, the best counts.
    #[inline(always)]
    pub(super) fn offer(&mut self, ix: u32, score: f32) {
        let Some(own) = self.scores.get_mut(ix as usize) else { return };
        if own.word != self.word {
            if own.word == 0 {
                self.found.insert(ix);
            }
            let cover = own.cover + self.weight;
            *own = Score { sum: own.sum + own.best, best: score, cover, word: self.word };
        } else if score > own.best {
            own.best = score;
        }
    }

    /// Empties them: passes each item with its sum and the weight of its words, ascending.
    pub(super) fn drain(&mut self, mut take: impl FnMut(u32, f32, f32)) {
        self.word = 0;
        let Self { scores, found, .. } = self;
        found.drain(|ix| {
            let score = scores.get_mut(ix as usize).map(std::mem::take).unwrap_or_default();
            take(ix, score.sum + score.best, score.cover);
        });
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

    #[inline(always)]
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
