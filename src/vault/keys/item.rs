//! What the vault keeps in the key store: the root key and, beside it, what must never roll back.
//!
//! An item is never replaced. Each anchored transaction stores a new one and removes the one before:
//! `sottovoce.<installation>.<generation>.<tag>`, installation and tag in hexadecimal, holds
//! `version u8 = 2 ‖ generation u64 ‖ epoch u64 ‖ installation [16] ‖ root key [32] ‖ anchor [64] ‖ check [4]`.
//! The check is the start of the SHA-256 of what precedes it: it tells garbage from a key, it protects nothing.
//! Numbers are little-endian.
//!
//! Stores of format 1 have `sottovoce.<name>.<epoch>` with `version u8 = 1 ‖ epoch u64 ‖ installation [16] ‖
//! root key [32] ‖ check [4]`; their first anchored transaction replaces it.

use std::fmt;

use ring::digest;
use zeroize::Zeroizing;

use crate::base::random;
use crate::base::random::SecureRandom;
use crate::base::signed::hex;
use crate::vault::crypto::secret::Raw;
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::{ANCHOR_BYTES, Anchor};
use crate::vault::keys::checked::mismatch;

/// What every alias of ours begins with.
pub(crate) const PREFIX: &str = "sottovoce.";
const VERSION: u8 = 2;
const OLD_VERSION: u8 = 1;
const CHECK: usize = 4;
const LENGTH: usize = 1 + 8 + 8 + 16 + 32 + ANCHOR_BYTES + CHECK;
const OLD_LENGTH: usize = 1 + 8 + 16 + 32 + CHECK;

/// Names one vault for good: drawn when it is made, kept when its folder moves.
pub(crate) type Install = [u8; 16];

/// Under which alias an item lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ItemName {
    /// Of a store of format 1.
    Old { name: String, epoch: u64 },
    /// Of any later store.
    Anchored { install: Install, generation: u64, tag: u64 },
}

impl ItemName {
    pub(crate) fn generation(&self) -> u64 {
        match self {
            Self::Old { .. } => 0,
            Self::Anchored { generation, .. } => *generation,
        }
    }

    /// The name of the item that follows.
    pub(crate) fn next(
        install: Install,
        generation: u64,
        random: &dyn SecureRandom,
    ) -> Result<Self, VaultError> {
        let generation = generation.checked_add(1).ok_or(VaultError::Damaged { what: "generation" })?;
        Ok(Self::Anchored { install, generation, tag: u64::from_le_bytes(random::bytes(random)?) })
    }

    /// Reads an alias of this installation; `None` for any other.
    pub(crate) fn parse(install: Install, alias: &str) -> Option<Self> {
        let (generation, tag) = alias.strip_prefix(&prefix(install))?.split_once('.')?;
        let name = Self::Anchored {
            install,
            generation: generation.parse().ok()?,
            tag: u64::from_str_radix(tag, 16).ok()?,
        };
        (name.to_string() == alias).then_some(name)
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Old { name, epoch } => write!(f, "{PREFIX}{name}.{epoch}"),
            Self::Anchored { install, generation, tag } => {
                write!(f, "{}{generation}.{tag:016x}", prefix(*install))
            }
        }
    }
}

/// What every alias of an installation begins with.
pub(crate) fn prefix(install: Install) -> String {
    format!("{PREFIX}{}.", hex(&install))
}

/// The alias under which a store of format 1 remembered its latest epoch.
pub(crate) fn old_anchor_alias(name: &str) -> String {
    format!("{PREFIX}{name}.anchor")
}

/// The root of all keys of one epoch.
#[derive(Clone)]
pub(crate) struct Root {
    pub(crate) epoch: u64,
    pub(crate) install: Install,
    pub(crate) key: Raw,
}

impl Root {
    /// A new root key. The caller scrubs the stack afterwards.
    pub(crate) fn generate(
        random: &dyn SecureRandom,
        epoch: u64,
        install: Install,
    ) -> Result<Self, VaultError> {
        let mut key = Raw::default();
        random.fill(key.as_mut_slice())?;
        Ok(Self { epoch, install, key })
    }

    /// The root key that follows this one.
    pub(crate) fn next(&self, random: &dyn SecureRandom) -> Result<Self, VaultError> {
        let epoch = self.epoch.checked_add(1).ok_or(VaultError::Damaged { what: "epoch" })?;
        Self::generate(random, epoch, self.install)
    }
}

/// A root key with what must never roll back.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) generation: u64,
    pub(crate) root: Root,
    pub(crate) anchor: Anchor,
}

impl Item {
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(LENGTH));
        out.push(VERSION);
        out.extend_from_slice(&self.generation.to_le_bytes());
        out.extend_from_slice(&self.root.epoch.to_le_bytes());
        out.extend_from_slice(&self.root.install);
        out.extend_from_slice(self.root.key.as_slice());
        out.extend_from_slice(&self.anchor.encode());
        let check = digest_start(&out);
        out.extend_from_slice(&check);
        out
    }

    /// Reads an item of this format or the one before, which had no anchor. Every format begins with its version and
    /// ends with the check.
    pub(crate) fn decode(blob: &[u8]) -> Result<Self, VaultError> {
        let (body, check) = blob.split_last_chunk::<CHECK>().ok_or_else(mismatch)?;
        let (version, body) =
            body.split_first().filter(|_| digest_start(body) == *check).ok_or_else(mismatch)?;
        if *version > VERSION {
            return Err(VaultError::NewerFormat { found: (*version).into() });
        }
        Self::decode_known(*version, blob.len(), body).ok_or_else(|| mismatch().into())
    }

    fn decode_known(version: u8, length: usize, body: &[u8]) -> Option<Self> {
        match (version, length) {
            (VERSION, LENGTH) => {
                let (generation, rest) = body.split_first_chunk()?;
                let (root, anchor) = rest.split_at_checked(8 + 16 + 32)?;
                Some(Self {
                    generation: u64::from_le_bytes(*generation),
                    root: decode_root(root)?,
                    anchor: Anchor::decode(anchor)?,
                })
            }
            (OLD_VERSION, OLD_LENGTH) => {
                Some(Self { generation: 0, root: decode_root(body)?, anchor: Anchor::default() })
            }
            _ => None,
        }
    }
}

fn decode_root(bytes: &[u8]) -> Option<Root> {
    let mut key = Raw::default();
    key.copy_from_slice(bytes.get(24..56)?);
    Some(Root {
        epoch: u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?),
        install: bytes.get(8..24)?.try_into().ok()?,
        key,
    })
}

fn digest_start(body: &[u8]) -> [u8; CHECK] {
    let mut out = [0; CHECK];
    out.iter_mut().zip(digest::digest(&digest::SHA256, body).as_ref()).for_each(|(to, from)| *to = *from);
    out
}

/// An item as stores of format 1 have it.
#[cfg(any(test, feature = "operator"))]
pub(crate) fn encode_old(root: &Root) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(vec![OLD_VERSION]);
    out.extend_from_slice(&root.epoch.to_le_bytes());
    out.extend_from_slice(&root.install);
    out.extend_from_slice(root.key.as_slice());
    let check = digest_start(&out);
    out.extend_from_slice(&check);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::SystemRandom;

    #[test]
    fn an_item_is_read_back_and_no_other_bytes_are() {
        let root = Root::generate(&SystemRandom, 9, [4; 16]).unwrap();
        let anchor = Anchor { denied: 1 << 40, erasures: 3, latest_ms: -5, ..Anchor::default() };
        for (blob, generation, anchor) in [
            (Item { generation: 77, root: root.clone(), anchor }.encode(), 77, anchor),
            (encode_old(&root), 0, Anchor::default()),
        ] {
            let back = Item::decode(&blob).unwrap();
            assert_eq!((back.generation, back.anchor), (generation, anchor));
            assert_eq!((back.root.epoch, back.root.install, &*back.root.key), (9, [4; 16], &*root.key));
            for at in 0..blob.len() {
                let mut changed = blob.to_vec();
                changed[at] ^= 1;
                assert_eq!(Item::decode(&changed).err(), Some(mismatch().into()));
                assert_eq!(Item::decode(&blob[..at]).err(), Some(mismatch().into()));
            }
        }
    }

    #[test]
    fn an_item_of_a_newer_version_is_told_from_garbage() {
        let mut newer = vec![VERSION + 1, 7, 7];
        assert_eq!(Item::decode(&newer).err(), Some(mismatch().into()));
        newer.extend(digest_start(&newer));
        assert_eq!(Item::decode(&newer).err(), Some(VaultError::NewerFormat { found: 3 }));
    }

    #[test]
    fn an_alias_is_read_back_and_no_other_is() {
        let name = ItemName::next([0xab; 16], 6, &SystemRandom).unwrap();
        let alias = name.to_string();
        assert!(alias.starts_with("sottovoce.abababababababababababababababab.7."));
        assert_eq!(ItemName::parse([0xab; 16], &alias), Some(name.clone()));
        assert_eq!(ItemName::parse([0xac; 16], &alias), None);
        for other in [&alias[..alias.len() - 1], &alias.replace(".7.", ".07."), &alias.to_uppercase(), ""] {
            assert_eq!(ItemName::parse([0xab; 16], other), None, "{other}");
        }
        assert!(ItemName::Old { name: "shop".into(), epoch: 9 } < name, "the older one comes first");
    }
}
