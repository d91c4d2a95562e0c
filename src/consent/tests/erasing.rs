//! Taking back, also when it is cut off.

use crate::consent::tests::*;

const SECRET: &[u8] = b"canary-7f3a-blue-suede-shoes";

/// A user who agreed to everything and left traces everywhere.
fn full(home: &Home) -> Gate {
    let gate = home.open();
    gate.accept_all("banner", "en").unwrap();
    keep::<History>(&gate, SECRET);
    keep::<History>(&gate, SECRET);
    keep::<Inference>(&gate, SECRET);
    keep::<Preferences>(&gate, SECRET);
    keep::<Measurement>(&gate, SECRET);
    keep::<ModelImprovement>(&gate, SECRET);
    gate
}

fn has(gate: &Gate, purpose: Purpose) -> bool {
    gate.vault.read(|r| Ok::<_, ConsentError>(r.has(purpose.compartment()))).unwrap()
}

#[test]
fn history_takes_what_was_derived_from_it_and_the_reports_along() {
    let home = Home::new();
    let gate = full(&home);
    let report = gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    assert_eq!((report.rows, report.reports_cancelled), (3, 2));
    assert_eq!(report.keys_destroyed, 4);
    for gone in [Purpose::History, Purpose::Inference, Purpose::Measurement, Purpose::ModelImprovement] {
        assert!(!has(&gate, gone), "{gone:?}");
    }
    assert_eq!(kept::<Preferences>(&gate), 1, "what the user typed stays");
}

#[test]
fn each_purpose_takes_only_its_own() {
    let table: [(Purpose, &[Purpose]); 5] = [
        (Purpose::Inference, &[Purpose::Inference, Purpose::Measurement, Purpose::ModelImprovement]),
        (Purpose::Measurement, &[Purpose::Measurement, Purpose::ModelImprovement]),
        (Purpose::ModelImprovement, &[Purpose::ModelImprovement]),
        (Purpose::Preferences, &[Purpose::Preferences]),
        (Purpose::Ranking, &[]),
    ];
    for (withdrawn, gone) in table {
        let home = Home::new();
        let gate = full(&home);
        gate.withdraw(&[withdrawn], "settings", "en").unwrap();
        for purpose in [
            Purpose::History,
            Purpose::Inference,
            Purpose::Preferences,
            Purpose::Measurement,
            Purpose::ModelImprovement,
        ] {
            assert_eq!(has(&gate, purpose), !gone.contains(&purpose), "{purpose:?} after {withdrawn:?}");
        }
    }
}

#[test]
fn an_erasure_without_a_change_of_mind_keeps_the_answer() {
    let home = Home::new();
    let gate = full(&home);
    let report = gate.erase(EraseScope::DataOf { purpose: Purpose::History }).unwrap();
    assert_eq!(report.rows, 3);
    assert_eq!(kept::<History>(&gate), 0);
    assert!(gate.decide(Purpose::History).allowed);
    assert_eq!(gate.receipts(0).last().unwrap().action, ReceiptAction::Erased);
    drop(gate);
    assert!(home.open().decide(Purpose::History).allowed);
}

#[test]
fn erasing_everything_leaves_one_empty_receipt_and_then_nothing() {
    let home = Home::new();
    let gate = full(&home);
    gate.apply_signals(ExternalSignals { age_band: Some(AgeBand::Adult), ..signals("DE") }).unwrap();
    let essential = gate.essential();
    gate.write::<_, ConsentError>(Durability::Full, |w| w.at(&essential)?.append(NOTES, b"spent budget"))
        .unwrap();
    let key_before = gate.state().key().public().unwrap();
    let report = gate.erase(EraseScope::Everything).unwrap();
    assert_eq!((report.rows, report.reports_cancelled), (4, 2));
    let only = gate.receipts(0);
    assert_eq!(only.len(), 1);
    assert_eq!((only[0].action, only[0].seq, only[0].surface.as_str()), (ReceiptAction::Erased, 1, ""));
    assert_eq!((only[0].age_band, only[0].device_ms, only[0].signals_hash.as_str()), (None, None, ""));
    assert_eq!(report.receipt_id, only[0].record_id);
    assert_ne!(gate.state().key().public().unwrap(), key_before);
    assert_eq!(gate.verify_ledger().unwrap().broken_at, None);
    assert!(gate.pending_prompt("en").is_none(), "who erased everything is not asked at once");
    let again = gate.erase(EraseScope::Everything).unwrap();
    assert_eq!((again.rows, again.receipt_id.as_str()), (0, ""));
    assert!(gate.receipts(0).is_empty());
    let essential = gate.essential();
    let spent = gate.read::<_, ConsentError>(|r| r.at(&essential)?.count(NOTES)).unwrap();
    assert_eq!(spent, 1, "spent budget never comes back");
    drop(gate);
    let gate = home.open();
    assert_eq!(gate.verify_ledger().unwrap().verified, 0);
    give(&gate, &[Purpose::History]);
    assert_eq!(kept::<History>(&gate), 0);
}

#[test]
fn an_erasure_of_data_lifts_no_denial_that_could_not_be_stored() {
    let home = Home::new();
    let gate = full(&home);
    gate.replace(gate.state().holding(&[Purpose::History], &[]));
    gate.erase(EraseScope::DataOf { purpose: Purpose::History }).unwrap();
    gate.served(&[Purpose::History], "s", "en").unwrap();
    assert!(!gate.decide(Purpose::History).allowed);
    give(&gate, &[Purpose::History]);
    assert!(gate.decide(Purpose::History).allowed);
}

#[test]
fn an_opt_out_signal_outlives_the_erasure_of_everything() {
    let home = Home::new();
    let gate = full(&home);
    gate.apply_signals(ExternalSignals { global_privacy_control: true, ..ExternalSignals::default() })
        .unwrap();
    let denied: Vec<_> = Purpose::ALL.into_iter().filter(|p| !gate.decide(*p).allowed).collect();
    gate.erase(EraseScope::Everything).unwrap();
    drop(gate);
    let gate = home.open();
    gate.accept_all("s", "en").unwrap();
    assert!(denied.contains(&Purpose::History) && denied.iter().all(|p| !gate.decide(*p).allowed));
}

/// The key store stops at its n-th call during a withdrawal, everything is dropped and opened again. Tells whether
/// anything was left to do.
fn cut_off_at(calls: u32, act: fn(&Gate) -> Result<ErasureReport, ConsentError>) -> bool {
    let home = Home::new();
    let gate = full(&home);
    let backup = home.copy();
    home.keys.fail_after(Some(calls));
    let report = act(&gate).expect("a no needs no key store");
    assert_eq!(report.complete, gate.is_settled(), "{calls}");
    assert!(gate.permit::<History>().is_err(), "denied, whether or not it was finished");
    assert!(!has(&gate, Purpose::History) && !has(&gate, Purpose::Inference), "erased from the files");
    let late = gate.write::<_, ConsentError>(Durability::Full, |_| Ok(()));
    assert!(late.is_ok());
    drop(gate);
    home.keys.fail_after(None);
    let gate = home.open();
    let reason = gate.decide(Purpose::History).reason;
    assert!(matches!(reason, DecisionReason::Refused | DecisionReason::NotAnswered), "{reason:?}");
    let resumed = gate.resume_erasure().unwrap();
    assert_eq!(resumed.is_some(), !report.complete, "{calls} {resumed:?} {report:?}");
    if let Some(resumed) = resumed {
        let rows = if resumed.purposes.len() > 1 { 3 } else { 2 };
        assert_eq!(resumed.rows, rows + 1);
        assert_eq!(resumed.receipt_id, gate.receipts(0).last().unwrap().record_id);
    }
    assert_eq!(gate.resume_erasure().unwrap(), None);
    assert!(gate.is_settled());
    assert_eq!(gate.verify_ledger().unwrap().broken_at, None);
    drop(gate);
    let old = Vault::open(backup.path(), "shop", home.keys.clone(), Arc::new(SystemRandom)).unwrap();
    assert!(old.1.fresh && old.1.rolled_back, "the backup cannot be opened any more");
    !report.complete
}

#[test]
fn a_withdrawal_cut_off_at_any_step_leaves_nothing_readable() {
    let withdraw = |g: &Gate| g.withdraw(&[Purpose::History], "settings", "en");
    let cuts = (0..12).take_while(|&n| cut_off_at(n, withdraw)).count();
    assert!((4..12).contains(&cuts), "{cuts} calls can fail");
    let wipe = |g: &Gate| g.erase(EraseScope::Everything);
    let cuts = (0..12).take_while(|&n| cut_off_at(n, wipe)).count();
    assert!((4..12).contains(&cuts), "{cuts} calls can fail");
}

#[test]
fn every_permit_is_dead_before_anything_is_erased() {
    type End = fn(&Gate) -> Result<ErasureReport, ConsentError>;
    let ends: [End; 3] = [
        |g| g.withdraw(&[Purpose::History], "settings", "en"),
        |g| g.erase(EraseScope::DataOf { purpose: Purpose::History }),
        |g| g.erase(EraseScope::Everything),
    ];
    for end in ends {
        let home = Home::new();
        let gate = Arc::new(full(&home));
        let (permit, looking) = (gate.permit::<History>().unwrap(), gate.clone());
        let seen: Arc<Mutex<Vec<bool>>> = Arc::default();
        let seeing = seen.clone();
        // The key store is asked while the erasure is under way.
        *home.keys.meanwhile.lock().unwrap() = Some(Box::new(move || {
            let alive = permit.check().is_ok() || looking.access::<History>().is_some();
            seeing.lock().unwrap().push(alive);
        }));
        end(&gate).unwrap();
        *home.keys.meanwhile.lock().unwrap() = None;
        let seen = seen.lock().unwrap();
        assert!(!seen.is_empty() && !seen.contains(&true), "{seen:?}");
    }
}

#[test]
fn an_older_copy_of_the_files_brings_no_yes_back() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History, Purpose::Ranking]);
    let backup = home.copy();
    gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    give(&gate, &[Purpose::Session]);
    drop(gate);
    let old = home.open_at(backup.path(), whole());
    old.resume_erasure().unwrap();
    assert_eq!(old.decide(Purpose::History).reason, DecisionReason::Refused);
}

#[test]
fn an_older_copy_of_the_files_turns_no_time_back() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    let backup = home.copy();
    home.clock.advance(100 * DAY_MS);
    give(&gate, &[Purpose::Session]);
    drop(gate);
    home.clock.set(START_MS);
    let old = home.open_at(backup.path(), whole());
    assert!(old.decide(Purpose::History).allowed);
    home.clock.advance(90 * DAY_MS);
    assert_eq!(old.decide(Purpose::History).reason, DecisionReason::Expired);
}

#[test]
fn a_yes_after_a_no_outlives_a_restart() {
    let home = Home::new();
    let gate = full(&home);
    gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    give(&gate, &[Purpose::History]);
    drop(gate);
    let gate = home.open();
    assert_eq!(gate.resume_erasure().unwrap(), None);
    assert!(gate.decide(Purpose::History).allowed);
}

#[test]
fn a_yes_without_a_key_store_is_none_and_can_be_repeated_at_once() {
    for calls in 0..4 {
        let home = Home::new();
        let gate = home.open();
        home.keys.fail_after(Some(calls));
        assert!(gate.record(&choices(&[Purpose::History], Choice::Give), "test", "en").is_err(), "{calls}");
        assert!(!gate.decide(Purpose::History).allowed);
        home.keys.fail_after(None);
        give(&gate, &[Purpose::History]);
        assert!(gate.decide(Purpose::History).allowed);
        assert_eq!(gate.verify_ledger().unwrap().broken_at, None, "cut after {calls}");
    }
}

#[test]
fn no_file_holds_what_was_withdrawn() {
    let home = Home::new();
    let gate = full(&home);
    gate.withdraw(&Purpose::ALL, "settings", "en").unwrap();
    for entry in std::fs::read_dir(home.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|w| w == SECRET));
    }
}

#[test]
fn a_broken_ledger_keeps_nobody_from_withdrawing() {
    let home = Home::new();
    let gate = full(&home);
    gate.vault
        .write(Durability::Full, |w| w.clear(Compartment(1), Table(2)).map(drop).map_err(ConsentError::from))
        .unwrap();
    drop(gate);
    let gate = home.open();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::LedgerBroken);
    let report = gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    assert_eq!((report.rows, report.receipt_id.as_str()), (3, ""));
    assert!(matches!(gate.accept_all("x", "en"), Err(ConsentError::LedgerBroken)));
    gate.erase(EraseScope::Everything).unwrap();
    gate.accept_all("x", "en").unwrap();
    assert_eq!(kept::<History>(&gate), 0);
}

#[test]
fn answers_do_not_come_back_after_an_erasure_of_everything() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::History]);
    let copy = home.copy();
    gate.erase(EraseScope::Everything).unwrap();
    drop(gate);
    let older = Gate::open(home.vault(copy.path()), whole(), home.clock.clone(), Arc::new(SystemRandom));
    let given = |r: &Receipt| r.action == ReceiptAction::Answered;
    assert!(!older.unwrap().receipts(0).iter().any(given), "not even from an older copy");
}
