//! One card a product, by the variant that suits: over a shop of jeans in four sizes and three colours.

use super::*;

const SIZES: [&str; 4] = ["W28", "W30", "W32", "W34"];
const COLORS: [&str; 3] = ["black", "navy", "grey"];
const EACH: u32 = 12;
const PRODUCTS: u32 = 10;

/// Variant of a product, by its colour and size.
fn ix(product: u32, color: u32, size: u32) -> u32 {
    product * EACH + color * 4 + size
}

fn product(ix: u32) -> u32 {
    ix / EACH
}

fn jeans() -> Vec<Item> {
    let variant = |number: u32| {
        let (of, color, size) =
            (number / EACH, COLORS[(number % EACH / 4) as usize], SIZES[(number % 4) as usize]);
        Item {
            id: format!("J{of}-{color}-{size}"),
            item_group_id: Some(format!("jeans-{of}")),
            title: format!("Jeans {of}"),
            brand: Some(format!("Maker {}", of / 3)),
            product_type: Some(format!("Trousers > Cut {}", of / 2)),
            price: Some(Money { minor: 6000 + 500 * i64::from(of), currency: "EUR".into() }),
            color: Some(color.into()),
            size: Some(size.into()),
            ..Item::default()
        }
    };
    (0..PRODUCTS * EACH).map(variant).collect()
}

fn shop(items: &[Item]) -> Catalog {
    catalog_of(items, &Artefacts::untrained(items.len())).unwrap()
}

static JEANS: LazyLock<Catalog> = LazyLock::new(|| shop(&jeans()));

fn knowing(shop: &Catalog, past: &[(u32, bool)]) -> Evidence {
    let days = (1..=past.len() as i64).rev();
    let past = past.iter().zip(days).map(|(&(ix, bought), ago)| (ix, bought, NOW - ago * DAY_MS));
    Evidence::of_interactions(shop, &GATE.1.permit().unwrap(), past, NOW).unwrap()
}

fn shelf(shop: &Catalog, evidence: &Evidence, request: &RankRequest) -> Vec<u32> {
    let list = rank(shop, &GATE.1.permit().unwrap(), evidence, request, &SystemRandom).unwrap();
    ids(&list)
}

#[test]
fn every_list_shows_a_product_once_and_never_the_seeds_own() {
    let trained = {
        let items = jeans();
        let event = |n: i64, item| UserEvent {
            item,
            time: n,
            kind: EventKind::Purchase,
            quantity: 1,
            unit_price: None,
        };
        let user = |v: u32| User {
            id: format!("v{v}"),
            events: (0..5).map(|n| event(n, (v * 7 + n as u32 * 13) % (PRODUCTS * EACH))).collect(),
            ..User::default()
        };
        let history: Vec<User> = (0..80).map(user).collect();
        let artefacts = train_shop(&items, &history, &mut |_: Stage, _| ()).unwrap();
        catalog_of(&items, &artefacts).unwrap()
    };
    use ShelfKind as K;
    for shop in [&*JEANS, &trained] {
        for kind in [K::ForYou, K::Similar, K::BoughtTogether, K::Cart, K::NextUp, K::Trending] {
            let seeds = if matches!(kind, K::ForYou | K::NextUp | K::Trending) { vec![] } else { vec![13] };
            let request = RankRequest::new(kind, 8).about(seeds.clone());
            let list = shelf(shop, &knowing(shop, &[(55, false), (13, false)]), &request);
            let products: BTreeSet<u32> = list.iter().map(|ix| product(*ix)).collect();
            assert_eq!((list.len(), products.len()), (8, 8), "{kind:?} {list:?}");
            assert!(seeds.is_empty() || !products.contains(&1), "{kind:?} {list:?}");
        }
    }
}

#[test]
fn the_variant_is_the_one_that_suits() {
    let request = for_you(9);
    let all = |evidence: &Evidence, is: &dyn Fn(u32) -> bool| {
        let list = shelf(&JEANS, evidence, &request);
        assert!(list.len() == 9 && list.iter().all(|ix| is(*ix)), "{list:?}");
    };
    all(&Evidence::default(), &|shown| shown % EACH == 0);
    let bought = knowing(&JEANS, &[(ix(0, 1, 2), true)]);
    all(&bought, &|shown| shown % EACH == ix(0, 1, 2));
    let looked = knowing(&JEANS, &[(ix(0, 1, 2), false)]);
    all(&looked, &|shown| shown % EACH == ix(0, 1, 0));
    let mut said = bought;
    said.stated = vec![(JEANS.find_tag(TagKind::Size, "w34").unwrap(), 1.0)];
    all(&said, &|shown| shown % EACH == ix(0, 1, 3));
}

#[test]
fn what_cannot_be_bought_is_not_the_one_and_the_cheaper_is() {
    let mut items = jeans();
    items[ix(2, 0, 0) as usize].availability = Availability::OutOfStock;
    items[ix(3, 0, 0) as usize].availability = Availability::Backorder;
    items[ix(4, 2, 1) as usize].price = Some(Money { minor: 4000, currency: "EUR".into() });
    let shop = shop(&items);
    let list = shelf(&shop, &Evidence::default(), &for_you(10));
    for shown in [ix(2, 0, 1), ix(3, 0, 1), ix(4, 2, 1), ix(5, 0, 0)] {
        assert!(list.contains(&shown), "{shown} {list:?}");
    }
}

#[test]
fn a_filter_is_passed_by_the_variant_that_is_shown() {
    let mut items = jeans();
    items[ix(4, 2, 1) as usize].price = Some(Money { minor: 4000, currency: "EUR".into() });
    let shop = shop(&items);
    let with = |filters| RankRequest { filters, ..for_you(10) };
    let wide = Filters { sizes: vec!["W34".into()], colors: vec!["grey".into()], ..Filters::default() };
    let list = shelf(&shop, &knowing(&shop, &[(ix(0, 1, 2), true)]), &with(wide));
    assert!(list.len() == 9 && list.iter().all(|shown| shown % EACH == ix(0, 2, 3)), "{list:?}");
    let cheap = Filters { max_price: Some(Money::new(5000, "EUR")), ..Filters::default() };
    assert_eq!(shelf(&shop, &Evidence::default(), &with(cheap)), [ix(4, 2, 1)]);
}

#[test]
fn what_was_bought_excluded_or_dismissed_is_so_in_every_variant() {
    let none = |evidence: &Evidence, request: &RankRequest, of: u32| {
        let list = shelf(&JEANS, evidence, request);
        assert!(!list.iter().any(|ix| product(*ix) == of), "{list:?}");
        assert!(list.len() >= 9, "{list:?}");
    };
    let request = RankRequest::new(ShelfKind::ForYou, 10);
    none(&knowing(&JEANS, &[(ix(3, 1, 2), true)]), &request, 3);
    none(&Evidence::default(), &RankRequest { exclude: vec![ix(2, 2, 2)], ..request.clone() }, 2);
    let found: Vec<(u32, f32)> = (0..PRODUCTS * EACH).map(|ix| (ix, 1.0)).collect();
    let list = in_order(&JEANS, &found, &RankRequest { exclude: vec![ix(2, 2, 2)], ..request });
    assert!(list.items.len() == 9 && !ids(&list).iter().any(|ix| product(*ix) == 2));
}

#[test]
fn what_is_bought_again_is_the_variant_that_was_bought() {
    let past = [(ix(3, 1, 2), true), (ix(3, 2, 3), true), (ix(3, 0, 0), false), (ix(5, 0, 1), true)];
    let list = shelf(&JEANS, &knowing(&JEANS, &past), &RankRequest::new(ShelfKind::BuyAgain, 5));
    assert_eq!(list.iter().copied().collect::<BTreeSet<_>>(), [ix(3, 2, 3), ix(5, 0, 1)].into());
}

#[test]
fn a_search_shows_the_variant_that_matches_before_the_one_that_is_liked() {
    let found: Vec<(u32, f32)> =
        (0..PRODUCTS * EACH).map(|n| (n, if n % EACH / 4 == 2 { 3.0 } else { 2.0 })).collect();
    let permit = GATE.1.permit().unwrap();
    let evidence = knowing(&JEANS, &[(ix(0, 1, 2), true)]);
    let request = RankRequest::new(ShelfKind::ForYou, 50);
    let list = ids(&rerank(&JEANS, &permit, &evidence, &found, &request).unwrap());
    assert_eq!(list.len() as u32, PRODUCTS);
    assert!(list.iter().all(|shown| shown % EACH == ix(0, 2, 2)), "grey was searched, W32 is worn: {list:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_card_is_one_product_and_passes_what_was_asked(
        past in prop::collection::vec((0..PRODUCTS * EACH, any::<bool>()), 0..8),
        seed in 0..PRODUCTS * EACH,
        sold_out in prop::collection::btree_set(0..PRODUCTS * EACH, 0..60),
        size in prop::option::of(0..4_usize),
        kind in 0..4_usize,
        limit in 1..12_usize,
    ) {
        let mut items = jeans();
        for ix in &sold_out {
            items[*ix as usize].availability = Availability::OutOfStock;
        }
        let shop = shop(&items);
        let kind = [ShelfKind::ForYou, ShelfKind::Similar, ShelfKind::Trending, ShelfKind::BuyAgain][kind];
        let sizes = size.map(|s| SIZES[s].to_owned()).into_iter().collect();
        let request = RankRequest {
            filters: Filters { sizes, ..Filters::default() },
            exclude: vec![seed],
            ..RankRequest::new(kind, limit)
        };
        let list = shelf(&shop, &knowing(&shop, &past), &request);
        let products: BTreeSet<u32> = list.iter().map(|ix| product(*ix)).collect();
        prop_assert_eq!(products.len(), list.len());
        prop_assert!(list.len() <= limit && !products.contains(&product(seed)));
        for shown in list {
            prop_assert!(!sold_out.contains(&shown) && size.is_none_or(|s| shown % 4 == s as u32));
        }
    }
}
