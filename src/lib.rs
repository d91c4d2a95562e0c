//! Sottovoce
uniffi::setup_scaffolding!();

pub mod api;
pub mod catalog;
pub mod clock;
pub mod consent;
pub mod money;
pub mod profile;
pub mod random;
pub mod ranking;
pub mod signals;
pub mod signed;
pub mod surfaces;
pub mod vault;
