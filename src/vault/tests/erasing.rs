//! Erasure: complete, resumable, and of nothing else.

use super::*;

#[test]
fn erasing_destroys_one_compartment_and_spares_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    for i in 0..20 {
        append(&vault, C, &[i]);
        append(&vault, D, &[i]);
    }
    let erased = vault.erase(&[C, Compartment(77)], |w| w.append(D, T, b"receipt").map(drop)).unwrap();
    assert_eq!(erased, Erased { rows: vec![(C, 20), (Compartment(77), 0)], keys_destroyed: 1, epoch: 2 });
    assert!(!vault.read(|r| Ok::<_, VaultError>(r.has(C))).unwrap());
    assert_eq!(texts(&vault, D).len(), 21);
    append(&vault, C, b"a new beginning");
    drop(vault);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!(opening, Opening::default());
    assert_eq!((texts(&vault, C).len(), texts(&vault, D).len()), (1, 21));
    assert!(vault.integrity().unwrap().is_sound());
    assert_eq!(keys.aliases(), ["sottovoce.test.2", "sottovoce.test.anchor"]);
    assert_eq!(vault.erase(&[Compartment(u16::MAX)], |_| Ok(())), Err(VaultError::Reserved));
}

#[test]
fn a_copy_from_before_an_erasure_opens_with_no_key_that_is_left() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"secret");
    append(&vault, D, b"kept");
    copy(dir.path(), backup.path());
    vault.erase(&[C], |_| Ok(())).unwrap();
    drop(vault);
    for held in keys.items.lock().unwrap().values().cloned().collect::<Vec<_>>() {
        let liar = Arc::new(Keys::default());
        liar.items.lock().unwrap().insert("sottovoce.test.1".into(), held);
        assert!(try_open(backup.path(), &liar).is_err());
    }
}

#[test]
fn an_erasure_that_fails_early_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"x");
    keys.fail("store", unavailable());
    assert_eq!(vault.erase(&[C], |_| Ok(())), Err(VaultError::KeyStore(unavailable())));
    keys.heal();
    assert_eq!(vault.erase(&[C], |_| Err(VaultError::TooLarge)), Err(VaultError::TooLarge));
    assert_eq!(texts(&vault, C).len(), 1);
    drop(vault);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!((texts(&vault, C).len(), opening), (1, Opening::default()));
    assert_eq!(keys.aliases(), ["sottovoce.test.1", "sottovoce.test.anchor"]);
}

#[test]
fn an_erasure_whose_old_key_could_not_be_removed_is_finished_later() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"x");
    append(&vault, D, b"kept");
    keys.fail("remove", unavailable());
    assert_eq!(vault.erase(&[C], |_| Ok(())), Err(VaultError::KeyStore(unavailable())));
    assert!(texts(&vault, C).is_empty(), "the records are gone all the same");
    drop(vault);
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.erase_unfinished && !opening.resumed_erase);
    drop(vault);
    keys.heal();
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.resumed_erase && !opening.erase_unfinished);
    assert_eq!(keys.aliases(), ["sottovoce.test.2", "sottovoce.test.anchor"]);
    assert_eq!(texts(&vault, D), [b"kept".to_vec()]);
}

#[test]
fn rotating_the_root_key_touches_no_record() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"x");
    let sealed = |vault: &Vault| {
        let read = |r: &Reader<'_>| {
            Ok::<Vec<u8>, VaultError>(r.conn.query_row("SELECT sealed FROM r3_20", [], |row| row.get(0))?)
        };
        vault.read(read).unwrap()
    };
    let before = sealed(&vault);
    assert_eq!(vault.rotate_root().unwrap(), 2);
    assert_eq!(sealed(&vault), before);
    drop(vault);
    assert_eq!(texts(&open(dir.path(), &keys).0, C), [b"x".to_vec()]);
}

#[test]
fn erasing_what_is_empty_needs_no_key_store() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, D, b"kept");
    keys.fail("store", unavailable());
    let erased = vault.erase(&[C], |w| w.append(D, T, b"receipt").map(drop)).unwrap();
    assert_eq!(erased, Erased { rows: vec![(C, 0)], keys_destroyed: 0, epoch: 1 });
    assert_eq!(texts(&vault, D).len(), 2);
}
