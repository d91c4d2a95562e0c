//! What the user will likely spend in a year, as one of three bands that the shop's plan publishes. For this device; nothing that
//! sends takes it.

use crate::base::clock::DAY_MS;
use crate::base::money::Money;
use crate::catalog::Catalog;
use crate::catalog::plan::Spending;
use crate::profile::event::EventName;
use crate::profile::record::{Past, Stored};

/// Orders without which nothing is said.
const ORDERS: usize = 3;
/// A shorter time says nothing about a year: a busy first week is no habit.
const LEAST_DAYS: f64 = 90.0;
const YEAR_DAYS: f64 = 365.0;

/// A band of what users spend in a year, as the shop's plan publishes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum ValueBand {
    /// The lowest of the three.
    Low,
    /// The middle one.
    Medium,
    /// The highest one.
    High,
}

impl ValueBand {
    /// The word for it in a plan.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What the user will likely spend in a year, with its evidence.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ValuePrediction {
    /// The band of the shop's plan.
    pub band: ValueBand,
    /// Orders that are expected in a year.
    pub orders_a_year: f64,
    /// The mean value of an order.
    pub mean_order: Money,
    /// Number of orders it is based on.
    pub evidence_count: u32,
}

/// An order, or all of half a day.
struct Order<'a> {
    of: Vec<&'a Stored>,
    time_ms: i64,
    minor: i64,
}

/// The band of the user's orders, times their mean value: orders a year are those after the first one, divided by the time
/// since that (the rate of a Poisson process as in Ehrenberg 1959, so that who stays away counts for less and less). Orders less
/// than half a day apart are one, and what was paid back counts no more. None where the plan publishes no bands, or before the
/// third order in their currency.
pub(super) fn value<'a>(
    catalog: &Catalog,
    past: impl Iterator<Item = &'a Past>,
    now_ms: i64,
) -> Option<ValuePrediction> {
    let bands = catalog.plan().spending.as_ref()?;
    let mut orders: Vec<Order<'_>> = Vec::new();
    for event in past.map(|past| &past.event) {
        match event.name() {
            EventName::Purchase => note_order(catalog, bands, &mut orders, event, now_ms),
            EventName::Refund => pay_back(catalog, bands, &mut orders, event, now_ms),
            _ => {}
        }
    }
    orders.retain(|order| order.minor > 0);
    let (first, count) = (orders.first()?.time_ms, orders.len());
    if count < ORDERS {
        return None;
    }
    let days = now_ms.saturating_sub(first) as f64 / DAY_MS as f64;
    let orders_a_year = (count - 1) as f64 / days.max(LEAST_DAYS) * YEAR_DAYS;
    let mean = orders.iter().map(|order| order.minor as f64).sum::<f64>() / count as f64;
    let yearly = orders_a_year * mean;
    let band = if yearly < bands.medium_from.minor as f64 {
        ValueBand::Low
    } else if yearly < bands.high_from.minor as f64 {
        ValueBand::Medium
    } else {
        ValueBand::High
    };
    let mean_order = Money { minor: mean.round() as i64, currency: bands.medium_from.currency.clone() };
    let evidence_count = u32::try_from(count).unwrap_or(u32::MAX);
    Some(ValuePrediction { band, orders_a_year, mean_order, evidence_count })
}

fn note_order<'a>(
    catalog: &Catalog,
    bands: &Spending,
    orders: &mut Vec<Order<'a>>,
    event: &'a Stored,
    now_ms: i64,
) {
    let Some(minor) = worth(catalog, bands, event, now_ms) else { return };
    let same = |order: &&mut Order<'_>| event.time_ms.saturating_sub(order.time_ms) < DAY_MS / 2;
    if let Some(order) = orders.last_mut().filter(same) {
        order.of.push(event);
        order.minor = order.minor.saturating_add(minor);
    } else {
        orders.push(Order { of: vec![event], time_ms: event.time_ms, minor });
    }
}

/// Takes what was paid back off its order, or off the last one with one of its items.
fn pay_back(catalog: &Catalog, bands: &Spending, orders: &mut [Order<'_>], event: &Stored, now_ms: i64) {
    let is_of = |order: &Stored| match &event.transaction_id {
        Some(id) => order.transaction_id.as_ref() == Some(id),
        None => order.items.iter().any(|item| event.items.iter().any(|back| back.id == item.id)),
    };
    let Some(order) = orders.iter_mut().rev().find(|order| order.of.iter().any(|part| is_of(part))) else {
        return;
    };
    let back = if event.items.is_empty() && event.value_minor.is_none() {
        let parts = order.of.iter().filter(|part| is_of(part));
        parts.filter_map(|part| worth(catalog, bands, part, now_ms)).fold(0, i64::saturating_add)
    } else {
        worth(catalog, bands, event, now_ms).unwrap_or_default()
    };
    order.minor = order.minor.saturating_sub(back);
}

/// What an event is worth, in minor units of the currency of the bands: its value, or that of its items at the prices that the app
/// told, or else at those of the catalog.
fn worth(catalog: &Catalog, bands: &Spending, event: &Stored, now_ms: i64) -> Option<i64> {
    let currency = &bands.medium_from.currency;
    if event.currency.as_ref().is_some_and(|told| told != currency) {
        return None;
    }
    let of_item = |id: &str| {
        let price = catalog.price_at(catalog.named(id)?.ix(), now_ms)?;
        (price.currency == *currency).then_some(price.minor)
    };
    event.value_minor.or_else(|| {
        let prices = event.items.iter().map(|item| {
            let price = item.price_minor.or_else(|| of_item(&item.id))?;
            Some(price.saturating_mul(i64::from(item.quantity)))
        });
        prices.sum::<Option<i64>>()
    })
}
