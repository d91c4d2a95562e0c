//! A shop with three products and a device in it: the engine as an app has it, on a folder of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;
use sottovoce::catalog::import::ImportOptions;
use sottovoce::catalog::{Catalog, PatchHeader, PublicKey, SigningKey, build_delta, build_patch};
use sottovoce::clock::{Clock as _, ManualClock};
use sottovoce::consent::Policy;
use sottovoce::random::{RandomError, SecureRandom};
use sottovoce::signals::{HttpRequest, HttpResponse, Transport, TransportError};
use sottovoce::vault::FileKeyStore;
use sottovoce::{Config, Sottovoce, SottovoceError};

use super::recorder::{Mark, Tape, Tree, put};
use super::support::{NOW_MS, STORE, Shop};
use super::vault_support::disk::Rng;
use super::vault_support::fast_folder;

const BASELINE: &str = include_str!("../../src/consent/policy/baseline.json");
/// The shop's key, so that a seed always makes the same life.
const SIGNING_KEY: &[u8] =
    b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20a shop that sells three products";
/// The numbers of the products.
pub const ITEMS: [u32; 3] = [9001, 9002, 9003];

/// What is looked for in places where it may not be any more: a word with a number.
pub fn canary(number: u32) -> String {
    format!("zq{number:04}qz")
}

/// The numbers of all canaries in some bytes.
pub fn canaries(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    memchr::memmem::find_iter(bytes, b"zq").filter_map(|at| {
        let digits = bytes.get(at + 2..at + 8)?.strip_suffix(b"qz")?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}

fn shop(version: u64) -> Shop {
    static SHOP: LazyLock<Shop> = LazyLock::new(Shop::new);
    let mut items: Vec<_> = SHOP.items.iter().step_by(40).take(ITEMS.len()).cloned().collect();
    for (item, number) in items.iter_mut().zip(ITEMS) {
        item.id = canary(number);
        item.title = format!("{} {version}", item.title);
    }
    Shop { key: SigningKey::from_pkcs8(SIGNING_KEY).unwrap(), items, artefacts: None, plan: None }
}

/// The shop's policy: the baseline with a sensitive topic. Every version asks again about offers, every third about
/// history; every fourth forbids ranking.
pub fn policy(version: u64) -> Vec<u8> {
    let mut json: Value = serde_json::from_str(BASELINE).unwrap();
    (json["id"], json["version"]) = ("brambly".into(), version.into());
    json["sensitive"]["tags"] = serde_json::json!(["health"]);
    for terms in json["purposes"].as_array_mut().unwrap() {
        match terms["id"].as_str() {
            Some("offers") => terms["retention_days"] = (10 + version).into(),
            Some("history") => terms["retention_days"] = (200 + version / 3).into(),
            _ => {}
        }
    }
    if version.is_multiple_of(4) {
        for region in json["regions"].as_array_mut().unwrap() {
            region["mechanisms"]["ranking"] = "prohibited".into();
        }
    }
    Policy::seal(json.to_string().as_bytes(), shop(1).key.pair()).unwrap()
}

/// Randomness from a seed.
pub struct Seeded(Mutex<Rng>);

impl SecureRandom for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let mut rng = self.0.lock().unwrap();
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&rng.next().to_le_bytes()[..chunk.len()]));
        Ok(())
    }
}

/// The way to the shop's server, which keeps what it gets.
#[derive(Default)]
pub struct Post {
    pub got: Mutex<Vec<Vec<u8>>>,
    pub down: AtomicBool,
    pub tape: Mutex<Option<Arc<Tape>>>,
}

impl Transport for Post {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(TransportError::Failed { reason: "down".into() });
        }
        let mut got = self.got.lock().unwrap();
        got.push(request.body);
        if let Some(tape) = &*self.tape.lock().unwrap() {
            tape.mark(Mark::Sent(got.len() - 1));
        }
        Ok(HttpResponse { status: 200, body: Vec::new() })
    }
}

/// A device; everything that the engine and its key store write lies in one folder.
pub struct Device {
    folder: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
    pub post: Arc<Post>,
    /// Whether the widget's shelf lies in a folder that the app shares with it.
    pub shares: bool,
    /// The version of the policy that the app brings along.
    pub policy: u64,
    seed: u64,
    opened: u64,
    engine: Option<Arc<Sottovoce>>,
}

impl Device {
    pub fn new(seed: u64, shares: bool) -> Self {
        let folder = fast_folder();
        std::fs::create_dir(folder.path().join("app")).unwrap();
        let clock = Arc::new(ManualClock::new(NOW_MS));
        Self { folder, clock, post: Arc::default(), shares, policy: 1, seed, opened: 0, engine: None }
    }

    /// What would be lost with the device.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    pub fn config(&self) -> Config {
        let at = |part: &str| self.root().join(part).display().to_string();
        static KEY: LazyLock<PublicKey> = LazyLock::new(|| shop(1).key.public_key());
        let mut config = Config::new(STORE, &at("engine"), KEY.as_bytes());
        config.policy = Some(brought_along(self.policy));
        config.task_set = Some(questions().clone());
        config.widget_directory = self.shares.then(|| at("shared"));
        config
    }

    pub fn keys(&self) -> FileKeyStore {
        FileKeyStore::new(self.root().join("keys"))
    }

    /// Closes the engine, if it is open, and opens a new one.
    pub fn open(&mut self) -> Result<(), SottovoceError> {
        self.close();
        self.opened += 1;
        let random = Arc::new(Seeded(Mutex::new(Rng::new(self.seed ^ (self.opened << 48)))));
        let (keys, clock) = (Arc::new(self.keys()), Arc::clone(&self.clock));
        let engine =
            Sottovoce::with_sources(self.config(), keys, Some(Arc::clone(&self.post) as _), clock, random)?;
        self.engine = Some(Arc::clone(&engine));
        engine.unlock().map(drop)
    }

    pub fn close(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.shutdown();
        }
    }

    pub fn engine(&self) -> &Sottovoce {
        self.engine.as_ref().unwrap()
    }

    /// Installs a version of the catalog: by a delta, where every other one follows the one before, and else as a whole. Of the
    /// version that is there already, a patch.
    pub fn install(&self, version: u64) -> Result<(), SottovoceError> {
        static BUNDLES: LazyLock<Vec<Vec<u8>>> =
            LazyLock::new(|| (0..12).map(|v| shop(v).bundle(v)).collect());
        let path = self.folder.path().join("download");
        let bundle = &BUNDLES[version as usize];
        let file = match self.engine().status().catalog_version {
            Some(before) if before == version => self.patch(bundle),
            Some(before) if before + 1 == version && version.is_multiple_of(2) => {
                build_delta(&BUNDLES[before as usize], bundle).unwrap()
            }
            _ => bundle.clone(),
        };
        std::fs::write(&path, file).unwrap();
        self.engine().catalog().install(path.display().to_string()).map(drop)
    }

    /// A patch whose number is the time.
    fn patch(&self, bundle: &[u8]) -> Vec<u8> {
        let created_ms = self.clock.now_ms();
        let header = PatchHeader { number: created_ms.unsigned_abs(), created_ms, expires_ms: i64::MAX };
        let base = Catalog::from_bytes(bundle).unwrap();
        let feed = format!("id,availability\n{},out of stock\n", base.item_id(0));
        let key = &shop(base.version()).key;
        build_patch(&base, feed.as_bytes(), &ImportOptions::default(), &header, key).unwrap().bytes
    }

    /// Puts a state in the place of what is there, and uses other randomness from here on.
    pub fn place(&mut self, tree: &Tree, seed: u64) {
        self.close();
        self.seed = seed;
        std::fs::remove_dir_all(self.root()).unwrap();
        std::fs::create_dir(self.root()).unwrap();
        put(tree, &self.root());
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.close();
    }
}

fn brought_along(version: u64) -> Vec<u8> {
    static SIGNED: Mutex<BTreeMap<u64, Vec<u8>>> = Mutex::new(BTreeMap::new());
    SIGNED.lock().unwrap().entry(version).or_insert_with(|| policy(version)).clone()
}

fn questions() -> &'static Vec<u8> {
    static QUESTIONS: LazyLock<Vec<u8>> = LazyLock::new(|| shop(1).questions());
    &QUESTIONS
}
