//! What a policy changes, whom it asks again and why, in lines that its author can read.

use std::fmt::Write as _;

use crate::consent::policy::author::summary::{dose, kept, noise};
use crate::consent::policy::{ChangeKind, Policy, PolicyDiff, PurposeChange, PurposeTerms, Rule};
use crate::consent::purpose::Purpose;

impl Policy {
    /// What changes from `old` to this policy, whom it asks again and why, for reading.
    #[must_use]
    pub fn changes_since(&self, old: &Self) -> String {
        let diff = PolicyDiff::between(old, self);
        let mut text = format!("from {} to {}\n", diff.from, diff.to);
        let asks = |purpose: Purpose| {
            purpose.is_asked_in_advance() && self.terms(purpose).is_some_and(|terms| terms.offered)
        };
        let (again, silent): (Vec<_>, Vec<_>) =
            diff.changes.iter().partition(|c| diff.material.contains(&c.purpose) && asks(c.purpose));
        let mut section = |title: &str, lines: Vec<(String, String)>| {
            if !lines.is_empty() {
                text.push_str(title);
                text.push('\n');
            }
            for (name, why) in lines {
                let _ = writeln!(text, "  {name:<18}{why}"); // a string takes everything
            }
        };
        let line = |c: &&PurposeChange| {
            let reasons: Vec<String> =
                c.kinds.iter().map(|kind| self.reason(old, c.purpose, *kind)).collect();
            (c.purpose.id().to_owned(), reasons.join("; "))
        };
        section("asks again about", again.iter().map(line).collect());
        let other_taxonomy = old.sensitive.taxonomy_version != self.sensitive.taxonomy_version;
        let (title, why) = if other_taxonomy {
            let (new, old) = (self.sensitive.taxonomy_version, old.sensitive.taxonomy_version);
            ("asks again about the sensitive topics", format!("found by taxonomy {new}, before {old}"))
        } else {
            ("asks for the first time about the sensitive topics", "not asked about before".to_owned())
        };
        let asks_again = !again.is_empty() || (other_taxonomy && !diff.sensitive.is_empty());
        section(title, diff.sensitive.iter().map(|tag| (tag.name().to_owned(), why.clone())).collect());
        let mut rest: Vec<(String, String)> = silent.iter().map(line).collect();
        rest.extend(self.other_changes(old));
        section("changes without asking", rest);
        text.push_str(if asks_again {
            "consent given before is not valid until it is given again; a denial stays one, and may be asked about\n"
        } else {
            "nobody is asked again\n"
        });
        text
    }

    /// In which way `purpose` changes, with the old and the new.
    fn reason(&self, old: &Self, purpose: Purpose, kind: ChangeKind) -> String {
        let (before, after) = match (old.terms(purpose), self.terms(purpose)) {
            (Some(before), Some(after)) => (before, after),
            (None, _) => return "not in the policy before".to_owned(),
            (_, None) => return "not in the policy any more".to_owned(),
        };
        let other = |what: &str, after: &str, before: &str| format!("{what} {after}, before {before}");
        match kind {
            ChangeKind::NewPurpose => "not offered before".to_owned(),
            ChangeKind::NewController => other("controller", &self.controller, &old.controller),
            ChangeKind::NewRecipient => {
                format!("new recipient {}", missing(&after.recipients, &before.recipients))
            }
            ChangeKind::LongerRetention => other("kept", &kept(after), &kept(before)),
            ChangeKind::OtherLegalBasis => other("legal basis", &after.legal_basis, &before.legal_basis),
            ChangeKind::LargerEpsilon => other("reports reveal", &dose(self.dp), &dose(old.dp)),
            ChangeKind::WeakerNoise => other("noise added", noise(self), noise(old)),
            ChangeKind::Narrower => self.narrower(old, before, after).join("; "),
            ChangeKind::Reworded => "other wording".to_owned(),
        }
    }

    fn narrower(&self, old: &Self, before: &PurposeTerms, after: &PurposeTerms) -> Vec<String> {
        let mut less = Vec::new();
        if before.offered && !after.offered {
            less.push("not offered any more".to_owned());
        }
        if after.retention_days < before.retention_days {
            less.push(format!("kept {}, before {}", kept(after), kept(before)));
        }
        let gone = missing(&before.recipients, &after.recipients);
        if !gone.is_empty() {
            less.push(format!("no recipient any more: {gone}"));
        }
        let reports = matches!(after.id, Purpose::Measurement | Purpose::ModelImprovement);
        if reports
            && (self.dp.micro_epsilon, self.dp.window_days) != (old.dp.micro_epsilon, old.dp.window_days)
        {
            less.push(format!("reports reveal {}, before {}", dose(self.dp), dose(old.dp)));
        }
        less
    }

    /// What holds from now on without invalidating an answer: how regions ask, which signals are heeded.
    fn other_changes(&self, old: &Self) -> Vec<(String, String)> {
        let same = |rule: &&Rule| !old.regions.contains(rule);
        let mut regions: Vec<&str> = self.regions.iter().filter(same).map(|rule| rule.id.as_str()).collect();
        let gone = old.regions.iter().filter(|rule| self.regions.iter().all(|new| new.id != rule.id));
        regions.extend(gone.map(|rule| rule.id.as_str()));
        let mut changes = Vec::new();
        if !regions.is_empty() {
            changes.push(("regions".to_owned(), regions.join(", ")));
        }
        let mut when = |changed: bool, what: &str, why: &str| {
            if changed {
                changes.push((what.to_owned(), why.to_owned()));
            }
        };
        let signals = (&self.gpc_denies, self.gpc_conflict) != (&old.gpc_denies, old.gpc_conflict);
        when(signals, "gpc", "what an opt-out signal denies");
        when(self.platform != old.platform, "platform", "how the keys of a consent platform are read");
        when(
            self.refusal_rests_days != old.refusal_rests_days,
            "refusal_rests_days",
            "how long a denial is not asked about again",
        );
        let told = (&self.contact, &self.complaint) != (&old.contact, &old.complaint);
        when(told, "contact", "where users ask or complain");
        when(self.sensitive.grant_days != old.sensitive.grant_days, "sensitive", "how long consent is valid");
        changes
    }
}

fn missing(from: &[String], others: &[String]) -> String {
    let only: Vec<&str> = from.iter().filter(|name| !others.contains(name)).map(String::as_str).collect();
    only.join(", ")
}
