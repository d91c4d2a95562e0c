//! What a policy says, in lines that its author can read.

use jiff::Timestamp;
use serde::Serialize;

use crate::consent::decision::Mechanism;
use crate::consent::policy::{DpTerms, NoiseModel, Policy, PurposeTerms, Rule};
use crate::consent::purpose::Purpose;

/// Places of a region that are listed one by one.
const PLACES: usize = 4;

impl Policy {
    /// What the policy says, for reading: a line for each purpose and each region.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = String::new();
        for line in self.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn lines(&self) -> Vec<String> {
        let until =
            self.valid_until_ms.map_or(String::new(), |until| format!(", accepted until {}", date(until)));
        let mut lines = vec![
            format!("policy      {}, version {}", self.id, self.version),
            format!("controller  {}", self.controller),
        ];
        let told = [("contact", &self.contact), ("complaints", &self.complaint)];
        lines.extend(
            told.into_iter().filter_map(|(what, text)| Some(format!("{what:<12}{}", text.as_ref()?))),
        );
        if self.effective_from_ms > 0 || !until.is_empty() {
            lines.push(format!("effective   from {}{until}", date(self.effective_from_ms)));
        }
        lines.push(format!("reports     {}, noise added {}", dose(self.dp), noise(self)));
        let tags: Vec<&str> = self.sensitive.tags.iter().map(|tag| tag.name()).collect();
        lines.push(match tags[..] {
            [] => "sensitive   no topic is asked about".to_owned(),
            _ => format!(
                "sensitive   {}; consent is valid for {} days",
                tags.join(", "),
                self.sensitive.grant_days
            ),
        });
        lines.push(format!("\n{:<20}{:<12}{:<22}recipients", "purpose", "kept", "legal basis"));
        for terms in Purpose::ALL.into_iter().filter_map(|purpose| self.terms(purpose)) {
            lines.push(purpose_line(terms));
        }
        lines.push(format!(
            "\n{:<18} {:>3}  {:>9}  {:<12}places; every purpose is opt_in unless listed",
            "region", "age", "valid for", "sensitive"
        ));
        for (at, rule) in self.regions.iter().enumerate() {
            lines.push(rule_line(rule, at == 0));
            lines.extend(other_mechanisms(rule));
        }
        lines
    }
}

fn purpose_line(terms: &PurposeTerms) -> String {
    if !terms.offered {
        return format!("  {:<18}not offered", terms.id.id());
    }
    let recipients =
        if terms.recipients.is_empty() { "nobody".to_owned() } else { terms.recipients.join(", ") };
    format!("  {:<18}{:<12}{:<22}{recipients}", terms.id.id(), kept(terms), terms.legal_basis)
}

fn rule_line(rule: &Rule, first: bool) -> String {
    let places = match (&rule.countries[..], first) {
        ([], true) => "where no other applies".to_owned(),
        ([], false) => "nowhere".to_owned(),
        (all, _) if all.len() <= PLACES => all.join(", "),
        (all, _) => {
            let some: Vec<&str> = all.iter().take(PLACES - 1).map(String::as_str).collect();
            format!("{} and {} more", some.join(", "), all.len() - some.len())
        }
    };
    let sensitive = word(&rule.sensitive());
    format!("  {:<16} {:>3}  {:>4} days  {sensitive:<12}{places}", rule.id, rule.age_line, rule.grant_days)
}

/// `opt_out: session, history`, one line for each mechanism but opt-in.
fn other_mechanisms(rule: &Rule) -> Vec<String> {
    let line = |mechanism: Mechanism| {
        let asked = Purpose::ALL.into_iter().filter(|purpose| *purpose != Purpose::Essential);
        let named: Vec<&str> = asked.filter(|p| rule.mechanism(*p) == mechanism).map(Purpose::id).collect();
        (!named.is_empty()).then(|| format!("    {}: {}", word(&mechanism), named.join(", ")))
    };
    [Mechanism::OptOut, Mechanism::Prohibited].into_iter().filter_map(line).collect()
}

pub(crate) fn kept(terms: &PurposeTerms) -> String {
    match terms.retention_days {
        0 => "the visit".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// `ε 1.5 in 7 days`, exactly.
pub(crate) fn dose(dp: DpTerms) -> String {
    let part = format!("{:06}", dp.micro_epsilon % 1_000_000);
    let part = part.trim_end_matches('0');
    let dot = if part.is_empty() { "" } else { "." };
    format!("ε {}{dot}{part} in {} days", dp.micro_epsilon / 1_000_000, dp.window_days)
}

pub(crate) fn noise(policy: &Policy) -> &'static str {
    match policy.dp.noise {
        NoiseModel::Local => "on the device",
        NoiseModel::Distributed => "in part on the device, in part by servers",
        NoiseModel::Central => "by a server",
    }
}

/// The word a policy uses for it.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `2026-01-01 00:00 UTC`.
fn date(time_ms: i64) -> String {
    let time = Timestamp::from_millisecond(time_ms);
    time.map_or_else(|_| format!("{time_ms} ms"), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_exact() {
        let dp = |micro_epsilon| dose(DpTerms { micro_epsilon, window_days: 7, noise: NoiseModel::Local });
        assert_eq!(dp(1_000_000), "ε 1 in 7 days");
        assert_eq!(dp(1_250_001), "ε 1.250001 in 7 days");
        assert_eq!(dp(20), "ε 0.00002 in 7 days");
        for (ms, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400_000, "2000-02-29 00:00 UTC"),
            (1_767_225_599_999, "2025-12-31 23:59 UTC"),
            (1_767_225_600_000, "2026-01-01 00:00 UTC"),
        ] {
            assert_eq!(date(ms), text);
        }
    }
}
