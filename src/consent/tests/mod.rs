//! The promises of consent, over a real vault.

mod answering;
mod decisions;
mod erasing;
mod hostile;
mod lapsing;
mod ledger;
mod policies;
mod sharing;
mod showing;
mod signals;
mod stories;
mod tags;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::base::clock::{Clock, DAY_MS, ManualClock};
use crate::base::random::SystemRandom;
use crate::base::sensitive::SensitiveTag;
use crate::base::signed;
use crate::base::signed::PublicKey;
use crate::consent::*;
use crate::vault::{Compartment, Durability, KeyStore, KeyStoreError, RecordId, Table, Vault};

const NOTES: Table = Table(99);
const START_MS: i64 = 1_800_000_000_000;

/// A device: a folder, a key store that can fail, a clock.
struct Home {
    dir: tempfile::TempDir,
    keys: Arc<Keys>,
    clock: Arc<ManualClock>,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
            clock: Arc::new(ManualClock::new(START_MS)),
        }
    }

    fn open(&self) -> Gate {
        self.open_with(whole())
    }

    fn open_with(&self, policy: Policy) -> Gate {
        self.open_at(self.dir.path(), policy)
    }

    fn open_at(&self, dir: &Path, policy: Policy) -> Gate {
        Gate::open(self.vault(dir), policy, self.clock.clone(), Arc::new(SystemRandom)).unwrap()
    }

    fn vault(&self, dir: &Path) -> Vault {
        Vault::open(dir, "shop", self.keys.clone(), Arc::new(SystemRandom)).unwrap().0
    }

    /// A copy of the files as they are, as a backup would be.
    fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
            }
        }
        copy
    }
}

/// A key store that stops working at a chosen call.
#[derive(Default)]
struct Keys {
    items: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Calls that still succeed, if that is limited.
    left: Mutex<Option<u32>>,
    /// What happens during every call.
    meanwhile: Mutex<Option<Box<dyn Fn() + Send>>>,
}

impl Keys {
    fn fail_after(&self, calls: Option<u32>) {
        *self.left.lock().unwrap() = calls;
    }

    fn call(&self) -> Result<(), KeyStoreError> {
        if let Some(happens) = &*self.meanwhile.lock().unwrap() {
            happens();
        }
        match &mut *self.left.lock().unwrap() {
            Some(0) => Err(KeyStoreError::Unavailable { reason: "locked".into() }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl KeyStore for Keys {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.call()?;
        let missing = KeyStoreError::Missing { reason: String::new() };
        self.items.lock().unwrap().get(&alias).cloned().ok_or(missing)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.call()?;
        self.items.lock().unwrap().insert(alias, secret);
        Ok(())
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.call()?;
        self.items.lock().unwrap().remove(&alias);
        Ok(())
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.call()?;
        Ok(self.items.lock().unwrap().keys().filter(|alias| alias.starts_with(&prefix)).cloned().collect())
    }
}

fn choices(purposes: &[Purpose], choice: Choice) -> Vec<PurposeChoice> {
    purposes.iter().map(|&purpose| PurposeChoice { purpose, choice }).collect()
}

fn give(gate: &Gate, purposes: &[Purpose]) -> Receipt {
    gate.record(&choices(purposes, Choice::Give), "test", "en").unwrap().0
}

fn keep<P: PurposeType>(gate: &Gate, text: &[u8]) -> RecordId {
    let permit = gate.permit::<P>().unwrap();
    gate.write::<_, ConsentError>(Durability::Full, |tx| tx.at(&permit)?.append(NOTES, text)).unwrap()
}

fn kept<P: PurposeType>(gate: &Gate) -> u64 {
    let permit = gate.permit::<P>().unwrap();
    gate.read::<_, ConsentError>(|r| r.at(&permit)?.count(NOTES)).unwrap()
}

fn signals(region: &str) -> ExternalSignals {
    ExternalSignals { region: Some(region.into()), ..Default::default() }
}

fn shop_key() -> (Ed25519KeyPair, PublicKey) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let public = PublicKey::from_bytes(pair.public_key().as_ref()).unwrap();
    (pair, public)
}

/// The baseline with every purpose: what it has no use for yet, a shop may have.
fn whole_json() -> serde_json::Value {
    let mut json: serde_json::Value =
        serde_json::from_slice(include_bytes!("../policy/baseline.json")).unwrap();
    let (id, at) = (Purpose::ModelImprovement.id(), index(Purpose::ModelImprovement));
    let terms = serde_json::json!({"id": id, "legal_basis": "consent", "retention_days": 30});
    json["purposes"].as_array_mut().unwrap().insert(at, terms);
    json["gpc_denies"].as_array_mut().unwrap().push(id.into());
    let denied =
        serde_json::json!({"key": "IABTCF_PurposeConsents", "position": 10, "purpose": id, "denies": "0"});
    json["platform"]["rules"].as_array_mut().unwrap().push(denied);
    for rule in json["regions"].as_array_mut().unwrap() {
        let mechanisms = rule["mechanisms"].as_object_mut().unwrap();
        mechanisms.get("measurement").cloned().into_iter().for_each(|as_reports| {
            mechanisms.insert(id.into(), as_reports);
        });
    }
    json
}

fn whole() -> Policy {
    Policy::parse(whole_json().to_string().as_bytes()).unwrap()
}

/// The same as a shop would change it.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> Policy {
    let mut json = whole_json();
    json["id"] = "shop".into();
    json["version"] = 1.into();
    change(&mut json);
    Policy::parse(json.to_string().as_bytes()).unwrap()
}

fn sign(policy: &Policy) -> Vec<u8> {
    signed::sign(POLICY_KIND, &policy.to_json(), &shop_key().0)
}

/// Where a purpose stands in that list.
fn index(purpose: Purpose) -> usize {
    purpose as usize - 1
}
