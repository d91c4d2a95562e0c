//! Why an item is where it is in a list: the parts of its score, the evidence for each, and its rank without it.

use std::collections::BTreeSet;

use ndarray::Array2;
use serde::Deserialize;

use crate::catalog::{Catalog, TagKind};
use crate::profile::{Deed, Deeds, Evidence, Recent};
use crate::ranking::candidates::Sources;
use crate::ranking::features;
use crate::ranking::features::{About, COUNT, TABLE};
use crate::ranking::likeness::is_of_kind;
use crate::ranking::parts::{Part, Parts};
use crate::ranking::request::ShelfKind;
use crate::ranking::seeds::Seed;
use crate::ranking::sums::ByProduct;

/// A reason for showing an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// It is among the fifth of all products that users buy or look at most.
    Popular,
    /// It is among the fifth that users buy or look at most at present.
    Trending,
    /// Others bought it with an item the user bought.
    BoughtTogether,
    /// Others viewed it with an item the user viewed.
    ViewedTogether,
    /// Near the user's interests in the shop's embedding.
    SimilarTaste,
    /// Shares attributes with items the user liked.
    SharedAttributes,
    /// Of a category the user likes.
    CategoryAffinity,
    /// Of a brand the user likes.
    BrandAffinity,
    /// In the user's usual price range.
    PriceFit,
    /// In the user's size.
    SizeFit,
    /// The user bought it before.
    BuyAgain,
    /// Matches a stated preference.
    StatedPreference,
    /// Hardly anyone has bought it or looked at it yet.
    New,
    /// Matches the search, or the given order.
    Matches,
    /// Shown to learn whether users like it.
    Exploration,
    /// The user looked at it before, and did not buy it.
    ViewedBefore,
    /// Similar to the product that the list is about.
    Similar,
    /// The shop placed it there by its own choice.
    PlacedByShop,
    /// The shop shows it there, and nothing more can be said for it.
    ShownByShop,
}

impl ReasonCode {
    /// Whether it is the same for everyone.
    pub(crate) const fn is_of_everyone(self) -> bool {
        matches!(self, Self::Popular | Self::Trending | Self::New | Self::ShownByShop)
    }
}

/// What a factor refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Nothing in particular.
    None,
    /// An item, by index.
    Item(u32),
    /// A tag, by number.
    Tag(u32),
}

/// One part of an item's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    /// What it is.
    pub code: ReasonCode,
    /// The item or tag it is based on.
    pub subject: Subject,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
    /// Number of days on which the user had to do with its tag; 0 for what has none.
    pub days: u32,
    /// What was done with that, for its sentence.
    pub(crate) deed: Option<Deed>,
    /// Whether it is a stated preference, rather than inferred from behaviour.
    pub stated: bool,
    /// Its part of the score; negative if it lowers the score.
    pub weight: f32,
    /// Rank of the item without this factor, 0 for the top.
    pub without_rank: u32,
}

impl Factor {
    /// The id of the item or the name of the tag it is based on.
    #[must_use]
    pub fn attribute(&self, catalog: &Catalog) -> Option<String> {
        match self.subject {
            Subject::None => None,
            Subject::Item(ix) => Some(catalog.item_id(ix).to_owned()),
            Subject::Tag(tag) => catalog.tag(tag).map(|t| t.name.to_owned()),
        }
    }
}

/// Everything a list was made of, as long as the list is being made.
pub(crate) struct Workings<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) evidence: &'a Evidence,
    pub(crate) kind: ShelfKind,
    /// What the user usually pays, as logarithms of prices.
    pub(crate) prices: Option<(f32, f32)>,
    pub(crate) anchors: &'a [Recent],
    pub(crate) sources: &'a Sources,
    pub(crate) candidates: &'a [u32],
    pub(crate) features: Array2<f32>,
    pub(crate) weights: [f32; COUNT],
    /// What the search or the order it came in adds, by candidate.
    pub(crate) base: Vec<f32>,
    pub(crate) scores: Vec<f32>,
    /// What explanations take, of what is shown only.
    pub(crate) parts: Parts,
    pub(crate) seeds: ByProduct<Seed>,
    /// Candidates that are kept from the list, so as not to surprise.
    pub(crate) hidden: BTreeSet<u32>,
}

/// A part smaller than this share of the largest is not worth a word.
const WORTH: f32 = 0.05;
/// A part of at least this share of all that speaks for an item is a reason, even where the item would stand there anyway.
const MATERIAL: f32 = 0.2;
/// Reasons given with an item.
const REASONS: usize = 3;

impl Workings<'_> {
    /// The parts of one candidate's score, the largest first.
    pub(crate) fn factors(&self, at: usize) -> Vec<Factor> {
        let Some(ix) = self.candidates.get(at).copied() else { return Vec::new() };
        let parts = || self.parts.of_candidate(at);
        let largest = parts().fold(0.0_f32, |most, (_, weight)| most.max(weight.abs()));
        let worth = parts().filter(|(_, weight)| weight.abs() > WORTH * largest);
        let mut factors: Vec<Factor> =
            worth.map(|(part, weight)| self.factor(part, at, ix, weight)).collect();
        factors.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.code.cmp(&b.code)));
        factors
    }

    /// Takes up what explanations of these items need.
    pub(crate) fn prepare(&mut self, shown: &[u32]) {
        self.parts = Parts::of(self);
        self.seeds = self.strongest_seeds(shown);
    }

    /// Why the candidate is where it is, at most three reasons: what puts it before others, or makes up a good part of its
    /// score. On a list that knows the user what is about them comes first.
    pub(crate) fn reasons(&self, at: usize, factors: &[Factor]) -> Vec<ReasonCode> {
        let Some(ix) = self.candidates.get(at).copied() else { return Vec::new() };
        let place = self.parts.place(at);
        let all: f32 = factors.iter().map(|f| f.weight.max(0.0)).sum();
        let matters = |f: &&Factor| {
            f.weight > 0.0
                && (f.without_rank > place || f.weight >= MATERIAL * all)
                && f.weight * self.named_share(ix, f) >= WORTH * all
        };
        let mut told: Vec<&Factor> =
            factors.iter().filter(&matters).filter(|f| self.has_evidence(f)).collect();
        told.sort_by_key(|f| f.code.is_of_everyone());
        let given = self.given(factors);
        let others = told.into_iter().map(|f| f.code).filter(|code| Some(*code) != given);
        let mut reasons: Vec<ReasonCode> = given.into_iter().chain(others).take(REASONS).collect();
        if reasons.is_empty() {
            // It suits the user in many small ways, none of which has a name of its own, or no more than the shop shows it.
            let mut codes = factors.iter().filter(matters).map(|f| f.code);
            let vague = codes.find(|c| matches!(c, ReasonCode::SimilarTaste | ReasonCode::ShownByShop));
            reasons.extend(vague.or(of_everyone(factors)));
        }
        reasons
    }

    /// The reason that comes first whatever its share: without it the item would not be in the list at all, or a user would
    /// find any other one silly.
    fn given(&self, factors: &[Factor]) -> Option<ReasonCode> {
        use ReasonCode as R;
        match self.kind {
            kind if kind.goes_with() => Some(R::BoughtTogether),
            kind if kind.is_about_seeds() => None,
            ShelfKind::Trending => of_everyone(factors),
            _ => {
                let own = factors.iter().filter(|f| f.weight > 0.0 && self.has_evidence(f));
                own.map(|f| f.code).find(|code| matches!(code, R::BuyAgain | R::ViewedBefore))
            }
        }
    }

    /// How much of a factor the one item makes up that is named for it.
    fn named_share(&self, ix: u32, factor: &Factor) -> f32 {
        match (factor.code, self.seeds.get(&self.catalog.product_of(ix))) {
            (ReasonCode::BoughtTogether | ReasonCode::ViewedTogether, Some(seed)) => seed.strength / seed.all,
            _ => 1.0,
        }
    }

    /// Whether a reason is true of this user.
    fn has_evidence(&self, factor: &Factor) -> bool {
        use ReasonCode as R;
        match factor.code {
            R::BoughtTogether | R::ViewedTogether => factor.subject != Subject::None,
            R::SimilarTaste
            | R::SharedAttributes
            | R::SizeFit
            | R::BrandAffinity
            | R::CategoryAffinity
            | R::PriceFit
            | R::BuyAgain
            | R::ViewedBefore => factor.evidence_count > 0,
            // No more than that it is there: for what has no other reason.
            R::ShownByShop => false,
            _ => true,
        }
    }

    /// Whether the price is one that the user usually pays, which a purchase or two do not say.
    fn is_usual(&self, ix: u32) -> bool {
        let usual = self.prices.zip(self.catalog.log_price(ix));
        usual.is_some_and(|((low, high), price)| (low..=high).contains(&price))
    }

    /// What else the list is drawn from that is of the item's kind: a product is no reason for itself.
    fn others(&self, ix: u32) -> impl Iterator<Item = u32> {
        let own = self.catalog.product_of(ix);
        let others = self.anchors.iter().filter(move |anchor| anchor.product != own);
        others.map(|anchor| anchor.ix).filter(move |seed| is_of_kind(self.catalog, *seed, ix))
    }

    /// What a feature is called, the order it came in being one more; `None` where it explains nothing.
    pub(crate) fn called(&self, feature: usize) -> Option<ReasonCode> {
        use ReasonCode as R;
        if feature == COUNT {
            return Some(if self.kind.goes_with() { R::BoughtTogether } else { R::Matches });
        }
        let about = TABLE.get(feature)?.about;
        Some(match features::reason(feature)? {
            R::SimilarTaste | R::SharedAttributes if about == About::Start && self.kind.is_about_seeds() => {
                R::Similar
            }
            code => code,
        })
    }

    /// Adds what a feature, or the order it came in, adds to each candidate's score.
    pub(crate) fn add_part(&self, feature: usize, sums: &mut [f32]) {
        if feature == COUNT {
            return sums.iter_mut().zip(&self.base).for_each(|(sum, base)| *sum += base);
        }
        let weight = self.weights.get(feature).copied().unwrap_or_default();
        let values = self.features.column(feature);
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
    }

    /// What a part of the score is called for an item that it speaks for, so that it is true of that item.
    fn called_of(&self, part: &Part, ix: u32, weight: f32) -> ReasonCode {
        use ReasonCode as R;
        let product = self.catalog.product_of(ix);
        match part.code {
            R::BuyAgain if !self.had(ix) => R::ViewedBefore,
            R::Popular if weight > 0.0 && !self.catalog.is_popular(product) => R::ShownByShop,
            R::Trending if weight > 0.0 && !self.catalog.is_trending(product) => R::ShownByShop,
            R::Similar if weight > 0.0 && self.others(ix).next().is_none() => R::ShownByShop,
            code => code,
        }
    }

    fn factor(&self, part: &Part, at: usize, ix: u32, weight: f32) -> Factor {
        let without_rank = self.parts.place_without(part, at);
        let code = self.called_of(part, ix, weight);
        let (subject, evidence_count) = self.rests_on(ix, code);
        let code = match subject {
            Subject::Item(seed) if code == ReasonCode::BoughtTogether && !self.was_bought(seed) => {
                ReasonCode::ViewedTogether
            }
            _ => code,
        };
        let days = match subject {
            Subject::Tag(tag) => self.evidence.derived.days_of(tag),
            _ => 0,
        };
        let stated = code == ReasonCode::StatedPreference;
        let deed = self.deed(ix, code, subject);
        Factor { code, subject, evidence_count, days, deed, stated, weight, without_rank }
    }

    /// What the user did with what a factor rests on.
    fn deed(&self, ix: u32, code: ReasonCode, subject: Subject) -> Option<Deed> {
        let derived = &self.evidence.derived;
        match (code, subject) {
            (ReasonCode::ViewedBefore, _) => derived.deeds(self.catalog.product_of(ix)).told(),
            (ReasonCode::SizeFit, Subject::Tag(tag)) => self.done_with(ix, tag).chosen(),
            (ReasonCode::SharedAttributes, Subject::Tag(tag)) => self.done_with(ix, tag).told(),
            (ReasonCode::SimilarTaste, _) => self.done_with_alike(ix).told(),
            _ => None,
        }
    }

    /// Whether the user bought the product.
    fn had(&self, ix: u32) -> bool {
        self.buys(ix) > 0
    }

    fn was_bought(&self, seed: u32) -> bool {
        self.anchors.iter().any(|a| a.ix == seed && a.bought)
    }

    /// What a factor rests on: the item or tag, and how many acts of the user.
    fn rests_on(&self, ix: u32, code: ReasonCode) -> (Subject, u32) {
        let derived = &self.evidence.derived;
        // What comes from sensitive topics alone is not named: others may look on.
        let of_tag = |tag: Option<u32>| match tag.filter(|t| derived.may_name_tag(*t)) {
            // Nor what the user is not interested in any more. What they did with this very product says nothing of others.
            Some(tag) if self.done_with(ix, tag) == Deeds::default() && !derived.was_searched(tag) => {
                (Subject::None, 0)
            }
            Some(tag) => match derived.evidence_count(tag).saturating_sub(self.use_count(ix)) {
                0 => (Subject::None, 0),
                count => (Subject::Tag(tag), count),
            },
            None => (Subject::None, 0),
        };
        match code {
            ReasonCode::BoughtTogether | ReasonCode::ViewedTogether => {
                let own = self.catalog.product_of(ix);
                match self.seeds.get(&own) {
                    Some(&Seed { ix: seed, .. }) if self.catalog.product_of(seed) != own => {
                        (Subject::Item(seed), self.use_count(seed))
                    }
                    _ => (Subject::None, 0),
                }
            }
            ReasonCode::SimilarTaste => (Subject::None, self.likened(ix)),
            ReasonCode::BrandAffinity => of_tag(self.catalog.brand(ix)),
            ReasonCode::CategoryAffinity => of_tag(self.catalog.category(ix)),
            ReasonCode::SharedAttributes => of_tag(self.telling_tag(ix)),
            ReasonCode::SizeFit => of_tag(self.size_tag(ix)),
            ReasonCode::StatedPreference => {
                let said = |t: &&u32| self.evidence.stated.iter().any(|s| s.0 == **t);
                let tag = self.catalog.tags(ix).iter().find(said).copied();
                (tag.map_or(Subject::None, Subject::Tag), 1)
            }
            ReasonCode::PriceFit if !self.is_usual(ix) => (Subject::None, 0),
            ReasonCode::PriceFit => (Subject::None, derived.price().map_or(0, |p| p.2)),
            ReasonCode::BuyAgain | ReasonCode::ViewedBefore if !self.may_name(ix) => (Subject::None, 0),
            ReasonCode::BuyAgain => (Subject::Item(ix), self.buys(ix)),
            ReasonCode::ViewedBefore => (Subject::Item(ix), self.use_count(ix)),
            ReasonCode::Similar => {
                let named = self.others(ix).find(|seed| self.may_name(*seed));
                (named.map_or(Subject::None, Subject::Item), 0)
            }
            _ => (Subject::None, 0),
        }
    }

    pub(super) fn use_count(&self, ix: u32) -> u32 {
        self.evidence.derived.uses.get(&self.catalog.product_of(ix)).map_or(0, |used| used.count)
    }

    fn buys(&self, ix: u32) -> u32 {
        self.evidence.derived.uses.get(&self.catalog.product_of(ix)).map_or(0, |used| used.bought)
    }

    /// Whether an item may be named: nothing that is known of the user has it from a sensitive topic.
    pub(super) fn may_name(&self, ix: u32) -> bool {
        let (evidence, product) = (self.evidence, self.catalog.product_of(ix));
        let told = || evidence.recent.iter().any(|known| known.product == product);
        evidence.derived.may_name_product(product) && (self.catalog.sensitive(ix).is_empty() || !told())
    }

    /// The size of the item that the user takes most.
    fn size_tag(&self, ix: u32) -> Option<u32> {
        let sizes = self.catalog.tags_of_kind(ix, TagKind::Size);
        let strength = |t: &u32| self.evidence.derived.strength(*t);
        sizes.max_by(|a, b| strength(a).total_cmp(&strength(b)).then(b.cmp(a)))
    }
}

/// What everyone thinks of the item, as far as that speaks for it.
fn of_everyone(factors: &[Factor]) -> Option<ReasonCode> {
    let all = factors.iter().filter(|f| f.code.is_of_everyone() && f.weight > 0.0).map(|f| f.code);
    all.min_by_key(|code| *code == ReasonCode::ShownByShop)
}
