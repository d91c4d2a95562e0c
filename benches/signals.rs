//! What one randomised report costs: the draw and its bytes. Run with `cargo bench --bench signals`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::hint::black_box;
use std::time::Instant;

use figures::{figure, median};
use serde_json::json;
use sottovoce::random::{SystemRandom, bytes};
use sottovoce::signals::{Report, TaskRef, TaskSet};

const REPORTS: u32 = 2000;

/// One question with so many answers, at odds of three to one.
fn set(buckets: u32) -> TaskSet {
    let set = json!({
        "format": 1, "version": 1, "window_days": 7, "valid_from_ms": 0, "valid_until_ms": 86_400_000,
        "endpoint": "https://shop.example/",
        "tasks": [{
            "id": "category", "question": "Which?", "measures": "category_interest",
            "buckets": (0..buckets).map(|b| format!("b{b}")).collect::<Vec<_>>(),
            "odds": {"num": 3, "den": 1}, "min_batch": 1000,
        }],
    });
    TaskSet::parse(set.to_string().as_bytes()).unwrap()
}

fn report(set: &TaskSet, truth: u32) -> Vec<u8> {
    let drawn = set.task(0).unwrap().shape().unwrap().randomize(truth, &SystemRandom).unwrap();
    Report::new(TaskRef::new(set.hash(), 0), 7, bytes(&SystemRandom).unwrap(), &drawn).to_bytes()
}

fn main() {
    for buckets in [12, 64, 256] {
        let set = set(buckets);
        let runs = (0..5).map(|_| {
            let start = Instant::now();
            (0..REPORTS).for_each(|i| drop(black_box(report(&set, i % buckets))));
            start.elapsed().as_secs_f64() * 1e6 / f64::from(REPORTS)
        });
        let took = median(runs.collect());
        figure("signals", &format!("report_us_k{buckets}"), took, "us", 50.0);
    }
}
