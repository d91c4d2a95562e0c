//! Sensitive topics through the API: what is about one is kept and used with a yes to it alone, apart from everything else,
//! and is gone with it.
#![allow(missing_docs, reason = "a test")]

mod support;
mod topics_support;

use std::sync::Arc;

use serde_json::Value;
use sottovoce::catalog::{Artefacts, BundleHeader, Taxonomy, build_bundle};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{
    AgeBand, CarriedAnswer, Choice, ConsentState, EraseScope, ExternalSignals, Purpose,
};
use sottovoce::money::Money;
use sottovoce::profile::{
    Correction, DropReason, Event, EventName, PreferenceKey, ShoppingMode, TrackOutcome, TrackWarning,
};
use sottovoce::ranking::ReasonCode;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::{MessageRequest, RecommendRequest};
use sottovoce::{Sottovoce, SottovoceError};
use support::{NOW_MS, Offline, Phone, STORE, give};
use topics_support::{
    BOTH, DIABETES, KEPT, LEGGINGS, PLAIN, RETENTION_DAYS, SENSITIVE, STORED, TOPIC, allowed, answer, asked,
    bought, copy, ids, of_tag, policy, records, shelf, surroundings, track, view,
};

#[test]
fn without_a_yes_nothing_about_it_is_kept() {
    let (phone, engine) = asked();
    let nothing_is_kept = || {
        assert_eq!(track(&phone, &engine, bought(&[LEGGINGS])), SENSITIVE);
        let search = Event { search_term: Some("maternity".into()), ..Event::new(EventName::Search) };
        assert_eq!(track(&phone, &engine, search), SENSITIVE);
        assert!(copy(&engine).is_empty());
    };
    nothing_is_kept();
    answer(&engine, SensitiveTag::Health, Choice::Give);
    nothing_is_kept();
    answer(&engine, TOPIC, Choice::Give);
    answer(&engine, TOPIC, Choice::Refuse);
    nothing_is_kept();
    engine.shutdown();
    assert!(
        KEPT.iter().all(|purpose| *purpose == Purpose::Preferences || records(&phone, *purpose as u16) == 0)
    );
    assert!(SensitiveTag::ALL.into_iter().all(|tag| records(&phone, of_tag(tag)) == 0));
}

#[test]
fn with_a_yes_it_is_kept_apart_used_shown_and_still_there_later() {
    let (phone, engine) = allowed();
    let before = shelf(&engine);
    assert!(!ids(&before).iter().any(|id| id.starts_with("CL28")));
    assert_eq!(track(&phone, &engine, Event::about(EventName::AddToCart, [LEGGINGS])), STORED);
    let search = Event { search_term: Some("maternity".into()), ..Event::new(EventName::Search) };
    assert_eq!(track(&phone, &engine, search), STORED);
    let known = |engine: &Sottovoce| {
        let shelf = shelf(engine);
        assert_ne!(ids(&shelf), ids(&before), "it counts towards what is shown");
        assert!(ids(&shelf).iter().any(|id| id.starts_with("CL28")), "and is shown: {shelf:?}");
        let view = view(engine);
        assert!(view.inferred.iter().any(|a| a.name == "Clothing > Maternity"), "{view:?}");
        assert_eq!(view.stored_events, 2);
        let copy = copy(engine);
        assert!(copy.iter().all(|e| e["topic"] == "pregnancy" && e["kept"] == "stored"), "{copy:?}");
        assert_eq!(
            (&copy[0]["items"][0]["item_id"], &copy[1]["search_term"]),
            (&LEGGINGS.into(), &"maternity".into())
        );
    };
    known(&engine);
    engine.shutdown();
    assert_eq!((records(&phone, of_tag(TOPIC)), records(&phone, Purpose::History as u16)), (2, 0));
    let engine = phone.engine();
    known(&engine);
    assert!(engine.integrity().unwrap().is_sound());
}

#[test]
fn whatever_ends_the_yes_ends_all_of_it() {
    type End = fn(&Phone, &Sottovoce);
    let ends: [(&str, End); 4] = [
        ("a no", |_, engine| answer(engine, TOPIC, Choice::Refuse)),
        ("time", |phone, engine| {
            phone.clock.advance(91 * DAY_MS);
            engine.privacy().run_maintenance(false).unwrap().erased.unwrap();
        }),
        ("history", |_, engine| {
            engine.consent().withdraw(vec![Purpose::History], "center".into(), "en".into()).unwrap();
        }),
        ("everything", |_, engine| drop(engine.data().erase(EraseScope::Everything).unwrap())),
    ];
    for (what, end) in ends {
        let (phone, engine) = asked();
        let before = shelf(&engine);
        answer(&engine, TOPIC, Choice::Give);
        track(&phone, &engine, bought(&[LEGGINGS]));
        let shown = shelf(&engine);
        assert_ne!(ids(&shown), ids(&before));
        let old = tempfile::tempdir().unwrap();
        support::copy(&phone.folder.path().join("engine"), old.path());
        end(&phone, &engine);
        assert_eq!((copy(&engine).len(), view(&engine).stored_events), (0, 0), "{what}");
        assert!(view(&engine).inferred.is_empty(), "{what}");
        assert_eq!(ids(&shelf(&engine)), ids(&before), "{what}: as if it had never been");
        let why = engine.profile().explain(shown.ranking_id, shown.items[0].item_id.clone(), "en".into());
        assert!(matches!(why, Err(SottovoceError::InvalidArgument { .. })), "{what}: {why:?}");
        engine.shutdown();
        assert_eq!(records(&phone, of_tag(TOPIC)), 0, "{what}");
        // The keys that are left open no files from before.
        std::fs::remove_dir_all(phone.folder.path().join("engine")).unwrap();
        support::copy(old.path(), &phone.folder.path().join("engine"));
        if let Ok(engine) = phone.engine_with(phone.keys.clone()) {
            assert!(copy(&engine).is_empty(), "{what}: from an older copy");
        }
    }
}

#[test]
fn an_event_is_parted_by_where_its_items_may_be_kept() {
    let (phone, engine) = allowed();
    let order = Event {
        value: Some(Money::new(9_900, "EUR")),
        transaction_id: Some("T-1".into()),
        item_list_id: Some("maternity-week".into()),
        promotion_id: Some("bump-box".into()),
        ..bought(&[PLAIN, LEGGINGS, DIABETES, BOTH])
    };
    let left_out = TrackOutcome::Stored { warnings: vec![TrackWarning::SensitiveItemsLeftOut] };
    assert_eq!(track(&phone, &engine, order.clone()), left_out);
    let again = track(&phone, &engine, order);
    assert_eq!(again, TrackOutcome::dropped(DropReason::Duplicate));
    let kept = |engine: &Sottovoce| {
        let of = |e: &Value| (e["topic"].as_str().map(str::to_owned), e["items"].clone());
        let kept = copy(engine);
        for field in ["value_minor", "item_list_id", "promotion_id"] {
            assert!(kept.iter().all(|e| e[field].is_null()), "{field} tells of what is not there");
        }
        kept.iter().map(of).map(|(topic, items)| (topic, items.as_array().unwrap().len())).collect::<Vec<_>>()
    };
    assert_eq!(kept(&engine), [(None, 1), (Some("pregnancy".into()), 1)]);
    answer(&engine, SensitiveTag::Health, Choice::Give);
    assert_eq!(
        track(&phone, &engine, bought(&[BOTH])),
        SENSITIVE,
        "about more than one: not even with a yes to each"
    );
    answer(&engine, TOPIC, Choice::Refuse);
    assert_eq!(kept(&engine), [(None, 1)]);
    assert_eq!(copy(&engine)[0]["items"][0]["item_id"], PLAIN);
}

#[test]
fn a_term_that_brings_up_nothing_may_be_about_anything_and_is_left_out() {
    let (phone, engine) = allowed();
    let search = Event { search_term: Some("xylitol".into()), ..Event::new(EventName::Search) };
    let left_out = TrackOutcome::Stored { warnings: vec![TrackWarning::SearchWithoutMatch] };
    assert_eq!(track(&phone, &engine, search), left_out);
    assert!(copy(&engine)[0]["search_term"].is_null());
}

#[test]
fn a_value_never_tells_of_what_is_left_out() {
    let (phone, engine) = allowed();
    let worth = |items| Event { value: Some(Money::new(9_900, "EUR")), ..bought(items) };
    for items in [&[PLAIN, "new in the shop"], &[LEGGINGS, "new in the shop"]] {
        let left_out = TrackOutcome::Stored { warnings: vec![TrackWarning::UnknownItemsLeftOut] };
        assert_eq!(track(&phone, &engine, worth(items)), left_out);
    }
    assert!(copy(&engine).iter().all(|e| e["value_minor"].is_null()), "it may be about a topic");
    track(&phone, &engine, worth(&[PLAIN]));
    assert_eq!(copy(&engine)[2]["value_minor"], 9_900);
}

#[test]
fn a_term_that_is_about_a_topic_is_kept_with_the_topic_or_not_at_all() {
    let (phone, engine) = allowed();
    let found =
        |items| Event { search_term: Some("maternity".into()), ..Event::about(EventName::SelectItem, items) };
    assert_eq!(track(&phone, &engine, found([PLAIN, LEGGINGS])), STORED);
    let terms = |engine: &Sottovoce| -> Vec<_> {
        copy(engine).iter().map(|e| (e["topic"].is_null(), e["search_term"].is_null())).collect()
    };
    assert_eq!(terms(&engine), [(true, true), (false, false)]);
    answer(&engine, TOPIC, Choice::Refuse);
    track(&phone, &engine, found([PLAIN, PLAIN]));
    assert_eq!(terms(&engine), [(true, true), (true, true)]);
}

#[test]
fn while_it_may_not_be_used_it_lies_sealed_and_is_the_users_all_the_same() {
    let (phone, engine) = asked();
    let before = shelf(&engine);
    answer(&engine, TOPIC, Choice::Give);
    track(&phone, &engine, bought(&[LEGGINGS]));
    let new_list = |version: u32| {
        let header = BundleHeader {
            store_id: STORE.into(),
            version: u64::from(version) + 1,
            created_ms: NOW_MS,
            taxonomy: Taxonomy { version, ..Taxonomy::default() },
            ..BundleHeader::default()
        };
        let artefacts = Artefacts::untrained(phone.shop.items.len());
        build_bundle(&phone.shop.items, &artefacts, &header, &phone.shop.key).unwrap()
    };
    let unused = |what: &str| {
        assert_eq!(ids(&shelf(&engine)), ids(&before), "{what}");
        assert!(view(&engine).inferred.is_empty(), "{what}");
        assert_eq!(track(&phone, &engine, bought(&[LEGGINGS])), SENSITIVE, "{what}");
        assert_eq!(copy(&engine)[0]["topic"], "pregnancy", "{what}");
    };
    surroundings(&engine, |s| s.region = Some("US-ZZ".into()));
    unused("a region where nobody may be asked");
    surroundings(&engine, |_| ());
    assert_ne!(ids(&shelf(&engine)), ids(&before), "and counts again");
    phone.apply(&engine, &new_list(2)).unwrap();
    unused("a list of topics that the policy does not know");
    let known = policy(&phone, 2, |p| p["sensitive"]["taxonomy_version"] = 2.into());
    engine.consent().apply_policy(known).unwrap();
    unused("a policy that asks again");
    answer(&engine, TOPIC, Choice::Give);
    assert_ne!(ids(&shelf(&engine)), ids(&before));
}

#[test]
fn it_is_kept_no_longer_than_the_history_it_is_part_of_used_or_not() {
    type Sealed = fn(&Phone, &Sottovoce);
    let sealed: [(&str, Sealed); 3] = [
        ("used", |_, _| ()),
        ("the region", |_, engine| surroundings(engine, |s| s.region = Some("US-ZZ".into()))),
        ("asked again", |phone, engine| {
            let other = policy(phone, 2, |p| p["sensitive"]["taxonomy_version"] = 2.into());
            engine.consent().apply_policy(other).unwrap();
        }),
    ];
    for (what, seal) in sealed {
        let (phone, engine) = allowed();
        track(&phone, &engine, bought(&[LEGGINGS]));
        seal(&phone, &engine);
        for (days, left) in [(RETENTION_DAYS - 1, 1), (2, 0)] {
            phone.clock.advance(days * DAY_MS);
            let purged = engine.privacy().run_maintenance(false).unwrap().events_purged;
            assert_eq!((purged, copy(&engine).len()), (1 - left as u64, left), "{what}");
        }
        engine.shutdown();
        assert_eq!(records(&phone, of_tag(TOPIC)), 0, "{what}");
    }
}

#[test]
fn what_is_sealed_goes_with_the_history_too() {
    let (phone, engine) = allowed();
    track(&phone, &engine, bought(&[LEGGINGS]));
    let other = policy(&phone, 2, |p| p["sensitive"]["taxonomy_version"] = 2.into());
    engine.consent().apply_policy(other).unwrap();
    let report = engine.consent().withdraw(vec![Purpose::History], "center".into(), "en".into()).unwrap();
    assert_eq!(report.rows, 1);
    engine.shutdown();
    assert_eq!(records(&phone, of_tag(TOPIC)), 0);
}

#[test]
fn a_correction_and_an_erasure_reach_it_and_the_answer_stays() {
    let (phone, engine) = allowed();
    track(&phone, &engine, bought(&[PLAIN, LEGGINGS]));
    let gone = Correction::ExcludeEvidence { item_ids: vec![LEGGINGS.into()] };
    assert_eq!(engine.profile().correct(gone).unwrap().events_removed, 1);
    assert_eq!(copy(&engine).len(), 1);
    track(&phone, &engine, bought(&[LEGGINGS]));
    assert_eq!(engine.data().erase(EraseScope::DataAbout { tag: TOPIC }).unwrap().rows, 1);
    assert_eq!((copy(&engine).len(), view(&engine).stored_events), (1, 1));
    assert_eq!(track(&phone, &engine, bought(&[LEGGINGS])), STORED);
    engine.shutdown();
    assert_eq!((records(&phone, of_tag(TOPIC)), records(&phone, Purpose::History as u16)), (1, 1));
}

#[test]
fn it_is_never_named_as_a_reason() {
    let (phone, engine) = allowed();
    let named = |engine: &Sottovoce| -> Vec<String> {
        let shelf = shelf(engine);
        let why = |id: &&str| {
            engine.profile().explain(shelf.ranking_id.clone(), (*id).into(), "en".into()).unwrap().factors
        };
        let factors = ids(&shelf).iter().flat_map(why).collect::<Vec<_>>();
        factors.into_iter().flat_map(|f| [f.attribute, f.item_id]).flatten().collect()
    };
    track(&phone, &engine, bought(&[LEGGINGS]));
    let search = Event { search_term: Some("maternity".into()), ..Event::new(EventName::Search) };
    track(&phone, &engine, search);
    assert_eq!(named(&engine), Vec::<String>::new());
    let reasons = shelf(&engine).items.into_iter().flat_map(|item| item.reasons).collect::<Vec<_>>();
    use ReasonCode as R;
    let tells = [
        R::BrandAffinity,
        R::CategoryAffinity,
        R::BuyAgain,
        R::ViewedBefore,
        R::BoughtTogether,
        R::ViewedTogether,
    ];
    assert!(!reasons.iter().any(|reason| tells.contains(reason)), "{reasons:?}");
    track(&phone, &engine, bought(&["CL4-RO-S"]));
    let named = named(&engine);
    assert!(named.iter().any(|name| name == "Larkspur"), "what follows from other things is: {named:?}");
    assert!(!named.iter().any(|name| name.contains("aternity") || name == LEGGINGS), "{named:?}");
}

#[test]
fn no_widget_and_no_report_knows_of_it() {
    let (mut phone, engine) = allowed();
    engine.shutdown();
    phone.task_set = Some(phone.shop.questions_about("Clothing"));
    phone.transport = Some(Arc::new(Offline));
    let engine = phone.engine();
    give(&engine, &[Purpose::Measurement]);
    engine.privacy().run_maintenance(false).unwrap();
    let widget =
        || engine.ranking().keep_for_widget(RecommendRequest::new("widget", 12)).unwrap().unwrap().items;
    let answer = || engine.privacy().outbox().unwrap()[0].true_answer.clone();
    let before = (widget(), answer());
    assert_eq!(before.1, "Nothing yet");
    track(&phone, &engine, bought(&[LEGGINGS]));
    assert_eq!((widget(), answer()), before);
    track(&phone, &engine, bought(&["CL4-RO-S"]));
    assert_ne!(widget(), before.0, "of other things it does");
    assert_eq!(answer(), "Clothing");
}

#[test]
fn no_message_speaks_of_it() {
    let (mut phone, engine) = allowed();
    phone.shop.plan = Some(support::plan().plan);
    phone.apply(&engine, &phone.shop.bundle(2)).unwrap();
    give(&engine, &[Purpose::Messaging]);
    let said = || {
        let locale = "en".to_owned();
        let request = MessageRequest { locale, utc_offset_minutes: 0, system_allows: true, leaving: false };
        engine.messages().poll(request).unwrap().message.map(|message| message.item_id)
    };
    for item in [PLAIN, LEGGINGS] {
        let cart = track(&phone, &engine, Event::about(EventName::AddToCart, [item]));
        assert_eq!(cart, STORED);
    }
    assert_eq!(said(), Some(Some(PLAIN.to_owned())), "of other things it does");
    track(&phone, &engine, Event::about(EventName::RemoveFromCart, [PLAIN]));
    assert_eq!(said(), None);
}

/// What a user can say they like about the topic.
fn likings() -> [(PreferenceKey, &'static str); 2] {
    [(PreferenceKey::Category, "Clothing > Maternity"), (PreferenceKey::MoreLikeItem, LEGGINGS)]
}

#[test]
fn a_liking_needs_a_yes_to_the_topic_and_reaches_no_widget() {
    for (key, value) in likings() {
        let (_phone, engine) = asked();
        let widget =
            || engine.ranking().keep_for_widget(RecommendRequest::new("widget", 12)).unwrap().unwrap().items;
        let (before, on_widget) = (shelf(&engine), widget());
        let set = || engine.preferences().set(key, value.into());
        let refused = set().unwrap_err();
        assert!(
            matches!(&refused, SottovoceError::InvalidArgument { field, .. } if field == "value"),
            "{refused}"
        );
        assert!(engine.preferences().all().unwrap().is_empty());
        answer(&engine, TOPIC, Choice::Give);
        set().unwrap();
        let shown = shelf(&engine);
        assert_ne!(ids(&shown), ids(&before), "{key:?} counts");
        assert_eq!(widget(), on_widget);
        let why = |id: &&str| {
            engine.profile().explain(shown.ranking_id.clone(), (*id).into(), "en".into()).unwrap().factors
        };
        assert!(ids(&shown).iter().flat_map(why).all(|f| f.item_id.as_deref() != Some(LEGGINGS)));
        surroundings(&engine, |s| s.region = Some("US-ZZ".into()));
        assert_eq!(ids(&shelf(&engine)), ids(&before), "{key:?}: not where the topic may not be used");
        assert_eq!(engine.preferences().all().unwrap().len(), 1, "where it is kept all the same");
    }
}

#[test]
fn more_like_this_of_a_topic_needs_a_yes_to_it() {
    let (_phone, engine) = asked();
    let more = || engine.profile().correct(Correction::MoreLike { item_id: LEGGINGS.into() });
    assert!(matches!(more(), Err(SottovoceError::InvalidArgument { .. })));
    answer(&engine, TOPIC, Choice::Give);
    assert_eq!(more().unwrap().preferences_added, 1);
    assert!(matches!(
        engine.profile().correct(Correction::MoreLike { item_id: BOTH.into() }),
        Err(SottovoceError::InvalidArgument { .. })
    ));
}

#[test]
fn a_liking_ends_with_the_yes_to_its_topic() {
    type End = fn(&Phone, &Sottovoce);
    let ends: [(&str, End); 5] = [
        ("a no", |_, engine| answer(engine, TOPIC, Choice::Refuse)),
        ("the history", |_, engine| {
            engine.consent().withdraw(vec![Purpose::History], "center".into(), "en".into()).unwrap();
        }),
        ("time", |phone, engine| {
            phone.clock.advance(91 * DAY_MS);
            engine.privacy().run_maintenance(false).unwrap();
        }),
        ("time, while nobody looked", |phone, engine| {
            engine.shutdown();
            phone.clock.advance(91 * DAY_MS);
            engine.unlock().unwrap();
        }),
        ("an erasure", |_, engine| drop(engine.data().erase(EraseScope::DataAbout { tag: TOPIC }).unwrap())),
    ];
    for (what, end) in ends {
        let (phone, engine) = allowed();
        for (key, value) in likings() {
            engine.preferences().set(key, value.into()).unwrap();
        }
        engine.preferences().set(PreferenceKey::Brand, "Larkspur".into()).unwrap();
        let old = tempfile::tempdir().unwrap();
        support::copy(&phone.folder.path().join("engine"), old.path());
        end(&phone, &engine);
        let left = |engine: &Sottovoce| -> Vec<_> {
            engine.preferences().all().unwrap().into_iter().map(|p| p.value).collect()
        };
        assert_eq!(left(&engine), ["Larkspur"], "{what}");
        engine.shutdown();
        std::fs::remove_dir_all(phone.folder.path().join("engine")).unwrap();
        support::copy(old.path(), &phone.folder.path().join("engine"));
        if let Ok(engine) = phone.engine_with(phone.keys.clone()) {
            assert!(left(&engine).is_empty(), "{what}: from an older copy");
        }
    }
}

#[test]
fn a_refusal_needs_no_yes_to_the_topic() {
    let (_phone, engine) = allowed();
    let refusals = [
        Correction::NeverItem { item_id: LEGGINGS.into() },
        Correction::LessLike { item_id: BOTH.into() },
        Correction::NeverCategory { category: "Clothing > Maternity".into() },
    ];
    answer(&engine, TOPIC, Choice::Refuse);
    for refusal in refusals {
        engine.profile().correct(refusal).unwrap();
    }
    engine.preferences().set(PreferenceKey::NeverItem, DIABETES.into()).unwrap();
    answer(&engine, TOPIC, Choice::Give);
    answer(&engine, TOPIC, Choice::Refuse);
    assert_eq!(engine.preferences().all().unwrap().len(), 4, "and stays");
}

#[test]
fn a_correction_reaches_what_may_not_be_used_at_the_moment() {
    let (phone, engine) = allowed();
    track(&phone, &engine, bought(&[PLAIN, LEGGINGS]));
    surroundings(&engine, |s| s.global_privacy_control = true);
    let gone = Correction::ExcludeEvidence { item_ids: vec![LEGGINGS.into()] };
    let report = engine.profile().correct(gone).unwrap();
    assert_eq!(
        (report.events_removed, copy(&engine).len()),
        (0, 1),
        "which tells nothing of what may not be used"
    );
    engine.consent().withdraw(vec![Purpose::Session], "center".into(), "en".into()).unwrap();
    let gone = Correction::NotMe { from_ms: 0, to_ms: i64::MAX };
    let report = engine.profile().correct(gone).unwrap();
    assert_eq!((report.events_removed, copy(&engine).len()), (0, 0));
    surroundings(&engine, |_| ());
    assert_eq!(view(&engine).stored_events, 0);
}

#[test]
fn a_present_says_nothing_about_a_topic() {
    let (phone, engine) = allowed();
    engine.events().set_mode(ShoppingMode::Gift).unwrap();
    assert_eq!(track(&phone, &engine, bought(&[LEGGINGS])), SENSITIVE);
}

#[test]
fn a_child_or_an_opt_out_ends_its_use() {
    type Change = fn(&mut ExternalSignals);
    let changes: [Change; 2] = [|s| s.age_band = Some(AgeBand::Under13), |s| s.global_privacy_control = true];
    for change in changes {
        let (phone, engine) = allowed();
        track(&phone, &engine, bought(&[LEGGINGS]));
        surroundings(&engine, change);
        assert_eq!((view(&engine).stored_events, copy(&engine).len()), (0, 1));
    }
}

#[test]
fn a_no_to_a_topic_is_carried_to_another_device_and_a_yes_is_only_offered() {
    let (_other, there) = allowed();
    answer(&there, SensitiveTag::Health, Choice::Refuse);
    answer(&there, SensitiveTag::Religion, Choice::Refuse);
    let carried = there.consent().carried_answers().unwrap();
    let json = serde_json::to_string(&carried).unwrap();
    let carried: Vec<CarriedAnswer> = serde_json::from_str(&json).unwrap();
    let told: Vec<_> = carried.iter().filter(|a| a.tag.is_some()).map(|a| a.purpose).collect();
    assert_eq!(told, [Purpose::Essential; 3], "a version that knows no topic skips it");
    let (phone, engine) = asked();
    answer(&engine, SensitiveTag::Health, Choice::Give);
    track(&phone, &engine, bought(&[DIABETES]));
    let outcome = engine.consent().import_answers(carried.clone()).unwrap();
    assert_eq!(outcome.refused_topics, [SensitiveTag::Health, SensitiveTag::Religion]);
    assert_eq!((outcome.offered_topics, outcome.report.rows), (vec![TOPIC], 1));
    assert!(copy(&engine).is_empty());
    assert_eq!(track(&phone, &engine, bought(&[DIABETES])), SENSITIVE);
    assert_eq!(track(&phone, &engine, bought(&[LEGGINGS])), SENSITIVE, "a yes there is none here");
    assert_eq!(engine.consent().import_answers(carried).unwrap().refused_topics, [], "once is enough");
    surroundings(&engine, |s| s.region = Some("US-ZZ".into()));
    let yes = CarriedAnswer::about(TOPIC, ConsentState::Given, 1);
    let no = CarriedAnswer::about(TOPIC, ConsentState::Refused, 1);
    let outcome = engine.consent().import_answers(vec![yes, no, yes]).unwrap();
    assert_eq!(
        (outcome.refused_topics, outcome.offered_topics),
        (vec![TOPIC], Vec::new()),
        "of several a no wins"
    );
}
