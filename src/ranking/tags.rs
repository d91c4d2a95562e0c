//! Directions in the space of tags: what some items have in common, and what the user likes.

use crate::catalog::{Catalog, TagKind};
use crate::profile::Evidence;
use crate::ranking::top::{Scored, TopProducts, best};

/// Tags that products are drawn from.
pub(crate) const TAGS: usize = 24;
/// What sums of many numbers may be off by.
const SURE: f32 = 1.001;
/// Items that are summed up at once.
const BLOCK: usize = 4096;

/// A direction in the space of tags, weighted by how rare they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagProfile {
    /// By tag, in order.
    weights: Vec<(u32, f32)>,
    /// What each tag of the catalog adds to the score of an item that has it.
    shares: Vec<f32>,
}

impl TagProfile {
    /// Sum of the unit vectors of some items.
    pub(crate) fn of_items(catalog: &Catalog, items: impl Iterator<Item = (u32, f32)>) -> Self {
        let mut sums = vec![0.0_f32; catalog.tag_count()];
        let mut touched = Vec::new();
        let tags = catalog.all_tags();
        for (ix, weight) in items {
            let length = catalog.tag_length(ix);
            for &tag in tags.of(ix) {
                let Some(sum) = sums.get_mut(tag as usize) else { continue };
                *sum += weight * catalog.tag_rarity(tag) / length;
                touched.push(tag);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        let weight = |tag| (tag, sums.get(tag as usize).copied().unwrap_or_default());
        Self::of(catalog, touched.into_iter().map(weight).collect())
    }

    /// What the user likes.
    pub(crate) fn of_likings(catalog: &Catalog, evidence: &Evidence) -> Self {
        let likings = evidence.derived.likings();
        let weight = |(tag, strength, _)| (tag, strength * catalog.tag_rarity(tag));
        Self::of(catalog, likings.map(weight).collect())
    }

    fn of(catalog: &Catalog, weights: Vec<(u32, f32)>) -> Self {
        let mut shares = vec![0.0; if weights.is_empty() { 0 } else { catalog.tag_count() }];
        for (tag, weight) in &weights {
            if let Some(share) = shares.get_mut(*tag as usize) {
                *share = weight * catalog.tag_rarity(*tag);
            }
        }
        Self { weights, shares }
    }

    /// How much an item with these tags points the same way; `length` is that of their vector.
    pub(crate) fn score(&self, tags: &[u32], length: f32) -> f32 {
        if self.weights.is_empty() {
            return 0.0;
        }
        tags.iter().map(|tag| self.adds(*tag)).sum::<f32>() / length
    }

    /// What one tag adds to the score of an item that has it; `None` when it adds nothing.
    pub(crate) fn share(&self, tag: u32) -> Option<f32> {
        Some(self.adds(tag)).filter(|share| *share > 0.0)
    }

    fn adds(&self, tag: u32) -> f32 {
        self.shares.get(tag as usize).copied().unwrap_or_default()
    }

    /// The products that point the same way most, among those with a telling tag.
    ///
    /// Adds up what the telling tags say, block of items by block, and scores only what could be among the best with all that
    /// other tags may add.
    pub(crate) fn best(&self, catalog: &Catalog, limit: usize, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
        let tags = self.telling(catalog);
        let (others, all_tags) = (self.others(catalog, &tags), catalog.all_tags());
        let mut lists: Vec<(&[u32], f32)> =
            tags.iter().map(|tag| (catalog.items_with_tag(*tag), self.adds(*tag))).collect();
        let mut top = TopProducts::new(limit);
        let mut sums = [0.0_f32; BLOCK];
        for first in (0..catalog.len()).step_by(BLOCK) {
            let end = first + BLOCK;
            for (items, adds) in &mut lists {
                let (here, later) = items.split_at(items.partition_point(|ix| (*ix as usize) < end));
                for ix in here {
                    sums.get_mut(*ix as usize - first).into_iter().for_each(|sum| *sum += *adds);
                }
                *items = later;
            }
            for (ix, sum) in (first as u32..).zip(&mut sums).filter(|(_, sum)| **sum > 0.0) {
                let (most, length) = ((std::mem::take(sum) + others) * SURE, catalog.tag_length(ix));
                if top.least().is_some_and(|least| most < least.score * length) {
                    continue;
                }
                let score = self.score(all_tags.of(ix), length);
                if top.least().is_none_or(|least| score >= least.score) {
                    top.offer(Scored { score, ix: catalog.product_of(ix) }, allowed);
                }
            }
        }
        top.into_products()
    }

    /// The tags that products are drawn from.
    fn telling(&self, catalog: &Catalog) -> Vec<u32> {
        let is_telling = |tag: u32| catalog.items_with_tag(tag).len() <= catalog.len() / 5 + 50;
        let telling = self.weights.iter().filter(|(tag, weight)| *weight > 0.0 && is_telling(*tag));
        best(telling.map(|(tag, _)| (*tag, self.adds(*tag))), TAGS)
    }

    /// What all other tags can add to an item: no more of a kind than any item has.
    fn others(&self, catalog: &Catalog, tags: &[u32]) -> f32 {
        let others = self.weights.iter().filter(|(tag, weight)| *weight > 0.0 && !tags.contains(tag));
        let mut others: Vec<(Option<TagKind>, f32)> =
            others.map(|(tag, _)| (catalog.tag_kind(*tag), self.adds(*tag))).collect();
        others.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let most = |kind: Option<TagKind>| kind.map_or(usize::MAX, |kind| catalog.most_of_kind(kind));
        let of_kinds = others.chunk_by(|a, b| a.0 == b.0);
        of_kinds
            .flat_map(|kind| kind.iter().take(kind.first().map_or(0, |of| most(of.0))))
            .map(|of| of.1)
            .sum()
    }
}
