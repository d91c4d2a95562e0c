//! A page of a category, or of what a search found: what it may be set to at first. Each setting is advice: the app shows it as
//! set, with its reason, and the user takes it off.

use libm::expf;
use serde::Deserialize;

use crate::base::currency::decimals;
use crate::base::limits::TAG;
use crate::base::money::Money;
use crate::catalog::{Catalog, TagKind};
use crate::profile::{Evidence, Surface, User};
use crate::ranking::Filters;
use crate::surfaces::{FacetKind, SortOrder, SurfaceError, words};

/// Values of one setting.
const VALUES: usize = 3;
/// A liking that is worth a setting: its share of the strongest one, and the acts behind it.
const STRONG: f32 = 0.5;
const ACTS: u32 = 3;
/// Products that a setting has to leave.
const LEFT: usize = 3;

/// What a setting rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum PresetReason {
    /// The user said so.
    Stated,
    /// It is what the user chooses often.
    Habit,
    /// It is what the user usually pays.
    UsualPrices,
}

/// A filter that may be set at first.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FilterPreset {
    /// The facet that it is of.
    pub kind: FacetKind,
    /// The filter: nothing but this facet is set in it.
    pub filters: Filters,
    /// Number of products that it leaves.
    pub product_count: u32,
    /// What it rests on.
    pub reason: PresetReason,
    /// The same as a sentence for the user.
    pub because: String,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
}

/// What a page may be set to at first.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct BrowseAdvice {
    /// The order: what suits the user where something is known, else what everyone buys.
    pub sort: SortOrder,
    /// Filters that may be set, at most one a facet. Several may leave nothing together: show the count.
    pub presets: Vec<FilterPreset>,
    /// The facets, those that matter to the user first.
    pub facets: Vec<FacetKind>,
}

/// The usual order of facets.
const FACETS: [FacetKind; 6] = [
    FacetKind::Category,
    FacetKind::Size,
    FacetKind::Brand,
    FacetKind::Price,
    FacetKind::Color,
    FacetKind::Availability,
];

/// What a page of a category may be set to, or of the whole shop if none is given.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`], [`SurfaceError::Argument`] for a category that the catalog does not have; consent changed
/// meanwhile.
pub fn browse_advice(
    catalog: &Catalog,
    user: Option<User<'_>>,
    category: Option<&str>,
    locale: &str,
    now_ms: i64,
) -> Result<BrowseAdvice, SurfaceError> {
    let shown = shown(catalog, category)?;
    let Some(user) = user.and_then(|user| user.on(Surface::Search)) else {
        let facets = FACETS.to_vec();
        return Ok(BrowseAdvice { sort: SortOrder::Popular, presets: Vec::new(), facets });
    };
    let evidence = Evidence::gather(user.discreet(), catalog, now_ms)?;
    let page = Page::of(catalog, &evidence, shown, locale, now_ms);
    let kinds = [
        (FacetKind::Size, TagKind::Size),
        (FacetKind::Brand, TagKind::Brand),
        (FacetKind::Color, TagKind::Color),
    ];
    let mut presets: Vec<FilterPreset> =
        kinds.into_iter().filter_map(|(facet, kind)| page.preset(facet, kind)).collect();
    presets.extend(page.prices());
    presets.sort_by_key(|preset| (preset.reason, std::cmp::Reverse(preset.evidence_count)));
    let chosen: Vec<FacetKind> = presets.iter().map(|preset| preset.kind).collect();
    let rest = FACETS.into_iter().filter(|kind| !chosen.contains(kind));
    let sort = if evidence.is_empty() { SortOrder::Popular } else { SortOrder::Relevance };
    Ok(BrowseAdvice { sort, facets: chosen.iter().copied().chain(rest).collect(), presets })
}

/// The items of a category; nothing for the whole shop.
fn shown<'a>(catalog: &'a Catalog, category: Option<&str>) -> Result<Option<&'a [u32]>, SurfaceError> {
    let Some(category) = category else { return Ok(None) };
    TAG.text("category", category)?;
    let kinds = [TagKind::Category, TagKind::ProductType];
    let tag = kinds.into_iter().find_map(|kind| catalog.find_tag(kind, category));
    let unknown = SurfaceError::Argument { field: "category", detail: "the catalog does not have it" };
    Ok(Some(catalog.items_with_tag(tag.ok_or(unknown)?)))
}

/// A mark for each item of a catalog.
struct Marks(Vec<bool>);

impl Marks {
    fn none(catalog: &Catalog) -> Self {
        Self(vec![false; catalog.len()])
    }

    fn has(&self, ix: u32) -> bool {
        self.0.get(ix as usize).is_some_and(|mark| *mark)
    }

    /// Whether it was not set before.
    fn set(&mut self, ix: u32) -> bool {
        self.0.get_mut(ix as usize).is_some_and(|mark| !std::mem::replace(mark, true))
    }
}

/// A page. One of the whole shop is looked through no further than an answer needs.
struct Page<'a> {
    catalog: &'a Catalog,
    evidence: &'a Evidence,
    /// Of a category.
    shown: Option<(&'a [u32], Marks)>,
    locale: &'a str,
    now_ms: i64,
}

impl<'a> Page<'a> {
    fn of(
        catalog: &'a Catalog,
        evidence: &'a Evidence,
        shown: Option<&'a [u32]>,
        locale: &'a str,
        now_ms: i64,
    ) -> Self {
        let shown = shown.map(|items| {
            let mut marks = Marks::none(catalog);
            items.iter().for_each(|ix| _ = marks.set(*ix));
            (items, marks)
        });
        Self { catalog, evidence, shown, locale, now_ms }
    }

    /// What may be on the page, whether or not it can be ordered.
    fn items(&self) -> impl Iterator<Item = u32> + '_ {
        let of_category = self.shown.as_ref().map(|(items, _)| items.iter().copied());
        let all = if of_category.is_some() { 0..0 } else { 0..self.catalog.len() as u32 };
        of_category.into_iter().flatten().chain(all)
    }

    /// What the page has with a tag.
    fn with_tag(&self, tag: u32) -> impl Iterator<Item = u32> {
        let here = |ix: &u32| self.shown.as_ref().is_none_or(|(_, marks)| marks.has(*ix));
        self.catalog.items_with_tag(tag).iter().copied().filter(here)
    }

    /// The products of these items, each once, as far as they can be ordered.
    fn products(&self, items: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
        let mut seen = Marks::none(self.catalog);
        let can_be_ordered = |ix: &u32| self.catalog.availability(*ix).can_be_ordered();
        let product = |ix| self.catalog.product_of(ix);
        items.filter(can_be_ordered).map(product).filter(move |product| seen.set(*product))
    }

    /// Values of a kind that the user named, or else chooses often.
    fn preset(&self, facet: FacetKind, kind: TagKind) -> Option<FilterPreset> {
        let is_of = |tag: &u32| {
            self.catalog.tag(*tag).is_some_and(|tag| tag.kind == kind)
                && self.with_tag(*tag).any(|ix| self.catalog.availability(ix).can_be_ordered())
        };
        let stated: Vec<u32> = self.evidence.stated.iter().map(|(tag, _)| *tag).filter(is_of).collect();
        let derived = &self.evidence.derived;
        let mut often: Vec<(f32, u32)> = derived
            .likings()
            .filter(|(tag, strength, acts)| {
                *strength >= STRONG && *acts >= ACTS && is_of(tag) && derived.may_name_tag(*tag)
            })
            .map(|(tag, strength, _)| (strength, tag))
            .collect();
        often.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let (reason, tags): (PresetReason, Vec<u32>) = if stated.is_empty() {
            (PresetReason::Habit, often.into_iter().map(|(_, tag)| tag).collect())
        } else {
            (PresetReason::Stated, stated)
        };
        let tags: Vec<u32> = tags.into_iter().take(VALUES).collect();
        let acts: u32 = tags.iter().map(|tag| derived.evidence_count(*tag)).sum();
        let stated = if reason == PresetReason::Stated { tags.len() as u32 } else { 0 };
        let names =
            tags.iter().filter_map(|tag| self.catalog.tag(*tag)).map(|tag| tag.name.to_owned()).collect();
        let mut filters = Filters::default();
        match facet {
            FacetKind::Size => filters.sizes = names,
            FacetKind::Brand => filters.brands = names,
            _ => filters.colors = names,
        }
        let left = self.products(tags.iter().flat_map(|tag| self.with_tag(*tag))).count();
        self.told(facet, filters, reason, acts.max(stated), left)
    }

    /// The range of what the user usually pays.
    fn prices(&self) -> Option<FilterPreset> {
        let (low, high) = self.evidence.usual_prices(self.catalog)?;
        let currency = self.catalog.currencies().first()?.clone();
        let digits = i32::try_from(decimals(&currency)?).ok()?;
        let minor = |log: f32, round: fn(f64) -> f64| round(f64::from(expf(log))) * 10_f64.powi(digits);
        let money = |minor: f64| Money { minor: minor as i64, currency: currency.clone() };
        let (min, max) = (money(minor(low, f64::floor)), money(minor(high, f64::ceil)));
        let fits = |ix: &u32| {
            // Cheaper to read than what a sale makes of it, which is less.
            let regular = self.catalog.regular_minor(*ix).filter(|regular| *regular >= min.minor);
            let price = regular.and_then(|_| self.catalog.minor_at(*ix, self.now_ms));
            // The first of the catalog's currencies.
            price.is_some_and(|(currency, minor)| currency == 0 && (min.minor..=max.minor).contains(&minor))
        };
        let left = self.products(self.items().filter(fits)).count();
        let bought = self.evidence.derived.uses.values().map(|used| used.bought).sum();
        let filters =
            Filters { min_price: Some(min.clone()), max_price: Some(max.clone()), ..Filters::default() };
        self.told(FacetKind::Price, filters, PresetReason::UsualPrices, bought, left)
    }

    /// A setting, if it leaves something to choose from and leaves something out.
    fn told(
        &self,
        kind: FacetKind,
        filters: Filters,
        reason: PresetReason,
        evidence_count: u32,
        left: usize,
    ) -> Option<FilterPreset> {
        let leaves_out = || self.products(self.items()).nth(left).is_some();
        let is_a_choice = left >= LEFT && leaves_out();
        let because = words::of_preset(reason, self.locale);
        is_a_choice.then(|| FilterPreset {
            kind,
            filters,
            product_count: u32::try_from(left).unwrap_or(u32::MAX),
            reason,
            because,
            evidence_count,
        })
    }
}
