//! Keys: the root key and what stands beside it in the platform's key store, and the data keys open in memory.

pub(crate) mod anchor;
pub(crate) mod checked;
#[cfg(feature = "keyring")]
pub(crate) mod desktop;
pub(crate) mod file;
pub(crate) mod item;
pub(crate) mod items;
pub(crate) mod memory;
pub(crate) mod ring;
pub(crate) mod store;
