//! Four weeks of a shopper's life, lived once through the API, and what of it becomes a fixture.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use sottovoce::Sottovoce;
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{
    AgeBand, CarriedAnswer, Choice, ConsentState, EraseScope, ExternalSignals, Purpose, PurposeChoice,
};
use sottovoce::money::Money;
use sottovoce::profile::{Event, EventItem, EventName, PreferenceKey, ReturnReason, Surface, TrackOutcome};
use sottovoce::ranking::Intensity;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::signals::{Collector, Ingest, Prepared, ReportStore, TaskSet};
use sottovoce::surfaces::{Message, MessageKind, RecommendRequest};

use super::cut::{Cut, Lockable};
use super::said::said;
use super::shop::{self, BROWSED};
use super::{CUT_MS, HOUR_MS, Home, KILLED_MS, LEFT_MS, RESERVE, SHARED, Server, Stored};
use crate::support::{self, NOW_MS};

/// Given on the first day, and still on the last; the last of them in spite of an opt-out signal.
pub const GIVEN: [Purpose; 7] = [
    Purpose::Preferences,
    Purpose::Session,
    Purpose::History,
    Purpose::Inference,
    Purpose::Ranking,
    Purpose::Measurement,
    Purpose::Experiments,
];

/// Writes every fixture of a format.
pub fn write(stored: Stored) {
    fs::create_dir_all(stored.fixture("wire")).unwrap();
    shop::write(stored);
    let mut home = Home::new(stored, NOW_MS);
    first_visit(&mut home);
    second_visit(&mut home);
    let (engine, body) = last_visit(&mut home);
    let then = said(&home, &engine);
    wire_of(stored, &engine, &body);
    engine.shutdown();
    drop(engine);
    keep(&home, "main", &then);
    let widget = home.engine().join("vault/brambly.snapshot");
    fs::copy(widget, stored.fixture("wire").join("widget.snapshot")).unwrap();
    killed(stored);
    erasures(stored);
    denied_in_the_files(stored);
    ["killed", "erasing_pending", "erasing_retired", "denied_in_the_files"]
        .into_iter()
        .for_each(|name| share(stored, name));
}

/// All others were `main` before what is in their log: what they have in common lies in `main` only.
fn share(stored: Stored, name: &str) {
    for file in SHARED {
        let copy = stored.fixture(name).join(file);
        assert_eq!(fs::read(&copy).unwrap(), fs::read(stored.fixture("main").join(file)).unwrap());
        fs::remove_file(copy).unwrap();
    }
    fs::remove_dir(stored.fixture(name).join("engine/catalog")).unwrap();
}

/// Puts what lies on a phone into a fixture, without what dies with the process.
fn keep(home: &Home, name: &str, then: &Value) {
    assert_eq!(fs::read(home.reserve()).unwrap().len(), RESERVE);
    photograph(home.path(), &home.stored.fixture(name));
    write_json(&home.stored.fixture(name).join("expected.json"), then);
}

/// Copies engine and keys as a process that is killed now would leave them, without the reserve.
pub fn photograph(home: &Path, to: &Path) {
    for part in ["engine", "keys"] {
        support::copy(&home.join(part), &to.join(part));
    }
    let stays = ["lock", "vault-shm", "reserve"];
    let left_out = |file: &PathBuf| file.extension().is_some_and(|e| stays.iter().any(|stays| e == *stays));
    support::files(to).into_iter().filter(left_out).for_each(|file| fs::remove_file(file).unwrap());
}

fn write_json(path: &Path, value: &Value) {
    fs::write(path, serde_json::to_string_pretty(value).unwrap() + "\n").unwrap();
}

fn answer(engine: &Sottovoce, purposes: &[Purpose], choice: Choice) {
    let choices = purposes.iter().map(|&purpose| PurposeChoice { purpose, choice }).collect();
    engine.consent().record(choices, "notice".into(), "en".into()).unwrap();
}

fn answer_about(engine: &Sottovoce, tag: SensitiveTag, choice: Choice) {
    engine.consent().answer_sensitive(tag, choice, "topic".into(), "de".into()).unwrap();
}

fn install(home: &Home, engine: &Sottovoce, catalog: &str) {
    engine.catalog().install(home.stored.fixture("wire").join(catalog).display().to_string()).unwrap();
}

fn queued(engine: &Sottovoce, allow_network: bool) {
    let report = engine.privacy().run_maintenance(allow_network).unwrap().report;
    assert!(matches!(report, Some(Prepared::Queued { .. })), "{report:?}");
}

fn surroundings(opted_out: bool) -> ExternalSignals {
    let platform = [
        ("IABTCF_PurposeConsents", "11011111111"),
        ("IABTCF_gdprApplies", "1"),
        ("IABTCF_TCString", "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA"),
        ("IABTCF_VendorConsents", "no rule reads it, so it is not kept"),
    ];
    ExternalSignals {
        region: Some("DE".into()),
        region_hints: vec!["AT".into()],
        age_band: Some(AgeBand::Adult),
        global_privacy_control: opted_out,
        consent_platform: platform.map(|(key, value)| (key.into(), value.into())).into(),
    }
}

/// The first day: everything is asked, most is given, something is taken back, something is erased.
fn first_visit(home: &mut Home) {
    home.tasks = Some(home.stored.wire("tasks_1.signed"));
    home.server = Server::answering(200); // nobody is asked about reports that cannot be sent
    let engine = home.open();
    let consent = engine.consent();
    install(home, &engine, "catalog_1.svb");
    consent.apply_policy(home.stored.wire("policy_5.signed")).unwrap();
    consent.apply_signals(surroundings(true)).unwrap();
    let asked = consent.notice("en".into()).unwrap().purposes.iter().map(|p| p.purpose).collect();
    consent.served(asked, "notice".into(), "en".into()).unwrap();
    let (in_spite, others) = GIVEN.split_last().unwrap();
    answer(&engine, &[*in_spite], Choice::Give);
    consent.apply_signals(surroundings(false)).unwrap();
    answer(&engine, others, Choice::Give);
    answer(&engine, &[Purpose::Messaging], Choice::Defer);
    answer(&engine, &[Purpose::Messaging], Choice::Refuse);
    answer(&engine, &[Purpose::Offers], Choice::Give);
    consent.withdraw(vec![Purpose::Offers], "settings".into(), "en".into()).unwrap();
    answer(&engine, &[Purpose::Offers], Choice::Give);
    answer_about(&engine, SensitiveTag::Pregnancy, Choice::Give); // for ten days
    answer_about(&engine, SensitiveTag::Health, Choice::Refuse);
    engine.preferences().set(PreferenceKey::Brand, "Erased".into()).unwrap();
    engine.data().erase(EraseScope::DataOf { purpose: Purpose::Preferences }).unwrap();
    queued(&engine, false);
    engine.shutdown();
}

/// Two weeks later: an answer has run out, a policy asks again, another device refuses, a report leaves.
fn second_visit(home: &mut Home) {
    home.clock.set(NOW_MS + 14 * DAY_MS);
    home.tasks = Some(home.stored.wire("tasks_2.signed"));
    home.server = Server::answering(200);
    let engine = home.open();
    let consent = engine.consent();
    install(home, &engine, "catalog_2.svb");
    let asks_again = consent.apply_policy(home.stored.wire("policy_6.signed")).unwrap().material;
    assert_eq!(asks_again, [Purpose::Offers]);
    answer(&engine, &[Purpose::Offers], Choice::Give);
    let elsewhere = CarriedAnswer::of(Purpose::Offers, ConsentState::Refused, NOW_MS + DAY_MS);
    consent.import_answers(vec![elsewhere]).unwrap();
    answer_about(&engine, SensitiveTag::Pregnancy, Choice::Give);
    consent.head().unwrap();
    for key in ["shelf", "tone"] {
        assert!(engine.experiments().expose(key.into()).unwrap());
    }
    queued(&engine, true);
    assert_eq!(engine.privacy().sent().unwrap().len(), 1);
    engine.shutdown();
}

/// The last day: everything a shopper can do and say. The report of the week before cannot be delivered.
/// Returns the open engine and the bytes of the report that was tried.
fn last_visit(home: &mut Home) -> (Arc<Sottovoce>, Vec<u8>) {
    home.clock.set(NOW_MS + 28 * DAY_MS);
    home.tasks = Some(home.stored.wire("tasks_3.signed"));
    home.server = Server::answering(503);
    let engine = home.open();
    queued(&engine, true);
    let topical = Event::about(EventName::ViewItem, [shop::TOPICAL]);
    for event in everything_done().into_iter().chain([topical]) {
        home.clock.advance(60_000);
        let (name, outcome) = (event.name, engine.events().track(event).unwrap());
        assert_eq!(outcome, TrackOutcome::Stored { warnings: Vec::new() }, "{name:?}");
    }
    for key in PreferenceKey::all() {
        home.clock.advance(1000);
        engine.preferences().set(key, format!("said of {}", key.as_str())).unwrap();
    }
    home.clock.set(LEFT_MS);
    engine.preferences().set_intensity(Surface::Offers, Intensity::Off).unwrap();
    engine.preferences().set_intensity(Surface::Search, Intensity::Light).unwrap();
    engine.messages().set_muted("cheaper".into(), true).unwrap();
    engine.messages().snooze(Some(KILLED_MS)).unwrap();
    engine.ranking().keep_for_widget(RecommendRequest::new("widget", 6)).unwrap().unwrap();
    let server = home.server.as_ref().unwrap();
    let body = server.got.lock().unwrap()[0].body.clone();
    (engine, body)
}

/// Every kind of event, with every field somewhere.
fn everything_done() -> Vec<Event> {
    use EventName as E;
    let about = |name, items: &[&str]| Event::about(name, items.iter().copied());
    let list = Some("home".to_owned());
    let back = |reason| Event { return_reason: Some(reason), ..about(E::ReturnItem, &["KI83"]) };
    let paid = |name| Event {
        items: vec![
            EventItem { quantity: 1, price: Some(Money::new(24_900, "EUR")), ..EventItem::new("KI81") },
            EventItem { quantity: 3, price: Some(Money::new(1_250, "EUR")), ..EventItem::new("FO235") },
        ],
        value: Some(Money::new(28_650, "EUR")),
        transaction_id: Some("T-1001".into()),
        ..Event::new(name)
    };
    vec![
        Event {
            item_list_id: list.clone(),
            ranking_id: Some("0123456789abcdef".into()),
            ..about(E::ViewItemList, &BROWSED)
        },
        Event { item_list_id: list, ..about(E::SelectItem, &["KI81"]) },
        Event { dwell_bucket: Some(3), ..about(E::ViewItem, &["KI81"]) },
        about(E::AddToWishlist, &["KI84"]),
        about(E::AddToCart, &["KI81", "FO235", "KI83"]),
        about(E::RemoveFromCart, &["KI83"]),
        Event { value: Some(Money::new(28_650, "EUR")), ..Event::new(E::ViewCart) },
        Event::new(E::BeginCheckout),
        Event {
            shipping_tier: Some("express".into()),
            gift_wrap: Some(true),
            ..Event::new(E::AddShippingInfo)
        },
        Event { payment_type: Some("invoice".into()), ..Event::new(E::AddPaymentInfo) },
        paid(E::Purchase),
        paid(E::Refund),
        Event { promotion_id: Some("spring".into()), ..Event::new(E::ViewPromotion) },
        Event { promotion_id: Some("spring".into()), ..Event::new(E::SelectPromotion) },
        Event { search_term: Some("espresso".into()), ..Event::new(E::Search) },
        about(E::DismissItem, &["KI84"]),
        Event { rating: Some(4), ..about(E::RateItem, &["KI81"]) },
        back(ReturnReason::TooSmall),
        back(ReturnReason::TooLarge),
        back(ReturnReason::Other),
        Event { dwell_bucket: Some(1), ..about(E::ImpressionEnd, &["KI83", "KI84"]) },
        about(E::RemoveFromWishlist, &["KI84"]),
    ]
}

/// What leaves the device, or the shop's servers keep of it.
fn wire_of(stored: Stored, engine: &Sottovoce, body: &[u8]) {
    let put = |name: &str, bytes: &[u8]| fs::write(stored.fixture("wire").join(name), bytes).unwrap();
    put("report.bin", body);
    put("export.json", engine.data().export().unwrap().as_bytes());
    put("receipts.json", engine.consent().export_receipts().unwrap().as_bytes());
    let carried = json!(engine.consent().carried_answers().unwrap());
    write_json(&stored.fixture("wire").join("carried_answers.json"), &carried);
    let set = TaskSet::open(&stored.wire("tasks_2.signed"), &stored.shop_key()).unwrap();
    let mut collector = Collector::new([set.clone()]).with_keys([shop::secret()]);
    assert_eq!(collector.ingest(body, LEFT_MS), Ingest::Counted);
    put("collector.bin", &collector.save().unwrap());
    put("collector.key", shop::secret().to_json().as_bytes());
    let reports = stored.fixture("wire").join("collector.sqlite");
    let mut reports = ReportStore::open(&reports, [set], [shop::secret()]).unwrap();
    assert_eq!(reports.ingest([body], LEFT_MS).unwrap(), [Ingest::Counted]);
}

/// A week later the process is killed: what was done last is in the log only.
fn killed(stored: Stored) {
    let home =
        Home { tasks: Some(stored.wire("tasks_4.signed")), ..Home::of(stored, "main", KILLED_MS - HOUR_MS) };
    let engine = home.open();
    queued(&engine, false);
    let mut heard = surroundings(false);
    heard.consent_platform.insert("IABTCF_PurposeConsents".into(), "11111111111".into());
    engine.consent().apply_signals(heard).unwrap();
    answer(&engine, &[Purpose::Messaging], Choice::Give);
    home.clock.set(KILLED_MS);
    let last = Event { transaction_id: Some("T-1002".into()), ..Event::about(EventName::Purchase, ["KI84"]) };
    engine.events().track(last).unwrap();
    engine.preferences().set(PreferenceKey::Brand, "Hearthwick".into()).unwrap();
    engine.messages().scheduled(Some(shown())).unwrap();
    engine.ranking().keep_for_widget(RecommendRequest::new("widget", 3)).unwrap().unwrap();
    let then = said(&home, &engine);
    keep(&home, "killed", &then);
    engine.shutdown();
}

/// What was told of the cart.
fn shown() -> Message {
    Message {
        message_id: "cart-waits:KI81".into(),
        rule_id: "cart-waits".into(),
        kind: MessageKind::AbandonedCart,
        title: "Your cart is waiting".into(),
        text: String::new(),
        link: None,
        item_id: Some("KI81".into()),
        product_id: None,
        deliver_at_ms: KILLED_MS,
        expires_at_ms: None,
        because: String::new(),
        evidence_count: 1,
    }
}

/// History is taken back, and the device dies at two moments of it.
fn erasures(stored: Stored) {
    let home = Home::of(stored, "main", CUT_MS);
    let cut =
        Arc::new(Cut::new(&home, &stored.fixture("erasing_pending"), &stored.fixture("erasing_retired")));
    let engine = home.open_with(cut.clone()).unwrap();
    let mut before = said(&home, &engine);
    before["widget"] = Value::Null; // the first thing that goes
    cut.arm();
    let report = engine.consent().withdraw(vec![Purpose::History], "settings".into(), "en".into()).unwrap();
    let mut after = said(&home, &engine);
    after["erased"] =
        json!({"rows": report.rows, "keys": report.keys_destroyed, "receipt": report.receipt_id});
    engine.shutdown();
    write_json(&stored.fixture("erasing_pending").join("expected.json"), &before);
    write_json(&stored.fixture("erasing_retired").join("expected.json"), &after);
}

/// History is taken back while the key store cannot be reached, and the device dies before it can be.
fn denied_in_the_files(stored: Stored) {
    let home = Home::of(stored, "main", CUT_MS);
    let keys = Arc::new(Lockable::new(&home));
    let engine = home.open_with(keys.clone()).unwrap();
    keys.lock();
    engine.consent().withdraw(vec![Purpose::History], "settings".into(), "en".into()).unwrap();
    let then = said(&home, &engine);
    keep(&home, "denied_in_the_files", &then);
    engine.shutdown();
}
