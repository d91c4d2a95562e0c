//! A product with its variants, as an app gets it.

use crate::base::money::Money;
use crate::catalog::{Availability, CatalogItem};

/// What one of a product's options is for a variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, uniffi::Record)]
pub struct OptionValue {
    /// The feed's word for it, such as color or size, or the shop's own name of the option.
    pub name: String,
    /// Its value, such as navy; several are separated by a slash.
    pub value: String,
}

/// What can be chosen of a product: its variants differ in it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProductOption {
    /// As its values have it.
    pub name: String,
    /// The values that there are, each once, in the order of the feed.
    pub values: Vec<String>,
}

/// A variant as a card lists it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProductVariant {
    /// Its id in the catalog, for events.
    pub item_id: String,
    /// What sets it apart from the others.
    pub options: Vec<OptionValue>,
    /// The regular price.
    pub price: Option<Money>,
    /// The reduced price, if it holds now.
    pub sale_price: Option<Money>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// Address of its main picture.
    pub image_link: Option<String>,
}

/// A product: all that a product page needs.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Product {
    /// What its variants share: the feed's `item_group_id`, or the id of an item without one.
    pub product_id: String,
    /// The name of its first variant.
    pub title: String,
    /// The maker's name.
    pub brand: Option<String>,
    /// The most specific category, as a path.
    pub category: Option<String>,
    /// The variant to show before anything is chosen: one that can be bought, the cheapest of them, the first of these.
    pub default_item_id: String,
    /// What can be chosen.
    pub options: Vec<ProductOption>,
    /// All variants in the order of the feed, those that are sold out among them.
    pub variants: Vec<CatalogItem>,
}
