//! The merchant's side of the story: read the feeds, train, sign.

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;

use sottovoce::api::Sottovoce;
use sottovoce::catalog::history::history;
use sottovoce::catalog::import::{ImportOptions, read};
use sottovoce::catalog::train::Stage;
use sottovoce::catalog::{BundleHeader, Item, Plan, SigningKey, Synonyms, WrittenPlan, build_bundle};
use sottovoce::clock::{Clock, SystemClock};
use sottovoce::ranking::fit::train_shop;
use sottovoce::signals::TaskSet;
use sottovoce::signed::{PublicKey, hex, sha256};

use super::print::{fact, progress};

/// The name of the made-up shop.
pub const STORE: &str = "brambly";

/// What the merchant made.
pub struct Shop {
    pub items: Vec<Item>,
    /// The same items, read from the Shopify export.
    pub twins: Vec<Item>,
    pub bundle: Vec<u8>,
    pub hash: String,
    pub public_key: PublicKey,
    pub key: SigningKey,
}

/// Reads the feeds in `examples/data`, trains on the history, builds and signs the bundle.
pub fn build() -> Result<Shop, Box<dyn Error>> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let imported = read(File::open(data.join("products.tsv"))?, &ImportOptions::default())?;
    fact("rows refused", imported.report.rejected);
    let options = ImportOptions {
        currency: Some("EUR".into()),
        base_url: Some("https://brambly.example".into()),
        ..ImportOptions::default()
    };
    let twins = read(File::open(data.join("products_shopify.csv"))?, &options)?.items;
    let users = history(File::open(data.join("history.jsonl"))?, &imported.items)?.users;
    fact("users", users.len());
    let key = SigningKey::generate()?;
    let synonyms = Synonyms::parse(&std::fs::read_to_string(data.join("synonyms.txt"))?)?;
    fact("words with synonyms", synonyms.len());
    let written = WrittenPlan::parse(&std::fs::read_to_string(data.join("merchandising.toml"))?)
        .map_err(|faults| format!("the plan has faults: {faults:?}"))?;
    fact("plan", format!("{} rules, {} offers", written.plan.rules.len(), written.plan.offers.len()));
    let bundle = sign(&imported.items, &users, synonyms, Some(written.plan), STORE, &key)?;
    Ok(Shop {
        hash: hex(&sha256(&bundle)),
        items: imported.items,
        twins,
        bundle,
        public_key: key.public_key(),
        key,
    })
}

/// Trains a shop on its users and signs the result.
pub fn sign(
    items: &[Item],
    users: &[sottovoce::catalog::User],
    synonyms: Synonyms,
    plan: Option<Plan>,
    store_id: &str,
    key: &SigningKey,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut last = None;
    let artefacts = train_shop(items, users, &mut |stage: Stage, share: f32| {
        let step = (stage as u8, (share * 100.0) as u8);
        if last.replace(step) != Some(step) {
            progress(&format!("training, {stage:?}").to_lowercase(), f64::from(share));
        }
    })?;
    let header = BundleHeader {
        store_id: store_id.into(),
        version: 1,
        created_ms: SystemClock.now_ms(),
        synonyms,
        plan,
        ..BundleHeader::default()
    };
    Ok(build_bundle(items, &artefacts, &header, key)?)
}

/// The question that the shop asks of everyone, signed: which category interests you most?
pub fn questions(shop: &Shop, now_ms: i64) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut names: Vec<&str> =
        shop.items.iter().filter_map(|i| i.product_type.as_deref()?.split(" > ").next()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|n| *n != "Health"); // sensitive: never asked about
    names.insert(0, "Nothing yet");
    let day = 86_400_000;
    let set = serde_json::json!({
        "format": 1,
        "version": 1,
        "window_days": 7,
        "valid_from_ms": now_ms - 10 * day,
        "valid_until_ms": now_ms + 90 * day,
        "endpoint": "https://brambly.example/reports",
        "tasks": [{
            "id": "category-interest",
            "question": "Which part of the shop interests you most?",
            "measures": "category_interest",
            "buckets": names,
            "odds": {"num": 3, "den": 1},
            "min_batch": 1000,
        }],
    });
    Ok(TaskSet::seal(&serde_json::to_vec(&set)?, shop.key.pair())?)
}

/// The title of an item.
pub fn title(engine: &Sottovoce, item_id: &str) -> Result<String, Box<dyn Error>> {
    let found = engine.catalog().items(vec![item_id.into()])?;
    Ok(found.first().map(|i| i.title.clone()).unwrap_or_default())
}
