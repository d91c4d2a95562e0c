//! The signed part of a bundle: what it is, what shape it has, and the hashes of its body.

use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::base::limits::BUNDLE;
use crate::base::signed::sha256;
use crate::catalog::format::BLOCK_BYTES;
use crate::catalog::format::head::fill;
use crate::catalog::{CatalogError, ExperimentSpec, Taxonomy, Weights};

/// Where a column lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The column's number.
    pub column: u16,
    /// First byte in the body.
    pub offset: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// What the merchant signs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub store_id: String,
    /// Grows with every bundle of the store.
    pub version: u64,
    /// Milliseconds since 1970 UTC.
    pub created_ms: i64,
    pub items: u32,
    pub tags: u32,
    pub tokens: u32,
    /// ISO 4217 codes, as numbered by the currency column.
    pub currencies: Vec<String>,
    /// What every product page's address begins with.
    pub link_prefix: String,
    /// What every picture's address begins with.
    pub image_prefix: String,
    pub embedding_scale: f32,
    /// Mean of the text lengths, for BM25.
    pub mean_text_length: f32,
    pub weights: Weights,
    pub taxonomy: Taxonomy,
    pub experiments: Vec<ExperimentSpec>,
    pub body_bytes: u64,
    /// SHA-256 of every block of the body, the last one shorter.
    pub blocks: Vec<[u8; 32]>,
    pub columns: Vec<Entry>,
}

impl Manifest {
    /// Reads and checks everything that can be checked without the body.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, CatalogError> {
        let damaged = || CatalogError::damaged("manifest");
        // What a later version adds comes behind: whoever must know it has another format.
        let (manifest, _) = postcard::take_from_bytes::<Self>(bytes).map_err(|_| damaged())?;
        if manifest.body_bytes > BUNDLE.most as u64 {
            return Err(CatalogError::TooLarge { what: "the bundle", limit: BUNDLE.most as u64 });
        }
        let finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        let sound = manifest.body_bytes.div_ceil(BLOCK_BYTES as u64) == manifest.blocks.len() as u64
            && finite(&[manifest.embedding_scale, manifest.mean_text_length])
            && finite(&manifest.weights.values)
            && manifest.currencies.len() < 255
            && manifest.experiments.iter().all(ExperimentSpec::is_sound);
        if sound { Ok(manifest) } else { Err(damaged()) }
    }
    /// The modification time that an installed file gets: when the bundle was built, whole seconds. Any other time tells that
    /// somebody wrote to the file since.
    pub(crate) fn file_time(&self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.created_ms.div_euclid(1000)).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Copies the body block by block; a block is written only after its hash was right.
    pub(crate) fn copy_body(&self, body: &mut dyn Read, out: &mut dyn Write) -> Result<(), CatalogError> {
        let mut block = vec![0; BLOCK_BYTES];
        let mut left = self.body_bytes;
        for expected in &self.blocks {
            let length = left.min(BLOCK_BYTES as u64);
            left -= length;
            let piece = block.get_mut(..length as usize).unwrap_or_default();
            fill(body, piece)?;
            if sha256(piece) != *expected {
                return Err(CatalogError::damaged("a block's hash"));
            }
            out.write_all(piece).map_err(|error| CatalogError::io("write the catalog", &error))?;
        }
        let more = body.read(&mut [0]).map_err(|error| CatalogError::io("read the bundle", &error))?;
        if more == 0 { Ok(()) } else { Err(CatalogError::damaged("length")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_version_adds_at_the_end_is_skipped() {
        let manifest = Manifest { store_id: "shop".into(), version: 7, ..Manifest::default() };
        let later = postcard::to_allocvec(&(&manifest, "more", 5_u8)).unwrap();
        assert_eq!(Manifest::parse(&later), Ok(manifest));
    }

    use crate::base::limits::MANIFEST;
    use crate::catalog::format::{manifest_bytes, prefix};

    #[test]
    fn what_would_not_fit_into_a_phone_is_refused_by_its_length() {
        let parsed = |body_bytes: usize| {
            let manifest = Manifest { body_bytes: body_bytes as u64, ..Manifest::default() };
            Manifest::parse(&postcard::to_allocvec(&manifest).unwrap()).unwrap_err()
        };
        assert_eq!(parsed(BUNDLE.most), CatalogError::damaged("manifest"), "it lacks its blocks");
        assert!(matches!(parsed(BUNDLE.most + 1), CatalogError::TooLarge { .. }));
        let length = |length: usize| manifest_bytes(&prefix(length as u32));
        assert_eq!(length(MANIFEST.most), Ok(MANIFEST.most));
        assert!(matches!(length(MANIFEST.most + 1), Err(CatalogError::TooLarge { .. })));
    }
}
