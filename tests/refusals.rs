//! A no is carried out wherever it was said and whatever was said beside it.
#![allow(missing_docs, reason = "a test")]

mod support;

use sottovoce::consent::{CarriedAnswer, Choice, ConsentState, Purpose, PurposeChoice};
use sottovoce::sensitive::SensitiveTag;
use sottovoce::{SottovoceError, limits};
use support::{Phone, acquainted};

fn text(length: usize) -> String {
    "x".repeat(length)
}

#[test]
fn a_no_is_never_refused_for_where_it_was_said() {
    let answer = |purpose, choice| PurposeChoice { purpose, choice };
    let no = |purpose| vec![answer(purpose, Choice::Refuse)];
    let (_phone, engine) = acquainted();
    let consent = engine.consent();
    let long = || text(15 << 20);
    let receipt = consent.record(no(Purpose::Ranking), long(), long()).unwrap();
    assert_eq!((receipt.surface, receipt.locale), (text(limits::SURFACE.most), "en".into()));
    assert!(!consent.is_allowed(Purpose::Ranking));
    consent.withdraw(vec![Purpose::Preferences], long(), long()).unwrap();
    assert!(!consent.is_allowed(Purpose::Preferences));
    consent.answer_sensitive(SensitiveTag::Health, Choice::Refuse, long(), long()).unwrap();
    let both = [no(Purpose::History), vec![answer(Purpose::Ranking, Choice::Give)]].concat();
    let told = SottovoceError::InvalidArgument {
        field: "surface".into(),
        detail: format!("{}, and has {}", limits::SURFACE, 15 << 20),
    };
    assert_eq!(consent.record(both, long(), "en".into()), Err(told), "the yes in it is refused");
    assert!(!consent.is_allowed(Purpose::History) && !consent.is_allowed(Purpose::Ranking));
    assert!(consent.is_allowed(Purpose::Experiments));
    consent.refuse_all(long(), long()).unwrap();
    let asked = Purpose::ALL.into_iter().filter(|p| ![Purpose::Essential, Purpose::Transfer].contains(p));
    assert_eq!(asked.filter(|p| consent.is_allowed(*p)).collect::<Vec<_>>(), []);
    assert!(consent.export_receipts().unwrap().len() < 1 << 20);
    assert_eq!(consent.verify_ledger().unwrap().broken_at, None);
}

#[test]
fn of_several_answers_about_one_purpose_a_no_wins() {
    use Choice::{Defer, Give, Refuse};
    let choices = |all: &[Choice]| {
        all.iter().map(|&choice| PurposeChoice { purpose: Purpose::Session, choice }).collect::<Vec<_>>()
    };
    for (all, state) in [
        (&[Refuse, Give][..], ConsentState::Refused),
        (&[Give, Refuse], ConsentState::Refused),
        (&[Give, Refuse, Give, Give], ConsentState::Refused),
        (&[Defer, Give], ConsentState::Deferred),
        (&[Give, Defer], ConsentState::Deferred),
        (&[Give, Give], ConsentState::Given),
    ] {
        let phone = Phone::new();
        let engine = phone.engine();
        let receipt = engine.consent().record(choices(all), "s".into(), "en".into()).unwrap();
        assert_eq!(receipt.purposes.len(), 1, "{all:?}");
        assert_eq!(receipt.purposes[0].state, state, "{all:?}");
        assert_eq!(engine.consent().is_allowed(Purpose::Session), state == ConsentState::Given);
    }
}

#[test]
fn of_several_answers_from_another_device_a_no_wins() {
    let there = |state| CarriedAnswer::of(Purpose::Session, state, 7);
    let both = [ConsentState::Refused, ConsentState::Given].map(there);
    for refused_here in [false, true] {
        for answers in [both.to_vec(), both.iter().rev().copied().collect()] {
            let (_phone, engine) = acquainted();
            if refused_here {
                engine.consent().withdraw(vec![Purpose::Session], "s".into(), "en".into()).unwrap();
            }
            let outcome = engine.consent().import_answers(answers).unwrap();
            assert_eq!(outcome.offered, [], "who said no there is not asked again here");
            assert_eq!(outcome.refused.is_empty(), refused_here);
            assert!(!engine.consent().is_allowed(Purpose::Session));
        }
    }
}

#[test]
fn a_purpose_that_is_named_twice_is_in_a_receipt_once() {
    let (_phone, engine) = acquainted();
    let twice = || vec![Purpose::Experiments; 2];
    let served = engine.consent().served(twice(), "s".into(), "en".into()).unwrap();
    engine.consent().withdraw(twice(), "s".into(), "en".into()).unwrap();
    let withdrawn = engine.consent().receipts(served.seq).unwrap().remove(0);
    assert_eq!((served.purposes.len(), withdrawn.purposes.len()), (1, 1));
}
