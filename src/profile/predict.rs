//! What may come next: where the user is on the way to a purchase, what runs out, and what they may spend. For this
//! device; what of it leaves is randomised first.

use std::collections::BTreeSet;

use crate::base::clock::DAY_MS;
use crate::base::clock::SESSION_GAP_MS;
use crate::catalog::Catalog;
use crate::profile::event::EventName;
use crate::profile::orders::{orders, recent_orders};
use crate::profile::record::{Past, Stored};
use crate::profile::spending::{ValuePrediction, value};
use crate::profile::worded::worded;
use crate::profile::{Evidence, ProfileError, User};

/// Acts without which nothing is predicted.
const SIGNS: u32 = 3;

worded! {
    /// How near the user seems to be to a purchase.
    Stage {
        /// Nothing is known.
        New = "new";
        /// Browsing.
        Discovery = "discovery";
        /// Comparing: the same items or categories repeatedly.
        Evaluation = "evaluation";
        /// A cart or checkout is in progress.
        Purchase = "purchase";
        /// Has bought before, and not had it all paid back.
        Repeat = "repeat";
    }
}

/// A prediction about the user, with its evidence.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Prediction {
    /// From 0 (certainly not) to 1 (certainly).
    pub likelihood: f64,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
}

/// A product that will be needed again.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Replenishment {
    /// The variant that was bought last.
    pub item_id: String,
    /// When it was last bought, in milliseconds since 1970.
    pub last_bought_ms: i64,
    /// When it is expected to be needed, in milliseconds since 1970.
    pub due_ms: i64,
    /// Number of own purchases it is based on.
    pub evidence_count: u32,
}

/// What may come next, as far as there is evidence. For this device and its user only: nothing that sends takes it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Predictions {
    /// How near the user seems to be to a purchase.
    pub stage: Stage,
    /// How likely a purchase is in this visit. None without one, and before the third act that speaks of it.
    pub purchase: Option<Prediction>,
    /// How likely it is that the user stays away: the share of users who buy as often as this one that would have bought again
    /// by now, if the time between two orders is exponential (Ehrenberg 1959). Orders less than half a day apart are one; those
    /// older than two years, or paid back, do not count. None before the third.
    pub churn: Option<Prediction>,
    /// What was bought before and will be needed again, soonest first: what the user, or the shop's customers by its history,
    /// buy again. What was sent back or refunded or is not wanted is not there.
    pub replenishments: Vec<Replenishment>,
    /// What the user will likely spend in a year, by the bands of the shop's plan: orders a year times their mean value. Orders a
    /// year are those after the first one, divided by the time since that, at least 90 days (the rate of a Poisson process,
    /// Ehrenberg 1959), as in `churn`. None before the third, and where the plan has no bands.
    #[uniffi(default = None)]
    pub value: Option<ValuePrediction>,
}

/// What may come next for a user; nothing for who may not be known.
///
/// # Errors
/// A permit is no longer valid.
pub fn predictions(
    catalog: &Catalog,
    user: Option<User<'_>>,
    now_ms: i64,
) -> Result<Predictions, ProfileError> {
    let gathered = user.map(|user| Evidence::gather(user, catalog, now_ms)).transpose()?;
    let evidence = gathered.unwrap_or(Evidence { now_ms, ..Evidence::default() });
    let state = user.map(|user| user.profile.state());
    let past = state.as_ref().map(|state| state.past.as_slice()).unwrap_or_default();
    let known = || past.iter().filter(|past| evidence.basis.take(past));
    let orders: Vec<i64> = recent_orders(known(), now_ms).iter().map(|order| order.time_ms).collect();
    let last_ms = known().next_back().map(|past| past.event.time_ms);
    let visiting = last_ms.is_some_and(|last| now_ms.abs_diff(last) < SESSION_GAP_MS.unsigned_abs());
    Ok(Predictions {
        stage: stage(known(), now_ms),
        purchase: Some(evidence.purchase_likelihood())
            .filter(|said| visiting && said.evidence_count >= SIGNS),
        churn: churn(&orders, now_ms),
        replenishments: evidence.replenishments(catalog),
        value: value(catalog, known(), now_ms),
    })
}

/// The likelihood that who ordered at these times stays away, with the orders it is based on.
fn churn(orders: &[i64], now_ms: i64) -> Option<Prediction> {
    let (first, last) = (orders.first()?, orders.last()?);
    let count = u32::try_from(orders.len()).ok().filter(|count| *count >= SIGNS)?;
    let mean = last.saturating_sub(*first) as f64 / f64::from(count - 1);
    let since = now_ms.saturating_sub(*last).max(0) as f64;
    let likelihood = if mean > 0.0 { 1.0 - (-since / mean).exp() } else { return None };
    Some(Prediction { likelihood, evidence_count: count })
}

/// The stage that the last thirty days of events speak of.
pub(super) fn stage<'a>(past: impl DoubleEndedIterator<Item = &'a Past> + Clone, now_ms: i64) -> Stage {
    let lately = || {
        let events = past.clone().rev().map(|p| &p.event);
        events.take_while(|e| now_ms.saturating_sub(e.time_ms) < 30 * DAY_MS)
    };
    let after_purchase = lately().take_while(|e| e.name() != EventName::Purchase);
    let (mut cart, mut looks, mut again) = (0, 0, 0);
    let (mut seen, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for event in after_purchase {
        match event.name() {
            // The newest comes first.
            EventName::RemoveFromCart => removed.extend(event.items.iter().map(|item| &item.id)),
            EventName::AddToCart if is_all_of(event, &removed) => {}
            EventName::AddToCart | EventName::BeginCheckout | EventName::AddPaymentInfo => cart += 1,
            EventName::ViewItem => {
                looks += 1;
                again += event.items.iter().filter(|i| !seen.insert(i.id.clone())).count();
            }
            _ => {}
        }
    }
    if cart > 0 {
        Stage::Purchase
    } else if again >= 2 {
        Stage::Evaluation
    } else if !orders(past).is_empty() {
        Stage::Repeat
    } else if looks > 0 {
        Stage::Discovery
    } else {
        Stage::New
    }
}

/// Whether an event is about some of these items and no others.
fn is_all_of(event: &Stored, items: &BTreeSet<&String>) -> bool {
    !event.items.is_empty() && event.items.iter().all(|item| items.contains(&item.id))
}

impl Evidence {
    /// What was bought before and will be needed again, soonest first.
    #[must_use]
    pub fn replenishments(&self, catalog: &Catalog) -> Vec<Replenishment> {
        let is_kept = |ix: u32| !self.blocks(catalog, ix) && !self.avoids(ix);
        let bought = self
            .derived
            .uses
            .iter()
            .filter(|(_, used)| used.dismissed_ms.is_none() && used.last_bought.is_some_and(is_kept));
        let mut due: Vec<Replenishment> = bought
            .filter_map(|(&ix, used)| {
                let days = used.interval_days(catalog.repurchase_days(ix))?;
                Some(Replenishment {
                    item_id: catalog.item_id(used.last_bought.unwrap_or(ix)).to_owned(),
                    last_bought_ms: used.last_bought_ms,
                    due_ms: used.last_bought_ms.saturating_add((days * DAY_MS as f32) as i64),
                    evidence_count: used.bought,
                })
            })
            .collect();
        due.sort_by(|a, b| a.due_ms.cmp(&b.due_ms).then_with(|| a.item_id.cmp(&b.item_id)));
        due
    }

    /// How likely a purchase is in this visit: acts of this kind of weight, the later the more.
    /// A rule of thumb (a logistic curve over decayed interest), not a trained model.
    #[must_use]
    pub fn purchase_likelihood(&self) -> Prediction {
        let signals = self.derived.signals.iter().rev().take(50);
        let (mut interest, mut count) = (0.0_f64, 0);
        for signal in signals {
            let hours = self.now_ms.saturating_sub(signal.time_ms) as f64 / 3_600_000.0;
            let bought = signal.act == crate::profile::interaction::Act::Buy;
            interest += if bought { 0.0 } else { f64::from(signal.weight) * (-hours / 24.0).exp2() };
            count += 1;
        }
        Prediction { likelihood: 1.0 / (1.0 + (3.0 - interest / 3.0).exp()), evidence_count: count }
    }
}
