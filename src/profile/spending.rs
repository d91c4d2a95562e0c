//! What the user will likely spend in a year, as one of three bands that the shop's plan publishes. For this device; nothing that
//! sends takes it.

use crate::base::clock::DAY_MS;
use crate::base::money::Money;
use crate::catalog::Catalog;
use crate::catalog::plan::Spending;
use crate::profile::orders::{Order, recent_orders};
use crate::profile::record::{Past, Stored};
use crate::profile::worded::worded;

/// Orders without which nothing is said.
const ORDERS: usize = 3;
/// A shorter time says nothing about a year: a busy first week is no habit.
const LEAST_DAYS: f64 = 90.0;
const YEAR_DAYS: f64 = 365.0;

worded! {
    /// A band of what users spend in a year, as the shop's plan publishes them.
    ValueBand {
        /// The lowest of the three.
        Low = "low";
        /// The middle one.
        Medium = "medium";
        /// The highest one.
        High = "high";
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

/// The band of the user's orders of the last two years, times their mean value: orders a year are those after the first one,
/// divided by the time since that (the rate of a Poisson process as in Ehrenberg 1959, so that who stays away counts for less and
/// less). What was paid back counts no more. None where the plan publishes no bands, or before the third order in their currency.
pub(super) fn value<'a>(
    catalog: &Catalog,
    past: impl Iterator<Item = &'a Past>,
    now_ms: i64,
) -> Option<ValuePrediction> {
    let bands = catalog.plan().spending.as_ref()?;
    let paid = |order: &Order<'_>| order.minor(|event| worth(catalog, bands, event, now_ms));
    let orders = recent_orders(past, now_ms);
    let paid =
        orders.iter().filter_map(|order| Some((order.time_ms, paid(order).filter(|minor| *minor > 0)?)));
    let orders: Vec<(i64, i64)> = paid.collect();
    let (first, count) = (orders.first()?.0, orders.len());
    if count < ORDERS {
        return None;
    }
    let days = now_ms.saturating_sub(first) as f64 / DAY_MS as f64;
    let orders_a_year = (count - 1) as f64 / days.max(LEAST_DAYS) * YEAR_DAYS;
    let mean = orders.iter().map(|order| order.1 as f64).sum::<f64>() / count as f64;
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
