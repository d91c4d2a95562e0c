//! Bytes of anyone's making: typed errors, no panic, no limit passed.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::signals::budget::KEY;
use crate::signals::tests::*;
use crate::vault::tables::LEDGER;
use crate::vault::tables::WAITING;

fn refused(change: impl FnOnce(&mut serde_json::Value)) -> TaskError {
    let mut json = set_json(1, MONDAY, &[task_json("a", 12, 3), task_json("b", 12, 3)]);
    change(&mut json);
    TaskSet::parse(json.to_string().as_bytes()).unwrap_err()
}

#[test]
fn the_ceilings_hold_whoever_signs() {
    let text = |n: usize| "x".repeat(n);
    type Change = Box<dyn FnOnce(&mut serde_json::Value)>;
    let cases: Vec<(&str, Change)> = vec![
        ("odds", Box::new(|j| j["tasks"][0]["odds"] = serde_json::json!({"num": 21, "den": 1}))),
        ("batch", Box::new(|j| j["tasks"][0]["min_batch"] = 999.into())),
        ("buckets", Box::new(|j| j["tasks"][0]["buckets"] = (0..257).map(|i| format!("{i}")).collect())),
        ("one bucket", Box::new(|j| j["tasks"][0]["buckets"] = serde_json::json!(["a"]))),
        ("same names", Box::new(|j| j["tasks"][0]["buckets"] = serde_json::json!(["a", "a"]))),
        ("hidden text", Box::new(|j| j["tasks"][0]["buckets"][1] = "a\u{202e}b".into())),
        ("long text", Box::new(move |j| j["tasks"][0]["question"] = text(281).into())),
        ("no text", Box::new(|j| j["tasks"][0]["question"] = " ".into())),
        ("same ids", Box::new(|j| j["tasks"][0]["id"] = "b".into())),
        ("long window", Box::new(|j| j["window_days"] = 29.into())),
        ("no window", Box::new(|j| j["window_days"] = 0.into())),
        ("valid for ever", Box::new(|j| j["valid_until_ms"] = i64::MAX.into())),
        ("never valid", Box::new(|j| j["valid_until_ms"] = MONDAY.into())),
        ("http", Box::new(|j| j["endpoint"] = "http://shop.example".into())),
        ("query", Box::new(|j| j["endpoint"] = "https://shop.example/?user=7".into())),
        ("user", Box::new(|j| j["endpoint"] = "https://me@shop.example/".into())),
        (
            "several",
            Box::new(|j| j["tasks"][0]["measures"] = serde_json::json!({"brands_of_interest": {"most": 7}})),
        ),
        (
            "dear",
            Box::new(|j| j["tasks"][0]["measures"] = serde_json::json!({"brands_of_interest": {"most": 3}})),
        ),
        (
            "sum of many",
            Box::new(|j| {
                j["tasks"][0]["measures"] = serde_json::json!({"revenue": {"currency": "EUR", "max": 9}})
            }),
        ),
        (
            "sum without end",
            Box::new(|j| {
                let measures = serde_json::json!({"revenue": {"currency": "EUR", "max": (1_u64 << 40) + 1}});
                j["tasks"][0] = measuring(measures, &["none", "some"], 3);
            }),
        ),
        (
            "torn table",
            Box::new(|j| {
                j["tasks"][0] =
                    measuring("category_conversion".into(), &["-", "a/viewed", "a/bought", "b/viewed"], 3)
            }),
        ),
        (
            "edges",
            Box::new(|j| {
                j["tasks"][0]["measures"] =
                    serde_json::json!({"order_value": {"currency": "EUR", "edges": [5, 5]}})
            }),
        ),
    ];
    for (name, change) in cases {
        assert!(matches!(refused(change), TaskError::Forbidden(_)), "{name}");
    }
    let mut awaited = set_json(1, MONDAY, &[task_json("a", 12, 3)]);
    awaited["tasks"][0]["measures"] = "offer_uplift".into();
    let sealed = TaskSet::seal(awaited.to_string().as_bytes(), &shop().0);
    assert_eq!(sealed, Err(TaskError::Unanswerable("offer_uplift")));
    assert_eq!(refused(|j| j["format"] = 2.into()), TaskError::Format(2));
    for tasks in [serde_json::json!([]), (0..65).collect()] {
        assert!(matches!(refused(|j| j["tasks"] = tasks), TaskError::Malformed { .. }));
    }
    assert!(matches!(refused(|j| j["tasks"][0]["odds"]["num"] = 0.into()), TaskError::Malformed { .. }));
    assert_eq!(TaskSet::parse(&vec![b' '; crate::base::limits::TASK_SET.most + 1]), Err(TaskError::TooLarge));
}

#[test]
fn what_a_later_version_added_is_skipped_by_a_device_and_signed_by_nobody() {
    let mut json =
        set_json(1, MONDAY, &[task_json("a", 12, 3), task_json("b", 12, 3), task_json("c", 12, 3)]);
    let known = TaskSet::parse(json.to_string().as_bytes()).unwrap();
    json["note"] = "new".into();
    json["tasks"][0]["note"] = "new".into();
    json["tasks"][1] = serde_json::json!({"id": "b", "measures": {"dwell_time": {"edges": [1]}}});
    json["tasks"][2]["measures"] = "returned".into();
    let text = json.to_string();
    let read = TaskSet::parse(text.as_bytes()).unwrap();
    assert!(read.tasks().eq(known.tasks().take(1)));
    assert_eq!(TaskSet::seal(text.as_bytes(), &shop().0), Err(TaskError::Unknown));
    json["tasks"][0] = json["tasks"][1].clone();
    assert!(
        TaskSet::parse(json.to_string().as_bytes()).unwrap().tasks().next().is_none(),
        "nothing is asked"
    );
    let later = serde_json::json!({"format": 2, "questions": []}).to_string();
    assert_eq!(TaskSet::parse(later.as_bytes()), Err(TaskError::Format(2)));
    let envelope = [&TASKS_KIND[..], b"\x02rest"].concat();
    assert_eq!(TaskSet::open(&envelope, &shop().1), Err(TaskError::Format(2)));
}

/// A later version of the collector counts all of them.
#[test]
fn a_question_that_is_skipped_leaves_the_others_in_their_places() {
    let (_home, gate) = Home::willing();
    let mut json =
        set_json(1, MONDAY, &[task_json("a", 12, 3), task_json("b", 12, 3), task_json("c", 12, 3)]);
    json["tasks"][0]["measures"] = "returns".into();
    json["tasks"][2] = serde_json::json!({"id": "c", "measures": {"dwell_time": {"edges": [1]}}});
    let set = TaskSet::parse(json.to_string().as_bytes()).unwrap();
    eager(&gate).prepare(&permit(&gate), &set, |_| bucket(1)).unwrap();
    let server = Server::default();
    eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
    let body = server.bodies().remove(0);
    assert_eq!(Report::parse(&body).unwrap().task, TaskRef::new(set.hash(), 1));
    let mut collector = Collector::new([set]);
    assert_eq!(collector.ingest(&body, MONDAY), Ingest::Counted);
    assert_eq!(collector.windows().into_iter().next().unwrap().0, "b");
}

#[test]
fn a_set_that_no_device_would_take_is_not_signed_and_an_unsigned_one_not_read() {
    let (pair, key) = shop();
    let json = set_json(1, MONDAY, &[task_json("a", 12, 3)]).to_string();
    assert!(TaskSet::seal(b"{}", &pair).is_err());
    let mut sealed = TaskSet::seal(json.as_bytes(), &pair).unwrap();
    assert_eq!(TaskSet::open(json.as_bytes(), &key), Err(TaskError::Signature));
    *sealed.last_mut().unwrap() ^= 1;
    assert_eq!(TaskSet::open(&sealed, &key), Err(TaskError::Signature));
}

#[test]
fn numbers_fall_into_the_buckets_of_the_signed_task() {
    let measures = serde_json::json!({"order_value": {"currency": "EUR", "edges": [1, 5_000, 20_000]}});
    let task = measuring(measures, &["none", "some", "more", "most"], 3);
    let task = signed_set(&set_json(1, MONDAY, &[task])).task(0).unwrap().clone();
    let numbers = [i64::MIN, 0, 1, 4_999, 5_000, 20_000, i64::MAX];
    assert_eq!(numbers.map(|number| task.bucket_of(number)), [0, 0, 1, 1, 2, 3, 3]);
    assert_eq!(set().task(0).unwrap().bucket_of(5_000), 0);
}

/// A ledger with a charge, and the report it was for.
static KEPT: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let (_home, gate) = Home::willing();
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    let ledger = gate.read(|r| r.at(&gate.essential())?.get(LEDGER, KEY)).unwrap().unwrap();
    let waiting = gate.read(|r| r.at(&permit(&gate))?.scan(WAITING)).unwrap().remove(0);
    [ledger.to_vec(), waiting.bytes.to_vec()]
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_a_report_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        fuzzing::report(&bytes);
    }

    #[test]
    fn any_bytes_are_kept_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzzing::stored(&bytes);
        fuzzing::stored(&[&[1][..], &bytes].concat());
    }

    #[test]
    fn any_change_of_what_is_kept_is_survived(at in 0_usize..400, to: u8) {
        for bytes in &*KEPT {
            let (mut bytes, at) = (bytes.clone(), at % bytes.len());
            bytes[at] = to;
            fuzzing::stored(&bytes);
        }
    }

    #[test]
    fn any_change_of_a_report_is_counted_or_refused(at in 0..REPORT_BYTES, to: u8, now: i64) {
        let set = set();
        let mechanism = set.task(0).unwrap().mechanism().unwrap();
        let buckets = mechanism.randomize(&Answer::Bucket(1), &SystemRandom).unwrap();
        let mut bytes = Report::new(TaskRef::new(set.hash(), 0), 0, [7; 16], &buckets).to_bytes();
        bytes[at] = to;
        fuzzing::report(&bytes);
        let status = Collector::new([set]).ingest(&bytes, now).status();
        prop_assert!([200, 400, 404].contains(&status));
    }

    #[test]
    fn any_text_is_a_task_set_or_an_error(at in 0_usize..600, to: u8) {
        let mut json = set_json(1, MONDAY, &[task_json("a", 12, 3)]).to_string().into_bytes();
        let at = at % json.len();
        json[at] = to;
        fuzzing::task_set(&json);
    }
}
