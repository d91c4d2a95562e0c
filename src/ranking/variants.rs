//! One card a product: which of its variants is shown. What the user named comes first, then what they bought of this
//! product, then the sizes and colours that they take; then what can be bought, the price and the order of the feed.

use crate::catalog::Catalog;
use crate::profile::Evidence;

/// Likings closer than this are the same.
const STEPS: f32 = 1000.0;

/// How well a variant suits the user, the larger the better. Comparable between variants of one product.
pub(crate) fn fit(catalog: &Catalog, evidence: &Evidence, ix: u32) -> impl Ord + use<> {
    let tags = catalog.tags(ix);
    let named = evidence.stated.iter().filter(|(tag, _)| tags.binary_search(tag).is_ok()).count();
    let bought = evidence.derived.uses.get(&catalog.product_of(ix)).and_then(|used| used.last_bought);
    // What all variants are adds the same to each.
    let liked: f32 = tags.iter().map(|tag| evidence.derived.strength(*tag)).sum();
    (named, bought == Some(ix), (liked * STEPS).round() as i64, catalog.standing(ix))
}

/// The variant of a product that suits the user most among those that may be shown.
pub(crate) fn shown(
    catalog: &Catalog,
    evidence: &Evidence,
    product: u32,
    allowed: impl Fn(u32) -> bool,
) -> Option<u32> {
    let mut variants = catalog.variants(product).filter(|ix| allowed(*ix));
    let first = variants.next()?;
    let Some(second) = variants.next() else { return Some(first) };
    [first, second].into_iter().chain(variants).max_by_key(|ix| fit(catalog, evidence, *ix))
}
