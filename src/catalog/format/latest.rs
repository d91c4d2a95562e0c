//! What the shop has published last: a short-lived signed list of files. `docs/catalog.md` describes its bytes.

use serde::{Deserialize, Serialize};

use crate::base::signed::{PublicKey, Unverified, verify};
use crate::catalog::CatalogError;
use crate::catalog::format::FORMAT;

/// The kind of its envelope.
pub(crate) const KIND: &[u8; 8] = b"SVLATEST";
/// Its path below the published address.
pub(crate) const PATH: &str = "latest";

/// A published file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Published {
    /// SHA-256 of it, which is its name.
    pub hash: [u8; 32],
    pub bytes: u64,
}

impl Published {
    #[cfg(feature = "operator")]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { hash: crate::base::signed::sha256(bytes), bytes: bytes.len() as u64 }
    }

    /// Its path below the published address.
    pub(crate) fn path(&self) -> String {
        format!("files/{}", crate::base::signed::hex(&self.hash))
    }
}

/// What is to be had, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Latest {
    pub store_id: String,
    /// Grows with every list of the shop.
    pub number: u64,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// First moment in which another list must be there, milliseconds since 1970 UTC.
    pub expires_ms: i64,
    /// Version of the bundle.
    pub version: u64,
    /// Hash of the bundle, and its file.
    pub bundle: ([u8; 32], Published),
    /// Number of the newest patch of it, and its file.
    pub patch: Option<(u64, Published)>,
    /// What makes the bundle out of those with these hashes.
    pub deltas: Vec<([u8; 32], Published)>,
}

impl Latest {
    /// All files that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Published> {
        let deltas = self.deltas.iter().map(|(_, file)| file);
        deltas.chain([&self.bundle.1]).chain(self.patch.as_ref().map(|(_, file)| file))
    }

    /// Opens a list that one of the keys signed. What a later library adds comes behind and is skipped.
    pub(crate) fn open(bytes: &[u8], keys: &[PublicKey]) -> Result<Self, CatalogError> {
        let mut refused = CatalogError::BadSignature;
        for key in keys {
            match verify(KIND, bytes, key) {
                Ok(payload) => {
                    let read = postcard::take_from_bytes(payload);
                    return read
                        .map(|(latest, _)| latest)
                        .map_err(|_| CatalogError::damaged("the list of files"));
                }
                Err(Unverified::Newer(_)) => {
                    refused = CatalogError::NewerFormat { found: FORMAT + 1, newest: FORMAT };
                }
                Err(Unverified::BadSignature) => {}
            }
        }
        Err(refused)
    }
}
