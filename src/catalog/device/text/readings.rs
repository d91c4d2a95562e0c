//! Which words of the index a word of a query means: itself, its other forms, what it may become, and what it was meant to be.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use crate::catalog::Catalog;
use crate::catalog::device::text::largest::Largest;
use crate::catalog::device::text::near::{Likeness, Mistyped, signature};
use crate::catalog::device::text::query::Query;
use crate::catalog::device::text::synonyms::Synonym;
use crate::catalog::format::Column;

/// Completions and corrections of a word that are searched.
const MOST: usize = 200;
/// Items that are enough for the completions of one word: then the rest, which fewer items hold, are not read.
const ENOUGH: u32 = 50_000;
/// Items of a word that are read at a time.
const PIECE: usize = 256;
/// What another form of a word counts against the word itself.
const FORM: f32 = 0.9;
/// What a completion counts.
const COMPLETION: f32 = 0.4;
/// What the forms of a word add to it in most languages of the texts.
pub(crate) const ENDINGS: [&str; 5] = ["s", "es", "n", "en", "e"];
/// Shortest word that is completed where others stand before it.
const COMPLETED_FROM: usize = 2;
/// Shortest word that is searched as two, and the shortest second one of them.
const DIVIDED_FROM: usize = 5;
const SECOND_FROM: usize = 3;
/// How far before a token another of its stem can be: what a cell of one byte can say.
const REACH: u32 = 255;

/// A word of the index that is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    pub(crate) token: u32,
    /// What it counts, at most 1.
    pub(crate) share: f32,
    /// Whether the query names it: it is the word, or a form of it.
    pub(crate) named: bool,
}

/// What a word of a query means.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Meaning {
    /// The words that it means.
    pub(crate) readings: Vec<Reading>,
    /// Words that mean the same together with its neighbours.
    pub(crate) joined: Vec<Reading>,
    /// Words that together mean the same, each in its readings: what it was written together from, and its synonyms.
    pub(crate) phrases: Vec<Vec<Vec<Reading>>>,
}

impl Meaning {
    /// All readings.
    pub(crate) fn every(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter().chain(&self.joined).chain(self.phrases.iter().flatten().flatten())
    }
}

impl Catalog {
    /// What each word of the query means.
    pub(crate) fn meanings(&self, query: &Query) -> Vec<Meaning> {
        let last = query.words.len().saturating_sub(1);
        let synonyms = self.synonyms(&query.words);
        let meaning = |(place, word): (usize, &String)| {
            let long = place == 0 || word.chars().count() >= COMPLETED_FROM;
            let ruled = synonyms.iter().any(|synonym| synonym.places == (place..=place));
            self.meaning(word, place == last && long, ruled)
        };
        let mut meanings: Vec<Meaning> = query.words.iter().enumerate().map(meaning).collect();
        for (first, end, word) in &query.joins {
            let mut joined = self.forms(word, 1.0);
            if joined.is_empty() && *end == last && word.chars().any(char::is_numeric) {
                joined = self.completed(word, &[]);
            }
            let strange = |meaning: &Meaning| !meaning.readings.iter().any(|reading| reading.named);
            let short = |word: &String| word.chars().count() < SECOND_FROM;
            let range = *first..=*end;
            let unsure = meanings.get(range.clone()).is_some_and(|some| some.iter().any(strange))
                || query.words.get(range.clone()).is_some_and(|some| some.iter().any(short));
            if joined.is_empty() && unsure {
                joined = self.other_forms(word);
            }
            for meaning in meanings.get_mut(range).unwrap_or_default() {
                meaning.joined.extend(&joined);
            }
        }
        for Synonym { places, replaces, phrases } in synonyms {
            for meaning in meanings.get_mut(places).unwrap_or_default() {
                if replaces {
                    *meaning = Meaning::default();
                }
                meaning.phrases.extend(phrases.iter().cloned());
            }
        }
        meanings
    }

    /// What a word means. One that a rule is about is known, and was meant to be no other.
    fn meaning(&self, word: &str, unfinished: bool, ruled: bool) -> Meaning {
        let mut readings = self.forms(word, 1.0);
        let known = ruled || !readings.is_empty();
        if unfinished {
            readings.extend(self.completed(word, &readings));
        }
        if readings.is_empty() && !ruled {
            readings = self.corrections(word, unfinished);
        }
        let phrases = if known { Vec::new() } else { Vec::from_iter(self.division(word)) };
        Meaning { readings, joined: Vec::new(), phrases }
    }

    /// The word itself and the others of its stem.
    pub(crate) fn forms(&self, word: &str, share: f32) -> Vec<Reading> {
        let Some(token) = self.token_of(word) else { return Vec::new() };
        self.of_stem(token)
            .map(|other| {
                let share = if other == token { share } else { share * FORM };
                Reading { token: other, share, named: true }
            })
            .collect()
    }

    /// What the word may become, besides what is known: its forms by an ending first, then what most items hold.
    fn completed(&self, word: &str, known: &[Reading]) -> Vec<Reading> {
        let completions = self.completions(word);
        let may_have_forms = known.is_empty() && word.chars().count() >= DIVIDED_FROM - 1;
        let ended = ENDINGS.iter().filter(|_| may_have_forms);
        let forms: Vec<u32> = ended.filter_map(|ending| self.token_of(&format!("{word}{ending}"))).collect();
        let rows = self.cells::<u32>(Column::PostingRows);
        let rows = rows.get(completions.start as usize..=completions.end as usize).unwrap_or_default();
        let mut best = Largest::new(MOST);
        for (place, pair) in rows.windows(2).enumerate() {
            let [from, to] = pair else { continue };
            let (token, held) = (completions.start + place as u32, to.saturating_sub(*from));
            // Most are held by too few, and nothing else is asked of them.
            let least = best.least().map_or(0, |(_, held, _)| *held);
            if (held >= least || forms.contains(&token)) && known.iter().all(|reading| reading.token != token)
            {
                best.offer((forms.contains(&token), held, Reverse(token)));
            }
        }
        let reading = |(named, _, Reverse(token))| {
            let share = if named { FORM } else { COMPLETION };
            Reading { token, share, named }
        };
        let mut items = 0;
        let few = |(_, held, _): &(bool, u32, Reverse<u32>)| {
            let enough = items >= ENOUGH;
            items = held.saturating_add(items);
            !enough
        };
        best.falling().take_while(few).map(reading).collect()
    }

    /// All tokens of the stem of this one, ascending.
    fn of_stem(&self, token: u32) -> impl Iterator<Item = u32> + '_ {
        let steps = self.bytes(Column::TokenStems);
        let step = move |token: u32| steps.get(token as usize).map_or(0, |step| u32::from(*step));
        let before = move |token: u32| {
            let near = token.saturating_sub(REACH)..token;
            near.rev().find(|other| step(*other) == token - other)
        };
        let first = std::iter::successors(Some(token), move |token| before(*token)).last();
        std::iter::successors(first, move |token| Some(token + step(*token)).filter(|next| next != token))
            .take_while(|token| *token < self.manifest.tokens)
    }

    /// The words that a word nobody wrote was meant to be: other forms and one edit before what sounds like it, and that before
    /// two edits.
    pub(crate) fn corrections(&self, word: &str, unfinished: bool) -> Vec<Reading> {
        let Some(mistyped) = Mistyped::new(word) else { return Vec::new() };
        let letters = self.token_letters();
        let begun = self.completions(mistyped.stem());
        let near = (0..self.manifest.tokens).filter(|token| {
            let letters = letters(*token);
            mistyped.may_be(letters, unfinished) || begun.contains(token) && letters != 0
        });
        self.likely(&mistyped, near, unfinished)
    }

    /// Those of its corrections that the word names: with another ending.
    fn other_forms(&self, word: &str) -> Vec<Reading> {
        let Some(mistyped) = Mistyped::new(word) else { return Vec::new() };
        let letters = self.token_letters();
        let begun = self.completions(mistyped.stem()).filter(|token| letters(*token) != 0);
        let mut forms = self.likely(&mistyped, begun, false);
        forms.retain(|reading| reading.named);
        forms
    }

    /// The length and letters of a token.
    fn token_letters(&self) -> impl Fn(u32) -> u32 {
        let letters = self.cells::<u32>(Column::TokenLetters);
        move |token| match letters.get(token as usize) {
            Some(letters) => *letters,
            None => signature(self.token(token)),
        }
    }

    /// Of these tokens, ascending, those that a word is most like.
    fn likely(&self, mistyped: &Mistyped, near: impl Iterator<Item = u32>, unfinished: bool) -> Vec<Reading> {
        let mut near: Vec<(Likeness, u32)> = near
            .filter_map(|token| Some((mistyped.likeness(self.token(token), unfinished)?, token)))
            .collect();
        let best = near.iter().map(|(likeness, _)| *likeness).min().unwrap_or(Likeness::One);
        near.retain(|(likeness, _)| *likeness <= best.max(Likeness::One));
        near.sort_by_key(|(likeness, token)| (*likeness, Reverse(self.held(*token))));
        near.truncate(MOST);
        let mut readings: Vec<Reading> = Vec::new();
        for (likeness, token) in near {
            let share = match likeness {
                Likeness::Ending => 0.8,
                Likeness::One | Likeness::Sound => 0.6,
                Likeness::Two => 0.5,
                Likeness::Beginning => 0.4,
            };
            for token in self.of_stem(token) {
                if readings.iter().all(|reading| reading.token != token) {
                    readings.push(Reading { token, share, named: likeness == Likeness::Ending });
                }
            }
        }
        readings
    }

    /// The two known words that this one is written together from, of all ways the one that most items agree with.
    fn division(&self, word: &str) -> Option<Vec<Vec<Reading>>> {
        if word.chars().count() < DIVIDED_FROM {
            return None;
        }
        let ways = word.char_indices().skip(1).filter_map(|(at, _)| {
            let (first, second) = word.split_at_checked(at)?;
            let long = second.chars().count() >= SECOND_FROM;
            let (first, second) = (self.token_of(first).filter(|_| long)?, self.token_of(second)?);
            let (a, b) = (self.holders(first), self.holders(second));
            let mut others = b.iter().peekable();
            let in_both = a.iter().filter(|ix| {
                while others.next_if(|other| other < ix).is_some() {}
                others.next_if_eq(ix).is_some()
            });
            let both = in_both.count();
            (both > 0).then_some((both, first, second))
        });
        let (_, first, second) = ways.max_by_key(|(both, ..)| *both)?;
        Some(vec![self.forms(self.token(first), 1.0), self.forms(self.token(second), 1.0)])
    }

    /// The items that hold a token, ascending.
    pub(crate) fn holders(&self, token: u32) -> Cow<'_, [u32]> {
        match self.store.ascending(Column::Postings, token) {
            Some(mut run) => {
                let mut items = vec![0; self.held(token).min(self.len())];
                let found = run.fill(&mut items);
                items.truncate(found);
                items.into()
            }
            None => self.store.some(Column::Postings, self.store.run(Column::PostingRows, token)),
        }
    }

    /// Passes each item that holds a token, ascending, and how much it is about it.
    pub(crate) fn each_holder(&self, token: u32, mut take: impl FnMut(u32, u8)) {
        let run = self.store.run(Column::PostingRows, token);
        let mut ascending = self.store.ascending(Column::Postings, token);
        let (mut items, mut weights) = ([0; PIECE], [0; PIECE]);
        for start in run.clone().step_by(PIECE) {
            let count = PIECE.min(run.end - start);
            let (Some(items), Some(weights)) = (items.get_mut(..count), weights.get_mut(..count)) else {
                return;
            };
            let found = match &mut ascending {
                Some(run) => run.fill(items),
                None => self.store.fill(Column::Postings, start, items),
            };
            let found = found.min(self.store.fill(Column::PostingWeights, start, weights));
            for (ix, weight) in items.get(..found).unwrap_or_default().iter().zip(weights.iter()) {
                take(*ix, *weight);
            }
            if found < count {
                return;
            }
        }
    }

    /// How many items hold a token.
    pub(crate) fn held(&self, token: u32) -> usize {
        self.store.run(Column::PostingRows, token).len()
    }

    /// The index words that begin with `prefix`.
    pub(crate) fn completions(&self, prefix: &str) -> Range<u32> {
        let begins = |token: &str| token.starts_with(prefix);
        self.token_at_or_after(prefix)..self.first_token(|token| token < prefix || begins(token))
    }

    /// The place of this very word in the index.
    pub(crate) fn token_of(&self, word: &str) -> Option<u32> {
        let token = self.token_at_or_after(word);
        (token < self.manifest.tokens && self.token(token) == word).then_some(token)
    }

    /// The first index word that is not smaller than `word`.
    fn token_at_or_after(&self, word: &str) -> u32 {
        self.first_token(|token| token < word)
    }

    /// The first index word that is not before a place, by whether a word is.
    fn first_token(&self, is_before: impl Fn(&str) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.manifest.tokens);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(self.token(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// A word of the index; empty past its end.
    pub(crate) fn token(&self, token: u32) -> &str {
        self.text(Column::TokenBytes, token)
    }
}
