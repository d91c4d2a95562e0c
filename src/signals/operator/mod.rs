//! The merchant's side: collecting reports, and what can be read from them.

pub(crate) mod audit;
pub(crate) mod collector;
pub(crate) mod drift;
pub(crate) mod estimate;
/// Estimates counts from randomised reports.
pub mod estimator;
mod reader;
pub(crate) mod secret;
pub(crate) mod store;
