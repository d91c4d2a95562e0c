//! Full-text search by BM25F (Robertson and Zaragoza 2009) over all texts of an item.
//!
//! The last word of a query may be unfinished; a word that nobody wrote is matched to what it was meant to be. Prices and sizes
//! in the query are limits. Sensitive items are found only by their names.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::{Deref, RangeInclusive};

use crate::base::limits::SEARCH_TERM;
use crate::catalog::device::text::best::Best;
use crate::catalog::device::text::items::Items;
use crate::catalog::device::text::query::{MAX_QUERY_WORDS, Query};
use crate::catalog::device::text::readings::{Meaning, Reading};
use crate::catalog::device::text::scores::{Saturation, Scores};
use crate::catalog::device::text::words;
use crate::catalog::format::Column;
use crate::catalog::format::column::NAMED;
use crate::catalog::{Catalog, SensitiveTags, TagKind};

#[cfg(test)]
mod tests;

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

/// A query, what its words mean, and what items must be that it may find.
pub(crate) struct Asked {
    query: Query,
    meanings: Vec<Meaning>,
    sized: Option<Items>,
    affordable: Vec<RangeInclusive<i64>>,
    /// The item whose id it is.
    code: Option<u32>,
    /// The sensitive topics that it names.
    named: OnceCell<SensitiveTags>,
}

impl Catalog {
    /// The items that fit `text` best and their scores, best first; ties by popularity, then by number. What an item lacks of
    /// the query's words counts against it. A sensitive item is found only by a query that names it or its like.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<(u32, f32)> {
        self.search_among(text, limit, |_| true)
    }

    /// The same of the items that may be found. Nothing is made of the others.
    pub(crate) fn search_among(
        &self,
        text: &str,
        limit: usize,
        may_be_found: impl Fn(u32) -> bool,
    ) -> Vec<(u32, f32)> {
        let asked = self.asked(text);
        let mut best = Best::new(self, limit);
        self.each_match(&asked, |hit| {
            if best.takes(hit) && may_be_found(hit.ix) && self.admits(&asked, hit.ix) {
                best.offer(hit);
            }
        });
        best.falling().into_iter().map(|hit| (hit.ix, hit.score)).collect()
    }

    /// All items that fit, sensitive ones only if the query names them, in order of their numbers but for one that the query
    /// is the id of.
    pub(crate) fn find(&self, text: &str) -> Found {
        let asked = self.asked(text);
        let mut hits = Vec::new();
        self.each_match(&asked, |hit| {
            if self.admits(&asked, hit.ix) {
                hits.push(hit);
            }
        });
        Found { hits, query: asked.query, meanings: asked.meanings }
    }

    /// The best of them, best first.
    pub(crate) fn best(&self, hits: &[Hit], limit: usize) -> Vec<Hit> {
        let mut best = Best::new(self, limit);
        hits.iter().for_each(|hit| best.offer(*hit));
        best.falling()
    }

    fn asked(&self, text: &str) -> Asked {
        let mut query = Query::of(text);
        let sized = self.sized(&mut query);
        let meanings = self.meanings(&query);
        let affordable = query.affordable(self);
        Asked { query, meanings, sized, affordable, code: self.index_of(text.trim()), named: OnceCell::new() }
    }

    /// Whether a query may find an item.
    fn admits(&self, asked: &Asked, ix: u32) -> bool {
        let affordable = || asked.query.prices.is_empty() || self.priced_within(ix, &asked.affordable);
        let sized = || asked.sized.as_ref().is_none_or(|items| items.contains(ix));
        let named = || asked.named.get_or_init(|| self.topics_named(&asked.meanings));
        let is_public = || {
            !self.sensitive_items().contains(ix)
                || self.sensitive(ix).iter().any(|topic| named().contains(topic))
        };
        asked.code == Some(ix) || affordable() && sized() && is_public()
    }

    /// Passes every item that has enough of the query's words, whether or not the query may find it. The item whose id it is
    /// comes last, and is the best.
    fn each_match(&self, asked: &Asked, mut take: impl FnMut(Hit)) {
        let mut best = 0.0f32;
        let take_other = |hit: Hit| {
            if hit.score > best {
                best = hit.score;
            }
            if asked.code != Some(hit.ix) {
                take(hit);
            }
        };
        match asked.meanings.is_empty() {
            true => self.each_limited(asked, take_other),
            false => self.each_scored(&asked.meanings, take_other),
        }
        if let Some(ix) = asked.code {
            take(Hit { ix, score: best + 1.0, whole: true });
        }
    }

    fn priced_within(&self, ix: u32, bounds: &[RangeInclusive<i64>]) -> bool {
        let price = self.minor_at(ix, self.created_ms());
        price.is_some_and(|(currency, minor)| {
            bounds.get(currency).is_some_and(|within| within.contains(&minor))
        })
    }

    /// Passes all items, for a query that has limits only.
    fn each_limited(&self, asked: &Asked, take: impl FnMut(Hit)) {
        let limited = asked.sized.is_some() || !asked.query.prices.is_empty();
        let all = (0..self.manifest.items).filter(|_| limited);
        all.map(|ix| Hit { ix, score: 1.0, whole: true }).for_each(take);
    }

    fn each_scored(&self, meanings: &[Meaning], mut take: impl FnMut(Hit)) {
        let mut scores = self.kept.scores(self.len());
        let saturation = Saturation::of(self);
        let mut weighed = Vec::with_capacity(meanings.len());
        for meaning in meanings {
            weighed.push((meaning, self.offer_all(meaning, &saturation, &mut scores)));
        }
        let all: f32 = weighed.iter().map(|(_, weight)| weight).sum();
        let intents = self.intents(&weighed);
        let categories = if intents.is_empty() { &[] } else { self.cells::<u32>(Column::Category) };
        let intent = |ix: u32| {
            let category = categories.get(ix as usize)?;
            let at = intents.binary_search_by_key(category, |(tag, _)| *tag).ok()?;
            intents.get(at).map(|(_, more)| *more)
        };
        scores.drain(|ix, sum, cover| {
            let cover = cover / all;
            if sum > 0.0 && cover >= LEAST_COVER {
                let score = sum * cover * intent(ix).unwrap_or(1.0);
                take(Hit { ix, score, whole: cover >= WHOLE_COVER });
            }
        });
        self.kept.keep(scores);
    }

    /// Offers the items of every reading of a word, and returns what the word weighs.
    fn offer_all(&self, meaning: &Meaning, saturation: &Saturation<'_>, scores: &mut Scores) -> f32 {
        let rarities = [&meaning.readings, &meaning.joined].map(|readings| (readings, self.rarity(readings)));
        let rarity = |readings: &Vec<Reading>| self.rarity(readings);
        let phrases = meaning.phrases.iter().map(|phrase| phrase.iter().map(rarity).sum::<f32>());
        let weight = rarities.iter().map(|(_, rarity)| *rarity).chain(phrases).fold(0.0, f32::max);
        // What nobody wrote weighs as much as what is in one item.
        let weight = if weight == 0.0 { (1.0 + self.len() as f32).ln() } else { weight };
        scores.next_word(weight);
        for (readings, rarity) in rarities {
            for reading in readings {
                let share = reading.share * rarity;
                self.each_holder(reading.token, |ix, weight| {
                    scores.offer(ix, share * saturation.at(ix, weight));
                });
            }
        }
        for phrase in &meaning.phrases {
            for (ix, score) in self.with_all(phrase, saturation) {
                scores.offer(ix, score);
            }
        }
        weight
    }

    /// The items that have every word of a phrase in any of its readings, ascending, and what that counts.
    fn with_all(&self, phrase: &[Vec<Reading>], saturation: &Saturation<'_>) -> Vec<(u32, f32)> {
        let of_word = |readings: &Vec<Reading>| {
            let rarity = self.rarity(readings);
            let mut items: Vec<(u32, f32)> = Vec::new();
            for reading in readings {
                let share = reading.share * rarity;
                self.each_holder(reading.token, |ix, weight| {
                    items.push((ix, share * saturation.at(ix, weight)));
                });
            }
            if readings.len() > 1 {
                items.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
                items.dedup_by_key(|(ix, _)| *ix);
            }
            items
        };
        let mut words = phrase.iter().map(of_word);
        let mut items = words.next().unwrap_or_default();
        for word in words {
            let mut word = word.iter().peekable();
            items.retain_mut(|(ix, sum)| {
                while word.next_if(|(other, _)| *other < *ix).is_some() {}
                let score = word.next_if(|(other, _)| *other == *ix).map(|(_, score)| score);
                score.is_some_and(|score| {
                    *sum += score;
                    true
                })
            });
        }
        items
    }

    /// BM25's inverse document frequency of words that mean the same: of those that the query names, where it does. Guesses
    /// are many words, which share items: as many as if they were spread at random.
    fn rarity(&self, readings: &[Reading]) -> f32 {
        if readings.is_empty() {
            return 0.0;
        }
        let named = readings.iter().any(|reading| reading.named);
        let counted = readings.iter().filter(|reading| reading.named == named);
        let held = counted.map(|reading| self.held(reading.token) as f64);
        let all = self.len() as f64;
        let with = match named {
            true => held.sum::<f64>().min(all),
            false => all - held.fold(all, |without, held| without * (1.0 - held / all)),
        };
        let (with, all) = (with as f32, all as f32);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    /// The items of the size that the query asks for, which is taken out of its words. Nothing if no item has a size like it.
    fn sized(&self, query: &mut Query) -> Option<Items> {
        let (_, size) = query.size.as_ref()?;
        let is_size = |tag: &u32| {
            let kind = self.tag_kind(*tag);
            kind == Some(TagKind::Size) && self.tag(*tag).is_some_and(|tag| words(tag.name).contains(size))
        };
        let tags = (0..self.manifest.tags).filter(is_size);
        let mut items = Items::new(self.len());
        tags.flat_map(|tag| self.items_with_tag(tag)).for_each(|ix| _ = items.insert(*ix));
        if items.count() == 0 {
            return None;
        }
        query.leave_out_size();
        Some(items)
    }

    /// The sensitive topics that a query names: of the items with one of its words, or with all of them, at least half are
    /// about one.
    fn topics_named(&self, meanings: &[Meaning]) -> SensitiveTags {
        let holders: Vec<Items> = meanings.iter().map(|meaning| self.named_by(meaning)).collect();
        let of_each = holders.iter().map(|items| self.topics_among(items)).reduce(SensitiveTags::union);
        let with_all = holders.into_iter().reduce(|mut all, items| {
            all.keep(&items);
            all
        });
        let of_common = with_all.map(|items| self.topics_among(&items));
        of_each.into_iter().chain(of_common).fold(SensitiveTags::NONE, SensitiveTags::union)
    }

    /// The items that a word names.
    fn named_by(&self, meaning: &Meaning) -> Items {
        let named = |readings: &[Reading]| {
            let mut items = Items::new(self.len());
            for reading in readings.iter().filter(|reading| reading.named) {
                self.each_named(reading.token, |ix| _ = items.insert(ix));
            }
            items
        };
        let mut items = named(&meaning.readings);
        items.add(&named(&meaning.joined));
        for phrase in &meaning.phrases {
            let in_all = phrase.iter().map(|readings| named(readings)).reduce(|mut all, items| {
                all.keep(&items);
                all
            });
            in_all.iter().for_each(|others| items.add(others));
        }
        items
    }

    /// The same as [`Catalog::topics_of`].
    fn topics_among(&self, items: &Items) -> SensitiveTags {
        let mut marked = self.sensitive_items().clone();
        marked.keep(items);
        if marked.count() == 0 || 2 * marked.count() < items.count() {
            return SensitiveTags::NONE;
        }
        marked.iter().map(|ix| self.sensitive(ix)).fold(SensitiveTags::NONE, SensitiveTags::union)
    }

    /// All sensitive items.
    fn sensitive_items(&self) -> &Items {
        self.kept.sensitive.get_or_init(|| {
            let mut items = Items::new(self.len());
            let sensitive = (0..self.manifest.items).filter(|ix| !self.sensitive(*ix).is_empty());
            sensitive.for_each(|ix| _ = items.insert(ix));
            items
        })
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
        let mut items = Vec::new();
        self.each_named(token, |ix| items.push(ix));
        items.into()
    }

    /// Passes each item that the token names, ascending. In earlier bundles every word is a name.
    fn each_named(&self, token: u32, mut take: impl FnMut(u32)) {
        let all = !self.store.has(Column::TokenStems);
        self.each_holder(token, |ix, weight| {
            if all || weight & NAMED != 0 {
                take(ix);
            }
        });
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
