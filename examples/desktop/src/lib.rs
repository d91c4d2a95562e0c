//! A shop on the desktop that shows everything the engine knows, does and says.
//!
//! `shop` has every call of the engine and runs on a thread of its own; `views` draw what it read and push
//! [`state::Action`]s; [`app::App`] is between them.

pub mod app;
pub mod art;
pub mod plot;
pub mod seen;
pub mod shop;
pub mod state;
pub mod text;
pub mod theme;
pub mod views;
pub mod widgets;
pub mod worker;
