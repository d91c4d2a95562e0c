//! The attributes that a feed may have, and what they are called.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog::operator::import::localised::LOCALISED;

macro_rules! attributes {
    ($($name:ident: $($word:literal),+;)+) => {
        /// What a column says, in the terms of Google Merchant Center.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Attribute { $($name,)+ }

        /// Each attribute's names as [`name`] writes them, the usual one first.
        const NAMES: &[(Attribute, &[&str])] = &[$((Attribute::$name, &[$($word),+]),)+];
    };
}

attributes! {
    Id: "id", "item_id", "product_id", "offer_id", "retailer_id";
    ItemGroupId: "item_group_id", "group_id";
    Title: "title", "name", "product_title", "product_name";
    Description: "description", "rich_text_description";
    Brand: "brand", "manufacturer";
    Category: "google_product_category", "fb_product_category";
    ProductType: "product_type", "category", "categories";
    Price: "price", "regular_price";
    SalePrice: "sale_price";
    SalePeriod: "sale_price_effective_date";
    Currency: "currency", "price_currency", "currency_code";
    Availability: "availability";
    Quantity: "quantity", "quantity_to_sell_on_facebook", "inventory", "sell_on_google_quantity";
    Color: "color", "colour", "colors";
    Size: "size", "sizes";
    SizeSystem: "size_system";
    SizeType: "size_type";
    Material: "material";
    Pattern: "pattern";
    Gender: "gender";
    AgeGroup: "age_group";
    Condition: "condition";
    Gtin: "gtin", "ean", "upc", "isbn", "jan", "barcode";
    Mpn: "mpn", "manufacturer_part_number";
    Link: "link", "url", "product_url", "product_link";
    ImageLink: "image_link", "image_url", "image", "image_0_url";
    MoreImages: "additional_image_link", "additional_image_links", "additional_image_url", "additional_image_urls";
    Label0: "custom_label_0";
    Label1: "custom_label_1";
    Label2: "custom_label_2";
    Label3: "custom_label_3";
    Label4: "custom_label_4";
    Tags: "tags", "sv_style_tags", "style_tags";
    Vector: "sv_embedding", "embedding";
    Sensitive: "sv_sensitive_tags", "sensitive_tags";
    Status: "status", "visibility";
}

impl Attribute {
    pub(crate) const LABELS: [Self; 5] =
        [Self::Label0, Self::Label1, Self::Label2, Self::Label3, Self::Label4];

    /// The attribute of this name, in any language that is known.
    pub(crate) fn named(header: &str) -> Option<Self> {
        static KNOWN: LazyLock<HashMap<&'static str, Attribute>> = LazyLock::new(|| {
            let english =
                NAMES.iter().flat_map(|(attribute, words)| words.iter().map(|word| (*word, *attribute)));
            let localised = LOCALISED
                .iter()
                .flat_map(|(attribute, words)| words.split('|').map(|word| (word, *attribute)));
            localised.chain(english).collect()
        });
        KNOWN.get(name(header).as_str()).copied()
    }

    /// Its usual name.
    pub(crate) fn usual(self) -> &'static str {
        let found = NAMES.iter().find(|(attribute, _)| *attribute == self);
        found.and_then(|(_, words)| words.first().copied()).unwrap_or_default()
    }
}

/// A header cell as it is looked up: lowercase, one `_` for everything between letters and digits, without the `g:` of XML feeds.
pub(crate) fn name(header: &str) -> String {
    let header = header.trim().to_lowercase();
    let header = header.strip_prefix("g:").unwrap_or(&header);
    let words: Vec<&str> =
        header.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_spelling_and_language() {
        for (header, attribute) in [
            ("G:ID", Attribute::Id),
            ("google product category", Attribute::Category),
            ("Verf\u{fc}gbarkeit", Attribute::Availability),
            ("PRIX", Attribute::Price),
            ("image[0].url", Attribute::ImageLink),
        ] {
            assert_eq!(Attribute::named(header), Some(attribute), "{header}");
        }
        assert_eq!(Attribute::named("shipping weight"), None);
        assert_eq!(Attribute::Category.usual(), "google_product_category");
    }

    #[test]
    fn no_name_means_two_things() {
        let english =
            NAMES.iter().flat_map(|(attribute, words)| words.iter().map(|word| (*attribute, *word)));
        let localised =
            LOCALISED.iter().flat_map(|(attribute, words)| words.split('|').map(|word| (*attribute, word)));
        let all: Vec<_> = english.chain(localised).collect();
        for (attribute, word) in &all {
            assert_eq!(&name(word), word);
            assert!(all.iter().all(|(other, same)| same != word || other == attribute), "{word}");
        }
    }
}
