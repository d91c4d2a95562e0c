//! What is kept, for how long, and what comes back.

use super::*;

#[test]
fn excluded_evidence_leaves_no_trace() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let (profile, never) = (Profile::load(&gate).unwrap(), Profile::default());
    for item in ["i1", "i2", "i3", "i4"] {
        home.track(&gate, &profile, buy(item));
    }
    let gone = Correction::ExcludeEvidence { item_ids: vec!["i2".to_owned(), "i3".to_owned()] };
    let report = profile.correct(&gate, &Permits::ask(&gate), &home.catalog, gone, home.now()).unwrap();
    assert_eq!(report.events_removed, 2);
    // A profile that only ever saw the others.
    never.change(|s| s.past = profile.state().past.clone());
    let (a, b) = (home.evidence(&gate, &profile), home.evidence(&gate, &never));
    assert_eq!(a.recent, b.recent);
    assert_eq!(a.derived.likings().collect::<Vec<_>>(), b.derived.likings().collect::<Vec<_>>());
    profile.reload(&gate).unwrap();
    assert_eq!(home.recent(&gate, &profile), [4, 1]);
}

/// Lets days go by, with every yes renewed in time.
fn pass(home: &Home, gate: &Gate, days: i64) {
    for left in (1..=days).rev().step_by(100) {
        home.clock.advance(left.min(100) * DAY_MS);
        choose(gate, &EVERYTHING, Choice::Give);
    }
}

#[test]
fn nothing_is_kept_a_millisecond_longer_than_the_policy_says() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    let history = i64::from(gate.retention_days(Purpose::History));
    let preferences = i64::from(gate.retention_days(Purpose::Preferences));
    assert!(history >= 365 && preferences > history);
    home.track(&gate, &profile, buy("i1"));
    let first = home.now();
    let said = |key, value| profile.prefer(&gate, &gate.permit().unwrap(), key, value, home.now()).unwrap();
    said(PreferenceKey::Size, "M");
    pass(&home, &gate, history - 1);
    home.track(&gate, &profile, buy("i2"));
    said(PreferenceKey::Color, "teal");
    home.clock.set(first + history * DAY_MS - 1);
    assert_eq!(profile.keep_to_retention(&gate).unwrap(), 0);
    assert_eq!(home.recent(&gate, &profile), [2, 1]);
    home.clock.advance(1);
    assert_eq!(profile.keep_to_retention(&gate).unwrap(), 1);
    profile.reload(&gate).unwrap();
    assert_eq!((home.recent(&gate, &profile), profile.preferences().len()), (vec![2], 2));
    pass(&home, &gate, preferences - history);
    profile.keep_to_retention(&gate).unwrap();
    profile.reload(&gate).unwrap();
    let left: Vec<_> = profile.preferences().into_iter().map(|p| p.value).collect();
    assert_eq!(left, ["teal"]);
}

#[test]
fn a_clock_that_is_set_back_keeps_nothing_longer() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    home.track(&gate, &profile, buy("i1"));
    let permit = gate.permit().unwrap();
    profile.prefer(&gate, &permit, PreferenceKey::Size, "M", home.now()).unwrap();
    home.clock.advance(-3_650 * DAY_MS);
    let _ = gate.device_ms(); // somebody looked: what goes by before that, no clock tells
    pass(&home, &gate, 800);
    assert_eq!(profile.keep_to_retention(&gate).unwrap(), 1);
    assert!(profile.preferences().is_empty());
}

#[test]
fn an_older_copy_brings_no_removed_word_and_no_removed_event_back() {
    type Remove = fn(&Home, &Gate, &Profile);
    let removals: [Remove; 2] = [
        |_, gate, profile| {
            profile.unprefer(gate, &gate.permit().unwrap(), PreferenceKey::Size, "M").unwrap();
        },
        |home, gate, profile| {
            let gone = Correction::ExcludeEvidence { item_ids: vec!["i1".to_owned()] };
            let report = profile.correct(gate, &Permits::ask(gate), &home.catalog, gone, home.now());
            assert_eq!(report.unwrap().events_removed, 1);
        },
    ];
    for remove in removals {
        let home = Home::new();
        let gate = home.open();
        choose(&gate, &EVERYTHING, Choice::Give);
        let profile = Profile::load(&gate).unwrap();
        home.track(&gate, &profile, buy("i1"));
        profile.prefer(&gate, &gate.permit().unwrap(), PreferenceKey::Size, "M", home.now()).unwrap();
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(home.dir.path()).unwrap().flatten().filter(|f| f.path().is_file()) {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        remove(&home, &gate, &profile);
        drop(gate);
        let old = Vault::open(copy.path(), "shop", home.keys.clone(), Arc::new(SystemRandom)).unwrap().1;
        assert!(old.fresh && old.rolled_back, "{old:?}");
    }
}

#[test]
fn what_may_not_be_used_is_purged_all_the_same() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    home.track(&gate, &profile, buy("i1"));
    pass(&home, &gate, 200);
    home.track(&gate, &profile, buy("i2"));
    let told = |age_band| gate.apply_signals(ExternalSignals { age_band, ..gate.signals() }).unwrap();
    told(Some(AgeBand::Under13));
    profile.follow(&gate).unwrap();
    home.clock.advance(165 * DAY_MS);
    assert_eq!(profile.keep_to_retention(&gate).unwrap(), 1);
    told(Some(AgeBand::Adult));
    profile.reload(&gate).unwrap();
    assert_eq!(home.recent(&gate, &profile), [2]);
}
