//! What a device answers to each question, before it is randomised: the story of one week, and of nobody's.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use sottovoce::Sottovoce;
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{ExternalSignals, Purpose};
use sottovoce::money::Money;
use sottovoce::profile::{Event, EventName, ReturnReason, ShoppingMode, TrackOutcome};
use sottovoce::signals::{Prepared, TaskSet};
use support::{NOW_MS, Offline, Phone, Shop, give};

/// Every measurement with its buckets and what the week below makes of it.
const ASKED: &str = r#"[
    ["category_interest", ["none", "Food", "Kitchen"], "Kitchen"],
    ["brand_interest", ["none", "Röstwerk", "Copperfinch"], "Copperfinch"],
    [{"categories_of_interest": {"most": 2}}, ["none", "Kitchen", "a", "b"], "Kitchen"],
    [{"brands_of_interest": {"most": 1}}, ["none", "Copperfinch"], "Copperfinch"],
    [{"order_value": {"currency": "EUR", "edges": [1, 10000, 20000]}}, ["none", "some", "more", "most"], "more"],
    [{"order_value": {"currency": "USD", "edges": [1]}}, ["none", "some"], "none"],
    [{"revenue": {"currency": "EUR", "max": 50000}}, ["none", "some"], "12999"],
    [{"price_interest": {"currency": "EUR", "edges": [1, 10000000]}}, ["none", "some", "most"], "some"],
    ["purchase_step", ["none", "viewed", "checkout", "bought"], "bought"],
    ["purchase_step", ["none", "viewed", "carted"], "carted"],
    [{"searches_without_result": {"edges": [1, 2]}}, ["none", "one", "more"], "one"],
    ["return_reason", ["none", "too_small", "too_large", "other"], "too_small"],
    ["satisfaction", ["none", "3", "4", "5"], "4"],
    ["slot_outcome", ["none", "home/shown", "home/clicked", "cart/shown"], "home/clicked"],
    [{"experiment_outcome": {"experiment": "shelf"}}, ["none", "new/shown", "new/converted"], "new/converted"],
    ["category_conversion", ["none", "Kitchen/viewed", "Kitchen/bought"], "Kitchen/bought"],
    ["recommendation_conversion",
        ["none", "recommended/viewed", "recommended/bought", "other/viewed", "other/bought"], "recommended/bought"],
    ["category_demand", ["none", "Kitchen"], "Kitchen"],
    [{"chosen_place": {"edges": [1, 2, 5]}}, ["none", "first", "next", "later"], "next"]
]"#;

/// One shop for all of them: its catalog takes a while to build.
static CATALOG: LazyLock<(Shop, Vec<u8>)> = LazyLock::new(|| {
    let shop = Shop::new();
    let bundle = shop.bundle(1);
    (shop, bundle)
});

fn asked() -> Vec<(Value, Value, String)> {
    serde_json::from_str(ASKED).unwrap()
}

fn questions(measures: &Value, buckets: &Value) -> Vec<u8> {
    let set = json!({
        "format": 1, "version": 1, "window_days": 7,
        "valid_from_ms": NOW_MS - 1, "valid_until_ms": NOW_MS + 300 * DAY_MS,
        "endpoint": "https://brambly.example/reports",
        "tasks": [{
            "id": "asked", "question": "Which?", "measures": measures, "buckets": buckets,
            "odds": {"num": 17, "den": 10}, "min_batch": 1000,
        }],
    });
    TaskSet::seal(set.to_string().as_bytes(), CATALOG.0.key.pair()).unwrap()
}

/// A phone with the shop's catalog that is asked one question.
fn phone(measures: &Value, buckets: &Value) -> (Phone, Arc<Sottovoce>) {
    let mut phone = Phone::new();
    phone.shop.key = sottovoce::catalog::SigningKey::from_pem(&CATALOG.0.key.to_pem().unwrap()).unwrap();
    phone.task_set = Some(questions(measures, buckets));
    phone.transport = Some(Arc::new(Offline));
    let engine = phone.engine();
    phone.apply(&engine, &CATALOG.1).unwrap();
    let german = ExternalSignals { region: Some("DE".into()), ..ExternalSignals::default() };
    engine.consent().apply_signals(german).unwrap();
    (phone, engine)
}

fn about(name: EventName) -> Event {
    Event::about(name, ["KI81"])
}

fn bought(order: &str, minor: i64) -> Event {
    Event {
        transaction_id: Some(order.into()),
        value: Some(Money::new(minor, "EUR")),
        ..about(EventName::Purchase)
    }
}

/// A week of somebody who buys a coffee machine again, one minute after the other.
fn week() -> Vec<Event> {
    let ranked = |event: Event| Event { ranking_id: Some("r1".into()), ..event };
    let listed = |event: Event| ranked(Event { item_list_id: Some("home".into()), ..event });
    vec![
        bought("T-1", 5_000).at(NOW_MS - 10 * DAY_MS),
        listed(Event::about(EventName::ViewItemList, ["FO235", "KI81"])),
        listed(about(EventName::SelectItem)),
        ranked(about(EventName::ViewItem)),
        about(EventName::AddToCart),
        Event { search_term: Some("qqqqzzzz".into()), ..Event::new(EventName::Search) },
        Event::new(EventName::BeginCheckout),
        bought("T-2", 12_999),
        Event { rating: Some(4), ..about(EventName::RateItem) },
        Event {
            return_reason: Some(ReturnReason::TooSmall),
            ..Event::about(EventName::ReturnItem, ["KI83"])
        },
    ]
}

fn live(phone: &Phone, engine: &Sottovoce) {
    engine.experiments().expose("shelf".into()).unwrap();
    for event in week() {
        phone.clock.advance(60_000);
        let outcome = engine.events().track(event.clone()).unwrap();
        assert!(!matches!(outcome, TrackOutcome::Dropped { .. }), "{event:?}: {outcome:?}");
    }
}

/// The true answer in the window after the week.
fn answered(phone: &Phone, engine: &Sottovoce) -> String {
    phone.clock.advance(7 * DAY_MS);
    let report = engine.privacy().run_maintenance(false).unwrap().report;
    assert!(matches!(report, Some(Prepared::Queued { .. })), "{report:?}");
    engine.privacy().outbox().unwrap().remove(0).true_answer
}

#[test]
fn every_question_is_answered_from_the_week_before() {
    for (measures, buckets, truth) in asked() {
        let (phone, engine) = phone(&measures, &buckets);
        engine.consent().accept_all("test".into(), "en".into()).unwrap();
        live(&phone, &engine);
        assert_eq!(answered(&phone, &engine), truth, "{measures}");
    }
}

#[test]
fn what_may_not_be_used_or_was_done_for_others_is_answered_with_nothing() {
    for (measures, buckets, _) in asked() {
        let nothing = if measures.get("revenue").is_some() { "0" } else { "none" };
        let (phone, engine) = phone(&measures, &buckets);
        give(&engine, &[Purpose::Measurement, Purpose::History, Purpose::Session, Purpose::Ranking]);
        live(&phone, &engine);
        let told = answered(&phone, &engine);
        assert!([nothing, "none"].contains(&told.as_str()), "{measures} without inference: {told}");
    }
    for (measures, buckets, _) in asked() {
        // The arm of an experiment and what is liked are known from elsewhere.
        if !["revenue", "order_value", "price_interest"].iter().any(|kind| measures.get(kind).is_some()) {
            continue;
        }
        let (phone, engine) = phone(&measures, &buckets);
        engine.consent().accept_all("test".into(), "en".into()).unwrap();
        engine.events().set_mode(ShoppingMode::Gift).unwrap();
        live(&phone, &engine);
        engine.events().set_mode(ShoppingMode::Normal).unwrap();
        assert!(["0", "none"].contains(&answered(&phone, &engine).as_str()), "{measures} for somebody else");
    }
}
