//! The shop's plan: segments, merchandising rules, layouts, offers, messages and size charts. One JSON text in the bundle, the
//! same for every device; who it is held against never leaves the device.

mod audience;
mod chart;
mod message;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::limits::PLAN;
use crate::base::locale::{FORMAL_GERMAN, fitting, language};
use crate::base::money::Money;
use crate::catalog::CatalogError;
pub(crate) use audience::is_tier;
pub use audience::{Audience, Hours};
pub use chart::{ChartSize, Measure, SizeChart};
pub use message::{MessageRule, Messages, Occasion};

/// The newest format of plans that this version reads. In 2, something may be for surroundings; in 3, a segment may be of who
/// spends so much, or of a tier.
pub(crate) const PLAN_FORMAT: u32 = 3;
/// The largest part of a shelf that may be pinned, whatever a plan says.
pub(crate) const MOST_PINNED_PERCENT: u32 = 50;

/// What the merchant decides about every surface. Written as `merchandising.toml`; `docs/merchandising.md` has every field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// 1 to 3.
    pub format: u32,
    /// How much of a shelf may be pinned, in per cent of its products: 0 to 50.
    pub pinned_percent: u32,
    /// Groups of users, told apart on the device.
    pub segments: Vec<Segment>,
    /// What is pinned, boosted, buried, kept in or kept out.
    pub rules: Vec<PlacementRule>,
    /// What a page shows.
    pub layouts: Vec<Layout>,
    /// What is offered, the same for everyone who gets it.
    pub offers: Vec<Offer>,
    /// What may be said to users who are not looking.
    pub messages: Messages,
    /// Which size is for which body.
    pub size_charts: Vec<SizeChart>,
    /// What users spend in a year.
    pub spending: Option<Spending>,
}

/// A text in several languages, by language; `de-x-formal` is German that says "Sie".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanText(pub BTreeMap<String, String>);

/// A group of users. It is of it who meets every condition that is set; within a list, one is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Segment {
    /// Its name in the plan.
    pub id: String,
    /// What users read.
    pub title: PlanText,
    /// How near the user is to a purchase: `new`, `discovery`, `evaluation`, `purchase`, `repeat`.
    pub stages: Vec<String>,
    /// What behaviour says that the user likes.
    pub likes: Vec<Liked>,
    /// What the user said.
    pub said: Vec<Said>,
    /// Tiers of the shop's loyalty programme, as the app tells them for a visit.
    pub tiers: Vec<String>,
    /// Orders of the past year, at least.
    pub min_orders: Option<u32>,
    /// Orders of the past year, at most.
    pub max_orders: Option<u32>,
    /// Days since the user was last here, at least. Nobody who was never here meets it.
    pub min_days_away: Option<u32>,
    /// What the user may spend in a year: `low`, `medium`, `high`, by the plan's `spending`.
    pub values: Vec<String>,
}

/// What users of the shop spend in a year, as three bands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// The least of the middle band.
    pub medium_from: Money,
    /// The least of the highest band, in the same currency.
    pub high_from: Money,
}

/// A liking: a tag and how strong it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Liked {
    /// The kind of tag: `brand`, `category`, `color` ….
    pub kind: String,
    /// Its name in the catalog.
    pub name: String,
    /// Strength in per cent of the user's strongest liking; 30 if not given.
    pub percent: Option<u32>,
    /// Acts behind it, at least; 2 if not given.
    pub acts: Option<u32>,
}

/// A stated preference.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The kind of tag.
    pub kind: String,
    /// Its name in the catalog.
    pub name: String,
}

/// Products: those that are named, and those that match every other list that is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Ids of items or products.
    pub items: Vec<String>,
    /// Brands.
    pub brands: Vec<String>,
    /// Category paths.
    pub categories: Vec<String>,
    /// Any other tags.
    pub tags: Vec<String>,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Its items stand at a place of the list.
    Pin,
    /// Its products move up by some places.
    Boost,
    /// Its products come after all others.
    Bury,
    /// Only its products are shown.
    Filter,
    /// Its products are not shown.
    Exclude,
    /// Something of a later version. It does nothing.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The shop's own choice about a shelf. It is always told as that.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlacementRule {
    /// Its name in the plan.
    pub id: String,
    /// What it does.
    #[serde(rename = "do")]
    pub placement: Placement,
    /// With which products.
    pub what: Selection,
    /// The place of the first pinned item, from 0.
    pub at: u32,
    /// By how many places a boost moves up; 5 if not given.
    pub by: Option<u32>,
    /// Names of the shelves; all of them if empty.
    pub surfaces: Vec<String>,
    /// Whom it is for; everyone if empty.
    pub only: Audience,
    /// Whom it is not for.
    pub never: Audience,
    /// From when, in milliseconds since 1970.
    pub from: Option<i64>,
    /// Until when, in milliseconds since 1970.
    pub until: Option<i64>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Its name in the plan.
    pub id: String,
    /// What it shows, first to last.
    pub slots: Vec<Slot>,
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotContent {
    /// A shelf of products.
    Shelf,
    /// One of several pictures with words.
    Banner,
    /// Categories, in an order that suits.
    Categories,
    /// What the brand tells of itself.
    Story,
    /// An offer.
    Offer,
    /// Something of a later version. It is left out.
    #[default]
    #[serde(other)]
    Unknown,
}

/// One place of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Slot {
    /// Its name, unique in the plan.
    pub id: String,
    /// What it holds.
    pub kind: SlotContent,
    /// Its heading.
    pub title: PlanText,
    /// Whether it keeps its place whatever the user likes.
    pub pinned: bool,
    /// Whom it is for; everyone if empty.
    pub only: Audience,
    /// Whom it is not for.
    pub never: Audience,
    /// The kind of a shelf: `for_you`, `trending` …; `for_you` if empty.
    pub shelf: String,
    /// Products of a shelf; 12 if not given.
    pub limit: Option<u32>,
    /// What a shelf shows, and what a slot is about.
    pub about: Selection,
    /// The categories of a strip of categories.
    pub categories: Vec<String>,
    /// What a banner or a story may show; the first is for whom none suits better.
    pub variants: Vec<Variant>,
    /// Offers that it may show, the first that suits; all of the plan if empty.
    pub offers: Vec<String>,
}

/// One of the pre-made fillings of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Variant {
    /// Its name, unique in the slot.
    pub id: String,
    /// Its words.
    pub title: PlanText,
    /// More of them.
    pub text: PlanText,
    /// Address of its picture.
    pub image_link: Option<String>,
    /// Where it leads.
    pub link: Option<String>,
    /// Products that it is about.
    pub about: Selection,
    /// Whom it is for; everyone if empty.
    pub only: Audience,
}

/// What an offer gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferGift {
    /// A reduction of the products that it is about.
    Discount,
    /// Something from a value of the order on.
    Threshold,
    /// Products that are cheaper together.
    Bundle,
    /// For members of a tier.
    Reward,
    /// Something of a later version. It is not offered.
    #[default]
    #[serde(other)]
    Unknown,
}

/// A published offer: the same rule and the same amount for everyone who gets it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    /// Its name in the plan, and in events as `promotion_id`.
    pub id: String,
    /// What it gives.
    pub kind: OfferGift,
    /// Its words.
    pub title: PlanText,
    /// Its terms, for the user to read.
    pub terms: PlanText,
    /// The code to enter, the same for everyone.
    pub code: Option<String>,
    /// The reduction in per cent.
    pub percent: Option<u32>,
    /// The reduction as an amount.
    pub amount: Option<Money>,
    /// Whether delivery is free.
    pub free_delivery: bool,
    /// The least value of an order.
    pub minimum: Option<Money>,
    /// Products that it is about; all if empty. If it names items, one of them has to be available.
    pub about: Selection,
    /// Whom it is for; everyone if empty.
    pub only: Audience,
    /// Whom it is not for.
    pub never: Audience,
    /// Whether it is what everyone gets for whom nothing may be chosen. The first one that is valid counts.
    pub default: bool,
    /// How often it may be shown within `per_days`; as often as one likes if not given.
    pub most_shown: Option<u32>,
    /// The days of `most_shown`; 7 if not given.
    pub per_days: Option<u32>,
    /// What has to be said with it, by region (`US-NY`, `DE`) or `*` for all others.
    pub disclosure: BTreeMap<String, PlanText>,
    /// Where it leads.
    pub link: Option<String>,
    /// From when, in milliseconds since 1970.
    pub from: Option<i64>,
    /// Until when, in milliseconds since 1970.
    pub until: Option<i64>,
}

impl Plan {
    /// Reads the text of a bundle. What a later version added is skipped; a plan of a later format is as good as none.
    pub(crate) fn read(json: &str) -> Result<Self, CatalogError> {
        if !PLAN.takes(json.len()) {
            return Err(CatalogError::TooLarge { what: "the plan", limit: PLAN.most as u64 });
        }
        let plan: Self = serde_json::from_str(json).map_err(|_| CatalogError::damaged("the plan"))?;
        match plan.format {
            0 => Err(CatalogError::damaged("the plan")),
            1..=PLAN_FORMAT => Ok(plan),
            // A condition that is not known here must not be left out: everyone would meet it.
            _ => Ok(Self::default()),
        }
    }

    /// The text for a bundle.
    #[cfg(feature = "operator")]
    pub(crate) fn text(&self) -> Result<String, CatalogError> {
        let text = serde_json::to_string(self)
            .map_err(|_| CatalogError::Build { what: "the plan cannot be written" })?;
        Self::read(&text)?;
        Ok(text)
    }

    /// The slot of a name, in whichever layout it is.
    pub(crate) fn slot(&self, id: &str) -> Option<&Slot> {
        self.layouts.iter().flat_map(|layout| &layout.slots).find(|slot| slot.id == id)
    }

    /// How many products of a shelf of so many may be pinned.
    pub(crate) fn most_pinned(&self, limit: usize) -> usize {
        limit * self.pinned_percent.min(MOST_PINNED_PERCENT) as usize / 100
    }
}

impl PlanText {
    /// The text in the language of a locale; else in English, else in any. Formal German is the usual one where there is none.
    #[must_use]
    pub fn of(&self, locale: &str) -> String {
        Self::shared(&[self], locale).and_then(|found| self.0.get(found)).cloned().unwrap_or_default()
    }

    /// The locale that all of these texts are in and that suits a user of `locale` best, as [`of`](Self::of) chooses one.
    /// `None` if they have none in common.
    #[must_use]
    pub fn shared<'a>(texts: &[&'a Self], locale: &str) -> Option<&'a str> {
        let (first, others) = texts.split_first()?;
        let of_all = |locale: &&str| others.iter().all(|text| text.0.contains_key(*locale));
        let known = || first.0.keys().map(String::as_str).filter(of_all);
        let formal = Some(FORMAL_GERMAN).filter(|formal| fitting(locale) == *formal);
        let wanted = language(locale).to_ascii_lowercase();
        let named = [formal, Some(&*wanted), Some("en")].into_iter().flatten();
        named.into_iter().find_map(|name| known().find(|known| *known == name)).or_else(|| known().next())
    }
}

impl Selection {
    /// Whether it selects nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && !self.has_lists()
    }

    /// Whether it selects by more than ids.
    #[must_use]
    pub fn has_lists(&self) -> bool {
        !(self.brands.is_empty() && self.categories.is_empty() && self.tags.is_empty())
    }
}

/// Whether something holds at `now_ms`: from its first moment until before its last.
pub(crate) fn is_on(from: Option<i64>, until: Option<i64>, now_ms: i64) -> bool {
    from.is_none_or(|from| from <= now_ms) && until.is_none_or(|until| now_ms < until)
}
