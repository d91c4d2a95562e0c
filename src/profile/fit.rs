//! Which size of a product fits: by what was said, what was kept and what was sent back. Never a guess: without evidence
//! there is no advice.

use serde::Deserialize;

use crate::base::clock::DAY_MS;
use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::Evidence;
use crate::profile::interaction::{Act, Signal};
use crate::profile::sizes::measure;

/// Purchases that are looked at, the newest: people grow.
const NEWEST: usize = 5;
/// After this long what was not sent back is kept: most shops take things back for 14 or 30 days.
const KEPT_MS: i64 = 30 * DAY_MS;

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
pub(crate) struct SizeFit {
    pub(crate) size: f32,
    pub(crate) reason: SizeReason,
    pub(crate) confidence: Confidence,
    /// Number of user actions it is based on.
    pub(crate) evidence_count: u32,
}

/// What is known of products like one.
struct Like<'a> {
    catalog: &'a Catalog,
    evidence: &'a Evidence,
    ix: u32,
    lettered: bool,
}

impl Evidence {
    /// The size of the product that fits, as [`measure`] gives it. What is bought for somebody else fits somebody else.
    pub(crate) fn size_fit(&self, catalog: &Catalog, ix: u32) -> Option<SizeFit> {
        if self.basis.gift {
            return None;
        }
        let of = |variant: u32| Some((variant, measure(catalog, variant)?));
        let sizes: Vec<(u32, (f32, bool))> = catalog.variants(ix).filter_map(of).collect();
        let (_, (_, lettered)) = *sizes.first()?;
        let mut own: Vec<(u32, f32)> =
            sizes.iter().filter(|(_, size)| size.1 == lettered).map(|(ix, size)| (*ix, size.0)).collect();
        own.sort_by(|a, b| a.1.total_cmp(&b.1));
        if own.first()?.1 == own.last()?.1 {
            return None; // one size has no advice
        }
        let like = Like { catalog, evidence: self, ix, lettered };
        let [low, high] = like.bounds();
        let fits = |size: f32| low.is_none_or(|low| size > low) && high.is_none_or(|high| size < high);
        let sold = |size: f32| own.iter().any(|(_, other)| *other == size);
        let [of_brand, of_kind] = [true, false].map(|brand| like.bought(brand, true));
        let [new_of_brand, new_of_kind] = [true, false].map(|brand| like.bought(brand, false));
        let said = own.iter().find(|(variant, size)| fits(*size) && self.said_size(catalog, *variant));
        if let Some((_, size)) = said {
            let kept = of_kind.iter().filter(|kept| *kept == size).count() as u32;
            let confidence = if kept > 0 { Confidence::High } else { Confidence::Medium };
            return Some(SizeFit {
                size: *size,
                reason: SizeReason::Stated,
                confidence,
                evidence_count: 1 + kept,
            });
        }
        for (sizes, reason, [once, again]) in [
            (of_brand, SizeReason::KeptOfBrand, [Confidence::Medium, Confidence::High]),
            (new_of_brand, SizeReason::OrderedOfBrand, [Confidence::Low; 2]),
            (of_kind, SizeReason::Kept, [Confidence::Low, Confidence::Medium]),
            (new_of_kind, SizeReason::Ordered, [Confidence::Low; 2]),
        ] {
            let Some((size, count)) = most_common(&sizes).filter(|(size, _)| fits(*size) && sold(*size))
            else {
                continue;
            };
            let confidence = if count > 1 { again } else { once };
            return Some(SizeFit { size, reason, confidence, evidence_count: count });
        }
        let next = |reason, size: Option<&(u32, f32)>| {
            let (_, size) = *size.filter(|(_, size)| fits(*size))?;
            Some(SizeFit { size, reason, confidence: Confidence::Low, evidence_count: 1 })
        };
        let larger = low.and_then(|low| next(SizeReason::TooSmall, own.iter().find(|(_, size)| *size > low)));
        let smaller = || next(SizeReason::TooLarge, own.iter().rev().find(|(_, size)| Some(*size) < high));
        larger.or_else(|| high.and_then(|_| smaller()))
    }

    fn said_size(&self, catalog: &Catalog, variant: u32) -> bool {
        let size = catalog.tags_of_kind(variant, TagKind::Size).next();
        size.is_some_and(|size| self.stated.iter().any(|(stated, _)| *stated == size))
    }
}

impl Like<'_> {
    /// The size of what a signal is about, if that is of the same kind, and of the same brand where that is asked.
    fn size_of(&self, signal: &Signal, of_brand: bool) -> Option<f32> {
        let Named::Item(other) = signal.of else { return None };
        let (catalog, ix) = (self.catalog, self.ix);
        let is_like = catalog.category(other).is_some()
            && catalog.category(other) == catalog.category(ix)
            && (!of_brand || (catalog.brand(other).is_some() && catalog.brand(other) == catalog.brand(ix)));
        let (size, lettered) = measure(catalog, other).filter(|_| is_like)?;
        (lettered == self.lettered).then_some(size)
    }

    /// Sizes that were bought so long ago that they are kept, or lately; the newest first.
    fn bought(&self, of_brand: bool, is_kept: bool) -> Vec<f32> {
        let is_old = |signal: &Signal| self.evidence.now_ms.saturating_sub(signal.time_ms) >= KEPT_MS;
        let all = self.evidence.derived.signals.iter().rev();
        let bought = all.filter(|signal| signal.act == Act::Buy && is_old(signal) == is_kept);
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
