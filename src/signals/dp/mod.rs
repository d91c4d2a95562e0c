//! Randomised answers: exact odds, and how an answer is drawn.

#[cfg(test)]
pub(crate) mod audit;
pub(crate) mod odds;
pub(crate) mod subset_selection;
