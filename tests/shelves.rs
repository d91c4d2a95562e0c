//! Shelves as a shopper sees them, over the example shop as its customers trained it.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use sottovoce::Sottovoce;
use sottovoce::catalog::history::history;
use sottovoce::catalog::train::Stage;
use sottovoce::catalog::{Artefacts, CatalogItem, EventKind, User};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::Purpose;
use sottovoce::profile::{Event, EventName, TrackOutcome};
use sottovoce::ranking::fit::train_shop;
use sottovoce::ranking::{RankingMode, ReasonCode, ShelfKind};
use sottovoce::surfaces::{RankedProduct, Ranking, RecommendRequest, SearchRequest};
use support::{NOW_MS, Phone, Shop, give};

const EVERYTHING: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];

static CUSTOMERS: LazyLock<Vec<User>> = LazyLock::new(|| {
    let lines = include_bytes!("../examples/data/history.jsonl");
    history(&lines[..], &Shop::new().items).unwrap().users
});

static LEARNT: LazyLock<Artefacts> =
    LazyLock::new(|| train_shop(&Shop::new().items, &CUSTOMERS, &mut |_: Stage, _| ()).unwrap());

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

#[test]
fn table() {
    use ShelfKind as K;
    let started = std::time::Instant::now();
    let (phone, engine) = shop();
    println!("trained after {:?}", started.elapsed());
    let items = all_items(&phone, &engine);
    let mut products = BTreeSet::new();
    let seeds: Vec<&CatalogItem> = items.values().filter(|i| products.insert(i.product_id.clone())).collect();
    for kind in [K::Similar, K::BoughtTogether, K::CompleteTheLook, K::Cart] {
        let [mut sensitive, mut own, mut any_own, mut family, mut twice, mut stated, mut shelves, mut short] =
            [0; 8];
        for seed in seeds.iter().filter(|seed| seed.sensitive_tags.is_empty()) {
            for limit in [6, 40] {
                let list = shelf(&engine, kind, &[&seed.item_id], limit);
                let shown: Vec<&CatalogItem> = list.items.iter().map(|card| &items[&card.item_id]).collect();
                shelves += 1;
                sensitive += usize::from(shown.iter().any(|i| !i.sensitive_tags.is_empty()));
                let is_stated = fallback(&list);
                stated += usize::from(is_stated);
                if is_stated {
                    continue;
                }
                own += usize::from(shown.first().is_some_and(|i| i.category == seed.category));
                any_own += usize::from(shown.iter().any(|i| i.category == seed.category));
                family += usize::from(shown.iter().any(|i| i.product_id == seed.product_id));
                let distinct: BTreeSet<_> = shown.iter().map(|i| &i.product_id).collect();
                twice += usize::from(distinct.len() < shown.len());
                short += usize::from((shown.len() as u32) < limit);
            }
        }
        println!(
            "{kind:?}: shelves {shelves} sensitive {sensitive} first of own category {own} any {any_own} family {family} twice {twice} stated {stated} short {short}"
        );
    }
    println!("seeds walked after {:?}", started.elapsed());
    shoppers();
    println!("all after {:?}", started.elapsed());
}

fn fallback(_list: &Ranking) -> bool {
    false
}

struct Shopper {
    phone: Phone,
    engine: Arc<Sottovoce>,
    /// Items bought, with the day before now.
    bought: Vec<(String, i64)>,
    seen: BTreeSet<String>,
}

/// Customers of the shop, as their phones know them: what they did, the last of it yesterday.
fn replayed(count: usize) -> impl Iterator<Item = Shopper> {
    let kinds = |u: &User| u.events.iter().filter(|e| e.kind == EventKind::Purchase).count();
    let chosen = CUSTOMERS.iter().filter(move |u| kinds(u) >= 5).take(count);
    chosen.map(|user| {
        let (phone, engine) = known();
        let last = user.events.last().unwrap().time;
        let (mut bought, mut seen) = (Vec::new(), BTreeSet::new());
        for (place, event) in (0..).zip(&user.events) {
            let item = &phone.shop.items[event.item as usize];
            let ago = last - event.time + 1;
            let name =
                if event.kind == EventKind::Purchase { EventName::Purchase } else { EventName::ViewItem };
            let time = NOW_MS - ago * DAY_MS + place * 60_000;
            let outcome = engine.events().track(Event::about(name, [item.id.clone()]).at(time)).unwrap();
            if matches!(outcome, TrackOutcome::Stored { .. }) {
                seen.insert(item.id.clone());
                if name == EventName::Purchase {
                    bought.push((item.id.clone(), ago))
                }
            }
        }
        Shopper { phone, engine, bought, seen }
    })
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn shoppers() {
    use ReasonCode as R;
    let [
        mut n,
        mut bought_first,
        mut early,
        mut shown_n,
        mut overlap,
        mut led,
        mut again,
        mut again_never,
        mut price_in,
        mut price_ok,
        mut price_named,
        mut price_out,
        mut still,
    ] = [0; 13];
    for shopper in replayed(40) {
        n += 1;
        let items = all_items(&shopper.phone, &shopper.engine);
        let for_you = shelf(&shopper.engine, ShelfKind::ForYou, &[], 12);
        let next = shelf(&shopper.engine, ShelfKind::NextUp, &[], 12);
        let product = |id: &str| items[id].product_id.clone();
        let bought: BTreeMap<String, i64> =
            shopper.bought.iter().map(|(id, ago)| (product(id), *ago)).collect();
        bought_first += usize::from(bought.contains_key(&for_you.items[0].product_id));
        early +=
            for_you.items.iter().filter(|c| bought.get(&c.product_id).is_some_and(|ago| *ago < 10)).count();
        shown_n += for_you.items.len();
        let ids: BTreeSet<_> = for_you.items.iter().map(|c| &c.product_id).collect();
        overlap += next.items.iter().filter(|c| ids.contains(&c.product_id)).count();
        led += for_you
            .items
            .iter()
            .filter(|c| matches!(c.reasons.first(), None | Some(R::Popular | R::Trending)))
            .count();
        for card in for_you.items.iter().chain(&next.items) {
            if card.reasons.contains(&R::BuyAgain) {
                again += 1;
                again_never += usize::from(!bought.contains_key(&card.product_id));
            }
        }
        let paid = |id: &str| {
            let i = &items[id];
            i.sale_price.as_ref().or(i.price.as_ref()).unwrap().minor as f64
        };
        let mut prices: Vec<f64> = shopper.bought.iter().map(|(id, _)| paid(id)).collect();
        prices.sort_by(f64::total_cmp);
        if prices.len() >= 5 {
            let q = |share: f64| prices[((prices.len() - 1) as f64 * share).round() as usize];
            let iqr = (q(0.75) - q(0.25)).max(0.2 * q(0.5));
            let range = q(0.25) - 1.5 * iqr..=q(0.75) + 1.5 * iqr;
            price_in += 1;
            price_ok += usize::from(
                range.contains(&median(for_you.items.iter().map(|c| paid(&c.item_id)).collect())),
            );
            for card in for_you.items.iter().filter(|c| c.reasons.contains(&R::PriceFit)) {
                price_named += 1;
                price_out += usize::from(!range.contains(&paid(&card.item_id)));
            }
        }
        let why = shopper
            .engine
            .profile()
            .explain(for_you.ranking_id.clone(), for_you.items[0].item_id.clone(), "en".into())
            .unwrap();
        still += usize::from(why.factors.first().is_some_and(|f| f.without_factor_rank == 0));
        if n <= 3 {
            show(&for_you, &items);
            show(&next, &items)
        }
    }
    println!(
        "shoppers {n}: first was bought {bought_first}, bought <10 days ago {early}/{shown_n}, next-up in for-you {overlap}/{shown_n}, led by popularity {led}/{shown_n}, BUY_AGAIN {again} never bought {again_never}, median price in range {price_ok}/{price_in}, PRICE_FIT outside {price_out}/{price_named}, first factor changes nothing {still}/{n}"
    );
}

fn show(list: &Ranking, items: &BTreeMap<String, CatalogItem>) {
    println!("  {:?}", list.mode);
    for card in &list.items {
        println!(
            "    {:30} {:?} {:.2} {:?}",
            card.title,
            items[&card.item_id].category.as_deref().map(|c| c.rsplit('>').next().unwrap_or("")),
            card.score,
            card.reasons
        );
    }
}
