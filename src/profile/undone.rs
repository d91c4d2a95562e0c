//! What takes an earlier act back, and what passes by: each touches the item that it is about, and fades.

use std::collections::BTreeSet;

use libm::exp2;
use once_cell::sync::OnceCell;

use crate::catalog::{Catalog, Named, TagKind};
use crate::profile::derived::Derived;
use crate::profile::interaction::{Act, Signal};
use crate::profile::sizes::compared;

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
            self.usual = OnceCell::new();
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
        let (ix, time_ms) = (signal.of.ix(), signal.time_ms);
        let towards = if signal.act == Act::TooSmall { 1.0 } else { -1.0 };
        let sizes = compared(catalog, ix);
        let wrong = sizes.iter().filter(|(_, larger)| larger * towards <= 0.0).map(|size| size.0);
        self.misfits.extend(wrong.chain([ix]).map(|ix| (ix, time_ms)));
        let nearest = |a: &&(u32, f32), b: &&(u32, f32)| a.1.abs().total_cmp(&b.1.abs());
        let next = sizes.iter().filter(|(_, larger)| larger * towards > 0.0).min_by(nearest);
        if let Some(tag) = next.and_then(|next| catalog.tags_of_kind(next.0, TagKind::Size).next()) {
            self.like(tag, -signal.weight, time_ms, signal.open);
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
