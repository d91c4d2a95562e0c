//! The receipts ledger: chained, signed on the device, and complete up to a head kept beside it.
//!
//! A receipt is stored as the exact bytes that were signed, so that nothing depends on how it
//! would be written today. `hash = SHA-256(body)`, and each body names the hash before it. The
//! head names the last record, so that one cut off at the end is missed too.
//!
//! Whoever holds the device and its keys can write another ledger; a head that was saved elsewhere
//! ([`Gate::head`](crate::consent::Gate::head)) shows that.

use crate::vault::tables::{HEADS, RECEIPTS};
use std::sync::Arc;

use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::base::signed::{PublicKey, hex, sha256};
use crate::consent::ConsentError;
use crate::consent::ledger::receipt::Receipt;
use crate::consent::stored::CONSENT;
use crate::vault::{Reader, Record, VaultError, Writer};

const HEAD: &str = "head";
pub(crate) const WITNESS: &str = "witness";
const VERSION: u8 = 1;
/// What the first receipt names as the hash before it.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What checking the whole ledger found.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LedgerCheck {
    /// How many records verify, from the first on.
    pub verified: u64,
    /// The first record that does not, or that is missing, if any.
    pub broken_at: Option<u64>,
    /// SHA-256 of the last record that verifies, in hexadecimal: keep it to prove the ledger later.
    pub head_hash: String,
}

/// What a witness may keep of a ledger. It says nothing about a user and their answers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LedgerHead {
    /// A random name of this ledger, used for nothing else.
    pub ledger_id: String,
    /// SHA-256 of the policy in use, in hexadecimal.
    pub policy_hash: String,
    /// SHA-256 of the last record, in hexadecimal.
    pub head_hash: String,
}

/// The key that signs this device's receipts.
pub(crate) struct DeviceKey(Ed25519KeyPair);

/// The signing key and every receipt with its signature.
pub(crate) type SignedLedger = (Arc<DeviceKey>, Vec<(Receipt, Signed)>);

impl DeviceKey {
    /// The key of a 32-byte seed, which is kept in the vault.
    pub(crate) fn from_seed(seed: &Zeroizing<Vec<u8>>) -> Result<Self, ConsentError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| ConsentError::LedgerKey)
    }

    pub(crate) fn public(&self) -> Result<PublicKey, ConsentError> {
        PublicKey::from_bytes(self.0.public_key().as_ref()).map_err(|_| ConsentError::LedgerKey)
    }
}

/// The stored form: exact bytes and the device's signature over them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Signed {
    version: u8,
    pub body: Vec<u8>,
    pub signature: Vec<u8>,
}

/// The last record there must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    version: u8,
    seq: u64,
    hash: String,
}

/// A receipt with its place in the chain, ready to be stored.
pub(crate) struct Link {
    pub receipt: Receipt,
    pub hash: String,
    stored: Vec<u8>,
}

impl Link {
    /// Gives `receipt` the next place after `last` and signs it.
    pub(crate) fn new(
        mut receipt: Receipt,
        last: Option<(&Receipt, &str)>,
        record_id: [u8; 16],
        key: &DeviceKey,
    ) -> Result<Self, ConsentError> {
        receipt.seq = last.map_or(1, |(r, _)| r.seq.saturating_add(1));
        receipt.record_id = uuid(record_id);
        receipt.prev_hash = last.map_or(GENESIS, |(_, hash)| hash).into();
        let body = serde_json::to_vec(&receipt).map_err(|_| ConsentError::Encoding)?;
        let hash = hex(&sha256(&body));
        let signature = key.0.sign(&body).as_ref().to_vec();
        let signed = Signed { version: VERSION, body, signature };
        let stored = postcard::to_allocvec(&signed).map_err(|_| ConsentError::Encoding)?;
        Ok(Self { receipt, hash, stored })
    }

    /// Stores the receipt and the head that names it, in the caller's transaction.
    pub(crate) fn store(&self, writer: &mut Writer<'_>) -> Result<(), VaultError> {
        let head = Head { version: VERSION, seq: self.receipt.seq, hash: self.hash.clone() };
        let head = postcard::to_allocvec(&head).map_err(|_| VaultError::Damaged { what: "ledger head" })?;
        writer.append(CONSENT, RECEIPTS, &self.stored)?;
        writer.put(CONSENT, HEADS, HEAD, &head)?;
        Ok(())
    }
}

/// The stored ledger, unchecked.
pub(crate) struct Stored {
    pub records: Vec<Record>,
    pub head: Option<Zeroizing<Vec<u8>>>,
}

impl Stored {
    pub(crate) fn load(reader: &Reader<'_>) -> Result<Self, VaultError> {
        let head = match reader.get(CONSENT, HEADS, HEAD) {
            // There is one, and it names no record: what the ledger says cannot be all.
            Err(VaultError::Damaged { what: "record" }) => Some(Zeroizing::default()),
            other => other?,
        };
        Ok(Self { records: reader.scan(CONSENT, RECEIPTS)?, head })
    }

    /// Reads the records in order as far as they verify, and compares the end with the head.
    pub(crate) fn replay(&self, key: &DeviceKey) -> Result<(Vec<Receipt>, LedgerCheck), ConsentError> {
        let public = key.public()?;
        let mut receipts = Vec::new();
        let mut hash = GENESIS.to_owned();
        let mut broken_at = None;
        for (at, record) in (1..).zip(&self.records) {
            let Some((receipt, next)) = verify(&record.bytes, at, &hash, &public) else {
                broken_at = Some(at);
                break;
            };
            receipts.push(receipt);
            hash = next;
        }
        let verified = receipts.len() as u64;
        let check = LedgerCheck {
            verified,
            broken_at: broken_at.or_else(|| self.misses_after(verified, &hash)),
            head_hash: hash,
        };
        Ok((receipts, check))
    }

    /// The first record that the head knows of and the chain does not have, or the other way round.
    fn misses_after(&self, verified: u64, hash: &str) -> Option<u64> {
        let head: Option<Head> = self.head.as_ref().and_then(|b| postcard::from_bytes(b).ok());
        match head {
            None if verified == 0 && self.head.is_none() => None,
            Some(h) if h.version == VERSION && h.seq == verified && h.hash == hash => None,
            Some(h) if h.seq <= verified => Some(h.seq.max(1)),
            _ => Some(verified.saturating_add(1)),
        }
    }
}

/// Whether bytes are the head of a ledger. What it says is held against the chain.
#[cfg(any(test, feature = "operator"))]
pub(crate) fn is_head(stored: &[u8]) -> bool {
    postcard::from_bytes::<Head>(stored).is_ok_and(|head| head.version == VERSION)
}

pub(crate) fn verify(stored: &[u8], at: u64, head: &str, key: &PublicKey) -> Option<(Receipt, String)> {
    let signed: Signed = postcard::from_bytes(stored).ok()?;
    key.verify(&signed.body, &signed.signature).ok()?;
    let receipt: Receipt = serde_json::from_slice(&signed.body).ok()?;
    let fits = signed.version == VERSION && receipt.seq == at && receipt.prev_hash == head;
    fits.then(|| (receipt, hex(&sha256(&signed.body))))
}

/// Sixteen random bytes as a UUID version 4.
pub(crate) fn uuid(mut bytes: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let text = hex(&bytes);
    let part = |from, to| text.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_ids_are_uuids() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
pub(crate) mod receipt;
