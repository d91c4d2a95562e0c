//! What a catalog says: products, tags, categories, experiments.

pub(crate) mod artefacts;
/// ISO 4217 codes and their decimals.
pub mod currency;
pub(crate) mod experiment;
pub(crate) mod item;
pub(crate) mod patch;
pub(crate) mod product;
pub(crate) mod tag;
pub(crate) mod taxonomy;
