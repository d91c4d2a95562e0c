//! Sottovoce
uniffi::setup_scaffolding!();

pub mod catalog;
pub mod clock;
pub mod consent;
pub mod money;
pub mod random;
pub mod signed;
pub mod vault;
