//! Data keys wear out and are replaced; the snapshot follows the root key.

use crate::vault::tests::*;

fn number(vault: &Vault, sql: &str) -> i64 {
    vault.read(|r| Ok::<_, VaultError>(r.conn.query_row(sql, [], |row| row.get(0))?)).unwrap()
}

#[test]
fn records_move_to_a_new_data_key_a_few_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    for i in 0..10 {
        append(&vault, C, &[i]);
    }
    vault.write(Durability::Full, |w| w.put(C, U, "size", b"M")).unwrap();
    append(&vault, D, b"other");
    vault.rotate_data_key(C).unwrap();
    vault.rotate_data_key(Compartment(99)).unwrap();
    append(&vault, C, &[10]);
    assert_eq!(number(&vault, "SELECT count(*) FROM data_key WHERE compartment = 3"), 2);
    assert_eq!(vault.reseal(4).unwrap(), 4);
    drop(vault);
    let (vault, _) = open(dir.path(), &keys);
    assert_eq!(texts(&vault, C), (0..=10).map(|i| vec![i]).collect::<Vec<_>>());
    assert_eq!(vault.reseal(100).unwrap(), 7);
    assert_eq!(vault.reseal(100).unwrap(), 0);
    assert_eq!(number(&vault, "SELECT count(*) FROM data_key WHERE compartment = 3"), 1);
    assert_eq!(texts(&vault, C).len(), 11);
    assert_eq!(vault.read(|r| r.get(C, U, "size")).unwrap().unwrap().as_slice(), b"M");
    assert!(vault.integrity().unwrap().is_sound());
}

#[test]
fn a_worn_out_key_is_replaced_before_it_seals_again() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    append(&open(dir.path(), &keys).0, C, b"first");
    tamper(dir.path(), "UPDATE data_key SET seals = 1 << 28");
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"second");
    assert_eq!(number(&vault, "SELECT count(*) FROM data_key"), 4, "head and compartment have two keys each");
    assert_eq!(vault.reseal(10).unwrap(), 1);
    assert_eq!(number(&vault, "SELECT count(*) FROM data_key"), 2);
    drop(vault);
    let (vault, _) = open(dir.path(), &keys);
    assert_eq!(texts(&vault, C), [b"first".to_vec(), b"second".to_vec()]);
    assert!(vault.integrity().unwrap().is_sound());
}

#[test]
fn seals_are_counted_ahead_of_use() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    append(&vault, C, b"x");
    assert_eq!(number(&vault, "SELECT seals FROM data_key WHERE compartment = 3"), 4096);
    let undone =
        vault.write::<(), _>(Durability::Full, |w| w.append(D, T, b"x").and(Err(VaultError::TooLarge)));
    assert!(undone.is_err());
    vault
        .write::<_, VaultError>(Durability::Normal, |w| {
            (0..4096).try_for_each(|_| w.append(C, T, b"x").map(drop))
        })
        .unwrap();
    assert_eq!(number(&vault, "SELECT seals FROM data_key WHERE compartment = 3"), 8192);
}

#[test]
fn a_widgets_file_is_read_without_the_vault_until_its_key_goes() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let read = || Vault::read_widget(dir.path(), "test", keys.clone());
    assert_eq!(read(), Ok(None));
    let (vault, _) = open(dir.path(), &keys);
    vault.write_widget(b"three picks").unwrap();
    assert_eq!(read().unwrap().unwrap().as_slice(), b"three picks");
    assert_eq!(vault.write_widget(&vec![0; 300_000]), Err(VaultError::TooLarge));
    let file = dir.path().join("test.snapshot");
    let copy = std::fs::read(&file).unwrap();
    assert!(!copy.windows(5).any(|w| w == b"picks"));
    for at in 0..copy.len() {
        let mut changed = copy.clone();
        changed[at] ^= 1;
        std::fs::write(&file, changed).unwrap();
        assert!(!matches!(read(), Ok(Some(_))));
    }
    keys.fail("load", unavailable());
    std::fs::write(&file, &copy).unwrap();
    assert_eq!(read(), Err(VaultError::KeyStore(unavailable())));
    keys.heal();
    append(&vault, C, b"x");
    vault.erase(&[C], 0, |_| Ok(())).unwrap();
    assert_eq!(read().unwrap().unwrap().as_slice(), b"three picks", "it does not hang on the root key");
    vault.remove_widget().unwrap();
    assert!(!file.exists() && keys.items.lock().unwrap().len() == 1);
    std::fs::write(&file, copy).unwrap();
    assert_eq!(read(), Ok(None), "a copy of it needs a key that is gone");
    vault.write_widget(b"again").unwrap();
    assert_eq!(read().unwrap().unwrap().as_slice(), b"again");
}

#[test]
fn a_widgets_key_that_could_not_be_removed_is_removed_later() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    vault.write_widget(b"three picks").unwrap();
    keys.fail("remove", unavailable());
    vault.remove_widget().unwrap();
    assert!(!dir.path().join("test.snapshot").exists() && !vault.is_settled());
    assert!(vault.finish().is_err());
    keys.heal();
    vault.finish().unwrap();
    assert!(vault.is_settled() && keys.items.lock().unwrap().len() == 1);
}

#[test]
fn a_widgets_file_may_lie_apart_from_the_vault() {
    let (dir, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (keys, there) = (Arc::new(Keys::default()), shared.path().join("widget"));
    let open =
        || Vault::open_sharing(dir.path(), &there, "test", keys.clone(), Arc::new(SystemRandom)).unwrap().0;
    let read = || Vault::read_widget(&there, "test", keys.clone());
    let vault = open();
    vault.remove_widget().unwrap();
    vault.write_widget(b"three picks").unwrap();
    assert_eq!(read().unwrap().unwrap().as_slice(), b"three picks");
    let names = |at: &Path| {
        let names = std::fs::read_dir(at).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&there), ["test.snapshot"], "nothing but the widget's file lies where others read");
    assert!(!names(dir.path()).contains(&"test.snapshot".to_owned()));
    vault.write_widget(&vec![7; 256 * 1024]).unwrap();
    assert_eq!(read().unwrap().unwrap().len(), 256 * 1024, "the largest is read back");
    std::fs::write(there.join("test.snapshot"), vec![0; 1 << 20]).unwrap();
    assert_eq!(read(), Err(VaultError::Damaged { what: "widget file" }));
    std::fs::remove_dir_all(&there).unwrap();
    assert_eq!(read(), Ok(None));
    vault.write_widget(b"again").unwrap();
    drop(vault);
    std::fs::remove_file(dir.path().join("test.vault")).unwrap();
    drop(open());
    assert_eq!(read(), Ok(None), "a vault that starts anew has no widget's file");
}

#[test]
fn an_erasure_removes_a_widgets_key_that_an_older_copy_of_the_files_does_not_know() {
    for fails in [false, true] {
        let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keys = Arc::new(Keys::default());
        let read = || Vault::read_widget(dir.path(), "test", keys.clone());
        let (vault, _) = open(dir.path(), &keys);
        append(&vault, C, b"x");
        drop(vault);
        copy(dir.path(), backup.path());
        let (vault, _) = open(dir.path(), &keys);
        vault.write_widget(b"three picks").unwrap();
        drop(vault);
        let file = dir.path().join("test.snapshot");
        let shelf = std::fs::read(&file).unwrap();
        copy(backup.path(), dir.path());
        let (vault, _) = open(dir.path(), &keys);
        if fails {
            keys.fail("remove", unavailable());
        }
        let completion = vault.erase(&[C], 1, |_| Ok(())).unwrap().completion;
        assert_eq!(completion, if fails { Completion::OnDisk } else { Completion::Done });
        if fails {
            keys.heal();
            vault.finish().unwrap();
        }
        std::fs::write(&file, &shelf).unwrap();
        assert_eq!(read(), Ok(None), "its key has gone");
        assert!(vault.is_settled() && keys.items.lock().unwrap().len() == 1);
    }
}

#[test]
fn an_older_copy_of_the_files_shows_no_widget_of_a_newer_one() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    vault.write_widget(b"three picks").unwrap();
    drop(vault);
    copy(dir.path(), backup.path());
    let (vault, _) = open(dir.path(), &keys);
    vault.write(Durability::Anchored, |_| Ok::<_, VaultError>(())).unwrap();
    vault.write_widget(b"picks of more").unwrap();
    drop(vault);
    let file = dir.path().join("test.snapshot");
    let shelf = std::fs::read(&file).unwrap();
    copy(backup.path(), dir.path());
    std::fs::write(&file, &shelf).unwrap();
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.rolled_back && !file.exists());
    std::fs::write(&file, shelf).unwrap();
    assert_eq!(Vault::read_widget(dir.path(), "test", keys.clone()), Ok(None));
    assert!(vault.is_settled());
}
