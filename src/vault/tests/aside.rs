//! Vaults that were put aside are not replaced, and come back with their keys.

use crate::vault::tests::*;

/// The databases that were put aside.
fn asides(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let is_beside = |name: &str| ["-wal", "-shm"].iter().any(|end| name.ends_with(end));
    let mut found: Vec<_> = names.filter(|name| name.contains(".aside") && !is_beside(name)).collect();
    found.sort_unstable();
    found
}

/// Takes everything out of the key store.
fn empty(keys: &Keys) -> BTreeMap<String, Vec<u8>> {
    std::mem::take(&mut *keys.items.lock().unwrap())
}

fn put(keys: &Keys, items: BTreeMap<String, Vec<u8>>) {
    keys.items.lock().unwrap().extend(items);
}

fn deny(vault: &Vault, bits: u64) {
    vault.erase(&[], bits, |_| Ok(())).unwrap();
}

fn came_back(opening: &Opening) -> bool {
    assert!(!(opening.damaged || opening.came_back && opening.fresh), "{opening:?}");
    opening.came_back
}

#[test]
fn a_vault_whose_key_is_back_comes_back_and_is_denied_what_was_denied_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"good");
    deny(&vault, 1);
    // As a killed process leaves it: all of it in the log.
    let killed = tempfile::tempdir().unwrap();
    copy(dir.path(), killed.path());
    drop(vault);
    let dir = killed;
    let theirs = empty(&keys);
    for n in 1..=3 {
        let (interim, opening) = open(dir.path(), &keys);
        assert!(opening.key_was_missing && opening.fresh, "{n}: {opening:?}");
        append(&interim, D, b"meanwhile");
        if n < 3 {
            drop(interim);
            empty(&keys);
            continue;
        }
        // Those before it said nothing that its successor has to know.
        deny(&interim, 4);
        interim
            .write(Durability::Anchored, |w| {
                w.anchor().spent.quarter = 7;
                Ok::<_, VaultError>(())
            })
            .unwrap();
    }
    put(&keys, theirs);
    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!(
        opening,
        Opening { came_back: true, ..Opening::default() },
        "no older copy, though it denies more now"
    );
    assert_eq!((texts(&vault, C), texts(&vault, D).len()), (vec![b"good".to_vec()], 0));
    assert_eq!((vault.anchor().denied, vault.anchor().spent.quarter), (5, 7));
    assert!(vault.is_settled() && vault.integrity().unwrap().is_sound());
    drop(vault);
    assert_eq!(keys.generations().len(), 1, "what was used meanwhile has no keys any more");
    assert_eq!(asides(dir.path()).len(), 2, "whose keys are gone");
    assert_eq!(open(dir.path(), &keys).1, Opening::default());
}

#[test]
fn two_key_stores_in_turn_find_each_its_own_and_the_older_wins_where_both_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let (right, wrong) = (Arc::new(Keys::default()), Arc::new(Keys::default()));
    append(&open(dir.path(), &right).0, C, b"right");
    let (vault, opening) = open(dir.path(), &wrong);
    assert!(opening.key_was_missing);
    append(&vault, C, b"wrong");
    drop(vault);
    for (keys, said) in [(&right, b"right"), (&wrong, b"wrong"), (&right, b"right")] {
        let (vault, opening) = open(dir.path(), keys);
        assert!(came_back(&opening) && opening.moved_aside.is_some(), "{opening:?}");
        assert_eq!(texts(&vault, C), [said.to_vec()]);
        drop(vault);
        assert_eq!(open(dir.path(), keys).1, Opening::default());
        assert_eq!(asides(dir.path()).len(), 1);
    }
    let (vault, opening) = open(dir.path(), &wrong);
    assert!(came_back(&opening));
    deny(&vault, 2);
    drop(vault);
    let (vault, opening) = open(dir.path(), &right);
    assert!(!came_back(&opening) && opening.fresh, "who denies it cannot be asked: {opening:?}");
    drop(vault);
    put(&right, empty(&wrong));
    let (vault, opening) = open(dir.path(), &right);
    assert!(came_back(&opening), "{opening:?}");
    assert_eq!((texts(&vault, C), vault.anchor().denied), (vec![b"right".to_vec()], 2));
    assert!(asides(dir.path()).is_empty());
    assert_eq!(right.generations().len(), 1);
}

#[test]
fn as_many_as_there_may_be_are_kept_and_the_one_that_holds_least_goes() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    for _ in 0..9 {
        append(&vault, C, b"good");
    }
    drop(vault);
    let theirs = empty(&keys);
    for n in 0..8 {
        let (interim, opening) = open(dir.path(), &keys);
        assert!(opening.key_was_missing && opening.moved_aside.is_some() == (n < 4), "{n}: {opening:?}");
        append(&interim, C, b"meanwhile");
        drop(interim);
        empty(&keys);
    }
    assert_eq!(asides(dir.path()), ["test.aside-1", "test.aside-2", "test.aside-3", "test.aside-4"]);
    put(&keys, theirs);
    let (vault, opening) = open(dir.path(), &keys);
    assert!(came_back(&opening));
    assert_eq!(texts(&vault, C).len(), 9);
    assert_eq!(asides(dir.path()).len(), 4);
}

#[test]
fn a_younger_one_does_not_take_the_place_of_one_that_came_back() {
    let dir = tempfile::tempdir().unwrap();
    let (right, wrong) = (Arc::new(Keys::default()), Arc::new(Keys::default()));
    append(&open(dir.path(), &right).0, C, b"right");
    append(&open(dir.path(), &wrong).0, C, b"wrong");
    assert!(came_back(&open(dir.path(), &right).1));
    put(&right, empty(&wrong));
    let (vault, opening) = open(dir.path(), &right);
    assert!(!came_back(&opening), "{opening:?}");
    assert_eq!(texts(&vault, C), [b"right".to_vec()]);
    assert!(asides(dir.path()).is_empty());
}

#[test]
fn where_a_denial_was_given_up_nothing_comes_back_until_everything_is_erased() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"good");
    drop(vault);
    let mut theirs = empty(&keys);
    for n in 0..7 {
        let (interim, _) = open(dir.path(), &keys);
        if n == 0 {
            deny(&interim, 4);
        } else {
            append(&interim, C, b"meanwhile");
            append(&interim, C, b"more");
        }
        drop(interim);
        theirs.extend(empty(&keys));
    }
    put(&keys, theirs);
    let (_, opening) = open(dir.path(), &keys);
    assert!(!came_back(&opening), "{opening:?}");
}

#[test]
fn of_one_installation_the_newest_copy_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"old");
    deny(&vault, 1);
    drop(vault);
    let older = std::fs::read(dir.path().join("test.vault")).unwrap();
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"new");
    deny(&vault, 2);
    drop(vault);
    std::fs::write(dir.path().join("test.aside-1"), older).unwrap();
    let theirs = empty(&keys);
    drop(open(dir.path(), &keys));
    put(&keys, theirs);
    let (vault, opening) = open(dir.path(), &keys);
    assert!(came_back(&opening), "{opening:?}");
    assert_eq!((texts(&vault, C), vault.anchor().denied), (vec![b"old".to_vec(), b"new".to_vec()], 3));
    drop(vault);
    assert_eq!(open(dir.path(), &keys).1, Opening::default(), "its keys are there");
}

#[test]
fn what_is_erased_meanwhile_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    append(&vault, C, b"to be erased");
    append(&vault, D, b"kept");
    drop(vault);
    let theirs = empty(&keys);
    // Nothing is denied, and there is nothing of its own to erase.
    open(dir.path(), &keys).0.erase(&[C], 0, |_| Ok(())).unwrap();
    put(&keys, theirs.clone());
    let (vault, opening) = open(dir.path(), &keys);
    assert!(came_back(&opening));
    assert_eq!((texts(&vault, C).len(), texts(&vault, D)), (0, vec![b"kept".to_vec()]));
    assert!(vault.is_settled() && vault.integrity().unwrap().is_sound());
    assert_ne!(keys.only().1, theirs.into_values().next().unwrap(), "older copies need another key");
    drop(vault);
    let theirs = empty(&keys);
    drop(open(dir.path(), &keys));
    empty(&keys);
    let (vault, _) = open(dir.path(), &keys);
    assert_eq!(asides(dir.path()).len(), 2);
    vault.erase_with(&[C, D], 1, |_| Ok(())).unwrap();
    assert!(asides(dir.path()).is_empty() && vault.is_settled());
    drop(vault);
    put(&keys, theirs);
    assert_eq!(open(dir.path(), &keys).1, Opening::default());
}

#[test]
fn a_return_that_is_cut_off_anywhere_is_ended_by_the_next_opening() {
    let home = tempfile::tempdir().unwrap();
    let (keys, lost) = (Arc::new(Keys::default()), Arc::new(Keys::default()));
    append(&open(home.path(), &keys).0, C, b"good");
    let (interim, _) = open(home.path(), &lost);
    append(&interim, C, b"meanwhile");
    let killed = tempfile::tempdir().unwrap();
    copy(home.path(), killed.path());
    drop(interim);
    let before = keys.items.lock().unwrap().clone();
    // Each step of putting the one aside and the other back.
    let steps: [&[(&str, &str)]; 5] = [
        &[("test.vault-wal", "test.log-2")],
        &[("test.vault-wal", "test.log-2"), ("test.vault", "test.aside-2")],
        &[("test.vault-wal", "test.aside-2-wal"), ("test.vault", "test.aside-2")],
        &[("test.vault-wal", "test.aside-2-wal"), ("test.vault", "test.aside-2"), ("", "test.place-1")],
        &[
            ("test.vault-wal", "test.aside-2-wal"),
            ("test.vault", "test.aside-2"),
            ("", "test.place-1"),
            ("test.aside-1", "test.vault"),
        ],
    ];
    for renames in steps {
        let dir = tempfile::tempdir().unwrap();
        copy(killed.path(), dir.path());
        for (from, to) in renames {
            match *from {
                "" => std::fs::write(dir.path().join(to), b"").unwrap(),
                from => std::fs::rename(dir.path().join(from), dir.path().join(to)).unwrap(),
            }
        }
        *keys.items.lock().unwrap() = before.clone();
        let (vault, _) = open(dir.path(), &keys);
        assert_eq!(texts(&vault, C), [b"good".to_vec()], "{renames:?}");
        drop(vault);
        let (vault, opening) = open(dir.path(), &lost);
        assert!(came_back(&opening), "{renames:?}: {opening:?}");
        assert_eq!(texts(&vault, C), [b"meanwhile".to_vec()], "{renames:?}");
    }
}

#[test]
fn a_key_store_that_fails_during_a_return_loses_neither() {
    for verb in ["store", "remove", "list"] {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        append(&open(dir.path(), &keys).0, C, b"good");
        let theirs = empty(&keys);
        let (interim, _) = open(dir.path(), &keys);
        append(&interim, C, b"meanwhile");
        deny(&interim, 2);
        drop(interim);
        put(&keys, theirs);
        keys.fail(verb, unavailable());
        if let Ok((vault, opening)) = try_open(dir.path(), &keys) {
            assert!(!came_back(&opening), "{verb}");
            assert_eq!(texts(&vault, C), [b"meanwhile".to_vec()], "{verb}");
        }
        keys.heal();
        let (vault, opening) = open(dir.path(), &keys);
        assert!(came_back(&opening), "{verb}: {opening:?}");
        assert_eq!((texts(&vault, C), vault.anchor().denied), (vec![b"good".to_vec()], 2), "{verb}");
    }
}

#[test]
fn keys_of_what_was_put_aside_are_kept_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    append(&open(dir.path(), &keys).0, C, b"good");
    let theirs = empty(&keys);
    let (interim, _) = open(dir.path(), &keys);
    put(&keys, theirs);
    let store = Arc::clone(&keys) as Arc<dyn KeyStore>;
    assert_eq!(remove_other_keys(store, &[dir.path()]), Ok(0));
    drop(interim);
    assert!(came_back(&open(dir.path(), &keys).1));
}

#[test]
#[cfg(unix)]
fn a_pipe_in_the_place_of_the_mark_is_a_vault_that_nobody_knows_and_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let files = crate::vault::life::files::Files::new(dir.path(), "test").unwrap();
    assert!(files.unheard().unwrap().is_empty());
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("test.unheard")).status().unwrap();
    assert!(made.success());
    assert_eq!(files.unheard().unwrap().len(), 1);
}
