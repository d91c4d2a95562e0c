//! The keys that are open in memory: the wrap key of the epoch, and per compartment its data keys and index key.
//!
//! A wrapped key is a sealed value with the content `algorithm u8 ‖ data key [32] ‖ index key [32]`. It is bound to
//! install id, epoch, compartment and key id, so a root rotation re-wraps a handful of keys and no record.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use ring::hmac;
use zeroize::Zeroizing;

use crate::base::random::SecureRandom;
use crate::vault::crypto::cipher::{Algorithm, SealKey};
use crate::vault::crypto::secret::{Raw, Wiped, derive, hmac_key};
use crate::vault::error::VaultError;
use crate::vault::keys::item::Root;

/// The compartment of the vault's own head row.
pub(crate) const HEAD: u16 = u16::MAX;

/// Compartments and ids that are tried for a data key whose row is damaged.
const LIKELY_COMPARTMENTS: u16 = 256;
const LIKELY_IDS: u32 = 4096;

const CONTENT: usize = 1 + 32 + 32;

/// The raw material of one data key, alive only while it is created, wrapped or unwrapped.
pub(crate) struct Material {
    algorithm: Algorithm,
    data: Raw,
    index: Raw,
}

impl Material {
    /// A new random data key; `index` is kept when a compartment's data key is rotated.
    pub(crate) fn generate(random: &dyn SecureRandom, index: Option<Raw>) -> Result<Self, VaultError> {
        let mut data = Raw::default();
        random.fill(data.as_mut_slice())?;
        let index = match index {
            Some(kept) => kept,
            None => {
                let mut fresh = Raw::default();
                random.fill(fresh.as_mut_slice())?;
                fresh
            }
        };
        Ok(Self { algorithm: Algorithm::preferred(), data, index })
    }

    /// The index key, to be kept by the compartment's next data key.
    pub(crate) fn into_index(self) -> Raw {
        self.index
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(CONTENT));
        out.push(self.algorithm as u8);
        out.extend_from_slice(self.data.as_slice());
        out.extend_from_slice(self.index.as_slice());
        out
    }

    pub(crate) fn decode(content: &[u8]) -> Option<Self> {
        let (head, keys) = content.split_first()?;
        let (data, index) = keys.split_at_checked(32)?;
        if index.len() != 32 {
            return None;
        }
        let mut material =
            Self { algorithm: Algorithm::parse(*head)?, data: Raw::default(), index: Raw::default() };
        material.data.copy_from_slice(data);
        material.index.copy_from_slice(index);
        Some(material)
    }
}

/// Wraps and unwraps data keys for one epoch.
pub(crate) struct WrapKey {
    key: SealKey,
    epoch: u64,
    install: [u8; 16],
}

impl WrapKey {
    pub(crate) fn new(root: &Root) -> Result<Self, VaultError> {
        let raw = derive(&root.key, &root.install, b"sottovoce wrap 1")?;
        // A handful of keys per open: AES is fast enough on every processor.
        Ok(Self {
            key: SealKey::new(0, Algorithm::Aes256Gcm, &raw)?,
            epoch: root.epoch,
            install: root.install,
        })
    }

    fn bound(&self, compartment: u16, id: u32) -> Vec<u8> {
        let mut aad = b"sv-wrap\x01".to_vec();
        aad.extend_from_slice(&self.install);
        aad.extend_from_slice(&self.epoch.to_le_bytes());
        aad.extend_from_slice(&compartment.to_le_bytes());
        aad.extend_from_slice(&id.to_le_bytes());
        aad
    }

    #[inline(never)]
    pub(crate) fn wrap(
        &self,
        random: &dyn SecureRandom,
        compartment: u16,
        id: u32,
        material: &Material,
    ) -> Result<Vec<u8>, VaultError> {
        self.key.seal(random, &self.bound(compartment, id), &material.encode())
    }

    #[inline(never)]
    pub(crate) fn unwrap(&self, compartment: u16, id: u32, wrapped: &[u8]) -> Result<Material, VaultError> {
        let damaged = VaultError::Damaged { what: "wrapped key" };
        let content = self.key.open(&self.bound(compartment, id), wrapped).map_err(|_| damaged.clone())?;
        Material::decode(&content).ok_or(damaged)
    }
}

/// A value that proves a root key to be the right one, without telling anything about it. It also commits to the
/// key, which the ciphers themselves do not.
pub(crate) fn proof(root: &Root) -> Result<[u8; 16], VaultError> {
    let raw = derive(&root.key, &root.install, b"sottovoce proof 1")?;
    let mut out = [0; 16];
    out.iter_mut().zip(raw.iter()).for_each(|(to, from)| *to = *from);
    Ok(out)
}

/// An open data key.
pub(crate) struct DataKey {
    pub(crate) seal: SealKey,
    /// Seals that are already counted in the database but not used yet.
    pub(crate) reserved: AtomicU32,
}

/// The open keys of one compartment.
#[derive(Clone)]
pub(crate) struct Keys {
    /// The key that seals.
    pub(crate) current: Arc<DataKey>,
    /// Keys that only open what they sealed earlier.
    older: Vec<Arc<DataKey>>,
    pub(crate) index: Arc<Wiped<hmac::Key>>,
}

impl Keys {
    pub(crate) fn find(&self, id: u32) -> Option<&DataKey> {
        std::iter::once(&self.current).chain(&self.older).find(|k| k.seal.id() == id).map(|k| &**k)
    }
}

/// All open keys. Replaced as a whole, so a reader keeps the one that fits its view of the database.
#[derive(Clone)]
pub(crate) struct Keyring {
    pub(crate) wrap: Arc<WrapKey>,
    compartments: BTreeMap<u16, Keys>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

impl Keyring {
    /// A ring without data keys. The caller scrubs the stack afterwards.
    pub(crate) fn new(root: &Root) -> Result<Self, VaultError> {
        Ok(Self { wrap: Arc::new(WrapKey::new(root)?), compartments: BTreeMap::new() })
    }

    /// Unwraps a data key whose row may have lost its compartment or its id: each of the two is tried in turn.
    pub(crate) fn unwrap_somehow(
        &self,
        compartment: u16,
        id: u32,
        wrapped: &[u8],
    ) -> Option<(u16, u32, Material)> {
        let as_it_says = std::iter::once((compartment, id));
        let elsewhere = (0..LIKELY_COMPARTMENTS).chain([HEAD]).map(|c| (c, id));
        let renamed = (0..LIKELY_IDS).map(|id| (compartment, id));
        as_it_says
            .chain(elsewhere)
            .chain(renamed)
            .find_map(|(c, id)| Some((c, id, self.wrap.unwrap(c, id, wrapped).ok()?)))
    }

    /// The ids of all data keys, with their compartments.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (u32, u16)> + '_ {
        self.compartments.iter().flat_map(|(c, keys)| {
            std::iter::once(&keys.current).chain(&keys.older).map(|key| (key.seal.id(), *c))
        })
    }

    /// The same data keys under the root key of `next`.
    pub(crate) fn move_to(&mut self, next: Self) {
        self.wrap = next.wrap;
    }

    /// Opens `material` as the compartment's current key. The caller scrubs the stack afterwards.
    #[inline(never)]
    pub(crate) fn add(&mut self, compartment: u16, id: u32, material: &Material) -> Result<(), VaultError> {
        let seal = SealKey::new(id, material.algorithm, &material.data)?;
        let current = Arc::new(DataKey { seal, reserved: AtomicU32::new(0) });
        let index = Arc::new(hmac_key(&material.index));
        let mut older = Vec::new();
        if let Some(before) = self.compartments.remove(&compartment) {
            older = before.older;
            older.push(before.current);
        }
        self.compartments.insert(compartment, Keys { current, older, index });
        Ok(())
    }

    pub(crate) fn drop_older(&mut self, compartment: u16) {
        if let Some(keys) = self.compartments.get_mut(&compartment) {
            keys.older.clear();
        }
    }

    pub(crate) fn remove(&mut self, compartment: u16) {
        self.compartments.remove(&compartment);
    }

    pub(crate) fn get(&self, compartment: u16) -> Option<&Keys> {
        self.compartments.get(&compartment)
    }

    /// Compartments in which an older key may still be needed.
    pub(crate) fn with_older(&self) -> impl Iterator<Item = u16> + '_ {
        self.compartments.iter().filter(|(_, keys)| !keys.older.is_empty()).map(|(c, _)| *c)
    }

    /// Forgets what was reserved: the transaction that counted it did not happen.
    pub(crate) fn unreserve(&self) {
        for keys in self.compartments.values() {
            keys.current.reserved.store(0, Ordering::Relaxed);
        }
    }
}

/// The keys as they are now. Whoever reads takes a share of them; closing takes them away.
#[derive(Debug, Default)]
pub(crate) struct OpenKeys(RwLock<Option<Arc<Keyring>>>);

impl OpenKeys {
    pub(crate) fn new(ring: Keyring) -> Self {
        Self(RwLock::new(Some(Arc::new(ring))))
    }

    pub(crate) fn get(&self) -> Result<Arc<Keyring>, VaultError> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(VaultError::Closed)
    }

    pub(crate) fn publish(&self, ring: &Arc<Keyring>) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // A shutdown meanwhile has the last word.
        if current.is_some() {
            *current = Some(Arc::clone(ring));
        }
    }

    pub(crate) fn wipe(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
