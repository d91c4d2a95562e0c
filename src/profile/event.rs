//! What an app reports: events in GA4's words, and what became of each.

use serde::{Deserialize, Serialize};

use crate::base::money::Money;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $number:literal: $word:literal;)+) => {
        /// Names of events: GA4's e-commerce events, and five of our own (prefix `sv_`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, uniffi::Enum)]
        pub enum EventName { $($(#[$doc])* $name,)+ }

        /// Every name with the number it is stored under and its GA4 text. Numbers are never reused.
        const NAMES: &[(EventName, u8, &str)] = &[$((EventName::$name, $number, $word)),+];
    };
}

events! {
    /// A list of items was shown.
    ViewItemList = 1: "view_item_list";
    /// An item of a list was chosen.
    SelectItem = 2: "select_item";
    /// An item's page was seen.
    ViewItem = 3: "view_item";
    /// An item was put on the wish list.
    AddToWishlist = 4: "add_to_wishlist";
    /// An item was put into the cart.
    AddToCart = 5: "add_to_cart";
    /// An item was taken out of the cart.
    RemoveFromCart = 6: "remove_from_cart";
    /// The cart was seen.
    ViewCart = 7: "view_cart";
    /// The checkout was entered.
    BeginCheckout = 8: "begin_checkout";
    /// A way of delivery was chosen.
    AddShippingInfo = 9: "add_shipping_info";
    /// A way of paying was chosen.
    AddPaymentInfo = 10: "add_payment_info";
    /// Items were bought.
    Purchase = 11: "purchase";
    /// A purchase was paid back.
    Refund = 12: "refund";
    /// A promotion was shown.
    ViewPromotion = 13: "view_promotion";
    /// A promotion was chosen.
    SelectPromotion = 14: "select_promotion";
    /// A search was made.
    Search = 15: "search";
    /// An item was dismissed: not for me.
    DismissItem = 16: "sv_dismiss_item";
    /// An item was rated, one to five.
    RateItem = 17: "sv_rate_item";
    /// An item was sent back.
    ReturnItem = 18: "sv_return_item";
    /// Items left the screen.
    ImpressionEnd = 19: "sv_impression_end";
    /// An item was taken off the wish list.
    RemoveFromWishlist = 20: "sv_remove_from_wishlist";
}

impl EventName {
    /// The name an analytics plan uses, such as `view_item`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|n| n.0 == self).map_or("", |n| n.2)
    }

    /// The event of that name; `None` for names we do not know.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|n| n.2 == name).map(|n| n.0)
    }

    /// The number it is stored under.
    pub(crate) fn code(self) -> u8 {
        NAMES.iter().find(|n| n.0 == self).map_or(0, |n| n.1)
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        NAMES.iter().find(|n| n.1 == code).map(|n| n.0)
    }

    /// Whether the event has no meaning without an item.
    #[must_use]
    pub fn needs_items(self) -> bool {
        !matches!(
            self,
            Self::ViewCart
                | Self::BeginCheckout
                | Self::AddShippingInfo
                | Self::AddPaymentInfo
                | Self::ViewPromotion
                | Self::SelectPromotion
                | Self::Search
        )
    }
}

/// Why an item was returned, as far as it says something about its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    /// Too small for its size.
    TooSmall,
    /// Too large for its size.
    TooLarge,
    /// Anything else.
    Other,
}

/// One item of an event.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventItem {
    /// The id in the catalog: of the variant, or of the product where none is chosen yet.
    pub item_id: String,
    /// How many, 1 to 10000.
    #[uniffi(default = 1)]
    pub quantity: u32,
    /// Price of one. All money of an event is in one currency.
    #[uniffi(default = None)]
    pub price: Option<Money>,
}

impl EventItem {
    /// One piece of an item.
    #[must_use]
    pub fn new(item_id: impl Into<String>) -> Self {
        Self { item_id: item_id.into(), quantity: 1, price: None }
    }
}

/// Something the user did, as the app reports it. Ids and kinds have 1 to 128 bytes, a search term 400.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Event {
    /// What happened.
    pub name: EventName,
    /// When, in milliseconds since 1970; none means now.
    #[uniffi(default = None)]
    pub time_ms: Option<i64>,
    /// The items concerned, at most 200.
    #[uniffi(default = [])]
    pub items: Vec<EventItem>,
    /// Value of the whole event, at least 0. Left out where items are left out or kept apart from others.
    #[uniffi(default = None)]
    pub value: Option<Money>,
    /// The order number. A second purchase with the same number is dropped. A refund of a whole order needs nothing else.
    #[uniffi(default = None)]
    pub transaction_id: Option<String>,
    /// What was searched for. Left out where it is about a sensitive topic and the items are not, or where the catalog has
    /// none of its words as they are written, so that it is unknown whether it is. It is about a topic if it names a tag of
    /// it, or if at least half of the products with one of its words, or with all of them, are about it.
    #[uniffi(default = None)]
    pub search_term: Option<String>,
    /// The list that showed the items. Left out like the value.
    #[uniffi(default = None)]
    pub item_list_id: Option<String>,
    /// The ranking that showed the items.
    #[uniffi(default = None)]
    pub ranking_id: Option<String>,
    /// How long an item was viewed: 0 for under 3 s, 1 for under 15 s, 2 for under a minute, 3 for longer.
    #[uniffi(default = None)]
    pub dwell_bucket: Option<u8>,
    /// The promotion concerned. Left out like the value.
    #[uniffi(default = None)]
    pub promotion_id: Option<String>,
    /// One to five, when an item is rated.
    #[uniffi(default = None)]
    pub rating: Option<u8>,
    /// Why, when an item is returned.
    #[uniffi(default = None)]
    pub return_reason: Option<ReturnReason>,
    /// Kind of payment, such as `invoice`, in at most four words. One that could be a number, a name with an address or an
    /// e-mail address (four digits, a comma or an at sign are enough) drops the event as `Invalid`: those are never kept.
    #[uniffi(default = None)]
    pub payment_type: Option<String>,
    /// Kind of delivery, such as `express`. It is read like the kind of payment.
    #[uniffi(default = None)]
    pub shipping_tier: Option<String>,
    /// Whether the order is to be wrapped as a gift, as it was chosen at the checkout.
    #[uniffi(default = None)]
    pub gift_wrap: Option<bool>,
}

impl Event {
    /// An event without anything but its name.
    #[must_use]
    pub fn new(name: EventName) -> Self {
        Self {
            name,
            time_ms: None,
            items: Vec::new(),
            value: None,
            transaction_id: None,
            search_term: None,
            item_list_id: None,
            ranking_id: None,
            dwell_bucket: None,
            promotion_id: None,
            rating: None,
            return_reason: None,
            payment_type: None,
            shipping_tier: None,
            gift_wrap: None,
        }
    }

    /// The event about some items, one piece each.
    #[must_use]
    pub fn about<S: Into<String>>(name: EventName, items: impl IntoIterator<Item = S>) -> Self {
        let items = items.into_iter().map(EventItem::new).collect();
        Self { items, ..Self::new(name) }
    }

    /// All money in it, the value first.
    pub(crate) fn money(&self) -> impl Iterator<Item = &Money> {
        self.value.iter().chain(self.items.iter().filter_map(|item| item.price.as_ref()))
    }

    /// The same event at a time.
    #[must_use]
    pub fn at(self, time_ms: i64) -> Self {
        Self { time_ms: Some(time_ms), ..self }
    }
}

/// The result for an event.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum TrackOutcome {
    /// Sealed and stored as long as the policy says.
    Stored {
        /// What the developer should look at.
        warnings: Vec<TrackWarning>,
    },
    /// In memory only, until this visit ends.
    SessionOnly {
        /// What the developer should look at.
        warnings: Vec<TrackWarning>,
    },
    /// Not kept at all, not even for a moment.
    Dropped {
        /// Why.
        reason: DropReason,
        /// The field of the event to look at, such as `items` or `value`; none if the event itself is sound.
        #[uniffi(default = None)]
        field: Option<String>,
    },
}

impl TrackOutcome {
    /// Dropped for a reason that no field of the event is to blame for.
    #[must_use]
    pub fn dropped(reason: DropReason) -> Self {
        Self::Dropped { reason, field: None }
    }
}

/// Why an event is not kept, and which of its fields is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub reason: DropReason,
    pub field: Option<&'static str>,
}

impl From<DropReason> for Unfit {
    fn from(reason: DropReason) -> Self {
        Self { reason, field: None }
    }
}

impl From<Unfit> for TrackOutcome {
    fn from(unfit: Unfit) -> Self {
        Self::Dropped { reason: unfit.reason, field: unfit.field.map(str::to_owned) }
    }
}

/// Why an event was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The user was not asked yet, or has not answered. Nothing is queued for later.
    ConsentPending,
    /// The user denied it.
    ConsentRefused,
    /// Consent has expired or its terms have changed.
    ConsentExpired,
    /// Policy, region, age or a signal forbids it.
    ConsentForbidden,
    /// Already reported.
    Duplicate,
    /// The same page again within 30 seconds, without another in between.
    Refresh,
    /// Too many for a human user: more than 40 events in ten seconds, or 240 products seen in ten minutes. A purchase or
    /// refund is never dropped for this.
    Bot,
    /// It breaks a limit: too many items, too long a text, a rating out of range, a kind of payment or delivery that could be
    /// a number or an address.
    Invalid,
    /// It needs items and has none.
    NoItems,
    /// None of its items is in the catalog, so it is unknown whether they are sensitive.
    UnknownItems,
    /// It is about a sensitive topic without consent, or about several topics.
    Sensitive,
    /// More than five minutes ahead of the clock.
    InFuture,
    /// Older than two years.
    TooOld,
    /// Private mode is on.
    PrivateMode,
    /// The engine is not unlocked, or it was shut down.
    Locked,
}

/// Something for the developer to look at, although the event was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum TrackWarning {
    /// Some items are not in the catalog and were left out.
    UnknownItemsLeftOut,
    /// Some items are about a sensitive topic that the user did not allow, or about several, and were left out.
    SensitiveItemsLeftOut,
    /// The time was up to five minutes ahead of the clock and was set to now.
    TimeAdjusted,
    /// The catalog has no word of the search term, which was left out.
    SearchWithoutMatch,
}

/// How the user is shopping now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ShoppingMode {
    /// As usual.
    #[default]
    Normal,
    /// Shopping for somebody else: events stay in this visit, and the user's own preferences are not used.
    Gift,
    /// Nothing is recorded, and nothing that is known is used.
    Private,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn numbers_stay_what_they_are() {
        numbers::hold("event", NAMES.iter().map(|(_, code, word)| ((*word).to_owned(), (*code).into())));
        let reasons = [ReturnReason::TooSmall, ReturnReason::TooLarge, ReturnReason::Other];
        numbers::hold_places("return_reason_place", reasons);
    }

    #[test]
    fn every_name_and_number_is_its_own_and_reads_back() {
        for &(name, code, text) in NAMES {
            assert_eq!(EventName::parse(text), Some(name));
            assert_eq!(EventName::from_code(code), Some(name));
            assert_eq!((name.as_str(), name.code()), (text, code));
        }
        assert_eq!(EventName::parse("purchase "), None);
        assert_eq!(EventName::from_code(0), None);
    }
}
