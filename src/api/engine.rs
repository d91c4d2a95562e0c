//! What all objects of one engine share. Only `unlock` opens; everything else takes what is open, or says that it is
//! locked. Reads take what is in memory and wait for nobody.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use crate::answers::is_about;
use crate::api::config::Config;
use crate::api::error::{Result, SottovoceError};
use crate::api::listener::{Change, Listeners};
use crate::api::newest::Newest;
use crate::api::widget::widget_shelf_at;
use crate::base::begun::Begun;
use crate::base::clock::Clock;
use crate::base::log::{LogLevel, Survived as _, say};
use crate::base::random::SecureRandom;
use crate::base::turn::Turn;
use crate::catalog::{Catalog, CatalogError, PublicKey, ShopKeys};
use crate::consent::{Coming, ConsentError, ErasureReport, Gate, Purpose};
use crate::experiments::Experiments;
use crate::profile::{Permits, Profile, ProfileError, ShoppingMode, User};
use crate::signals::{self, Sender, TaskSet, Transport};
use crate::surfaces::{ShownLog, Visitor, WidgetItem};
use crate::vault::{KeyStore, Opening, VaultError, is_in_use};

/// How often memory is made to follow a change that other changes overtake.
const FOLLOWINGS: usize = 8;

pub(super) const FOLLOW_CATALOG: &str = "part what was kept from what the catalog marks as sensitive by now";
pub(super) const FOLLOW_TOPICS: &str = "take back what was said about topics without a yes";

/// Makes a call that must not fail for damage: what it found broken has been mended when it comes back, and then it is
/// made once more.
pub(crate) fn despite_damage<T, E: MayBeDamage>(
    call: impl Fn() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    match call() {
        Err(error) if error.is_damage() => call(),
        other => other,
    }
}

/// An error that may say that the store is damaged.
pub(crate) trait MayBeDamage {
    fn is_damage(&self) -> bool;
}

impl MayBeDamage for ConsentError {
    fn is_damage(&self) -> bool {
        matches!(self, Self::Vault(VaultError::Damaged { .. }))
    }
}

impl MayBeDamage for SottovoceError {
    fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

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
    pub(crate) fn user<'a>(&'a self, permits: &'a Permits) -> Option<User<'a>> {
        User::known(&self.profile, permits)
    }

    /// What opening found, and what had to be mended since.
    pub(crate) fn found(&self) -> Opening {
        match self.gate.mended() {
            None => self.opening.clone(),
            Some(mended) => Opening {
                damaged: true,
                records_lost: self.opening.records_lost + mended.records_lost,
                moved_aside: mended.moved_aside,
                ..self.opening.clone()
            },
        }
    }

    /// What was met that a newer version of this library wrote.
    pub(crate) fn newer(&self) -> Vec<String> {
        self.gate.newer().into_iter().map(|newer| newer.what.to_owned()).collect()
    }

    /// Wipes keys and everything known from memory, also where somebody still holds a share of it.
    pub(super) fn close(&self) {
        self.gate.shutdown();
        self.profile.wipe();
        self.experiments.wipe();
    }

    /// Deletes what the policy does not let be kept any longer, of every purpose. Returns how many events.
    pub(crate) fn keep_to_retention(&self) -> Result<u64> {
        if self.gate.not_newer().is_err() {
            return Ok(0); // which policy they were told of is not known
        }
        self.experiments.keep_to_retention(&self.gate)?;
        signals::keep_to_retention(&self.gate)?;
        Ok(self.profile.keep_to_retention(&self.gate)?)
    }
}

/// The shared state behind every object.
pub(crate) struct Engine {
    pub config: Config,
    pub shop_key: PublicKey,
    /// The same key with the recovery key, for catalogs.
    pub(super) shop_keys: ShopKeys,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn SecureRandom>,
    pub shown: ShownLog,
    pub sender: Option<Sender>,
    pub(super) key_store: Arc<dyn KeyStore>,
    /// A process that was forked from it reads nothing: it would answer for what is not its own.
    process: u32,
    /// Held for the moment of a look or a change, never while anything is opened.
    pub(super) opened: RwLock<Option<Arc<Opened>>>,
    /// One thread at a time opens.
    pub(super) opening: Turn<()>,
    /// Calls about consent and data: shutdown waits for them.
    pub(super) begun: Arc<Begun>,
    /// Shutdowns so far: whoever was opening meanwhile closes again.
    pub(super) closings: AtomicU64,
    /// What was shut down last, as long as a call holds it.
    pub(super) closing: Mutex<Weak<Opened>>,
    pub(super) catalog: RwLock<Option<Arc<Catalog>>>,
    pub listeners: Arc<Listeners>,
    /// What was denied and is not carried out yet, while locked as well.
    pub(super) coming: Arc<Coming>,
    /// How the user is shopping, while locked as well.
    pub(super) mode: RwLock<ShoppingMode>,
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
        let config = config.absolute()?;
        let shop_key = PublicKey::from_bytes(&config.shop_key).map_err(|_| {
            SottovoceError::argument("shop_key", "it must be the 32 bytes of an Ed25519 public key")
        })?;
        let recovery = config.recovery_key.as_ref().map(|key| PublicKey::from_bytes(key)).transpose();
        let recovery = recovery.ok().filter(|recovery| recovery.as_ref() != Some(&shop_key));
        let recovery = recovery.ok_or_else(|| {
            SottovoceError::argument("recovery_key", "it must be 32 bytes, of another key than shop_key")
        })?;
        let shop_keys = ShopKeys::new(&config.store_id, shop_key.clone(), recovery);
        Ok(Self {
            config,
            shop_key,
            shop_keys,
            clock,
            random,
            shown: ShownLog::default(),
            sender: transport.map(Sender::new),
            key_store,
            process: std::process::id(),
            opened: RwLock::default(),
            opening: Turn::default(),
            begun: Arc::default(),
            closings: AtomicU64::new(0),
            closing: Mutex::default(),
            catalog: RwLock::default(),
            listeners: Arc::default(),
            coming: Arc::default(),
            mode: RwLock::default(),
        })
    }

    /// What is open.
    pub(crate) fn opened(&self) -> Result<Arc<Opened>> {
        if self.is_forked() {
            return Err(SottovoceError::Forked);
        }
        self.peek().ok_or_else(|| self.locked())
    }

    /// Why nothing is open: nobody unlocked this engine, or somebody else has its folder.
    fn locked(&self) -> SottovoceError {
        // While this engine opens or closes, it is its own lock that would be found.
        let opening = self.opening.take_within(Duration::ZERO);
        let is_own = opening.is_err() || self.is_closing() || self.peek().is_some();
        if !is_own && is_in_use(&self.config.vault_folder(), &self.config.store_id) {
            return SottovoceError::AlreadyOpen;
        }
        SottovoceError::Locked
    }

    /// How the user is shopping. It goes on while the engine is locked, and ends with it.
    pub(crate) fn mode(&self) -> ShoppingMode {
        *self.mode.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Purposes that nobody is asked for: nothing makes use of them here and now.
    pub(super) fn unused_purposes(&self) -> Vec<Purpose> {
        use Purpose as P;
        let catalog = self.peek_catalog();
        let has = |what: fn(&Catalog) -> bool| catalog.as_deref().is_some_and(what);
        let asks = |set: TaskSet| set.is_answerable();
        let is_used = |purpose: &Purpose| match purpose {
            P::Essential | P::Preferences | P::Session | P::History | P::Inference | P::Ranking => true,
            P::Offers => has(|catalog| catalog.plan().offers.iter().any(|offer| !offer.default)),
            P::Messaging => has(|catalog| !catalog.plan().messages.rules.is_empty()),
            P::Measurement => self.sender.is_some() && self.tasks().is_ok_and(|set| set.is_some_and(asks)),
            P::Experiments => has(|catalog| !catalog.experiments().is_empty()),
            // Nothing improves a model or moves a profile yet.
            P::ModelImprovement | P::Transfer => false,
        };
        P::ALL.into_iter().filter(|purpose| !is_used(purpose)).collect()
    }

    /// The signed questions that may be asked of this device, if the app brought any.
    pub(crate) fn tasks(&self) -> Result<Option<TaskSet>> {
        let open = |bytes: &Vec<u8>| TaskSet::open(bytes, &self.shop_key);
        let (set, catalog) = (self.config.task_set.as_ref().map(open).transpose()?, self.peek_catalog());
        Ok(set.map(|set| set.asking(|task| is_about(task, catalog.as_deref()))))
    }

    /// What is open, if it is: for reads that a screen makes. A visit that is over ends here, before anybody reads of it.
    pub(crate) fn peek(&self) -> Option<Arc<Opened>> {
        if self.is_forked() {
            return None;
        }
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        if opened.profile.end_visit(&opened.gate, self.clock.now_ms()) {
            // What was shown may rest on it.
            self.shown.clear();
        }
        Some(opened)
    }

    fn is_forked(&self) -> bool {
        std::process::id() != self.process
    }

    /// What the user is served from: nothing once another copy of the folder is in use, as nobody here knows its denials.
    fn serving(&self) -> Option<Arc<Opened>> {
        self.peek().filter(|opened| !opened.gate.is_displaced())
    }

    /// Makes something for the user, as far as they may be known; from memory, locked or not.
    pub(crate) fn serve<T>(&self, make: impl FnOnce(Option<User<'_>>) -> T) -> T {
        let known = self.serving().map(|opened| (Permits::ask(&opened.gate), opened));
        make(known.as_ref().and_then(|(permits, opened)| opened.user(permits)))
    }

    /// The same for whoever looks at a page: the user, and the region that the app told.
    pub(crate) fn serve_visitor<T>(&self, make: impl FnOnce(&Visitor<'_>) -> T) -> T {
        let Some(opened) = self.serving() else { return make(&Visitor::default()) };
        let (permits, signals) = (Permits::ask(&opened.gate), opened.gate.signals());
        make(&Visitor { user: opened.user(&permits), region: signals.region.as_deref() })
    }

    /// Opens the installed catalog, if there is one. That reads what every ranking needs, unless the file system clones files.
    pub(super) fn open_catalog(&self) {
        if self.peek_catalog().is_some() {
            return;
        }
        // What the vault remembers is held against it once that is open.
        let trust = self.trust(&self.shop_keys, &Newest::default());
        match Catalog::open_trusted(&self.folder("catalog"), &trust) {
            Ok(opened) => {
                let mut current = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
                current.get_or_insert(opened);
            }
            Err(CatalogError::NotInstalled) => {}
            Err(error) => say(LogLevel::Error, format_args!("the installed catalog cannot be used: {error}")),
        }
    }

    /// The catalog that is in use. Opens nothing.
    pub(crate) fn catalog(&self) -> Result<Arc<Catalog>> {
        // Closing takes both away: whoever looks at them one after the other may see a moment that never was.
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let (catalog, is_open) = (self.peek_catalog(), opened.is_some() && !self.is_forked());
        drop(opened);
        catalog.ok_or_else(|| if is_open { SottovoceError::NoCatalog } else { self.locked() })
    }

    /// The catalog as it was installed last, if one is in use.
    pub(super) fn catalog_in_use(&self) -> Option<Arc<Catalog>> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The catalog that is in use, if one is, without a patch that has expired.
    pub(crate) fn peek_catalog(&self) -> Option<Arc<Catalog>> {
        let catalog = self.catalog_in_use()?;
        let now = catalog.at(self.clock.now_ms());
        if !Arc::ptr_eq(&catalog, &now) {
            let mut current = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
            if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &catalog)) {
                *current = Some(now.clone());
                drop(current);
                say(LogLevel::Warning, "the catalog's patch has expired: prices are those of the bundle");
            }
        }
        Some(now)
    }

    /// The installed catalog, or one without items: for what can be told without any.
    pub(crate) fn catalog_or_empty(&self) -> Result<Arc<Catalog>> {
        match self.catalog() {
            Ok(catalog) => Ok(catalog),
            Err(_) => Ok(Arc::new(Catalog::empty(&self.config.store_id)?)),
        }
    }

    /// Puts a newly installed catalog in place; screens that still hold the old one keep it.
    pub(crate) fn set_catalog(&self, catalog: Arc<Catalog>) {
        let mut current = self.catalog.write().unwrap_or_else(PoisonError::into_inner);
        // Of two installations at once, the older one may come here last.
        if current.as_ref().is_none_or(|current| current.age() <= catalog.age()) {
            *current = Some(catalog);
        }
        drop(current);
        if let Some(opened) = self.peek() {
            // If another change does not let it through, the next opening does: until then nobody is asked for more.
            let left_out = self.tell_uses(&opened.gate);
            left_out.survived("leave unused purposes out of notices");
        }
    }

    /// Parts what was kept before from what the catalog in use marks as sensitive by now.
    pub(crate) fn follow_catalog(&self, opened: &Opened) {
        let Some(catalog) = self.peek_catalog() else { return };
        let followed = despite_damage(|| {
            opened.profile.follow_catalog(&opened.gate, &catalog).map_err(SottovoceError::from)
        });
        let taken_back = opened.profile.follow_topics(&opened.gate, &catalog, None);
        let changed = [followed.survived(FOLLOW_CATALOG), taken_back.survived(FOLLOW_TOPICS)];
        if changed != [Some(false); 2] {
            // What was shown may rest on it.
            self.shown.clear();
            self.tell(Change::Profile);
        }
    }

    /// Removes a widget's shelf with a product that the catalog marks as sensitive by now.
    pub(crate) fn unshelve_marked(&self, opened: &Opened, catalog: &Catalog) {
        let is_marked = |item: &WidgetItem| {
            catalog.index_of(&item.item_id).is_some_and(|ix| !catalog.sensitive(ix).is_empty())
        };
        let kept = widget_shelf_at(&self.config, self.key_store.clone(), &*self.clock);
        let kept = kept.survived("read the widget's shelf").flatten();
        if kept.is_some_and(|shelf| shelf.items.iter().any(is_marked)) {
            opened.gate.remove_widget().survived("remove a widget's shelf that is not valid any more");
        }
    }

    pub(crate) fn folder(&self, part: &str) -> PathBuf {
        PathBuf::from(&self.config.directory).join(part)
    }

    /// After a change of consent or an erasure: memory follows what is now allowed and still there,
    /// and the app is told, whether or not the change came to its end.
    pub(crate) fn settled<T>(
        &self,
        opened: &Opened,
        change: Change,
        done: std::result::Result<T, ConsentError>,
    ) -> Result<T> {
        self.shown.clear();
        let follow = || opened.profile.follow(&opened.gate);
        let stale = |followed: &Result<_, ProfileError>| {
            matches!(followed, Err(ProfileError::Consent(ConsentError::StalePermit(_))))
        };
        // What was done is done, also where consent changes once more meanwhile, or what is still allowed cannot be read:
        // it is not known then until the next change.
        let followed = (0..FOLLOWINGS).map(|_| follow()).find(|followed| !stale(followed));
        followed.and_then(|followed| followed.survived("follow a change of consent"));
        if let Some(catalog) = self.peek_catalog() {
            // Should it fail, maintenance takes it up.
            opened.profile.follow_topics(&opened.gate, &catalog, None).survived(FOLLOW_TOPICS);
        }
        self.tell(change);
        Ok(done?)
    }

    /// Tells the listeners.
    pub(crate) fn tell(&self, change: Change) {
        self.listeners.tell(change);
    }
}
