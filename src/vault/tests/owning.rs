//! One process owns the files, for as long as they are where they were.

use std::sync::Barrier;
use std::sync::atomic::AtomicBool;

use crate::vault::tests::*;

/// Elsewhere a file that is open cannot be removed.
#[cfg(unix)]
#[test]
fn a_deleted_folder_or_lock_takes_no_more_writes() {
    let removals: [fn(&Path); 3] = [
        |dir| std::fs::remove_dir_all(dir).unwrap(),
        |dir| std::fs::remove_file(dir.join("test.lock")).unwrap(),
        |dir| std::fs::rename(dir.join("test.lock"), dir.join("elsewhere")).unwrap(),
    ];
    for remove in removals {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        append(&vault, C, b"x");
        remove(dir.path());
        std::thread::sleep(crate::vault::life::owner::LOOK);
        let late = vault.write(Durability::Normal, |w| w.append(C, T, b"y"));
        assert_eq!((late, vault.is_displaced()), (Err(VaultError::Displaced), true));
        let (second, _) = open(dir.path(), &keys);
        append(&second, C, b"z");
        let late = vault.write(Durability::Full, |w| w.append(C, T, b"y"));
        assert_eq!(late, Err(VaultError::Displaced), "the second owner is the only one");
    }
}

/// A key store whose call of one verb, once armed, returns only when the test lets it.
struct Stuck {
    inner: Keys,
    verb: &'static str,
    armed: AtomicBool,
    gate: Barrier,
}

impl Stuck {
    fn at(verb: &'static str) -> Arc<Self> {
        let (inner, armed, gate) = (Keys::default(), AtomicBool::new(false), Barrier::new(2));
        Arc::new(Self { inner, verb, armed, gate })
    }

    fn pass(&self, verb: &str) {
        if verb == self.verb && self.armed.load(Ordering::SeqCst) {
            self.gate.wait();
            self.gate.wait();
        }
    }
}

impl KeyStore for Stuck {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.pass("load");
        self.inner.load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.pass("store");
        self.inner.store(alias, secret)
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.pass("remove");
        self.inner.remove(alias)
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.pass("list");
        self.inner.list(prefix)
    }
}

#[test]
fn a_shutdown_wipes_the_keys_although_a_call_is_stuck() {
    let dir = tempfile::tempdir().unwrap();
    let stuck = Stuck::at("store");
    let (vault, _) = Vault::open(dir.path(), "test", stuck.clone(), Arc::new(SystemRandom)).unwrap();
    append(&vault, C, b"x");
    stuck.armed.store(true, Ordering::SeqCst);
    std::thread::scope(|scope| {
        let call = scope.spawn(|| vault.write(Durability::Anchored, |w| w.append(C, T, b"y")));
        stuck.gate.wait();
        vault.shutdown();
        assert_eq!(vault.read(|r| r.scan(C, T)), Err(VaultError::Closed));
        stuck.gate.wait();
        let _ = call.join().unwrap();
    });
    stuck.armed.store(false, Ordering::SeqCst);
    let (again, opening) = Vault::open(dir.path(), "test", stuck.clone(), Arc::new(SystemRandom)).unwrap();
    assert!(!opening.fresh && texts(&again, C).contains(&b"x".to_vec()));
}

#[test]
fn a_shutdown_does_not_wait_for_a_key_store_that_mending_asks() {
    let dir = tempfile::tempdir().unwrap();
    let stuck = Stuck::at("list");
    let (vault, _) = Vault::open(dir.path(), "test", stuck.clone(), Arc::new(SystemRandom)).unwrap();
    append(&vault, C, b"x");
    stuck.armed.store(true, Ordering::SeqCst);
    std::thread::scope(|scope| {
        let mending = scope.spawn(|| vault.with_session(|session| vault.heal(session)));
        stuck.gate.wait();
        assert_eq!(texts(&vault, C), [b"x"], "reads do not wait either");
        vault.shutdown();
        stuck.armed.store(false, Ordering::SeqCst);
        stuck.gate.wait();
        mending.join().unwrap().unwrap_err();
    });
    let (again, opening) = Vault::open(dir.path(), "test", stuck, Arc::new(SystemRandom)).unwrap();
    assert!(!opening.fresh && !opening.damaged);
    assert_eq!(texts(&again, C), [b"x"]);
}
