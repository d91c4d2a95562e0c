//! Which size of a product fits: by what was said, what was kept and what was sent back. Never a guess: without evidence
//! there is no advice.

use serde::Deserialize;

use crate::base::clock::DAY_MS;
use crate::catalog::plan::SizeChart;
use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::Evidence;
use crate::profile::charts::ByChart;
use crate::profile::interaction::{Act, Signal};
use crate::profile::sizes::{Scale, measure};

/// Purchases that are looked at, the newest: people grow.
pub(super) const NEWEST: usize = 5;
/// After this long what was not sent back is kept: most shops take things back for 14 or 30 days.
pub(super) const KEPT_MS: i64 = 30 * DAY_MS;

/// What a size is advised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum SizeReason {
    /// The user said so.
    Stated,
    /// Products of this kind and brand were bought in it and kept.
    KeptOfBrand,
    /// Products of this kind were bought in it and kept.
    Kept,
    /// Products of this kind and brand were ordered in it, less than 30 days ago: they may still be sent back.
    OrderedOfBrand,
    /// Products of this kind were ordered in it, less than 30 days ago.
    Ordered,
    /// The next smaller one of this brand was sent back as too small.
    TooSmall,
    /// The next larger one of this brand was sent back as too large.
    TooLarge,
    /// Something else was bought and kept in a size that is the same body's, by the shop's size charts.
    KeptByChart,
    /// Something else was ordered in such a size, less than 30 days ago.
    OrderedByChart,
    /// The user named a size that is the same body's, by the shop's size charts.
    StatedByChart,
    /// Something else was sent back as too small, and this size is the next larger one, by the shop's size charts.
    TooSmallByChart,
    /// Something else was sent back as too large, and this size is the next smaller one, by the shop's size charts.
    TooLargeByChart,
}

/// How sure an advice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Confidence {
    /// A single sign.
    Low,
    /// Some signs.
    Medium,
    /// Several signs of the same kind.
    High,
}

/// A size that fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SizeFit<'a> {
    pub(crate) size: f32,
    pub(crate) reason: SizeReason,
    pub(crate) confidence: Confidence,
    /// Number of user actions it is based on.
    pub(crate) evidence_count: u32,
    /// What it was found by, where that was a size chart.
    pub(crate) by: Option<ByChart<'a>>,
}

/// What is known of products like one.
pub(super) struct Like<'a, 'b> {
    pub(super) catalog: &'a Catalog,
    pub(super) evidence: &'b Evidence,
    ix: u32,
    /// Its variants and their sizes, the smallest first.
    pub(super) own: Vec<(u32, f32)>,
    scale: Scale,
    /// Its size chart.
    pub(super) chart: Option<&'a SizeChart>,
}

impl Evidence {
    /// The size of the product that fits, as [`measure`] gives it. What is bought for somebody else fits somebody else.
    pub(crate) fn size_fit<'a>(&self, catalog: &'a Catalog, ix: u32) -> Option<SizeFit<'a>> {
        if self.basis.gift {
            return None;
        }
        let (_, scale) = measure(catalog, ix)?;
        let of = |variant: u32| {
            let (size, also) = measure(catalog, variant)?;
            (also == scale).then_some((variant, size))
        };
        let mut own: Vec<(u32, f32)> = catalog.variants(ix).filter_map(of).collect();
        own.sort_by(|a, b| a.1.total_cmp(&b.1));
        if own.first()?.1 == own.last()?.1 {
            return None; // one size has no advice
        }
        let like = Like { catalog, evidence: self, ix, own, scale, chart: catalog.size_chart(ix) };
        let bounds @ [low, high] = like.bounds();
        let fits = |size: f32| low.is_none_or(|low| size > low) && high.is_none_or(|high| size < high);
        like.said(&fits)
            .or_else(|| like.chosen(true, &fits))
            .or_else(|| like.by_chart(&fits))
            .or_else(|| like.chosen(false, &fits))
            .or_else(|| like.beside(bounds, &fits))
            .or_else(|| like.beside_misfits_by_chart(&fits))
    }

    fn said_size(&self, catalog: &Catalog, variant: u32) -> bool {
        let size = catalog.tags_of_kind(variant, TagKind::Size).next();
        size.is_some_and(|size| self.stated.iter().any(|(stated, _)| *stated == size))
    }
}

impl<'a> Like<'a, '_> {
    /// The size that the user named.
    fn said(&self, fits: &dyn Fn(f32) -> bool) -> Option<SizeFit<'a>> {
        let is_said =
            |(variant, size): &&(u32, f32)| fits(*size) && self.evidence.said_size(self.catalog, *variant);
        let (_, size) = *self.own.iter().find(is_said)?;
        let kept = self.bought(false, true).iter().filter(|kept| **kept == size).count() as u32;
        let confidence = if kept > 0 { Confidence::High } else { Confidence::Medium };
        Some(SizeFit { size, reason: SizeReason::Stated, confidence, evidence_count: 1 + kept, by: None })
    }

    /// The size in which products of this kind, and of this brand if that is asked, were kept, or else ordered.
    fn chosen(&self, of_brand: bool, fits: &dyn Fn(f32) -> bool) -> Option<SizeFit<'a>> {
        let (kept, ordered, [once, again]) = if of_brand {
            let sure = [Confidence::Medium, Confidence::High];
            (SizeReason::KeptOfBrand, SizeReason::OrderedOfBrand, sure)
        } else {
            (SizeReason::Kept, SizeReason::Ordered, [Confidence::Low, Confidence::Medium])
        };
        let sold = |size: f32| self.own.iter().any(|(_, other)| *other == size);
        [(true, kept, [once, again]), (false, ordered, [Confidence::Low; 2])].into_iter().find_map(
            |(is_kept, reason, [once, again])| {
                let found = most_common(&self.bought(of_brand, is_kept));
                let (size, evidence_count) = found.filter(|(size, _)| fits(*size) && sold(*size))?;
                let confidence = if evidence_count > 1 { again } else { once };
                Some(SizeFit { size, reason, confidence, evidence_count, by: None })
            },
        )
    }

    /// The size beside one that was the wrong one.
    fn beside(&self, [low, high]: [Option<f32>; 2], fits: &dyn Fn(f32) -> bool) -> Option<SizeFit<'a>> {
        let next = |reason, size: Option<&(u32, f32)>| {
            let (_, size) = *size.filter(|(_, size)| fits(*size))?;
            Some(SizeFit { size, reason, confidence: Confidence::Low, evidence_count: 1, by: None })
        };
        let own = || self.own.iter();
        let larger = low.and_then(|low| next(SizeReason::TooSmall, own().find(|(_, size)| *size > low)));
        let smaller = || next(SizeReason::TooLarge, own().rev().find(|(_, size)| Some(*size) < high));
        larger.or_else(|| high.and_then(|_| smaller()))
    }

    /// The size of what a signal is about, if that is of the same kind, and of the same brand where that is asked.
    fn size_of(&self, signal: &Signal, of_brand: bool) -> Option<f32> {
        let Named::Item(other) = signal.of else { return None };
        let (catalog, ix) = (self.catalog, self.ix);
        let is_like = catalog.category(other).is_some()
            && catalog.category(other) == catalog.category(ix)
            && (!of_brand || (catalog.brand(other).is_some() && catalog.brand(other) == catalog.brand(ix)));
        let is_known = of_brand || !self.is_translated(other);
        let (size, scale) = measure(catalog, other).filter(|_| is_like && is_known)?;
        (scale == self.scale).then_some(size)
    }

    /// Sizes that were bought so long ago that they are kept, or lately; the newest first.
    fn bought(&self, of_brand: bool, is_kept: bool) -> Vec<f32> {
        let is_old = |signal: &Signal| self.evidence.now_ms.saturating_sub(signal.time_ms) >= KEPT_MS;
        let all = self.evidence.derived.signals.iter().rev();
        let bought = all.filter(|signal| signal.act == Act::Buy && is_old(signal) == is_kept);
        let bought = bought.filter(|signal| self.is_not_sent_back(signal));
        bought.filter_map(|signal| self.size_of(signal, of_brand)).take(NEWEST).collect()
    }

    /// The largest size of the brand that was too small, and the smallest that was too large, as far as nothing was bought in
    /// it since.
    fn bounds(&self) -> [Option<f32>; 2] {
        let wrong = |act: Act| {
            let signals = self.evidence.derived.signals.iter().filter(move |signal| signal.act == act);
            let still = signals.filter(|signal| self.evidence.derived.misfits.contains_key(&signal.of.ix()));
            still.filter_map(|signal| self.size_of(signal, true))
        };
        [wrong(Act::TooSmall).max_by(f32::total_cmp), wrong(Act::TooLarge).min_by(f32::total_cmp)]
    }
}

/// The size that is there most often, of those the first, and how often.
fn most_common(sizes: &[f32]) -> Option<(f32, u32)> {
    let count = |size: f32| sizes.iter().filter(|other| **other == size).count() as u32;
    let mut best: Option<(f32, u32)> = None;
    for &size in sizes {
        if best.is_none_or(|(_, most)| count(size) > most) {
            best = Some((size, count(size)));
        }
    }
    best
}
