//! The shop's own choices about a shelf: what its plan pins, boosts, buries, keeps in and keeps out. The ranking is asked as
//! ever; what the shop moved in its answer is told as "placed by the shop", and never as taste.

use std::collections::BTreeSet;

use crate::base::limits::LIST;
use crate::catalog::Catalog;
use crate::catalog::plan::{Placement, PlacementRule, Selection, is_on};
use crate::profile::Standing;
use crate::ranking::{Factor, Filter, Filters, RankRequest, Ranked, RankedItem, ReasonCode, Subject};

/// By how many places a boost moves up, if its rule does not say.
const BOOST: u32 = 5;

/// Products that a plan selects, against one catalog.
pub(super) struct Chosen<'a> {
    catalog: &'a Catalog,
    products: BTreeSet<u32>,
    filter: Option<Filter>,
}

impl<'a> Chosen<'a> {
    pub(super) fn of(catalog: &'a Catalog, selection: &Selection) -> Self {
        let products = selection.items.iter().filter_map(|id| catalog.product_named(id)).collect();
        let filter = selection.has_lists().then(|| Filter::of(catalog, &filters(selection)));
        Self { catalog, products, filter }
    }

    /// Whether the product of an item is among them.
    pub(super) fn has(&self, ix: u32) -> bool {
        self.products.contains(&self.catalog.product_of(ix))
            || self.filter.as_ref().is_some_and(|filter| filter.passes(self.catalog, ix))
    }
}

/// What a selection selects beside single items.
pub(super) fn filters(selection: &Selection) -> Filters {
    Filters {
        brands: selection.brands.clone(),
        categories: selection.categories.clone(),
        tags: selection.tags.clone(),
        ..Filters::default()
    }
}

/// The rules that hold for one shelf of one user now.
pub(super) struct Placements<'a> {
    catalog: &'a Catalog,
    rules: Vec<&'a PlacementRule>,
}

impl<'a> Placements<'a> {
    /// The rules for `surface`. Where the user stands is asked only if a rule is not for everyone.
    pub(super) fn on(
        catalog: &'a Catalog,
        surface: &str,
        standing: impl FnOnce() -> Standing,
        now_ms: i64,
    ) -> Self {
        let here = |rule: &&PlacementRule| {
            is_on(rule.from, rule.until, now_ms)
                && (rule.surfaces.is_empty() || rule.surfaces.iter().any(|name| name == surface))
        };
        let mut rules: Vec<&PlacementRule> = catalog.plan().rules.iter().filter(here).collect();
        if rules.iter().any(|rule| !(rule.only.is_empty() && rule.never.is_empty())) {
            let standing = standing();
            rules.retain(|rule| standing.suits(&rule.only, &rule.never));
        }
        Self { catalog, rules }
    }

    fn of(&self, placement: Placement) -> impl Iterator<Item = &'a PlacementRule> {
        self.rules.iter().copied().filter(move |rule| rule.placement == placement)
    }

    /// The request with what is kept in and out, and for more products where some of them will move.
    pub(super) fn ask(&self, request: RankRequest) -> RankRequest {
        let mut request = request;
        request.only.extend(self.of(Placement::Filter).map(|rule| filters(&rule.what)));
        for rule in self.of(Placement::Exclude) {
            let named = rule.what.items.iter().filter_map(|id| self.catalog.product_named(id));
            request.exclude.extend(named);
            if rule.what.has_lists() {
                request.without.push(filters(&rule.what));
            }
        }
        if self.of(Placement::Boost).chain(self.of(Placement::Bury)).next().is_some() {
            request.limit = request.limit.saturating_mul(2).min(LIST.most);
        }
        request
    }

    /// The items to pin and their places, in order. A list of what is similar, or was bought, is pinned to only by name.
    pub(super) fn pins(&self, fills_up: bool) -> Vec<(u32, usize)> {
        let pins = self.of(Placement::Pin).filter(|rule| fills_up || !rule.surfaces.is_empty());
        let items = pins.flat_map(|rule| (rule.at as usize..).zip(&rule.what.items));
        let mut pins: Vec<(u32, usize)> =
            items.filter_map(|(at, id)| Some((self.catalog.named(id)?.ix(), at))).collect();
        // Nobody is shown unasked what is about a sensitive topic.
        pins.retain(|(ix, _)| self.catalog.sensitive(*ix).is_empty());
        pins.sort_by_key(|(_, at)| *at);
        pins
    }

    /// The list as the shop has it. `pinned` are those of the pins that may be shown, with their places.
    pub(super) fn arrange(&self, list: Ranked, pinned: Vec<(RankedItem, usize)>, limit: usize) -> Ranked {
        let mut list = list;
        self.move_items(&mut list.items);
        list.items.truncate(limit);
        let most = self.catalog.plan().most_pinned(list.items.len());
        let pinned: Vec<_> = pinned.into_iter().take(most).collect();
        let product = |item: &RankedItem| self.catalog.product_of(item.ix);
        let products: BTreeSet<u32> = pinned.iter().map(|(item, _)| product(item)).collect();
        list.items.retain(|item| !products.contains(&product(item)));
        list.items.truncate(limit - pinned.len().min(limit));
        for (item, at) in pinned {
            let place = list.items.len();
            list.items.insert(at.min(place), by_shop(item, place, false));
        }
        list
    }

    /// Boosts and buries.
    fn move_items(&self, items: &mut Vec<RankedItem>) {
        let moved_by =
            |rule: &PlacementRule| (Chosen::of(self.catalog, &rule.what), rule.by.unwrap_or(BOOST));
        let boosts: Vec<_> = self.of(Placement::Boost).map(moved_by).collect();
        let buries: Vec<_> = self.of(Placement::Bury).map(moved_by).collect();
        if boosts.is_empty() && buries.is_empty() {
            return;
        }
        let end = items.len();
        let mut placed: Vec<(usize, bool, usize, RankedItem)> = Vec::with_capacity(end);
        for (place, item) in std::mem::take(items).into_iter().enumerate() {
            let up =
                boosts.iter().filter(|(chosen, _)| chosen.has(item.ix)).map(|(_, by)| *by as usize).max();
            let is_buried = buries.iter().any(|(chosen, _)| chosen.has(item.ix));
            let (to, stays) = match up {
                _ if is_buried => (end, true),
                Some(up) => (place.saturating_sub(up), false),
                None => (place, true),
            };
            placed.push((to, stays, place, item));
        }
        placed.sort_by_key(|(to, stays, place, _)| (*to, *stays, *place));
        *items = (0..)
            .zip(placed)
            .map(|(now, (to, _, was, item))| {
                let is_moved = to != was && now != was;
                if is_moved { by_shop(item, was, true) } else { item }
            })
            .collect();
    }
}

/// An item that the shop placed, with where it would stand by itself. What was only pinned has no other reason.
fn by_shop(item: RankedItem, without_rank: usize, keeps_reasons: bool) -> RankedItem {
    let code = ReasonCode::PlacedByShop;
    let placed = Factor {
        code,
        subject: Subject::None,
        evidence_count: 0,
        days: 0,
        deed: None,
        stated: false,
        weight: 0.0,
        without_rank: u32::try_from(without_rank).unwrap_or(u32::MAX),
    };
    let (others, told) = if keeps_reasons { (item.factors, item.reasons) } else { Default::default() };
    let reasons = std::iter::once(code).chain(told.into_iter().take(2)).collect();
    RankedItem { reasons, factors: std::iter::once(placed).chain(others).collect(), ..item }
}
