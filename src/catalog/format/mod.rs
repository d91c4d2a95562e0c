//! The bundle's bytes.
//!
//! ```text
//! 0   8   magic "SVCATAL" and the format version (1)
//! 8   4   length of the manifest, u32
//! 12  4   zero
//! 16  64  Ed25519 signature over bytes 0..16 followed by the manifest
//! 80  …   manifest (postcard), then zeros up to a multiple of 4096
//! …   …   body: columns, each starting at a multiple of 64 of the body; SHA-256 of every 256 KiB of it is in the manifest
//! ```
//! All numbers are little-endian. A column that a reader does not know is skipped; one it misses makes the bundle unusable.

pub(crate) mod check;
pub(crate) mod column;
pub(crate) mod head;
pub(crate) mod manifest;
pub(crate) mod view;

pub(crate) use column::{Column, Layout};
pub(crate) use head::Head;
pub(crate) use manifest::Manifest;

use crate::base::limits::MANIFEST;
use crate::catalog::CatalogError;

/// Format version this library writes, and the newest it reads.
pub(crate) const FORMAT: u8 = 1;
/// First bytes of every bundle.
pub(crate) const MAGIC: &[u8; 7] = b"SVCATAL";
/// Magic, version, length of the manifest, reserved.
pub(crate) const PREFIX_BYTES: usize = 16;
/// Prefix and signature.
pub(crate) const HEAD_BYTES: usize = PREFIX_BYTES + 64;
/// The body is hashed in pieces of this size.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;
/// The body starts at a multiple of this.
pub(crate) const BODY_ALIGN: usize = 4096;
/// Columns start at a multiple of this within the body.
pub(crate) const COLUMN_ALIGN: u64 = 64;

/// Length of the manifest, from the first [`PREFIX_BYTES`] bytes.
pub(crate) fn manifest_bytes(prefix: &[u8; PREFIX_BYTES]) -> Result<usize, CatalogError> {
    let (magic, rest) = prefix.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(CatalogError::NotABundle);
    }
    let [format, a, b, c, d, reserved @ ..] = rest else {
        return Err(CatalogError::NotABundle);
    };
    match *format {
        0 => return Err(CatalogError::NotABundle),
        found if found > FORMAT => return Err(CatalogError::NewerFormat { found, newest: FORMAT }),
        _ => {}
    }
    if reserved.iter().any(|byte| *byte != 0) {
        return Err(CatalogError::damaged("header"));
    }
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    if !MANIFEST.takes(length) {
        return Err(CatalogError::TooLarge { what: "the manifest", limit: MANIFEST.most as u64 });
    }
    Ok(length)
}

/// The prefix of a bundle with a manifest of `length` bytes.
#[cfg(feature = "operator")]
pub(crate) fn prefix(length: u32) -> [u8; PREFIX_BYTES] {
    let mut prefix = [0; PREFIX_BYTES];
    let [a, b, c, d] = length.to_le_bytes();
    for (place, byte) in prefix.iter_mut().zip(MAGIC.iter().chain(&[FORMAT, a, b, c, d])) {
        *place = *byte;
    }
    prefix
}

/// Where the body starts behind a manifest of `length` bytes.
pub(crate) const fn body_start(length: usize) -> usize {
    (HEAD_BYTES + length).next_multiple_of(BODY_ALIGN)
}
