//! One event as it is kept: in memory, and sealed in the vault.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::codec::{Parts, Record};
use crate::base::sensitive::SensitiveTag;
use crate::profile::event::{Event, EventName, ReturnReason};
use crate::vault::RecordId;

/// What is sealed of one event. Its serialized fields are one part and never change; what is added is another part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    name: u8,
    /// Milliseconds since 1970.
    pub(crate) time_ms: i64,
    pub(crate) items: Vec<StoredItem>,
    pub(crate) currency: Option<String>,
    pub(crate) value_minor: Option<i64>,
    pub(crate) transaction_id: Option<String>,
    pub(crate) search_term: Option<String>,
    pub(crate) item_list_id: Option<String>,
    pub(crate) ranking_id: Option<String>,
    pub(crate) dwell_bucket: Option<u8>,
    pub(crate) promotion_id: Option<String>,
    pub(crate) rating: Option<u8>,
    pub(crate) return_reason: Option<ReturnReason>,
    pub(crate) payment_type: Option<String>,
    pub(crate) shipping_tier: Option<String>,
    /// When it happened by the device's own time, in milliseconds.
    #[serde(skip)]
    pub(crate) device_ms: i64,
}

/// One item of a stored event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredItem {
    pub(crate) id: String,
    pub(crate) quantity: u32,
    pub(crate) price_minor: Option<i64>,
}

impl Stored {
    /// The event as it will be kept. `time_ms` is when it happened, `device_ms` the same by the device's own time.
    pub(crate) fn of(event: Event, time_ms: i64, device_ms: i64) -> Self {
        let currency = event.money().next().map(|money| money.currency.clone());
        let items = event.items.into_iter().map(|i| StoredItem {
            id: i.item_id,
            quantity: i.quantity,
            price_minor: i.price.map(|price| price.minor),
        });
        Self {
            name: event.name.code(),
            time_ms,
            items: items.collect(),
            currency,
            value_minor: event.value.map(|value| value.minor),
            transaction_id: event.transaction_id,
            search_term: event.search_term,
            item_list_id: event.item_list_id,
            ranking_id: event.ranking_id,
            dwell_bucket: event.dwell_bucket,
            promotion_id: event.promotion_id,
            rating: event.rating,
            return_reason: event.return_reason,
            payment_type: event.payment_type,
            shipping_tier: event.shipping_tier,
            device_ms,
        }
    }

    /// What happened; an unknown number reads as an impression, which says nothing.
    pub(crate) fn name(&self) -> EventName {
        EventName::from_code(self.name).unwrap_or(EventName::ImpressionEnd)
    }

    /// Whether it is the same act as `other`, whenever that was.
    pub(crate) fn same_act(&self, other: &Self) -> bool {
        // Another quantity is another act: it was corrected.
        let items = |s: &Self| s.items.iter().map(|i| (i.id.clone(), i.quantity)).collect::<BTreeSet<_>>();
        // Of a search whose term is left out nobody can say what it was for.
        let is_known = self.name() != EventName::Search || self.search_term.is_some();
        is_known
            && self.name == other.name
            && self.transaction_id == other.transaction_id
            && self.search_term == other.search_term
            && self.promotion_id == other.promotion_id
            && self.item_list_id == other.item_list_id
            && items(self) == items(other)
    }
}

impl Record for Stored {
    const WHAT: &'static str = "event";
    const VERSION: u8 = 3;
    const FIRST: u8 = 3;

    fn parts(&self) -> impl Serialize {
        (self, self.device_ms)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        let stored: Self = parts.next()?;
        Some(Self { device_ms: parts.next()?, ..stored })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        match version {
            // There was one time only.
            1 => body.next().map(|stored: Self| Self { device_ms: stored.time_ms, ..stored }),
            2 => Self::read(body),
            _ => None,
        }
    }
}

/// An event in memory, with where else it lives.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) event: Stored,
    /// Set when it is sealed under the purpose `history`.
    pub(crate) record: Option<RecordId>,
    /// The sensitive topic that it is about, in whose compartment it is sealed.
    pub(crate) topic: Option<SensitiveTag>,
    /// Whether it belongs to the visit under way, under the purpose `session`.
    pub(crate) in_session: bool,
    /// Whether it was made while shopping for somebody else.
    pub(crate) gift: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codec::{Newer, Unread};

    #[test]
    fn a_record_reads_back_and_hostile_bytes_do_not() {
        let event = Event::about(EventName::Purchase, ["a", "b"]);
        let stored = Stored::of(event, 77, 78);
        let bytes = stored.encode().unwrap();
        assert_eq!(Stored::decode(&bytes), Ok(stored));
        assert_eq!(Stored::decode(&[]), Err(Unread::Damaged));
        assert_eq!(Stored::decode(&bytes[..bytes.len() - 1]), Err(Unread::Damaged));
        let mut newer = bytes;
        newer[..2].fill(4);
        assert_eq!(Stored::decode(&newer), Err(Newer { what: "event" }.into()));
        let old = postcard::to_extend(&Stored::of(Event::about(EventName::Purchase, ["a"]), 77, 0), vec![1]);
        assert_eq!(Stored::decode(&old.unwrap()).unwrap().device_ms, 77, "what is older has one time only");
    }
}
