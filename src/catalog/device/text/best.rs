//! The best of many finds, in as much memory as they take.

use std::cmp::Ordering;

use crate::catalog::Catalog;
use crate::catalog::device::text::largest::Largest;
use crate::catalog::device::text::search::Hit;

/// A find in its place: by score, then popularity, then number.
struct Placed {
    hit: Hit,
    popularity: f32,
}

impl Ord for Placed {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = self.hit.score.total_cmp(&other.hit.score);
        by_score
            .then_with(|| self.popularity.total_cmp(&other.popularity))
            .then_with(|| other.hit.ix.cmp(&self.hit.ix))
    }
}

impl PartialOrd for Placed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Placed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Placed {}

/// The best of many finds.
pub(super) struct Best<'a> {
    catalog: &'a Catalog,
    placed: Largest<Placed>,
}

impl<'a> Best<'a> {
    pub(super) fn new(catalog: &'a Catalog, limit: usize) -> Self {
        Self { catalog, placed: Largest::new(limit) }
    }

    /// Whether it is among the best so far.
    pub(super) fn takes(&self, hit: Hit) -> bool {
        let Some(least) = self.placed.least() else { return true };
        // Its popularity is asked for only where that decides.
        hit.score > least.hit.score || (hit.score == least.hit.score && self.placed(hit) > *least)
    }

    pub(super) fn offer(&mut self, hit: Hit) {
        if self.takes(hit) {
            self.placed.offer(self.placed(hit));
        }
    }

    fn placed(&self, hit: Hit) -> Placed {
        Placed { hit, popularity: self.catalog.popularity(hit.ix) }
    }

    pub(super) fn falling(self) -> Vec<Hit> {
        self.placed.falling().map(|placed| placed.hit).collect()
    }
}
