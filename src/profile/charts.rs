//! From one brand's sizes to another's, by the size charts of the shop's plan: what fits in one says which body it is, and the
//! product's own chart which of its sizes is for that.

use crate::catalog::plan::{ChartSize, SizeChart};
use crate::catalog::{Named, TagKind};
use crate::profile::fit::{Confidence, KEPT_MS, Like, NEWEST, SizeFit, SizeReason};
use crate::profile::interaction::{Act, Signal};

/// What a size was found by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ByChart<'a> {
    /// The chart of the product.
    pub(crate) chart: &'a SizeChart,
    /// The item in whose size it was, unless the user said so.
    pub(crate) other: Option<u32>,
    /// That size.
    pub(crate) size: &'a str,
}

/// Measures from one on and below another, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    from: u32,
    until: u32,
}

impl Span {
    const fn of(size: &ChartSize) -> Self {
        Self { from: size.from_mm, until: size.until_mm }
    }

    fn and(self, other: Self) -> Option<Self> {
        let both = Self { from: self.from.max(other.from), until: self.until.min(other.until) };
        (both.from < both.until).then_some(both)
    }

    const fn length(self) -> u32 {
        self.until.saturating_sub(self.from)
    }
}

/// Something in a size of a chart.
struct Worn<'a> {
    other: u32,
    size: &'a str,
    span: Span,
}

impl<'a> Like<'a, '_> {
    /// Whether the charts say what an item's size is here, so that the same label need not be the same size.
    pub(super) fn is_translated(&self, other: u32) -> bool {
        let charts = self.chart.zip(self.catalog.size_chart(other));
        charts.is_some_and(|(own, its)| own.measure == its.measure && own.id != its.id)
    }

    /// The size by what was kept or ordered in sizes of other charts, or said in one of theirs.
    pub(super) fn by_chart(&self, fits: &dyn Fn(f32) -> bool) -> Option<SizeFit<'a>> {
        let chart = self.chart?;
        let kept = || self.chosen_by_chart(chart, fits, true);
        kept()
            .or_else(|| self.said_by_chart(chart, fits))
            .or_else(|| self.chosen_by_chart(chart, fits, false))
    }

    fn chosen_by_chart(
        &self,
        chart: &'a SizeChart,
        fits: &dyn Fn(f32) -> bool,
        is_kept: bool,
    ) -> Option<SizeFit<'a>> {
        let is_old = |signal: &&Signal| self.evidence.now_ms.saturating_sub(signal.time_ms) >= KEPT_MS;
        let bought = self.evidence.derived.signals.iter().rev().filter(|signal| signal.act == Act::Buy);
        let bought = bought.filter(|signal| is_old(signal) == is_kept && self.is_not_sent_back(signal));
        let mut worn = bought.filter_map(|signal| self.worn(chart, signal)).take(NEWEST);
        let newest = worn.next()?;
        // What does not go together with the newest was for another body: people grow.
        let narrow = |(span, count): (Span, u32), next: Worn<'a>| {
            next.span.and(span).map_or((span, count), |both| (both, count + 1))
        };
        let (span, evidence_count) = worn.fold((newest.span, 1), narrow);
        let (size, covers) = self.translate(chart, span, fits)?;
        let (reason, confidence) = match (is_kept, covers, evidence_count) {
            (false, ..) => (SizeReason::OrderedByChart, Confidence::Low),
            (true, false, _) => (SizeReason::KeptByChart, Confidence::Low),
            (true, true, 1) => (SizeReason::KeptByChart, Confidence::Medium),
            (true, true, _) => (SizeReason::KeptByChart, Confidence::High),
        };
        let by = Some(ByChart { chart, other: Some(newest.other), size: newest.size });
        Some(SizeFit { size, reason, confidence, evidence_count, by })
    }

    /// A size that was said is one of every chart that has it.
    fn said_by_chart(&self, chart: &'a SizeChart, fits: &dyn Fn(f32) -> bool) -> Option<SizeFit<'a>> {
        let charts = || self.catalog.plan().size_charts.iter().filter(|other| other.measure == chart.measure);
        let stated = self.evidence.stated.iter().rev().filter_map(|(tag, _)| self.catalog.tag(*tag));
        stated.filter(|tag| tag.kind == TagKind::Size).find_map(|tag| {
            let spans = charts().filter_map(|other| other.size(tag.name)).map(Span::of);
            let all = spans.reduce(|a, b| Span { from: a.from.min(b.from), until: a.until.max(b.until) })?;
            let (size, covers) = self.translate(chart, all, fits)?;
            let confidence = if covers { Confidence::Medium } else { Confidence::Low };
            let by = Some(ByChart { chart, other: None, size: tag.name });
            Some(SizeFit { size, reason: SizeReason::StatedByChart, confidence, evidence_count: 1, by })
        })
    }

    /// The size beside one of another chart that was the wrong one.
    pub(super) fn beside_misfits_by_chart(&self, fits: &dyn Fn(f32) -> bool) -> Option<SizeFit<'a>> {
        let chart = self.chart?;
        let found = |act: Act, reason, next: fn(Span) -> Option<u32>, is_beyond: fn(Span, Span) -> bool| {
            let signals = self.evidence.derived.signals.iter().rev().filter(move |signal| signal.act == act);
            let still = signals.filter(|signal| self.evidence.derived.misfits.contains_key(&signal.of.ix()));
            let worn = still.filter_map(|signal| self.worn(chart, signal)).next()?;
            let measure = next(worn.span)?;
            let size = chart.sizes.iter().find(|size| (size.from_mm..size.until_mm).contains(&measure))?;
            let size =
                self.sold(size).filter(|found| is_beyond(Span::of(size), worn.span) && fits(*found))?;
            let by = Some(ByChart { chart, other: Some(worn.other), size: worn.size });
            Some(SizeFit { size, reason, confidence: Confidence::Low, evidence_count: 1, by })
        };
        let (larger, smaller) = (SizeReason::TooSmallByChart, SizeReason::TooLargeByChart);
        found(Act::TooSmall, larger, |worn| Some(worn.until), |it, worn| it.from > worn.from).or_else(|| {
            found(Act::TooLarge, smaller, |worn| worn.from.checked_sub(1), |it, worn| it.until < worn.until)
        })
    }

    /// The size of a chart that is for most of a span, and whether it is for all of it.
    fn translate(&self, chart: &SizeChart, span: Span, fits: &dyn Fn(f32) -> bool) -> Option<(f32, bool)> {
        let shared = |size: &ChartSize| Span::of(size).and(span).map_or(0, Span::length);
        let most = |size: &&ChartSize| shared(size) * 2 > span.length();
        let found = chart.sizes.iter().find(most)?;
        let size = self.sold(found).filter(|size| fits(*size))?;
        Some((size, shared(found) == span.length()))
    }

    /// A size of the product's chart that it comes in.
    fn sold(&self, size: &ChartSize) -> Option<f32> {
        let name = size.size.trim().to_lowercase();
        let is_it = |ix: u32| {
            self.catalog
                .first_tag(ix, TagKind::Size)
                .is_some_and(|tag| tag.name.trim().to_lowercase() == name)
        };
        self.own.iter().find(|(ix, _)| is_it(*ix)).map(|(_, size)| *size)
    }

    /// What a signal is about, where a chart of the same measure has its size and it may be named.
    fn worn(&self, chart: &SizeChart, signal: &Signal) -> Option<Worn<'a>> {
        let Named::Item(other) = signal.of else { return None };
        let its = self.catalog.size_chart(other).filter(|its| signal.open && its.measure == chart.measure)?;
        let size = self.catalog.first_tag(other, TagKind::Size)?.name;
        Some(Worn { other, size, span: Span::of(its.size(size)?) })
    }

    /// Whether nothing became of a purchase since.
    pub(super) fn is_not_sent_back(&self, signal: &Signal) -> bool {
        let product = self.catalog.product_of(signal.of.ix());
        self.evidence.derived.uses.get(&product).is_none_or(|used| used.dismissed_ms.is_none())
    }
}
