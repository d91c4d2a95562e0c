//! Where draws come from: exact, without bias, and with few system calls.

use zeroize::Zeroizing;

use crate::base::random::{RandomError, SecureRandom, reduce};

/// Random bytes fetched at a time: most reports need no more.
const FETCHED: usize = 256;

/// A source of uniform numbers. Tests walk through all of them.
pub(crate) trait Draw {
    /// A uniform number under `bound`.
    fn below(&mut self, bound: u64) -> Result<u64, RandomError>;
}

/// Draws from a secure source for one report: a system call for each draw would be most of what a report costs.
pub(crate) struct Fetched<'a> {
    random: &'a dyn SecureRandom,
    bytes: Zeroizing<[u8; FETCHED]>,
    used: usize,
}

impl<'a> Fetched<'a> {
    pub(crate) fn new(random: &'a dyn SecureRandom) -> Self {
        Self { random, bytes: Zeroizing::new([0; FETCHED]), used: FETCHED }
    }

    fn number(&mut self) -> Result<u64, RandomError> {
        if self.used == FETCHED {
            self.random.fill(&mut self.bytes[..])?;
            self.used = 0;
        }
        let next = self.bytes.get(self.used..).and_then(<[u8]>::first_chunk).ok_or(RandomError)?;
        self.used += next.len();
        Ok(u64::from_le_bytes(*next))
    }
}

impl Draw for Fetched<'_> {
    fn below(&mut self, bound: u64) -> Result<u64, RandomError> {
        loop {
            if let Some(number) = reduce(self.number()?, bound) {
                return Ok(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Counts up in steps of eight bytes.
    struct Counting(AtomicU64);

    impl SecureRandom for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
            for chunk in bytes.chunks_exact_mut(8) {
                chunk.copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes());
            }
            Ok(())
        }
    }

    #[test]
    fn every_fetched_byte_is_used_once() {
        let random = Counting(AtomicU64::new(0));
        let mut source = Fetched::new(&random);
        assert!((0..500).all(|n| source.below(1_000).unwrap() == n));
    }

    #[test]
    fn what_would_bias_a_draw_is_drawn_again() {
        // Of 2^64 numbers, the last 2^64 mod 3 = 1 would make 0 likelier.
        assert_eq!((reduce(u64::MAX, 3), reduce(u64::MAX - 1, 3)), (None, Some(2)));
        assert_eq!(
            (reduce(u64::MAX, 0), reduce(7, 1), reduce(u64::MAX, 1 << 63)),
            (Some(0), Some(0), Some((1 << 63) - 1))
        );
    }
}
