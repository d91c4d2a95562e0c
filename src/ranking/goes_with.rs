//! Lists about seeds: what goes with them, and what stands in where a list has nothing to answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::random::SecureRandom;
use crate::ranking::RankingError;
use crate::ranking::candidates::Sources;
use crate::ranking::kinds::anchors;
use crate::ranking::list::{BASE_WEIGHT, Job, Ranked};
use crate::ranking::request::{RankRequest, ShelfKind};

/// What a list is in place of the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Fallback {
    /// Nothing is known to go with the seeds: these are similar to them.
    Similar,
    /// Nothing is known of the seeds, or the cart is empty: these are what this user, or everyone, likes.
    Popular,
}

impl Job<'_> {
    /// The list, or one that says what it is instead.
    pub(crate) fn run(self, random: &dyn SecureRandom) -> Result<Ranked, RankingError> {
        let list = self.answer(random)?;
        if list.items.is_empty() && self.request.kind.is_about_seeds() {
            self.instead(random)
        } else {
            Ok(list)
        }
    }

    /// What is shown where nothing answers: on a product's page what is similar, and else what sells.
    fn instead(&self, random: &dyn SecureRandom) -> Result<Ranked, RankingError> {
        let in_turn: &[(Fallback, ShelfKind)] = match self.request.kind {
            ShelfKind::BoughtTogether | ShelfKind::CompleteTheLook => {
                &[(Fallback::Similar, ShelfKind::Similar), (Fallback::Popular, ShelfKind::ForYou)]
            }
            _ => &[(Fallback::Popular, ShelfKind::ForYou)],
        };
        let mut list = Ranked::default();
        for (fallback, kind) in in_turn {
            let request = RankRequest { kind: *kind, ..self.request.clone() };
            let mut job = Job::new(self.catalog, self.evidence, &request);
            // Nobody needs a second one of what is in the cart.
            job.apart = self.request.kind == ShelfKind::Cart;
            list = job.answer(random)?;
            list.fallback = Some(*fallback);
            if !list.items.is_empty() {
                break;
            }
        }
        Ok(list)
    }

    /// What goes with the seeds, the surest first, in the order that suits this user.
    pub(super) fn complements(&self) -> Ranked {
        let given = self.surest();
        if given.is_empty() {
            return Ranked::default();
        }
        let anchors = anchors(self.catalog, self.evidence, self.request);
        let sources = Sources::of(self.catalog, self.evidence, &anchors);
        let most = given.iter().fold(f32::MIN_POSITIVE, |most, pair| most.max(pair.1));
        let (candidates, base): (Vec<u32>, Vec<f32>) =
            given.into_iter().map(|(ix, sure)| (ix, BASE_WEIGHT * sure / most)).unzip();
        let mut workings = self.score(&anchors, &sources, &candidates, base);
        self.finish(&mut workings)
    }

    /// One variant of each product that goes with the seeds, and how surely, in order of the index.
    fn surest(&self) -> Vec<(u32, f32)> {
        let mut products: BTreeMap<u32, f32> = BTreeMap::new();
        for (ix, sure) in self.request.seeds.iter().flat_map(|seed| self.catalog.complements(*seed)) {
            *products.entry(self.catalog.product_of(ix)).or_default() += sure;
        }
        let suits = self.suits();
        let shown = |(product, sure)| {
            let ix = suits.shown(product, |ix| self.allows(ix)).filter(|_| !self.had_before(product))?;
            Some((ix, sure))
        };
        let mut given: Vec<(u32, f32)> = products.into_iter().filter_map(shown).collect();
        if self.request.kind == ShelfKind::CompleteTheLook {
            given.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let mut kinds = BTreeSet::new();
            given.retain(|(ix, _)| self.catalog.category(*ix).is_none_or(|kind| kinds.insert(kind)));
        }
        given.sort_by_key(|pair| pair.0);
        given
    }
}
