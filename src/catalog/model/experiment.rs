//! Experiments as the merchant declares them in the bundle. Assignment happens on the device, elsewhere.

use serde::{Deserialize, Serialize};

/// One experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct ExperimentSpec {
    /// Unique name, chosen by the merchant.
    pub key: String,
    /// The variants and their weights; the first is the control.
    pub variants: Vec<VariantSpec>,
    /// Share of devices that are permanently kept out of it, in thousandths.
    pub holdout_permille: u32,
}

/// One variant of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct VariantSpec {
    /// Unique within the experiment.
    pub name: String,
    /// Its share, relative to the sum of all weights.
    pub weight: u32,
}

impl ExperimentSpec {
    /// Whether it can be assigned: it has a key, at least one variant with weight, distinct names, and a share of at
    /// most 1000.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let names: std::collections::BTreeSet<_> =
            self.variants.iter().map(|variant| &variant.name).collect();
        !self.key.is_empty()
            && names.len() == self.variants.len()
            && self.variants.iter().any(|variant| variant.weight > 0)
            && self.variants.iter().try_fold(0u32, |sum, variant| sum.checked_add(variant.weight)).is_some()
            && self.holdout_permille <= 1000
    }
}
