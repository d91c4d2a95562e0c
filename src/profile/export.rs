//! The user's own copy: what is kept, in GA4's words and under names that stay.

use serde::Serialize;

use crate::base::sensitive::SensitiveTag;
use crate::consent::{AccessPermit, Gate, History, Messaging, Preferences};
use crate::profile::event::ReturnReason;
use crate::profile::messages::{Told, known, told_log};
use crate::profile::record::{Asked, Past};
use crate::profile::stated::{Preference, Stated};
use crate::profile::store::{Kept, stated};
use crate::profile::{Profile, ProfileError};

/// What is kept of what the user did and said, whether or not it may be used at the moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnCopy {
    /// Oldest first.
    pub preferences: Vec<Preference>,
    /// Oldest first.
    pub events: Vec<OwnEvent>,
}

/// One event. What it does not have is left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnEvent {
    /// GA4's name.
    name: &'static str,
    time_ms: i64,
    /// `stored` on the device, or in memory for this `visit` only.
    kept: &'static str,
    /// The sensitive topic it is kept under, apart from the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<SensitiveTag>,
    items: Vec<OwnItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search_term: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ranking_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dwell_bucket: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_reason: Option<ReturnReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gift_wrap: Option<bool>,
}

/// One item of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnItem {
    item_id: String,
    quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_minor: Option<i64>,
    /// What the shop asked for it when it was put on the wish list.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
}

impl OwnEvent {
    fn of(Past { event, topic, record, .. }: Past) -> Self {
        let name = event.name().as_str();
        let mut asked = event.asked;
        let item = |i: crate::profile::record::StoredItem| OwnItem {
            asked: asked.remove(&i.id),
            item_id: i.id,
            quantity: i.quantity,
            price_minor: i.price_minor,
        };
        Self {
            name,
            time_ms: event.time_ms,
            kept: if record.is_some() { "stored" } else { "visit" },
            topic,
            items: event.items.into_iter().map(item).collect(),
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
            gift_wrap: event.gift_wrap,
        }
    }
}

impl Profile {
    /// The user's own copy, read from the disk: what is sealed because it may not be used at the
    /// moment is in it all the same.
    ///
    /// # Errors
    /// The vault failed, or consent changed meanwhile.
    pub fn own_copy(
        &self,
        gate: &Gate,
        history: Option<&AccessPermit<History>>,
        preferences: Option<&AccessPermit<Preferences>>,
    ) -> Result<OwnCopy, ProfileError> {
        let _one_at_a_time = self.writing();
        let mut kept = Kept::default();
        if let Some(permit) = history {
            gate.read::<_, ProfileError>(|r| {
                kept.add(gate, &r.for_user(permit)?, None)?;
                let about = r.sensitive_for_user(permit)?;
                about.into_iter().try_for_each(|(tag, records)| kept.add(gate, &records, Some(tag)))
            })?;
        }
        let (state, stored) = (self.state(), kept.events);
        let visit = state.past.iter().filter(|p| p.record.is_none());
        let visit = visit.filter(|p| !stored.iter().any(|q| q.event == p.event));
        let mut events: Vec<OwnEvent> = visit.cloned().map(OwnEvent::of).collect();
        events.extend(stored.into_iter().map(OwnEvent::of));
        events.sort_by_key(|e| e.time_ms);
        let stated = match preferences {
            Some(permit) => gate.read(|r| stated(gate, &r.for_user(permit)?))?,
            None => Stated::default(),
        };
        Ok(OwnCopy { preferences: stated.iter().cloned().collect(), events })
    }

    /// The user's own copy of what was shown, whether or not anything may be at the moment.
    ///
    /// # Errors
    /// The vault failed, or consent changed meanwhile.
    pub fn own_messages(
        &self,
        gate: &Gate,
        permit: Option<&AccessPermit<Messaging>>,
    ) -> Result<Vec<Told>, ProfileError> {
        let Some(permit) = permit else { return Ok(Vec::new()) };
        Ok(known(gate, gate.read(|r| told_log(&r.for_user(permit)?))?).0)
    }
}
