//! What one randomised report costs: the draw, its bytes and its seal. Run with `cargo bench --bench signals`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::hint::black_box;
use std::time::Instant;

use figures::{figure, median};
use serde_json::{Value, json};
use sottovoce::clock::DAY_MS;
use sottovoce::random::{SystemRandom, bytes};
use sottovoce::signals::{
    Aead, Answer, CollectorSecret, REPORT_BYTES, Report, ReportStore, SEALED_REPORT_BYTES, TaskRef, TaskSet,
    seal,
};

const REPORTS: u32 = 2000;
const STORED: u32 = 100_000;

/// One question with so many answers, at odds of three to one.
fn set(measures: &Value, buckets: u32) -> TaskSet {
    let set = json!({
        "format": 1, "version": 1, "window_days": 7, "valid_from_ms": 0, "valid_until_ms": 86_400_000,
        "endpoint": "https://shop.example/",
        "tasks": [{
            "id": "asked", "question": "Which?", "measures": measures,
            "buckets": (0..buckets).map(|b| format!("b{b}")).collect::<Vec<_>>(),
            "odds": {"num": 3, "den": 1}, "min_batch": 1000,
        }],
    });
    TaskSet::parse(set.to_string().as_bytes()).unwrap()
}

fn report(set: &TaskSet, truth: &Answer) -> Vec<u8> {
    let told = set.task(0).unwrap().mechanism().unwrap().randomize(truth, &SystemRandom).unwrap();
    Report::new(TaskRef::new(set.hash(), 0), 7, bytes(&SystemRandom).unwrap(), &told).to_bytes()
}

/// Microseconds of one call.
fn took(call: impl Fn(u32)) -> f64 {
    let runs = (0..5).map(|_| {
        let start = Instant::now();
        (0..REPORTS).for_each(&call);
        start.elapsed().as_secs_f64() * 1e6 / f64::from(REPORTS)
    });
    median(runs.collect())
}

fn main() {
    for buckets in [12, 64, 256] {
        let set = set(&"brand_interest".into(), buckets);
        let us = took(|i| drop(black_box(report(&set, &Answer::Bucket(i % buckets)))));
        figure("signals", &format!("report_us_k{buckets}"), us, "us", 50.0);
    }
    let several = set(&json!({"brands_of_interest": {"most": 2}}), 64);
    let us = took(|i| drop(black_box(report(&several, &Answer::Buckets(vec![i % 64, 3])))));
    figure("signals", "report_us_several_k64", us, "us", 50.0);
    let sum = set(&json!({"revenue": {"currency": "EUR", "max": 50_000}}), 2);
    let us = took(|i| drop(black_box(report(&sum, &Answer::Amount(i.into())))));
    figure("signals", "report_us_sum", us, "us", 50.0);

    let key = CollectorSecret::generate(1, Aead::Aes128Gcm, &SystemRandom).unwrap();
    let (public, plain) = (key.public().unwrap(), report(&sum, &Answer::Amount(7)));
    let us = took(|_| drop(black_box(seal(&plain, &public).unwrap())));
    figure("signals", "seal_us", us, "us", 1_000.0);
    figure("signals", "report_bytes", REPORT_BYTES as f64, "bytes", 128.0);
    figure("signals", "sealed_report_bytes", SEALED_REPORT_BYTES as f64, "bytes", 128.0);

    let folder = tempfile::tempdir().unwrap();
    let asked = set(&"brand_interest".into(), 12);
    let mut store = ReportStore::open(&folder.path().join("reports.db"), [asked.clone()], []).unwrap();
    let reports: Vec<_> = (0..STORED).map(|i| report(&asked, &Answer::Bucket(i % 12))).collect();
    let start = Instant::now();
    for batch in reports.chunks(1_000) {
        store.ingest(batch.iter().map(Vec::as_slice), 8 * DAY_MS).unwrap();
    }
    let us = start.elapsed().as_secs_f64() * 1e6 / f64::from(STORED);
    figure("signals", "store_us", us, "us", 200.0); // 5000 reports a second
    let start = Instant::now();
    assert_eq!(store.told().unwrap().estimates[0].reports, u64::from(STORED));
    let seconds = start.elapsed().as_secs_f64() * 10_000_000.0 / f64::from(STORED);
    figure("signals", "estimate_s_of_10m_reports", seconds, "s", 60.0);
}
