//! The vault's own rows: where the epoch protocol stands, the wrapped data keys, and the sealed head.

use ring::hmac;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::cipher::fingerprint;
use super::error::VaultError;
use super::item::Root;
use super::keyring::{HEAD, Keyring, Material};
use super::schema::RecordTable;
use super::secret::mac16;

use crate::random::SecureRandom;

/// Where the epoch protocol stands. Nothing here is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) epoch: u64,
    pub(super) install: [u8; 16],
    pub(super) proof: [u8; 16],
    /// A root key of this epoch may exist that nothing uses yet.
    pub(super) pending: Option<u64>,
    /// The root key of this epoch must still be destroyed.
    pub(super) retired: Option<u64>,
}

fn stored(number: u64) -> Result<i64, VaultError> {
    i64::try_from(number).map_err(|_| VaultError::Damaged { what: "epoch" })
}

impl Meta {
    pub(super) fn load(conn: &Connection) -> Result<Self, VaultError> {
        let damaged = || VaultError::Damaged { what: "vault state" };
        let mut query =
            conn.prepare_cached("SELECT epoch, install, proof, pending, retired FROM meta WHERE id = 1")?;
        let row = query
            .query_row([], |row| {
                let numbers =
                    (row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(3)?, row.get::<_, Option<i64>>(4)?);
                Ok((numbers, row.get::<_, [u8; 16]>(1)?, row.get::<_, [u8; 16]>(2)?))
            })
            .optional()?;
        let ((epoch, pending, retired), install, proof) = row.ok_or_else(damaged)?;
        let number = |n: i64| u64::try_from(n).map_err(|_| damaged());
        Ok(Self {
            epoch: number(epoch)?,
            install,
            proof,
            pending: pending.map(number).transpose()?,
            retired: retired.map(number).transpose()?,
        })
    }

    pub(super) fn insert(&self, conn: &Connection) -> Result<(), VaultError> {
        conn.execute(
            "INSERT INTO meta (id, epoch, install, proof, next_key) VALUES (1, ?1, ?2, ?3, 1)",
            params![stored(self.epoch)?, self.install, self.proof],
        )?;
        Ok(())
    }

    pub(super) fn update(&self, conn: &Connection) -> Result<(), VaultError> {
        let (pending, retired) =
            (self.pending.map(stored).transpose()?, self.retired.map(stored).transpose()?);
        conn.execute(
            "UPDATE meta SET epoch = ?1, proof = ?2, pending = ?3, retired = ?4 WHERE id = 1",
            params![stored(self.epoch)?, self.proof, pending, retired],
        )?;
        Ok(())
    }
}

/// A number no data key of this file had before.
pub(super) fn next_key_id(conn: &Connection) -> Result<u32, VaultError> {
    let mut query =
        conn.prepare_cached("UPDATE meta SET next_key = next_key + 1 WHERE id = 1 RETURNING next_key - 1")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// One row of wrapped key material.
pub(super) struct WrappedRow {
    pub(super) id: u32,
    pub(super) compartment: u16,
    pub(super) wrapped: Vec<u8>,
}

/// All wrapped keys, oldest first.
pub(super) fn wrapped_rows(conn: &Connection) -> Result<Vec<WrappedRow>, VaultError> {
    let mut query = conn.prepare_cached("SELECT id, compartment, wrapped FROM data_key ORDER BY id")?;
    let rows = query.query_map([], |row| {
        Ok(WrappedRow { id: row.get(0)?, compartment: row.get(1)?, wrapped: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Unwraps every data key. The caller scrubs the stack afterwards.
pub(super) fn open_keys(conn: &Connection, root: &Root) -> Result<Keyring, VaultError> {
    let mut ring = Keyring::new(root)?;
    for row in wrapped_rows(conn)? {
        let material = ring.wrap.unwrap(row.compartment, row.id, &row.wrapped)?;
        ring.add(row.compartment, row.id, &material)?;
    }
    if ring.get(HEAD).is_none() {
        return Err(VaultError::Damaged { what: "head key" });
    }
    Ok(ring)
}

/// Makes a data key for a compartment, as its current one, in the database and in `ring`.
pub(super) fn create_key(
    conn: &Connection,
    random: &dyn SecureRandom,
    ring: &mut Keyring,
    compartment: u16,
) -> Result<(), VaultError> {
    let mut kept = None;
    if let Some(keys) = ring.get(compartment) {
        let id = keys.current.seal.id();
        let mut query = conn.prepare_cached("SELECT wrapped FROM data_key WHERE id = ?1")?;
        let wrapped: Vec<u8> = query.query_row([id], |row| row.get(0))?;
        kept = Some(ring.wrap.unwrap(compartment, id, &wrapped)?.into_index());
    }
    let id = next_key_id(conn)?;
    let material = Material::generate(random, kept)?;
    let wrapped = ring.wrap.wrap(random, compartment, id, &material)?;
    ring.add(compartment, id, &material)?;
    conn.prepare_cached("INSERT INTO data_key (id, compartment, wrapped, seals) VALUES (?1, ?2, ?3, 0)")?
        .execute(params![id, compartment, wrapped])?;
    Ok(())
}

/// A summary of all records, sealed anew in every transaction: a row that was removed, put back or replaced by an
/// earlier version of itself no longer fits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// Transactions so far.
    pub(super) seq: u64,
    /// Records that exist.
    pub(super) live: u64,
    /// Sum modulo 2^128 of a keyed hash per existing record.
    pub(super) digest: u128,
    /// The next record number; never given out twice.
    pub(super) next: u64,
}

const HEAD_LEN: usize = 1 + 8 + 8 + 16 + 8;
const HEAD_AAD: &[u8] = b"sv-head\x01";

impl Head {
    pub(super) fn encode(self) -> [u8; HEAD_LEN] {
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

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
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

    pub(super) fn load(conn: &Connection, ring: &Keyring) -> Result<Self, VaultError> {
        let damaged = VaultError::Damaged { what: "head" };
        let mut query = conn.prepare_cached("SELECT sealed FROM head WHERE id = 1")?;
        let sealed: Vec<u8> =
            query.query_row([], |row| row.get(0)).optional()?.ok_or_else(|| damaged.clone())?;
        let key = super::cipher::key_id(&sealed)
            .and_then(|id| ring.get(HEAD)?.find(id))
            .ok_or_else(|| damaged.clone())?;
        let bytes = key.seal.open(HEAD_AAD, &sealed).map_err(|_| damaged.clone())?;
        Self::decode(&bytes).ok_or(damaged)
    }

    /// Seals and stores the head with the ring's current head key.
    pub(super) fn store(
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

    pub(super) fn added(&mut self, weight: u128) {
        self.live = self.live.wrapping_add(1);
        self.digest = self.digest.wrapping_add(weight);
    }

    pub(super) fn removed(&mut self, weight: u128) {
        self.live = self.live.wrapping_sub(1);
        self.digest = self.digest.wrapping_sub(weight);
    }
}

/// A record's share of the head's digest.
pub(super) fn weight(
    index: &hmac::Key,
    at: RecordTable,
    number: i64,
    sealed: &[u8],
) -> Result<u128, VaultError> {
    let (header, tag) = fingerprint(sealed).ok_or(VaultError::Damaged { what: "record" })?;
    let (c, t, n) = (at.compartment.0.to_le_bytes(), at.table.0.to_le_bytes(), number.to_le_bytes());
    Ok(u128::from_le_bytes(mac16(index, &[&c, &t, &n, header, tag])))
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
