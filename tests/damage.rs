//! A whole engine over a damaged store: it opens, and everything that protects the user works.
#![allow(missing_docs, reason = "a test")]

mod stored_support;
mod support;

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use sottovoce::consent::{EraseScope, Purpose};
use sottovoce::profile::{Event, EventName};
use sottovoce::surfaces::RecommendRequest;
use stored_support::{Home, LEFT_MS, Stored};

/// Bytes of a page of the database.
const PAGE: usize = 4096;

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// The database of a store in today's format, with four weeks of a life in it that began in format `stored`.
fn adopted(stored: Stored) -> (Home, Vec<u8>) {
    let home = Home::of(stored, "main", LEFT_MS);
    let engine = home.open();
    engine.shutdown();
    drop(engine);
    let file = fs::read(home.engine().join("vault/brambly.vault")).unwrap();
    (home, file)
}

fn rounds(rounds: u64, seed: u64) {
    let stores = [1, 2].map(|format| adopted(Stored(format)));
    for round in 0..rounds {
        let (source, whole) = &stores[(round % 2) as usize];
        let mut dice = Dice(seed + round);
        let mut bytes = whole.clone();
        let start = dice.below(bytes.len());
        let length = [1, 1, 1 + dice.below(200), 1 + dice.below(8192)][dice.below(4)];
        let end = (start + length).min(bytes.len());
        let what = format!("seed {}, {start}..{end}", seed + round);
        match dice.below(12) {
            0 => bytes.truncate(start),
            // A page that is sound in itself, in the wrong place.
            2 | 3 => {
                let pages = bytes.len() / PAGE;
                let (from, to) = (PAGE * dice.below(pages), PAGE * dice.below(pages));
                bytes.copy_within(from..from + PAGE, to);
            }
            1 => bytes[start..end].fill(0),
            _ => bytes[start..end].iter_mut().for_each(|b| *b ^= 1 + dice.below(255) as u8),
        }
        let home = Home::new(source.stored, LEFT_MS);
        support::copy(&source.engine(), &home.engine());
        support::copy(&source.keys(), &home.keys());
        fs::write(home.engine().join("vault/brambly.vault"), &bytes).unwrap();
        survives(&home, &what);
    }
}

/// Everything that protects the user works.
fn survives(home: &Home, what: &str) {
    let engine = home.open_with(home.key_store()).unwrap_or_else(|e| panic!("{what}: {e}"));
    let said = |step: &str, error: &dyn std::fmt::Display| -> ! { panic!("{what}: {step}: {error}") };
    engine.integrity().unwrap_or_else(|e| said("integrity", &e));
    engine.data().export().unwrap_or_else(|e| said("export", &e));
    engine.ranking().recommend(RecommendRequest::new("home", 5)).unwrap_or_else(|e| said("recommend", &e));
    engine.events().track(Event::new(EventName::Search)).unwrap_or_else(|e| said("track", &e));
    engine.privacy().run_maintenance(false).unwrap_or_else(|e| said("maintenance", &e));
    engine
        .consent()
        .withdraw(vec![Purpose::Inference], "x".into(), "en".into())
        .unwrap_or_else(|e| said("withdraw", &e));
    engine.repair(false).unwrap_or_else(|e| said("what a repair would do", &e));
    engine.repair(true).unwrap_or_else(|e| said("repair", &e));
    let left = engine.repair(false).unwrap();
    assert!(left.unreadable.is_empty() && !left.missing && left.moved_aside.is_none(), "{what}: {left:?}");
    let found = engine.integrity().unwrap();
    assert!(found.is_sound(), "{what}: {found:?}");
    engine.data().erase(EraseScope::Everything).unwrap_or_else(|e| said("erase", &e));
    assert!(engine.preferences().all().unwrap().is_empty(), "{what}");
    engine.shutdown();
    drop(engine);
    let engine = home.open_with(home.key_store()).unwrap_or_else(|e| panic!("{what}: again: {e}"));
    assert!(!engine.status().opening.unwrap().damaged, "{what}: it was repaired");
    let found = engine.data().export().unwrap();
    assert!(
        !engine.consent().is_allowed(Purpose::Inference) && !found.contains("view_item"),
        "{what}: {found}"
    );
}

/// The first and the last record of every table.
fn ends(file: &Path) -> Vec<(String, i64)> {
    let database = Connection::open(file).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '[rk][0-9]*'";
    let mut query = database.prepare(sql).unwrap();
    let tables: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let end = |table: &String, which| {
        let sql = format!("SELECT {which}(id) FROM {table}");
        database.query_row(&sql, [], |row| row.get::<_, Option<i64>>(0)).unwrap()
    };
    let both = |table: String| ["min", "max"].map(|which| end(&table, which).map(|id| (table.clone(), id)));
    let mut ends: Vec<_> = tables.into_iter().flat_map(both).flatten().collect();
    ends.dedup();
    ends
}

/// What survives if the columns of one row are changed so.
fn spoiled(source: &Home, whole: &[u8], change: &str) {
    let home = Home::new(source.stored, LEFT_MS);
    support::copy(&source.engine(), &home.engine());
    support::copy(&source.keys(), &home.keys());
    let file = home.engine().join("vault/brambly.vault");
    fs::write(&file, whole).unwrap();
    assert_eq!(Connection::open(&file).unwrap().execute(change, []).unwrap(), 1);
    survives(&home, change);
}

#[test]
fn whichever_record_is_unreadable_nobody_is_locked_out() {
    let (source, whole) = adopted(Stored(2));
    let ends = ends(&source.engine().join("vault/brambly.vault"));
    assert!(ends.len() > 15, "{ends:?}");
    for (table, id) in ends {
        let sealed = "CAST(substr(sealed, 1, 20) || zeroblob(60) AS BLOB)";
        spoiled(&source, &whole, &format!("UPDATE {table} SET sealed = {sealed} WHERE id = {id}"));
    }
}

#[test]
fn whichever_key_is_unreadable_nobody_is_locked_out() {
    let (source, whole) = adopted(Stored(2));
    let keys: i64 = Connection::open(source.engine().join("vault/brambly.vault"))
        .and_then(|database| database.query_row("SELECT count(*) FROM data_key", [], |row| row.get(0)))
        .unwrap();
    assert!(keys > 4, "{keys}");
    for nth in 0..keys {
        let which = format!("(SELECT id FROM data_key ORDER BY id LIMIT 1 OFFSET {nth})");
        spoiled(&source, &whole, &format!("UPDATE data_key SET wrapped = zeroblob(105) WHERE id = {which}"));
    }
}

#[test]
fn an_engine_over_a_damaged_store_opens_and_erases() {
    rounds(60, 1);
}

#[test]
fn a_store_that_is_damaged_while_it_is_open_takes_a_no_and_tells_what_is_left() {
    let (source, whole) = adopted(Stored(2));
    let no_database: fn(&Path) = |file| fs::remove_file(file).unwrap();
    let emptied: fn(&Path) = |file| fs::write(file, []).unwrap();
    let halved: fn(&Path) = |file| {
        let half = fs::metadata(file).unwrap().len() / 2;
        fs::OpenOptions::new().write(true).open(file).unwrap().set_len(half).unwrap();
    };
    for (damage, name) in [(no_database, "no database"), (emptied, "emptied"), (halved, "halved")] {
        for log in ["", "-wal"] {
            let home = Home::new(source.stored, LEFT_MS);
            support::copy(&source.engine(), &home.engine());
            support::copy(&source.keys(), &home.keys());
            let database = home.engine().join("vault/brambly.vault");
            fs::write(&database, &whole).unwrap();
            let engine = home.open_with(home.key_store()).unwrap();
            engine.events().track(Event::new(EventName::Search)).unwrap();
            damage(&database.with_extension(format!("vault{log}")));
            let what = format!("{name}{log}");
            let said = |step: &str, error: &dyn std::fmt::Display| -> ! { panic!("{what}: {step}: {error}") };
            let no = |purpose| engine.consent().withdraw(vec![purpose], "x".into(), "en".into());
            no(Purpose::Inference).unwrap_or_else(|e| said("withdraw", &e));
            if log.is_empty() && name == "no database" {
                continue; // Nothing can be told without a file, until it is opened again.
            }
            engine.data().export().unwrap_or_else(|e| said("export", &e));
            engine.integrity().unwrap_or_else(|e| said("integrity", &e));
            no(Purpose::History).unwrap_or_else(|e| said("withdraw again", &e));
            engine.repair(true).unwrap_or_else(|e| said("repair", &e));
            engine.data().erase(EraseScope::Everything).unwrap_or_else(|e| said("erase", &e));
            engine.shutdown();
            let engine = home.open_with(home.key_store()).unwrap_or_else(|e| said("opening again", &e));
            assert!(!engine.consent().is_allowed(Purpose::History), "{what}");
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn an_engine_over_a_thousand_damaged_stores_opens_and_erases() {
    // `SOTTOVOCE_DAMAGE_SEEDS=1000..1100` takes some of them.
    let wanted = std::env::var("SOTTOVOCE_DAMAGE_SEEDS").unwrap_or_else(|_| "1000..2000".into());
    let (from, to) = wanted.split_once("..").unwrap();
    let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
    rounds(to - from, from);
}
