//! What the app told about the surroundings, when an older copy of the files comes back.

use crate::consent::tests::*;

fn opted_out() -> ExternalSignals {
    ExternalSignals { global_privacy_control: true, ..signals("DE") }
}

/// Puts a copy in the place of what is there.
fn put_back(home: &Home, copy: &tempfile::TempDir) {
    for folder in [home.dir.path(), copy.path()] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if folder == copy.path() {
                std::fs::copy(&path, home.dir.path().join(path.file_name().unwrap())).unwrap();
            } else {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

fn willing(home: &Home) -> Gate {
    let gate = home.open();
    gate.apply_signals(signals("DE")).unwrap();
    give(&gate, &[Purpose::History]);
    gate
}

#[test]
fn an_older_copy_does_not_bring_back_what_an_opt_out_ended() {
    let home = Home::new();
    let gate = willing(&home);
    let copy = home.copy();
    gate.apply_signals(opted_out()).unwrap();
    assert!(!gate.decide(Purpose::History).allowed);
    drop(gate);
    put_back(&home, &copy);
    for _ in 0..2 {
        let gate = home.open();
        gate.resume_erasure().unwrap();
        assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::AgeBand, "nothing is believed");
    }
    let gate = home.open();
    gate.apply_signals(signals("DE")).unwrap();
    assert!(gate.decide(Purpose::History).allowed, "the app told anew, and nobody has said no");
    drop(gate);
    assert!(home.open().decide(Purpose::History).allowed);
}

#[test]
fn an_opt_out_needs_no_key_store_and_is_anchored_later() {
    let home = Home::new();
    let gate = willing(&home);
    let copy = home.copy();
    home.keys.fail_after(Some(0));
    gate.apply_signals(opted_out()).unwrap();
    drop(gate);
    home.keys.fail_after(None);
    let gate = home.open();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::OptOutSignal);
    gate.resume_erasure().unwrap();
    drop(gate);
    put_back(&home, &copy);
    assert!(!home.open().decide(Purpose::History).allowed);
}

#[test]
fn an_opt_out_that_is_cut_off_holds_or_does_not() {
    for calls in 0..12 {
        let home = Home::new();
        let gate = willing(&home);
        home.keys.fail_after(Some(calls));
        gate.apply_signals(opted_out()).unwrap();
        drop(gate);
        home.keys.fail_after(None);
        for _ in 0..2 {
            let gate = home.open();
            gate.resume_erasure().unwrap();
            assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::OptOutSignal, "{calls}");
        }
    }
}

#[test]
fn an_opt_out_in_the_consent_platform_counts_like_one_of_the_device() {
    for (key, value) in
        [("IABGPP_USNAT_SaleOptOut", "1"), ("IABUSPrivacy_String", "1YYN"), ("IABGPP_USCA_Gpc", "1")]
    {
        let home = Home::new();
        let gate = home.open();
        let said = [(key.to_owned(), value.to_owned())].into();
        gate.apply_signals(ExternalSignals { consent_platform: said, ..signals("US-CA") }).unwrap();
        let decided = gate.decide(Purpose::History);
        assert_eq!((decided.allowed, decided.reason), (false, DecisionReason::OptOutSignal), "{key}");
        drop(gate);
        assert_eq!(
            home.open().decide(Purpose::History).reason,
            DecisionReason::OptOutSignal,
            "after opening again"
        );
    }
}

#[test]
fn a_yes_in_spite_of_a_signal_does_not_outlive_an_opt_out_that_comes_later() {
    let ask = changed(|p| {
        p["gpc_conflict"] = "ask".into();
        p["sensitive"]["tags"] = serde_json::json!(["health"]);
    });
    let later = |opt_outs: &[&str]| {
        let said = opt_outs.iter().map(|key| ((*key).to_owned(), "1".to_owned())).collect();
        ExternalSignals { consent_platform: said, ..opted_out() }
    };
    let [sale, sharing] = ["IABGPP_USNAT_SaleOptOut", "IABGPP_USNAT_SharingOptOut"];
    let home = Home::new();
    let gate = home.open_with(ask.clone());
    let insists = |gate: &Gate| {
        home.clock.advance(1);
        give(gate, &[Purpose::History]);
        gate.answer_sensitive(SensitiveTag::Health, Choice::Give, "test", "en").unwrap();
        home.clock.advance(1);
    };
    let allowed = |gate: &Gate| {
        (gate.decide(Purpose::History).allowed, gate.decide_sensitive(SensitiveTag::Health, 1).allowed)
    };
    gate.apply_signals(opted_out()).unwrap();
    insists(&gate);
    assert_eq!(allowed(&gate), (true, true));
    for told in [later(&[sale]), later(&[sale, sharing])] {
        gate.apply_signals(told.clone()).unwrap();
        assert_eq!(allowed(&gate), (false, false), "the later word holds");
        assert!(gate.pending_prompt("en").is_some(), "and it may be asked about again");
        insists(&gate);
        assert_eq!(allowed(&gate), (true, true));
        gate.apply_signals(told).unwrap();
        assert_eq!(allowed(&gate), (true, true), "the same again at the next start is nothing new");
    }
    gate.apply_signals(opted_out()).unwrap();
    gate.apply_signals(later(&[sale])).unwrap();
    drop(gate);
    assert_eq!(allowed(&home.open_with(ask)), (false, false), "also after opening again");
}
