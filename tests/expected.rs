//! What somebody who knows nothing of the engine expects of it, and a fresh pair of eyes did not find.

mod support;

use std::sync::Arc;

use sottovoce::SottovoceError;
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{Choice, ConsentState, DecisionReason, EraseScope, Purpose, PurposeChoice};
use sottovoce::profile::{DropReason, Event, EventName, ShoppingMode, TrackOutcome};
use sottovoce::ranking::{RankingMode, ReasonCode};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::vault::{KeyStore, MemoryKeyStore};
use support::{Phone, acquainted, give};

const MINUTE_MS: i64 = 60_000;

fn refuse(engine: &sottovoce::Sottovoce, purpose: Purpose) {
    let choices = vec![PurposeChoice { purpose, choice: Choice::Refuse }];
    engine.consent().record(choices, "test".into(), "en".into()).unwrap();
}

fn view(engine: &sottovoce::Sottovoce, item: &str) -> TrackOutcome {
    engine.events().track(Event::about(EventName::ViewItem, [item])).unwrap()
}

#[test]
fn a_key_store_that_is_empty_for_a_while_costs_nothing_but_what_was_refused_meanwhile() {
    let (phone, engine) = acquainted();
    engine.shutdown();
    let mistaken = Arc::new(MemoryKeyStore::new());
    for n in 0..3 {
        // Once an engine without keys, twice one that finds those of the first.
        let keys: Arc<dyn KeyStore> = if n == 1 { Arc::new(MemoryKeyStore::new()) } else { mistaken.clone() };
        let engine = phone.engine_with(keys).unwrap();
        let opening = engine.status().opening.unwrap();
        assert_eq!((opening.fresh, opening.came_back), (n < 2, n == 2), "{n}: {opening:?}");
        assert!(!engine.data().export().unwrap().contains("KI81"));
        if n == 0 {
            refuse(&engine, Purpose::Preferences);
        }
        engine.shutdown();
    }
    // Now all keys are where they belong.
    for alias in mistaken.list(String::new()).unwrap() {
        phone.keys.store(alias.clone(), mistaken.load(alias).unwrap()).unwrap();
    }
    let engine = phone.engine();
    let opening = engine.status().opening.unwrap();
    assert!(opening.came_back && !opening.rolled_back && !opening.fresh && !opening.damaged, "{opening:?}");
    let copy = engine.data().export().unwrap();
    let copy: serde_json::Value = serde_json::from_str(&copy).unwrap();
    let held = |part: &str| copy[part].as_array().unwrap().len();
    assert_eq!((held("events"), held("preferences")), (1, 0), "{copy:#}");
    assert!(
        engine.consent().is_allowed(Purpose::Essential) && !engine.consent().is_allowed(Purpose::Preferences)
    );
    assert!(engine.consent().verify_ledger().unwrap().broken_at.is_none() && engine.status().settled);
    assert!(engine.integrity().unwrap().findings.is_empty());
    engine.data().erase(EraseScope::Everything).unwrap();
    let names = phone.vault_files().into_iter().map(|f| f.file_name().unwrap().display().to_string());
    let left: Vec<_> = names.filter(|n| n.contains("aside")).collect();
    assert!(left.is_empty(), "everything is erased: {left:?}");
}

#[test]
fn an_engine_whose_folder_was_copied_and_overtaken_says_so_and_shows_nothing_personal() {
    let (phone, engine) = acquainted();
    let other = phone.folder.path().join("other");
    support::copy(&phone.folder.path().join("engine"), &other);
    let config = sottovoce::Config::new(
        support::STORE,
        &other.display().to_string(),
        phone.shop.key.public_key().as_bytes(),
    );
    let (clock, random) = (phone.clock.clone(), Arc::new(sottovoce::random::SystemRandom));
    let copy = sottovoce::Sottovoce::with_sources(config, phone.keys.clone(), None, clock, random).unwrap();
    copy.unlock().unwrap();
    copy.consent().withdraw(vec![Purpose::History], "test".into(), "en".into()).unwrap();
    let shelf = || engine.ranking().recommend(RecommendRequest::new("home", 6)).unwrap().mode;
    let page = || engine.ranking().storefront("home".into(), "en".into()).unwrap().mode;
    assert!(matches!(view(&engine, "KI82"), TrackOutcome::Stored { .. }), "it cannot know yet");
    assert_ne!(shelf(), RankingMode::Popular);
    assert_ne!(page(), RankingMode::Popular);

    let give = vec![PurposeChoice { purpose: Purpose::History, choice: Choice::Give }];
    let found = engine.consent().record(give, "test".into(), "en".into());
    assert_eq!(found.err(), Some(SottovoceError::Displaced));
    let track = || engine.events().track(Event::about(EventName::ViewItem, ["KI83"]));
    assert_eq!(track().err(), Some(SottovoceError::Displaced));
    assert_eq!(shelf(), RankingMode::Popular);
    assert_eq!(page(), RankingMode::Popular);
    assert!(!engine.consent().is_allowed(Purpose::Ranking));
    assert_eq!(
        engine.ranking().keep_for_widget(RecommendRequest::new("widget", 6)).err(),
        Some(SottovoceError::Displaced)
    );
    // A denial needs nothing: it counts here, and is carried out where it can be.
    drop(engine.consent().withdraw(vec![Purpose::Ranking], "test".into(), "en".into()));
    engine.shutdown();
    let opening = engine.unlock().unwrap().opening.unwrap();
    assert!(opening.rolled_back && opening.fresh, "{opening:?}");
    assert!(![Purpose::History, Purpose::Ranking].iter().any(|p| engine.consent().is_allowed(*p)));
    assert!(!engine.data().export().unwrap().contains("KI81"));
}

#[test]
fn a_visit_ends_by_time_wherever_it_is_read_and_by_no_clock_later() {
    for ahead in [31 * MINUTE_MS, -3_650 * DAY_MS, 3_650 * DAY_MS] {
        let phone = Phone::new();
        let engine = phone.stocked();
        give(&engine, &[Purpose::Session, Purpose::Ranking]);
        for item in ["KI81", "KI82", "KI83"] {
            assert!(matches!(view(&engine, item), TrackOutcome::SessionOnly { .. }), "{item}");
        }
        let request = RecommendRequest::new("home", 6);
        let shelf = engine.ranking().recommend(request.clone()).unwrap();
        let explain = |id: &str, item: &str| engine.profile().explain(id.into(), item.into(), "en".into());
        let first = shelf.items[0].item_id.clone();
        assert!(explain(&shelf.ranking_id, &first).is_ok());
        assert_eq!(engine.profile().view().unwrap().session_events, 3);
        phone.clock.advance(ahead);
        let seen = engine.profile().view().unwrap();
        assert_eq!((seen.session_events, seen.oldest_event_ms, seen.active_days), (0, None, 0), "{ahead}");
        assert!(seen.inferred.is_empty());
        assert!(explain(&shelf.ranking_id, &first).is_err(), "what was shown rested on it");
        assert!(!engine.data().export().unwrap().contains("KI81"));
    }
}

#[test]
fn what_was_stored_of_this_visit_is_gone_with_the_history() {
    let (_phone, engine) = acquainted();
    assert_eq!(engine.profile().view().unwrap().stored_events, 1);
    engine.consent().withdraw(vec![Purpose::History], "test".into(), "en".into()).unwrap();
    let seen = engine.profile().view().unwrap();
    assert_eq!((seen.stored_events, seen.session_events, seen.oldest_event_ms), (0, 0, None));
    assert!(seen.inferred.is_empty() && !engine.data().export().unwrap().contains("KI81"));
    assert!(matches!(view(&engine, "KI82"), TrackOutcome::SessionOnly { .. }), "this visit goes on");
}

#[test]
fn private_mode_lasts_as_long_as_the_engine_and_a_new_one_says_that_it_is_over() {
    let (phone, engine) = acquainted();
    engine.events().set_mode(ShoppingMode::Private).unwrap();
    for _ in 0..2 {
        engine.shutdown();
        assert_eq!(engine.status().mode, ShoppingMode::Private, "while locked as well");
        phone.clock.advance(3_650 * DAY_MS);
        engine.unlock().unwrap();
        phone.clock.advance(-3_650 * DAY_MS);
        assert_eq!(engine.status().mode, ShoppingMode::Private);
        let dropped = view(&engine, "KI82");
        assert!(
            matches!(dropped, TrackOutcome::Dropped { reason: DropReason::PrivateMode, .. }),
            "{dropped:?}"
        );
    }
    drop(engine);
    assert_eq!(phone.engine().status().mode, ShoppingMode::Normal);
}

#[test]
fn who_is_not_unlocked_because_another_engine_has_the_folder_is_told_so() {
    let (phone, engine) = acquainted();
    let other = || {
        let home = phone.folder.path().join("engine").display().to_string();
        let config = sottovoce::Config::new(support::STORE, &home, phone.shop.key.public_key().as_bytes());
        sottovoce::Sottovoce::new(config, phone.keys.clone(), None).unwrap()
    };
    let second = other();
    assert_eq!(second.profile().view().err(), Some(SottovoceError::AlreadyOpen), "before it tried");
    assert_eq!(second.unlock().err(), Some(SottovoceError::AlreadyOpen));
    assert_eq!(second.data().export().err(), Some(SottovoceError::AlreadyOpen), "and after");
    engine.shutdown();
    assert_eq!(second.profile().view().err(), Some(SottovoceError::Locked));
    assert_eq!(engine.profile().view().err(), Some(SottovoceError::Locked));
    second.unlock().unwrap();
    assert_eq!(engine.profile().view().err(), Some(SottovoceError::AlreadyOpen));
}

#[test]
fn a_second_store_in_a_folder_is_refused_by_name_and_the_first_goes_on() {
    let (phone, engine) = acquainted();
    let home = phone.folder.path().join("engine").display().to_string();
    let config = sottovoce::Config::new("other", &home, phone.shop.key.public_key().as_bytes());
    let other = sottovoce::Sottovoce::new(config, phone.keys.clone(), None).unwrap();
    let refused = other.unlock().err();
    assert!(matches!(&refused, Some(SottovoceError::InvalidArgument { field, .. }) if field == "directory"));
    assert_eq!(engine.profile().view().unwrap().stored_events, 1);
    engine.shutdown();
    assert!(other.unlock().is_err());
    assert_eq!(phone.engine().status().catalog_version, Some(1));
}

#[test]
fn after_everything_was_erased_nothing_is_said_to_have_been_taken_back() {
    let (_phone, engine) = acquainted();
    engine.data().erase(EraseScope::Everything).unwrap();
    let center = engine.consent().center("en".into()).unwrap();
    for purpose in center.notice.purposes.iter().filter(|p| p.can_refuse) {
        assert_eq!(purpose.decision.state, ConsentState::Unknown, "{:?}", purpose.purpose);
        assert_ne!(purpose.decision.reason, DecisionReason::Refused, "{:?}", purpose.purpose);
        assert!(!purpose.decision.allowed && !purpose.is_on);
    }
    let [entry] = &center.history[..] else { panic!("{:?}", center.history) };
    assert_eq!((entry.title.as_str(), entry.lines.len()), ("Data deleted", 0));
    assert!(entry.receipt.purposes.iter().all(|p| p.state == ConsentState::Unknown));
    assert!(engine.consent().pending_prompt("en".into()).unwrap().is_none(), "and nobody is asked at once");
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    assert!(engine.consent().is_allowed(Purpose::History));
}

#[test]
fn one_look_is_no_habit_and_a_product_no_reason_for_itself() {
    let phone = Phone::new();
    let engine = phone.stocked();
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    view(&engine, "KI81");
    let shelf = engine.ranking().recommend(RecommendRequest::new("home", 60)).unwrap();
    let mut explained = 0;
    for item in &shelf.items {
        let why =
            engine.profile().explain(shelf.ranking_id.clone(), item.item_id.clone(), "en".into()).unwrap();
        for factor in why.factors.iter().filter(|f| f.weight > 0.0) {
            explained += 1;
            assert!(!factor.text.contains("usually") && !factor.text.contains("often"), "{factor:?}");
            assert!(
                !factor.text.starts_with("It is similar") || factor.item_id.as_ref() != Some(&item.item_id)
            );
            if item.item_id == "KI81" {
                assert!(!factor.text.contains("products that you looked at"), "{factor:?}");
            }
        }
        assert!(!item.reasons.contains(&ReasonCode::PriceFit), "{:?}", item.reasons);
    }
    assert!(explained > 0);
}

#[test]
fn often_takes_more_than_one_visit() {
    let phone = Phone::new();
    let engine = phone.stocked();
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    let views = |items: &[&str]| {
        for item in items {
            phone.clock.advance(MINUTE_MS);
            assert!(matches!(view(&engine, item), TrackOutcome::Stored { .. }));
        }
    };
    let says_often = || {
        let shelf = engine.ranking().recommend(RecommendRequest::new("home", 60)).unwrap();
        let why = |id: &String| {
            engine.profile().explain(shelf.ranking_id.clone(), id.clone(), "en".into()).unwrap()
        };
        let factors = shelf.items.iter().flat_map(|item| why(&item.item_id).factors);
        factors.filter(|f| f.weight > 0.0).any(|f| f.text.contains("often interested"))
    };
    views(&["KI81", "KI82", "KI84", "KI85", "KI88"]);
    assert!(!says_often(), "five products of a brand in five minutes");
    phone.clock.advance(DAY_MS);
    views(&["KI81"]);
    assert!(says_often(), "and on the next day again");
}

#[test]
fn a_folder_with_a_nul_in_its_name_is_refused_by_name() {
    for (field, nul) in [("directory", true), ("widget_directory", false)] {
        let (bad, good) = ("a\0b".to_owned(), "a".to_owned());
        let mut config = sottovoce::Config::new("shop", if nul { &bad } else { &good }, &[1; 32]);
        config.widget_directory = (!nul).then_some(bad);
        let refused = sottovoce::Sottovoce::new(config, Arc::new(MemoryKeyStore::new()), None).err();
        assert!(
            matches!(&refused, Some(SottovoceError::InvalidArgument { field: named, .. }) if named == field),
            "{refused:?}"
        );
    }
}
