//! What an examiner finds in the memory of an app that uses the whole API over a heap that forgets: nothing the vault
//! has sealed once it is taken back, nothing at all once the engine is shut down.
#![cfg(target_os = "linux")]
#![allow(missing_docs, reason = "a test")]

mod emulated;
mod examined;
mod support;

use std::collections::BTreeMap;

use examined::{Examined, pause};
use sottovoce::consent::{Choice, ExternalSignals, Policy, Purpose};
use sottovoce::money::Money;
use sottovoce::profile::{Event, EventItem, EventName, PreferenceKey, TrackOutcome};
use sottovoce::ranking::Filters;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::{RecommendRequest, SearchRequest};
use sottovoce::{Sottovoce, WipingHeap};
use support::Phone;

#[global_allocator]
static HEAP: WipingHeap = WipingHeap;

/// What a user tells a shop, or a shop notes about them.
const TOLD: [&str; 12] = [
    "order",
    "promotion",
    "term",
    "item",
    "list",
    "ranking",
    "payment",
    "shipping",
    "preference",
    "query",
    "filter",
    "topic",
];
/// About health.
const TOPICAL: &str = "topical";

/// The text that stands for it: no program, argument or file holds it, and only the child says it.
fn text(told: &str, visit: u64) -> String {
    let mut state = told.bytes().fold(visit + 1, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    };
    (0..24).map(|_| letter()).collect()
}

/// The examined process: holds still after each stage.
#[test]
#[ignore = "the process that is examined"]
fn child() {
    if std::env::var_os("SOTTOVOCE_MEMORY").is_none() {
        return;
    }
    let mut phone = Phone::new();
    phone.shop.items.truncate(20);
    for (item, visit) in phone.shop.items.iter_mut().zip(0..2) {
        item.id = text("item", visit);
        item.title = text("term", visit); // else nobody could vouch for the term
    }
    phone.shop.items[2].id = TOPICAL.into();
    phone.shop.items[2].sensitive_tags = vec![SensitiveTag::Health];
    let mut policy: serde_json::Value = serde_json::from_str(Policy::baseline_json()).unwrap();
    policy["sensitive"]["tags"] = serde_json::json!(["health"]);
    phone.policy = Some(Policy::seal(policy.to_string().as_bytes(), phone.shop.key.pair()).unwrap());
    let engine = phone.stocked();
    drop(phone.shop.items);
    // What the catalog holds is read when something asks for it, and stays: it is the same for everyone.
    engine.catalog().items(vec![text("item", 0), text("item", 1), TOPICAL.into()]).unwrap();
    engine.ranking().recommend(RecommendRequest::new("home", 5)).unwrap();
    for visit in 0..2 {
        engine.search().query(SearchRequest::new(&text("term", visit), 5)).unwrap();
    }
    let here = ExternalSignals { region: Some("DE".into()), ..Default::default() };
    engine.consent().apply_signals(here).unwrap();
    pause("stocked");
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    tell(&engine, 0);
    let held = text("order", 0);
    pause("in use");
    drop(held);
    engine.consent().withdraw(Purpose::ALL.to_vec(), "settings".into(), "en".into()).unwrap();
    pause("taken back");
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    tell(&engine, 1);
    let other = engine.data().export().unwrap();
    assert!(other.contains(&text("order", 1)));
    drop(other);
    engine.shutdown();
    pause("shut down");
    drop(engine);
}

/// Says everything once, and asks for what is made of it.
fn tell(engine: &Sottovoce, visit: u64) {
    let text = |told| text(told, visit);
    let item = || vec![EventItem { price: Some(Money::new(1_250, "EUR")), ..EventItem::new(text("item")) }];
    let track = |event: Event| {
        let (name, outcome) = (event.name, engine.events().track(event).unwrap());
        assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{name:?}: {outcome:?}");
    };
    let yes = Choice::Give;
    engine.consent().answer_sensitive(SensitiveTag::Health, yes, "topic".into(), "en".into()).unwrap();
    track(Event { item_list_id: Some(text("topic")), ..Event::about(EventName::SelectItem, [TOPICAL]) });
    track(Event { items: item(), ..Event::new(EventName::ViewItem) });
    track(Event {
        items: item(),
        item_list_id: Some(text("list")),
        ranking_id: Some(text("ranking")),
        ..Event::new(EventName::ViewItemList)
    });
    track(Event {
        items: item(),
        value: Some(Money::new(1_250, "EUR")),
        transaction_id: Some(text("order")),
        ..Event::new(EventName::Purchase)
    });
    track(Event { promotion_id: Some(text("promotion")), ..Event::new(EventName::ViewPromotion) });
    track(Event { search_term: Some(text("term")), ..Event::new(EventName::Search) });
    track(Event { payment_type: Some(text("payment")), ..Event::new(EventName::AddPaymentInfo) });
    track(Event { shipping_tier: Some(text("shipping")), ..Event::new(EventName::AddShippingInfo) });
    for key in PreferenceKey::all() {
        engine.preferences().set(key, text("preference")).unwrap();
    }
    let shelf = engine.ranking().recommend(RecommendRequest::new("home", 5)).unwrap();
    engine.profile().explain(shelf.ranking_id, shelf.items[0].item_id.clone(), "en".into()).unwrap();
    engine.search().query(SearchRequest::new(&text("query"), 5)).unwrap();
    engine.search().suggest(text("query"), 5).unwrap();
    let filters = Some(Filters { tags: vec![text("filter")], ..Filters::default() });
    engine.ranking().recommend(RecommendRequest { filters, ..RecommendRequest::new("home", 5) }).unwrap();
    engine.profile().view().unwrap();
    engine.events().quality().unwrap();
    engine.ranking().keep_for_widget(RecommendRequest::new("widget", 5)).unwrap();
    engine.data().export().unwrap();
    engine.consent().export_receipts().unwrap();
}

/// What was told on a visit and is in memory, and where.
fn found(child: &Examined, visit: u64) -> BTreeMap<&'static str, Vec<String>> {
    let needles = TOLD.map(|told| (told, text(told, visit)));
    let mut found = BTreeMap::<_, Vec<String>>::new();
    child.each_region(|place, from, bytes| {
        for &(told, ref needle) in &needles {
            for at in memchr::memmem::find_iter(bytes, needle) {
                let around = &bytes[at.saturating_sub(48)..(at + 60).min(bytes.len())];
                let around = String::from_utf8_lossy(around).escape_debug().to_string();
                found.entry(told).or_default().push(format!("{place} {:x}: {around}", from + at as u64));
            }
        }
    });
    found
}

#[test]
fn nothing_stays_in_memory_that_was_taken_back_or_shut_away() {
    if emulated::emulated() {
        return;
    }
    let mut child = Examined::start("child", "SOTTOVOCE_MEMORY", "1");
    child.reach("stocked");
    let catalog = [0, 1].map(|visit| found(&child, visit));
    child.reach("in use");
    let in_use = found(&child, 0);
    child.reach("taken back");
    let taken_back = found(&child, 0);
    child.reach("shut down");
    let shut = [0, 1].map(|visit| found(&child, visit));
    assert!(
        in_use.contains_key("order") && in_use.contains_key("topic"),
        "the examiner's tools do not work: {in_use:?}"
    );
    let of_the_catalog = |told: &str, place: &String| {
        let before = catalog[0].get(told).into_iter().flatten();
        before.filter_map(|b| b.split(": ").next()).any(|b| place.starts_with(b))
    };
    let mut others = taken_back.iter().flat_map(|(told, places)| places.iter().map(move |p| (*told, p)));
    assert_eq!(others.find(|(told, place)| !of_the_catalog(told, place)), None, "after withdrawal");
    assert_eq!(shut, [BTreeMap::new(), BTreeMap::new()], "after shutdown");
}
