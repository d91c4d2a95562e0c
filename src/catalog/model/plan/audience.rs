//! Whom something is for, and in which surroundings.

use serde::{Deserialize, Serialize};

/// Bytes in the name of a tier, and digits: a number of a card has more.
const TIER: usize = 64;
const TIER_DIGITS: usize = 3;

/// Whom something is for. Within a list one is enough, all lists that are set have to fit, and a list that is empty says
/// nothing. Of somebody whose surroundings are not known, nothing about them fits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// Stages, as in a segment.
    pub stages: Vec<String>,
    /// Segments of this plan.
    pub segments: Vec<String>,
    /// Words for the weather.
    pub weather: Vec<String>,
    /// Classes of devices.
    pub devices: Vec<String>,
    /// Occasions that the user named.
    pub celebrations: Vec<String>,
    /// ISO 3166 codes of countries and subdivisions. A country has its subdivisions in it.
    pub places: Vec<String>,
    /// Whether the user is in a shop.
    pub in_store: Option<bool>,
    /// Hours of the user's day.
    pub hours: Option<Hours>,
}

/// Hours of a day, from the first on and before the last; over midnight where the first is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    /// 0 to 23.
    pub from: u32,
    /// 0 to 23.
    pub until: u32,
}

impl Audience {
    /// Whether it names nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_for_everyone_somewhere() && !self.has_surroundings()
    }

    /// Whether it names nobody but for their surroundings.
    #[must_use]
    pub const fn is_for_everyone_somewhere(&self) -> bool {
        self.stages.is_empty() && self.segments.is_empty()
    }

    /// Whether it names surroundings.
    #[must_use]
    pub const fn has_surroundings(&self) -> bool {
        !(self.weather.is_empty()
            && self.devices.is_empty()
            && self.celebrations.is_empty()
            && self.places.is_empty()
            && self.in_store.is_none()
            && self.hours.is_none())
    }
}

impl Hours {
    /// Whether an hour of the day is in it.
    #[must_use]
    pub const fn has(self, hour: u32) -> bool {
        if self.from <= self.until {
            self.from <= hour && hour < self.until
        } else {
            hour >= self.from || hour < self.until
        }
    }
}

/// Whether a word can be a tier of a loyalty programme.
pub(crate) fn is_tier(tier: &str) -> bool {
    let is_in_a_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=TIER).contains(&tier.len())
        && tier.chars().all(is_in_a_word)
        && tier.chars().filter(char::is_ascii_digit).count() <= TIER_DIGITS
}
