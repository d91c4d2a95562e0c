//! What a policy says about purposes, sensitive tags, reports, and the app's consent platform.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::sensitive::SensitiveTag;
use crate::consent::purpose::Purpose;

/// What a policy says about one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeTerms {
    /// The purpose.
    pub id: Purpose,
    /// Whether the shop has a use for it; what it does not offer is prohibited.
    #[serde(default = "yes")]
    pub offered: bool,
    /// Legal basis, in DPV terms.
    pub legal_basis: String,
    /// How long data is kept, in days; 0 means no longer than the visit.
    pub retention_days: u32,
    /// Who else receives data of this purpose; empty means nobody.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// The shop's own texts by language, in the place of the built-in ones.
    #[serde(default)]
    pub texts: BTreeMap<String, PurposeTexts>,
}

const fn yes() -> bool {
    true
}

/// What a user reads about one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeTexts {
    /// A heading.
    pub title: String,
    /// What the user gets from it.
    pub benefit: String,
    /// What is used, and where it stays.
    pub data: String,
}

/// What holds when a yes meets an opt-out signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalConflict {
    /// The signal.
    #[default]
    Deny,
    /// The signal, until the user is asked again and says yes in spite of it.
    Ask,
}

/// Bounds of what randomised reports may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DpTerms {
    /// Millionths of ε that may be spent in one window.
    pub micro_epsilon: u64,
    /// Length of a window, in days.
    pub window_days: u32,
    /// Where the noise is added.
    pub noise: NoiseModel,
}

/// Where noise is added, from the strongest promise to the weakest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseModel {
    /// On the device, before anything leaves.
    Local,
    /// In part on the device, in part by servers that do not share what they know.
    Distributed,
    /// By a server.
    Central,
}

/// What may be asked about sensitive tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensitiveTerms {
    /// The taxonomy this policy was written for; tags found by another one are blocked.
    pub taxonomy_version: u32,
    /// Tags that the shop may ask about. All others are blocked.
    #[serde(default)]
    pub tags: Vec<SensitiveTag>,
    /// Days for which a yes holds.
    pub grant_days: u32,
}

/// How the keys of a consent platform are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformTerms {
    /// Days for which a yes given there counts, from when it was last updated there.
    #[serde(default)]
    pub fresh_days: u32,
    /// One rule for each character that means something.
    #[serde(default)]
    pub rules: Vec<PlatformRule>,
}

/// What one character of one key says about one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformRule {
    /// A key such as `IABTCF_PurposeConsents`.
    pub key: String,
    /// Which character of its value, from 1.
    pub position: u16,
    /// The purpose it speaks about.
    pub purpose: Purpose,
    /// Characters that mean no.
    pub denies: String,
    /// Characters that mean yes; empty where no yes is taken over.
    #[serde(default)]
    pub grants: String,
}
