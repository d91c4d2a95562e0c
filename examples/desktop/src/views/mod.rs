//! The pages. Each reads the state and pushes actions; none calls the engine.

pub mod bar;
pub mod cards;
pub mod cart;
pub mod consent;
pub mod home;
pub mod leaves;
pub mod load;
pub mod product;
pub mod rights;
pub mod search;
pub mod vault;
pub mod why;
pub mod you;
