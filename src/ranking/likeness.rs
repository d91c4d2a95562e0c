//! What an item really has in common with what the user was interested in. A part of a score is large or small against those
//! of other candidates; whether it may be told as likeness is not a matter of the others.

use crate::catalog::TagKind;
use crate::profile::Recent;
use crate::ranking::explain::Workings;

/// Cosine of the angle between two embeddings from which on the products are alike. A convention.
const ALIKE: f32 = 0.6;
/// A tag that more than one item in so many has in common says nothing.
const TELLING: usize = 10;
/// Products of the past that an item is held against.
const LATEST: usize = 40;

impl Workings<'_> {
    /// The acts on all of the past that the item is like and that may be told of. What the item itself was used for is no
    /// likeness.
    pub(super) fn likened(&self, ix: u32) -> u32 {
        let near = self.alike(ix).filter(|(anchor, _)| self.may_name(anchor.ix));
        near.map(|(anchor, _)| self.use_count(anchor.ix).max(1)).sum()
    }

    /// What the products of the past that an item is like count together.
    pub(super) fn likeness(&self, ix: u32, count: impl Fn(&Recent) -> u32) -> u32 {
        self.alike(ix).map(|(anchor, _)| count(anchor)).sum()
    }

    fn alike(&self, ix: u32) -> impl Iterator<Item = (&Recent, f32)> {
        self.near(ix).filter(|(_, cosine)| *cosine >= ALIKE)
    }

    /// The latest products of the past, but for the item's own, and how much the item is like each.
    fn near(&self, ix: u32) -> impl Iterator<Item = (&Recent, f32)> {
        let product = self.catalog.product_of(ix);
        let own = self.catalog.embedding(product);
        let others = self.anchors.iter().filter(move |anchor| anchor.product != product).take(LATEST);
        others.map(move |anchor| (anchor, cosine(own, self.catalog.embedding(anchor.product))))
    }

    /// The liked tag that the item shares, of those that people would name and few items have.
    pub(super) fn telling_tag(&self, ix: u32) -> Option<u32> {
        use TagKind as K;
        let tells = |tag: &u32| {
            let kind = self.catalog.tag_kind(*tag);
            let is_named =
                kind.is_some_and(|kind| !matches!(kind, K::Gender | K::AgeGroup | K::Free | K::Size));
            let is_rare = self.catalog.items_with_tag(*tag).len() * TELLING <= self.catalog.len();
            is_named && is_rare && self.evidence.derived.may_name_tag(*tag)
        };
        let tags = self.catalog.tags(ix).iter().copied().filter(tells);
        let scored = tags.filter_map(|t| self.sources.content.share(t).map(|s| (t, s)));
        scored.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|t| t.0)
    }
}

/// Cosine of the angle between two embeddings; 0 where one points nowhere.
fn cosine(a: &[i8], b: &[i8]) -> f32 {
    let dot = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum::<i32>();
    let lengths = (dot(a, a) as f32 * dot(b, b) as f32).sqrt();
    if lengths > 0.0 { dot(a, b) as f32 / lengths } else { 0.0 }
}
