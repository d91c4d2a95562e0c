//! The key store items of installations that are no more. They are removed by an explicit call only: nothing here can
//! tell a folder that was removed from one that is somewhere else at the moment.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::vault::db::raw;
use crate::vault::db::raw::{Row, Value};
use crate::vault::error::VaultError;
use crate::vault::keys::checked::CheckedStore;
use crate::vault::keys::item::{Install, PREFIX, prefix};
use crate::vault::keys::store::KeyStore;
use crate::vault::life::files::Files;
use crate::vault::life::owner::Owner;

/// Removes every item of ours from the key store, but for those of the vaults in the folders `keep`. Tells how many
/// it removed. Vaults may be open meanwhile.
///
/// # Errors
/// [`VaultError::Damaged`] if a vault in one of these folders does not say which items are its own; nothing is
/// removed then.
pub fn remove_other_keys(store: Arc<dyn KeyStore>, keep: &[impl AsRef<Path>]) -> Result<u32, VaultError> {
    let mut kept = BTreeSet::new();
    for folder in keep {
        for name in names_in(folder.as_ref())? {
            let files = Files::new(folder.as_ref(), &name)?;
            let [file, log] = files.contents()?;
            let install =
                install(&raw::rows(&file, &log)).ok_or(VaultError::Damaged { what: "vault state" })?;
            // Stores of format 1 name their items after the file.
            kept.extend([prefix(install), format!("{PREFIX}{name}.")]);
            // What was put aside comes back with its key. One that does not say whose it is has none to keep.
            for aside in files.asides()? {
                kept.extend(aside.install().map(prefix));
            }
        }
    }
    let store = CheckedStore::new(store);
    let mut removed = 0;
    for alias in store.list(PREFIX)? {
        if !kept.iter().any(|prefix| alias.starts_with(prefix)) {
            store.delete(&alias)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether somebody has the vault of this name in the folder open, in this process or another one. Changes nothing.
pub(crate) fn is_in_use(folder: &Path, name: &str) -> bool {
    Files::new(folder, name).is_ok_and(|files| Owner::is_there(&files.lock()))
}

/// Whether the folder has another vault than the one of this name, and not that.
pub(crate) fn is_of_another(folder: &Path, name: &str) -> Result<bool, VaultError> {
    let names = names_in(folder)?;
    Ok(!names.is_empty() && !names.iter().any(|known| known == name))
}

/// The vaults in a folder. One that is not there has none.
fn names_in(folder: &Path) -> Result<Vec<String>, VaultError> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".vault").map(str::to_owned));
    }
    Ok(names)
}

/// What the row of `meta` says, in any format.
fn install(rows: &[Row]) -> Option<Install> {
    rows.iter().find_map(|row| match &*row.values {
        [_, Value::Integer(_), Value::Bytes(install), Value::Bytes(proof), _, _, _, ..]
            if proof.len() == 16 =>
        {
            Install::try_from(&**install).ok()
        }
        _ => None,
    })
}
