//! What the vault keeps in the key store: one root key per epoch, and an anchor that remembers the epoch.
//!
//! Root item `sottovoce.<name>.<epoch>`: `version u8 = 1 ‖ epoch u64 LE ‖ install id [16] ‖ root key [32] ‖ check [4]`.
//! Anchor `sottovoce.<name>.anchor`: `version u8 = 1 ‖ epoch u64 LE ‖ check [4]`. The check is the start of the
//! SHA-256 of what precedes it: it tells garbage from a key, it protects nothing.

use ring::digest;
use zeroize::Zeroizing;

use super::error::VaultError;
use super::keystore::{KeyStore, KeyStoreError};
use super::secret::Raw;
use crate::random::{self, SecureRandom};

const VERSION: u8 = 1;
const CHECK: usize = 4;
const ROOT: usize = 1 + 8 + 16 + 32 + CHECK;
const ANCHOR: usize = 1 + 8 + CHECK;

/// The root of all keys of one epoch.
#[derive(Clone)]
pub(super) struct Root {
    pub(super) epoch: u64,
    pub(super) install: [u8; 16],
    pub(super) key: Raw,
}

impl Root {
    /// A new root key. The caller scrubs the stack afterwards.
    pub(super) fn generate(
        random: &dyn SecureRandom,
        epoch: u64,
        install: [u8; 16],
    ) -> Result<Self, VaultError> {
        let mut key = Raw::default();
        random.fill(key.as_mut_slice())?;
        Ok(Self { epoch, install, key })
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(ROOT));
        out.push(VERSION);
        out.extend_from_slice(&self.epoch.to_le_bytes());
        out.extend_from_slice(&self.install);
        out.extend_from_slice(self.key.as_slice());
        seal_check(&mut out);
        out
    }

    pub(super) fn decode(blob: &[u8]) -> Option<Self> {
        let body = checked(blob, ROOT)?;
        let mut key = Raw::default();
        key.copy_from_slice(body.get(25..57)?);
        Some(Self {
            epoch: u64::from_le_bytes(body.get(1..9)?.try_into().ok()?),
            install: body.get(9..25)?.try_into().ok()?,
            key,
        })
    }
}

/// A fresh install id.
pub(super) fn new_install(random: &dyn SecureRandom) -> Result<[u8; 16], VaultError> {
    Ok(random::bytes(random)?)
}

pub(super) fn encode_anchor(epoch: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(ANCHOR);
    out.push(VERSION);
    out.extend_from_slice(&epoch.to_le_bytes());
    seal_check(&mut out);
    out
}

pub(super) fn decode_anchor(blob: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(checked(blob, ANCHOR)?.get(1..9)?.try_into().ok()?))
}

/// The alias of the root key of `epoch`.
pub(super) fn root_alias(name: &str, epoch: u64) -> String {
    format!("sottovoce.{name}.{epoch}")
}

/// The alias of the item that remembers the latest epoch.
pub(super) fn anchor_alias(name: &str) -> String {
    format!("sottovoce.{name}.anchor")
}

/// Removes a root key. A store that calls a missing item an error is asked whether it really is missing.
pub(super) fn remove_root(keys: &dyn KeyStore, name: &str, epoch: u64) -> Result<(), VaultError> {
    let alias = root_alias(name, epoch);
    match keys.remove(alias.clone()) {
        Err(KeyStoreError::Missing { reason }) => match keys.load(alias) {
            Err(KeyStoreError::Missing { .. }) => Ok(()),
            _ => Err(KeyStoreError::Unavailable { reason }.into()),
        },
        other => Ok(other?),
    }
}

/// A blob that is no item of ours: the key store answers, but not with what was stored.
pub(super) fn mismatch() -> VaultError {
    VaultError::KeyStore(KeyStoreError::Mismatch { reason: "the item is not one the vault stored".into() })
}

fn digest_start(body: &[u8]) -> [u8; CHECK] {
    let mut out = [0; CHECK];
    out.iter_mut().zip(digest::digest(&digest::SHA256, body).as_ref()).for_each(|(to, from)| *to = *from);
    out
}

fn seal_check(out: &mut Vec<u8>) {
    let check = digest_start(out);
    out.extend_from_slice(&check);
}

fn checked(blob: &[u8], len: usize) -> Option<&[u8]> {
    if blob.len() != len || blob.first() != Some(&VERSION) {
        return None;
    }
    let (body, check) = blob.split_at_checked(len - CHECK)?;
    (digest_start(body) == check).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn an_item_is_read_back_and_no_other_bytes_are() {
        let root = Root::generate(&SystemRandom, 9, [4; 16]).unwrap();
        let blob = root.encode();
        let back = Root::decode(&blob).unwrap();
        assert_eq!((back.epoch, back.install, *back.key), (9, [4; 16], *root.key));
        for at in 0..blob.len() {
            let mut changed = blob.to_vec();
            changed[at] ^= 1;
            assert!(Root::decode(&changed).is_none());
            assert!(Root::decode(&blob[..at]).is_none());
        }
        assert_eq!(decode_anchor(&encode_anchor(77)), Some(77));
        assert!(decode_anchor(&blob).is_none() && Root::decode(&encode_anchor(77)).is_none());
    }
}
