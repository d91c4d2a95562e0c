//! The consent policy: what each purpose means, and what each region asks for. Data, not code.
//!
//! The baseline is compiled in, so that the very first start without a network decides rightly.
//! A shop replaces it by its own, signed with Ed25519.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decision::Mechanism;
use super::purpose::Purpose;
use super::external::AgeBand;
use crate::signed;

/// Domain tag of a signed policy.
pub const POLICY_KIND: &[u8; 8] = b"SVPOLICY";
/// The largest policy that is read, in bytes.
pub const MAX_POLICY_BYTES: usize = 1 << 20;
const FORMAT: u32 = 1;

/// A policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The signature does not fit the key, or the envelope is damaged.
    #[error("the consent policy is not signed by the shop's key")]
    Signature,
    /// Larger than [`MAX_POLICY_BYTES`].
    #[error("the consent policy is larger than 1 MiB")]
    TooLarge,
    /// Not a policy.
    #[error("the consent policy cannot be read: {0}")]
    Malformed(String),
    /// Made for another version of the format.
    #[error("the consent policy has format {0}, this version reads format 1")]
    Format(u32),
}

/// A parsed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    format: u32,
    /// Name of the policy.
    pub id: String,
    /// Rises with every change.
    pub version: u64,
    /// Who is responsible.
    pub controller: String,
    /// Who else receives data; empty means nobody.
    pub recipients: Vec<String>,
    /// Days for which a refusal is not asked about again.
    pub refusal_rests_days: u32,
    gpc_denies: Vec<Purpose>,
    purposes: Vec<PurposeTerms>,
    regions: Vec<Rule>,
}

/// What a policy says about one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeTerms {
    /// The purpose.
    pub id: Purpose,
    /// Legal basis, in DPV terms.
    pub legal_basis: String,
    /// How long data is kept, in days; 0 means no longer than the visit.
    pub retention_days: u32,
    /// Texts by language.
    pub texts: BTreeMap<String, PurposeTexts>,
}

/// What a person reads about one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeTexts {
    /// A heading.
    pub title: String,
    /// What the person gets from it.
    pub benefit: String,
    /// What is used, and where it stays.
    pub data: String,
}

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
    mechanisms: BTreeMap<Purpose, Mechanism>,
}

impl Rule {
    /// How the region asks for `purpose`. What a policy does not loosen by name is opt-in.
    #[must_use]
    pub fn mechanism(&self, purpose: Purpose) -> Mechanism {
        match purpose {
            Purpose::Essential => Mechanism::NoticeOnly,
            _ => self.mechanisms.get(&purpose).copied().unwrap_or(Mechanism::OptIn),
        }
    }

    /// Whether a person of this age band counts as under the line; a band across it does.
    #[must_use]
    pub fn is_minor(&self, band: Option<AgeBand>) -> bool {
        band.is_some_and(|b| b.youngest() < self.age_line)
    }
}

impl Policy {
    /// The policy that is compiled in: deny by default, strictest where nothing is known.
    ///
    /// # Errors
    /// Never in a released build: a test parses it.
    pub fn baseline() -> Result<Self, PolicyError> {
        Self::parse(include_bytes!("baseline.json"))
    }

    /// Verifies and parses a signed policy.
    ///
    /// # Errors
    /// [`PolicyError`], naming what is wrong; nothing of a refused policy is used.
    pub fn open(bytes: &[u8], key: &signed::PublicKey) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(PolicyError::TooLarge);
        }
        Self::parse(signed::verify(POLICY_KIND, bytes, key).map_err(|_| PolicyError::Signature)?)
    }

    /// Parses the JSON of a policy.
    fn parse(json: &[u8]) -> Result<Self, PolicyError> {
        let policy: Self = serde_json::from_slice(json)
            .map_err(|e| PolicyError::Malformed(format!("line {}, column {}", e.line(), e.column())))?;
        if policy.format != FORMAT {
            return Err(PolicyError::Format(policy.format));
        }
        for purpose in Purpose::ALL {
            if policy.purposes.iter().filter(|t| t.id == purpose).count() != 1 {
                return Err(PolicyError::Malformed(format!("purpose {} must stand once", purpose.id())));
            }
        }
        if policy.regions.is_empty() {
            return Err(PolicyError::Malformed("no region rule".into()));
        }
        Ok(policy)
    }

    /// Id and version, as decisions and receipts name them.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// SHA-256 over the policy's canonical JSON: what a person was shown can be proved by it.
    #[must_use]
    pub fn notice_hash(&self) -> String {
        signed::hex(signed::sha256(&serde_json::to_vec(self).unwrap_or_default()).as_ref())
    }

    /// The rule for a region code; a subdivision falls back to its country, and what no rule
    /// names is treated by the first rule, the strictest.
    #[must_use]
    pub fn rule(&self, region: Option<&str>) -> &Rule {
        let region = region.unwrap_or_default().trim().to_ascii_uppercase();
        let named = |code: &str| self.regions.iter().find(|r| r.countries.iter().any(|c| c == code));
        let country = region.split('-').next().unwrap_or_default();
        named(&region).or_else(|| named(country)).unwrap_or_else(|| self.strictest())
    }

    fn strictest(&self) -> &Rule {
        static NOTHING: Rule = Rule {
            id: String::new(),
            countries: Vec::new(),
            age_line: u8::MAX,
            grant_days: 0,
            mechanisms: BTreeMap::new(),
        };
        self.regions.first().unwrap_or(&NOTHING) // never empty: parse() checks
    }

    /// Whether Global Privacy Control denies `purpose`.
    #[must_use]
    pub fn gpc_denies(&self, purpose: Purpose) -> bool {
        self.gpc_denies.contains(&purpose)
    }

    /// What the policy says about `purpose`.
    #[must_use]
    pub fn terms(&self, purpose: Purpose) -> Option<&PurposeTerms> {
        self.purposes.iter().find(|t| t.id == purpose)
    }
}

impl PurposeTerms {
    /// The texts for a locale such as `de-AT`, else for its language, else in English, else any.
    #[must_use]
    pub fn texts(&self, locale: &str) -> Option<&PurposeTexts> {
        let language = locale.split(['-', '_']).next().unwrap_or_default();
        [locale, language, "en"]
            .iter()
            .find_map(|l| self.texts.get(*l))
            .or_else(|| self.texts.values().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_parses_and_is_strict_where_nothing_is_known() {
        let policy = Policy::baseline().unwrap();
        for region in [None, Some(""), Some("??"), Some("ZZ"), Some("US")] {
            let rule = policy.rule(region);
            assert_eq!(rule.id, "strictest", "{region:?}");
            for purpose in Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential) {
                assert_eq!(rule.mechanism(purpose), Mechanism::OptIn);
            }
        }
        assert_eq!(policy.rule(Some("us-ca")).id, "california");
        assert_eq!(policy.rule(Some("DE-BY")).id, "eea_uk_ch");
        assert_eq!(policy.rule(Some("CA-QC")).id, "quebec");
    }

    #[test]
    fn offers_are_off_everywhere_until_a_yes() {
        let policy = Policy::baseline().unwrap();
        assert!(policy.regions.iter().all(|r| r.mechanism(Purpose::Offers) == Mechanism::OptIn));
    }

    #[test]
    fn a_band_across_the_line_counts_as_under_it() {
        let quebec = Policy::baseline().unwrap().rule(Some("CA-QC")).clone();
        assert!(quebec.is_minor(Some(AgeBand::From13To15)));
        assert!(!quebec.is_minor(Some(AgeBand::From16To17)));
        assert!(!quebec.is_minor(None));
    }

    #[test]
    fn a_policy_with_a_purpose_missing_or_twice_is_refused() {
        let json = String::from_utf8(include_bytes!("baseline.json").to_vec()).unwrap();
        let twice = json.replace("\"id\": \"session\"", "\"id\": \"history\"");
        assert!(matches!(Policy::parse(twice.as_bytes()), Err(PolicyError::Malformed(_))));
        let newer = json.replace("\"format\": 1", "\"format\": 2");
        assert_eq!(Policy::parse(newer.as_bytes()), Err(PolicyError::Format(2)));
    }
}
