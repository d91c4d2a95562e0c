//! The largest of many, in as much memory as they take.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The largest of what was offered, at most so many.
pub(crate) struct Largest<T> {
    most: usize,
    heap: BinaryHeap<Reverse<T>>,
}

impl<T: Ord> Largest<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    /// What the next one has to exceed, once there are as many as there may be.
    pub(crate) fn least(&self) -> Option<&T> {
        self.heap.peek().map(|Reverse(least)| least).filter(|_| self.heap.len() >= self.most)
    }

    pub(crate) fn offer(&mut self, value: T) {
        if self.heap.len() < self.most {
            self.heap.push(Reverse(value));
        } else if let Some(mut least) = self.heap.peek_mut().filter(|least| value > least.0) {
            *least = Reverse(value);
        }
    }

    /// The largest first.
    pub(crate) fn falling(self) -> impl Iterator<Item = T> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_kept_and_come_first() {
        for most in 0..9 {
            let mut largest = Largest::new(most);
            [3, 9, 1, 7, 9, 2].into_iter().for_each(|number| largest.offer(number));
            let expected: Vec<i32> = [9, 9, 7, 3, 2, 1].into_iter().take(most).collect();
            assert_eq!(largest.least(), expected.last().filter(|_| most <= 6));
            assert_eq!(largest.falling().collect::<Vec<_>>(), expected);
        }
    }
}
