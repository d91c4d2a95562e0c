//! What this library has stored or sent is read by every later version, for ever.
//!
//! `tests/fixtures/store_v*` were written once each, through the API, by the version that introduced these formats
//! (`cargo test --test stored_formats -- --ignored`), and are never written again. `tests/fixtures/README.md` lists
//! what is in them. How a later version stores the same is its own matter: these tests ask for what an app, its user
//! and the shop's servers would miss.
#![allow(missing_docs, reason = "a test")]

/// Makes one test for each format of what takes a [`Stored`].
macro_rules! over_every_format {
    ($($test:ident)*) => {
        mod of_format_1 {
            $(#[test] fn $test() { super::$test(super::Stored(1)) })*
        }
        mod of_format_2 {
            $(#[test] fn $test() { super::$test(super::Stored(2)) })*
        }
        mod of_format_3 {
            $(#[test] fn $test() { super::$test(super::Stored(3)) })*
        }
        mod of_format_4 {
            $(#[test] fn $test() { super::$test(super::Stored(4)) })*
        }
        mod of_format_5 {
            $(#[test] fn $test() { super::$test(super::Stored(5)) })*
        }
        mod of_format_6 {
            $(#[test] fn $test() { super::$test(super::Stored(6)) })*
        }
    };
}

#[path = "stored_support/exchange.rs"]
mod exchange;
mod stored_support;
mod support;

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use sottovoce::api::widget_shelf_at;
use sottovoce::clock::{Clock as _, DAY_MS};
use sottovoce::consent::{
    Choice, ConsentState, DecisionReason, EraseScope, ExternalSignals, Purpose, PurposeChoice, ReceiptAction,
};
use sottovoce::profile::{DropReason, Event, EventName, PreferenceKey, TrackOutcome};
use sottovoce::ranking::RankingMode;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::signals::{FlushReport, Prepared, SkipReason};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::vault::KeyStore as _;
use sottovoce::{Sottovoce, SottovoceError};
use stored_support::life::GIVEN;
use stored_support::said::{assert_still_said, export, said};
use stored_support::shop::TOPICAL;
use stored_support::{CUT_MS, Home, KILLED_MS, LEFT_MS, RESERVE, Server, Stored, life};
use support::NOW_MS;

/// Every fixture of an engine, and when it was left.
const ENGINES: [(&str, i64); 4] =
    [("main", LEFT_MS), ("killed", KILLED_MS), ("erasing_pending", CUT_MS), ("erasing_retired", CUT_MS)];
/// What was done on the last day.
const DONE: [&str; 21] = [
    "view_item_list",
    "select_item",
    "view_item",
    "add_to_wishlist",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
    "purchase",
    "refund",
    "view_promotion",
    "select_promotion",
    "search",
    "sv_dismiss_item",
    "sv_rate_item",
    "sv_return_item",
    "sv_return_item",
    "sv_return_item",
    "sv_impression_end",
];
/// What an export has of it: since format 4 something about a sensitive topic comes last, since format 5 a wish less before
/// it.
fn events_done(stored: Stored) -> Vec<&'static str> {
    let since = |format, name| (stored.0 >= format).then_some(name);
    DONE.into_iter().chain(since(5, "sv_remove_from_wishlist")).chain(since(4, "view_item")).collect()
}

/// How many preferences were said: one of each kind that there was.
fn said_of(stored: Stored) -> usize {
    if stored.0 >= 6 { 15 } else { 14 }
}

/// How many of them a withdrawal of the history erases: those about a topic go with it, and up to format 3 there was one that
/// no app ever wrote.
fn erased(stored: Stored) -> u64 {
    events_done(stored).len() as u64 + u64::from(stored.0 < 4)
}

/// What the reports had cost by then, in millionths of ε: odds of 3, 5/2 and 2 to 1.
const SPENT: u64 = 1_098_614 + 916_292 + 693_149;

#[test]
#[ignore = "writes the fixtures of a new format, once"]
fn write() {
    let stored = Stored(6);
    assert!(!stored.fixture("").exists(), "a format that was released must not be written again");
    life::write(stored);
}

/// A copy of a fixture, opened when it was left, with nothing lost on the way.
fn opened(stored: Stored, name: &str, now_ms: i64) -> (Home, Arc<Sottovoce>) {
    let home = Home::of(stored, name, now_ms);
    let engine = home.open();
    let found = engine.status().opening.unwrap();
    assert!(!found.fresh && !found.damaged && !found.rolled_back && found.moved_aside.is_none(), "{found:?}");
    assert!(!found.key_was_missing, "{found:?}");
    (home, engine)
}

/// Says all that it said when it was written, and is sound.
fn assert_as_left(name: &str, home: &Home, engine: &Sottovoce) {
    let (mut then, now_ms) = (home.stored.expected(name), home.clock.now_ms());
    // Two windows after its own, a report is too old to count and goes.
    then["waiting"].as_array_mut().unwrap().retain(|report| {
        let [start, end] = ["window_start_ms", "window_end_ms"].map(|at| report[at].as_i64().unwrap());
        now_ms < end + 2 * (end - start)
    });
    assert_still_said(&then, &said(home, engine));
    let check = engine.consent().verify_ledger().unwrap();
    assert_eq!(check.broken_at, None);
    let integrity = engine.integrity().unwrap();
    assert!(integrity.is_sound(), "{integrity:?}");
}

fn decision(engine: &Sottovoce, purpose: Purpose) -> (bool, ConsentState, DecisionReason) {
    let decisions = engine.consent().snapshot().unwrap().decisions;
    let decision = decisions.into_iter().find(|d| d.purpose == purpose).unwrap();
    (decision.allowed, decision.state, decision.reason)
}

fn names(engine: &Sottovoce) -> Vec<String> {
    let export = export(engine);
    export["events"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect()
}

fn actions(engine: &Sottovoce) -> Vec<ReceiptAction> {
    engine.consent().receipts(0).unwrap().iter().map(|r| r.action).collect()
}

fn answer(purpose: Purpose, choice: Choice) -> Vec<PurposeChoice> {
    vec![PurposeChoice { purpose, choice }]
}

fn every_answer_is_still_there(stored: Stored) {
    let (home, engine) = opened(stored, "main", LEFT_MS);
    assert_as_left("main", &home, &engine);
    let consent = engine.consent();
    assert_eq!(consent.snapshot().unwrap().policy, "brambly@6");
    for purpose in GIVEN {
        assert_eq!(decision(&engine, purpose), (true, ConsentState::Given, DecisionReason::Granted));
    }
    use {ConsentState as S, DecisionReason as R};
    assert_eq!(decision(&engine, Purpose::Offers), (false, S::Withdrawn, R::Refused));
    assert_eq!(decision(&engine, Purpose::Messaging), (false, S::Refused, R::PlatformDenied));
    // Since format 5 nobody is asked.
    let (allowed, improvement, _) = decision(&engine, Purpose::ModelImprovement);
    assert_eq!((allowed, improvement), (false, if stored.0 < 5 { S::Deferred } else { S::Unknown }));
    assert_eq!(decision(&engine, Purpose::Transfer), (false, S::Unknown, R::NotAnswered));
    let about = |tag| consent.sensitive(tag).map(|d| (d.allowed, d.state)).unwrap();
    assert_eq!(about(SensitiveTag::Pregnancy), (true, S::Renewed));
    assert_eq!(about(SensitiveTag::Health), (false, S::Refused));
    use ReceiptAction as A;
    let [a, w] = [A::Answered, A::Withdrawn];
    let first_day = [A::Served, a, a, a, a, a, w, a, a, a, A::Erased];
    let second = [A::Expired, A::PolicyChanged, a, A::Imported, a];
    assert_eq!(actions(&engine), [&first_day[..], &second].concat());
    let signals = &export(&engine)["consent"]["signals"];
    assert_eq!((&signals["region"], &signals["global_privacy_control"]), (&"DE".into(), &false.into()));
    assert_eq!(signals["consent_platform"]["IABTCF_PurposeConsents"], "11011111111");
}

fn a_yes_in_spite_of_a_signal_is_still_told_from_one_before_it(stored: Stored) {
    let (_home, engine) = opened(stored, "main", LEFT_MS);
    let opted_out = ExternalSignals { global_privacy_control: true, ..Default::default() };
    let opted_out = ExternalSignals { region: Some("DE".into()), ..opted_out };
    engine.consent().apply_signals(opted_out).unwrap();
    assert_eq!(decision(&engine, Purpose::Experiments).2, DecisionReason::Granted);
    assert_eq!(decision(&engine, Purpose::Inference).2, DecisionReason::MissingDependency);
    assert_eq!(decision(&engine, Purpose::History).2, DecisionReason::OptOutSignal);
}

fn everything_done_and_said_is_still_there(stored: Stored) {
    let (_home, engine) = opened(stored, "main", LEFT_MS);
    assert_eq!(names(&engine), events_done(stored));
    let purchase = json!({
        "name": "purchase",
        "time_ms": LEFT_MS - 49 * 60_000,
        "kept": "stored",
        "items": [
            {"item_id": "KI81", "quantity": 1, "price_minor": 24_900},
            {"item_id": "FO235", "quantity": 3, "price_minor": 1_250},
        ],
        "currency": "EUR",
        "value_minor": 28_650,
        "transaction_id": "T-1001",
    });
    let events = &export(&engine)["events"];
    assert_still_said(&purchase, &events[10]);
    assert_eq!((&events[14]["search_term"], &events[16]["rating"]), (&"espresso".into(), &4.into()));
    let reasons = [17, 18, 19].map(|at| events[at]["return_reason"].clone());
    assert_eq!(reasons, ["too_small", "too_large", "other"]);
    let said = engine.preferences().all().unwrap();
    // In the order in which the keys came to be.
    let mut keys: Vec<PreferenceKey> = PreferenceKey::all().collect();
    keys.sort_by_key(|key| *key as u8);
    for (preference, key) in said.iter().zip(keys) {
        assert_eq!((preference.key, &preference.value), (key, &format!("said of {}", key.as_str())));
    }
    assert_eq!(said.len(), said_of(stored));
    let wrapped = (stored.0 >= 6).then_some(true);
    assert_eq!(events[8]["gift_wrap"].as_bool(), wrapped, "before format 6 nobody could say it");
    let view = engine.profile().view().unwrap();
    assert!(view.stored_events == events_done(stored).len() as u64 && !view.inferred.is_empty());
    let shelf = engine.ranking().recommend(RecommendRequest::new("home", 4)).unwrap();
    assert_eq!(shelf.mode, RankingMode::Personalized);
    assert_eq!(
        engine.catalog().items(vec!["KI81".into()]).unwrap()[0].title,
        "Lever Classic Espresso Machine"
    );
}

fn what_leaves_is_still_there_and_so_is_its_price(stored: Stored) {
    let (home, engine) = opened(stored, "main", LEFT_MS);
    let privacy = engine.privacy();
    let waiting = privacy.outbox().unwrap();
    let tried = waiting.iter().map(|w| (&*w.task_id, w.attempts)).collect::<Vec<_>>();
    let [first, second, third, _] = stored.asked();
    assert_eq!(tried, [(second, 1), (third, 0)]);
    assert_eq!(privacy.sent().unwrap()[0].task_id, first);
    let budget = privacy.budget().unwrap();
    assert_eq!((budget.closed, budget.window_spent), (false, 693_149));
    assert_eq!((budget.quarter_spent, budget.install_spent), (SPENT, SPENT));
    let seen = engine.experiments().exposures().unwrap();
    assert_eq!(seen.iter().map(|e| &*e.experiment).collect::<Vec<_>>(), ["shelf", "tone"]);
    for exposure in seen {
        let variant = engine.experiments().variant(exposure.experiment).unwrap().variant;
        assert_eq!((exposure.variant, exposure.first_seen_ms), (variant, NOW_MS + 14 * DAY_MS));
    }
    let shelf = widget_shelf_at(&home.config(), home.key_store(), &*home.clock).unwrap().unwrap();
    assert_eq!((shelf.items.len(), shelf.personal, shelf.until_ms), (6, true, LEFT_MS + DAY_MS));
}

fn a_widget_reads_its_shelf_before_the_app_runs(stored: Stored) {
    for (name, now_ms, items) in [("main", LEFT_MS, 6), ("killed", KILLED_MS, 3)] {
        let home = Home::of(stored, name, now_ms);
        let shelf = widget_shelf_at(&home.config(), home.key_store(), &*home.clock).unwrap().unwrap();
        assert_eq!(shelf.items.len(), items, "{name}");
        assert_eq!(stored.expected(name)["widget"], json!(shelf), "{name}");
    }
}

/// No key is destroyed with this withdrawal: what the shelf rests on was noted beside it.
fn the_widgets_shelf_goes_with_what_it_rests_on(stored: Stored) {
    let (home, engine) = opened(stored, "main", LEFT_MS);
    let shelf = || widget_shelf_at(&home.config(), home.key_store(), &*home.clock).unwrap();
    assert!(shelf().is_some());
    engine.consent().withdraw(vec![Purpose::Session], "settings".into(), "en".into()).unwrap();
    assert_eq!(shelf(), None);
}

fn a_killed_process_lost_nothing(stored: Stored) {
    let (home, engine) = opened(stored, "killed", KILLED_MS);
    assert_as_left("killed", &home, &engine);
    let events = export(&engine)["events"].clone();
    let last = events_done(stored).len();
    assert_eq!(events.as_array().unwrap().len(), last + 1);
    assert_eq!(
        (&events[last]["transaction_id"], &events[last]["time_ms"]),
        (&"T-1002".into(), &KILLED_MS.into())
    );
    assert_eq!(engine.preferences().all().unwrap().last().unwrap().value, "Hearthwick");
    assert_eq!(engine.privacy().outbox().unwrap().len(), 2, "one was too old to count");
    assert_eq!(engine.privacy().budget().unwrap().install_spent, SPENT + 405_467);
    assert_eq!(decision(&engine, Purpose::Messaging).1, ConsentState::Given);
    assert_eq!(actions(&engine).len(), 17);
}

fn an_erasure_that_had_not_begun_erased_nothing_and_can_be_asked_for_again(stored: Stored) {
    let (home, engine) = opened(stored, "erasing_pending", CUT_MS);
    assert_as_left("erasing_pending", &home, &engine);
    assert_eq!(engine.status().erased, None);
    assert_eq!(names(&engine), events_done(stored));
    let report = engine.consent().withdraw(vec![Purpose::History], "again".into(), "en".into()).unwrap();
    assert_eq!((report.rows, report.reports_cancelled), (erased(stored), 2));
    assert!(names(&engine).is_empty());
    engine.shutdown();
    let engine = home.open();
    assert!(names(&engine).is_empty() && engine.integrity().unwrap().is_sound());
    assert_eq!(engine.preferences().all().unwrap().len(), said_of(stored));
}

fn an_erasure_that_was_cut_off_is_brought_to_its_end_and_told_once(stored: Stored) {
    let (home, engine) = opened(stored, "erasing_retired", CUT_MS);
    let told = engine.status().erased.unwrap();
    assert_eq!((told.purposes, told.sensitive), (vec![Purpose::History], vec![SensitiveTag::Pregnancy]));
    assert_eq!((told.rows, told.reports_cancelled), (erased(stored), 2));
    let mut then = stored.expected("erasing_retired");
    let erased = then.as_object_mut().unwrap().remove("erased").unwrap();
    assert_eq!(erased, json!({"rows": told.rows, "keys": told.keys_destroyed, "receipt": told.receipt_id}));
    assert_still_said(&then, &said(&home, &engine));
    assert!(engine.integrity().unwrap().is_sound());
    assert!(names(&engine).is_empty() && engine.privacy().outbox().unwrap().is_empty());
    assert_eq!(decision(&engine, Purpose::History).1, ConsentState::Withdrawn);
    let kept = (engine.preferences().all().unwrap().len(), engine.experiments().exposures().unwrap().len());
    assert_eq!((kept, engine.privacy().budget().unwrap().install_spent), ((said_of(stored), 2), SPENT));
    engine.shutdown();
    assert_eq!(home.open().status().erased, None);
}

/// The keys that are left after the erasure open no files from before it.
fn an_older_copy_of_the_files_brings_nothing_back(stored: Stored) {
    let (home, engine) = opened(stored, "erasing_retired", CUT_MS);
    engine.shutdown();
    drop(engine);
    fs::remove_dir_all(home.engine()).unwrap();
    support::copy(&stored.fixture("main").join("engine"), &home.engine());
    let shelf = widget_shelf_at(&home.config(), home.key_store(), &*home.clock);
    assert!(!matches!(shelf, Ok(Some(_))), "{shelf:?}");
    if let Ok(engine) = home.open_with(home.key_store()) {
        assert!(names(&engine).is_empty());
        assert!(!engine.consent().is_allowed(Purpose::History));
    }
}

fn opening_changes_nothing_that_is_said(stored: Stored) {
    let since_2 = [("denied_in_the_files", CUT_MS)];
    for (name, now_ms) in ENGINES.iter().chain(if stored.0 > 1 { &since_2[..] } else { &[] }).copied() {
        let (home, engine) = opened(stored, name, now_ms);
        let first = said(&home, &engine);
        engine.shutdown();
        drop(engine);
        for _ in 0..2 {
            let engine = home.open();
            assert_eq!(said(&home, &engine), first, "{name}");
            engine.shutdown();
        }
    }
}

fn time_does_not_run_back(stored: Stored) {
    let (_home, engine) = opened(stored, "main", NOW_MS); // four weeks before it was left
    assert_eq!(engine.consent().sensitive(SensitiveTag::Pregnancy).unwrap().state, ConsentState::Renewed);
    let receipt = engine.consent().record(answer(Purpose::Session, Choice::Give), "late".into(), "en".into());
    let receipt = receipt.unwrap();
    // Since format 3 a shutdown keeps the time.
    let seen_ms = if stored.0 < 3 { NOW_MS + 28 * DAY_MS } else { LEFT_MS };
    assert_eq!((receipt.time_ms, receipt.device_ms), (NOW_MS, Some(seen_ms)));
    assert_eq!(receipt.seq, 17);
    assert!(receipt.opens > 3, "{}", receipt.opens);
}

fn an_older_catalog_does_not_come_back(stored: Stored) {
    let home = Home::of(stored, "main", LEFT_MS);
    fs::remove_dir_all(home.engine().join("catalog")).unwrap();
    let engine = home.open();
    assert_eq!(engine.status().catalog_version, None);
    let apply = |name| engine.catalog().install(stored.fixture("wire").join(name).display().to_string());
    let older = apply("catalog_1.svb").unwrap_err();
    assert!(matches!(&older, SottovoceError::Rejected { detail, .. } if detail.contains("older")), "{older}");
    assert_eq!(apply("catalog_2.svb").unwrap().version, 2);
}

/// Up to format 3 what lay there was written by no app.
fn what_is_about_a_topic_goes_with_it(stored: Stored) {
    let (_home, engine) = opened(stored, "main", LEFT_MS);
    let about = |e: &&Value| e["topic"] == "pregnancy" && e["items"][0]["item_id"] == TOPICAL;
    let count = || export(&engine)["events"].as_array().unwrap().iter().filter(about).count();
    assert_eq!(count(), usize::from(stored.0 > 3));
    let erased = engine.data().erase(EraseScope::DataAbout { tag: SensitiveTag::Pregnancy }).unwrap();
    assert_eq!((erased.rows, count()), (1, 0));
}

fn life_goes_on(stored: Stored) {
    let mut home = Home::of(stored, "main", LEFT_MS + DAY_MS);
    home.server = Server::answering(200);
    let engine = home.open();
    let done = engine.privacy().run_maintenance(true).unwrap();
    let reason = SkipReason::WindowAnswered;
    assert_eq!(done.report, Some(Prepared::Skipped { reason }));
    assert_eq!(done.sent, Some(FlushReport { sent: 1, waiting: 1, ..FlushReport::default() }));
    let got = home.server.as_ref().unwrap().got.lock().unwrap().remove(0);
    assert_eq!((got.body, &*got.url), (stored.wire("report.bin"), "https://brambly.example/reports"));
    assert_eq!(engine.privacy().budget().unwrap().install_spent, SPENT);

    let bought = |order: &str| {
        let event = Event::about(EventName::Purchase, ["KI81"]);
        let event = Event { transaction_id: Some(order.into()), ..event };
        engine.events().track(event).unwrap()
    };
    assert_eq!(bought("T-1001"), TrackOutcome::dropped(DropReason::Duplicate));
    assert_eq!(bought("T-1002"), TrackOutcome::Stored { warnings: Vec::new() });
    engine.preferences().remove(PreferenceKey::Brand, "said of brand".into()).unwrap();
    engine.shutdown();
    drop(engine);

    home.clock.advance(7 * DAY_MS);
    home.tasks = Some(stored.wire("tasks_1.signed"));
    let engine = home.open();
    assert_eq!(
        (names(&engine).len(), engine.preferences().all().unwrap().len()),
        (events_done(stored).len() + 1, said_of(stored) - 1)
    );
    let report = engine.privacy().run_maintenance(false).unwrap().report;
    assert_eq!(report, Some(Prepared::Skipped { reason: SkipReason::OldTaskSet }));
    engine.data().erase(EraseScope::Everything).unwrap();
    assert!(names(&engine).is_empty() && engine.preferences().all().unwrap().is_empty());
    assert_eq!(engine.privacy().budget().unwrap().install_spent, SPENT);
    let receipts = export(&engine)["consent"]["receipts"]["records"].clone();
    assert_eq!(receipts.as_array().map(Vec::len), Some(1));
    assert!(matches!(receipts, Value::Array(_)) && engine.integrity().unwrap().is_sound());
}

/// The names of an installation's key store items.
fn items(home: &Home) -> Vec<String> {
    home.key_store().list("sottovoce.".into()).unwrap()
}

#[test]
fn an_erasure_that_the_key_store_did_not_hear_of_is_brought_to_its_end() {
    let (home, engine) = opened(Stored(2), "denied_in_the_files", CUT_MS);
    assert_as_left("denied_in_the_files", &home, &engine);
    assert!(engine.status().settled && names(&engine).is_empty());
    assert_eq!(decision(&engine, Purpose::History).1, ConsentState::Withdrawn);
    engine.shutdown();
    drop(engine);
    let before = Stored(2).fixture("main").join("keys");
    let gone = |name: &String| !home.keys().join(name).exists();
    let root = |name: &String| !name.contains("widget");
    let old =
        support::files(&before).into_iter().map(|f| f.file_name().unwrap().to_str().unwrap().to_owned());
    assert!(old.filter(root).all(|name| gone(&name)), "the old root key stands");
    assert_eq!(items(&home).iter().filter(|name| root(name)).count(), 1);
}

/// Denials and spending lie in the item; what else was in the folder is not missed here.
#[test]
fn the_item_alone_holds_what_must_not_roll_back() {
    let home = Home::of(Stored(2), "erasing_retired", CUT_MS);
    drop(home.open());
    fs::remove_dir_all(home.engine()).unwrap();
    support::copy(&Stored(2).fixture("main").join("engine"), &home.engine());
    let engine = home.open();
    let opening = engine.status().opening.unwrap();
    assert!(opening.fresh && opening.rolled_back && opening.moved_aside.is_some(), "{opening:?}");
    let budget = engine.privacy().budget().unwrap();
    assert_eq!((budget.closed, budget.install_spent), (false, SPENT));
    let denied = [Purpose::History, Purpose::Offers, Purpose::Messaging];
    assert!(denied.iter().all(|purpose| !engine.consent().is_allowed(*purpose)));
    assert_eq!(decision(&engine, Purpose::History).1, ConsentState::Refused, "one bit tells no more");
}

#[test]
fn the_space_that_was_kept_aside_is_kept_on() {
    let (home, _engine) = opened(Stored(2), "main", LEFT_MS);
    assert_eq!(fs::read(home.reserve()).unwrap(), [0; RESERVE], "as it was");
}

over_every_format! {
    every_answer_is_still_there
    a_yes_in_spite_of_a_signal_is_still_told_from_one_before_it
    everything_done_and_said_is_still_there
    what_leaves_is_still_there_and_so_is_its_price
    a_widget_reads_its_shelf_before_the_app_runs
    the_widgets_shelf_goes_with_what_it_rests_on
    a_killed_process_lost_nothing
    an_erasure_that_had_not_begun_erased_nothing_and_can_be_asked_for_again
    an_erasure_that_was_cut_off_is_brought_to_its_end_and_told_once
    an_older_copy_of_the_files_brings_nothing_back
    opening_changes_nothing_that_is_said
    time_does_not_run_back
    an_older_catalog_does_not_come_back
    what_is_about_a_topic_goes_with_it
    life_goes_on
}
