//! Sums by product, from the lists of the items that a list starts from.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::catalog::Catalog;
use crate::profile::Recent;
use crate::ranking::top::best_allowed;

/// By product, in a table that is the same on every device.
pub(crate) type ByProduct<T> = HashMap<u32, T, BuildHasherDefault<Spread>>;

/// Spreads numbers of products evenly (Knuth's multiplicative hashing).
#[derive(Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// What an anchor's list says of a product.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// Place among the anchors.
    pub(crate) anchor: usize,
    pub(crate) product: u32,
    pub(crate) strength: f32,
}

/// All that the lists of the anchors say, in their order.
pub(crate) fn said<'c, L: Iterator<Item = (u32, f32)>>(
    catalog: &'c Catalog,
    list: impl Fn(&'c Catalog, u32) -> L,
    anchors: &[Recent],
) -> Vec<Said> {
    let mut all = Vec::new();
    for (anchor, of) in anchors.iter().enumerate() {
        let near = list(catalog, of.ix);
        all.extend(near.map(|(ix, strength)| Said { anchor, product: catalog.product_of(ix), strength }));
    }
    all
}

/// Scores of a few products.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse(ByProduct<f32>);

impl Sparse {
    /// The sums of what products are given.
    pub(crate) fn of(pairs: impl Iterator<Item = (u32, f32)>) -> Self {
        let mut sums =
            ByProduct::with_capacity_and_hasher(pairs.size_hint().1.unwrap_or(0), Default::default());
        for (product, score) in pairs {
            *sums.entry(product).or_insert(0.0) += score;
        }
        Self(sums)
    }

    /// The sums of what the lists say, each anchor by its weight.
    pub(crate) fn weighed(said: &[Said], weights: &[f32]) -> Self {
        let weight = |said: &Said| weights.get(said.anchor).copied().unwrap_or_default();
        Self::of(said.iter().map(|said| (said.product, weight(said) * said.strength)))
    }

    /// The same with no score above `most`.
    pub(crate) fn at_most(mut self, most: f32) -> Self {
        self.0.values_mut().for_each(|score| *score = score.min(most));
        self
    }

    /// The score of a product, 0 when it has none.
    pub(crate) fn get(&self, product: u32) -> f32 {
        self.0.get(&product).copied().unwrap_or_default()
    }

    /// The best of those that are allowed.
    pub(crate) fn best(&self, limit: usize, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
        best_allowed(self.0.iter().map(|(&product, &score)| (product, score)), limit, allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_product_is_given_adds_up_and_the_best_that_is_allowed_comes_first() {
        let sums = Sparse::of([(5, 1.0), (9, 2.5), (5, 2.0), (7, 2.5), (8, 0.5)].into_iter());
        assert_eq!((sums.get(5), sums.get(7), sums.get(6)), (3.0, 2.5, 0.0));
        assert_eq!(sums.best(3, &|_| true), [5, 7, 9]);
        assert_eq!(sums.best(3, &|product| product != 5), [7, 9, 8]);
        assert_eq!(sums.at_most(1.0).get(5), 1.0);
    }
}
