//! What a query was taken for, for people to read: words without a match, what was searched instead, and where titles match.

use crate::catalog::Catalog;
use crate::catalog::device::text::readings::Meaning;
use crate::catalog::device::text::search::Found;
use crate::catalog::device::text::{placed, words};

/// How many times as many items have to hold a word, before it is thought to be meant by another one.
const OFTENER: usize = 20;

/// A part of a text, in UTF-16 code units: what Swift's `NSRange`, Kotlin and JavaScript count. In Python it is a part of the
/// text's UTF-16 form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct TextRange {
    /// Its first unit, from 0.
    pub start: u32,
    /// The unit after its last one.
    pub end: u32,
}

/// The words of the index that a query means.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Meant(Vec<u32>);

impl Found {
    /// The words of the query, folded, that mean nothing in this catalog.
    pub(crate) fn unmatched(&self) -> Vec<String> {
        let words = self.query.words.iter().zip(&self.meanings);
        words.filter(|(_, meaning)| meaning.every().next().is_none()).map(|(word, _)| word.clone()).collect()
    }

    /// What its words mean.
    pub(crate) fn meant(&self) -> Meant {
        let mut tokens: Vec<u32> =
            self.meanings.iter().flat_map(|meaning| meaning.every()).map(|reading| reading.token).collect();
        tokens.sort_unstable();
        tokens.dedup();
        Meant(tokens)
    }
}

impl Catalog {
    /// The parts of a text that have words with this meaning, ascending.
    pub(crate) fn highlights(&self, meant: &Meant, text: &str) -> Vec<TextRange> {
        let is_meant =
            |word: &str| self.token_of(word).is_some_and(|token| meant.0.binary_search(&token).is_ok());
        let places = placed(text).into_iter().filter(|(word, _)| is_meant(word));
        let mut ranges: Vec<TextRange> =
            places.map(|(_, range)| TextRange { start: range.start, end: range.end }).collect();
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        let mut merged: Vec<TextRange> = Vec::new();
        for range in ranges {
            match merged.last_mut().filter(|last| range.start < last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => merged.push(range),
            }
        }
        merged
    }

    /// The query with the words that it was searched by, in place of those that nobody wrote.
    pub(crate) fn instead(&self, text: &str, found: &Found) -> Option<String> {
        let corrected = |(word, meaning): (&String, &Meaning)| {
            let known = meaning.readings.iter().any(|reading| reading.named);
            if known || !meaning.joined.is_empty() || !meaning.phrases.is_empty() {
                return None;
            }
            let corrections =
                meaning.readings.iter().filter(|r| !self.token(r.token).starts_with(word.as_str()));
            let best = corrections.map(|reading| reading.token).find(|token| self.may_be_proposed(*token))?;
            Some((word.clone(), self.token(best).to_owned()))
        };
        let corrections: Vec<(String, String)> =
            found.query.words.iter().zip(&found.meanings).filter_map(corrected).collect();
        replaced(text, &corrections)
    }

    /// The query with words that far more items hold, in place of those that were perhaps not meant. It costs a search.
    pub(crate) fn did_you_mean(&self, text: &str, found: &Found) -> Option<String> {
        let meant = |word: &String| {
            let own: Vec<u32> = self.forms(word, 1.0).iter().map(|reading| reading.token).collect();
            let held = |token: u32| self.held(token);
            let most = own.iter().map(|token| held(*token)).max()?;
            let others = self.corrections(word, false).into_iter().filter(|reading| !reading.named);
            let oftener = others
                .map(|r| r.token)
                .filter(|token| !own.contains(token) && held(*token) >= OFTENER * most);
            let best =
                oftener.max_by_key(|token| held(*token)).filter(|token| self.may_be_proposed(*token))?;
            Some((word.clone(), self.token(best).to_owned()))
        };
        let corrections: Vec<(String, String)> = found.query.words.iter().filter_map(meant).collect();
        replaced(text, &corrections)
    }

    /// Whether a word may be proposed to somebody who did not type it: it names no sensitive topic.
    fn may_be_proposed(&self, token: u32) -> bool {
        self.topics_of(&self.holders(token)).is_empty()
    }
}

/// The text with other words in it; nothing if none of them is in it.
fn replaced(text: &str, corrections: &[(String, String)]) -> Option<String> {
    let mut changed = false;
    let mut piece = |piece: &str| {
        let said = words(piece);
        let correction = corrections.iter().find(|(word, _)| said.as_slice() == [word.as_str()]);
        changed |= correction.is_some();
        correction.map_or(piece, |(_, correction)| correction).to_owned()
    };
    let text = text.split_whitespace().map(&mut piece).collect::<Vec<_>>().join(" ");
    changed.then_some(text)
}
