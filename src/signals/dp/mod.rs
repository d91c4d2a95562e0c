//! Differential privacy: the randomisers, what they cost, and the auditor.

#[cfg(test)]
mod audit;
pub(crate) mod bucket_set;
pub(crate) mod clipped_sum;
pub(crate) mod draw;
pub(crate) mod mechanism;
pub(crate) mod odds;
pub(crate) mod subset_selection;
pub(crate) mod unary;
