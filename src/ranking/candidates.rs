//! Where candidates come from: neighbours of past items, the embedding, tags, best sellers, the
//! user's own past. They are products, each by the number of its first variant. A few hundred of them are then ranked by
//! all features.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::profile::{Evidence, Recent};
use crate::ranking::kernel::{Query, WIDTH};
use crate::ranking::top::{Scored, Top, best};

/// Candidates taken from each source.
const EACH: usize = 100;
/// Best sellers among the candidates.
const POPULAR: usize = 60;
/// Own past products among the candidates.
const OWN: usize = 250;
/// Best sellers among which the recent ones are looked for.
const POPULAR_POOL: usize = 2000;
/// Tags of a profile that candidates are drawn from.
const TAGS: usize = 24;
/// Decay per step back, for neighbours and for the profile vectors: short memory and long (measured;
/// single purchases want the short one, baskets the long one).
const NEIGHBOUR_DECAY: f32 = 0.6;
const NEIGHBOUR_DECAY_LONG: f32 = 0.15;
const TOGETHER_DECAY: f32 = 0.2;
const RIDGE_DECAY: f32 = 0.15;
const PROFILE_DECAY: f32 = 0.3;
const PROFILE_DECAY_LONG: f32 = 0.05;

/// Scores of a few products, in order of their first variants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse(Vec<(u32, f32)>);

impl Sparse {
    /// The sums of what items of a product are given.
    fn of(catalog: &Catalog, items: impl Iterator<Item = (u32, f32)>) -> Self {
        let mut pairs: Vec<(u32, f32)> = items.map(|(ix, score)| (catalog.product_of(ix), score)).collect();
        pairs.sort_by_key(|p| p.0);
        let mut sums: Vec<(u32, f32)> = Vec::with_capacity(pairs.len());
        for (ix, score) in pairs {
            match sums.last_mut() {
                Some(last) if last.0 == ix => last.1 += score,
                _ => sums.push((ix, score)),
            }
        }
        Self(sums)
    }

    /// The score of a product, 0 when it has none.
    pub(crate) fn get(&self, product: u32) -> f32 {
        let at = self.0.binary_search_by_key(&product, |p| p.0).ok();
        at.and_then(|i| self.0.get(i)).map_or(0.0, |p| p.1)
    }
}

/// A direction in the space of tags, weighted by how rare they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagProfile(BTreeMap<u32, f32>);

impl TagProfile {
    /// Sum of the unit vectors of some items.
    fn of_items(catalog: &Catalog, items: impl Iterator<Item = (u32, f32)>) -> Self {
        let mut profile = BTreeMap::new();
        for (ix, weight) in items {
            let norm = item_norm(catalog, ix);
            for &tag in catalog.tags(ix) {
                *profile.entry(tag).or_insert(0.0) += weight * rarity(catalog, tag) / norm;
            }
        }
        Self(profile)
    }

    fn of_likings(catalog: &Catalog, evidence: &Evidence) -> Self {
        let likings = evidence.derived.likings();
        Self(likings.map(|(tag, strength, _)| (tag, strength * rarity(catalog, tag))).collect())
    }

    /// How much an item points the same way.
    pub(crate) fn score(&self, catalog: &Catalog, ix: u32) -> f32 {
        if self.0.is_empty() {
            return 0.0;
        }
        let tags = catalog.tags(ix);
        let sum: f32 = tags.iter().filter_map(|t| Some(self.0.get(t)? * rarity(catalog, *t))).sum();
        sum / item_norm(catalog, ix)
    }

    /// What one tag adds to the score of an item that has it; `None` when it adds nothing.
    pub(crate) fn share(&self, catalog: &Catalog, tag: u32) -> Option<f32> {
        self.0.get(&tag).map(|w| w * rarity(catalog, tag)).filter(|&s| s > 0.0)
    }

    /// The products that point the same way most, among those with a telling tag.
    fn best(&self, catalog: &Catalog, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
        let telling = |t: u32| catalog.items_with_tag(t).len() <= catalog.len() / 5 + 50;
        let weighted = self.0.iter().filter(|&(&t, &w)| w > 0.0 && telling(t));
        let tags = best(weighted.map(|(&t, &w)| (t, w * rarity(catalog, t))), TAGS);
        let mut items: Vec<u32> = tags.iter().flat_map(|&t| catalog.items_with_tag(t)).copied().collect();
        items.sort_unstable();
        items.dedup();
        let scored = items.into_iter().map(|ix| (ix, self.score(catalog, ix)));
        let products = each_once(catalog, scored).into_iter().filter(|p| allowed(p.0));
        best(products, EACH)
    }
}

/// The products of some items, each with the best of their scores.
fn each_once(catalog: &Catalog, items: impl Iterator<Item = (u32, f32)>) -> Vec<(u32, f32)> {
    let mut products: Vec<(u32, f32)> = items.map(|(ix, score)| (catalog.product_of(ix), score)).collect();
    products.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    products.dedup_by_key(|p| p.0);
    products
}

/// Best sellers, each product once.
pub(crate) fn best_sellers(catalog: &Catalog) -> impl Iterator<Item = u32> + '_ {
    let mut seen = BTreeSet::new();
    let products = catalog.by_popularity().iter().map(|ix| catalog.product_of(*ix));
    products.filter(move |product| seen.insert(*product))
}

/// Inverse document frequency of a tag.
fn rarity(catalog: &Catalog, tag: u32) -> f32 {
    let with = catalog.items_with_tag(tag).len() as f32;
    ((catalog.len() as f32 + 1.0) / (with + 1.0)).ln() + 0.1
}

fn item_norm(catalog: &Catalog, ix: u32) -> f32 {
    let squares: f32 = catalog.tags(ix).iter().map(|&t| rarity(catalog, t).powi(2)).sum();
    squares.sqrt().max(1e-6)
}

/// What every source says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    pub(crate) neighbours: Sparse,
    pub(crate) neighbours_long: Sparse,
    pub(crate) last: Sparse,
    pub(crate) together: Sparse,
    pub(crate) ridge: Sparse,
    pub(crate) query: Option<Query>,
    pub(crate) query_long: Option<Query>,
    pub(crate) content: TagProfile,
    pub(crate) taste: TagProfile,
    pub(crate) disliked: Sparse,
}

impl Sources {
    /// Asks every source about the items in `anchors`, the newest first.
    pub(crate) fn of(catalog: &Catalog, evidence: &Evidence, anchors: &[Recent]) -> Self {
        let decayed = |rate: f32| move |a: &Recent| (a.ix, a.weight * (-rate * a.step as f32).exp());
        let last = anchors.iter().filter(|a| a.step == 0);
        Self {
            neighbours: near(catalog, Catalog::neighbours, anchors.iter().map(decayed(NEIGHBOUR_DECAY))),
            neighbours_long: near(
                catalog,
                Catalog::neighbours,
                anchors.iter().map(decayed(NEIGHBOUR_DECAY_LONG)),
            ),
            last: near(catalog, Catalog::neighbours, last.map(|a| (a.ix, a.weight))),
            together: near(catalog, Catalog::together, anchors.iter().map(decayed(TOGETHER_DECAY))),
            ridge: near(catalog, Catalog::ridge, anchors.iter().map(decayed(RIDGE_DECAY))),
            query: embed(catalog, anchors.iter().map(decayed(PROFILE_DECAY))),
            query_long: embed(catalog, anchors.iter().map(decayed(PROFILE_DECAY_LONG))),
            content: TagProfile::of_items(catalog, anchors.iter().map(decayed(PROFILE_DECAY))),
            taste: TagProfile::of_likings(catalog, evidence),
            disliked: disliked(catalog, evidence),
        }
    }
}

/// The sums of what the lists of some items say.
fn near<'c, L: Iterator<Item = (u32, f32)>>(
    catalog: &'c Catalog,
    list: impl Fn(&'c Catalog, u32) -> L,
    items: impl Iterator<Item = (u32, f32)>,
) -> Sparse {
    Sparse::of(catalog, items.flat_map(|(h, w)| list(catalog, h).map(move |(ix, s)| (ix, w * s))))
}

/// The sum of the items' embeddings, as a query.
fn embed(catalog: &Catalog, items: impl Iterator<Item = (u32, f32)>) -> Option<Query> {
    let mut sum = [0.0; WIDTH];
    for (ix, weight) in items {
        for (s, &e) in sum.iter_mut().zip(catalog.embedding(ix)) {
            *s += weight * f32::from(e);
        }
    }
    Query::of(&sum)
}

/// How near items are to those that were dismissed: the neighbour's share of the strongest one.
fn disliked(catalog: &Catalog, evidence: &Evidence) -> Sparse {
    let pairs = evidence.disliked.iter().flat_map(|&h| {
        let most = catalog.neighbours(h).map(|(_, s)| s).fold(1e-6, f32::max);
        catalog.neighbours(h).map(move |(ix, s)| (ix, s / most))
    });
    let mut sums = Sparse::of(catalog, pairs);
    for pair in &mut sums.0 {
        pair.1 = pair.1.min(1.0);
    }
    sums
}

/// What may be drawn from besides the sources.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    /// Best sellers.
    pub(crate) popular: bool,
    /// The user's own past.
    pub(crate) own: bool,
}

/// The union of what every source puts first, in order of the index. `allowed` is asked about products.
pub(crate) fn draw(
    catalog: &Catalog,
    evidence: &Evidence,
    sources: &Sources,
    draw: Draw,
    allowed: &dyn Fn(u32) -> bool,
) -> Vec<u32> {
    let mut all: Vec<u32> = Vec::with_capacity(600);
    for sparse in
        [&sources.neighbours, &sources.neighbours_long, &sources.last, &sources.together, &sources.ridge]
    {
        all.extend(best(sparse.0.iter().copied().filter(|p| allowed(p.0)), EACH));
    }
    for query in [&sources.query, &sources.query_long].into_iter().flatten() {
        let allowed = |ix: u32| catalog.product_of(ix) == ix && allowed(ix);
        all.extend(scan(catalog.embeddings(), query, EACH, &allowed));
    }
    all.extend(sources.content.best(catalog, allowed));
    all.extend(stated(catalog, evidence, allowed));
    if draw.popular {
        all.extend(best_sellers(catalog).filter(|&ix| allowed(ix)).take(POPULAR));
        let pool = best_sellers(catalog).take(POPULAR_POOL).filter(|&ix| allowed(ix));
        all.extend(best(pool.map(|ix| (ix, catalog.recent_popularity(ix))), POPULAR));
    }
    if draw.own {
        let uses = evidence.derived.uses.iter().filter(|(ix, u)| u.count > 0 && allowed(**ix));
        all.extend(best(uses.map(|(&ix, u)| (ix, evidence.derived.frequency(u, evidence.now_ms).1)), OWN));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The best sellers among what the user named.
fn stated(catalog: &Catalog, evidence: &Evidence, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
    let tags = evidence.stated.iter().take(TAGS);
    let of_tag = |tag| {
        let items = catalog.items_with_tag(tag).iter().map(|&ix| (ix, catalog.popularity(ix)));
        best(each_once(catalog, items).into_iter().filter(|p| allowed(p.0)), EACH / 2)
    };
    tags.flat_map(|&(tag, _)| of_tag(tag)).collect()
}

/// The rows of an int8 matrix nearest to the query.
fn scan(matrix: &[i8], query: &Query, limit: usize, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
    const BLOCK: usize = 256;
    let mut top = Top::new(limit);
    let mut scores = [0_i32; BLOCK];
    let mut first = 0_u32;
    for block in matrix.chunks(BLOCK * WIDTH) {
        let rows = block.len() / WIDTH;
        query.dots(block, &mut scores);
        for (ix, &score) in (first..).zip(scores.iter().take(rows)) {
            // Scores stay below 2^24 and are exact as floats.
            let scored = Scored { score: score as f32, ix };
            if score > 0 && top.admits(scored) && allowed(ix) {
                top.offer(scored);
            }
        }
        first = first.saturating_add(rows as u32);
    }
    top.into_sorted().into_iter().map(|s| s.ix).collect()
}
