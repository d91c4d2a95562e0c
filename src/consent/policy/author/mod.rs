//! For whoever writes a policy: every problem with its field, what changed, and what it means.

#[cfg(feature = "operator")]
pub(crate) mod changes;
#[cfg(feature = "operator")]
pub(crate) mod examine;
#[cfg(feature = "operator")]
pub(crate) mod fields;
#[cfg(feature = "operator")]
pub(crate) mod summary;
