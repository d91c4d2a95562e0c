//! The collector: counts once, believes nothing, and is right on average.

use crate::base::codec::Newer;
use crate::signals::operator::estimator::variance;
use crate::signals::tests::*;

const NOW: i64 = MONDAY + 8 * DAY_MS;
const WEEK: u32 = (MONDAY / DAY_MS) as u32;

fn report(set: &TaskSet, truth: u32) -> Vec<u8> {
    let mechanism = set.task(0).unwrap().mechanism().unwrap();
    let buckets = mechanism.randomize(&Answer::Bucket(truth), &SystemRandom).unwrap();
    let id = crate::base::random::bytes(&SystemRandom).unwrap();
    Report::new(TaskRef::new(set.hash(), 0), WEEK, id, &buckets).to_bytes()
}

#[test]
fn a_report_counts_once() {
    let mut collector = Collector::new([set()]);
    let mut bytes = report(&set(), 1);
    assert_eq!(collector.ingest(&bytes, NOW), Ingest::Counted);
    assert_eq!(collector.ingest(&bytes, NOW), Ingest::Duplicate);
    bytes[HEADER_BYTES..HEADER_BYTES + 2].copy_from_slice(&[0b0001_1100, 0]);
    assert_eq!(collector.ingest(&bytes, NOW), Ingest::Duplicate, "the id decides, not the content");
    let estimate = collector.estimate("category", WEEK).unwrap();
    assert_eq!((estimate.reports, estimate.verdict), (1, Verdict::Insufficient));
    assert_eq!(collector.estimate("other", WEEK), None);
    assert_eq!(collector.windows().into_iter().collect::<Vec<_>>(), [("category".into(), WEEK)]);
}

#[test]
fn what_no_device_makes_is_refused() {
    let good = report(&set(), 1);
    let change = |at: usize, to: &[u8]| {
        let mut bytes = good.clone();
        bytes.splice(at..at + to.len(), to.iter().copied());
        bytes
    };
    let cases = [
        (change(0, &[9]), Ingest::Malformed(WireError::Version(9))),
        (Vec::new(), Ingest::Malformed(WireError::Length)),
        (good[..HEADER_BYTES - 1].to_vec(), Ingest::Malformed(WireError::Length)),
        (good[..REPORT_BYTES - 1].to_vec(), Ingest::Malformed(WireError::Length)),
        ([&good[..], &[0]].concat(), Ingest::Malformed(WireError::Length)),
        ([&[1], &good[1..]].concat(), Ingest::Malformed(WireError::Buckets)),
        ([&[1], &good[1..HEADER_BYTES]].concat(), Ingest::Malformed(WireError::Buckets)),
        (change(REPORT_BYTES - 1, &[1]), Ingest::Malformed(WireError::Buckets)),
        (vec![1; 5_000], Ingest::Malformed(WireError::Length)),
        (change(HEADER_BYTES, &[0xff, 0x0f]), Ingest::Malformed(WireError::Buckets)),
        (change(HEADER_BYTES, &[0, 0]), Ingest::Malformed(WireError::Buckets)),
        (change(HEADER_BYTES, &[0b11, 0b1000_0000]), Ingest::Malformed(WireError::Buckets)),
        (change(1, &[0; 8]), Ingest::UnknownTask),
        (change(9, &[1]), Ingest::UnknownTask),
        (change(10, &(WEEK + 14).to_be_bytes()), Ingest::WrongWindow),
        (change(10, &(WEEK - 28).to_be_bytes()), Ingest::WrongWindow),
        (change(10, &(WEEK + 1).to_be_bytes()), Ingest::WrongWindow),
        (change(10, &u32::MAX.to_be_bytes()), Ingest::WrongWindow),
    ];
    let mut collector = Collector::new([set()]);
    for (bytes, verdict) in cases {
        assert_eq!(collector.ingest(&bytes, NOW), verdict);
        assert!(verdict.status() >= 400);
    }
    assert!(collector.windows().is_empty());
}

#[test]
fn many_reports_give_back_the_truth_within_their_interval() {
    let set = set();
    let truth = [1_500_u64, 900, 600, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut collector = Collector::new([set.clone()]);
    for (bucket, devices) in truth.iter().enumerate() {
        for _ in 0..*devices {
            assert_eq!(collector.ingest(&report(&set, bucket as u32), NOW), Ingest::Counted);
        }
    }
    let collector = Collector::load(&collector.save().unwrap(), [set.clone()]).unwrap();
    let estimate = collector.estimate("category", WEEK).unwrap();
    let Verdict::Counts(counts) = &estimate.verdict else { panic!("insufficient") };
    let shape = set.task(0).unwrap().mechanism().unwrap();
    for (count, devices) in counts.iter().zip(truth) {
        let sigma = variance(&shape, 3_000.0, devices as f64).sqrt();
        assert!((count.count.devices - devices as f64).abs() < 6.0 * sigma, "{count:?} for {devices}");
    }
    assert!((counts.iter().map(|c| c.shown).sum::<f64>() - 3_000.0).abs() < 1e-6);
    assert!(counts[0].is_clear && counts[0].name == "nothing");
    assert!(serde_json::to_string(&estimate).unwrap().contains("\"low\""));
}

#[test]
fn a_report_without_padding_is_counted_as_well() {
    let mut bytes = report(&set(), 1);
    bytes.truncate(HEADER_BYTES + 2);
    bytes[0] = 1;
    assert_eq!(Collector::new([set()]).ingest(&bytes, NOW), Ingest::Counted);
    assert_eq!(Report::parse(&bytes).unwrap().to_bytes(), bytes);
}

/// What a crowd answered, as the collector tells it.
fn verdict(task: serde_json::Value, answers: impl Iterator<Item = Answer>) -> Verdict {
    let mut json = set_json(1, MONDAY, &[task]);
    json["tasks"][0]["odds"] = serde_json::json!({"num": 20, "den": 1});
    let set = TaskSet::parse(json.to_string().as_bytes()).unwrap();
    let (mechanism, mut collector) =
        (set.task(0).unwrap().mechanism().unwrap(), Collector::new([set.clone()]));
    for answer in answers {
        let told = mechanism.randomize(&answer, &SystemRandom).unwrap();
        let id = crate::base::random::bytes(&SystemRandom).unwrap();
        let report = Report::new(TaskRef::new(set.hash(), 0), WEEK, id, &told);
        assert_eq!(collector.ingest(&report.to_bytes(), NOW), Ingest::Counted);
    }
    collector.estimate("asked", WEEK).unwrap().verdict
}

#[test]
fn sums_and_tables_come_out_as_what_they_are() {
    let revenue = serde_json::json!({"revenue": {"currency": "EUR", "max": 10_000}});
    let spent = (0..6_000).map(|device| Answer::Amount(if device % 3 == 0 { 15_000 } else { 2_500 }));
    let Verdict::Sum(amount) = verdict(measuring(revenue, &["none", "some"], 3), spent) else { panic!() };
    let sigma = (amount.high - amount.low) / 3.92;
    assert!((amount.total - 30_000_000.0).abs() < 6.0 * sigma && sigma < 500_000.0, "{amount:?}");
    assert!((amount.mean - amount.total / 6_000.0).abs() < 1e-9 && amount.is_clear);

    let buckets = ["none", "a/viewed", "a/bought", "b/viewed", "b/bought"];
    let seen = (0..6_000).map(|device| Answer::Bucket([1, 1, 1, 2, 0][device % 5]));
    let Verdict::Table { counts, shares } =
        verdict(measuring("category_conversion".into(), &buckets, 3), seen)
    else {
        panic!()
    };
    assert_eq!((counts.len(), shares.len()), (5, 4));
    assert_eq!((shares[1].row.as_str(), shares[1].column.as_str()), ("a", "bought"));
    let (share, low, high) = shares[1].share.unwrap();
    assert!((share - 0.25).abs() < 1.6 * (high - low) && high - low < 0.1, "{share} {low} {high}");
    assert_eq!((shares[3].row.as_str(), shares[3].column.as_str()), ("b", "bought"));
}

#[test]
fn of_a_row_that_may_have_few_devices_no_share_is_told() {
    let buckets = ["none", "a/viewed", "a/bought", "b/viewed", "b/bought"];
    let mut task = measuring("category_conversion".into(), &buckets, 20);
    task["odds"] = serde_json::json!({"num": 20, "den": 1});
    let set = signed_set(&set_json(1, MONDAY, &[task]));
    // With these odds 188 of 3 000 reports speak of 80 devices, 41 to 119: clear of zero, and perhaps of a few.
    let named = [125, 2_437, 125, 188, 125];
    let estimate = Estimate::of(set.task(0).unwrap(), WEEK, (3_000, &named), 1_000).unwrap();
    let Verdict::Table { counts, shares } = estimate.verdict else { panic!() };
    assert!((counts[3].count.devices - 80.0).abs() < 1.0 && counts[3].is_clear, "{counts:?}");
    assert!(shares[0].share.is_some() && shares[2].share.is_none(), "{shares:?}");
}

#[test]
fn a_report_that_names_too_much_is_forged() {
    let names: Vec<String> = (0..64).map(|bucket| format!("b{bucket}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let several = serde_json::json!({"brands_of_interest": {"most": 1}});
    let set = signed_set(&set_json(1, MONDAY, &[measuring(several, &names, 7)]));
    let mechanism = set.task(0).unwrap().mechanism().unwrap();
    let mut collector = Collector::new([set.clone()]);
    let mut ingest = |bits: [u8; 8]| {
        let (id, told) = (crate::base::random::bytes(&SystemRandom).unwrap(), mechanism.read(&bits).unwrap());
        let report = Report::new(TaskRef::new(set.hash(), 0), WEEK, id, &told);
        collector.ingest(&report.to_bytes(), NOW)
    };
    assert_eq!(ingest([0xff; 8]), Ingest::Malformed(WireError::Buckets));
    assert_eq!(ingest([0x11; 8]), Ingest::Counted);
    assert_eq!(ingest([0; 8]), Ingest::Counted, "nobody is told of by chance");
}

#[test]
fn sets_that_ask_the_same_are_added_up_and_others_are_not() {
    let of = |version, odds| signed_set(&set_json(version, MONDAY, &[task_json("category", 12, odds)]));
    let (old, same, other) = (of(1, 3), of(2, 3), of(3, 7));
    let mut collector = Collector::new([old.clone(), same.clone(), other.clone()]);
    for set in [&old, &same] {
        collector.ingest(&report(set, 1), NOW);
    }
    assert_eq!(collector.estimate("category", WEEK).unwrap().reports, 2);
    collector.ingest(&report(&other, 1), NOW);
    assert_eq!(collector.estimate("category", WEEK).unwrap().reports, 1);
}

#[test]
fn a_saved_state_of_anyones_making_does_not_load() {
    let mut collector = Collector::new([set()]);
    collector.ingest(&report(&set(), 1), NOW);
    let saved = collector.save().unwrap();
    for cut in 0..saved.len() {
        assert!(Collector::load(&saved[..cut], [set()]).is_err());
    }
    assert_eq!(Collector::load(&saved, []).unwrap_err(), CollectorError::UnknownTaskSet);
    let newer = Newer { what: "collector's state" };
    assert_eq!(Collector::load(&[9, 9], [set()]).unwrap_err(), CollectorError::Newer(newer));
}

/// The auditor over millions of reports of the operating system's randomness. Slow; the exact audit is what holds every
/// day, and a shorter one that finds what was tampered with.
#[test]
#[ignore = "millions of reports"]
fn an_attacker_learns_no_more_than_epsilon_from_the_wire() {
    let several = serde_json::json!({"brands_of_interest": {"most": 2}});
    let revenue = serde_json::json!({"revenue": {"currency": "EUR", "max": 1_000}});
    for (name, task) in [
        ("subset", task_json("asked", 12, 3)),
        ("several", measuring(several, &["none", "a", "b", "c", "d"], 2)),
        ("sum", measuring(revenue, &["none", "some"], 3)),
    ] {
        let set = signed_set(&set_json(1, MONDAY, &[task]));
        let audit = Audit::of(set.task(0).unwrap(), 2_000_000, &SystemRandom).unwrap().unwrap();
        let seen = audit.low.unwrap() / audit.stated;
        println!(
            r#"{{"bench":"signals","figure":"empirical_epsilon_low_{name}","value":{seen:.4},"unit":"ratio","better":"higher","goal":0.97}}"#
        );
        assert_eq!(audit.verdict, AuditVerdict::AsStated, "{name}: {audit:?}");
        assert!(seen >= 0.97, "{name}: {audit:?}");
    }
}
