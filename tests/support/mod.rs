//! A shop, a phone, and the tools of a thief.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use sottovoce::catalog::import::{ImportOptions, read};
use sottovoce::catalog::{
    Artefacts, BundleHeader, ExperimentSpec, Item, Plan, SigningKey, Taxonomy, VariantSpec, WrittenPlan,
    build_bundle,
};
use sottovoce::clock::ManualClock;
use sottovoce::consent::{Choice, ExternalSignals, Purpose, PurposeChoice};
use sottovoce::profile::{Event, EventName, PreferenceKey};
use sottovoce::random::SystemRandom;
use sottovoce::signals::{HttpRequest, HttpResponse, TaskSet, Transport, TransportError};
use sottovoce::vault::{KeyStore, KeyStoreError, MemoryKeyStore};
use sottovoce::{Config, Sottovoce, SottovoceError};

pub const STORE: &str = "brambly";
pub const NOW_MS: i64 = 1_800_000_000_000;

/// The made-up shop, untrained: quick to build.
pub struct Shop {
    pub key: SigningKey,
    pub items: Vec<Item>,
    /// What the shop learnt from its customers; none is untrained.
    pub artefacts: Option<Artefacts>,
    pub plan: Option<Plan>,
}

/// What is sold, read once: most of these tests' time went into that and into building bundles.
static ITEMS: LazyLock<Vec<Item>> = LazyLock::new(|| {
    let feed = include_bytes!("../../examples/data/products.tsv");
    read(&feed[..], &ImportOptions::default()).unwrap().items
});
/// The key of every phone's shop, so that they have their bundles in common.
static KEY: LazyLock<String> =
    LazyLock::new(|| SigningKey::generate().unwrap().to_pem().unwrap().to_string());
/// Bundles of `ITEMS` that are signed by `KEY`, and what they were made of.
static BUNDLES: Mutex<Vec<(Made, Vec<u8>)>> = Mutex::new(Vec::new());
/// A version, and what else differs between bundles.
type Made = (u64, Option<Artefacts>, Option<Plan>);

impl Shop {
    /// One with a key of its own.
    pub fn new() -> Self {
        Self { key: SigningKey::generate().unwrap(), items: ITEMS.clone(), artefacts: None, plan: None }
    }

    /// The one whose app is on every phone.
    fn of_phones() -> Self {
        Self { key: SigningKey::from_pem(&KEY).unwrap(), ..Self::new() }
    }

    pub fn bundle(&self, version: u64) -> Vec<u8> {
        let of_phones = SigningKey::from_pem(&KEY).unwrap().public_key() == self.key.public_key();
        if !of_phones || self.items != *ITEMS {
            return self.build(version);
        }
        let made = (version, self.artefacts.clone(), self.plan.clone());
        let mut bundles = BUNDLES.lock().unwrap();
        if let Some((_, bundle)) = bundles.iter().find(|(same, _)| *same == made) {
            return bundle.clone();
        }
        let bundle = self.build(version);
        bundles.push((made, bundle.clone()));
        bundle
    }

    fn build(&self, version: u64) -> Vec<u8> {
        let header = BundleHeader {
            store_id: STORE.into(),
            version,
            created_ms: NOW_MS,
            taxonomy: Taxonomy::default(),
            experiments: vec![experiment()],
            plan: self.plan.clone(),
            ..BundleHeader::default()
        };
        let untrained = || Artefacts::untrained(self.items.len());
        let artefacts = self.artefacts.clone().unwrap_or_else(untrained);
        build_bundle(&self.items, &artefacts, &header, &self.key).unwrap()
    }
}

impl Shop {
    /// One signed question, asked every week.
    pub fn questions(&self) -> Vec<u8> {
        self.questions_about("Kitchen")
    }

    /// The same about one part of the shop.
    pub fn questions_about(&self, part: &str) -> Vec<u8> {
        let set = serde_json::json!({
            "format": 1,
            "version": 1,
            "window_days": 7,
            "valid_from_ms": NOW_MS - 1,
            "valid_until_ms": NOW_MS + 300 * 86_400_000_i64,
            "endpoint": "https://brambly.example/reports",
            "tasks": [{
                "id": "category-interest",
                "question": "Which part of the shop interests you most?",
                "measures": "category_interest",
                "buckets": ["Nothing yet", part],
                "odds": {"num": 3, "den": 1},
                "min_batch": 1000,
            }],
        });
        TaskSet::seal(set.to_string().as_bytes(), self.key.pair()).unwrap()
    }
}

/// The plan of the example shop.
pub fn plan() -> WrittenPlan {
    WrittenPlan::parse(include_str!("../../examples/data/merchandising.toml")).unwrap()
}

/// One that nobody can be in the control of by chance.
fn experiment() -> ExperimentSpec {
    let arm = |name: &str, weight| VariantSpec { name: name.into(), weight };
    ExperimentSpec { key: "shelf".into(), variants: vec![arm("old", 0), arm("new", 1)], holdout_permille: 0 }
}

/// A phone with one engine on it.
pub struct Phone {
    pub folder: tempfile::TempDir,
    pub keys: Arc<MemoryKeyStore>,
    pub clock: Arc<ManualClock>,
    pub shop: Shop,
    pub task_set: Option<Vec<u8>>,
    pub transport: Option<Arc<dyn Transport>>,
    pub policy: Option<Vec<u8>>,
    pub widget_directory: Option<String>,
}

impl Phone {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            keys: Arc::new(MemoryKeyStore::new()),
            clock: Arc::new(ManualClock::new(NOW_MS)),
            shop: Shop::of_phones(),
            task_set: None,
            transport: None,
            policy: None,
            widget_directory: None,
        }
    }

    pub fn engine_with(&self, keys: Arc<dyn KeyStore>) -> Result<Arc<Sottovoce>, SottovoceError> {
        let home = self.folder.path().join("engine").display().to_string();
        let mut config = Config::new(STORE, &home, self.shop.key.public_key().as_bytes());
        config.task_set = self.task_set.clone();
        config.policy = self.policy.clone();
        config.widget_directory = self.widget_directory.clone();
        let (transport, clock) = (self.transport.clone(), self.clock.clone());
        let engine = Sottovoce::with_sources(config, keys, transport, clock, Arc::new(SystemRandom))?;
        engine.unlock()?;
        Ok(engine)
    }

    pub fn engine(&self) -> Arc<Sottovoce> {
        self.engine_with(self.keys.clone()).unwrap()
    }

    /// An engine with the first catalog.
    pub fn stocked(&self) -> Arc<Sottovoce> {
        let engine = self.engine();
        self.apply(&engine, &self.shop.bundle(1)).unwrap();
        engine
    }

    pub fn apply(&self, engine: &Sottovoce, bundle: &[u8]) -> Result<u64, SottovoceError> {
        let path = self.folder.path().join("download");
        std::fs::write(&path, bundle).unwrap();
        engine.catalog().install(path.display().to_string()).map(|r| r.version)
    }

    pub fn vault_files(&self) -> Vec<std::path::PathBuf> {
        files(&self.folder.path().join("engine").join("vault"))
    }
}

/// A network that is never there.
pub struct Offline;

impl Transport for Offline {
    fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Failed { reason: "offline".into() })
    }
}

pub fn give(engine: &Sottovoce, purposes: &[Purpose]) {
    let choices = purposes.iter().map(|&purpose| PurposeChoice { purpose, choice: Choice::Give }).collect();
    engine.consent().record(choices, "test".into(), "en".into()).unwrap();
}

/// A phone that knows something, so that there is something that could change.
pub fn acquainted() -> (Phone, Arc<Sottovoce>) {
    let phone = Phone::new();
    let engine = phone.stocked();
    let german = ExternalSignals { region: Some("DE".into()), ..ExternalSignals::default() };
    engine.consent().apply_signals(german).unwrap();
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    engine.preferences().set(PreferenceKey::Brand, "Copperfinch".into()).unwrap();
    (phone, engine)
}

/// A key store that may be away.
#[derive(Default)]
pub struct Away {
    keys: MemoryKeyStore,
    pub away: AtomicBool,
}

impl Away {
    fn here(&self) -> Result<&MemoryKeyStore, KeyStoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(KeyStoreError::Unavailable { reason: "away".into() });
        }
        Ok(&self.keys)
    }
}

impl KeyStore for Away {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.here()?.load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.here()?.store(alias, secret)
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.here()?.remove(alias)
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.here()?.list(prefix)
    }
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Every exported method and what it takes, as the source has it.
pub fn exported() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    for file in files(&api) {
        let text = std::fs::read_to_string(file).unwrap();
        for block in text.replace("#[blocking", "#[uniffi::export").split("#[uniffi::export").skip(1) {
            let Some((_, block)) = block.split_once("\nimpl ").filter(|(head, _)| head.lines().count() <= 1)
            else {
                continue;
            };
            let (object, methods) = block.split_once(" {").unwrap();
            let (methods, _) = methods.split_once("\n}").unwrap();
            let heads = methods.split("    pub fn ").skip(1).filter_map(|f| f.split(" {\n").next());
            let named = heads.filter_map(|head| head.split_once("("));
            found.extend(named.map(|(name, takes)| {
                let takes = takes.split_once("->").map_or(takes, |(takes, _)| takes);
                (format!("{object}::{name}"), takes.to_owned())
            }));
        }
    }
    found
}
