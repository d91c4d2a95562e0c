//! What a preference center gets to show.

use super::*;

#[test]
fn the_notice_speaks_the_persons_language() {
    let home = Home::new();
    let gate = home.open();
    let german = gate.notice("de-AT");
    assert_eq!(
        (german.locale.as_str(), german.accept_label.as_str(), german.refuse_label.as_str()),
        ("de", "Alle annehmen", "Alle ablehnen")
    );
    assert!(!german.right_to_left && gate.notice("ar").right_to_left);
    assert_eq!(gate.notice("ja").locale, "en");
    for purpose in &german.purposes {
        assert!(!purpose.title.is_empty() && !purpose.group_title.is_empty());
        assert_eq!(purpose.can_refuse, purpose.purpose != Purpose::Essential);
    }
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
    let actions: Vec<_> = center.history.iter().map(|r| r.action).collect();
    assert_eq!(actions, [ReceiptAction::Answered, ReceiptAction::Served]);
    assert_eq!(center.notice.recipients, ["aggregator"]);
    assert!(center.notice.purposes[index(Purpose::History)].recipients.is_empty());
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
