//! What shoppers type.

use crate::catalog::tests::*;

fn found(text: &str) -> Vec<String> {
    let catalog = Catalog::from_bytes(&bundle(1, &SigningKey::generate().unwrap())).unwrap();
    catalog.search(text, 10).into_iter().map(|(ix, _)| catalog.item_id(ix).to_owned()).collect()
}

#[test]
fn words_in_any_spelling_find_the_item() {
    assert_eq!(found("creme BRULEE"), ["creme"]);
    assert_eq!(found("crèm"), ["creme"], "the last word may be unfinished");
    assert_eq!(found("sokcs"), ["sock-9", "sock-1"], "a typing error; the shorter title first");
    assert_eq!(found("fjellrav hik"), ["sock-9", "sock-1"], "both words before one");
    assert_eq!(found("moss")[0], "sock-9", "colours count");
    assert!(found("").is_empty() && found("?!").is_empty() && found("zeppelin").is_empty());
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
    assert_eq!(texts("so"), ["Socks", "Wool hiking socks", "Cotton socks, pack of 3"]);
    assert!(texts("").is_empty());
}
