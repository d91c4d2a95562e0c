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
use sottovoce::random::{self, SystemRandom};
use sottovoce::signals::{
    Answer, Collector, Ingest, Prepared, Report, SkipReason, TaskRef, TaskSet, Verdict, day_of,
};
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
    [{"chosen_place": {"edges": [1, 2, 5]}}, ["none", "first", "next", "later"], "next"],
    ["segment_step", ["none", "nobody/none", "nobody/bought", "regulars/none", "regulars/bought"], "regulars/bought"],
    ["segment_step", ["none", "regulars/viewed", "regulars/carted"], "regulars/carted"],
    ["segment_step", ["none", "newcomers/none", "newcomers/viewed"], "none"]
]"#;

/// One shop for all of them: its catalog takes a while to build.
static CATALOG: LazyLock<(Shop, Vec<u8>)> = LazyLock::new(|| {
    let shop = Shop { plan: Some(support::plan().plan), ..Shop::new() };
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

#[test]
fn of_somebody_who_shops_for_others_or_in_private_no_segment_is_told() {
    let buckets = json!(["none", "regulars/none", "regulars/bought"]);
    for mode in [ShoppingMode::Gift, ShoppingMode::Private] {
        let (phone, engine) = phone(&json!("segment_step"), &buckets);
        engine.consent().accept_all("test".into(), "en".into()).unwrap();
        live(&phone, &engine);
        engine.events().set_mode(mode).unwrap();
        assert_eq!(answered(&phone, &engine), "none", "{mode:?}");
    }
}

#[test]
fn segments_of_another_plan_are_asked_of_nobody_and_cost_nothing() {
    let (mut phone, engine) =
        phone(&json!("segment_step"), &json!(["none", "regulars/none", "regulars/bought"]));
    let asked = || {
        let notice = engine.consent().notice("en".into()).unwrap();
        notice.purposes.iter().any(|purpose| purpose.purpose == Purpose::Measurement)
    };
    assert!(asked() && engine.privacy().questions("en".into()).unwrap().len() == 1);
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    let mut plan = support::plan().plan;
    plan.segments.retain(|segment| segment.id != "regulars");
    phone.shop.plan = Some(plan);
    phone.apply(&engine, &phone.shop.bundle(2)).unwrap();
    phone.clock.advance(7 * DAY_MS);
    let report = engine.privacy().run_maintenance(false).unwrap().report;
    assert_eq!(report, Some(Prepared::Skipped { reason: SkipReason::NoAnswer }));
    assert_eq!(engine.privacy().budget().unwrap().install_spent, 0);
    assert_eq!(engine.privacy().questions("en".into()).unwrap(), []);
    engine.consent().refuse_all("test".into(), "en".into()).unwrap();
    assert!(!asked(), "nobody is asked for what is not used");
}

/// Everybody's true answer by their own device, and of each kind of shopper so many.
const CROWD: u32 = 1_500;

#[test]
fn how_far_the_users_of_a_segment_got_is_known_of_the_crowd() {
    let buckets = ["none", "newcomers/none", "newcomers/bought", "regulars/none", "regulars/bought"];
    let shopper = |events: Vec<Event>, purposes: &[Purpose]| {
        let (phone, engine) = phone(&json!("segment_step"), &json!(buckets));
        give(&engine, &[purposes, &[Purpose::Measurement, Purpose::Session]].concat());
        for event in events {
            phone.clock.advance(60_000);
            engine.events().track(event).unwrap();
        }
        answered(&phone, &engine)
    };
    let known = [Purpose::History, Purpose::Inference, Purpose::Ranking];
    let earlier = |order: &str| bought(order, 5_000).at(NOW_MS - 10 * DAY_MS);
    let told = [
        shopper(vec![about(EventName::ViewItem)], &known),
        shopper(vec![earlier("1"), bought("2", 5_000)], &known),
        shopper(vec![earlier("1"), earlier("2")], &known),
        shopper(vec![earlier("1"), bought("2", 5_000)], &[Purpose::History, Purpose::Ranking]),
    ];
    assert_eq!(told, ["newcomers/none", "regulars/bought", "regulars/none", "none"]);

    let signed = questions(&json!("segment_step"), &json!(buckets));
    let set = TaskSet::open(&signed, &CATALOG.0.key.public_key()).unwrap();
    let (task, window) = (set.task(0).unwrap(), set.window_at(day_of(NOW_MS)));
    let (mechanism, now_ms) = (task.mechanism().unwrap(), window.end_ms());
    let mut collector = Collector::new([set.clone()]);
    for number in 0..CROWD {
        for truth in &told {
            let drawn =
                mechanism.randomize(&Answer::Bucket(task.bucket_named(truth)), &SystemRandom).unwrap();
            let id = random::bytes(&SystemRandom).unwrap();
            let report = Report::new(TaskRef::new(set.hash(), 0), window.start, id, &drawn);
            assert_eq!(collector.ingest(&report.to_bytes(), now_ms), Ingest::Counted);
        }
        if number == 200 {
            let few = collector.estimate("asked", window.start).unwrap();
            assert_eq!(few.verdict, Verdict::Insufficient, "of {} reports nothing is said", few.reports);
        }
    }
    let Verdict::Table { counts, shares } = collector.estimate("asked", window.start).unwrap().verdict else {
        panic!("no table")
    };
    for (count, truth) in counts.iter().zip([1, 1, 0, 1, 1]) {
        let off = count.count.devices - f64::from(truth * CROWD);
        assert!(off.abs() < 6.0 * count.count.variance.sqrt(), "{count:?}");
    }
    let bought = shares.iter().find(|share| share.row == "regulars" && share.column == "bought").unwrap();
    let (share, low, high) = bought.share.unwrap();
    assert!((share - 0.5).abs() < 1.6 * (high - low) && high - low < 0.5, "{bought:?}");
}
