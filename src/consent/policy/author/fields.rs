//! Which fields are to blame when a policy cannot be read. The reader stops at the first; somebody who edits a file wants
//! to know all.
//!
//! Each field is put, alone, into a policy that is known to be good. What spoils it is to blame.

use serde_json::{Value, json};

use crate::consent::policy::Policy;
use crate::consent::policy::problem::{PolicyFault, PolicyProblem};

/// A policy with every field there is, one of each kind.
pub(crate) fn specimen() -> Value {
    json!({
        "format": 1,
        "id": "",
        "version": 1,
        "effective_from_ms": 0,
        "valid_until_ms": null,
        "controller": "",
        "contact": "",
        "complaint": "",
        "wording": 0,
        "refusal_rests_days": 0,
        "gpc_denies": ["history"],
        "gpc_conflict": "deny",
        "dp": {"micro_epsilon": 0, "window_days": 1, "noise": "local"},
        "sensitive": {"taxonomy_version": 1, "tags": ["health"], "grant_days": 0},
        "platform": {
            "fresh_days": 0,
            "rules": [{"key": "", "position": 1, "purpose": "history", "denies": "", "grants": ""}],
        },
        "purposes": [{
            "id": "history",
            "offered": true,
            "legal_basis": "",
            "retention_days": 0,
            "recipients": [""],
            "texts": {"en": {"title": "", "benefit": "", "data": ""}},
        }],
        "regions": [{
            "id": "",
            "countries": [""],
            "age_line": 0,
            "grant_days": 0,
            "sensitive": "opt_in",
            "mechanisms": {"history": "opt_in"},
        }],
    })
}

/// Every field of `found` that keeps it from being read.
pub(crate) fn blame(found: &Value) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    walk("", found, &specimen(), &|whole| whole, &mut problems);
    problems
}

/// Looks for what is wrong with `found`, which stands where `good` stands in the whole that `around` makes of it.
fn walk(
    path: &str,
    found: &Value,
    good: &Value,
    around: &dyn Fn(Value) -> Value,
    problems: &mut Vec<PolicyProblem>,
) {
    let Err(error) = read(around(found.clone())) else { return };
    let before = problems.len();
    match (found, good) {
        (Value::Object(found), Value::Object(good)) => {
            for (key, value) in found {
                let with = |value: Value| {
                    let mut all = good.clone();
                    all.insert(key.clone(), value);
                    around(Value::Object(all))
                };
                // A key that is not in the specimen is fine in a map, and unknown elsewhere.
                let any = || good.values().next().filter(|good| read(with((*good).clone())).is_ok());
                let good = good.get(key).or_else(any).unwrap_or(&Value::Null);
                walk(&join(path, key), value, good, &with, problems);
            }
            for key in good.keys().filter(|key| !found.contains_key(*key)) {
                let mut rest = good.clone();
                rest.remove(key);
                if read(around(Value::Object(rest))).is_err() {
                    problems.push(PolicyProblem::new(join(path, key), PolicyFault::Missing));
                }
            }
        }
        (Value::Array(found), Value::Array(good)) => {
            for (at, value) in found.iter().enumerate() {
                let name =
                    value.get("id").and_then(Value::as_str).map_or_else(|| at.to_string(), str::to_owned);
                let with = |value: Value| around(Value::Array(vec![value]));
                walk(
                    &format!("{path}[{name}]"),
                    value,
                    good.first().unwrap_or(&Value::Null),
                    &with,
                    problems,
                );
            }
        }
        _ => {}
    }
    if problems.len() == before {
        problems.push(PolicyProblem::new(path, PolicyFault::Unreadable(error)));
    }
}

fn read(whole: Value) -> Result<Policy, String> {
    serde_json::from_value(whole).map_err(|error| error.to_string())
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
