//! On the device: installing a bundle, keeping it fresh, and reading it in place.

mod body;
pub(crate) mod bytes;
pub(crate) mod delta;
pub(crate) mod disk;
pub(crate) mod draft;
pub(crate) mod install;
pub(crate) mod open;
pub(crate) mod overlay;
mod overview;
pub(crate) mod pages;
pub(crate) mod patch;
pub(crate) mod plan;
pub(crate) mod products;
pub(crate) mod read;
pub(crate) mod store;
pub(crate) mod sync;
/// How texts are cut into words, folded and searched.
pub mod text;
pub(crate) mod trust;
pub(crate) mod vectors;
