//! What an examiner finds: in the files at any moment of a long life, in copies of the folder from before an erasure,
//! and in the memory of a process that closed its vault.
#![allow(missing_docs, reason = "a test")]

mod emulated;
#[cfg(target_os = "linux")]
mod examined;
mod vault_support;

use std::collections::BTreeSet;
use std::sync::Arc;

use sottovoce::vault::{Compartment, Durability, KeyStore, Table, Vault, VaultError, Writer};
use vault_support::disk::Rng;
use vault_support::fast_folder;
use vault_support::keys::{Attacker, DataKey, ITEM, Keys};
use vault_support::life::{COMPARTMENTS, open, read_files};

const LEDGER: Compartment = Compartment(1);
const HISTORY: Compartment = Compartment(2);
const INFERRED: Compartment = Compartment(3);
const T: Table = Table(1);

/// What is looked for: it is part of every record and every key that is written.
const NEEDLES: [&[u8]; 3] = [b"planted-plaintext", b"cGxhbnRlZC1wbGFpbnRleHQ", b"706c616e746564"];

fn planted(i: usize, rng: &mut Rng) -> Vec<u8> {
    let mut text = format!("planted-plaintext {i} ").into_bytes();
    let length = if rng.below(20) == 0 { 9000 } else { 20 + rng.below(400) };
    text.resize(length, b'~');
    text
}

fn step(vault: &Vault, i: usize, rng: &mut Rng) -> Result<(), VaultError> {
    let place = if rng.coin() { HISTORY } else { INFERRED };
    let text = planted(i, rng);
    let key = format!("planted-plaintext-key {}", rng.below(30));
    match rng.below(12) {
        0..5 => vault.write(Durability::Normal, |w| w.append(place, T, &text)).map(drop),
        5..7 => vault.write(Durability::Full, |w| w.put(LEDGER, T, &key, &text)).map(drop),
        7 => vault.write(Durability::Full, |w| w.remove(LEDGER, T, &key)).map(drop),
        8 => vault.write(Durability::Normal, |w: &mut Writer<'_>| {
            let ids: Vec<_> = w.scan(place, T)?.iter().step_by(3).map(|r| r.id).collect();
            w.delete(place, &ids).map(drop)
        }),
        9 => vault.write_widget(&text[..text.len().min(400)]),
        10 => vault.rotate_data_key(place).and_then(|()| vault.reseal(20).map(drop)),
        _ => {
            // Undone, yet the log may have seen its pages.
            let undone = vault.write::<(), _>(Durability::Full, |w| {
                (0..40).try_for_each(|_| w.append(place, T, &text).map(drop))?;
                Err(VaultError::TooLarge)
            });
            assert_eq!(undone, Err(VaultError::TooLarge));
            Ok(())
        }
    }
}

#[test]
fn no_byte_on_disk_tells_and_no_copy_outlives_an_erasure() {
    let folder = fast_folder();
    let keys = Keys::holding(Default::default());
    let mut rng = Rng::new(5);
    let mut vault = open(folder.path(), &keys).unwrap().0;
    let mut attacker = Attacker::default();
    let (mut copies, mut destroyed) = (BTreeSet::<Vec<u8>>::new(), BTreeSet::<DataKey>::new());
    for i in 0..400 {
        step(&vault, i, &mut rng).unwrap();
        let erases = i % 60 == 59;
        let files = read_files(folder.path());
        for (name, bytes) in &files {
            for needle in NEEDLES {
                assert!(memchr::memmem::find(bytes, needle).is_none(), "step {i}: {name}");
            }
            for item in keys.held().values().filter(|item| item.len() == ITEM) {
                assert!(
                    memchr::memmem::find(bytes, &item[33..65]).is_none(),
                    "step {i}: a root key in {name}"
                );
            }
        }
        if i % 20 == 19 || erases {
            copies.extend(files.into_values());
        }
        if erases {
            let place = if rng.coin() { HISTORY } else { INFERRED };
            let now = read_files(folder.path());
            let before = attacker.data_keys(now.values().map(Vec::as_slice), &keys.held(), &COMPARTMENTS);
            destroyed.extend(before.into_keys().filter(|(c, _)| *c == place.0));
            assert!(!destroyed.is_empty(), "the examiner's tools do not work");
            vault.erase(&[place], 0, |_| Ok(())).unwrap();
            copies.extend(read_files(folder.path()).into_values());
            let left = attacker.data_keys(copies.iter().map(Vec::as_slice), &keys.held(), &COMPARTMENTS);
            assert!(left.keys().all(|key| !destroyed.contains(key)), "step {i}");
            assert!(!left.is_empty());
        }
        if i % 97 == 96 {
            drop(vault);
            vault = open(folder.path(), &keys).unwrap().0;
        }
    }
    assert!(vault.integrity().unwrap().is_sound());
}

#[cfg(target_os = "linux")]
mod memory {
    use std::collections::BTreeMap;
    use std::path::Path;

    use sottovoce::random::SystemRandom;
    use sottovoce::vault::FileKeyStore;

    use super::examined::{Examined, pause};
    use super::*;

    /// The examined process: works with a vault and holds still after each stage.
    #[test]
    #[ignore = "the process that is examined"]
    fn child() {
        let Ok(dir) = std::env::var("SOTTOVOCE_MEMORY_DIR") else { return };
        let dir = Path::new(&dir);
        let keys: Arc<dyn KeyStore> = Arc::new(FileKeyStore::new(dir.join("keys")));
        let start =
            || Vault::open(&dir.join("data"), "v", Arc::clone(&keys), Arc::new(SystemRandom)).unwrap().0;
        let work = |vault: &Vault| {
            for c in [LEDGER, HISTORY] {
                vault.write(Durability::Full, |w| w.append(c, T, b"event")).unwrap();
                vault.write(Durability::Normal, |w| w.put(c, T, "key", b"value")).unwrap();
                assert!(!vault.read(|r| r.scan(c, T)).unwrap().is_empty());
            }
        };
        let vault = start();
        work(&vault);
        vault.shutdown();
        let vault = start();
        work(&vault);
        pause("open");
        vault.rotate_root().unwrap();
        vault.write_widget(b"small").unwrap();
        pause("rotated");
        vault.erase(&[HISTORY], 0, |_| Ok(())).unwrap();
        pause("erased");
        vault.shutdown();
        pause("closed");
    }

    fn copies(child: &Examined, needle: &[u8]) -> usize {
        let mut found = 0;
        child.each_region(|_, _, bytes| found += memchr::memmem::find_iter(bytes, needle).count());
        found
    }

    fn items(dir: &Path) -> BTreeMap<String, Vec<u8>> {
        read_files(&dir.join("keys"))
    }

    fn data_keys(dir: &Path) -> BTreeMap<DataKey, [u8; 32]> {
        let files = read_files(&dir.join("data"));
        Attacker::default().data_keys(files.values().map(Vec::as_slice), &items(dir), &COMPARTMENTS)
    }

    fn roots(dir: &Path) -> Vec<Vec<u8>> {
        items(dir).into_values().filter(|item| item.len() == ITEM).map(|item| item[33..65].to_vec()).collect()
    }

    #[test]
    fn no_key_stays_in_memory_after_erasure_or_shutdown() {
        if emulated::emulated() {
            return;
        }
        let folder = fast_folder();
        let mut child = Examined::start("memory::child", "SOTTOVOCE_MEMORY_DIR", folder.path());

        child.reach("open");
        let keys = data_keys(folder.path());
        let mut roots_seen = roots(folder.path());
        assert_eq!((keys.len(), roots_seen.len()), (3, 1));
        for (id, key) in &keys {
            assert_eq!(copies(&child, key), 1, "the key {id:?} is open, once");
        }
        assert_eq!(copies(&child, &roots_seen[0]), 0, "the root key is needed while opening only");

        child.reach("rotated");
        roots_seen.extend(roots(folder.path()));

        child.reach("erased");
        for ((c, id), key) in &keys {
            assert_eq!(copies(&child, key), usize::from(*c != HISTORY.0), "key {id} of {c}");
        }
        roots_seen.extend(roots(folder.path()));

        child.reach("closed");
        for key in keys.values() {
            assert_eq!(copies(&child, key), 0, "a data key after shutdown");
        }
        for root in &roots_seen {
            assert_eq!(copies(&child, root), 0, "a root key after shutdown");
        }
    }
}
