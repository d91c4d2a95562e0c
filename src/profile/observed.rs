//! What happened in a stretch of time, for questions whose answers are randomised. Nothing about a sensitive topic and
//! nothing that was done for somebody else is in it.

use std::ops::Range;

use crate::catalog::{Catalog, Named};
use crate::profile::event::{EventName, ReturnReason, ShoppingMode};
use crate::profile::record::{Past, Stored, StoredItem};
use crate::profile::state::Basis;
use crate::profile::wrapping::Wrapping;
use crate::profile::{ProfileError, User};

/// One event with the items that may be told of.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) name: EventName,
    pub(crate) time_ms: i64,
    /// Items of the catalog in use.
    pub(crate) items: Vec<u32>,
    /// What was paid, with its currency.
    pub(crate) value: Option<(String, i64)>,
    /// Whether words were searched for that the catalog has.
    pub(crate) searched: bool,
    pub(crate) list: Option<String>,
    pub(crate) ranking: Option<String>,
    pub(crate) rating: Option<u8>,
    pub(crate) return_reason: Option<ReturnReason>,
}

impl User<'_> {
    /// Stored events of this time, in order, in milliseconds since 1970.
    ///
    /// # Errors
    /// A permit is no longer valid.
    pub(crate) fn observed(self, catalog: &Catalog, time: Range<i64>) -> Result<Vec<Observed>, ProfileError> {
        self.check()?;
        let state = self.profile.state();
        if self.permits.inference.is_err() || state.mode != ShoppingMode::Normal {
            return Ok(Vec::new());
        }
        let told = Basis { history: true, ..Basis::default() };
        let mut wrapping = Wrapping::default();
        let past = state.past.iter().take_while(|past| past.event.time_ms < time.end);
        let own = past.filter(|past| told.take(past)).filter(|past| !wrapping.wraps(&past.event));
        let during = own.filter(|past| past.event.time_ms >= time.start);
        Ok(during.filter_map(|past| observe(catalog, past)).collect())
    }
}

/// The event without items that a later catalog found to be about a topic; none if nothing else is left of it.
fn observe(catalog: &Catalog, Past { event, .. }: &Past) -> Option<Observed> {
    let named = event.items.iter().filter_map(|item| catalog.named(&item.id));
    let items: Vec<_> = named.filter(|of| catalog.sensitive_of(*of).is_empty()).map(Named::ix).collect();
    if items.is_empty() && !event.items.is_empty() {
        return None;
    }
    let is_whole = items.len() == event.items.len();
    Some(Observed {
        name: event.name(),
        time_ms: event.time_ms,
        items,
        value: value(event).filter(|_| is_whole),
        searched: event.search_term.is_some(),
        list: event.item_list_id.clone().filter(|_| is_whole),
        ranking: event.ranking_id.clone(),
        rating: event.rating,
        return_reason: event.return_reason,
    })
}

/// The value that was reported, or that of the items.
fn value(event: &Stored) -> Option<(String, i64)> {
    let of_item = |item: &StoredItem| Some(item.price_minor?.saturating_mul(item.quantity.into()));
    let of_items =
        || event.items.iter().map(of_item).try_fold(0_i64, |sum, value| Some(sum.saturating_add(value?)));
    Some((event.currency.clone()?, event.value_minor.or_else(of_items)?))
}
