//! What a question may measure: one value for each, with the kind of answer that it takes.

use serde::{Deserialize, Serialize};

/// What is measured, and so which answer a device gives. What happened is counted over the window before the one in
/// which a device answers, because that one is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// The category that interests this user most. Buckets after the first are category names
    /// of the catalog.
    CategoryInterest,
    /// What became of one list that was shown, drawn uniformly from the window's. Buckets after the first
    /// are `slot/shown` and `slot/clicked`; a slot is the `item_list_id` of the events.
    SlotOutcome,
    /// Which arm of an experiment this device saw and what came of it. Buckets after the first are
    /// `variant/shown` and `variant/converted`.
    ExperimentOutcome {
        /// Key of the experiment.
        experiment: String,
    },
    /// What was spent in the window. Bucket i after the first starts at `edges[i - 1]`.
    OrderValue {
        /// ISO 4217 code; other currencies count as nothing.
        currency: String,
        /// Rising lower ends, in minor units.
        edges: Vec<i64>,
    },
    /// The brand that interests this user most. Buckets after the first are brands of the catalog.
    BrandInterest,
    /// The categories that interest this user most. Buckets after the first are category names of the catalog.
    CategoriesOfInterest {
        /// How many of them count.
        most: u32,
    },
    /// The brands that interest this user most. Buckets after the first are brands of the catalog.
    BrandsOfInterest {
        /// How many of them count.
        most: u32,
    },
    /// The middle of the prices that were looked at in the window. Bucket i after the first starts at `edges[i - 1]`.
    PriceInterest {
        /// ISO 4217 code; other currencies count as nothing.
        currency: String,
        /// Rising lower ends, in minor units.
        edges: Vec<i64>,
    },
    /// The furthest step to a purchase in the window. Buckets after the first are `viewed`, `carted`, `checkout` and
    /// `bought`, or some of them.
    PurchaseStep,
    /// What was spent in the window, as a sum.
    Revenue {
        /// ISO 4217 code; other currencies count as nothing.
        currency: String,
        /// Where it is cut, in minor units.
        max: u64,
    },
    /// Searches of the window for which the catalog had no word. Bucket i after the first starts at `edges[i - 1]`.
    SearchesWithoutResult {
        /// Rising numbers of searches.
        edges: Vec<i64>,
    },
    /// Why the window's last return was made. Buckets after the first are `too_small`, `too_large` and `other`.
    ReturnReason,
    /// The window's last rating. Buckets after the first are `1` to `5`, or some of them.
    Satisfaction,
    /// The category of one product that was looked at in the window, and whether it was bought then. Buckets after the
    /// first are `category/viewed` and `category/bought`.
    CategoryConversion,
    /// Whether one product that was looked at in the window came from a ranking, and whether it was bought then. Buckets
    /// after the first are `recommended/viewed`, `recommended/bought`, `other/viewed` and `other/bought`.
    RecommendationConversion,
    /// The category of what this user is expected to need again first, within a window from now. Buckets after the first
    /// are category names of the catalog.
    CategoryDemand,
    /// The place in its list, from 1, of one product that was chosen from a ranking in the window. Bucket i after the
    /// first starts at `edges[i - 1]`.
    ChosenPlace {
        /// Rising places.
        edges: Vec<i64>,
    },
    /// A segment of the shop's plan that this user is of now, one of those that are asked about, and the furthest step to a
    /// purchase in the window. Buckets after the first are `segment/step`: a segment by its id, and `none`, `viewed`, `carted`,
    /// `checkout` and `bought`, or some of them.
    SegmentStep,
}

/// What kind of answer a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// One of the buckets.
    OneOf,
    /// Up to so many of the buckets.
    SeveralOf(u32),
    /// A number: the bucket that it falls into by these lower ends.
    Counted(&'a [i64]),
    /// An amount that is cut to this.
    SumOf(u64),
    /// A row and a column of a table.
    Table,
}

impl Measurement {
    /// The words of those above, as a task set names them.
    pub(in crate::signals) const KINDS: [&str; 18] = [
        "category_interest",
        "slot_outcome",
        "experiment_outcome",
        "order_value",
        "brand_interest",
        "categories_of_interest",
        "brands_of_interest",
        "price_interest",
        "purchase_step",
        "revenue",
        "searches_without_result",
        "return_reason",
        "satisfaction",
        "category_conversion",
        "recommendation_conversion",
        "category_demand",
        "chosen_place",
        "segment_step",
    ];
    /// Words of what rests on an attribution that no device makes yet. Nobody signs them, and a device leaves their place
    /// empty.
    #[cfg(feature = "operator")]
    pub(super) const AWAITED: [&str; 4] =
        ["slot_variant_outcome", "offer_uplift", "incremental_revenue", "assisted_conversion"];

    /// The word of a task's `measures`: a name, or one with what belongs to it.
    pub(super) fn word(measures: &serde_json::Value) -> Option<&str> {
        measures.as_str().or_else(|| measures.as_object()?.keys().next().map(String::as_str))
    }

    /// The word that a task set has for it.
    pub(crate) fn name(&self) -> String {
        let written = serde_json::to_value(self).unwrap_or_default();
        Self::word(&written).unwrap_or_default().to_owned()
    }

    /// Which kind of answer it takes.
    #[must_use]
    pub fn kind(&self) -> Kind<'_> {
        match self {
            Self::CategoryInterest
            | Self::BrandInterest
            | Self::PurchaseStep
            | Self::ReturnReason
            | Self::Satisfaction
            | Self::CategoryDemand => Kind::OneOf,
            Self::CategoriesOfInterest { most } | Self::BrandsOfInterest { most } => Kind::SeveralOf(*most),
            Self::OrderValue { edges, .. }
            | Self::PriceInterest { edges, .. }
            | Self::SearchesWithoutResult { edges }
            | Self::ChosenPlace { edges } => Kind::Counted(edges),
            Self::Revenue { max, .. } => Kind::SumOf(*max),
            Self::SlotOutcome
            | Self::ExperimentOutcome { .. }
            | Self::CategoryConversion
            | Self::RecommendationConversion
            | Self::SegmentStep => Kind::Table,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn kinds_of_tasks_stay_what_they_are() {
        let (currency, edges) = (String::new(), Vec::new());
        let all = [
            Measurement::CategoryInterest,
            Measurement::SlotOutcome,
            Measurement::ExperimentOutcome { experiment: String::new() },
            Measurement::OrderValue { currency: currency.clone(), edges: edges.clone() },
            Measurement::BrandInterest,
            Measurement::CategoriesOfInterest { most: 1 },
            Measurement::BrandsOfInterest { most: 1 },
            Measurement::PriceInterest { currency: currency.clone(), edges: edges.clone() },
            Measurement::PurchaseStep,
            Measurement::Revenue { currency, max: 1 },
            Measurement::SearchesWithoutResult { edges: edges.clone() },
            Measurement::ReturnReason,
            Measurement::Satisfaction,
            Measurement::CategoryConversion,
            Measurement::RecommendationConversion,
            Measurement::CategoryDemand,
            Measurement::ChosenPlace { edges },
            Measurement::SegmentStep,
        ];
        let named: Vec<String> = all.iter().map(Measurement::name).collect();
        assert_eq!(named, Measurement::KINDS);
        assert!(Measurement::AWAITED.iter().all(|word| !Measurement::KINDS.contains(word)));
        numbers::hold("task_kind", (0..).zip(&all).map(|(at, kind)| (kind.name(), at)));
        numbers::hold_places("task_kind_place", all);
    }
}
