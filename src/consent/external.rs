//! What the app tells about the person's surroundings: region, age band, opt-out signals.

use serde::{Deserialize, Serialize};

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

/// Facts that only the app can know. They can deny; they never grant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct ExternalSignals {
    /// ISO 3166 country (`DE`) or subdivision (`US-CA`); none is treated as the strictest.
    #[uniffi(default = None)]
    pub region: Option<String>,
    /// The band that the platform's age signal reports, if it reports one.
    #[uniffi(default = None)]
    pub age_band: Option<AgeBand>,
    /// The person has set Global Privacy Control or an equal opt-out.
    #[uniffi(default = false)]
    pub global_privacy_control: bool,
}
