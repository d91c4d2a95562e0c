//! The merchant's side: collecting reports, and what can be read from them.

pub(crate) mod collector;
/// Estimates counts from randomised reports.
pub mod estimator;
