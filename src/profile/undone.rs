//! What takes an earlier act back, and what passes by: each touches the item that it is about, and fades.

use std::collections::BTreeSet;

use libm::exp2;
use once_cell::sync::OnceCell;

use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::derived::Derived;
use crate::profile::interaction::{Act, Signal, Wanted};
use crate::profile::sizes::compared;

/// Whether something is in the same size of the same product.
pub(super) fn is_same_size(catalog: &Catalog, one: u32, other: u32) -> bool {
    let size = |ix: u32| catalog.tags_of_kind(ix, TagKind::Size).next();
    one == other || (catalog.product_of(one) == catalog.product_of(other) && size(one) == size(other))
}

/// Half-life of having been passed over, in days.
const PASSED_HALF_LIFE: f64 = 14.0;

impl Derived {
    /// Takes back what buying said: of these items, or of a whole order.
    pub(super) fn pay_back(
        &mut self,
        catalog: &Catalog,
        order: Option<&String>,
        items: &[(Named, u32)],
        whole: bool,
        weight: f32,
    ) {
        let mut back: Vec<usize> = Vec::new();
        if let Some(bought) = order.and_then(|order| self.orders.get_mut(order)) {
            for (place, left) in bought {
                let Some(of) = self.signals.get(*place).map(|signal| signal.of.ix()) else { continue };
                let paid = items.iter().find(|(item, _)| item.ix() == of).map_or(0, |item| item.1);
                *left = if whole { 0 } else { left.saturating_sub(paid) };
                if let Some(signal) = self.signals.get_mut(*place) {
                    signal.quantity = (*left).max(1);
                }
                if *left == 0 {
                    back.push(*place);
                }
            }
        } else {
            back.extend(items.iter().filter_map(|(of, _)| self.last(Act::Buy, of.ix())));
        }
        back.into_iter().for_each(|place| self.take_back(catalog, place, Act::Buy, weight));
        let of_order = order.and_then(|order| self.orders.get(order)).into_iter().flatten();
        let kept = of_order.filter_map(|(place, _)| Some(self.signals.get(*place)?.of.ix()));
        let products: BTreeSet<u32> = kept.map(|ix| catalog.product_of(ix)).collect();
        products.into_iter().for_each(|product| self.recount(catalog, product));
    }

    /// What follows from purchases is to be found anew.
    pub(super) fn forget_found(&mut self) {
        (self.usual, self.outgrown) = (OnceCell::new(), OnceCell::new());
    }

    /// Notes what was ordered as a gift. That it was put into the cart says no more than a look.
    pub(super) fn give(
        &mut self,
        catalog: &Catalog,
        order: Option<&String>,
        items: &[(Named, u32)],
        look: f32,
        time_ms: i64,
    ) {
        for (of, _) in items {
            self.take_back_last(catalog, Act::Want(Wanted::Cart), of.ix(), look);
            self.gifts.push((*of, order.cloned(), time_ms));
        }
    }

    /// Those of the items, paid or sent back, that were the user's own, each as the variant that was bought of it, where that is
    /// known.
    pub(super) fn own(
        &self,
        catalog: &Catalog,
        order: Option<&String>,
        items: Vec<(Named, u32)>,
    ) -> Vec<(Named, u32)> {
        let is_own = |of: Named| {
            let is_of = |gift: &&(Named, Option<String>, i64)| match (gift.0, of) {
                (Named::Item(given), Named::Item(ix)) => given == ix,
                (given, of) => catalog.product_of(given.ix()) == catalog.product_of(of.ix()),
            };
            let mut given = self.gifts.iter().rev().filter(is_of);
            match order.filter(|order| self.orders.contains_key(*order)) {
                Some(_) => true,
                None if given.any(|gift| order.is_some() && gift.1.as_ref() == order) => false,
                None => {
                    let given_ms = self.gifts.iter().rev().find(is_of).map(|gift| gift.2);
                    let bought = self.bought(catalog, of).and_then(|place| self.signals.get(place));
                    given_ms.is_none_or(|given| bought.is_some_and(|bought| bought.time_ms > given))
                }
            }
        };
        let as_bought = |of: Named| {
            let of_order = order.and_then(|order| self.orders.get(order)).into_iter().flatten();
            let mut of_order = of_order.filter_map(|(place, _)| Some(self.signals.get(*place)?.of));
            let is_it = |other: &Named| catalog.product_of(other.ix()) == of.ix();
            let last = || Some(self.signals.get(self.bought(catalog, of)?)?.of);
            match of {
                Named::Item(_) => of,
                Named::Product(_) => of_order.find(is_it).or_else(last).unwrap_or(of),
            }
        };
        items.into_iter().filter(|(of, _)| is_own(*of)).map(|(of, count)| (as_bought(of), count)).collect()
    }

    /// Marks what was sent back, in its order if that is told, as bought no more: whatever the reason, it was not kept.
    pub(super) fn send_back(&mut self, order: Option<&String>, of: Named) {
        let is_it = |place: &usize| self.signals.get(*place).is_some_and(|s| s.act == Act::Buy && s.of == of);
        let of_order = order.and_then(|order| self.orders.get(order)).into_iter().flatten();
        let in_order = of_order.map(|(place, _)| *place).find(is_it);
        let left = |place: &usize| !self.sent_back.contains(place);
        let last = || (0..self.signals.len()).rev().filter(is_it).find(left);
        if let Some(place) = in_order.filter(left).or_else(last) {
            self.sent_back.insert(place);
            self.forget_found();
        }
    }

    /// The place of the last purchase of an item, or of any variant of a product.
    fn bought(&self, catalog: &Catalog, of: Named) -> Option<usize> {
        let is_it = |named: Named| match of {
            Named::Item(ix) => named.ix() == ix,
            Named::Product(ix) => catalog.product_of(named.ix()) == ix,
        };
        self.signals.iter().rposition(|signal| signal.act == Act::Buy && is_it(signal.of))
    }

    /// The place of the last such act about an item.
    fn last(&self, act: Act, ix: u32) -> Option<usize> {
        self.signals.iter().rposition(|signal| signal.act == act && signal.of.ix() == ix)
    }

    /// Leaves of a signal no more than that the item was looked at.
    fn take_back(&mut self, catalog: &Catalog, place: usize, act: Act, weight: f32) {
        let Some(signal) = self.signals.get(place).copied().filter(|signal| signal.act == act) else {
            return;
        };
        let ix = signal.of.ix();
        let less = weight - signal.weight;
        for &tag in catalog.tags(ix).iter().filter(|tag| signal.speaks_of(catalog, **tag)) {
            self.like(tag, less, signal.time_ms, false);
        }
        self.most = self.tags.values().fold(0.0, |most, liking| most.max(liking.sum));
        self.pay(catalog, ix, less, signal.time_ms);
        if let Some(signal) = self.signals.get_mut(place) {
            (signal.act, signal.weight) = (Act::Look, weight);
            self.forget_found();
        }
        if act == Act::Buy {
            self.recount(catalog, catalog.product_of(ix));
        }
    }

    /// Takes in the purchases of a product anew, as they are left.
    fn recount(&mut self, catalog: &Catalog, product: u32) {
        let Some(used) = self.uses.get_mut(&product) else { return };
        used.forget_purchases();
        let of_it =
            |signal: &&Signal| signal.act == Act::Buy && catalog.product_of(signal.of.ix()) == product;
        self.signals.iter().filter(of_it).for_each(|signal| used.note_purchase(signal));
    }

    pub(super) fn pass(&mut self, product: u32, time_ms: i64) {
        self.start_at(time_ms);
        *self.passed.entry(product).or_default() += self.scaled(1.0, time_ms, PASSED_HALF_LIFE);
    }

    /// Takes back the last act of a kind about an item.
    pub(super) fn take_back_last(&mut self, catalog: &Catalog, act: Act, ix: u32, weight: f32) {
        if let Some(place) = self.last(act, ix) {
            self.take_back(catalog, place, act, weight);
        }
    }

    /// What a wrong size says: no smaller one fits either, or no larger one, and the next one may. It is wanted, not bought.
    pub(super) fn note_size(&mut self, catalog: &Catalog, signal: &Signal) {
        let (Named::Item(ix), time_ms) = (signal.of, signal.time_ms) else {
            // Which of its sizes it was is not known.
            return self.take_back_last(catalog, Act::Buy, signal.of.ix(), -signal.weight);
        };
        let towards = if signal.act == Act::TooSmall { 1.0 } else { -1.0 };
        let sizes = compared(catalog, ix);
        let wrong = sizes.iter().filter(|(_, larger)| larger * towards <= 0.0).map(|size| size.0);
        self.misfits.extend(wrong.chain([ix]).map(|ix| (ix, time_ms)));
        let nearest = |a: &&(u32, f32), b: &&(u32, f32)| a.1.abs().total_cmp(&b.1.abs());
        let next = sizes.iter().filter(|(_, larger)| larger * towards > 0.0).min_by(nearest);
        if let Some(tag) = next.and_then(|next| catalog.tags_of_kind(next.0, TagKind::Size).next()) {
            self.lean(tag, -signal.weight, time_ms, signal.open);
        }
        self.take_back_last(catalog, Act::Buy, ix, -signal.weight);
    }

    /// Whether anything was shown without anybody having shown interest in it since.
    pub(crate) fn was_passed(&self) -> bool {
        !self.passed.is_empty()
    }

    /// How often a product was lately shown without anybody having shown interest in it since.
    pub(crate) fn passed(&self, product: u32, now_ms: i64) -> f32 {
        let sum = self.passed.get(&product).copied().unwrap_or_default();
        (sum * exp2(-self.days(now_ms) / PASSED_HALF_LIFE)) as f32
    }
}
