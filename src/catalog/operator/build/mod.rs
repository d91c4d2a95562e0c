//! Building a signed bundle from items and what was learnt about them.

mod attributes;
pub(crate) mod columns;
mod pieces;
mod stems;
mod words;
mod writer;

use crate::catalog::format::section::Section;
use crate::catalog::format::{Column, Manifest};
use crate::catalog::{
    Artefacts, Catalog, CatalogError, ExperimentSpec, Item, Plan, SigningKey, Synonyms, Taxonomy,
};
pub(crate) use pieces::Pieces;
use writer::{Columns, Written};

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
    /// Words that mean the same to search.
    pub synonyms: Synonyms,
    /// What the shop plans for every surface.
    pub plan: Option<Plan>,
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
    let synonyms = header.synonyms.rules();
    if !synonyms.is_empty() {
        columns.texts(Column::SynonymBytes, synonyms.iter().map(String::as_str))?;
    }
    if let Some(plan) = &header.plan {
        columns.texts(Column::PlanBytes, [plan.text()?.as_str()])?;
    }
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
        ..Manifest::default()
    };
    let section = |Written { column, encoding, bytes }| {
        let (id, required, encoding) = (column as u16, column.required(), encoding as u8);
        (Section { id, required, encoding, offset: 0, bytes: 0, hash: [0; 32] }, bytes)
    };
    let sections = columns.into_order().into_iter().map(section).collect();
    let bundle = Pieces { manifest, sections }.bundle(key)?;
    Catalog::from_bytes(&bundle)?;
    Ok(bundle)
}
