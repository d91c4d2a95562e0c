//! A no on a full disk: it holds at once and for good, and what could not be erased is erased once there is room.
#![allow(missing_docs, reason = "a test")]

mod support;
mod vault_support;

use std::sync::Arc;

use rusqlite::ffi::SQLITE_FULL;
use sottovoce::Sottovoce;
use sottovoce::consent::{EraseScope, Purpose};
use support::{Phone, acquainted};
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

/// Lets `writes` more succeed, then none; or fails a single one.
fn fill(tape: &Tape, writes: i64, lasts: bool) {
    tape.fail_at(writes, |call| (call == Call::Write).then_some(SQLITE_FULL), lasts);
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
        fill(&tape, 0, true);
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
fn an_erasure_of_everything_is_finished_once_there_is_room() {
    let (phone, engine, tape) = phone();
    fill(&tape, 0, true);
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
    fill(&tape, 0, false);
    let report = engine.consent().withdraw(vec![Purpose::History], "s".into(), "en".into()).unwrap();
    assert!(tape.heal());
    assert!(report.keys_destroyed > 0, "{report:?}");
    engine.privacy().run_maintenance(false).unwrap();
    is_gone(&engine);
    drop(engine);
    is_gone(&phone.engine());
}
