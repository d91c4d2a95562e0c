//! The catalog: what the shop sells, as signed bytes that are the same for every device. Nothing here is about a person.
//!
//! The merchant's side (feature `operator`) reads a feed (`import`), trains item artefacts (`train`) and writes one
//! signed bundle (`build`). The device verifies a bundle once, when it is installed ([`Catalog::install`]), and then reads
//! its columns in place ([`Catalog`]), from bytes that nobody else can reach, whatever happens to the file.

mod artefacts;
mod bytes;
pub mod currency;
mod disk;
mod draft;
mod error;
mod experiment;
mod format;
mod install;
mod item;
mod keys;
mod open;
mod read;
mod tag;
mod taxonomy;
pub mod text;

#[cfg(feature = "operator")]
pub mod build;
#[cfg(feature = "operator")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "operator")]
pub mod history;
#[cfg(feature = "operator")]
pub mod import;
#[cfg(feature = "operator")]
pub mod train;

#[cfg(test)]
mod tests;

pub use crate::sensitive::{SensitiveTag, SensitiveTags};
pub use crate::signed::PublicKey;
pub use artefacts::{Artefacts, EMBEDDING_WIDTH, MAX_NEIGHBOURS, Weights};
pub use error::CatalogError;
pub use experiment::{ExperimentSpec, VariantSpec};
pub use install::Trust;
pub use item::{Availability, CatalogItem, EffectivePeriod, Item};
#[cfg(feature = "operator")]
pub use keys::SigningKey;
pub use keys::{public_key, public_key_text};
pub use open::Catalog;
pub use tag::{Tag, TagKind};
pub use taxonomy::{Matcher, Taxonomy, TaxonomyRule};
pub use text::suggest::{Suggestion, SuggestionKind};

#[cfg(feature = "operator")]
pub use build::{BundleHeader, build_bundle};
#[cfg(feature = "operator")]
pub use history::{EventKind, History, Visitor, VisitorEvent};
