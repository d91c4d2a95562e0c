//! The promises that no policy may break, whoever signed it. A device refuses one that does.

use std::collections::BTreeSet;

use crate::base::limits::{PLATFORM_KEY, POLICY_KEYS, POLICY_NAME};
use crate::consent::decision::Mechanism;
use crate::consent::policy::problem::{PolicyFault, PolicyProblem};
use crate::consent::policy::{Policy, Rule};
use crate::consent::purpose::Purpose;

/// No yes may hold for longer, in days: 13 months.
const MAX_GRANT_DAYS: u32 = 396;
/// No yes about a sensitive tag may hold for longer, in days.
const MAX_SENSITIVE_DAYS: u32 = 90;

impl Policy {
    /// Every promise that the policy breaks.
    pub(super) fn broken_promises(&self) -> Vec<PolicyProblem> {
        let mut problems = Vec::new();
        for purpose in Purpose::ALL {
            let times = self.purposes.iter().filter(|t| t.id == purpose).count();
            if times > 1 {
                problems.push(PolicyProblem::new("purposes", PolicyFault::NotOnce { purpose, times }));
            }
        }
        if self.regions.is_empty() {
            problems.push(PolicyProblem::new("regions", PolicyFault::Empty));
        }
        problems.extend(too_long("sensitive.grant_days", self.sensitive.grant_days, MAX_SENSITIVE_DAYS));
        problems.extend(self.regions.iter().flat_map(of_rule));
        problems.extend(self.unreadable_keys());
        problems.extend(self.long_names());
        problems
    }

    fn long_names(&self) -> impl Iterator<Item = PolicyProblem> {
        let names = [
            ("id", Some(&self.id)),
            ("controller", Some(&self.controller)),
            ("contact", self.contact.as_ref()),
            ("complaint", self.complaint.as_ref()),
        ];
        let is_long = |(_, name): &(_, Option<&String>)| name.is_some_and(|n| !POLICY_NAME.takes(n.len()));
        let problem = |(field, _)| PolicyProblem::new(field, PolicyFault::OutOfBounds(POLICY_NAME));
        names.into_iter().filter(is_long).map(problem)
    }

    /// A key that was cut off in silence could be the one that says no.
    fn unreadable_keys(&self) -> Vec<PolicyProblem> {
        let keys: BTreeSet<&str> = self.platform.rules.iter().map(|rule| rule.key.as_str()).collect();
        let too_many = POLICY_KEYS.entries("platform.rules", keys.len()).err().map(|_| {
            let fault = PolicyFault::TooManyKeys { keys: keys.len(), most: POLICY_KEYS.most };
            PolicyProblem::new("platform.rules", fault)
        });
        let rules = self.platform.rules.iter().enumerate();
        let long = rules.filter(|(_, rule)| !PLATFORM_KEY.takes(rule.key.len())).map(|(at, _)| {
            PolicyProblem::new(format!("platform.rules[{at}].key"), PolicyFault::OutOfBounds(PLATFORM_KEY))
        });
        too_many.into_iter().chain(long).collect()
    }
}

fn too_long(field: &str, days: u32, most: u32) -> Option<PolicyProblem> {
    (days > most).then(|| PolicyProblem::new(field, PolicyFault::TooLong { days, most }))
}

fn of_rule(rule: &Rule) -> Vec<PolicyProblem> {
    let at = |field: &str| format!("regions[{}].{field}", rule.id);
    let unasked = |p: &Purpose| {
        *p != Purpose::Essential && rule.mechanisms.get(p).is_some_and(|m| *m == Mechanism::NoticeOnly)
    };
    let field = |p: Purpose| at(&format!("mechanisms.{}", p.id()));
    let unasked = Purpose::ALL.into_iter().filter(unasked);
    let unasked = unasked.map(|p| PolicyProblem::new(field(p), PolicyFault::NeedsAnswer));
    too_long(&at("grant_days"), rule.grant_days, MAX_GRANT_DAYS).into_iter().chain(unasked).collect()
}
