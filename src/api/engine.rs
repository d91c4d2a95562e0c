//! What all objects of one engine share. Opening is lazy; reads take what is in memory.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use once_cell::sync::OnceCell;

use super::config::Config;
use super::error::{Result, SottovoceError};
use super::listener::{Change, Listener};
use super::newest;
use crate::catalog::Catalog;
use crate::catalog::PublicKey;
use crate::clock::{Clock, DAY_MS};
use crate::consent::{ConsentError, ErasureReport, Gate, Policy, Purpose};
use crate::experiments::Experiments;
use crate::profile::{Permits, Profile};
use crate::random::SecureRandom;
use crate::signals::{self, Sender, TaskSet, Transport};
use crate::surfaces::{ShownLog, Visitor};
use crate::vault::{KeyStore, Opening, Vault};

/// What is there once the vault is open.
pub(crate) struct Opened {
    pub gate: Gate,
    pub profile: Profile,
    pub experiments: Experiments,
    pub opening: Opening,
    /// What was erased while opening.
    pub erased: Option<ErasureReport>,
}

impl Opened {
    /// Whom to serve under these permits; nobody in particular when lists may not be personal.
    pub(crate) fn visitor<'a>(&'a self, permits: &'a Permits) -> Option<Visitor<'a>> {
        Some(Visitor { profile: &self.profile, uses: permits.uses()? })
    }

    /// Deletes events that the policy does not let be kept any longer.
    pub(crate) fn purge(&self) -> Result<u64> {
        let kept_ms = i64::from(self.gate.retention_days(Purpose::History)) * DAY_MS;
        Ok(self.profile.purge(
            &self.gate,
            &self.gate.retention(),
            self.gate.now_ms().saturating_sub(kept_ms),
        )?)
    }
}

/// The shared state behind every object.
pub(crate) struct Engine {
    pub config: Config,
    pub shop_key: PublicKey,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn SecureRandom>,
    pub shown: ShownLog,
    pub sender: Option<Sender>,
    key_store: Arc<dyn KeyStore>,
    opened: RwLock<OnceCell<Arc<Opened>>>,
    catalog: RwLock<OnceCell<Arc<Catalog>>>,
    listener: RwLock<Option<Arc<dyn Listener>>>,
}

impl Engine {
    /// An engine that has touched nothing yet: no disk, no key store, no network.
    pub(crate) fn new(
        config: Config,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn SecureRandom>,
    ) -> Result<Self> {
        config.check()?;
        let shop_key = PublicKey::from_bytes(&config.shop_key).map_err(|_| {
            SottovoceError::argument("shop_key", "it must be the 32 bytes of an Ed25519 public key")
        })?;
        Ok(Self {
            config,
            shop_key,
            clock,
            random,
            shown: ShownLog::default(),
            sender: transport.map(Sender::new),
            key_store,
            opened: RwLock::default(),
            catalog: RwLock::default(),
            listener: RwLock::default(),
        })
    }

    /// Opens the vault if it is not open yet. Blocks; one call of the key store.
    pub(crate) fn unlock(&self) -> Result<Arc<Opened>> {
        let cell = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        cell.get_or_try_init(|| self.open_vault()).cloned()
    }

    fn open_vault(&self) -> Result<Arc<Opened>> {
        let offered =
            self.config.policy.as_ref().map(|bytes| Policy::open(bytes, &self.shop_key)).transpose();
        let (vault, opening) = Vault::open_sharing(
            &self.config.vault_folder(),
            &self.config.widget_folder(),
            &self.config.store_id,
            self.key_store.clone(),
            self.random.clone(),
        )?;
        let policy = match &offered {
            Ok(Some(policy)) => policy.clone(),
            _ => Policy::baseline()?,
        };
        let gate = Gate::open(vault, policy, self.clock.clone(), self.random.clone())?;
        if let Err(refused) = &offered {
            gate.refuse_policy(refused);
        }
        let resumed = gate.resume_erasure()?;
        // What ran out is denied already; should its erasure fail, maintenance takes it up.
        let lapsed = gate.lapse().ok().flatten();
        let erased = [resumed, lapsed].into_iter().flatten().reduce(ErasureReport::and);
        signals::begin(&gate, &opening)?;
        if let Ok(installed) = self.catalog() {
            newest::remember(&gate, installed.version())?; // it may have come while the vault was locked
        }
        let profile = Profile::load(&gate)?;
        Ok(Arc::new(Opened { gate, profile, experiments: Experiments::default(), opening, erased }))
    }

    /// The signed questions that may be asked of this device, if the app brought any.
    pub(crate) fn tasks(&self) -> Result<Option<TaskSet>> {
        let open = |bytes: &Vec<u8>| TaskSet::open(bytes, &self.shop_key);
        Ok(self.config.task_set.as_ref().map(open).transpose()?)
    }

    /// What is open, without opening anything: for reads that a screen makes.
    pub(crate) fn peek(&self) -> Option<Arc<Opened>> {
        self.opened.read().unwrap_or_else(PoisonError::into_inner).get().cloned()
    }

    /// Makes something for the person, as far as they may be known; from memory, locked or not.
    pub(crate) fn serve<T>(&self, make: impl FnOnce(Option<Visitor<'_>>) -> T) -> T {
        let known = self.peek().map(|opened| (Permits::ask(&opened.gate), opened));
        make(known.as_ref().and_then(|(permits, opened)| opened.visitor(permits)))
    }

    /// The installed catalog, mapped at first use.
    pub(crate) fn catalog(&self) -> Result<Arc<Catalog>> {
        let cell = self.catalog.read().unwrap_or_else(PoisonError::into_inner);
        cell.get_or_try_init(|| Ok(Catalog::open(&self.folder("catalog"))?)).cloned()
    }

    /// The installed catalog, or one without items: for what can be told without any.
    pub(crate) fn catalog_or_empty(&self) -> Result<Arc<Catalog>> {
        match self.catalog() {
            Err(SottovoceError::NoCatalog) => Ok(Arc::new(Catalog::empty(&self.config.store_id)?)),
            other => other,
        }
    }

    /// Puts a newly installed catalog in place; screens that still hold the old one keep it.
    pub(crate) fn set_catalog(&self, catalog: Arc<Catalog>) {
        let cell = OnceCell::with_value(catalog);
        *self.catalog.write().unwrap_or_else(PoisonError::into_inner) = cell;
    }

    pub(crate) fn folder(&self, part: &str) -> PathBuf {
        PathBuf::from(&self.config.directory).join(part)
    }

    /// Forgets everything in memory, keys included.
    pub(crate) fn shutdown(&self) {
        self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        self.catalog.write().unwrap_or_else(PoisonError::into_inner).take();
        self.shown.clear();
    }

    pub(crate) fn set_listener(&self, listener: Option<Arc<dyn Listener>>) {
        *self.listener.write().unwrap_or_else(PoisonError::into_inner) = listener;
    }

    /// After a change of consent or an erasure: memory follows what is now allowed and still there,
    /// and the app is told, whether or not the change came to its end.
    pub(crate) fn settled<T>(
        &self,
        opened: &Opened,
        change: Change,
        done: Result<T, ConsentError>,
    ) -> Result<T> {
        self.shown.clear();
        let followed = opened.profile.follow(&opened.gate);
        self.tell(change);
        let done = done?;
        followed?;
        Ok(done)
    }

    /// Tells the listener, on the caller's thread, with no lock held. Its faults are its own.
    pub(crate) fn tell(&self, change: Change) {
        let listener = self.listener.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(listener) = listener {
            drop(listener.changed(change));
        }
    }
}
