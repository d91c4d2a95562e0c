//! What must not roll back: older copies, torn logs, two copies side by side, full disks, dead key stores.

use crate::vault::tests::*;

const NO: u64 = 1 << 4;
const OTHER: u64 = 1 << 7;

fn charge(vault: &Vault, micro: u64) -> Result<u64, VaultError> {
    vault.write(Durability::Anchored, |w| {
        let spent = &mut w.anchor().spent;
        spent.install += micro;
        Ok(spent.install)
    })
}

fn deny(vault: &Vault, bits: u64) -> Result<Completion, VaultError> {
    vault.erase(&[], bits, |_| Ok(())).map(|erased| erased.completion)
}

#[test]
fn an_anchored_write_replaces_the_item_and_opens_with_one_call() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"x");
    assert_eq!(charge(&vault, 5), Ok(5));
    assert_eq!(charge(&vault, 6), Ok(11));
    assert_eq!(deny(&vault, NO), Ok(Completion::Done));
    assert_eq!(keys.generations(), [4]);
    drop(vault);
    keys.loads.store(0, Ordering::SeqCst);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!((keys.loads.load(Ordering::SeqCst), opening), (1, Opening::default()));
    let anchor = vault.anchor();
    assert_eq!((anchor.spent.install, anchor.denied, anchor.erasures), (11, NO, 0));
}

#[test]
fn an_item_that_was_said_to_be_gone_goes_with_maintenance() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"x");
    copy(dir.path(), backup.path());
    let (alias, secret) = keys.only();
    assert_eq!(vault.erase(&[C], NO, |_| Ok(())).unwrap().completion, Completion::Done);
    drop(vault);
    keys.items.lock().unwrap().insert(alias, secret);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!((keys.generations().len(), opening), (2, Opening::default()));
    vault.remove_leftovers().unwrap();
    assert_eq!(keys.generations().len(), 1);
    assert!(vault.is_settled() && vault.integrity().unwrap().is_sound());
    drop(vault);
    std::fs::remove_dir_all(dir.path()).unwrap();
    copy(backup.path(), dir.path());
    let (vault, _) = open(dir.path(), &keys);
    assert!(texts(&vault, C).is_empty());
}

#[test]
fn an_older_copy_gives_nothing_back() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"kept");
    charge(&vault, 5).unwrap();
    copy(dir.path(), backup.path());
    charge(&vault, 6).unwrap();
    deny(&vault, NO).unwrap();
    drop(vault);
    std::fs::remove_dir_all(dir.path()).unwrap();
    copy(backup.path(), dir.path());
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.rolled_back && !opening.fresh && !opening.damaged, "{opening:?}");
    assert_eq!((vault.anchor().spent.install, vault.anchor().denied), (11, NO));
    assert_eq!(texts(&vault, C), [b"kept".to_vec()], "nothing was erased since");
    assert!(vault.integrity().unwrap().is_sound());
    drop(vault);
    assert_eq!(keys.generations().len(), 1);
    assert_eq!(open(dir.path(), &keys).1, Opening::default(), "told once");
}

#[test]
fn a_log_that_lost_its_end_is_an_older_copy() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"kept");
    let log = dir.path().join("test.vault-wal");
    let whole = std::fs::read(&log).unwrap().len();
    charge(&vault, 5).unwrap();
    deny(&vault, NO).unwrap();
    let torn = tempfile::tempdir().unwrap();
    copy(dir.path(), torn.path());
    drop(vault);
    let mut bytes = std::fs::read(torn.path().join("test.vault-wal")).unwrap();
    bytes[whole + 100] ^= 1;
    std::fs::write(torn.path().join("test.vault-wal"), bytes).unwrap();
    let (vault, opening) = open(torn.path(), &keys);
    assert!(opening.rolled_back && !opening.fresh, "{opening:?}");
    assert_eq!((vault.anchor().spent.install, vault.anchor().denied), (5, NO));
    assert_eq!(texts(&vault, C), [b"kept".to_vec()]);
}

#[test]
fn a_log_that_is_lost_from_its_first_byte_is_an_older_copy() {
    for spoil in [|log: &mut Vec<u8>| log[0] ^= 1, Vec::clear as fn(&mut Vec<u8>)] {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        charge(&vault, 5).unwrap();
        deny(&vault, NO).unwrap();
        let torn = tempfile::tempdir().unwrap();
        copy(dir.path(), torn.path());
        drop(vault);
        let path = torn.path().join("test.vault-wal");
        let mut log = std::fs::read(&path).unwrap();
        spoil(&mut log);
        std::fs::write(path, log).unwrap();
        let (vault, opening) = open(torn.path(), &keys);
        assert!(opening.rolled_back && !opening.fresh && !opening.damaged, "{opening:?}");
        assert_eq!((vault.anchor().spent.install, vault.anchor().denied), (5, NO));
    }
}

#[test]
fn what_is_to_be_removed_is_never_the_item_of_another_copy() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (first, _) = open(dir.path(), &keys);
    append(&first, C, b"x");
    keys.fail("remove", unavailable());
    assert_eq!(deny(&first, NO), Ok(Completion::OnDisk));
    copy(dir.path(), other.path());
    keys.heal();
    let (second, _) = open(other.path(), &keys);
    assert_eq!(charge(&second, 5), Ok(5));
    first.finish().unwrap();
    assert_eq!((first.anchor().spent.install, keys.generations().len()), (5, 1));
    drop(second);
    let (second, opening) = open(other.path(), &keys);
    assert!(opening.rolled_back && !opening.fresh, "{opening:?}");
    assert_eq!((second.anchor().spent.install, texts(&second, C).len()), (5, 1));
}

#[test]
fn an_item_that_could_not_be_removed_takes_nothing_back() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    deny(&vault, NO).unwrap();
    keys.fail("remove", unavailable());
    let allow = |w: &mut Writer<'_>| {
        w.anchor().denied = 0;
        Ok::<_, VaultError>(())
    };
    vault.write(Durability::Anchored, allow).unwrap();
    keys.heal();
    assert_eq!((charge(&vault, 1), vault.anchor().denied), (Ok(1), 0));
    assert_eq!(keys.generations().len(), 1);
}

#[test]
fn two_copies_side_by_side_share_one_budget() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (first, _) = open(dir.path(), &keys);
    append(&first, C, b"x");
    copy(dir.path(), other.path());
    let (second, opening) = open(other.path(), &keys);
    assert_eq!(opening, Opening::default(), "nothing tells them apart yet");
    assert_eq!(charge(&first, 5), Ok(5));
    assert_eq!(charge(&second, 5), Ok(10), "what the other one spent counts");
    assert_eq!(deny(&first, NO), Ok(Completion::Done));
    assert_eq!(first.anchor().spent.install, 10);
    assert_eq!(charge(&second, 1), Ok(11));
    assert_eq!(second.anchor().denied, NO);
    assert_eq!(keys.generations().len(), 1, "one item for both");
    first.erase(&[C], NO, |_| Ok(())).unwrap();
    append(&second, C, b"nobody told it yet");
    assert!(!second.is_displaced());
    assert_eq!(charge(&second, 1), Err(VaultError::Superseded));
    let late = second.write(Durability::Normal, |w| w.append(C, T, b"never read again"));
    assert_eq!((late, second.is_displaced()), (Err(VaultError::Superseded), true));
    drop(second);
    let (second, opening) = open(other.path(), &keys);
    assert!(opening.rolled_back && opening.fresh);
    assert_eq!((second.anchor().spent.install, second.anchor().denied), (11, NO));
    assert!(texts(&second, C).is_empty());
    drop(first);
    assert_eq!(open(dir.path(), &keys).1, Opening::default());
}

#[test]
fn a_key_store_that_is_empty_for_a_while_displaces_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    let theirs = std::mem::take(&mut *keys.items.lock().unwrap());
    assert_eq!(charge(&vault, 1), Err(VaultError::Superseded));
    append(&vault, C, b"kept");
    *keys.items.lock().unwrap() = theirs;
    assert_eq!((charge(&vault, 1), vault.is_displaced()), (Ok(1), false));
}

#[test]
fn two_copies_that_charge_at_the_same_moment_do_not_both_spend() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (first, _) = open(dir.path(), &keys);
    append(&first, C, b"x");
    copy(dir.path(), other.path());
    let (second, _) = open(other.path(), &keys);
    let both = first.write(Durability::Anchored, |w| {
        charge(&second, 5)?;
        w.anchor().spent.install += 5;
        Ok(())
    });
    assert_eq!(both, Err(VaultError::Conflict));
    assert_eq!(charge(&first, 5), Ok(10));
}

#[test]
fn two_folders_and_two_stores_never_touch_each_others_keys() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (first, _) = open(a.path(), &keys);
    append(&first, C, b"first");
    let (second, opening) = open(b.path(), &keys);
    assert_eq!(opening, Opening { fresh: true, ..Opening::default() });
    append(&second, C, b"second");
    first.erase(&[C], NO, |_| Ok(())).unwrap();
    append(&first, C, b"anew");
    drop((first, second));
    let moved = tempfile::tempdir().unwrap();
    copy(a.path(), moved.path());
    std::fs::remove_dir_all(a.path()).unwrap();
    let (first, opening) = open(moved.path(), &keys);
    assert_eq!((opening, texts(&first, C)), (Opening::default(), vec![b"anew".to_vec()]));
    let (second, opening) = open(b.path(), &keys);
    assert_eq!((opening, texts(&second, C)), (Opening::default(), vec![b"second".to_vec()]));
    assert_eq!(second.anchor().denied, 0);
    drop(second);
    std::fs::remove_dir_all(b.path()).unwrap();
    let (_, opening) = open(b.path(), &keys);
    assert_eq!(opening, Opening { fresh: true, ..Opening::default() }, "a new installation");
    assert_eq!(keys.items.lock().unwrap().len(), 3, "what is gone is not cleaned up by the way");
}

#[test]
fn a_denial_needs_no_key_store() {
    for verb in ["load", "store", "remove", "list"] {
        let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        append(&vault, C, b"gone");
        append(&vault, D, b"kept");
        copy(dir.path(), backup.path());
        keys.fail(verb, unavailable());
        let erased = vault.erase(&[C], NO, |w| w.append(D, T, b"receipt").map(drop)).unwrap();
        assert_eq!(erased.completion, Completion::OnDisk, "{verb}");
        assert!(texts(&vault, C).is_empty() && !vault.is_settled());
        assert_eq!(texts(&vault, D).len(), 2);
        drop(vault);
        keys.heal();
        let (vault, opening) = open(dir.path(), &keys);
        assert!(opening.resumed_erase && !opening.rolled_back && !opening.fresh, "{verb}: {opening:?}");
        assert!(vault.is_settled());
        assert_eq!((texts(&vault, C).len(), texts(&vault, D).len()), (0, 2));
        drop(vault);
        assert_eq!(keys.generations().len(), 1, "{verb}");
        let (old, opening) = open(backup.path(), &keys);
        assert!(opening.fresh && texts(&old, C).is_empty(), "{verb}: {opening:?}");
    }
}

#[test]
fn a_charge_or_a_yes_without_a_key_store_is_no_charge_and_no_yes() {
    for verb in ["load", "store", "list"] {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        charge(&vault, 5).unwrap();
        keys.fail(verb, unavailable());
        assert_eq!(charge(&vault, 1), Err(VaultError::KeyStore(unavailable())), "{verb}");
        keys.heal();
        assert_eq!(vault.anchor().spent.install, 5);
        assert_eq!(charge(&vault, 2), Ok(7), "{verb}");
        drop(vault);
        let (vault, opening) = open(dir.path(), &keys);
        assert_eq!((opening, vault.anchor().spent.install), (Opening::default(), 7));
    }
}

#[test]
fn an_item_that_could_not_be_removed_is_told_and_removed_later() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    copy(dir.path(), backup.path());
    keys.fail("remove", unavailable());
    assert_eq!(charge(&vault, 5), Ok(5));
    assert!(!vault.is_settled(), "an older copy would still open");
    keys.heal();
    vault.finish().unwrap();
    assert!(vault.is_settled());
    drop(vault);
    let (old, opening) = open(backup.path(), &keys);
    assert!(opening.rolled_back && old.anchor().spent.install == 5);
}

#[test]
fn leftovers_of_a_kill_count_against_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    charge(&vault, 5).unwrap();
    drop(vault);
    // Killed after the new item was stored and before the commit.
    let (vault, _) = open(dir.path(), &keys);
    let killed = vault.write::<(), VaultError>(Durability::Anchored, |w| {
        w.anchor().spent.install += 3;
        w.anchor().denied |= OTHER;
        w.conn.execute_batch("ROLLBACK; BEGIN")?; // whatever follows is lost
        Ok(())
    });
    drop((killed, vault));
    let (vault, opening) = open(dir.path(), &keys);
    assert!(!opening.rolled_back && !opening.fresh, "{opening:?}");
    deny(&vault, NO).unwrap();
    assert!(vault.anchor().spent.install >= 5 && vault.anchor().denied & NO != 0);
    assert_eq!(keys.generations().len(), 1);
}

#[test]
fn a_key_store_that_calls_back_is_refused() {
    struct Caller {
        inner: Keys,
        vault: Mutex<Option<std::sync::Weak<Vault>>>,
        answers: Mutex<Vec<Option<VaultError>>>,
    }
    impl Caller {
        fn call_back(&self) {
            if let Some(vault) = self.vault.lock().unwrap().as_ref().and_then(std::sync::Weak::upgrade) {
                let answer = vault.write(Durability::Full, |w| w.append(C, T, b"from inside"));
                self.answers.lock().unwrap().push(answer.err());
                assert!(vault.read(|r| r.scan(C, T)).is_ok(), "reads never wait");
            }
        }
    }
    impl KeyStore for Caller {
        fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
            self.call_back();
            self.inner.load(alias)
        }
        fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
            self.call_back();
            self.inner.store(alias, secret)
        }
        fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
            self.call_back();
            self.inner.remove(alias)
        }
        fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
            self.inner.list(prefix)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let caller =
        Arc::new(Caller { inner: Keys::default(), vault: Mutex::default(), answers: Mutex::default() });
    let (vault, _) = Vault::open(dir.path(), "test", caller.clone(), Arc::new(SystemRandom)).unwrap();
    let vault = Arc::new(vault);
    *caller.vault.lock().unwrap() = Some(Arc::downgrade(&vault));
    append(&vault, C, b"x");
    vault.erase(&[C], NO, |_| Ok(())).unwrap();
    let answers = caller.answers.lock().unwrap();
    assert!(answers.len() > 3 && answers.iter().all(|a| *a == Some(VaultError::Reentrant)), "{answers:?}");
}

/// Copies the folder at the moment at which a new item has been stored and no commit names it: what a kill leaves.
struct Camera {
    keys: Arc<Keys>,
    from: std::path::PathBuf,
    to: std::path::PathBuf,
}

impl KeyStore for Camera {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.keys.load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.keys.store(alias, secret)?;
        copy(&self.from, &self.to);
        Err(KeyStoreError::Unavailable { reason: "killed".into() })
    }

    fn remove(&self, _: String) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::Unavailable { reason: "killed".into() })
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.keys.list(prefix)
    }
}

#[test]
fn a_denial_that_was_cut_off_before_its_commit_goes_on_at_the_next_opening() {
    let (dir, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    drop(open(dir.path(), &keys));
    let camera = Camera { keys: keys.clone(), from: dir.path().into(), to: killed.path().into() };
    let (vault, _) = Vault::open(dir.path(), "test", Arc::new(camera), Arc::new(SystemRandom)).unwrap();
    drop(deny(&vault, NO));
    drop(vault);
    assert_eq!(keys.generations().len(), 2, "the item was stored");
    let (vault, _) = open(killed.path(), &keys);
    assert_eq!(vault.anchor().denied, NO);
    assert_eq!(keys.generations().len(), 1);
    drop(vault);
    keys.loads.store(0, Ordering::SeqCst);
    assert_eq!(open(killed.path(), &keys).1, Opening::default());
    assert_eq!(keys.loads.load(Ordering::SeqCst), 1, "nothing is looked for any more");
}
