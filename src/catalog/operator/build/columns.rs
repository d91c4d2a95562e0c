//! Filling the columns from items and artefacts.

use std::collections::HashSet;

use crate::base::currency;
use crate::base::limits::VECTOR;
use crate::base::money::Money;
use crate::catalog::format::Column;
use crate::catalog::format::column::{ALWAYS, COMPLEMENTS, MINUTE_MS, NEIGHBOURS, RIDGE, Related, TOGETHER};
use crate::catalog::format::variants::Variants;
use crate::catalog::model::size_system;
use crate::catalog::operator::build::BundleHeader;
use crate::catalog::operator::build::attributes::Attributes;
use crate::catalog::operator::build::writer::{Columns, row};
use crate::catalog::{
    Artefacts, CatalogError, EffectivePeriod, Item, MAX_NEIGHBOURS, MAX_RIDGE, MAX_TOGETHER, sensitive_tags,
};

/// What the manifest has to know about the columns.
pub(crate) struct Shape {
    pub(crate) items: u32,
    pub(crate) tags: u32,
    pub(crate) tokens: u32,
    pub(crate) currencies: Vec<String>,
    pub(crate) link_prefix: String,
    pub(crate) image_prefix: String,
    pub(crate) mean_text_length: f32,
}

pub(crate) fn write(
    columns: &mut Columns,
    items: &[Item],
    artefacts: &Artefacts,
    header: &BundleHeader,
) -> Result<Shape, CatalogError> {
    ids(columns, items)?;
    texts(columns, items)?;
    let link_prefix = addresses(columns, Column::LinkBytes, items.iter().map(|item| &item.link))?;
    let image_prefix = addresses(columns, Column::ImageBytes, items.iter().map(|item| &item.image_link))?;
    let currencies = prices(columns, items, header.created_ms)?;
    columns.bytes(Column::Availability, items.iter().map(|item| item.availability.code()).collect());
    let taxonomy = header.taxonomy.matcher();
    columns.u16s(Column::Sensitive, items.iter().map(|item| sensitive_tags(item, &taxonomy).bits()));
    let attributes = Attributes::of(items)?;
    attributes.write(columns)?;
    learnt(columns, items.len(), artefacts)?;
    vectors(columns, items)?;
    size_systems(columns, items);
    let text = crate::catalog::operator::build::words::write(columns, items, &attributes)?;
    Ok(Shape {
        items: row(items.len())?,
        tags: row(attributes.tags.len())?,
        tokens: text.tokens,
        currencies,
        link_prefix,
        image_prefix,
        mean_text_length: text.mean_length,
    })
}

fn ids(columns: &mut Columns, items: &[Item]) -> Result<(), CatalogError> {
    let mut seen = HashSet::new();
    if !items.iter().all(|item| !item.id.is_empty() && seen.insert(item.id.as_str())) {
        return Err(CatalogError::Build { what: "every item needs an id of its own" });
    }
    let mut order: Vec<u32> = (0..row(items.len())?).collect();
    order.sort_by_key(|place| items.get(*place as usize).map(|item| item.id.as_str()));
    columns.texts(Column::IdBytes, items.iter().map(|item| item.id.as_str()))?;
    columns.u32s(Column::IdOrder, order);
    Ok(())
}

fn texts(columns: &mut Columns, items: &[Item]) -> Result<(), CatalogError> {
    columns.texts(Column::TitleBytes, items.iter().map(|item| item.title.as_str()))?;
    let groups = items.iter().map(|item| item.item_group_id.as_deref().unwrap_or_default());
    columns.texts(Column::GroupBytes, groups.clone())?;
    let variants = Variants::of(items.iter().map(|item| item.id.as_str()).zip(groups));
    columns.u32s(Column::FirstVariant, variants.first);
    columns.u32s(Column::NextVariant, variants.next);
    columns.u32s(Column::ProductOrder, variants.order);
    Ok(())
}

/// Writes addresses without what all of them begin with, which is returned. No address becomes empty by it.
fn addresses<'a>(
    columns: &mut Columns,
    column: Column,
    addresses: impl Iterator<Item = &'a Option<String>> + Clone,
) -> Result<String, CatalogError> {
    let mut prefix: Option<&str> = None;
    for address in addresses.clone().flatten() {
        let known = prefix.unwrap_or(address);
        let same = known.char_indices().zip(address.chars()).take_while(|((_, a), b)| a == b).count();
        let same = same.min(address.chars().count().saturating_sub(1));
        let end = known.char_indices().nth(same).map_or(known.len(), |(end, _)| end);
        prefix = known.get(..end);
    }
    let prefix = prefix.unwrap_or_default();
    let rest =
        |address: &'a Option<String>| address.as_deref().and_then(|address| address.strip_prefix(prefix));
    columns.texts(column, addresses.map(|address| rest(address).unwrap_or_default()))?;
    Ok(prefix.to_owned())
}

fn prices(columns: &mut Columns, items: &[Item], now_ms: i64) -> Result<Vec<String>, CatalogError> {
    let mut currencies: Vec<String> = Vec::new();
    let mut places = Vec::with_capacity(items.len());
    for item in items {
        let code = item.price.as_ref().map(|price| price.currency.as_str());
        let place = code.map(|code| {
            currencies.iter().position(|known| known == code).unwrap_or_else(|| {
                currencies.push(code.to_owned());
                currencies.len() - 1
            })
        });
        let too_many = CatalogError::TooLarge { what: "the list of currencies", limit: 254 };
        places.push(place.map_or(Ok(u8::MAX), |place| u8::try_from(place).map_err(|_| too_many))?);
    }
    let minor = |price: Option<&Money>| price.map_or(i64::MIN, |price| price.minor);
    let minutes = |item: &Item| item.sale_price_effective_date.map_or(ALWAYS, minutes);
    columns.i64s(Column::Price, items.iter().map(|item| minor(item.price.as_ref())));
    columns.i64s(Column::SalePrice, items.iter().map(|item| minor(sale(item))));
    columns.u32s(Column::SaleFrom, items.iter().map(|item| minutes(item).0));
    columns.u32s(Column::SaleUntil, items.iter().map(|item| minutes(item).1));
    columns.bytes(Column::Currency, places);
    columns.f32s(Column::LogPrice, items.iter().map(|item| log_price(item, now_ms)));
    Ok(currencies)
}

/// A period in whole minutes, the parts of minutes at both ends included.
pub(crate) fn minutes(period: EffectivePeriod) -> (u32, u32) {
    let from = u32::try_from(period.from_ms.div_euclid(MINUTE_MS).max(0)).unwrap_or(u32::MAX - 1);
    let until = period.until_ms.saturating_add(MINUTE_MS - 1).div_euclid(MINUTE_MS).max(0);
    (from, u32::try_from(until).unwrap_or(u32::MAX))
}

/// The reduced price, if it is one: in the same currency and lower.
pub(crate) fn sale(item: &Item) -> Option<&Money> {
    let price = item.price.as_ref()?;
    item.sale_price.as_ref().filter(|sale| sale.currency == price.currency && sale.minor < price.minor)
}

fn log_price(item: &Item, now_ms: i64) -> f32 {
    let holds = item
        .sale_price_effective_date
        .is_none_or(|period| (period.from_ms..period.until_ms).contains(&now_ms));
    let price = sale(item).filter(|_| holds).or(item.price.as_ref());
    price.map_or(f32::NAN, |price| currency::log_price(price.minor, currency::decimals(&price.currency)))
}

/// The merchant's vectors, if there are any.
fn vectors(columns: &mut Columns, items: &[Item]) -> Result<(), CatalogError> {
    let width = items.iter().map(|item| item.sv_embedding.len()).max().unwrap_or_default();
    let whole = |item: &Item| [0, width].contains(&item.sv_embedding.len());
    if !VECTOR.takes(width) || !items.iter().all(whole) {
        return Err(CatalogError::Build { what: "the items' vectors have different widths" });
    }
    let padded = |item: &Item| {
        let mut vector: Vec<u8> = item.sv_embedding.iter().map(|number| number.cast_unsigned()).collect();
        vector.resize(width, 0);
        vector
    };
    let bytes: Vec<u8> = items.iter().flat_map(padded).collect();
    if bytes.iter().any(|byte| *byte != 0) {
        columns.bytes(Column::Vectors, bytes);
    }
    Ok(())
}

/// The countries' sizings, where the feed tells any.
fn size_systems(columns: &mut Columns, items: &[Item]) {
    let code = |item: &Item| item.size_system.as_deref().map_or(0, size_system::code);
    let codes: Vec<u8> = items.iter().map(code).collect();
    if codes.iter().any(|code| *code != 0) {
        columns.bytes(Column::SizeSystem, codes);
    }
}

fn learnt(columns: &mut Columns, items: usize, artefacts: &Artefacts) -> Result<(), CatalogError> {
    let lengths = [
        artefacts.neighbours.len(),
        artefacts.complements.len(),
        artefacts.together.len(),
        artefacts.ridge.len(),
        artefacts.embeddings.len(),
        artefacts.cold.len(),
        artefacts.popularity.len(),
        artefacts.recent_popularity.len(),
        artefacts.repurchase_days.len(),
    ];
    if lengths.iter().any(|length| *length != items) {
        return Err(CatalogError::Build { what: "the artefacts were made for other items" });
    }
    related(columns, &NEIGHBOURS, &artefacts.neighbours, MAX_NEIGHBOURS, 255.0)?;
    related(columns, &COMPLEMENTS, &artefacts.complements, MAX_NEIGHBOURS, 255.0)?;
    related(columns, &TOGETHER, &artefacts.together, MAX_TOGETHER, 15.0)?;
    related(columns, &RIDGE, &artefacts.ridge, MAX_RIDGE, 255.0)?;
    columns.bytes(
        Column::Embeddings,
        artefacts.embeddings.iter().flatten().map(|number| number.cast_unsigned()).collect(),
    );
    columns.bytes(Column::Flags, artefacts.cold.iter().map(|cold| u8::from(*cold)).collect());
    let numbers = [&artefacts.popularity, &artefacts.recent_popularity, &artefacts.repurchase_days];
    if numbers.into_iter().flatten().any(|number| !number.is_finite() || *number < 0.0) {
        return Err(CatalogError::Build { what: "a popularity or repurchase time is not a number" });
    }
    columns.f32s(Column::Popularity, artefacts.popularity.iter().copied());
    columns.f32s(Column::RecentPopularity, artefacts.recent_popularity.iter().copied());
    columns.f32s(Column::RepurchaseDays, artefacts.repurchase_days.iter().copied());
    let mut order: Vec<u32> = (0..row(items)?).collect();
    let rank = |numbers: &[f32], item: u32| numbers.get(item as usize).copied().unwrap_or_default();
    order.sort_by(|a, b| {
        let by = |numbers: &[f32]| rank(numbers, *b).total_cmp(&rank(numbers, *a));
        by(&artefacts.popularity).then_with(|| by(&artefacts.recent_popularity)).then(a.cmp(b))
    });
    columns.u32s(Column::ByPopularity, order);
    Ok(())
}

/// `levels` is the number of steps of a strength: fewer cost fewer bits.
fn related(
    columns: &mut Columns,
    to: &Related,
    lists: &[Vec<(u32, f32)>],
    most: usize,
    levels: f32,
) -> Result<(), CatalogError> {
    let known = lists.len();
    let mut ids: Vec<Vec<u32>> = Vec::with_capacity(known);
    let (mut steps, mut scales) = (Vec::new(), Vec::with_capacity(known));
    for list in lists {
        if list.iter().any(|(id, strength)| *id as usize >= known || !strength.is_finite() || *strength < 0.0)
        {
            return Err(CatalogError::Build { what: "a neighbour is no item, or its strength no number" });
        }
        let mut list: Vec<(u32, f32)> = list.clone();
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(most);
        let strongest = list.first().map_or(0.0, |(_, strength)| *strength);
        let step = |strength: f32| {
            if strongest > 0.0 { (strength / strongest * levels).round() as u8 } else { 0 }
        };
        steps.extend(list.iter().map(|(_, strength)| step(*strength)));
        scales.push(strongest / levels);
        ids.push(list.into_iter().map(|(id, _)| id).collect());
    }
    columns.lists(to.rows, to.items, ids.iter().map(Vec::as_slice))?;
    columns.bytes(to.steps, steps);
    columns.f32s(to.scale, scales);
    Ok(())
}
