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

    /// Whether a score has a chance, so that dearer tests can wait until it has.
    pub(crate) fn admits(&self, scored: Scored) -> bool {
        self.heap.len() < self.limit || self.heap.peek().is_some_and(|worst| scored > worst.0)
    }

    /// Offers a score.
    pub(crate) fn offer(&mut self, scored: Scored) {
        if self.admits(scored) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_lower_index_whatever_the_order() {
        let scores = [(4, 1.0), (1, 2.0), (3, 1.0), (9, 3.0), (2, 1.0), (0, -1.0)];
        assert_eq!(best(scores.into_iter(), 4), [9, 1, 2, 3]);
        assert_eq!(best(scores.into_iter().rev(), 4), [9, 1, 2, 3]);
        assert!(best(scores.into_iter(), 0).is_empty());
    }
}
