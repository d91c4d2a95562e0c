//! The consent policy: what each purpose means, and what each region asks for. Data, not code.
//!
//! The baseline is compiled in, so that the very first start without a network decides rightly.
//! A shop replaces it by its own, signed with Ed25519; versions of one key only ever rise.

#[cfg(feature = "operator")]
mod author;
mod check;
mod diff;
mod error;
mod problem;
mod rule;
mod terms;
#[cfg(test)]
mod tests;
mod unknown;

use serde::{Deserialize, Serialize};

pub use diff::{ChangeKind, PolicyDiff, PurposeChange};
pub use error::{PolicyError, PolicyRefusal};
pub use problem::{PolicyFault, PolicyProblem};
pub use rule::Rule;
pub use terms::{
    DpTerms, NoiseModel, PlatformRule, PlatformTerms, PurposeTerms, PurposeTexts, SensitiveTerms,
    SignalConflict,
};
use unknown::{Skipped, split};

use crate::base::limits::POLICY;
use crate::base::signed;
use crate::consent::decision::Mechanism;
use crate::consent::purpose::Purpose;

/// Domain tag of a signed policy.
pub const POLICY_KIND: &[u8; 8] = b"SVPOLICY";
const FORMAT: u32 = 1;
/// Id of the policy that is compiled in.
const BASELINE: &str = "sottovoce-baseline";
/// What the baseline has in the place of a controller.
const NO_CONTROLLER: &str = "the shop";

/// A parsed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    format: u32,
    /// Name of the policy.
    pub id: String,
    /// Rises with every change.
    pub version: u64,
    /// From when on it may be used, in milliseconds since 1970.
    #[serde(default)]
    pub effective_from_ms: i64,
    /// After which it is not taken in any more, in milliseconds since 1970. A policy that is in
    /// use stays in use.
    #[serde(default)]
    pub valid_until_ms: Option<i64>,
    /// Who is responsible.
    pub controller: String,
    /// Where users ask about their data: an address that they can write to or call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Where users complain, such as the supervisory authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complaint: Option<String>,
    /// Rises when texts say something else; a corrected typo leaves it.
    #[serde(default)]
    pub wording: u32,
    /// Days for which a refusal is not asked about again.
    pub refusal_rests_days: u32,
    gpc_denies: Vec<Purpose>,
    /// What holds when a yes meets an opt-out signal.
    #[serde(default)]
    pub gpc_conflict: SignalConflict,
    /// What randomised reports may tell.
    pub dp: DpTerms,
    /// What may be asked about sensitive tags.
    pub sensitive: SensitiveTerms,
    /// How the keys of a consent platform are read.
    #[serde(default)]
    pub platform: PlatformTerms,
    purposes: Vec<PurposeTerms>,
    regions: Vec<Rule>,
    #[serde(skip)]
    skipped: Option<Skipped>,
    /// It holds in the place of one that cannot be read.
    #[serde(skip)]
    stands_in: bool,
    /// The shop's key that signed it; not known of the baseline, and of those that earlier versions stored.
    #[serde(skip)]
    signer: Option<[u8; 32]>,
}

/// What every format has at the same place.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    format: Option<u32>,
    version: Option<u64>,
}

impl Head {
    fn of(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_default()
    }
}

impl Policy {
    /// The policy that is compiled in: deny by default, strictest where nothing is known. A purpose that nothing uses yet is
    /// not in it.
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
        if !POLICY.takes(bytes.len()) {
            return Err(PolicyError::TooLarge);
        }
        Ok(Self::parse(signed::verify(POLICY_KIND, bytes, key)?)?.signed_by(Some(*key.as_bytes())))
    }

    /// The same, by this key of the shop.
    pub(super) fn signed_by(self, signer: Option<[u8; 32]>) -> Self {
        Self { signer, ..self }
    }

    /// The key of the shop that signed it, as far as that is known.
    pub(super) const fn signer(&self) -> Option<[u8; 32]> {
        self.signer
    }

    /// Whether it may take the place of `held`: it is later, or the release of the app has another key, so that whoever has the
    /// former one has no say any more.
    pub(super) fn follows(&self, held: &Self) -> bool {
        let is_of_another = self.signer.zip(held.signer).is_some_and(|(own, its)| own != its);
        is_of_another || self.version > held.version
    }

    /// Checks the JSON of a policy and signs it.
    ///
    /// # Errors
    /// [`PolicyError`] for a policy that [`examine`](Self::examine) finds a problem in, naming the first.
    #[cfg(feature = "operator")]
    pub fn seal(json: &[u8], key: &ring::signature::Ed25519KeyPair) -> Result<Vec<u8>, PolicyError> {
        if !POLICY.takes(json.len() + signed::ENVELOPE_BYTES) {
            return Err(PolicyError::TooLarge);
        }
        Self::parse(json)?;
        let first = Self::examine(json).err().and_then(|problems| problems.into_iter().next());
        let malformed = first.map(|problem| PolicyError::Malformed(problem.to_string()));
        malformed.map_or_else(|| Ok(signed::sign(POLICY_KIND, json, key)), Err)
    }

    /// Parses the JSON of a policy.
    pub(super) fn parse(json: &[u8]) -> Result<Self, PolicyError> {
        // Nothing else of a later format has to look as it does here.
        if let Some(format) = Head::of(json).format.filter(|format| *format > FORMAT) {
            return Err(PolicyError::Format(format));
        }
        let (known, skipped) = split(json);
        let policy: Self = serde_json::from_slice(&known)
            .map_err(|e| PolicyError::Malformed(format!("line {}, column {}", e.line(), e.column())))?;
        let policy = Self { skipped, ..policy };
        if policy.format != FORMAT {
            return Err(PolicyError::Format(policy.format));
        }
        let broken = policy.broken_promises().into_iter().next();
        broken.map_or(Ok(policy), |problem| Err(PolicyError::Malformed(problem.to_string())))
    }

    /// Whether the JSON is a policy of a later format than this version reads.
    pub(super) fn is_newer(json: &[u8]) -> bool {
        matches!(Self::parse(json), Err(PolicyError::Format(format)) if format > FORMAT)
    }

    /// The version of a policy that may be unreadable otherwise.
    pub(super) fn version_of(json: &[u8]) -> Option<u64> {
        Head::of(json).version
    }

    /// The JSON it is stored as: as it came, if there was something in it that this version does not know.
    pub(super) fn to_stored(&self) -> Vec<u8> {
        self.skipped.as_ref().map_or_else(|| self.to_json(), |skipped| skipped.source.to_vec())
    }

    /// All that is known of it, in canonical JSON.
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// This policy in the place of one that cannot be read. What that said is not known, so nothing is allowed by mere
    /// notice or in spite of a signal, and no report tells anything.
    pub(super) fn into_stand_in(self) -> Self {
        let dp = DpTerms { micro_epsilon: 0, ..self.dp };
        Self { stands_in: true, gpc_conflict: SignalConflict::Deny, dp, ..self }
    }

    /// Whether it holds in the place of one that cannot be read.
    pub(super) const fn stands_in(&self) -> bool {
        self.stands_in
    }

    /// What its author should know although devices take it: purposes that no version up to this one knows, and those
    /// of the baseline that it does not have.
    #[must_use]
    pub fn warnings(&self) -> Vec<PolicyProblem> {
        let baseline = Self::baseline();
        let is_usual = |p: &Purpose| baseline.as_ref().is_ok_and(|usual| usual.terms(*p).is_some());
        let absent = Purpose::ALL
            .into_iter()
            .filter(|p| *p != Purpose::Essential && is_usual(p) && self.terms(*p).is_none());
        let absent = absent.map(|p| PolicyProblem::new("purposes", PolicyFault::Absent(p)));
        self.skipped.iter().flat_map(|skipped| skipped.warnings.clone()).chain(absent).collect()
    }

    /// Whether it may be put in the place of `held` at `now_ms`.
    pub(super) fn admit(&self, held: &Self, now_ms: i64) -> Result<(), PolicyError> {
        if !self.follows(held) {
            return Err(PolicyError::NotNewer { offered: self.version, held: held.version });
        }
        self.is_current(now_ms)
    }

    /// Whether its time has come and not passed.
    pub(super) fn is_current(&self, now_ms: i64) -> Result<(), PolicyError> {
        if self.valid_until_ms.is_some_and(|until| until <= now_ms) {
            return Err(PolicyError::Expired);
        }
        if self.effective_from_ms > now_ms {
            return Err(PolicyError::NotYet);
        }
        Ok(())
    }

    /// Whether it is the one that is compiled in, and no shop's own.
    pub(super) fn is_baseline(&self) -> bool {
        self.id == BASELINE
    }

    /// Who is responsible, unless that is left as the baseline has it.
    pub(super) fn named_controller(&self) -> Option<&str> {
        Some(self.controller.as_str()).filter(|name| *name != NO_CONTROLLER)
    }

    /// Id and version, as decisions and receipts name them.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// SHA-256 over the policy's canonical JSON: what a user was asked can be proved by it.
    #[must_use]
    pub fn notice_hash(&self) -> String {
        signed::hex(&signed::sha256(&self.to_json()))
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

    /// The rule that applies: that of the declared region, made stricter by every other region
    /// that the device hints at, and by what the policy does not offer at all.
    pub(super) fn rule_between(&self, region: Option<&str>, hints: &[String]) -> Rule {
        let country = |code: &str| code.trim().split('-').next().unwrap_or_default().to_ascii_uppercase();
        let declared = region.unwrap_or_default();
        let mut rule = self.rule(region).clone();
        for hint in hints {
            // A bare country says nothing against one of its own subdivisions.
            if country(hint) == country(declared) && (!hint.contains('-') || !declared.contains('-')) {
                continue;
            }
            let other = self.rule(Some(hint));
            if other.id != rule.id {
                rule = rule.stricter_of(other);
            }
        }
        for purpose in Purpose::ALL {
            if !self.terms(purpose).is_some_and(|terms| terms.offered) {
                rule.set(purpose, Mechanism::Prohibited);
            } else if self.stands_in && rule.mechanism(purpose) == Mechanism::OptOut {
                rule.set(purpose, Mechanism::OptIn);
            }
        }
        rule
    }

    fn strictest(&self) -> &Rule {
        static NOTHING: Rule = Rule::nothing();
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

    /// Everybody who receives data of any purpose; empty means nobody.
    #[must_use]
    pub fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = self.purposes.iter().flat_map(|t| t.recipients.iter().cloned()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
