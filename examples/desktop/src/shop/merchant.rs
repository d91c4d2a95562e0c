//! The merchant's side, which a phone does not have: a feed becomes a signed bundle, questions and a policy are signed.

use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use sottovoce::catalog::history::history;
use sottovoce::catalog::import::{ImportOptions, read};
use sottovoce::catalog::{
    Artefacts, BundleHeader, Item, SigningKey, Synonyms, WrittenPlan, build_bundle, public_key,
};
use sottovoce::clock::{Clock as _, DAY_MS, SystemClock};
use sottovoce::consent::Policy;
use sottovoce::ranking::fit::train_shop;
use sottovoce::signals::TaskSet;
use sottovoce::signed::{PublicKey, hex, sha256};

use super::Failure;

const FEED: &[u8] = include_bytes!("../../../data/products.tsv");
const HISTORY: &[u8] = include_bytes!("../../../data/history.jsonl");
const PLAN: &str = include_str!("../../../data/merchandising.toml");
const SYNONYMS: &str = include_str!("../../../data/synonyms.txt");

/// What a merchant made. Without the private key, as for a bundle from elsewhere, there are no questions and no policy.
pub struct Merchant {
    /// Its id.
    pub store: String,
    /// The signed catalog.
    pub bundle: PathBuf,
    /// What it is verified by.
    pub public_key: PublicKey,
    /// Rows of the feed that were refused.
    pub refused: Option<u64>,
    key: Option<SigningKey>,
    departments: Vec<String>,
}

impl Merchant {
    /// The example shop: read, trained and signed at the first start, and kept in `folder` for the next ones.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn example(folder: &Path) -> Result<Self, Failure> {
        let place = folder.join("brambly");
        std::fs::create_dir_all(&place)?;
        let (bundle, pem) = (place.join("shop.bundle"), place.join("shop.pem"));
        let imported = read(Cursor::new(FEED), &ImportOptions::default())?;
        let key = if bundle.exists() && pem.exists() {
            SigningKey::from_pem(&std::fs::read_to_string(&pem)?)?
        } else {
            let key = SigningKey::generate()?;
            let users = history(Cursor::new(HISTORY), &imported.items)?.users;
            let artefacts = train_shop(&imported.items, &users, &mut |_, _| {})?;
            let written =
                WrittenPlan::parse(PLAN).map_err(|faults| format!("the plan has faults: {faults:?}"))?;
            let header = BundleHeader {
                store_id: "brambly".into(),
                version: 1,
                created_ms: SystemClock.now_ms(),
                synonyms: Synonyms::parse(SYNONYMS)?,
                plan: Some(written.plan),
                ..BundleHeader::default()
            };
            std::fs::write(&bundle, build_bundle(&imported.items, &artefacts, &header, &key)?)?;
            std::fs::write(&pem, key.to_pem()?.as_bytes())?;
            key
        };
        Ok(Self {
            store: "brambly".into(),
            bundle,
            public_key: key.public_key(),
            refused: Some(imported.report.rejected),
            key: Some(key),
            departments: departments(&imported.items),
        })
    }

    /// Another shop: a bundle if `trust` has its id and public key, and otherwise a feed of any kind that the importer reads.
    /// A feed alone has no orders to learn from, so its lists are by what everyone else would see.
    ///
    /// # Errors
    /// What cannot be read, and a bundle that is not signed by that key.
    pub fn load(path: &Path, trust: &str, folder: &Path) -> Result<Self, Failure> {
        if let Some((store, key)) = trust.trim().split_once(' ') {
            return Ok(Self {
                store: store.into(),
                bundle: path.to_owned(),
                public_key: public_key(key.trim())?,
                refused: None,
                key: None,
                departments: Vec::new(),
            });
        }
        let options = ImportOptions {
            currency: Some("EUR".into()),
            base_url: Some("https://shop.example".into()),
            ..ImportOptions::default()
        };
        let imported = read(File::open(path)?, &options)?;
        let key = SigningKey::generate()?;
        let named = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mark: String = hex(&sha256(named.as_bytes())).chars().take(8).collect();
        // Each loading is a shop of its own: another key signs it.
        let store = format!("feed-{mark}-{}", SystemClock.now_ms());
        let place = folder.join(&store);
        std::fs::create_dir_all(&place)?;
        let bundle = place.join("shop.bundle");
        let header = BundleHeader { store_id: store.clone(), version: 1, ..BundleHeader::default() };
        let artefacts = Artefacts::untrained(imported.items.len());
        std::fs::write(&bundle, build_bundle(&imported.items, &artefacts, &header, &key)?)?;
        Ok(Self {
            store,
            bundle,
            public_key: key.public_key(),
            refused: Some(imported.report.rejected),
            key: Some(key),
            departments: departments(&imported.items),
        })
    }

    /// The question that the shop asks of every device, signed.
    ///
    /// # Errors
    /// A shop with too many departments to ask about.
    pub fn questions(&self, now_ms: i64) -> Result<Option<Vec<u8>>, Failure> {
        let Some(key) = self.key.as_ref().filter(|_| !self.departments.is_empty()) else { return Ok(None) };
        let mut buckets = vec!["Nothing yet".to_owned()];
        buckets.extend(self.departments.iter().take(20).cloned());
        // The same all day, so that a set of questions that was answered stays known.
        let today = now_ms - now_ms.rem_euclid(7 * DAY_MS);
        let set = serde_json::json!({
            "format": 1,
            "version": 1,
            "window_days": 7,
            "valid_from_ms": today - 10 * DAY_MS,
            "valid_until_ms": today + 90 * DAY_MS,
            "endpoint": "https://brambly.example/reports",
            "tasks": [{
                "id": "category-interest",
                "question": "Which part of the shop interests you most?",
                "measures": "category_interest",
                "buckets": buckets,
                "odds": {"num": 3, "den": 1},
                "min_batch": 1000,
            }],
        });
        Ok(Some(TaskSet::seal(&serde_json::to_vec(&set)?, key.pair())?))
    }

    /// The shop's policy in its `version`, signed. Each version after the first keeps the history for another year and
    /// names one more recipient.
    ///
    /// # Errors
    /// None with the baseline that is compiled in.
    pub fn policy(&self, version: u64) -> Result<Option<Vec<u8>>, Failure> {
        let Some(key) = &self.key else { return Ok(None) };
        let mut policy = serde_json::to_value(Policy::baseline()?)?;
        policy["id"] = self.store.clone().into();
        policy["version"] = version.into();
        policy["controller"] = "Brambly & Co., 1 Market Street, Exampletown".into();
        policy["contact"] = "privacy@brambly.example".into();
        policy["complaint"] = "Data Protection Authority, 2 Market Street, Exampletown".into();
        policy["sensitive"]["tags"] = serde_json::json!(["pregnancy", "health"]);
        let purposes = policy["purposes"].as_array_mut().ok_or("a policy without purposes")?;
        for purpose in purposes.iter_mut().filter(|_| version > 1) {
            match purpose["id"].as_str() {
                Some("history") => purpose["retention_days"] = (365 * version).min(1095).into(),
                Some("measurement") => {
                    purpose["recipients"] = serde_json::json!([format!("Panel {version} Ltd.")])
                }
                _ => {}
            }
        }
        Ok(Some(Policy::seal(&serde_json::to_vec(&policy)?, key.pair())?))
    }
}

/// The first steps of the shop's own categories; the sensitive one is never asked about.
fn departments(items: &[Item]) -> Vec<String> {
    let firsts = items.iter().filter_map(|i| i.product_type.as_deref()?.split(" > ").next());
    let mut names: Vec<String> = firsts.filter(|name| *name != "Health").map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}
