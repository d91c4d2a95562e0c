//! What an app shows to a person in the place of a value of this library.

use crate::base::locale::Labelled as _;
use crate::base::sensitive::SensitiveTag;
use crate::catalog::{Availability, SuggestionKind, TagKind};
use crate::consent::{AgeBand, ConsentState, DecisionReason, Purpose, PurposeGroup, ReceiptAction};
use crate::profile::{
    Celebration, Confidence, DeliveryKind, DeviceClass, DropReason, EventName, PaymentKind, PreferenceKey,
    ReturnReason, ReviewAspect, ShoppingMode, Stage, Surface, ValueBand, Weather,
};
use crate::ranking::{Fallback, Intensity, RankingMode, ReasonCode, ShelfKind};
use crate::signals::SkipReason;
use crate::surfaces::{FacetKind, OfferKind, Silence, SortOrder};

/// Every value of this library that an app may show to a person, for [`word_text`]. One call and not one for each type: an
/// app has one thing to find, and what can be shown is a list that the compiler checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Word {
    /// The built-in title of a purpose. The shop's own titles are in the notice.
    Title {
        /// The purpose.
        purpose: Purpose,
    },
    /// The heading of a group of purposes.
    Heading {
        /// The group.
        group: PurposeGroup,
    },
    /// How an answer stands, such as "Allowed".
    Answer {
        /// The state.
        state: ConsentState,
    },
    /// Why something is allowed or not, as a sentence.
    Because {
        /// The reason of a decision.
        reason: DecisionReason,
    },
    /// What a receipt is about.
    Entry {
        /// The action.
        action: ReceiptAction,
    },
    /// The name of a sensitive topic.
    Topic {
        /// The topic.
        tag: SensitiveTag,
    },
    /// A kind of preference, as in the preference form.
    Preference {
        /// The kind.
        key: PreferenceKey,
    },
    /// A kind of attribute, such as "Colour".
    Attribute {
        /// The kind.
        kind: TagKind,
    },
    /// What was done, such as "Put into the cart".
    Act {
        /// The event.
        name: EventName,
    },
    /// Why something that was done is not kept, as a sentence.
    Dropped {
        /// The reason.
        reason: DropReason,
    },
    /// How the user is shopping now.
    Shopping {
        /// The mode.
        mode: ShoppingMode,
    },
    /// How near the user seems to be to a purchase.
    Nearness {
        /// The stage.
        stage: Stage,
    },
    /// What a product is shown for, such as "Its brand". `explain` has sentences.
    Shown {
        /// The reason.
        code: ReasonCode,
    },
    /// What a list is based on, as a sentence.
    Sorted {
        /// The mode.
        mode: RankingMode,
    },
    /// Whether a product can be bought.
    Stock {
        /// The availability.
        availability: Availability,
    },
    /// How much a list is personalized.
    Personal {
        /// The intensity.
        intensity: Intensity,
    },
    /// A part of the app that is made for the user more or less.
    Place {
        /// The surface.
        surface: Surface,
    },
    /// Why no report was made, as a sentence.
    Skipped {
        /// The reason.
        reason: SkipReason,
    },
    /// The heading of a filter, such as "Colour".
    Filter {
        /// The kind.
        kind: FacetKind,
    },
    /// An order of search results, such as "Lowest price first".
    Order {
        /// The order.
        order: SortOrder,
    },
    /// The heading of a list, such as "Similar products".
    Shelf {
        /// The kind.
        kind: ShelfKind,
    },
    /// What a list is in place of the one that was asked for, as a sentence.
    Instead {
        /// What it is instead.
        fallback: Fallback,
    },
    /// What a completion of a search is.
    Completion {
        /// The kind.
        kind: SuggestionKind,
    },
    /// What an offer is.
    Offered {
        /// The kind.
        kind: OfferKind,
    },
    /// How sure an advice is.
    Sure {
        /// The confidence.
        confidence: Confidence,
    },
    /// Why there is no message, as a sentence.
    Silent {
        /// The reason.
        silence: Silence,
    },
    /// Why something was sent back.
    Returned {
        /// The reason.
        reason: ReturnReason,
    },
    /// A way of paying.
    Paid {
        /// The kind.
        kind: PaymentKind,
    },
    /// A way of delivery.
    Delivered {
        /// The kind.
        kind: DeliveryKind,
    },
    /// What the user shops for.
    Celebrated {
        /// The occasion.
        celebration: Celebration,
    },
    /// The weather.
    Outside {
        /// The weather.
        weather: Weather,
    },
    /// A class of devices.
    Used {
        /// The class.
        device: DeviceClass,
    },
    /// What a review is about.
    Reviewed {
        /// The aspect.
        aspect: ReviewAspect,
    },
    /// What the user may spend in a year.
    Spent {
        /// The band.
        band: ValueBand,
    },
    /// An age band, such as "13 to 15".
    Age {
        /// The band.
        band: AgeBand,
    },
}

/// The word or sentence for a value, in the language of a locale such as `de-AT`. From memory, also before `unlock`.
#[uniffi::export]
#[must_use]
pub fn word_text(word: Word, locale: String) -> String {
    match word {
        Word::Title { purpose } => purpose.label(&locale),
        Word::Heading { group } => group.label(&locale),
        Word::Answer { state } => state.label(&locale),
        Word::Because { reason } => reason.label(&locale),
        Word::Entry { action } => action.label(&locale),
        Word::Topic { tag } => tag.label(&locale),
        Word::Preference { key } => key.label(&locale),
        Word::Attribute { kind } => kind.label(&locale),
        Word::Act { name } => name.label(&locale),
        Word::Dropped { reason } => reason.label(&locale),
        Word::Shopping { mode } => mode.label(&locale),
        Word::Nearness { stage } => stage.label(&locale),
        Word::Shown { code } => code.label(&locale),
        Word::Sorted { mode } => mode.label(&locale),
        Word::Stock { availability } => availability.label(&locale),
        Word::Personal { intensity } => intensity.label(&locale),
        Word::Place { surface } => surface.label(&locale),
        Word::Skipped { reason } => reason.label(&locale),
        Word::Filter { kind } => kind.label(&locale),
        Word::Order { order } => order.label(&locale),
        Word::Shelf { kind } => kind.label(&locale),
        Word::Instead { fallback } => fallback.label(&locale),
        Word::Completion { kind } => kind.label(&locale),
        Word::Offered { kind } => kind.label(&locale),
        Word::Sure { confidence } => confidence.label(&locale),
        Word::Silent { silence } => silence.label(&locale),
        Word::Returned { reason } => reason.label(&locale),
        Word::Paid { kind } => kind.label(&locale),
        Word::Delivered { kind } => kind.label(&locale),
        Word::Celebrated { celebration } => celebration.label(&locale),
        Word::Outside { weather } => weather.label(&locale),
        Word::Used { device } => device.label(&locale),
        Word::Reviewed { aspect } => aspect.label(&locale),
        Word::Spent { band } => band.label(&locale),
        Word::Age { band } => band.label(&locale),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::locale::SHOWN;

    /// Every value of a type. A new one does not compile until it is named here.
    macro_rules! every {
        ($of:ident: $($value:ident)+) => {{
            let _ = |value: $of| match value { $($of::$value => ()),+ };
            vec![$($of::$value),+]
        }};
    }

    fn words<T>(values: Vec<T>, word: impl Fn(T) -> Word) -> Vec<Word> {
        values.into_iter().map(word).collect()
    }

    /// Every word, by type.
    fn all() -> Vec<Vec<Word>> {
        let states = every!(ConsentState: Unknown Requested Deferred Given Renewed Refused Withdrawn Expired
            Invalidated Objected);
        let reasons = every!(DecisionReason: StrictlyNecessary Granted NoticeServed NotAnswered Refused Expired
            Invalidated MissingDependency Prohibited AgeBand OptOutSignal PlatformDenied PlatformGranted
            UnknownTaxonomy LedgerBroken NewerFormat Locked);
        let actions = every!(ReceiptAction: Served Answered Withdrawn Expired PolicyChanged Imported Erased Restored Noted);
        let events = every!(EventName: ViewItemList SelectItem ViewItem AddToWishlist AddToCart RemoveFromCart
            ViewCart BeginCheckout AddShippingInfo AddPaymentInfo Purchase Refund ViewPromotion SelectPromotion
            Search DismissItem RateItem ReturnItem ImpressionEnd RemoveFromWishlist);
        let dropped = every!(DropReason: ConsentPending ConsentRefused ConsentExpired ConsentForbidden Duplicate
            Refresh Bot Invalid NoItems UnknownItems Sensitive InFuture TooOld PrivateMode Locked);
        let codes = every!(ReasonCode: Popular Trending BoughtTogether ViewedTogether SimilarTaste
            SharedAttributes CategoryAffinity BrandAffinity PriceFit SizeFit BuyAgain StatedPreference New Matches
            Exploration ViewedBefore Similar PlacedByShop ShownByShop);
        let skipped = every!(SkipReason: NotAllowed Refused NotValidNow OldTaskSet WindowAnswered NoAnswer BeyondPolicy
            BudgetSpent BudgetClosed);
        let shelves =
            every!(ShelfKind: ForYou Similar BoughtTogether CompleteTheLook BuyAgain Cart NextUp Trending);
        let silences = every!(Silence: NotAllowed SystemDenied SwitchedOff OtherMode NoOccasion);
        let payments =
            every!(PaymentKind: Card Invoice Instalments DirectDebit BankTransfer Wallet Cash Voucher);
        let celebrations = every!(Celebration: Birthday Anniversary Wedding Birth Housewarming Holiday);
        vec![
            words(Purpose::ALL.to_vec(), |purpose| Word::Title { purpose }),
            words(every!(PurposeGroup: Remembered Used Shared Other), |group| Word::Heading { group }),
            words(states, |state| Word::Answer { state }),
            words(reasons, |reason| Word::Because { reason }),
            words(actions, |action| Word::Entry { action }),
            words(SensitiveTag::ALL.to_vec(), |tag| Word::Topic { tag }),
            words(PreferenceKey::all().collect(), |key| Word::Preference { key }),
            words(TagKind::ALL.to_vec(), |kind| Word::Attribute { kind }),
            words(events, |name| Word::Act { name }),
            words(dropped, |reason| Word::Dropped { reason }),
            words(every!(ShoppingMode: Normal Gift Private), |mode| Word::Shopping { mode }),
            words(every!(Stage: New Discovery Evaluation Purchase Repeat), |stage| Word::Nearness { stage }),
            words(codes, |code| Word::Shown { code }),
            words(every!(RankingMode: Personalized Session Stated Popular FirstSigns), |mode| Word::Sorted {
                mode,
            }),
            words(every!(Availability: InStock OutOfStock Preorder Backorder), |availability| Word::Stock {
                availability,
            }),
            words(every!(Intensity: Off Light Full), |intensity| Word::Personal { intensity }),
            words(Surface::ALL.to_vec(), |surface| Word::Place { surface }),
            words(skipped, |reason| Word::Skipped { reason }),
            words(every!(FacetKind: Brand Category Color Size Price Availability), |kind| Word::Filter {
                kind,
            }),
            words(every!(SortOrder: Relevance PriceUp PriceDown Popular), |order| Word::Order { order }),
            words(shelves, |kind| Word::Shelf { kind }),
            words(every!(Fallback: Similar Popular), |fallback| Word::Instead { fallback }),
            words(every!(SuggestionKind: Brand Category Product), |kind| Word::Completion { kind }),
            words(every!(OfferKind: Discount Threshold Bundle Reward), |kind| Word::Offered { kind }),
            words(every!(Confidence: Low Medium High), |confidence| Word::Sure { confidence }),
            words(silences, |silence| Word::Silent { silence }),
            words(every!(ReturnReason: TooSmall TooLarge Other), |reason| Word::Returned { reason }),
            words(payments, |kind| Word::Paid { kind }),
            words(every!(DeliveryKind: Standard Express Store PickupPoint), |kind| Word::Delivered { kind }),
            words(celebrations, |celebration| Word::Celebrated { celebration }),
            words(every!(Weather: Sun Clouds Rain Snow Storm Heat Frost), |weather| Word::Outside {
                weather,
            }),
            words(every!(DeviceClass: Phone Tablet Desktop Television Kiosk), |device| Word::Used { device }),
            words(ReviewAspect::ALL.to_vec(), |aspect| Word::Reviewed { aspect }),
            words(every!(ValueBand: Low Medium High), |band| Word::Spent { band }),
            words(every!(AgeBand: Under13 From13To15 From16To17 Adult), |band| Word::Age { band }),
        ]
    }

    /// What comes with its own text, …
    const WITH_TEXT: [&str; 5] = ["ConcernReason", "MessageKind", "PresetReason", "SizeReason", "SlotReason"];
    /// … and what no user reads: what an app passes or handles, and what its developer reads.
    const NOT_SHOWN: [&str; 22] = [
        "CatalogPatch",
        "Change",
        "ChangeKind",
        "Choice",
        "Correction",
        "EraseScope",
        "ExperimentGroup",
        "FieldKind",
        "Finding",
        "KeyStoreError",
        "ListenerError",
        "LogLevel",
        "LoggerError",
        "Mechanism",
        "Prepared",
        "Seen",
        "SlotKind",
        "SottovoceError",
        "TrackOutcome",
        "TrackWarning",
        "TransportError",
        "Word",
    ];

    #[test]
    fn every_enum_of_the_api_has_words_or_is_not_shown() {
        let api = include_str!("../../bindings/surface.txt");
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric());
        let values = api.lines().filter_map(|line| line.split_once(" = ")).filter(|(name, _)| is_name(name));
        let (mut enums, mut known) = (BTreeSet::new(), BTreeSet::from(NOT_SHOWN));
        for (name, value) in values {
            enums.insert(name);
            known.extend(value.split_once(": ").filter(|_| name == "Word").map(|(_, shown)| shown));
        }
        known.extend(WITH_TEXT);
        assert_eq!(enums, known, "an enum is shown as a word, or is listed here");
    }

    #[test]
    fn every_value_has_a_text_of_its_own_in_every_language() {
        for locale in SHOWN {
            for words in all() {
                let said: BTreeSet<String> =
                    words.iter().map(|word| word_text(*word, locale.into())).collect();
                assert_eq!(said.len(), words.len(), "{locale}: {said:?}");
                assert!(said.iter().all(|text| !text.trim().is_empty()), "{locale}: {:?}", words[0]);
            }
        }
    }
}
