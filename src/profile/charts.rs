//! From one brand's sizes to another's, by the size charts of the shop's plan: what fits in one says which body it is, and the
//! product's own chart which of its sizes is for that.

use crate::catalog::plan::{ChartSize, SizeChart};
use crate::profile::advice::{Confidence, SizeFit, SizeReason};
use crate::profile::fit::{Found, Like, NEWEST, Near};
use crate::profile::interaction::Act;
use crate::profile::worn::Worn;

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
pub(super) struct Span {
    pub(super) from: u32,
    pub(super) until: u32,
}

impl Span {
    pub(super) const fn of(size: &ChartSize) -> Self {
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

impl<'a> Like<'a, '_> {
    /// Whether the charts say what an item's size is here, so that the same label need not be the same size.
    pub(super) fn is_translated(&self, worn: &Worn<'_>) -> bool {
        let charts = self.chart.zip(worn.chart);
        charts.is_some_and(|(own, its)| own.measure == its.measure && own.id != its.id)
    }

    /// The measures of something, where the product's chart is about the same part of the body.
    pub(super) fn span_of(&self, worn: &Worn<'_>) -> Option<Span> {
        let (own, its) = self.chart.zip(worn.chart)?;
        worn.span.filter(|_| own.measure == its.measure && worn.grows == self.grows)
    }

    /// What of this was bought or sent back and may be named, the newest first.
    fn charted(&self, act: Act) -> impl Iterator<Item = (usize, &Worn<'a>, Span)> {
        let worn = self.known.worn.iter().enumerate().filter(move |(_, worn)| worn.act == act);
        worn.filter_map(|(place, worn)| Some((place, worn, self.span_of(worn)?)))
    }

    /// The same of what was the wrong size, each with what was bought since in a size that is as wrong.
    fn misfits(&self, act: Act) -> impl Iterator<Item = (&Worn<'a>, Span, Vec<Span>)> {
        let is_as_wrong = move |other: Span, span: Span| match act {
            Act::TooSmall => other.until <= span.until,
            _ => other.from >= span.from,
        };
        self.charted(act).map(move |(place, worn, span)| {
            let since = self.charted(Act::Buy).take_while(|(other, ..)| *other < place);
            let kept = since.map(|(.., other)| other).filter(|other| is_as_wrong(*other, span));
            (worn, span, kept.collect())
        })
    }

    /// What body was too large for another size, and which too small: sizes for no larger ones, and no smaller ones, do not fit.
    /// What was bought since fits all the same, and nothing beyond it.
    pub(super) fn charted_bounds(&self) -> [Option<u32>; 2] {
        let low =
            |(_, span, kept): (_, Span, Vec<Span>)| kept.iter().map(|of| of.from).min().unwrap_or(span.until);
        let high =
            |(_, span, kept): (_, Span, Vec<Span>)| kept.iter().map(|of| of.until).max().unwrap_or(span.from);
        [self.misfits(Act::TooSmall).map(low).max(), self.misfits(Act::TooLarge).map(high).min()]
    }

    /// Whether a size is not for a body that other sizes of the shop's charts did not fit.
    pub(super) fn holds_by_chart(&self, size: f32) -> bool {
        let [low, high] = self.charted;
        self.own_span(size).is_none_or(|span| {
            low.is_none_or(|low| span.until > low) && high.is_none_or(|high| span.from < high)
        })
    }

    /// The size by what was kept, or ordered, in sizes of other charts.
    pub(super) fn chosen_by_chart(&self, is_kept: bool) -> Option<Found<'a>> {
        let chart = self.chart?;
        let worn = self.charted(Act::Buy).filter(|(_, worn, _)| worn.is_open && worn.is_kept == is_kept);
        let mut worn = worn.take(NEWEST);
        let (_, newest, first) = worn.next()?;
        // What does not go together with the newest was for another body: people grow.
        let narrow = |(span, count): (Span, u32), (_, _, next): (usize, &Worn<'a>, Span)| {
            next.and(span).map_or((span, count), |both| (both, count + 1))
        };
        let (span, evidence_count) = worn.fold((first, 1), narrow);
        let (size, covers) = self.translate(chart, span)?;
        let (reason, confidence) = match (is_kept, covers, evidence_count) {
            (false, ..) => (SizeReason::OrderedByChart, Confidence::Low),
            (true, false, _) => (SizeReason::KeptByChart, Confidence::Low),
            (true, true, 1) => (SizeReason::KeptByChart, Confidence::Medium),
            (true, true, _) => (SizeReason::KeptByChart, Confidence::High),
        };
        let by = Some(ByChart { chart, other: Some(newest.of), size: newest.name });
        let fit = SizeFit { size, reason, confidence, evidence_count, by };
        Some(Found { fit, time_ms: newest.time_ms })
    }

    /// The size by what was said last in a size of a chart. Such a size is one of every chart that has it.
    pub(super) fn said_by_chart(&self) -> Option<Found<'a>> {
        let chart = self.chart?;
        let catalog = self.known.catalog;
        let charts = || catalog.plan().size_charts.iter().filter(|other| other.measure == chart.measure);
        let (name, span, time_ms) = self.known.said.iter().find_map(|said| {
            let name = catalog.tag(said.tag)?.name;
            let spans = charts().filter_map(|other| other.size(name)).map(Span::of);
            let all = spans.reduce(|a, b| Span { from: a.from.min(b.from), until: a.until.max(b.until) })?;
            Some((name, all, said.time_ms))
        })?;
        let (size, covers) = self.translate(chart, span)?;
        let confidence = if covers { Confidence::Medium } else { Confidence::Low };
        let by = Some(ByChart { chart, other: None, size: name });
        let fit = SizeFit { size, reason: SizeReason::StatedByChart, confidence, evidence_count: 1, by };
        Some(Found { fit, time_ms })
    }

    /// The size beside one of another chart that was the wrong one.
    pub(super) fn beside_by_chart(&self) -> Option<SizeFit<'a>> {
        let chart = self.chart?;
        let found = |act: Act, reason, next: fn(Span) -> Option<u32>, is_beyond: fn(Span, Span) -> bool| {
            let (worn, span, _) =
                self.misfits(act).find(|(worn, _, kept)| worn.is_open && kept.is_empty())?;
            let measure = next(span)?;
            let size = chart.sizes.iter().find(|size| (size.from_mm..size.until_mm).contains(&measure))?;
            let fits = |found: &f32| is_beyond(Span::of(size), span) && self.holds(Near::Kind, *found);
            let size = self.sold(size).filter(fits)?;
            let by = Some(ByChart { chart, other: Some(worn.of), size: worn.name });
            Some(SizeFit { size, reason, confidence: Confidence::Low, evidence_count: 1, by })
        };
        let (larger, smaller) = (SizeReason::TooSmallByChart, SizeReason::TooLargeByChart);
        found(Act::TooSmall, larger, |worn| Some(worn.until), |it, worn| it.from > worn.from).or_else(|| {
            found(Act::TooLarge, smaller, |worn| worn.from.checked_sub(1), |it, worn| it.until < worn.until)
        })
    }

    /// The size of a chart that is for most of a span, and whether it is for all of it.
    fn translate(&self, chart: &SizeChart, span: Span) -> Option<(f32, bool)> {
        let shared = |size: &ChartSize| Span::of(size).and(span).map_or(0, Span::length);
        let most = |size: &&ChartSize| shared(size) * 2 > span.length();
        let found = chart.sizes.iter().find(most)?;
        let size =
            self.sold(found).filter(|size| self.holds(Near::Brand, *size) && self.holds_by_chart(*size))?;
        Some((size, shared(found) == span.length()))
    }

    /// The size of the product that is for measures next to these.
    pub(super) fn nearest_by_chart(&self, span: Span) -> Option<f32> {
        let away = |size: f32| {
            let own = self.own_span(size)?;
            Some(own.from.abs_diff(span.from) + own.until.abs_diff(span.until))
        };
        let sizes = self.own.iter().filter_map(|(_, size)| Some((away(*size)?, *size)));
        sizes.min_by_key(|(away, _)| *away).map(|(_, size)| size)
    }

    /// A size of the product's chart that it comes in.
    fn sold(&self, size: &ChartSize) -> Option<f32> {
        let is_it = |ix: u32| {
            let its = self.known.catalog.size_chart(ix).and_then(|(_, its)| its);
            its.is_some_and(|its| its == size)
        };
        self.own.iter().find(|(ix, _)| is_it(*ix)).map(|(_, size)| *size)
    }
}
