//! From rows to products, variants and items.

use crate::base::money::Money;
use crate::catalog::operator::import::fields::{check_sale, list, lower, sensitive_tags, some};
use crate::catalog::operator::import::shopify::ShopifyOptions;
use crate::catalog::operator::import::shopify::columns::{Field, Row};
use crate::catalog::operator::import::{Reason, dates, html, prices};
use crate::catalog::{Availability, Item};

const LABELS: [Field; 5] = [Field::Label0, Field::Label1, Field::Label2, Field::Label3, Field::Label4];
const OPTIONS: [(Field, Field); 3] =
    [(Field::Name1, Field::Value1), (Field::Name2, Field::Value2), (Field::Name3, Field::Value3)];

/// What the variants of one product share.
pub(crate) struct Product {
    shared: Item,
    options: [String; 3],
    pub(crate) images: Vec<String>,
}

/// What one variant has of its own.
pub(crate) struct Variant {
    pub(crate) id: String,
    price: Money,
    sale_price: Option<Money>,
    availability: Availability,
    gtin: Option<String>,
    image: Option<String>,
    options: Vec<(String, String)>,
}

impl Product {
    /// Reads the first row of a product.
    pub(crate) fn read(cells: &Row<'_>, options: &ShopifyOptions) -> Result<Self, Reason> {
        let is = |field: Field, words: &[&str]| {
            words.iter().any(|word| cells.get(field).eq_ignore_ascii_case(word))
        };
        if is(Field::Status, &["draft", "archived"]) || is(Field::Published, &["false"]) {
            return Err(Reason::NotPublished);
        }
        let handle = cells.get(Field::Handle);
        let sale_price_effective_date = match cells.get(Field::SalePeriod) {
            "" => None,
            period => Some(dates::period(period).ok_or(Reason::Unreadable("sale_price_effective_date"))?),
        };
        let (custom_labels, tags) = labels(cells);
        let several = |field: Field| some(&cells.get(field).replace(';', "/"));
        let shared = Item {
            item_group_id: some(handle),
            title: cells.get(Field::Title).to_owned(),
            description: some(&html::text(cells.get(Field::Body))),
            brand: some(cells.get(Field::Vendor)),
            google_product_category: some(cells.get(Field::Category)),
            product_type: some(cells.get(Field::Type)),
            sale_price_effective_date,
            color: several(Field::Color),
            size: some(cells.get(Field::Size)),
            material: several(Field::Material),
            pattern: some(cells.get(Field::Pattern)),
            size_system: some(cells.get(Field::SizeSystem)),
            size_type: some(cells.get(Field::SizeType)),
            gender: lower(cells.get(Field::Gender)),
            age_group: lower(cells.get(Field::AgeGroup)),
            condition: lower(cells.get(Field::Condition)),
            mpn: some(cells.get(Field::Mpn)),
            link: options
                .base_url
                .as_ref()
                .map(|url| format!("{}/products/{handle}", url.trim_end_matches('/'))),
            custom_labels,
            tags,
            sensitive_tags: sensitive_tags(cells.get(Field::Sensitive))?,
            ..Item::default()
        };
        Ok(Self {
            shared,
            options: OPTIONS.map(|(name, _)| cells.get(name).to_lowercase()),
            images: Vec::new(),
        })
    }

    /// The item of one variant.
    pub(crate) fn item(&self, variant: Variant) -> Item {
        let image_link = variant.image.or_else(|| self.images.first().cloned());
        let others = self.images.iter().filter(|image| Some(*image) != image_link.as_ref()).cloned();
        let mut item = Item {
            id: variant.id,
            price: Some(variant.price),
            sale_price: variant.sale_price,
            availability: variant.availability,
            gtin: variant.gtin,
            additional_image_links: others.collect(),
            image_link,
            ..self.shared.clone()
        };
        if item.sale_price.is_none() {
            item.sale_price_effective_date = None;
        }
        for (name, value) in variant.options {
            match name.as_str() {
                "color" | "colour" => item.color = Some(value),
                "size" => item.size = Some(value),
                "material" => item.material = Some(value),
                "pattern" => item.pattern = Some(value),
                _ => item.tags.push(format!("{name}:{value}")),
            }
        }
        item
    }
}

impl Variant {
    /// Reads a row with a price.
    pub(crate) fn read(cells: &Row<'_>, product: &Product, options: &ShopifyOptions) -> Result<Self, Reason> {
        let amount = |cell: &str, column: &'static str| match cell {
            "" => Err(Reason::Missing(column)),
            cell => prices::plain(cell, &options.currency, column),
        };
        let id = some(cells.get(Field::Sku)).ok_or(Reason::Missing("Variant SKU"))?;
        let asked = amount(cells.get(Field::Price), "Variant Price")?;
        let before = match cells.get(Field::CompareAt) {
            "" => None,
            cell => {
                Some(amount(cell, "Variant Compare At Price")?).filter(|before| before.minor > asked.minor)
            }
        };
        let (price, sale_price) = before.map_or((asked.clone(), None), |before| (before, Some(asked)));
        let barcode = cells.get(Field::Barcode).trim_start_matches('\'');
        let variant = Self {
            id,
            price,
            sale_price,
            availability: availability(cells)?,
            gtin: some(barcode),
            image: some(cells.get(Field::VariantImage)),
            options: OPTIONS
                .iter()
                .zip(&product.options)
                .map(|((_, value), name)| (name.clone(), cells.get(*value).to_owned()))
                .filter(|(name, value)| !name.is_empty() && !value.is_empty() && value != "Default Title")
                .collect(),
        };
        check_sale(&Item {
            price: Some(variant.price.clone()),
            sale_price: variant.sale_price.clone(),
            ..Item::default()
        })?;
        Ok(variant)
    }
}

/// The five custom labels: Google's own columns if they are used, the first tags otherwise; the other tags stay tags.
fn labels(cells: &Row<'_>) -> ([Option<String>; 5], Vec<String>) {
    let given = LABELS.map(|label| some(cells.get(label)));
    let mut tags = list(cells.get(Field::Tags));
    let labels = if given.iter().any(Option::is_some) { given } else { LABELS.map(|_| tags.next()) };
    (labels, tags.collect())
}

/// Untracked stock is in stock; what may be sold without stock can be ordered.
fn availability(cells: &Row<'_>) -> Result<Availability, Reason> {
    let quantity = match cells.get(Field::Quantity) {
        "" => None,
        quantity => Some(quantity.parse::<i64>().map_err(|_| Reason::Unreadable("Variant Inventory Qty"))?),
    };
    let oversell =
        ["continue", "true"].iter().any(|word| cells.get(Field::Oversell).eq_ignore_ascii_case(word));
    let tracked = !cells.get(Field::Tracker).is_empty();
    Ok(match quantity {
        Some(quantity) if tracked && quantity <= 0 && oversell => Availability::Backorder,
        Some(quantity) if tracked && quantity <= 0 => Availability::OutOfStock,
        _ => Availability::InStock,
    })
}
