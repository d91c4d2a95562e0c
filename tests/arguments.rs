//! What cannot be meant is refused by the name of the argument, and not answered with something else.
#![allow(missing_docs, reason = "a test")]

mod support;

use sottovoce::SottovoceError;
use sottovoce::api::Config;
use sottovoce::consent::Purpose;
use sottovoce::money::Money;
use sottovoce::profile::{DropReason, Event, EventItem, EventName, TrackOutcome};
use sottovoce::ranking::{Filters, ShelfKind};
use sottovoce::surfaces::{RecommendRequest, SearchRequest};
use sottovoce::{Sottovoce, vault::MemoryKeyStore};
use std::sync::Arc;
use support::{Phone, STORE, give};

fn blamed<T: std::fmt::Debug>(done: Result<T, SottovoceError>) -> String {
    match done {
        Err(SottovoceError::InvalidArgument { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_that_starts_from_unknown_products_is_no_other_list() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let like = |ids: &[&str]| {
        engine.ranking().recommend(RecommendRequest {
            kind: Some(ShelfKind::Similar),
            seed_item_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            ..RecommendRequest::new("product", 4)
        })
    };
    assert_eq!(blamed(like(&["sold long ago"])), "seed_item_ids");
    assert_eq!(like(&["sold long ago", "KI81"]).unwrap().items.len(), 4);
}

#[test]
fn a_price_filter_that_nothing_can_match_is_refused() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let sold_in = engine.catalog().items(vec!["KI81".into()]).unwrap()[0].price.clone().unwrap().currency;
    let with = |min: Option<Money>, max: Option<Money>| {
        let filters = Some(Filters { min_price: min, max_price: max, ..Filters::default() });
        let shelf = RecommendRequest { filters: filters.clone(), ..RecommendRequest::new("home", 4) };
        let search = SearchRequest { filters, ..SearchRequest::new("tea", 4) };
        let (shelf, found) = (engine.ranking().recommend(shelf), engine.search().query(search));
        assert_eq!(shelf.as_ref().err(), found.as_ref().err());
        shelf
    };
    let price = |minor| Some(Money::new(minor, &sold_in));
    assert_eq!(blamed(with(price(200), price(100))), "filters.max_price");
    assert_eq!(blamed(with(price(-1), None)), "filters.min_price");
    assert_eq!(blamed(with(Some(Money::new(1, "XTS")), None)), "filters.min_price");
    assert_eq!(blamed(with(None, Some(Money::new(1, "XTS")))), "filters.max_price");
    with(price(100), price(100_000)).unwrap();
}

#[test]
fn a_quantity_that_cannot_be_meant_is_dropped_by_name() {
    let phone = Phone::new();
    let engine = phone.stocked();
    give(&engine, &[Purpose::History]);
    let bought = |quantity| {
        let items = vec![EventItem { quantity, ..EventItem::new("KI81") }];
        engine.events().track(Event { items, ..Event::new(EventName::Purchase) }).unwrap()
    };
    let dropped = TrackOutcome::Dropped { reason: DropReason::Invalid, field: Some("quantity".into()) };
    assert_eq!([bought(0), bought(u32::MAX)], [dropped.clone(), dropped]);
    assert_eq!(bought(3), TrackOutcome::Stored { warnings: Vec::new() });
}

#[test]
fn why_this_blames_what_is_not_known() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let shelf = engine.ranking().recommend(RecommendRequest::new("home", 4)).unwrap();
    let explain = |list: &str, item: &str| engine.profile().explain(list.into(), item.into(), "en".into());
    assert_eq!(blamed(explain(&shelf.ranking_id, "nothing")), "item_id");
    assert_eq!(blamed(explain("nothing", &shelf.items[0].item_id)), "ranking_id");
}

#[test]
fn a_closed_engine_does_not_say_that_nothing_was_said() {
    let phone = Phone::new();
    let engine = phone.engine();
    assert_eq!(engine.preferences().all(), Ok(Vec::new()));
    engine.shutdown();
    assert_eq!(engine.preferences().all(), Err(SottovoceError::Locked));
}

#[test]
fn a_relative_folder_stays_where_it_was_when_the_engine_was_made() {
    let (phone, elsewhere) = (Phone::new(), tempfile::tempdir().unwrap());
    std::env::set_current_dir(phone.folder.path()).unwrap();
    let config = Config::new(STORE, "here", phone.shop.key.public_key().as_bytes());
    let engine = Sottovoce::new(config, Arc::new(MemoryKeyStore::new()), None).unwrap();
    engine.unlock().unwrap();
    give(&engine, &[Purpose::Session]);
    engine.shutdown();
    std::env::set_current_dir(elsewhere.path()).unwrap();
    engine.unlock().unwrap();
    assert!(engine.consent().is_allowed(Purpose::Session));
}
