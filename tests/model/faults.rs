//! What the engine runs on, and how it goes wrong: a key store, a disk, a network, a source of randomness.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, Weak};
use std::thread;
use std::time::Duration;

use sottovoce::random::{RandomError, SecureRandom};
use sottovoce::signals::{HttpRequest, HttpResponse, Transport, TransportError};
use sottovoce::vault::{KeyStore, KeyStoreError};
use tempfile::TempDir;

/// A call of the key store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Load,
    Store,
    Remove,
    List,
}

/// How it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Not now; nothing is done.
    Unavailable,
    /// It does what it was asked and fails afterwards.
    DoneButFails,
    /// It says that it did, and did nothing.
    Lies,
    /// It answers with other bytes than were stored.
    Garbage,
}

/// A fault that lasts for some calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub verb: Verb,
    pub wrong: Wrong,
    pub calls: u32,
}

type Items = BTreeMap<String, Vec<u8>>;

/// A key store in memory.
#[derive(Default)]
pub struct Keys {
    items: Mutex<Items>,
    faults: Mutex<Vec<Fault>>,
    /// Whether a fault has struck since this was last asked.
    struck: AtomicBool,
    /// Whether something could not be read since a call began.
    unread: AtomicBool,
}

impl Keys {
    pub fn items(&self) -> Items {
        self.items.lock().unwrap().clone()
    }

    pub fn put_back(&self, items: Items) {
        *self.items.lock().unwrap() = items;
    }

    pub fn add(&self, fault: Fault) {
        self.faults.lock().unwrap().push(fault);
    }

    pub fn heal(&self) {
        self.faults.lock().unwrap().clear();
    }

    pub fn take_struck(&self) -> bool {
        self.struck.swap(false, Ordering::SeqCst)
    }

    /// Whether what there is could not be read in the latest call.
    pub fn could_not_be_read(&self) -> bool {
        self.unread.swap(false, Ordering::SeqCst)
    }

    fn wrong(&self, verb: Verb) -> Option<Wrong> {
        let mut faults = self.faults.lock().unwrap();
        let fault = faults.iter_mut().find(|fault| fault.verb == verb)?;
        fault.calls -= 1;
        let wrong = fault.wrong;
        faults.retain(|fault| fault.calls > 0);
        self.struck.store(true, Ordering::SeqCst);
        self.unread.fetch_or(matches!(verb, Verb::Load | Verb::List), Ordering::SeqCst);
        Some(wrong)
    }

    fn call<T>(&self, verb: Verb, lie: Option<T>, work: impl FnOnce(&mut Items) -> T) -> Answer<T> {
        let unavailable = || KeyStoreError::Unavailable { reason: "out of order".into() };
        let wrong = self.wrong(verb);
        let items = &mut self.items.lock().unwrap();
        match (wrong, lie) {
            (Some(Wrong::Unavailable), _) => Err(unavailable()),
            (Some(Wrong::DoneButFails), _) => {
                work(items);
                Err(unavailable())
            }
            (Some(Wrong::Lies), Some(lie)) => Ok(lie),
            _ => Ok(work(items)),
        }
    }
}

type Answer<T> = Result<T, KeyStoreError>;

impl KeyStore for Keys {
    fn load(&self, alias: String) -> Answer<Vec<u8>> {
        let garbage = Some(vec![0x5a; 137]);
        let found = self.call(Verb::Load, garbage, |items| items.get(&alias).cloned().unwrap_or_default())?;
        if found.is_empty() {
            return Err(KeyStoreError::Missing { reason: "no such item".into() });
        }
        Ok(found)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Answer<()> {
        self.call(Verb::Store, Some(()), |items| drop(items.insert(alias, secret)))
    }

    fn remove(&self, alias: String) -> Answer<()> {
        self.call(Verb::Remove, Some(()), |items| drop(items.remove(&alias)))
    }

    fn list(&self, prefix: String) -> Answer<Vec<String>> {
        let found = |items: &mut Items| items.keys().filter(|a| a.starts_with(&prefix)).cloned().collect();
        self.call(Verb::List, Some(Vec::new()), found)
    }
}

/// What the network does with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Taken,
    Later,
    Refused,
    Down,
}

/// The app's network stack. It keeps what was sent.
pub struct Wire {
    weather: Mutex<Weather>,
    sent: Mutex<Vec<Vec<u8>>>,
}

impl Wire {
    pub fn new() -> Self {
        Self { weather: Mutex::new(Weather::Taken), sent: Mutex::default() }
    }

    pub fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap() = weather;
    }

    pub fn take_sent(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.sent.lock().unwrap().push(request.body);
        let status = match *self.weather.lock().unwrap() {
            Weather::Taken => 200,
            Weather::Later => 503,
            Weather::Refused => 400,
            Weather::Down => return Err(TransportError::Failed { reason: "no network".into() }),
        };
        Ok(HttpResponse { status, body: Vec::new() })
    }
}

/// Seeded, so that a run can be replayed to the last byte. Good for nothing else.
pub struct Seeded(AtomicU64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed ^ 0x6a09_e667_f3bc_c908))
    }
}

impl SecureRandom for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        // Only the space kept aside on the disk is that long: the start of it is repeated.
        let (fresh, rest) = bytes.split_at_mut(bytes.len().min(4096));
        for chunk in fresh.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
        rest.chunks_mut(4096).for_each(|chunk| chunk.copy_from_slice(&fresh[..chunk.len()]));
        Ok(())
    }
}

/// A few small disks that can be filled to the last byte: file systems in memory, which only the superuser can mount.
/// None is in use while they are mounted or unmounted: a process that is forked for it holds an engine's lock, and what
/// was deleted, for a moment.
pub struct Disks {
    free: Mutex<Vec<PathBuf>>,
    mounted: Vec<PathBuf>,
    _folder: TempDir,
}

const DISKS: usize = 6;
static IN_USE: RwLock<()> = RwLock::new(());
const DISK_BYTES: u64 = 6 << 20;

impl Disks {
    /// Those that are mounted, for as long as anybody needs them.
    pub fn get() -> Arc<Self> {
        static DISKS: Mutex<Weak<Disks>> = Mutex::new(Weak::new());
        let mut disks = DISKS.lock().unwrap();
        disks.upgrade().unwrap_or_else(|| {
            let mounted = Arc::new(Self::mount());
            *disks = Arc::downgrade(&mounted);
            mounted
        })
    }

    fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let _none = IN_USE.write();
        let size = format!("size={DISK_BYTES}");
        let mount = |nth: usize| {
            let path = folder.path().join(nth.to_string());
            fs::create_dir(&path).unwrap();
            let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).output();
            done.is_ok_and(|done| done.status.success()).then_some(path)
        };
        let mounted: Vec<PathBuf> = (0..DISKS).map_while(mount).collect();
        if mounted.is_empty() {
            println!("no disk can be mounted here: none is ever full");
        }
        Self { free: Mutex::new(mounted.clone()), mounted, _folder: folder }
    }

    pub const fn is_empty(&self) -> bool {
        self.mounted.is_empty()
    }

    /// Takes one; waits for it if all are taken.
    pub fn take(self: Arc<Self>) -> SmallDisk {
        loop {
            let free = self.free.lock().unwrap().pop();
            if free.is_some() || self.is_empty() {
                let in_use = Some(IN_USE.read().unwrap());
                return SmallDisk { folder: free, full: false, in_use, disks: Some(self) };
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        let _none = IN_USE.write();
        for path in &self.mounted {
            drop(Command::new("umount").arg(path).output());
        }
    }
}

/// One of them, or none: then nothing is ever full.
#[derive(Default)]
pub struct SmallDisk {
    folder: Option<PathBuf>,
    full: bool,
    in_use: Option<RwLockReadGuard<'static, ()>>,
    disks: Option<Arc<Disks>>,
}

impl SmallDisk {
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// Fills it up to the last `left` bytes.
    pub fn fill(&mut self, left: u64) {
        let Some(ballast) = self.ballast() else { return };
        let mut file = File::create(ballast).unwrap();
        let mut filled = 0;
        while let Ok(written @ 1..) = file.write(&[0x11; 4096]) {
            filled += written as u64;
        }
        file.set_len(filled.saturating_sub(left)).unwrap();
        self.full = true;
    }

    pub fn free(&mut self) {
        if let Some(ballast) = self.ballast() {
            drop(fs::remove_file(ballast));
        }
        self.full = false;
    }

    fn ballast(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join("ballast"))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let (Some(folder), Some(disks)) = (self.folder.take(), &self.disks) {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                drop(fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path())));
            }
            disks.free.lock().unwrap().push(folder);
            self.in_use = None;
        }
    }
}
