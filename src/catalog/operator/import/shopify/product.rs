//! From rows to products, variants and items.

use crate::catalog::operator::import::collect::{Sku, made_id};
use crate::catalog::operator::import::fields;
use crate::catalog::operator::import::names::{Attribute, Attribute as A, name};
use crate::catalog::operator::import::prices::{self, Style};
use crate::catalog::operator::import::raw::Raw;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;
use crate::catalog::operator::import::shopify::columns::{Field, Row, by_key};
use crate::catalog::{Availability, Item};

const OPTIONS: [(Field, Field, Field); 3] = [
    (Field::Name1, Field::Value1, Field::Linked1),
    (Field::Name2, Field::Value2, Field::Linked2),
    (Field::Name3, Field::Value3, Field::Linked3),
];
const SHARED: [(Attribute, Field); 14] = [
    (A::Title, Field::Title),
    (A::Description, Field::Body),
    (A::Brand, Field::Vendor),
    (A::Category, Field::Category),
    (A::ProductType, Field::Type),
    (A::Gender, Field::Gender),
    (A::AgeGroup, Field::AgeGroup),
    (A::Mpn, Field::Mpn),
    (A::Condition, Field::Condition),
    (A::Label0, Field::Label0),
    (A::Label1, Field::Label1),
    (A::Label2, Field::Label2),
    (A::Label3, Field::Label3),
    (A::Label4, Field::Label4),
];

/// What the variants of one product share.
pub(crate) struct Product {
    pub(crate) handle: String,
    shared: Item,
    /// Name of each option, and the attribute it is.
    options: [(String, Option<Attribute>); 3],
    sale_period: String,
    pub(crate) images: Vec<String>,
}

/// What one variant has of its own.
pub(crate) struct Variant {
    pub(crate) item: Item,
    pub(crate) sku: Sku,
    pub(crate) repairs: Vec<Fault>,
}

/// Why a product is not for sale, if it is not.
pub(crate) fn left_out(row: &Row<'_>) -> Option<Reason> {
    let [_, _, included] = row.market();
    let is_no = |cell: &str| ["false", "no", "0"].iter().any(|word| cell.eq_ignore_ascii_case(word));
    match name(row.get(Field::Status)).as_str() {
        "" | "active" => {}
        "draft" => return Some(Reason::Draft),
        "archived" => return Some(Reason::Archived),
        "unlisted" => return Some(Reason::Unlisted),
        _ => return Some(Reason::StatusUnknown),
    }
    if is_no(row.get(Field::Published)) {
        Some(Reason::Unpublished)
    } else {
        is_no(included).then_some(Reason::NotInMarket)
    }
}

impl Product {
    /// Reads the first row of a product.
    pub(crate) fn read(
        row: &Row<'_>,
        style: Style<'_>,
        base_url: Option<&str>,
        repairs: &mut Vec<Fault>,
    ) -> Result<Self, Fault> {
        let handle = row.get(Field::Handle);
        let mut raw = Raw::default();
        for (attribute, field) in SHARED {
            raw.add(attribute, row.columns.label(field), row.get(field));
        }
        for tag in row.get(Field::Tags).split(',').map(str::trim) {
            raw.add(A::Tags, row.columns.label(Field::Tags), tag);
        }
        let mut sale_period = String::new();
        for (attribute, label, cell) in row.extra(false) {
            match attribute {
                A::SalePeriod => {
                    sale_period = if sale_period.is_empty() { cell.to_owned() } else { sale_period }
                }
                _ => raw.add(attribute, label, list(cell)),
            }
        }
        let mut shared = Item { item_group_id: Some(handle.to_owned()), ..Item::default() };
        fields::fill(&mut shared, &raw, style, repairs)?;
        shared.link = base_url.map(|url| format!("{}/products/{handle}", url.trim_end_matches('/')));
        let options = OPTIONS
            .map(|(name, _, linked)| (row.get(name).to_owned(), meaning(row.get(name), row.get(linked))));
        Ok(Self { handle: handle.to_owned(), shared, options, sale_period, images: Vec::new() })
    }

    /// Reads a row with a price.
    pub(crate) fn variant(&self, row: &Row<'_>, style: Style<'_>) -> Result<Variant, Fault> {
        let mut repairs = Vec::new();
        let mut raw = Raw::default();
        self.prices(row, style, &mut raw, &mut repairs);
        for (attribute, label, cell) in row.extra(true) {
            raw.add(attribute, label, list(cell));
        }
        raw.add(A::Gtin, row.columns.label(Field::Barcode), row.get(Field::Barcode).trim_start_matches('\''));
        raw.add(A::ImageLink, row.columns.label(Field::VariantImage), row.get(Field::VariantImage));
        let mut item = Item { tags: self.shared.tags.clone(), ..self.shared.clone() };
        let values = OPTIONS.map(|(_, value, _)| row.get(value));
        let values = values.map(|value| if value == "Default Title" { "" } else { value });
        let mut said = Vec::new();
        for ((name, attribute), value) in self.options.iter().zip(values) {
            match attribute.filter(|attribute| !said.contains(attribute)) {
                _ if value.is_empty() => {}
                Some(attribute) => {
                    said.push(attribute);
                    raw.add(attribute, name.as_str(), value);
                }
                None if name.is_empty() => {}
                None => raw.add(A::Tags, name.as_str(), format!("{}:{value}", name.to_lowercase())),
            }
        }
        fields::fill(&mut item, &raw, style, &mut repairs)?;
        if item.price.is_none() {
            return Err(Fault::of(Reason::Missing).at(row.columns.label(Field::Price)));
        }
        item.availability = availability(row, &mut repairs);
        let sku = Sku {
            column: row.columns.label(Field::Sku).to_owned(),
            given: row.get(Field::Sku).trim_start_matches('\'').to_owned(),
            made: made_id(&self.handle, values),
        };
        Ok(Variant { item, sku, repairs })
    }

    /// The price before, if there is one, is the regular price; what is asked is then a reduction.
    fn prices<'a>(&'a self, row: &Row<'a>, style: Style<'_>, raw: &mut Raw<'a>, repairs: &mut Vec<Fault>) {
        let [market_price, market_before, _] = row.market();
        let asked = fields::some(market_price).unwrap_or(row.get(Field::Price));
        let before = if market_price.is_empty() { row.get(Field::CompareAt) } else { market_before };
        let (price, compare) = (row.columns.label(Field::Price), row.columns.label(Field::CompareAt));
        let read = |cell: &str| prices::read(cell, style);
        match (read(asked), read(before)) {
            (Ok(now), Ok(then)) if then.minor > now.minor && now.minor > 0 => {
                raw.add(A::Price, compare, before);
                raw.add(A::SalePrice, price, asked);
                raw.add(A::SalePeriod, "sale_price_effective_date", self.sale_period.as_str());
            }
            (_, Err(_)) if !before.is_empty() => {
                repairs.push(Fault::of(Reason::SaleUnreadable).at(compare).value(before));
                raw.add(A::Price, price, asked);
            }
            _ => raw.add(A::Price, price, asked),
        }
    }

    /// Gives an item its pictures, which may follow its row.
    pub(crate) fn with_images(&self, item: &mut Item) {
        item.image_link = item.image_link.take().or_else(|| self.images.first().cloned());
        let others = self.images.iter().filter(|image| Some(*image) != item.image_link.as_ref());
        item.additional_image_links = others.cloned().collect();
    }
}

/// What an option is, by the metafield it is linked to or by its name in any language that is known.
fn meaning(option: &str, linked: &str) -> Option<Attribute> {
    let linked = linked.rsplit('.').next().and_then(by_key);
    let own = [A::Color, A::Size, A::Material, A::Pattern];
    let words = name(option);
    let named = Attribute::named(option).or_else(|| words.split('_').find_map(Attribute::named));
    linked.or(named).filter(|attribute| own.contains(attribute))
}

/// A list as Shopify writes it, `a; b` or `["a","b"]`, with `/` between its parts. References to other objects say nothing.
fn list(cell: &str) -> String {
    let parts: Vec<String> = serde_json::from_str(cell)
        .unwrap_or_else(|_| cell.split(';').map(str::trim).map(str::to_owned).collect());
    let said: Vec<String> = parts.into_iter().filter(|part| !part.starts_with("gid://")).collect();
    said.join("/")
}

/// Untracked stock is in stock; what may be sold without stock can be ordered.
fn availability(row: &Row<'_>, repairs: &mut Vec<Fault>) -> Availability {
    let cell = row.get(Field::Quantity);
    let quantity = match cell.parse::<f64>() {
        Ok(quantity) => Some(quantity),
        Err(_) if cell.is_empty() || row.get(Field::Tracker).is_empty() => None,
        Err(_) => {
            repairs
                .push(Fault::of(Reason::StockUnreadable).at(row.columns.label(Field::Quantity)).value(cell));
            None
        }
    };
    let oversell =
        ["continue", "true"].iter().any(|word| row.get(Field::Oversell).eq_ignore_ascii_case(word));
    let tracked = !row.get(Field::Tracker).is_empty();
    match quantity {
        Some(quantity) if tracked && quantity <= 0.0 && oversell => Availability::Backorder,
        Some(quantity) if tracked && quantity <= 0.0 => Availability::OutOfStock,
        _ => Availability::InStock,
    }
}
