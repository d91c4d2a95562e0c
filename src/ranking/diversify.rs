//! From scores to a list: maximal marginal relevance over the best, with caps on brand, category and unusual prices
//! (MMR: Carbonell and Goldstein 1998; caps are a convention). Variety never brings what fits much worse than the best.

use crate::catalog::Catalog;
use crate::ranking::top::Scored;

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

struct Entry<'a> {
    ix: u32,
    relevance: f32,
    /// Whether it fits well enough to be there for the sake of variety, or would be there without it.
    fits: bool,
    tags: &'a [u32],
    /// Likeness to the most similar item chosen so far.
    likeness: f32,
    taken: bool,
}

/// What caps are about.
#[derive(Clone, Copy)]
struct Capped {
    brand: Option<u32>,
    category: Option<u32>,
    unusual: bool,
}

impl Capped {
    fn of(catalog: &Catalog, ix: u32, variety: Variety) -> Self {
        let (brand, category) = (catalog.brand(ix), catalog.category(ix));
        Self { brand, category, unusual: variety.is_unusual(catalog, ix) }
    }
}

/// Picks `limit` of the candidates, which come best first. A cap gives way only when nothing else is left.
pub(crate) fn pick(catalog: &Catalog, ranked: &[Scored], limit: usize, variety: Variety) -> Vec<u32> {
    if variety.diversity <= 0.0 && !variety.caps {
        return ranked.iter().take(limit).map(|scored| scored.ix).collect();
    }
    let pool = POOL.max(limit.saturating_mul(2));
    let best = ranked.first().map_or(0.0, |scored| scored.score);
    let worst = ranked.get(pool.min(ranked.len()).saturating_sub(1)).map_or(0.0, |scored| scored.score);
    let range = (best - worst).max(1e-6);
    let entry = |(place, scored): (usize, &Scored)| Entry {
        ix: scored.ix,
        relevance: (scored.score - worst) / range,
        fits: place < limit || scored.score >= FITS * best,
        tags: catalog.tags(scored.ix),
        likeness: 0.0,
        taken: false,
    };
    let mut picking = Picking {
        catalog,
        entries: ranked.iter().enumerate().map(entry).collect(),
        chosen: Vec::with_capacity(limit),
        pool,
        variety,
    };
    let mut list = Vec::with_capacity(limit);
    while list.len() < limit {
        let Some(ix) = picking.take() else { break };
        list.push(ix);
    }
    list
}

/// A list that is being picked.
struct Picking<'a> {
    catalog: &'a Catalog,
    entries: Vec<Entry<'a>>,
    chosen: Vec<Capped>,
    pool: usize,
    variety: Variety,
}

impl Picking<'_> {
    /// Takes the next item: the best of what fits in the pool and keeps the caps, else the first of all that keeps them, else
    /// the best of what fits, else the first that is left.
    fn take(&mut self) -> Option<u32> {
        let keeps = |e: &Entry<'_>| !e.taken && (!self.variety.caps || self.keeps_caps(e.ix));
        let free = |e: &Entry<'_>| !e.taken;
        let at = self
            .best(&keeps)
            .or_else(|| self.entries.iter().position(keeps))
            .or_else(|| self.best(&free))
            .or_else(|| self.entries.iter().position(free))?;
        let entry = self.entries.get_mut(at)?;
        entry.taken = true;
        let (ix, tags) = (entry.ix, entry.tags);
        self.chosen.push(Capped::of(self.catalog, ix, self.variety));
        if self.variety.diversity > 0.0 {
            for other in self.entries.iter_mut().take(self.pool).filter(|e| !e.taken) {
                other.likeness =
                    other.likeness.max(likeness(self.catalog, (ix, tags), (other.ix, other.tags)));
            }
        }
        Some(ix)
    }

    /// The best of what fits in the pool, the first of equals. Asks of few whether they may be.
    fn best(&self, may: &dyn Fn(&Entry<'_>) -> bool) -> Option<usize> {
        let share = self.variety.diversity;
        let mut best: Option<(usize, f32)> = None;
        for (at, entry) in self.entries.iter().enumerate().take(self.pool).filter(|(_, e)| e.fits && !e.taken)
        {
            let value = (1.0 - share) * entry.relevance - share * entry.likeness;
            if best.is_none_or(|(_, most)| value.total_cmp(&most).is_gt()) && may(entry) {
                best = Some((at, value));
            }
        }
        best.map(|(at, _)| at)
    }

    fn keeps_caps(&self, ix: u32) -> bool {
        let of = Capped::of(self.catalog, ix, self.variety);
        let (mut brand, mut category, mut unusual) = (0, 0, 0);
        for chosen in self.chosen.iter().rev().take(WINDOW - 1) {
            brand += usize::from(of.brand.is_some() && of.brand == chosen.brand);
            category += usize::from(of.category.is_some() && of.category == chosen.category);
            unusual += usize::from(of.unusual && chosen.unusual);
        }
        brand < PER_BRAND && category < PER_CATEGORY && unusual < UNUSUAL
    }
}

/// Likeness of two items from 0 to 1: cosine of their tags, or of their embeddings if one has none.
fn likeness(catalog: &Catalog, a: (u32, &[u32]), b: (u32, &[u32])) -> f32 {
    let ((a, first), (b, second)) = (a, b);
    if first.is_empty() || second.is_empty() {
        return cosine(catalog.embedding(a), catalog.embedding(b)).max(0.0);
    }
    shared(first, second) as f32 / ((first.len() * second.len()) as f32).sqrt()
}

/// How many tags two items share; both are in order.
fn shared(mut first: &[u32], mut second: &[u32]) -> usize {
    let mut shared = 0;
    while let (Some((a, after_a)), Some((b, after_b))) = (first.split_first(), second.split_first()) {
        shared += usize::from(a == b);
        (first, second) = (if a <= b { after_a } else { first }, if b <= a { after_b } else { second });
    }
    shared
}

fn cosine(a: &[i8], b: &[i8]) -> f32 {
    let dot =
        |x: &[i8], y: &[i8]| x.iter().zip(y).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum::<i32>() as f32;
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1.0)
}

/// Mean unlikeness of the pairs of a list's first ten items, from 0 (all the same) to 1.
pub(crate) fn diversity(catalog: &Catalog, list: &[u32]) -> f32 {
    let first: Vec<(u32, &[u32])> = list.iter().take(WINDOW).map(|ix| (*ix, catalog.tags(*ix))).collect();
    let pairs = first.iter().enumerate().flat_map(|(i, &a)| first.iter().skip(i + 1).map(move |&b| (a, b)));
    let (sum, n) = pairs.fold((0.0, 0.0), |(s, n), (a, b)| (s + 1.0 - likeness(catalog, a, b), n + 1.0));
    if n > 0.0 { sum / n } else { 0.0 }
}
