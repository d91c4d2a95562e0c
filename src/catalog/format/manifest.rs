//! The signed part of a bundle: what it is, what shape it has, and the table of its body.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::catalog::format::section::Table;
use crate::catalog::{CatalogError, ExperimentSpec, Taxonomy, Weights};

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
    /// Where everything is; stands behind the rest.
    #[serde(skip)]
    pub table: Table,
}

impl Manifest {
    /// Reads and checks everything that can be checked without the body. `oldest` and `current` stand in the prefix.
    pub(crate) fn parse(bytes: &[u8], oldest: u8, current: u8) -> Result<Self, CatalogError> {
        let damaged = || CatalogError::damaged("manifest");
        let (mut manifest, rest) = postcard::take_from_bytes::<Self>(bytes).map_err(|_| damaged())?;
        manifest.table = if oldest == 1 { Table::of_format_1(rest)? } else { Table::of(rest, current)? };
        let finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        // Bounds what is reserved for columns that are all zeros.
        let most = manifest.items.max(manifest.tags).max(manifest.tokens);
        let sound = u64::from(most) <= manifest.table.body_bytes
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::{BUNDLE, MANIFEST};
    use crate::catalog::format::{FORMAT, Prefix};

    #[test]
    fn what_would_not_fit_into_a_phone_is_refused_by_its_length() {
        let entries: Vec<(u16, u64, u64)> = Vec::new();
        let parsed = |body_bytes: usize| {
            let blocks = vec![[0u8; 32]; body_bytes.div_ceil(256 * 1024)];
            let bytes =
                postcard::to_allocvec(&(Manifest::default(), body_bytes, blocks, entries.as_slice(), "more"));
            Manifest::parse(&bytes.unwrap(), 1, 0).map(|_| ())
        };
        assert_eq!(parsed(BUNDLE.most), Ok(()));
        assert!(matches!(parsed(BUNDLE.most + 1), Err(CatalogError::TooLarge { .. })));
        let length = |manifest| {
            let prefix = Prefix { oldest: FORMAT, current: FORMAT, manifest };
            Prefix::of(&prefix.bytes()).map(|prefix| prefix.manifest)
        };
        assert_eq!(length(MANIFEST.most), Ok(MANIFEST.most));
        assert!(matches!(length(MANIFEST.most + 1), Err(CatalogError::TooLarge { .. })));
    }
}
