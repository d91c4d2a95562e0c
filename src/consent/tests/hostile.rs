//! Values and policies from outside: whatever they hold, nothing panics and nothing grows.

use std::collections::HashMap;

use crate::base::limits::POLICY;
use crate::consent::state::platform::PlatformView;
use crate::consent::stored::LATEST;
use crate::consent::tests::*;
use crate::vault::tables::POLICIES;
use crate::vault::tables::SIGNALS;

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
    gate.apply_signals(platform(&[("IABTCF_PurposeConsents", "01111111111"), ("unrelated", "x")])).unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::PlatformDenied);
    assert!(gate.decide(Purpose::Session).allowed);
    assert_eq!(gate.state().signals().consent_platform.len(), 1, "only what is read is kept");
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
    let half = decide(&[("IABTCF_PurposeConsents", "1111?11111"), ("IABTCF_TCString", TC)]);
    assert!(!half.allowed, "position 5 says neither");
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

const VALUES: [&str; 6] = [TC, "1111111111", "0", "1YNN", "2", ""];
const KEYS: [&str; 6] = [
    "IABTCF_TCString",
    "IABTCF_PurposeConsents",
    "IABTCF_gdprApplies",
    "IABGPP_USNAT_SaleOptOut",
    "IABGPP_HDR_GppString",
    "x",
];
/// A value of the longest kind that is kept, as JSON at its worst, for each key that the policy reads.
const MOST_STORED: usize = 4 * 4096 * 6 + 1024;

fn mutated_text(dice: &mut Dice) -> String {
    let mut value = VALUES[dice.roll(VALUES.len())].as_bytes().to_vec();
    dice.mutate(&mut value);
    String::from_utf8_lossy(&value).into_owned()
}

/// A policy that was changed on its way, and one that was signed as it is.
fn policy_round(dice: &mut Dice, gate: &Gate, signed: &[u8], json: &[u8]) {
    let mut forged = signed.to_vec();
    dice.mutate(&mut forged);
    assert!(forged == signed || Policy::open(&forged, &shop_key().1).is_err(), "nobody signed this");
    let mut json = json.to_vec();
    dice.mutate(&mut json);
    let odd = signed::sign(POLICY_KIND, &json, &shop_key().0);
    if Policy::open(&odd, &shop_key().1).is_ok() {
        drop(gate.apply_policy(&odd, &shop_key().1));
    }
}

fn platform_round(dice: &mut Dice, gate: &Gate, policy: &Policy, round: u64) {
    let map: HashMap<_, _> = KEYS.iter().map(|key| ((*key).to_owned(), mutated_text(dice))).collect();
    if round % 1000 == 1 {
        let region_hints = (0..dice.roll(40)).map(|_| mutated_text(dice)).collect();
        let region = Some(mutated_text(dice));
        gate.apply_signals(ExternalSignals {
            region,
            region_hints,
            consent_platform: map.clone(),
            ..Default::default()
        })
        .unwrap();
    }
    let kept = crate::consent::state::platform::keep(map, policy);
    assert!(kept.len() <= 4 && kept.values().all(|v| v.len() <= 4096), "round {round}");
    let view = PlatformView::new(&kept, &policy.platform);
    for purpose in Purpose::ALL {
        let granted = view.grants_until(purpose, TC_MS + DAY_MS).is_some();
        assert!(!(granted && view.denies(purpose)), "round {round}");
        assert!(!granted || purpose == Purpose::History, "round {round}: granted what nobody mapped");
    }
}

/// Every eighth round is a policy, the others are values. What is stored of either stays small.
fn hammer(rounds: u64) {
    let policy = granting();
    let (signed, json) = (sign(&policy), policy.to_json());
    let home = Home::new();
    let gate = home.open_with(granting());
    let stored = |table: Table| {
        let bytes = gate.vault.read(|r| r.get(Compartment(1), table, LATEST)).unwrap();
        bytes.map_or(0, |b| b.len())
    };
    for round in 0..rounds {
        let mut dice = Dice(round);
        if round % 8 == 0 {
            policy_round(&mut dice, &gate, &signed, &json);
        } else {
            platform_round(&mut dice, &gate, &policy, round);
        }
        if round % 1000 == 1 {
            assert!(stored(SIGNALS) <= MOST_STORED, "round {round}: {}", stored(SIGNALS));
            assert!(stored(POLICIES) <= 2 * POLICY.most, "round {round}: {}", stored(POLICIES));
        }
    }
}

#[test]
fn mutated_values_and_policies_never_panic() {
    hammer(8_000);
}

/// `cargo test --lib -- --ignored a_million_mutated`: 53 s unoptimised on x86-64, 15 MB resident at most.
#[test]
#[ignore = "takes a minute"]
fn a_million_mutated_values_and_policies_never_panic() {
    hammer(1_000_000);
}

#[test]
fn a_region_that_cannot_be_meant_is_the_strictest() {
    let home = Home::new();
    let gate = home.open();
    let strictest = gate.snapshot().region_rule;
    gate.apply_signals(signals("US-CA")).unwrap();
    assert_ne!(gate.snapshot().region_rule, strictest);
    let long = ExternalSignals { region_hints: vec!["X".repeat(17)], ..signals("US-CA") };
    let many = ExternalSignals { region_hints: vec!["US".into(); 17], ..signals("US-CA") };
    for odd in [long, many, signals(&"US-CA".repeat(4))] {
        gate.apply_signals(odd).unwrap();
        assert_eq!(gate.snapshot().region_rule, strictest);
        assert!(gate.state().signals().region_hints.is_empty());
    }
}
