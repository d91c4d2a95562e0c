//! Words that mean the same in this shop: by the merchant's list, and by what its users searched for and then chose.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use crate::catalog::Catalog;
use crate::catalog::device::text::readings::{ENDINGS, Reading};
use crate::catalog::format::Column;

/// Words of a query that one rule can be about.
pub(crate) const PHRASE: usize = 3;
/// What a synonym counts against the word itself.
const SYNONYM: f32 = 0.8;

/// What a rule says of neighbouring words of a query.
#[derive(Debug, PartialEq)]
pub(crate) struct Synonym {
    /// Their places.
    pub(crate) places: RangeInclusive<usize>,
    /// Whether the words themselves are not meant.
    pub(crate) replaces: bool,
    /// What is meant, each word in its readings.
    pub(crate) phrases: Vec<Vec<Vec<Reading>>>,
}

impl Catalog {
    /// What the shop's rules say of the words of a query. A rule whose every synonym is unknown to the index says nothing.
    pub(crate) fn synonyms(&self, words: &[String]) -> Vec<Synonym> {
        if !self.store.has(Column::SynonymBytes) {
            return Vec::new();
        }
        let ranges = (0..words.len())
            .flat_map(|first| (first..(first + PHRASE).min(words.len())).map(move |last| first..=last));
        ranges.filter_map(|places| self.synonym(words.get(places.clone())?, places)).collect()
    }

    fn synonym(&self, words: &[String], places: RangeInclusive<usize>) -> Option<Synonym> {
        let mut lines = self.rule(&words.join(" "))?.lines();
        let said = lines.next()?;
        let replaces = lines.clone().all(|line| line != said);
        // A sensitive item is found by its names only, which a synonym is not.
        let readings = |word: &str| -> Vec<Reading> {
            let forms = self.forms(word, SYNONYM).into_iter();
            forms.map(|reading| Reading { named: false, ..reading }).collect()
        };
        let phrase = |line: &str| line.split(' ').map(readings).collect::<Vec<_>>();
        let phrases = lines.filter(|line| *line != said).map(phrase);
        let known = |phrase: &Vec<Vec<Reading>>| phrase.iter().all(|readings| !readings.is_empty());
        let phrases: Vec<_> = phrases.filter(known).collect();
        (!phrases.is_empty()).then_some(Synonym { places, replaces, phrases })
    }

    /// The rule about these words, or about another form of the last one.
    fn rule(&self, said: &str) -> Option<&str> {
        let longer = ENDINGS.iter().map(|ending| format!("{said}{ending}"));
        let shorter = ENDINGS.iter().filter_map(|ending| said.strip_suffix(ending).map(str::to_owned));
        std::iter::once(said.to_owned()).chain(longer).chain(shorter).find_map(|said| self.rule_about(&said))
    }

    fn rule_about(&self, said: &str) -> Option<&str> {
        let about = |rule: u32| self.text(Column::SynonymBytes, rule);
        let (mut low, mut high) = (0, u32::try_from(self.store.text_count(Column::SynonymBytes)).ok()?);
        while low < high {
            let middle = low + (high - low) / 2;
            let rule = about(middle);
            match rule.lines().next().unwrap_or_default().cmp(said) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(rule),
            }
        }
        None
    }
}
