//! What every room shares and none owns. No decision is made here.

pub(crate) mod address;
pub(crate) mod begun;
/// The clock that is handed in.
pub mod clock;
/// How stored records are encoded, and what an older version does with a newer one.
pub mod codec;
pub(crate) mod currency;
pub(crate) mod files;
pub(crate) mod heap;
/// Every bound on what an app may hand in.
pub mod limits;
pub(crate) mod locale;
/// Where failures that stop nothing are reported.
pub mod log;
/// Amounts in integer minor units.
pub mod money;
#[cfg(test)]
pub(crate) mod numbers;
pub(crate) mod order;
/// The random bytes that are handed in.
pub mod random;
/// The twelve sensitive topics.
pub mod sensitive;
/// Documents that the shop signs.
pub mod signed;
pub(crate) mod threads;
pub(crate) mod turn;
