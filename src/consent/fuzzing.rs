//! What the fuzzers call: each takes any bytes, uses what comes out of them, and must return.

#![allow(clippy::unwrap_used, reason = "a fuzzer wants to hear of it")]

use std::collections::HashMap;
use std::sync::LazyLock;

use super::derived::Provenance;
use super::erase::pending;
use super::ledger::{GENESIS, verify};
use super::platform::{PlatformView, keep};
use super::policy::{Policy, PolicyDiff};
use super::purpose::Purpose;
use super::snapshot::Note;
use super::time::Mark;
use crate::limits::POLICY;
use crate::signed::PublicKey;

/// Nobody knows the other half of it.
static KEY: LazyLock<PublicKey> = LazyLock::new(|| PublicKey::from_bytes(&[7; 32]).unwrap());
static BASELINE: LazyLock<Policy> = LazyLock::new(|| Policy::baseline().unwrap());

/// Reads bytes as a policy behind a signature and behind none, and puts it in the place of the baseline.
///
/// # Panics
/// When an unsigned policy passes, or one does not come out as it went in.
pub fn policy(bytes: &[u8]) {
    assert!(Policy::open(bytes, &KEY).is_err(), "nobody signed this");
    let Ok(policy) = Policy::parse(bytes) else { return };
    assert!(POLICY.takes(bytes.len()), "a policy is small");
    assert_eq!(Policy::parse(&policy.to_json()).unwrap(), policy);
    let _ = (PolicyDiff::between(&BASELINE, &policy), PolicyDiff::between(&policy, &BASELINE));
    let hints = ["DE".to_owned(), "US-CA".to_owned()];
    let _ =
        (policy.rule(Some("KR")), policy.rule_between(Some("DE"), &hints), policy.rule_between(None, &[]));
    let _ = (policy.label(), policy.notice_hash(), policy.recipients(), policy.admit(&BASELINE, i64::MAX));
    platform_view(&policy, "111111");
}

/// Reads text as what a consent platform left behind: `key=value` by line.
///
/// # Panics
/// When a purpose is both denied and granted, or too much is kept.
pub fn platform(bytes: &[u8]) {
    platform_view(&BASELINE, &String::from_utf8_lossy(bytes));
}

fn platform_view(policy: &Policy, text: &str) {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let mut keys: HashMap<String, String> = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    for rule in &policy.platform.rules {
        keys.entry(rule.key.clone()).or_insert_with(|| text.to_owned());
    }
    let kept = keep(keys, policy);
    assert!(kept.values().all(|value| value.len() <= 4096), "a value is short");
    let view = PlatformView::new(&kept, &policy.platform);
    for purpose in Purpose::ALL {
        let granted = [0, i64::MAX].iter().any(|now_ms| view.grants_until(purpose, *now_ms).is_some());
        assert!(!(granted && view.denies(purpose)), "a no and a yes");
    }
}

/// Reads bytes as each of the records that this room keeps.
///
/// # Panics
/// When a receipt passes that this device did not sign.
pub fn stored(bytes: &[u8]) {
    assert!(verify(bytes, 1, GENESIS, &KEY).is_none(), "nobody signed this");
    let _ = (Provenance::open(bytes), Note::open(bytes), pending(bytes), Mark::decode(bytes));
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..300)) {
            super::policy(&bytes);
            super::platform(&bytes);
            super::stored(&bytes);
        }
    }
}
