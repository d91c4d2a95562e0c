//! What the shop gives to its apps and what they give out: each file is read by whoever has to read it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use sottovoce::SottovoceError;
use sottovoce::api::widget_shelf_at;
use sottovoce::catalog::{Catalog, SigningKey};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{CarriedAnswer, Policy, Purpose, Receipt};
use sottovoce::signals::{
    Collector, CollectorSecret, Ingest, Measurement, Report, ReportStore, TaskRef, TaskSet, day_of,
};
use sottovoce::signed::{PublicKey, hex, sha256};

use crate::stored_support::life::GIVEN;
use crate::stored_support::said::{assert_still_said, export};
use crate::stored_support::{Home, LEFT_MS, Stored};
use crate::support::{NOW_MS, STORE};

fn json(stored: Stored, name: &str) -> Value {
    serde_json::from_slice(&stored.wire(name)).unwrap()
}

fn task_set(stored: Stored, version: u32) -> TaskSet {
    TaskSet::open(&stored.wire(&format!("tasks_{version}.signed")), &stored.shop_key()).unwrap()
}

fn a_signed_catalog_is_installed(stored: Stored) {
    for version in [1, 2] {
        let name = format!("catalog_{version}.svb");
        let catalog = Catalog::verify(&stored.wire(&name), &[stored.shop_key()]).unwrap();
        assert_eq!(
            (catalog.store_id(), catalog.version(), catalog.len()),
            (STORE, version, if stored.0 > 3 { 32 } else { 31 })
        );
        let stranger = SigningKey::generate().unwrap().public_key();
        assert!(Catalog::verify(&stored.wire(&name), &[stranger]).is_err());
        let (home, path) = (Home::new(stored, NOW_MS), stored.fixture("wire").join(&name));
        let engine = home.open();
        assert_eq!(engine.catalog().install(path.display().to_string()).unwrap().version, version);
        let found = catalog.search("espresso", 3).into_iter().map(|(ix, _)| catalog.item_id(ix).to_owned());
        assert!(found.collect::<Vec<_>>().contains(&"KI81".to_owned()));
        let [shelf, tone] = catalog.experiments() else { panic!("two experiments") };
        assert_eq!((&*shelf.key, shelf.variants.len()), ("shelf", 2));
        assert_eq!((&*tone.key, tone.variants.len()), ("tone", 64));
    }
}

fn a_signed_policy_is_put_in_force(stored: Stored) {
    let home = Home::new(stored, NOW_MS);
    let engine = home.open();
    for version in [5, 6] {
        let signed = stored.wire(&format!("policy_{version}.signed"));
        assert_eq!(Policy::open(&signed, &stored.shop_key()).unwrap().label(), format!("brambly@{version}"));
        let diff = engine.consent().apply_policy(signed).unwrap();
        assert_eq!(diff.to, format!("brambly@{version}"));
        assert!(version == 5 || diff.material == [Purpose::Offers], "{diff:?}");
    }
    let refused = engine.consent().apply_policy(stored.wire("tasks_1.signed")).unwrap_err();
    assert!(matches!(refused, SottovoceError::Rejected { .. }), "{refused}");
}

fn a_signed_task_set_asks_what_it_asked(stored: Stored) {
    let asked = [1, 2, 3, 4].map(|version| task_set(stored, version));
    let order = Measurement::OrderValue { currency: "EUR".into(), edges: vec![1, 2000, 5000] };
    let tone = Measurement::ExperimentOutcome { experiment: "tone".into() };
    let measures = match stored.0 {
        1 => [Measurement::CategoryInterest, tone, order, Measurement::SlotOutcome],
        _ => [(); 4].map(|()| Measurement::CategoryInterest),
    };
    let costs = [1_098_614, 916_292, 693_149, 405_467];
    for ((version, set), (measures, cost)) in (1..).zip(&asked).zip(measures.into_iter().zip(costs)) {
        let task = set.task(0).unwrap();
        assert_eq!((set.version(), set.window_days(), set.is_valid_at(LEFT_MS)), (version, 7, true));
        assert_eq!((&task.measures, task.odds.micro_epsilon()), (&measures, cost));
    }
}

fn a_report_is_counted_and_counted_once(stored: Stored) {
    let (bytes, set, keys) = (stored.wire("report.bin"), task_set(stored, 2), keys(stored));
    let inside = keys.first().map_or(bytes.clone(), |key| key.open(&bytes).unwrap());
    let report = Report::parse(&inside).unwrap();
    assert_eq!(report.task, TaskRef::new(set.hash(), 0));
    assert_eq!(report.window_start, set.window_at(day_of(NOW_MS + 14 * DAY_MS)).start);
    let named = report.buckets(&set.task(0).unwrap().mechanism().unwrap()).unwrap();
    assert_eq!(named.buckets().count(), 1);
    let mut collector = Collector::new([set.clone()]).with_keys(keys.clone());
    assert_eq!(collector.ingest(&bytes, LEFT_MS), Ingest::Counted);
    let mut saved = Collector::load(&stored.wire("collector.bin"), [set]).unwrap().with_keys(keys);
    assert_eq!(saved.ingest(&bytes, LEFT_MS), Ingest::Duplicate);
    assert_eq!(saved.estimate(stored.asked()[1], report.window_start).unwrap().reports, 1);
}

/// What opens the reports: since format 5 they are sealed.
fn keys(stored: Stored) -> Vec<CollectorSecret> {
    let key = || CollectorSecret::from_json(&stored.wire("collector.key")).unwrap();
    (stored.0 > 4).then(key).into_iter().collect()
}

#[test]
fn the_collectors_store_has_the_report_once() {
    let (stored, folder) = (Stored(5), tempfile::tempdir().unwrap());
    let (bytes, set, file) =
        (stored.wire("report.bin"), task_set(stored, 2), folder.path().join("reports.sqlite"));
    fs::write(&file, stored.wire("collector.sqlite")).unwrap();
    let mut store = ReportStore::open(&file, [set], keys(stored)).unwrap();
    assert_eq!(store.ingest([&*bytes], LEFT_MS).unwrap(), [Ingest::Duplicate]);
    let told = store.told().unwrap();
    assert_eq!((told.estimates.iter().map(|e| e.reports).sum::<u64>(), told.unknown), (1, 0));
}

/// Every name in a document, with the names above it.
fn names(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(format!("{at}.{name}"));
                names(value, &format!("{at}.{name}"), found);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| names(value, at, found)),
        _ => {}
    }
}

fn the_persons_own_copy_still_has_every_name(stored: Stored) {
    let then = json(stored, "export.json");
    let home = Home::of(stored, "main", LEFT_MS);
    let now = export(&home.open());
    let [mut old, mut new] = [BTreeSet::new(), BTreeSet::new()];
    names(&then, "", &mut old);
    names(&now, "", &mut new);
    assert!(old.len() > 120, "{}", old.len());
    assert_eq!(old.difference(&new).collect::<Vec<_>>(), Vec::<&String>::new());
    for part in ["format", "version", "store_id", "preferences", "events", "experiments"] {
        assert_still_said(&then[part], &now[part]);
    }
}

fn the_receipts_prove_themselves(stored: Stored) {
    let document = json(stored, "receipts.json");
    let bytes = |value: &Value| -> Vec<u8> {
        let text = value.as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let key = PublicKey::from_bytes(&bytes(&document["publicKey"]["value"])).unwrap();
    let home = Home::of(stored, "main", LEFT_MS);
    let engine = home.open();
    let kept = engine.consent().receipts(0).unwrap();
    let records = document["records"].as_array().unwrap();
    assert_eq!((records.len(), kept.len()), (16, 16));
    let mut last = "0".repeat(64);
    for (record, kept) in records.iter().zip(kept) {
        let (body, signature) = (bytes(&record["proof"]["body"]), bytes(&record["proof"]["signature"]));
        key.verify(&body, &signature).unwrap();
        let receipt: Receipt = serde_json::from_slice(&body).unwrap();
        assert_eq!((&receipt.prev_hash, &receipt), (&last, &kept));
        last = hex(&sha256(&body));
    }
    assert_eq!(last, engine.consent().head().unwrap().head_hash);
    let now = &export(&engine)["consent"]["receipts"];
    assert_eq!(now["publicKey"]["value"], document["publicKey"]["value"]);
    for (then, now) in records.iter().zip(now["records"].as_array().unwrap()) {
        assert_eq!(then["proof"], now["proof"]);
    }
}

fn answers_are_carried_to_another_device(stored: Stored) {
    let carried: Vec<CarriedAnswer> = serde_json::from_value(json(stored, "carried_answers.json")).unwrap();
    let outcome = Home::new(stored, LEFT_MS).open().consent().import_answers(carried).unwrap();
    assert_eq!(outcome.refused, [Purpose::Offers, Purpose::Messaging]);
    let used = |p: &&Purpose| ![Purpose::Measurement, Purpose::Experiments].contains(p);
    assert_eq!(outcome.offered, GIVEN.iter().filter(used).copied().collect::<Vec<_>>());
}

fn a_shared_widget_shelf_needs_nothing_but_the_apps_key(stored: Stored) {
    let home = Home::of(stored, "main", LEFT_MS);
    let shared = home.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::write(shared.join("brambly.snapshot"), stored.wire("widget.snapshot")).unwrap();
    fs::remove_dir_all(home.engine()).unwrap();
    let mut config = home.config();
    config.widget_directory = Some(shared.display().to_string());
    let shelf = widget_shelf_at(&config, home.key_store(), &*home.clock).unwrap();
    assert_eq!(serde_json::json!(shelf), stored.expected("main")["widget"]);
}

over_every_format! {
    a_signed_catalog_is_installed
    a_signed_policy_is_put_in_force
    a_signed_task_set_asks_what_it_asked
    a_report_is_counted_and_counted_once
    the_persons_own_copy_still_has_every_name
    the_receipts_prove_themselves
    answers_are_carried_to_another_device
    a_shared_widget_shelf_needs_nothing_but_the_apps_key
}
