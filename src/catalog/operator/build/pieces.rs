//! A bundle in its pieces: what the builder signs, and what can be taken apart again.

use crate::base::signed::sha256;
use crate::catalog::format::section::Section;
use crate::catalog::format::{COLUMN_ALIGN, FORMAT, HEAD_BYTES, Manifest, Prefix, body_start};
use crate::catalog::{CatalogError, SigningKey};

/// The pieces.
pub(crate) struct Pieces {
    pub(crate) manifest: Manifest,
    /// What follows the manifest's fields, and the bytes of each; places and hashes are made when they are put together.
    pub(crate) sections: Vec<(Section, Vec<u8>)>,
}

impl Pieces {
    /// Takes a bundle of this format apart.
    pub(crate) fn of(bundle: &[u8]) -> Result<Self, CatalogError> {
        let damaged = || CatalogError::damaged("cut short");
        let length = Prefix::of(bundle.first_chunk().ok_or_else(damaged)?)?.manifest;
        let signed = bundle.get(HEAD_BYTES..).and_then(|rest| rest.get(..length)).ok_or_else(damaged)?;
        let parts = postcard::take_from_bytes::<(Manifest, Vec<Section>)>(signed);
        let ((manifest, sections), _) = parts.map_err(|_| CatalogError::damaged("manifest"))?;
        let body = bundle.get(body_start(length)..).ok_or_else(damaged)?;
        let with_bytes = |section: Section| {
            let rest = body.get(usize::try_from(section.offset).ok()?..)?;
            let bytes = rest.get(..usize::try_from(section.bytes).ok()?)?.to_vec();
            Some((section, bytes))
        };
        let sections = sections.into_iter().map(with_bytes).collect::<Option<_>>().ok_or_else(damaged)?;
        Ok(Self { manifest, sections })
    }

    /// Lays them out, and signs manifest and table.
    pub(crate) fn bundle(&self, key: &SigningKey) -> Result<Vec<u8>, CatalogError> {
        let mut end = 0u64;
        let table = self.sections.iter().map(|(section, bytes)| {
            let offset = end.next_multiple_of(COLUMN_ALIGN);
            end = offset + bytes.len() as u64;
            Section { offset, bytes: bytes.len() as u64, hash: sha256(bytes), ..section.clone() }
        });
        let table: Vec<Section> = table.collect();
        let unwritable = |_| CatalogError::Build { what: "the manifest cannot be written" };
        let manifest = postcard::to_allocvec(&(&self.manifest, table)).map_err(unwritable)?;
        let prefix = Prefix { oldest: FORMAT, current: FORMAT, manifest: manifest.len() }.bytes();
        Prefix::of(&prefix)?;
        Manifest::parse(&manifest, FORMAT, FORMAT)?;
        let signature = key.sign(&[prefix.as_slice(), &manifest].concat());
        let mut bundle = [&prefix[..], &signature, &manifest].concat();
        bundle.resize(body_start(manifest.len()), 0);
        for (_, bytes) in &self.sections {
            bundle.resize(bundle.len().next_multiple_of(COLUMN_ALIGN as usize), 0);
            bundle.extend_from_slice(bytes);
        }
        Ok(bundle)
    }
}
