//! The catalog: what the shop sells, as signed bytes that are the same for every device. Nothing here is about a user.
//!
//! The merchant's side (feature `operator`) reads a feed (`import`), trains item artefacts (`train`) and writes one
//! signed bundle (`build`). The device verifies a bundle once, when it is installed ([`Catalog::install`]), and then reads
//! its columns in place ([`Catalog`]), from bytes that nobody else can reach, whatever happens to the file. A delta makes the
//! next bundle out of the installed one; a patch lays prices and availability over it.
//!
//! [`Catalog::install`]: crate::catalog::Catalog::install
//! [`Catalog`]: crate::catalog::Catalog

mod device;
mod error;
mod format;
mod keys;
mod model;
#[cfg(feature = "operator")]
mod operator;

/// Entry points for fuzzing.
#[cfg(feature = "operator")]
#[doc(hidden)]
pub mod fuzzing;

#[cfg(test)]
mod tests;

pub use crate::base::sensitive::{SensitiveTag, SensitiveTags};
pub use crate::base::signed::PublicKey;
pub use device::open::Catalog;
pub use device::products::Named;
pub(crate) use device::read::AllTags;
pub(crate) use device::sync::{Answer, PIECE, Source, Synced};
pub use device::text::suggest::{Suggestion, SuggestionKind};
pub use device::text::understood::TextRange;
pub use device::trust::{NewestPatch, ShopKeys, Trust};
pub(crate) use device::vectors::steps as device_vector;
pub use error::CatalogError;
#[cfg(feature = "operator")]
pub use keys::SigningKey;
pub use keys::{public_key, public_key_text};
pub use model::artefacts::{Artefacts, EMBEDDING_WIDTH, MAX_NEIGHBOURS, MAX_RIDGE, MAX_TOGETHER, Weights};
pub use model::experiment::{ExperimentSpec, VariantSpec};
pub use model::item::{Availability, CatalogItem, EffectivePeriod, Item};
pub use model::patch::CatalogPatch;
pub use model::plan::Plan;
pub use model::product::{OptionValue, Product, ProductOption, ProductVariant};
pub(crate) use model::size_system::OTHER as OTHER_SIZE_SYSTEM;
pub use model::tag::{Tag, TagKind};
pub use model::taxonomy::{Taxonomy, TaxonomyRule};

pub use device::text;
pub use model::plan;
#[cfg(feature = "operator")]
pub use operator::build::{BundleHeader, build_bundle};
#[cfg(feature = "operator")]
pub use operator::delta::build_delta;
#[cfg(feature = "operator")]
pub use operator::history::{EventKind, History, Search, User, UserEvent};
#[cfg(feature = "operator")]
pub use operator::patch::{BuiltPatch, PatchHeader, build_patch};
#[cfg(feature = "operator")]
pub use operator::plan::{PlanFault, WrittenPlan};
#[cfg(feature = "operator")]
pub use operator::publish::{LatestFiles, LatestHeader, build_latest, latest_files, published_path};
#[cfg(feature = "operator")]
pub use operator::sensitive::{Matcher, sensitive_tags};
#[cfg(feature = "operator")]
pub use operator::successor::{KeyChange, KeyStatement, change_key, key_statements, signed_anew};
#[cfg(feature = "operator")]
pub use operator::synonyms::{SynonymError, Synonyms};
#[cfg(feature = "operator")]
pub use operator::{build, history, import, train};
