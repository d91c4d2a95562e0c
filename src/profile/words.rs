//! Words of this room, in the user's language.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::locale::{Texts, in_every_language, labelled, labelled_words, texts_of_locales};
use crate::catalog::TagKind;
use crate::profile::concerns::ReviewAspect;
use crate::profile::context::{Celebration, DeviceClass, Weather};
use crate::profile::event::{DropReason, EventName, ReturnReason, ShoppingMode};
use crate::profile::intensity::Surface;
use crate::profile::predict::Stage;
use crate::profile::remembered::{DeliveryKind, PaymentKind};
use crate::profile::spending::ValueBand;
use crate::profile::stated::PreferenceKey;

pub(super) static TEXTS: Texts<Words> = in_every_language!(texts_of_locales);

/// The texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// Heading of the form.
    pub(super) title: String,
    /// What the form is about.
    pub(super) intro: String,
    /// By the word of the kind of preference.
    labels: BTreeMap<String, String>,
    /// By the word of the kind of tag.
    kinds: BTreeMap<String, String>,
    stages: BTreeMap<Stage, String>,
    modes: BTreeMap<ShoppingMode, String>,
    /// By the name in an analytics plan.
    events: BTreeMap<String, String>,
    dropped: BTreeMap<DropReason, String>,
    /// Heading of how much is made for the user.
    pub(super) surfaces_title: String,
    /// What that is about.
    pub(super) surfaces_intro: String,
    surfaces: BTreeMap<Surface, String>,
    returns: BTreeMap<String, String>,
    payments: BTreeMap<String, String>,
    deliveries: BTreeMap<String, String>,
    celebrations: BTreeMap<String, String>,
    weather: BTreeMap<String, String>,
    devices: BTreeMap<String, String>,
    aspects: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
}

labelled! {
    TEXTS:
    PreferenceKey => labels[as_str],
    TagKind => kinds[name],
    Stage => stages,
    ShoppingMode => modes,
    EventName => events[as_str],
    Surface => surfaces,
    DropReason => dropped,
    Celebration => celebrations[word],
    Weather => weather[word],
    DeviceClass => devices[word],
    ReviewAspect => aspects[word],
    ValueBand => values[word],
}

labelled_words! {
    TEXTS:
    ReturnReason => returns { TooSmall = "too_small" TooLarge = "too_large" Other = "other" }
    PaymentKind => payments {
        Card = "card" Invoice = "invoice" Instalments = "instalments" DirectDebit = "direct_debit"
        BankTransfer = "bank_transfer" Wallet = "wallet" Cash = "cash" Voucher = "voucher"
    }
    DeliveryKind => deliveries {
        Standard = "standard" Express = "express" Store = "store" PickupPoint = "pickup_point"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything() {
        TEXTS.proofread();
    }
}
