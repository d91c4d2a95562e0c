//! What may be in a list: what can be ordered, is not refused, was not had before and says nothing intimate.

use crate::profile::Use;
use crate::ranking::likeness::is_of_kind;
use crate::ranking::list::Job;
use crate::ranking::request::{Filter, Seen, ShelfKind};

impl Job<'_> {
    /// Whether a variant may be in the list.
    pub(super) fn allows(&self, ix: u32) -> bool {
        self.allows_given(ix)
            && !self.evidence.avoids(ix)
            && self.is_discreet(ix)
            && (!self.apart || self.is_apart(ix))
            && (self.request.kind != ShelfKind::Similar || self.is_of_their_kind(ix))
    }

    pub(super) fn allows_given(&self, ix: u32) -> bool {
        (ix as usize) < self.catalog.len()
            && self.catalog.availability(ix).can_be_ordered()
            && (self.excluded.is_empty() || !self.excluded.contains(&self.catalog.product_of(ix)))
            && !self.evidence.blocks(self.catalog, ix)
            && self.filter.passes(self.catalog, ix)
            && self.chosen_by_shop(ix)
    }

    /// Whether the shop has it in this list.
    fn chosen_by_shop(&self, ix: u32) -> bool {
        let [only, without] = &self.chosen;
        let passes = |filter: &Filter| filter.passes(self.catalog, ix);
        only.iter().all(passes) && !without.iter().any(passes)
    }

    /// Whether a variant says nothing intimate that nobody asked about. On a product's page only what that product is about
    /// may be, elsewhere what the user said yes to; and what stands under a category that was asked for.
    fn is_discreet(&self, ix: u32) -> bool {
        let catalog = self.catalog;
        let of_one_seed = |seed: &u32| catalog.sensitive(ix).is_subset_of(catalog.sensitive(*seed));
        let agreed = || catalog.sensitive(ix).is_subset_of(self.evidence.basis.topics);
        catalog.sensitive(ix).is_subset_of(self.filter.topics)
            || self.request.seeds.iter().any(of_one_seed)
            || (self.request.seeds.is_empty() && agreed())
    }

    /// Whether a variant is of the kind of a seed, as far as their categories tell: whatever else the same people look at is not
    /// similar.
    fn is_of_their_kind(&self, ix: u32) -> bool {
        let is_unknown = |ix: u32| self.catalog.category(ix).is_none();
        let mut seeds = self.request.seeds.iter();
        is_unknown(ix) || seeds.any(|seed| is_unknown(*seed) || is_of_kind(self.catalog, *seed, ix))
    }

    /// Whether a variant is of another kind than every seed.
    fn is_apart(&self, ix: u32) -> bool {
        let kind = self.catalog.category(ix);
        kind.is_none() || self.request.seeds.iter().all(|seed| self.catalog.category(*seed) != kind)
    }

    /// Whether the user's past with the product, in any variant, keeps it out of this kind of list.
    pub(super) fn had_before(&self, product: u32) -> bool {
        let used = self.evidence.derived.uses.get(&product);
        let due = |u: &Use| u.is_due(self.catalog.repurchase_days(product), self.evidence.now_ms);
        match (self.request.kind, self.request.seen) {
            (ShelfKind::BuyAgain, _) => {
                used.is_none_or(|u| u.bought == 0 || self.is_kept_for_good(u, product))
            }
            (ShelfKind::Similar, Seen::ByShop) | (_, Seen::Keep) => false,
            (_, Seen::Exclude) => used.is_some_and(|u| u.count > 0),
            // What comes next is new to the user, or comes again.
            (ShelfKind::NextUp, Seen::ByShop) => {
                used.is_some_and(|u| u.count > 0 && !(u.bought > 0 && due(u)))
            }
            (_, Seen::ByShop) => used.is_some_and(|u| u.bought > 0 && !due(u)),
        }
    }

    /// Whether a product is none of those that are bought again, where the shop's history tells which are: neither its customers
    /// nor this user came back for it.
    fn is_kept_for_good(&self, used: &Use, product: u32) -> bool {
        let is_bought_again = |days: f32| used.interval_days(days).is_some();
        self.catalog.knows_what_is_bought_again() && !is_bought_again(self.catalog.repurchase_days(product))
    }
}
