//! From an item's attributes to numbered tags.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::format::Column;
use crate::catalog::operator::build::writer::{Columns, row};
use crate::catalog::{CatalogError, Item, TagKind};

/// Steps of a category path that become tags.
const MAX_DEPTH: usize = 8;

/// The tags of all items.
pub(crate) struct Attributes {
    /// Kind and name, sorted by kind and lowercase name.
    pub(crate) tags: Vec<(TagKind, String)>,
    /// Each item's tags, ascending.
    pub(crate) of_item: Vec<Vec<u32>>,
    /// Each item's brand.
    pub(crate) brand: Vec<Option<u32>>,
    /// Each item's most specific category.
    pub(crate) category: Vec<Option<u32>>,
}

impl Attributes {
    pub(crate) fn of(items: &[Item]) -> Result<Self, CatalogError> {
        let named: Vec<Vec<(TagKind, String)>> = items.iter().map(attributes).collect();
        let mut first_spelling: BTreeMap<(TagKind, String), &str> = BTreeMap::new();
        for (kind, name) in named.iter().flatten() {
            first_spelling.entry((*kind, name.to_lowercase())).or_insert(name);
        }
        let tags: Vec<(TagKind, String)> =
            first_spelling.iter().map(|((kind, _), name)| (*kind, (*name).to_owned())).collect();
        let mut number = BTreeMap::new();
        for (place, key) in first_spelling.into_keys().enumerate() {
            number.insert(key, row(place)?);
        }
        let find = |kind: TagKind, name: &str| number.get(&(kind, name.to_lowercase())).copied();
        let last = |named: &[(TagKind, String)], kind: TagKind| {
            named.iter().rev().find(|(other, _)| *other == kind).and_then(|(kind, name)| find(*kind, name))
        };
        let of_item = named.iter().map(|named| {
            let tags: BTreeSet<u32> = named.iter().filter_map(|(kind, name)| find(*kind, name)).collect();
            tags.into_iter().collect()
        });
        let deepest = |named: &[(TagKind, String)]| {
            last(named, TagKind::Category).or_else(|| last(named, TagKind::ProductType))
        };
        Ok(Self {
            of_item: of_item.collect(),
            brand: named.iter().map(|named| last(named, TagKind::Brand)).collect(),
            category: named.iter().map(|named| deepest(named)).collect(),
            tags,
        })
    }

    pub(crate) fn write(&self, columns: &mut Columns) -> Result<(), CatalogError> {
        let cell = |tag: &Option<u32>| tag.unwrap_or(u32::MAX);
        columns.u32s(Column::Brand, self.brand.iter().map(cell));
        columns.u32s(Column::Category, self.category.iter().map(cell));
        columns.lists(Column::ItemTagRows, Column::ItemTags, self.of_item.iter().map(Vec::as_slice))?;
        columns.bytes(Column::TagKinds, self.tags.iter().map(|(kind, _)| *kind as u8).collect());
        columns.texts(Column::TagBytes, self.tags.iter().map(|(_, name)| name.as_str()))?;
        let mut items_of = vec![Vec::new(); self.tags.len()];
        for (item, tags) in self.of_item.iter().enumerate() {
            let item = row(item)?;
            for tag in tags {
                if let Some(items) = items_of.get_mut(*tag as usize) {
                    items.push(item);
                }
            }
        }
        columns.lists(Column::TagItemRows, Column::TagItems, items_of.iter().map(Vec::as_slice))
    }
}

/// All tags of an item; paths from the widest step to the most specific one.
fn attributes(item: &Item) -> Vec<(TagKind, String)> {
    let mut tags = Vec::new();
    let mut add = |kind: TagKind, text: &str| match kind {
        // A number says nothing to a person, and some of what is tagged here is shown.
        TagKind::Category | TagKind::ProductType if is_number(text) => {}
        TagKind::Category | TagKind::ProductType => {
            tags.extend(path(text).into_iter().map(|step| (kind, step)))
        }
        TagKind::Color | TagKind::Material => tags.extend(text.split('/').map(tidy).map(|part| (kind, part))),
        _ => tags.push((kind, tidy(text))),
    };
    for tag in &item.tags {
        match tag.split_once(':').and_then(|(kind, name)| Some((TagKind::parse(kind)?, name))) {
            Some((kind, name)) => add(kind, name),
            None => add(TagKind::Free, tag),
        }
    }
    let fields = [
        (TagKind::Category, &item.google_product_category),
        (TagKind::ProductType, &item.product_type),
        (TagKind::Brand, &item.brand),
        (TagKind::Color, &item.color),
        (TagKind::Size, &item.size),
        (TagKind::Material, &item.material),
        (TagKind::Pattern, &item.pattern),
        (TagKind::Gender, &item.gender),
        (TagKind::AgeGroup, &item.age_group),
    ];
    for (kind, text) in fields {
        if let Some(text) = text {
            add(kind, text);
        }
    }
    for label in item.custom_labels.iter().flatten() {
        add(TagKind::Free, label);
    }
    tags.retain(|(_, name)| !name.is_empty());
    tags
}

fn is_number(text: &str) -> bool {
    !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit())
}

fn path(text: &str) -> Vec<String> {
    let mut whole = String::new();
    let mut steps = Vec::new();
    let text = text.split_once(" - ").filter(|(number, _)| is_number(number)).map_or(text, |(_, path)| path);
    for step in text.split('>').map(tidy).filter(|step| !step.is_empty()).take(MAX_DEPTH) {
        if !whole.is_empty() {
            whole.push_str(" > ");
        }
        whole.push_str(&step);
        steps.push(whole.clone());
    }
    steps
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_the_first_one_and_paths_keep_every_step() {
        let item = |brand: &str, category: &str, color: &str| Item {
            brand: Some(brand.into()),
            google_product_category: Some(category.into()),
            color: Some(color.into()),
            ..Item::default()
        };
        let items =
            [item("Quillon", "Home>Kitchen", "Red/Blue"), item(" QUILLON ", "home > kitchen > Pots", "red")];
        let attributes = Attributes::of(&items).unwrap();
        let names: Vec<&str> = attributes.tags.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["Home", "Home > Kitchen", "home > kitchen > Pots", "Quillon", "Blue", "Red"]);
        assert_eq!(attributes.of_item, [vec![0, 1, 3, 4, 5], vec![0, 1, 2, 3, 5]]);
        assert_eq!(attributes.category, [Some(1), Some(2)]);
        assert_eq!(attributes.brand, [Some(3), Some(3)]);
    }

    #[test]
    fn a_category_number_is_no_category_to_show() {
        let shown = |category: &str| {
            let item = Item { google_product_category: Some(category.into()), ..Item::default() };
            let tags = Attributes::of(&[item]).unwrap().tags;
            tags.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(shown("5322"), Vec::<String>::new());
        assert_eq!(shown("5322 - Home > Pots"), ["Home", "Home > Pots"]);
    }
}
