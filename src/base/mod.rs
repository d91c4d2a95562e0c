//! What every room shares and none owns. No decision is made here.

pub(crate) mod files;
pub(crate) mod turn;
