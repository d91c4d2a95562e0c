//! What the fuzzers call: each takes any bytes, uses what comes out of them, and must return.

use crate::base::codec::again;
use crate::signals::budget::{Caps, Ledger};
use crate::signals::device::outbox::{Trace, Waiting};
use crate::signals::{
    Collector, MAX_REPORT_MICRO_EPSILON, MAX_TASK_BUCKETS, MIN_BATCH_FLOOR, Report, TaskRef, TaskSet,
};

const SET: &[u8] = br#"{"format":1,"version":1,"window_days":7,"valid_from_ms":0,"valid_until_ms":86400000,
"endpoint":"https://shop.example/","tasks":[{"id":"a","question":"Which?","measures":"category_interest",
"buckets":["nothing","b1","b2","b3","b4","b5","b6","b7","b8","b9"],"odds":{"num":3,"den":1},"min_batch":1000}]}"#;

/// Reads bytes as a report, and counts them as they are and behind a good header.
///
/// # Panics
/// When a report does not come out as it went in: that is what a fuzzer looks for.
pub fn report(bytes: &[u8]) {
    if let Ok(report) = Report::parse(bytes) {
        assert_eq!(report.to_bytes(), bytes);
    }
    let Ok(set) = TaskSet::parse(SET) else { return };
    let header = [&[1][..], &TaskRef::new(set.hash(), 0).set, &[0], &[0; 20]].concat();
    let mut collector = Collector::new([set]);
    let _ = (collector.ingest(bytes, 0), collector.ingest(&[&header, bytes].concat(), 0));
    let _ = (collector.estimate("a", 0), collector.save().map(|saved| Collector::load(&saved, [])));
    let _ = Collector::load(bytes, []);
}

/// Reads bytes as the text of a task set, behind no signature.
///
/// # Panics
/// When a set passes that goes beyond a ceiling.
pub fn task_set(bytes: &[u8]) {
    let Ok(set) = TaskSet::parse(bytes) else { return };
    assert!(set.window_at(u32::MAX / 2).days() >= 1 && set.endpoint().starts_with("https://"));
    for (_, task) in set.tasks() {
        assert!(task.micro_epsilon() <= MAX_REPORT_MICRO_EPSILON && task.min_batch >= MIN_BATCH_FLOOR);
        assert!(task.mechanism().is_some_and(|mechanism| mechanism.k() as usize <= MAX_TASK_BUCKETS));
        let _ = (task.bucket_named("b1"), task.bucket_of(i64::MIN), task.table());
    }
}

/// Reads bytes as what this room keeps: the ledger, a waiting report, the trace of one that was sent.
///
/// # Panics
/// When one does not come out as it went in, or a ledger takes a charge beyond its caps.
pub fn stored(bytes: &[u8]) {
    if let Some(mut ledger) = again::<Ledger>(bytes) {
        let (before, Ok(set)) = (ledger.spent(), TaskSet::parse(SET)) else { return };
        let (window, caps) = (set.window_at(20_000), Caps::CEILING);
        let charged = ledger.charge(MAX_REPORT_MICRO_EPSILON, &set, window, &caps, 20_000).is_ok();
        assert!(!charged || ledger.spent() <= caps.install && ledger.spent() > before);
        assert!(!charged || ledger.charge(1, &set, window, &caps, 20_000).is_err(), "one report a window");
        let _ = (ledger.observe(u32::MAX, 7), ledger.spent_in_quarter(u32::MAX, 7), ledger.anchored());
    }
    if let Some(mut waiting) = again::<Waiting>(bytes) {
        for now_ms in [i64::MIN, 0, i64::MAX] {
            let _ = (waiting.is_expired(now_ms), waiting.is_due_within(0, now_ms), waiting.key());
            let highest = |bound: u64| Ok(bound.saturating_sub(1));
            let _ = (waiting.put_off(now_ms, &highest), waiting.back_off(now_ms, &highest));
        }
    }
    let _ = again::<Trace>(bytes);
}
