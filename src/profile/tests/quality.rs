//! What is no act of a user, and what is taken back.

use super::*;

#[test]
fn what_no_user_did_once_does_not_count() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    let now = home.now();
    let track =
        |event: Event, at: i64| profile.track(&gate, &Permits::ask(&gate), &home.catalog, event, at).unwrap();
    assert_eq!(track(view("i1"), now), stored());
    assert_eq!(track(view("i1"), now + 500), dropped(DropReason::Duplicate));
    assert_eq!(track(view("i1"), now + 9_000), dropped(DropReason::Refresh));
    assert_eq!(track(view("i1"), now + 40_000), stored());
    let order = |at| Event { transaction_id: Some("t1".to_owned()), ..buy("i2") }.at(at);
    assert_eq!(track(order(now), now + 50_000), stored());
    assert_eq!(track(order(now + 3_000), now + 900_000), dropped(DropReason::Duplicate));
    assert_eq!(track(view("i3").at(now + DAY_MS), now), blamed(DropReason::InFuture, "time_ms"));
    assert_eq!(track(view("i3").at(now - 800 * DAY_MS), now), blamed(DropReason::TooOld, "time_ms"));
    assert_eq!(track(Event::new(EventName::ViewItem), now), blamed(DropReason::NoItems, "items"));
    let many = Event::about(EventName::ViewItemList, (0..201).map(|i| format!("i{i}")));
    assert_eq!(track(many, now), blamed(DropReason::Invalid, "items"));
    let paid = |value, price| {
        let items = vec![EventItem { price: Some(price), ..EventItem::new("i4") }];
        track(Event { items, value: Some(value), ..Event::new(EventName::Purchase) }, now)
    };
    let euros = |minor| Money::new(minor, "EUR");
    assert_eq!(paid(euros(-1), euros(1)), blamed(DropReason::Invalid, "value"));
    assert_eq!(paid(euros(1), euros(-1)), blamed(DropReason::Invalid, "price"));
    assert_eq!(paid(euros(1), Money::new(1, "euro")), blamed(DropReason::Invalid, "price"));
    assert_eq!(paid(euros(1), Money::new(1, "USD")), blamed(DropReason::Invalid, "value"));
    let stars = Event { rating: Some(6), ..Event::about(EventName::RateItem, ["i4"]) };
    assert_eq!(track(stars, now), blamed(DropReason::Invalid, "rating"));
    let pays = |how: &str| Event { payment_type: Some(how.into()), ..Event::new(EventName::AddPaymentInfo) };
    let ships =
        |how: &str| Event { shipping_tier: Some(how.into()), ..Event::new(EventName::AddShippingInfo) };
    for told in [
        "4111 1111 1111 1111",
        "visa 4242",
        "DE89 3704",
        "jane@shop.example",
        "Jane Doe, 1 High Street",
        "٤١١١",
        "",
        " ",
    ] {
        assert_eq!(track(pays(told), now), blamed(DropReason::Invalid, "payment_type"), "{told}");
        assert_eq!(track(ships(told), now), blamed(DropReason::Invalid, "shipping_tier"), "{told}");
    }
    for (told, at) in
        ["invoice", "buy_now-pay/later", "Pay in 3 parts", "Klarna (30 Tage)", "بطاقة"].into_iter().zip(1..)
    {
        let after = now + 20_000 * at;
        assert!(matches!(track(pays(told), after), TrackOutcome::Stored { .. }), "{told}");
        assert!(matches!(track(ships(told), after), TrackOutcome::Stored { .. }), "{told}");
    }
    let select =
        |i: i64| Event { item_list_id: Some(i.to_string()), ..Event::about(EventName::SelectItem, ["i1"]) };
    let crowd = (0..60).map(|i| track(select(i), now + 2_000_000 + 100 * i));
    assert_eq!(crowd.filter(|o| *o == dropped(DropReason::Bot)).count(), 20);
    for order in [EventName::Purchase, EventName::Refund] {
        assert_eq!(track(Event::about(order, ["i5"]), now + 2_006_100), stored(), "an order is a user's");
    }
}

#[test]
fn comparing_is_no_reload_and_a_corrected_quantity_no_repeat() {
    let home = Home::new();
    let gate = home.open();
    choose(&gate, &EVERYTHING, Choice::Give);
    let profile = Profile::load(&gate).unwrap();
    let now = home.now();
    let track =
        |event: Event, at: i64| profile.track(&gate, &Permits::ask(&gate), &home.catalog, event, at).unwrap();
    for (place, item) in (0..).zip(["i1", "i2", "i1", "i2"]) {
        assert_eq!(track(view(item), now + 8_000 * place), stored(), "{item} at {place}");
    }
    assert_eq!(track(view("i2"), now + 28_000), dropped(DropReason::Refresh), "nothing in between");
    let cart = |quantity| {
        let items = vec![EventItem { quantity, ..EventItem::new("i3") }];
        Event { items, ..Event::new(EventName::AddToCart) }
    };
    assert_eq!(track(cart(1), now + 40_000), stored());
    assert_eq!(track(cart(2), now + 41_000), stored());
    assert_eq!(track(cart(2), now + 41_500), dropped(DropReason::Duplicate));
}

#[test]
fn what_is_taken_back_was_never_said() {
    let likings = |events: Vec<Event>| {
        let own = Home::new();
        let gate = own.open();
        choose(&gate, &EVERYTHING, Choice::Give);
        let profile = Profile::load(&gate).unwrap();
        for event in events {
            assert_eq!(own.track(&gate, &profile, event), stored());
        }
        let evidence = own.evidence(&gate, &profile);
        let tags: Vec<(u32, i32)> = evidence
            .derived
            .likings()
            .map(|(tag, strength, _)| (tag, (strength * 100.0).round() as i32))
            .collect();
        let bought: u32 = evidence.derived.uses.values().map(|used| used.bought).sum();
        (tags, bought, evidence.avoided.len())
    };
    let order = |items: &[(&str, u32)], name| {
        let item = |(id, quantity): &(&str, u32)| EventItem { quantity: *quantity, ..EventItem::new(*id) };
        let items = items.iter().map(item).collect();
        Event { items, transaction_id: Some("o1".to_owned()), ..Event::new(name) }
    };
    let bought = || order(&[("i1", 2), ("i2", 1)], EventName::Purchase);
    let looked = || likings(vec![view("i1"), view("i2")]);
    let cart = |name| Event::about(name, ["i2"]);
    let removed = vec![view("i1"), cart(EventName::AddToCart), cart(EventName::RemoveFromCart)];
    assert_eq!(likings(removed), looked());
    let whole = likings(vec![bought(), order(&[], EventName::Refund)]);
    assert_eq!((whole.1, whole.2), (0, 0), "a whole order, by its number");
    assert_eq!(whole.0, likings(vec![Event::about(EventName::ViewItem, ["i1", "i2"])]).0);
    let part = |items: &[(&str, u32)]| likings(vec![bought(), order(items, EventName::Refund)]).1;
    assert_eq!((part(&[("i1", 1)]), part(&[("i1", 2)]), part(&[("i3", 1)])), (2, 1, 2));
}
