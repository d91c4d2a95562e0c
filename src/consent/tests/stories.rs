//! What a user does, and what follows.

use crate::consent::tests::*;

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
    let (permit, access) = (gate.permit::<History>().unwrap(), gate.access::<History>().unwrap());
    give(&gate, &[Purpose::Ranking]);
    assert!(matches!(permit.check(), Err(ConsentError::StalePermit(Purpose::History))));
    let late: Result<(), ConsentError> =
        gate.write(Durability::Normal, |tx| tx.at(&permit)?.append(NOTES, b"late").map(drop));
    assert!(late.is_err());
    assert!(gate.read::<_, ConsentError>(|r| r.at(&permit)?.count(NOTES)).is_err());
    assert!(gate.read::<_, ConsentError>(|r| r.for_user(&access)?.count(NOTES)).is_err());
    assert_eq!(kept::<History>(&gate), 0);
}

#[test]
fn withdrawal_erases_and_the_report_counts_it() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    keep::<History>(&gate, b"one");
    keep::<History>(&gate, b"two");
    let report = gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    assert_eq!((report.rows, report.keys_destroyed), (2, 1));
    assert_eq!(gate.permit::<History>().unwrap_err().reason, DecisionReason::Refused);
    drop(gate);
    let gate = home.open();
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Withdrawn);
    give(&gate, &[Purpose::History]);
    assert_eq!(kept::<History>(&gate), 0, "a new yes must not bring the old data back");
}

#[test]
fn a_refusal_in_the_form_erases_like_a_withdrawal() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    keep::<History>(&gate, b"one");
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
fn signals_that_cannot_be_read_deny() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    gate.vault
        .write::<_, ConsentError>(Durability::Full, |w| {
            w.put(stored::CONSENT, crate::vault::tables::SIGNALS, stored::LATEST, b"?")?;
            Ok(())
        })
        .unwrap();
    drop(gate);
    assert_eq!(home.open().decide(Purpose::History).reason, DecisionReason::AgeBand);
}

#[test]
fn an_opt_out_region_needs_the_notice_first() {
    let home = Home::new();
    let gate = home.open();
    gate.apply_signals(signals("US-CA")).unwrap();
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

#[test]
fn nothing_that_happens_before_a_yes_is_kept_for_later() {
    let home = Home::new();
    let gate = home.open();
    for _ in 0..3 {
        assert!(gate.permit::<History>().is_err());
        gate.served(&[Purpose::History], "banner", "en").unwrap();
    }
    gate.vault
        .read(|r| {
            assert!(!r.has(Purpose::History.compartment()));
            Ok::<_, ConsentError>(())
        })
        .unwrap();
    give(&gate, &[Purpose::History]);
    assert_eq!(kept::<History>(&gate), 0);
}

#[test]
fn a_permit_dies_with_the_yes_it_rests_on() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    let permit = gate.permit::<History>().unwrap();
    home.clock.advance(183 * DAY_MS);
    assert!(permit.check().is_err());
    assert!(gate.essential().check().is_ok());
}

#[test]
fn a_clock_set_back_is_noticed_without_any_answer_in_between() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    home.clock.advance(200 * DAY_MS);
    assert_eq!(gate.tick(home.clock.now_ms()).unwrap().unwrap().purposes, [Purpose::History]);
    drop(gate);
    home.clock.advance(-565 * DAY_MS);
    let gate = home.open();
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Expired);
    assert_eq!(gate.receipts(0).last().unwrap().action, ReceiptAction::Expired);
    assert_eq!(gate.tick(home.clock.now_ms()).unwrap(), None, "told once");
    // Merely opening is enough to remember the time, too.
    give(&gate, &[Purpose::Session]);
    drop(gate);
    home.clock.set(START_MS + 700 * DAY_MS);
    drop(home.open());
    home.clock.set(START_MS);
    assert_eq!(home.open().decide(Purpose::Session).reason, DecisionReason::Expired);
}

#[test]
fn refusing_costs_exactly_as_many_calls_as_accepting() {
    let home = Home::new();
    let gate = home.open();
    type Answer = fn(&Gate, &str, &str) -> Result<(Receipt, ErasureReport), ConsentError>;
    let answers: [Answer; 2] = [Gate::accept_all, Gate::refuse_all];
    for answer in answers {
        let (receipt, _) = answer(&gate, "banner", "en").unwrap();
        assert_eq!(receipt.purposes.len(), 10);
        assert!(gate.pending_prompt("en").is_none(), "one call settles it");
    }
    assert!(gate.snapshot().decisions.iter().all(|d| d.allowed == (d.purpose == Purpose::Essential)));
}

#[test]
fn closing_the_notice_takes_nothing_back_and_gives_nothing() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    gate.record(&choices(&[Purpose::History, Purpose::Session], Choice::Defer), "x", "en").unwrap();
    assert!(gate.decide(Purpose::History).allowed);
    assert_eq!(gate.decide(Purpose::Session).state, ConsentState::Deferred);
    assert!(!gate.decide(Purpose::Session).allowed);
    gate.apply_signals(signals("US-CA")).unwrap();
    gate.served(&[Purpose::Session], "banner", "en").unwrap();
    assert!(!gate.decide(Purpose::Session).allowed, "closed counts as no, also where a notice is enough");
}

#[test]
fn a_looser_region_never_widens_a_refusal_and_a_stricter_one_holds_at_once() {
    let home = Home::new();
    let gate = home.open();
    gate.apply_signals(signals("DE")).unwrap();
    gate.served(&Purpose::ALL, "banner", "en").unwrap();
    gate.record(&choices(&[Purpose::History], Choice::Refuse), "banner", "en").unwrap();
    gate.apply_signals(signals("US-CA")).unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Refused);
    assert_eq!(
        gate.decide(Purpose::Session).reason,
        DecisionReason::NotAnswered,
        "the notice shown in Germany asked for a yes"
    );
    gate.served(&Purpose::ALL, "banner", "en").unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Refused);
    assert_eq!(gate.decide(Purpose::Session).reason, DecisionReason::NoticeServed);
    gate.apply_signals(signals("DE")).unwrap();
    assert_eq!(gate.decide(Purpose::Session).reason, DecisionReason::NotAnswered);
}

#[test]
fn a_device_that_hints_at_a_stricter_region_gets_it() {
    let home = Home::new();
    let gate = home.open();
    let with = |hints: &[&str]| {
        let region_hints = hints.iter().map(|h| (*h).into()).collect();
        gate.apply_signals(ExternalSignals { region_hints, ..signals("US-CA") }).unwrap();
        gate.served(&[Purpose::History], "banner", "en").unwrap();
        gate.decide(Purpose::History)
    };
    assert!(with(&["US", "us-ca"]).allowed, "the country says nothing against its own state");
    let travelling = with(&["DE"]);
    assert!(!travelling.allowed);
    assert_eq!(travelling.rule, "california+eea_uk_ch");
    assert!(!with(&["ZZ"]).allowed);
    assert!(with(&[]).allowed);
}

#[test]
fn a_signal_outranks_a_yes_unless_the_policy_lets_the_user_decide() {
    let ask = changed(|p| p["gpc_conflict"] = "ask".into());
    for (policy, may_insist) in [(whole(), false), (ask, true)] {
        let home = Home::new();
        let gate = home.open_with(policy);
        give(&gate, &[Purpose::History]);
        gate.apply_signals(ExternalSignals { global_privacy_control: true, ..Default::default() }).unwrap();
        assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::OptOutSignal);
        let insisted = gate.record(&choices(&[Purpose::History], Choice::Give), "test", "en");
        assert_eq!((insisted.is_ok(), gate.decide(Purpose::History).allowed), (may_insist, may_insist));
    }
}

#[test]
fn the_same_signals_again_change_nothing() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    gate.apply_signals(signals("DE")).unwrap();
    let permit = gate.permit::<History>().unwrap();
    gate.apply_signals(signals("DE")).unwrap();
    assert!(permit.check().is_ok());
}

#[test]
fn a_no_from_another_device_counts_and_a_yes_is_only_offered() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    keep::<History>(&gate, b"here");
    let there = |purpose, state| CarriedAnswer::of(purpose, state, 1);
    let outcome = gate
        .import_answers(&[
            there(Purpose::History, ConsentState::Refused),
            there(Purpose::History, ConsentState::Given),
            there(Purpose::Session, ConsentState::Given),
        ])
        .unwrap();
    assert_eq!((outcome.refused, outcome.offered), (vec![Purpose::History], vec![Purpose::Session]));
    assert_eq!(outcome.report.rows, 1);
    assert!(!gate.decide(Purpose::Session).allowed);
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Refused);
    assert_eq!(gate.carried_answers().len(), 1);
}

#[test]
fn the_first_start_decides_at_once_and_alone() {
    let home = Home::new();
    let gate = home.open();
    assert!(!gate.decide(Purpose::Ranking).allowed);
    assert!(gate.pending_prompt("en").is_some(), "there is something to show without a network");
    gate.accept_all("banner", "en").unwrap();
    assert!(gate.decide(Purpose::Offers).allowed);
}
