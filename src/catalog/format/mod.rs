//! The bundle's bytes. `docs/catalog.md` describes them one by one.
//!
//! ```text
//! 0   7   magic "SVCATAL"
//! 7   1   oldest format whose readers can read it
//! 8   4   length of the manifest, u32
//! 12  1   format of the library that wrote it; 0 in format 1
//! 13  3   zero
//! 16  64  Ed25519 signature over bytes 0..16 followed by the manifest
//! 80  …   manifest (postcard), its table of sections, then zeros up to a multiple of 4096
//! …   …   body: sections, each starting at a multiple of 64 of the body
//! ```
//! All numbers are little-endian. A section that a reader does not know is skipped, unless the table says that it is required.

pub(crate) mod check;
pub(crate) mod column;
pub(crate) mod delta;
pub(crate) mod gaps;
pub(crate) mod head;
pub(crate) mod latest;
pub(crate) mod manifest;
pub(crate) mod packed;
pub(crate) mod patch;
pub(crate) mod section;
pub(crate) mod successor;
pub(crate) mod texts;
pub(crate) mod variants;
pub(crate) mod view;

pub(crate) use column::Column;
pub(crate) use head::Head;
pub(crate) use manifest::Manifest;

use crate::base::limits::MANIFEST;
use crate::catalog::CatalogError;

/// The newest format that this library reads. It is the one that it writes, and the oldest whose readers can read that.
pub(crate) const FORMAT: u8 = 2;
/// First bytes of every bundle.
pub(crate) const MAGIC: &[u8; 7] = b"SVCATAL";
/// Magic, version, length of the manifest, reserved.
pub(crate) const PREFIX_BYTES: usize = 16;
/// Prefix and signature.
pub(crate) const HEAD_BYTES: usize = PREFIX_BYTES + 64;
/// The body is read, and in format 1 hashed, in pieces of this size.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;
/// The body starts at a multiple of this.
pub(crate) const BODY_ALIGN: usize = 4096;
/// Columns start at a multiple of this within the body.
pub(crate) const COLUMN_ALIGN: u64 = 64;

/// What the first [`PREFIX_BYTES`] bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    /// The oldest format whose readers can read the bundle.
    pub(crate) oldest: u8,
    /// The format of the library that wrote it.
    pub(crate) current: u8,
    /// Length of the manifest.
    pub(crate) manifest: usize,
}

impl Prefix {
    pub(crate) fn of(prefix: &[u8; PREFIX_BYTES]) -> Result<Self, CatalogError> {
        let (magic, rest) = prefix.split_at(MAGIC.len());
        let [oldest, a, b, c, d, current, reserved @ ..] = rest else {
            return Err(CatalogError::NotABundle);
        };
        if magic != MAGIC || *oldest == 0 {
            return Err(CatalogError::NotABundle);
        }
        if *oldest > FORMAT {
            return Err(newer(*oldest));
        }
        if reserved.iter().any(|byte| *byte != 0) || (*oldest == 1) != (*current == 0) {
            return Err(CatalogError::damaged("header"));
        }
        let manifest = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        if !MANIFEST.takes(manifest) {
            return Err(CatalogError::TooLarge { what: "the manifest", limit: MANIFEST.most as u64 });
        }
        Ok(Self { oldest: *oldest, current: *current, manifest })
    }

    /// The bytes.
    #[cfg(feature = "operator")]
    pub(crate) fn bytes(self) -> [u8; PREFIX_BYTES] {
        let mut prefix = [0; PREFIX_BYTES];
        let [a, b, c, d, ..] = self.manifest.to_le_bytes();
        let known = [self.oldest, a, b, c, d, self.current];
        for (place, byte) in prefix.iter_mut().zip(MAGIC.iter().chain(&known)) {
            *place = *byte;
        }
        prefix
    }
}

/// What is said of a bundle of format `found` that this library cannot read, whatever the number says.
fn newer(found: u8) -> CatalogError {
    CatalogError::NewerFormat { found: found.max(FORMAT + 1), newest: FORMAT }
}

/// Where the body starts behind a manifest of `length` bytes.
pub(crate) const fn body_start(length: usize) -> usize {
    (HEAD_BYTES + length).next_multiple_of(BODY_ALIGN)
}
