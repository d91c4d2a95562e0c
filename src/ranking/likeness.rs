//! What an item really has in common with what the user was interested in. A part of a score is large or small against those
//! of other candidates; whether it may be told as likeness is not a matter of the others.

use crate::catalog::{Catalog, TagKind};
use crate::profile::{Deeds, Recent};
use crate::ranking::explain::Workings;

/// Whether two products are of one kind: their categories have at least half of the longer path in common, or its first
/// step where the same people had to do with both. Without a category only the latter tells, or a tag that few items have.
pub(super) fn is_of_kind(catalog: &Catalog, a: u32, b: u32) -> bool {
    let embedding = |ix: u32| catalog.embedding(catalog.product_of(ix));
    let alike = || cosine(embedding(a), embedding(b)) >= ALIKE;
    let path = |ix: u32| catalog.category(ix).and_then(|tag| catalog.tag(tag)).map(|tag| tag.name);
    let (Some(one), Some(other)) = (path(a), path(b)) else {
        let is_rare = |tag: &u32| catalog.items_with_tag(*tag).len() * TELLING <= catalog.len();
        return alike()
            || catalog.tags(a).iter().filter(|tag| is_rare(tag)).any(|tag| catalog.tags(b).contains(tag));
    };
    let steps = |path: &'_ str| path.split('>').count();
    let common = one.split('>').map(str::trim).zip(other.split('>').map(str::trim));
    let common = common.take_while(|(one, other)| one == other).count();
    common * 2 >= steps(one).max(steps(other)) || (common > 0 && alike())
}

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

    /// What was done with those products.
    pub(super) fn done_with_alike(&self, ix: u32) -> Deeds {
        let near = self.alike(ix).filter(|(anchor, _)| self.may_name(anchor.ix));
        near.fold(Deeds::default(), |all, (anchor, _)| all.and(self.evidence.derived.deeds(anchor.product)))
    }

    /// What was done with other products that have a tag, of those that the user still is interested in.
    pub(super) fn done_with(&self, ix: u32, tag: u32) -> Deeds {
        let own = self.catalog.product_of(ix);
        let others = self.evidence.recent.iter().filter(|recent| recent.product != own);
        let having = others.filter(|recent| self.catalog.tags(recent.ix).contains(&tag));
        having.fold(Deeds::default(), |all, recent| all.and(self.evidence.derived.deeds(recent.product)))
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
