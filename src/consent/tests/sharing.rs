//! The snapshot is gone by the time a call returns that ends what it was made from, and so is every copy of it.

use crate::consent::tests::*;

const USED: [Purpose; 3] = [Purpose::Session, Purpose::History, Purpose::Ranking];

/// A user who agreed, with a snapshot made from this visit.
fn shared(home: &Home) -> Gate {
    let gate = home.open();
    give(&gate, &[Purpose::Session, Purpose::History, Purpose::Ranking, Purpose::Offers]);
    put(&gate, home, DAY_MS);
    gate
}

fn put(gate: &Gate, home: &Home, holds_ms: i64) {
    let until_ms = home.clock.now_ms() + holds_ms;
    let fed_by = USED.into_iter().collect();
    gate.put_widget(&gate.permit().unwrap(), fed_by, until_ms, b"three picks").unwrap();
}

fn seen(dir: &Path, home: &Home) -> Option<Vec<u8>> {
    read_widget(dir, "shop", home.keys.clone()).unwrap().map(|bytes| bytes.to_vec())
}

/// Nobody sees it, not even in a copy that was made while it was there.
fn is_gone(home: &Home, copy: &tempfile::TempDir, what: &str) {
    assert!(!home.dir.path().join("shop.snapshot").exists(), "{what}");
    assert_eq!(seen(copy.path(), home), None, "{what}: a copy");
}

#[test]
fn whatever_ends_ranking_ends_the_snapshot() {
    let (_, key) = shop_key();
    let forbids = changed(|json| json["regions"][0]["mechanisms"]["ranking"] = "prohibited".into());
    type End<'a> = (&'a str, Box<dyn Fn(&Home, &Gate) + 'a>);
    let told =
        |signals: ExternalSignals| move |_: &Home, gate: &Gate| gate.apply_signals(signals.clone()).unwrap();
    let child = ExternalSignals { age_band: Some(AgeBand::Under13), ..Default::default() };
    let opted_out = ExternalSignals { global_privacy_control: true, ..Default::default() };
    let answer = |purpose: Purpose, choice| {
        move |_: &Home, gate: &Gate| drop(gate.record(&choices(&[purpose], choice), "test", "en").unwrap())
    };
    let ends: Vec<End<'_>> = vec![
        ("withdrawal", Box::new(|_, g| drop(g.withdraw(&[Purpose::Ranking], "test", "en").unwrap()))),
        (
            "withdrawal of what fed it",
            Box::new(|_, g| drop(g.withdraw(&[Purpose::Session], "t", "en").unwrap())),
        ),
        ("refusal", Box::new(answer(Purpose::Ranking, Choice::Refuse))),
        ("refusal of everything", Box::new(|_, g| drop(g.refuse_all("test", "en").unwrap()))),
        ("age", Box::new(told(child))),
        ("an opt-out signal", Box::new(told(opted_out))),
        ("a policy", Box::new(|_, g| drop(g.apply_policy(&sign(&forbids), &key).unwrap()))),
        (
            "time",
            Box::new(|home, g| {
                home.clock.advance(200 * DAY_MS);
                drop(g.tick(home.clock.now_ms()).unwrap());
            }),
        ),
        (
            "another device",
            Box::new(|home, g| {
                let no = CarriedAnswer::of(Purpose::Ranking, ConsentState::Refused, home.clock.now_ms());
                drop(g.import_answers(&[no]).unwrap());
            }),
        ),
        (
            "erasure",
            Box::new(|_, g| drop(g.erase(EraseScope::DataOf { purpose: Purpose::Session }).unwrap())),
        ),
        ("erasure of everything", Box::new(|_, g| drop(g.erase(EraseScope::Everything).unwrap()))),
        ("the app", Box::new(|_, g| g.remove_widget().unwrap())),
    ];
    for (what, end) in ends {
        for with_data in [false, true] {
            let home = Home::new();
            let gate = shared(&home);
            if with_data {
                keep::<History>(&gate, b"event");
            }
            assert_eq!(seen(home.dir.path(), &home).as_deref(), Some(&b"three picks"[..]), "{what}");
            let copy = home.copy();
            assert!(seen(copy.path(), &home).is_some());
            end(&home, &gate);
            is_gone(&home, &copy, what);
            assert!(gate.verify_ledger().unwrap().broken_at.is_none(), "{what}");
            assert!(gate.integrity().unwrap().is_sound(), "{what}");
        }
    }
}

#[test]
fn what_has_nothing_to_do_with_it_leaves_it() {
    let home = Home::new();
    let gate = shared(&home);
    gate.withdraw(&[Purpose::Offers], "test", "en").unwrap();
    gate.apply_signals(signals("DE")).unwrap();
    gate.tick(home.clock.now_ms()).unwrap();
    assert!(seen(home.dir.path(), &home).is_some());
    drop(gate);
    drop(home.open());
    assert!(seen(home.dir.path(), &home).is_some(), "opening alone ends nothing");
}

#[test]
fn it_takes_a_permit_that_is_alive() {
    let home = Home::new();
    let gate = shared(&home);
    let permit = gate.permit().unwrap();
    gate.withdraw(&[Purpose::Ranking], "test", "en").unwrap();
    let late = gate.put_widget(&permit, Provenance::none(), i64::MAX, b"late");
    assert!(matches!(late, Err(ConsentError::StalePermit(Purpose::Ranking))));
    assert_eq!(seen(home.dir.path(), &home), None);
}

#[test]
fn a_copy_of_an_earlier_one_ends_with_what_that_was_made_from() {
    let home = Home::new();
    let gate = shared(&home);
    let copy = home.copy();
    gate.put_widget(&gate.permit().unwrap(), Provenance::none(), i64::MAX, b"the same for everyone").unwrap();
    gate.withdraw(&[Purpose::Session], "test", "en").unwrap();
    is_gone(&home, &copy, "the earlier one");
}

#[test]
fn the_file_goes_when_its_time_is_up() {
    let home = Home::new();
    let gate = shared(&home);
    let copy = home.copy();
    home.clock.advance(DAY_MS);
    gate.tick(home.clock.now_ms()).unwrap();
    assert_eq!(seen(home.dir.path(), &home), None);
    gate.withdraw(&[Purpose::Ranking], "test", "en").unwrap();
    is_gone(&home, &copy, "a copy of what had run out");
}

#[test]
fn a_removal_that_failed_is_told_and_taken_up_again() {
    for calls in 0..4 {
        let home = Home::new();
        let gate = shared(&home);
        let copy = home.copy();
        home.keys.fail_after(Some(calls));
        gate.withdraw(&[Purpose::Ranking], "test", "en").unwrap();
        assert!(!gate.is_settled(), "{calls}");
        assert!(!home.dir.path().join("shop.snapshot").exists(), "the file needs no key store");
        home.keys.fail_after(None);
        if calls == 1 {
            drop(gate);
            drop(home.open());
        } else {
            gate.tick(home.clock.now_ms()).unwrap();
        }
        is_gone(&home, &copy, "taken up");
    }
}

#[test]
fn the_file_is_gone_before_anything_is_erased() {
    let home = Home::new();
    let gate = shared(&home);
    let (file, seen) = (home.dir.path().join("shop.snapshot"), Arc::new(Mutex::new(Vec::new())));
    let seeing = seen.clone();
    // The key store is asked while the erasure is under way.
    *home.keys.meanwhile.lock().unwrap() = Some(Box::new(move || seeing.lock().unwrap().push(file.exists())));
    gate.withdraw(&[Purpose::Session], "test", "en").unwrap();
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && !seen.contains(&true), "{seen:?}");
}

#[test]
fn what_ran_out_while_closed_goes_at_the_next_opening() {
    let home = Home::new();
    drop(shared(&home));
    let copy = home.copy();
    home.clock.advance(200 * DAY_MS);
    drop(home.open());
    is_gone(&home, &copy, "opened late");
}
