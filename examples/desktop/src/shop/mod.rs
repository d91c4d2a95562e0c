//! Every call of the engine is in this folder: the file to read. Nothing here draws.

mod consent;
mod crowd;
mod disk;
mod home;
mod merchant;
mod privacy;
mod visit;
mod you;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sottovoce::api::{Config, Sottovoce, currency_decimals};
use sottovoce::clock::{Clock, DAY_MS};
use sottovoce::consent::Purpose;
use sottovoce::money::Money;
use sottovoce::random::SecureRandom;
use sottovoce::ranking::Intensity;
use sottovoce::signals::{Collector, HttpRequest, HttpResponse, TaskSet, Transport, TransportError};
use sottovoce::signed::hex;
use sottovoce::vault::{FileKeyStore, KeyStore};

pub use crowd::Simulation;
pub use home::ORDERS;
pub use merchant::Merchant;

use crate::seen::{Note, Seen, ShopFacts};
use crate::state::{Action, Page};
use crate::text::Lang;

/// What an action fails with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the app is started with.
#[derive(Clone)]
pub struct Options {
    /// Where the engine keeps everything.
    pub folder: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness of the engine.
    pub random: Arc<dyn SecureRandom>,
    /// Whether the desktop's own keyring guards the keys.
    pub keyring: bool,
}

/// The time of the device, and what was let pass.
pub struct Shifted {
    inner: Arc<dyn Clock>,
    by_ms: Mutex<i64>,
}

impl Shifted {
    fn pass(&self, ms: i64) {
        *self.by_ms.lock().unwrap_or_else(PoisonError::into_inner) += ms;
    }
}

impl Clock for Shifted {
    fn now_ms(&self) -> i64 {
        self.inner.now_ms() + *self.by_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The shop's collector, in this process in place of a server: it counts what it gets, and keeps the bytes to be looked at.
pub struct LocalCollector {
    clock: Arc<Shifted>,
    inner: Mutex<(Collector, Vec<String>)>,
}

impl Transport for LocalCollector {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let status = inner.0.ingest(&request.body, self.clock.now_ms()).status();
        inner.1.push(hex(&request.body));
        Ok(HttpResponse { status, body: Vec::new() })
    }
}

/// The shop that is open: its merchant's side, and the engine of one device.
pub struct Shop {
    options: Options,
    started: Instant,
    lang: Lang,
    page: Page,
    merchant: Merchant,
    engine: Arc<Sottovoce>,
    home: PathBuf,
    clock: Arc<Shifted>,
    collector: Arc<LocalCollector>,
    set: Option<TaskSet>,
    cart: Vec<String>,
    crowd: Option<Simulation>,
    policies: u64,
    began_ms: i64,
}

impl Shop {
    /// Opens the example shop.
    ///
    /// # Errors
    /// What the merchant's side or the engine fails with.
    pub fn open(options: Options, started: Instant, seen: &mut Seen) -> Result<Self, Failure> {
        let merchant = Merchant::example(&options.folder)?;
        Self::with(options, started, merchant, seen)
    }

    fn with(
        options: Options,
        started: Instant,
        merchant: Merchant,
        seen: &mut Seen,
    ) -> Result<Self, Failure> {
        let clock = Arc::new(Shifted { inner: options.clock.clone(), by_ms: Mutex::new(0) });
        let home = options.folder.join(&merchant.store).join("engine");
        let keys = options.folder.join(&merchant.store).join("keys");
        let mut config =
            Config::new(&merchant.store, &home.display().to_string(), merchant.public_key.as_bytes());
        let questions = merchant.questions(clock.now_ms())?;
        let set = questions.as_ref().map(|bytes| TaskSet::open(bytes, &merchant.public_key)).transpose()?;
        config.policy = merchant.policy(1)?;
        config.task_set = questions;
        let collector = Arc::new(LocalCollector {
            clock: clock.clone(),
            inner: Mutex::new((Collector::new(set.clone()), Vec::new())),
        });
        let store = key_store(&keys, options.keyring)?;
        let engine = Sottovoce::with_sources(
            config,
            store,
            Some(collector.clone()),
            clock.clone(),
            options.random.clone(),
        )?;
        engine.unlock()?;
        let report = engine.catalog().install(merchant.bundle.display().to_string())?;
        engine.consent().apply_signals(seen.consent.signals.clone())?;
        seen.shop = ShopFacts {
            store: merchant.store.clone(),
            items: report.items,
            hash: report.hash,
            bytes: std::fs::metadata(&merchant.bundle)?.len(),
            refused: merchant.refused,
            guard: if options.keyring {
                "the desktop's keyring".into()
            } else {
                "files beside the vault".into()
            },
            first_shelf_ms: 0,
        };
        let began_ms = clock.now_ms();
        let mut shop = Self {
            options,
            started,
            lang: Lang::En,
            page: Page::Shop,
            merchant,
            engine,
            home,
            clock,
            collector,
            set,
            cart: Vec::new(),
            crowd: None,
            policies: 1,
            began_ms,
        };
        shop.refresh(seen)?;
        seen.ready = true;
        seen.shop.first_shelf_ms = started.elapsed().as_millis();
        Ok(shop)
    }

    /// Does what the user did, and reads what the page shows afterwards. What fails is told in the note.
    pub fn perform(&mut self, action: Action, seen: &mut Seen) {
        seen.note = None;
        let done = self.act(action, seen).and_then(|said| self.refresh(seen).map(|()| said));
        match done {
            Ok(Some(text)) => seen.note = Some(Note { text, failed: false }),
            Ok(None) => {}
            Err(error) => seen.note = Some(Note { text: error.to_string(), failed: true }),
        }
    }

    fn act(&mut self, action: Action, seen: &mut Seen) -> Result<Option<String>, Failure> {
        match action {
            Action::Go(page) => self.page = page,
            Action::Speak(lang) => self.lang = lang,
            Action::Personal(page, intensity) => drop(seen.intensities.insert(page, intensity)),
            Action::Load(path, key) => return self.load(&path, &key, seen),
            Action::Pass(days) => {
                self.clock.pass(days * DAY_MS);
                self.engine.privacy().run_maintenance(false)?;
            }
            Action::Type(_) | Action::Search | Action::More | Action::Facet(..) | Action::Sort(_) => {
                return self.search(action, seen);
            }
            Action::Open(_)
            | Action::Why(..)
            | Action::AddToCart(_)
            | Action::RemoveFromCart(_)
            | Action::Buy
            | Action::Rate(..)
            | Action::PlayVisit => return self.shopping(action, seen),
            Action::AcceptAll
            | Action::RefuseAll
            | Action::Withdraw(_)
            | Action::Topic(..)
            | Action::Signals(_)
            | Action::Verify
            | Action::Flip
            | Action::NextPolicy
            | Action::ExportReceipts => {
                return self.consent(action, seen);
            }
            Action::Correct(_) | Action::Mode(_) | Action::Prefer(..) => return self.about_you(action, seen),
            Action::Prepare | Action::Send | Action::Discard | Action::Crowd(_) => {
                return self.leaving(action, seen);
            }
            Action::WithdrawAndSearch(_) | Action::Integrity | Action::Export | Action::EraseAll => {
                return self.storing(action, seen);
            }
            // The window's own, and what it turns into another action.
            Action::Theme
            | Action::CloseWhy
            | Action::Turn(..)
            | Action::Save
            | Action::Slide(_)
            | Action::Path(_)
            | Action::Key(_) => {}
        }
        Ok(None)
    }

    /// Saves the switches of the notice.
    pub fn save(&mut self, allowed: Vec<Purpose>, seen: &mut Seen) {
        let saved = self.engine.consent().save(allowed, "center".into(), self.lang.locale().into());
        let done = saved.map_err(Failure::from).and_then(|_| self.refresh(seen));
        seen.note = done.err().map(|error| Note { text: error.to_string(), failed: true });
    }

    fn refresh(&mut self, seen: &mut Seen) -> Result<(), Failure> {
        self.read_consent(seen)?;
        match self.page {
            Page::Shop => self.read_home(seen)?,
            Page::Search => self.read_again(seen)?,
            Page::Product => self.read_product(seen)?,
            Page::Cart => self.read_cart(seen)?,
            Page::You => self.read_you(seen)?,
            Page::Leaves => self.read_leaves(seen)?,
            Page::Vault => self.read_vault(seen)?,
            Page::Consent | Page::Load => {}
        }
        Ok(())
    }

    fn load(&mut self, path: &Path, key: &str, seen: &mut Seen) -> Result<Option<String>, Failure> {
        let merchant = Merchant::load(path, key, &self.options.folder)?;
        self.engine.shutdown();
        let started = Instant::now();
        let mut fresh = Seen { intensities: seen.intensities.clone(), ..Seen::default() };
        let opened = Self::with(self.options.clone(), started, merchant, &mut fresh);
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.engine.unlock()?;
                return Err(error);
            }
        };
        let (lang, page) = (self.lang, self.page);
        *self = Self { lang, page, started: self.started, ..opened };
        *seen = fresh;
        Ok(Some(format!("{}: {}", self.lang.say("Items"), seen.shop.items)))
    }

    fn locale(&self) -> String {
        self.lang.locale().into()
    }

    fn days(&self) -> f64 {
        (self.clock.now_ms() - self.began_ms) as f64 / DAY_MS as f64
    }
}

fn key_store(folder: &Path, keyring: bool) -> Result<Arc<dyn KeyStore>, Failure> {
    if !keyring {
        return Ok(Arc::new(FileKeyStore::new(folder)));
    }
    #[cfg(feature = "keyring")]
    return Ok(Arc::new(sottovoce::vault::KeyringKeyStore::new("example.sottovoce.desktop")));
    #[cfg(not(feature = "keyring"))]
    Err("this build has no keyring: add --features keyring".into())
}

/// Money as it is read: `€24.95`, `1,234 JPY`.
#[must_use]
pub fn money(price: &Money) -> String {
    let decimals = currency_decimals(price.currency.clone()).unwrap_or(2);
    let unit = 10_i64.pow(decimals);
    let whole = price.minor / unit;
    let figures = if decimals == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{:0width$}", (price.minor % unit).abs(), width = decimals as usize)
    };
    match price.currency.as_str() {
        "EUR" => format!("€{figures}"),
        "GBP" => format!("£{figures}"),
        "USD" => format!("${figures}"),
        other => format!("{figures} {other}"),
    }
}

/// The intensity for a request: none where lists are as personal as is allowed.
fn asked(intensity: Intensity) -> Option<Intensity> {
    (intensity != Intensity::Full).then_some(intensity)
}
