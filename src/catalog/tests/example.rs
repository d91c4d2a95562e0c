//! The example shop: both feeds say the same, and everything made from them works.

use std::path::PathBuf;
use std::process::Command;

use crate::catalog::operator::import::{ImportOptions, Imported, read};
use crate::catalog::tests::*;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/data")
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn shop() -> Imported {
    read(bytes("products.tsv").as_slice(), &ImportOptions::default()).unwrap()
}

#[test]
fn both_feeds_give_the_same_items() {
    let options = ImportOptions {
        currency: Some("EUR".into()),
        base_url: Some("https://brambly.example".into()),
        ..ImportOptions::default()
    };
    let from_shopify = read(bytes("products_shopify.csv").as_slice(), &options).unwrap();
    let from_merchant = shop();
    assert_eq!((&from_merchant.report.findings[..], &from_shopify.report.findings[..]), (&[][..], &[][..]));
    assert!(from_merchant.items.len() >= 600);
    // Shopify has tags where Merchant Center has labels.
    let told = |item: &Item| {
        let mut item = item.clone();
        let labels = std::mem::take(&mut item.custom_labels);
        item.tags = labels.into_iter().flatten().chain(item.tags).collect();
        item
    };
    for (a, b) in from_merchant.items.iter().zip(&from_shopify.items) {
        assert_eq!(told(a), told(b));
    }
    assert_eq!(from_merchant.items.len(), from_shopify.items.len());
}

#[test]
fn the_shop_is_varied_and_its_history_fits() {
    let items = shop().items;
    let departments: std::collections::BTreeSet<_> =
        items.iter().filter_map(|item| item.product_type.as_deref()?.split(" > ").next()).collect();
    assert!(departments.len() >= 12, "{departments:?}");
    assert!(items.iter().any(|item| item.availability == Availability::OutOfStock));
    assert!(items.iter().any(|item| item.sale_price.is_some()));
    let history = history::history(bytes("history.jsonl").as_slice(), &items).unwrap();
    assert_eq!((history.report.findings.len(), history.unknown_items), (0, 0));
    assert!(history.users.len() > 1000);
}

#[test]
fn forgotten_sensitive_tags_follow_from_the_category() {
    let items = shop().items;
    let artefacts = Artefacts::untrained(items.len());
    let key = SigningKey::generate().unwrap();
    let bundle = build_bundle(&items, &artefacts, &header(1), &key).unwrap();
    let catalog = Catalog::from_bytes(&bundle).unwrap();
    for (ix, item) in items.iter().enumerate() {
        let shown = catalog.item(ix as u32).unwrap();
        assert_eq!((&shown.link, &shown.image_link), (&item.link, &item.image_link));
    }
    let (gin, _) = catalog.search("coastal dry gin", 1)[0];
    assert!(items[gin as usize].sensitive_tags.is_empty());
    assert!(catalog.sensitive(gin).contains(SensitiveTag::Addiction));
    let (coffee, _) = catalog.search("colombia coffee", 1)[0];
    assert_eq!(catalog.title(coffee), "Colombia Huila Coffee Beans 500 g");
    assert!(catalog.sensitive(coffee).is_empty());
}

#[test]
fn the_generator_writes_these_very_bytes() {
    let usable = Command::new("python3").args(["-c", "import csv, json, random"]).output();
    if !usable.is_ok_and(|python| python.status.success()) {
        eprintln!("skipped: no usable python3 on this machine");
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let script = folder().join("generate.py");
    let run = Command::new("python3").arg("-B").arg(script).arg(out.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    for name in ["products.tsv", "products_shopify.csv", "history.jsonl"] {
        assert!(std::fs::read(out.path().join(name)).unwrap() == bytes(name), "{name} differs");
    }
}
