//! What the events mean: how items were used, which tags and prices are liked, with how much
//! evidence. Sums decay by being scaled to one fixed moment, so that an event is added in O(tags)
//! and time passing costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use libm::exp2;
use once_cell::sync::OnceCell;

use crate::base::clock::DAY_MS;
use crate::base::sensitive::SensitiveTags;
use crate::catalog::{Catalog, Named};
use crate::profile::deeds::Deeds;
use crate::profile::event::EventName;
use crate::profile::interaction::{Act, InteractionWeights, Signal, searched_tags, topics_of_tag};
use crate::profile::record::Past;
use crate::profile::returns::Returns;
use crate::profile::undone::is_same_size;
use crate::profile::wrapping::Wrapping;

/// Half-life of a liking for a tag or a price, in days.
const TASTE_HALF_LIFE: f64 = 120.0;
/// Half-lives of the two measures of own frequency, in days.
const SHORT_HALF_LIFE: f64 = 60.0;
const LONG_HALF_LIFE: f64 = 365.0;

/// What is so much later is of another day, wherever in the world it is.
const HALF_A_DAY_MS: i64 = DAY_MS / 2;

/// Part of an interval after which something is nearly used up.
const NEARLY: f32 = 0.75;

/// How one product was used, whichever its variants.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Use {
    /// Acts of interest.
    pub(crate) count: u32,
    /// Purchases.
    pub(crate) bought: u32,
    pub(crate) last_ms: i64,
    pub(crate) last_bought_ms: i64,
    /// The variant that was looked at, wanted or bought last.
    pub(crate) last: Option<u32>,
    /// The variant that was bought last.
    pub(crate) last_bought: Option<u32>,
    /// How many were bought on the last occasion. Purchases less than half a day apart are one.
    units: f32,
    /// Days between occasions, and how many were used up in them.
    gap_days: f32,
    gap_units: f32,
    /// All that was done with it.
    pub(crate) deeds: Deeds,
    /// When it was last dismissed or regretted, if nothing better came after.
    pub(crate) dismissed_ms: Option<i64>,
    short: f64,
    long: f64,
    open: bool,
    /// The moment, from 1, at which it was first had.
    since: u32,
}

impl Use {
    /// Days for which what was bought last is enough: the user's own mean for one, drawn towards the shop's (`shop`, 0 where
    /// nobody buys it again), times how many were bought. `None` when neither is known: one purchase of what is kept says
    /// nothing.
    pub(crate) fn interval_days(&self, shop: f32) -> Option<f32> {
        let prior = if shop > 0.0 { 1.0 } else { 0.0 };
        let units = self.gap_units + prior;
        (units > 0.0).then(|| (self.gap_days + shop * prior) / units * self.units.max(1.0))
    }

    /// Takes in a purchase, not older than those before it.
    pub(super) fn note_purchase(&mut self, signal: &Signal) {
        let gap = signal.time_ms.saturating_sub(self.last_bought_ms) as f32 / DAY_MS as f32;
        let is_another = self.bought == 0 || gap >= 0.5;
        if self.bought > 0 && is_another {
            self.gap_days += gap;
            self.gap_units += self.units;
        }
        self.units = if is_another { 0.0 } else { self.units } + signal.quantity as f32;
        self.bought += 1;
        self.last_bought_ms = signal.time_ms;
        self.last_bought = Some(signal.of.ix());
    }

    /// Forgets all purchases.
    pub(super) fn forget_purchases(&mut self) {
        (self.bought, self.units, self.gap_days, self.gap_units) = (0, 0.0, 0.0, 0.0);
        (self.last_bought_ms, self.last_bought) = (0, None);
    }

    /// Whether what was bought is nearly used up at `now_ms`; never for what is kept.
    pub(crate) fn is_due(&self, shop: f32, now_ms: i64) -> bool {
        let since = now_ms.saturating_sub(self.last_bought_ms) as f32 / DAY_MS as f32;
        self.interval_days(shop).is_some_and(|days| since >= NEARLY * days)
    }
}

/// How much evidence there is for a tag.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Liking {
    pub(super) sum: f64,
    /// Acts behind it, …
    count: u32,
    /// … the days they are of, and when the last of these began.
    days: u32,
    day_ms: i64,
    /// Whether any of the acts had to do with no sensitive topic.
    open: bool,
    /// Whether any of them was a search for it.
    searched: bool,
}

/// The meaning of a set of events against one catalog.
#[derive(Debug, Clone, Default)]
pub(crate) struct Derived {
    /// In order of time.
    pub(crate) signals: Vec<Signal>,
    /// By the first variant of each product.
    pub(crate) uses: BTreeMap<u32, Use>,
    /// Variants that were the wrong ones and when, if nothing better came after.
    pub(crate) misfits: BTreeMap<u32, i64>,
    /// How often products were shown since anybody showed interest in them.
    pub(super) passed: BTreeMap<u32, f64>,
    /// What was bought with each order: the place among the signals and how many of it are left.
    pub(super) orders: BTreeMap<String, Vec<(usize, u32)>>,
    pub(super) tags: BTreeMap<u32, Liking>,
    /// How the user comes back to what they had.
    pub(crate) returns: Returns,
    /// The places of signals of what was bought and sent back.
    pub(super) sent_back: BTreeSet<usize>,
    /// What was ordered as a gift: that, its order and when.
    pub(super) gifts: Vec<(Named, Option<String>, i64)>,
    wrapping: Wrapping,
    /// The range of what the user usually pays, once somebody asked.
    pub(super) usual: OnceCell<Option<(f32, f32)>>,
    /// What was outgrown, once somebody asked.
    pub(super) outgrown: OnceCell<Vec<u32>>,
    /// What the tags that were searched for stand for.
    meant: BTreeMap<u32, SensitiveTags>,
    /// The strongest liking.
    pub(super) most: f64,
    price: [f64; 3],
    priced: u32,
    zero_ms: i64,
}

impl Derived {
    /// Adds one event, not older than those before it. Nothing of it counts that a later catalog found to be about a
    /// topic that may not.
    pub(crate) fn add(
        &mut self,
        catalog: &Catalog,
        weights: &InteractionWeights,
        past: &Past,
        topics: SensitiveTags,
    ) {
        let (event, time_ms) = (&past.event, past.event.time_ms);
        let is_gift = self.wrapping.wraps(event) && !past.gift;
        self.start_at(time_ms);
        if let Some(term) = &event.search_term {
            for tag in searched_tags(catalog, term) {
                let sensitive = *self.meant.entry(tag).or_insert_with(|| topics_of_tag(catalog, tag));
                if sensitive.is_subset_of(topics) {
                    self.like(tag, weights.search, time_ms, past.topic.is_none() && sensitive.is_empty());
                    self.tags.entry(tag).or_default().searched = true;
                }
            }
        }
        let known = event.items.iter().filter_map(|item| Some((catalog.named(&item.id)?, item.quantity)));
        let known = known.filter(|(of, _)| catalog.sensitive_of(*of).is_subset_of(topics));
        if event.name() == EventName::ViewItemList {
            known.for_each(|(of, _)| self.pass(catalog.product_of(of.ix()), time_ms));
            return;
        }
        let Some((act, weight)) = weights.of(event) else { return };
        let (order, items) = (event.transaction_id.as_ref(), known.collect::<Vec<(Named, u32)>>());
        if is_gift {
            return self.give(catalog, order, &items, weights.view, time_ms);
        }
        let is_back = event.name() == EventName::ReturnItem;
        let items = if is_back || act == Act::Unbuy { self.own(catalog, order, items) } else { items };
        if act == Act::Unbuy {
            let whole = event.items.is_empty();
            return self.pay_back(catalog, order, &items, whole, weight);
        }
        for (of, quantity) in items {
            if is_back && act == Act::Regret {
                self.send_back(order, of);
            }
            let open = past.topic.is_none() && catalog.sensitive_of(of).is_empty();
            self.add_signal(catalog, Signal { of, act, weight, time_ms, quantity: quantity.max(1), open });
            if let (Act::Buy, Some(order)) = (act, &event.transaction_id) {
                let place = self.signals.len().saturating_sub(1);
                self.orders.entry(order.clone()).or_default().push((place, quantity));
            }
        }
    }

    /// Adds one signal, not older than those before it.
    pub(crate) fn add_signal(&mut self, catalog: &Catalog, signal: Signal) {
        self.start_at(signal.time_ms);
        let ix = signal.of.ix();
        for &tag in catalog.tags(ix).iter().filter(|tag| signal.speaks_of(catalog, **tag)) {
            self.like(tag, signal.weight, signal.time_ms, signal.open);
        }
        if signal.weight > 0.0 {
            self.pay(catalog, ix, signal.weight, signal.time_ms);
            self.priced += u32::from(catalog.log_price(ix).is_some());
        }
        self.note_use(catalog, &signal);
        if signal.act == Act::Buy {
            self.forget_found();
        }
        self.signals.push(signal);
        match signal.act {
            Act::Unwant(from) => self.take_back_last(catalog, Act::Want(from), ix, signal.weight),
            Act::TooSmall | Act::TooLarge => self.note_size(catalog, &signal),
            _ => {}
        }
    }

    /// Counts a price for or against.
    pub(super) fn pay(&mut self, catalog: &Catalog, ix: u32, weight: f32, time_ms: i64) {
        let Some(ln_price) = catalog.log_price(ix) else { return };
        let (x, w) = (f64::from(ln_price), self.scaled(f64::from(weight), time_ms, TASTE_HALF_LIFE));
        let [sum, first, second] = &mut self.price;
        *sum += w;
        *first += w * x;
        *second += w * x * x;
    }

    fn note_use(&mut self, catalog: &Catalog, signal: &Signal) {
        let (ix, time) = (signal.of.ix(), signal.time_ms);
        let short = self.scaled(1.0, time, SHORT_HALF_LIFE);
        let long = self.scaled(1.0, time, LONG_HALF_LIFE);
        let product = catalog.product_of(ix);
        let used = self.uses.entry(product).or_default();
        used.open |= signal.open;
        used.deeds.note(signal.act);
        if signal.weight > 0.0 {
            self.returns.note(product, time, &mut used.since);
        }
        match signal.act {
            Act::Unwant(_) | Act::Unbuy | Act::TooSmall | Act::TooLarge => {}
            Act::Regret => used.dismissed_ms = Some(time),
            Act::Look | Act::Want(_) | Act::Buy => {
                self.passed.remove(&product);
                if let (Act::Buy, Named::Item(_)) = (signal.act, signal.of) {
                    self.misfits.retain(|wrong, _| !is_same_size(catalog, *wrong, ix));
                }
                if matches!(signal.of, Named::Item(_)) {
                    used.last = Some(ix);
                }
                used.dismissed_ms = used.dismissed_ms.filter(|_| signal.act == Act::Look);
                used.count += 1;
                used.short += short;
                used.long += long;
                used.last_ms = time;
            }
        }
        if signal.act == Act::Buy {
            used.note_purchase(signal);
        }
    }

    pub(super) fn start_at(&mut self, time_ms: i64) {
        if self.zero_ms == 0 {
            self.zero_ms = time_ms;
        }
    }

    pub(super) fn like(&mut self, tag: u32, weight: f32, time_ms: i64, open: bool) {
        self.lean(tag, weight, time_ms, open);
        if let Some(liking) = self.tags.get_mut(&tag).filter(|_| weight > 0.0) {
            liking.count += 1;
            if liking.days == 0 || time_ms.saturating_sub(liking.day_ms) >= HALF_A_DAY_MS {
                liking.days += 1;
                liking.day_ms = time_ms;
            }
        }
    }

    /// The same of what the user did not choose themselves: it is no act, and is not told as one.
    pub(super) fn lean(&mut self, tag: u32, weight: f32, time_ms: i64, open: bool) {
        let sum = self.scaled(f64::from(weight), time_ms, TASTE_HALF_LIFE);
        let liking = self.tags.entry(tag).or_default();
        liking.sum += sum;
        liking.open |= open;
        self.most = self.most.max(liking.sum);
    }

    /// A weight as it counts at the fixed moment.
    pub(super) fn scaled(&self, weight: f64, time_ms: i64, half_life_days: f64) -> f64 {
        weight * exp2(self.days(time_ms) / half_life_days)
    }

    pub(super) fn days(&self, time_ms: i64) -> f64 {
        (time_ms.saturating_sub(self.zero_ms)) as f64 / DAY_MS as f64
    }

    /// The likings, by tag. Shares of the strongest; negative for what is disliked.
    pub(crate) fn likings(&self) -> impl Iterator<Item = (u32, f32, u32)> + '_ {
        let most = self.most();
        self.tags.iter().map(move |(&tag, l)| (tag, ((l.sum / most) as f32).max(-1.0), l.count))
    }

    /// The liking of one tag, on the same scale as in [`likings`](Self::likings).
    pub(crate) fn strength(&self, tag: u32) -> f32 {
        self.tags.get(&tag).map_or(0.0, |l| ((l.sum / self.most()) as f32).max(-1.0))
    }

    /// The acts behind the liking of a tag.
    pub(crate) fn evidence_count(&self, tag: u32) -> u32 {
        self.tags.get(&tag).map_or(0, |l| l.count)
    }

    /// The days that those acts are of, at least half a day apart.
    pub(crate) fn days_of(&self, tag: u32) -> u32 {
        self.tags.get(&tag).map_or(0, |l| l.days)
    }

    /// Whether the user searched for a tag.
    pub(crate) fn was_searched(&self, tag: u32) -> bool {
        self.tags.get(&tag).is_some_and(|l| l.searched)
    }

    /// All that was done with a product, given by its first variant.
    pub(crate) fn deeds(&self, product: u32) -> Deeds {
        self.uses.get(&product).map(|used| used.deeds).unwrap_or_default()
    }

    /// Whether a tag may be named as a reason: what is known of it does not come from sensitive topics alone.
    pub(crate) fn may_name_tag(&self, tag: u32) -> bool {
        self.tags.get(&tag).is_none_or(|l| l.open)
    }

    /// Whether a product, given by its first variant, may be named as a reason.
    pub(crate) fn may_name_product(&self, product: u32) -> bool {
        self.uses.get(&product).is_none_or(|u| u.open)
    }

    fn most(&self) -> f64 {
        self.most.max(f64::MIN_POSITIVE)
    }

    /// Mean and deviation of the log prices that were liked, with the acts behind them.
    pub(crate) fn price(&self) -> Option<(f32, f32, u32)> {
        let [sum, first, second] = self.price;
        if self.priced == 0 || sum <= 0.0 || !sum.is_finite() {
            return None;
        }
        let mean = first / sum;
        let variance = (second / sum - mean * mean).max(0.0);
        Some((mean as f32, variance.sqrt() as f32, self.priced))
    }

    /// How much of what is summed is left at `now_ms`.
    pub(crate) fn fading(&self, now_ms: i64) -> Fading {
        let days = self.days(now_ms);
        let left = |half_life: f64| exp2(-days / half_life);
        Fading { short: left(SHORT_HALF_LIFE), long: left(LONG_HALF_LIFE) }
    }
}

/// What is left of sums at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fading {
    short: f64,
    long: f64,
}

impl Fading {
    /// Own frequency of a product, with a half-life of 60 and of 365 days.
    pub(crate) fn of(self, used: &Use) -> (f32, f32) {
        ((used.short * self.short) as f32, (used.long * self.long) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_of_one_visit_are_of_one_day_and_what_takes_back_is_of_none() {
        let (mut derived, hour) = (Derived::default(), DAY_MS / 24);
        for (at, weight, count, days) in [
            (1, 1.0, 1, 1),
            (2, 1.0, 2, 1),
            (12, 1.0, 3, 1),
            (20, -1.0, 3, 1),
            (21, 1.0, 4, 2),
            (44, 1.0, 5, 3),
        ] {
            derived.like(7, weight, at * hour, true);
            assert_eq!((derived.evidence_count(7), derived.days_of(7)), (count, days), "after {at} hours");
        }
        assert_eq!(derived.days_of(8), 0);
    }
}
