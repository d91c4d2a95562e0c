//! What shoppers type.

use crate::catalog::tests::*;

fn found(text: &str) -> Vec<String> {
    let catalog = Catalog::from_bytes(&bundle(1, &SigningKey::generate().unwrap())).unwrap();
    ids(&catalog, text)
}

fn ids(catalog: &Catalog, text: &str) -> Vec<String> {
    catalog.search(text, 10).into_iter().map(|(ix, _)| catalog.item_id(ix).to_owned()).collect()
}

fn shop(items: &[Item]) -> Catalog {
    let key = SigningKey::generate().unwrap();
    let bundle = build_bundle(items, &Artefacts::untrained(items.len()), &header(1), &key).unwrap();
    Catalog::from_bytes(&bundle).unwrap()
}

fn titled(titles: &[(&str, &str)]) -> Catalog {
    let item =
        |(id, title): &(&str, &str)| Item { id: (*id).into(), title: (*title).into(), ..Item::default() };
    shop(&titles.iter().map(item).collect::<Vec<_>>())
}

#[test]
fn words_in_any_spelling_find_the_item() {
    assert_eq!(found("creme BRULEE"), ["creme"]);
    assert_eq!(found("hikin"), ["sock-9"], "the last word may be unfinished");
    assert_eq!(found("sokcs"), ["sock-9", "sock-1"], "a typing error; the shorter title first");
    assert_eq!(found("rocks"), ["sock-9", "sock-1"], "in the first letter");
    assert_eq!(found("fjellrav hik"), ["sock-9", "sock-1"], "both words before one");
    assert_eq!(found("moss")[0], "sock-9", "colours count");
    assert_eq!(found("tabletten allergy")[0], "pills", "what is named by one of its words");
    assert!(found("").is_empty() && found("?!").is_empty() && found("zeppelin qwrtzk").is_empty());
}

#[test]
fn scores_fall_and_the_limit_holds() {
    let catalog = Catalog::from_bytes(&bundle(1, &SigningKey::generate().unwrap())).unwrap();
    let found = catalog.search("wool socks tea", 3);
    assert_eq!(found.len(), 3);
    assert!(found.is_sorted_by(|a, b| a.1 >= b.1) && found[0].1 > 0.0);
    assert!(catalog.search("socks", 0).is_empty());
    assert!(Catalog::empty("shop").unwrap().search("socks", 5).is_empty());
}

#[test]
fn completions_are_brands_categories_and_products() {
    let catalog = Catalog::from_bytes(&bundle(1, &SigningKey::generate().unwrap())).unwrap();
    let texts =
        |prefix: &str| catalog.suggest(prefix, 4).into_iter().map(|found| found.text).collect::<Vec<_>>();
    assert_eq!(texts("fj")[0], "Fjellrav");
    assert_eq!(texts("so"), ["Socks", "Wool hiking socks"], "not what cannot be ordered");
    assert_eq!(texts("fjelrav")[0], "Fjellrav", "however it is typed");
    assert!(texts("").is_empty());
}

#[test]
fn a_sensitive_item_is_found_and_suggested_only_by_its_name() {
    let mut items = items();
    items[0].description = Some("Warm even without pills for the night".into());
    items[4].description = Some("Goes well with creme".into());
    let catalog = shop(&items);
    assert_eq!(ids(&catalog, "allergy tablets"), ["pills"]);
    assert_eq!(ids(&catalog, "tablet"), ["pills"], "another form of its name");
    assert_eq!(ids(&catalog, "creme"), ["creme", "tea"], "that others speak of it does not hide it");
    for beginning in ["aller", "alergy", "kla", "brul"] {
        assert_eq!(ids(&catalog, beginning), Vec::<String>::new(), "{beginning}");
        assert_eq!(catalog.suggest(beginning, 9), [], "{beginning}");
    }
    items[0].title = "Green tablets holder".into();
    items[1].title = "Tablets stand".into();
    items[2].title = "Tablets".into();
    items[2].sensitive_tags.clear();
    let catalog = shop(&items);
    assert!(!ids(&catalog, "tablets").contains(&"pills".to_owned()), "a word of many does not name it");
    assert_eq!(ids(&catalog, "allergy tablets")[0], "pills");
}

#[test]
fn codes_are_found_whole_whatever_stands_between_their_parts() {
    let item = |id: &str, title: &str, mpn: Option<&str>, gtin: Option<&str>| Item {
        id: id.into(),
        title: title.into(),
        mpn: mpn.map(str::to_owned),
        gtin: gtin.map(str::to_owned),
        ..Item::default()
    };
    let catalog = shop(&[
        item("KT-INS114-DRE", "Insulation sleeve", Some("SLV-9"), Some("4006381333931")),
        item("16-07", "Norland coupling", None, None),
        item("abc12", "Clamp", None, None),
    ]);
    for code in
        ["KT-INS114-DRE", "kt ins114 dre", "KTINS114DRE", "KT-INS114", "SLV-9", "slv9", "4006381333931"]
    {
        assert_eq!(ids(&catalog, code), ["KT-INS114-DRE"], "{code}");
    }
    assert_eq!((ids(&catalog, "16-07"), ids(&catalog, "1607")), (vec!["16-07".into()], vec!["16-07".into()]));
    assert_eq!(ids(&catalog, "abc12"), ["abc12"]);
}

#[test]
fn words_meet_with_and_without_a_space_or_a_hyphen() {
    let catalog = titled(&[
        ("A1", "T-shirt basic"),
        ("A2", "E-bike 28\" trekking"),
        ("A3", "Power bank 20000mAh"),
        ("A4", "Dog food with lamb 500 g"),
        ("A5", "Smartphone case"),
        ("A6", "Soft\u{AD}shell jacket"),
        ("A7", "Winter\u{200B}jacke Nord"),
        ("A8", "Food 500 ml"),
    ]);
    for (query, id) in [
        ("tshirt", "A1"),
        ("tshirts", "A1"),
        ("t shirt", "A1"),
        ("t-shirts", "A1"),
        ("ebike", "A2"),
        ("powerbank", "A3"),
        ("dogfood", "A4"),
        ("500g", "A4"),
        ("smart phone", "A5"),
        ("smart-phone", "A5"),
        ("softshell", "A6"),
        ("winterjacke", "A7"),
    ] {
        assert_eq!(ids(&catalog, query).first().map(String::as_str), Some(id), "{query}");
    }
    assert_eq!(ids(&catalog, "dogfood"), ["A4"], "both halves");
}

#[test]
fn forms_of_a_word_meet_and_the_word_itself_is_first() {
    let catalog = titled(&[
        ("B1", "Rechargeable batteries"),
        ("B2", "Battery"),
        ("B3", "Batterypack charger"),
        ("B4", "Coffee"),
    ]);
    assert_eq!(ids(&catalog, "battery"), ["B2", "B1", "B3"]);
    assert_eq!(ids(&catalog, "rechargeable battery")[0], "B1");
    assert_eq!((ids(&catalog, "kofee"), ids(&catalog, "cofe")), (vec!["B4".into()], vec!["B4".into()]));
    let german = titled(&[
        ("C1", "Schuhe für den Herbst und die Berge"),
        ("C2", "Schuh für Damen und Herren mit Riemen"),
    ]);
    assert_eq!(ids(&german, "schuhe"), ["C1", "C2"]);
}

#[test]
fn descriptions_are_searched_and_names_come_first() {
    let item = |id: &str, title: &str, description: &str| Item {
        id: id.into(),
        title: title.into(),
        description: Some(description.into()),
        ..Item::default()
    };
    let others = (0..20).map(|n| item(&format!("E{n}"), "The cup for the road", "The one for the car"));
    let mut items = vec![item("D1", "Mug", "For the coffee in the morning"), item("D2", "Coffee", "Roasted")];
    items.extend(others);
    let catalog = shop(&items);
    assert_eq!(ids(&catalog, "coffee"), ["D2", "D1"]);
    assert_eq!(ids(&catalog, "the roasted for")[0], "D2", "no stop word outvotes a word");
}

#[test]
fn what_is_in_the_category_that_is_asked_for_comes_first() {
    let item = |id: &str, title: &str, category: &str| Item {
        id: id.into(),
        title: title.into(),
        google_product_category: Some(category.into()),
        ..Item::default()
    };
    let catalog = shop(&[
        item("G1", "Coffee Grinder", "Kitchen > Appliances > Coffee Grinders"),
        item("C1", "Ethiopia Guji Coffee Beans in a Bag 500 g", "Beverages > Coffee"),
        item("B1", "Dog Food Bowl", "Pets > Dog Supplies"),
        item("F1", "Lamb and Rice Dog Food for Large Breeds 5 kg", "Pets > Dog Supplies > Dog Food"),
        item("T1", "T-Shirt Hanger", "Storage"),
        item("T2", "Pell Organic Cotton T-Shirt With Pocket", "Clothing > T-Shirts"),
    ]);
    for (query, first) in [
        ("coffee", "C1"),
        ("kofee", "C1"),
        ("coffee grinder", "G1"),
        ("grinder for coffee", "G1"),
        ("dog food", "F1"),
        ("dogfood", "F1"),
        ("dog bowl", "B1"),
        ("tshirt", "T2"),
        ("t-shirt", "T2"),
        ("t-shirt hanger", "T1"),
    ] {
        assert_eq!(ids(&catalog, query).first().map(String::as_str), Some(first), "{query}");
    }
}

#[test]
fn synonyms_are_found_by_the_shops_rules() {
    let titles =
        [("S1", "Canvas sneakers"), ("S2", "Trail running shoes"), ("T1", "Night train"), ("P1", "Pram")];
    let mut items: Vec<Item> =
        titles.map(|(id, title)| Item { id: id.into(), title: title.into(), ..Item::default() }).into();
    items.push(Item {
        id: "R1".into(),
        sensitive_tags: vec![SensitiveTag::Health],
        title: "Rubber pills".into(),
        ..Item::default()
    });
    let of = |list: &str| {
        let header = BundleHeader { synonyms: Synonyms::parse(list).unwrap(), ..header(1) };
        let key = SigningKey::generate().unwrap();
        let bundle = build_bundle(&items, &Artefacts::untrained(items.len()), &header, &key).unwrap();
        Catalog::from_bytes(&bundle).unwrap()
    };
    let without = of("");
    assert_eq!(ids(&without, "trainers"), ["T1"], "a guess");
    let catalog = of(
        "trainers => sneakers, running shoes\npram, baby stroller\nnight, dark\ntablet, pills\nrain => wellies",
    );
    for query in ["trainers", "Trainer", "canvas trainers", "trainers canvas"] {
        let mut found = ids(&catalog, query);
        found.sort();
        assert_eq!(found, ["S1", "S2"], "{query}");
    }
    assert_eq!(ids(&catalog, "canvas trainers")[0], "S1");
    assert_eq!(
        (ids(&catalog, "night train"), ids(&catalog, "running")),
        (vec!["T1".to_owned()], vec!["S2".to_owned()])
    );
    assert_eq!(ids(&catalog, "baby stroller"), ["P1"]);
    assert_eq!(ids(&catalog, "black baby stroller"), ["P1"]);
    assert_eq!(
        (ids(&catalog, "dark"), ids(&catalog, "night")),
        (vec!["T1".to_owned()], vec!["T1".to_owned()])
    );
    assert_eq!(ids(&catalog, "tablet"), [""; 0], "a synonym is not its name");
    assert_eq!(ids(&catalog, "rain"), ids(&without, "rain"), "a rule that leads to nothing");
}

#[test]
fn prices_and_sizes_are_limits() {
    let item = |id: &str, title: &str, minor: i64, size: &str| Item {
        id: id.into(),
        title: title.into(),
        price: euros(minor),
        size: Some(size.into()),
        ..Item::default()
    };
    let catalog = shop(&[
        item("S1", "Trail shoes", 8_000, "EU 43"),
        item("S2", "Running shoes", 12_000, "43"),
        item("S3", "City shoes", 9_000, "42"),
        item("T1", "Tea 100", 500, "one"),
    ]);
    assert_eq!(ids(&catalog, "shoes under 100"), ["S1", "S3"]);
    assert_eq!(ids(&catalog, "Shoes unter 85 €"), ["S1"]);
    assert_eq!(ids(&catalog, "shoes over 100 euro"), ["S2"]);
    assert!(ids(&catalog, "shoes under 100 GBP").is_empty());
    assert_eq!(ids(&catalog, "size 43 shoes"), ["S1", "S2"]);
    assert_eq!(ids(&catalog, "shoes size 43 under 100"), ["S1"]);
    assert_eq!(ids(&catalog, "under 10"), ["T1"]);
}

#[test]
fn a_beginning_is_completed_to_what_most_items_hold() {
    let codes: Vec<(String, String)> = (0..400).map(|n| (format!("C{n}"), format!("Part sa{n}x"))).collect();
    let socks: Vec<(String, String)> =
        (0..30).map(|n| (format!("S{n}"), format!("Wool socks no{n}"))).collect();
    let titles: Vec<(&str, &str)> =
        codes.iter().chain(&socks).map(|(id, title)| (id.as_str(), title.as_str())).collect();
    let catalog = titled(&titles);
    let found = catalog.find("s");
    let socks = found.hits.iter().filter(|hit| catalog.title(hit.ix).contains("socks")).count();
    assert_eq!(socks, 30, "however many words are before it in the alphabet");
    assert_eq!(catalog.search("part sa7", 1).first().map(|(ix, _)| catalog.item_id(*ix)), Some("C7"));
}

#[test]
fn a_search_leaves_nothing_to_the_next() {
    let key = SigningKey::generate().unwrap();
    let fresh = || Catalog::from_bytes(&bundle(1, &key)).unwrap();
    let used = fresh();
    let queries =
        ["wool socks", "tea", "allergy tablets", "sokcs", "s", "socks tea", "creme", "zeppelin", "under 10"];
    for query in queries.into_iter().chain(queries.into_iter().rev()) {
        assert_eq!(used.search(query, 10), fresh().search(query, 10), "{query}");
        let found = (used.find(query).hits, fresh().find(query).hits);
        assert_eq!(found.0, found.1, "{query}");
        assert_eq!(used.best(&found.0, 10).len(), used.search(query, 10).len(), "{query}");
    }
}

#[test]
fn what_lacks_an_unfinished_word_is_not_whole_however_much_that_may_become() {
    let words = ["soap", "soft", "sole", "song"];
    let titles: Vec<(String, String)> = (0..400)
        .map(|n| (format!("W{n}"), format!("{} {} thing", words[n % 4], words[(n + 1) % 4])))
        .collect();
    let mut titles: Vec<(&str, &str)> =
        titles.iter().map(|(id, title)| (id.as_str(), title.as_str())).collect();
    titles.extend([("B1", "Tea blanket"), ("B2", "Tea soap")]);
    let catalog = titled(&titles);
    let found = catalog.find("tea so");
    let whole = found.hits.iter().filter(|hit| hit.whole).map(|hit| catalog.item_id(hit.ix));
    assert_eq!(whole.collect::<Vec<_>>(), ["B2"]);
    assert_eq!(ids(&catalog, "tea so").first().map(String::as_str), Some("B2"));
}
