//! What is written is read back, in order, and nothing else is.

use crate::vault::tests::*;

#[test]
fn records_survive_reopening_in_order_of_insertion() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    let ids: Vec<_> = (0..50_u8).map(|i| append(&vault, C, &[i; 40])).collect();
    assert!(ids.is_sorted());
    drop(vault);
    let (vault, _) = open(dir.path(), &keys);
    assert_eq!(texts(&vault, C), (0..50_u8).map(|i| vec![i; 40]).collect::<Vec<_>>());
    assert_eq!(vault.read(|r| r.count(C, T)).unwrap(), 50);
    assert!(vault.read(|r| r.scan(D, T)).unwrap().is_empty());
    assert!(vault.integrity().unwrap().is_sound());
}

#[test]
fn a_key_names_one_record_and_keeps_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    let put = |key: &str, bytes: &[u8]| vault.write(Durability::Normal, |w| w.put(C, T, key, bytes)).unwrap();
    let get = |key: &str| vault.read(|r| r.get(C, T, key)).unwrap().map(|b| b.to_vec());
    let first = put("size", b"M");
    put("color", b"teal");
    assert_eq!(put("size", b"L"), first);
    assert_eq!(
        (get("size"), get("color"), get("brand")),
        (Some(b"L".to_vec()), Some(b"teal".to_vec()), None)
    );
    assert_eq!(texts(&vault, C), [b"L".to_vec(), b"teal".to_vec()]);
    assert_eq!(vault.read(|r| r.get(C, U, "size")).unwrap(), None);
    assert!(vault.write(Durability::Normal, |w| w.remove(C, T, "size")).unwrap());
    assert!(!vault.write(Durability::Normal, |w| w.remove(C, T, "size")).unwrap());
    assert_eq!(get("size"), None);
    assert!(vault.integrity().unwrap().is_sound());
}

#[test]
fn delete_and_clear_take_exactly_what_they_name() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    let ids: Vec<_> = (0..5_u8).map(|i| append(&vault, C, &[i])).collect();
    vault.write::<_, VaultError>(Durability::Full, |w| w.append(C, U, b"other")).unwrap();
    let gone = [ids[1], ids[3], RecordId(i64::MAX), RecordId(-1), ids[1]];
    assert_eq!(vault.write(Durability::Full, |w| w.delete(C, &gone)).unwrap(), 2);
    assert_eq!(texts(&vault, C), [[0], [2], [4]]);
    assert_eq!(vault.write(Durability::Full, |w| w.clear(C, T)).unwrap(), 3);
    assert_eq!(vault.read(|r| r.count(C, U)).unwrap(), 1);
    let next = append(&vault, C, b"next");
    assert!(next > ids[4], "a record's number is never given out twice");
    assert!(vault.integrity().unwrap().is_sound());
}

#[test]
fn a_failed_or_panicking_write_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    let failed = vault.write::<(), _>(Durability::Full, |w| {
        w.append(C, T, b"half")?;
        Err(VaultError::TooLarge)
    });
    assert_eq!(failed, Err(VaultError::TooLarge));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        vault.write::<(), VaultError>(Durability::Full, |w| {
            w.append(C, T, b"half")?;
            panic!("the app's own");
        })
    }));
    assert!(panicked.is_err());
    assert!(!vault.read(|r| Ok::<_, VaultError>(r.has(C))).unwrap());
    append(&vault, C, b"whole");
    assert_eq!(texts(&vault, C), [b"whole".to_vec()]);
    assert!(vault.integrity().unwrap().is_sound());
}

#[test]
fn a_failure_that_the_caller_ignores_undoes_the_write() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    append(&vault, C, b"x");
    append(&vault, D, b"kept");
    tamper(dir.path(), "DROP TABLE r3_20");
    let careless = vault.write(Durability::Full, |w| {
        drop(w.append(C, T, b"nowhere"));
        w.append(D, T, b"beside").map(drop)
    });
    assert!(careless.is_err());
    assert_eq!(texts(&vault, D), [b"kept".to_vec()]);
}

#[test]
fn a_durable_write_without_changes_makes_earlier_ones_durable() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    let log = || std::fs::metadata(dir.path().join("test.vault-wal")).unwrap().len();
    vault.write(Durability::Normal, |w| w.append(C, T, b"x")).unwrap();
    let before = log();
    vault.write(Durability::Full, |_| Ok::<_, VaultError>(())).unwrap();
    let after = log();
    assert!(after > before, "nothing was written, so nothing was synced");
    vault.write(Durability::Full, |_| Ok::<_, VaultError>(())).unwrap();
    assert_eq!(log(), after);
}

#[test]
fn a_reader_sees_one_state_and_does_not_wait_for_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let (vault, _) = open(dir.path(), &Arc::new(Keys::default()));
    append(&vault, C, b"one");
    vault
        .write::<(), VaultError>(Durability::Full, |w| {
            w.append(C, T, b"two")?;
            std::thread::scope(|s| s.spawn(|| assert_eq!(texts(&vault, C).len(), 1)).join().unwrap());
            assert_eq!(w.count(C, T)?, 2);
            Ok(())
        })
        .unwrap();
    vault
        .read::<(), VaultError>(|r| {
            std::thread::scope(|s| s.spawn(|| append(&vault, C, b"three")).join().unwrap());
            assert_eq!(r.count(C, T)?, 2);
            Ok(())
        })
        .unwrap();
    assert_eq!(texts(&vault, C).len(), 3);
}

#[test]
fn a_record_opens_in_its_own_place_only_and_takes_no_other_along() {
    let moves = [
        "UPDATE r3_20 SET sealed = (SELECT sealed FROM r3_20 WHERE id = 1) WHERE id = 2",
        "UPDATE r3_20 SET id = 9 WHERE id = 1",
        "UPDATE r3_20 SET sealed = (SELECT sealed FROM r3_21) WHERE id = 1",
        "UPDATE r3_20 SET id = 3, sealed = (SELECT sealed FROM r3_21) WHERE id = 1",
        "UPDATE r3_20 SET sealed = (SELECT sealed FROM r4_20) WHERE id = 1",
        "UPDATE r3_20 SET id = id + (1 << 48) WHERE id = 1",
        "UPDATE k3_20 SET blind = x'00112233445566778899aabbccddeeff'",
        "UPDATE k3_20 SET sealed = (SELECT sealed FROM r3_20 WHERE id = 1)",
        "UPDATE r3_20 SET sealed = (SELECT sealed FROM k3_20) WHERE id = 1",
        "UPDATE r3_20 SET sealed = x'' WHERE id = 1",
    ];
    for change in moves {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keys::default());
        let (vault, _) = open(dir.path(), &keys);
        append(&vault, C, b"one");
        append(&vault, C, b"two");
        vault.write(Durability::Full, |w| w.append(C, U, b"three")).unwrap();
        append(&vault, D, b"four");
        vault.write(Durability::Full, |w| w.put(C, T, "key", b"five")).unwrap();
        drop(vault);
        tamper(dir.path(), change);
        let (vault, _) = open(dir.path(), &keys);
        let whole = [&b"one"[..], b"two", b"five"];
        let read = texts(&vault, C);
        assert!(read.len() == 2 && read.iter().all(|text| whole.contains(&&**text)), "{change}: {read:?}");
        assert_eq!(vault.unreadable(), [Unreadable { compartment: C.0, records: 1 }], "{change}");
        let found = vault.integrity().unwrap().findings;
        assert!(
            matches!(found.first(), Some(Finding::Record { compartment, .. }) if *compartment == C.0),
            "{change}: {found:?}"
        );
    }
}

#[test]
fn a_removed_or_replayed_record_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    vault.write(Durability::Full, |w| w.put(C, T, "budget", b"3 left")).unwrap();
    append(&vault, C, b"event");
    drop(vault);
    tamper(dir.path(), "CREATE TABLE stolen AS SELECT * FROM k3_20");
    let (vault, _) = open(dir.path(), &keys);
    vault.write(Durability::Full, |w| w.put(C, T, "budget", b"0 left")).unwrap();
    drop(vault);
    tamper(dir.path(), "UPDATE k3_20 SET sealed = (SELECT sealed FROM stolen); DROP TABLE stolen");
    let (vault, _) = open(dir.path(), &keys);
    assert_eq!(vault.integrity().unwrap().findings, [Finding::RemovedOrReplayed { expected: 2, found: 2 }]);
    drop(vault);
    tamper(dir.path(), "PRAGMA secure_delete = ON; DELETE FROM r3_20; DELETE FROM k3_20; VACUUM");
    let (vault, _) = open(dir.path(), &keys);
    assert_eq!(vault.integrity().unwrap().findings, [Finding::RemovedOrReplayed { expected: 2, found: 0 }]);
}

#[test]
fn nothing_in_the_files_or_in_debug_output_tells_what_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Arc::new(Keys::default());
    let (vault, _) = open(dir.path(), &keys);
    let marker = b"marker-of-a-private-thought";
    vault.write(Durability::Full, |w| w.put(C, T, "marker-in-a-key", marker)).unwrap();
    append(&vault, C, marker);
    let root = keys.only().1[33..65].to_vec();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|w| w == &marker[..9]));
        assert!(!bytes.windows(32).any(|w| w == root));
    }
    let shown = vault.read(|r| Ok::<_, VaultError>(format!("{vault:?} {r:?} {:?}", r.scan(C, T)?))).unwrap();
    assert!(!shown.contains("marker") && !shown.contains("109, 97"), "{shown}");
}
