//! The shop of the fixtures and everything it signed. Its private key was never written down.

use serde_json::{Value, json};
use sottovoce::catalog::import::{ImportOptions, read};
use sottovoce::catalog::{
    Artefacts, BundleHeader, ExperimentSpec, Item, SigningKey, Taxonomy, VariantSpec, build_bundle,
    public_key_text,
};
use sottovoce::clock::DAY_MS;
use sottovoce::consent::Policy;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::signals::{Aead, CollectorSecret, TaskSet};

use super::Stored;
use crate::support::{self, NOW_MS, STORE};

/// What the shopper had to do with.
pub const BROWSED: [&str; 4] = ["KI81", "KI83", "KI84", "FO235"];
/// About pregnancy.
pub const TOPICAL: &str = "CL28-M";
/// What the policies may ask about.
pub const TAGS: [SensitiveTag; 2] = [SensitiveTag::Pregnancy, SensitiveTag::Health];
/// The experiment whose arm tells whether the salt is still the same.
const ARMS: u32 = 64;

/// Signs and writes everything the shop gives to its apps.
pub fn write(stored: Stored) {
    let wire = stored.fixture("wire");
    let key = SigningKey::generate().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(wire.join(name), bytes).unwrap();
    put("shop.pub", public_key_text(&key.public_key()).as_bytes());
    for version in [1, 2] {
        put(&format!("catalog_{version}.svb"), &catalog(version, &key));
    }
    for version in [5, 6] {
        put(&format!("policy_{version}.signed"), &policy(version, &key));
    }
    for (version, task) in (1..).zip(tasks(stored)) {
        put(&format!("tasks_{version}.signed"), &task_set(version, task, &key));
    }
}

/// What opens the reports. It was made for these fixtures.
pub fn secret() -> CollectorSecret {
    CollectorSecret::new(7, Aead::Aes128Gcm, [5; 32])
}

/// Thirty-odd items across the shop.
fn items() -> Vec<Item> {
    let feed = include_bytes!("../../examples/data/products.tsv");
    let all = read(&feed[..], &ImportOptions::default()).unwrap().items;
    let wanted = |at: usize, item: &Item| {
        at.is_multiple_of(23) || BROWSED.contains(&item.id.as_str()) || item.id == TOPICAL
    };
    all.into_iter().enumerate().filter(|(at, item)| wanted(*at, item)).map(|(_, item)| item).collect()
}

fn catalog(version: u64, key: &SigningKey) -> Vec<u8> {
    let items = items();
    let arm = |name: String, weight| VariantSpec { name, weight };
    let header = BundleHeader {
        store_id: STORE.into(),
        version,
        created_ms: NOW_MS,
        taxonomy: Taxonomy::default(),
        experiments: vec![
            ExperimentSpec {
                key: "shelf".into(),
                variants: vec![arm("old".into(), 0), arm("new".into(), 1)],
                holdout_permille: 0,
            },
            ExperimentSpec {
                key: "tone".into(),
                variants: (0..ARMS).map(|at| arm(format!("tone {at}"), 1)).collect(),
                holdout_permille: 0,
            },
        ],
        plan: Some(support::plan().plan),
        ..BundleHeader::default()
    };
    build_bundle(&items, &Artefacts::untrained(items.len()), &header, key).unwrap()
}

/// The baseline with something of the shop's own in every part. Version 6 keeps what offers rest on for longer, so
/// that a yes to them is asked for again.
fn policy(version: u64, key: &SigningKey) -> Vec<u8> {
    let mut json: Value = serde_json::from_str(Policy::baseline_json()).unwrap();
    json["id"] = STORE.into();
    json["version"] = version.into();
    json["effective_from_ms"] = (NOW_MS - DAY_MS).into();
    json["valid_until_ms"] = (NOW_MS + 300 * DAY_MS).into();
    json["controller"] = "Brambly Ltd, 1 Mill Lane".into();
    json["wording"] = 2.into();
    json["gpc_conflict"] = "ask".into();
    json["sensitive"]["tags"] = TAGS.map(SensitiveTag::name).to_vec().into();
    json["sensitive"]["grant_days"] = if version == 5 { 10 } else { 90 }.into();
    let messaging = json!({
        "key": "IABTCF_PurposeConsents", "position": 3, "purpose": "messaging", "denies": "0", "grants": "1",
    });
    json["platform"]["rules"].as_array_mut().unwrap().push(messaging);
    let purposes = json["purposes"].as_array_mut().unwrap();
    for purpose in purposes {
        match purpose["id"].as_str().unwrap() {
            "history" => {
                purpose["texts"]["en"] = json!({
                    "title": "What you looked at",
                    "benefit": "You find it again.",
                    "data": "It stays on this phone.",
                });
            }
            "offers" if version == 6 => purpose["retention_days"] = 30.into(),
            "messaging" => purpose["recipients"] = json!(["Brambly Post"]),
            _ => {}
        }
    }
    Policy::seal(json.to_string().as_bytes(), key.pair()).unwrap()
}

/// One task of each kind; since format 2 of the one kind that devices still answer.
fn tasks(stored: Stored) -> [Value; 4] {
    let value = json!({"order_value": {"currency": "EUR", "edges": [1, 2000, 5000]}});
    let tone = json!({"experiment_outcome": {"experiment": "tone"}});
    let kinds: [(Value, &[&str]); 4] = [
        ("category_interest".into(), &["Nothing yet", "Home & Garden"]),
        (tone, &["Nothing", "tone 1/shown", "tone 1/converted"]),
        (value, &["None", "Some", "More", "Most"]),
        ("slot_outcome".into(), &["None", "1/shown", "1/clicked"]),
    ];
    let odds = [(3, 1), (5, 2), (2, 1), (3, 2)];
    [0, 1, 2, 3].map(|at| {
        let (measures, buckets) = &kinds[if stored.0 == 1 { at } else { 0 }];
        json!({
            "id": stored.asked()[at],
            "question": format!("Which answer fits {}?", stored.asked()[at]),
            "measures": measures,
            "buckets": buckets,
            "odds": {"num": odds[at].0, "den": odds[at].1},
            "min_batch": 1000,
        })
    })
}

fn task_set(version: u64, task: Value, key: &SigningKey) -> Vec<u8> {
    let set = json!({
        "format": 1,
        "version": version,
        "window_days": 7,
        "valid_from_ms": NOW_MS - 1,
        "valid_until_ms": NOW_MS + 300 * DAY_MS,
        "endpoint": "https://brambly.example/reports",
        "collector": secret().public().unwrap(),
        "tasks": [task],
    });
    TaskSet::seal(set.to_string().as_bytes(), key.pair()).unwrap()
}
