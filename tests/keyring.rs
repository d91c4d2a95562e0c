//! The vault behind the keyring of this desktop. It needs a keyring that is unlocked:
//!
//! ```sh
//! dbus-run-session -- sh -c 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null &&
//!     cargo test --features keyring --test keyring'
//! ```
#![allow(missing_docs, reason = "a test")]

use std::path::Path;
use std::sync::Arc;

use sottovoce::random::SystemRandom;
use sottovoce::vault::{
    Compartment, Durability, KeyStore, KeyStoreError, KeyringKeyStore, Opening, Table, Vault,
};

const C: Compartment = Compartment(1);
const T: Table = Table(10);

fn keyring() -> Arc<KeyringKeyStore> {
    Arc::new(KeyringKeyStore::new(format!("dev.sottovoce.test.{}", std::process::id())))
}

fn open(dir: &Path, keys: &Arc<KeyringKeyStore>) -> (Vault, Opening) {
    Vault::open(dir, "shop", keys.clone(), Arc::new(SystemRandom)).unwrap()
}

/// The alias of the only item there is.
fn only(keys: &KeyringKeyStore) -> String {
    let mut aliases = keys.list("sottovoce.".into()).unwrap();
    assert_eq!((aliases.len(), keys.list("sottovoce.other".into())), (1, Ok(Vec::new())), "{aliases:?}");
    aliases.remove(0)
}

#[test]
fn a_vault_lives_behind_the_keyring() {
    let (dir, keys) = (tempfile::tempdir().unwrap(), keyring());
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.fresh);
    vault.write(Durability::Full, |w| w.append(C, T, b"event")).unwrap();
    drop(vault);

    let (vault, opening) = open(dir.path(), &keys);
    assert_eq!(opening, Opening::default());
    assert_eq!(vault.read(|r| r.scan(C, T)).unwrap().len(), 1);
    let before = only(&keys);
    vault.erase(&[C], 0, |_| Ok(())).unwrap();
    drop(vault);
    assert!(matches!(keys.load(before), Err(KeyStoreError::Missing { .. })), "the old root key is gone");

    keys.remove(only(&keys)).unwrap();
    let (vault, opening) = open(dir.path(), &keys);
    assert!(opening.fresh && opening.key_was_missing, "{opening:?}");
    drop(vault);
    let item = only(&keys);
    keys.load(item.clone()).unwrap();
    keys.remove(item.clone()).unwrap();
    keys.remove(item).unwrap(); // not there any more: that is fine
    assert!(keys.list("sottovoce.".into()).unwrap().is_empty());
}
