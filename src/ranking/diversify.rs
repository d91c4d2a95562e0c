//! From scores to a list: maximal marginal relevance over the best, with caps on brand, category and unusual prices
//! (MMR: Carbonell and Goldstein 1998; caps are a convention). Variety never brings what fits much worse than the best.

use crate::catalog::Catalog;

/// The best candidates that relevance and variety are weighed over.
const POOL: usize = 60;
/// Within any so many neighbouring places …
const WINDOW: usize = 10;
/// … at most so many of one brand …
const PER_BRAND: usize = 3;
/// … of one category …
const PER_CATEGORY: usize = 4;
/// … and outside of what the user usually pays.
const UNUSUAL: usize = 4;
/// What fits less than this share of the best score is not brought for the sake of variety.
const FITS: f32 = 0.5;

/// How varied a list has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Variety {
    /// Share of variety against relevance, from 0 to 1.
    pub(crate) diversity: f32,
    pub(crate) caps: bool,
    /// What the user usually pays, as logarithms of prices.
    pub(crate) prices: Option<(f32, f32)>,
}

impl Variety {
    /// Whether an item's price is one that the user does not usually pay.
    fn is_unusual(&self, catalog: &Catalog, ix: u32) -> bool {
        let outside = |(low, high): (f32, f32)| {
            catalog.log_price(ix).is_some_and(|price| !(low..=high).contains(&price))
        };
        self.prices.is_some_and(outside)
    }
}

struct Entry {
    ix: u32,
    relevance: f32,
    /// Whether it fits well enough to be there for the sake of variety, or would be there without it.
    fits: bool,
    /// Likeness to the most similar item chosen so far.
    likeness: f32,
    taken: bool,
}

/// Picks `limit` of the candidates, which come best first. Items and their scores; a cap gives way
/// only when nothing else is left.
pub(crate) fn pick(catalog: &Catalog, ranked: &[(u32, f32)], limit: usize, variety: Variety) -> Vec<u32> {
    if variety.diversity <= 0.0 && !variety.caps {
        return ranked.iter().take(limit).map(|c| c.0).collect();
    }
    let pool = POOL.max(limit.saturating_mul(2));
    let best = ranked.first().map_or(0.0, |c| c.1);
    let worst = ranked.get(pool.min(ranked.len()).saturating_sub(1)).map_or(0.0, |c| c.1);
    let range = (best - worst).max(1e-6);
    let entry = |(place, &(ix, score)): (usize, &(u32, f32))| Entry {
        ix,
        relevance: (score - worst) / range,
        fits: place < limit || score >= FITS * best,
        likeness: 0.0,
        taken: false,
    };
    let mut entries: Vec<Entry> = ranked.iter().enumerate().map(entry).collect();
    let mut chosen: Vec<u32> = Vec::with_capacity(limit);
    while chosen.len() < limit {
        let Some(at) = next(catalog, &entries, &chosen, pool, variety) else { break };
        let Some(entry) = entries.get_mut(at) else { break };
        entry.taken = true;
        let ix = entry.ix;
        chosen.push(ix);
        if variety.diversity > 0.0 {
            for other in entries.iter_mut().take(pool).filter(|e| !e.taken) {
                other.likeness = other.likeness.max(likeness(catalog, ix, other.ix));
            }
        }
    }
    chosen
}

/// The place of the next item: the best of what fits in the pool and keeps the caps, else the first of all that keeps
/// them, else the best of what fits, else the first that is left.
fn next(
    catalog: &Catalog,
    entries: &[Entry],
    chosen: &[u32],
    pool: usize,
    variety: Variety,
) -> Option<usize> {
    let value = |e: &Entry| (1.0 - variety.diversity) * e.relevance - variety.diversity * e.likeness;
    let keeps = |e: &Entry| !e.taken && (!variety.caps || keeps_caps(catalog, chosen, e.ix, variety));
    let free = |e: &Entry| !e.taken;
    let best = |may: &dyn Fn(&Entry) -> bool| {
        let those = entries.iter().enumerate().take(pool).filter(|(_, e)| e.fits && may(e));
        those.max_by(|a, b| value(a.1).total_cmp(&value(b.1)).then(b.0.cmp(&a.0))).map(|e| e.0)
    };
    best(&keeps)
        .or_else(|| entries.iter().position(keeps))
        .or_else(|| best(&free))
        .or_else(|| entries.iter().position(free))
}

fn keeps_caps(catalog: &Catalog, chosen: &[u32], ix: u32, variety: Variety) -> bool {
    let window = chosen.iter().rev().take(WINDOW - 1);
    let same = |of: &dyn Fn(u32) -> Option<u32>| match of(ix) {
        Some(tag) => window.clone().filter(|&&c| of(c) == Some(tag)).count(),
        None => 0,
    };
    let unusual = || window.clone().filter(|&&c| variety.is_unusual(catalog, c)).count();
    same(&|i| catalog.brand(i)) < PER_BRAND
        && same(&|i| catalog.category(i)) < PER_CATEGORY
        && (!variety.is_unusual(catalog, ix) || unusual() < UNUSUAL)
}

/// Likeness of two items from 0 to 1: cosine of their tags, or of their embeddings if one has none.
pub(crate) fn likeness(catalog: &Catalog, a: u32, b: u32) -> f32 {
    let (first, second) = (catalog.tags(a), catalog.tags(b));
    if first.is_empty() || second.is_empty() {
        return cosine(catalog.embedding(a), catalog.embedding(b)).max(0.0);
    }
    let shared = first.iter().filter(|&t| second.binary_search(t).is_ok()).count() as f32;
    shared / ((first.len() * second.len()) as f32).sqrt()
}

fn cosine(a: &[i8], b: &[i8]) -> f32 {
    let dot =
        |x: &[i8], y: &[i8]| x.iter().zip(y).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum::<i32>() as f32;
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1.0)
}

/// Mean unlikeness of the pairs of a list's first ten items, from 0 (all the same) to 1.
pub(crate) fn diversity(catalog: &Catalog, list: &[u32]) -> f32 {
    let first: Vec<u32> = list.iter().copied().take(WINDOW).collect();
    let pairs = first.iter().enumerate().flat_map(|(i, &a)| first.iter().skip(i + 1).map(move |&b| (a, b)));
    let (sum, n) = pairs.fold((0.0, 0.0), |(s, n), (a, b)| (s + 1.0 - likeness(catalog, a, b), n + 1.0));
    if n > 0.0 { sum / n } else { 0.0 }
}
