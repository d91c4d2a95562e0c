//! One product variant: as a feed gives it ([`Item`]) and as an app gets it back ([`CatalogItem`]).

use serde::{Deserialize, Serialize};

use crate::base::money::Money;
use crate::catalog::{OptionValue, SensitiveTag};

/// Whether an item can be bought now, with the values of Google Merchant Center.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// In stock.
    #[default]
    InStock,
    /// Cannot be ordered.
    OutOfStock,
    /// Can be ordered before it is released.
    Preorder,
    /// Can be ordered and is sent when it is back in stock.
    Backorder,
}

impl Availability {
    /// Whether an order is possible at all.
    #[must_use]
    pub const fn can_be_ordered(self) -> bool {
        !matches!(self, Self::OutOfStock)
    }

    #[cfg(feature = "operator")]
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::InStock => 0,
            Self::OutOfStock => 1,
            Self::Preorder => 2,
            Self::Backorder => 3,
        }
    }

    /// Unknown codes count as out of stock: better not shown than sold in vain.
    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::InStock,
            2 => Self::Preorder,
            3 => Self::Backorder,
            _ => Self::OutOfStock,
        }
    }
}

/// When a sale price holds: from `from_ms` on, until just before `until_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Record)]
pub struct EffectivePeriod {
    /// First moment, milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// First moment after it, milliseconds since 1970 UTC.
    pub until_ms: i64,
}

/// A product variant as read from a feed. Field names are Google Merchant Center's attribute names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// The shop's own id, unique in the feed; the `item_id` of events.
    pub id: String,
    /// What the variants of one product share.
    pub item_group_id: Option<String>,
    /// The name shown to customers.
    pub title: String,
    /// Plain text. Stays with the merchant: only its words are put into the bundle, for search.
    pub description: Option<String>,
    /// The maker's name.
    pub brand: Option<String>,
    /// Google's taxonomy as a path (`A > B > C`) or a number.
    pub google_product_category: Option<String>,
    /// The shop's own category as a path (`A > B > C`).
    pub product_type: Option<String>,
    /// The regular price.
    pub price: Option<Money>,
    /// The reduced price.
    pub sale_price: Option<Money>,
    /// When the reduced price holds; always, if absent.
    pub sale_price_effective_date: Option<EffectivePeriod>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// Colours, separated by `/`.
    pub color: Option<String>,
    /// Size as printed on the label.
    pub size: Option<String>,
    /// The country's sizing, such as `EU`.
    pub size_system: Option<String>,
    /// The cut, such as `petite`.
    pub size_type: Option<String>,
    /// Materials, separated by `/`.
    pub material: Option<String>,
    /// Pattern or print.
    pub pattern: Option<String>,
    /// `male`, `female` or `unisex`.
    pub gender: Option<String>,
    /// `newborn`, `infant`, `toddler`, `kids` or `adult`.
    pub age_group: Option<String>,
    /// `new`, `refurbished` or `used`.
    pub condition: Option<String>,
    /// Global trade item number.
    pub gtin: Option<String>,
    /// Manufacturer's part number.
    pub mpn: Option<String>,
    /// Page of the product.
    pub link: Option<String>,
    /// Main picture.
    pub image_link: Option<String>,
    /// Further pictures, in order.
    pub additional_image_links: Vec<String>,
    /// `custom_label_0` to `custom_label_4`.
    pub custom_labels: [Option<String>; 5],
    /// Free words, `kind:name` or `name`. Known kinds (`brand`, `category`, `color` …) become tags of that kind.
    pub tags: Vec<String>,
    /// Sensitive topics of this item.
    pub sensitive_tags: Vec<SensitiveTag>,
    /// The merchant's own vector, such as of its picture, in steps of its largest number: only the direction counts.
    pub sv_embedding: Vec<i8>,
}

/// What an app needs to show an item.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CatalogItem {
    /// The shop's own id.
    pub item_id: String,
    /// What the variants of one product share.
    pub item_group_id: Option<String>,
    /// The same, or its own id if it has no group.
    pub product_id: String,
    /// The name shown to customers.
    pub title: String,
    /// The maker's name.
    pub brand: Option<String>,
    /// The most specific category, as a path.
    pub category: Option<String>,
    /// The regular price.
    pub price: Option<Money>,
    /// The reduced price, when there is one.
    pub sale_price: Option<Money>,
    /// When the reduced price holds; always, if absent.
    pub sale_price_effective_date: Option<EffectivePeriod>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// First colour.
    pub color: Option<String>,
    /// Size as printed on the label.
    pub size: Option<String>,
    /// What sets it apart from the other variants of its product.
    pub options: Vec<OptionValue>,
    /// Page of the product.
    pub link: Option<String>,
    /// Main picture.
    pub image_link: Option<String>,
    /// Sensitive topics of this item.
    pub sensitive_tags: Vec<SensitiveTag>,
}

impl CatalogItem {
    /// The reduced price, if it holds at that time (milliseconds since 1970).
    #[must_use]
    pub fn reduced_at(&self, now_ms: i64) -> Option<&Money> {
        let holds = |period: &EffectivePeriod| (period.from_ms..period.until_ms).contains(&now_ms);
        self.sale_price.as_ref().filter(|_| self.sale_price_effective_date.as_ref().is_none_or(holds))
    }
}
