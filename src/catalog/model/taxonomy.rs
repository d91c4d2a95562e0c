//! Which categories are sensitive even when the merchant forgot to say so. The list travels inside the signed bundle.

use serde::{Deserialize, Serialize};

use crate::base::sensitive::{SensitiveTag, SensitiveTag as S};

/// Items of this category and below it count as tagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxonomyRule {
    /// A category path (`A > B`) or one of Google's numbers, compared with `google_product_category` and `product_type`
    /// whatever their spelling.
    pub category: String,
    /// The tags that follow from it.
    pub tags: Vec<SensitiveTag>,
}

/// The sensitive categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxonomy {
    /// Compared with the version a consent policy knows: an unknown one blocks.
    pub version: u32,
    /// The categories.
    pub rules: Vec<TaxonomyRule>,
}

impl Default for Taxonomy {
    /// The built-in list, version 1.
    fn default() -> Self {
        let rules = BUILT_IN.iter().flat_map(|(path, tags, numbers)| {
            let categories = std::iter::once(*path).chain(numbers.split_whitespace());
            categories.map(|category| TaxonomyRule { category: category.to_owned(), tags: tags.to_vec() })
        });
        Self { version: 1, rules: rules.collect() }
    }
}

/// Paths, their tags, and the numbers of the path and all below it, by Google's product taxonomy of 2021-09-21 (English).
/// `Maternity Clothing` is Shopify's.
pub(crate) const BUILT_IN: [(&str, &[SensitiveTag], &str); 21] = [
    (
        "Health & Beauty > Health Care",
        &[S::Health],
        "491 5849 5850 5851 7220 5071 505819 3688 6323 3905 3111 6284 6285 5072 494 500009 2246 495 496 500 2633 497 505822 543679 543680 501 4767 5551 775 505820 7002 508 2954 6206 4527 510 516 5848 6205 4753 509 2890 2984 5702 6242 6871 7413 525 5690 517 500087 5966 5965 505293 499934 7337 2552 7336 1680 505294 518 519 520 3512 7138 502969 3364 521 5488 7243 6929 5164 5165 4248 5166 5870 8541 505352 3777 4551 4552 499692 7317 7316 505669 8082 7186 8105 523 5923",
    ),
    ("Health & Beauty > Health Care > Condoms", &[S::Intimate], "775"),
    ("Health & Beauty > Health Care > Contraceptive Cases", &[S::Intimate], "7002"),
    ("Health & Beauty > Health Care > Incontinence Aids", &[S::Intimate], "517"),
    (
        "Health & Beauty > Health Care > Biometric Monitors > Fertility Monitors and Ovulation Tests",
        &[S::Pregnancy],
        "505822 543679 543680",
    ),
    (
        "Health & Beauty > Health Care > Biometric Monitors > Prenatal Heart Rate Monitors",
        &[S::Pregnancy],
        "4767",
    ),
    ("Health & Beauty > Health Care > Medical Tests > Pregnancy Tests", &[S::Pregnancy], "1680"),
    ("Health & Beauty > Health Care > Medical Tests > HIV Tests", &[S::Intimate], "7336"),
    ("Health & Beauty > Health Care > Medical Tests > Drug Tests", &[S::Addiction], "2552"),
    ("Health & Beauty > Health Care > Biometric Monitors > Breathalyzers", &[S::Addiction], "2633"),
    (
        "Health & Beauty > Personal Care > Feminine Sanitary Supplies",
        &[S::Intimate],
        "485 6862 5821 2387 8122 2564",
    ),
    ("Health & Beauty > Personal Care > Personal Lubricants", &[S::Intimate], "777"),
    ("Apparel & Accessories > Clothing > Maternity Clothing", &[S::Pregnancy], ""),
    (
        "Apparel & Accessories > Clothing Accessories > Maternity Belts & Support Bands",
        &[S::Pregnancy],
        "502987",
    ),
    ("Baby & Toddler > Nursing & Feeding > Breast Pumps", &[S::Pregnancy], "565"),
    ("Religious & Ceremonial > Religious Items", &[S::Religion], "97 3923 328060 7120 1949 499711"),
    ("Religious & Ceremonial > Memorial Ceremony Supplies", &[S::Religion], "5606 5607"),
    ("Mature > Erotic", &[S::Intimate, S::Sexuality], "773 779 774 776 5055 6040 4060 6536 778"),
    (
        "Food, Beverages & Tobacco > Tobacco Products",
        &[S::Addiction],
        "435 3916 3151 3682 3741 499963 4091 543635 543634",
    ),
    (
        "Food, Beverages & Tobacco > Beverages > Alcoholic Beverages",
        &[S::Addiction],
        "499676 414 7486 5725 543537 543536 5887 6761 417 505761 2364 1671 2933 2605 502976 543642 543643 2220 2107 1926 421",
    ),
    (
        "Arts & Entertainment > Hobbies & Creative Arts > Homebrewing & Winemaking Supplies",
        &[S::Addiction],
        "3577 3014 502980 499891 2579",
    ),
];
