//! Facets: how many of the products found have which brand, category, colour, size, price and availability.

use crate::base::money::Money;
use crate::catalog::{Availability, Catalog, TagKind};

/// Values of a facet, and bands of prices.
const VALUES: usize = 20;
const BANDS: usize = 5;

/// What a facet is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum FacetKind {
    /// The brand.
    Brand,
    /// The most specific category.
    Category,
    /// The colour.
    Color,
    /// The size.
    Size,
    /// The price that holds now, in the currency of most.
    Price,
    /// Whether and when it can be had.
    Availability,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FacetValue {
    /// What to filter by: the name or path as the catalog has it. For prices and availability, what the other fields say.
    pub value: String,
    /// What to show: the last step of a category, the value otherwise. Prices are for the app to format.
    pub label: String,
    /// Number of products with it that all other filters let through. A product with several variants counts once.
    pub count: u32,
    /// The lowest price of a band.
    pub min_price: Option<Money>,
    /// The highest price of a band.
    pub max_price: Option<Money>,
    /// The availability.
    pub availability: Option<Availability>,
}

/// The counts by one attribute.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Facet {
    /// The attribute.
    pub kind: FacetKind,
    /// Its values: prices ascending, the others by count, at most 20. There are at least one.
    pub values: Vec<FacetValue>,
}

/// Counts what was found: `nearly` is each item, and the facet whose filter alone keeps it out.
pub(super) fn count(catalog: &Catalog, nearly: &[(u32, Option<FacetKind>)], now_ms: i64) -> Vec<Facet> {
    let mut by_product: Vec<(u32, u32, Option<FacetKind>)> =
        nearly.iter().map(|(ix, kind)| (catalog.product_of(*ix), *ix, *kind)).collect();
    by_product.sort_unstable_by_key(|(product, ix, _)| (*product, *ix));
    let mut facets = tags(catalog, &by_product);
    facets.extend(prices(catalog, &by_product, now_ms));
    facets.extend(availability(catalog, &by_product));
    facets.retain(|facet| !facet.values.is_empty());
    facets
}

/// Items with their products, and the facet whose filter alone keeps them out, in order of the products.
type ByProduct = [(u32, u32, Option<FacetKind>)];

fn counted(kept_out_by: Option<FacetKind>, kind: FacetKind) -> bool {
    kept_out_by.is_none_or(|by| by == kind)
}

fn tags(catalog: &Catalog, items: &ByProduct) -> Vec<Facet> {
    let kinds: Vec<Option<FacetKind>> = (0..catalog.tag_count() as u32)
        .map(|tag| match catalog.tag_kind(tag)? {
            TagKind::Color => Some(FacetKind::Color),
            TagKind::Size => Some(FacetKind::Size),
            _ => None,
        })
        .collect();
    // Number of products with a tag, and the last of them.
    let mut counts: Vec<(u32, u32, FacetKind)> = vec![(0, u32::MAX, FacetKind::Brand); catalog.tag_count()];
    for (product, ix, kept_out_by) in items {
        let of_kind = |tag: &u32| Some((*tag, (*kinds.get(*tag as usize)?)?));
        let own = [(catalog.brand(*ix), FacetKind::Brand), (catalog.category(*ix), FacetKind::Category)];
        let own = own.into_iter().filter_map(|(tag, kind)| Some((tag?, kind)));
        let all = own.chain(catalog.tags(*ix).iter().filter_map(of_kind));
        for (tag, kind) in all.filter(|(_, kind)| counted(*kept_out_by, *kind)) {
            if let Some((count, last, of)) = counts.get_mut(tag as usize).filter(|cell| cell.1 != *product) {
                (*count, *last, *of) = (*count + 1, *product, kind);
            }
        }
    }
    let kinds = [FacetKind::Brand, FacetKind::Category, FacetKind::Color, FacetKind::Size];
    let facet = |kind: FacetKind| {
        let with = (0..).zip(&counts).filter(|(_, (count, _, of))| *count > 0 && *of == kind);
        let mut with: Vec<(u32, u32)> = with.map(|(tag, (count, ..))| (tag, *count)).collect();
        with.sort_unstable_by_key(|(tag, count)| (std::cmp::Reverse(*count), *tag));
        let values = with.into_iter().take(VALUES).filter_map(|(tag, count)| {
            let tag = catalog.tag(tag)?;
            Some(value(tag.name.to_owned(), tag.leaf().to_owned(), count))
        });
        Facet { kind, values: values.collect() }
    };
    kinds.into_iter().map(facet).collect()
}

fn value(value: String, label: String, count: u32) -> FacetValue {
    FacetValue { value, label, count, min_price: None, max_price: None, availability: None }
}

/// The currency of most items, by its place among the catalog's; of as many, the first in the alphabet.
pub(super) fn main_currency(
    catalog: &Catalog,
    items: impl Iterator<Item = u32>,
    now_ms: i64,
) -> Option<usize> {
    let currencies = catalog.currencies();
    let mut counts = vec![0usize; currencies.len()];
    for (place, _) in items.filter_map(|ix| catalog.minor_at(ix, now_ms)) {
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    let counted = currencies.iter().zip(counts).enumerate().filter(|(_, (_, count))| *count > 0);
    counted.max_by(|(_, a), (_, b)| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(place, _)| place)
}

/// Bands of prices with about as many products in each, between round numbers.
fn prices(catalog: &Catalog, items: &ByProduct, now_ms: i64) -> Option<Facet> {
    let counted = || items.iter().filter(|(.., by)| counted(*by, FacetKind::Price));
    let main = main_currency(catalog, counted().map(|(_, ix, _)| *ix), now_ms)?;
    let currency = catalog.currencies().get(main)?;
    let price = |(product, ix, _): &(u32, u32, _)| {
        let (_, minor) = catalog.minor_at(*ix, now_ms).filter(|(place, _)| *place == main)?;
        Some((*product, minor))
    };
    let prices: Vec<(u32, i64)> = counted().filter_map(price).collect();
    let mut ascending: Vec<i64> = prices.iter().map(|(_, minor)| *minor).collect();
    ascending.sort_unstable();
    let (least, most) = (*ascending.first()?, *ascending.last()?);
    let quantile = |part: usize| ascending.get(ascending.len() * part / BANDS).map(|minor| round(*minor));
    let mut edges: Vec<i64> =
        (1..BANDS).filter_map(quantile).filter(|edge| (least + 1..=most).contains(edge)).collect();
    edges.dedup();
    let mut counts: Vec<(u32, u32)> = vec![(0, u32::MAX); edges.len() + 1];
    for (product, minor) in prices {
        let band = edges.partition_point(|edge| *edge <= minor);
        if let Some((count, last)) = counts.get_mut(band).filter(|cell| cell.1 != product) {
            (*count, *last) = (*count + 1, product);
        }
    }
    let money = |minor: i64| Some(Money { minor, currency: currency.clone() });
    let starts = std::iter::once(least).chain(edges.iter().copied());
    let ends = edges.iter().map(|edge| edge - 1).chain([most]);
    let bands = starts.zip(ends).zip(counts).filter(|(_, (count, _))| *count > 0);
    let values = bands.map(|((start, end), (count, _))| FacetValue {
        min_price: money(start),
        max_price: money(end),
        ..value(String::new(), String::new(), count)
    });
    Some(Facet { kind: FacetKind::Price, values: values.collect() })
}

/// The nearest number of minor units below that is 1, 2 or 5 and zeros, with one digit more.
fn round(minor: i64) -> i64 {
    let mut unit = 1;
    while minor / unit >= 100 {
        unit *= 10;
    }
    let step = unit * if minor / unit >= 50 { 10 } else { 5 };
    if minor < 10 { minor } else { minor / step * step }
}

fn availability(catalog: &Catalog, items: &ByProduct) -> Option<Facet> {
    let kind = FacetKind::Availability;
    // Number of products, and the last of them.
    let all = [Availability::InStock, Availability::Preorder, Availability::Backorder];
    let mut counts = all.map(|availability| (availability, 0, u32::MAX));
    for (product, ix, _) in items.iter().filter(|(.., by)| counted(*by, kind)) {
        let own = catalog.availability(*ix);
        let cell = counts.iter_mut().find(|(availability, _, last)| *availability == own && last != product);
        if let Some((_, count, last)) = cell {
            (*count, *last) = (*count + 1, *product);
        }
    }
    let with = counts.into_iter().filter(|(_, count, _)| *count > 0);
    let values = with.map(|(availability, count, _)| FacetValue {
        availability: Some(availability),
        ..value(String::new(), String::new(), count)
    });
    Some(Facet { kind, values: values.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_round_and_not_above() {
        for (minor, edge) in
            [(0, 0), (7, 7), (42, 40), (1299, 1000), (4_567, 4_500), (6_789, 6_000), (99_999, 90_000)]
        {
            assert_eq!(round(minor), edge, "{minor}");
        }
        assert!(round(i64::MAX) > i64::MAX / 10);
    }
}
