//! One process owns the files, for as long as they are where they were.

use super::*;

/// Elsewhere a file that is open cannot be removed.
#[cfg(unix)]
#[test]
fn a_deleted_folder_or_lock_takes_no_more_writes() {
    let removals: [fn(&Path); 2] = [
        |dir| std::fs::remove_dir_all(dir).unwrap(),
        |dir| std::fs::remove_file(dir.join("test.lock")).unwrap(),
    ];
    for remove in removals {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        append(&vault, C, b"x");
        remove(dir.path());
        let late = vault.write(Durability::Normal, |w| w.append(C, T, b"y"));
        assert_eq!(late, Err(VaultError::Displaced));
        let (second, _) = open(dir.path(), &keys);
        append(&second, C, b"z");
        let late = vault.write(Durability::Full, |w| w.append(C, T, b"y"));
        assert_eq!(late, Err(VaultError::Displaced), "the second owner is the only one");
    }
}

#[test]
fn a_shutdown_wipes_the_keys_although_a_call_is_stuck() {
    struct Stuck {
        inner: Keys,
        armed: std::sync::atomic::AtomicBool,
        gate: std::sync::Barrier,
    }
    impl KeyStore for Stuck {
        fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
            self.inner.load(alias)
        }
        fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
            if self.armed.load(Ordering::SeqCst) {
                self.gate.wait();
                self.gate.wait();
            }
            self.inner.store(alias, secret)
        }
        fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
            self.inner.remove(alias)
        }
        fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
            self.inner.list(prefix)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let stuck = Arc::new(Stuck {
        inner: Keys::default(),
        armed: Default::default(),
        gate: std::sync::Barrier::new(2),
    });
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
