//! What runs out is erased, in time to have been asked; what may not leave does not wait.

use crate::consent::tests::*;

const EVERYTHING: [Purpose; 5] =
    [Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Measurement, Purpose::Preferences];

/// A user who agreed to everything and left one note for each purpose.
fn noted(home: &Home) -> Gate {
    let gate = home.open();
    give(&gate, &EVERYTHING);
    keep::<History>(&gate, b"event");
    keep::<Inference>(&gate, b"liking");
    keep::<Measurement>(&gate, b"report");
    keep::<Preferences>(&gate, b"word");
    gate
}

fn has(gate: &Gate, purpose: Purpose) -> bool {
    gate.vault.read(|r| Ok::<_, ConsentError>(r.has(purpose.compartment()))).unwrap()
}

#[test]
fn what_rested_on_a_yes_goes_with_it() {
    let home = Home::new();
    let gate = noted(&home);
    home.clock.advance(100 * DAY_MS);
    give(&gate, &[Purpose::Preferences]);
    home.clock.advance(90 * DAY_MS);
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Expired, "denied before it is erased");
    let report = gate.tick(home.clock.now_ms()).unwrap().unwrap();
    assert_eq!(
        report.purposes,
        [Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Measurement]
    );
    assert_eq!((report.rows, report.reports_cancelled, report.keys_destroyed), (2, 1, 3));
    let last = gate.receipts(0).pop().unwrap();
    assert_eq!((last.action, last.record_id), (ReceiptAction::Expired, report.receipt_id));
    assert!(
        !has(&gate, Purpose::History) && !has(&gate, Purpose::Inference) && !has(&gate, Purpose::Measurement)
    );
    assert_eq!(kept::<Preferences>(&gate), 1, "renewed in time");
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Expired);
    assert!(gate.pending_prompt("en").is_some());
    give(&gate, &[Purpose::History]);
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Renewed);
    assert_eq!(kept::<History>(&gate), 0);
}

#[test]
fn an_erasure_that_could_not_be_finished_is_taken_up_by_the_next_tick() {
    let mut cuts = 0;
    for calls in 0..40 {
        let home = Home::new();
        let gate = noted(&home);
        home.clock.advance(190 * DAY_MS);
        home.keys.fail_after(Some(calls));
        let report = gate.tick(home.clock.now_ms()).unwrap().unwrap();
        home.keys.fail_after(None);
        assert!(!gate.decide(Purpose::History).allowed);
        assert_eq!((report.rows, report.complete), (3, gate.is_settled()), "cut after {calls}");
        if !report.complete {
            cuts += 1;
            let report = gate.tick(home.clock.now_ms()).unwrap().unwrap();
            assert_eq!((report.rows, report.complete), (3, true), "cut after {calls}");
        }
        assert!(!has(&gate, Purpose::History) && !has(&gate, Purpose::Preferences), "cut after {calls}");
        assert_eq!(gate.tick(home.clock.now_ms()).unwrap(), None);
        assert_eq!(gate.verify_ledger().unwrap().broken_at, None);
    }
    assert!((4..30).contains(&cuts), "{cuts} calls can fail");
}

#[test]
fn people_are_asked_before_their_yes_runs_out_and_not_every_day() {
    let home = Home::new();
    let gate = home.open();
    gate.accept_all("banner", "en").unwrap();
    let until = gate.decide(Purpose::History).expires_at_ms.unwrap();
    home.clock.set(until - 31 * DAY_MS);
    assert!(gate.pending_prompt("en").is_none());
    home.clock.set(until - 30 * DAY_MS);
    assert!(gate.pending_prompt("en").is_some());
    gate.served(&Purpose::ALL, "banner", "en").unwrap();
    gate.record(&choices(&Purpose::ALL, Choice::Defer), "banner", "en").unwrap();
    assert!(gate.decide(Purpose::History).allowed, "closing it takes nothing back");
    assert!(gate.pending_prompt("en").is_none());
    home.clock.advance(7 * DAY_MS);
    assert!(gate.pending_prompt("en").is_some());
    gate.accept_all("banner", "en").unwrap();
    assert!(gate.pending_prompt("en").is_none());
    assert!(gate.decide(Purpose::History).expires_at_ms.unwrap() > until);
}

#[test]
fn whatever_forbids_to_send_destroys_what_waits() {
    let opt_out = ExternalSignals { global_privacy_control: true, ..signals("DE") };
    let child = ExternalSignals { age_band: Some(AgeBand::Under13), ..signals("DE") };
    for denying in [opt_out, child] {
        let home = Home::new();
        let gate = noted(&home);
        gate.apply_signals(denying).unwrap();
        assert!(!gate.decide(Purpose::Measurement).allowed);
        assert!(!has(&gate, Purpose::Measurement));
        assert!(has(&gate, Purpose::History), "what stays on the device is only locked");
        let last = gate.receipts(0).pop().unwrap();
        assert_eq!((last.action, last.purposes[0].state), (ReceiptAction::Erased, ConsentState::Given));
        assert_eq!(gate.tick(home.clock.now_ms()).unwrap(), None, "once");
        gate.apply_signals(signals("DE")).unwrap();
        assert!(gate.decide(Purpose::Measurement).allowed, "the answer stays");
        assert_eq!(kept::<Measurement>(&gate), 0);
    }
}

#[test]
fn a_policy_that_asks_for_more_destroys_what_waits_under_the_old_one() {
    let home = Home::new();
    let gate = noted(&home);
    let at = index(Purpose::Measurement);
    let more = changed(|p| p["purposes"][at]["recipients"] = serde_json::json!(["somebody else"]));
    gate.apply_policy(&sign(&more), &shop_key().1).unwrap();
    assert_eq!(gate.decide(Purpose::Measurement).reason, DecisionReason::Invalidated);
    assert!(!has(&gate, Purpose::Measurement));
}

#[test]
fn what_could_not_be_destroyed_at_once_is_destroyed_by_the_next_tick() {
    let home = Home::new();
    let gate = noted(&home);
    home.keys.fail_after(Some(0));
    gate.apply_signals(ExternalSignals { global_privacy_control: true, ..signals("DE") }).unwrap();
    assert!(has(&gate, Purpose::Measurement) && !gate.decide(Purpose::Measurement).allowed);
    home.keys.fail_after(None);
    let report = gate.tick(home.clock.now_ms()).unwrap().unwrap();
    assert_eq!((report.reports_cancelled, has(&gate, Purpose::Measurement)), (1, false));
}

#[test]
fn what_ran_out_while_open_stays_so_after_a_shutdown_and_a_clock_that_is_set_back() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    home.clock.advance(200 * DAY_MS);
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Expired);
    gate.shutdown();
    drop(gate);
    home.clock.set(START_MS);
    assert_eq!(home.open().decide(Purpose::History).reason, DecisionReason::Expired);
}
