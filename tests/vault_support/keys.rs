//! A key store whose content is part of the simulated device, and an attacker who has all of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use ring::{aead, hkdf};
use sottovoce::vault::{KeyStore, KeyStoreError};

use super::vfs::{Op, Tape};

/// A durable key store; every change of it goes on the tape.
#[derive(Default)]
pub struct Keys {
    pub items: Mutex<BTreeMap<String, Vec<u8>>>,
    pub tape: Option<Arc<Tape>>,
}

impl Keys {
    pub fn holding(items: BTreeMap<String, Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { items: Mutex::new(items), tape: None })
    }

    pub fn recorded(tape: &Arc<Tape>, items: BTreeMap<String, Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { items: Mutex::new(items), tape: Some(Arc::clone(tape)) })
    }

    pub fn held(&self) -> BTreeMap<String, Vec<u8>> {
        self.items.lock().unwrap().clone()
    }

    fn changed(&self) {
        if let Some(tape) = &self.tape {
            tape.note(Op::Keys(self.held()));
        }
    }
}

impl KeyStore for Keys {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        let missing = KeyStoreError::Missing { reason: String::new() };
        self.items.lock().unwrap().get(&alias).cloned().ok_or(missing)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.items.lock().unwrap().insert(alias, secret);
        self.changed();
        Ok(())
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.items.lock().unwrap().remove(&alias);
        self.changed();
        Ok(())
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        Ok(self.items.lock().unwrap().keys().filter(|alias| alias.starts_with(&prefix)).cloned().collect())
    }
}

/// A data key by compartment and id.
pub type DataKey = (u16, u32);

/// A data key and the wrap key that opened it.
type Unwrapped = (DataKey, [u8; 32]);

/// Searches bytes for wrapped data keys and opens them with every root key there is. Written against the documented
/// format, not with the vault's own code.
#[derive(Default)]
pub struct Attacker {
    known: HashMap<(Vec<u8>, Vec<u8>), Option<Unwrapped>>,
}

const WRAPPED: usize = 17 + 72 + 16;
const MOST_KEYS: u32 = 48;
/// Bytes of a key store item that holds a root key.
pub const ITEM: usize = 133;

struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

impl Attacker {
    /// Every data key that can be had from `files` with `items`, and the key itself.
    pub fn data_keys<'a>(
        &mut self,
        files: impl IntoIterator<Item = &'a [u8]>,
        items: &BTreeMap<String, Vec<u8>>,
        compartments: &[u16],
    ) -> BTreeMap<DataKey, [u8; 32]> {
        let roots: Vec<&Vec<u8>> = items.values().filter(|item| item.len() == ITEM).collect();
        let mut found = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for file in files {
            for at in memchr::memmem::find_iter(file, b"\x01\0\0\0\0") {
                let Some(blob) = file.get(at..at + WRAPPED).filter(|blob| seen.insert(*blob)) else {
                    continue;
                };
                for root in &roots {
                    let pair = (blob.to_vec(), root.to_vec());
                    let opened = self.known.entry(pair).or_insert_with(|| unwrap(blob, root, compartments));
                    found.extend(*opened);
                }
            }
        }
        found
    }
}

fn unwrap(blob: &[u8], root: &[u8], compartments: &[u16]) -> Option<(DataKey, [u8; 32])> {
    let (epoch, install, key) = (&root[9..17], &root[17..33], &root[33..65]);
    let mut wrap = [0; 32];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, install).extract(key);
    prk.expand(&[b"sottovoce wrap 1"], Len(32)).unwrap().fill(&mut wrap).unwrap();
    let wrap = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_256_GCM, &wrap).unwrap());
    for compartment in compartments {
        for id in 1..MOST_KEYS {
            let aad =
                [b"sv-wrap\x01", install, epoch, &compartment.to_le_bytes(), &id.to_le_bytes()].concat();
            let nonce = aead::Nonce::try_assume_unique_for_key(&blob[5..17]).unwrap();
            let mut text = blob[17..].to_vec();
            if let Ok(plain) = wrap.open_in_place(nonce, aead::Aad::from(aad), &mut text) {
                return Some(((*compartment, id), plain[1..33].try_into().unwrap()));
            }
        }
    }
    None
}
