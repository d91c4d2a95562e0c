//! A phone that a fixture lies on, and everything its engine says about what is stored.
#![allow(dead_code, reason = "the writer and the tests share it")]

pub mod cut;
pub mod life;
pub mod said;
pub mod shop;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sottovoce::catalog::{PublicKey, public_key};
use sottovoce::clock::{DAY_MS, ManualClock};
use sottovoce::random::SystemRandom;
use sottovoce::signals::{HttpRequest, HttpResponse, Transport, TransportError};
use sottovoce::vault::{FileKeyStore, KeyStore};
use sottovoce::{Config, Sottovoce};

use crate::support::{self, NOW_MS, STORE};

const HOUR_MS: i64 = 3_600_000;
/// When `main` was left.
pub const LEFT_MS: i64 = NOW_MS + 28 * DAY_MS + HOUR_MS;
/// When the erasures were cut off.
pub const CUT_MS: i64 = LEFT_MS + HOUR_MS;
/// When the process of `killed` died.
pub const KILLED_MS: i64 = NOW_MS + 35 * DAY_MS;

/// Bytes that an engine keeps aside since format 2.
pub const RESERVE: usize = 256 * 1024;

/// What is the same in every fixture of an engine and lies in `main` only.
pub const SHARED: [&str; 2] = ["engine/catalog/catalog.svb", "engine/vault/brambly.vault"];

/// The fixtures of one format of the vault, by its number.
#[derive(Debug, Clone, Copy)]
pub struct Stored(pub u32);

impl Stored {
    /// Where a fixture lies.
    pub fn fixture(self, name: &str) -> PathBuf {
        let store = format!("tests/fixtures/store_v{}", self.0);
        Path::new(env!("CARGO_MANIFEST_DIR")).join(store).join(name)
    }

    /// What the engine of a fixture said when it was written.
    pub fn expected(self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.fixture(name).join("expected.json")).unwrap()).unwrap()
    }

    /// One of the shop's files, or of those that leave the device.
    pub fn wire(self, name: &str) -> Vec<u8> {
        std::fs::read(self.fixture("wire").join(name)).unwrap()
    }

    /// What the shop asked, one question after the other.
    pub fn asked(self) -> [&'static str; 4] {
        match self.0 {
            1 => ["category-interest", "tone-outcome", "order-value", "slot-outcome"],
            _ => ["interest-1", "interest-2", "interest-3", "interest-4"],
        }
    }

    /// The key that signed everything the shop signed.
    pub fn shop_key(self) -> PublicKey {
        public_key(&String::from_utf8(self.wire("shop.pub")).unwrap()).unwrap()
    }
}

/// A server that gives one answer and keeps what it got.
pub struct Server {
    pub status: u16,
    pub got: Mutex<Vec<HttpRequest>>,
}

impl Server {
    pub fn answering(status: u16) -> Option<Arc<Self>> {
        Some(Arc::new(Self { status, got: Mutex::default() }))
    }
}

impl Transport for Server {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.got.lock().unwrap().push(request);
        Ok(HttpResponse { status: self.status, body: Vec::new() })
    }
}

/// A phone: a folder with `engine` and `keys`, a clock, and what the app brings along.
pub struct Home {
    pub stored: Stored,
    folder: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
    pub tasks: Option<Vec<u8>>,
    pub server: Option<Arc<Server>>,
}

impl Home {
    pub fn new(stored: Stored, now_ms: i64) -> Self {
        Self {
            stored,
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::new(now_ms)),
            tasks: None,
            server: None,
        }
    }

    /// A copy of a fixture, at a time.
    pub fn of(stored: Stored, name: &str, now_ms: i64) -> Self {
        let home = Self { tasks: Some(stored.wire("tasks_3.signed")), ..Self::new(stored, now_ms) };
        support::copy(&stored.fixture(name), home.path());
        for file in SHARED {
            let place = home.path().join(file);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::copy(stored.fixture("main").join(file), place).unwrap();
        }
        if stored.0 > 1 {
            std::fs::write(home.reserve(), [0; RESERVE]).unwrap();
        }
        home
    }

    /// The space that an engine keeps aside. Its bytes mean nothing, so they are in no fixture.
    pub fn reserve(&self) -> PathBuf {
        self.engine().join("vault/brambly.reserve")
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn engine(&self) -> PathBuf {
        self.folder.path().join("engine")
    }

    pub fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    pub fn key_store(&self) -> Arc<FileKeyStore> {
        Arc::new(FileKeyStore::new(self.keys()))
    }

    pub fn config(&self) -> Config {
        let mut config =
            Config::new(STORE, &self.engine().display().to_string(), self.stored.shop_key().as_bytes());
        config.task_set = self.tasks.clone();
        config
    }

    pub fn open_with(&self, keys: Arc<dyn KeyStore>) -> sottovoce::api::Result<Arc<Sottovoce>> {
        let server = self.server.clone().map(|server| server as Arc<dyn Transport>);
        let random = Arc::new(SystemRandom);
        let engine = Sottovoce::with_sources(self.config(), keys, server, self.clock.clone(), random)?;
        engine.unlock()?;
        Ok(engine)
    }

    pub fn open(&self) -> Arc<Sottovoce> {
        self.open_with(self.key_store()).unwrap()
    }
}
