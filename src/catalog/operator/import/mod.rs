//! Reading what the shop already has: Merchant Center and Shopify product feeds, and plain JSON Lines.
//!
//! Every row is accepted, or rejected with its number and the reason; a file fails as a whole only when its header does not fit
//! or it cannot be read. Memory is bounded by the accepted items: a cell may have 64 KiB, a row 1 MiB.

mod dates;
mod fields;
mod html;
pub(crate) mod jsonl;
pub(crate) mod lines;
mod merchant;
mod prices;
mod report;
mod shopify;
mod split;
mod table;

#[cfg(test)]
mod tests;

pub use jsonl::json_lines;
pub use merchant::merchant;
pub use report::{ImportReport, Imported, MAX_LISTED, Reason, Rejection};
pub use shopify::{ShopifyOptions, shopify};
