//! What an app gets from a search: pages, counts, and what the query was taken for.

use super::*;
use crate::base::money::Money;
use crate::base::random::SystemRandom;
use crate::catalog::{Artefacts, BundleHeader, Item, SensitiveTag, SigningKey, Synonyms, build_bundle};
use crate::surfaces::RankedProduct;

const NOW_MS: i64 = 1_000_000;

fn item(id: &str, title: &str, brand: &str, minor: i64) -> Item {
    Item {
        id: id.into(),
        title: title.into(),
        brand: Some(brand.into()),
        google_product_category: Some("Apparel > Shoes".into()),
        price: Some(Money::new(minor, "EUR")),
        ..Item::default()
    }
}

/// 250 shoes, each third of them of one brand, in two sizes each; one that is sold out, one that can be ordered ahead, and one
/// that is sensitive.
fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for n in 0..250 {
        for size in ["42", "43"] {
            let brand = ["Nordhem", "Pell", "Trailwren"][n % 3];
            items.push(Item {
                item_group_id: Some(format!("shoe-{n}")),
                size: Some(size.into()),
                color: Some(if n % 2 == 0 { "Red" } else { "Blue" }.into()),
                ..item(&format!("S{n}-{size}"), &format!("Trail shoes no{n}"), brand, 1000 + 100 * n as i64)
            });
        }
    }
    items.push(Item {
        availability: Availability::OutOfStock,
        ..item("gone", "Trail shoes sold out", "Pell", 10)
    });
    items.push(Item {
        availability: Availability::Preorder,
        ..item("soon", "Trail shoes soon", "Pell", 1_000_000)
    });
    let pills = item("pills", "Vitalin tablets for trail", "Klarin", 500);
    items.push(Item { sensitive_tags: vec![SensitiveTag::Health], ..pills });
    items
}

fn catalog_of(items: &[Item]) -> Catalog {
    let synonyms = Synonyms::parse("footwear => shoes").unwrap();
    let header = BundleHeader { store_id: "shop".into(), version: 1, synonyms, ..BundleHeader::default() };
    let key = SigningKey::generate().unwrap();
    let bundle = build_bundle(items, &Artefacts::untrained(items.len()), &header, &key).unwrap();
    Catalog::from_bytes(&bundle).unwrap()
}

struct Shop {
    catalog: Catalog,
    shown: ShownLog,
}

impl Shop {
    fn new() -> Self {
        Self { catalog: catalog_of(&items()), shown: ShownLog::default() }
    }

    fn ask(&self, request: &SearchRequest) -> Result<SearchResults, String> {
        let found = search(&self.catalog, None, request, &self.shown, &SystemRandom, NOW_MS);
        found.map_err(|error| error.to_string())
    }

    fn results(&self, text: &str) -> SearchResults {
        self.ask(&SearchRequest { facets: true, ..SearchRequest::new(text, 10) }).unwrap()
    }

    /// All pages.
    fn walk(&self, request: &SearchRequest, limits: &[u32]) -> Vec<RankedProduct> {
        let mut found = self.ask(&SearchRequest { limit: limits[0], ..request.clone() }).unwrap();
        let mut products = found.page.items;
        for limit in limits.iter().cycle().skip(1) {
            let Some(cursor) = &found.next_cursor else { break };
            found = self.ask(&SearchRequest { limit: *limit, ..request.clone().after(cursor) }).unwrap();
            assert!(!found.page.items.is_empty());
            products.extend(found.page.items);
        }
        products
    }
}

fn counts(results: &SearchResults, kind: FacetKind) -> Vec<(String, u32)> {
    let facet = results.facets.iter().find(|facet| facet.kind == kind);
    let values = facet.map(|facet| facet.values.clone()).unwrap_or_default();
    values.into_iter().map(|value| (value.label, value.count)).collect()
}

fn brands(names: &[&str]) -> Option<Filters> {
    Some(Filters { brands: names.iter().map(|name| (*name).to_owned()).collect(), ..Filters::default() })
}

#[test]
fn pages_are_whole_and_nothing_is_on_two_of_them() {
    let shop = Shop::new();
    for sort in [SortOrder::Relevance, SortOrder::PriceUp, SortOrder::PriceDown, SortOrder::Popular] {
        let request = SearchRequest { sort: Some(sort), ..SearchRequest::new("trail shoes", 1) };
        let products = shop.walk(&request, &[7, 90, 3, 200]);
        let indices: Vec<u32> = products.iter().map(|product| product.index).collect();
        assert_eq!(indices, Vec::from_iter(0..251), "{sort:?}");
        let mut ids: Vec<&str> = products.iter().map(|product| &*product.product_id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 251, "{sort:?}");
        let prices: Vec<i64> = products.iter().map(|p| p.price.as_ref().unwrap().minor).collect();
        match sort {
            SortOrder::PriceUp => assert!(prices.is_sorted()),
            SortOrder::PriceDown => assert!(prices.is_sorted_by(|a, b| a >= b)),
            _ => {}
        }
        let at_once = shop.walk(&request, &[200]);
        let ids = |products: &[RankedProduct]| products.iter().map(|p| p.item_id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&at_once), ids(&products), "the pages' lengths change nothing");
    }
    assert_eq!(shop.results("trail shoes").total, 251);
    assert_eq!(shop.results("no249").next_cursor, None);
}

#[test]
fn a_cursor_is_of_one_search_in_one_catalog() {
    let shop = Shop::new();
    let request = SearchRequest::new("trail shoes", 10);
    let cursor = shop.ask(&request).unwrap().next_cursor.unwrap();
    let next = |shop: &Shop, request: SearchRequest| {
        shop.ask(&request.after(&cursor)).map(|found| found.page.items.len())
    };
    assert_eq!(next(&shop, SearchRequest { limit: 20, ..request.clone() }), Ok(20));
    for other in [
        SearchRequest::new("trail", 10),
        SearchRequest { filters: brands(&["Pell"]), ..request.clone() },
        SearchRequest { sort: Some(SortOrder::PriceUp), ..request.clone() },
        request.clone().neutral(),
    ] {
        assert!(next(&shop, other).unwrap_err().starts_with("cursor: it belongs to another"));
    }
    for wrong in ["", "x", ".", "x.y", "x.-1", "x.99999999999999999999999"] {
        let answer = shop.ask(&request.clone().after(wrong));
        assert_eq!(answer.unwrap_err(), "cursor: it is no cursor of a search", "{wrong}");
    }
    let expired = || SurfaceError::CursorExpired.to_string();
    let (id, _) = cursor.split_once('.').unwrap();
    let far = shop.ask(&request.clone().after(&format!("{id}.{}", u64::MAX))).unwrap();
    assert_eq!((far.page.items.len(), far.next_cursor), (0, None));
    assert_eq!(shop.ask(&request.clone().after("0.10")).unwrap_err(), expired());
    let mut newer = items();
    newer.swap(0, 1);
    let newer = Shop { catalog: catalog_of(&newer), ..shop };
    assert_eq!(next(&newer, request.clone()).unwrap_err(), expired(), "the catalog changed");
    let shop = Shop { catalog: catalog_of(&items()), shown: ShownLog::default() };
    let cursor = shop.ask(&request).unwrap().next_cursor.unwrap();
    shop.shown.clear();
    assert_eq!(shop.ask(&request.clone().after(&cursor)).unwrap_err(), expired(), "consent changed");
    let cursor = shop.ask(&request).unwrap().next_cursor.unwrap();
    (0..4).for_each(|_| drop(shop.ask(&SearchRequest::new("trail", 1)).unwrap()));
    assert_eq!(shop.ask(&request.after(&cursor)).unwrap_err(), expired(), "too many since");
}

#[test]
fn facets_count_products_and_each_without_its_own_filter() {
    let shop = Shop::new();
    let found = shop.results("trail shoes");
    let named =
        |pairs: &[(&str, u32)]| pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(counts(&found, FacetKind::Brand), named(&[("Nordhem", 84), ("Pell", 84), ("Trailwren", 83)]));
    assert_eq!(counts(&found, FacetKind::Category), named(&[("Shoes", 251)]));
    assert_eq!(counts(&found, FacetKind::Color), named(&[("Blue", 125), ("Red", 125)]));
    assert_eq!(counts(&found, FacetKind::Size), named(&[("42", 250), ("43", 250)]), "not variants");
    let of = |kind| found.facets.iter().find(|facet| facet.kind == kind).unwrap().values.clone();
    let stock: Vec<_> =
        of(FacetKind::Availability).iter().map(|v| (v.availability.unwrap(), v.count)).collect();
    assert_eq!(stock, [(Availability::InStock, 250), (Availability::Preorder, 1)]);
    let bands = of(FacetKind::Price);
    assert_eq!(bands.iter().map(|band| band.count).sum::<u32>(), 251);
    for band in &bands {
        let filters = Filters {
            min_price: band.min_price.clone(),
            max_price: band.max_price.clone(),
            ..Filters::default()
        };
        let request =
            SearchRequest { filters: Some(filters), facets: true, ..SearchRequest::new("trail shoes", 5) };
        let within = shop.ask(&request).unwrap();
        assert_eq!(within.total, band.count, "{band:?}");
        assert_eq!(
            within.facets.iter().find(|f| f.kind == FacetKind::Price).unwrap().values,
            bands,
            "its own filter"
        );
    }
    let request =
        SearchRequest { filters: brands(&["Pell"]), facets: true, ..SearchRequest::new("trail shoes", 5) };
    let pell = shop.ask(&request).unwrap();
    assert_eq!(pell.total, 84);
    assert_eq!(counts(&pell, FacetKind::Brand), counts(&found, FacetKind::Brand));
    assert_eq!(counts(&pell, FacetKind::Color).iter().map(|(_, n)| n).sum::<u32>(), 83);
    assert!(shop.ask(&SearchRequest::new("trail shoes", 5)).unwrap().facets.is_empty(), "only if asked for");
}

#[test]
fn filters_may_keep_out() {
    let shop = Shop::new();
    let total = |change: &dyn Fn(&mut SearchRequest)| {
        let mut request = SearchRequest::new("trail shoes", 200);
        change(&mut request);
        let found = shop.ask(&request).unwrap();
        (found.total, found.page.items)
    };
    let (count, kept) = total(&|r| r.exclude = brands(&["Pell", "Nordhem"]));
    assert!(count == 83 && kept.iter().all(|p| p.brand.as_deref() == Some("Trailwren")));
    let size = Filters { sizes: vec!["42".into()], colors: vec!["Red".into()], ..Filters::default() };
    let (count, kept) = total(&|r| r.exclude = Some(size.clone()));
    assert!(count == 126 && kept.iter().all(|p| !p.item_id.ends_with("-42")), "any of them: {count}");
    let dear = Filters { min_price: Some(Money::new(2000, "EUR")), ..Filters::default() };
    assert_eq!(total(&|r| r.exclude = Some(dear.clone())).0, 10);
    assert_eq!(total(&|r| r.availability = vec![Availability::Preorder]).0, 1);
    assert_eq!(total(&|r| r.availability = vec![Availability::OutOfStock]).0, 0, "as in shelves");
}

#[test]
fn a_sensitive_product_is_counted_only_where_it_is_named() {
    let shop = Shop::new();
    for text in ["trail", "trail shoes", "trail shoes vi"] {
        let found = shop.results(text);
        assert!(found.page.items.iter().all(|product| product.item_id != "pills"), "{text}");
        assert!(counts(&found, FacetKind::Brand).iter().all(|(name, _)| name != "Klarin"), "{text}");
    }
    assert_eq!(shop.results("trail").total, 251);
    assert_eq!(shop.results("vital").total, 0, "a beginning names nothing");
    let misspelt = shop.results("vtialin");
    assert_eq!((misspelt.total, misspelt.searched_instead, misspelt.did_you_mean), (0, None, None));
    let named = shop.results("vitalin tablets");
    assert_eq!((named.total, counts(&named, FacetKind::Brand)), (1, vec![("Klarin".to_owned(), 1)]));
}

#[test]
fn it_says_what_the_query_was_taken_for() {
    let shop = Shop::new();
    let found = shop.results("zeppelin trial shoses no249");
    assert_eq!(found.unmatched_words, ["zeppelin"]);
    assert_eq!(found.searched_instead.as_deref(), Some("zeppelin trail shoes no249"));
    assert_eq!((found.total, found.whole), (1, 0));
    let found = shop.results("trail no249");
    assert_eq!((found.total, found.whole), (1, 1));
    assert_eq!((found.unmatched_words, found.searched_instead), (vec![], None));
    let found = shop.results("footwear");
    assert_eq!((found.total, found.searched_instead), (251, None), "a synonym is no correction");
    let mut rare = items();
    rare.push(item("odd", "Shues", "Odd", 1));
    let rare = Shop { catalog: catalog_of(&rare), shown: ShownLog::default() };
    let found = rare.results("shues");
    assert_eq!((found.total, found.did_you_mean.as_deref()), (1, Some("shoes")));
    assert_eq!(rare.results("trail shoes").did_you_mean, None);
}

#[test]
fn titles_say_where_they_match() {
    let said = |shop: &Shop, text: &str| {
        let found = shop.results(text);
        let product = &found.page.items[0];
        let units: Vec<u16> = product.title.encode_utf16().collect();
        let part = |range: &crate::catalog::TextRange| {
            String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap()
        };
        product.highlights.iter().map(part).collect::<Vec<_>>()
    };
    let titles = ["👟 Crème T-Shirt Brûlée", "Power Bank", "Trail Shoes"];
    let items: Vec<Item> =
        titles.iter().enumerate().map(|(n, title)| item(&format!("I{n}"), title, "Pell", 1)).collect();
    let shop = Shop { catalog: catalog_of(&items), shown: ShownLog::default() };
    assert_eq!(said(&shop, "brulee creme"), ["Crème", "Brûlée"]);
    assert_eq!(said(&shop, "tshirts"), ["T-Shirt"]);
    assert_eq!(said(&shop, "powerbank"), ["Power", "Bank"]);
    assert_eq!(said(&shop, "shoo"), ["Shoes"]);
    assert_eq!(said(&shop, "footwear"), ["Shoes"]);
    assert_eq!(said(&shop, "pell shirt"), ["Shirt"]);
}
