//! What a newer version of this library wrote is neither used, nor changed, nor deleted, nor counted as damage, and the
//! app is told. Each test makes records of a later version out of those of a fixture: version 9, which asks for a reader
//! of version 9.
#![allow(missing_docs, reason = "a test")]

mod stored_support;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use sottovoce::api::widget_shelf_at;
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{Choice, DecisionReason, ExternalSignals, Purpose, PurposeChoice};
use sottovoce::profile::{Correction, Event, EventName, PreferenceKey, TrackOutcome};
use sottovoce::random::SystemRandom;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::signals::{FlushReport, Prepared, SkipReason};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::vault::{Compartment, Durability, KeyStore as _, Table, Vault, VaultError};
use sottovoce::{Sottovoce, SottovoceError};
use stored_support::said::{assert_still_said, export, said};
use stored_support::{Home, LEFT_MS, Server, Stored};
use support::STORE;

const STORE_NOW: Stored = Stored(4);
const ESSENTIAL: u16 = 1;
const PREGNANCY: u16 = 102;
/// The time is kept anew at every opening.
const TIMES: u16 = 5;

/// A record of a later version, as far as anybody here can tell.
fn later(bytes: &mut [u8]) {
    bytes[..2].fill(9);
}

fn vault(home: &Home) -> Vault {
    let folder = home.engine().join("vault");
    Vault::open(&folder, STORE, home.key_store(), Arc::new(SystemRandom)).unwrap().0
}

/// Every record of a home by compartment, table and place.
type Records = BTreeMap<(u16, u16, usize), Vec<u8>>;

fn records(home: &Home) -> Records {
    let vault = vault(home);
    let mut all = Records::new();
    for at in (1..=12).chain(100..=111) {
        for table in 0..99 {
            let found = vault.read(|r| r.scan(Compartment(at), Table(table))).unwrap();
            let found = found.into_iter().enumerate();
            all.extend(found.map(|(place, record)| ((at, table, place), record.bytes.to_vec())));
        }
    }
    all
}

/// Changes the records of a table, from the first of `from` on; tells how many.
fn change(home: &Home, at: u16, table: u16, from: usize, change: impl Fn(&mut Vec<u8>)) -> usize {
    let vault = vault(home);
    let done = vault.write::<_, VaultError>(Durability::Full, |w| {
        let found = w.scan(Compartment(at), Table(table))?;
        for record in found.iter().skip(from) {
            let mut bytes = record.bytes.to_vec();
            change(&mut bytes);
            w.rewrite(Compartment(at), record.id, &bytes)?;
        }
        Ok(found.len().saturating_sub(from))
    });
    done.unwrap()
}

/// A home whose table has records of a later version, and these.
fn with_later(at: Purpose, table: u16, from: usize) -> (Home, Records) {
    let mut home = Home::of(STORE_NOW, "main", LEFT_MS);
    home.server = Server::answering(200);
    drop(home.open());
    assert!(change(&home, at as u16, table, from, |bytes| later(bytes)) > 0);
    let newer = records(&home)
        .into_iter()
        .filter(|((c, t, place), _)| (*c, *t) == (at as u16, table) && *place >= from);
    let newer = newer.collect();
    (home, newer)
}

/// Opens, closes and maintains, and holds that every one of `newer` is as it was.
fn outlives(home: &Home, newer: &Records, what: &str, nearby: impl Fn(&Sottovoce)) {
    for _ in 0..2 {
        let engine = home.open();
        let opening = engine.status().opening.unwrap();
        assert!(!opening.damaged && !opening.fresh, "{opening:?}");
        nearby(&engine);
        engine.privacy().run_maintenance(true).unwrap();
        drop(engine.data().export().unwrap());
        let status = engine.status();
        assert!(status.newer.iter().any(|met| met == what), "{what}: {:?}", status.newer);
        assert_eq!(status.unreadable, [], "that is not damage");
        assert!(engine.integrity().unwrap().is_sound());
        engine.shutdown();
        drop(engine);
        let after = records(home);
        for ((at, table, _), bytes) in newer {
            let mut present = after.iter().filter(|((a, t, _), _)| (a, t) == (at, table));
            assert!(present.any(|(_, other)| other == bytes), "{what}: {bytes:?}");
        }
        home.clock.advance(DAY_MS);
    }
}

fn newer<T: std::fmt::Debug>(result: Result<T, SottovoceError>, what: &str) {
    let told = SottovoceError::NewerFormat { what: what.to_owned() };
    assert!(told.to_string().contains("update the app"));
    assert_eq!(result.unwrap_err(), told);
}

fn yes(purpose: Purpose) -> Vec<PurposeChoice> {
    vec![PurposeChoice { purpose, choice: Choice::Give }]
}

/// Each record that answers depend on: nothing is allowed, and nothing at all changes until the app is updated.
#[test]
fn consent_that_is_newer_allows_nothing_and_changes_nothing() {
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, u16, usize, Change); 5] = [
        ("consent receipt", 2, 14, |bytes| later(bytes)),
        // The witness lies in the same table and is a text.
        ("head of the consent receipts", 4, 0, |bytes| {
            if bytes[0] < 9 {
                later(bytes)
            }
        }),
        ("signals of the app", 3, 0, |bytes| later(bytes)),
        ("time of consent", TIMES, 0, |bytes| later(bytes)),
        ("consent policy", 6, 0, |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = text.replacen("\"format\":1", "\"format\":9", 1).into_bytes();
        }),
    ];
    for (what, table, from, make) in changes {
        let home = Home::of(STORE_NOW, "main", LEFT_MS);
        let as_left = {
            let engine = home.open();
            said(&home, &engine)
        };
        let before = records(&home);
        assert!(change(&home, ESSENTIAL, table, from, make) > 0, "{what}");
        let later = records(&home);
        assert_ne!(before, later, "{what}");
        for _ in 0..2 {
            let engine = home.open();
            assert_eq!(engine.status().newer, [what]);
            let consent = engine.consent();
            for decision in consent.snapshot().unwrap().decisions {
                let (allowed, reason) = match decision.purpose {
                    Purpose::Essential => (true, DecisionReason::StrictlyNecessary),
                    _ => (false, DecisionReason::NewerFormat),
                };
                assert_eq!((decision.allowed, decision.reason), (allowed, reason), "{what}: {decision:?}");
            }
            newer(consent.record(yes(Purpose::History), "x".into(), "en".into()), what);
            let told =
                consent.apply_signals(ExternalSignals { region: Some("DE".into()), ..Default::default() });
            if table == 3 {
                newer(told, what);
            }
            assert!(matches!(
                engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap(),
                TrackOutcome::Dropped { .. }
            ));
            assert_eq!(engine.ranking().recommend(RecommendRequest::new("home", 5)).unwrap().items.len(), 5);
            let done = engine.privacy().run_maintenance(true).unwrap();
            assert_eq!((done.erased, done.events_purged, done.sent), (None, 0, None));
            assert_eq!(done.report, Some(Prepared::Skipped { reason: SkipReason::NotAllowed }));
            engine.data().export().unwrap();
            assert_eq!(engine.status().unreadable, []);
            engine.shutdown();
            drop(engine);
            let mut after = records(&home);
            // What the app tells of its surroundings, and the time, are kept as always.
            for own in [3, TIMES].into_iter().filter(|own| *own != table) {
                after.insert((ESSENTIAL, own, 0), later[&(ESSENTIAL, own, 0)].clone());
            }
            assert_eq!(after, later, "{what}");
            home.clock.advance(400 * DAY_MS);
        }
        // The app is updated.
        home.clock.set(LEFT_MS);
        restore(&home, table, &before);
        restore(&home, TIMES, &before);
        let engine = home.open();
        assert_eq!(engine.status().newer, [""; 0]);
        for part in ["events", "preferences", "exposures", "waiting", "spent"] {
            assert_still_said(&as_left[part], &said(&home, &engine)[part]);
        }
    }
}

fn restore(home: &Home, table: u16, before: &Records) {
    let vault = vault(home);
    vault
        .write::<_, VaultError>(Durability::Full, |w| {
            for (place, record) in w.scan(Compartment(ESSENTIAL), Table(table))?.iter().enumerate() {
                w.rewrite(Compartment(ESSENTIAL), record.id, &before[&(ESSENTIAL, table, place)])?;
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_no_is_carried_out_although_the_ledger_is_newer() {
    let (home, _) = with_later(Purpose::Essential, 2, 14);
    let engine = home.open();
    let report = engine.consent().withdraw(vec![Purpose::History], "x".into(), "en".into()).unwrap();
    assert!(report.complete && report.rows > 0, "{report:?}");
    engine.shutdown();
    drop(engine);
    assert_eq!(records(&home).keys().filter(|(at, ..)| *at == Purpose::History as u16).count(), 0);
}

#[test]
fn events_that_are_newer_are_passed_over_counted_and_kept() {
    let (home, later) = with_later(Purpose::History, 20, 18);
    outlives(&home, &later, "event", |engine| {
        assert_eq!(engine.events().quality().unwrap().newer, 3);
        let names = export(engine)["events"].as_array().unwrap().len();
        assert!((15..=21).contains(&names), "{names}");
        assert_eq!(export(engine)["left_out"][0], "event");
        home.clock.advance(60_000);
        let kept = engine.events().track(Event::about(EventName::ViewItem, ["KI83"])).unwrap();
        assert!(matches!(kept, TrackOutcome::Stored { .. }), "{kept:?}");
        let forget = Correction::ExcludeEvidence { item_ids: vec!["FO235".into()] };
        newer(engine.profile().correct(forget), "event");
        assert!(!export(engine)["events"].to_string().contains("FO235"), "what is known of it is gone");
    });
}

#[test]
fn preferences_that_are_newer_are_unknown_and_never_written_over() {
    let (home, later) = with_later(Purpose::Preferences, 21, 0);
    outlives(&home, &later, "preferences", |engine| {
        assert_eq!(engine.preferences().all().unwrap(), []);
        newer(engine.preferences().set(PreferenceKey::Brand, "Acme".into()), "preferences");
        newer(engine.preferences().remove(PreferenceKey::Brand, "said of brand".into()), "preferences");
    });
}

#[test]
fn a_budget_that_is_newer_is_not_spent() {
    let (mut home, later) = with_later(Purpose::Essential, 50, 0);
    home.tasks = Some(STORE_NOW.wire("tasks_4.signed"));
    home.clock.advance(7 * DAY_MS);
    outlives(&home, &later, "privacy budget", |engine| {
        let report = engine.privacy().run_maintenance(false).unwrap().report;
        assert_eq!(report, Some(Prepared::Skipped { reason: SkipReason::BudgetClosed }));
        let budget = engine.privacy().budget().unwrap();
        assert_eq!((budget.closed, budget.left), (true, 0));
    });
}

#[test]
fn reports_that_are_newer_are_not_sent_and_not_dropped() {
    let (mut home, later) = with_later(Purpose::Measurement, 51, 0);
    home.tasks = None;
    home.clock.advance(60 * DAY_MS);
    outlives(&home, &later, "waiting report", |engine| {
        assert_eq!(engine.privacy().outbox().unwrap(), []);
        assert_eq!(engine.privacy().run_maintenance(true).unwrap().sent, Some(FlushReport::default()));
    });
    let (home, later) = with_later(Purpose::Essential, 53, 0);
    outlives(&home, &later, "trace of a report", |engine| drop(engine.privacy().sent().unwrap()));
}

#[test]
fn a_salt_or_an_exposure_that_is_newer_assigns_nobody() {
    let (home, later) = with_later(Purpose::Experiments, 40, 0);
    outlives(&home, &later, "salt of the experiments", |engine| {
        newer(engine.experiments().variant("shelf".into()), "salt of the experiments");
    });
    let (home, later) = with_later(Purpose::Experiments, 41, 0);
    outlives(&home, &later, "exposure to an experiment", |engine| {
        newer(engine.experiments().expose("shelf".into()), "exposure to an experiment");
        assert_eq!(engine.experiments().exposures().unwrap(), []);
    });
}

#[test]
fn while_the_newest_catalog_is_not_known_none_is_taken() {
    let (home, later) = with_later(Purpose::Essential, 30, 0);
    let bundle = STORE_NOW.fixture("wire").join("catalog_2.svb").display().to_string();
    outlives(&home, &later, "newest catalog", |engine| {
        newer(engine.catalog().install(bundle.clone()), "newest catalog");
        assert_eq!(engine.status().catalog_version, Some(2), "the installed one is used");
    });
}

#[test]
fn an_event_about_a_topic_that_is_newer_stays_until_the_no_to_the_topic() {
    let mut home = Home::of(STORE_NOW, "main", LEFT_MS);
    home.server = Server::answering(200);
    drop(home.open());
    assert_eq!(change(&home, PREGNANCY, 22, 0, |bytes| later(bytes)), 1);
    let of_the_topic = |home: &Home| -> Records {
        records(home).into_iter().filter(|((at, ..), _)| *at == PREGNANCY).collect()
    };
    let later = of_the_topic(&home);
    outlives(&home, &later, "event", |engine| assert_eq!(engine.events().quality().unwrap().newer, 1));
    let engine = home.open();
    let no = (SensitiveTag::Pregnancy, Choice::Refuse);
    engine.consent().answer_sensitive(no.0, no.1, "x".into(), "en".into()).unwrap();
    engine.shutdown();
    drop(engine);
    assert!(of_the_topic(&home).is_empty());
}

#[test]
fn a_shelf_that_is_newer_is_not_shown_and_not_replaced() {
    let (home, later) = with_later(Purpose::Essential, 8, 0);
    let what = "note on the widget's shelf";
    let file = home.engine().join("vault/brambly.snapshot");
    let shelf = fs::read(&file).unwrap();
    for _ in 0..2 {
        let engine = home.open();
        newer(engine.ranking().keep_for_widget(RecommendRequest::new("widget", 3)).map(drop), what);
        engine.privacy().run_maintenance(false).unwrap();
        engine.shutdown();
        drop(engine);
        let after = records(&home);
        assert!(later.iter().all(|(place, bytes)| after.get(place) == Some(bytes)));
        assert_eq!(fs::read(&file).unwrap(), shelf);
    }
    let engine = home.open();
    engine.consent().withdraw(vec![Purpose::Experiments], "x".into(), "en".into()).unwrap();
    assert!(!file.exists(), "nobody knows what it was made from");
    engine.shutdown();

    let home = Home::of(STORE_NOW, "main", LEFT_MS);
    let file = home.engine().join("vault/brambly.snapshot");
    let mut bytes = fs::read(&file).unwrap();
    bytes[4] = 9;
    fs::write(&file, &bytes).unwrap();
    assert_eq!(widget_shelf_at(&home.config(), home.key_store(), &*home.clock).unwrap(), None);
    drop(home.open());
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn a_report_of_an_erasure_that_is_newer_stays() {
    let home = Home::of(STORE_NOW, "main", LEFT_MS);
    drop(home.open());
    let note = [9, 9, 7];
    vault(&home)
        .write::<_, VaultError>(Durability::Full, |w| {
            w.put(Compartment(ESSENTIAL), Table(7), "latest", &note).map(drop)
        })
        .unwrap();
    let engine = home.open();
    assert_eq!(engine.status().erased, None);
    let report = engine.consent().withdraw(vec![Purpose::Experiments], "x".into(), "en".into()).unwrap();
    assert!(report.complete);
    engine.privacy().run_maintenance(false).unwrap();
    engine.shutdown();
    drop(engine);
    assert_eq!(records(&home)[&(ESSENTIAL, 7, 0)], note);
}

/// What lies in a folder, but for the lock, and what SQLite makes to look into a file: shared memory and an empty log.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = support::files(folder).into_iter();
    let named =
        files.map(|file| (file.strip_prefix(folder).unwrap().display().to_string(), fs::read(file).unwrap()));
    let made = |(name, bytes): &(String, Vec<u8>)| {
        name.ends_with(".lock") || name.ends_with("-shm") || (name.ends_with("-wal") && bytes.is_empty())
    };
    named.filter(|file| !made(file)).collect()
}

fn refused_untouched(home: &Home, what: &str) {
    let before = contents(home.path());
    for _ in 0..2 {
        newer(home.open_with(home.key_store()).map(drop), what);
        let after = contents(home.path());
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        assert!(before == after, "a file was changed");
    }
}

#[test]
fn a_vault_of_a_newer_format_is_refused_untouched() {
    for name in ["main", "killed"] {
        let home = Home::of(STORE_NOW, name, LEFT_MS);
        let database = rusqlite::Connection::open(home.engine().join("vault/brambly.vault")).unwrap();
        // As a process that is killed leaves it: nothing is tidied up.
        database.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        database.execute_batch("PRAGMA user_version = 9; UPDATE meta SET format = 9").unwrap();
        drop(database);
        refused_untouched(&home, "the vault, format 9");
    }
}

#[test]
fn a_root_key_of_a_newer_version_is_refused_untouched() {
    let home = Home::of(STORE_NOW, "main", LEFT_MS);
    let keys = home.key_store();
    let root = |alias: &String| !alias.contains("widget");
    let alias = keys.list("sottovoce.".into()).unwrap().into_iter().find(root).unwrap();
    let item = keys.load(alias.clone()).unwrap();
    let body = [&[9], &item[1..item.len() - 4], b"more"].concat();
    let check = ring::digest::digest(&ring::digest::SHA256, &body);
    keys.store(alias, [&body, &check.as_ref()[..4]].concat()).unwrap();
    refused_untouched(&home, "the vault, format 9");
}
