//! What an app shows to a person in the place of a value of this library.

use crate::base::locale::Labelled as _;
use crate::base::sensitive::SensitiveTag;
use crate::catalog::{Availability, TagKind};
use crate::consent::{ConsentState, DecisionReason, Purpose, PurposeGroup, ReceiptAction};
use crate::profile::{DropReason, EventName, PreferenceKey, ShoppingMode, Stage, Surface};
use crate::ranking::{Intensity, RankingMode, ReasonCode};
use crate::signals::SkipReason;

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
        ]
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
