//! A shop marks items as sensitive that it had before: what was kept about them goes to their topic, or goes.
#![allow(missing_docs, reason = "a test")]

mod support;
mod topics_support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;
use sottovoce::consent::{Choice, EraseScope, Purpose};
use sottovoce::money::Money;
use sottovoce::profile::{Correction, Event, EventName, PreferenceKey};
use sottovoce::sensitive::SensitiveTag;
use sottovoce::{Sottovoce, SottovoceError};
use support::{Away, Phone, give};
use topics_support::{
    KEPT, PLAIN, STORED, TOPIC, allowed, answer, asked, bought, copy, of_tag, policy, records, shelf,
    surroundings, track, view,
};

const HISTORY: u16 = Purpose::History as u16;

/// What the shop finds to be about the topic.
const JEANS: &str = "CL12-GR-30";
/// And to be about another one.
const SHIRT: &str = "CL4-RO-S";

/// The shop's list that marks what it did not mark before.
fn marked(phone: &mut Phone) -> Vec<u8> {
    for item in &mut phone.shop.items {
        if item.product_type.as_deref() == Some("Clothing > Trousers") {
            item.sensitive_tags = vec![TOPIC];
        }
        if item.id == SHIRT {
            item.sensitive_tags = vec![SensitiveTag::Health];
        }
    }
    phone.shop.bundle(2)
}

fn search(term: &str) -> Event {
    Event { search_term: Some(term.into()), ..Event::new(EventName::Search) }
}

/// Two orders and a search from before the marking, and the list that marks.
fn shopped(phone: &mut Phone, engine: &Sottovoce) -> Vec<u8> {
    let order = Event {
        value: Some(Money::new(9_900, "EUR")),
        transaction_id: Some("T-1".into()),
        item_list_id: Some("week-of-denim".into()),
        promotion_id: Some("denim-box".into()),
        ..bought(&[PLAIN, JEANS, SHIRT])
    };
    for event in [order, bought(&[PLAIN]), search("Clothing > Trousers")] {
        assert_eq!(track(phone, engine, event), STORED);
    }
    assert!(copy(engine).iter().all(|e| e["topic"].is_null()), "nothing is known to be sensitive");
    marked(phone)
}

fn knows_the_topic(engine: &Sottovoce) -> bool {
    view(engine).inferred.iter().any(|affinity| affinity.name == "Clothing > Trousers")
}

/// What is kept: the topic, and the ids or the term.
fn kept(engine: &Sottovoce) -> Vec<(Option<String>, Vec<String>, bool)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let items = |event: &Value| {
        event["items"].as_array().unwrap().iter().map(|i| text(&i["item_id"]).unwrap()).collect::<Vec<_>>()
    };
    copy(engine).iter().map(|e| (text(&e["topic"]), items(e), !e["search_term"].is_null())).collect()
}

fn of(topic: Option<&str>, items: &[&str], term: bool) -> (Option<String>, Vec<String>, bool) {
    (topic.map(str::to_owned), items.iter().map(|id| (*id).to_owned()).collect(), term)
}

/// What remains of [`shopped`] in the history.
fn remains() -> Vec<(Option<String>, Vec<String>, bool)> {
    vec![of(None, &[PLAIN], false), of(None, &[PLAIN], false)]
}

/// The same, with what is about the topic that was allowed.
fn remains_with_topic() -> Vec<(Option<String>, Vec<String>, bool)> {
    let topic = Some("pregnancy");
    [remains(), vec![of(topic, &[JEANS], false), of(topic, &[], true)]].concat()
}

fn sorted(mut all: Vec<(Option<String>, Vec<String>, bool)>) -> Vec<(Option<String>, Vec<String>, bool)> {
    all.sort();
    all
}

#[test]
fn what_was_kept_before_goes_to_its_topic_and_ends_with_it() {
    let (mut phone, engine) = allowed();
    let marked = shopped(&mut phone, &engine);
    let shown = shelf(&engine);
    phone.apply(&engine, &marked).unwrap();
    assert_eq!(sorted(kept(&engine)), sorted(remains_with_topic()));
    for event in copy(&engine).iter().filter(|e| e["transaction_id"] == "T-1") {
        let whole = ["value_minor", "item_list_id", "promotion_id"].map(|field| event[field].is_null());
        assert_eq!(whole, [true; 3], "it tells of what is not there: {event}");
    }
    assert_eq!(view(&engine).stored_events, 4);
    let why = engine.profile().explain(shown.ranking_id, shown.items[0].item_id.clone(), "en".into());
    assert!(
        matches!(why, Err(SottovoceError::InvalidArgument { .. })),
        "a list from before may name it: {why:?}"
    );
    engine.shutdown();
    assert_eq!([HISTORY, of_tag(TOPIC), of_tag(SensitiveTag::Health)].map(|c| records(&phone, c)), [2, 2, 0]);
    let engine = phone.engine();
    assert_eq!(sorted(kept(&engine)), sorted(remains_with_topic()));
    assert!(engine.integrity().unwrap().is_sound());
    assert_eq!(engine.data().erase(EraseScope::DataAbout { tag: TOPIC }).unwrap().rows, 2);
    assert_eq!(kept(&engine), remains());
}

#[test]
fn without_a_yes_it_goes_also_from_older_copies() {
    let (mut phone, engine) = asked();
    let marked = shopped(&mut phone, &engine);
    let old = tempfile::tempdir().unwrap();
    support::copy(&phone.folder.path().join("engine"), old.path());
    phone.apply(&engine, &marked).unwrap();
    assert_eq!(kept(&engine), remains());
    answer(&engine, TOPIC, Choice::Give);
    assert!(!knows_the_topic(&engine), "a later yes brings nothing back");
    engine.shutdown();
    assert_eq!(records(&phone, HISTORY), 2);
    std::fs::remove_dir_all(phone.folder.path().join("engine")).unwrap();
    support::copy(old.path(), &phone.folder.path().join("engine"));
    if let Ok(engine) = phone.engine_with(phone.keys.clone()) {
        assert!(copy(&engine).is_empty(), "from an older copy");
    }
}

#[test]
fn a_list_that_comes_while_the_vault_is_locked_is_followed_at_opening() {
    let (mut phone, engine) = allowed();
    let marked = shopped(&mut phone, &engine);
    engine.shutdown();
    phone.apply(&engine, &marked).unwrap();
    engine.unlock().unwrap();
    assert_eq!(sorted(kept(&engine)), sorted(remains_with_topic()));
    assert_eq!(view(&engine).stored_events, 4);
}

#[test]
fn what_may_not_be_used_at_the_moment_is_sealed_under_its_topic() {
    let (mut phone, engine) = allowed();
    let marked = shopped(&mut phone, &engine);
    surroundings(&engine, |s| s.global_privacy_control = true);
    phone.apply(&engine, &marked).unwrap();
    assert_eq!(view(&engine).stored_events, 0);
    engine.shutdown();
    assert_eq!([HISTORY, of_tag(TOPIC)].map(|c| records(&phone, c)), [2, 2]);
    let engine = phone.engine();
    surroundings(&engine, |_| ());
    assert_eq!(view(&engine).stored_events, 4);
    answer(&engine, TOPIC, Choice::Refuse);
    assert_eq!(kept(&engine), remains());
}

#[test]
fn this_visit_forgets_it_as_well() {
    let (mut phone, engine) = asked();
    engine.consent().withdraw(vec![Purpose::History], "center".into(), "en".into()).unwrap();
    for event in [bought(&[JEANS]), search("Clothing > Trousers"), bought(&[JEANS, PLAIN])] {
        track(&phone, &engine, event);
    }
    assert_eq!(view(&engine).session_events, 3);
    let list = marked(&mut phone);
    phone.apply(&engine, &list).unwrap();
    assert_eq!(view(&engine).session_events, 1);
    give(&engine, &[Purpose::History]);
    answer(&engine, TOPIC, Choice::Give);
    assert!(!knows_the_topic(&engine), "a later yes brings nothing back");
}

#[test]
fn what_could_not_be_done_counts_no_more_and_is_done_by_maintenance_or_the_next_opening() {
    for (yes, reopens) in [(false, false), (false, true), (true, false), (true, true)] {
        let (mut phone, keys) = (Phone::new(), Arc::new(Away::default()));
        phone.policy = Some(policy(&phone, 1, |_| ()));
        let engine = phone.engine_with(keys.clone()).unwrap();
        phone.apply(&engine, &phone.shop.bundle(1)).unwrap();
        surroundings(&engine, |_| ());
        give(&engine, &KEPT);
        if yes {
            answer(&engine, TOPIC, Choice::Give);
        }
        let marked = shopped(&mut phone, &engine);
        assert!(knows_the_topic(&engine));
        keys.away.store(true, Ordering::SeqCst);
        phone.apply(&engine, &marked).unwrap();
        assert_eq!(copy(&engine).len(), 3, "nothing is lost");
        assert_eq!(knows_the_topic(&engine), yes);
        keys.away.store(false, Ordering::SeqCst);
        let engine = if reopens {
            engine.shutdown();
            phone.engine_with(keys.clone()).unwrap()
        } else {
            engine.privacy().run_maintenance(false).unwrap();
            engine
        };
        let expected = if yes { remains_with_topic() } else { remains() };
        assert_eq!(sorted(kept(&engine)), sorted(expected.clone()));
        assert_eq!(view(&engine).stored_events, expected.len() as u64);
    }
}

#[test]
fn a_liking_goes_with_what_the_shop_marks_unless_there_is_a_yes() {
    for yes in [false, true] {
        let (mut phone, engine) = if yes { allowed() } else { asked() };
        engine.preferences().set(PreferenceKey::Category, "Clothing > Trousers".into()).unwrap();
        engine.profile().correct(Correction::MoreLike { item_id: JEANS.into() }).unwrap();
        engine.profile().correct(Correction::NeverItem { item_id: JEANS.into() }).unwrap();
        let list = marked(&mut phone);
        phone.apply(&engine, &list).unwrap();
        assert_eq!(engine.preferences().all().unwrap().len(), if yes { 3 } else { 1 });
    }
}
