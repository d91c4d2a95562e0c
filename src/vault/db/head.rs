//! The head: a sealed summary of all records, by which a removed or replayed one is noticed.

use ring::hmac;
use rusqlite::{Connection, OptionalExtension as _};

use crate::base::random::SecureRandom;
use crate::vault::crypto::cipher::{fingerprint, key_id};
use crate::vault::crypto::secret::mac16;
use crate::vault::db::schema::{RecordTable, tables};
use crate::vault::error::{HEAD_ROW, VaultError};
use crate::vault::keys::ring::{HEAD, Keyring};

/// A summary of all records, sealed anew in every transaction: a row that was removed, put back or replaced by an
/// earlier version of itself no longer fits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    /// Transactions so far.
    pub(crate) seq: u64,
    /// Records that exist.
    pub(crate) live: u64,
    /// Sum modulo 2^128 of a keyed hash per existing record.
    pub(crate) digest: u128,
    /// The next record number; never given out twice.
    pub(crate) next: u64,
}

const HEAD_LEN: usize = 1 + 8 + 8 + 16 + 8;
const HEAD_AAD: &[u8] = b"sv-head\x01";

impl Head {
    pub(crate) fn encode(self) -> [u8; HEAD_LEN] {
        let mut out = [1; HEAD_LEN];
        let fields = [
            &self.seq.to_le_bytes()[..],
            &self.live.to_le_bytes(),
            &self.digest.to_le_bytes(),
            &self.next.to_le_bytes(),
        ];
        let bytes = fields.iter().flat_map(|field| field.iter());
        out.iter_mut().skip(1).zip(bytes).for_each(|(to, from)| *to = *from);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != HEAD_LEN || bytes.first() != Some(&1) {
            return None;
        }
        Some(Self {
            seq: u64::from_le_bytes(bytes.get(1..9)?.try_into().ok()?),
            live: u64::from_le_bytes(bytes.get(9..17)?.try_into().ok()?),
            digest: u128::from_le_bytes(bytes.get(17..33)?.try_into().ok()?),
            next: u64::from_le_bytes(bytes.get(33..41)?.try_into().ok()?),
        })
    }

    /// Reads a sealed head.
    pub(crate) fn open(ring: &Keyring, sealed: &[u8]) -> Option<Self> {
        let key = key_id(sealed).and_then(|id| ring.get(HEAD)?.find(id))?;
        key.seal.open(HEAD_AAD, sealed).ok().and_then(|bytes| Self::decode(&bytes))
    }

    pub(crate) fn load(conn: &Connection, ring: &Keyring) -> Result<Self, VaultError> {
        let damaged = || VaultError::Damaged { what: HEAD_ROW };
        let mut query = conn.prepare_cached("SELECT sealed FROM head WHERE id = 1")?;
        let sealed: Vec<u8> = query.query_row([], |row| row.get(0)).optional()?.ok_or_else(damaged)?;
        Self::open(ring, &sealed).ok_or_else(damaged)
    }

    /// A head over the records that are there, in the place of one that cannot be read. It says that they belong
    /// together from now on, and nothing about what was before.
    pub(crate) fn of_what_is_there(conn: &Connection, ring: &Keyring) -> Result<Self, VaultError> {
        let index = &ring.get(HEAD).ok_or(VaultError::Closed)?.index;
        let mut head = Self { next: 1, ..Self::default() };
        for at in tables(conn, None)? {
            let mut query = conn.prepare(&format!("SELECT id, sealed FROM {at}"))?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let (number, sealed): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
                head.added(weight(index, at, number, &sealed));
                head.next = head.next.max(number.cast_unsigned().saturating_add(1));
            }
        }
        Ok(head)
    }

    /// Seals and stores the head with the ring's current head key.
    pub(crate) fn store(
        &self,
        conn: &Connection,
        ring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<(), VaultError> {
        let keys = ring.get(HEAD).ok_or(VaultError::Closed)?;
        let sealed = keys.current.seal.seal(random, HEAD_AAD, &self.encode())?;
        // The usual case first: the row exists and is overwritten in place.
        if conn.prepare_cached("UPDATE head SET sealed = ?1 WHERE id = 1")?.execute([&sealed])? == 0 {
            conn.execute("INSERT INTO head (id, sealed) VALUES (1, ?1)", [&sealed])?;
        }
        Ok(())
    }

    pub(crate) fn added(&mut self, weight: u128) {
        self.live = self.live.wrapping_add(1);
        self.digest = self.digest.wrapping_add(weight);
    }

    pub(crate) fn removed(&mut self, weight: u128) {
        self.live = self.live.wrapping_sub(1);
        self.digest = self.digest.wrapping_sub(weight);
    }
}

/// A record's share of the head's digest. What is no sealed value has none.
pub(crate) fn weight(index: &hmac::Key, at: RecordTable, number: i64, sealed: &[u8]) -> u128 {
    let Some((header, tag)) = fingerprint(sealed) else { return 0 };
    let (c, t, n) = (at.compartment.0.to_le_bytes(), at.table.0.to_le_bytes(), number.to_le_bytes());
    u128::from_le_bytes(mac16(index, &[&c, &t, &n, header, tag]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_back_and_a_short_one_is_refused() {
        let head = Head { seq: 3, live: 2, digest: 1 << 99, next: 17 };
        assert_eq!(Head::decode(&head.encode()), Some(head));
        assert_eq!(Head::decode(&head.encode()[1..]), None);
    }
}
