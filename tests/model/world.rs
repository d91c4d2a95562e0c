//! The world of one life: folders, engines on them, the shop, the phone's clock, and the model beside each.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use std::{fs, io};

use sottovoce::catalog::{Artefacts, BundleHeader, Item, SigningKey, Taxonomy, build_bundle};
use sottovoce::clock::{Clock as _, ManualClock};
use sottovoce::consent::Policy;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::signals::TaskSet;
use sottovoce::{Config, Sottovoce, SottovoceError};

use super::faults::{Keys, Seeded, SmallDisk, Wire};
use super::model::{Fact, Hard, Soft};
use super::run::Totals;
use super::steps::DAY_MS;
use super::teeth::Tooth;
use super::time::DeviceTime;
use super::view::{Live, Surroundings};

pub const STORE: &str = "tiny";
pub const NOW_MS: i64 = 1_800_000_000_000;
pub const ITEMS: [&str; 5] = ["kettle", "mug", "grinder", "filter", "tea"];
/// Longer than any call may wait for another: nothing in a life runs beside it.
const PATIENCE: Duration = Duration::from_secs(30);
const BASELINE: &str = include_str!("../../src/consent/policy/baseline.json");

/// The sensitive topic that an item is about.
pub fn topic(item: usize) -> Option<SensitiveTag> {
    (ITEMS[item] == "tea").then_some(SensitiveTag::Health)
}

/// What must not happen, and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub what: &'static str,
    pub detail: String,
}

pub fn breach<T>(what: &'static str, detail: impl std::fmt::Debug) -> Result<T, Breach> {
    Err(Breach { what, detail: format!("{detail:?}") })
}

/// A shop of five products, signed once for all lives.
pub struct Shop {
    pub key: SigningKey,
    pub bundles: Vec<Vec<u8>>,
    pub policy: Vec<u8>,
    pub tasks: Vec<u8>,
}

impl Shop {
    pub fn get() -> &'static Self {
        static SHOP: OnceLock<Shop> = OnceLock::new();
        SHOP.get_or_init(Self::new)
    }

    fn new() -> Self {
        let key = SigningKey::generate().unwrap();
        let item = |at: usize| Item {
            id: ITEMS[at].into(),
            title: format!("{} of the shop", ITEMS[at]),
            sensitive_tags: topic(at).into_iter().collect(),
            ..Item::default()
        };
        let items: Vec<Item> = (0..ITEMS.len()).map(item).collect();
        let header = |version| BundleHeader {
            store_id: STORE.into(),
            version,
            created_ms: NOW_MS,
            taxonomy: Taxonomy::default(),
            ..BundleHeader::default()
        };
        let untrained = Artefacts::untrained(items.len());
        let bundles = (1..=3).map(|v| build_bundle(&items, &untrained, &header(v), &key).unwrap()).collect();
        let mut policy: serde_json::Value = serde_json::from_str(BASELINE).unwrap();
        policy["id"] = STORE.into();
        policy["version"] = 1.into();
        policy["sensitive"]["tags"] = serde_json::json!(["health", "pregnancy"]);
        let policy = Policy::seal(policy.to_string().as_bytes(), key.pair()).unwrap();
        let tasks = serde_json::json!({
            "format": 1, "version": 1, "window_days": 7,
            "valid_from_ms": NOW_MS - 20 * DAY_MS, "valid_until_ms": NOW_MS + 370 * DAY_MS,
            "endpoint": "https://tiny.example/reports",
            "tasks": [{
                "id": "interest", "question": "What interests you most?", "measures": "category_interest",
                "buckets": ["Nothing yet", "Kitchen"], "odds": {"num": 3, "den": 1}, "min_batch": 1000,
            }],
        });
        let tasks = TaskSet::seal(tasks.to_string().as_bytes(), key.pair()).unwrap();
        Self { key, bundles, policy, tasks }
    }
}

/// A folder, what the model knows of it, and the engine on it.
pub struct Slot {
    pub path: PathBuf,
    pub soft: Soft,
    pub engine: Option<Arc<Sottovoce>>,
    /// The engine is there and unlocked.
    pub open: bool,
    /// The user shops in private, as long as this engine is there.
    pub private: bool,
    /// Surroundings that were told and not stored: as long as this engine is there, any later call may take them up.
    pub untold: Option<Surroundings>,
    pub live: Live,
}

impl Slot {
    /// What a copy of the folder holds.
    pub fn left_behind(&self) -> Soft {
        let mut soft = self.soft.clone();
        if self.open {
            soft.end_visit();
            soft.was_behind |= self.live.behind;
        }
        soft
    }
}

/// Everything.
pub struct World {
    pub slots: Vec<Slot>,
    pub active: usize,
    pub hard: Vec<Hard>,
    pub backups: Vec<(PathBuf, Soft)>,
    pub keys: Arc<Keys>,
    pub wire: Arc<Wire>,
    pub clock: Arc<ManualClock>,
    pub random: Arc<Seeded>,
    pub disk: SmallDisk,
    pub folder: PathBuf,
    pub names: u32,
    pub canaries: u32,
    pub tooth: Option<Tooth>,
    /// Items of the key store that a lie brings back.
    pub old_items: BTreeMap<String, Vec<u8>>,
    /// Whether the key store failed in the latest call.
    pub struck: bool,
    /// The key store has failed: an item may be left in it that should be gone.
    pub items_left: bool,
    /// Whether anything was ever wrong in this life.
    pub troubled_ever: bool,
    /// Tells about every call.
    pub trace: bool,
    pub counts: Totals,
}

impl World {
    pub fn new(seed: u64, folder: PathBuf, disk: SmallDisk, tooth: Option<Tooth>) -> Self {
        Self {
            slots: Vec::new(),
            active: 0,
            hard: vec![Hard::default()],
            backups: Vec::new(),
            keys: Arc::default(),
            wire: Arc::new(Wire::new()),
            clock: Arc::new(ManualClock::new(NOW_MS)),
            random: Arc::new(Seeded::new(seed)),
            disk,
            folder,
            names: 0,
            canaries: 0,
            tooth,
            old_items: BTreeMap::new(),
            struck: false,
            items_left: false,
            troubled_ever: false,
            trace: std::env::var_os("SOTTOVOCE_MODEL_TRACE").is_some(),
            counts: Totals::default(),
        }
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// A path that was never used.
    pub fn new_path(&mut self) -> PathBuf {
        self.names += 1;
        self.disk.folder().unwrap_or(&self.folder).join(format!("engine-{}", self.names))
    }

    pub fn hard_of(&mut self, at: usize) -> &mut Hard {
        &mut self.hard[self.slots[at].soft.install]
    }

    pub fn config(&self, path: &Path) -> Config {
        let shop = Shop::get();
        let mut config = Config::new(STORE, &path.display().to_string(), shop.key.public_key().as_bytes());
        config.policy = Some(shop.policy.clone());
        config.task_set = Some(shop.tasks.clone());
        config
    }

    pub fn engine(&self, path: &Path) -> Arc<Sottovoce> {
        let (keys, wire) = (self.keys.clone(), self.wire.clone());
        let (clock, random) = (self.clock.clone(), self.random.clone());
        Sottovoce::with_sources(self.config(path), keys, Some(wire), clock, random).unwrap()
    }

    /// Calls an engine: it may not panic, wait for ever, or fail without a reason that the world knows of.
    pub fn call<T>(
        &mut self,
        at: usize,
        what: &'static str,
        work: impl FnOnce(&Sottovoce) -> Result<T, SottovoceError>,
    ) -> Result<Result<T, SottovoceError>, Breach> {
        self.struck = false;
        self.keys.could_not_be_read();
        self.ask(at, what, work)
    }

    /// As [`call`](Self::call), where nothing is changed: what the last change met with stays known.
    pub fn ask<T>(
        &mut self,
        at: usize,
        what: &'static str,
        work: impl FnOnce(&Sottovoce) -> Result<T, SottovoceError>,
    ) -> Result<Result<T, SottovoceError>, Breach> {
        let Some(engine) = self.slots[at].engine.clone() else { return breach("no engine", what) };
        self.keys.take_struck();
        self.counts.calls += 1;
        let begun = Instant::now();
        let Ok(done) = catch_unwind(AssertUnwindSafe(|| work(&engine))) else {
            return breach("a panic", what);
        };
        if begun.elapsed() > PATIENCE {
            return breach("a call that waits", (what, begun.elapsed()));
        }
        self.struck |= self.keys.take_struck();
        self.items_left |= self.struck;
        self.troubled_ever |= self.is_troubled(at);
        self.counts.troubled += u64::from(self.struck || self.disk.is_full());
        if self.trace {
            let (failed, settled) = (done.as_ref().err(), engine.status().settled);
            println!("    {at} {what}: {failed:?}, struck {}, settled {settled}", self.struck);
        }
        match &done {
            Err(e) if !self.explains(at, e) => breach("an error without a reason", (what, e)),
            _ => Ok(done),
        }
    }

    /// Whether the state of the world is a reason for this error.
    fn explains(&self, at: usize, error: &SottovoceError) -> bool {
        use SottovoceError as E;
        match error {
            E::KeyStoreUnavailable { .. } | E::WrongKey => self.struck,
            E::Storage { .. } | E::File { .. } => self.disk.is_full(),
            E::Displaced | E::Busy => self.slots[at].live.behind,
            // The model says whether these are right.
            E::ConsentRequired { .. } | E::NotAskable { .. } | E::NotGivable { .. } | E::Rejected { .. } => {
                true
            }
            E::InvalidArgument { field, .. } => ["choices", "purposes"].contains(&field.as_str()),
            _ => false,
        }
    }

    /// Whether something is wrong at the moment that lets a call come to half an end.
    pub fn is_troubled(&self, at: usize) -> bool {
        self.struck || self.disk.is_full() || self.slots[at].live.behind
    }

    /// What an older copy must not take back. Until the engine says that all is settled it holds in this folder alone.
    pub fn promise(&mut self, at: usize, facts: impl IntoIterator<Item = Fact>) {
        let slot = &self.slots[at];
        let firm = !self.struck && !slot.live.behind && !slot.soft.owed;
        for fact in facts {
            if let Fact::Denied(subject) = fact {
                self.hard_of(at).denied_ever.insert(subject);
            }
            // A report that hangs on something else that is denied is seen until the disk lets it be destroyed.
            let seen = matches!(fact, Fact::Report(_)) && self.disk.is_full();
            if firm && !seen {
                self.hard_of(at).facts.insert(fact);
                self.hard_of(at).shaky.remove(&fact);
            } else if !self.hard_of(at).facts.contains(&fact) {
                self.slots[at].soft.pending.insert(fact);
                self.hard_of(at).shaky.insert(fact);
            }
        }
    }

    /// What was promised is anchored.
    pub fn settle(&mut self, at: usize) {
        self.slots[at].soft.beside.clear();
        for fact in std::mem::take(&mut self.slots[at].soft.pending) {
            self.hard_of(at).shaky.remove(&fact);
            self.hard_of(at).facts.insert(fact);
        }
    }

    /// A change here may have put something beside the key: other copies are behind now.
    pub fn touch(&mut self, at: usize) {
        let install = self.slots[at].soft.install;
        self.hard[install].version += 1;
        let version = self.hard[install].version;
        for (i, slot) in self.slots.iter_mut().enumerate().filter(|(_, s)| s.soft.install == install) {
            if i == at && !slot.live.behind {
                slot.soft.version = version;
            } else if i != at && slot.open {
                (slot.live.behind, slot.live.stale) = (true, true);
            }
        }
    }

    /// A slot on a folder that is not open.
    pub fn add_slot(&mut self, path: PathBuf, soft: Soft) {
        let live = Live::new(Surroundings::default(), DeviceTime::new(self.now_ms()));
        self.slots.push(Slot { path, soft, engine: None, open: false, private: false, untold: None, live });
    }

    /// Notes that an engine is closed.
    pub fn close(&mut self, at: usize) {
        let slot = &mut self.slots[at];
        slot.soft = slot.left_behind();
        slot.open = false;
    }

    /// Lets go of an engine without a word to it.
    pub fn drop_engine(&mut self, at: usize) {
        self.close(at);
        (self.slots[at].engine, self.slots[at].private) = (None, false);
    }

    /// Copies the folder of a slot as a kill would leave it.
    pub fn copy_of(&mut self, at: usize, to: &Path) {
        copy(&self.slots[at].path, to).unwrap();
    }

    /// Room on the disk for what is not the engine's.
    pub fn with_room(&mut self, work: impl FnOnce(&mut Self)) {
        let full = self.disk.is_full();
        if full {
            self.disk.free();
        }
        work(self);
        if full {
            self.disk.fill(0);
        }
    }
}

/// Copies a folder without the index of a log, which does not outlive a process.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else if !entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}
