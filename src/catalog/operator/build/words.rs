//! The text index: which words an item holds and how much it is about them (BM25F, Robertson and Zaragoza 2009).

use std::collections::{BTreeMap, HashMap};

use crate::catalog::device::text::near::signature;
use crate::catalog::device::text::{chunks, fold, joined};
use crate::catalog::format::Column;
use crate::catalog::format::column::NAMED;
use crate::catalog::operator::build::attributes::Attributes;
use crate::catalog::operator::build::stems::Languages;
use crate::catalog::operator::build::writer::{Columns, row};
use crate::catalog::{CatalogError, Item, Tag, TagKind};

/// A text of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Brand,
    Category,
    Attribute,
    /// Ids and numbers of the maker, which are words as a whole.
    Code,
    /// What is said of an item but does not name it.
    Description,
}

const FIELDS: usize = 6;

impl Field {
    /// What a word of it counts.
    const fn weight(self) -> f32 {
        match self {
            Self::Title | Self::Code => 2.0,
            Self::Brand | Self::Category | Self::Attribute => 1.0,
            Self::Description => 0.7,
        }
    }

    /// How much its length counts against its words: BM25's b.
    const fn normalisation(self) -> f32 {
        match self {
            Self::Title | Self::Description => 0.75,
            _ => 0.0,
        }
    }
}

/// Posting weights are the weighted frequencies in thirds, and [`NAMED`] below: saturation leaves nothing of finer ones.
const STEPS: f32 = 3.0;
const MOST: f32 = 15.0;
/// The length of every text, and their mean: lengths are in the weights already, and readers take this for no more than the
/// steps of a weight, for 0.6 + 0.4 × length / mean is six.
const LENGTH: u16 = 27;
const MEAN_LENGTH: f32 = 2.0;
/// Longest unit that belongs to the number before it, in letters.
const UNIT: usize = 3;
/// Shortest word that is looked for in two neighbours.
const COMPOUND: usize = 5;

/// What the manifest has to know about the index.
pub(crate) struct TextShape {
    pub(crate) tokens: u32,
    pub(crate) mean_length: f32,
}

/// Words by number.
#[derive(Default)]
struct Vocabulary(HashMap<String, u32>);

impl Vocabulary {
    fn number(&mut self, word: &str) -> Result<u32, CatalogError> {
        match self.0.get(word) {
            Some(number) => Ok(*number),
            None => {
                let number = row(self.0.len())?;
                self.0.insert(word.to_owned(), number);
                Ok(number)
            }
        }
    }
}

/// An item's words by field, and neighbours in its title that may be one word.
#[derive(Default)]
struct Text {
    words: Vec<(u32, Field)>,
    lengths: [f32; FIELDS],
    pairs: Vec<String>,
    language: usize,
}

pub(crate) fn write(
    columns: &mut Columns,
    items: &[Item],
    attributes: &Attributes,
) -> Result<TextShape, CatalogError> {
    let mut vocabulary = Vocabulary::default();
    let mut texts = Vec::with_capacity(items.len());
    for (item, tags) in items.iter().zip(&attributes.of_item) {
        texts.push(text(item, tags, attributes, &mut vocabulary)?);
    }
    for text in &mut texts {
        let compounds = text.pairs.iter().filter_map(|pair| vocabulary.0.get(pair));
        text.words.extend(compounds.map(|number| (*number, Field::Title)));
    }
    let mut words: Vec<(&str, u32)> =
        vocabulary.0.iter().map(|(word, number)| (word.as_str(), *number)).collect();
    words.sort_unstable();
    let languages = tell_languages(&mut texts, &words);
    let postings = postings(&texts, words.len())?;
    let of = |number: u32| postings.get(number as usize).map(Vec::as_slice).unwrap_or_default();
    columns.texts(Column::TokenBytes, words.iter().map(|(word, _)| *word))?;
    let items_of: Vec<Vec<u32>> =
        words.iter().map(|(_, number)| of(*number).iter().map(|(item, _)| *item).collect()).collect();
    columns.lists(Column::PostingRows, Column::Postings, items_of.iter().map(Vec::as_slice))?;
    let weights = words.iter().flat_map(|(_, number)| of(*number)).map(|(_, weight)| *weight);
    columns.bytes(Column::PostingWeights, weights.collect());
    columns.u16s(Column::TextLength, items.iter().map(|_| LENGTH));
    columns.bytes(Column::TokenStems, stems(&languages, &texts, &words));
    columns.u32s(Column::TokenLetters, words.iter().map(|(word, _)| signature(word)));
    Ok(TextShape { tokens: row(words.len())?, mean_length: MEAN_LENGTH })
}

/// All words of an item.
fn text(
    item: &Item,
    tags: &[u32],
    attributes: &Attributes,
    vocabulary: &mut Vocabulary,
) -> Result<Text, CatalogError> {
    let mut text = Text::default();
    let mut add = |field: Field, said: &str| -> Result<(), CatalogError> {
        let chunks = chunks(said);
        if let Some(length) = text.lengths.get_mut(field as usize) {
            *length += chunks.iter().map(Vec::len).sum::<usize>() as f32;
        }
        let whole: Vec<String> = match field {
            Field::Description => Vec::new(),
            Field::Code => Vec::from_iter(code(&chunks)),
            _ => chunks.iter().filter_map(|words| joined(words)).chain(measures(&chunks)).collect(),
        };
        let words = chunks.iter().flatten().filter(|_| field != Field::Code);
        for word in words.chain(&whole) {
            text.words.push((vocabulary.number(word)?, field));
        }
        if field == Field::Title {
            let words = chunks.concat();
            text.pairs.extend(
                words
                    .windows(2)
                    .filter_map(joined)
                    .filter(|pair| pair.len() >= COMPOUND && !whole.contains(pair)),
            );
        }
        Ok(())
    };
    add(Field::Title, &item.title)?;
    for (kind, name) in tags.iter().filter_map(|tag| attributes.tags.get(*tag as usize)) {
        match kind {
            TagKind::Brand => add(Field::Brand, name)?,
            TagKind::Category | TagKind::ProductType => {
                add(Field::Category, Tag { kind: *kind, name }.leaf())?
            }
            TagKind::Color | TagKind::Material | TagKind::Pattern => add(Field::Attribute, name)?,
            TagKind::Size | TagKind::Gender | TagKind::AgeGroup | TagKind::Free => {
                add(Field::Description, name)?
            }
        }
    }
    // What is written as people type it is found by the order of ids.
    let own = fold(&item.id) != item.id || chunks(&item.id).concat().len() > 1;
    for code in [Some(&item.id).filter(|_| own), item.mpn.as_ref(), item.gtin.as_ref()].into_iter().flatten()
    {
        add(Field::Code, code)?;
    }
    add(Field::Description, item.description.as_deref().unwrap_or_default())?;
    Ok(text)
}

/// A code as one word, whatever stands between its parts.
fn code(chunks: &[Vec<String>]) -> Option<String> {
    let parts = chunks.concat();
    let whole = if parts.len() == 1 { parts.into_iter().next() } else { joined(&parts) };
    whole.filter(|whole| !whole.is_empty())
}

/// Numbers with the units behind them, as one word: `500g`.
fn measures(chunks: &[Vec<String>]) -> Vec<String> {
    let measure = |pair: &[Vec<String>]| match pair {
        [number, unit] => {
            let (number, [unit]) = (number.last()?, unit.as_slice()) else { return None };
            let is_number = number.chars().all(char::is_numeric);
            let is_unit = unit.chars().count() <= UNIT && unit.chars().all(char::is_alphabetic);
            joined(&[number.clone(), unit.clone()]).filter(|_| is_number && is_unit)
        }
        _ => None,
    };
    chunks.windows(2).filter_map(measure).collect()
}

/// For every word the items that hold it, and how much each is about it.
fn postings(texts: &[Text], words: usize) -> Result<Vec<Vec<(u32, u8)>>, CatalogError> {
    let mut means = [0.0f32; FIELDS];
    for (place, mean) in means.iter_mut().enumerate() {
        let lengths =
            || texts.iter().filter_map(|text| text.lengths.get(place)).filter(|length| **length > 0.0);
        *mean = lengths().sum::<f32>() / lengths().count().max(1) as f32;
    }
    let mut postings = vec![Vec::new(); words];
    for (place, text) in texts.iter().enumerate() {
        let place = row(place)?;
        let mut sums: BTreeMap<u32, (f32, bool)> = BTreeMap::new();
        for (word, field) in &text.words {
            let at = |numbers: &[f32; FIELDS]| numbers.get(*field as usize).copied().unwrap_or_default();
            let relative = at(&text.lengths) / at(&means).max(1.0);
            let b = field.normalisation();
            let (sum, named) = sums.entry(*word).or_default();
            *sum += field.weight() / (1.0 - b + b * relative);
            *named |= *field != Field::Description;
        }
        for (word, (sum, named)) in sums {
            let steps = (sum * STEPS).round().clamp(1.0, MOST) as u8;
            let weight = steps << 1 | if named { NAMED } else { 0 };
            if let Some(items) = postings.get_mut(word as usize) {
                items.push((place, weight));
            }
        }
    }
    Ok(postings)
}

/// Tells each item's language by its words.
fn tell_languages(texts: &mut [Text], words: &[(&str, u32)]) -> Languages {
    let mut spelt = vec![""; words.len()];
    for (word, number) in words {
        if let Some(place) = spelt.get_mut(*number as usize) {
            *place = word;
        }
    }
    let said = |text: &Text| -> Vec<&str> {
        text.words.iter().filter_map(|(number, _)| spelt.get(*number as usize).copied()).collect()
    };
    let languages = Languages::of(texts.iter().flat_map(said));
    for text in texts {
        text.language = languages.tell(said(text).into_iter());
    }
    languages
}

/// Links the forms of each word.
fn stems(languages: &Languages, texts: &[Text], words: &[(&str, u32)]) -> Vec<u8> {
    let mut votes: Vec<BTreeMap<usize, u32>> = vec![BTreeMap::new(); words.len()];
    for text in texts {
        for (word, _) in &text.words {
            if let Some(votes) = votes.get_mut(*word as usize) {
                *votes.entry(text.language).or_default() += 1;
            }
        }
    }
    let most = |number: u32| {
        let votes = votes.get(number as usize)?;
        votes
            .iter()
            .max_by_key(|(language, count)| (**count, std::cmp::Reverse(**language)))
            .map(|(language, _)| *language)
    };
    let tokens: Vec<(&str, usize)> =
        words.iter().map(|(word, number)| (*word, most(*number).unwrap_or_default())).collect();
    languages.steps(&tokens)
}
