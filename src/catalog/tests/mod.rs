//! Whole-bundle tests: what was built is read back, and what was tampered with stays out.

mod bundle;
mod deltas;
mod example;
mod growing;
mod hostile;
mod installing;
mod patching;
mod planning;
mod products;
mod released;
mod rotating;
mod searching;
mod smoke;
mod syncing;

use crate::base::money::Money;
use crate::catalog::*;

pub(super) fn euros(minor: i64) -> Option<Money> {
    Some(Money { minor, currency: "EUR".into() })
}

fn item(id: &str, title: &str, brand: &str, category: &str, minor: i64) -> Item {
    Item {
        id: id.into(),
        title: title.into(),
        brand: Some(brand.into()),
        google_product_category: Some(category.into()),
        price: euros(minor),
        link: Some(format!("https://shop.example/{id}")),
        ..Item::default()
    }
}

pub(super) fn items() -> Vec<Item> {
    let mut items = vec![
        item("sock-9", "Wool hiking socks", "Fjellrav", "Apparel & Accessories > Clothing > Socks", 1299),
        item(
            "sock-1",
            "Cotton socks, pack of 3",
            "Fjellrav",
            "Apparel & Accessories > Clothing > Socks",
            899,
        ),
        item("creme", "Crème brûlée dishes", "Maison Aubert", "Home & Garden > Kitchen", 2450),
        item("pills", "Allergy tablets", "Klarin", "Health & Beauty > Health Care > Medicine", 799),
        item("tea", "Green tea", "Kyomi", "Food > Tea", 1200),
    ];
    items[0].color = Some("Grey/Moss".into());
    items[0].sale_price = euros(999);
    items[0].sale_price_effective_date = Some(EffectivePeriod { from_ms: 600_000, until_ms: 1_200_000 });
    items[1].link = None;
    items[2].link = Some("https://shop.ex".into());
    items[1].availability = Availability::OutOfStock;
    items[2].sensitive_tags = vec![SensitiveTag::Religion];
    items[4].price = Some(Money { minor: 1200, currency: "JPY".into() });
    items
}

pub(super) fn artefacts() -> Artefacts {
    let mut artefacts = Artefacts::untrained(5);
    artefacts.neighbours[0] = vec![(1, 0.5), (2, 0.25)];
    artefacts.embeddings[1] = [7; 64];
    artefacts.embedding_scale = 0.01;
    artefacts.cold[0] = false;
    artefacts.popularity = vec![3.0, 9.0, 3.0, 0.0, 1.0];
    artefacts.recent_popularity = vec![1.0, 0.0, 2.0, 0.0, 0.0];
    artefacts.repurchase_days[4] = 30.0;
    artefacts.weights = Weights { version: 1, names: vec!["nb".into()], values: vec![1.5], repeats: true };
    artefacts
}

pub(super) fn header(version: u64) -> BundleHeader {
    let variants = ["off", "on"].map(|name| VariantSpec { name: name.into(), weight: 1 });
    let experiment = ExperimentSpec { key: "shelf".into(), variants: variants.into(), holdout_permille: 50 };
    BundleHeader {
        store_id: "shop".into(),
        version,
        created_ms: 900_000,
        taxonomy: Taxonomy::default(),
        experiments: vec![experiment],
        synonyms: Synonyms::default(),
        plan: None,
    }
}

pub(super) fn bundle(version: u64, key: &SigningKey) -> Vec<u8> {
    build_bundle(&items(), &artefacts(), &header(version), key).unwrap()
}
