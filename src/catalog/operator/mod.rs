//! The merchant's side: reading feeds, training, building bundles.

pub mod build;
pub mod history;
pub mod import;
pub(crate) mod sensitive;
pub mod train;
