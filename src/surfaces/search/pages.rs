//! Pages: the order of the last few searches is remembered, so that nothing moves between one page and the next.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::base::random::SecureRandom;
use crate::catalog::Catalog;
use crate::catalog::text::understood::Meant;
use crate::profile::Surface;
use crate::ranking::{RankRequest, Ranked, ShelfKind, in_order};
use crate::surfaces::SurfaceError;
use crate::surfaces::search::{SearchRequest, SearchResults};
use crate::surfaces::shelf::present;
use crate::surfaces::shown::ShownLog;

/// Searches that are remembered.
const REMEMBERED: usize = 4;

/// The products of a search: those that were ranked, and behind them one variant of each other one.
#[derive(Clone, Default)]
pub(super) struct Order {
    pub(super) ranked: Ranked,
    pub(super) rest: Vec<u32>,
}

impl Order {
    fn len(&self) -> usize {
        self.ranked.items.len() + self.rest.len()
    }

    /// Some of them.
    fn slice(&self, catalog: &Catalog, from: usize, limit: usize) -> Ranked {
        let mut items: Vec<_> = self.ranked.items.iter().skip(from).take(limit).cloned().collect();
        let begin = from.saturating_sub(self.ranked.items.len());
        let behind = self.rest.iter().skip(begin).take(limit - items.len());
        let falling = (1..=self.rest.len()).rev().map(|place| place as f32 / self.rest.len() as f32);
        let given: Vec<(u32, f32)> = behind.copied().zip(falling.skip(begin)).collect();
        let rest = in_order(catalog, &given, &RankRequest::new(ShelfKind::ForYou, given.len()));
        let nothing_ranked = self.ranked.items.is_empty();
        items.extend(rest.items);
        let whole = if nothing_ranked { Ranked { items: Vec::new(), ..rest } } else { self.ranked.clone() };
        Ranked { items, ..whole }
    }
}

/// A search that may go on.
struct Search {
    id: String,
    catalog: [u8; 32],
    request: SearchRequest,
    order: Order,
    meant: Meant,
    results: SearchResults,
}

/// The searches that may go on.
#[derive(Default)]
pub struct Pages(Mutex<VecDeque<Search>>);

impl Pages {
    pub(in crate::surfaces) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The first page; what follows is remembered if there is any.
pub(super) fn first(
    catalog: &Catalog,
    request: &SearchRequest,
    (order, meant, results): (Order, Meant, SearchResults),
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<SearchResults, SurfaceError> {
    let mut search = Search {
        id: String::new(),
        catalog: catalog.hash(),
        request: request.clone(),
        order,
        meant,
        results,
    };
    let results = page(catalog, &search, (0, request.limit as usize), shown, random, now_ms)?;
    if results.next_cursor.is_some() {
        search.id.clone_from(&results.page.ranking_id);
        let mut pages = shown.pages.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() == REMEMBERED {
            pages.pop_front();
        }
        pages.push_back(search);
    }
    Ok(results)
}

/// The page that a cursor leads to.
pub(super) fn next(
    catalog: &Catalog,
    request: &SearchRequest,
    cursor: &str,
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<SearchResults, SurfaceError> {
    let wrong = |detail| SurfaceError::Argument { field: "cursor", detail };
    let (id, from) = cursor.split_once('.').ok_or_else(|| wrong("it is no cursor of a search"))?;
    let from: usize = from.parse().map_err(|_| wrong("it is no cursor of a search"))?;
    let pages = shown.pages.0.lock().unwrap_or_else(PoisonError::into_inner);
    let search = pages.iter().find(|search| search.id == id && search.catalog == catalog.hash());
    let search = search.ok_or(SurfaceError::CursorExpired)?;
    let same = SearchRequest { cursor: None, limit: search.request.limit, ..request.clone() };
    if same != search.request {
        return Err(wrong("it belongs to another search; only the limit may change between pages"));
    }
    page(catalog, search, (from, request.limit as usize), shown, random, now_ms)
}

fn page(
    catalog: &Catalog,
    search: &Search,
    (from, limit): (usize, usize),
    shown: &ShownLog,
    random: &dyn SecureRandom,
    now_ms: i64,
) -> Result<SearchResults, SurfaceError> {
    let mut page =
        present(catalog, search.order.slice(catalog, from, limit), Surface::Search, shown, random, now_ms)?;
    for (item, index) in page.items.iter_mut().zip(from as u32..) {
        item.index = index;
        item.highlights = catalog.highlights(&search.meant, &item.title);
    }
    let end = from.saturating_add(limit);
    let id = if search.id.is_empty() { &page.ranking_id } else { &search.id };
    let next_cursor = (end < search.order.len()).then(|| format!("{id}.{end}"));
    Ok(SearchResults { page, next_cursor, ..search.results.clone() })
}
