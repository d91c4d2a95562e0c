//! The surfaces of a shop as a shopper meets them: pages, the shop's own choices on shelves, offers, sizes. Over the example
//! shop and its plan.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sottovoce::catalog::{Catalog, WrittenPlan};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{EraseScope, ExternalSignals, Purpose};
use sottovoce::money::Money;
use sottovoce::profile::{
    CheckoutHints, ConcernReason, Confidence, Correction, DeliveryKind, Event, EventItem, EventName,
    PaymentKind, PreferenceKey, ReturnReason, ReviewAspect, ShoppingMode, SizeReason, Stage, Surface,
    TrackOutcome, ValueBand, VisitContext, Weather,
};
use sottovoce::ranking::{Filters, Intensity, RankingMode, ReasonCode, ShelfKind};
use sottovoce::surfaces::{
    FacetKind, MessageRequest, PresetReason, PreviewAs, RankedReview, Ranking, RecommendRequest, Review,
    SearchRequest, SearchResults, SlotDecision, SlotKind, SlotReason, SortOrder, Storefront, StorefrontSlot,
};
use sottovoce::{Sottovoce, SottovoceError};
use support::{Phone, give};

const EVERYTHING: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];
/// Coffee and what it is made with.
const COFFEE: [&str; 5] = ["KI81", "KI83", "KI84", "KI85", "FO235"];

fn shop() -> (Phone, Arc<Sottovoce>) {
    let mut phone = Phone::new();
    phone.shop.plan = Some(support::plan().plan);
    let engine = phone.stocked();
    (phone, engine)
}

/// A shopper who allowed everything but offers.
fn known() -> (Phone, Arc<Sottovoce>) {
    let (phone, engine) = shop();
    give(&engine, &EVERYTHING);
    (phone, engine)
}

fn track(phone: &Phone, engine: &Sottovoce, event: Event) {
    phone.clock.advance(120_000);
    let outcome = engine.events().track(event).unwrap();
    assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{outcome:?}");
}

fn looks_at_coffee(phone: &Phone, engine: &Sottovoce) {
    for item in COFFEE {
        track(phone, engine, Event::about(EventName::ViewItem, [item]));
    }
}

fn buys(phone: &Phone, engine: &Sottovoce, order: &str, item: &str) {
    let order = Some(order.to_owned());
    track(phone, engine, Event { transaction_id: order, ..Event::about(EventName::Purchase, [item]) });
}

fn home(engine: &Sottovoce) -> Storefront {
    engine.ranking().storefront("home".into(), "en".into()).unwrap()
}

fn slots(page: &Storefront) -> Vec<&str> {
    page.slots.iter().map(|slot| slot.slot_id.as_str()).collect()
}

fn slot<'a>(page: &'a Storefront, id: &str) -> &'a StorefrontSlot {
    page.slots.iter().find(|slot| slot.slot_id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn hero(engine: &Sottovoce) -> SlotDecision {
    engine.ranking().decide("home-hero".into(), "en".into()).unwrap()
}

fn offer(engine: &Sottovoce) -> sottovoce::surfaces::OfferCard {
    engine.ranking().decide("home-offer".into(), "en".into()).unwrap().offer.unwrap()
}

fn segments(engine: &Sottovoce) -> Vec<String> {
    let segments = engine.profile().segments("de".into()).unwrap();
    segments.into_iter().map(|segment| segment.segment_id).collect()
}

fn shelf(engine: &Sottovoce, surface: &str, kind: ShelfKind, limit: u32) -> Ranking {
    let request = RecommendRequest { kind: Some(kind), ..RecommendRequest::new(surface, limit) };
    engine.ranking().recommend(request).unwrap()
}

fn place(list: &Ranking, product: &str) -> Option<usize> {
    list.items.iter().position(|item| item.product_id == product)
}

#[test]
fn surroundings_count_where_the_plan_names_them_for_this_visit_and_with_a_yes() {
    let (phone, engine) = shop();
    let tell = |context| engine.events().set_context(Some(context)).unwrap();
    let rain = || VisitContext { weather: Some(Weather::Rain), ..VisitContext::default() };
    assert!(!tell(rain()), "not without consent");
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"));
    give(&engine, &EVERYTHING);
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"), "what was told before is not kept");
    let coat = |engine: &Sottovoce| {
        place(&shelf(engine, "home", ShelfKind::Trending, 200), "waxed-rain-coat").unwrap()
    };
    let dry = coat(&engine);
    assert!(tell(rain()));
    let wet = hero(&engine);
    assert_eq!((wet.variant_id.as_deref(), wet.reason), (Some("rain"), SlotReason::Surroundings));
    assert!(wet.because.contains("weather"), "{}", wet.because);
    assert_eq!(coat(&engine), dry.saturating_sub(12), "the plan boosts it in the rain");
    assert!(tell(VisitContext { weather: Some(Weather::Sun), ..VisitContext::default() }));
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"));

    assert!(tell(rain()));
    phone.clock.advance(27 * 60_000);
    track(&phone, &engine, Event::about(EventName::ViewItem, ["KI81"]));
    phone.clock.advance(20 * 60_000);
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("rain"), "the visit goes on");
    phone.clock.advance(31 * 60_000);
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"), "it is over");
    phone.clock.advance(-80 * 60_000);
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"), "and does not come back with the clock");

    assert!(tell(rain()));
    let copy = |engine: &Sottovoce| engine.data().export().unwrap();
    assert!(copy(&engine).contains("\"weather\": \"rain\""));
    engine.consent().withdraw(vec![Purpose::Session], "t".into(), "en".into()).unwrap();
    assert!(!copy(&engine).contains("\"rain\""));
    give(&engine, &EVERYTHING);
    assert!(tell(rain()));
    engine.events().set_mode(ShoppingMode::Private).unwrap();
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"));
    assert!(!tell(rain()));
    engine.events().set_mode(ShoppingMode::Normal).unwrap();
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"));
    for wrong in [
        VisitContext { place: Some("Berlin, Mitte".into()), ..VisitContext::default() },
        VisitContext { utc_offset_minutes: Some(900), ..VisitContext::default() },
    ] {
        let refused = engine.events().set_context(Some(wrong.clone()));
        assert!(matches!(refused, Err(SottovoceError::InvalidArgument { .. })), "{wrong:?}");
        let preview = PreviewAs { stage: Stage::New, segments: vec![], context: Some(wrong) };
        assert!(engine.ranking().preview("home".into(), preview, "en".into()).is_err());
    }
    let preview = PreviewAs { stage: Stage::New, segments: vec![], context: Some(rain()) };
    let page = engine.ranking().preview("home".into(), preview, "en".into()).unwrap();
    assert_eq!(slot(&page, "home-hero").decision.as_ref().unwrap().variant_id.as_deref(), Some("rain"));
}

#[test]
fn surroundings_need_a_plan_of_format_2() {
    let of = |format: u32| {
        format!(
            "format = {format}\n[[rules]]\nid = \"a\"\ndo = \"bury\"\nwhat = {{ brands = [\"Elm\"] }}\nonly = {{ weather = [\"rain\"] }}\n"
        )
    };
    assert!(WrittenPlan::parse(&of(2)).is_ok());
    let faults = WrittenPlan::parse(&of(1)).unwrap_err();
    assert!(format!("{faults:?}").contains("format = 2"), "{faults:?}");
    let endless = of(2).replace("weather = [\"rain\"]", "hours = { from = 3, until = 3 }");
    assert!(WrittenPlan::parse(&endless).is_err());
}

#[test]
fn a_page_is_the_one_for_new_users_until_anything_is_known_and_then_suits() {
    let (phone, engine) = shop();
    let new = home(&engine);
    let for_new = [
        "home-hero",
        "home-story",
        "home-offer",
        "home-for-you",
        "home-categories",
        "home-trending",
        "home-garden",
    ];
    assert_eq!(
        slots(&new),
        for_new,
        "the little ones' shelf is never for new users, buying again for regulars only"
    );
    assert_eq!((new.mode, new.is_default), (RankingMode::Popular, false));
    assert_eq!(slot(&new, "home-categories").categories[0], "Clothing", "as the shop has them");
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("shop"));
    give(&engine, &EVERYTHING);
    assert_eq!(home(&engine), new, "a yes alone changes nothing");

    looks_at_coffee(&phone, &engine);
    let page = home(&engine);
    assert_eq!(page.mode, RankingMode::Personalized);
    let categories = slot(&page, "home-categories");
    assert!(["Kitchen", "Food"].contains(&categories.categories[0].as_str()), "{:?}", categories.categories);
    assert_eq!(categories.reason, SlotReason::Taste);
    assert_eq!(categories.because, "It suits what you like.");
    let (hero, banner) = (hero(&engine), slot(&page, "home-hero").decision.clone().unwrap());
    assert_eq!(hero, banner, "a slot by itself is as it is on the page");
    assert_eq!((hero.variant_id.as_deref(), hero.reason), (Some("coffee"), SlotReason::Taste));
    assert_eq!((hero.title.as_str(), hero.link.is_some()), ("The coffee corner", true));
    assert!(slots(&page).contains(&"home-toys") && slots(&page).contains(&"home-story"));

    for order in ["1", "2"] {
        buys(&phone, &engine, order, "FO235");
        phone.clock.advance(2 * DAY_MS);
    }
    let page = home(&engine);
    assert!(
        slots(&page).contains(&"home-again") && !slots(&page).contains(&"home-story"),
        "{:?}",
        slots(&page)
    );
    let again = slot(&page, "home-again");
    assert_eq!(
        (again.reason, again.because.as_str()),
        (SlotReason::Audience, "The shop shows this to some users: “Comes back”.")
    );
    let request = again.shelf.clone().unwrap();
    assert_eq!(
        (request.surface.as_str(), request.kind, request.limit),
        ("home-again", Some(ShelfKind::BuyAgain), 8)
    );
    assert!(engine.ranking().recommend(request).is_ok());

    engine.consent().withdraw(vec![Purpose::Ranking], "test".into(), "en".into()).unwrap();
    assert_eq!(home(&engine), new, "nobody knows any more who it is");
}

#[test]
fn a_best_seller_that_fills_a_list_up_is_nobodys_taste() {
    let (_phone, engine) = known();
    engine.preferences().set(PreferenceKey::Brand, "Greenhollow".into()).unwrap();
    let page = home(&engine);
    assert_eq!(slot(&page, "home-categories").categories[0], "Garden");
    assert_eq!(hero(&engine).reason, SlotReason::Everyone, "nothing is known of coffee");
    let story = slot(&page, "home-story").decision.clone().unwrap();
    assert_eq!(
        (story.reason, story.because.as_str()),
        (SlotReason::Audience, "The shop shows this to some users: “New here”.")
    );
}

#[test]
fn shelves_that_are_about_what_is_liked_come_first_and_pinned_ones_stay() {
    let (phone, engine) = known();
    for item in
        phone.shop.items.iter().filter(|item| item.product_type.as_deref() == Some("Toys > Trains")).take(4)
    {
        track(&phone, &engine, Event::about(EventName::ViewItem, [item.id.clone()]));
    }
    let page = home(&engine);
    let at = |id: &str| slots(&page).iter().position(|slot| *slot == id).unwrap();
    assert!(at("home-toys") < at("home-garden"), "{:?}", slots(&page));
    assert_eq!(slot(&page, "home-toys").reason, SlotReason::Taste);
    assert_eq!(at("home-hero"), 0);
    assert_eq!(slots(&page)[at("home-garden")], "home-garden", "and none is lost");
    assert_eq!(slots(&page).len(), 8);
}

#[test]
fn segments_are_told_to_the_user_and_end_with_what_they_rest_on() {
    let (phone, engine) = known();
    assert_eq!(segments(&engine), ["newcomers"]);
    looks_at_coffee(&phone, &engine);
    assert_eq!(segments(&engine), ["newcomers", "coffee"]);
    let told = engine.profile().segments("de".into()).unwrap();
    assert_eq!(told[1].title, "Kaffeeleute");
    assert_eq!(
        engine.profile().view().unwrap().segments,
        ["newcomers", "coffee"],
        "also in the user's own copy"
    );
    buys(&phone, &engine, "1", "FO235");
    buys(&phone, &engine, "2", "KI84");
    assert_eq!(segments(&engine), ["regulars", "coffee"]);
    phone.clock.advance(59 * DAY_MS);
    assert!(!segments(&engine).contains(&"away".to_owned()));
    phone.clock.advance(2 * DAY_MS);
    assert!(segments(&engine).contains(&"away".to_owned()));
    assert_eq!(hero(&engine).variant_id.as_deref(), Some("welcome-back"));
    let items = COFFEE.map(str::to_owned).to_vec();
    engine.profile().correct(Correction::ExcludeEvidence { item_ids: items }).unwrap();
    assert!(!segments(&engine).contains(&"coffee".to_owned()));
}

#[test]
fn what_is_about_a_sensitive_topic_puts_nobody_into_a_segment() {
    let plan = |name: &str| {
        let likes = format!("likes = [{{ kind = \"product_type\", name = \"{name}\" }}]");
        WrittenPlan::parse(&format!(
            "format = 1\n[[segments]]\nid = \"s\"\ntitle = {{ en = \"S\" }}\n{likes}"
        ))
    };
    let mut phone = Phone::new();
    phone.shop.plan = Some(plan("Health > Medicine").unwrap().plan);
    let engine = phone.stocked();
    let german = ExternalSignals { region: Some("DE".into()), ..ExternalSignals::default() };
    engine.consent().apply_signals(german).unwrap();
    give(&engine, &EVERYTHING);
    let health = sottovoce::sensitive::SensitiveTag::Health;
    let yes = sottovoce::consent::Choice::Give;
    engine.consent().answer_sensitive(health, yes, "test".into(), "en".into()).ok();
    let medicine =
        |item: &&sottovoce::catalog::Item| item.product_type.as_deref() == Some("Health > Medicine");
    for item in phone.shop.items.iter().filter(medicine) {
        phone.clock.advance(120_000);
        engine.events().track(Event::about(EventName::ViewItem, [item.id.clone()])).unwrap();
    }
    assert!(segments(&engine).is_empty());
}

#[test]
fn what_the_shop_places_is_told_as_that_and_no_more_than_its_share() {
    let (phone, engine) = known();
    let pinned = "dotted-a5-notebook";
    let list = shelf(&engine, "home-trending", ShelfKind::Trending, 12);
    assert_eq!(place(&list, pinned), Some(2));
    assert_eq!(list.items[2].reasons, [ReasonCode::PlacedByShop]);
    assert_eq!(list.items.len(), 12);
    assert_eq!(list.items.iter().map(|item| item.index).collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
    let why = engine.profile().explain(list.ranking_id.clone(), pinned.into(), "en".into()).unwrap();
    assert_eq!(why.factors[0].text, "The shop placed it here.");
    assert_eq!(place(&shelf(&engine, "elsewhere", ShelfKind::Trending, 12), pinned), None);
    let small = shelf(&engine, "home-trending", ShelfKind::Trending, 3);
    assert_eq!(place(&small, pinned), None, "a quarter of three is none");

    engine.preferences().set(PreferenceKey::NeverItem, pinned.into()).unwrap();
    let list = shelf(&engine, "home-trending", ShelfKind::Trending, 12);
    assert_eq!(
        (place(&list, pinned), list.items.len()),
        (None, 12),
        "what the user never wants is not pinned"
    );
    engine.preferences().remove(PreferenceKey::NeverItem, pinned.into()).unwrap();

    let garden = shelf(&engine, "home-garden", ShelfKind::ForYou, 20);
    let items =
        engine.catalog().items(garden.items.iter().map(|item| item.item_id.clone()).collect()).unwrap();
    let of_garden = |id: &str| {
        let item = phone.shop.items.iter().find(|item| item.id == id).unwrap();
        item.product_type.as_deref().unwrap_or_default().starts_with("Garden")
    };
    assert!(!items.is_empty() && items.iter().all(|item| of_garden(&item.item_id)));
    let soft = |surface: &str| {
        let list = shelf(&engine, surface, ShelfKind::Trending, 200);
        list.items.iter().filter(|item| item.brand.as_deref() == Some("Saltmarsh Cellars")).count()
    };
    assert_eq!(
        (soft("home-trending"), soft("elsewhere") > 0),
        (0, true),
        "soft drinks are kept off the front page"
    );
}

#[test]
fn a_boost_moves_up_by_its_places_for_its_segment_only() {
    let (phone, engine) = known();
    let first = |engine: &Sottovoce| {
        let list = shelf(engine, "page", ShelfKind::ForYou, 12);
        let at = list.items.iter().position(|item| item.brand.as_deref() == Some("Röstwerk"));
        let told = list.items.iter().filter(|item| item.reasons.contains(&ReasonCode::PlacedByShop)).count();
        (at, told, list)
    };
    assert_eq!(first(&engine).1, 0);
    looks_at_coffee(&phone, &engine);
    let (at, told, list) = first(&engine);
    assert!(at.is_some_and(|at| at < 4) && told > 0, "{at:?}, {told}");
    for item in list.items.iter().filter(|item| item.reasons.contains(&ReasonCode::PlacedByShop)) {
        assert_eq!(item.brand.as_deref(), Some("Röstwerk"), "whoever made room was not placed");
    }
}

#[test]
fn an_offer_is_chosen_with_a_yes_to_that_and_everyone_else_gets_the_default() {
    let (phone, engine) = known();
    looks_at_coffee(&phone, &engine);
    let default = offer(&engine);
    assert_eq!((default.offer_id.as_str(), default.disclosure.clone()), ("free-delivery-40", None));
    assert_eq!(default.minimum().map(|m| m.minor), Some(4000));
    let new_york = ExternalSignals { region: Some("US-NY".into()), ..ExternalSignals::default() };
    engine.consent().apply_signals(new_york).unwrap();
    give(&engine, &[Purpose::Offers]);
    let chosen = offer(&engine);
    assert_eq!(
        (chosen.offer_id.as_str(), chosen.percent(), chosen.code()),
        ("beans-10", Some(10), Some("BEANS10"))
    );
    assert!(chosen.disclosure.unwrap().starts_with("THIS OFFER WAS SELECTED BY AN ALGORITHM"));
    assert_eq!(chosen.because, "The shop shows this to some users: “Coffee people”.");
    for _ in 0..3 {
        let shown = Event { promotion_id: Some("beans-10".into()), ..Event::new(EventName::ViewPromotion) };
        track(&phone, &engine, shown);
    }
    assert_eq!(offer(&engine), default, "it was shown three times in a week");
    phone.clock.advance(8 * DAY_MS);
    assert_eq!(offer(&engine).offer_id, "beans-10");
    engine.consent().withdraw(vec![Purpose::Offers], "test".into(), "en".into()).unwrap();
    assert_eq!(offer(&engine), default);
}

#[test]
fn offers_are_asked_about_where_the_shop_has_some_to_choose_from() {
    let asked = |engine: &Sottovoce| {
        let notice = engine.consent().notice("en".into()).unwrap();
        notice.purposes.iter().any(|purpose| purpose.purpose == Purpose::Offers)
    };
    assert!(asked(&shop().1));
    assert!(!asked(&Phone::new().stocked()));
    let mut phone = Phone::new();
    let mut plan = support::plan().plan;
    plan.offers.retain(|offer| offer.default);
    phone.shop.plan = Some(plan);
    assert!(!asked(&phone.stocked()), "what everyone gets is not chosen");
}

#[test]
fn a_tier_is_told_by_the_app_for_a_visit_and_by_no_number() {
    let (phone, engine) = known();
    give(&engine, &[Purpose::Offers]);
    let tell = |tier: &str| {
        let loyalty_tier = Some(tier.to_owned());
        engine.events().set_context(Some(VisitContext { loyalty_tier, ..VisitContext::default() }))
    };
    assert_eq!(
        (segments(&engine), offer(&engine).offer_id.as_str()),
        (vec!["newcomers".into()], "free-delivery-40")
    );
    assert_eq!(tell("silver"), Ok(true));
    assert_eq!(segments(&engine), ["newcomers"]);
    assert_eq!(tell("gold"), Ok(true));
    let card = offer(&engine);
    assert_eq!((card.offer_id.as_str(), card.free_delivery()), ("gold-delivery", true));
    assert_eq!(card.because, "The shop shows this to some users: “Gold members”.");
    assert!(engine.data().export().unwrap().contains("\"loyalty_tier\": \"gold\""));
    for wrong in ["", "gold card", "4711223344556677", "g\u{f6}ld", &"g".repeat(65)] {
        assert!(matches!(tell(wrong), Err(SottovoceError::InvalidArgument { .. })), "{wrong}");
    }
    assert_eq!(segments(&engine), ["newcomers", "gold"], "what is refused changes nothing");
    phone.clock.advance(31 * 60_000);
    assert_eq!(segments(&engine), ["newcomers"], "the visit is over");
    tell("gold").unwrap();
    engine.consent().withdraw(vec![Purpose::Session], "test".into(), "en".into()).unwrap();
    assert_eq!((segments(&engine), tell("gold")), (vec!["newcomers".into()], Ok(false)));

    let of = |format: u32| {
        format!("format = {format}\n[[segments]]\nid = \"s\"\ntitle = {{ en = \"S\" }}\ntiers = [\"gold\"]\n")
    };
    assert!(WrittenPlan::parse(&of(3)).is_ok());
    let faults = WrittenPlan::parse(&of(3).replace("[\"gold\"]", "[\"gold\", \"member4711\"]")).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "line 5: segments[0].tiers[1]: no app can tell `member4711`: a tier is a word with 3 digits at most"
    );
    let faults = WrittenPlan::parse(&of(2)).unwrap_err();
    assert!(
        faults[0].to_string().starts_with("line 5: segments[0].tiers: tiers need `format = 3`"),
        "{faults:?}"
    );
}

#[test]
fn a_page_can_be_looked_at_as_anybody() {
    let (phone, engine) = known();
    looks_at_coffee(&phone, &engine);
    let look = |stage, segments: &[&str]| {
        let segments = segments.iter().map(|id| (*id).to_owned()).collect();
        engine.ranking().preview("home".into(), PreviewAs { stage, segments, context: None }, "de".into())
    };
    let new = look(Stage::New, &["newcomers"]).unwrap();
    assert_eq!(new.mode, RankingMode::Popular, "nothing of this user is in it");
    assert!(slots(&new).contains(&"home-story") && !slots(&new).contains(&"home-toys"));
    let away = look(Stage::Repeat, &["regulars", "away"]).unwrap();
    let offer = slot(&away, "home-offer").decision.clone().unwrap().offer.unwrap();
    assert_eq!((offer.offer_id.as_str(), offer.title.as_str()), ("come-back-5", "5 € zum Wiederkommen"));
    assert!(look(Stage::New, &["nobody"]).is_err());
}

#[test]
fn a_page_without_a_plan_is_not_empty() {
    let engine = Phone::new().stocked();
    let page = home(&engine);
    assert!(page.is_default);
    let request = page.slots[0].shelf.clone().unwrap();
    assert_eq!(engine.ranking().recommend(request).unwrap().items.len(), 12);
    assert_eq!(hero(&engine).variant_id, None);
}

#[test]
fn the_example_plan_names_what_the_shop_has_and_a_bad_one_is_told_line_by_line() {
    let mut phone = Phone::new();
    phone.shop.plan = Some(support::plan().plan);
    let catalog = Catalog::from_bytes(&phone.shop.bundle(1)).unwrap();
    let text = include_str!("../examples/data/merchandising.toml");
    WrittenPlan::parse_for(text, &catalog).unwrap();
    assert_eq!(*catalog.plan(), support::plan().plan, "what is signed is what was written");
    let toml = "format = 1
pined_percent = 20
[[rules]]
id = \"r\"
do = \"pin\"
what = { brands = [\"Nobody\"] }
from = 2027-01-02
until = 2027-01-01
[[offers]]
id = \"o\"
kind = \"discount\"
title = { en = \"O\" }
[[layouts]]
id = \"home\"
slots = [{ id = \"a\", kind = \"carousel\" }]
";
    let told = |toml: &str| -> Vec<String> {
        WrittenPlan::parse(toml).unwrap_err().iter().map(ToString::to_string).collect()
    };
    let faults = told(toml);
    assert_eq!(
        faults[..5],
        [
            "line 2: pined_percent: is unknown",
            "line 6: rules[0].what: only single items can be pinned",
            "line 8: rules[0].until: is not after `from`",
            "line 9: offers[0].terms: is missing",
            "line 11: offers[0].kind: gives nothing: say percent, amount or free_delivery",
        ]
    );
    assert!(
        faults[5].starts_with("line 15: layouts[0].slots[0].kind: \"carousel\" is not one of"),
        "{faults:?}"
    );
    assert_eq!(faults.len(), 6, "all at once, and nothing about what cannot be read");
    let toml = toml.replace("pined_percent", "pinned_percent").replace("carousel", "banner");
    let toml = toml.replace(
        "title = { en = \"O\" }",
        "title = { en = \"O\" }\nterms = { en = \"T\" }\nonly = { segments = [\"s\"] }",
    );
    assert_eq!(
        told(&toml),
        [
            "line 6: rules[0].what: only single items can be pinned",
            "line 8: rules[0].until: is not after `from`",
            "line 11: offers[0].kind: gives nothing: say percent, amount or free_delivery",
            "line 14: offers[0].only.segments[0]: there is no segment `s`",
            "line 17: layouts[0].slots[0].variants: is missing: what is shown to everyone else",
        ]
    );
    assert_eq!(told("format = 1\nrules = [\n"), told("format = 1\nrules = [\n"));
    assert!(told("format = = 1")[0].starts_with("line 1: "));
    assert_eq!(
        told(
            "format = 1\npinned_percent = 20.0\n[[segments]]\nid = \"s\"\ntitle = { en = \"S\" }\nmin_orders = 2.5\n"
        ),
        ["line 6: segments[0].min_orders: 2.5 is not of type \"integer\""],
        "20.0 is a whole number"
    );
    let unknown =
        "format = 1\n[[rules]]\nid = \"r\"\ndo = \"pin\"\nwhat = { items = [\"nothing\"] }\nat = \"first\"
[spending]
medium_from = { minor = 100, currency = \"CHF\" }
high_from = { minor = 200, currency = \"CHF\" }
";
    let faults = WrittenPlan::parse_for(unknown, &catalog).unwrap_err();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults[0], "line 5: rules[0].what.items[0]: the catalog has no item `nothing`");
    assert!(faults[1].starts_with("line 6: rules[0].at: \"first\" is not of type"), "{faults:?}");
    assert_eq!(faults[2], "line 8: spending.medium_from.currency: nothing in the catalog costs CHF");
    assert_eq!(faults.len(), 4);
    assert_eq!(
        told(
            "format = 1\npinned_percent = 20\n[[layouts]]\nid = \"home\"\nslots = [{ id = \"a\", kind = \"shelf\", title = { en = \"a\\u0000b\" } }]\n"
        ),
        ["line 5: layouts[0].slots[0].title.en: has a control character"]
    );
}

/// The size that is advised for a shirt, and by what.
fn advice(engine: &Sottovoce, item: &str) -> Option<(String, SizeReason, Confidence)> {
    let advice = engine.product().size_advice(item.into(), "en".into()).unwrap()?;
    Some((advice.size, advice.reason, advice.confidence))
}

#[test]
fn a_size_is_advised_by_what_was_kept_sent_back_or_said_and_else_not() {
    let (phone, engine) = known();
    let sizes = |id: &str| engine.catalog().products(vec![id.into()]).unwrap()[0].variants.len();
    assert!(sizes("CL1-BL-S") > 4);
    let fits = |size: &str, reason, confidence| Some((size.to_owned(), reason, confidence));
    assert_eq!(advice(&engine, "CL1-BL-S"), None, "never a guess");
    track(&phone, &engine, Event::about(EventName::ViewItem, ["CL1-BL-S"]));
    assert_eq!(advice(&engine, "CL1-BL-S"), None, "who looks at a size does not wear it");
    buys(&phone, &engine, "1", "CL1-BL-M");
    assert_eq!(advice(&engine, "CL1-BL-S"), fits("M", SizeReason::OrderedOfBrand, Confidence::Low));
    phone.clock.advance(29 * DAY_MS);
    assert_eq!(
        advice(&engine, "CL1-BL-S"),
        fits("M", SizeReason::OrderedOfBrand, Confidence::Low),
        "it may still be sent back"
    );
    phone.clock.advance(DAY_MS);
    assert_eq!(advice(&engine, "CL1-BL-S"), fits("M", SizeReason::KeptOfBrand, Confidence::Medium));
    let told = engine.product().size_advice("CL1-BL-S".into(), "de".into()).unwrap().unwrap();
    assert_eq!(
        (told.item_id.as_str(), told.evidence_count),
        ("CL1-BL-M", 1),
        "in the colour that was asked about"
    );
    assert_eq!(told.because, "Du hast Größe M dieser Marke behalten.");

    let back =
        |item: &str, why| Event { return_reason: Some(why), ..Event::about(EventName::ReturnItem, [item]) };
    track(&phone, &engine, back("CL1-BL-M", ReturnReason::TooSmall));
    assert_eq!(advice(&engine, "CL1-BL-S"), fits("L", SizeReason::TooSmall, Confidence::Low));
    buys(&phone, &engine, "2", "CL1-BL-L");
    phone.clock.advance(30 * DAY_MS);
    assert_eq!(advice(&engine, "CL1-BL-S"), fits("L", SizeReason::KeptOfBrand, Confidence::Medium));
    engine.preferences().set(PreferenceKey::Size, "L".into()).unwrap();
    assert_eq!(advice(&engine, "CL1-BL-S"), fits("L", SizeReason::Stated, Confidence::High));
    engine.preferences().set(PreferenceKey::Size, "S".into()).unwrap();
    engine.preferences().remove(PreferenceKey::Size, "L".into()).unwrap();
    assert_eq!(
        advice(&engine, "CL1-BL-S"),
        fits("L", SizeReason::KeptOfBrand, Confidence::Medium),
        "S is smaller than what was too small"
    );
    let shoe =
        phone.shop.items.iter().find(|item| item.product_type.as_deref() == Some("Shoes > Running")).unwrap();
    assert_eq!(advice(&engine, &shoe.id), None, "a shirt says nothing about shoes");
    engine.events().set_mode(ShoppingMode::Gift).unwrap();
    assert_eq!(advice(&engine, "CL1-BL-S"), None, "whom it is for is not known");
    engine.events().track(Event::about(EventName::Purchase, ["CL1-BL-S"])).unwrap();
    assert_eq!(advice(&engine, "CL1-BL-S"), None, "nor does what is bought for them fit the user");
    engine.events().set_mode(ShoppingMode::Normal).unwrap();
    engine.consent().withdraw(vec![Purpose::History], "test".into(), "en".into()).unwrap();
    phone.clock.advance(DAY_MS);
    assert_ne!(advice(&engine, "CL1-BL-S").map(|told| told.1), Some(SizeReason::KeptOfBrand));
    assert!(engine.product().size_advice("nothing".into(), "en".into()).is_err());
}

#[test]
fn a_size_of_one_brand_is_one_of_another_by_the_shops_charts() {
    let (phone, engine) = known();
    let fits = |size: &str, reason, confidence| Some((size.to_owned(), reason, confidence));
    let (canvas, socks, running) = ("SH35-MU-38", "CL21-BL-36-40", "SH31-MU-39");
    assert_eq!(advice(&engine, canvas), None, "a chart alone says nothing about a user");
    buys(&phone, &engine, "1", "SH29-FO-41");
    assert_eq!(advice(&engine, canvas), fits("42", SizeReason::OrderedByChart, Confidence::Low));
    phone.clock.advance(30 * DAY_MS);
    assert_eq!(advice(&engine, canvas), fits("42", SizeReason::KeptByChart, Confidence::Medium));
    assert_eq!(advice(&engine, socks), fits("41-45", SizeReason::KeptByChart, Confidence::Medium));
    assert_eq!(advice(&engine, running), None, "its 41 is smaller, and it does not come in 42");
    assert_eq!(advice(&engine, "CL12-GR-30"), None, "a foot says nothing about a waist");
    let told = engine.product().size_advice(canvas.into(), "de".into()).unwrap().unwrap();
    assert_eq!(
        (told.item_id.as_str(), told.compared_item_id.as_deref(), told.chart_id.as_deref()),
        ("SH35-MU-42", Some("SH29-FO-41"), Some("nordhem-shoes"))
    );
    let said = "Du hast „Tempo Running Shoes“ in Größe 41 behalten. Nach den Größentabellen des Shops ist das hier Größe 42.";
    assert_eq!(told.because, said);
    buys(&phone, &engine, "2", "SH33-RE-41");
    phone.clock.advance(30 * DAY_MS);
    assert_eq!(advice(&engine, canvas), fits("42", SizeReason::KeptByChart, Confidence::High));

    let (phone, engine) = known();
    buys(&phone, &engine, "1", "SH29-FO-41");
    let small = Some(ReturnReason::TooSmall);
    let back = Event { return_reason: small, ..Event::about(EventName::ReturnItem, ["SH29-FO-41"]) };
    track(&phone, &engine, back);
    assert_eq!(advice(&engine, "SH36-BL-38"), fits("42", SizeReason::TooSmallByChart, Confidence::Low));
    assert_eq!(advice(&engine, socks), None, "its larger size is for the same foot as well");

    let (_phone, engine) = known();
    engine.preferences().set(PreferenceKey::Size, "39".into()).unwrap();
    assert_eq!(advice(&engine, socks), fits("36-40", SizeReason::StatedByChart, Confidence::Medium));
    assert_eq!(advice(&engine, canvas), None, "39 is one foot in one brand and another in the next");
}

#[test]
fn a_size_chart_that_cannot_be_meant_is_named_by_line_and_field() {
    let chart = |about: &str, sizes: &str| {
        format!(
            "[[size_charts]]\nid = \"c\"\nabout = {about}\nmeasure = \"foot_length\"\nsizes = [{sizes}]\n"
        )
    };
    let size = |size: &str, from: u32, until: u32| {
        format!("\n{{ size = \"{size}\", from_mm = {from}, until_mm = {until} }},")
    };
    let shoes = "{ categories = [\"Shoes\"] }";
    let told = |toml: String| -> Vec<String> {
        let faults = WrittenPlan::parse(&format!("format = 1\n{toml}")).unwrap_err();
        faults.into_iter().map(|fault| fault.to_string()).collect()
    };
    let sizes = [size("39", 250, 240), size("41", 258, 265), size("43", 260, 270), size("41", 280, 290)];
    let toml = [chart(shoes, &sizes.concat()), chart("{}", &size("39", 240, 250))].concat();
    assert_eq!(
        told(toml),
        [
            "line 7: size_charts[0].sizes[0].until_mm: is not above `from_mm`",
            "line 9: size_charts[0].sizes[2].from_mm: overlaps `41`: a body would have two sizes",
            "line 10: size_charts[0].sizes[3].size: `41` is another size of the chart",
            "line 12: size_charts[1].id: `c` is the name of another one",
            "line 13: size_charts[1].about: selects nothing",
        ]
    );
    let empty = told(chart(shoes, ""));
    assert!(empty[0].starts_with("line 6: size_charts[0].sizes: "), "{empty:?}");
    let catalog = Catalog::from_bytes(&Phone::new().shop.bundle(1)).unwrap();
    let [first, second] = ["c", "d"]
        .map(|id| chart(shoes, &size("99", 240, 250)).replace("id = \"c\"", &format!("id = \"{id}\"")));
    let told_for = |toml: String| -> Vec<String> {
        let faults = WrittenPlan::parse_for(&format!("format = 1\n{toml}"), &catalog).unwrap_err();
        faults.into_iter().map(|fault| fault.to_string()).collect()
    };
    assert_eq!(
        told_for([first, second].concat()),
        [
            "line 7: size_charts[0].sizes[0].size: none of its products comes in size `99`",
            "line 10: size_charts[1].about: each of its products has an earlier chart, which is the one that counts",
            "line 13: size_charts[1].sizes[0].size: none of its products comes in size `99`",
        ]
    );
    assert_eq!(
        told(chart(shoes, &size("39", 24, 25))),
        ["line 7: size_charts[0].sizes[0].until_mm: 25 mm is nobody's: write 240 for 24 cm"]
    );
}

/// What a review says that matters to the user, why it does, and how many acts say so.
type Concerns = Vec<(ReviewAspect, ConcernReason, u32)>;

/// The reviews of an item in their order, by name, each with what matters of it.
fn reviewed(engine: &Sottovoce, item: &str) -> Vec<(String, Concerns)> {
    use ReviewAspect as A;
    let handed_in = [
        ("a", vec![A::Looks]),
        ("b", vec![A::Size, A::Size]),
        ("c", vec![A::Size, A::Sustainability]),
        ("d", vec![]),
        ("e", vec![A::Quality, A::Value]),
    ];
    let review = |(id, aspects): (&str, Vec<A>)| Review { review_id: id.into(), aspects };
    let reviews = handed_in.map(review).to_vec();
    let ranked = engine.product().rank_reviews(item.into(), reviews, "en".into()).unwrap();
    let told = |review: RankedReview| {
        let concerns = review.concerns.into_iter().map(|of| (of.aspect, of.reason, of.evidence_count));
        (review.review_id, concerns.collect())
    };
    ranked.into_iter().map(told).collect()
}

/// Their order alone.
fn order(engine: &Sottovoce, item: &str) -> String {
    reviewed(engine, item).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn reviews_about_what_matters_to_the_user_come_first_and_say_why() {
    use ConcernReason as R;
    use ReviewAspect as A;
    let (phone, engine) = known();
    let shirt = "CL3-WH-M";
    assert_eq!(order(&engine, shirt), "abcde", "as they were handed in");
    buys(&phone, &engine, "1", "CL1-BL-M");
    assert_eq!(order(&engine, shirt), "abcde", "what was bought says nothing");
    let small = Some(ReturnReason::TooSmall);
    track(
        &phone,
        &engine,
        Event { return_reason: small, ..Event::about(EventName::ReturnItem, ["CL1-BL-M"]) },
    );
    assert_eq!(order(&engine, shirt), "bcade");
    assert_eq!(reviewed(&engine, shirt)[0].1, [(A::Size, R::SentBack, 1)]);
    assert_eq!(order(&engine, "SH35-MU-38"), "abcde", "a shirt says nothing about shoes");
    track(&phone, &engine, Event { rating: Some(2), ..Event::about(EventName::RateItem, ["CL1-WH-L"]) });
    assert_eq!(order(&engine, shirt), "bcead");
    engine.preferences().set(PreferenceKey::Matters, "Sustainability".into()).unwrap();
    engine.preferences().set(PreferenceKey::Matters, "the author".into()).unwrap();
    let reviews = reviewed(&engine, shirt);
    assert_eq!(order(&engine, shirt), "cbead", "what was said counts for more");
    assert_eq!(reviews[0].1, [(A::Sustainability, R::Stated, 1), (A::Size, R::SentBack, 1)]);
    assert_eq!(reviews[2].1, [(A::Quality, R::RatedLow, 1)]);
    let handed_in = vec![Review { review_id: "a".into(), aspects: vec![A::Size] }];
    let told = engine.product().rank_reviews(shirt.into(), handed_in, "de".into()).unwrap();
    assert_eq!(told[0].concerns[0].because, "Du hast etwas Ähnliches wegen der Größe zurückgeschickt.");

    engine.preferences().set_intensity(Surface::Product, Intensity::Off).unwrap();
    assert_eq!(order(&engine, shirt), "abcde");
    engine.preferences().set_intensity(Surface::Product, Intensity::Full).unwrap();
    engine.events().set_mode(ShoppingMode::Gift).unwrap();
    assert_eq!(order(&engine, shirt), "abcde", "what matters to somebody else is not known");
    engine.events().set_mode(ShoppingMode::Normal).unwrap();
    engine.consent().withdraw(vec![Purpose::Inference], "test".into(), "en".into()).unwrap();
    assert_eq!(order(&engine, shirt), "cabde", "what was said is not inferred");
    engine.preferences().remove(PreferenceKey::Matters, "Sustainability".into()).unwrap();
    assert_eq!(order(&engine, shirt), "abcde");
    engine.preferences().set(PreferenceKey::Matters, "sustainability".into()).unwrap();
    engine.consent().withdraw(vec![Purpose::Ranking], "test".into(), "en".into()).unwrap();
    assert_eq!(order(&engine, shirt), "abcde");
    let unknown = engine.product().rank_reviews("nothing".into(), Vec::new(), "en".into());
    assert!(matches!(unknown, Err(SottovoceError::InvalidArgument { .. })));
}

#[test]
fn reviews_about_the_price_come_first_for_who_minds_it() {
    use ConcernReason as R;
    use ReviewAspect as A;
    let (phone, engine) = known();
    for number in 0..5 {
        assert_eq!(order(&engine, "SH29-FO-41"), "abcde");
        buys(&phone, &engine, &number.to_string(), "FO235");
    }
    assert_eq!(reviewed(&engine, "SH29-FO-41")[0].1, [(A::Value, R::AboveUsual, 5)]);
    assert_eq!(order(&engine, "FO235"), "abcde", "it costs what they usually pay");
    for promotion in ["a-banner", "free-delivery-40", "another-banner", "gold-delivery"] {
        assert_eq!(order(&engine, "FO235"), "abcde", "one offer is no habit, and a banner is no offer");
        let promotion_id = Some(promotion.to_owned());
        track(&phone, &engine, Event { promotion_id, ..Event::new(EventName::SelectPromotion) });
    }
    assert_eq!(reviewed(&engine, "FO235")[0].1, [(A::Value, R::ChoseOffers, 2)]);
}

#[test]
fn nothing_is_predicted_without_evidence_and_what_is_ends_with_it() {
    let (phone, engine) = known();
    let nothing = engine.profile().predictions().unwrap();
    assert_eq!((nothing.stage, nothing.purchase, nothing.churn), (Stage::New, None, None));
    for order in ["1", "2", "3"] {
        buys(&phone, &engine, order, "FO235");
        assert!(
            order == "3" || engine.profile().predictions().unwrap().churn.is_none(),
            "two orders are no habit"
        );
        phone.clock.advance(30 * DAY_MS);
    }
    let said = engine.profile().predictions().unwrap();
    assert_eq!(said.stage, Stage::Repeat);
    let churn = said.churn.unwrap();
    assert!(
        (churn.likelihood - (1.0 - (-1.0_f64).exp())).abs() < 0.01 && churn.evidence_count == 3,
        "{churn:?}"
    );
    assert_eq!(said.replenishments[0].item_id, "FO235", "by the user's own intervals");
    phone.clock.advance(90 * DAY_MS);
    assert!(engine.profile().predictions().unwrap().churn.unwrap().likelihood > 0.95);
    engine.consent().withdraw(vec![Purpose::Inference], "test".into(), "en".into()).unwrap();
    assert_eq!(engine.profile().predictions().unwrap(), nothing);
}

#[test]
fn what_is_spent_in_a_year_is_told_from_the_third_order_on_by_the_shops_bands() {
    let (phone, engine) = known();
    let value = || engine.profile().predictions().unwrap().value;
    let pays = |order: &str, value: Money| {
        let (value, transaction_id) = (Some(value), Some(order.to_owned()));
        track(
            &phone,
            &engine,
            Event { value, transaction_id, ..Event::about(EventName::Purchase, ["FO235"]) },
        );
    };
    for order in ["1", "2", "3"] {
        assert_eq!(value(), None, "two orders are no habit");
        pays(order, Money::new(4000, "EUR"));
        phone.clock.advance(30 * DAY_MS);
    }
    let said = value().unwrap();
    assert_eq!((said.band, said.evidence_count), (ValueBand::Medium, 3));
    assert_eq!(said.mean_order, Money::new(4000, "EUR"));
    assert!((said.orders_a_year - 2.0 / 90.0 * 365.0).abs() < 0.01, "{said:?}");
    pays("in dollars", Money::new(100_000, "USD"));
    assert_eq!(value().unwrap().evidence_count, 3, "nobody knows what it is in euros");
    assert!(!segments(&engine).contains(&"large-orders".to_owned()));
    pays("4", Money::new(20_000, "EUR"));
    let more = value().unwrap();
    assert_eq!((more.band, more.mean_order.minor), (ValueBand::High, 8000));
    assert!(segments(&engine).contains(&"large-orders".to_owned()));
    let back = Event { transaction_id: Some("4".into()), ..Event::new(EventName::Refund) };
    track(&phone, &engine, back);
    assert_eq!((value().unwrap().band, value().unwrap().evidence_count), (ValueBand::Medium, 3));
    for _ in 0..2 {
        give(&engine, &EVERYTHING);
        phone.clock.advance(110 * DAY_MS);
    }
    assert_eq!(value().unwrap().band, ValueBand::Low, "who stays away spends less and less");
    engine.consent().withdraw(vec![Purpose::Inference], "test".into(), "en".into()).unwrap();
    assert_eq!(value(), None);
}

#[test]
fn an_order_that_was_paid_back_or_whose_time_is_wrong_is_none() {
    let (phone, engine) = known();
    let said = || engine.profile().predictions().unwrap();
    buys(&phone, &engine, "1", "FO235");
    assert_eq!(said().stage, Stage::Repeat);
    let back = |order: &str, items: Vec<EventItem>| Event {
        transaction_id: Some(order.to_owned()),
        items,
        ..Event::new(EventName::Refund)
    };
    track(&phone, &engine, back("1", vec![EventItem::new("FO235")]));
    assert_eq!(said().stage, Stage::New, "nothing is left of the only order");
    buys(&phone, &engine, "a", "FO235");
    buys(&phone, &engine, "b", "KI84");
    assert!(segments(&engine).contains(&"regulars".to_owned()), "two orders of one hour");
    track(&phone, &engine, back("a", vec![EventItem::new("FO235")]));
    assert!(!segments(&engine).contains(&"regulars".to_owned()), "of which one is left");
    track(&phone, &engine, back("b", vec![EventItem::new("KI84")]));
    track(&phone, &engine, Event::about(EventName::AddToCart, ["KI85"]));
    assert_eq!(said().stage, Stage::Purchase);
    track(&phone, &engine, Event::about(EventName::RemoveFromCart, ["KI85"]));
    assert_eq!(said().stage, Stage::New, "the cart is empty again");
    for order in ["2", "3", "4"] {
        assert_eq!(said().churn, None);
        phone.clock.advance(30 * DAY_MS);
        buys(&phone, &engine, order, "FO235");
    }
    assert_eq!((said().churn.unwrap().evidence_count, said().value.unwrap().evidence_count), (3, 3));
    let (band, churn) = (said().value.unwrap().band, said().churn);
    phone.clock.advance(-3_650 * DAY_MS);
    buys(&phone, &engine, "5", "FO235");
    phone.clock.advance(3_650 * DAY_MS);
    assert_eq!(said().value.unwrap().band, band, "nobody ordered for ten years");
    assert!((said().churn.unwrap().likelihood - churn.unwrap().likelihood).abs() < 0.05);
    track(&phone, &engine, back("4", Vec::new()));
    assert_eq!(said().churn, None);
}

#[test]
fn an_order_is_worth_what_was_paid_and_else_what_its_items_cost() {
    let (phone, engine) = known();
    let mean = || engine.profile().predictions().unwrap().value.map(|value| value.mean_order.minor);
    let item = |price: Option<i64>| EventItem {
        quantity: 2,
        price: price.map(|minor| Money::new(minor, "EUR")),
        ..EventItem::new("FO235")
    };
    let buys = |order: &str, price| {
        let transaction_id = Some(order.to_owned());
        let items = vec![item(price)];
        track(&phone, &engine, Event { transaction_id, items, ..Event::new(EventName::Purchase) });
        phone.clock.advance(DAY_MS);
    };
    (1..=3).for_each(|order| buys(&order.to_string(), Some(1000)));
    assert_eq!(mean(), Some(2000));
    let back = |order: &str| Event {
        transaction_id: Some(order.to_owned()),
        items: vec![EventItem { quantity: 1, ..item(Some(1000)) }],
        ..Event::new(EventName::Refund)
    };
    track(&phone, &engine, back("2"));
    assert_eq!(mean(), Some(1667), "one of the two is left");
    let price = engine.catalog().items(vec!["FO235".into()]).unwrap()[0].price.clone().unwrap();
    buys("4", None);
    assert_eq!(mean(), Some((5000 + 2 * price.minor + 2) / 4), "the price of the shop");
}

#[test]
fn bands_that_cannot_be_meant_are_named_by_line_and_field() {
    let told = |toml: &str| -> Vec<String> {
        WrittenPlan::parse(toml).unwrap_err().into_iter().map(|fault| fault.to_string()).collect()
    };
    let segment = "[[segments]]\nid = \"s\"\ntitle = { en = \"S\" }\nvalues = [\"high\"]\n";
    let bands = |currency: &str| {
        format!(
            "[spending]\nmedium_from = {{ minor = 500, currency = \"EUR\" }}\nhigh_from = {{ minor = 500, currency = \"{currency}\" }}\n"
        )
    };
    assert_eq!(
        told(&format!("format = 2\n{}{segment}", bands("EUR"))),
        [
            "line 4: spending.high_from.minor: is not above `medium_from`",
            "line 8: segments[0].values: what users spend needs `format = 3`: for an older app everyone would be of the \
             segment",
        ]
    );
    assert_eq!(
        told(&format!("format = 3\n{}", bands("USD"))),
        ["line 4: spending.high_from.currency: is another one than that of `medium_from`"]
    );
    assert_eq!(
        told(&format!("format = 3\n{segment}")),
        ["line 5: segments[0].values: the plan has no `spending` to tell it by"]
    );
}

#[test]
fn orders_of_one_day_are_one_and_a_visit_that_is_over_leads_to_no_purchase() {
    let (phone, engine) = known();
    for order in ["1", "2", "3"] {
        buys(&phone, &engine, order, "FO235");
    }
    phone.clock.advance(3_600_000);
    assert_eq!(engine.profile().predictions().unwrap().churn, None);
    looks_at_coffee(&phone, &engine);
    assert!(engine.profile().predictions().unwrap().purchase.is_some());
    phone.clock.advance(DAY_MS);
    assert_eq!(engine.profile().predictions().unwrap().purchase, None);
}

/// When something that was bought is needed again, in days from its last purchase.
fn lasts(engine: &Sottovoce, item: &str) -> Option<i64> {
    let all = engine.profile().predictions().unwrap().replenishments;
    let of = all.into_iter().find(|needed| needed.item_id == item)?;
    Some((of.due_ms - of.last_bought_ms + DAY_MS / 2) / DAY_MS)
}

#[test]
fn only_what_is_bought_again_is_used_up_and_what_is_more_lasts_longer() {
    let (phone, engine) = known();
    let order = |id: &str, quantity| Event {
        transaction_id: Some(id.into()),
        items: vec![EventItem { quantity, ..EventItem::new("FO235") }],
        ..Event::new(EventName::Purchase)
    };
    let paid_back = |quantity| Event { name: EventName::Refund, ..order("2", quantity) };
    track(&phone, &engine, order("1", 1));
    assert_eq!(lasts(&engine, "FO235"), None, "the history of this shop is not known");
    phone.clock.advance(30 * DAY_MS);
    track(&phone, &engine, order("2", 4));
    assert_eq!(lasts(&engine, "FO235"), Some(120));
    track(&phone, &engine, paid_back(2));
    assert_eq!(lasts(&engine, "FO235"), Some(60), "two of the four are left");
    let back =
        |reason| Event { return_reason: Some(reason), ..Event::about(EventName::ReturnItem, ["FO235"]) };
    track(&phone, &engine, back(ReturnReason::Other));
    assert_eq!(lasts(&engine, "FO235"), None, "it was sent back");
    phone.clock.advance(100 * DAY_MS);
    give(&engine, &EVERYTHING);
    phone.clock.advance(100 * DAY_MS);
    assert_eq!(lasts(&engine, "FO235"), None, "that is so however long ago it was");
    track(&phone, &engine, order("3", 1));
    assert!(lasts(&engine, "FO235").is_some());
    engine.profile().correct(Correction::NeverItem { item_id: "FO235".into() }).unwrap();
    assert_eq!(lasts(&engine, "FO235"), None, "it is not wanted");

    let (phone, engine) = known();
    track(&phone, &engine, order("1", 1));
    phone.clock.advance(30 * DAY_MS);
    track(&phone, &engine, order("2", 1));
    track(&phone, &engine, paid_back(1));
    assert_eq!(lasts(&engine, "FO235"), None, "what was refunded was not bought again");
}

#[test]
fn a_checkout_is_hinted_at_by_kinds_alone() {
    let (phone, engine) = known();
    let hints = || engine.product().checkout_hints().unwrap();
    assert_eq!((hints().payment, hints().delivery), (None, None));
    let pays = |how: &str, tier: &str, order: &str| Event {
        payment_type: Some(how.into()),
        shipping_tier: Some(tier.into()),
        transaction_id: Some(order.into()),
        ..Event::about(EventName::Purchase, ["KI84"])
    };
    track(&phone, &engine, pays("Jane Doe", "to the neighbours", "1"));
    assert_eq!((hints().payment, hints().delivery), (None, None), "nothing but a kind comes back");
    track(&phone, &engine, pays("credit_card", "Express", "2"));
    assert_eq!((hints().payment, hints().delivery), (Some(PaymentKind::Card), Some(DeliveryKind::Express)));
    assert_eq!(hints().gift_wrap, None, "nobody said anything about it");
    for (wrapped, usually) in [(true, true), (false, false), (false, false), (true, true)] {
        let event = Event { gift_wrap: Some(wrapped), ..Event::new(EventName::AddShippingInfo) };
        track(&phone, &engine, event);
        assert_eq!(hints().gift_wrap, Some(usually), "what is most, of equals the newest");
    }
    engine.consent().withdraw(vec![Purpose::History, Purpose::Session], "test".into(), "en".into()).unwrap();
    assert_eq!(hints(), CheckoutHints::default());
}

/// What every call says that shows something to a user, by the name of the call and without the names of lists.
fn everything(engine: &Sottovoce) -> BTreeMap<&'static str, String> {
    let (ranking, product, search) = (engine.ranking(), engine.product(), engine.search());
    let (profile, en) = (engine.profile(), || "en".to_owned());
    let unnamed = |list: Ranking| Ranking { ranking_id: String::new(), ..list };
    let decided =
        ["home-hero", "home-story", "home-offer"].map(|slot| ranking.decide(slot.into(), en()).unwrap());
    let mut lists: Vec<Ranking> = [
        ("home-trending", ShelfKind::Trending),
        ("page", ShelfKind::BuyAgain),
        ("page", ShelfKind::NextUp),
        ("page", ShelfKind::ForYou),
    ]
    .map(|(surface, kind)| shelf(engine, surface, kind, 12))
    .into();
    let last = lists.last().unwrap();
    let first = last.items[0].item_id.clone();
    let explained = profile.explain(last.ranking_id.clone(), first, en()).unwrap();
    for kind in [ShelfKind::Similar, ShelfKind::BoughtTogether, ShelfKind::CompleteTheLook, ShelfKind::Cart] {
        let seed_item_ids = vec!["CL1-BL-S".into()];
        let request =
            RecommendRequest { kind: Some(kind), seed_item_ids, ..RecommendRequest::new("page", 12) };
        lists.push(ranking.recommend(request).unwrap());
    }
    let lists: Vec<Ranking> = lists.into_iter().map(unnamed).collect();
    let found = search.query(SearchRequest { facets: true, ..SearchRequest::new("coffee", 20) }).unwrap();
    let found = SearchResults { page: unnamed(found.page.clone()), next_cursor: None, ..found };
    let polled = [false, true].map(|leaving| {
        let request = MessageRequest { locale: en(), utc_offset_minutes: 0, system_allows: true, leaving };
        engine.messages().poll(request).unwrap()
    });
    let kept = ranking.keep_for_widget(RecommendRequest::new("widget", 8)).unwrap();
    let vector = search.by_vector(vec![1.0], 9);
    [
        ("RankingApi::storefront", format!("{:?}", home(engine))),
        ("RankingApi::decide", format!("{decided:?}")),
        ("RankingApi::recommend", format!("{lists:?}")),
        ("RankingApi::keep_for_widget", format!("{kept:?}")),
        ("SearchApi::query", format!("{found:?}")),
        ("SearchApi::suggest", format!("{:?}", search.suggest("cof".into(), 9).unwrap())),
        ("SearchApi::browse_advice", format!("{:?}", search.browse_advice(None, en()).unwrap())),
        ("SearchApi::by_vector", format!("{vector:?}")),
        ("ProductApi::size_advice", format!("{:?}", product.size_advice("CL1-BL-S".into(), en()).unwrap())),
        ("ProductApi::rank_reviews", format!("{:?}", reviewed(engine, "CL1-BL-S"))),
        ("ProductApi::checkout_hints", format!("{:?}", product.checkout_hints().unwrap())),
        ("MessagesApi::poll", format!("{polled:?}")),
        ("ProfileApi::segments", format!("{:?}", profile.segments(en()).unwrap())),
        ("ProfileApi::predictions", format!("{:?}", profile.predictions().unwrap())),
        ("ProfileApi::explain", format!("{explained:?}")),
    ]
    .into()
}

/// Objects of which no call shows a surface.
const OTHER_OBJECTS: [&str; 10] = [
    "Sottovoce",
    "Subscription",
    "TestClock",
    "CatalogApi",
    "ConsentApi",
    "DataApi",
    "EventsApi",
    "ExperimentsApi",
    "PreferencesApi",
    "PrivacyApi",
];
/// Calls of the other objects that show nothing that was made for a user, and take something in.
const OTHER_CALLS: [&str; 8] = [
    "MessagesApi::scheduled",
    "MessagesApi::set_muted",
    "MessagesApi::settings",
    "MessagesApi::snooze",
    "ProfileApi::correct",
    "ProfileApi::view",
    "RankingApi::forget_widget",
    "RankingApi::preview",
];

#[test]
fn every_call_that_shows_something_is_among_those_that_are_compared() {
    let (_phone, engine) = known();
    let of_a_surface = |name: &String| !OTHER_OBJECTS.contains(&name.split("::").next().unwrap());
    let exported: BTreeSet<String> = support::exported().into_keys().filter(of_a_surface).collect();
    let compared = everything(&engine);
    let known: BTreeSet<String> =
        compared.keys().chain(&OTHER_CALLS).map(|name| (*name).to_owned()).collect();
    assert_eq!(exported, known, "a new call goes into `everything`");
}

/// A shopper of coffee and shirts who gave these purposes, a day later.
fn shopper(given: &[Purpose]) -> (Phone, Arc<Sottovoce>) {
    let (phone, engine) = shop();
    give(&engine, given);
    let act = |event: Event| {
        phone.clock.advance(120_000);
        engine.events().track(event).unwrap();
    };
    for item in COFFEE {
        act(Event::about(EventName::ViewItem, [item]));
    }
    for (order, item) in [("1", "FO235"), ("2", "CL1-BL-M"), ("3", "KI84")] {
        let (payment_type, transaction_id) = (Some("card".to_owned()), Some(order.to_owned()));
        act(Event { payment_type, transaction_id, ..Event::about(EventName::Purchase, [item]) });
    }
    act(Event::about(EventName::AddToCart, ["KI85"]));
    act(Event { rating: Some(1), ..Event::about(EventName::RateItem, ["CL3-WH-M"]) });
    engine.preferences().set(PreferenceKey::Brand, "Greenhollow".into()).ok();
    phone.clock.advance(DAY_MS);
    let (weather, loyalty_tier) = (Some(Weather::Rain), Some("gold".into()));
    engine
        .events()
        .set_context(Some(VisitContext { weather, loyalty_tier, ..VisitContext::default() }))
        .unwrap();
    (phone, engine)
}

const ALL: [Purpose; 7] = [
    Purpose::Session,
    Purpose::History,
    Purpose::Inference,
    Purpose::Ranking,
    Purpose::Preferences,
    Purpose::Offers,
    Purpose::Messaging,
];

#[test]
fn what_was_withdrawn_is_as_if_it_had_never_been_given_on_every_surface() {
    let (_whole, known) = shopper(&ALL);
    let whole = everything(&known);
    for purpose in ALL {
        let others: Vec<Purpose> = ALL.into_iter().filter(|other| *other != purpose).collect();
        let ((_phone, withdrawn), (_other, never)) = (shopper(&ALL), shopper(&others));
        withdrawn.consent().withdraw(vec![purpose], "test".into(), "en".into()).unwrap();
        let left = everything(&withdrawn);
        assert_eq!(left, everything(&never), "{purpose:?}");
        assert_ne!(left, whole, "{purpose:?} counts for something");
    }
}

#[test]
fn without_a_yes_every_surface_is_that_of_an_empty_profile() {
    let (_nobody, empty) = shopper(&[]);
    let nothing = everything(&empty);
    let without = |denied: Purpose| ALL.into_iter().filter(move |purpose| *purpose != denied).collect();
    // Whoever may not be ranked for is nobody, whatever else was allowed, and so is of whom nothing else may be used.
    let alone = ALL.into_iter().map(|purpose| vec![purpose]);
    for given in alone.chain([without(Purpose::Ranking)]) {
        assert_eq!(everything(&shopper(&given).1), nothing, "{given:?}");
    }
    // Who allowed everything and did nothing yet finds what everyone does, score for score.
    let (phone, engine) = shop();
    give(&engine, &ALL);
    phone.clock.advance(DAY_MS);
    for call in ["SearchApi::query", "RankingApi::decide", "SearchApi::browse_advice"] {
        assert_eq!(everything(&engine)[call], nothing[call], "{call}");
    }
    // What needs a yes of its own is that of nobody without it.
    let quiet = everything(&shopper(&without(Purpose::Messaging)).1);
    assert_eq!(quiet["MessagesApi::poll"], nothing["MessagesApi::poll"]);
    let (_phone, unoffered) = shopper(&without(Purpose::Offers));
    assert_eq!(offer(&unoffered), offer(&empty));
}

/// The shelves of a page, first to last.
fn shelves(engine: &Sottovoce, page: &Storefront) -> Vec<Ranking> {
    let requests = page.slots.iter().filter_map(|slot| slot.shelf.clone());
    requests.map(|request| engine.ranking().recommend(request).unwrap()).collect()
}

#[test]
fn nothing_is_called_similar_that_is_not_and_what_was_seen_says_so() {
    use ReasonCode as R;
    let (phone, engine) = known();
    looks_at_coffee(&phone, &engine);
    let page = home(&engine);
    for (slot, list) in page.slots.iter().filter(|slot| slot.shelf.is_some()).zip(shelves(&engine, &page)) {
        let of_coffee = ["home-for-you", "home-trending"].contains(&slot.slot_id.as_str());
        for item in &list.items {
            let by_likeness =
                item.reasons.iter().any(|code| matches!(code, R::SimilarTaste | R::SharedAttributes));
            assert!(of_coffee || !by_likeness, "{}: {} {:?}", slot.slot_id, item.title, item.reasons);
            let looked_at = COFFEE.contains(&item.item_id.as_str());
            let says_so =
                item.reasons.iter().take(2).any(|code| matches!(code, R::ViewedBefore | R::PlacedByShop));
            assert!(
                !looked_at || slot.slot_id != "home-for-you" || says_so,
                "{} {:?}",
                item.title,
                item.reasons
            );
        }
        if slot.slot_id == "home-trending" {
            let first = list.items[0].reasons.first();
            assert!(matches!(first, None | Some(R::Trending | R::Popular | R::PlacedByShop)), "{first:?}");
        }
    }
    let list = shelf(&engine, "page", ShelfKind::ForYou, 12);
    let alike = list.items.iter().find(|item| item.reasons[0] == R::SimilarTaste);
    if let Some(item) = alike {
        let why =
            engine.profile().explain(list.ranking_id.clone(), item.item_id.clone(), "en".into()).unwrap();
        let said = why.factors.iter().find(|factor| factor.code == R::SimilarTaste).unwrap();
        assert!(said.text.starts_with("It is similar to products") && said.evidence_count > 0, "{said:?}");
    }
}

#[test]
fn why_this_begins_with_what_the_card_says() {
    let (phone, engine) = known();
    looks_at_coffee(&phone, &engine);
    buys(&phone, &engine, "1", "FO235");
    for kind in [ShelfKind::ForYou, ShelfKind::Trending, ShelfKind::BuyAgain, ShelfKind::NextUp] {
        let list = shelf(&engine, "home-trending", kind, 20);
        for item in &list.items {
            let why =
                engine.profile().explain(list.ranking_id.clone(), item.item_id.clone(), "en".into()).unwrap();
            let codes: Vec<ReasonCode> = why.factors.iter().map(|factor| factor.code).collect();
            let begins = item.reasons.first().is_none_or(|code| codes.first() == Some(code));
            assert!(begins, "{}: {:?}, {why:?}", item.title, item.reasons);
            assert!(item.reasons.iter().all(|code| codes.contains(code)), "{}: {why:?}", item.title);
        }
    }
}

#[test]
fn a_page_shows_a_product_on_one_shelf_and_begins_anew() {
    let (phone, engine) = known();
    looks_at_coffee(&phone, &engine);
    let page = home(&engine);
    let lists = shelves(&engine, &page);
    let mut seen = std::collections::BTreeMap::new();
    for (nth, list) in lists.iter().enumerate() {
        for item in &list.items {
            let pinned = item.reasons == [ReasonCode::PlacedByShop];
            let before = seen.insert(item.product_id.clone(), nth);
            assert!(before.is_none() || pinned, "{} is on shelf {before:?} and {nth}", item.title);
        }
    }
    assert!(lists.iter().all(|list| list.items.len() >= 10), "and no shelf is shorter for it");
    let first = page.slots.iter().find_map(|slot| slot.shelf.clone()).unwrap();
    let ids = |list: &Ranking| list.items.iter().map(|item| item.item_id.clone()).collect::<Vec<_>>();
    let again = engine.ranking().recommend(first.clone()).unwrap();
    assert_eq!(ids(&again).len(), 12);
    home(&engine);
    assert_eq!(ids(&engine.ranking().recommend(first).unwrap()), ids(&lists[0]), "the page begins anew");
    let alone = shelf(&engine, "home-trending", ShelfKind::Trending, 12);
    let repeated = alone.items.iter().any(|item| ids(&lists[0]).contains(&item.item_id));
    assert!(repeated, "a shelf of no page is what it is");
    let empty = RecommendRequest { page: Some(String::new()), ..RecommendRequest::new("home", 4) };
    assert!(engine.ranking().recommend(empty).is_err());
}

#[test]
fn what_only_one_look_speaks_for_is_not_shown_unasked() {
    use ReasonCode as R;
    let (phone, engine) = known();
    let own = |list: &Ranking| {
        let of_others =
            |code: &R| matches!(code, R::Popular | R::Trending | R::New | R::PlacedByShop | R::ShownByShop);
        let surprising = |item: &&sottovoce::surfaces::RankedProduct| {
            item.product_id != "KI81"
                && !item.item_id.starts_with("KI81")
                && !item.reasons.iter().any(of_others)
        };
        list.items.iter().filter(surprising).map(|item| item.title.clone()).collect::<Vec<_>>()
    };
    track(&phone, &engine, Event::about(EventName::ViewItem, ["KI81"]));
    let list = shelf(&engine, "page", ShelfKind::ForYou, 40);
    assert_eq!((own(&list), list.items.len()), (Vec::<String>::new(), 40));
    assert!(list.items.iter().any(|item| item.item_id == "KI81"), "what was looked at is no surprise");
    let about = Filters { categories: vec!["Kitchen > Coffee".into()], ..Filters::default() };
    let request = RecommendRequest { filters: Some(about), ..RecommendRequest::new("page", 40) };
    let asked = engine.ranking().recommend(request).unwrap();
    assert!(asked.items.len() > 5, "whoever opens the department sees it");
    track(&phone, &engine, Event::about(EventName::ViewItem, ["KI83"]));
    assert_ne!(own(&shelf(&engine, "page", ShelfKind::ForYou, 40)), Vec::<String>::new());

    let (phone, engine) = known();
    buys(&phone, &engine, "1", "KI84");
    let list = shelf(&engine, "page", ShelfKind::ForYou, 12);
    assert_ne!(own(&list), Vec::<String>::new(), "who buys something means it");
}

#[test]
fn a_category_is_set_to_what_the_user_said_or_does_often_and_says_why() {
    let (phone, engine) = known();
    let advice = |category: Option<&str>| {
        engine.search().browse_advice(category.map(Into::into), "en".into()).unwrap()
    };
    let shirts = Some("Clothing");
    let none = advice(shirts);
    assert_eq!((none.sort, none.presets.len(), none.facets.len()), (SortOrder::Popular, 0, 6));
    engine.preferences().set(PreferenceKey::Size, "M".into()).unwrap();
    let said = advice(shirts);
    let [size] = &said.presets[..] else { panic!("{said:?}") };
    assert_eq!((size.kind, size.reason), (FacetKind::Size, PresetReason::Stated));
    assert_eq!((size.filters.sizes.clone(), size.because.as_str()), (vec!["M".to_owned()], "You told us."));
    assert_eq!((said.facets[0], said.facets.len()), (FacetKind::Size, 6));
    let found = SearchRequest { filters: Some(size.filters.clone()), ..SearchRequest::new("shirt", 20) };
    assert!(engine.search().query(found).unwrap().total > 0, "the filter is one of search");
    assert!(advice(Some("Kitchen > Coffee")).presets.is_empty(), "nothing there comes in sizes");

    for (order, item) in ["CL3-WH-M", "CL5-BL-M", "CL4-RO-M", "CL2-GR-M", "CL3-WH-M"].into_iter().enumerate()
    {
        phone.clock.advance(DAY_MS);
        buys(&phone, &engine, &order.to_string(), item);
    }
    let bought = advice(shirts);
    let prices = bought.presets.iter().find(|preset| preset.kind == FacetKind::Price).unwrap();
    assert_eq!((prices.reason, prices.evidence_count), (PresetReason::UsualPrices, 5));
    assert!(
        prices.filters.min_price.as_ref().unwrap().minor <= prices.filters.max_price.as_ref().unwrap().minor
    );
    assert!(bought.presets.iter().all(|preset| preset.product_count >= 3));
    let unknown = engine.search().browse_advice(Some("Nowhere".into()), "en".into());
    assert!(matches!(unknown, Err(SottovoceError::InvalidArgument { .. })));
    engine.preferences().set_intensity(Surface::Search, Intensity::Off).unwrap();
    assert_eq!(advice(shirts), none);
}

/// What one surface says, without the names of lists.
fn answer(engine: &Sottovoce, surface: Surface) -> String {
    let (ranking, product) = (engine.ranking(), engine.product());
    let list = |kind, seeds: &[&str]| {
        let seed_item_ids = seeds.iter().map(|id| (*id).to_owned()).collect();
        let request =
            RecommendRequest { kind: Some(kind), seed_item_ids, ..RecommendRequest::new("page", 20) };
        Ranking { ranking_id: String::new(), ..ranking.recommend(request).unwrap() }
    };
    match surface {
        Surface::Storefront => {
            let mut page = home(engine);
            page.slots.retain(|slot| slot.kind != SlotKind::Offer);
            format!("{page:?} {:?}", hero(engine))
        }
        Surface::Shelves => {
            use ShelfKind as K;
            format!("{:?}", [K::ForYou, K::BuyAgain, K::NextUp, K::Trending].map(|kind| list(kind, &[])))
        }
        Surface::Product => {
            let size = product.size_advice("CL1-BL-S".into(), "en".into()).unwrap();
            let lists = [ShelfKind::Similar, ShelfKind::BoughtTogether].map(|kind| list(kind, &["KI84"]));
            format!("{size:?} {:?} {lists:?}", reviewed(engine, "CL1-BL-S"))
        }
        Surface::Checkout => {
            format!("{:?} {:?}", product.checkout_hints().unwrap(), list(ShelfKind::Cart, &["KI84"]))
        }
        Surface::Search => {
            let found = engine.search().query(SearchRequest::new("plant pot", 20)).unwrap();
            let page = Ranking { ranking_id: String::new(), ..found.page };
            let found = SearchResults { page, next_cursor: None, ..found };
            format!("{found:?} {:?}", engine.search().browse_advice(None, "en".into()).unwrap())
        }
        Surface::Offers => format!("{:?}", offer(engine)),
        Surface::Messages => {
            let locale = "en".to_owned();
            let request =
                MessageRequest { locale, utc_offset_minutes: 0, system_allows: true, leaving: false };
            format!("{:?}", engine.messages().poll(request).unwrap().message)
        }
        Surface::Widget => {
            let kept = ranking.keep_for_widget(RecommendRequest::new("widget", 8)).unwrap();
            format!("{:?}", kept.filter(|shelf| shelf.personal))
        }
    }
}

#[test]
fn a_surface_that_is_off_answers_as_for_an_empty_profile_and_the_others_do_not() {
    let mut all = EVERYTHING.to_vec();
    all.extend([Purpose::Offers, Purpose::Messaging]);
    let (_phone, known) = shopper(&all);
    let (_nobody, empty) = shopper(&[]);
    let preferences = known.preferences();
    for surface in Surface::ALL {
        let (full, nobody) = (answer(&known, surface), answer(&empty, surface));
        assert_ne!(full, nobody, "{surface:?}");
        assert_eq!(preferences.intensity(surface), Ok(Intensity::Full));
        preferences.set_intensity(surface, Intensity::Off).unwrap();
        assert_eq!(answer(&known, surface), nobody, "{surface:?}");
        for other in Surface::ALL.into_iter().filter(|other| *other != surface) {
            assert_ne!(
                answer(&known, other),
                answer(&empty, other),
                "{surface:?} is off and {other:?} is not"
            );
        }
        preferences.set_intensity(surface, Intensity::Light).unwrap();
        let graded = [Surface::Shelves, Surface::Search].contains(&surface);
        assert!(!graded || ![&full, &nobody].contains(&&answer(&known, surface)), "{surface:?}: half");
        preferences.set_intensity(surface, Intensity::Full).unwrap();
        assert_eq!(answer(&known, surface), full, "{surface:?}");
    }
}

#[test]
fn how_much_is_personal_needs_no_yes_and_stays_until_everything_is_erased() {
    let (phone, engine) = shop();
    let off = |engine: &Sottovoce| engine.preferences().intensity(Surface::Shelves) == Ok(Intensity::Off);
    engine.preferences().set_intensity(Surface::Shelves, Intensity::Off).unwrap();
    assert!(off(&engine), "nothing was answered yet");
    give(&engine, &EVERYTHING);
    looks_at_coffee(&phone, &engine);
    let list = shelf(&engine, "page", ShelfKind::ForYou, 4);
    assert_eq!(list.mode, RankingMode::Popular);
    let why = engine.profile().explain(list.ranking_id, list.items[0].item_id.clone(), "en".into()).unwrap();
    assert!(why.text.ends_with("You chose that this is the same for everyone."), "{}", why.text);
    let form = engine.preferences().form("de".into()).unwrap();
    let field = form.surfaces.iter().find(|field| field.surface == Surface::Shelves).unwrap();
    assert_eq!((field.label.as_str(), field.intensity), ("Produktlisten", Intensity::Off));
    assert_eq!(form.surfaces.len(), Surface::ALL.len());
    assert!(engine.data().export().unwrap().contains("\"surface\": \"shelves\""));
    engine.consent().withdraw(EVERYTHING.to_vec(), "test".into(), "en".into()).unwrap();
    assert!(off(&engine), "a withdrawal makes nothing more personal");
    engine.shutdown();
    assert!(engine.preferences().intensity(Surface::Shelves).is_err());
    drop(engine);
    let engine = phone.engine();
    assert!(off(&engine));
    engine.data().erase(EraseScope::Everything).unwrap();
    assert_eq!(engine.preferences().intensity(Surface::Shelves), Ok(Intensity::Full));
}
