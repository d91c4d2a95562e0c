//! The engine itself: the object an app makes first. Each object that it hands out is in a file of its own, with the accessor.

use std::path::Path;
use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::config::Config;
use crate::api::engine::{Engine, despite_damage};
use crate::api::error::{Result, SottovoceError};
use crate::api::listener::{Change, Listener, Subscription};
use crate::base::clock::{Clock, SystemClock};
use crate::base::log;
use crate::base::log::Logger;
use crate::base::random::{SecureRandom, SystemRandom};
use crate::catalog::CatalogPatch;
use crate::consent::ErasureReport;
use crate::profile::ShoppingMode;
use crate::signals::Transport;
use crate::vault;
use crate::vault::{Integrity, KeyStore, Opening, Repair, Unreadable};

/// The state of the engine, from memory.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EngineStatus {
    /// Whether the vault is open.
    pub unlocked: bool,
    /// What opening found: whether the data is new, and why older data could not be used.
    pub opening: Option<Opening>,
    /// What was erased while opening: an interrupted erasure was finished, or consent had expired.
    pub erased: Option<ErasureReport>,
    /// Whether all pending work is done. If not, an erasure is unfinished, or an older copy of the folder could still
    /// undo a denial or a charge, because the disk or the key store failed. Denied data is not used in the meantime;
    /// unlock, maintenance and the next change of consent try again. The same goes for a denial that failed with an
    /// error, until the process ends: repeat the call if that comes first.
    pub settled: bool,
    /// Records that were found unreadable, by compartment. They stay until they are erased.
    pub unreadable: Vec<Unreadable>,
    /// Data of a newer version of this library that was found. It is neither used nor changed: update the app. If it
    /// concerns consent, nothing is allowed until then.
    pub newer: Vec<String>,
    /// How the user is shopping. Private mode and shopping for somebody else hold while this engine is there, locked or not; a
    /// new one begins as usual. Show this, so that nobody believes to be in private who is not any more.
    pub mode: ShoppingMode,
    /// Version of the catalog in use; none before a catalog was read.
    pub catalog_version: Option<u64>,
    /// What became of the patch of that catalog, if one was installed.
    pub catalog_patch: Option<CatalogPatch>,
    /// Version of this library.
    pub sdk_version: String,
}

/// One shop's engine on one device. Keep one for each folder. It is thread-safe.
#[derive(uniffi::Object)]
pub struct Sottovoce {
    pub(super) engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// Creates an engine without access to disk, key store or network: safe on the main thread. Until unlock
    /// succeeds, it serves shelves that are the same for everyone. Fails with `InvalidArgument` for an invalid
    /// configuration.
    #[uniffi::constructor(default(transport = None))]
    pub fn new(
        config: Config,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Arc<Self>> {
        Self::with_sources(config, key_store, transport, Arc::new(SystemClock), Arc::new(SystemRandom))
    }

    /// The state of the engine, from memory.
    pub fn status(&self) -> EngineStatus {
        let (opened, catalog) = (self.engine.peek(), self.engine.peek_catalog());
        EngineStatus {
            unlocked: opened.is_some(),
            opening: opened.as_ref().map(|o| o.found()),
            erased: opened.as_ref().and_then(|o| o.erased.clone()),
            mode: self.engine.mode(),
            catalog_version: catalog.as_ref().map(|c| c.version()),
            catalog_patch: catalog.and_then(|c| c.patch()),
            settled: opened.as_ref().is_none_or(|o| o.gate.is_settled()),
            unreadable: opened.as_ref().map(|o| o.gate.unreadable()).unwrap_or_default(),
            newer: opened.as_ref().map(|o| o.newer()).unwrap_or_default(),
            sdk_version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Registers the listener for changes, in place of the one before; none removes it.
    pub fn set_listener(&self, listener: Option<Arc<dyn Listener>>) {
        self.engine.listeners.set(listener);
    }

    /// Adds a listener for changes beside all others. It is told until the subscription is cancelled, or the engine is gone;
    /// whoever does not keep the subscription keeps the listener.
    pub fn subscribe(&self, listener: Arc<dyn Listener>) -> Arc<Subscription> {
        Arc::new(self.engine.listeners.subscribe(listener))
    }

    /// Closes the files and wipes keys and user data from memory. Only unlock opens them again. Until then every call
    /// that needs them fails with `Locked`. Calls of `consent` and `data` that have begun finish first, for at most two
    /// seconds; other running calls are refused. It may block for at most five seconds, if the key store does not answer.
    pub fn shutdown(&self) {
        if self.engine.shutdown() {
            self.engine.tell(Change::Profile);
        }
    }
}

#[blocking]
impl Sottovoce {
    /// Creates an engine and unlocks it. Keep one engine for each folder. Without a transport no report leaves the device; a
    /// logger is registered for all engines of this process.
    #[foreign(default(transport = None, logger = None))]
    pub fn open(
        config: Config,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
        logger: Option<Arc<dyn Logger>>,
    ) -> Result<Arc<Self>> {
        if logger.is_some() {
            log::set_logger(logger);
        }
        let engine = Self::new(config, key_store, transport)?;
        engine.unlock()?;
        Ok(engine)
    }

    /// Opens the vault: one call of the key store, no network. If it fails with `KeyStoreUnavailable`, call it again
    /// later. While the key store does not answer another unlock, it fails with `Busy` after five seconds; it also fails with `Busy`
    /// while a call that was under way at `shutdown` has not ended.
    pub fn unlock(&self) -> Result<EngineStatus> {
        let was_open = self.engine.peek().is_some();
        self.engine.unlock()?;
        if !was_open {
            self.engine.tell(Change::Profile);
        }
        Ok(self.status())
    }

    /// Reads all stored data and reports what is wrong, without repairing anything. It takes as long as reading all
    /// data: use it for diagnosis, not at every start.
    pub fn integrity(&self) -> Result<Integrity> {
        let opened = self.engine.opened()?;
        Ok(despite_damage(|| opened.gate.integrity())?)
    }

    /// Reports what a repair would delete, and deletes it if `apply` is true: records that cannot be read any more,
    /// and files that were set aside. Readable data stays.
    pub fn repair(&self, apply: bool) -> Result<Repair> {
        let opened = self.engine.opened()?;
        Ok(despite_damage(|| opened.gate.repair(apply))?)
    }
}

impl Sottovoce {
    /// Creates an engine with its own clock and randomness, for tests and replays.
    ///
    /// # Errors
    /// [`SottovoceError::InvalidArgument`](crate::api::SottovoceError::InvalidArgument) for a
    /// configuration that cannot be used.
    pub fn with_sources(
        config: Config,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<Arc<Self>> {
        let engine = Arc::new(Engine::new(config, key_store, transport, clock, random)?);
        Ok(Arc::new(Self { engine }))
    }
}

/// Registers a logger for all engines of this process; none removes it. Log lines contain no user data. They arrive
/// on their own thread, and some are lost if the logger is too slow.
#[uniffi::export(default(logger = None))]
pub fn set_logger(logger: Option<Arc<dyn Logger>>) {
    log::set_logger(logger);
}

/// Removes the items of earlier installations from the key store and returns their number. `keep` must list the
/// directories of all engines that use this key store, as in their configurations. All data in any other directory
/// becomes permanently unreadable. Fails with `InvalidArgument` if a directory is not there: its keys could not be told from
/// others, and a relative one means another place after the process has changed its own.
#[blocking]
pub fn remove_other_keys(key_store: Arc<dyn KeyStore>, keep: Vec<String>) -> Result<u32> {
    if let Some(missing) = keep.iter().find(|directory| !Path::new(directory).is_dir()) {
        return Err(SottovoceError::argument("keep", &format!("there is no directory `{missing}`")));
    }
    let folders: Vec<_> = keep.iter().map(|directory| Config::vault_folder_in(directory)).collect();
    Ok(vault::remove_other_keys(key_store, &folders)?)
}
