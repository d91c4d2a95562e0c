//! Products with their variants, as an app meets them: cards, pages, events and corrections by either id.
#![allow(missing_docs, reason = "a test")]

mod support;

use sottovoce::catalog::{Availability, OptionValue};
use sottovoce::consent::Purpose;
use sottovoce::profile::{Correction, Event, EventName, PreferenceKey, ReturnReason, TrackOutcome};
use sottovoce::ranking::{Filters, ShelfKind};
use sottovoce::surfaces::{RecommendRequest, SearchRequest};
use sottovoce::{Sottovoce, SottovoceError};
use support::{Phone, give};

const EVERYTHING: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];
/// A T-shirt in three colours and five sizes. Blue M is sold out.
const TEE: &str = "organic-cotton-t-shirt";
const BLUE_S: &str = "CL1-BL-S";
const BLUE_M: &str = "CL1-BL-M";
const WHITE_L: &str = "CL1-WH-L";

fn shop() -> (Phone, std::sync::Arc<Sottovoce>) {
    let phone = Phone::new();
    let engine = phone.stocked();
    give(&engine, &EVERYTHING);
    (phone, engine)
}

fn shelf(engine: &Sottovoce, kind: ShelfKind, seeds: &[&str]) -> Vec<(String, String)> {
    let request = RecommendRequest {
        kind: Some(kind),
        seed_item_ids: seeds.iter().map(|id| (*id).to_owned()).collect(),
        ..RecommendRequest::new("page", 200)
    };
    let list = engine.ranking().recommend(request).unwrap();
    list.items.into_iter().map(|card| (card.product_id, card.item_id)).collect()
}

fn shown(engine: &Sottovoce, product: &str) -> Option<String> {
    let filters = Some(Filters { brands: vec!["Pell".into()], ..Filters::default() });
    let list = engine
        .ranking()
        .recommend(RecommendRequest { filters, ..RecommendRequest::new("page", 200) })
        .unwrap();
    list.items.into_iter().find(|card| card.product_id == product).map(|card| card.item_id)
}

fn track(phone: &Phone, engine: &Sottovoce, name: EventName, id: &str) {
    phone.clock.advance(120_000);
    let outcome = engine.events().track(Event::about(name, [id])).unwrap();
    assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{outcome:?}");
}

#[test]
fn a_product_page_is_made_of_the_bundle_alone() {
    let (_phone, engine) = shop();
    let of =
        |ids: &[&str]| engine.catalog().products(ids.iter().map(|id| (*id).to_owned()).collect()).unwrap();
    let [tee] = &of(&[WHITE_L, "nothing", TEE])[..] else { panic!("each once") };
    assert_eq!((&*tee.product_id, &*tee.title), (TEE, "Organic Cotton T-Shirt"));
    assert_eq!(tee.brand.as_deref(), Some("Pell"));
    let options: Vec<(&str, usize)> = tee.options.iter().map(|o| (&*o.name, o.values.len())).collect();
    assert_eq!(options[0].0, "color");
    assert_eq!(options[1].0, "size");
    assert_eq!(options.len(), 2, "{options:?}");
    assert_eq!(tee.variants.len(), options[0].1 * options[1].1);
    let blue_m = tee.variants.iter().find(|v| v.item_id == BLUE_M).unwrap();
    assert_eq!(blue_m.availability, Availability::OutOfStock);
    let option = |name: &str, value: &str| OptionValue { name: name.into(), value: value.into() };
    assert_eq!(blue_m.options, [option("color", "Blue"), option("size", "M")]);
    assert!(blue_m.price.is_some() && blue_m.link.is_some() && blue_m.image_link.is_some());
    assert_eq!(tee.default_item_id, BLUE_S);
    let single = of(&["KI81"]);
    assert!(single[0].options.is_empty() && single[0].variants.len() == 1);
    let many = vec![TEE.to_owned(); 1001];
    assert!(matches!(engine.catalog().products(many), Err(SottovoceError::InvalidArgument { .. })));
}

#[test]
fn a_card_lists_the_variants_and_is_explained_by_any_of_them() {
    let (_phone, engine) = shop();
    let list = engine.ranking().recommend(RecommendRequest::new("home", 200)).unwrap();
    let card = list.items.iter().find(|card| card.product_id == TEE).unwrap();
    let ids: Vec<&str> = card.variants.iter().map(|v| &*v.item_id).collect();
    assert!(ids.contains(&&*card.item_id) && ids.contains(&BLUE_M) && ids.contains(&WHITE_L));
    let explain = |id: &str| engine.profile().explain(list.ranking_id.clone(), id.into(), "en".into());
    let why = explain(&card.item_id).unwrap();
    assert_eq!((&why.item_id, &*why.product_id), (&card.item_id, TEE));
    for id in [TEE, BLUE_M, WHITE_L] {
        assert_eq!(explain(id).unwrap(), why);
    }
    assert!(explain("no-such-product").is_err());
}

#[test]
fn no_list_shows_a_product_twice() {
    let (phone, engine) = shop();
    track(&phone, &engine, EventName::ViewItem, BLUE_S);
    let starts = [
        (ShelfKind::ForYou, &[][..]),
        (ShelfKind::Similar, &[WHITE_L]),
        (ShelfKind::Cart, &[TEE, "KI81"]),
        (ShelfKind::Trending, &[]),
    ];
    for (kind, seeds) in starts {
        let mut products: Vec<String> = shelf(&engine, kind, seeds).into_iter().map(|(id, _)| id).collect();
        let all = products.len();
        products.sort();
        products.dedup();
        assert_eq!(products.len(), all, "{kind:?}");
        assert!(all > 15 && (seeds.is_empty() || !products.contains(&TEE.to_owned())), "{kind:?} {all}");
    }
    for text in ["shirt", "t-shirt blue", "shoes", "a"] {
        let found = engine.search().query(SearchRequest::new(text, 50)).unwrap().page;
        let mut products: Vec<&str> = found.items.iter().map(|card| &*card.product_id).collect();
        products.sort_unstable();
        assert!(products.windows(2).all(|pair| pair[0] != pair[1]), "{text}: {products:?}");
        let suggested = engine.search().suggest(text.into(), 20).unwrap();
        let ids = suggested.into_iter().filter_map(|s| s.item_id).collect();
        let items = engine.catalog().items(ids).unwrap();
        let mut products: Vec<&str> = items.iter().map(|item| &*item.product_id).collect();
        products.sort_unstable();
        assert!(products.windows(2).all(|pair| pair[0] != pair[1]), "{text}: {products:?}");
    }
}

#[test]
fn the_size_that_a_user_names_or_takes_is_shown_and_only_with_consent() {
    let (phone, engine) = shop();
    let ends = |size: &str| shown(&engine, TEE).unwrap().ends_with(size);
    assert!(ends("-S"), "the first");
    track(&phone, &engine, EventName::ViewItem, WHITE_L);
    assert_eq!(shown(&engine, TEE).as_deref(), Some(WHITE_L), "the one that was looked at");
    let others = shelf(&engine, ShelfKind::ForYou, &[]);
    let breton = others.iter().find(|(product, _)| product == "striped-breton-t-shirt").unwrap();
    assert!(breton.1.ends_with("-S"), "who looks has chosen no size: {breton:?}");
    let page = shelf(&engine, ShelfKind::Similar, &[WHITE_L]);
    let breton = page.iter().find(|(product, _)| product == "striped-breton-t-shirt").unwrap();
    assert!(breton.1.ends_with("-L"), "and on the page of a size that is the one: {breton:?}");
    track(&phone, &engine, EventName::AddToCart, "CL2-SA-XL");
    engine.preferences().set(PreferenceKey::Size, "L".into()).unwrap();
    assert!(ends("-L"), "what is said comes first");
    engine.consent().refuse_all("test".into(), "en".into()).unwrap();
    assert!(ends("-S"), "nothing is known any more");
}

#[test]
fn a_product_is_reported_seeded_excluded_and_corrected_by_either_id() {
    let (phone, engine) = shop();
    track(&phone, &engine, EventName::ViewItem, TEE);
    let view = engine.profile().view().unwrap();
    assert_eq!(view.stored_events, 1);
    let sizes = |kind| view.inferred.iter().filter(|a| a.kind == kind).count();
    assert_eq!(sizes(sottovoce::catalog::TagKind::Size), 0, "nobody chose one");
    assert_eq!(sizes(sottovoce::catalog::TagKind::Brand), 1);
    let of_parent = shelf(&engine, ShelfKind::Similar, &[TEE]);
    assert_eq!(of_parent, shelf(&engine, ShelfKind::Similar, &[BLUE_S]));
    let exclude =
        RecommendRequest { exclude_item_ids: vec![TEE.into()], ..RecommendRequest::new("home", 200) };
    let without = engine.ranking().recommend(exclude).unwrap();
    assert!(!without.items.iter().any(|card| card.product_id == TEE));
    let forget = Correction::ExcludeEvidence { item_ids: vec![WHITE_L.into()] };
    assert_eq!(
        engine.profile().correct(forget).unwrap().events_removed,
        1,
        "of the product, in every variant"
    );
    engine.profile().correct(Correction::NeverItem { item_id: TEE.into() }).unwrap();
    assert_eq!(shown(&engine, TEE), None);
}

#[test]
fn a_dismissed_product_goes_and_a_wrong_size_does_not_take_it_along() {
    let (phone, engine) = shop();
    engine.preferences().set(PreferenceKey::Size, "L".into()).unwrap();
    let first = shown(&engine, TEE).unwrap();
    assert!(first.ends_with("-L"));
    let too_large = Correction::WrongSize { item_id: first.clone(), reason: ReturnReason::TooLarge };
    engine.profile().correct(too_large).unwrap();
    let second = shown(&engine, TEE).unwrap();
    assert!(second != first, "this one does not fit");
    track(&phone, &engine, EventName::RemoveFromCart, &second);
    assert_eq!(shown(&engine, TEE), Some(second), "what is taken out of the cart may come back");
    track(&phone, &engine, EventName::DismissItem, BLUE_S);
    assert_eq!(shown(&engine, TEE), None);
}

#[test]
fn what_was_bought_is_bought_in_every_size() {
    let (phone, engine) = shop();
    track(&phone, &engine, EventName::Purchase, WHITE_L);
    assert_eq!(shown(&engine, TEE), None);
    let again = shelf(&engine, ShelfKind::BuyAgain, &[]);
    assert_eq!(again, [(TEE.to_owned(), WHITE_L.to_owned())]);
}
