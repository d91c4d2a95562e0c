//! Publishing: the signed list of the files that devices fetch.

use crate::base::limits::LATEST;
use crate::base::signed::{PublicKey, sign};
use crate::catalog::format::delta::MAGIC;
use crate::catalog::format::latest::{KIND, Latest, Published};
use crate::catalog::format::patch::Patch;
use crate::catalog::{Catalog, CatalogError, SigningKey};

/// What the merchant says of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatestHeader {
    /// Has to grow with every list.
    pub number: u64,
    /// When it is made, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// When devices take it for held back, milliseconds since 1970 UTC.
    pub expires_ms: i64,
}

/// The files of a list, by their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestFiles {
    /// The shop.
    pub store_id: String,
    /// Number of the list.
    pub number: u64,
    /// Version of the bundle.
    pub version: u64,
    /// The bundle.
    pub bundle: String,
    /// The newest patch of it.
    pub patch: Option<String>,
    /// What makes it out of earlier bundles.
    pub deltas: Vec<String>,
}

/// Where a published file lies below the published address: by its SHA-256.
#[must_use]
pub fn published_path(bytes: &[u8]) -> String {
    Published::of(bytes).path()
}

/// Signs the list of a bundle, its newest patch, and deltas that lead to it.
///
/// # Errors
/// [`CatalogError::OtherBase`] when the patch is of another bundle, [`CatalogError::Build`] for what is no delta or too long.
pub fn build_latest(
    bundle: &[u8],
    patch: Option<&[u8]>,
    deltas: &[Vec<u8>],
    header: &LatestHeader,
    key: &SigningKey,
) -> Result<Vec<u8>, CatalogError> {
    let keys = [key.public_key()];
    let catalog = Catalog::verify(bundle, &keys)?;
    let numbered = |bytes: &&[u8]| {
        catalog.patched(bytes, &keys)?;
        Ok((Patch::open(bytes, &keys)?.head.number, Published::of(bytes)))
    };
    let no_delta = CatalogError::Build { what: "this is no delta" };
    let from = |delta: &Vec<u8>| {
        let base = delta.strip_prefix(MAGIC).and_then(|rest| rest.get(1..)?.first_chunk()).copied();
        Ok((base.ok_or(no_delta.clone())?, Published::of(delta)))
    };
    let latest = Latest {
        store_id: catalog.store_id().to_owned(),
        number: header.number,
        created_ms: header.created_ms,
        expires_ms: header.expires_ms,
        version: catalog.version(),
        bundle: (catalog.bundle_hash(), Published::of(bundle)),
        patch: patch.as_ref().map(numbered).transpose()?,
        deltas: deltas.iter().map(from).collect::<Result<_, CatalogError>>()?,
    };
    let unwritable = |_| CatalogError::Build { what: "the list of files cannot be written" };
    let bytes = sign(KIND, &postcard::to_allocvec(&latest).map_err(unwritable)?, key.pair());
    if LATEST.takes(bytes.len()) { Ok(bytes) } else { Err(CatalogError::Build { what: "too many deltas" }) }
}

/// What a list that one of the keys signed names.
///
/// # Errors
/// [`CatalogError::BadSignature`], [`CatalogError::NewerFormat`], [`CatalogError::Damaged`].
pub fn latest_files(latest: &[u8], keys: &[PublicKey]) -> Result<LatestFiles, CatalogError> {
    let latest = Latest::open(latest, keys)?;
    Ok(LatestFiles {
        store_id: latest.store_id,
        number: latest.number,
        version: latest.version,
        bundle: latest.bundle.1.path(),
        patch: latest.patch.map(|(_, file)| file.path()),
        deltas: latest.deltas.iter().map(|(_, file)| file.path()).collect(),
    })
}
