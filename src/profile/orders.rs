//! What the user ordered and kept, as orders: for what is told from how often and for how much they buy.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::clock::DAY_MS;
use crate::profile::event::EventName;
use crate::profile::record::{Past, Stored};

/// Two years.
const LATELY_MS: i64 = 730 * DAY_MS;

/// An order, or all of half a day, with what was paid back of it.
pub(super) struct Order<'a> {
    /// When it was placed, in milliseconds since 1970.
    pub(super) time_ms: i64,
    parts: Vec<&'a Stored>,
    back: Vec<&'a Stored>,
}

/// The orders of which something is left, oldest first. A refund belongs to the order that it names, else to the last one with
/// any of its items.
pub(super) fn orders<'a>(past: impl Iterator<Item = &'a Past>) -> Vec<Order<'a>> {
    let mut orders: Vec<Order<'a>> = Vec::new();
    for event in past.map(|past| &past.event) {
        match event.name() {
            EventName::Purchase => note(&mut orders, event),
            EventName::Refund => {
                let of = |order: &&mut Order<'_>| order.parts.iter().any(|part| is_of(event, part));
                if let Some(order) = orders.iter_mut().rev().find(of) {
                    order.back.push(event);
                }
            }
            _ => {}
        }
    }
    orders.retain(Order::is_left);
    orders.sort_by_key(|order| order.time_ms);
    orders
}

/// Those of the last two years, which say how often the user orders: what is older is not what they do now, and a clock that was
/// set wrong for a day must not stretch it.
pub(super) fn recent_orders<'a>(past: impl Iterator<Item = &'a Past>, now_ms: i64) -> Vec<Order<'a>> {
    let mut orders = orders(past);
    let (from, until) = (now_ms.saturating_sub(LATELY_MS), now_ms.saturating_add(DAY_MS));
    orders.retain(|order| (from..until).contains(&order.time_ms));
    orders
}

fn note<'a>(orders: &mut Vec<Order<'a>>, event: &'a Stored) {
    let same = |order: &&mut Order<'_>| event.time_ms.abs_diff(order.time_ms) < DAY_MS.unsigned_abs() / 2;
    match orders.last_mut().filter(same) {
        Some(order) => order.parts.push(event),
        None => orders.push(Order { time_ms: event.time_ms, parts: vec![event], back: Vec::new() }),
    }
}

/// Whether a refund is of this purchase.
fn is_of(back: &Stored, part: &Stored) -> bool {
    match &back.transaction_id {
        Some(id) => part.transaction_id.as_ref() == Some(id),
        None => part.items.iter().any(|item| back.items.iter().any(|of| of.id == item.id)),
    }
}

/// Whether a refund names nothing, and so is of a whole purchase.
fn is_whole(back: &Stored) -> bool {
    back.items.is_empty() && back.value_minor.is_none()
}

impl Order<'_> {
    /// What is left of it in minor units, by what one event is worth; `None` if nobody can tell.
    pub(super) fn minor(&self, worth: impl Fn(&Stored) -> Option<i64>) -> Option<i64> {
        let known = self.kept().filter_map(&worth);
        let paid = known.reduce(i64::saturating_add)?;
        let back = self.back.iter().filter(|back| !is_whole(back)).filter_map(|back| worth(back));
        Some(back.fold(paid, i64::saturating_sub))
    }

    /// How many order numbers are left in it: the same number twice is one order, and so is all that has none.
    pub(super) fn numbers(&self) -> usize {
        let numbers: BTreeSet<_> = self.kept().map(|part| part.transaction_id.as_ref()).collect();
        numbers.into_iter().filter(|number| self.has_left(*number)).count()
    }

    /// The purchases that were not paid back as a whole.
    fn kept(&self) -> impl Iterator<Item = &Stored> {
        let gone = |part: &Stored| self.back.iter().any(|back| is_whole(back) && is_of(back, part));
        self.parts.iter().copied().filter(move |part| !gone(part))
    }

    fn is_left(&self) -> bool {
        self.numbers() > 0
    }

    /// Whether anything is left of what has this number: an item, or some of what was paid.
    fn has_left(&self, number: Option<&String>) -> bool {
        let parts: Vec<&Stored> = self.kept().filter(|part| part.transaction_id.as_ref() == number).collect();
        let back = || self.back.iter().filter(|back| parts.iter().any(|part| is_of(back, part)));
        let mut left: BTreeMap<&str, i64> = BTreeMap::new();
        for item in parts.iter().flat_map(|part| &part.items) {
            *left.entry(&item.id).or_default() += i64::from(item.quantity);
        }
        for item in back().flat_map(|back| &back.items) {
            left.entry(&item.id).and_modify(|count| *count -= i64::from(item.quantity));
        }
        let paid = parts.iter().try_fold(0_i64, |sum, part| Some(sum.saturating_add(part.value_minor?)));
        let comparable = |back: &Stored| parts.iter().all(|part| part.currency == back.currency);
        let returned = back().filter(|back| comparable(back)).filter_map(|back| back.value_minor);
        let returned = returned.fold(0, i64::saturating_add);
        (left.is_empty() || left.values().any(|count| *count > 0))
            && !(returned > 0 && paid.is_some_and(|paid| returned >= paid))
    }
}
