//! Search: what the words find, in an order that suits the user. No query leaves the device.

mod facets;
mod pages;
mod sieve;
#[cfg(test)]
mod tests;

pub use facets::{Facet, FacetKind, FacetValue};
pub(super) use pages::Pages;

use std::collections::{HashMap, HashSet};

use crate::base::limits::{FILTER_VALUES, ID, LIST, SEARCH_TERM};
use crate::base::random::SecureRandom;
use crate::catalog::text::items::Items;
use crate::catalog::text::search::{Found, Hit};
use crate::catalog::{Availability, Catalog};
use crate::profile::{Evidence, Surface, User};
use crate::ranking::{Filters, Intensity, NEARLY, RankRequest, Ranked, ShelfKind, Suits, in_order, rerank};
use crate::surfaces::shelf::Ranking;
use crate::surfaces::shown::ShownLog;
use crate::surfaces::{SurfaceError, check_filters};
use pages::Order;
use sieve::Sieve;

/// How many of the text index's finds are looked at first, and how many more at a time where they are too few products.
const POOL: usize = 300;
const MORE: usize = 8;
/// Products that are enough to choose from.
const ENOUGH: usize = 100;
/// Products that can be paged through.
const PAGED: usize = 1000;
/// With fewer products, a word is looked for that was perhaps meant.
const FEW: usize = 5;

/// The order of search results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, uniffi::Enum)]
pub enum SortOrder {
    /// What fits the query best, in personal order if allowed.
    #[default]
    Relevance,
    /// The lowest price first; products without a price, or priced in another currency than most, last.
    PriceUp,
    /// The highest price first; products without a price, or priced in another currency than most, last.
    PriceDown,
    /// What was bought and viewed most first.
    Popular,
}

/// A search request.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SearchRequest {
    /// The query, at most 400 bytes; the first twelve words count. The last word may be unfinished.
    pub text: String,
    /// Number of products, 1 to 200.
    #[uniffi(default = 12)]
    pub limit: u32,
    /// What the products must match.
    #[uniffi(default = None)]
    pub filters: Option<Filters>,
    /// How much the order is personalized; off is the same order for everyone.
    #[uniffi(default = None)]
    pub intensity: Option<Intensity>,
    /// What the products must not match: any value of any filter keeps a variant out.
    #[uniffi(default = None)]
    pub exclude: Option<Filters>,
    /// How available the products must be; whatever can be ordered, if none is given.
    #[uniffi(default = [])]
    pub availability: Vec<Availability>,
    /// The order; relevance if none is given. In every other order, products that match all words come before the rest.
    #[uniffi(default = None)]
    pub sort: Option<SortOrder>,
    /// Whether facets are counted.
    #[uniffi(default = false)]
    pub facets: bool,
    /// `next_cursor` of the page before. All else but the limit must be as it was.
    #[uniffi(default = None)]
    pub cursor: Option<String>,
}

impl SearchRequest {
    /// A search in personal order.
    #[must_use]
    pub fn new(text: &str, limit: u32) -> Self {
        Self {
            text: text.into(),
            limit,
            filters: None,
            intensity: None,
            exclude: None,
            availability: Vec::new(),
            sort: None,
            facets: false,
            cursor: None,
        }
    }

    /// The same in the order that is the same for everyone.
    #[must_use]
    pub fn neutral(self) -> Self {
        Self { intensity: Some(Intensity::Off), ..self }
    }

    /// The next page.
    #[must_use]
    pub fn after(self, cursor: &str) -> Self {
        Self { cursor: Some(cursor.to_owned()), ..self }
    }

    fn check(&self, catalog: &Catalog) -> Result<(), SurfaceError> {
        SEARCH_TERM.text("text", &self.text)?;
        LIST.number("limit", self.limit)?;
        FILTER_VALUES.entries("availability", self.availability.len())?;
        ID.text("cursor", self.cursor.as_deref().unwrap_or_default())?;
        let filters = [&self.filters, &self.exclude];
        filters.into_iter().flatten().try_for_each(|filters| check_filters(filters, catalog))
    }
}

/// What a search finds: one page of it, and what is true of all pages.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SearchResults {
    /// The products of this page. Their `index` counts over all pages.
    pub page: Ranking,
    /// Number of products that match, on all pages. A sensitive product counts only if the query names it.
    pub total: u32,
    /// How many of them match every word of the query. The others match some, and come after them in most orders.
    pub whole: u32,
    /// Words of the query that nothing in the catalog matches.
    pub unmatched_words: Vec<String>,
    /// The query that was searched for instead, if a word of it is none of the catalog's.
    pub searched_instead: Option<String>,
    /// A query that finds far more, if this one finds next to nothing. Nothing was searched for it.
    pub did_you_mean: Option<String>,
    /// Counts by attribute, if they were asked for: over what the other filters let through.
    pub facets: Vec<Facet>,
    /// For the next page; none after the last one. At most 1000 products can be paged through. It holds for the last few
    /// searches of this run, until the catalog or consent changes.
    pub next_cursor: Option<String>,
}

/// Searches the catalog.
///
/// # Errors
/// [`SurfaceError::OutOfBounds`] or [`SurfaceError::Argument`] for what cannot be meant, [`SurfaceError::CursorExpired`]; or
/// [`SurfaceError`] when consent changes meanwhile or no random bytes can be had.
pub fn search(
    catalog: &Catalog,
    user: Option<User<'_>>,
    request: &SearchRequest,
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<SearchResults, SurfaceError> {
    request.check(catalog)?;
    if let Some(cursor) = &request.cursor {
        return pages::next(catalog, request, cursor, shown, random, now_ms);
    }
    let user = user.and_then(|user| user.on(Surface::Search));
    let user = user.filter(|_| request.intensity != Some(Intensity::Off));
    let evidence = user.map(|user| Ok::<_, SurfaceError>((user, Evidence::gather(user, catalog, now_ms)?)));
    let evidence = evidence.transpose()?;
    let mut found = catalog.find(&request.text);
    let refused = |ix: u32| evidence.as_ref().is_some_and(|(_, evidence)| evidence.blocks(catalog, ix));
    let sieved = Sieve::of(catalog, request).sieve(std::mem::take(&mut found.hits), refused);
    let (total, whole) = products(catalog, &sieved.through);
    let order = match request.sort.unwrap_or_default() {
        SortOrder::Relevance => by_relevance(catalog, evidence, &sieved.through, total, request)?,
        sort => {
            let suits = evidence.as_ref().map(|(_, evidence)| Suits::of(catalog, evidence, &[]));
            Order { rest: sorted(catalog, &sieved.through, sort, suits.as_ref(), now_ms), ..Order::default() }
        }
    };
    let (instead, meant) = proposals(catalog, &request.text, &found, total);
    let results = SearchResults {
        page: Ranking::default(),
        total,
        whole,
        unmatched_words: found.unmatched(),
        searched_instead: instead,
        did_you_mean: meant,
        facets: if request.facets { facets::count(catalog, &sieved.nearly, now_ms) } else { Vec::new() },
        next_cursor: None,
    };
    pages::first(catalog, request, (order, found.meant(), results), shown, random, now_ms)
}

/// What was searched instead, and what was perhaps meant where next to nothing was found.
fn proposals(catalog: &Catalog, text: &str, found: &Found, total: u32) -> (Option<String>, Option<String>) {
    let instead = catalog.instead(text, found);
    let few = instead.is_none() && (total as usize) < FEW;
    let meant = if few { catalog.did_you_mean(text, found) } else { None };
    (instead, meant)
}

fn by_relevance(
    catalog: &Catalog,
    user: Option<(User<'_>, Evidence)>,
    through: &[Hit],
    total: u32,
    request: &SearchRequest,
) -> Result<Order, SurfaceError> {
    // What fits on one page needs no order beyond it.
    let limit = if total > request.limit { LIST.most } else { request.limit as usize };
    let asked = request.intensity.unwrap_or_default();
    let wanted = RankRequest {
        intensity: user.as_ref().map_or(asked, |(user, _)| asked.min(user.intensity())),
        ..RankRequest::new(ShelfKind::ForYou, limit)
    };
    let enough = if total as usize > LIST.most { PAGED } else { ENOUGH.max(limit) };
    let pool = pool(catalog, through, enough);
    let mut seen = HashSet::new();
    let chosen = pool.iter().zip(0..).take_while(|(hit, place)| {
        seen.insert(catalog.product_of(hit.ix));
        *place < POOL || seen.len() <= ENOUGH.max(limit)
    });
    let choice: Vec<(u32, f32)> = chosen.map(|(hit, _)| (hit.ix, hit.score)).collect();
    let ranked = match user {
        Some((user, evidence)) => rerank(catalog, user.ranking(), &evidence, &choice, &wanted)?,
        None => in_order(catalog, &choice, &wanted),
    };
    let rest = if total > request.limit { rest(catalog, &pool, &ranked) } else { Vec::new() };
    Ok(Order { ranked, rest })
}

/// The best finds, until they are enough products or there are no more.
fn pool(catalog: &Catalog, hits: &[Hit], enough: usize) -> Vec<Hit> {
    let mut size = POOL;
    while size < hits.len() {
        let best = catalog.best(hits, size);
        let products: HashSet<u32> = best.iter().map(|hit| catalog.product_of(hit.ix)).collect();
        if products.len() >= enough {
            return best;
        }
        size *= MORE;
    }
    catalog.best(hits, size)
}

/// The products that are not among the ranked ones, by the best of their variants.
fn rest(catalog: &Catalog, pool: &[Hit], ranked: &Ranked) -> Vec<u32> {
    let mut seen: HashSet<u32> = ranked.items.iter().map(|item| catalog.product_of(item.ix)).collect();
    let left = PAGED.saturating_sub(ranked.items.len());
    let others = pool.iter().map(|hit| hit.ix).filter(|ix| seen.insert(catalog.product_of(*ix)));
    others.take(left).collect()
}

/// One variant of each product in an order of the request's: of those that come first and match nearly as well the one that suits.
fn sorted(
    catalog: &Catalog,
    hits: &[Hit],
    sort: SortOrder,
    suits: Option<&Suits<'_>>,
    now_ms: i64,
) -> Vec<u32> {
    let currency = facets::main_currency(catalog, hits.iter().map(|hit| hit.ix), now_ms);
    let key = |ix: u32| -> Option<f64> {
        if sort == SortOrder::Popular {
            return Some(-f64::from(catalog.popularity(ix)));
        }
        let (_, minor) = catalog.minor_at(ix, now_ms).filter(|(place, _)| Some(*place) == currency)?;
        Some(if sort == SortOrder::PriceUp { minor as f64 } else { -(minor as f64) })
    };
    let mut keyed: Vec<(bool, f64, f32, u32)> = hits
        .iter()
        .map(|hit| (!hit.whole, key(hit.ix).unwrap_or(f64::INFINITY), -hit.score, hit.ix))
        .collect();
    keyed.sort_by(|a, b| {
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)).then(a.3.cmp(&b.3))
    });
    let mut place_of: HashMap<u32, usize> = HashMap::new();
    let mut first: Vec<((bool, f64, f32), Vec<u32>)> = Vec::new();
    for (part, key, score, ix) in keyed {
        let place = *place_of.entry(catalog.product_of(ix)).or_insert(first.len());
        match first.get_mut(place) {
            None => first.push(((part, key, score), vec![ix])),
            Some(((best_part, best_key, best), all)) => {
                // Scores are below zero here.
                let is_as_good = part == *best_part && key.total_cmp(best_key).is_eq();
                all.extend(Some(ix).filter(|_| is_as_good && score <= NEARLY * *best));
            }
        }
    }
    let shown = |of_one: Vec<u32>| match suits {
        Some(suits) => suits.best(of_one.into_iter()),
        None => of_one.first().copied(),
    };
    first.into_iter().take(PAGED).filter_map(|(_, of_one)| shown(of_one)).collect()
}

/// Number of products among the finds, and among those that have every word.
fn products(catalog: &Catalog, hits: &[Hit]) -> (u32, u32) {
    let (mut all, mut whole) = (Items::new(catalog.len()), Items::new(catalog.len()));
    for hit in hits {
        let product = catalog.product_of(hit.ix);
        all.insert(product);
        if hit.whole {
            whole.insert(product);
        }
    }
    (all.count() as u32, whole.count() as u32)
}
