//! What the fuzzers call: each takes any bytes, uses what comes out of them, and must return.

#![allow(clippy::unwrap_used, reason = "a fuzzer wants to hear of it")]

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::base::codec::{Record as _, again};
use crate::base::limits::{PLATFORM_VALUE, POLICY, POLICY_KEYS};
use crate::base::signed::PublicKey;
use crate::consent::change::import::CarriedAnswer;
use crate::consent::change::report::ErasureReport;
use crate::consent::external::ExternalSignals;
use crate::consent::gate::widget::Note;
use crate::consent::ledger::{GENESIS, Head, Signed, verify};
use crate::consent::policy::{Policy, PolicyDiff};
use crate::consent::purpose::Purpose;
use crate::consent::state::clock::Mark;
use crate::consent::state::platform::{PlatformView, keep};
use crate::consent::state::told::Told;

/// Nobody knows the other half of it.
static KEY: LazyLock<PublicKey> = LazyLock::new(|| PublicKey::from_bytes(&[7; 32]).unwrap());
static BASELINE: LazyLock<Policy> = LazyLock::new(|| Policy::baseline().unwrap());

/// Reads bytes as a policy behind a signature and behind none, as its author's draft, and puts it in the place of the
/// baseline.
///
/// # Panics
/// When an unsigned policy passes, one does not come out as it went in, or an author hears of no problem in a policy
/// that devices refuse.
pub fn policy(bytes: &[u8]) {
    assert!(Policy::open(bytes, &KEY).is_err(), "nobody signed this");
    let (examined, parsed) = (Policy::examine(bytes), Policy::parse(bytes));
    match &examined {
        Ok(policy) => assert_eq!(parsed.as_ref().unwrap(), policy),
        Err(problems) => assert!(problems.iter().all(|problem| !problem.to_string().is_empty())),
    }
    let Ok(policy) = Policy::parse(bytes) else { return };
    assert!(POLICY.takes(bytes.len()), "a policy is small");
    assert_eq!(Policy::parse(&policy.to_stored()).unwrap(), policy);
    assert!(Policy::parse(&policy.to_json()).is_ok());
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
    let read: BTreeSet<&str> = policy.platform.rules.iter().map(|rule| rule.key.as_str()).collect();
    assert!(POLICY_KEYS.takes(read.len()), "few keys are read");
    let short = |key: &&str| keys.get(*key).is_some_and(|value| PLATFORM_VALUE.takes(value.len()));
    let wanted = read.iter().copied().filter(short).count();
    let kept = keep(keys, policy);
    assert!(kept.len() >= wanted, "none that is read is dropped");
    assert!(kept.values().all(|value| PLATFORM_VALUE.takes(value.len())), "a value is short");
    let view = PlatformView::new(&kept, &policy.platform);
    for purpose in Purpose::ALL {
        let granted = [0, i64::MAX].iter().any(|now_ms| view.grants_until(purpose, *now_ms).is_some());
        assert!(!(granted && view.denies(purpose)), "a no and a yes");
    }
}

/// Reads bytes as each of the records that this room keeps.
///
/// # Panics
/// When a receipt passes that this device did not sign, or a record does not come out as it went in.
pub fn stored(bytes: &[u8]) {
    assert!(verify(bytes, 1, GENESIS, &KEY).is_err(), "nobody signed this");
    again::<Note>(bytes);
    again::<ErasureReport>(bytes);
    again::<Mark>(bytes);
    again::<Signed>(bytes);
    again::<Head>(bytes);
    if let Ok(told) = Told::open(bytes) {
        assert_eq!(Told::open(&told.encode().unwrap()), Ok(told));
    }
}

/// Reads bytes as what an app or another device tells, as JSON: the surroundings, and answers that are carried over.
///
/// # Panics
/// When surroundings beyond a bound are kept, or do not come out as they went in.
pub fn told(bytes: &[u8]) {
    if let Ok(signals) = serde_json::from_slice::<ExternalSignals>(bytes) {
        let again = serde_json::to_vec(&signals).unwrap();
        assert_eq!(serde_json::from_slice::<ExternalSignals>(&again).unwrap(), signals);
        let hints = &signals.region_hints;
        let _ = (
            BASELINE.rule(signals.region.as_deref()),
            BASELINE.rule_between(signals.region.as_deref(), hints),
        );
        if signals.check().is_ok() {
            let kept = keep(signals.consent_platform.clone(), &BASELINE);
            assert!(kept.len() <= signals.consent_platform.len());
        }
    }
    if let Ok(carried) = serde_json::from_slice::<Vec<CarriedAnswer>>(bytes) {
        let again = serde_json::to_vec(&carried).unwrap();
        assert_eq!(serde_json::from_slice::<Vec<CarriedAnswer>>(&again).unwrap(), carried);
    }
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
            super::told(&bytes);
        }

        #[test]
        fn hostile_text_in_the_place_of_surroundings_is_read_without_a_panic(
            region in ".{0,20}", hints in vec("[A-Z]{0,3}-?.{0,3}", 0..20), key in ".{0,9}", value in ".{0,40}",
        ) {
            let told = serde_json::json!({
                "region": region, "region_hints": hints, "consent_platform": {key: value}, "more": 1,
            });
            super::told(told.to_string().as_bytes());
        }
    }
}
