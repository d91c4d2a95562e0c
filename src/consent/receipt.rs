//! The receipts ledger: what was shown and what was answered, chained and signed on the device.
//!
//! A receipt is stored as the exact bytes that were signed, so that nothing depends on how it
//! would be written today. `hash = SHA-256(body)`, and each body names the hash before it.

use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::decision::{ConsentState, Mechanism};
use super::external::AgeBand;
use super::purpose::Purpose;
use super::ConsentError;
use crate::signed::{hex, sha256, PublicKey};

const SCHEMA: &str = "dpv-27560:receipt-record";
/// What the first receipt names as the hash before it.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptAction {
    /// A notice was shown.
    Served,
    /// The person answered.
    Answered,
    /// The person took an answer back.
    Withdrawn,
    /// A yes ran out.
    Expired,
}

/// One purpose of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct ReceiptPurpose {
    /// The purpose.
    pub purpose: Purpose,
    /// How the region asked for it.
    pub mechanism: Mechanism,
    /// Where it stands from here on.
    pub state: ConsentState,
    /// Legal basis, in DPV terms.
    pub legal_basis: String,
    /// How long data is kept, in days.
    pub retention_days: u32,
    /// When a yes runs out, in milliseconds since 1970.
    pub valid_until_ms: Option<i64>,
}

/// One entry of the ledger, after ISO/IEC TS 27560. It holds no name and no identifier of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct Receipt {
    /// Schema of the record.
    pub schema: String,
    /// Position in the ledger, from 1.
    pub seq: u64,
    /// Random identifier of this record (UUID version 4).
    pub record_id: String,
    /// SHA-256 of the record before, in hexadecimal.
    pub prev_hash: String,
    /// Records whose answers this one replaces.
    pub supersedes: Vec<String>,
    /// The policy, as id and version.
    pub policy: String,
    /// SHA-256 of the policy as shown, in hexadecimal.
    pub notice_hash: String,
    /// Language in which it was shown.
    pub locale: String,
    /// What happened.
    pub action: ReceiptAction,
    /// Where in the app it happened.
    pub surface: String,
    /// The purposes concerned.
    pub purposes: Vec<ReceiptPurpose>,
    /// The region rule that applied.
    pub region_rule: String,
    /// The age band that applied.
    pub age_band: Option<AgeBand>,
    /// Milliseconds since 1970.
    pub time_ms: i64,
    /// Version of this library.
    pub sdk_version: String,
}

/// What a receipt says, before it has its place in the chain.
pub(super) struct Draft {
    pub supersedes: Vec<String>,
    pub policy: String,
    pub notice_hash: String,
    pub locale: String,
    pub action: ReceiptAction,
    pub surface: String,
    pub purposes: Vec<ReceiptPurpose>,
    pub region_rule: String,
    pub age_band: Option<AgeBand>,
    pub time_ms: i64,
}

/// The stored form: exact bytes and the device's signature over them.
#[derive(Serialize, Deserialize)]
struct Stored {
    body: Vec<u8>,
    signature: Vec<u8>,
}

/// The key that signs this device's receipts.
pub(super) struct DeviceKey(Ed25519KeyPair);

impl DeviceKey {
    /// The key of a 32-byte seed, which is kept in the vault.
    pub(super) fn from_seed(seed: &Zeroizing<Vec<u8>>) -> Result<Self, ConsentError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| ConsentError::LedgerKey)
    }

    fn public(&self) -> Result<PublicKey, ConsentError> {
        PublicKey::from_bytes(self.0.public_key().as_ref()).map_err(|_| ConsentError::LedgerKey)
    }
}

/// What checking the whole ledger found.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LedgerCheck {
    /// How many records verify, from the first on.
    pub verified: u64,
    /// The first record that does not, if any.
    pub broken_at: Option<u64>,
    /// SHA-256 of the last record that verifies, in hexadecimal: keep it to prove the ledger later.
    pub head_hash: String,
}

/// Gives `draft` the next place after `last` and signs it.
pub(super) fn chain(
    draft: Draft,
    last: Option<(&Receipt, &str)>,
    record_id: [u8; 16],
    key: &DeviceKey,
) -> Result<(Receipt, String, Vec<u8>), ConsentError> {
    let receipt = Receipt {
        schema: SCHEMA.into(),
        seq: last.map_or(1, |(r, _)| r.seq + 1),
        record_id: uuid(record_id),
        prev_hash: last.map_or(GENESIS, |(_, hash)| hash).into(),
        supersedes: draft.supersedes,
        policy: draft.policy,
        notice_hash: draft.notice_hash,
        locale: draft.locale,
        action: draft.action,
        surface: draft.surface,
        purposes: draft.purposes,
        region_rule: draft.region_rule,
        age_band: draft.age_band,
        time_ms: draft.time_ms,
        sdk_version: env!("CARGO_PKG_VERSION").into(),
    };
    let body = serde_json::to_vec(&receipt).map_err(|_| ConsentError::Encoding)?;
    let hash = hex(&sha256(&body));
    let signature = key.0.sign(&body).as_ref().to_vec();
    let stored = postcard::to_allocvec(&Stored { body, signature }).map_err(|_| ConsentError::Encoding)?;
    Ok((receipt, hash, stored))
}

/// Reads the stored records in order, as far as they verify.
pub(super) fn replay<'a>(
    records: impl Iterator<Item = &'a [u8]>,
    key: &DeviceKey,
) -> Result<(Vec<Receipt>, LedgerCheck), ConsentError> {
    let public = key.public()?;
    let mut receipts = Vec::new();
    let mut head = GENESIS.to_owned();
    let mut broken_at = None;
    for (at, bytes) in (1..).zip(records) {
        match link(bytes, at, &head, &public) {
            Some((receipt, hash)) => {
                receipts.push(receipt);
                head = hash;
            }
            None => {
                broken_at = Some(at);
                break;
            }
        }
    }
    let check = LedgerCheck { verified: receipts.len() as u64, broken_at, head_hash: head };
    Ok((receipts, check))
}

fn link(bytes: &[u8], at: u64, head: &str, key: &PublicKey) -> Option<(Receipt, String)> {
    let stored: Stored = postcard::from_bytes(bytes).ok()?;
    key.verify(&stored.body, &stored.signature).ok()?;
    let receipt: Receipt = serde_json::from_slice(&stored.body).ok()?;
    (receipt.seq == at && receipt.prev_hash == head).then(|| {
        let hash = hex(&sha256(&stored.body));
        (receipt, hash)
    })
}

/// Sixteen random bytes as a UUID version 4.
fn uuid(mut bytes: [u8; 16]) -> String {
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

    fn draft(surface: &str) -> Draft {
        Draft {
            supersedes: vec![],
            policy: "p@1".into(),
            notice_hash: "00".into(),
            locale: "en".into(),
            action: ReceiptAction::Answered,
            surface: surface.into(),
            purposes: vec![],
            region_rule: "strictest".into(),
            age_band: None,
            time_ms: 1,
        }
    }

    fn ledger(n: u8) -> (DeviceKey, Vec<Vec<u8>>) {
        let key = DeviceKey::from_seed(&Zeroizing::new(vec![9; 32])).unwrap();
        let (mut stored, mut last) = (vec![], None::<(Receipt, String)>);
        for i in 0..n {
            let (receipt, hash, bytes) =
                chain(draft("home"), last.as_ref().map(|(r, h)| (r, h.as_str())), [i; 16], &key).unwrap();
            stored.push(bytes);
            last = Some((receipt, hash));
        }
        (key, stored)
    }

    fn broken_at(key: &DeviceKey, records: &[Vec<u8>]) -> Option<u64> {
        replay(records.iter().map(Vec::as_slice), key).unwrap().1.broken_at
    }

    #[test]
    fn a_flipped_byte_a_drop_or_a_swap_is_named() {
        let (key, records) = ledger(4);
        assert_eq!(broken_at(&key, &records), None);
        for i in 0..records[2].len() {
            let mut bad = records.clone();
            bad[2][i] ^= 1;
            assert_eq!(broken_at(&key, &bad), Some(3), "byte {i}");
        }
        let mut dropped = records.clone();
        dropped.remove(1);
        assert_eq!(broken_at(&key, &dropped), Some(2));
        let mut swapped = records.clone();
        swapped.swap(0, 1);
        assert_eq!(broken_at(&key, &swapped), Some(1));
    }

    #[test]
    fn record_ids_are_uuids() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
