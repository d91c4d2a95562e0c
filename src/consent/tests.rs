//! Stories of consent over a real vault.

use std::sync::Arc;

use super::*;
use crate::clock::{ManualClock, DAY_MS};
use crate::random::SystemRandom;
use crate::vault::{Durability, MemoryKeyStore, Table, Vault};

const NOTES: Table = Table(999);

struct Home {
    dir: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    clock: Arc<ManualClock>,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            keys: Arc::new(MemoryKeyStore::default()),
            clock: Arc::new(ManualClock::new(1_800_000_000_000)),
        }
    }

    fn open(&self) -> Gate {
        let (vault, _) =
            Vault::open(self.dir.path(), "shop", self.keys.clone(), Arc::new(SystemRandom)).unwrap();
        Gate::open(vault, Policy::baseline().unwrap(), self.clock.clone(), Arc::new(SystemRandom)).unwrap()
    }
}

fn give(gate: &Gate, purposes: &[Purpose]) -> Receipt {
    let choices: Vec<_> =
        purposes.iter().map(|&purpose| PurposeChoice { purpose, choice: Choice::Give }).collect();
    gate.record(&choices, "test", "en").unwrap().0
}

fn keep(gate: &Gate, text: &[u8]) {
    let permit = gate.permit::<History>().unwrap();
    gate.write(Durability::Full, |tx| tx.at(&permit)?.append(NOTES, text).map(drop)).unwrap_or_else(
        |e: ConsentError| panic!("{e}"),
    );
}

fn kept(gate: &Gate) -> u64 {
    let permit = gate.permit::<History>().unwrap();
    gate.read(|r| r.at(&permit)?.count(NOTES)).unwrap_or_else(|e: ConsentError| panic!("{e}"))
}

#[test]
fn nothing_but_the_essential_is_allowed_before_an_answer() {
    let home = Home::new();
    let gate = home.open();
    for decision in gate.snapshot().decisions {
        assert_eq!(decision.allowed, decision.purpose == Purpose::Essential, "{decision:?}");
    }
    assert_eq!(gate.permit::<History>().unwrap_err().reason, DecisionReason::NotAnswered);
    assert!(gate.pending_prompt("en").is_some());
}

#[test]
fn an_answer_survives_a_restart_and_its_receipt_names_it() {
    let home = Home::new();
    let receipt = give(&home.open(), &[Purpose::History]);
    let gate = home.open();
    let decision = gate.decide(Purpose::History);
    assert!(decision.allowed);
    assert_eq!(decision.receipt_id, Some(receipt.record_id));
    assert_eq!(gate.verify_ledger().unwrap().verified, 1);
}

#[test]
fn a_permit_dies_with_any_change() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    let permit = gate.permit::<History>().unwrap();
    give(&gate, &[Purpose::Ranking]);
    assert!(matches!(permit.check(), Err(ConsentError::StalePermit(Purpose::History))));
    let late: Result<(), ConsentError> =
        gate.write(Durability::Normal, |tx| tx.at(&permit)?.append(NOTES, b"late").map(drop));
    assert!(late.is_err());
    assert_eq!(kept(&gate), 0);
}

#[test]
fn withdrawal_erases_and_the_report_counts_it() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    keep(&gate, b"one");
    keep(&gate, b"two");
    let report = gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    assert_eq!((report.rows, report.keys_destroyed), (2, 1));
    assert_eq!(gate.permit::<History>().unwrap_err().reason, DecisionReason::Refused);
    drop(gate);
    let gate = home.open();
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Withdrawn);
    give(&gate, &[Purpose::History]);
    assert_eq!(kept(&gate), 0, "a new yes must not bring the old data back");
}

#[test]
fn a_refusal_in_the_form_erases_like_a_withdrawal() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    keep(&gate, b"one");
    let no = [PurposeChoice { purpose: Purpose::History, choice: Choice::Refuse }];
    let (_, report) = gate.record(&no, "form", "en").unwrap();
    assert_eq!(report.rows, 1);
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Withdrawn);
}

#[test]
fn dependencies_hold() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::Inference, Purpose::Ranking]);
    assert_eq!(gate.decide(Purpose::Inference).reason, DecisionReason::MissingDependency);
    give(&gate, &[Purpose::History]);
    assert!(gate.decide(Purpose::Inference).allowed);
    assert!(gate.decide(Purpose::Ranking).allowed);
}

#[test]
fn signals_deny_and_outlive_a_restart() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    gate.apply_signals(ExternalSignals { global_privacy_control: true, ..Default::default() }).unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::OptOutSignal);
    drop(gate);
    let gate = home.open();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::OptOutSignal);
    gate.apply_signals(ExternalSignals { age_band: Some(AgeBand::Under13), ..Default::default() }).unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::AgeBand);
}

#[test]
fn an_opt_out_region_needs_the_notice_first() {
    let home = Home::new();
    let gate = home.open();
    gate.apply_signals(ExternalSignals { region: Some("US-CA".into()), ..Default::default() }).unwrap();
    assert!(!gate.decide(Purpose::History).allowed);
    gate.served(&[Purpose::History], "banner", "en").unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::NoticeServed);
    assert!(!gate.decide(Purpose::Offers).allowed);
}

#[test]
fn a_clock_set_back_does_not_revive_an_expired_yes() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    home.clock.advance(200 * DAY_MS);
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Expired);
    gate.served(&[Purpose::Offers], "later", "en").unwrap();
    home.clock.advance(-400 * DAY_MS);
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Expired);
    drop(gate);
    assert_eq!(home.open().decide(Purpose::History).reason, DecisionReason::Expired);
}

#[test]
fn a_refusal_rests() {
    let home = Home::new();
    let gate = home.open();
    let all: Vec<_> = Purpose::ALL
        .into_iter()
        .filter(|p| *p != Purpose::Essential)
        .map(|purpose| PurposeChoice { purpose, choice: Choice::Refuse })
        .collect();
    gate.record(&all, "form", "en").unwrap();
    assert!(gate.pending_prompt("en").is_none());
    home.clock.advance(181 * DAY_MS);
    assert!(gate.pending_prompt("en").is_some());
}
