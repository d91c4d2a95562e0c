//! The vault's life: opening, anchored transactions, erasure, rotation, and what is finished later.

pub(crate) mod anchored;
pub(crate) mod aside;
mod bring_back;
pub(crate) mod erase;
pub(crate) mod files;
pub(crate) mod finish;
mod look;
pub(crate) mod open;
pub(crate) mod owner;
pub(crate) mod removed;
pub(crate) mod repair;
pub(crate) mod rotate;
mod salvage;
pub(crate) mod unheard;
pub(crate) mod widget_file;
