//! Full-text search by BM25 (Robertson and Zaragoza 2009) over title, brand, category and colour.
//!
//! The last word of a query may be unfinished; a word that nobody wrote is matched to its neighbours one typing error away.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::base::limits::SEARCH_TERM;
use crate::catalog::Catalog;
use crate::catalog::format::Column;

/// BM25's saturation of repeated words.
const K1: f32 = 1.2;
/// BM25's share of length normalisation; low, because titles are short.
const B: f32 = 0.4;
/// Words of a query that are looked at: each is looked up in the whole index.
const MAX_QUERY_WORDS: usize = 12;
/// Completions of an unfinished word that are searched.
const MAX_COMPLETIONS: usize = 200;
/// What a completion counts against the word itself.
const COMPLETION: f32 = 0.6;
/// What a word with a typing error counts.
const MISTYPED: f32 = 0.3;
/// Shortest word, in characters, that is matched with a typing error.
const MISTYPED_FROM: usize = 4;

impl Catalog {
    /// The items that fit `text` best and their scores, best first; ties by popularity, then by number. Items that hold all
    /// words of the query come before those that hold some.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<(u32, f32)> {
        let words = query_words(text);
        let mut found: HashMap<u32, (u32, f32)> = HashMap::new();
        for (place, word) in words.iter().enumerate() {
            for (item, score) in self.score_word(word, place + 1 == words.len()) {
                let entry = found.entry(item).or_default();
                entry.0 += 1;
                entry.1 += score;
            }
        }
        let mut found: Vec<(u32, u32, f32)> =
            found.into_iter().map(|(item, (matched, score))| (item, matched, score)).collect();
        found.sort_by(|a, b| {
            let popular = |item: u32| self.popularity(item);
            b.1.cmp(&a.1)
                .then(b.2.total_cmp(&a.2))
                .then_with(|| popular(b.0).total_cmp(&popular(a.0)))
                .then(a.0.cmp(&b.0))
        });
        let mut found: Vec<(u32, f32)> =
            found.into_iter().take(limit).map(|(item, _, score)| (item, score)).collect();
        // A longer match with a smaller sum must not look worse to callers that mix scores.
        let mut floor = 0.0f32;
        for (_, score) in found.iter_mut().rev() {
            floor = floor.max(*score);
            *score = floor;
        }
        found
    }

    /// Items that hold the word, each with the best of its readings.
    fn score_word(&self, word: &str, unfinished: bool) -> HashMap<u32, f32> {
        let mut best = HashMap::new();
        let lengths = self.cells::<u16>(Column::TextLength);
        for (token, share) in self.readings(word, unfinished) {
            let run = self.store.run(Column::PostingRows, token);
            let weights = self.store.some::<u8>(Column::PostingWeights, run.clone());
            let items = self.store.some::<u32>(Column::Postings, run);
            let (all, with) = (self.len() as f32, items.len() as f32);
            let idf = (1.0 + (all - with + 0.5) / (with + 0.5)).ln().max(0.0);
            for (item, weight) in items.iter().zip(weights.iter()) {
                let length = lengths.get(*item as usize).copied().unwrap_or_default();
                let relative = f32::from(length) / self.manifest.mean_text_length.max(1.0);
                let frequency = f32::from(*weight);
                let score =
                    share * idf * frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B + B * relative));
                let entry = best.entry(*item).or_insert(0.0f32);
                *entry = entry.max(score);
            }
        }
        best
    }

    /// The index words that a query word can mean, and what each counts.
    fn readings(&self, word: &str, unfinished: bool) -> Vec<(u32, f32)> {
        let exact = self.token_at_or_after(word);
        let mut readings = Vec::new();
        if self.token(exact) == word {
            readings.push((exact, 1.0));
        }
        if unfinished {
            let completions = self.completions(word).filter(|token| *token != exact || readings.is_empty());
            readings.extend(
                completions.take(MAX_COMPLETIONS).map(|token| (token, COMPLETION)).collect::<Vec<_>>(),
            );
        }
        if readings.is_empty() && word.chars().count() >= MISTYPED_FROM {
            let near = (0..self.manifest.tokens).filter(|token| is_one_edit_away(word, self.token(*token)));
            readings.extend(near.take(MAX_COMPLETIONS).map(|token| (token, MISTYPED)));
        }
        readings
    }

    /// The items that hold exactly this folded word, ascending.
    pub(crate) fn items_with_word(&self, word: &str) -> Cow<'_, [u32]> {
        let token = self.token_at_or_after(word);
        if token >= self.manifest.tokens || self.token(token) != word {
            return Cow::default();
        }
        self.store.some(Column::Postings, self.store.run(Column::PostingRows, token))
    }

    /// The index words that begin with `prefix`, ascending.
    pub(crate) fn completions<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = u32> + 'a {
        let first = self.token_at_or_after(prefix);
        (first..self.manifest.tokens).take_while(move |token| self.token(*token).starts_with(prefix))
    }

    /// The first index word that is not smaller than `word`.
    fn token_at_or_after(&self, word: &str) -> u32 {
        let (mut low, mut high) = (0, self.manifest.tokens);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.token(middle) < word { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// A word of the index; empty past its end.
    pub(crate) fn token(&self, token: u32) -> &str {
        self.text(Column::TokenBytes, token)
    }
}

/// The folded words of a query, without repetitions, bounded.
pub(crate) fn query_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in crate::catalog::device::text::words(SEARCH_TERM.cut(text)) {
        words.retain(|earlier| *earlier != word);
        words.push(word);
    }
    words.truncate(MAX_QUERY_WORDS);
    words
}

/// Whether one insertion, deletion, replacement or exchange of neighbours turns `a` into `b`; the first letter must be right.
fn is_one_edit_away(a: &str, b: &str) -> bool {
    if a.len().abs_diff(b.len()) > 3 || a.chars().next() != b.chars().next() {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same_start..).unwrap_or_default(), b.get(same_start..).unwrap_or_default());
    match (a, b) {
        ([x1, x2, rest_a @ ..], [y1, y2, rest_b @ ..]) if x1 == y2 && x2 == y1 && rest_a == rest_b => true,
        ([_, rest_a @ ..], [_, rest_b @ ..]) if rest_a == rest_b => true,
        ([_, rest @ ..], b) if rest == b => true,
        (a, [_, rest @ ..]) => rest == a,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_typing_error_is_recognised() {
        for (a, b) in [
            ("socks", "sokcs"),
            ("socks", "sock"),
            ("sock", "socks"),
            ("socks", "sacks"),
            ("socks", "soccks"),
        ] {
            assert!(is_one_edit_away(a, b), "{a} {b}");
        }
        for (a, b) in [("socks", "rocks"), ("socks", "saxks"), ("socks", "so"), ("socks", "")] {
            assert!(!is_one_edit_away(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_query_is_bounded() {
        assert!(query_words(&"word ".repeat(100_000)).len() <= MAX_QUERY_WORDS);
        assert!(query_words(&"a b c d e f g h i j k l m n o p".repeat(9)).len() <= MAX_QUERY_WORDS);
    }
}
