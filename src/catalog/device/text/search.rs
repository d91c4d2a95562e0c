//! Full-text search by BM25F (Robertson and Zaragoza 2009) over all texts of an item.
//!
//! The last word of a query may be unfinished; a word that nobody wrote is matched to what it was meant to be. Prices and sizes
//! in the query are limits. Sensitive items are found only by their names.

use std::borrow::Cow;
use std::ops::{Deref, RangeInclusive};

use crate::base::limits::SEARCH_TERM;
use crate::catalog::device::text::query::{MAX_QUERY_WORDS, Query};
use crate::catalog::device::text::readings::{Meaning, Reading};
use crate::catalog::device::text::words;
use crate::catalog::format::Column;
use crate::catalog::format::column::NAMED;
use crate::catalog::{Catalog, SensitiveTags, TagKind};

/// BM25's saturation of repeated words.
const K1: f32 = 1.2;
/// BM25's share of length normalisation.
const B: f32 = 0.4;
/// Items whose share of the query's words, by weight, is less are no finds.
const LEAST_COVER: f32 = 0.2;
/// The share that is all of them, but for rounding.
const WHOLE_COVER: f32 = 0.999;

/// An item that a query finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub(crate) ix: u32,
    pub(crate) score: f32,
    /// Whether it has every word of the query.
    pub(crate) whole: bool,
}

/// What a query finds, in no order, and what it was taken for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    pub(crate) query: Query,
    pub(crate) meanings: Vec<Meaning>,
}

/// What was found for the words so far, by the number of the item.
struct Scores {
    sum: Vec<f32>,
    /// Weight of the words that the item has.
    cover: Vec<f32>,
    /// The best reading of the word at hand, for the items in `touched`.
    best: Vec<f32>,
    touched: Vec<u32>,
}

impl Scores {
    fn new(items: usize) -> Self {
        let zeros = || vec![0.0; items];
        Self { sum: zeros(), cover: zeros(), best: zeros(), touched: Vec::new() }
    }

    fn offer(&mut self, ix: u32, score: f32) {
        if let Some(best) = self.best.get_mut(ix as usize) {
            if *best == 0.0 {
                self.touched.push(ix);
            }
            *best = best.max(score);
        }
    }

    /// Takes what was offered for a word of this weight.
    fn close_word(&mut self, weight: f32) {
        for ix in self.touched.drain(..) {
            let ix = ix as usize;
            let places = (self.sum.get_mut(ix), self.cover.get_mut(ix), self.best.get_mut(ix));
            if let (Some(sum), Some(cover), Some(best)) = places {
                *sum += *best;
                *cover += weight;
                *best = 0.0;
            }
        }
    }
}

impl Catalog {
    /// The items that fit `text` best and their scores, best first; ties by popularity, then by number. What an item lacks of
    /// the query's words counts against it. A sensitive item is found only by a query that names it or its like.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<(u32, f32)> {
        self.best(self.find(text).hits, limit).into_iter().map(|hit| (hit.ix, hit.score)).collect()
    }

    /// All items that fit, sensitive ones only if the query names them.
    pub(crate) fn find(&self, text: &str) -> Found {
        let mut query = Query::of(text);
        let sized = self.sized(&mut query);
        let meanings = self.meanings(&query);
        let affordable = query.affordable(self);
        let fits = |ix: u32| {
            (query.prices.is_empty() || self.priced_within(ix, &affordable))
                && sized.as_ref().is_none_or(|items| items.binary_search(&ix).is_ok())
        };
        let mut hits = match meanings.is_empty() {
            true => self.all(&query, sized.is_some()),
            false => self.scored(&meanings),
        };
        hits.retain(|hit| fits(hit.ix));
        self.keep_named(&meanings, &mut hits);
        if let Some(ix) = self.index_of(text.trim()) {
            let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
            hits.retain(|hit| hit.ix != ix);
            hits.push(Hit { ix, score: best + 1.0, whole: true });
        }
        Found { hits, query, meanings }
    }

    /// The best of them, best first.
    pub(crate) fn best(&self, mut hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
        let by_score = |a: &Hit, b: &Hit| {
            let popular = |hit: &Hit| self.popularity(hit.ix);
            b.score.total_cmp(&a.score).then_with(|| popular(b).total_cmp(&popular(a))).then(a.ix.cmp(&b.ix))
        };
        if limit < hits.len() {
            hits.select_nth_unstable_by(limit, by_score);
            hits.truncate(limit);
        }
        hits.sort_by(by_score);
        hits
    }

    fn priced_within(&self, ix: u32, bounds: &[RangeInclusive<i64>]) -> bool {
        let price = self.minor_at(ix, self.created_ms());
        price.is_some_and(|(currency, minor)| {
            bounds.get(currency).is_some_and(|within| within.contains(&minor))
        })
    }

    /// All items, for a query that has limits only.
    fn all(&self, query: &Query, sized: bool) -> Vec<Hit> {
        let limited = sized || !query.prices.is_empty();
        (0..self.manifest.items).filter(|_| limited).map(|ix| Hit { ix, score: 1.0, whole: true }).collect()
    }

    fn scored(&self, meanings: &[Meaning]) -> Vec<Hit> {
        let mut scores = Scores::new(self.len());
        let mut weighed = Vec::with_capacity(meanings.len());
        for meaning in meanings {
            let weight = self.offer_all(meaning, &mut scores);
            scores.close_word(weight);
            weighed.push((meaning, weight));
        }
        let all: f32 = weighed.iter().map(|(_, weight)| weight).sum();
        let intents = self.intents(&weighed);
        let intent = |ix: u32| {
            let category = self.category(ix).filter(|_| !intents.is_empty())?;
            let at = intents.binary_search_by_key(&category, |(tag, _)| *tag).ok()?;
            intents.get(at).map(|(_, more)| *more)
        };
        let found = (0..).zip(scores.sum.iter().zip(&scores.cover)).filter(|(_, (sum, _))| **sum > 0.0);
        found
            .map(|(ix, (sum, cover))| (ix, sum, cover / all))
            .filter(|(.., cover)| *cover >= LEAST_COVER)
            .map(|(ix, sum, cover)| {
                let score = sum * cover * intent(ix).unwrap_or(1.0);
                Hit { ix, score, whole: cover >= WHOLE_COVER }
            })
            .collect()
    }

    /// Offers the items of every reading of a word, and returns what the word weighs.
    fn offer_all(&self, meaning: &Meaning, scores: &mut Scores) -> f32 {
        let mut weight = 0.0f32;
        for readings in [&meaning.readings, &meaning.joined] {
            let rarity = self.rarity(readings);
            weight = weight.max(rarity);
            for reading in readings {
                self.each_score(*reading, rarity, |ix, score| scores.offer(ix, score));
            }
        }
        for phrase in &meaning.phrases {
            let rarity: f32 = phrase.iter().map(|readings| self.rarity(readings)).sum();
            weight = weight.max(rarity);
            for (ix, score) in self.with_all(phrase) {
                scores.offer(ix, score);
            }
        }
        // What nobody wrote weighs as much as what is in one item.
        if weight == 0.0 { (1.0 + self.len() as f32).ln() } else { weight }
    }

    /// The items that have every word of a phrase in any of its readings, ascending, and what that counts.
    fn with_all(&self, phrase: &[Vec<Reading>]) -> Vec<(u32, f32)> {
        let of_word = |readings: &Vec<Reading>| {
            let rarity = self.rarity(readings);
            let mut items: Vec<(u32, f32)> = Vec::new();
            for reading in readings {
                self.each_score(*reading, rarity, |ix, score| items.push((ix, score)));
            }
            items.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            items.dedup_by_key(|(ix, _)| *ix);
            items
        };
        let mut words = phrase.iter().map(of_word);
        let mut items = words.next().unwrap_or_default();
        for word in words {
            let score = |ix: &u32| {
                let at = word.binary_search_by_key(ix, |(other, _)| *other).ok()?;
                word.get(at).map(|(_, score)| *score)
            };
            items = items.iter().filter_map(|(ix, sum)| Some((*ix, sum + score(ix)?))).collect();
        }
        items
    }

    /// BM25's inverse document frequency of words that mean the same: of those that the query names, where it does.
    fn rarity(&self, readings: &[Reading]) -> f32 {
        if readings.is_empty() {
            return 0.0;
        }
        let named = readings.iter().any(|reading| reading.named);
        let counted = readings.iter().filter(|reading| reading.named == named);
        let with: usize =
            counted.map(|reading| self.store.run(Column::PostingRows, reading.token).len()).sum();
        let all = self.len() as f32;
        let with = (with as f32).min(all);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    /// Each item that holds the token, and what that counts.
    fn each_score(&self, reading: Reading, rarity: f32, mut take: impl FnMut(u32, f32)) {
        let run = self.store.run(Column::PostingRows, reading.token);
        let weights = self.store.some::<u8>(Column::PostingWeights, run.clone());
        let items = self.store.some::<u32>(Column::Postings, run);
        let lengths = self.cells::<u16>(Column::TextLength);
        for (ix, weight) in items.iter().zip(weights.iter()) {
            let length = lengths.get(*ix as usize).copied().unwrap_or_default();
            let relative = f32::from(length) / self.manifest.mean_text_length.max(1.0);
            let frequency = f32::from(*weight);
            let saturated = frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B + B * relative));
            take(*ix, reading.share * rarity * saturated);
        }
    }

    /// The items of the size that the query asks for, which is taken out of its words. Nothing if no item has a size like it.
    fn sized(&self, query: &mut Query) -> Option<Vec<u32>> {
        let (_, size) = query.size.as_ref()?;
        let is_size = |tag: &u32| {
            let tag = self.tag(*tag).filter(|tag| tag.kind == TagKind::Size);
            tag.is_some_and(|tag| words(tag.name).contains(size))
        };
        let tags = (0..self.manifest.tags).filter(is_size);
        let mut items: Vec<u32> = tags.flat_map(|tag| self.items_with_tag(tag)).copied().collect();
        if items.is_empty() {
            return None;
        }
        items.sort_unstable();
        items.dedup();
        query.leave_out_size();
        Some(items)
    }

    /// Leaves out sensitive items that the query does not name: of the items with one of its words, or with all of them, at
    /// least half are about their topic.
    fn keep_named(&self, meanings: &[Meaning], hits: &mut Vec<Hit>) {
        if hits.iter().all(|hit| self.sensitive(hit.ix).is_empty()) {
            return;
        }
        let holders: Vec<Vec<u32>> = meanings.iter().map(|meaning| self.named_by(meaning)).collect();
        let of_each = holders.iter().map(|items| self.topics_of(items));
        let named = of_each.fold(self.topics_of_common(&holders), SensitiveTags::union);
        hits.retain(|hit| {
            let topics = self.sensitive(hit.ix);
            topics.is_empty() || topics.iter().any(|topic| named.contains(topic))
        });
    }

    /// The items that a word names, ascending.
    fn named_by(&self, meaning: &Meaning) -> Vec<u32> {
        let named = |readings: &[Reading]| -> Vec<u32> {
            let named = readings.iter().filter(|reading| reading.named);
            let mut items: Vec<u32> =
                named.flat_map(|reading| self.named_items(reading.token).into_owned()).collect();
            items.sort_unstable();
            items.dedup();
            items
        };
        let mut items = named(&[meaning.readings.as_slice(), &meaning.joined].concat());
        for phrase in &meaning.phrases {
            let words: Vec<Vec<u32>> = phrase.iter().map(|readings| named(readings)).collect();
            let Some((first, others)) = words.split_first() else { continue };
            let in_all = |ix: &u32| others.iter().all(|items| items.binary_search(ix).is_ok());
            items.extend(first.iter().copied().filter(in_all));
        }
        items.sort_unstable();
        items.dedup();
        items
    }

    /// What items have in common: their sensitive topics, where at least half of them are about any.
    pub(crate) fn topics_of(&self, items: &[u32]) -> SensitiveTags {
        let marked = items.iter().map(|ix| self.sensitive(*ix)).filter(|topics| !topics.is_empty());
        let (count, topics) =
            marked.fold((0, SensitiveTags::NONE), |(count, all), topics| (count + 1, all.union(topics)));
        if 2 * count >= items.len() { topics } else { SensitiveTags::NONE }
    }

    /// The same of the items that are in all of these lists, each ascending.
    pub(crate) fn topics_of_common<L: Deref<Target = [u32]>>(&self, lists: &[L]) -> SensitiveTags {
        let Some((first, others)) = lists.split_first() else { return SensitiveTags::NONE };
        let in_all = |ix: &u32| others.iter().all(|items| items.binary_search(ix).is_ok());
        self.topics_of(&first.iter().copied().filter(in_all).collect::<Vec<u32>>())
    }

    /// The items that are named by exactly this folded word, ascending: that it is only said of does not count.
    pub(crate) fn items_with_word(&self, word: &str) -> Cow<'_, [u32]> {
        self.token_of(word).map(|token| self.named_items(token)).unwrap_or_default()
    }

    fn named_items(&self, token: u32) -> Cow<'_, [u32]> {
        let items = self.holders(token);
        // Earlier bundles have no other words.
        if !self.store.has(Column::TokenStems) {
            return items;
        }
        let weights =
            self.store.some::<u8>(Column::PostingWeights, self.store.run(Column::PostingRows, token));
        let named = items.iter().zip(weights.iter()).filter(|(_, weight)| **weight & NAMED != 0);
        named.map(|(ix, _)| *ix).collect()
    }
}

/// The folded words of a query, without repetitions, bounded.
pub(crate) fn query_words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words(SEARCH_TERM.cut(text)) {
        found.retain(|earlier| *earlier != word);
        found.push(word);
    }
    found.truncate(MAX_QUERY_WORDS);
    found
}
