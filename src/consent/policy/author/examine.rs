//! What whoever signs a policy has to know first: all that is wrong with it, not only what a device would refuse it for.

use std::collections::BTreeSet;

use crate::base::limits::POLICY;
use crate::base::signed;
use crate::base::signed::{ENVELOPE_BYTES, PublicKey, Unverified};
use crate::consent::decision::Mechanism;
use crate::consent::policy::author::fields::blame;
use crate::consent::policy::problem::{PolicyFault, PolicyProblem};
use crate::consent::policy::unknown::split;
use crate::consent::policy::{POLICY_KIND, Policy, PolicyError, Rule};

impl Policy {
    /// The JSON of [`baseline`](Self::baseline), laid out for reading: the text to start a shop's own policy from.
    #[must_use]
    pub const fn baseline_json() -> &'static str {
        include_str!("../baseline.json")
    }

    /// Whether `bytes` are, or once were, a signed policy.
    #[must_use]
    pub fn is_sealed(bytes: &[u8]) -> bool {
        bytes.starts_with(POLICY_KIND)
    }

    /// The JSON of a policy, whether it is signed, by one of `keys`, or plain.
    ///
    /// # Errors
    /// [`PolicyError::TooLarge`], [`PolicyError::Signature`], and [`PolicyError::Format`] where a newer version of this
    /// library signed it.
    pub fn json_of<'a>(bytes: &'a [u8], keys: &[PublicKey]) -> Result<&'a [u8], PolicyError> {
        if !POLICY.takes(bytes.len()) {
            return Err(PolicyError::TooLarge);
        }
        if !Self::is_sealed(bytes) {
            return Ok(bytes);
        }
        let opened = keys.iter().find_map(|key| match signed::verify(POLICY_KIND, bytes, key) {
            Err(Unverified::BadSignature) => None,
            other => Some(other.map_err(PolicyError::from)),
        });
        opened.unwrap_or(Err(PolicyError::Signature))
    }

    /// Reads a policy as a device does, whether it is signed, by one of `keys`, or plain.
    ///
    /// # Errors
    /// [`PolicyError`], naming what is wrong.
    pub fn load(bytes: &[u8], keys: &[PublicKey]) -> Result<Self, PolicyError> {
        Self::parse(Self::json_of(bytes, keys)?)
    }

    /// Reads the JSON of a policy that is going to be signed.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the fields: what devices refuse it for, and what they would
    /// take and never heed, such as a country code that no region has.
    pub fn examine(json: &[u8]) -> Result<Self, Vec<PolicyProblem>> {
        let whole = |fault| vec![PolicyProblem::new("", fault)];
        if !POLICY.takes(json.len() + ENVELOPE_BYTES) {
            return Err(whole(PolicyFault::TooLarge));
        }
        if let Err(PolicyError::Format(format)) = Self::parse(json) {
            return Err(vec![PolicyProblem::new("format", PolicyFault::Format(format))]);
        }
        let (known, skipped) = split(json);
        let policy: Self = serde_json::from_slice(&known).map_err(|error| {
            let problems = serde_json::from_slice(&known).map(|value| blame(&value)).unwrap_or_default();
            // Nothing to blame: it is no JSON, or a field stands twice.
            if problems.is_empty() { whole(PolicyFault::Json(error.to_string())) } else { problems }
        })?;
        let policy = Self { skipped, ..policy };
        let problems: Vec<_> = policy.unheeded().into_iter().chain(policy.broken_promises()).collect();
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }

    /// What keeps a device that uses `held` from taking this policy at `now_ms` or later.
    #[must_use]
    pub fn obstacles(&self, held: Option<&Self>, now_ms: i64) -> Vec<PolicyProblem> {
        let newer = held.filter(|held| self.version <= held.version).map(|held| {
            let fault = PolicyFault::NotNewer { offered: self.version, held: held.version };
            PolicyProblem::new("version", fault)
        });
        let passed = self.valid_until_ms.is_some_and(|until| until <= now_ms);
        let passed = passed.then(|| PolicyProblem::new("valid_until_ms", PolicyFault::Passed));
        newer.into_iter().chain(passed).collect()
    }

    /// What is still as the baseline has it, and ought to be the shop's own before anybody reads it: who is responsible
    /// cannot be changed later without asking everybody again. A missing contact is one of them.
    #[must_use]
    pub fn placeholders(&self) -> Vec<PolicyProblem> {
        let Ok(baseline) = Self::baseline() else { return Vec::new() };
        let left = [
            ("id", self.id == baseline.id),
            ("version", self.version == baseline.version),
            ("controller", self.named_controller().is_none()),
        ];
        let left = left.into_iter().filter(|(_, same)| *same);
        let left = left.map(|(field, _)| PolicyProblem::new(field, PolicyFault::Placeholder));
        let contact = self.contact.is_none().then(|| PolicyProblem::new("contact", PolicyFault::NoContact));
        left.chain(contact).collect()
    }

    /// What a device would take and never heed, or not as it was meant.
    fn unheeded(&self) -> Vec<PolicyProblem> {
        let mut problems = Vec::new();
        let mut when = |wrong: bool, field: &str, fault: PolicyFault| {
            if wrong {
                problems.push(PolicyProblem::new(field, fault));
            }
        };
        when(self.id.trim().is_empty(), "id", PolicyFault::Empty);
        let passes_first = self.valid_until_ms.is_some_and(|until| until <= self.effective_from_ms);
        when(passes_first, "valid_until_ms", PolicyFault::NeverInForce);
        when(self.controller.trim().is_empty(), "controller", PolicyFault::Empty);
        for (field, text) in [("contact", &self.contact), ("complaint", &self.complaint)] {
            when(text.as_ref().is_some_and(|text| text.trim().is_empty()), field, PolicyFault::Empty);
        }
        when(self.dp.window_days == 0, "dp.window_days", PolicyFault::Zero);
        for (at, rule) in self.platform.rules.iter().enumerate() {
            when(rule.position == 0, &format!("platform.rules[{at}].position"), PolicyFault::Zero);
            when(rule.key.trim().is_empty(), &format!("platform.rules[{at}].key"), PolicyFault::Empty);
        }
        for terms in &self.purposes {
            let nameless = terms.recipients.iter().any(|name| name.trim().is_empty());
            when(nameless, &format!("purposes[{}].recipients", terms.id.id()), PolicyFault::Empty);
        }
        problems.extend(unheeded_rules(&self.regions));
        problems
    }
}

fn unheeded_rules(rules: &[Rule]) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
    for (at, rule) in rules.iter().enumerate() {
        let mut add = |field: &str, fault| {
            problems.push(PolicyProblem::new(format!("regions[{}]{field}", rule.id), fault))
        };
        if !names.insert(rule.id.as_str()) {
            add(".id", PolicyFault::NameTwice);
        }
        if !matches!(rule.sensitive, Mechanism::OptIn | Mechanism::Prohibited) {
            add(".sensitive", PolicyFault::NeedsYes);
        }
        for place in &rule.countries {
            if !is_place(place) {
                add(".countries", PolicyFault::NoPlace(place.clone()));
            } else if !places.insert(place.as_str()) {
                add(".countries", PolicyFault::PlaceTwice(place.clone()));
            }
        }
        if rule.id.trim().is_empty() {
            problems.push(PolicyProblem::new(format!("regions[{at}].id"), PolicyFault::Empty));
        }
    }
    problems
}

/// `DE` or `US-CA`, in capitals as regions are compared.
fn is_place(code: &str) -> bool {
    let (country, part) = code.split_once('-').map_or((code, None), |(country, part)| (country, Some(part)));
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && part.is_none_or(|part| {
            (1..=3).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::limits::{PLATFORM_KEY, POLICY_KEYS, POLICY_NAME};

    fn problems(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut policy = serde_json::from_str(Policy::baseline_json()).unwrap();
        change(&mut policy);
        let found = Policy::examine(policy.to_string().as_bytes()).err().unwrap_or_default();
        let refused = Policy::parse(policy.to_string().as_bytes()).is_err();
        assert!(!refused || !found.is_empty(), "whatever a device refuses is a problem");
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_baseline_has_no_problem_and_the_specimen_has_every_field() {
        assert_eq!(problems(|_| ()), [""; 0]);
        let specimen = crate::consent::policy::author::fields::specimen();
        let read: Policy = serde_json::from_value(specimen.clone()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&read.to_json()).unwrap(), specimen);
    }

    #[test]
    fn every_field_that_cannot_be_read_is_named_at_once() {
        let found = problems(|p| {
            p["surprise"] = 1.into();
            p["dp"]["noise"] = "quiet".into();
            p["purposes"][3].as_object_mut().unwrap().remove("retention_days");
            p["purposes"][4]["retention_days"] = "long".into();
            p["purposes"][5]["texts"] = json!({"de": {"title": "a", "benefit": "b", "datum": "c"}});
            p["regions"][2]["mechanisms"]["sesion"] = "opt_out".into();
            p["regions"][2]["mechanisms"]["history"] = "optout".into();
            p["gpc_denies"][1] = "tracking".into();
            p.as_object_mut().unwrap().remove("controller");
        });
        let starts = [
            "dp.noise: unknown variant `quiet`",
            "purposes[history].retention_days: is missing",
            "purposes[inference].retention_days: invalid type: string \"long\"",
            "purposes[ranking].texts.de.datum: unknown field `datum`",
            "purposes[ranking].texts.de.data: is missing",
            "regions[california].mechanisms.history: unknown variant `optout`",
            "surprise: unknown field `surprise`",
            "controller: is missing",
        ];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        assert!(found.iter().zip(starts).all(|(text, start)| text.starts_with(start)), "{found:#?}");
    }

    #[test]
    fn an_unknown_or_absent_purpose_is_a_warning_and_no_problem() {
        let mut policy: Value = serde_json::from_str(Policy::baseline_json()).unwrap();
        policy["gpc_denies"][1] = "tracking".into();
        policy["purposes"][6]["id"] = "telepathy".into();
        policy["regions"][2]["mechanisms"]["sesion"] = "opt_out".into();
        policy["sensitive"]["tags"] = json!(["health", "dreams"]);
        policy["platform"]["rules"] =
            json!([{"key": "k", "position": 1, "purpose": "telepathy", "denies": "0", "since": 9}]);
        let json = policy.to_string();
        let read = Policy::examine(json.as_bytes()).unwrap();
        assert_eq!(Policy::parse(json.as_bytes()).unwrap(), read);
        let warned: Vec<String> = read.warnings().iter().map(ToString::to_string).collect();
        let starts = [
            "gpc_denies[1]: `tracking` is not a purpose",
            "platform.rules[0].purpose: `telepathy` is not a purpose",
            "purposes[telepathy]: `telepathy` is not a purpose",
            "regions[california].mechanisms.sesion: `sesion` is not a purpose",
            "sensitive.tags: `dreams` is not a sensitive topic",
            "purposes: offers is missing, so it is prohibited",
        ];
        assert_eq!(warned.len(), starts.len(), "{warned:#?}");
        assert!(warned.iter().zip(starts).all(|(text, start)| text.starts_with(start)), "{warned:#?}");
        assert_eq!(read.to_stored(), json.as_bytes(), "a later version finds all of it");
        assert_eq!(Policy::baseline().unwrap().warnings(), []);
    }

    #[test]
    fn what_devices_refuse_or_never_heed_is_named() {
        let found = problems(|p| {
            p["id"] = " ".into();
            p["valid_until_ms"] = 0.into();
            p["dp"]["window_days"] = 0.into();
            p["purposes"][6]["id"] = "history".into();
            p["regions"][1]["grant_days"] = 397.into();
            p["regions"][1]["countries"] = json!(["de", "FR", "FR"]);
            p["regions"][2]["id"] = "eea_uk_ch".into();
            p["regions"][2]["sensitive"] = "opt_out".into();
            p["regions"][3]["mechanisms"]["history"] = "notice_only".into();
        });
        let starts = [
            "id: must not be empty",
            "valid_until_ms: is not after `effective_from_ms`",
            "dp.window_days: must be 1 or more",
            "regions[eea_uk_ch].countries: `de` is not an ISO 3166 code",
            "regions[eea_uk_ch].countries: `FR` is listed more than once",
            "regions[eea_uk_ch].id: two regions",
            "regions[eea_uk_ch].sensitive: must be `opt_in` or `prohibited`",
            "purposes: history is listed 2 times",
            "regions[eea_uk_ch].grant_days: is 397",
            "regions[us_states].mechanisms.history: must be",
        ];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        assert!(found.iter().zip(starts).all(|(text, start)| text.starts_with(start)), "{found:#?}");
        assert_eq!(problems(|p| p["format"] = 2.into()), ["format: is 2, this version reads 1"]);
        assert!(Policy::examine(b"{").unwrap_err()[0].to_string().starts_with("cannot be read as JSON: EOF"));
        let twice = Policy::baseline_json().replacen("\"format\": 1", "\"format\": 1, \"format\": 1", 1);
        assert!(
            Policy::examine(twice.as_bytes()).unwrap_err()[0]
                .to_string()
                .contains("duplicate field `format`")
        );
    }

    #[test]
    fn names_are_short_enough_for_every_receipt() {
        for field in ["id", "controller", "contact", "complaint"] {
            let named = |bytes: usize| problems(|p| p[field] = "x".repeat(bytes).into());
            assert_eq!(named(POLICY_NAME.most), [""; 0], "{field}");
            let long = format!("{field}: it may have at most 1024 bytes");
            assert_eq!(named(POLICY_NAME.most + 1), [long]);
        }
    }

    #[test]
    fn a_policy_reads_no_more_keys_than_devices_keep() {
        let reads = |keys: usize| {
            problems(|p| {
                let rule = |at| json!({"key": format!("key {at}"), "position": 1, "purpose": "history", "denies": "0"});
                // Several rules may read one key.
                p["platform"]["rules"] = (0..keys).chain(0..keys).map(rule).collect();
            })
        };
        assert_eq!(reads(POLICY_KEYS.most), [""; 0]);
        let too_many =
            "platform.rules: read 33 different keys of a consent platform, but devices keep at most 32";
        assert_eq!(reads(POLICY_KEYS.most + 1), [too_many]);
        let long = problems(|p| p["platform"]["rules"][1]["key"] = "x".repeat(PLATFORM_KEY.most + 1).into());
        assert_eq!(long, ["platform.rules[1].key: it may have at most 128 bytes"]);
        let nothing = problems(|p| p["platform"]["rules"][0]["key"] = " ".into());
        assert_eq!(nothing, ["platform.rules[0].key: must not be empty"]);
    }

    #[test]
    fn an_envelope_of_a_newer_version_is_told_from_one_that_nobody_signed() {
        let keys = [7, 9].map(|byte| PublicKey::from_bytes(&[byte; 32]).unwrap());
        let sealed = |version: u8| [POLICY_KIND, &[version][..], &[0; 64], b"{}"].concat();
        assert_eq!(Policy::json_of(&sealed(1), &keys), Err(PolicyError::Signature));
        assert_eq!(Policy::json_of(&sealed(2), &keys), Err(PolicyError::Format(2)));
    }

    #[test]
    fn a_device_keeps_what_it_has_and_takes_nothing_late() {
        let held = Policy::baseline().unwrap();
        let mut next = held.clone();
        assert_eq!(next.obstacles(None, 5), []);
        next.valid_until_ms = Some(5);
        let fields =
            |found: Vec<PolicyProblem>| found.into_iter().map(|problem| problem.field).collect::<Vec<_>>();
        assert_eq!(fields(next.obstacles(Some(&held), 5)), ["version", "valid_until_ms"]);
        next.version += 1;
        assert_eq!(next.obstacles(Some(&held), 4), []);
    }
}
