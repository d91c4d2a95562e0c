//! What every room shares and none owns. No decision is made here.

pub mod clock;
pub mod codec;
pub(crate) mod files;
pub(crate) mod heap;
pub mod limits;
pub(crate) mod locale;
pub mod log;
pub mod money;
#[cfg(test)]
pub(crate) mod numbers;
pub mod random;
pub mod sensitive;
pub mod signed;
pub(crate) mod turn;
