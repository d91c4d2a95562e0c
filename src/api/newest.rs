//! The newest catalog this device ever had, remembered in the vault, so that deleting the file does
//! not open the way back to an older one that was signed as well.

use serde::Serialize;

use crate::base::codec::{Parts, Record, Unread};
use crate::consent::{ConsentError, Gate};
use crate::vault::tables::NEWEST;
use crate::vault::{Durability, VaultError};

const CATALOG: &str = "catalog";

struct Newest(u64);

impl Record for Newest {
    const WHAT: &'static str = "newest catalog";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        self.0
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        parts.next().map(Self)
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        let newest = u64::from_le_bytes(body.next()?);
        (version == 1).then_some(Self(newest))
    }
}

/// The newest version seen; 0 for none, or if that cannot be read any more. While a newer version of the library keeps
/// it, that is an error: no catalog can be shown not to be older.
pub(super) fn seen(gate: &Gate) -> Result<u64, ConsentError> {
    let stored = match gate.read(|r| r.at(&gate.essential())?.get(NEWEST, CATALOG)) {
        Err(ConsentError::Vault(VaultError::Damaged { .. })) => None,
        other => other?,
    };
    match stored.map(|bytes| Newest::decode(&bytes)) {
        Some(Ok(Newest(version))) => Ok(version),
        Some(Err(Unread::Newer(newer))) => {
            gate.note_newer(newer);
            Err(newer.into())
        }
        Some(Err(Unread::Damaged)) | None => Ok(0),
    }
}

/// Remembers a version that is now in use, if it is the newest.
pub(super) fn remember(gate: &Gate, version: u64) -> Result<(), ConsentError> {
    if version <= seen(gate)? {
        return Ok(());
    }
    let bytes = Newest(version).encode()?;
    gate.write(Durability::Full, |w| w.at(&gate.essential())?.put(NEWEST, CATALOG, &bytes))
}
