//! The engine itself: the object an app makes first.

use std::sync::Arc;

use crate::api::catalog::CatalogApi;
use crate::api::config::Config;
use crate::api::consent::ConsentApi;
use crate::api::data::DataApi;
use crate::api::engine::{Engine, despite_damage};
use crate::api::error::Result;
use crate::api::events::EventsApi;
use crate::api::experiments::ExperimentsApi;
use crate::api::listener::Listener;
use crate::api::preferences::PreferencesApi;
use crate::api::privacy::PrivacyApi;
use crate::api::profile::ProfileApi;
use crate::api::ranking::RankingApi;
use crate::api::search::SearchApi;
use crate::base::clock::{Clock, SystemClock};
use crate::base::log;
use crate::base::log::Logger;
use crate::base::random::{SecureRandom, SystemRandom};
use crate::consent::ErasureReport;
use crate::signals::Transport;
use crate::vault;
use crate::vault::{Integrity, KeyStore, Opening, Repair, Unreadable};

/// How the engine stands, from memory.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EngineStatus {
    /// Whether the vault is open.
    pub unlocked: bool,
    /// What opening found: whether the data is new, and why earlier data could not be used.
    pub opening: Option<Opening>,
    /// What was erased while opening: an erasure had been cut off, or a yes had run out.
    pub erased: Option<ErasureReport>,
    /// Whether everything that was promised is done. If not, an erasure is unfinished or an older copy of the folder
    /// could still undo a denial or a charge, because the disk or the key store failed. Nothing that was denied is
    /// used; unlocking and maintenance try again.
    pub settled: bool,
    /// Records that were met and cannot be read, by compartment. They are set aside until they are erased.
    pub unreadable: Vec<Unreadable>,
    /// What was met that a newer version of this library wrote. It is neither used nor changed: update the app. Where it
    /// concerns consent, nothing is allowed until then.
    pub newer: Vec<String>,
    /// Version of the catalog in use; none before anything was read from it.
    pub catalog_version: Option<u64>,
    /// Version of this library.
    pub sdk_version: String,
}

/// One shop's engine on one device. Keep one for each folder; it may be used from any thread.
#[derive(uniffi::Object)]
pub struct Sottovoce {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// Makes an engine without touching disk, key store or network: safe on the main thread.
    /// Until unlock succeeds it serves shelves that are the same for everyone.
    #[uniffi::constructor(default(transport = None))]
    pub fn new(
        config: Config,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Arc<Self>> {
        Self::with_sources(config, key_store, transport, Arc::new(SystemClock), Arc::new(SystemRandom))
    }

    /// Opens the vault: one call of the key store, no network. Blocks, so call it off the main
    /// thread. When the key store is not available yet, call it again later.
    pub fn unlock(&self) -> Result<EngineStatus> {
        self.engine.unlock()?;
        Ok(self.status())
    }

    /// How the engine stands, from memory.
    pub fn status(&self) -> EngineStatus {
        let opened = self.engine.peek();
        EngineStatus {
            unlocked: opened.is_some(),
            opening: opened.as_ref().map(|o| o.found()),
            erased: opened.as_ref().and_then(|o| o.erased.clone()),
            catalog_version: self.engine.peek_catalog().map(|c| c.version()),
            settled: opened.as_ref().is_none_or(|o| o.gate.is_settled()),
            unreadable: opened.as_ref().map(|o| o.gate.unreadable()).unwrap_or_default(),
            newer: opened.as_ref().map(|o| o.newer()).unwrap_or_default(),
            sdk_version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Reads everything that is stored and tells what does not fit, without repairing anything. Takes
    /// as long as reading it; for a diagnosis, not for every start. Blocks.
    pub fn integrity(&self) -> Result<Integrity> {
        let opened = self.engine.opened()?;
        Ok(despite_damage(|| opened.gate.integrity())?)
    }

    /// Tells what a repair would give up, and with `apply` gives it up: records that cannot be read any more, and files
    /// that were put aside. Nothing that can be read goes. Blocks.
    pub fn repair(&self, apply: bool) -> Result<Repair> {
        let opened = self.engine.opened()?;
        Ok(despite_damage(|| opened.gate.repair(apply))?)
    }

    /// Whom to tell about changes; none stops telling.
    pub fn set_listener(&self, listener: Option<Arc<dyn Listener>>) {
        self.engine.set_listener(listener);
    }

    /// Closes the files and wipes keys and everything known from memory. Only unlock opens them again; until then every
    /// call that needs them fails with Locked, and what was under way is refused.
    pub fn shutdown(&self) {
        self.engine.shutdown();
    }

    /// Consent: what is allowed, asking, taking back.
    pub fn consent(&self) -> Arc<ConsentApi> {
        Arc::new(ConsentApi::new(self.engine.clone()))
    }

    /// What the user says about themselves.
    pub fn preferences(&self) -> Arc<PreferencesApi> {
        Arc::new(PreferencesApi::new(self.engine.clone()))
    }

    /// What the user does.
    pub fn events(&self) -> Arc<EventsApi> {
        Arc::new(EventsApi::new(self.engine.clone()))
    }

    /// The signed catalog.
    pub fn catalog(&self) -> Arc<CatalogApi> {
        Arc::new(CatalogApi::new(self.engine.clone()))
    }

    /// Shelves.
    pub fn ranking(&self) -> Arc<RankingApi> {
        Arc::new(RankingApi::new(self.engine.clone()))
    }

    /// Search.
    pub fn search(&self) -> Arc<SearchApi> {
        Arc::new(SearchApi::new(self.engine.clone()))
    }

    /// What is known, why it was shown, and how to correct it.
    pub fn profile(&self) -> Arc<ProfileApi> {
        Arc::new(ProfileApi::new(self.engine.clone()))
    }

    /// Tests of the app that this device takes part in.
    pub fn experiments(&self) -> Arc<ExperimentsApi> {
        Arc::new(ExperimentsApi::new(self.engine.clone()))
    }

    /// The user's data as a whole: a copy of it, and its end.
    pub fn data(&self) -> Arc<DataApi> {
        Arc::new(DataApi::new(self.engine.clone()))
    }

    /// What would leave the device, before it does.
    pub fn privacy(&self) -> Arc<PrivacyApi> {
        Arc::new(PrivacyApi::new(self.engine.clone()))
    }
}

impl Sottovoce {
    /// Makes an engine and unlocks it.
    ///
    /// # Errors
    /// As [`new`](Self::new) and [`unlock`](Self::unlock).
    pub fn open(config: Config, key_store: Arc<dyn KeyStore>) -> Result<Arc<Self>> {
        let engine = Self::new(config, key_store, None)?;
        engine.unlock()?;
        Ok(engine)
    }

    /// Makes an engine with its own sources of time and randomness, for tests and replays.
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

/// Hands what the engines of this process have to say to the app's log; none ends that. Lines carry no user data. They
/// come on a thread of their own, and some are lost where the logger does not keep up.
#[uniffi::export(default(logger = None))]
pub fn set_logger(logger: Option<Arc<dyn Logger>>) {
    log::set_logger(logger);
}

/// Removes what earlier installations left in the key store, and tells how many items that was. `keep` names the
/// directories of every engine that this key store serves, as their configurations do. Items of a directory that is
/// not named are gone for good, and with them everything that is stored there. Blocks.
#[uniffi::export]
pub fn remove_other_keys(key_store: Arc<dyn KeyStore>, keep: Vec<String>) -> Result<u32> {
    let folders: Vec<_> = keep.iter().map(|directory| Config::vault_folder_in(directory)).collect();
    Ok(vault::remove_other_keys(key_store, &folders)?)
}
