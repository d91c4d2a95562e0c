//! A no on a full disk: it holds at once and for good, and what could not be erased is erased once there is room.
#![allow(missing_docs, reason = "a test")]

mod support;
mod vault_support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::ffi::SQLITE_FULL;
use sottovoce::api::widget_shelf_at;
use sottovoce::consent::{Choice, EraseScope, ExternalSignals, Purpose, PurposeChoice, ReceiptAction};
use sottovoce::profile::{Event, EventName};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::{Config, Sottovoce, SottovoceError};
use support::{Away, Phone, STORE, acquainted, give};
use vault_support::vfs::{Call, Tape, record};

/// A shopper's phone whose disk can be filled.
fn phone() -> (Phone, Arc<Sottovoce>, Arc<Tape>) {
    let (phone, engine) = acquainted();
    engine.shutdown();
    drop(engine);
    let tape = record(&phone.folder.path().join("engine/vault"));
    let engine = phone.engine();
    (phone, engine, tape)
}

fn fill(tape: &Tape) {
    tape.fail_at(0, |call| (call == Call::Write).then_some(SQLITE_FULL), true);
}

/// Leaves no room but what the vault keeps aside.
fn fill_but_the_reserve(phone: &Phone, tape: &Tape) {
    let reserve = phone.folder.path().join("engine/vault").join(format!("{STORE}.reserve"));
    assert!(reserve.metadata().unwrap().len() >= 100_000, "not enough is kept aside");
    tape.fail_at(0, move |call| (call == Call::Write && reserve.exists()).then_some(SQLITE_FULL), true);
}

fn yes(purpose: Purpose) -> PurposeChoice {
    PurposeChoice { purpose, choice: Choice::Give }
}

fn is_gone(engine: &Sottovoce) {
    assert!(!engine.consent().is_allowed(Purpose::History));
    assert!(engine.status().settled);
    let kept: serde_json::Value = serde_json::from_str(&engine.data().export().unwrap()).unwrap();
    assert!(kept["events"].as_array().unwrap().is_empty(), "{}", kept["events"]);
    let found = engine.integrity().unwrap();
    assert!(found.is_sound(), "{found:?}");
}

#[test]
fn a_no_holds_and_is_finished_once_there_is_room() {
    for restarts in [false, true] {
        let (phone, engine, tape) = phone();
        fill(&tape);
        let report = engine.consent().withdraw(vec![Purpose::History], "s".into(), "en".into()).unwrap();
        assert!(!report.complete && !engine.status().settled, "{report:?}");
        assert!(!engine.consent().is_allowed(Purpose::History));
        if restarts {
            drop(engine);
            // With no room at all it may not even open.
            if let Ok(engine) = phone.engine_with(phone.keys.clone()) {
                assert!(!engine.consent().is_allowed(Purpose::History), "the disk is still full");
            }
            assert!(tape.heal());
            is_gone(&phone.engine());
        } else {
            assert!(tape.heal());
            engine.privacy().run_maintenance(false).unwrap();
            is_gone(&engine);
        }
    }
}

#[test]
fn a_no_that_cannot_be_written_yet_says_so_and_has_its_receipt_later() {
    let (_phone, engine, tape) = phone();
    fill(&tape);
    let noted = engine.consent().refuse_all("s".into(), "en".into()).unwrap();
    assert_eq!((noted.action, noted.seq, noted.record_id.as_str()), (ReceiptAction::Noted, 0, ""));
    assert!(!engine.status().settled);
    assert!(tape.heal());
    engine.privacy().run_maintenance(false).unwrap();
    let latest = engine.consent().receipts(0).unwrap().pop().unwrap();
    assert!(latest.seq > 0 && latest.purposes.iter().any(|p| p.purpose == Purpose::History), "{latest:?}");
    assert_eq!(latest.action, ReceiptAction::Restored);
}

#[test]
fn what_a_signal_denies_needs_no_disk() {
    for (heals, tells) in [(false, false), (false, true), (true, false)] {
        let (phone, engine, tape) = phone();
        let opt_out = ExternalSignals { global_privacy_control: true, ..ExternalSignals::default() };
        assert!(engine.consent().is_allowed(Purpose::History));
        fill(&tape);
        engine.consent().apply_signals(opt_out.clone()).unwrap();
        assert!(!engine.consent().is_allowed(Purpose::History) && !engine.status().settled);
        if heals {
            tape.heal();
            engine.privacy().run_maintenance(false).unwrap();
            assert!(engine.status().settled);
        }
        drop(engine);
        tape.heal();
        let engine = phone.engine();
        assert!(!engine.consent().is_allowed(Purpose::History), "{heals}");
        if tells {
            engine.consent().apply_signals(opt_out).unwrap();
            assert!(engine.status().settled && !engine.consent().is_allowed(Purpose::History));
        }
        engine.consent().apply_signals(ExternalSignals::default()).unwrap();
        assert!(engine.status().settled);
        assert!(engine.consent().is_allowed(Purpose::History), "an opt-out erases nothing");
    }
}

#[test]
fn an_erasure_of_everything_is_finished_once_there_is_room() {
    let (phone, engine, tape) = phone();
    fill(&tape);
    let report = engine.data().erase(EraseScope::Everything).unwrap();
    assert!(!report.complete && !engine.status().settled);
    drop(engine);
    assert!(tape.heal());
    let engine = phone.engine();
    is_gone(&engine);
    assert!(Purpose::ALL.into_iter().all(|p| p == Purpose::Essential || !engine.consent().is_allowed(p)));
}

#[test]
fn with_the_space_kept_aside_the_key_goes_at_once_and_the_records_later() {
    let (phone, engine, tape) = phone();
    fill_but_the_reserve(&phone, &tape);
    let report = engine.consent().withdraw(vec![Purpose::History], "s".into(), "en".into()).unwrap();
    assert!(tape.heal());
    assert!(report.keys_destroyed > 0, "{report:?}");
    engine.privacy().run_maintenance(false).unwrap();
    is_gone(&engine);
    drop(engine);
    is_gone(&phone.engine());
}

#[test]
fn what_neither_disk_nor_key_store_took_holds_and_is_carried_out_by_whatever_can() {
    type Call = fn(&Sottovoce) -> Result<(), SottovoceError>;
    let no: Call = |e| e.consent().withdraw(vec![Purpose::History], "s".into(), "en".into()).map(drop);
    let erasure: Call = |e| e.data().erase(EraseScope::DataOf { purpose: Purpose::History }).map(drop);
    let everything: Call = |e| e.data().erase(EraseScope::Everything).map(drop);
    let opt_out: Call = |e| {
        let signals = ExternalSignals { global_privacy_control: true, ..ExternalSignals::default() };
        e.consent().apply_signals(signals)
    };
    let maintenance: Call = |e| e.privacy().run_maintenance(false).map(drop);
    let locking: Call = |e| {
        e.shutdown();
        e.unlock().map(drop)
    };
    let consent_to_another: Call =
        |e| e.consent().record(vec![yes(Purpose::Preferences)], "s".into(), "en".into()).map(drop);
    for (call, comes_back) in [(no, false), (erasure, true), (everything, false), (opt_out, false)] {
        let thens = [call, maintenance, locking, consent_to_another];
        // An erasure that failed can be repeated.
        for then in thens.into_iter().take(if comes_back { 1 } else { thens.len() }) {
            let (phone, keys) = (Phone::new(), Arc::new(Away::default()));
            drop(phone.engine_with(keys.clone()).unwrap());
            let tape = record(&phone.folder.path().join("engine/vault"));
            let engine = phone.engine_with(keys.clone()).unwrap();
            phone.apply(&engine, &phone.shop.bundle(1)).unwrap();
            give(&engine, &[Purpose::History, Purpose::Session]);
            engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
            assert!(engine.status().settled);
            fill(&tape);
            keys.away.store(true, Ordering::SeqCst);
            call(&engine).unwrap_err();
            assert!(!engine.consent().is_allowed(Purpose::History), "it holds for now");
            assert_eq!(engine.status().settled, comes_back);
            tape.heal();
            keys.away.store(false, Ordering::SeqCst);
            then(&engine).unwrap();
            assert_eq!(engine.consent().is_allowed(Purpose::History), comes_back);
            // What a fault left behind in the key store.
            maintenance(&engine).unwrap();
            assert!(engine.status().settled);
            drop(engine);
            let engine = phone.engine_with(keys).unwrap();
            assert_eq!(engine.consent().is_allowed(Purpose::History), comes_back);
            let copy = engine.data().export().unwrap();
            assert_eq!(
                copy.contains("KI81"),
                std::ptr::fn_addr_eq(call, opt_out),
                "an opt-out erases nothing"
            );
        }
    }
}

#[test]
fn an_erasure_that_fails_hides_the_shelf_that_may_not_be_made_without_it() {
    let (phone, keys) = (Phone::new(), Arc::new(Away::default()));
    drop(phone.engine_with(keys.clone()).unwrap());
    let tape = record(&phone.folder.path().join("engine/vault"));
    let engine = phone.engine_with(keys.clone()).unwrap();
    phone.apply(&engine, &phone.shop.bundle(1)).unwrap();
    give(&engine, &[Purpose::History, Purpose::Ranking]);
    engine.ranking().keep_for_widget(RecommendRequest::new("widget", 3)).unwrap().unwrap();
    let home = phone.folder.path().join("engine").display().to_string();
    let config = Config::new(STORE, &home, phone.shop.key.public_key().as_bytes());
    let seen = || {
        keys.away.store(false, Ordering::SeqCst);
        widget_shelf_at(&config, keys.clone(), &*phone.clock).unwrap()
    };
    assert!(seen().is_some());
    fill(&tape);
    keys.away.store(true, Ordering::SeqCst);
    engine.data().erase(EraseScope::DataOf { purpose: Purpose::History }).unwrap_err();
    assert!(!engine.consent().is_allowed(Purpose::Ranking));
    assert_eq!(seen(), None);
}
