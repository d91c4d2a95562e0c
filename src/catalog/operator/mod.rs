//! The merchant's side: reading feeds, training, building bundles.

/// From items and artefacts to the signed bundle.
pub mod build;
/// From two bundles to what makes the newer out of the older.
pub mod delta;
/// Reads what users did, as the merchant's server recorded it.
pub mod history;
/// Reads product feeds.
pub mod import;
/// From a feed of prices and stock to a signed patch of a bundle.
pub mod patch;
/// The plan as the merchant writes it.
pub mod plan;
/// The signed list of the files that devices fetch.
pub mod publish;
pub(crate) mod sensitive;
/// Another key in the place of the shop's.
pub mod successor;
/// Words that mean the same in a shop.
pub mod synonyms;
/// Trains the item artefacts.
pub mod train;
