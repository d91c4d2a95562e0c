//! What is known of the user's sizes: what they bought, what they sent back for its size, what they said. Looked up once for
//! all the products that are asked about.

use std::collections::BTreeSet;

use crate::base::clock::DAY_MS;
use crate::catalog::plan::SizeChart;
use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::Evidence;
use crate::profile::charts::Span;
use crate::profile::derived::Derived;
use crate::profile::interaction::Act;
use crate::profile::sizes::{Scale, measure};

/// After this long what was not sent back is kept: most shops take things back for 14 or 30 days.
const KEPT_MS: i64 = 30 * DAY_MS;
/// Ages in the words of Google Merchant Center, and the part of Google's taxonomy, whose people grow out of a size.
const GROWING_AGES: [&str; 4] = ["newborn", "infant", "toddler", "kids"];
const GROWING_PART: &str = "baby & toddler";

/// Something in a size that was bought and not sent back, or sent back for that size.
pub(super) struct Worn<'a> {
    /// Its place in the list of all.
    pub(super) place: usize,
    pub(super) of: u32,
    pub(super) product: u32,
    /// `Buy`, `TooSmall` or `TooLarge`.
    pub(super) act: Act,
    pub(super) time_ms: i64,
    /// Whether it was bought so long ago that it is kept.
    pub(super) is_kept: bool,
    /// Whether it may be named.
    pub(super) is_open: bool,
    pub(super) category: Option<u32>,
    pub(super) brand: Option<u32>,
    /// Whether it is for somebody who grows.
    pub(super) grows: bool,
    /// Where it can be compared.
    pub(super) size: Option<(f32, Scale)>,
    /// What its size is called.
    pub(super) name: &'a str,
    pub(super) chart: Option<&'a SizeChart>,
    pub(super) span: Option<Span>,
}

impl Worn<'_> {
    pub(super) fn is_bought(&self) -> bool {
        self.act == Act::Buy
    }
}

/// A size that the user named.
pub(super) struct SaidSize {
    pub(super) tag: u32,
    pub(super) time_ms: i64,
    /// The categories that come in it, each with the code of the countries' sizing.
    pub(super) kinds: BTreeSet<(u32, u8)>,
}

/// What is known of the user's sizes.
pub(crate) struct SizeEvidence<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) now_ms: i64,
    /// The newest first.
    pub(super) worn: Vec<Worn<'a>>,
    /// What was said last first.
    pub(super) said: Vec<SaidSize>,
}

impl<'a> SizeEvidence<'a> {
    /// Nothing is known of whom something is bought for.
    pub(crate) fn of(catalog: &'a Catalog, evidence: &Evidence) -> Self {
        let now_ms = evidence.now_ms;
        if evidence.basis.gift {
            return Self { catalog, now_ms, worn: Vec::new(), said: Vec::new() };
        }
        let is_size = |tag: &&(u32, f32)| catalog.tag_kind(tag.0) == Some(TagKind::Size);
        let said = evidence.stated.iter().rev().filter(is_size).map(|&(tag, _)| {
            let time = evidence.sizes_said.iter().find(|said| said.0 == tag);
            let kind = |ix: &u32| Some((catalog.category(*ix)?, catalog.size_system(*ix)));
            let kinds = catalog.items_with_tag(tag).iter().filter_map(kind).collect();
            SaidSize { tag, time_ms: time.map_or(now_ms, |said| said.1), kinds }
        });
        Self { catalog, now_ms, worn: worn(catalog, &evidence.derived, now_ms), said: said.collect() }
    }

    /// Whether nothing is known of any size.
    pub(crate) fn is_empty(&self) -> bool {
        self.worn.is_empty() && self.said.is_empty()
    }

    /// Whether anything that is known may tell something about a product: most need no closer look.
    pub(super) fn may_tell(&self, ix: u32) -> bool {
        let (category, product) = (self.catalog.category(ix), self.catalog.product_of(ix));
        let is_near = |worn: &Worn<'_>| {
            worn.product == product || (worn.category.is_some() && worn.category == category)
        };
        let is_charted = || {
            let chart = self.catalog.size_chart(ix).map(|(chart, _)| chart.measure);
            let of = |worn: &Worn<'_>| worn.chart.map(|chart| chart.measure);
            chart.is_some() && self.worn.iter().any(|worn| of(worn) == chart)
        };
        !self.said.is_empty() || self.worn.iter().any(is_near) || is_charted()
    }
}

/// Sizes that were bought and not sent back, or sent back for what they are; the newest first.
fn worn<'a>(catalog: &'a Catalog, derived: &Derived, now_ms: i64) -> Vec<Worn<'a>> {
    let signals = derived.signals.iter().enumerate().rev();
    let worn = signals.filter_map(|(place, signal)| {
        let Named::Item(of) = signal.of else { return None };
        if !matches!(signal.act, Act::Buy | Act::TooSmall | Act::TooLarge)
            || derived.sent_back.contains(&place)
        {
            return None;
        }
        let name = catalog.tag(catalog.tags_of_kind(of, TagKind::Size).next()?)?.name;
        let chart = catalog.size_chart(of);
        Some(Worn {
            place: 0,
            of,
            product: catalog.product_of(of),
            act: signal.act,
            time_ms: signal.time_ms,
            is_kept: now_ms.saturating_sub(signal.time_ms) >= KEPT_MS,
            is_open: signal.open,
            category: catalog.category(of),
            brand: catalog.brand(of),
            grows: is_for_growing(catalog, of),
            size: measure(catalog, of),
            name,
            chart: chart.map(|(chart, _)| chart),
            span: chart.and_then(|(_, size)| size).map(Span::of),
        })
    });
    (0..).zip(worn).map(|(place, worn)| Worn { place, ..worn }).collect()
}

/// Whether an item is for somebody who grows out of it.
pub(super) fn is_for_growing(catalog: &Catalog, ix: u32) -> bool {
    catalog.tags(ix).iter().filter_map(|tag| catalog.tag(*tag)).any(|tag| match tag.kind {
        TagKind::AgeGroup => GROWING_AGES.iter().any(|age| tag.name.eq_ignore_ascii_case(age)),
        TagKind::Category => tag.name.to_lowercase().contains(GROWING_PART),
        _ => false,
    })
}

impl Derived {
    /// What people grow out of and is smaller than what was bought last of its kind.
    pub(super) fn outgrown(&self, catalog: &Catalog) -> &[u32] {
        self.outgrown.get_or_init(|| {
            let mut worn = worn(catalog, self, 0);
            worn.retain(|worn| worn.grows && worn.is_bought());
            let categories: BTreeSet<u32> = worn.iter().filter_map(|worn| worn.category).collect();
            let items = categories.into_iter().flat_map(|category| catalog.items_with_tag(category));
            items.copied().filter(|ix| is_outgrown(catalog, &worn, *ix)).collect()
        })
    }
}

fn is_outgrown(catalog: &Catalog, worn: &[Worn<'_>], ix: u32) -> bool {
    let (size, chart) = (measure(catalog, ix), catalog.size_chart(ix));
    if size.is_none() && chart.is_none() || !is_for_growing(catalog, ix) {
        return false;
    }
    let (category, brand) = (catalog.category(ix), catalog.brand(ix));
    // Whether it is smaller than something, where the two compare.
    let is_smaller = |worn: &Worn<'_>| {
        let charts = worn.chart.zip(chart).filter(|(its, (own, _))| its.measure == own.measure);
        let own_brand = brand.is_some() && worn.brand == brand;
        if let (true, Some((its, scale)), Some((own, also))) = (worn.category == category, &worn.size, &size)
            && scale == also
            && (own_brand || charts.is_none_or(|(its, (own, _))| its.id == own.id))
        {
            return Some(own < its);
        }
        let span = charts.and_then(|(_, (_, size))| size).map(Span::of);
        worn.span.zip(span).map(|(its, own)| own.until <= its.from)
    };
    let compared = || worn.iter().filter_map(|worn| Some((worn.time_ms, is_smaller(worn)?)));
    // Who buys two sizes at once has two who wear them.
    let newest_ms = compared().next().map(|(time_ms, _)| time_ms);
    newest_ms.is_some() && compared().filter(|(time, _)| Some(*time) == newest_ms).all(|(_, smaller)| smaller)
}
