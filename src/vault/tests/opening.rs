//! Files and key store meet again, or do not fit.

use crate::vault::tests::*;

/// What lies in the database and in its log.
fn contents(dir: &Path) -> [Vec<u8>; 2] {
    ["test.vault", "test.vault-wal"].map(|name| std::fs::read(dir.join(name)).unwrap())
}

#[test]
fn a_cold_open_asks_the_key_store_once() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!(opening, Opening { fresh: true, ..Opening::default() });
    append(&vault, C, b"x");
    drop(vault);
    keys.loads.store(0, Ordering::SeqCst);
    let (vault, opening) = open(dir.path(), &keys);
    append(&vault, D, b"y");
    assert_eq!((keys.loads.load(Ordering::SeqCst), opening), (1, Opening::default()));
}

#[test]
fn a_second_owner_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    assert_eq!(try_open(dir.path(), &keys).err(), Some(VaultError::AlreadyOpen));
    vault.shutdown();
    let (other, _) = open(dir.path(), &keys);
    append(&other, C, b"x");
    assert_eq!(vault.read(|r| r.scan(C, T)), Err(VaultError::Closed));
    assert_eq!(vault.write(Durability::Full, |w| w.append(C, T, b"")), Err(VaultError::Closed));
    assert_eq!(vault.erase(&[C], 0, |_| Ok(())), Err(VaultError::Closed));
}

#[test]
fn an_unavailable_or_wrong_key_touches_nothing() {
    let home = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    keys.fail("load", unavailable());
    assert_eq!(try_open(home.path(), &keys).err(), Some(VaultError::KeyStore(unavailable())));
    assert!(!home.path().join("test.vault").exists());
    keys.heal();
    append(&open(home.path(), &keys).0, C, b"kept");
    let (vault, _) = open(home.path(), &keys);
    append(&vault, C, b"in the log");
    // As a killed process leaves them.
    let dir = tempfile::tempdir().unwrap();
    copy(home.path(), dir.path());
    drop(vault);
    let left = contents(dir.path());
    let right = keys.items.lock().unwrap().clone();
    let alias = keys.only().0;
    for failure in [unavailable(), KeyStoreError::Mismatch { reason: String::new() }] {
        keys.fail("load", failure.clone());
        assert_eq!(try_open(dir.path(), &keys).err(), Some(VaultError::KeyStore(failure)));
    }
    keys.heal();
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Arc::new(Keys::default());
    drop(open(elsewhere.path(), &other));
    *keys.items.lock().unwrap() = BTreeMap::from([(alias.clone(), other.only().1)]);
    assert_eq!(try_open(dir.path(), &keys).err(), Some(VaultError::WrongKey));
    for garbage in [vec![], vec![1; 32], vec![0; 61], vec![9; 4096]] {
        keys.items.lock().unwrap().insert(alias.clone(), garbage);
        let refused = try_open(dir.path(), &keys).err();
        assert!(matches!(refused, Some(VaultError::KeyStore(KeyStoreError::Mismatch { .. }))));
    }
    assert!(contents(dir.path()) == left, "files were touched");
    *keys.items.lock().unwrap() = right;
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!(
        (texts(&vault, C), opening),
        (vec![b"kept".to_vec(), b"in the log".to_vec()], Opening::default())
    );
}

#[test]
fn a_copy_with_its_keys_that_went_its_own_way_does_not_fit_any_more() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (keys, theirs) = (Arc::new(Keys::default()), Arc::new(Keys::default()));
    append(&open(dir.path(), &keys).0, C, b"x");
    copy(dir.path(), other.path());
    *theirs.items.lock().unwrap() = keys.items.lock().unwrap().clone();
    for (home, keys, said) in [(&dir, &keys, b"here"), (&other, &theirs, b"away")] {
        let (vault, _) = open(home.path(), keys);
        vault.erase(&[C], 1, |_| Ok(())).unwrap();
        append(&vault, C, said);
    }
    let (ours, away) = (keys.only(), theirs.only());
    *keys.items.lock().unwrap() = BTreeMap::from([(ours.0, away.1.clone())]);
    assert_eq!(try_open(dir.path(), &keys).err(), Some(VaultError::WrongKey));
    *keys.items.lock().unwrap() = BTreeMap::from([away]);
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.fresh && opening.rolled_back && !opening.damaged, "{opening:?}");
    assert!(Path::new(&opening.moved_aside.unwrap()).exists());
    assert_eq!((texts(&vault, C).len(), vault.anchor().denied), (0, 1));
}

#[test]
fn a_lost_key_means_a_fresh_start_that_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    append(&open(dir.path(), &keys).0, C, b"lost");
    keys.items.lock().unwrap().clear();
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.fresh && opening.key_was_missing && !opening.rolled_back && !opening.damaged);
    assert!(Path::new(&opening.moved_aside.unwrap()).exists());
    assert!(texts(&vault, C).is_empty());
    drop(vault);
    assert_eq!(open(dir.path(), &keys).1, Opening::default());
}

#[test]
fn a_file_that_is_no_database_is_put_aside_and_told() {
    let damages: [fn(&Path); 8] = [
        |file| std::fs::write(file, vec![7; 9000]).unwrap(),
        |file| std::fs::write(file, b"").unwrap(),
        |file| std::fs::write(file, b"S").unwrap(),
        |file| std::fs::write(file, vec![0; 4096]).unwrap(),
        |file| {
            std::fs::remove_file(file).unwrap();
            rusqlite::Connection::open(file).unwrap().execute_batch("VACUUM").unwrap();
        },
        |file| {
            let mut bytes = std::fs::read(file).unwrap();
            bytes[100..4096].fill(0x5a);
            std::fs::write(file, bytes).unwrap();
        },
        |file| tamper(file.parent().unwrap(), "DROP TABLE meta"),
        |file| {
            let spy = "CREATE TRIGGER spy AFTER INSERT ON r3_20 BEGIN DELETE FROM r3_20; END";
            tamper(file.parent().unwrap(), spy);
        },
    ];
    for (i, damage) in damages.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        append(&open(dir.path(), &keys).0, C, b"x");
        damage(&dir.path().join("test.vault"));
        let (vault, opening) = open(dir.path(), &keys);
        assert!(opening.damaged && !opening.key_was_missing, "{i}: {opening:?}");
        assert!(Path::new(&opening.moved_aside.unwrap()).exists());
        append(&vault, C, b"y");
        drop(vault);
        assert_eq!(open(dir.path(), &keys).1, Opening::default(), "{i}");
    }
}

#[test]
fn of_a_vault_without_its_database_comes_back_what_is_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(home.path(), &keys);
    append(&vault, C, b"in the log");
    let lost: [fn(&Path); 3] = [
        |file| std::fs::write(file, b"").unwrap(),
        |file| std::fs::remove_file(file).unwrap(),
        |file| {
            std::fs::remove_file(file).unwrap();
            std::fs::create_dir_all(file.join("full")).unwrap();
        },
    ];
    for (i, lose) in lost.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        copy(home.path(), dir.path());
        lose(&dir.path().join("test.vault"));
        let (vault, opening) = open(dir.path(), &keys);
        assert!(opening.damaged && !opening.fresh, "{i}: {opening:?}");
        assert!(Path::new(&opening.moved_aside.unwrap()).exists());
        assert_eq!(texts(&vault, C), [b"in the log".to_vec()]);
        drop(vault);
        assert_eq!(open(dir.path(), &keys).1, Opening::default(), "{i}");
        let log = dir.path().join("test.vault-wal");
        std::fs::remove_file(dir.path().join("test.vault")).unwrap();
        std::fs::write(log, b"nothing that can be read").unwrap();
        let (_, opening) = open(dir.path(), &keys);
        assert!(opening.damaged && opening.fresh && opening.moved_aside.is_some(), "{i}: {opening:?}");
    }
}

#[test]
fn a_first_opening_that_was_cut_off_anywhere_is_told_by_nothing() {
    let whole = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    drop(open(whole.path(), &keys));
    let file = std::fs::read(whole.path().join("test.vault")).unwrap();
    for cut in [0, 100, 5000, file.len()] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("test.vault-first"), &file[..cut]).unwrap();
        std::fs::write(dir.path().join("test.vault-first-wal"), b"").unwrap();
        let (vault, opening) = open(dir.path(), &keys);
        assert_eq!(opening, Opening { fresh: true, ..Opening::default() }, "{cut}");
        append(&vault, C, b"x");
        drop(vault);
        assert_eq!(open(dir.path(), &keys).1, Opening::default(), "{cut}");
        assert!(!dir.path().join("test.vault-first").exists());
    }
}

#[test]
fn a_damaged_head_or_data_key_costs_nothing_else() {
    for damage in [
        "DELETE FROM head",
        "UPDATE head SET sealed = zeroblob(70)",
        "UPDATE data_key SET wrapped = zeroblob(98) WHERE compartment = 65535",
        "UPDATE data_key SET wrapped = zeroblob(98) WHERE compartment = 4",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        append(&vault, C, b"kept");
        append(&vault, D, b"behind the damaged key");
        drop(vault);
        tamper(dir.path(), damage);
        let (vault, opening) = open(dir.path(), &keys);
        assert!(opening.damaged && !opening.fresh, "{damage}: {opening:?}");
        assert_eq!(texts(&vault, C), [b"kept".to_vec()], "{damage}");
        append(&vault, C, b"goes on");
        append(&vault, D, b"a new key");
        assert_eq!(texts(&vault, C).len(), 2);
        let lost = damage.ends_with("= 4");
        assert_eq!(texts(&vault, D).len(), if lost { 1 } else { 2 });
        let unreadable = Unreadable { compartment: D.0, records: 1 };
        assert_eq!(vault.unreadable(), if lost { vec![unreadable] } else { vec![] });
        vault.erase(&[D], 0, |_| Ok(())).unwrap();
        assert_eq!(texts(&vault, C).len(), 2);
        drop(vault);
        let (vault, _) = open(dir.path(), &keys);
        assert!(vault.integrity().unwrap().is_sound(), "{damage}: {:?}", vault.integrity());
        assert_eq!((texts(&vault, C).len(), texts(&vault, D).len()), (2, 0));
    }
}

#[test]
fn a_newer_format_and_a_foreign_name_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    drop(open(dir.path(), &keys));
    tamper(dir.path(), "PRAGMA user_version = 9; UPDATE meta SET format = 9");
    assert_eq!(try_open(dir.path(), &keys).err(), Some(VaultError::NewerFormat { found: 9 }));
    tamper(dir.path(), "PRAGMA user_version = 2; UPDATE meta SET format = 2");
    open(dir.path(), &keys);
    for name in ["", "../x", "A", "a/b", &"x".repeat(65)] {
        let opened =
            Vault::open(dir.path(), name, Arc::clone(&keys) as Arc<dyn KeyStore>, Arc::new(SystemRandom));
        assert_eq!(opened.err(), Some(VaultError::Name));
    }
}

#[test]
fn items_of_removed_installations_go_when_asked_and_no_others() {
    let keys = Arc::new(Keys::default());
    let homes: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    for home in &homes {
        append(&open(home.path(), &keys).0, C, b"x");
    }
    let (kept, _) = open(homes[0].path(), &keys);
    let foreign = ("somebody.else", vec![1]);
    keys.items.lock().unwrap().insert(foreign.0.into(), foreign.1);
    let store = || Arc::clone(&keys) as Arc<dyn KeyStore>;
    let gone = homes[2].path().join("gone");
    assert_eq!(remove_other_keys(store(), &[homes[0].path(), homes[1].path(), &gone]), Ok(1));
    std::fs::write(homes[1].path().join("test.vault"), vec![7; 5000]).unwrap();
    let refused = remove_other_keys(store(), &[homes[0].path(), homes[1].path()]);
    assert!(matches!(refused, Err(VaultError::Damaged { .. })), "{refused:?}");
    assert_eq!(remove_other_keys(store(), &[homes[0].path()]), Ok(1));
    append(&kept, C, b"goes on");
    kept.rotate_root().unwrap();
    assert_eq!(keys.items.lock().unwrap().len(), 2);
}

#[test]
fn errors_never_carry_the_databases_own_text() {
    let error = VaultError::from(
        rusqlite::Connection::open_in_memory().unwrap().execute("ATTACH '/secret/no' AS x", []).unwrap_err(),
    );
    assert_eq!(error.to_string(), "storage failed with code 14");
    assert!(std::error::Error::source(&error).is_none());
}

#[test]
fn sqlite_is_built_without_what_the_vault_never_asks_it() {
    let conn = rusqlite::Connection::open_in_memory().unwrap();
    let mut query = conn.prepare("PRAGMA compile_options").unwrap();
    let options: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for wanted in
        ["OMIT_LOAD_EXTENSION", "OMIT_JSON", "OMIT_SHARED_CACHE", "OMIT_FOREIGN_KEY", "THREADSAFE=1"]
    {
        assert!(options.iter().any(|o| o == wanted), "{wanted} is missing: is .cargo/config.toml in use?");
    }
    for unwanted in ["ENABLE_FTS", "ENABLE_RTREE", "ENABLE_STAT4", "ENABLE_DBSTAT", "ENABLE_API_ARMOR"] {
        assert!(!options.iter().any(|o| o.starts_with(unwanted)), "{unwanted}");
    }
}

#[test]
fn a_repair_gives_up_what_cannot_be_read_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"lost");
    append(&vault, D, b"kept");
    drop(vault);
    tamper(dir.path(), "UPDATE r3_20 SET sealed = zeroblob(60)");
    let (vault, _) = open(dir.path(), &keys);
    let lost = vec![Unreadable { compartment: C.0, records: 1 }];
    for apply in [false, false, true] {
        let found = vault.repair(apply).unwrap();
        assert_eq!((found.unreadable, found.applied), (lost.clone(), apply));
        assert_eq!(vault.integrity().unwrap().is_sound(), apply);
    }
    assert_eq!(vault.repair(true).unwrap().unreadable, []);
    assert_eq!(texts(&vault, D), [b"kept".to_vec()]);
}
