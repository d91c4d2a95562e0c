//! What one region asks for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::consent::decision::Mechanism;
use crate::consent::external::AgeBand;
use crate::consent::purpose::Purpose;

/// What one region asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name of the rule, named in every decision.
    pub id: String,
    /// ISO 3166 codes of countries (`DE`) and subdivisions (`US-CA`).
    pub countries: Vec<String>,
    /// Age in years under which only essential things and stated preferences are allowed.
    pub age_line: u8,
    /// Days for which a yes holds.
    pub grant_days: u32,
    /// Whether sensitive tags may be asked about.
    #[serde(default = "prohibited")]
    pub(super) sensitive: Mechanism,
    pub(super) mechanisms: BTreeMap<Purpose, Mechanism>,
}

const fn prohibited() -> Mechanism {
    Mechanism::Prohibited
}

impl Rule {
    /// Stands in where there is no rule at all.
    pub(super) const fn nothing() -> Self {
        Self {
            id: String::new(),
            countries: Vec::new(),
            age_line: u8::MAX,
            grant_days: 0,
            sensitive: Mechanism::Prohibited,
            mechanisms: BTreeMap::new(),
        }
    }

    /// How the region asks for `purpose`. What a policy does not loosen by name is opt-in.
    #[must_use]
    pub fn mechanism(&self, purpose: Purpose) -> Mechanism {
        match purpose {
            Purpose::Essential => Mechanism::NoticeOnly,
            _ => self.mechanisms.get(&purpose).copied().unwrap_or(Mechanism::OptIn),
        }
    }

    /// How the region asks for sensitive tags: by a yes of its own, or never.
    #[must_use]
    pub const fn sensitive(&self) -> Mechanism {
        match self.sensitive {
            Mechanism::OptIn => Mechanism::OptIn,
            _ => Mechanism::Prohibited,
        }
    }

    /// Whether a user of this age band counts as under the line; a band across it does.
    #[must_use]
    pub fn is_minor(&self, band: Option<AgeBand>) -> bool {
        band.is_some_and(|b| b.youngest() < self.age_line)
    }

    pub(super) fn set(&mut self, purpose: Purpose, mechanism: Mechanism) {
        self.mechanisms.insert(purpose, mechanism);
    }

    /// The stricter of both in every point.
    pub(super) fn stricter_of(&self, other: &Self) -> Self {
        let stricter = |a: Mechanism, b: Mechanism| {
            if b.strictness() > a.strictness() { b } else { a }
        };
        Self {
            id: format!("{}+{}", self.id, other.id),
            countries: Vec::new(),
            age_line: self.age_line.max(other.age_line),
            grant_days: self.grant_days.min(other.grant_days),
            sensitive: stricter(self.sensitive(), other.sensitive()),
            mechanisms: Purpose::ALL
                .into_iter()
                .map(|p| (p, stricter(self.mechanism(p), other.mechanism(p))))
                .collect(),
        }
    }
}
