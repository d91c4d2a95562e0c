//! What a list must do whatever the shop and the user, over a made-up shop.

mod products;

mod reference;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use crate::base::clock::{DAY_MS, ManualClock};
use crate::base::money::Money;
use crate::base::random::SystemRandom;
use crate::catalog::train::Stage;
use crate::catalog::{Artefacts, Availability, EventKind, Item, SensitiveTag, TagKind, User, UserEvent};
use crate::consent::{Choice, Gate, Policy, Purpose, PurposeChoice};
use crate::ranking::fit::{catalog_of, train_shop};
use crate::ranking::*;
use crate::vault::{MemoryKeyStore, Vault};

const ITEMS: usize = 240;
const NOW: i64 = 20_000 * DAY_MS;
/// Item 7 has no stock, 11 is sensitive, the last ten are new.
const SOLD_OUT: u32 = 7;
const DELICATE: u32 = 11;

fn item(i: usize) -> Item {
    Item {
        id: format!("i{i}"),
        title: format!("thing {i}"),
        brand: Some(format!("brand {}", i % 12)),
        product_type: Some(format!("category {}", i % 8)),
        color: Some(["red", "green", "blue"][i / 8 % 3].to_owned()),
        price: Some(Money { minor: 500 + 40 * i as i64, currency: "EUR".to_owned() }),
        availability: if i as u32 == SOLD_OUT { Availability::OutOfStock } else { Availability::InStock },
        sensitive_tags: if i as u32 == DELICATE { vec![SensitiveTag::Health] } else { Vec::new() },
        ..Item::default()
    }
}

/// Users who keep to one category and come back every ten days.
fn history() -> Vec<User> {
    let mut state = 1_u64;
    let mut draw = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let user = |v: usize| {
        let category = v as u64 % 8;
        let event = |n: i64| UserEvent {
            item: (category + 8 * draw(26)) as u32,
            time: 19_000 + 10 * n,
            kind: EventKind::Purchase,
            quantity: 1,
            unit_price: None,
        };
        User { id: format!("v{v}"), events: (0..9).map(event).collect(), ..User::default() }
    };
    (0..200).map(user).collect()
}

static SHOP: LazyLock<Catalog> = LazyLock::new(|| {
    let items: Vec<Item> = (0..ITEMS).map(item).collect();
    let artefacts = train_shop(&items, &history(), &mut |_: Stage, _| ()).unwrap();
    catalog_of(&items, &artefacts).unwrap()
});

/// A gate that has said yes to ranking, and its permit.
fn permit() -> (tempfile::TempDir, Gate) {
    let dir = tempfile::tempdir().unwrap();
    let random = Arc::new(SystemRandom);
    let (vault, _) =
        Vault::open(dir.path(), "shop", Arc::new(MemoryKeyStore::default()), random.clone()).unwrap();
    let gate =
        Gate::open(vault, Policy::baseline().unwrap(), Arc::new(ManualClock::new(NOW)), random).unwrap();
    let choices =
        [Purpose::History, Purpose::Ranking].map(|purpose| PurposeChoice { purpose, choice: Choice::Give });
    gate.record(&choices, "test", "en").unwrap();
    (dir, gate)
}

static GATE: LazyLock<(tempfile::TempDir, Gate)> = LazyLock::new(permit);

/// Purchases, one a day, the last yesterday.
fn bought(items: &[u32]) -> Evidence {
    let days = (1..=items.len() as i64).rev();
    let interactions = items.iter().zip(days).map(|(&ix, ago)| (ix, true, NOW - ago * DAY_MS));
    Evidence::of_interactions(&SHOP, &GATE.1.permit().unwrap(), interactions, NOW).unwrap()
}

fn list(evidence: &Evidence, request: &RankRequest) -> Ranked {
    rank(&SHOP, &GATE.1.permit().unwrap(), evidence, request, &SystemRandom).unwrap()
}

fn ids(ranked: &Ranked) -> Vec<u32> {
    ranked.items.iter().map(|i| i.ix).collect()
}

fn for_you(limit: usize) -> RankRequest {
    RankRequest { seen: Seen::Exclude, ..RankRequest::new(ShelfKind::ForYou, limit) }
}

fn most_of(of: impl Fn(u32) -> Option<u32>, list: &[u32]) -> usize {
    let windows = list.windows(10.min(list.len().max(1)));
    let most =
        windows.map(|w| w.iter().map(|&a| w.iter().filter(|&&b| of(a) == of(b)).count()).max().unwrap_or(0));
    most.max().unwrap_or(0)
}

#[test]
fn history_shows_in_the_list() {
    let list = list(&bought(&[3, 11 + 8, 27, 35]), &RankRequest { diversity: 0.0, ..for_you(10) });
    let same = list.items.iter().filter(|i| i.ix % 8 == 3).count();
    assert!(same >= 8, "eight of ten of the user's category, not {same}");
    assert_eq!(list.mode, RankingMode::Personalized);
    assert!(list.items[0].reasons.iter().any(|r| *r != ReasonCode::Popular));
}

#[test]
fn nobody_gets_an_empty_list() {
    for kind in [
        ShelfKind::ForYou,
        ShelfKind::Similar,
        ShelfKind::BoughtTogether,
        ShelfKind::CompleteTheLook,
        ShelfKind::Cart,
        ShelfKind::NextUp,
        ShelfKind::Trending,
    ] {
        for seeds in [Vec::new(), vec![3], vec![ITEMS as u32 - 1], vec![9_999]] {
            let request = RankRequest::new(kind, 12).about(seeds);
            assert_eq!(popular(&SHOP, &request).items.len(), 12, "{request:?}");
            assert_eq!(list(&Evidence::default(), &request).items.len(), 12, "{request:?}");
        }
    }
    let all = popular(&SHOP, &RankRequest { diversity: 0.0, ..RankRequest::new(ShelfKind::ForYou, 200) });
    assert_eq!(all.items.len(), 200);
    let empty = Catalog::empty("shop").unwrap();
    assert!(popular(&empty, &RankRequest::new(ShelfKind::ForYou, 12)).items.is_empty());
}

#[test]
fn the_list_without_a_permit_is_the_same_for_everyone_and_varied() {
    let list = popular(&SHOP, &RankRequest::new(ShelfKind::ForYou, 20));
    assert_eq!(list.mode, RankingMode::Popular);
    assert!(list.items.iter().all(|i| !i.exploratory && i.ix != DELICATE && i.ix != SOLD_OUT));
    assert!(most_of(|i| SHOP.category(i), &ids(&list)) <= 4);
    assert_eq!(ids(&list), ids(&popular(&SHOP, &RankRequest::new(ShelfKind::ForYou, 20))));
}

#[test]
fn the_order_of_the_past_matters() {
    let request = RankRequest { diversity: 0.0, ..for_you(20) };
    let (one, other) = (bought(&[3, 11 + 8, 4, 12]), bought(&[4, 12, 3, 11 + 8]));
    assert_ne!(ids(&list(&one, &request)), ids(&list(&other, &request)));
}

#[test]
fn a_new_item_is_reached_through_its_tags() {
    let fresh = ITEMS as u32 - 5; // category 3
    assert!(SHOP.is_cold(fresh));
    let request = RankRequest { diversity: 0.0, ..RankRequest::new(ShelfKind::Similar, 60).about(vec![3]) };
    assert!(ids(&list(&Evidence::default(), &request)).contains(&fresh));
}

#[test]
fn what_was_named_counts_without_any_history() {
    let mut evidence = Evidence { now_ms: NOW, ..Evidence::default() };
    let tag = SHOP.find_tag(TagKind::Brand, "brand 5").unwrap();
    evidence.stated = vec![(tag, 1.0)];
    let list = list(&evidence, &RankRequest { diversity: 0.0, ..for_you(10) });
    assert!(list.items.iter().filter(|i| SHOP.brand(i.ix) == Some(tag)).count() >= 8);
    assert_eq!(list.items[0].reasons[0], ReasonCode::StatedPreference);
    assert_eq!(list.mode, RankingMode::Stated);
}

#[test]
fn dismissed_items_stay_away_and_take_their_neighbours_down() {
    let past = [3, 19, 27];
    let before = list(&bought(&past), &RankRequest { diversity: 0.0, ..for_you(60) });
    let gone = before.items[0].ix;
    let near = SHOP.neighbours(gone).map(|n| n.0).find(|n| before.items.iter().any(|i| i.ix == *n)).unwrap();
    let mut evidence = bought(&past);
    evidence.blocked_items.insert(gone);
    evidence.disliked.push(gone);
    let after = list(&evidence, &RankRequest { diversity: 0.0, ..for_you(60) });
    assert!(!ids(&after).contains(&gone));
    let place = |list: &Ranked| list.items.iter().position(|i| i.ix == near).unwrap_or(usize::MAX);
    assert!(place(&after) >= place(&before), "the one in front is gone and yet it did not move up");
}

#[test]
fn something_bought_every_month_comes_back_in_time() {
    let at = |days: i64| {
        let buys = [0, 30, 60].map(|d| (43, true, NOW - (60 + days) * DAY_MS + d * DAY_MS));
        let others = [(50, true, NOW - (61 + days) * DAY_MS), (58, true, NOW - 62 * DAY_MS - days * DAY_MS)];
        let mut all: Vec<_> = buys.into_iter().chain(others).collect();
        all.sort_by_key(|e| e.2);
        let evidence =
            Evidence::of_interactions(&SHOP, &GATE.1.permit().unwrap(), all.into_iter(), NOW).unwrap();
        let ranked = list(&evidence, &RankRequest::new(ShelfKind::BuyAgain, 3));
        ranked.items.iter().find(|i| i.ix == 43).map(|i| {
            i.factors.iter().filter(|f| f.code == ReasonCode::BuyAgain).map(|f| f.weight).sum::<f32>()
        })
    };
    assert!(at(30) > at(2), "due after thirty days rather than after two");
}

#[test]
fn an_explanation_names_its_evidence_and_what_would_be_without_it() {
    let ranked = list(&bought(&[3, 19, 27, 35]), &RankRequest { diversity: 0.0, ..for_you(10) });
    let top = &ranked.items[0];
    assert!(top.factors.windows(2).all(|w| w[0].weight >= w[1].weight));
    let matters =
        |(place, item): (usize, &RankedItem)| item.factors.iter().any(|f| f.without_rank > place as u32);
    assert!(ranked.items.iter().enumerate().any(matters));
    let together =
        ranked.items.iter().flat_map(|i| &i.factors).find(|f| f.code == ReasonCode::BoughtTogether).unwrap();
    let seed = together.attribute(&SHOP).unwrap();
    assert!(["i3", "i19", "i27", "i35"].contains(&seed.as_str()));
    assert_eq!(together.evidence_count, 1);
    let sum: f32 = top.factors.iter().map(|f| f.weight).sum();
    assert!(
        (sum - top.score).abs() < 0.3 * top.score.abs() + 0.3,
        "the parts make up the score: {sum} {}",
        top.score
    );
}

#[test]
fn a_size_that_fits_is_the_one_that_the_user_takes() {
    let sized = |id: &str, sizes: &[&str]| Item {
        id: id.into(),
        title: id.into(),
        tags: sizes.iter().map(|size| format!("size:{size}")).collect(),
        ..Item::default()
    };
    let items = [sized("mine", &["M"]), sized("wide", &["L", "M", "S"]), sized("plain", &[])];
    let shop = catalog_of(&items, &Artefacts::untrained(items.len())).unwrap();
    let permit = GATE.1.permit().unwrap();
    let past = [(0, true, NOW - DAY_MS)].into_iter();
    let evidence = Evidence::of_interactions(&shop, &permit, past, NOW).unwrap();
    let ranked = rank(&shop, &GATE.1.permit().unwrap(), &evidence, &for_you(3), &SystemRandom).unwrap();
    let wide = ranked.items.iter().find(|i| i.ix == 1).unwrap();
    let size = wide.factors.iter().find(|f| f.code == ReasonCode::SizeFit).unwrap();
    assert_eq!(size.attribute(&shop).unwrap(), "M");
}

#[test]
fn exploration_is_off_unless_asked_for_and_writes_down_its_odds() {
    let evidence = bought(&[3, 19, 27]);
    let plain = list(&evidence, &for_you(10));
    assert!(plain.items.iter().all(|i| !i.exploratory && i.propensity == 1.0));
    let bold = list(&evidence, &RankRequest { exploration: 0.2, ..for_you(10) });
    let explored: Vec<_> = bold.items.iter().enumerate().filter(|(_, i)| i.exploratory).collect();
    assert_eq!(explored.len(), 2);
    assert!(explored.iter().all(|(at, i)| *at >= 4 && i.propensity < 0.2 && !ids(&plain).contains(&i.ix)));
    assert_eq!(ids(&bold)[..4], ids(&plain)[..4]);
}

#[test]
fn a_search_keeps_its_say_and_is_bent_to_the_user() {
    let permit = GATE.1.permit().unwrap();
    let found: Vec<(u32, f32)> = (20..60).map(|ix| (ix, 1.0)).collect();
    let request = RankRequest::new(ShelfKind::ForYou, 40);
    let evidence = bought(&[3, 19, 11 + 16 + 40]);
    let personal = rerank(&SHOP, &permit, &evidence, &found, &request).unwrap();
    assert_eq!(personal.items.len(), 40);
    assert_eq!(personal.items[0].ix % 8, 3, "equal matches: taste decides");
    let clear: Vec<(u32, f32)> = (20..60).map(|ix| (ix, if ix == 20 { 10.0 } else { 0.1 })).collect();
    assert_eq!(rerank(&SHOP, &permit, &evidence, &clear, &request).unwrap().items[0].ix, 20);
    let off = RankRequest { intensity: Intensity::Off, ..request };
    assert_eq!(rerank(&SHOP, &permit, &evidence, &clear, &off).unwrap().mode, RankingMode::Popular);
}

#[test]
fn raising_the_prices_of_the_past_raises_those_of_the_list() {
    let median = |from: u32| {
        let past: Vec<u32> = (0..5).map(|i| from + 8 * i).collect();
        let ranked = list(&bought(&past), &for_you(20));
        let mut prices: Vec<i64> =
            ranked.items.iter().filter_map(|i| SHOP.price(i.ix)).map(|p| p.minor).collect();
        prices.sort_unstable();
        prices[prices.len() / 2]
    };
    let (cheap, dear) = (median(2), median(2 + 8 * 20));
    assert!(cheap < dear, "{cheap} {dear}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn hard_rules_hold_for_any_past_and_request(
        past in prop::collection::vec(0..ITEMS as u32, 0..12),
        seeds in prop::collection::vec(0..ITEMS as u32 + 5, 0..3),
        kind in 0..8_usize,
        limit in 0..40_usize,
        blocked_brand in 0..12_usize,
        diversity in 0.0..1.0_f32,
        exploration in 0.0..0.3_f32,
    ) {
        let kind = [
            ShelfKind::ForYou, ShelfKind::Similar, ShelfKind::BoughtTogether, ShelfKind::CompleteTheLook, ShelfKind::BuyAgain, ShelfKind::Cart,
            ShelfKind::NextUp, ShelfKind::Trending,
        ][kind];
        let mut evidence = bought(&past);
        let brand = SHOP.find_tag(TagKind::Brand, &format!("brand {blocked_brand}")).unwrap();
        evidence.blocked_tags.insert(brand);
        evidence.blocked_items.insert(100);
        let filters = Filters { max_price: Some(Money::new(8000, "EUR")), ..Filters::default() };
        let request = RankRequest {
            seeds: seeds.clone(), exclude: vec![5, 6], filters, diversity, exploration, ..RankRequest::new(kind, limit)
        };
        let ranked = list(&evidence, &request);
        let shown = ids(&ranked);
        prop_assert!(shown.len() <= limit);
        prop_assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len(), "no item twice");
        for &ix in &shown {
            prop_assert!(SHOP.brand(ix) != Some(brand));
            prop_assert!(![SOLD_OUT, 5, 6, 100].contains(&ix) && !seeds.contains(&ix));
            prop_assert!(SHOP.price(ix).unwrap().minor <= 8000);
        }
        // What is about seeds is not filled up with what is not.
        match kind {
            ShelfKind::ForYou | ShelfKind::NextUp | ShelfKind::Trending => prop_assert_eq!(shown.len(), limit),
            ShelfKind::BuyAgain => {}
            _ => prop_assert!(limit == 0 || !shown.is_empty()),
        }
    }

    #[test]
    fn caps_are_exact(past in prop::collection::vec(0..ITEMS as u32, 0..12), diversity in 0.01..0.6_f32) {
        let shown = ids(&list(&bought(&past), &RankRequest { diversity, ..for_you(20) }));
        prop_assert!(most_of(|i| SHOP.brand(i), &shown) <= 3);
        prop_assert!(most_of(|i| SHOP.category(i), &shown) <= 4);
    }

    #[test]
    fn variety_brings_nothing_that_fits_half_as_well(seed in 0..ITEMS as u32, diversity in 0.0..1.0_f32) {
        let request = |diversity| RankRequest { diversity, ..RankRequest::new(ShelfKind::Similar, 12).about(vec![seed]) };
        let evidence = bought(&[3, 19]);
        let (plain, varied) = (list(&evidence, &request(0.0)), list(&evidence, &request(diversity)));
        for item in varied.items {
            prop_assert!(2.0 * item.score >= plain.items[0].score || ids(&plain).contains(&item.ix));
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer(past in prop::collection::vec(0..ITEMS as u32, 0..12)) {
        let (a, b) = (list(&bought(&past), &for_you(20)), list(&bought(&past), &for_you(20)));
        prop_assert_eq!(a, b);
    }
}

#[test]
fn what_comes_from_a_sensitive_topic_alone_is_not_named() {
    let subjects = |evidence: &Evidence| -> Vec<Subject> {
        let kinds = [ShelfKind::ForYou, ShelfKind::BuyAgain].map(|kind| RankRequest::new(kind, 20));
        let items = kinds.iter().flat_map(|kind| list(evidence, kind).items).collect::<Vec<_>>();
        assert!(items.iter().any(|item| item.ix % 8 == DELICATE % 8), "it counts");
        items.iter().flat_map(|item| &item.factors).map(|f| f.subject).collect()
    };
    let its = [Some(Subject::Item(DELICATE)), SHOP.brand(DELICATE).map(Subject::Tag)];
    let its =
        its.into_iter().chain([SHOP.category(DELICATE).map(Subject::Tag)]).flatten().collect::<Vec<_>>();
    let topic = |mut evidence: Evidence| {
        evidence.basis.topics = [SensitiveTag::Health].into_iter().collect();
        evidence
    };
    let of_it = subjects(&topic(bought(&[DELICATE])));
    assert!(!of_it.iter().any(|subject| its.contains(subject)), "{of_it:?}");
    let of_another = subjects(&bought(&[DELICATE + 24]));
    assert!(its[1..].iter().all(|subject| of_another.contains(subject)), "of the same brand and category");
    let mixed = subjects(&topic(bought(&[DELICATE, DELICATE + 8])));
    assert!(mixed.contains(&Subject::Item(DELICATE + 8)) && !mixed.contains(&its[0]), "{mixed:?}");
}
