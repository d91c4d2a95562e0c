//! One card a product: which of its variants is shown. What did not fit comes last, and the size that is advised first. Then
//! comes what the user named, what they bought or looked at of this product, the sizes and colours that they take or that the list
//! starts from; then what can be bought, the price and the order of the feed.

use std::collections::BTreeSet;

use crate::catalog::{AllTags, Catalog};
use crate::profile::{Evidence, SizeEvidence, SizeScale, size_measure};

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
    sizes: SizeEvidence<'a>,
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
        let sizes = SizeEvidence::of(catalog, evidence);
        Self { catalog, evidence, tags: catalog.all_tags(), likings, sizes }
    }

    /// The variant of a product that suits most among some of them.
    pub(crate) fn best(&self, mut variants: impl Iterator<Item = u32>) -> Option<u32> {
        let first = variants.next()?;
        let Some(second) = variants.next() else { return Some(first) };
        let variants: Vec<u32> = [first, second].into_iter().chain(variants).collect();
        let known = || self.sizes.wanted_among(self.catalog.variants(first));
        let fit = if self.sizes.is_empty() { None } else { known() };
        variants.into_iter().max_by_key(|ix| self.how_well(*ix, fit.as_ref()))
    }

    /// How well a variant suits, the larger the better. Comparable between variants of one product, with the size of it that fits.
    fn how_well(&self, ix: u32, fit: Option<&(f32, SizeScale)>) -> impl Ord + use<> {
        let tags = self.tags.of(ix);
        let named = self.evidence.stated.iter().filter(|(tag, _)| tags.binary_search(tag).is_ok()).count();
        let used = self.evidence.derived.uses.get(&self.catalog.product_of(ix));
        let is = |of: Option<u32>| of == Some(ix);
        let own = (is(used.and_then(|used| used.last_bought)), is(used.and_then(|used| used.last)));
        let size = fit.map(|fit| self.how_near(ix, fit));
        // What all variants have adds the same to each.
        let liked: f32 = tags.iter().filter_map(|tag| self.likings.get(*tag as usize)).sum();
        (
            !self.evidence.avoids(ix),
            size,
            named,
            own,
            (liked * STEPS).round() as i64,
            self.catalog.standing(ix),
        )
    }

    /// How near a size is to the one that fits; of two as near the larger one.
    fn how_near(&self, ix: u32, (fit, scale): &(f32, SizeScale)) -> (i64, bool) {
        let size = size_measure(self.catalog, ix).filter(|(_, also)| also == scale);
        size.map_or((i64::MIN, false), |(size, _)| {
            (-((size - fit).abs() * STEPS).round() as i64, size > *fit)
        })
    }

    /// The variant of a product that suits most among those that may be shown.
    pub(crate) fn shown(&self, product: u32, allowed: impl Fn(u32) -> bool) -> Option<u32> {
        self.best(self.catalog.variants(product).filter(|ix| allowed(*ix)))
    }
}
