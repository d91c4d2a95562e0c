//! Where candidates come from: neighbours of past items, the embedding, tags, best sellers, the
//! user's own past. They are products, each by the number of its first variant. A few hundred of them are then ranked by
//! all features.

use libm::expf;

use crate::catalog::Catalog;
use crate::profile::{Evidence, Recent};
use crate::ranking::kernel::{Query, WIDTH};
use crate::ranking::sums::{Said, Sparse, said};
use crate::ranking::tags::{TAGS, TagProfile};
use crate::ranking::top::{Scored, Top, TopProducts, best_allowed};

/// Candidates taken from each source.
const EACH: usize = 100;
/// Best sellers among the candidates.
pub(crate) const POPULAR: usize = 60;
/// Own past products among the candidates.
const OWN: usize = 250;
/// Decay per step back, for neighbours and for the profile vectors: short memory and long (measured;
/// single purchases want the short one, baskets the long one).
const NEIGHBOUR_DECAY: f32 = 0.6;
const NEIGHBOUR_DECAY_LONG: f32 = 0.15;
const TOGETHER_DECAY: f32 = 0.2;
const RIDGE_DECAY: f32 = 0.15;
const PROFILE_DECAY: f32 = 0.3;
const PROFILE_DECAY_LONG: f32 = 0.05;

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
    /// What the lists of the anchors say, in the order in which one of them is named as the reason.
    pub(crate) said: [Vec<Said>; 3],
}

impl Sources {
    /// Asks every source about the items in `anchors`, the newest first.
    pub(crate) fn of(catalog: &Catalog, evidence: &Evidence, anchors: &[Recent]) -> Self {
        let weights = |rate: f32| -> Vec<f32> {
            anchors.iter().map(|a| a.weight * expf(-rate * a.step as f32)).collect()
        };
        let items = |weights: &[f32]| -> Vec<(u32, f32)> {
            anchors.iter().map(|a| a.ix).zip(weights.iter().copied()).collect()
        };
        let near = said(catalog, Catalog::neighbours, anchors);
        let ridge = said(catalog, Catalog::ridge, anchors);
        let together = said(catalog, Catalog::together, anchors);
        let of_last = near.iter().filter_map(|said| {
            let anchor = anchors.get(said.anchor).filter(|anchor| anchor.step == 0)?;
            Some((said.product, anchor.weight * said.strength))
        });
        let profile = items(&weights(PROFILE_DECAY));
        Self {
            neighbours: Sparse::weighed(&near, &weights(NEIGHBOUR_DECAY)),
            neighbours_long: Sparse::weighed(&near, &weights(NEIGHBOUR_DECAY_LONG)),
            last: Sparse::of(of_last),
            together: Sparse::weighed(&together, &weights(TOGETHER_DECAY)),
            ridge: Sparse::weighed(&ridge, &weights(RIDGE_DECAY)),
            query: embed(catalog, &profile),
            query_long: embed(catalog, &items(&weights(PROFILE_DECAY_LONG))),
            content: TagProfile::of_items(catalog, profile.into_iter()),
            taste: TagProfile::of_likings(catalog, evidence),
            disliked: disliked(catalog, evidence),
            said: [near, ridge, together],
        }
    }
}

/// The sum of the items' embeddings, as a query.
fn embed(catalog: &Catalog, items: &[(u32, f32)]) -> Option<Query> {
    let mut sum = [0.0; WIDTH];
    for &(ix, weight) in items {
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
        catalog.neighbours(h).map(move |(ix, s)| (catalog.product_of(ix), s / most))
    });
    Sparse::of(pairs).at_most(1.0)
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
    let mut all: Vec<u32> = Vec::with_capacity(1200);
    for sparse in
        [&sources.neighbours, &sources.neighbours_long, &sources.last, &sources.together, &sources.ridge]
    {
        all.extend(sparse.best(EACH, allowed));
    }
    let queries: Vec<&Query> = [&sources.query, &sources.query_long].into_iter().flatten().collect();
    all.extend(scan(catalog.embeddings(), &queries, EACH, &|ix| catalog.product_of(ix) == ix && allowed(ix)));
    all.extend(sources.content.best(catalog, EACH, allowed));
    all.extend(stated(catalog, evidence, allowed));
    if draw.popular {
        for best in [catalog.best_sellers(), catalog.rising()] {
            all.extend(best.iter().copied().filter(|&ix| allowed(ix)).take(POPULAR));
        }
    }
    if draw.own {
        let fading = evidence.derived.fading(evidence.now_ms);
        let uses = evidence.derived.uses.iter().filter(|(_, used)| used.count > 0);
        all.extend(best_allowed(uses.map(|(&ix, used)| (ix, fading.of(used).1)), OWN, allowed));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The best sellers among what the user named.
fn stated(catalog: &Catalog, evidence: &Evidence, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
    let of_tag = |tag| {
        let mut top = TopProducts::new(EACH / 2);
        for &ix in catalog.items_with_tag(tag) {
            top.offer(Scored { score: catalog.popularity(ix), ix: catalog.product_of(ix) }, allowed);
        }
        top.into_products()
    };
    evidence.stated.iter().take(TAGS).flat_map(|&(tag, _)| of_tag(tag)).collect()
}

/// The rows of an int8 matrix nearest to each of the queries, which is read once for all of them.
fn scan(matrix: &[i8], queries: &[&Query], limit: usize, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
    const BLOCK: usize = 256;
    let mut tops: Vec<(Top, i32)> = queries.iter().map(|_| (Top::new(limit), 0)).collect();
    let mut scores = [0_i32; BLOCK];
    let mut first = 0_u32;
    for block in matrix.chunks(BLOCK * WIDTH) {
        let rows = block.len() / WIDTH;
        for (query, (top, least)) in queries.iter().zip(&mut tops) {
            query.dots(block, &mut scores);
            for (ix, &score) in (first..).zip(scores.iter().take(rows)) {
                // Of equals the first is better, and has come.
                if score > *least && allowed(ix) {
                    // Scores stay below 2^24 and are exact as floats.
                    top.offer(Scored { score: score as f32, ix });
                    *least = top.least().map_or(0, |least| least.score as i32);
                }
            }
        }
        first = first.saturating_add(rows as u32);
    }
    tops.into_iter().flat_map(|(top, _)| top.into_sorted()).map(|scored| scored.ix).collect()
}
