//! A vault that an earlier version of this library wrote still opens, for ever.
//!
//! Each stored format has a folder in `tests/fixtures/`, written once by the library that introduced it
//! (`cargo test --test vault_format -- --ignored`) and never again.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sottovoce::random::SystemRandom;
use sottovoce::vault::{Compartment, Durability, FileKeyStore, Opening, Table, Vault, VaultError};

const KEPT: Compartment = Compartment(1);
const ERASED: Compartment = Compartment(2);
const EVENTS: Table = Table(10);
const FACTS: Table = Table(11);

fn fixture(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/vault_v{format}"))
}

fn open(dir: &Path) -> (Vault, Opening) {
    let keys = Arc::new(FileKeyStore::new(dir.join("keys")));
    Vault::open(&dir.join("data"), "shop", keys, Arc::new(SystemRandom)).unwrap()
}

#[test]
#[ignore = "writes the fixture of a new format, once"]
fn write() {
    let dir = fixture(2);
    assert!(!dir.exists(), "a format that was released must not be written again");
    let (vault, _) = open(&dir);
    let event = |c, text: &'static [u8]| vault.write(Durability::Full, move |w| w.append(c, EVENTS, text));
    event(KEPT, b"view SKU-1").unwrap();
    event(ERASED, b"gone").unwrap();
    vault.write(Durability::Full, |w| w.put(KEPT, FACTS, "size", b"42")).unwrap();
    vault.erase(&[ERASED], 0, |_| Ok(())).unwrap();
    vault.rotate_data_key(KEPT).unwrap();
    event(KEPT, b"purchase SKU-1").unwrap();
    vault.write(Durability::Full, |w| w.put(KEPT, FACTS, "brand", b"Dune")).unwrap();
    vault.write_widget(b"four shelves").unwrap();
    vault.shutdown();
    std::fs::remove_file(dir.join("data/shop.lock")).unwrap();
}

#[test]
fn a_vault_of_format_1_opens_reads_and_goes_on() {
    // The widget's file hung on the root key, which is therefore replaced.
    opens_reads_and_goes_on(1, &Opening { resumed_erase: true, ..Opening::default() });
}

#[test]
fn a_vault_of_format_2_opens_reads_and_goes_on() {
    opens_reads_and_goes_on(2, &Opening::default());
}

fn opens_reads_and_goes_on(format: u32, told: &Opening) {
    let dir = tempfile::tempdir().unwrap();
    support::copy(&fixture(format), dir.path());
    let keys = Arc::new(FileKeyStore::new(dir.path().join("keys")));
    let snapshot = Vault::read_widget(&dir.path().join("data"), "shop", keys).unwrap();
    assert_eq!(**snapshot.unwrap(), *b"four shelves");

    let (vault, opening) = open(dir.path());
    assert_eq!(opening, *told, "nothing else to remark on");
    let texts = |c| vault.read(|r| r.scan(c, EVENTS)).unwrap().into_iter().map(|r| r.bytes.to_vec());
    assert_eq!(texts(KEPT).collect::<Vec<_>>(), [&b"view SKU-1"[..], b"purchase SKU-1"]);
    assert_eq!(texts(ERASED).count(), 0);
    let fact = |key| vault.read(|r| r.get(KEPT, FACTS, key)).unwrap().unwrap().to_vec();
    assert_eq!((fact("size"), fact("brand")), (b"42".to_vec(), b"Dune".to_vec()));
    assert!(vault.integrity().unwrap().is_sound());

    assert_eq!(vault.reseal(100).unwrap(), 2, "what the older data key sealed");
    vault.write::<_, VaultError>(Durability::Full, |w| w.append(ERASED, EVENTS, b"anew").map(drop)).unwrap();
    vault.rotate_root().unwrap();
    drop(vault);
    let (vault, _) = open(dir.path());
    assert_eq!(vault.read(|r| r.scan(ERASED, EVENTS)).unwrap().len(), 1);
    assert!(vault.integrity().unwrap().is_sound());
}
