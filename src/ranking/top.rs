//! The best of many scores, in a fixed order: higher scores first, ties by index.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A score that can be ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scored {
    pub(crate) score: f32,
    pub(crate) ix: u32,
}

impl Eq for Scored {}

impl Ord for Scored {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| other.ix.cmp(&self.ix))
    }
}

impl PartialOrd for Scored {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Keeps the best `limit` of what is offered.
pub(crate) struct Top {
    limit: usize,
    heap: BinaryHeap<Reverse<Scored>>,
}

impl Top {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::with_capacity(limit + 1) }
    }

    /// The last of them, once there are enough.
    pub(crate) fn least(&self) -> Option<Scored> {
        self.heap.peek().map(|worst| worst.0).filter(|_| self.heap.len() == self.limit)
    }

    /// Offers a score.
    pub(crate) fn offer(&mut self, scored: Scored) {
        if self.limit > 0 && self.least().is_none_or(|least| scored > least) {
            self.heap.push(Reverse(scored));
            if self.heap.len() > self.limit {
                self.heap.pop();
            }
        }
    }

    /// The best, best first.
    pub(crate) fn into_sorted(self) -> Vec<Scored> {
        self.heap.into_sorted_vec().into_iter().map(|r| r.0).collect()
    }
}

/// The best `limit` indices of an iterator of scores.
pub(crate) fn best(scores: impl Iterator<Item = (u32, f32)>, limit: usize) -> Vec<u32> {
    let mut top = Top::new(limit);
    scores.for_each(|(ix, score)| top.offer(Scored { score, ix }));
    top.into_sorted().into_iter().map(|s| s.ix).collect()
}

/// The best `limit` of those that are allowed. Asks about few of them besides.
pub(crate) fn best_allowed(
    scores: impl Iterator<Item = (u32, f32)>,
    limit: usize,
    allowed: &dyn Fn(u32) -> bool,
) -> Vec<u32> {
    let mut all: Vec<Scored> = scores.map(|(ix, score)| Scored { score, ix }).collect();
    let (mut found, mut rest) = (Vec::with_capacity(limit), all.as_mut_slice());
    while found.len() < limit && !rest.is_empty() {
        let some = rest.len().min(limit.saturating_mul(2));
        if some < rest.len() {
            rest.select_nth_unstable_by(some, |a, b| b.cmp(a));
        }
        let (first, others) = rest.split_at_mut(some);
        first.sort_unstable_by(|a, b| b.cmp(a));
        found.extend(first.iter().map(|s| s.ix).filter(|ix| allowed(*ix)).take(limit - found.len()));
        rest = others;
    }
    found
}

/// The best `limit` products, each by the best score of its items.
pub(crate) struct TopProducts {
    limit: usize,
    best: Vec<Scored>,
    least: Option<Scored>,
}

impl TopProducts {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, best: Vec::with_capacity(limit), least: None }
    }

    /// The last of them, once there are enough.
    pub(crate) fn least(&self) -> Option<Scored> {
        self.least
    }

    /// Offers the score of one item of a product.
    pub(crate) fn offer(&mut self, of: Scored, allowed: &dyn Fn(u32) -> bool) {
        if self.limit == 0 || self.least.is_some_and(|least| of <= least) {
            return;
        }
        let place = match self.best.iter().position(|known| known.ix == of.ix) {
            Some(known) => known,
            None if !allowed(of.ix) => return,
            None if self.best.len() < self.limit => {
                self.best.push(of);
                self.best.len() - 1
            }
            None => (0..self.best.len()).min_by_key(|at| self.best.get(*at)).unwrap_or_default(),
        };
        if let Some(known) = self.best.get_mut(place).filter(|known| known.ix != of.ix || **known < of) {
            *known = of;
        }
        if self.best.len() == self.limit {
            self.least = self.best.iter().min().copied();
        }
    }

    /// The products, the best first.
    pub(crate) fn into_products(mut self) -> Vec<u32> {
        self.best.sort_unstable_by(|a, b| b.cmp(a));
        self.best.into_iter().map(|scored| scored.ix).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_go_to_the_lower_index_whatever_the_order() {
        let scores = [(4, 1.0), (1, 2.0), (3, 1.0), (9, 3.0), (2, 1.0), (0, -1.0)];
        assert_eq!(best(scores.into_iter(), 4), [9, 1, 2, 3]);
        assert_eq!(best(scores.into_iter().rev(), 4), [9, 1, 2, 3]);
        assert!(best(scores.into_iter(), 0).is_empty());
    }

    proptest! {
        #[test]
        fn the_best_are_the_first_of_all_in_order(
            scores in prop::collection::btree_map(0..400_u32, 0..40_u8, 0..300),
            few in 0..60_usize,
            odd in 1..5_u32,
        ) {
            let scores: Vec<(u32, f32)> = scores.into_iter().map(|(ix, score)| (ix, f32::from(score))).collect();
            let allowed = |ix: u32| ix % 5 >= odd;
            let sorted = |mut all: Vec<Scored>| -> Vec<u32> {
                all.retain(|scored| allowed(scored.ix));
                all.sort_by(|a, b| b.cmp(a));
                all.into_iter().map(|scored| scored.ix).take(few).collect()
            };
            let all = scores.iter().map(|&(ix, score)| Scored { score, ix }).collect();
            prop_assert_eq!(best_allowed(scores.iter().copied(), few, &allowed), sorted(all));
            let mut products = std::collections::BTreeMap::new();
            let mut top = TopProducts::new(few);
            for &(ix, score) in &scores {
                let of = Scored { score, ix: ix / 3 };
                top.offer(of, &allowed);
                let best: &mut Scored = products.entry(of.ix).or_insert(of);
                *best = of.max(*best);
            }
            prop_assert_eq!(top.into_products(), sorted(products.into_values().collect()));
        }
    }
}
