//! What the app tells about the user's surroundings: region, age band, opt-out signals.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::base::limits::{OutOfBounds, PLATFORM_KEY, PLATFORM_KEYS, PLATFORM_VALUE, REGION_HINTS};
use crate::base::signed::{hex, sha256};

/// An age band as the platforms report it. The exact age is never requested or stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum AgeBand {
    /// 0 to 12 years.
    Under13,
    /// 13 to 15 years.
    From13To15,
    /// 16 to 17 years.
    From16To17,
    /// 18 years and older.
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

/// The privacy string of California, and the same as a section of the Global Privacy Platform.
const US_STRINGS: [&str; 2] = ["IABUSPrivacy_String", "IABGPP_6_String"];
/// Of these fields, 1 stands for "opted out" (IAB, GPP sections for US states).
const US_OPT_OUTS: [&str; 4] = ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut", "Gpc"];

/// Whether a consent platform says with this key that the user opted out, under the law of a US state. Where it
/// applies is not asked: an opt-out holds everywhere.
pub(super) fn opts_out(key: &str, value: &str) -> bool {
    let value = value.trim();
    if US_STRINGS.contains(&key) {
        // CCPA: version, notice, opt-out of sale, LSPA.
        return matches!(value.as_bytes().get(2), Some(b'Y' | b'y'));
    }
    let field = key.strip_prefix("IABGPP_").and_then(|rest| rest.split_once('_'));
    field.is_some_and(|(section, field)| is_of_us(section) && US_OPT_OUTS.contains(&field))
        && (value == "1" || value.eq_ignore_ascii_case("true"))
}

/// Whether a section of the Global Privacy Platform is one for the United States: `USNAT`, or `US` and a state. States
/// are added every year, so they are not listed.
fn is_of_us(section: &str) -> bool {
    let part = section.strip_prefix("US").unwrap_or_default();
    part == "NAT" || part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase())
}

/// Whether this can be a region: a country, a subdivision, an area of UN M.49 (`419`, as locales have it), or nothing, as a
/// phone without a SIM card says.
pub(crate) fn is_region_code(code: &str) -> bool {
    let code = code.trim();
    let (country, part) = code.split_once('-').unwrap_or((code, "0"));
    let is_country = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
    let is_part = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_area = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    code.is_empty() || is_area || is_country && is_part
}

/// What the app told that cannot be meant. It holds nothing of what was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitSignals {
    /// It is too long, or too many.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// No region has such a code. The field is named.
    #[error("it must be a code of ISO 3166 such as DE or US-CA")]
    Region(&'static str),
}

/// Facts that only the app knows. They deny. Consent given to a consent platform counts only where the
/// shop's policy maps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(default)]
pub struct ExternalSignals {
    /// ISO 3166 country (`DE`) or subdivision (`US-CA`). Without one, the strictest region applies.
    #[uniffi(default = None)]
    pub region: Option<String>,
    /// Regions suggested by locale, time zone or SIM card. If they differ, the stricter one applies.
    #[uniffi(default = [])]
    pub region_hints: Vec<String>,
    /// The age band that the platform reports, if it reports one.
    #[uniffi(default = None)]
    pub age_band: Option<AgeBand>,
    /// The user has set Global Privacy Control or an equivalent opt-out.
    #[uniffi(default = false)]
    pub global_privacy_control: bool,
    /// What a consent platform stored, as text, under keys such as IABTCF_PurposeConsents, IABGPP_USNAT_SaleOptOut or
    /// IABUSPrivacy_String. An opt-out under the law of a US state counts like Global Privacy Control.
    #[uniffi(default)]
    pub consent_platform: HashMap<String, String>,
}

impl ExternalSignals {
    /// What denies the most: for signals that were stored and cannot be read any more, or are not the latest.
    pub(super) fn strictest() -> Self {
        Self { global_privacy_control: true, age_band: Some(AgeBand::Under13), ..Self::default() }
    }

    /// Checks regions, lengths and numbers. Call it after the signals were applied as strictly as possible, because even
    /// invalid signals may deny something.
    ///
    /// # Errors
    /// [`UnfitSignals`], naming the first.
    pub fn check(&self) -> Result<(), UnfitSignals> {
        self.check_regions()?;
        let keys = &self.consent_platform;
        PLATFORM_KEYS.entries("consent_platform", keys.len())?;
        keys.iter().try_for_each(|(key, value)| {
            PLATFORM_KEY.text("consent_platform", key)?;
            Ok(PLATFORM_VALUE.text("consent_platform", value)?)
        })
    }

    fn check_regions(&self) -> Result<(), UnfitSignals> {
        let is_code = |region: &String| is_region_code(region);
        if !self.region.iter().all(is_code) {
            return Err(UnfitSignals::Region("region"));
        }
        REGION_HINTS.entries("region_hints", self.region_hints.len())?;
        if self.region_hints.iter().all(is_code) { Ok(()) } else { Err(UnfitSignals::Region("region_hints")) }
    }

    /// Whether the user opted out, by a signal of the device or in the app's consent platform.
    pub(super) fn opts_out(&self) -> bool {
        self.global_privacy_control || self.consent_platform.iter().any(|(key, value)| opts_out(key, value))
    }

    /// Whether a consent platform says that the user opted out where it did not say so in `before`.
    pub(super) fn opts_out_anew(&self, before: &Self) -> bool {
        let known = |key: &str| before.consent_platform.get(key).is_some_and(|value| opts_out(key, value));
        self.consent_platform.iter().any(|(key, value)| opts_out(key, value) && !known(key))
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
