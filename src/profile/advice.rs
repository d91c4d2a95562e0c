//! A size that is advised, how sure that is, and by what.

use serde::Deserialize;

use crate::profile::charts::ByChart;

/// What a size is advised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum SizeReason {
    /// The user said so.
    Stated,
    /// Products of this kind and brand were bought in it and kept.
    KeptOfBrand,
    /// Products of this kind were bought in it and kept.
    Kept,
    /// Products of this kind and brand were ordered in it, less than 30 days ago: they may still be sent back.
    OrderedOfBrand,
    /// Products of this kind were ordered in it, less than 30 days ago.
    Ordered,
    /// The next smaller one of this brand was sent back as too small.
    TooSmall,
    /// The next larger one of this brand was sent back as too large.
    TooLarge,
    /// Something else was bought and kept in a size that is the same body's, by the shop's size charts.
    KeptByChart,
    /// Something else was ordered in such a size, less than 30 days ago.
    OrderedByChart,
    /// The user named a size that is the same body's, by the shop's size charts.
    StatedByChart,
    /// Something else was sent back as too small, and this size is the next larger one, by the shop's size charts.
    TooSmallByChart,
    /// Something else was sent back as too large, and this size is the next smaller one, by the shop's size charts.
    TooLargeByChart,
}

/// How sure an advice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum)]
pub enum Confidence {
    /// A single sign.
    Low,
    /// Some signs.
    Medium,
    /// Several signs of the same kind.
    High,
}

/// A size that fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SizeFit<'a> {
    pub(crate) size: f32,
    pub(crate) reason: SizeReason,
    pub(crate) confidence: Confidence,
    /// Number of user actions it is based on.
    pub(crate) evidence_count: u32,
    /// What it was found by, where that was a size chart.
    pub(crate) by: Option<ByChart<'a>>,
}
