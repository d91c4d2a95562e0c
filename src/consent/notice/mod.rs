//! What a notice and the preference center show.

pub(crate) mod build;
pub(crate) mod model;
pub(crate) mod strings;
pub(crate) mod words;
