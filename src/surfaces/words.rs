//! "Why this?" in the user's language: a sentence for each part of a score, and one for the whole list.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::base::locale::{
    Labelled as _, Texts, in_every_language, is_right_to_left, labelled, labelled_words, texts_of_locales,
};
use crate::catalog::plan::{Audience, Segment};
use crate::catalog::{Availability, Catalog, SuggestionKind, TagKind};
use crate::profile::{ConcernReason, Confidence, Deed, SizeReason, Standing};
use crate::ranking::{Fallback, Intensity, RankingMode, ReasonCode, ShelfKind};
use crate::surfaces::browse::PresetReason;
use crate::surfaces::messages::{MessageKind, Silence};
use crate::surfaces::offers::OfferKind;
use crate::surfaces::page::SlotReason;
use crate::surfaces::search::{FacetKind, SortOrder};
use crate::surfaces::shown::{Basis, ExplanationFactor};

static TEXTS: Texts<Words> = in_every_language!(texts_of_locales);

/// From so many actions on, something is done often, …
const OFTEN: u32 = 3;
/// … if they are of so many days: a single visit is no habit.
const OFTEN_DAYS: u32 = 2;

/// The texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    modes: BTreeMap<RankingMode, String>,
    reasons: BTreeMap<ReasonCode, Sentences>,
    /// What the user did, for reasons that rest on it.
    deeds: BTreeMap<Deed, DeedWords>,
    /// For a reason that rests on the user and may not be named.
    unnamed: String,
    /// For what speaks against a product.
    lower: String,
    /// Names of the reasons, for what speaks for a product and what speaks against it.
    labels: BTreeMap<ReasonCode, String>,
    availability: HashMap<Availability, String>,
    intensity: BTreeMap<Intensity, String>,
    /// What the user chose that makes a list less personal.
    chosen: BTreeMap<Intensity, String>,
    slots: BTreeMap<SlotReason, String>,
    sizes: BTreeMap<SizeReason, String>,
    /// Why an aspect of a review matters.
    concerns: BTreeMap<ConcernReason, String>,
    /// Why a filter is set at first.
    presets: BTreeMap<PresetReason, String>,
    /// Why a message comes.
    messages: BTreeMap<MessageKind, String>,
    /// Kinds of messages, for who sets which may come.
    message_kinds: BTreeMap<MessageKind, String>,
    facets: BTreeMap<String, String>,
    orders: BTreeMap<String, String>,
    shelves: BTreeMap<String, String>,
    fallbacks: BTreeMap<String, String>,
    silences: BTreeMap<String, String>,
    offers: BTreeMap<String, String>,
    confidences: BTreeMap<String, String>,
    completions: BTreeMap<String, String>,
}

/// What may be said of one reason.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sentences {
    /// Without a name.
    plain: Option<String>,
    /// With the product or attribute that it is based on.
    named: Option<String>,
    /// The same for what is done often.
    often: Option<String>,
    /// With a size.
    size: Option<String>,
}

/// How something that the user did is said.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DeedWords {
    /// A sentence about one product.
    before: String,
    /// What takes the place of `{done}` in a sentence about several.
    done: String,
}

/// What the whole list is based on, whether a product is there to learn about it, and what the user chose.
pub(super) fn of_list(mode: RankingMode, exploratory: bool, chosen: Intensity, locale: &str) -> String {
    let words = TEXTS.of(locale).1;
    let explored = words.reasons.get(&ReasonCode::Exploration).and_then(|said| said.plain.clone());
    let also = [explored.filter(|_| exploratory), words.chosen.get(&chosen).cloned()];
    also.into_iter().flatten().fold(mode.label(locale), |said, more| format!("{said} {more}"))
}

/// One part of a score as a sentence.
pub(super) fn of_factor(factor: &ExplanationFactor, basis: Basis, locale: &str) -> String {
    let (language, words) = TEXTS.of(locale);
    let Basis { kind, days, deed } = basis;
    if factor.weight < 0.0 {
        return words.lower.replace("{label}", &factor.code.label(locale));
    }
    let deed = deed.and_then(|deed| words.deeds.get(&deed));
    if let (ReasonCode::ViewedBefore, Some(deed), Some(_)) = (factor.code, deed, &factor.attribute) {
        return deed.before.clone();
    }
    let sentences = words.reasons.get(&factor.code);
    let sentence = sentences.and_then(|s| match name(factor, kind) {
        // What rests on nothing that can be named is no more than that.
        None if rests_on_acts(factor.code) && factor.evidence_count == 0 => None,
        None => s.plain.clone(),
        Some(name) => {
            let is_habit = factor.evidence_count >= OFTEN && days >= OFTEN_DAYS;
            let often = s.often.as_ref().filter(|_| is_habit);
            let size = s.size.as_ref().filter(|_| kind == Some(TagKind::Size));
            let sentence = often.or(size).or(s.named.as_ref()).or(s.plain.as_ref())?;
            Some(sentence.replace("{name}", &isolated(language, name)))
        }
    });
    let done = |sentence: String| match deed {
        Some(deed) => Some(sentence.replace("{done}", &deed.done)),
        None => Some(sentence).filter(|sentence| !sentence.contains("{done}")),
    };
    sentence.and_then(done).unwrap_or_else(|| words.unnamed.clone())
}

/// Whether the sentence without a name speaks of what the user did.
const fn rests_on_acts(code: ReasonCode) -> bool {
    use ReasonCode as R;
    matches!(code, R::PriceFit | R::SimilarTaste)
}

/// Why a slot, or what fills it, is as it is. `name` is what the shop calls the user's stage or segment.
pub(super) fn of_slot(reason: SlotReason, name: &str, locale: &str) -> String {
    let (language, words) = TEXTS.of(locale);
    let sentence = words.slots.get(&reason).cloned().unwrap_or_default();
    sentence.replace("{name}", &isolated(language, name))
}

/// What a size chart leads from: a size, and the title of what was in it, unless the size was said.
#[derive(Debug, Clone, Copy)]
pub(super) struct OtherSize<'a> {
    pub(super) item: &'a str,
    pub(super) size: &'a str,
}

/// Why a size is advised.
pub(super) fn of_size(reason: SizeReason, size: &str, other: OtherSize<'_>, locale: &str) -> String {
    let (language, words) = TEXTS.of(locale);
    let sentence = words.sizes.get(&reason).cloned().unwrap_or_default();
    let sentence = sentence.replace("{size}", &isolated(language, size));
    let sentence = sentence.replace("{other}", &isolated(language, other.size));
    with_item(&sentence, other.item, locale)
}

/// Why an aspect of a review matters.
pub(super) fn of_concern(reason: ConcernReason, locale: &str) -> String {
    TEXTS.of(locale).1.concerns.get(&reason).cloned().unwrap_or_default()
}

/// Why a filter is set at first.
pub(super) fn of_preset(reason: PresetReason, locale: &str) -> String {
    TEXTS.of(locale).1.presets.get(&reason).cloned().unwrap_or_default()
}

/// Why a message comes, with the title of the product that it is about.
pub(super) fn of_message(kind: MessageKind, item: &str, locale: &str) -> String {
    let sentence = TEXTS.of(locale).1.messages.get(&kind).cloned().unwrap_or_default();
    with_item(&sentence, item, locale)
}

/// A text with the title of a product in the place of `{item}`.
pub(super) fn with_item(text: &str, item: &str, locale: &str) -> String {
    text.replace("{item}", &isolated(TEXTS.of(locale).0, item))
}

/// A kind of messages.
pub(super) fn of_messages(kind: MessageKind, locale: &str) -> String {
    TEXTS.of(locale).1.message_kinds.get(&kind).cloned().unwrap_or_default()
}

/// What the shop calls that of an audience which the user is: a segment, or else the stage.
pub(super) fn of_audience(catalog: &Catalog, only: &Audience, standing: &Standing, locale: &str) -> String {
    let is_of =
        |segment: &&Segment| only.segments.contains(&segment.id) && standing.segments.contains(&segment.id);
    let segment = catalog.plan().segments.iter().find(is_of).map(|segment| segment.title.of(locale));
    segment.unwrap_or_else(|| standing.stage.label(locale))
}

/// The product or attribute as people would name it: the last step of a category, and nothing for words that only a
/// feed uses.
fn name(factor: &ExplanationFactor, kind: Option<TagKind>) -> Option<&str> {
    let name = factor.attribute.as_deref()?;
    match kind {
        Some(TagKind::Category | TagKind::ProductType) => name.rsplit('>').next().map(str::trim),
        Some(TagKind::Gender | TagKind::AgeGroup) => None,
        Some(TagKind::Free) if !factor.stated => None,
        _ => Some(name),
    }
}

/// A name that may run in another direction than the sentence around it.
fn isolated(language: &str, name: &str) -> String {
    if is_right_to_left(language) { format!("\u{2068}{name}\u{2069}") } else { name.to_owned() }
}

labelled! {
    TEXTS:
    ReasonCode => labels,
    RankingMode => modes,
    Availability => availability,
    Intensity => intensity,
}

labelled_words! {
    TEXTS:
    FacetKind => facets {
        Brand = "brand" Category = "category" Color = "color" Size = "size" Price = "price"
        Availability = "availability"
    }
    SortOrder => orders {
        Relevance = "relevance" PriceUp = "price_up" PriceDown = "price_down" Popular = "popular"
    }
    ShelfKind => shelves {
        ForYou = "for_you" Similar = "similar" BoughtTogether = "bought_together"
        CompleteTheLook = "complete_the_look" BuyAgain = "buy_again" Cart = "cart" NextUp = "next_up"
        Trending = "trending"
    }
    Fallback => fallbacks { Similar = "similar" Popular = "popular" }
    Silence => silences {
        NotAllowed = "not_allowed" SystemDenied = "system_denied" SwitchedOff = "switched_off"
        OtherMode = "other_mode" NoOccasion = "no_occasion"
    }
    OfferKind => offers {
        Discount = "discount" Threshold = "threshold" Bundle = "bundle" Reward = "reward"
    }
    Confidence => confidences { Low = "low" Medium = "medium" High = "high" }
    SuggestionKind => completions { Brand = "brand" Category = "category" Product = "product" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(code: ReasonCode, attribute: Option<&str>, evidence_count: u32) -> ExplanationFactor {
        ExplanationFactor {
            code,
            text: String::new(),
            attribute: attribute.map(str::to_owned),
            item_id: None,
            evidence_count,
            stated: code == ReasonCode::StatedPreference,
            weight: 1.0,
            without_factor_rank: 0,
        }
    }

    fn kind(kind: TagKind) -> Basis {
        Basis { kind: Some(kind), ..Basis::default() }
    }

    #[test]
    fn every_language_says_everything() {
        TEXTS.proofread();
    }

    #[test]
    fn a_reason_is_a_sentence_with_the_name_that_people_use() {
        use ReasonCode as R;
        let path = "Apparel > Shirts";
        for (code, attribute, kind, (count, days), sentence) in [
            (
                R::BrandAffinity,
                Some("Elm"),
                Some(TagKind::Brand),
                (1, 1),
                "You have been interested in products by Elm.",
            ),
            (
                R::BrandAffinity,
                Some("Elm"),
                Some(TagKind::Brand),
                (9, 1),
                "You have been interested in products by Elm.",
            ),
            (
                R::BrandAffinity,
                Some("Elm"),
                Some(TagKind::Brand),
                (3, 2),
                "You are often interested in products by Elm.",
            ),
            (
                R::CategoryAffinity,
                Some(path),
                Some(TagKind::Category),
                (5, 2),
                "You are often interested in “Shirts”.",
            ),
            (
                R::StatedPreference,
                Some("linen"),
                Some(TagKind::Material),
                (1, 0),
                "You told us that you like “linen”.",
            ),
            (R::StatedPreference, Some("M"), Some(TagKind::Size), (1, 0), "You told us your size: M."),
            (R::StatedPreference, Some("female"), Some(TagKind::Gender), (1, 0), "It fits what you told us."),
            (R::BoughtTogether, Some("Kettle"), None, (1, 0), "Others bought it together with “Kettle”."),
            (R::Trending, None, None, (0, 0), "It is popular in this shop at the moment."),
            (R::BuyAgain, Some("Kettle"), None, (1, 0), "You bought it before."),
        ] {
            let said = of_factor(&factor(code, attribute, count), Basis { kind, days, deed: None }, "en-GB");
            assert_eq!(said, sentence);
        }
    }

    #[test]
    fn what_may_not_be_named_is_not_said_at_all() {
        use ReasonCode as R;
        for code in
            [R::BuyAgain, R::BrandAffinity, R::CategoryAffinity, R::BoughtTogether, R::PriceFit, R::SizeFit]
        {
            assert_eq!(
                of_factor(&factor(code, None, 0), Basis::default(), "en"),
                "This comes from what you do in this app."
            );
        }
        let code = factor(R::SharedAttributes, Some("q3_push"), 2);
        assert!(!of_factor(&code, kind(TagKind::Free), "en").contains("q3"), "words of a feed");
    }

    #[test]
    fn what_speaks_against_a_product_is_not_given_as_a_reason_for_it() {
        let against = ExplanationFactor { weight: -0.5, ..factor(ReasonCode::BrandAffinity, Some("Elm"), 4) };
        let said = of_factor(&against, kind(TagKind::Brand), "de");
        assert_eq!(said, "Die Marke: Das rückt es in der Liste weiter nach unten.");
    }

    #[test]
    fn the_whole_list_has_a_sentence_and_what_is_explored_says_so() {
        assert_eq!(
            of_list(RankingMode::Popular, false, Intensity::Full, "fr"),
            "Cette liste est triée de la même façon pour tout le monde."
        );
        let explored = of_list(RankingMode::Personalized, true, Intensity::Full, "de-x-formal");
        assert!(
            explored.contains("Sie in dieser App") && explored.ends_with("was Ihnen gefällt."),
            "{explored}"
        );
    }

    #[test]
    fn a_name_keeps_its_direction_in_a_sentence_of_the_other() {
        let said = of_factor(&factor(ReasonCode::BrandAffinity, Some("Elm"), 1), kind(TagKind::Brand), "ar");
        assert!(said.contains("\u{2068}Elm\u{2069}"), "{said}");
    }
}
