//! What is known of a candidate, as numbers: one row a candidate, one column a feature.
//!
//! Every source is divided by its largest value among the candidates, so that weights learnt on one
//! query fit another.
#![allow(
    clippy::indexing_slicing,
    reason = "rows are arrays of COUNT numbers and the features are constants below it"
)]

use ndarray::Array2;

use crate::base::clock::DAY_MS;
use crate::catalog::{Catalog, TagKind};
use crate::profile::Evidence;
use crate::ranking::candidates::Sources;
use crate::ranking::explain::ReasonCode;

/// Names of the features, in the order of a shop's weights.
pub const FEATURES: [&str; COUNT] = [
    "neighbours",
    "last",
    "embedding",
    "content",
    "taste",
    "log_popularity",
    "recent_popularity",
    "agreement",
    "cold",
    "price_fit",
    "repeat_recency",
    "repeat_count",
    "is_last",
    "frequency_60d",
    "frequency_365d",
    "due",
    "brand",
    "category",
    "stated",
    "in_stock",
    "size",
    "disliked",
    "seen",
    "neighbours_long",
    "embedding_long",
];
/// Version of the set of features. A shop's weights of another version are not used.
pub const VERSION: u32 = 1;
/// Number of features.
pub const COUNT: usize = 25;

pub(crate) const NEIGHBOURS: usize = 0;
pub(crate) const LAST: usize = 1;
pub(crate) const EMBEDDING: usize = 2;
pub(crate) const CONTENT: usize = 3;
pub(crate) const TASTE: usize = 4;
pub(crate) const LOG_POPULARITY: usize = 5;
pub(crate) const RECENT_POPULARITY: usize = 6;
pub(crate) const AGREEMENT: usize = 7;
pub(crate) const COLD: usize = 8;
pub(crate) const PRICE_FIT: usize = 9;
pub(crate) const REPEAT_RECENCY: usize = 10;
pub(crate) const REPEAT_COUNT: usize = 11;
pub(crate) const IS_LAST: usize = 12;
pub(crate) const FREQUENCY_60: usize = 13;
pub(crate) const FREQUENCY_365: usize = 14;
pub(crate) const DUE: usize = 15;
pub(crate) const BRAND: usize = 16;
pub(crate) const CATEGORY: usize = 17;
pub(crate) const STATED: usize = 18;
pub(crate) const IN_STOCK: usize = 19;
pub(crate) const SIZE: usize = 20;
pub(crate) const DISLIKED: usize = 21;
pub(crate) const SEEN: usize = 22;
pub(crate) const NEIGHBOURS_LONG: usize = 23;
pub(crate) const EMBEDDING_LONG: usize = 24;

/// Weights of a shop that has not been trained: conventions near what three shops' training gave.
pub(crate) const DEFAULTS: [f32; COUNT] = [
    1.5, 0.4, 2.0, 1.0, 0.4, 0.8, 0.4, 1.2, 0.3, 0.6, 0.4, 0.5, 0.0, 0.4, 0.4, 0.4, 0.5, 0.5, 2.0, 0.2, 0.4,
    -2.0, 0.3, 0.3, 0.3,
];

/// Features that a shop's history says nothing about: training leaves them as they are. What nobody
/// touched yet looks hopeless to it, dead stock and news alike, so that `cold` is set and not learnt.
#[cfg(feature = "operator")]
pub(crate) const FIXED: [usize; 5] = [STATED, IN_STOCK, SIZE, DISLIKED, COLD];

/// Features divided by their largest value among the candidates.
const SCALED: [usize; 12] = [
    NEIGHBOURS,
    LAST,
    EMBEDDING,
    NEIGHBOURS_LONG,
    EMBEDDING_LONG,
    CONTENT,
    TASTE,
    LOG_POPULARITY,
    RECENT_POPULARITY,
    REPEAT_COUNT,
    FREQUENCY_60,
    FREQUENCY_365,
];

/// What a feature is called when a list is explained; `None` for what explains nothing.
pub(crate) fn reason(feature: usize) -> Option<ReasonCode> {
    Some(match feature {
        NEIGHBOURS | NEIGHBOURS_LONG | LAST => ReasonCode::BoughtTogether,
        EMBEDDING | EMBEDDING_LONG | AGREEMENT => ReasonCode::SimilarTaste,
        CONTENT | TASTE => ReasonCode::SharedAttributes,
        LOG_POPULARITY => ReasonCode::Popular,
        RECENT_POPULARITY => ReasonCode::Trending,
        COLD => ReasonCode::New,
        PRICE_FIT => ReasonCode::PriceFit,
        REPEAT_RECENCY | REPEAT_COUNT | IS_LAST | SEEN | FREQUENCY_60 | FREQUENCY_365 | DUE => {
            ReasonCode::BuyAgain
        }
        BRAND => ReasonCode::BrandAffinity,
        CATEGORY => ReasonCode::CategoryAffinity,
        STATED => ReasonCode::StatedPreference,
        SIZE => ReasonCode::SizeFit,
        _ => return None,
    })
}

/// The features of every candidate, in their order.
pub(crate) fn matrix(
    catalog: &Catalog,
    evidence: &Evidence,
    sources: &Sources,
    candidates: &[u32],
) -> Array2<f32> {
    let mut f = Array2::zeros((candidates.len(), COUNT));
    let user = User::of(catalog, evidence);
    for (mut row, &ix) in f.rows_mut().into_iter().zip(candidates) {
        if let Some(row) = row.as_slice_mut().and_then(|r| <&mut [f32; COUNT]>::try_from(r).ok()) {
            from_sources(catalog, sources, ix, row);
            user.fill(catalog, ix, row);
        }
    }
    for feature in SCALED {
        let mut column = f.column_mut(feature);
        let most = column.iter().fold(0.0_f32, |m, &x| m.max(x));
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

fn from_sources(catalog: &Catalog, sources: &Sources, ix: u32, row: &mut [f32; COUNT]) {
    row[NEIGHBOURS] = sources.neighbours.get(ix);
    row[LAST] = sources.last.get(ix);
    row[NEIGHBOURS_LONG] = sources.neighbours_long.get(ix);
    row[EMBEDDING_LONG] = sources.query_long.map_or(0.0, |q| q.dot(catalog.embedding(ix)) as f32);
    row[EMBEDDING] = sources.query.map_or(0.0, |q| q.dot(catalog.embedding(ix)) as f32);
    row[CONTENT] = sources.content.score(catalog, ix);
    row[TASTE] = sources.taste.score(catalog, ix);
    row[LOG_POPULARITY] = catalog.popularity(ix).max(0.0).ln_1p();
    row[RECENT_POPULARITY] = catalog.recent_popularity(ix).max(0.0).ln_1p();
    row[COLD] = f32::from(u8::from(catalog.is_cold(ix)));
    row[IN_STOCK] = f32::from(u8::from(catalog.availability(ix) == crate::catalog::Availability::InStock));
    row[DISLIKED] = sources.disliked.get(ix);
}

/// What is asked of the evidence for every candidate, looked up once.
struct User<'a> {
    evidence: &'a Evidence,
    price: Option<(f32, f32, u32)>,
    most_brand: f32,
    most_category: f32,
    sizes_known: bool,
}

impl<'a> User<'a> {
    fn of(catalog: &Catalog, evidence: &'a Evidence) -> Self {
        let (mut most_brand, mut most_category, mut sizes_known) = (0.0_f32, 0.0_f32, false);
        for (tag, strength, _) in evidence.derived.likings() {
            match catalog.tag(tag).map(|t| t.kind) {
                Some(TagKind::Brand) => most_brand = most_brand.max(strength),
                Some(TagKind::Category | TagKind::ProductType) => most_category = most_category.max(strength),
                Some(TagKind::Size) => sizes_known = true,
                _ => {}
            }
        }
        Self { evidence, price: evidence.derived.price(), most_brand, most_category, sizes_known }
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

    fn affinity(&self, tag: Option<u32>, most: f32) -> f32 {
        let sum = tag.map_or(0.0, |t| self.evidence.derived.strength(t));
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
        let sizes =
            catalog.tags(ix).iter().filter(|&&t| catalog.tag(t).is_some_and(|t| t.kind == TagKind::Size));
        sizes.map(|&t| self.evidence.derived.strength(t)).fold(0.0, f32::max)
    }

    fn fill_own_use(&self, catalog: &Catalog, ix: u32, row: &mut [f32; COUNT]) {
        let Some(used) = self.evidence.derived.uses.get(&ix).filter(|u| u.count > 0) else { return };
        if let Some(recent) = self.evidence.recent.iter().find(|r| r.ix == ix) {
            row[REPEAT_RECENCY] = (-0.3 * recent.step as f32).exp();
            row[IS_LAST] = f32::from(u8::from(recent.step == 0));
        }
        row[SEEN] = 1.0;
        row[REPEAT_COUNT] = (used.count as f32).ln_1p();
        let (short, long) = self.evidence.derived.frequency(used, self.evidence.now_ms);
        row[FREQUENCY_60] = short;
        row[FREQUENCY_365] = long;
        if let Some(days) = used.interval_days(catalog.repurchase_days(ix)).filter(|_| used.bought > 0) {
            let since = self.evidence.now_ms.saturating_sub(used.last_bought_ms) as f32 / DAY_MS as f32;
            let r = since / days.max(0.5);
            row[DUE] = r * (1.0 - r).exp();
        }
    }
}
