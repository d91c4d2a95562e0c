//! Values and policies from outside: whatever they hold, nothing panics and nothing grows.

use std::collections::HashMap;

use super::super::platform::PlatformView;
use super::*;

const TC: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQ";
/// When that string was last updated.
const TC_MS: i64 = 1_582_243_059_300;

fn granting() -> Policy {
    changed(|p| {
        p["platform"]["rules"] = serde_json::json!([
            {"key": "IABTCF_PurposeConsents", "position": 1, "purpose": "history", "denies": "0", "grants": "1"},
            {"key": "IABTCF_PurposeConsents", "position": 5, "purpose": "history", "denies": "0", "grants": "1"},
            {"key": "IABGPP_USNAT_SaleOptOut", "position": 1, "purpose": "measurement", "denies": "1"}
        ]);
    })
}

fn platform(pairs: &[(&str, &str)]) -> ExternalSignals {
    let consent_platform = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    ExternalSignals { consent_platform, ..signals("DE") }
}

#[test]
fn a_no_in_the_consent_platform_outranks_a_yes_here() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History, Purpose::Session]);
    gate.apply_signals(platform(&[("IABTCF_PurposeConsents", "0111111111"), ("unrelated", "x")])).unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::PlatformDenied);
    assert!(gate.decide(Purpose::Session).allowed, "position 11 says nothing");
    assert_eq!(gate.standing().signals().consent_platform.len(), 1, "only what is read is kept");
    gate.apply_signals(platform(&[("IABTCF_PurposeConsents", "0"), ("IABTCF_gdprApplies", "0")])).unwrap();
    assert!(gate.decide(Purpose::History).allowed);
}

#[test]
fn a_yes_there_counts_only_if_mapped_complete_and_fresh() {
    let home = Home::new();
    home.clock.set(TC_MS + DAY_MS);
    let gate = home.open_with(granting());
    let decide = |pairs: &[(&str, &str)]| {
        gate.apply_signals(platform(pairs)).unwrap();
        gate.decide(Purpose::History)
    };
    let yes = ("IABTCF_PurposeConsents", "1111111111");
    let fresh = decide(&[yes, ("IABTCF_TCString", TC)]);
    assert_eq!((fresh.allowed, fresh.reason), (true, DecisionReason::PlatformGranted));
    assert_eq!(fresh.expires_at_ms, Some(TC_MS + 390 * DAY_MS));
    assert!(!decide(&[yes]).allowed, "no date");
    assert!(!decide(&[yes, ("IABTCF_TCString", "garbage")]).allowed);
    assert!(
        !decide(&[("IABTCF_PurposeConsents", "1111"), ("IABTCF_TCString", TC)]).allowed,
        "position 5 is missing"
    );
    assert!(decide(&[yes, ("IABTCF_TCString", TC)]).allowed);
    let permit = gate.permit::<History>().unwrap();
    home.clock.advance(390 * DAY_MS);
    assert!(!gate.decide(Purpose::History).allowed, "too old");
    assert!(permit.check().is_err());
    let home = Home::new();
    home.clock.set(TC_MS + DAY_MS);
    let gate = home.open_with(granting());
    gate.refuse_all("banner", "en").unwrap();
    gate.apply_signals(platform(&[yes, ("IABTCF_TCString", TC)])).unwrap();
    assert_eq!(
        gate.decide(Purpose::History).reason,
        DecisionReason::Refused,
        "a yes there never overrides a no here"
    );
}

/// A small generator, so that a failure can be repeated from its number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.roll(4) {
            let at = self.roll(bytes.len().max(1));
            match self.roll(5) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.roll(8),
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.insert(at.min(bytes.len()), u8::try_from(self.roll(256)).unwrap()),
                3 => bytes.truncate(at),
                _ => bytes.extend_from_within(at.min(bytes.len())..),
            }
            bytes.truncate(1 << 16);
        }
    }
}

fn hammer(rounds: u64) {
    let policy = granting();
    let values = [TC, "1111111111", "0", "1YNN", "2", ""];
    let keys = [
        "IABTCF_TCString",
        "IABTCF_PurposeConsents",
        "IABTCF_gdprApplies",
        "IABGPP_USNAT_SaleOptOut",
        "IABGPP_HDR_GppString",
        "x",
    ];
    let json = policy.to_json();
    for round in 0..rounds {
        let mut dice = Dice(round);
        if round % 8 == 0 {
            let mut bytes = json.clone();
            dice.mutate(&mut bytes);
            drop(Policy::parse(&bytes));
            continue;
        }
        let mut map = HashMap::new();
        for key in keys {
            let mut value = values[dice.roll(values.len())].as_bytes().to_vec();
            dice.mutate(&mut value);
            map.insert(key.to_owned(), String::from_utf8_lossy(&value).into_owned());
        }
        let kept = super::super::platform::keep(map, &policy);
        assert!(kept.len() <= 4 && kept.values().all(|v| v.len() <= 4096), "round {round}");
        let view = PlatformView::new(&kept, &policy.platform);
        for purpose in Purpose::ALL {
            let granted = view.grants_until(purpose, TC_MS + DAY_MS).is_some();
            assert!(!(granted && view.denies(purpose)), "round {round}");
            assert!(!granted || purpose == Purpose::History, "round {round}: granted what nobody mapped");
        }
    }
}

#[test]
fn mutated_values_and_policies_never_panic() {
    hammer(20_000);
}

#[test]
#[ignore = "takes a minute"]
fn a_million_mutated_values_and_policies_never_panic() {
    hammer(1_000_000);
}
