//! What the notice does not let anybody give is given by no call, and what says nothing leaves no receipt.

use crate::base::order;
use crate::consent::tests::*;

type Answered = Result<(Receipt, ErasureReport), ConsentError>;

fn child() -> ExternalSignals {
    ExternalSignals { age_band: Some(AgeBand::Under13), ..signals("DE") }
}

fn opted_out() -> ExternalSignals {
    ExternalSignals { global_privacy_control: true, ..signals("DE") }
}

fn named(receipt: &Receipt) -> Vec<Purpose> {
    receipt.purposes.iter().map(|p| p.purpose).collect()
}

#[test]
fn yes_to_all_is_yes_to_what_the_notice_lets_be_given() {
    for (told, refused) in [(child(), Purpose::Session), (opted_out(), Purpose::History)] {
        let home = Home::new();
        let gate = home.open();
        gate.apply_signals(told).unwrap();
        let notice = gate.notice("en").purposes;
        let can_give: Vec<_> = notice.iter().filter(|p| p.can_give).map(|p| p.purpose).collect();
        let (receipt, _) = gate.accept_all("banner", "en").unwrap();
        assert_eq!(named(&receipt), can_give);
        gate.apply_signals(signals("DE")).unwrap();
        assert_eq!(gate.decide(refused).state, ConsentState::Unknown, "nobody was asked");
        assert!(!gate.decide(refused).allowed && gate.pending_prompt("en").is_some());
    }
}

#[test]
fn a_yes_that_the_notice_does_not_take_is_refused_and_every_no_beside_it_counts() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::Preferences]);
    gate.apply_signals(child()).unwrap();
    let yes = choices(&[Purpose::Session], Choice::Give);
    let no = choices(&[Purpose::Preferences], Choice::Refuse);
    let refused = |answered: Answered| match answered {
        Err(ConsentError::NotGivable { purpose, reason }) => (purpose, reason),
        other => panic!("{other:?}"),
    };
    let why = (Purpose::Session, DecisionReason::AgeBand);
    assert_eq!(refused(gate.record(&yes, "form", "en")), why);
    assert_eq!(gate.receipts(0).len(), 1, "nothing was recorded");
    assert_eq!(refused(gate.record(&[yes, no].concat(), "form", "en")), why);
    assert_eq!(named(gate.receipts(1).first().unwrap()), [Purpose::Preferences]);
    assert_eq!(refused(gate.save(&[Purpose::Session], "form", "en")), why);
    assert_eq!(gate.decide(Purpose::Session).state, ConsentState::Unknown);
}

#[test]
fn a_selection_leaves_what_was_given_and_cannot_be_given_now_as_it_is() {
    let home = Home::new();
    let gate = home.open();
    let (given, _) = gate.accept_all("banner", "en").unwrap();
    home.clock.advance(DAY_MS);
    gate.apply_signals(opted_out()).unwrap();
    let on = |gate: &Gate| -> Vec<_> {
        gate.notice("en").purposes.iter().filter(|p| p.is_on).map(|p| p.purpose).collect()
    };
    let (saved, _) = gate.save(&on(&gate), "center", "en").unwrap();
    assert!(!named(&saved).contains(&Purpose::History), "{:?}", named(&saved));
    let history = gate.decide(Purpose::History);
    assert_eq!((history.state, history.receipt_id), (ConsentState::Given, Some(given.record_id)));
    gate.save(&[Purpose::Session], "center", "en").unwrap();
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Withdrawn, "off is off");
}

#[test]
fn what_the_notice_does_not_show_is_neither_shown_nor_allowed() {
    let home = Home::new();
    let gate = home.open();
    gate.leave_out(&[Purpose::Offers, Purpose::Transfer]).unwrap();
    let field = |answered: Result<(), ConsentError>| match answered {
        Err(ConsentError::NotInNotice { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    for purpose in [Purpose::Offers, Purpose::Transfer] {
        let yes = choices(&[purpose], Choice::Give);
        assert_eq!(field(gate.record(&yes, "form", "en").map(drop)), "choices");
        assert_eq!(field(gate.served(&[purpose], "form", "en").map(drop)), "purposes");
        assert!(gate.receipts(0).is_empty());
    }
    assert_eq!(field(gate.save(&[Purpose::Offers, Purpose::Session], "form", "en").map(drop)), "allowed");
    assert!(!gate.decide(Purpose::Session).allowed, "a wrong selection allows nothing");
    gate.record(&choices(&[Purpose::Offers], Choice::Refuse), "form", "en").unwrap();
    assert_eq!(gate.decide(Purpose::Offers).state, ConsentState::Refused, "a no is always taken");
}

#[test]
fn a_topic_cannot_be_given_against_a_signal() {
    let home = Home::new();
    let gate = home.open_with(changed(|p| p["sensitive"]["tags"] = serde_json::json!(["health"])));
    gate.apply_signals(opted_out()).unwrap();
    assert!(!gate.center("en").sensitive.first().unwrap().can_give);
    let answered = gate.answer_sensitive(SensitiveTag::Health, Choice::Give, "topic", "en");
    let why = |reason| matches!(reason, DecisionReason::OptOutSignal);
    assert!(matches!(answered, Err(ConsentError::NotAskable { reason, .. }) if why(reason)));
    assert!(gate.receipts(0).is_empty());
}

#[test]
fn whoever_puts_an_answer_off_is_asked_nothing_for_a_day() {
    let home = Home::new();
    let gate = home.open();
    gate.record(&choices(&[Purpose::Session], Choice::Defer), "notice", "en").unwrap();
    let asks = |gate: &Gate| (gate.pending_prompt("en").is_some(), gate.snapshot().next_prompt_ms);
    assert_eq!(asks(&gate), (false, Some(START_MS + DAY_MS)));
    drop(gate);
    home.clock.advance(DAY_MS - 1);
    let gate = home.open();
    assert!(!asks(&gate).0);
    home.clock.advance(1);
    assert_eq!(asks(&gate), (true, Some(START_MS + DAY_MS)), "about what was not put off");
    let rest: Vec<_> = Purpose::ALL.into_iter().filter(|p| p.is_asked_in_advance()).collect();
    gate.record(&choices(&rest, Choice::Defer), "notice", "en").unwrap();
    let rests = i64::from(gate.state().policy().refusal_rests_days) * DAY_MS;
    assert_eq!(asks(&gate), (false, Some(START_MS + DAY_MS + rests)), "what was put off rests like a denial");
}

#[test]
fn a_center_shows_the_latest_and_costs_no_more_for_what_was_before() {
    let home = Home::new();
    let gate = home.open();
    for _ in 0..60 {
        gate.served(&[Purpose::Session], "banner", "en").unwrap();
    }
    let history = gate.center("en").history;
    let numbers: Vec<_> = history.iter().map(|e| e.receipt.seq).collect();
    assert_eq!(numbers, (11..=60).rev().collect::<Vec<_>>());
    assert_eq!(gate.receipts(0).len(), 60, "every receipt is kept");
}

#[test]
fn what_says_nothing_leaves_no_receipt() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::Session]);
    let none: [Receipt; 4] = [
        gate.record(&[], "form", "en").unwrap().0,
        gate.record(&choices(&[Purpose::Session], Choice::Defer), "form", "en").unwrap().0,
        gate.record(&choices(&[Purpose::Essential], Choice::Refuse), "form", "en").unwrap().0,
        gate.served(&[], "form", "en").unwrap(),
    ];
    assert!(none.iter().all(|r| r.seq == 0 && r.record_id.is_empty()));
    for nothing in [&[][..], &[Purpose::Essential]] {
        assert_eq!(gate.withdraw(nothing, "form", "en").unwrap(), ErasureReport::default());
    }
    gate.erase(EraseScope::DataOf { purpose: Purpose::Essential }).unwrap();
    assert_eq!(gate.receipts(0).len(), 1);
}

/// Two calls of an app that does not wait for the first one: each runs on a thread of its own.
#[test]
fn a_yes_that_was_said_before_a_no_does_not_count_after_it() {
    let home = Home::new();
    let gate = home.open_with(changed(|p| p["sensitive"]["tags"] = serde_json::json!(["health"])));
    gate.apply_signals(signals("DE")).unwrap();
    let allowed = |gate: &Gate| Purpose::ALL.into_iter().filter(|p| gate.decide(*p).allowed).count();
    let (yes, no) = (order::next(), order::next());
    drop(order::within(no, || gate.refuse_all("settings", "en")).unwrap());
    let denied = allowed(&gate);
    let (receipt, _) = order::within(yes, || gate.accept_all("notice", "en")).unwrap();
    assert_eq!((receipt.seq, allowed(&gate)), (0, denied), "{receipt:?}");
    drop(order::within(yes, || gate.save(&[Purpose::History], "notice", "en")).unwrap());
    assert_eq!(allowed(&gate), denied);
    let (receipt, _) = gate.accept_all("notice", "en").unwrap();
    assert!(receipt.seq > 0 && allowed(&gate) > denied, "a later yes counts");
    let (yes, no) = (order::next(), order::next());
    drop(order::within(no, || gate.withdraw(&[Purpose::Ranking], "settings", "en")).unwrap());
    let (_, _) = order::within(yes, || gate.accept_all("notice", "en")).unwrap();
    let of = |p| gate.decide(p).allowed;
    assert_eq!((of(Purpose::Ranking), of(Purpose::History)), (false, true), "what nobody denied later stays");
    let (yes, no) = (order::next(), order::next());
    let answer = |choice| gate.answer_sensitive(SensitiveTag::Health, choice, "topics", "en").unwrap().0.seq;
    assert!(order::within(no, || answer(Choice::Refuse)) > 0);
    assert_eq!(order::within(yes, || answer(Choice::Give)), 0, "nor about a topic");
    assert!(answer(Choice::Give) > 0);
}
