//! Which size of a product fits: by what was said, what was kept and what was sent back. Never a guess: without evidence
//! there is no advice.

use crate::base::clock::DAY_MS;
use crate::catalog::TagKind;
use crate::catalog::plan::SizeChart;
use crate::profile::advice::{Confidence, SizeFit, SizeReason};
use crate::profile::charts::Span;
use crate::profile::interaction::Act;
use crate::profile::sizes::{Scale, measure};
use crate::profile::worn::{SizeEvidence, Worn, is_for_growing};

/// Purchases that are looked at, the newest: people grow.
pub(super) const NEWEST: usize = 5;
/// After this long a child's size is no more than a single sign.
const GROWN_MS: i64 = 180 * DAY_MS;

/// How near a product is to the one that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Near {
    /// It is that one.
    Product,
    /// Of its brand and kind.
    Brand,
    /// Of its kind.
    Kind,
}

impl Near {
    const ALL: [Self; 3] = [Self::Product, Self::Brand, Self::Kind];
}

/// Between which sizes a fit lies: above what was too small, below what was too large.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    low: Option<f32>,
    high: Option<f32>,
}

impl Bounds {
    fn hold(self, size: f32) -> bool {
        self.low.is_none_or(|low| size > low) && self.high.is_none_or(|high| size < high)
    }
}

/// A size that fits, and when the newest of its evidence was.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) fit: SizeFit<'a>,
    pub(super) time_ms: i64,
}

/// What is known of products like one.
pub(super) struct Like<'a, 'b> {
    pub(super) known: &'b SizeEvidence<'a>,
    product: u32,
    category: Option<u32>,
    brand: Option<u32>,
    /// Its variants and their sizes, the smallest first.
    pub(super) own: Vec<(u32, f32)>,
    scale: Scale,
    /// How near each of what is known is, and its size.
    near: Vec<Option<(Near, f32)>>,
    /// Its size chart.
    pub(super) chart: Option<&'a SizeChart>,
    /// Whether those whom it is for grow out of it.
    pub(super) grows: bool,
    /// What was too small or too large of what is so near.
    bounds: [Bounds; 3],
    /// The same in millimetres, by the shop's charts.
    pub(super) charted: [Option<u32>; 2],
}

impl<'a> SizeEvidence<'a> {
    /// The size of the first of these variants that something is known of, with what it compares to.
    pub(crate) fn fit_among(&self, variants: impl Iterator<Item = u32>) -> Option<(SizeFit<'a>, Scale)> {
        self.first_among(variants, |like| like.answer())
    }

    /// The same for a card, which shows some size or other: where none is advised, what comes nearest to what was said or bought
    /// last.
    pub(crate) fn wanted_among(&self, variants: impl Iterator<Item = u32>) -> Option<(f32, Scale)> {
        self.first_among(variants, |like| like.answer().map(|fit| fit.size).or_else(|| like.wanted()))
    }

    fn first_among<T>(
        &self,
        variants: impl Iterator<Item = u32>,
        ask: impl Fn(&Like<'a, '_>) -> Option<T>,
    ) -> Option<(T, Scale)> {
        let mut asked: Vec<Scale> = Vec::new();
        for ix in variants {
            if !self.may_tell(ix) {
                return None;
            }
            let Some((_, scale)) = measure(self.catalog, ix) else { continue };
            if asked.contains(&scale) {
                continue;
            }
            if let Some(found) = self.like(ix, &scale).and_then(|like| ask(&like)) {
                return Some((found, scale));
            }
            asked.push(scale);
        }
        None
    }

    /// What is known of products like one; nothing where it has one size.
    fn like(&self, ix: u32, scale: &Scale) -> Option<Like<'a, '_>> {
        let catalog = self.catalog;
        let of = |variant: u32| {
            let (size, also) = measure(catalog, variant)?;
            (also == *scale).then_some((variant, size))
        };
        let mut own: Vec<(u32, f32)> = catalog.variants(ix).filter_map(of).collect();
        own.sort_by(|a, b| a.1.total_cmp(&b.1));
        if own.first()?.1 == own.last()?.1 {
            return None;
        }
        let mut like = Like {
            known: self,
            product: catalog.product_of(ix),
            category: catalog.category(ix),
            brand: catalog.brand(ix),
            own,
            scale: scale.clone(),
            near: Vec::new(),
            chart: catalog.size_chart(ix).map(|(chart, _)| chart),
            grows: is_for_growing(catalog, ix),
            bounds: [Bounds::default(); 3],
            charted: [None; 2],
        };
        like.near = self.worn.iter().map(|worn| like.compare(worn)).collect();
        like.bounds = Near::ALL.map(|near| like.bounds_of(near));
        like.charted = like.charted_bounds();
        Some(like)
    }
}

impl<'a> Like<'a, '_> {
    /// What was said counts most, then what is nearest. Of what people grow out of the newest counts, and nothing older.
    fn answer(&self) -> Option<SizeFit<'a>> {
        use Near::{Brand, Kind, Product};
        let beside = || self.beside(Product).or_else(|| self.beside(Brand));
        let beside = || beside().or_else(|| self.beside_by_chart());
        if self.grows {
            let newest_ms = self.newest_ms();
            let found = [self.said(), self.latest(Brand), self.said_by_chart(), self.latest(Kind)];
            let found = found.into_iter().chain([true, false].map(|is_kept| self.chosen_by_chart(is_kept)));
            let newest =
                found.flatten().filter(|found| newest_ms.is_none_or(|newest| found.time_ms >= newest));
            let newest = newest.reduce(|best, next| if next.time_ms > best.time_ms { next } else { best });
            let last = self.bought(Kind).next().and_then(|worn| self.near(worn));
            let is_smaller = |fit: &SizeFit<'_>| last.is_some_and(|(_, size)| fit.size < size);
            let beside = || beside().filter(|fit| !is_smaller(fit));
            return newest.map(|found| self.aged(found)).or_else(beside);
        }
        let near = |is_kept| self.chosen(Product, is_kept).or_else(|| self.chosen(Brand, is_kept));
        let by_chart = || {
            let kept = self.chosen_by_chart(true).or_else(|| self.said_by_chart());
            kept.or_else(|| self.chosen_by_chart(false))
        };
        let found = self.said().or_else(|| near(true)).or_else(|| near(false)).or_else(by_chart);
        let found = found.or_else(|| self.chosen(Kind, true)).or_else(|| self.chosen(Kind, false));
        found.map(|found| found.fit).or_else(beside)
    }

    fn near(&self, worn: &Worn<'_>) -> Option<(Near, f32)> {
        self.near.get(worn.place).copied().flatten()
    }

    /// How near something is, and its size, if that compares.
    fn compare(&self, worn: &Worn<'_>) -> Option<(Near, f32)> {
        let (size, scale) = worn.size.as_ref()?;
        let is_like = worn.category.is_some() && worn.category == self.category && worn.grows == self.grows;
        let near = if worn.product == self.product {
            Near::Product
        } else if is_like && worn.brand.is_some() && worn.brand == self.brand {
            Near::Brand
        } else if is_like && !self.is_translated(worn) {
            Near::Kind
        } else {
            return None;
        };
        (*scale == self.scale).then_some((near, *size))
    }

    /// The largest size of what is so near that was too small, and the smallest that was too large. What as near was bought since in
    /// that size or beyond, and not sent back, fits all the same, and nothing beyond it.
    fn bounds_of(&self, at: Near) -> Bounds {
        let wrong = |act: Act, is_beyond: fn(f32, f32) -> bool, edge: fn(f32) -> f32| {
            let worn = self.known.worn.iter().enumerate().filter(move |(_, worn)| worn.act == act);
            worn.filter_map(move |(place, worn)| {
                let (_, size) = self.near(worn).filter(|(near, _)| *near == at)?;
                let since = self.known.worn.iter().take(place).filter(|worn| worn.is_bought());
                let kept = since.filter_map(|worn| self.near(worn)).filter(|(near, _)| *near <= at);
                let kept =
                    kept.map(|(_, other)| other).filter(|other| *other == size || is_beyond(*other, size));
                Some(kept.reduce(|a, b| if is_beyond(a, b) { a } else { b }).map_or(size, edge))
            })
        };
        Bounds {
            low: wrong(Act::TooSmall, |a, b| a < b, f32::next_down).max_by(f32::total_cmp),
            high: wrong(Act::TooLarge, |a, b| a > b, f32::next_up).min_by(f32::total_cmp),
        }
    }

    /// Whether nothing speaks against a size that is known from what is so near. What is nearer knows better.
    pub(super) fn holds(&self, near: Near, size: f32) -> bool {
        let mut bounds = self.bounds.iter().zip(Near::ALL);
        bounds.all(|(bounds, of)| of > near || bounds.hold(size))
            && (near != Near::Kind || self.holds_by_chart(size))
    }

    /// Whether it comes in a size.
    fn comes_in(&self, size: f32) -> bool {
        self.own.iter().any(|(_, other)| *other == size)
    }

    /// The size that the user named last of those that products of this kind come in.
    fn said(&self) -> Option<Found<'a>> {
        let catalog = self.known.catalog;
        let tag_of = |ix: u32| catalog.tags_of_kind(ix, TagKind::Size).next();
        let in_it = |tag: u32| self.own.iter().find(|(ix, _)| tag_of(*ix) == Some(tag));
        let mut said = self.known.said.iter();
        let (said, found, systems) = said.find_map(|said| {
            let of_kind = || said.kinds.iter().filter(|(kind, _)| Some(*kind) == self.category);
            let found = in_it(said.tag);
            let systems = of_kind().filter(|(_, system)| *system != 0).count();
            (found.is_some() || of_kind().next().is_some()).then_some((said, found, systems))
        })?;
        // Of which country's sizing it is was not said.
        let (_, size) = *found.filter(|_| systems < 2)?;
        // What was wrong elsewhere makes it less sure.
        let is_sure = self.holds(Near::Kind, size);
        if !self.holds(Near::Brand, size) || !self.holds_by_chart(size) {
            return None;
        }
        let kept = self.bought(Near::Kind).filter(|worn| worn.is_kept).take(NEWEST);
        let kept = kept.filter(|worn| self.near(worn).is_some_and(|(_, other)| other == size)).count() as u32;
        let confidence = match (is_sure, kept) {
            (false, _) => Confidence::Low,
            (true, 0) => Confidence::Medium,
            (true, _) => Confidence::High,
        };
        let fit =
            SizeFit { size, reason: SizeReason::Stated, confidence, evidence_count: 1 + kept, by: None };
        Some(Found { fit, time_ms: said.time_ms })
    }

    /// What was bought of what is at least so near, the newest first.
    fn bought(&self, at: Near) -> impl Iterator<Item = &Worn<'a>> {
        let bought = self.known.worn.iter().filter(|worn| worn.is_bought());
        bought.filter(move |worn| self.near(worn).is_some_and(|(near, _)| near <= at))
    }

    /// The size in which products as near were kept, or else ordered. The product itself counts while it is among the newest of
    /// its brand.
    fn chosen(&self, near: Near, is_kept: bool) -> Option<Found<'a>> {
        let bought = self.bought(near.max(Near::Brand)).filter(|worn| worn.is_kept == is_kept).take(NEWEST);
        let bought = bought.filter_map(|worn| Some((self.near(worn)?, worn.time_ms)));
        let bought: Vec<(f32, i64)> =
            bought.filter(|((of, _), _)| *of <= near).map(|((_, size), time_ms)| (size, time_ms)).collect();
        let (size, evidence_count) = most_common(&bought)?;
        if !self.holds(near, size) || !self.comes_in(size) {
            return None;
        }
        let (reason, confidence) = sure(near, is_kept, evidence_count);
        let (_, time_ms) = *bought.first()?;
        Some(Found { fit: SizeFit { size, reason, confidence, evidence_count, by: None }, time_ms })
    }

    /// The size that was bought last of what is at least so near.
    fn latest(&self, at: Near) -> Option<Found<'a>> {
        let newest = self.bought(at).next()?;
        let (near, size) = self.near(newest)?;
        if !self.holds(near, size) || !self.comes_in(size) {
            return None;
        }
        let same = |worn: &&Worn<'_>| self.near(worn).is_some_and(|(_, other)| other == size);
        let all = || self.bought(at).take(NEWEST).filter(same);
        let kept = all().filter(|worn| worn.is_kept).count();
        let evidence_count = if kept > 0 { kept } else { all().count() } as u32;
        let (reason, confidence) = sure(at, kept > 0, evidence_count);
        let fit = SizeFit { size, reason, confidence, evidence_count, by: None };
        Some(Found { fit, time_ms: newest.time_ms })
    }

    /// When the newest was bought of what says anything about what people grow out of.
    fn newest_ms(&self) -> Option<i64> {
        let tells = |worn: &&Worn<'_>| self.near(worn).is_some() || self.span_of(worn).is_some();
        self.known.worn.iter().filter(|worn| worn.is_bought()).find(tells).map(|worn| worn.time_ms)
    }

    fn aged(&self, Found { fit, time_ms }: Found<'a>) -> SizeFit<'a> {
        let is_old = self.known.now_ms.saturating_sub(time_ms) >= GROWN_MS;
        SizeFit { confidence: if is_old { Confidence::Low } else { fit.confidence }, ..fit }
    }

    /// The size beside one that was the wrong one.
    fn beside(&self, near: Near) -> Option<SizeFit<'a>> {
        let Bounds { low, high } = *self.bounds.get(near as usize)?;
        let next = |reason, size: Option<&(u32, f32)>| {
            let (_, size) = *size.filter(|(_, size)| self.holds(near, *size))?;
            Some(SizeFit { size, reason, confidence: Confidence::Low, evidence_count: 1, by: None })
        };
        let own = || self.own.iter();
        let larger = low.and_then(|low| next(SizeReason::TooSmall, own().find(|(_, size)| *size > low)));
        let smaller = || next(SizeReason::TooLarge, own().rev().find(|(_, size)| Some(*size) < high));
        larger.or_else(|| high.and_then(|_| smaller()))
    }

    /// The size that would fit if the product came in it, by what was said or else bought last.
    fn wanted(&self) -> Option<f32> {
        let said =
            self.known.said.iter().find(|said| said.kinds.iter().any(|kind| Some(kind.0) == self.category));
        let name = said.and_then(|said| self.known.catalog.tag(said.tag)).map(|tag| tag.name);
        let bought = || {
            let mut bought = self.known.worn.iter().filter(|worn| worn.is_bought());
            bought.find_map(|worn| match self.near(worn) {
                Some((_, size)) => Some(size),
                None => self.nearest_by_chart(self.span_of(worn)?),
            })
        };
        let said = name.and_then(|name| self.scale.size(name));
        let holds = |size: &f32| self.holds(Near::Brand, *size);
        said.filter(holds).or_else(|| bought().filter(holds))
    }

    /// The measures of a size of the product, by its chart.
    pub(super) fn own_span(&self, size: f32) -> Option<Span> {
        let (ix, _) = self.own.iter().find(|(_, other)| *other == size)?;
        self.known.catalog.size_chart(*ix).and_then(|(_, size)| size).map(Span::of)
    }
}

/// What was chosen of what is so near, and how sure that is.
const fn sure(near: Near, is_kept: bool, count: u32) -> (SizeReason, Confidence) {
    use Confidence::{High, Low, Medium};
    match (near, is_kept, count > 1) {
        (Near::Kind, false, _) => (SizeReason::Ordered, Low),
        (_, false, _) => (SizeReason::OrderedOfBrand, Low),
        (Near::Kind, true, again) => (SizeReason::Kept, if again { Medium } else { Low }),
        (_, true, again) => (SizeReason::KeptOfBrand, if again { High } else { Medium }),
    }
}

/// The size that is there most often, of those the first, and how often.
fn most_common(sizes: &[(f32, i64)]) -> Option<(f32, u32)> {
    let count = |size: f32| sizes.iter().filter(|(other, _)| *other == size).count() as u32;
    let mut best: Option<(f32, u32)> = None;
    for &(size, _) in sizes {
        if best.is_none_or(|(_, most)| count(size) > most) {
            best = Some((size, count(size)));
        }
    }
    best
}
