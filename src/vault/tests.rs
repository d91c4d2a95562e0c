//! The vault's promises, one test each.

mod anchoring;
mod aside;
mod damage;
mod erasing;
mod opening;
mod owning;
mod rotating;
mod storing;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crate::base::random::SystemRandom;
use crate::vault::*;

const C: Compartment = Compartment(3);
const D: Compartment = Compartment(4);
const T: Table = Table(20);
const U: Table = Table(21);

/// A key store that counts, and fails when it is told to.
#[derive(Default)]
struct Keys {
    items: Mutex<BTreeMap<String, Vec<u8>>>,
    loads: AtomicU32,
    /// What the next calls of a verb answer instead.
    failure: Mutex<Option<(&'static str, KeyStoreError)>>,
}

impl Keys {
    /// The items that hold a root key, as generations.
    fn generations(&self) -> Vec<u64> {
        let items = self.items.lock().unwrap();
        let generation = |alias: &String| alias.split('.').nth(2)?.parse().ok();
        let mut all: Vec<u64> = items.keys().filter_map(generation).collect();
        all.sort_unstable();
        all
    }

    /// The only item there is.
    fn only(&self) -> (String, Vec<u8>) {
        let items = self.items.lock().unwrap();
        assert_eq!(items.len(), 1, "{:?}", items.keys());
        items.iter().next().map(|(alias, secret)| (alias.clone(), secret.clone())).unwrap()
    }

    fn fail(&self, verb: &'static str, error: KeyStoreError) {
        *self.failure.lock().unwrap() = Some((verb, error));
    }

    fn heal(&self) {
        *self.failure.lock().unwrap() = None;
    }

    fn check(&self, verb: &'static str) -> Result<(), KeyStoreError> {
        match &*self.failure.lock().unwrap() {
            Some((failing, error)) if *failing == verb => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

impl KeyStore for Keys {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.check("load")?;
        let missing = KeyStoreError::Missing { reason: String::new() };
        self.items.lock().unwrap().get(&alias).cloned().ok_or(missing)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.check("store")?;
        self.items.lock().unwrap().insert(alias, secret);
        Ok(())
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.check("remove")?;
        self.items.lock().unwrap().remove(&alias);
        Ok(())
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.check("list")?;
        Ok(self.items.lock().unwrap().keys().filter(|alias| alias.starts_with(&prefix)).cloned().collect())
    }
}

fn unavailable() -> KeyStoreError {
    KeyStoreError::Unavailable { reason: "locked".into() }
}

fn try_open(dir: &Path, keys: &Arc<Keys>) -> Result<(Vault, Opening), VaultError> {
    Vault::open(dir, "test", Arc::clone(keys) as Arc<dyn KeyStore>, Arc::new(SystemRandom))
}

fn open(dir: &Path, keys: &Arc<Keys>) -> (Vault, Opening) {
    try_open(dir, keys).unwrap()
}

fn append(vault: &Vault, c: Compartment, bytes: &[u8]) -> RecordId {
    vault.write(Durability::Full, |w| w.append(c, T, bytes)).unwrap()
}

fn texts(vault: &Vault, c: Compartment) -> Vec<Vec<u8>> {
    let records = vault.read(|r| r.scan(c, T)).unwrap();
    records.into_iter().map(|r| r.bytes.to_vec()).collect()
}

/// Copies a vault's files as a backup would.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Changes the closed file as an attacker without keys could.
fn tamper(dir: &Path, sql: &str) {
    let conn = rusqlite::Connection::open(dir.join("test.vault")).unwrap();
    conn.execute_batch(sql).unwrap();
}
