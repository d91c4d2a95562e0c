//! The state of consent: what was answered, and what may be done because of it.

pub(crate) mod clock;
pub(crate) mod current;
pub(crate) mod decide;
pub(crate) mod denials;
pub(crate) mod platform;
pub(crate) mod told;
