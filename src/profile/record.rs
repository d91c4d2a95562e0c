//! One event as it is kept: in memory, and sealed in the vault.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::codec::{Parts, Record};
use crate::base::money::Money;
use crate::base::sensitive::SensitiveTag;
use crate::catalog::{Catalog, Named};
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
    /// What the shop asked for items that were put on the wish list, by their ids.
    #[serde(skip)]
    pub(crate) asked: BTreeMap<String, Asked>,
    /// Whether the order is to be wrapped as a gift.
    #[serde(skip)]
    pub(crate) gift_wrap: Option<bool>,
}

/// What the shop asked for an item at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) price: Option<Money>,
    pub(crate) can_be_ordered: bool,
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
            asked: BTreeMap::new(),
            gift_wrap: event.gift_wrap,
        }
    }

    /// Takes in what the shop asks for what is put on the wish list: a later price can be held against it.
    pub(crate) fn ask(&mut self, catalog: &Catalog, now_ms: i64) {
        if self.name() != EventName::AddToWishlist {
            return;
        }
        let ask = |item: &StoredItem| {
            let named = catalog.named(&item.id)?;
            let can_be_ordered = match named {
                Named::Item(ix) => catalog.availability(ix).can_be_ordered(),
                Named::Product(ix) => {
                    catalog.variants(ix).any(|ix| catalog.availability(ix).can_be_ordered())
                }
            };
            let price = catalog.price_at(named.ix(), now_ms);
            Some((item.id.clone(), Asked { price, can_be_ordered }))
        };
        self.asked = self.items.iter().filter_map(ask).collect();
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
    const VERSION: u8 = 5;
    const FIRST: u8 = 3;

    fn parts(&self) -> impl Serialize {
        (self, self.device_ms, &self.asked, self.gift_wrap)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        let stored: Self = parts.next()?;
        let device_ms = parts.next()?;
        // Version 3 had neither, version 4 had no gift wrap.
        let asked = if parts.at_end() { BTreeMap::new() } else { parts.next()? };
        let gift_wrap = if parts.at_end() { None } else { parts.next()? };
        Some(Self { device_ms, asked, gift_wrap, ..stored })
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
        let event = Event { gift_wrap: Some(true), ..Event::about(EventName::Purchase, ["a", "b"]) };
        let stored = Stored::of(event, 77, 78);
        let bytes = stored.encode().unwrap();
        assert_eq!(Stored::decode(&bytes), Ok(stored));
        assert_eq!(Stored::decode(&[]), Err(Unread::Damaged));
        assert_eq!(
            Stored::decode(&bytes[..bytes.len() - 1]),
            Err(Unread::Damaged),
            "the last part may be missing, not half of it"
        );
        let mut newer = bytes;
        newer[..2].fill(6);
        assert_eq!(Stored::decode(&newer), Err(Newer { what: "event" }.into()));
        let before = postcard::to_extend(
            &(&Stored::of(Event::about(EventName::AddToWishlist, ["a"]), 7, 0), 8),
            vec![3, 3],
        );
        assert!(Stored::decode(&before.unwrap()).unwrap().asked.is_empty(), "version 3 had no prices");
        let wished = Stored::of(Event::about(EventName::AddToWishlist, ["a"]), 7, 0);
        let first = postcard::to_extend(&(&wished, 8), vec![4, 3]).unwrap();
        let asked = Stored::decode(&[&first[..], b"\x01\x01a\x01\xa6\x14\x03EUR\x01"].concat()).unwrap();
        let (asked, gift_wrap) = (asked.asked, asked.gift_wrap);
        assert_eq!(gift_wrap, None, "version 4 had no gift wrap");
        let price = Some(Money { minor: 1299, currency: "EUR".into() });
        assert_eq!(asked, [("a".to_owned(), Asked { price, can_be_ordered: true })].into(), "version 4");
        let old = postcard::to_extend(&Stored::of(Event::about(EventName::Purchase, ["a"]), 77, 0), vec![1]);
        assert_eq!(Stored::decode(&old.unwrap()).unwrap().device_ms, 77, "what is older has one time only");
    }
}
