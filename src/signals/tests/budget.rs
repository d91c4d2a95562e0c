//! Budgets hold against time, opt-outs and lost ledgers.

use crate::signals::budget::KEY;
use crate::signals::tests::*;
use crate::vault::tables::LEDGER;

fn prepare(gate: &Gate, set: &TaskSet) -> Option<SkipReason> {
    let Ok(permit) = gate.permit() else { return Some(SkipReason::NotAllowed) };
    match eager(gate).prepare(&permit, set, |_| bucket(1)).unwrap() {
        Prepared::Queued { .. } => None,
        Prepared::Skipped { reason } => Some(reason),
    }
}

/// Puts other bytes in the ledger's place.
fn overwrite(gate: &Gate, change: impl FnOnce(&mut Vec<u8>)) {
    let essential: Permit<Essential> = gate.essential();
    gate.write(Durability::Full, |tx| {
        let mut records = tx.at(&essential)?;
        let mut bytes = records.get(LEDGER, KEY)?.unwrap().to_vec();
        change(&mut bytes);
        Ok::<_, SignalsError>(records.put(LEDGER, KEY, &bytes)?)
    })
    .unwrap();
}

#[test]
fn a_quarter_and_an_install_have_their_limits() {
    let (home, gate) = Home::willing();
    let mut reports_by_week = Vec::new();
    for week in 0..5 * 52_i64 {
        let version = 1 + week.unsigned_abs() / 52;
        let from = MONDAY + week / 52 * 52 * 7 * DAY_MS;
        let set = signed_set(&set_json(version, from, &[task_json("category", 12, 3)]));
        home.clock.set(MONDAY + week * 7 * DAY_MS);
        answer(&gate, Choice::Give); // a yes does not last for years
        reports_by_week.push(prepare(&gate, &set).is_none());
        let view = eager(&gate).budget(Some(&set)).unwrap();
        assert!(view.quarter_spent <= view.quarter_cap && view.install_spent <= view.install_cap);
        assert_eq!(
            view.left,
            (view.quarter_cap - view.quarter_spent).min(view.install_cap - view.install_spent)
        );
        eager(&gate).discard(&permit(&gate)).unwrap();
    }
    assert!(reports_by_week.windows(13).all(|quarter| quarter.iter().filter(|r| **r).count() <= 7));
    assert_eq!(reports_by_week.iter().filter(|r| **r).count(), 29, "32 / 1.098614, and never more");
    assert_eq!(prepare(&gate, &set()), Some(SkipReason::NotValidNow));
}

#[test]
fn lower_caps_hold_and_higher_ones_do_not_count() {
    let (_home, gate) = Home::willing();
    let low = eager(&gate).with_caps(Caps::lowered_to(COST - 1, u64::MAX, u64::MAX));
    let skipped = low.prepare(&permit(&gate), &set(), |_| panic!("nobody may ask")).unwrap();
    assert_eq!(skipped, Prepared::Skipped { reason: SkipReason::BudgetSpent });
    assert_eq!(Caps::lowered_to(u64::MAX, u64::MAX, u64::MAX), Caps::CEILING);
}

#[test]
fn no_clock_refills_the_budget() {
    let (home, gate) = Home::willing();
    let set = set();
    let ten_years = 3_650 * DAY_MS;
    assert_eq!(prepare(&gate, &set), None);
    for jump in [ten_years, -ten_years, -MONDAY - DAY_MS] {
        home.clock.set(MONDAY + jump);
        assert!(matches!(prepare(&gate, &set), Some(SkipReason::NotValidNow | SkipReason::NotAllowed)));
    }
    home.clock.set(MONDAY);
    answer(&gate, Choice::Give); // a yes that ran out in those ten years stays out
    assert_eq!(prepare(&gate, &set), Some(SkipReason::WindowAnswered));
    // Half a year at once is one window of refill, so that 7 reports need 13 of them.
    let mut made = 1;
    for step in 1..13 {
        home.clock.set(MONDAY + step * 28 * DAY_MS);
        answer(&gate, Choice::Give); // a yes runs out in device time
        made += u32::from(prepare(&gate, &set).is_none());
    }
    assert_eq!(made, 7);
    home.clock.set(MONDAY + 7 * DAY_MS);
    assert_eq!(prepare(&gate, &set), Some(SkipReason::WindowAnswered), "an earlier window stays closed");
}

#[test]
fn an_opt_out_destroys_what_waits_and_keeps_what_is_spent() {
    let (home, gate) = Home::willing();
    assert_eq!(prepare(&gate, &set()), None);
    for _ in 0..100 {
        let erased = gate.withdraw(&[Purpose::Measurement], "settings", "en").unwrap();
        assert!(erased.reports_cancelled <= 1);
        assert!(waits(&gate).is_empty());
        assert_eq!(prepare(&gate, &set()), Some(SkipReason::NotAllowed));
        answer(&gate, Choice::Give);
        assert_eq!(prepare(&gate, &set()), Some(SkipReason::WindowAnswered));
        assert_eq!(spent(&gate), COST);
    }
    drop(gate);
    assert_eq!(spent(&home.open()), COST);
}

#[test]
fn a_ledger_that_is_missing_damaged_or_newer_counts_as_spent() {
    let home = Home::new();
    let (gate, _) = home.open_bare();
    answer(&gate, Choice::Give);
    assert_eq!(prepare(&gate, &set()), Some(SkipReason::BudgetClosed));
    begin(&gate, &Opening { fresh: true, ..Opening::default() }).unwrap();
    assert_eq!(prepare(&gate, &set()), None);
    home.clock.advance(7 * DAY_MS);
    let changes: [fn(&mut Vec<u8>); 4] = [|b| b[..2].fill(9), Vec::clear, |b| b.truncate(9), |b| b.push(0)];
    for change in changes {
        let mut before = Vec::new();
        overwrite(&gate, |b| {
            before = b.clone();
            change(b)
        });
        assert_eq!(prepare(&gate, &set()), Some(SkipReason::BudgetClosed));
        begin(&gate, &Opening::default()).unwrap();
        assert_eq!(prepare(&gate, &set()), Some(SkipReason::BudgetClosed), "a restart must not reopen it");
        let view = eager(&gate).budget(Some(&set())).unwrap();
        assert_eq!((view.closed, view.left), (true, 0));
        overwrite(&gate, |b| *b = before);
    }
    assert_eq!(prepare(&gate, &set()), None);
}

#[test]
fn a_lost_ledger_costs_a_quarter_and_not_the_rest() {
    let lost = [
        Opening::default(),
        Opening { fresh: true, damaged: true, ..Opening::default() },
        Opening { fresh: true, key_was_missing: true, ..Opening::default() },
    ];
    for opening in lost {
        let home = Home::new();
        let (gate, _) = home.open_bare();
        answer(&gate, Choice::Give);
        begin(&gate, &opening).unwrap();
        let mut weeks = 0;
        while prepare(&gate, &set()) == Some(SkipReason::BudgetSpent) {
            weeks += 1;
            home.clock.advance(7 * DAY_MS);
            assert!(weeks < 60);
        }
        assert!(weeks >= 13, "{opening:?}: {weeks}");
    }
}

#[test]
fn an_older_copy_of_the_files_refunds_nothing() {
    let (home, gate) = Home::willing();
    let (side_by_side, later) = (home.copy(), home.copy());
    let open = |copy: &tempfile::TempDir| {
        let (gate, opening) = home.open_at(copy.path());
        begin(&gate, &opening).unwrap();
        gate
    };
    let other = open(&side_by_side);
    assert_eq!(prepare(&gate, &set()), None);
    assert_eq!(prepare(&other, &set()), Some(SkipReason::WindowAnswered));
    drop((gate, other));
    let older = open(&later);
    assert_eq!(spent(&older), COST);
    assert_eq!(prepare(&older, &set()), Some(SkipReason::WindowAnswered));
}

#[test]
fn a_clock_set_forth_and_back_refills_nothing() {
    let (home, gate) = Home::willing();
    let caps = Caps::lowered_to(COST, COST, u64::MAX);
    let set = set();
    let prepare = || eager(&gate).with_caps(caps).prepare(&permit(&gate), &set, |_| None).unwrap();
    assert!(matches!(prepare(), Prepared::Queued { .. }));
    for week in [1, 2].repeat(14) {
        home.clock.set(MONDAY + week * 7 * DAY_MS);
        assert_eq!(prepare(), Prepared::Skipped { reason: SkipReason::BudgetSpent });
    }
}

#[test]
fn a_set_is_answered_until_it_ends_and_no_longer() {
    let (home, gate) = Home::willing();
    let mut ending = set_json(1, MONDAY, &[task_json("category", 12, 3)]);
    ending["valid_until_ms"] = (MONDAY + DAY_MS).into();
    let ending = signed_set(&ending);
    home.clock.set(MONDAY + DAY_MS);
    assert_eq!(prepare(&gate, &ending), Some(SkipReason::NotValidNow));
    home.clock.set(MONDAY + DAY_MS - 1);
    assert_eq!(prepare(&gate, &ending), None);
}

#[test]
fn an_older_set_or_a_second_one_of_the_same_version_is_not_used() {
    let (home, gate) = Home::willing();
    let of = |version, id| signed_set(&set_json(version, MONDAY, &[task_json(id, 12, 3)]));
    assert_eq!(prepare(&gate, &of(5, "category")), None);
    home.clock.advance(7 * DAY_MS);
    assert_eq!(prepare(&gate, &of(4, "category")), Some(SkipReason::OldTaskSet));
    assert_eq!(prepare(&gate, &of(5, "for-one-user")), Some(SkipReason::OldTaskSet));
    assert_eq!(prepare(&gate, &of(5, "category")), None);
    home.clock.advance(7 * DAY_MS);
    assert_eq!(prepare(&gate, &of(6, "other")), None);
}

#[test]
fn another_window_length_does_not_open_a_window_twice() {
    let (home, gate) = Home::willing();
    let mut fortnightly = set_json(1, MONDAY, &[task_json("category", 12, 3)]);
    fortnightly["window_days"] = 14.into();
    let fortnightly = signed_set(&fortnightly);
    let answered = fortnightly.window_at(day_of(gate.now_ms()));
    assert_eq!(prepare(&gate, &fortnightly), None);
    let weekly = signed_set(&set_json(2, MONDAY, &[task_json("category", 12, 3)]));
    while day_of(gate.now_ms()) < answered.end {
        assert_eq!(prepare(&gate, &weekly), Some(SkipReason::WindowAnswered));
        home.clock.advance(DAY_MS);
    }
    assert_eq!(prepare(&gate, &weekly), None);
}

#[test]
fn no_question_tells_more_or_more_often_than_people_agreed_to() {
    let (_home, gate) = Home::willing();
    let agreed = gate.dp_terms().micro_epsilon;
    assert!(Caps::CEILING.report > agreed, "the policy is what holds here");
    let dear = signed_set(&set_json(1, MONDAY, &[task_json("dear", 12, 4)]));
    assert_eq!(prepare(&gate, &dear), Some(SkipReason::BeyondPolicy));
    let mut daily = set_json(1, MONDAY, &[task_json("category", 12, 3)]);
    daily["window_days"] = 1.into();
    assert_eq!(prepare(&gate, &signed_set(&daily)), Some(SkipReason::BeyondPolicy));
    assert_eq!(eager(&gate).with_caps(Caps::CEILING).budget(None).unwrap().window_cap, agreed);
    assert_eq!(spent(&gate), 0);
}

/// Whatever a policy lets be told, a window has one report and no cap is lifted.
#[test]
fn a_policy_that_changes_within_a_window_opens_no_second_report() {
    let (home, gate) = Home::willing();
    let (pair, key) = shop();
    let apply = |version: u64, micro_epsilon: u64| {
        let mut json: serde_json::Value = serde_json::from_str(Policy::baseline_json()).unwrap();
        json["id"] = "shop".into();
        json["version"] = version.into();
        json["dp"]["micro_epsilon"] = micro_epsilon.into();
        gate.apply_policy(&Policy::seal(json.to_string().as_bytes(), &pair).unwrap(), &key).unwrap();
        answer(&gate, Choice::Give);
    };
    assert_eq!(prepare(&gate, &set()), None);
    for (version, micro_epsilon) in [(100, COST - 1), (101, 3_000_000), (102, COST)] {
        apply(version, micro_epsilon);
        let refused = prepare(&gate, &set());
        assert!(
            matches!(refused, Some(SkipReason::WindowAnswered | SkipReason::BeyondPolicy)),
            "{refused:?}"
        );
        assert_eq!(spent(&gate), COST, "nothing is refunded either");
    }
    apply(103, COST - 1);
    home.clock.advance(7 * DAY_MS);
    assert_eq!(prepare(&gate, &set()), Some(SkipReason::BeyondPolicy));
    apply(104, 3_000_000);
    assert_eq!(prepare(&gate, &set()), None);
    assert_eq!(spent(&gate), 2 * COST);
}

#[test]
fn a_quarter_is_ninety_one_days() {
    let (home, gate) = Home::willing();
    let (set, caps) = (set(), Caps::lowered_to(COST, COST, u64::MAX));
    let made = (0..190).filter(|day| {
        home.clock.set(MONDAY + day * DAY_MS);
        answer(&gate, Choice::Give); // a yes does not last for so long
        let prepared = eager(&gate).with_caps(caps).prepare(&permit(&gate), &set, |_| None).unwrap();
        matches!(prepared, Prepared::Queued { .. })
    });
    assert_eq!(made.collect::<Vec<_>>(), [0, 91, 182]);
}

#[test]
fn what_no_device_can_answer_is_never_asked_and_never_charged() {
    let tasks = ["offer_uplift", "slot_variant_outcome", "of_a_later_version"]
        .map(|what| measuring(what.into(), &["none", "some"], 3));
    let unsigned = |json: serde_json::Value| TaskSet::parse(json.to_string().as_bytes()).unwrap();
    let (home, gate) = Home::willing();
    for task in &tasks {
        let set = unsigned(set_json(1, MONDAY, std::slice::from_ref(task)));
        let prepared = eager(&gate).prepare(&permit(&gate), &set, |_| panic!("nobody may ask")).unwrap();
        assert_eq!(prepared, Prepared::Skipped { reason: SkipReason::NoAnswer });
    }
    assert_eq!((spent(&gate), waits(&gate).len()), (0, 0));
    // The one that can be answered stands last: its place in the set is part of what is sent.
    let mixed = unsigned(set_json(1, MONDAY, &[&tasks[..], &[task_json("category", 12, 3)]].concat()));
    for week in 0..7 {
        home.clock.set(MONDAY + week * 7 * DAY_MS);
        assert_eq!(prepare(&gate, &mixed), None);
        let server = Server::default();
        eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
        assert_eq!(Report::parse(&server.bodies()[0]).unwrap().task, TaskRef::new(mixed.hash(), 3));
    }
    // What cannot be answered does not make a set fit for the policy either.
    let dear = unsigned(set_json(2, MONDAY, &[tasks[0].clone(), task_json("dear", 12, 4)]));
    assert_eq!(prepare(&gate, &dear), Some(SkipReason::BeyondPolicy));
}

/// Each kind of question, with an answer that it takes.
#[test]
fn every_kind_of_question_is_charged_what_it_tells_and_counted() {
    let mut several =
        measuring(serde_json::json!({"categories_of_interest": {"most": 2}}), &["none", "a", "b", "c"], 3);
    several["odds"] = serde_json::json!({"num": 17, "den": 10});
    let searches = serde_json::json!({"searches_without_result": {"edges": [1, 3]}});
    let revenue = serde_json::json!({"revenue": {"currency": "EUR", "max": 5_000}});
    let kinds = [
        (measuring("brand_interest".into(), &["none", "a", "b"], 3), bucket(2), COST),
        (several, Some(Answer::Buckets(vec![3, 1])), 2 * 530_630), // twice ln 1.7
        (measuring(searches, &["0", "1", "3"], 3), bucket(1), COST),
        (measuring(revenue, &["none", "some"], 3), Some(Answer::Amount(1_299)), COST),
        (measuring("category_conversion".into(), &["none", "a/viewed", "a/bought"], 3), bucket(2), COST),
    ];
    for (task, truth, cost) in kinds {
        let (_home, gate) = Home::willing();
        let set = signed_set(&set_json(1, MONDAY, &[task]));
        let prepared = eager(&gate).prepare(&permit(&gate), &set, |_| truth.clone()).unwrap();
        assert!(matches!(prepared, Prepared::Queued { .. }), "{prepared:?}");
        assert_eq!(spent(&gate), cost);
        let view = eager(&gate).preview(&permit(&gate), |_| truth.clone()).unwrap().remove(0);
        assert!(["b", "c, a", "1", "1299", "a/bought"].contains(&view.true_answer.as_str()), "{view:?}");
        let server = Server::default();
        eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
        let body = server.bodies().remove(0);
        assert_eq!(body.len(), REPORT_BYTES);
        assert_eq!(Collector::new([set]).ingest(&body, MONDAY), Ingest::Counted);
    }
}

#[test]
fn the_question_is_drawn_from_those_that_fit_the_budget() {
    let (home, gate) = Home::willing();
    let tasks = [task_json("dear", 12, 20), task_json("cheap", 12, 2), task_json("cheaper", 3, 2)];
    let set = signed_set(&set_json(1, MONDAY, &tasks));
    let caps = Caps::lowered_to(2_000_000, u64::MAX, u64::MAX);
    let mut drawn = std::collections::BTreeSet::new();
    for week in 0..11 {
        home.clock.set(MONDAY + week * 7 * DAY_MS);
        if let Prepared::Queued { task_id, .. } =
            eager(&gate).with_caps(caps).prepare(&permit(&gate), &set, |_| None).unwrap()
        {
            drawn.insert(task_id);
        }
    }
    assert_eq!(drawn.into_iter().collect::<Vec<_>>(), ["cheap", "cheaper"]);
}
