//! What a preference center gets to show.

use crate::consent::tests::*;

#[test]
fn the_notice_speaks_the_users_language() {
    let home = Home::new();
    let gate = home.open();
    let german = gate.notice("de-AT");
    assert_eq!(
        (german.locale.as_str(), german.accept_label.as_str(), german.refuse_label.as_str()),
        ("de", "Alle akzeptieren", "Alle ablehnen")
    );
    assert!(!german.right_to_left && gate.notice("ar").right_to_left);
    assert_eq!(gate.notice("ja").locale, "en");
    for purpose in &german.purposes {
        assert!(!purpose.title.is_empty() && !purpose.group_title.is_empty());
        assert_eq!(purpose.can_refuse, purpose.purpose != Purpose::Essential);
    }
}

#[test]
fn where_something_is_on_unless_it_is_turned_off_the_notice_says_so() {
    let home = Home::new();
    let gate = home.open();
    let opt_in = gate.notice("en");
    gate.apply_signals(signals("US-CA")).unwrap();
    let reason = |notice: &ConsentPrompt| {
        notice.purposes.iter().find(|p| p.purpose == Purpose::History).unwrap().reason_text.clone()
    };
    let told = gate.notice("en");
    assert!(
        told.intro.contains("on unless you turn it off") && !opt_in.intro.contains("unless you turn it off")
    );
    assert!(
        reason(&told).starts_with("It is on once you have") && reason(&opt_in).starts_with("You have not")
    );
    gate.served(&[Purpose::History], "banner", "en").unwrap();
    assert!(gate.decide(Purpose::History).allowed);
    gate.apply_signals(ExternalSignals { global_privacy_control: true, ..signals("US-CA") }).unwrap();
    assert!(reason(&gate.notice("en")).contains("do not sell or share"));
    gate.apply_signals(ExternalSignals { global_privacy_control: true, ..signals("DE") }).unwrap();
    assert!(!reason(&gate.notice("en")).contains("sell"));
}

#[test]
fn the_introduction_says_of_the_purposes_below_it_what_leaves_the_device() {
    let home = Home::new();
    let gate = home.open();
    let shared = [Purpose::Measurement, Purpose::ModelImprovement, Purpose::Transfer];
    let said = |region, unused: &[Purpose]| {
        gate.apply_signals(signals(region)).unwrap();
        gate.leave_out(unused).unwrap();
        let intro = gate.notice("en").intro;
        assert!(!intro.contains('{'), "{intro}");
        let leaving =
            ["None of it leaves this device.", "unless you allow that below.", "unless you turn it off. You"];
        leaving.map(|sentence| intro.contains(sentence))
    };
    assert_eq!(said("DE", &shared), [true, false, false], "there is nothing below that leaves");
    assert_eq!(said("DE", &shared[..2]), [false, true, false]);
    assert_eq!(said("DE", &[]), [false, true, false]);
    assert_eq!(said("US-CA", &[]), [false, false, true]);
    assert_eq!(said("US-CA", &shared), [true, false, false]);
}

#[test]
fn how_long_is_said_of_what_is_stored_and_of_nothing_else() {
    let home = Home::new();
    let gate = home.open();
    let said = |p: Purpose| gate.notice("en").purposes.swap_remove(index(p)).retention_text;
    assert_eq!(
        said(Purpose::Session),
        "Until this visit ends: 30 minutes after the last thing you did, or when the app is closed"
    );
    assert!(said(Purpose::Ranking).ends_with("for at most a day"), "a widget's list outlives the visit");
    assert_eq!(said(Purpose::Offers), "Nothing is stored for this");
}

#[test]
fn nothing_is_said_to_be_kept_for_longer_than_the_consent_that_it_rests_on() {
    let home = Home::new();
    let gate = home.open();
    let said = |p: Purpose| gate.notice("en").purposes.swap_remove(index(p)).retention_text;
    let ends =
        |kept, granted| format!("At most {kept}. It is deleted after {granted} unless you say yes again.");
    assert_eq!(said(Purpose::Preferences), ends("2 years", "6 months"), "the strictest region");
    assert_eq!(said(Purpose::History), ends("1 year", "6 months"));
    assert_eq!(said(Purpose::Messaging), "3 months");
    gate.apply_signals(signals("DE")).unwrap();
    assert_eq!(said(Purpose::Preferences), ends("2 years", "1 year"));
    assert_eq!(said(Purpose::History), "1 year", "both at once");

    let longer =
        |p: &mut serde_json::Value| p["purposes"][index(Purpose::History)]["retention_days"] = 730.into();
    let home = Home::new();
    let gate = home.open_with(changed(longer));
    gate.apply_signals(signals("US-CA")).unwrap();
    let said = || gate.notice("en").purposes.swap_remove(index(Purpose::History)).retention_text;
    assert_eq!(said(), "2 years", "what is on unless it is turned off does not run out");
    give(&gate, &[Purpose::History]);
    assert_eq!(said(), ends("2 years", "1 year"), "a yes does");
}

#[test]
fn answers_for_statistics_are_spoken_of_where_they_are_asked_about() {
    let home = Home::new();
    let gate = home.open();
    for locale in crate::base::locale::SHOWN {
        let texts = || {
            let purposes = gate.notice(locale).purposes;
            let of = |p: Purpose| purposes.iter().find(|shown| shown.purpose == p).unwrap().clone();
            let kept = of(Purpose::Essential).data;
            [kept, of(Purpose::History).withdrawal, of(Purpose::Inference).withdrawal]
        };
        gate.leave_out(&[]).unwrap();
        let asked = texts();
        gate.leave_out(&[Purpose::Measurement, Purpose::ModelImprovement]).unwrap();
        for (asked, unasked) in asked.iter().zip(texts()) {
            assert!(
                asked.len() > unasked.len() && !asked.contains('{') && !unasked.contains('{'),
                "{unasked}"
            );
        }
    }
}

#[test]
fn a_user_reads_whom_to_ask_and_that_everything_can_be_had_and_erased() {
    let home = Home::new();
    let gate = home.open();
    let intro = gate.notice("en").intro;
    assert!(intro.contains("get a copy of your data and erase everything"));
    assert!(intro.ends_with("where you can complain."), "{intro}");
    let home = Home::new();
    let gate = home.open_with(changed(|p| p["contact"] = "privacy@brambly.example".into()));
    let intro = gate.notice("en").intro;
    assert!(intro.ends_with("stored for it is deleted."), "the policy says it: {intro}");
}

#[test]
fn how_many_messages_may_come_is_said_from_the_plan() {
    let home = Home::new();
    let gate = home.open();
    let said = || gate.notice("en").purposes.swap_remove(index(Purpose::Messaging)).benefit;
    assert!(said().contains("for a while. They can be seen"), "nothing is known yet");
    gate.cap_messages(Some(MessageCaps { per_day: 2, per_week: 5 }));
    assert!(said().contains("You get at most 2 in 24 hours and 5 in seven days. They"), "{}", said());
}

#[test]
fn the_shops_own_words_come_first_in_their_language() {
    let words = serde_json::json!({"en": {"title": "Your trail", "benefit": "b", "data": "d"}});
    let home = Home::new();
    let gate = home.open_with(changed(|p| p["purposes"][index(Purpose::History)]["texts"] = words));
    let title = |locale: &str| gate.notice(locale).purposes[index(Purpose::History)].title.clone();
    assert_eq!(title("en-GB"), "Your trail");
    assert_eq!(title("de"), "Dein Verlauf");
    assert_eq!(title("ja"), "Your trail");
    let regions = serde_json::json!({"de-AT": {"title": "Servus", "benefit": "b", "data": "d"}});
    let home = Home::new();
    let gate = home.open_with(changed(|p| p["purposes"][index(Purpose::History)]["texts"] = regions));
    assert_eq!(gate.notice("de_AT").purposes[index(Purpose::History)].title, "Servus");
    assert_eq!(gate.notice("de").purposes[index(Purpose::History)].title, "Dein Verlauf");
}

#[test]
fn a_receipt_names_the_language_that_was_read() {
    let words = serde_json::json!({"title": "t", "benefit": "b", "data": "d"});
    let texts = serde_json::json!({"de-AT": words, "ja": words, "en": words});
    let home = Home::new();
    let gate = home.open_with(changed(|p| p["purposes"][index(Purpose::History)]["texts"] = texts));
    let read = |locale: &str| {
        let receipt = gate.served(&[Purpose::History], "banner", locale).unwrap();
        assert!(!receipt.screen_hash.is_empty());
        receipt.locale
    };
    for (told, shown) in [
        ("", "en"),
        ("xx", "en"),
        ("en_GB", "en"),
        ("de-CH", "de"),
        ("de_at", "de-AT"),
        ("de-CH-x-formal", "de-x-formal"),
        ("ja-JP", "ja"),
    ] {
        assert_eq!(read(told), shown, "{told}");
    }
}

#[test]
fn the_center_shows_what_was_answered_and_with_whom_data_is_shared() {
    let home = Home::new();
    let gate = home.open_with(changed(|p| {
        p["purposes"][index(Purpose::Measurement)]["recipients"] = serde_json::json!(["aggregator"]);
    }));
    gate.served(&[Purpose::History], "banner", "en").unwrap();
    give(&gate, &[Purpose::History]);
    let center = gate.center("en");
    let actions: Vec<_> = center.history.iter().map(|e| e.receipt.action).collect();
    assert_eq!(actions, [ReceiptAction::Answered, ReceiptAction::Served]);
    assert_eq!(center.notice.recipients, ["aggregator"]);
    assert!(center.notice.purposes[index(Purpose::History)].recipients.is_empty());
}

#[test]
fn the_center_says_everything_in_words() {
    let home = Home::new();
    let gate = home.open();
    gate.apply_signals(signals("DE")).unwrap();
    gate.served(&[Purpose::History], "banner", "de").unwrap();
    give(&gate, &[Purpose::History, Purpose::Offers]);
    for locale in ["en", "de-AT", "fr", "es", "ar_EG", "tlh"] {
        let center = gate.center(locale);
        let notice = &center.notice;
        assert!(!notice.grant_text.is_empty() && !notice.labels.history.is_empty());
        for p in &notice.purposes {
            let said = [&p.title, &p.benefit, &p.data, &p.retention_text, &p.recipients_text, &p.reason_text];
            assert!(said.iter().all(|s| !s.is_empty()), "{locale}: {p:?}");
        }
        assert!(center.history.iter().all(|e| !e.title.is_empty()));
    }
    let center = gate.center("de");
    let history = &center.notice.purposes[index(Purpose::History)];
    assert_eq!((history.retention_text.as_str(), history.recipients_text.as_str()), ("1 Jahr", "Niemand"));
    assert_eq!(history.reason_text, "Du hast es erlaubt.");
    let answer = &center.history[0];
    assert_eq!((answer.title.as_str(), answer.lines.len()), ("Deine Antwort", 2));
    assert_eq!(
        (answer.lines[0].title.as_str(), answer.lines[0].state_text.as_str()),
        ("Dein Verlauf", "Erlaubt")
    );
    assert!(center.history[1].lines.is_empty(), "a notice lists everything");
}

#[test]
fn a_switch_shows_the_choice_and_whether_a_yes_would_count() {
    let home = Home::new();
    let gate = home.open();
    let shown = |p: Purpose| {
        let s = gate.notice("en").purposes.swap_remove(index(p));
        (s.is_on, s.can_give, s.decision.reason)
    };
    use DecisionReason as Why;
    gate.apply_signals(signals("DE")).unwrap();
    give(&gate, &[Purpose::Inference]);
    assert_eq!(shown(Purpose::Inference), (true, true, Why::MissingDependency), "chosen, needs history");
    let why = |p: Purpose| gate.notice("en").purposes.swap_remove(index(p)).reason_text;
    assert_eq!(why(Purpose::Inference), "It works only while “Your history” is allowed.");
    let needed = "What you tell us, This visit, Your history";
    assert_eq!(why(Purpose::Ranking), format!("It works only while one of these is allowed: {needed}."));
    assert_eq!(shown(Purpose::Essential), (true, false, Why::StrictlyNecessary));
    assert_eq!(shown(Purpose::Transfer), (false, false, Why::NotAnswered), "asked about each time");
    give(&gate, &[Purpose::History]);
    assert_eq!(shown(Purpose::Inference), (true, true, Why::Granted));
    gate.apply_signals(ExternalSignals { global_privacy_control: true, ..signals("DE") }).unwrap();
    assert_eq!(shown(Purpose::History), (true, false, Why::OptOutSignal), "chosen, and overruled");
    assert!(shown(Purpose::Session).1, "the signal does not deny this one");
    gate.apply_signals(ExternalSignals { age_band: Some(AgeBand::Under13), ..signals("DE") }).unwrap();
    assert!(!shown(Purpose::Session).1 && shown(Purpose::Preferences).1);
    assert!(!gate.notice("en").purposes[index(Purpose::Ranking)].can_give, "age, whatever it needs");
}

#[test]
fn nobody_is_asked_what_an_answer_could_not_change() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::Preferences]);
    let asked = |s: ExternalSignals| {
        gate.apply_signals(s).unwrap();
        gate.pending_prompt("en").is_some()
    };
    assert!(!asked(ExternalSignals { age_band: Some(AgeBand::Under13), ..signals("DE") }));
    assert!(asked(signals("DE")));
    assert!(asked(signals("US-CA")));
    gate.served(&Purpose::ALL, "banner", "en").unwrap();
    give(&gate, &[Purpose::Offers, Purpose::Messaging]);
    assert!(
        !asked(ExternalSignals { region_hints: vec!["US".into()], ..signals("US-CA") }),
        "shown once, where that is enough"
    );
}
