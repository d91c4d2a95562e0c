//! What the app tells about the user's surroundings: region, age band, opt-out signals.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::base::limits::{OutOfBounds, PLATFORM_KEY, PLATFORM_KEYS, PLATFORM_VALUE, REGION, REGION_HINTS};
use crate::base::signed::{hex, sha256};

/// An age band as the platforms report it. The exact age is never asked for or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum AgeBand {
    /// 0 to 12 years.
    Under13,
    /// 13 to 15 years.
    From13To15,
    /// 16 to 17 years.
    From16To17,
    /// 18 years and more.
    Adult,
}

impl AgeBand {
    /// The youngest age in the band, in years.
    #[must_use]
    pub const fn youngest(self) -> u8 {
        match self {
            Self::Under13 => 0,
            Self::From13To15 => 13,
            Self::From16To17 => 16,
            Self::Adult => 18,
        }
    }
}

/// Facts that only the app can know. They deny; a yes given to a consent platform counts only
/// where the shop's policy maps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(default)]
pub struct ExternalSignals {
    /// ISO 3166 country (`DE`) or subdivision (`US-CA`); none is treated as the strictest.
    #[uniffi(default = None)]
    pub region: Option<String>,
    /// Regions that locale, time zone or SIM card hint at. Where they differ, the stricter holds.
    #[uniffi(default = [])]
    pub region_hints: Vec<String>,
    /// The band that the platform's age signal reports, if it reports one.
    #[uniffi(default = None)]
    pub age_band: Option<AgeBand>,
    /// The user has set Global Privacy Control or an equal opt-out.
    #[uniffi(default = false)]
    pub global_privacy_control: bool,
    /// What a consent platform has stored under keys such as IABTCF_PurposeConsents, as text.
    #[uniffi(default)]
    pub consent_platform: HashMap<String, String>,
}

impl ExternalSignals {
    /// What denies the most: for signals that were stored and cannot be read any more, or are not the latest.
    pub(super) fn strictest() -> Self {
        Self { global_privacy_control: true, age_band: Some(AgeBand::Under13), ..Self::default() }
    }

    /// What is too long or too much in it. It is told after the signals were applied as strictly as
    /// they can be meant, for they may deny something.
    ///
    /// # Errors
    /// [`OutOfBounds`], naming the first.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        self.check_regions()?;
        let keys = &self.consent_platform;
        PLATFORM_KEYS.entries("consent_platform", keys.len())?;
        keys.iter().try_for_each(|(key, value)| {
            PLATFORM_KEY.text("consent_platform", key)?;
            PLATFORM_VALUE.text("consent_platform", value)
        })
    }

    fn check_regions(&self) -> Result<(), OutOfBounds> {
        self.region.as_ref().map_or(Ok(()), |region| REGION.text("region", region))?;
        REGION_HINTS.texts(REGION, "region_hints", &self.region_hints)
    }

    /// As far as it can be meant: whoever names no possible region is treated as if none were known,
    /// which is the strictest.
    pub(super) fn bounded(mut self) -> Self {
        if self.check_regions().is_err() {
            self.region = None;
            self.region_hints = Vec::new();
        }
        self
    }

    /// SHA-256 of everything above, for receipts.
    pub(super) fn hash(&self) -> String {
        let mut keys: Vec<_> = self.consent_platform.iter().collect();
        keys.sort_unstable();
        let rest = (&self.region, &self.region_hints, self.age_band, self.global_privacy_control);
        hex(&sha256(&serde_json::to_vec(&(rest, keys)).unwrap_or_default()))
    }
}
