//! What is known of a candidate, as numbers: one row a candidate, one column a feature.
//!
//! Every source is divided by its largest value among the candidates, so that weights learnt on one
//! query fit another. On a shelf of a part of the shop the items that it starts from count as well: otherwise what is least
//! far from them would look as near as anything can be.
#![allow(
    clippy::indexing_slicing,
    reason = "rows are arrays of COUNT numbers and the features are constants below it"
)]

use libm::{expf, log1pf};
use ndarray::Array2;

use crate::base::clock::DAY_MS;
use crate::catalog::{Catalog, TagKind};
use crate::profile::{Evidence, Fading, Recent};
use crate::ranking::candidates::Sources;
use crate::ranking::explain::{ReasonCode, ReasonCode as R};
use crate::ranking::kernel::{Query, WIDTH};
use crate::ranking::past::Past;

/// Version of the set of features. A shop's weights of another version, or of another number of features, are not used.
pub const VERSION: u32 = 1;

/// What training does with the weight of a feature.
#[cfg(feature = "operator")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Training {
    /// Learns it from the shop's history.
    Learnt,
    /// Leaves it at the default: the history says nothing about it. What nobody touched yet looks hopeless to training,
    /// dead stock and news alike, so that `COLD` is set and not learnt.
    Fixed,
}

/// How large the values of a feature get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// As they are computed.
    Plain,
    /// Divided by the largest value among the candidates.
    Scaled,
}

/// What a feature rests on. Lists that use less of the user weigh by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The item alone: the same for everyone.
    Everyone,
    /// The items that the list starts from.
    Start,
    /// What the user said.
    Said,
    /// What the user did.
    User,
}

/// What is known of a feature besides its name and its weight.
pub(crate) struct Feature {
    #[cfg(feature = "operator")]
    pub(crate) training: Training,
    scale: Scale,
    pub(crate) about: About,
    /// What it is called when a list is explained; `None` for what explains nothing.
    reason: Option<ReasonCode>,
}

macro_rules! features {
    ($($(#[$doc:meta])* $place:ident = $number:literal: $name:literal, $weight:literal,
        $training:ident, $scale:ident, $about:ident, $reason:expr;)+) => {
        $($(#[$doc])* pub(crate) const $place: usize = $number;)+

        /// Every feature, in the order of a shop's weights.
        pub(crate) static TABLE: [Feature; COUNT] = [$(Feature {
            #[cfg(feature = "operator")]
            training: Training::$training,
            scale: Scale::$scale,
            about: About::$about,
            reason: $reason,
        }),+];

        #[cfg(test)]
        const PLACES: [usize; COUNT] = [$($number),+];

        /// Number of features.
        pub const COUNT: usize = [$($number),+].len();

        /// Names of the features, in the order of a shop's weights.
        pub const FEATURES: [&str; COUNT] = [$($name),+];

        /// Weights of a shop that has not been trained: conventions near what three shops' training gave.
        pub(crate) const DEFAULTS: [f32; COUNT] = [$($weight),+];
    };
}

// Name, default weight, what training does, scale, what it rests on, reason. A new one goes to the end: weights of another
// number of features are not used, and `VERSION` rises where one changes its meaning.
features! {
    /// How strongly it goes with the latest items.
    NEIGHBOURS = 0: "neighbours", 0.8, Learnt, Scaled, Start, Some(R::BoughtTogether);
    /// How strongly it goes with the newest item alone.
    LAST = 1: "last", 0.2, Learnt, Scaled, Start, Some(R::BoughtTogether);
    /// How near it is to the latest items in the shop's embedding.
    EMBEDDING = 2: "embedding", 1.5, Learnt, Scaled, Start, Some(R::SimilarTaste);
    /// How many rare tags it shares with the latest items.
    CONTENT = 3: "content", 1.0, Learnt, Scaled, Start, Some(R::SharedAttributes);
    /// How well its tags fit what the user likes.
    TASTE = 4: "taste", 0.4, Learnt, Scaled, User, Some(R::SharedAttributes);
    /// Logarithm of how often it was bought or viewed.
    LOG_POPULARITY = 5: "log_popularity", 0.8, Learnt, Scaled, Everyone, Some(R::Popular);
    /// The same over the last 45 days.
    RECENT_POPULARITY = 6: "recent_popularity", 0.4, Learnt, Scaled, Everyone, Some(R::Trending);
    /// How many of the first four features speak for it, from 0 to 1.
    AGREEMENT = 7: "agreement", 1.2, Learnt, Plain, Start, Some(R::SimilarTaste);
    /// 1 if nobody has touched it yet.
    COLD = 8: "cold", 0.3, Fixed, Plain, Everyone, Some(R::New);
    /// How near its price is to the user's usual one, from 0 to 1.
    PRICE_FIT = 9: "price_fit", 0.6, Learnt, Plain, User, Some(R::PriceFit);
    /// How recently the user had it: 1 for the newest item, less with each step back.
    REPEAT_RECENCY = 10: "repeat_recency", 0.4, Learnt, Plain, User, Some(R::BuyAgain);
    /// Logarithm of how often the user had it.
    REPEAT_COUNT = 11: "repeat_count", 0.5, Learnt, Scaled, User, Some(R::BuyAgain);
    /// 1 if it is the newest item.
    IS_LAST = 12: "is_last", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// How often the user had it, with a half-life of 60 days.
    FREQUENCY_60 = 13: "frequency_60d", 0.4, Learnt, Scaled, User, Some(R::BuyAgain);
    /// How often the user had it, with a half-life of 365 days.
    FREQUENCY_365 = 14: "frequency_365d", 0.4, Learnt, Scaled, User, Some(R::BuyAgain);
    /// How near it is to being bought again, from 0 to 1.
    DUE = 15: "due", 0.4, Learnt, Plain, User, Some(R::BuyAgain);
    /// How much the user likes its brand, from -1 to 1.
    BRAND = 16: "brand", 0.5, Learnt, Plain, User, Some(R::BrandAffinity);
    /// How much the user likes its category, from -1 to 1.
    CATEGORY = 17: "category", 0.5, Learnt, Plain, User, Some(R::CategoryAffinity);
    /// Share of what the user named that it has, from 0 to 1.
    STATED = 18: "stated", 2.0, Fixed, Plain, Said, Some(R::StatedPreference);
    /// 1 if it is in stock.
    IN_STOCK = 19: "in_stock", 0.2, Fixed, Plain, Everyone, None;
    /// How well its size agrees with the sizes the user took.
    SIZE = 20: "size", 0.4, Fixed, Plain, User, Some(R::SizeFit);
    /// How near it is to what the user dismissed, from 0 to 1.
    DISLIKED = 21: "disliked", -2.0, Fixed, Plain, User, None;
    /// 1 if the user had it before.
    SEEN = 22: "seen", 0.3, Learnt, Plain, User, Some(R::BuyAgain);
    /// As `NEIGHBOURS`, with a longer memory.
    NEIGHBOURS_LONG = 23: "neighbours_long", 0.3, Learnt, Scaled, Start, Some(R::BoughtTogether);
    /// As `EMBEDDING`, with a longer memory.
    EMBEDDING_LONG = 24: "embedding_long", 0.3, Learnt, Scaled, Start, Some(R::SimilarTaste);
    /// How often it was in the same baskets or sessions as the latest items.
    TOGETHER = 25: "together", 0.3, Learnt, Scaled, Start, Some(R::BoughtTogether);
    /// How likely the latest items make it, each beside all others.
    RIDGE = 26: "ridge", 2.0, Learnt, Scaled, Start, Some(R::BoughtTogether);
    /// Logarithm of how often the user had it, as it is.
    OWN_COUNT = 27: "own_count", 0.1, Learnt, Plain, User, Some(R::BuyAgain);
    /// Share of the user's acts on what they had before, if this is something they had before.
    SEEN_BY_REPEATS = 28: "seen_by_repeats", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// Logarithm of how many products the user had, if this is one of them.
    SEEN_BY_LENGTH = 29: "seen_by_length", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// `SEEN_BY_REPEATS` of the newest item.
    LAST_BY_REPEATS = 30: "last_by_repeats", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// `SEEN_BY_LENGTH` of the newest item.
    LAST_BY_LENGTH = 31: "last_by_length", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// How much of the latest moment was on what the user had before, if this is something they had before.
    AFTER_REPEAT = 32: "after_repeat", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// 1 if it once came right after the newest item.
    FOLLOWED = 33: "followed", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// How often the user had it over how many moments they had anything, from 0 to 1.
    OWN_SHARE = 34: "own_share", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// 1 if it is the newest item but one.
    BEFORE_LAST = 35: "before_last", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
    /// Logarithm of `FREQUENCY_60`, as it is.
    OWN_60 = 36: "own_60d", 0.0, Learnt, Plain, User, Some(R::BuyAgain);
}

/// What a feature is called when a list is explained; `None` for what explains nothing.
pub(crate) fn reason(feature: usize) -> Option<ReasonCode> {
    TABLE.get(feature)?.reason
}

/// The features of every candidate, in their order. `whole` are items whose values count for the scale beside those of the
/// candidates.
pub(crate) fn matrix(
    catalog: &Catalog,
    evidence: &Evidence,
    sources: &Sources,
    candidates: &[u32],
    whole: &[Recent],
) -> Array2<f32> {
    let mut f = Array2::zeros((candidates.len(), COUNT));
    let user = User::of(catalog, evidence);
    let (near, tags) = (nearness(catalog, sources, candidates), catalog.all_tags());
    for ((mut row, &ix), near) in f.rows_mut().into_iter().zip(candidates).zip(near) {
        if let Some(row) = row.as_slice_mut().and_then(|r| <&mut [f32; COUNT]>::try_from(r).ok()) {
            from_sources(catalog, sources, (ix, tags.of(ix)), row);
            [row[EMBEDDING], row[EMBEDDING_LONG]] = near;
            user.fill(catalog, ix, row);
        }
    }
    let least = largest(catalog, sources, whole);
    for (feature, _) in TABLE.iter().enumerate().filter(|(_, feature)| feature.scale == Scale::Scaled) {
        let mut column = f.column_mut(feature);
        let most = column.iter().fold(least[feature], |m, &x| m.max(x));
        if most > 0.0 {
            column.mapv_inplace(|x| (x / most).max(-1.0));
        }
    }
    for mut row in f.rows_mut() {
        if let Some([a, b, c, d, ..]) = row.as_slice() {
            let agreeing = [a, b, c, d].into_iter().filter(|&&x| x > 0.05).count() as f32;
            row[AGREEMENT] = agreeing / 4.0;
        }
    }
    f
}

/// The largest values of some items, of what is not the same for everyone.
fn largest(catalog: &Catalog, sources: &Sources, items: &[Recent]) -> [f32; COUNT] {
    let (items, tags): (Vec<u32>, _) = (items.iter().map(|item| item.ix).collect(), catalog.all_tags());
    let mut most = [0.0_f32; COUNT];
    for (&ix, near) in items.iter().zip(nearness(catalog, sources, &items)) {
        let mut row = [0.0; COUNT];
        from_sources(catalog, sources, (ix, tags.of(ix)), &mut row);
        [row[EMBEDDING], row[EMBEDDING_LONG]] = near;
        let all =
            most.iter_mut().zip(row).zip(&TABLE).filter(|(_, feature)| feature.about != About::Everyone);
        all.for_each(|((most, value), _)| *most = most.max(value));
    }
    most
}

/// How near the products are to the short and to the long memory of the latest items.
fn nearness(catalog: &Catalog, sources: &Sources, candidates: &[u32]) -> Vec<[f32; 2]> {
    let mut rows: Vec<i8> = Vec::with_capacity(candidates.len() * WIDTH);
    for (place, ix) in (1..).zip(candidates) {
        rows.extend(catalog.embedding(catalog.product_of(*ix)));
        rows.resize(place * WIDTH, 0);
    }
    let dots = |query: Option<Query>| {
        let mut dots = vec![0; candidates.len()];
        query.iter().for_each(|query| query.dots(&rows, &mut dots));
        dots
    };
    let pairs = dots(sources.query).into_iter().zip(dots(sources.query_long));
    pairs.map(|(short, long)| [short as f32, long as f32]).collect()
}

/// What was learnt is the product's, what it is and costs is the variant's.
fn from_sources(catalog: &Catalog, sources: &Sources, of: (u32, &[u32]), row: &mut [f32; COUNT]) {
    let ((ix, tags), product) = (of, catalog.product_of(of.0));
    let length = catalog.tag_length(ix);
    row[NEIGHBOURS] = sources.neighbours.get(product);
    row[LAST] = sources.last.get(product);
    row[TOGETHER] = sources.together.get(product);
    row[RIDGE] = sources.ridge.get(product);
    row[NEIGHBOURS_LONG] = sources.neighbours_long.get(product);
    row[CONTENT] = sources.content.score(tags, length);
    row[TASTE] = sources.taste.score(tags, length);
    row[LOG_POPULARITY] = log1pf(catalog.popularity(product).max(0.0));
    row[RECENT_POPULARITY] = log1pf(catalog.recent_popularity(product).max(0.0));
    row[COLD] = f32::from(u8::from(catalog.is_cold(product)));
    row[IN_STOCK] = f32::from(u8::from(catalog.availability(ix) == crate::catalog::Availability::InStock));
    row[DISLIKED] = sources.disliked.get(product);
}

/// What is asked of the evidence for every candidate, looked up once.
struct User<'a> {
    evidence: &'a Evidence,
    price: Option<(f32, f32, u32)>,
    most_brand: f32,
    most_category: f32,
    sizes_known: bool,
    /// How much each tag of the catalog is liked.
    likings: Vec<f32>,
    past: Past,
    fading: Fading,
}

impl<'a> User<'a> {
    fn of(catalog: &Catalog, evidence: &'a Evidence) -> Self {
        let (mut most_brand, mut most_category, mut sizes_known) = (0.0_f32, 0.0_f32, false);
        let mut likings = vec![0.0; catalog.tag_count()];
        for (tag, strength, _) in evidence.derived.likings() {
            likings.get_mut(tag as usize).into_iter().for_each(|liking| *liking = strength);
            match catalog.tag_kind(tag) {
                Some(TagKind::Brand) => most_brand = most_brand.max(strength),
                Some(TagKind::Category | TagKind::ProductType) => most_category = most_category.max(strength),
                Some(TagKind::Size) => sizes_known = true,
                _ => {}
            }
        }
        Self {
            evidence,
            price: evidence.derived.price(),
            most_brand,
            most_category,
            sizes_known,
            likings,
            past: Past::of(evidence),
            fading: evidence.derived.fading(evidence.now_ms),
        }
    }

    fn fill(&self, catalog: &Catalog, ix: u32, row: &mut [f32; COUNT]) {
        if let (Some((mean, deviation, _)), Some(price)) = (self.price, catalog.log_price(ix)) {
            row[PRICE_FIT] = 1.0 - ((price - mean).abs() / (deviation + 0.3)).min(4.0) / 4.0;
        }
        row[BRAND] = self.affinity(catalog.brand(ix), self.most_brand);
        row[CATEGORY] = self.affinity(catalog.category(ix), self.most_category);
        row[STATED] = self.stated(catalog, ix);
        row[SIZE] = self.size(catalog, ix);
        self.fill_own_use(catalog, ix, row);
    }

    fn liking(&self, tag: u32) -> f32 {
        self.likings.get(tag as usize).copied().unwrap_or_default()
    }

    fn affinity(&self, tag: Option<u32>, most: f32) -> f32 {
        let sum = tag.map_or(0.0, |t| self.liking(t));
        if most > 0.0 { (sum / most).clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// Share of what the user named that the item has; any two together count fully.
    fn stated(&self, catalog: &Catalog, ix: u32) -> f32 {
        let tags = catalog.tags(ix);
        let hits: f32 = self.evidence.stated.iter().filter(|(t, _)| tags.contains(t)).map(|(_, s)| s).sum();
        if hits >= 2.0 { 1.0 } else { hits * 0.7 }
    }

    /// How well the item's size agrees with the sizes taken so far.
    fn size(&self, catalog: &Catalog, ix: u32) -> f32 {
        if !self.sizes_known {
            return 0.0;
        }
        let sizes = catalog.tags_of_kind(ix, TagKind::Size);
        sizes.map(|size| self.liking(size)).fold(0.0, f32::max)
    }

    fn fill_own_use(&self, catalog: &Catalog, ix: u32, row: &mut [f32; COUNT]) {
        let product = catalog.product_of(ix);
        let Some(used) = self.evidence.derived.uses.get(&product).filter(|u| u.count > 0) else { return };
        if let Some(recent) = self.evidence.recent.iter().find(|r| r.product == product) {
            row[REPEAT_RECENCY] = expf(-0.3 * recent.step as f32);
            row[IS_LAST] = f32::from(u8::from(recent.step == 0));
            row[BEFORE_LAST] = f32::from(u8::from(recent.step == 1));
        }
        row[SEEN] = 1.0;
        row[REPEAT_COUNT] = log1pf(used.count as f32);
        let (short, long) = self.fading.of(used);
        let past = &self.past;
        row[OWN_COUNT] = log1pf(used.count as f32);
        row[SEEN_BY_REPEATS] = past.rate;
        row[SEEN_BY_LENGTH] = past.length;
        row[LAST_BY_REPEATS] = row[IS_LAST] * past.rate;
        row[LAST_BY_LENGTH] = row[IS_LAST] * past.length;
        row[AFTER_REPEAT] = past.repeated;
        row[FOLLOWED] = f32::from(u8::from(past.followers.contains(&product)));
        row[OWN_SHARE] = (used.count as f32 / past.moments).min(1.0);
        row[OWN_60] = log1pf(short);
        row[FREQUENCY_60] = short;
        row[FREQUENCY_365] = long;
        if let Some(days) = used.interval_days(catalog.repurchase_days(product)).filter(|_| used.bought > 0) {
            let since = self.evidence.now_ms.saturating_sub(used.last_bought_ms) as f32 / DAY_MS as f32;
            let r = since / days.max(0.5);
            row[DUE] = r * expf(1.0 - r);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn places_in_a_shops_weights_stay_what_they_are() {
        numbers::hold("feature", (0..).zip(FEATURES).map(|(place, name)| (name.to_owned(), place)));
        assert!(PLACES.into_iter().eq(0..COUNT), "the table is in order");
    }
}
