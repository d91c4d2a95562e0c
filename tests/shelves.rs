//! Shelves as a shopper sees them, over the example shop as its customers trained it.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use sottovoce::Sottovoce;
use sottovoce::catalog::history::history;
use sottovoce::catalog::train::{Stage, train};
use sottovoce::catalog::{Artefacts, CatalogItem, EventKind, User};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::Purpose;
use sottovoce::money::Money;
use sottovoce::profile::{Correction, Event, EventItem, EventName, ReturnReason, TrackOutcome};
use sottovoce::ranking::{Fallback, Filters, RankingMode, ReasonCode, ShelfKind};
use sottovoce::surfaces::{ExplanationFactor, Ranking, RecommendRequest, SearchRequest};
use support::{NOW_MS, Phone, Shop, give};

const EVERYTHING: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];

static CUSTOMERS: LazyLock<Vec<User>> = LazyLock::new(|| {
    let lines = include_bytes!("../examples/data/history.jsonl");
    history(&lines[..], &Shop::new().items).unwrap().users
});

static LEARNT: LazyLock<Artefacts> =
    LazyLock::new(|| train(&Shop::new().items, &CUSTOMERS, &mut |_: Stage, _| ()));

fn shop() -> (Phone, Arc<Sottovoce>) {
    let mut phone = Phone::new();
    phone.shop.artefacts = Some(LEARNT.clone());
    let engine = phone.stocked();
    (phone, engine)
}

/// A shop whose user allowed everything.
fn known() -> (Phone, Arc<Sottovoce>) {
    let (phone, engine) = shop();
    give(&engine, &EVERYTHING);
    (phone, engine)
}

fn shelf(engine: &Sottovoce, kind: ShelfKind, seeds: &[&str], limit: u32) -> Ranking {
    let request = RecommendRequest {
        kind: Some(kind),
        seed_item_ids: seeds.iter().map(|id| (*id).to_owned()).collect(),
        ..RecommendRequest::new("page", limit)
    };
    engine.ranking().recommend(request).unwrap()
}

/// Every item as the app gets it.
fn all_items(phone: &Phone, engine: &Sottovoce) -> BTreeMap<String, CatalogItem> {
    let ids: Vec<String> = phone.shop.items.iter().map(|item| item.id.clone()).collect();
    let items = engine.catalog().items(ids).unwrap();
    items.into_iter().map(|item| (item.item_id.clone(), item)).collect()
}

/// One item of each product.
fn products(items: &BTreeMap<String, CatalogItem>) -> Vec<&CatalogItem> {
    let mut seen = BTreeSet::new();
    items.values().filter(|item| seen.insert(item.product_id.clone())).collect()
}

fn titled<'a>(items: &'a BTreeMap<String, CatalogItem>, title: &str) -> &'a CatalogItem {
    items.values().find(|item| item.title == title).unwrap_or_else(|| panic!("no {title}"))
}

fn track(phone: &Phone, engine: &Sottovoce, event: Event) {
    phone.clock.advance(120_000);
    let outcome = engine.events().track(event).unwrap();
    assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{outcome:?}");
}

fn about(name: EventName, item: &CatalogItem) -> Event {
    Event::about(name, [item.item_id.clone()])
}

fn has(list: &Ranking, item: &CatalogItem) -> bool {
    list.items.iter().any(|card| card.product_id == item.product_id)
}

/// The products that a search for the item's own title finds.
fn found(engine: &Sottovoce, item: &CatalogItem) -> Ranking {
    engine.search().query(SearchRequest::new(&item.title, 10)).unwrap().page
}

const SEEDED: [ShelfKind; 4] =
    [ShelfKind::Similar, ShelfKind::BoughtTogether, ShelfKind::CompleteTheLook, ShelfKind::Cart];

#[test]
fn nothing_intimate_is_shown_where_nobody_asked_about_it() {
    let (phone, engine) = shop();
    let items = all_items(&phone, &engine);
    let is_of = |list: &Ranking, seed: &CatalogItem| {
        let tags = |card: &str| items[card].sensitive_tags.clone();
        list.items.iter().all(|card| tags(&card.item_id).iter().all(|tag| seed.sensitive_tags.contains(tag)))
    };
    let mut of_their_own = 0;
    for seed in products(&items).into_iter().step_by(3) {
        for (kind, limit) in SEEDED.into_iter().zip([6, 200, 6, 40]) {
            let list = shelf(&engine, kind, &[&seed.item_id], limit);
            assert!(is_of(&list, seed), "{kind:?} of {}", seed.title);
            of_their_own +=
                usize::from(list.items.iter().any(|c| !items[&c.item_id].sensitive_tags.is_empty()));
        }
    }
    assert!(of_their_own > 0, "on the page of such a product there are others");
    let nobody = CatalogItem { sensitive_tags: Vec::new(), ..items.values().next().unwrap().clone() };
    for kind in [ShelfKind::ForYou, ShelfKind::NextUp, ShelfKind::Trending, ShelfKind::Cart] {
        assert!(is_of(&shelf(&engine, kind, &[], 200), &nobody), "{kind:?}");
    }
    // Every product of this brand is about health: there is nothing to fall back on.
    let filters = |filters| RecommendRequest { filters: Some(filters), ..RecommendRequest::new("home", 50) };
    let brand = Filters { brands: vec!["Medwell".into()], ..Filters::default() };
    assert!(is_of(&engine.ranking().recommend(filters(brand)).unwrap(), &nobody));
    let cheap = Filters { max_price: Some(Money::new(399, "EUR")), ..Filters::default() };
    assert!(is_of(&engine.ranking().recommend(filters(cheap)).unwrap(), &nobody));
    let medicine = Filters { categories: vec!["Health > Medicine".into()], ..Filters::default() };
    assert!(
        !engine.ranking().recommend(filters(medicine)).unwrap().items.is_empty(),
        "who asks for it gets it"
    );
}

#[test]
fn what_goes_with_a_product_is_of_another_kind_and_else_the_shelf_says_what_it_is() {
    let (phone, engine) = shop();
    let items = all_items(&phone, &engine);
    let (mut answered, mut all) = (0, 0);
    for seed in products(&items).into_iter().step_by(4) {
        for kind in [ShelfKind::BoughtTogether, ShelfKind::CompleteTheLook, ShelfKind::Cart] {
            let list = shelf(&engine, kind, &[&seed.item_id], 8);
            let own = list.items.iter().filter(|card| items[&card.item_id].category == seed.category).count();
            assert!(!list.items.is_empty() && !has(&list, seed), "{kind:?} of {}", seed.title);
            match list.fallback {
                None => assert_eq!(own, 0, "{kind:?} of {}", seed.title),
                Some(Fallback::Similar) => assert_ne!(kind, ShelfKind::Cart),
                Some(Fallback::Popular) => assert_eq!(own, 0, "nobody needs a second {}", seed.title),
            }
            all += 1;
            answered += usize::from(list.fallback.is_none());
        }
        let similar = shelf(&engine, ShelfKind::Similar, &[&seed.item_id], 20);
        let cards: BTreeSet<&String> = similar.items.iter().map(|card| &card.product_id).collect();
        assert!(cards.len() == similar.items.len() && !has(&similar, seed), "similar to {}", seed.title);
    }
    assert!(2 * answered > all, "{answered} of {all} have an answer");
    let with = |title: &str, kind| shelf(&engine, kind, &[&titled(&items, title).item_id], 8);
    for (seed, goes) in [
        ("Two-Person Ridge Tent", "Gas Stove Compact"),
        ("Lever Classic Espresso Machine", "Hand Burr Coffee Grinder"),
    ] {
        let list = with(seed, ShelfKind::BoughtTogether);
        assert!(
            list.fallback.is_none() && has(&list, titled(&items, goes)),
            "{seed}: {:?}",
            list.items.iter().map(|c| &c.title).collect::<Vec<_>>()
        );
        assert!(list.items.iter().all(|card| card.reasons.contains(&ReasonCode::BoughtTogether)));
    }
    let empty = shelf(&engine, ShelfKind::Cart, &[], 8);
    assert_eq!((empty.items.len(), empty.fallback), (8, Some(Fallback::Popular)));
}

#[test]
fn what_was_just_bought_waits_until_it_is_due_and_the_next_volume_does_not() {
    let (phone, engine) = known();
    let items = all_items(&phone, &engine);
    let food = titled(&items, "Tuna in Broth Cat Food 12 × 85 g");
    let tent = titled(&items, "Two-Person Ridge Tent");
    let [first, second] =
        ["Vol. 1: The Lamplighter (The Salt Road)", "Vol. 2: A Map of Tides (The Salt Road)"]
            .map(|title| titled(&items, title));
    for item in [food, tent, first] {
        track(&phone, &engine, about(EventName::Purchase, item));
    }
    let lists = |days: i64| {
        phone.clock.advance(days * DAY_MS);
        [ShelfKind::ForYou, ShelfKind::NextUp].map(|kind| shelf(&engine, kind, &[], 20))
    };
    let soon = lists(2);
    for item in [food, tent, first] {
        assert!(!soon.iter().any(|list| has(list, item)), "{} again after two days", item.title);
    }
    assert!(has(&soon[1], second), "who read the first volume wants the second");
    let later = lists(30);
    assert!(has(&later[1], food), "what feeds a cat for some weeks is used up");
    assert!(
        !later.iter().any(|list| has(list, tent) || has(list, first)),
        "what is kept is not bought again"
    );
    let again = shelf(&engine, ShelfKind::BuyAgain, &[], 20);
    let ids: BTreeSet<&String> = again.items.iter().map(|card| &card.product_id).collect();
    assert_eq!(ids, [&food.product_id].into(), "nobody comes back for a second tent");
}

#[test]
fn one_look_is_a_hint_and_not_a_wardrobe() {
    let (phone, engine) = known();
    let items = all_items(&phone, &engine);
    let dress = titled(&items, "Midi Wrap Dress");
    track(&phone, &engine, about(EventName::ViewItem, dress));
    let list = shelf(&engine, ShelfKind::ForYou, &[], 10);
    assert_eq!(list.mode, RankingMode::FirstSigns);
    let alike = list.items.iter().filter(|card| items[&card.item_id].category == dress.category).count();
    assert!((1..=4).contains(&alike), "{alike} dresses");
    let seen = list.items.iter().find(|card| card.product_id == dress.product_id);
    assert!(seen.is_none_or(|card| !card.reasons.contains(&ReasonCode::BuyAgain)), "it was not bought");
    for title in ["Linen Summer Dress", "Jersey Shift Dress"] {
        track(&phone, &engine, about(EventName::ViewItem, titled(&items, title)));
    }
    assert_eq!(shelf(&engine, ShelfKind::ForYou, &[], 10).mode, RankingMode::Personalized);
}

#[test]
fn what_is_shown_again_and_again_without_a_look_sinks_until_somebody_looks() {
    let (phone, engine) = known();
    let items = all_items(&phone, &engine);
    track(&phone, &engine, about(EventName::Purchase, titled(&items, "Chef's 20 cm Knife")));
    let before = shelf(&engine, ShelfKind::ForYou, &[], 40);
    let top = &items[&before.items[0].item_id];
    let place = |list: &Ranking| list.items.iter().position(|c| c.product_id == top.product_id).unwrap_or(40);
    for _ in 0..20 {
        track(&phone, &engine, about(EventName::ViewItemList, top));
    }
    let after = shelf(&engine, ShelfKind::ForYou, &[], 40);
    assert!(place(&after) > 3, "{} stays at {}", top.title, place(&after));
    track(&phone, &engine, about(EventName::ViewItem, top));
    assert!(place(&shelf(&engine, ShelfKind::ForYou, &[], 40)) < place(&after), "a look ends it");
}

#[test]
fn an_act_against_one_item_touches_that_item_and_hides_it_from_no_search() {
    let paid_back = |items: Vec<EventItem>| Event {
        items,
        transaction_id: Some("o1".into()),
        ..Event::new(EventName::Refund)
    };
    let two = |id: &str| EventItem { quantity: 2, ..EventItem::new(id) };
    type Acts = Vec<Event>;
    type Case<'a> = (&'a str, &'a dyn Fn(&CatalogItem) -> Acts, bool);
    let acts: [Case<'_>; 5] = [
        (
            "taken out of the cart",
            &|tent| vec![about(EventName::AddToCart, tent), about(EventName::RemoveFromCart, tent)],
            true,
        ),
        (
            "refunded in part",
            &|tent| {
                let order = Event {
                    items: vec![two(&tent.item_id)],
                    transaction_id: Some("o1".into()),
                    ..Event::new(EventName::Purchase)
                };
                vec![order, paid_back(vec![EventItem::new(&*tent.item_id)])]
            },
            false,
        ),
        ("two stars", &|tent| vec![Event { rating: Some(2), ..about(EventName::RateItem, tent) }], false),
        ("dismissed", &|tent| vec![about(EventName::DismissItem, tent)], false),
        (
            "sent back",
            &|tent| {
                vec![Event { return_reason: Some(ReturnReason::Other), ..about(EventName::ReturnItem, tent) }]
            },
            false,
        ),
    ];
    for (what, acts, stays) in acts {
        let (phone, engine) = known();
        let items = all_items(&phone, &engine);
        let tent = titled(&items, "Family Dome 4 Tent");
        let others = ["Summer 12 °C Sleeping Bag", "Gas Stove Compact", "Ultralight Solo Tent"];
        for title in others {
            track(&phone, &engine, about(EventName::ViewItem, titled(&items, title)));
        }
        let camping = |list: &Ranking| {
            let types =
                |c: &str| phone.shop.items.iter().find(|i| i.id == c).and_then(|i| i.product_type.clone());
            list.items
                .iter()
                .filter(|c| {
                    c.product_id != tent.product_id
                        && types(&c.item_id).as_deref() == Some("Sports > Camping")
                })
                .count()
        };
        let before = shelf(&engine, ShelfKind::ForYou, &[], 12);
        for event in acts(tent) {
            track(&phone, &engine, event);
        }
        let after = shelf(&engine, ShelfKind::ForYou, &[], 12);
        assert!(camping(&before) >= 3 && camping(&after) + 1 >= camping(&before), "{what}: the others stay");
        assert_eq!(found(&engine, tent).items[0].product_id, tent.product_id, "{what}: its name finds it");
        if !stays {
            assert!(!has(&after, tent), "{what}: it is not on a shelf");
        }
    }
    let (phone, engine) = known();
    let items = all_items(&phone, &engine);
    let shoe = titled(&items, "Tempo Running Shoes");
    let less = Correction::LessLike { item_id: shoe.item_id.clone() };
    engine.profile().correct(less).unwrap();
    assert!(!has(
        &shelf(&engine, ShelfKind::Similar, &[&titled(&items, "Cloudbank Running Shoes").item_id], 40),
        shoe
    ));
    assert_eq!(found(&engine, shoe).items[0].product_id, shoe.product_id);
}

#[test]
fn what_was_too_small_leads_to_the_next_size() {
    let (phone, engine) = known();
    let items = all_items(&phone, &engine);
    let sized = |size: &str| {
        let is_it = |i: &&CatalogItem| i.title == "Ridge Mid Hiking Boots" && i.size.as_deref() == Some(size);
        items.values().find(is_it).unwrap()
    };
    let returned =
        |reason| Event { return_reason: Some(reason), ..about(EventName::ReturnItem, sized("41")) };
    track(&phone, &engine, about(EventName::Purchase, sized("41")));
    track(&phone, &engine, returned(ReturnReason::TooSmall));
    let size = |list: &Ranking, title: &str| {
        let card = list.items.iter().find(|card| card.title == title).unwrap();
        items[&card.item_id].size.clone()
    };
    assert_eq!(size(&found(&engine, sized("41")), "Ridge Mid Hiking Boots").as_deref(), Some("43"));
    let shoes = engine.search().query(SearchRequest::new("running shoes", 10)).unwrap().page;
    assert_eq!(size(&shoes, "Tempo Running Shoes").as_deref(), Some("43"), "and so it is with other shoes");
}

struct Shopper {
    phone: Phone,
    engine: Arc<Sottovoce>,
    /// Items bought, with the day before now.
    bought: Vec<(String, i64)>,
}

/// Customers of the shop, as their phones know them: what they did, the last of it yesterday.
fn replayed(count: usize) -> impl Iterator<Item = Shopper> {
    let kinds = |u: &User| u.events.iter().filter(|e| e.kind == EventKind::Purchase).count();
    let chosen = CUSTOMERS.iter().filter(move |u| kinds(u) >= 5).take(count);
    chosen.map(|user| {
        let (phone, engine) = known();
        let last = user.events.last().unwrap().time;
        let mut bought = Vec::new();
        for (place, event) in (0..).zip(&user.events) {
            let item = &phone.shop.items[event.item as usize];
            let ago = last - event.time + 1;
            let name =
                if event.kind == EventKind::Purchase { EventName::Purchase } else { EventName::ViewItem };
            let time = NOW_MS - ago * DAY_MS + place * 60_000;
            let outcome = engine.events().track(Event::about(name, [item.id.clone()]).at(time)).unwrap();
            if matches!(outcome, TrackOutcome::Stored { .. }) && name == EventName::Purchase {
                bought.push((item.id.clone(), ago));
            }
        }
        Shopper { phone, engine, bought }
    })
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

#[test]
fn a_shelf_for_somebody_is_about_them_and_says_only_what_is_true() {
    use ReasonCode as R;
    let (mut n, mut personal, mut cards, mut again, mut overlap, mut usual) = (0, 0, 0, 0, 0, 0);
    for Shopper { phone, engine, bought } in replayed(12) {
        let items = all_items(&phone, &engine);
        let list = shelf(&engine, ShelfKind::ForYou, &[], 12);
        let next = shelf(&engine, ShelfKind::NextUp, &[], 12);
        let had: BTreeSet<&String> = bought.iter().map(|(id, _)| &items[id].product_id).collect();
        let shown: BTreeSet<&String> = list.items.iter().map(|card| &card.product_id).collect();
        overlap += next.items.iter().filter(|card| shown.contains(&card.product_id)).count();
        let paid =
            |id: &str| items[id].sale_price.as_ref().or(items[id].price.as_ref()).unwrap().minor as f64;
        let mut prices: Vec<f64> = bought.iter().map(|(id, _)| paid(id)).collect();
        prices.sort_by(f64::total_cmp);
        let at = |share: f64| prices[((prices.len() - 1) as f64 * share).round() as usize];
        let fence = 1.5 * (at(0.75) - at(0.25)).max(0.2 * at(0.5));
        let range = at(0.25) - 1.05 * fence..=at(0.75) + 1.05 * fence;
        usual += usize::from(range.contains(&median(list.items.iter().map(|c| paid(&c.item_id)).collect())));
        for card in list.items.iter().chain(&next.items) {
            let told = &card.reasons;
            assert!(
                !told.contains(&R::BuyAgain) || had.contains(&card.product_id),
                "{} was not bought",
                card.title
            );
            assert!(!told.contains(&R::PriceFit) || range.contains(&paid(&card.item_id)), "{}", card.title);
            again += usize::from(told.contains(&R::BuyAgain));
        }
        for card in &list.items {
            cards += 1;
            personal += usize::from(!matches!(
                card.reasons.first(),
                None | Some(R::Popular | R::Trending | R::ShownByShop)
            ));
            let why =
                engine.profile().explain(list.ranking_id.clone(), card.item_id.clone(), "en".into()).unwrap();
            let all: f32 = why.factors.iter().map(|f| f.weight.max(0.0)).sum();
            let place = list.items.iter().filter(|other| other.score > card.score).count() as u32;
            // What the user did with the very product is a fact, whatever else speaks for it.
            let is_fact = |code| matches!(code, R::BuyAgain | R::ViewedBefore);
            for factor in why.factors.iter().filter(|f| told_by(&card.reasons, f.code) && !is_fact(f.code)) {
                assert!(
                    factor.without_factor_rank > place || factor.weight >= 0.19 * all,
                    "{} {factor:?}",
                    card.title
                );
            }
        }
        n += 1;
    }
    assert!(10 * personal >= 9 * cards, "{personal} of {cards} are led by what is the user's");
    assert!(5 * overlap <= 3 * cards, "{overlap} of {cards} are both for you and next up");
    assert!(10 * usual >= 9 * n, "{usual} of {n} at the prices that they pay");
    assert!(again > 0);
}

fn told_by(reasons: &[ReasonCode], code: ReasonCode) -> bool {
    reasons.contains(&code)
}

#[test]
fn nobody_is_told_of_a_taste_that_they_have_not_shown() {
    let (phone, engine) = shop();
    let items = all_items(&phone, &engine);
    for seed in products(&items).into_iter().step_by(9) {
        for kind in SEEDED {
            let list = shelf(&engine, kind, &[&seed.item_id], 12);
            let reasons: Vec<_> = list.items.iter().flat_map(|card| card.reasons.clone()).collect();
            assert!(
                !reasons.contains(&ReasonCode::SimilarTaste)
                    && !reasons.contains(&ReasonCode::SharedAttributes)
            );
            assert!(list.fallback.is_some() || !reasons.is_empty(), "{kind:?} of {}", seed.title);
        }
    }
}

/// What is said of each card of a list.
fn said(engine: &Sottovoce, list: &Ranking) -> Vec<(String, Vec<ExplanationFactor>)> {
    let why =
        |id: &String| engine.profile().explain(list.ranking_id.clone(), id.clone(), "en".into()).unwrap();
    list.items.iter().map(|card| (card.product_id.clone(), why(&card.item_id).factors)).collect()
}

fn sentences(engine: &Sottovoce, list: &Ranking) -> BTreeSet<String> {
    said(engine, list).into_iter().flat_map(|(_, all)| all).map(|factor| factor.text).collect()
}

#[test]
fn what_is_called_popular_is_and_what_is_called_similar_is_of_its_kind() {
    let (phone, engine) = shop();
    let items = all_items(&phone, &engine);
    let all = products(&items);
    let popularity = |product: &str| {
        let place = phone.shop.items.iter().position(|item| {
            item.item_group_id.as_deref().unwrap_or(&item.id) == product || item.id == product
        });
        LEARNT.popularity[place.unwrap()]
    };
    let is_popular = |product: &str| {
        let more = all.iter().filter(|other| popularity(&other.product_id) > popularity(product)).count();
        5 * more < all.len()
    };
    let (mut popular, mut others) = (0, 0);
    for brand in ["Alderbee", "Tumbletop", "Pell", "Voltaro", "Nordhem"] {
        let filters = Some(Filters { brands: vec![brand.into()], ..Filters::default() });
        let request = RecommendRequest { filters, ..RecommendRequest::new("page", 24) };
        let list = engine.ranking().recommend(request).unwrap();
        for (product, factors) in said(&engine, &list) {
            let said_so = factors.iter().any(|factor| factor.text == "It is popular in this shop.");
            assert!(!said_so || is_popular(&product), "{product}");
            let placed = |factor: &&ExplanationFactor| factor.text == "The shop shows it here.";
            assert!(factors.iter().filter(placed).count() <= 1, "equal sentences are one: {factors:?}");
            popular += usize::from(said_so);
            others += usize::from(factors.iter().any(|factor| placed(&factor)));
        }
    }
    assert!(popular > 0 && others > 0, "{popular} {others}");
    let part = |product: &str| {
        let of = all.iter().find(|item| item.product_id == product).unwrap();
        of.category.clone().unwrap().split(" > ").next().unwrap().to_owned()
    };
    let mut similar = 0;
    for seed in all.iter().step_by(5) {
        for kind in SEEDED {
            let list = shelf(&engine, kind, &[&seed.item_id], 12);
            let of_kind = kind == ShelfKind::Similar || list.fallback == Some(Fallback::Similar);
            for (product, factors) in said(&engine, &list) {
                let is_near = part(&product) == part(&seed.product_id);
                let says_so = factors.iter().any(|factor| factor.text.starts_with("It is similar to"));
                assert!(is_near || !says_so, "{product} is called similar to {}", seed.title);
                assert!(
                    is_near || !of_kind || list.fallback == Some(Fallback::Popular),
                    "{product} beside {}",
                    seed.title
                );
                similar += usize::from(says_so);
            }
        }
    }
    assert!(similar > 100, "{similar}");
}

#[test]
fn a_reason_names_what_was_done_and_nothing_that_was_given_up() {
    let of = |acts: &[(EventName, &str)], event: fn(Event) -> Event| {
        let (phone, engine) = known();
        let items = all_items(&phone, &engine);
        for (name, title) in acts {
            track(&phone, &engine, event(about(*name, titled(&items, title))));
        }
        sentences(&engine, &shelf(&engine, ShelfKind::ForYou, &[], 60))
    };
    let named = |all: &BTreeSet<String>, part: &str| all.iter().any(|text| text.contains(part));
    let tea = ["Earl Grey Tea 100 g", "Sencha Green Tea 100 g"];
    for (name, before, done) in [
        (EventName::AddToCart, "You put it into the cart before.", "that you put into the cart"),
        (EventName::AddToWishlist, "You put it on your wish list before.", "that you put on your wish list"),
        (EventName::ViewItem, "You looked at it before.", "that you looked at"),
        (EventName::RateItem, "You gave it a good rating.", "that you gave a good rating"),
        (EventName::Purchase, "", "that you bought"),
    ] {
        let rated = |event: Event| match event.name {
            EventName::RateItem => Event { rating: Some(5), ..event },
            _ => event,
        };
        let all = of(&tea.map(|title| (name, title)), rated);
        assert!(named(&all, done) && (before.is_empty() || named(&all, before)), "{name:?}: {all:#?}");
        let looked = name == EventName::ViewItem;
        assert_eq!(named(&all, "looked at products") || named(&all, "you looked at"), looked, "{all:#?}");
    }
    let too_small = |event| Event { return_reason: Some(ReturnReason::TooSmall), ..event };
    let all = of(&[(EventName::ReturnItem, "Tempo Running Shoes")], too_small);
    assert!(!named(&all, "size"), "{all:#?}");
    let other = |event| Event { return_reason: Some(ReturnReason::Other), ..event };
    let shop = Shop::new();
    let toy = shop.items.iter().find(|item| item.title.starts_with("Marble Run")).unwrap().title.as_str();
    let all = of(&[(EventName::Purchase, toy), (EventName::ReturnItem, toy)], other);
    assert!(!named(&all, "interested in"), "{all:#?}");
}

#[test]
fn what_is_never_wanted_is_no_reason_for_anything() {
    let (phone, engine) = known();
    let items = all_items(&phone, &engine);
    let toy = items.values().find(|item| item.title.starts_with("Marble Run")).unwrap();
    track(&phone, &engine, about(EventName::ViewItem, toy));
    track(&phone, &engine, about(EventName::AddToCart, toy));
    track(&phone, &engine, about(EventName::ViewItem, titled(&items, "Earl Grey Tea 100 g")));
    let names = |engine: &Sottovoce| {
        sentences(engine, &shelf(engine, ShelfKind::ForYou, &[], 60))
            .iter()
            .any(|text| text.contains("Marble Run"))
    };
    assert!(names(&engine));
    engine.profile().correct(Correction::NeverItem { item_id: toy.item_id.clone() }).unwrap();
    assert!(!names(&engine));
}
