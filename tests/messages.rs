//! What the shop says to a shopper who is not looking: on which occasion, when, and when nothing. Over the example shop and its
//! plan.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::sync::Arc;

use sottovoce::catalog::Availability;
use sottovoce::clock::{Clock as _, DAY_MS};
use sottovoce::consent::{EraseScope, Purpose};
use sottovoce::money::Money;
use sottovoce::profile::{Event, EventItem, EventName, ShoppingMode, Surface, TrackOutcome};
use sottovoce::ranking::Intensity;
use sottovoce::surfaces::{Message, MessageKind, MessagePoll, MessageRequest, Silence};
use sottovoce::{Sottovoce, SottovoceError};
use support::{Phone, give};

const HOUR_MS: i64 = 3_600_000;
const ALLOWED: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Messaging];
/// Coffee beans of 500 g, which are bought again, and two grinders of one category.
const BEANS: &str = "FO235";
const GRINDERS: [&str; 2] = ["KI83", "KI84"];

/// It is eight in the morning in London.
fn shop() -> (Phone, Arc<Sottovoce>) {
    let mut phone = Phone::new();
    phone.shop.plan = Some(support::plan().plan);
    let engine = phone.stocked();
    (phone, engine)
}

fn known() -> (Phone, Arc<Sottovoce>) {
    let (phone, engine) = shop();
    give(&engine, &ALLOWED);
    (phone, engine)
}

fn track(phone: &Phone, engine: &Sottovoce, event: Event) {
    phone.clock.advance(120_000);
    let outcome = engine.events().track(event).unwrap();
    assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{outcome:?}");
}

fn does(phone: &Phone, engine: &Sottovoce, name: EventName, item: &str) {
    track(phone, engine, Event::about(name, [item]));
}

fn request() -> MessageRequest {
    MessageRequest { locale: "en".into(), utc_offset_minutes: 0, system_allows: true, leaving: false }
}

fn poll(engine: &Sottovoce) -> MessagePoll {
    engine.messages().poll(request()).unwrap()
}

fn message(engine: &Sottovoce) -> Message {
    let polled = poll(engine);
    polled.message.unwrap_or_else(|| panic!("{:?}", polled.silence))
}

/// The next message is shown at its moment.
fn shows(phone: &Phone, engine: &Sottovoce) -> Message {
    let next = message(engine);
    engine.messages().scheduled(Some(next.clone())).unwrap();
    phone.clock.advance(next.deliver_at_ms - phone.clock.now_ms());
    next
}

fn hour_of(time_ms: i64) -> i64 {
    time_ms.rem_euclid(DAY_MS) / HOUR_MS
}

fn silent(engine: &Sottovoce, why: Silence) {
    assert_eq!(poll(engine), MessagePoll { message: None, silence: Some(why) });
}

/// A new version of the catalog, in which an item is otherwise.
fn changes(
    phone: &mut Phone,
    engine: &Sottovoce,
    version: u64,
    item: &str,
    change: impl Fn(&mut sottovoce::catalog::Item),
) {
    change(phone.shop.items.iter_mut().find(|of| of.id == item).unwrap());
    phone.apply(engine, &phone.shop.bundle(version)).unwrap();
}

#[test]
fn a_cart_is_spoken_of_four_hours_later_in_the_words_of_the_plan_and_never_at_night() {
    let (phone, engine) = known();
    silent(&engine, Silence::NoOccasion);
    does(&phone, &engine, EventName::AddToCart, "KI81");
    let left_ms = phone.clock.now_ms();
    let next = message(&engine);
    assert_eq!((next.kind, next.rule_id.as_str()), (MessageKind::AbandonedCart, "cart-waits"));
    assert_eq!(next.deliver_at_ms, left_ms + 4 * HOUR_MS);
    assert_eq!(next.expires_at_ms, Some(left_ms + 72 * HOUR_MS));
    assert_eq!((next.item_id.as_deref(), next.evidence_count), (Some("KI81"), 1));
    let title = engine.catalog().items(vec!["KI81".into()]).unwrap()[0].title.clone();
    assert_eq!(next.text, format!("“{title}” is still in it."));
    assert_eq!(next.because, format!("“{title}” is in your cart."));
    assert_eq!(next, message(&engine), "asked again, the same");
    let in_german = engine.messages().poll(MessageRequest { locale: "de-AT".into(), ..request() }).unwrap();
    assert_eq!(in_german.message.unwrap().title, "Dein Warenkorb wartet");

    let said = |locale: &str| {
        let polled = engine.messages().poll(MessageRequest { locale: locale.into(), ..request() }).unwrap();
        polled.message.map(|m| (m.title, m.text, m.because)).unwrap()
    };
    assert_eq!(said("de-x-formal"), said("de"), "the plan does not say it formally, so nothing does");
    assert_eq!(said("ar"), said("en"), "the plan has no words in this language");
    assert_ne!(said("de").2, said("en").2);

    phone.clock.advance(11 * HOUR_MS); // seven in the evening
    does(&phone, &engine, EventName::ViewCart, "KI81");
    let next = message(&engine);
    assert_eq!((hour_of(next.deliver_at_ms), next.deliver_at_ms % HOUR_MS), (8, 0), "not at eleven");
    for (offset, hour) in [(120, 8), (-600, 8)] {
        let at = MessageRequest { utc_offset_minutes: offset, ..request() };
        let there = engine.messages().poll(at).unwrap().message.unwrap();
        let local = hour_of(there.deliver_at_ms + i64::from(offset) * 60_000);
        assert!((hour..21).contains(&local), "{offset}: {local}");
    }
    phone.clock.advance(80 * HOUR_MS);
    silent(&engine, Silence::NoOccasion); // it is too late for it
}

#[test]
fn what_is_bought_or_taken_out_is_not_spoken_of_and_what_waits_is_replaced() {
    let (phone, engine) = known();
    let two = Event {
        items: vec![EventItem { item_id: "KI83".into(), quantity: 2, price: None }],
        ..Event::about(EventName::AddToCart, ["KI83"])
    };
    track(&phone, &engine, two);
    does(&phone, &engine, EventName::AddToCart, "KI81");
    assert_eq!(message(&engine).item_id.as_deref(), Some("KI81"), "the last");
    does(&phone, &engine, EventName::RemoveFromCart, "KI81");
    does(&phone, &engine, EventName::RemoveFromCart, "KI83");
    let waiting = message(&engine);
    assert_eq!(waiting.item_id.as_deref(), Some("KI83"), "one of two is left");
    engine.messages().scheduled(Some(waiting.clone())).unwrap();
    assert_eq!(message(&engine), waiting, "what waits may still be scheduled anew");
    let order = Some("1".to_owned());
    track(&phone, &engine, Event { transaction_id: order, ..Event::about(EventName::Purchase, ["KI83"]) });
    silent(&engine, Silence::NoOccasion);
    engine.messages().scheduled(None).unwrap();
    phone.clock.advance(DAY_MS);
    does(&phone, &engine, EventName::AddToCart, "KI84");
    let next = message(&engine);
    assert_eq!(
        next.deliver_at_ms,
        phone.clock.now_ms() + 4 * HOUR_MS,
        "the one that was never shown counts for nothing"
    );
}

#[test]
fn what_the_app_says_is_in_the_cart_is_what_is_in_it() {
    for says in [EventName::ViewCart, EventName::BeginCheckout] {
        let (phone, engine) = known();
        does(&phone, &engine, EventName::AddToCart, "KI81");
        does(&phone, &engine, EventName::AddToCart, "KI84");
        track(&phone, &engine, Event::new(says));
        assert_eq!(message(&engine).item_id.as_deref(), Some("KI84"), "without items it says nothing");
        does(&phone, &engine, says, "KI83");
        let waiting = message(&engine);
        assert_eq!((waiting.item_id.as_deref(), waiting.evidence_count), (Some("KI83"), 1));
        does(&phone, &engine, EventName::RemoveFromCart, "KI83");
        silent(&engine, Silence::NoOccasion);
    }
}

#[test]
fn an_occasion_is_spoken_of_once_and_no_more_than_the_plan_allows() {
    let (phone, engine) = known();
    does(&phone, &engine, EventName::AddToCart, "KI81");
    let first = shows(&phone, &engine);
    silent(&engine, Silence::NoOccasion);
    does(&phone, &engine, EventName::AddToWishlist, "KI84");
    let (mut phone, now_ms) = (phone, first.deliver_at_ms);
    changes(&mut phone, &engine, 2, "KI84", |item| {
        item.price = Some(Money { minor: 9_900, currency: "EUR".into() })
    });
    let second = message(&engine);
    assert_eq!(second.kind, MessageKind::PriceDrop);
    assert_eq!(second.deliver_at_ms, now_ms + DAY_MS, "one in 24 hours");
    let reopened = {
        engine.shutdown();
        phone.engine()
    };
    assert_eq!(message(&reopened), second, "what was shown outlives a restart");
    let _ = shows(&phone, &reopened);
    for (version, price) in [(3, 8_000), (4, 6_000)] {
        changes(&mut phone, &reopened, version, "KI84", |item| {
            item.price = Some(Money { minor: price, currency: "EUR".into() });
        });
    }
    let again = message(&reopened);
    assert!(again.deliver_at_ms >= second.deliver_at_ms + 7 * DAY_MS, "a rule speaks once in seven days");
    let _ = shows(&phone, &reopened);
    phone.clock.advance(8 * DAY_MS);
    silent(&reopened, Silence::NoOccasion); // the same price is no news
}

#[test]
fn the_wish_list_hears_of_lower_prices_and_of_what_is_back() {
    let (mut phone, engine) = known();
    changes(&mut phone, &engine, 2, "KI83", |item| item.availability = Availability::OutOfStock);
    for grinder in GRINDERS {
        does(&phone, &engine, EventName::AddToWishlist, grinder);
    }
    silent(&engine, Silence::NoOccasion);
    changes(&mut phone, &engine, 3, "KI84", |item| {
        item.sale_price = Some(Money { minor: 15_000, currency: "EUR".into() })
    });
    silent(&engine, Silence::NoOccasion); // six per cent are less than the plan's ten
    changes(&mut phone, &engine, 4, "KI84", |item| {
        item.sale_price = Some(Money { minor: 12_000, currency: "USD".into() })
    });
    silent(&engine, Silence::NoOccasion); // another currency
    changes(&mut phone, &engine, 5, "KI84", |item| {
        item.sale_price = Some(Money { minor: 12_000, currency: "EUR".into() })
    });
    let cheaper = message(&engine);
    assert_eq!((cheaper.kind, cheaper.item_id.as_deref()), (MessageKind::PriceDrop, Some("KI84")));
    assert_eq!(cheaper.deliver_at_ms, phone.clock.now_ms());
    does(&phone, &engine, EventName::RemoveFromWishlist, "KI84");
    silent(&engine, Silence::NoOccasion);
    changes(&mut phone, &engine, 6, "KI83", |item| item.availability = Availability::InStock);
    assert_eq!(message(&engine).kind, MessageKind::BackInStock);
    let copy: serde_json::Value = serde_json::from_str(&engine.data().export().unwrap()).unwrap();
    let wish =
        copy["events"].as_array().unwrap().iter().find(|event| event["name"] == "add_to_wishlist").unwrap();
    assert_eq!(wish["items"][0]["asked"]["can_be_ordered"], false, "what is kept is in the user's copy");
}

#[test]
fn looks_comparisons_and_what_runs_out_are_occasions_of_their_own() {
    let (phone, engine) = known();
    for _ in 0..2 {
        for grinder in GRINDERS {
            does(&phone, &engine, EventName::ViewItem, grinder);
        }
    }
    let compared = message(&engine);
    assert_eq!((compared.kind, compared.item_id.as_deref()), (MessageKind::Comparison, Some("KI84")));
    assert_eq!((compared.evidence_count, compared.deliver_at_ms), (4, phone.clock.now_ms() + DAY_MS));

    let (phone, engine) = known();
    for _ in 0..3 {
        does(&phone, &engine, EventName::ViewItem, "KI81");
    }
    assert_eq!(message(&engine).kind, MessageKind::Lingering);
    does(&phone, &engine, EventName::AddToCart, "KI81");
    does(&phone, &engine, EventName::RemoveFromCart, "KI81");
    silent(&engine, Silence::NoOccasion);

    let (phone, engine) = known();
    for order in ["1", "2", "3"] {
        let of = Event { transaction_id: Some(order.into()), ..Event::about(EventName::Purchase, [BEANS]) };
        track(&phone, &engine, of);
        phone.clock.advance(20 * DAY_MS);
    }
    let out = message(&engine);
    assert_eq!((out.kind, out.item_id.as_deref()), (MessageKind::Replenishment, Some(BEANS)));
    assert!(out.text.ends_with("may be used up soon.") && out.because.ends_with("may be used up soon."));
}

#[test]
fn who_is_away_is_missed_only_where_the_plan_says_so() {
    let (phone, engine) = known();
    for order in ["1", "2", "3"] {
        let of = Event { transaction_id: Some(order.into()), ..Event::about(EventName::Purchase, ["KI81"]) };
        track(&phone, &engine, of);
    }
    phone.clock.advance(59 * DAY_MS);
    silent(&engine, Silence::NoOccasion);
    phone.clock.advance(2 * DAY_MS);
    let missed = message(&engine);
    assert_eq!((missed.kind, missed.item_id.clone()), (MessageKind::WinBack, None));
    assert!(!missed.title.contains('{') && !missed.text.contains('{'));
}

#[test]
fn who_leaves_is_told_of_what_is_open_now_or_not_at_all() {
    let (phone, engine) = known();
    let leaving = || engine.messages().poll(MessageRequest { leaving: true, ..request() }).unwrap();
    assert_eq!(leaving().silence, Some(Silence::NoOccasion));
    does(&phone, &engine, EventName::AddToCart, "KI81");
    let last = leaving().message.unwrap();
    assert_eq!((last.kind, last.deliver_at_ms), (MessageKind::ExitIntent, phone.clock.now_ms()));
    engine.messages().scheduled(Some(last)).unwrap();
    assert_eq!(leaving().silence, Some(Silence::NoOccasion), "once");
}

#[test]
fn nothing_is_said_without_a_yes_nor_where_others_would_hear_it() {
    let (phone, engine) = shop();
    give(&engine, &ALLOWED[..4]);
    does(&phone, &engine, EventName::AddToCart, "KI81");
    silent(&engine, Silence::NotAllowed);
    assert!(matches!(
        engine.messages().scheduled(Some(dummy())),
        Err(SottovoceError::ConsentRequired { purpose: Purpose::Messaging, .. })
    ));
    engine.messages().scheduled(None).unwrap();
    give(&engine, &[Purpose::Messaging]);
    let _ = message(&engine);
    let denied = engine.messages().poll(MessageRequest { system_allows: false, ..request() }).unwrap();
    assert_eq!(denied.silence, Some(Silence::SystemDenied));
    for mode in [ShoppingMode::Gift, ShoppingMode::Private] {
        engine.events().set_mode(mode).unwrap();
        silent(&engine, Silence::OtherMode);
    }
    engine.events().set_mode(ShoppingMode::Normal).unwrap();
    engine.preferences().set_intensity(Surface::Messages, Intensity::Off).unwrap();
    silent(&engine, Silence::SwitchedOff);
    engine.preferences().set_intensity(Surface::Messages, Intensity::Full).unwrap();

    engine.consent().withdraw(vec![Purpose::History], "t".into(), "en".into()).unwrap();
    assert_eq!(poll(&engine).message, None);
    engine.shutdown();
    assert!(matches!(engine.messages().poll(request()), Err(SottovoceError::Locked)));
}

fn dummy() -> Message {
    Message {
        message_id: "m".into(),
        rule_id: "cart-waits".into(),
        kind: MessageKind::AbandonedCart,
        title: String::new(),
        text: String::new(),
        link: None,
        item_id: None,
        product_id: None,
        deliver_at_ms: 0,
        expires_at_ms: None,
        because: String::new(),
        evidence_count: 0,
    }
}

#[test]
fn what_is_not_wanted_outlives_withdrawal_and_restart_and_ends_with_everything() {
    let (phone, engine) = known();
    does(&phone, &engine, EventName::AddToCart, "KI81");
    let until_ms = phone.clock.now_ms() + 2 * DAY_MS;
    engine.messages().snooze(Some(until_ms)).unwrap();
    assert!(message(&engine).deliver_at_ms >= until_ms);
    engine.messages().snooze(None).unwrap();
    engine.messages().set_muted("cart-waits".into(), true).unwrap();
    silent(&engine, Silence::NoOccasion);
    engine.consent().withdraw(vec![Purpose::Messaging], "t".into(), "en".into()).unwrap();
    engine.shutdown();
    let engine = phone.engine();
    give(&engine, &ALLOWED);
    silent(&engine, Silence::NoOccasion);
    let settings = engine.messages().settings("en".into()).unwrap();
    let muted: Vec<&str> =
        settings.rules.iter().filter(|rule| rule.muted).map(|rule| rule.rule_id.as_str()).collect();
    assert_eq!((muted, settings.rules.len()), (vec!["cart-waits"], 8));
    assert_eq!(settings.rules[0].label, "Reminders of what is in the cart");
    engine.data().erase(EraseScope::Everything).unwrap();
    assert!(!engine.messages().settings("en".into()).unwrap().rules.iter().any(|rule| rule.muted));
}

#[test]
fn a_mute_is_never_refused_and_what_past_plans_said_gives_way() {
    let (_phone, engine) = known();
    let muted = || {
        let settings = engine.messages().settings("en".into()).unwrap();
        settings.rules.into_iter().filter(|rule| rule.muted).map(|rule| rule.rule_id).collect::<Vec<_>>()
    };
    engine.messages().set_muted("cheaper".into(), true).unwrap();
    for campaign in 0..100 {
        engine.messages().set_muted(format!("campaign-{campaign}"), true).unwrap();
    }
    engine.messages().set_muted("cart-waits".into(), true).unwrap();
    assert_eq!(muted(), ["cart-waits", "cheaper"]);
    let copy: serde_json::Value = serde_json::from_str(&engine.data().export().unwrap()).unwrap();
    let kept = copy["messages"]["muted_rules"].as_array().unwrap();
    assert!(kept.len() <= 64 && kept.contains(&"campaign-99".into()), "{kept:?}");
}

#[test]
fn what_was_shown_goes_with_the_yes_and_with_time() {
    let (phone, engine) = known();
    does(&phone, &engine, EventName::AddToCart, "KI81");
    let first = shows(&phone, &engine);
    let shown = || {
        let copy: serde_json::Value = serde_json::from_str(&engine.data().export().unwrap()).unwrap();
        copy["messages"]["shown"]
            .as_array()
            .unwrap()
            .iter()
            .map(|told| told["message_id"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(), [format!("\"{}\"", first.message_id)]);
    phone.clock.advance(91 * DAY_MS);
    engine.privacy().run_maintenance(false).unwrap();
    assert!(shown().is_empty(), "the policy keeps it for ninety days");
    does(&phone, &engine, EventName::AddToCart, "KI83");
    let _ = shows(&phone, &engine);
    engine.consent().withdraw(vec![Purpose::Messaging], "t".into(), "en".into()).unwrap();
    assert!(shown().is_empty());
    give(&engine, &[Purpose::Messaging]);
    assert!(shown().is_empty());
}

#[test]
fn the_hour_is_the_one_at_which_the_user_is_here() {
    let (phone, engine) = known();
    phone.clock.advance(9 * HOUR_MS); // five in the afternoon
    for day in 0..4 {
        for item in ["KI81", "KI85", "FO236"] {
            does(&phone, &engine, EventName::ViewItem, item);
        }
        if day < 3 {
            phone.clock.advance(DAY_MS - 6 * 60_000);
        }
    }
    phone.clock.advance(-6 * HOUR_MS + DAY_MS); // late in the morning
    does(&phone, &engine, EventName::AddToCart, "KI84");
    let next = message(&engine);
    assert_eq!(hour_of(next.deliver_at_ms), 17);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let (_phone, engine) = known();
    for offset in [-841, 841, i32::MIN, i32::MAX] {
        let refused = engine.messages().poll(MessageRequest { utc_offset_minutes: offset, ..request() });
        assert!(matches!(refused, Err(SottovoceError::InvalidArgument { .. })), "{refused:?}");
    }
    for until_ms in [i64::MIN, i64::MAX] {
        engine.messages().snooze(Some(until_ms)).unwrap();
        let _ = poll(&engine);
        let told = engine.messages().settings("en".into()).unwrap().snoozed_until_ms.unwrap();
        assert!((0..=253_402_300_799_999).contains(&told), "a calendar has it: {told}");
        engine.messages().scheduled(Some(Message { deliver_at_ms: until_ms, ..dummy() })).unwrap();
        let _ = poll(&engine);
    }
    let blank = engine.messages().poll(MessageRequest { locale: "german".into(), ..request() });
    assert!(matches!(blank, Err(SottovoceError::InvalidArgument { .. })));
}
