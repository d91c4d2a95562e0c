//! Building a signed bundle from items and what was learnt about them.

mod attributes;
mod columns;
mod words;
mod writer;

use crate::base::signed::sha256;
use crate::catalog::format::manifest::Entry;
use crate::catalog::format::{BLOCK_BYTES, COLUMN_ALIGN, HEAD_BYTES, Manifest, body_start, prefix};
use crate::catalog::{Artefacts, Catalog, CatalogError, ExperimentSpec, Item, SigningKey, Taxonomy};
use writer::Columns;

/// What the merchant says about a bundle besides its items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BundleHeader {
    /// The shop. A device takes bundles of its own shop only.
    pub store_id: String,
    /// Has to grow with every bundle; a device never goes back.
    pub version: u64,
    /// When it is built, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// Which categories count as sensitive.
    pub taxonomy: Taxonomy,
    /// The experiments to run.
    pub experiments: Vec<ExperimentSpec>,
}

/// Builds and signs a bundle. Item `i` of the bundle is `items[i]`, and so it is in `artefacts`. The same input gives the same
/// bytes.
///
/// # Errors
/// [`CatalogError::Build`] for repeated or empty ids, artefacts of other shape than the items, numbers that are not finite,
/// unsound experiments; [`CatalogError::TooLarge`] past the format's limits.
pub fn build_bundle(
    items: &[Item],
    artefacts: &Artefacts,
    header: &BundleHeader,
    key: &SigningKey,
) -> Result<Vec<u8>, CatalogError> {
    if !header.experiments.iter().all(ExperimentSpec::is_sound) {
        return Err(CatalogError::Build { what: "an experiment needs a key, distinct variants and weight" });
    }
    let mut columns = Columns::default();
    let shape = columns::write(&mut columns, items, artefacts, header)?;
    let (body, directory) = assemble(&columns);
    let manifest = Manifest {
        store_id: header.store_id.clone(),
        version: header.version,
        created_ms: header.created_ms,
        items: shape.items,
        tags: shape.tags,
        tokens: shape.tokens,
        currencies: shape.currencies,
        link_prefix: shape.link_prefix,
        image_prefix: shape.image_prefix,
        embedding_scale: artefacts.embedding_scale,
        mean_text_length: shape.mean_text_length,
        weights: artefacts.weights.clone(),
        taxonomy: header.taxonomy.clone(),
        experiments: header.experiments.clone(),
        body_bytes: body.len() as u64,
        blocks: body.chunks(BLOCK_BYTES).map(sha256).collect(),
        columns: directory,
    };
    let bundle = seal(&manifest, &body, key)?;
    Catalog::from_bytes(&bundle)?;
    Ok(bundle)
}

fn assemble(columns: &Columns) -> (Vec<u8>, Vec<Entry>) {
    let mut body = Vec::new();
    let mut directory = Vec::new();
    for (column, bytes) in columns.iter() {
        body.resize(body.len().next_multiple_of(COLUMN_ALIGN as usize), 0);
        directory.push(Entry { column: column as u16, offset: body.len() as u64, bytes: bytes.len() as u64 });
        body.extend_from_slice(bytes);
    }
    (body, directory)
}

/// Signs the manifest and puts the body behind it.
pub(crate) fn seal(manifest: &Manifest, body: &[u8], key: &SigningKey) -> Result<Vec<u8>, CatalogError> {
    let unwritable = CatalogError::Build { what: "the manifest cannot be written" };
    let manifest = postcard::to_allocvec(manifest).map_err(|_| unwritable.clone())?;
    Manifest::parse(&manifest)?;
    let length = u32::try_from(manifest.len()).map_err(|_| unwritable)?;
    let prefix = prefix(length);
    crate::catalog::format::manifest_bytes(&prefix)?;
    let signature = key.sign(&[prefix.as_slice(), &manifest].concat());
    let mut bundle = Vec::with_capacity(body_start(manifest.len()) + body.len());
    bundle.extend_from_slice(&prefix);
    bundle.extend_from_slice(&signature);
    bundle.extend_from_slice(&manifest);
    debug_assert_eq!(bundle.len(), HEAD_BYTES + manifest.len());
    bundle.resize(body_start(manifest.len()), 0);
    bundle.extend_from_slice(body);
    Ok(bundle)
}
