//! What every room shares and none owns. No decision is made here.

pub(crate) mod files;
pub(crate) mod heap;
pub(crate) mod turn;
