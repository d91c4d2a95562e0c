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
use serde::Serialize;
use zeroize::Zeroizing;

use crate::base::codec;
use crate::base::codec::{Newer, Parts, Record as _, Unread};
use crate::base::signed::{PublicKey, hex, sha256};
use crate::consent::ConsentError;
use crate::consent::ledger::receipt::Receipt;
use crate::consent::stored::CONSENT;
use crate::vault::{Reader, Record, VaultError, Writer};

const HEAD: &str = "head";
pub(crate) const WITNESS: &str = "witness";
/// What the first receipt names as the hash before it.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The result of a check of the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LedgerCheck {
    /// Number of valid records, from the first on.
    pub verified: u64,
    /// The first record that is invalid or missing, if any.
    pub broken_at: Option<u64>,
    /// SHA-256 of the last valid record, in hexadecimal: keep it to verify the ledger later.
    pub head_hash: String,
}

/// What a witness keeps of a ledger. It says nothing about the user or their answers.
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

    /// Signs a receipt of any wording and appends it.
    #[cfg(test)]
    pub(crate) fn sign_stored(&self, body: &[u8], writer: &mut Writer<'_>) -> Result<(), VaultError> {
        let signed = Signed { body: body.to_vec(), signature: self.0.sign(body).as_ref().to_vec() };
        writer.append(CONSENT, RECEIPTS, &signed.encode().unwrap()).map(drop)
    }

    pub(crate) fn public(&self) -> Result<PublicKey, ConsentError> {
        PublicKey::from_bytes(self.0.public_key().as_ref()).map_err(|_| ConsentError::LedgerKey)
    }
}

/// The stored form: exact bytes and the device's signature over them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub body: Vec<u8>,
    pub signature: Vec<u8>,
}

impl codec::Record for Signed {
    const WHAT: &'static str = "consent receipt";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        (&self.body, &self.signature)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { body: parts.next()?, signature: parts.next()? })
    }
}

impl Signed {
    /// What it says. Whoever has checked the signature knows that this device wrote it: what cannot be read here was
    /// written by a later version.
    pub(crate) fn receipt(&self) -> Result<Receipt, Newer> {
        serde_json::from_slice(&self.body).map_err(|_| Newer { what: <Self as codec::Record>::WHAT })
    }
}

/// The last record there must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    seq: u64,
    hash: String,
}

impl codec::Record for Head {
    const WHAT: &'static str = "head of the consent receipts";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        (self.seq, &self.hash)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { seq: parts.next()?, hash: parts.next()? })
    }
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
        let stored = Signed { body, signature }.encode()?;
        Ok(Self { receipt, hash, stored })
    }

    /// Stores the receipt and the head that names it, in the caller's transaction.
    pub(crate) fn store(&self, writer: &mut Writer<'_>) -> Result<(), VaultError> {
        let head = Head { seq: self.receipt.seq, hash: self.hash.clone() };
        let head = head.encode().map_err(|_| VaultError::Damaged { what: "ledger head" })?;
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
    pub(crate) fn replay(&self, key: &DeviceKey) -> Result<Replayed, ConsentError> {
        let public = key.public()?;
        let mut receipts = Vec::new();
        let mut hash = GENESIS.to_owned();
        let mut end = None;
        for (at, record) in (1..).zip(&self.records) {
            match verify(&record.bytes, at, &hash, &public) {
                Ok((receipt, next)) => {
                    receipts.push(receipt);
                    hash = next;
                }
                Err(unread) => {
                    end = Some((at, unread));
                    break;
                }
            }
        }
        let verified = receipts.len() as u64;
        let (broken_at, newer) = match (end, self.head.as_ref().map(|bytes| Head::decode(bytes))) {
            (Some((at, Unread::Damaged)), _) => (Some(at), None),
            (Some((_, Unread::Newer(newer))), _) | (None, Some(Err(Unread::Newer(newer)))) => {
                (None, Some(newer))
            }
            (None, head) => (misses_after(verified, &hash, head.map(Result::ok)), None),
        };
        let check = LedgerCheck { verified, broken_at, head_hash: hash };
        Ok(Replayed { receipts, check, newer })
    }
}

/// The ledger, read.
pub(crate) struct Replayed {
    /// Those that verify, from the first on.
    pub receipts: Vec<Receipt>,
    pub check: LedgerCheck,
    /// From here on, a newer version wrote it: what it says is not known, and nothing is wrong with it.
    pub newer: Option<Newer>,
}

/// The first record that the head knows of and the chain does not have, or the other way round.
fn misses_after(verified: u64, hash: &str, head: Option<Option<Head>>) -> Option<u64> {
    match head {
        None if verified == 0 => None,
        Some(Some(h)) if h.seq == verified && h.hash == hash => None,
        Some(Some(h)) if h.seq <= verified => Some(h.seq.max(1)),
        _ => Some(verified.saturating_add(1)),
    }
}

pub(crate) fn verify(
    stored: &[u8],
    at: u64,
    head: &str,
    key: &PublicKey,
) -> Result<(Receipt, String), Unread> {
    let signed = Signed::decode(stored)?;
    key.verify(&signed.body, &signed.signature).map_err(|_| Unread::Damaged)?;
    let receipt = signed.receipt()?;
    let fits = receipt.seq == at && receipt.prev_hash == head;
    if fits { Ok((receipt, hex(&sha256(&signed.body)))) } else { Err(Unread::Damaged) }
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
