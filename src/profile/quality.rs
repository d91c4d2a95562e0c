//! Is the event fit to learn from? Limits of the schema, clocks, repeats, refreshes and robots.

use crate::base::clock::DAY_MS;
use crate::base::limits::{EVENT_ITEMS, ID, QUANTITY, SEARCH_TERM};
use crate::base::money::Money;
use crate::base::sensitive::SensitiveTag;
use crate::profile::event::{DropReason, Event, EventName, TrackWarning, Unfit};
use crate::profile::record::{Past, Stored};

/// How far ahead of the clock an event may be.
const AHEAD_MS: i64 = 5 * 60_000;
/// How old an event may be.
const OLDEST_MS: i64 = 730 * DAY_MS;
/// The same act within this time was reported twice.
const REPEAT_MS: i64 = 2_000;
/// The same page within this time was reloaded.
const REFRESH_MS: i64 = 30_000;
/// More acts than this in [`BURST_MS`] are not a user's.
const BURST: usize = 40;
const BURST_MS: i64 = 10_000;
/// More pages than this in [`CRAWL_MS`] are not a user's.
const CRAWL: usize = 240;
const CRAWL_MS: i64 = 600_000;
/// So many digits are a number that somebody has: the last four of a card already.
const NUMBER: usize = 4;
/// The most words that name a kind, such as `pay in three parts`.
const KIND_WORDS: usize = 4;

/// Checks what an event says about itself, repairs what can be repaired, and gives its time.
pub(crate) fn check_form(
    event: &mut Event,
    now_ms: i64,
    warnings: &mut Vec<TrackWarning>,
) -> Result<i64, Unfit> {
    // A whole order is paid back by its number.
    let is_order = event.name == EventName::Refund && event.transaction_id.is_some();
    if event.name.needs_items() && !is_order && event.items.is_empty() {
        return Err(Unfit { reason: DropReason::NoItems, field: Some("items") });
    }
    if let Some(field) = unfit_field(event) {
        return Err(Unfit { reason: DropReason::Invalid, field: Some(field) });
    }
    check_time(event.time_ms, now_ms, warnings).map_err(|reason| Unfit { reason, field: Some("time_ms") })
}

fn check_time(
    time_ms: Option<i64>,
    now_ms: i64,
    warnings: &mut Vec<TrackWarning>,
) -> Result<i64, DropReason> {
    let Some(time) = time_ms else { return Ok(now_ms) };
    if time > now_ms.saturating_add(AHEAD_MS) {
        return Err(DropReason::InFuture);
    }
    if time < now_ms.saturating_sub(OLDEST_MS) {
        return Err(DropReason::TooOld);
    }
    if time > now_ms {
        warnings.push(TrackWarning::TimeAdjusted);
    }
    Ok(time.min(now_ms))
}

/// Whether a text can be a kind of payment or delivery: a few words. A card's or an account's number, an address of any kind or
/// a sentence is none.
fn is_kind(text: &str) -> bool {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let is_plain = |c: char| c.is_alphanumeric() || " _-.+/&()".contains(c);
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count();
    ID.takes(text.len()) && digits < NUMBER && text.chars().all(is_plain) && (1..=KIND_WORDS).contains(&words)
}

/// The first field that breaks a limit or cannot be meant.
fn unfit_field(event: &Event) -> Option<&'static str> {
    let id = |text: &str| !text.is_empty() && ID.takes(text.len());
    let given = |text: &Option<String>| text.as_deref().is_none_or(id);
    let rated = event.name == EventName::RateItem;
    let searched = event.name == EventName::Search;
    let term = event.search_term.as_deref();
    let checks = [
        ("items", EVENT_ITEMS.takes(event.items.len()) && event.items.iter().all(|i| id(&i.item_id))),
        ("quantity", event.items.iter().all(|i| QUANTITY.number("quantity", i.quantity).is_ok())),
        ("price", event.items.iter().filter_map(|i| i.price.as_ref()).all(Money::is_sound)),
        ("value", event.value.iter().all(Money::is_sound)),
        ("value", event.money().zip(event.money().skip(1)).all(|(a, b)| a.currency == b.currency)),
        ("transaction_id", given(&event.transaction_id)),
        (
            "search_term",
            term.map_or(!searched, |t| SEARCH_TERM.takes(t.len()) && !(searched && t.trim().is_empty())),
        ),
        ("item_list_id", given(&event.item_list_id)),
        ("ranking_id", given(&event.ranking_id)),
        ("dwell_bucket", event.dwell_bucket.is_none_or(|d| d <= 3)),
        ("promotion_id", given(&event.promotion_id)),
        ("rating", event.rating.map_or(!rated, |r| (1..=5).contains(&r))),
        ("payment_type", event.payment_type.as_deref().is_none_or(is_kind)),
        ("shipping_tier", event.shipping_tier.as_deref().is_none_or(is_kind)),
    ];
    checks.into_iter().find(|(_, fits)| !fits).map(|(field, _)| field)
}

/// Checks an event against those before it, which are in order of time.
pub(crate) fn check_against(past: &[Past], event: &Stored) -> Result<(), DropReason> {
    if event.name() == EventName::Purchase && event.transaction_id.is_some() && already_bought(past, event) {
        return Err(DropReason::Duplicate);
    }
    let (mut burst, mut crawl, mut elsewhere) = (0, 0, false);
    for Past { event: earlier, topic, .. } in past.iter().rev() {
        let gap = event.time_ms - earlier.time_ms;
        if gap > CRAWL_MS {
            break;
        }
        if gap < -CRAWL_MS {
            continue;
        }
        let gap = gap.abs();
        if gap < REFRESH_MS && event.same_act(earlier) {
            if gap < REPEAT_MS {
                return Err(DropReason::Duplicate);
            }
            if event.name() == EventName::ViewItem && !elsewhere {
                return Err(DropReason::Refresh);
            }
        }
        // Who comes back from another page compares; who stays reloads.
        elsewhere |= earlier.name() == EventName::ViewItem && !event.same_act(earlier);
        // The parts of an event are one act.
        let is_first = parts_at(past, earlier).min() == Some(*topic);
        burst += usize::from(is_first && gap < BURST_MS);
        crawl += usize::from(is_first && earlier.name() == EventName::ViewItem);
    }
    // An order is checked by others before it is reported: whatever came before it, it is a user's.
    let is_order = matches!(event.name(), EventName::Purchase | EventName::Refund);
    if (burst >= BURST && !is_order) || (event.name() == EventName::ViewItem && crawl >= CRAWL) {
        return Err(DropReason::Bot);
    }
    Ok(())
}

/// The topics, or none, of what was noted at the same moment under the same name.
fn parts_at<'a>(past: &'a [Past], event: &'a Stored) -> impl Iterator<Item = Option<SensitiveTag>> + 'a {
    let from = past.partition_point(|p| p.event.time_ms < event.time_ms);
    let at_once = past.iter().skip(from).take_while(|p| p.event.time_ms == event.time_ms);
    at_once.filter(|p| p.event.name() == event.name()).map(|p| p.topic)
}

fn already_bought(past: &[Past], event: &Stored) -> bool {
    past.iter()
        .any(|p| p.event.name() == EventName::Purchase && p.event.transaction_id == event.transaction_id)
}

/// Number of events that were kept or dropped, by reason, since the engine was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, uniffi::Record)]
pub struct DataQualityReport {
    /// Sealed on the device.
    pub stored: u64,
    /// Kept in memory for this visit.
    pub session_only: u64,
    /// Dropped because of missing consent or private mode.
    pub not_permitted: u64,
    /// Dropped as a duplicate, or a reload of the same page.
    pub repeated: u64,
    /// Dropped because no human user made it.
    pub automated: u64,
    /// Dropped because it breaks the schema or has a time out of range.
    pub malformed: u64,
    /// Dropped because the catalog has none of its items.
    pub unknown_items: u64,
    /// Dropped as sensitive.
    pub sensitive: u64,
    /// Stored by a newer version of this library: kept, and not used until the app is updated.
    pub newer: u64,
}

impl DataQualityReport {
    pub(crate) fn note_drop(&mut self, reason: DropReason) {
        let counter = match reason {
            DropReason::ConsentPending
            | DropReason::ConsentRefused
            | DropReason::ConsentExpired
            | DropReason::ConsentForbidden
            | DropReason::PrivateMode
            | DropReason::Locked => &mut self.not_permitted,
            DropReason::Duplicate | DropReason::Refresh => &mut self.repeated,
            DropReason::Bot => &mut self.automated,
            DropReason::Invalid | DropReason::NoItems | DropReason::InFuture | DropReason::TooOld => {
                &mut self.malformed
            }
            DropReason::UnknownItems => &mut self.unknown_items,
            DropReason::Sensitive => &mut self.sensitive,
        };
        *counter += 1;
    }
}
