//! Every decision there is, in a table that people can read, and what holds for all of them.
//!
//! `DECISIONS=write cargo test decisions` writes the table anew.

use std::fmt::Write as _;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use crate::consent::ledger::{DeviceKey, Replayed};
use crate::consent::state::clock::Now;
use crate::consent::state::current::State;
use crate::consent::state::decide::decide;
use crate::consent::tests::*;

const STATES: [ConsentState; 10] = [
    ConsentState::Unknown,
    ConsentState::Requested,
    ConsentState::Deferred,
    ConsentState::Given,
    ConsentState::Renewed,
    ConsentState::Refused,
    ConsentState::Withdrawn,
    ConsentState::Expired,
    ConsentState::Invalidated,
    ConsentState::Objected,
];
const AGES: [(&str, Option<AgeBand>); 5] = [
    ("unknown", None),
    ("0-12", Some(AgeBand::Under13)),
    ("13-15", Some(AgeBand::From13To15)),
    ("16-17", Some(AgeBand::From16To17)),
    ("18+", Some(AgeBand::Adult)),
];
const REGIONS: [&str; 10] =
    ["", "DE", "US-CA", "US-VA", "CA-QC", "BR", "X-IN", "X-OUT", "X-NEVER", "US-CA DE"];
const SIGNALS: [&str; 4] = ["none", "gpc", "cmp-no", "cmp-yes"];
const TC: &str = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";
const NOW_MS: i64 = 1_583_000_000_000;
/// A device whose clock was never set.
const NOW: Now = Now { clock_ms: NOW_MS, device_ms: NOW_MS };

/// The baseline with regions of one mechanism each, and with a consent platform that may say yes.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    changed(|p| {
        for (code, mechanism) in [("X-IN", "opt_in"), ("X-OUT", "opt_out"), ("X-NEVER", "prohibited")] {
            let all: serde_json::Map<_, _> =
                Purpose::ALL.iter().map(|p| (p.id().into(), mechanism.into())).collect();
            p["regions"].as_array_mut().unwrap().push(json!({
                "id": format!("all_{mechanism}"), "countries": [code], "age_line": 16, "grant_days": 365, "mechanisms": all
            }));
        }
        for rule in p["platform"]["rules"].as_array_mut().unwrap() {
            rule["grants"] = "1".into();
        }
    })
});

fn external(region: &str, age_band: Option<AgeBand>, signal: &str) -> ExternalSignals {
    let (region, hints) = region.split_once(' ').unwrap_or((region, ""));
    let mut external = ExternalSignals { age_band, ..Default::default() };
    external.region = (!region.is_empty()).then(|| region.into());
    external.region_hints = hints.split_whitespace().map(Into::into).collect();
    external.global_privacy_control = signal == "gpc";
    if signal.starts_with("cmp") {
        let bits = if signal == "cmp-yes" { "11111111111" } else { "00000000000" };
        external.consent_platform.insert("IABTCF_PurposeConsents".into(), bits.into());
        external.consent_platform.insert("IABTCF_TCString".into(), TC.into());
    }
    external
}

/// A picture in which purposes stand as told; `noticed` ones were shown where the user is.
fn state(policy: &Policy, external: &ExternalSignals, states: &[(Purpose, ConsentState)]) -> State {
    let key = Arc::new(DeviceKey::from_seed(&zeroize::Zeroizing::new(vec![1; 32])).unwrap());
    let check = LedgerCheck { verified: 0, broken_at: None, head_hash: String::new() };
    let rule = policy.rule_between(external.region.as_deref(), &external.region_hints);
    let entry = |purpose: Purpose, state: ConsentState| ReceiptPurpose {
        purpose,
        mechanism: rule.mechanism(purpose),
        state,
        legal_basis: "consent".into(),
        retention_days: 0,
        valid_until_ms: state.is_grant().then_some(NOW_MS + DAY_MS),
    };
    let receipt = |action, purposes| Receipt { action, purposes, ..receipt() };
    let shown = states.iter().filter(|(_, s)| *s != ConsentState::Unknown);
    let served = shown.clone().map(|&(p, _)| entry(p, ConsentState::Requested)).collect();
    let answered = shown.filter(|(_, s)| *s != ConsentState::Requested);
    let (invalid, plain): (Vec<_>, Vec<_>) = answered.partition(|(_, s)| *s == ConsentState::Invalidated);
    let entries = |list: Vec<&(Purpose, ConsentState)>| list.into_iter().map(|&(p, s)| entry(p, s)).collect();
    let receipts = vec![
        receipt(ReceiptAction::Served, served),
        receipt(ReceiptAction::Answered, entries(plain)),
        receipt(ReceiptAction::PolicyChanged, entries(invalid)),
    ];
    State::new(policy.clone(), external.clone(), key, Replayed { receipts, check, newer: None })
}

fn receipt() -> Receipt {
    Receipt {
        schema: String::new(),
        seq: 1,
        record_id: String::new(),
        prev_hash: String::new(),
        supersedes: vec![],
        policy: String::new(),
        notice_hash: String::new(),
        screen_hash: String::new(),
        controller: String::new(),
        locale: String::new(),
        action: ReceiptAction::Answered,
        surface: String::new(),
        purposes: vec![],
        sensitive: vec![],
        region_rule: String::new(),
        age_band: None,
        opt_out_signal: false,
        signals_hash: String::new(),
        time_ms: 1,
        device_ms: None,
        opens: 1,
        sdk_version: String::new(),
    }
}

fn letter(decision: &Decision) -> char {
    use DecisionReason as Why;
    let letter = match decision.reason {
        Why::StrictlyNecessary => 'E',
        Why::Granted => 'Y',
        Why::NoticeServed => 'N',
        Why::PlatformGranted => 'C',
        Why::NotAnswered => '?',
        Why::Refused => '-',
        Why::Expired => 'x',
        Why::Invalidated => 'i',
        Why::MissingDependency => 'd',
        Why::Prohibited => 'p',
        Why::AgeBand => 'a',
        Why::OptOutSignal => 's',
        Why::PlatformDenied => 'c',
        Why::UnknownTaxonomy | Why::LedgerBroken | Why::NewerFormat | Why::Locked => '!',
    };
    assert_eq!(letter.is_ascii_uppercase(), decision.allowed, "{decision:?}");
    letter
}

/// One word per state, one letter per purpose: how it is decided when all purposes are in that
/// state.
fn table() -> String {
    let policy = &*POLICY;
    let mut out = String::from(include_str!("decisions_legend.txt"));
    let mut column = format!("{:<9} {:<8} {:<8}", "region", "signal", "age");
    for state in STATES {
        write!(column, " {:<12}", format!("{state:?}").to_lowercase()).unwrap();
    }
    writeln!(out, "{}", column.trim_end()).unwrap();
    for region in REGIONS {
        for signal in SIGNALS {
            for (age, band) in AGES {
                let name = if region.is_empty() { "unknown".to_owned() } else { region.replace(' ', "+") };
                write!(out, "{name:<9} {signal:<8} {age:<8}").unwrap();
                for answer in STATES {
                    let all: Vec<_> = Purpose::ALL.iter().map(|&p| (p, answer)).collect();
                    let state = state(policy, &external(region, band, signal), &all);
                    let word: String =
                        Purpose::ALL.iter().map(|&p| letter(&decide(&state, p, NOW))).collect();
                    write!(out, " {word}").unwrap();
                }
                out.push('\n');
            }
        }
    }
    out
}

#[test]
fn every_cell_of_the_decision_table_is_as_agreed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/decisions.txt");
    let now = table();
    if std::env::var("DECISIONS").is_ok_and(|v| v == "write") {
        std::fs::write(path, &now).unwrap();
    }
    let agreed = std::fs::read_to_string(path).unwrap();
    for (number, (is, was)) in now.lines().zip(agreed.lines()).enumerate() {
        assert_eq!(is, was, "line {}", number + 1);
    }
    assert_eq!(now.lines().count(), agreed.lines().count());
}

fn any_state() -> impl Strategy<Value = ConsentState> {
    proptest::sample::select(&STATES[..])
}

prop_compose! {
    fn a_case()(
        states in proptest::collection::vec(any_state(), 12),
        region in proptest::sample::select(&REGIONS[..]),
        age in proptest::sample::select(&AGES[..]),
        signal in proptest::sample::select(&SIGNALS[..]),
    ) -> (Vec<(Purpose, ConsentState)>, ExternalSignals) {
        (Purpose::ALL.into_iter().zip(states).collect(), external(region, age.1, signal))
    }
}

fn allowed(state: &State) -> Vec<bool> {
    Purpose::ALL.iter().map(|&p| decide(state, p, NOW).allowed).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_denial_ever_allows((states, signals) in a_case(), at in 1_usize..12, kind in 0..7) {
        let policy = &*POLICY;
        let before = allowed(&state(policy, &signals, &states));
        let (mut states, mut signals) = (states, signals);
        match kind {
            0 => states[at].1 = ConsentState::Refused,
            1 => states[at].1 = ConsentState::Withdrawn,
            2 => states[at].1 = ConsentState::Objected,
            3 => signals.global_privacy_control = true,
            4 => signals.age_band = Some(AgeBand::Under13),
            5 => drop(signals.consent_platform.insert("IABTCF_PurposeConsents".into(), "00000000000".into())),
            _ => signals.region_hints.push("X-NEVER".into()),
        }
        let after = allowed(&state(policy, &signals, &states));
        for (purpose, (was, is)) in Purpose::ALL.iter().zip(before.iter().zip(&after)) {
            prop_assert!(*was || !is, "{purpose:?} was denied and is allowed");
        }
    }

    #[test]
    fn a_looser_region_never_widens_a_refusal((states, signals) in a_case(), region in proptest::sample::select(&REGIONS[..])) {
        let policy = &*POLICY;
        let moved = ExternalSignals { region: Some(region.into()), ..signals };
        let state = state(policy, &moved, &states);
        for (purpose, answer) in &states {
            if answer.is_refusal() && *purpose != Purpose::Essential {
                prop_assert!(!decide(&state, *purpose, NOW).allowed);
            }
        }
    }

    #[test]
    fn nothing_but_the_essential_is_allowed_to_a_child((states, signals) in a_case()) {
        let state = state(&POLICY, &ExternalSignals { age_band: Some(AgeBand::Under13), ..signals }, &states);
        for purpose in Purpose::ALL {
            let fine = matches!(purpose, Purpose::Essential | Purpose::Preferences);
            prop_assert!(fine || !decide(&state, purpose, NOW).allowed);
        }
    }
}
