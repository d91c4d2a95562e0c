//! What a catalog says: products, tags, categories, experiments, the plan.

pub(crate) mod artefacts;
/// ISO 4217 codes and their decimals.
pub(crate) mod experiment;
pub(crate) mod item;
pub(crate) mod patch;
/// The shop's plan.
pub mod plan;
pub(crate) mod product;
pub(crate) mod size_system;
pub(crate) mod tag;
pub(crate) mod taxonomy;
