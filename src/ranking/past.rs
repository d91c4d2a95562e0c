//! How a user comes back to what they had, over the whole past: whether a list should repeat things depends on it.

use std::collections::BTreeSet;

use libm::logf;

use crate::profile::Evidence;

/// How the user comes back to what they had.
pub(crate) struct Past {
    /// Share of acts on what was had before.
    pub(crate) rate: f32,
    /// Logarithm of the number of products.
    pub(crate) length: f32,
    /// Share of the latest moment's acts on what was had before.
    pub(crate) repeated: f32,
    /// What came after the latest product when the user had it before.
    pub(crate) followers: BTreeSet<u32>,
    /// How many moments there were, at least 1.
    pub(crate) moments: f32,
}

impl Past {
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let of = &evidence.derived.returns;
        let newest = of.acts.last();
        let pairs = of.acts.iter().zip(of.acts.iter().skip(1));
        Self {
            // Who did little yet is taken to come back to a fifth of it.
            rate: (of.again as f32 + 0.2) / (of.late as f32 + 1.0),
            length: logf(of.products as f32),
            repeated: of.latest_again as f32 / of.latest.max(1) as f32,
            followers: pairs.filter(|(a, _)| Some(*a) == newest).map(|(_, b)| *b).collect(),
            moments: (of.moments as f32).max(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalog::{Artefacts, Item};
    use crate::ranking::fit::catalog_of;

    fn past(acts: &[(u32, i64)]) -> Past {
        let items: Vec<Item> = (0..5).map(|i| Item { id: format!("i{i}"), ..Item::default() }).collect();
        let catalog = catalog_of(&items, &Artefacts::untrained(5)).unwrap();
        let derived = Evidence::derive(&catalog, acts.iter().map(|&(ix, time)| (ix, false, time)));
        Past::of(&Evidence::from_derived(&catalog, Arc::new(derived), 100))
    }

    #[test]
    fn who_comes_back_is_told_from_who_does_not() {
        let (back, on) = (past(&[(0, 1), (1, 2), (0, 3), (1, 4)]), past(&[(0, 1), (1, 2), (2, 3), (3, 4)]));
        assert!(back.rate > 0.5 && on.rate < 0.1, "{} {}", back.rate, on.rate);
        assert_eq!((back.repeated, on.repeated), (1.0, 0.0));
        assert!(back.length < on.length);
        assert_eq!((back.moments, past(&[]).moments), (4.0, 1.0));
    }

    #[test]
    fn one_basket_is_no_repetition_and_what_came_after_the_newest_is_known() {
        let past = past(&[(0, 1), (0, 1), (3, 2), (1, 3), (0, 4)]);
        assert_eq!(past.repeated, 1.0);
        assert_eq!(past.followers.into_iter().collect::<Vec<_>>(), [0, 3]);
    }
}
