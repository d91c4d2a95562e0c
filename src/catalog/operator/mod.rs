//! The merchant's side: reading feeds, training, building bundles.

/// From items and artefacts to the signed bundle.
pub mod build;
/// Reads what users did, as the merchant's server recorded it.
pub mod history;
/// Reads product feeds.
pub mod import;
pub(crate) mod sensitive;
/// Words that mean the same in a shop.
pub mod synonyms;
/// Trains the item artefacts.
pub mod train;
