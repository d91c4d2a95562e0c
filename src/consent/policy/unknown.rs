//! Purposes and sensitive tags of a policy that this version of the library does not know. Whoever wrote the policy has a
//! newer one; the rest of it holds, and nothing can be allowed for what has no name here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::base::sensitive::SensitiveTag;
use crate::consent::policy::problem::{PolicyFault, PolicyProblem};
use crate::consent::purpose::Purpose;

/// What was skipped, and the text it was skipped in: it is stored as it came, so that a later version finds all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) source: Arc<[u8]>,
    pub(super) warnings: Vec<PolicyProblem>,
}

/// Everywhere that a policy names purposes or tags.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Names {
    gpc_denies: Vec<Value>,
    purposes: Vec<Value>,
    regions: Vec<Region>,
    platform: Platform,
    sensitive: Sensitive,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sensitive {
    tags: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Region {
    id: String,
    mechanisms: BTreeMap<String, IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Platform {
    rules: Vec<Value>,
}

/// The policy without what names an unknown purpose or tag. Whatever else is wrong with it stays for its reader to find.
pub(super) fn split(json: &[u8]) -> (Cow<'_, [u8]>, Option<Skipped>) {
    let whole = (Cow::Borrowed(json), None);
    let Some(names) = read::<Names>(json) else { return whole };
    let warnings = warnings(&names);
    let Some(mut policy) = read::<Value>(json).filter(|_| !warnings.is_empty()) else { return whole };
    let names = |field: &'static str| move |value: &Value| value.get(field).is_none_or(known);
    retain(&mut policy, "/gpc_denies", known);
    retain(&mut policy, "/purposes", names("id"));
    retain(&mut policy, "/platform/rules", names("purpose"));
    retain(&mut policy, "/sensitive/tags", |tag| unknown_tag(tag).is_none());
    for region in policy.pointer_mut("/regions").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(mechanisms) = region.pointer_mut("/mechanisms").and_then(Value::as_object_mut) {
            mechanisms.retain(|name, _| is_known(name));
        }
    }
    (Cow::Owned(policy.to_string().into_bytes()), Some(Skipped { source: json.into(), warnings }))
}

fn warnings(names: &Names) -> Vec<PolicyProblem> {
    let warn =
        |field: String, name: &str| PolicyProblem::new(field, PolicyFault::UnknownPurpose(name.into()));
    let mut all = Vec::new();
    let listed = names.gpc_denies.iter().enumerate().filter_map(|(at, name)| Some((at, unknown(name)?)));
    all.extend(listed.map(|(at, name)| warn(format!("gpc_denies[{at}]"), name)));
    let rules = names.platform.rules.iter().enumerate();
    let rules = rules.filter_map(|(at, rule)| Some((at, unknown(rule.get("purpose")?)?)));
    all.extend(rules.map(|(at, name)| warn(format!("platform.rules[{at}].purpose"), name)));
    let purposes = names.purposes.iter().filter_map(|terms| unknown(terms.get("id")?));
    all.extend(purposes.map(|name| warn(format!("purposes[{name}]"), name)));
    for region in &names.regions {
        let mechanisms = region.mechanisms.keys().filter(|name| !is_known(name));
        all.extend(mechanisms.map(|name| warn(format!("regions[{}].mechanisms.{name}", region.id), name)));
    }
    let tags = names.sensitive.tags.iter().filter_map(unknown_tag);
    all.extend(tags.map(|name| PolicyProblem::new("sensitive.tags", PolicyFault::UnknownTag(name.into()))));
    all
}

fn retain(policy: &mut Value, list: &str, keep: impl Fn(&Value) -> bool) {
    if let Some(list) = policy.pointer_mut(list).and_then(Value::as_array_mut) {
        list.retain(keep);
    }
}

fn known(name: &Value) -> bool {
    unknown(name).is_none()
}

/// The name in a value, if it is one that no purpose has.
fn unknown(name: &Value) -> Option<&str> {
    name.as_str().filter(|name| !is_known(name))
}

fn unknown_tag(name: &Value) -> Option<&str> {
    name.as_str().filter(|name| !SensitiveTag::ALL.iter().any(|tag| tag.name() == *name))
}

fn is_known(name: &str) -> bool {
    Purpose::ALL.iter().any(|purpose| purpose.id() == name)
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}
