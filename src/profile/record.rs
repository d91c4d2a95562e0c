//! One event as it is kept: in memory, and sealed in the vault with a version byte in front.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::profile::event::{Event, EventName, ReturnReason};
use crate::vault::RecordId;

/// Version of [`Stored`] on disk: the fields of version 1, then the device's time.
const VERSION: u8 = 2;
const OLD_VERSION: u8 = 1;

/// What is sealed of one event. Fields are only ever added under a new [`VERSION`].
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
        let items = event.items.into_iter().map(|i| StoredItem {
            id: i.item_id,
            quantity: i.quantity.max(1),
            price_minor: i.price_minor,
        });
        Self {
            name: event.name.code(),
            time_ms,
            items: items.collect(),
            currency: event.currency,
            value_minor: event.value_minor,
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

    /// The bytes to seal.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        postcard::to_extend(&(self, self.device_ms), vec![VERSION]).ok()
    }

    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, body) = bytes.split_first()?;
        let (mut stored, rest) = postcard::take_from_bytes::<Self>(body).ok()?;
        stored.device_ms = match *version {
            OLD_VERSION => stored.time_ms,
            VERSION => postcard::from_bytes(rest).ok()?,
            _ => return None,
        };
        Some(stored)
    }

    /// Whether it is the same act as `other`, whenever that was.
    pub(crate) fn same_act(&self, other: &Self) -> bool {
        let ids = |s: &Self| s.items.iter().map(|i| i.id.clone()).collect::<BTreeSet<_>>();
        self.name == other.name
            && self.transaction_id == other.transaction_id
            && self.search_term == other.search_term
            && self.promotion_id == other.promotion_id
            && self.item_list_id == other.item_list_id
            && ids(self) == ids(other)
    }
}

/// An event in memory, with where else it lives.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) event: Stored,
    /// Set when it is sealed under the purpose `history`.
    pub(crate) record: Option<RecordId>,
    /// Whether it belongs to the visit under way, under the purpose `session`.
    pub(crate) in_session: bool,
    /// Whether it was made while shopping for somebody else.
    pub(crate) gift: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_hostile_bytes_do_not() {
        let event = Event::about(EventName::Purchase, ["a", "b"]);
        let stored = Stored::of(event, 77, 78);
        let bytes = stored.encode().unwrap();
        assert_eq!(Stored::decode(&bytes), Some(stored));
        assert_eq!(Stored::decode(&[]), None);
        assert_eq!(Stored::decode(&bytes[..bytes.len() - 1]), None);
        let mut newer = bytes;
        newer[0] = 3;
        assert_eq!(Stored::decode(&newer), None);
        let old = postcard::to_extend(&Stored::of(Event::about(EventName::Purchase, ["a"]), 77, 0), vec![1]);
        assert_eq!(Stored::decode(&old.unwrap()).unwrap().device_ms, 77, "what is older has one time only");
    }
}
