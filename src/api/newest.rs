//! The newest catalog this device ever had, remembered in the vault, so that deleting the file does
//! not open the way back to an older one that was signed as well.

use crate::consent::{ConsentError, Gate};
use crate::vault::tables::NEWEST;
use crate::vault::{Durability, VaultError};

const CATALOG: &str = "catalog";
const VERSION: u8 = 1;

/// The newest version seen; 0 for none, or if that cannot be read any more.
pub(super) fn seen(gate: &Gate) -> Result<u64, ConsentError> {
    let stored = match gate.read(|r| r.at(&gate.essential())?.get(NEWEST, CATALOG)) {
        Err(ConsentError::Vault(VaultError::Damaged { .. })) => None,
        other => other?,
    };
    Ok(match stored.as_deref().map(|bytes| bytes.split_first_chunk()) {
        Some(Some((&[VERSION], rest))) => rest.try_into().map_or(0, u64::from_le_bytes),
        _ => 0,
    })
}

/// Remembers a version that is now in use, if it is the newest.
pub(super) fn remember(gate: &Gate, version: u64) -> Result<(), ConsentError> {
    if version <= seen(gate)? {
        return Ok(());
    }
    let bytes = [&[VERSION][..], &version.to_le_bytes()].concat();
    gate.write(Durability::Full, |w| w.at(&gate.essential())?.put(NEWEST, CATALOG, &bytes))
}
