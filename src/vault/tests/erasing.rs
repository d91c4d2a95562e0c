//! Erasure: complete, resumable, and of nothing else.

use crate::vault::tests::*;

fn rows(erased: &Erased) -> Vec<(u16, u64)> {
    erased.rows.iter().map(|(c, n)| (c.0, *n)).collect()
}

#[test]
fn erasing_destroys_one_compartment_and_spares_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    for i in 0..20 {
        append(&vault, C, &[i]);
        append(&vault, D, &[i]);
    }
    let erased = vault.erase(&[C, Compartment(77)], 0, |w| w.append(D, T, b"receipt").map(drop)).unwrap();
    assert_eq!(rows(&erased), [(C.0, 20), (77, 0)]);
    assert_eq!((erased.keys_destroyed, erased.completion), (1, Completion::Done));
    assert!(!vault.read(|r| Ok::<_, VaultError>(r.has(C))).unwrap());
    assert_eq!(texts(&vault, D).len(), 21);
    append(&vault, C, b"a new beginning");
    drop(vault);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!(opening, Opening::default());
    assert_eq!((texts(&vault, C).len(), texts(&vault, D).len()), (1, 21));
    assert!(vault.integrity().unwrap().is_sound());
    assert_eq!(keys.generations(), [2]);
    assert_eq!(vault.erase(&[Compartment(u16::MAX)], 0, |_| Ok(())), Err(VaultError::Reserved));
}

#[test]
fn an_erasure_empties_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    append(&vault, C, &[7; 9000]);
    let log = || std::fs::metadata(dir.path().join("test.vault-wal")).unwrap().len();
    assert!(log() > 9000);
    vault.erase(&[C], 0, |_| Ok(())).unwrap();
    assert!(log() <= 3 * 4200, "only what was written after it was emptied: {}", log());
}

#[test]
fn a_copy_from_before_an_erasure_opens_with_no_key_that_is_left() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"secret");
    append(&vault, D, b"kept");
    copy(dir.path(), backup.path());
    let before = keys.only().0;
    vault.erase(&[C], 0, |_| Ok(())).unwrap();
    drop(vault);
    let liar = Arc::new(Keys::default());
    liar.items.lock().unwrap().insert(before, keys.only().1);
    assert_eq!(try_open(backup.path(), &liar).err(), Some(VaultError::WrongKey));
    let (old, opening) = open(backup.path(), &keys);
    assert!(opening.rolled_back && opening.fresh && !opening.key_was_missing, "{opening:?}");
    assert!(texts(&old, C).is_empty() && texts(&old, D).is_empty());
    drop(old);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!(
        (opening, texts(&vault, D)),
        (Opening::default(), vec![b"kept".to_vec()]),
        "each its own keys"
    );
}

#[test]
fn what_is_deleted_with_the_root_key_cannot_be_read_from_a_copy() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    let gone = append(&vault, C, b"one event");
    append(&vault, C, b"another");
    copy(dir.path(), backup.path());
    assert_eq!(vault.write(Durability::Erasing, |w| w.delete(C, &[gone])), Ok(1));
    assert_eq!((texts(&vault, C), vault.anchor().erasures), (vec![b"another".to_vec()], 1));
    drop(vault);
    let (_, opening) = open(backup.path(), &keys);
    assert!(opening.rolled_back && opening.fresh);
    assert_eq!(texts(&open(dir.path(), &keys).0, C).len(), 1);
}

#[test]
fn an_erasure_that_denies_nothing_and_fails_early_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"x");
    keys.fail("store", unavailable());
    assert_eq!(vault.erase(&[C], 0, |_| Ok(())), Err(VaultError::KeyStore(unavailable())));
    keys.heal();
    assert_eq!(vault.erase(&[C], 0, |_| Err(VaultError::TooLarge)), Err(VaultError::TooLarge));
    assert_eq!(texts(&vault, C).len(), 1);
    drop(vault);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!((texts(&vault, C).len(), opening), (1, Opening::default()));
}

#[test]
fn an_erasure_whose_old_key_could_not_be_removed_is_finished_later() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"x");
    append(&vault, D, b"kept");
    keys.fail("remove", unavailable());
    let erased = vault.erase(&[C], 0, |_| Ok(())).unwrap();
    assert_eq!((rows(&erased), erased.completion), (vec![(C.0, 1)], Completion::OnDisk));
    assert!(texts(&vault, C).is_empty() && !vault.is_settled(), "the records are gone all the same");
    drop(vault);
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.erase_unfinished && !opening.resumed_erase);
    keys.heal();
    assert_eq!(vault.finish(), Ok(true));
    assert!(vault.is_settled());
    drop(vault);
    assert_eq!(keys.generations(), [2]);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!((opening, texts(&vault, D)), (Opening::default(), vec![b"kept".to_vec()]));
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
    vault.rotate_root().unwrap();
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
    for verb in ["load", "store", "remove", "list"] {
        keys.fail(verb, unavailable());
        let erased = vault.erase(&[C], 0, |w| w.append(D, T, b"receipt").map(drop)).unwrap();
        assert_eq!((rows(&erased), erased.completion), (vec![(C.0, 0)], Completion::Done));
    }
    assert_eq!(texts(&vault, D).len(), 5);
}
