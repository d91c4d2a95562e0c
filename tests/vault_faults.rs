//! Every call into the file system and the key store fails once, and again lastingly: the vault answers with a typed
//! error, works again as soon as the fault is over, and has lost or invented nothing.
#![allow(missing_docs, reason = "a test")]

mod vault_support;

use std::ffi::c_int;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::ffi;
use sottovoce::random::SystemRandom;
use sottovoce::vault::{Compartment, Durability, KeyStore, KeyStoreError, Table, Vault, VaultError, Writer};
use vault_support::fast_folder;
use vault_support::keys::Keys;
use vault_support::life::read_files;
use vault_support::replay::place;
use vault_support::vfs::{Call, Tape, forget, record};

const LEDGER: Compartment = Compartment(1);
const HISTORY: Compartment = Compartment(2);
const T: Table = Table(1);

/// How a key store goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Unavailable,
    Missing,
    Mismatch,
    Garbage,
    Short,
    Hangs,
    /// Does what it was asked and fails afterwards.
    DoneButFails,
}

/// A key store that goes wrong at one call.
struct Faulty {
    inner: Arc<Keys>,
    countdown: AtomicI64,
    wrong: Mutex<Option<(Wrong, bool)>>,
}

impl Faulty {
    fn new(inner: Arc<Keys>) -> Arc<Self> {
        Arc::new(Self { inner, countdown: AtomicI64::new(0), wrong: Mutex::new(None) })
    }

    fn now(&self) -> Option<Wrong> {
        let (wrong, lasts) = (*self.wrong.lock().unwrap())?;
        let left = self.countdown.fetch_sub(1, Ordering::SeqCst);
        (left == 0 || (lasts && left < 0)).then_some(wrong)
    }

    fn answer<T>(
        wrong: Option<Wrong>,
        work: impl FnOnce() -> Result<T, KeyStoreError>,
    ) -> Result<T, KeyStoreError> {
        let reason = String::new();
        match wrong {
            Some(Wrong::Unavailable) => Err(KeyStoreError::Unavailable { reason }),
            Some(Wrong::Missing) => Err(KeyStoreError::Missing { reason }),
            Some(Wrong::Mismatch) => Err(KeyStoreError::Mismatch { reason }),
            Some(Wrong::DoneButFails) => work().and(Err(KeyStoreError::Unavailable { reason })),
            Some(Wrong::Hangs) => {
                std::thread::sleep(Duration::from_millis(20));
                work()
            }
            _ => work(),
        }
    }
}

impl KeyStore for Faulty {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        let wrong = self.now();
        let mut secret = Self::answer(wrong, || self.inner.load(alias))?;
        match wrong {
            Some(Wrong::Garbage) => secret.iter_mut().for_each(|byte| *byte ^= 0x5a),
            Some(Wrong::Short) => secret.truncate(secret.len() / 2),
            _ => {}
        }
        Ok(secret)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        Self::answer(self.now(), || self.inner.store(alias, secret))
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        Self::answer(self.now(), || self.inner.remove(alias))
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        let wrong = self.now();
        let mut aliases = Self::answer(wrong, || self.inner.list(prefix))?;
        match wrong {
            Some(Wrong::Garbage) => aliases = vec!["sottovoce.garbage".into(); 9],
            Some(Wrong::Short) => aliases.truncate(aliases.len() / 2),
            _ => {}
        }
        Ok(aliases)
    }
}

/// The steps of the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Charge(u64),
    Events,
    Look,
    Erase,
    Rotate,
    Reseal,
    Snapshot,
}

const STEPS: [Step; 10] = [
    Step::Charge(1),
    Step::Events,
    Step::Look,
    Step::Rotate,
    Step::Reseal,
    Step::Snapshot,
    Step::Erase,
    Step::Events,
    Step::Charge(2),
    Step::Look,
];

fn take(vault: &Vault, step: Step) -> Result<(), VaultError> {
    match step {
        Step::Charge(n) => vault.write(Durability::Full, |w| w.put(LEDGER, T, "spent", &[n as u8])).map(drop),
        Step::Events => {
            let three =
                |w: &mut Writer<'_>| (0..3).try_for_each(|_| w.append(HISTORY, T, &[7; 100]).map(drop));
            vault.write(Durability::Normal, three)
        }
        Step::Look => vault.read(|r| r.scan(HISTORY, T)).map(drop),
        Step::Erase => vault.erase(&[HISTORY], 0, |_| Ok(())).map(drop),
        Step::Rotate => vault.rotate_root().and_then(|()| vault.rotate_data_key(HISTORY)),
        Step::Reseal => vault.reseal(2).map(drop),
        Step::Snapshot => vault.write_widget(b"small"),
    }
}

/// What is there: spent, number of events.
fn seen(vault: &Vault) -> (u8, usize) {
    let spent = vault.read(|r| r.get(LEDGER, T, "spent")).unwrap();
    (spent.map_or(0, |bytes| bytes[0]), vault.read(|r| r.scan(HISTORY, T)).unwrap().len())
}

fn after(mut before: (u8, usize), step: Step) -> (u8, usize) {
    match step {
        Step::Charge(n) => before.0 = n as u8,
        Step::Events => before.1 += 3,
        Step::Erase => before.1 = 0,
        _ => {}
    }
    before
}

fn open(dir: &Path, keys: &Arc<dyn KeyStore>) -> Result<Vault, VaultError> {
    let (vault, opening) = Vault::open(dir, "v", Arc::clone(keys), Arc::new(SystemRandom))?;
    assert!(!opening.damaged && !opening.rolled_back, "{opening:?}");
    Ok(vault)
}

/// Runs the scenario; `heal` ends the fault. A step that failed is tried again after that, and must succeed then.
fn run(dir: &Path, keys: &Arc<dyn KeyStore>, start: (u8, usize), heal: &dyn Fn()) -> (u8, usize) {
    let mut state = start;
    let vault = open(dir, keys).or_else(|_| {
        heal();
        open(dir, keys)
    });
    let vault = vault.expect("opens once the fault is over");
    for step in STEPS {
        if let Err(error) = take(&vault, step) {
            assert!(!matches!(error, VaultError::Damaged { .. } | VaultError::WrongKey), "{step:?}: {error}");
            heal();
            let now = seen(&vault);
            // An erasure may be committed and only its end be missing.
            assert!(
                now == state || (step == Step::Erase && now == after(state, step)),
                "{step:?} left {now:?}"
            );
            take(&vault, step).expect("works once the fault is over");
        }
        state = after(state, step);
    }
    state
}

fn check(dir: &Path, inner: &Arc<Keys>, expected: (u8, usize), what: &str) {
    let plain = Arc::clone(inner) as Arc<dyn KeyStore>;
    let vault = open(dir, &plain).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(seen(&vault), expected, "{what}");
    assert!(vault.integrity().unwrap().is_sound(), "{what}");
    let mut generations = std::collections::BTreeMap::<String, Vec<u64>>::new();
    for alias in inner.held().into_keys().filter(|alias| !alias.contains(".widget.")) {
        let [_, install, generation, _] = alias.split('.').collect::<Vec<_>>()[..] else { panic!("{alias}") };
        generations.entry(install.to_owned()).or_default().push(generation.parse().unwrap());
    }
    // A beginning that failed leaves the first item of an installation that never was.
    generations.retain(|_, of| *of != [1]);
    assert!(
        generations.len() == 1 && generations.values().all(|of| of.len() == 1),
        "{what}: {generations:?}"
    );
}

/// Files or items by their names.
type Stored = std::collections::BTreeMap<String, Vec<u8>>;

/// A vault that was killed with a log left to recover, and its keys.
fn template() -> (Stored, Stored) {
    let folder = fast_folder();
    let keys = Keys::holding(Default::default());
    let vault = open(folder.path(), &(Arc::clone(&keys) as Arc<dyn KeyStore>)).unwrap();
    take(&vault, Step::Events).unwrap();
    let mut files = read_files(folder.path());
    files.retain(|name, _| !name.ends_with("-shm") && !name.ends_with(".lock"));
    (files, keys.held())
}

fn exhaust(kind: fn(Call) -> Option<c_int>) -> u64 {
    let (files, items) = template();
    let folder = fast_folder();
    let tape: Arc<Tape> = record(folder.path());
    let mut runs = 0;
    for (start, lasts) in [(false, false), (true, false), (true, true), (false, true)] {
        let mut n = 0;
        loop {
            let (before, held) = if start { (files.clone(), items.clone()) } else { Default::default() };
            place(folder.path(), &before);
            let keys = Keys::holding(held);
            let store = Arc::clone(&keys) as Arc<dyn KeyStore>;
            tape.fail_at(n, kind, lasts);
            let expected = run(folder.path(), &store, (0, if start { 3 } else { 0 }), &|| {
                tape.heal();
            });
            let fired = tape.heal();
            check(folder.path(), &keys, expected, &format!("call {n}, existing: {start}, lasting: {lasts}"));
            tape.take();
            runs += 1;
            n += if lasts { 3 } else { 1 };
            // A run whose fault never came has tried them all.
            if !fired {
                break;
            }
        }
    }
    forget(folder.path());
    runs
}

#[test]
fn failing_writes_and_syncs_lose_nothing() {
    let runs = exhaust(|call| match call {
        Call::Write => Some(ffi::SQLITE_IOERR_WRITE),
        Call::Sync => Some(ffi::SQLITE_IOERR_FSYNC),
        Call::Truncate => Some(ffi::SQLITE_IOERR_TRUNCATE),
        Call::Delete => Some(ffi::SQLITE_IOERR_DELETE),
        _ => None,
    });
    assert!(runs > 100, "{runs}");
}

#[test]
fn a_full_disk_loses_nothing() {
    assert!(exhaust(|call| (call == Call::Write).then_some(ffi::SQLITE_FULL)) > 100);
}

/// Opens these files on a disk that is full from the n-th write on, or for that one, then once more when there is room.
/// Tells what `check` has seen.
fn open_on_a_full_disk(files: &Stored, items: &Stored, check: impl Fn(&Vault)) {
    let folder = fast_folder();
    let tape: Arc<Tape> = record(folder.path());
    let mut runs = 0;
    for lasts in [true, false] {
        for n in 0.. {
            place(folder.path(), files);
            let keys = Keys::holding(items.clone()) as Arc<dyn KeyStore>;
            let open = || Vault::open(folder.path(), "v", Arc::clone(&keys), Arc::new(SystemRandom));
            tape.fail_at(n, |call| (call == Call::Write).then_some(ffi::SQLITE_FULL), lasts);
            drop(open());
            let fired = tape.heal();
            check(&open().unwrap().0);
            tape.take();
            runs += 1;
            if !fired {
                break;
            }
        }
    }
    forget(folder.path());
    assert!(runs > 10, "{runs}");
}

/// A vault that was closed after a charge, three events and a no, and its key store.
fn closed(dir: &Path) -> (Vault, Arc<Keys>, Stored) {
    let keys = Keys::holding(Default::default());
    let vault = open(dir, &(Arc::clone(&keys) as Arc<dyn KeyStore>)).unwrap();
    take(&vault, Step::Events).unwrap();
    let charge = |w: &mut Writer<'_>| {
        w.anchor().spent.install = 5;
        Ok::<_, VaultError>(())
    };
    vault.write(Durability::Anchored, charge).unwrap();
    vault.erase(&[LEDGER], 1 << 4, |_| Ok(())).unwrap();
    drop(vault);
    let mut files = read_files(dir);
    files.retain(|name, _| !name.ends_with(".lock"));
    let vault = open(dir, &(Arc::clone(&keys) as Arc<dyn KeyStore>)).unwrap();
    (vault, keys, files)
}

#[test]
fn a_new_beginning_on_a_full_disk_keeps_denials_and_spending() {
    let folder = fast_folder();
    let (vault, keys, older) = closed(folder.path());
    take(&vault, Step::Erase).unwrap();
    open_on_a_full_disk(&older, &keys.held(), |vault| {
        assert_eq!((vault.anchor().spent.install, vault.anchor().denied), (5, 1 << 4));
        assert_eq!(seen(vault), (0, 0));
    });
}

#[test]
fn what_can_be_read_of_a_damaged_file_is_not_lost_on_a_full_disk() {
    let folder = fast_folder();
    let (_vault, keys, mut files) = closed(folder.path());
    files.get_mut("v.vault").unwrap()[..16].fill(0x5a);
    open_on_a_full_disk(&files, &keys.held(), |vault| {
        assert_eq!((vault.anchor().spent.install, vault.anchor().denied), (5, 1 << 4));
        assert_eq!(seen(vault), (0, 3));
    });
}

#[test]
fn failing_reads_and_opens_are_not_taken_for_damage() {
    let runs = exhaust(|call| match call {
        Call::Read => Some(ffi::SQLITE_IOERR_READ),
        Call::Size => Some(ffi::SQLITE_IOERR_FSTAT),
        Call::Open => Some(ffi::SQLITE_CANTOPEN),
        _ => None,
    });
    assert!(runs > 50, "{runs}");
}

#[test]
fn busy_locks_and_missing_memory_are_survived() {
    assert!(exhaust(|call| (call == Call::Lock).then_some(ffi::SQLITE_BUSY)) > 50);
    let memory =
        |call| matches!(call, Call::Shm | Call::Open | Call::Read).then_some(ffi::SQLITE_IOERR_NOMEM);
    assert!(exhaust(memory) > 20);
}

#[test]
fn a_key_store_that_goes_wrong_at_any_call_loses_nothing() {
    let (files, items) = template();
    let folder = fast_folder();
    let all = [
        Wrong::Unavailable,
        Wrong::Missing,
        Wrong::Mismatch,
        Wrong::Garbage,
        Wrong::Short,
        Wrong::Hangs,
        Wrong::DoneButFails,
    ];
    for wrong in all {
        for lasts in [false, true] {
            for n in 0..14 {
                if wrong == Wrong::Missing && (n == 0 || lasts) {
                    continue; // a key store that has lost the key, or insists that it has: a new beginning
                }
                place(folder.path(), &files);
                let keys = Keys::holding(items.clone());
                let faulty = Faulty::new(Arc::clone(&keys));
                faulty.countdown.store(n, Ordering::SeqCst);
                *faulty.wrong.lock().unwrap() = Some((wrong, lasts));
                let store = Arc::clone(&faulty) as Arc<dyn KeyStore>;
                let expected = run(folder.path(), &store, (0, 3), &|| *faulty.wrong.lock().unwrap() = None);
                check(folder.path(), &keys, expected, &format!("{wrong:?} at {n}, lasting: {lasts}"));
            }
        }
    }
}
