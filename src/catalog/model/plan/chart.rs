//! Size charts: which size of a brand is for which body.

use serde::{Deserialize, Serialize};

use crate::catalog::model::plan::Selection;

/// What of a body a chart is about, in the terms of EN 13402.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Around the head.
    Head,
    /// Around the neck.
    Neck,
    /// Around the chest or the bust.
    Chest,
    /// Around the waist.
    Waist,
    /// Around the hips.
    Hips,
    /// From head to foot.
    Height,
    /// From the crotch to the ankle.
    InsideLeg,
    /// From heel to toe.
    FootLength,
    /// Around the hand.
    Hand,
    /// Something of a later version. Its chart is not used.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The sizes of some products, each with the body that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeChart {
    /// Its name in the plan.
    pub id: String,
    /// The products that it is for. Of several charts for one product the first counts.
    pub about: Selection,
    /// What is measured.
    pub measure: Measure,
    /// The sizes.
    pub sizes: Vec<ChartSize>,
}

/// One size of a chart: for a measure of at least `from_mm` and less than `until_mm`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChartSize {
    /// What it is called in the catalog.
    pub size: String,
    /// The least measure, in millimetres.
    pub from_mm: u32,
    /// The measure that is too much, in millimetres.
    pub until_mm: u32,
}

impl SizeChart {
    /// The size of a name, in capitals or not.
    pub(crate) fn size(&self, name: &str) -> Option<&ChartSize> {
        let name = name.trim().to_lowercase();
        self.sizes.iter().find(|size| size.size.trim().to_lowercase() == name)
    }
}
