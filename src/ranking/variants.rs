//! One card a product: which of its variants is shown. What did not fit comes last. What the user named comes first, then what they bought or looked at
//! of this product, then the sizes and colours that they take or that the list starts from; then what can be bought, the price
//! and the order of the feed.

use std::collections::BTreeSet;

use crate::catalog::{AllTags, Catalog};
use crate::profile::Evidence;

/// What an attribute of an item that the list starts from counts, against the user's strongest liking.
const OF_SEED: f32 = 0.3;
/// Likings closer than this are the same.
const STEPS: f32 = 1000.0;

/// What makes a variant suit.
pub(crate) struct Suits<'a> {
    catalog: &'a Catalog,
    evidence: &'a Evidence,
    tags: AllTags<'a>,
    /// How much the user likes each tag, and those of what the list starts from.
    likings: Vec<f32>,
}

impl<'a> Suits<'a> {
    pub(crate) fn of(catalog: &'a Catalog, evidence: &'a Evidence, seeds: &[u32]) -> Self {
        let mut likings = vec![0.0; catalog.tag_count()];
        let mut like = |tag: u32, strength: f32| {
            likings.get_mut(tag as usize).into_iter().for_each(|liking| *liking += strength);
        };
        evidence.derived.likings().for_each(|(tag, strength, _)| like(tag, strength));
        let tags: BTreeSet<u32> = seeds.iter().flat_map(|seed| catalog.tags(*seed)).copied().collect();
        tags.into_iter().for_each(|tag| like(tag, OF_SEED));
        Self { catalog, evidence, tags: catalog.all_tags(), likings }
    }

    /// How well a variant suits, the larger the better. Comparable between variants of one product.
    pub(crate) fn how_well(&self, ix: u32) -> impl Ord + use<> {
        let tags = self.tags.of(ix);
        let named = self.evidence.stated.iter().filter(|(tag, _)| tags.binary_search(tag).is_ok()).count();
        let used = self.evidence.derived.uses.get(&self.catalog.product_of(ix));
        let is = |of: Option<u32>| of == Some(ix);
        let own = (is(used.and_then(|used| used.last_bought)), is(used.and_then(|used| used.last)));
        // What all variants have adds the same to each.
        let liked: f32 = tags.iter().filter_map(|tag| self.likings.get(*tag as usize)).sum();
        (!self.evidence.avoids(ix), named, own, (liked * STEPS).round() as i64, self.catalog.standing(ix))
    }

    /// The variant of a product that suits most among those that may be shown.
    pub(crate) fn shown(&self, product: u32, allowed: impl Fn(u32) -> bool) -> Option<u32> {
        let mut variants = self.catalog.variants(product).filter(|ix| allowed(*ix));
        let first = variants.next()?;
        let Some(second) = variants.next() else { return Some(first) };
        [first, second].into_iter().chain(variants).max_by_key(|ix| self.how_well(*ix))
    }
}
