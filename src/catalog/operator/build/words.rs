//! The text index: which words an item holds and how much it is about them.

use std::collections::BTreeMap;

use crate::catalog::device::text::words;
use crate::catalog::format::Column;
use crate::catalog::operator::build::attributes::Attributes;
use crate::catalog::operator::build::writer::{Columns, row};
use crate::catalog::{CatalogError, Item, Tag, TagKind};

const TITLE: u32 = 3;
const BRAND: u32 = 2;
const OTHER: u32 = 1;

/// What the manifest has to know about the index.
pub(crate) struct TextShape {
    pub(crate) tokens: u32,
    pub(crate) mean_length: f32,
}

pub(crate) fn write(
    columns: &mut Columns,
    items: &[Item],
    attributes: &Attributes,
) -> Result<TextShape, CatalogError> {
    let mut index: BTreeMap<String, Vec<(u32, u8)>> = BTreeMap::new();
    let mut lengths = Vec::with_capacity(items.len());
    for (place, (item, tags)) in items.iter().zip(&attributes.of_item).enumerate() {
        let place = row(place)?;
        let mut weights: BTreeMap<String, u32> = BTreeMap::new();
        let mut add = |text: &str, weight: u32| {
            for word in words(text) {
                *weights.entry(word).or_default() += weight;
            }
        };
        add(&item.title, TITLE);
        for (kind, name) in tags.iter().filter_map(|tag| attributes.tags.get(*tag as usize)) {
            match kind {
                TagKind::Brand => add(name, BRAND),
                TagKind::Category | TagKind::ProductType => add(Tag { kind: *kind, name }.leaf(), OTHER),
                TagKind::Color | TagKind::Material | TagKind::Pattern => add(name, OTHER),
                _ => {}
            }
        }
        let length: u32 = weights.values().sum();
        lengths.push(u16::try_from(length).unwrap_or(u16::MAX));
        for (word, weight) in weights {
            index.entry(word).or_default().push((place, u8::try_from(weight).unwrap_or(u8::MAX)));
        }
    }
    columns.texts(Column::TokenBytes, index.keys().map(String::as_str))?;
    let items_of: Vec<Vec<u32>> =
        index.values().map(|postings| postings.iter().map(|(item, _)| *item).collect()).collect();
    columns.lists(Column::PostingRows, Column::Postings, items_of.iter().map(Vec::as_slice))?;
    columns.bytes(Column::PostingWeights, index.values().flatten().map(|(_, weight)| *weight).collect());
    let sum: f64 = lengths.iter().map(|length| f64::from(*length)).sum();
    let mean_length = (sum / lengths.len().max(1) as f64) as f32;
    columns.u16s(Column::TextLength, lengths);
    Ok(TextShape { tokens: row(index.len())?, mean_length })
}
