//! Google Merchant Center's tab-separated product feed.
//!
//! Attribute names may be written with spaces or underscores. Required columns: `id`, `title`, `price`, `availability`. Our own
//! `sv_sensitive_tags` may stand beside Google's attributes.

use std::collections::HashMap;
use std::io::Read;

use crate::catalog::operator::import::fields::{
    availability, check_sale, list, lower, name, sensitive_tags, some,
};
use crate::catalog::operator::import::table::{Cells, Table};
use crate::catalog::operator::import::{Imported, Reason, dates, prices};
use crate::catalog::{CatalogError, Item};

/// The feed's columns that are read.
const COLUMNS: [&str; 25] = [
    "id",
    "title",
    "price",
    "availability",
    "item_group_id",
    "description",
    "brand",
    "google_product_category",
    "product_type",
    "sale_price",
    "sale_price_effective_date",
    "color",
    "size",
    "size_system",
    "size_type",
    "material",
    "pattern",
    "gender",
    "age_group",
    "condition",
    "gtin",
    "mpn",
    "link",
    "image_link",
    "sv_sensitive_tags",
];
const REQUIRED: [&str; 4] = ["id", "title", "price", "availability"];
const LABELS: [&str; 5] =
    ["custom_label_0", "custom_label_1", "custom_label_2", "custom_label_3", "custom_label_4"];

/// Reads a Merchant Center feed, plain or gzipped.
///
/// # Errors
/// [`CatalogError::NoHeader`], [`CatalogError::MissingColumn`] and [`CatalogError::RepeatedColumn`] for a header that does not
/// fit; [`CatalogError::Io`] when the file cannot be read to its end. Faulty rows are no error but stand in the report.
pub fn merchant(feed: impl Read) -> Result<Imported, CatalogError> {
    let mut table = Table::open(feed, b'\t', name)?;
    let columns = Columns::of(&table)?;
    let mut imported = Imported::default();
    let mut rows_of: HashMap<String, u64> = HashMap::new();
    while let Some((row, cells)) = table.next()? {
        let item =
            cells.and_then(|cells| columns.item(&cells)).and_then(|item| match rows_of.get(&item.id) {
                Some(first) => Err(Reason::RepeatedId(*first)),
                None => Ok(item),
            });
        match item {
            Ok(item) => {
                rows_of.insert(item.id.clone(), row);
                imported.items.push(item);
                imported.report.accepted += 1;
            }
            Err(reason) => imported.report.reject(row, reason),
        }
    }
    Ok(imported)
}

struct Columns {
    places: HashMap<&'static str, usize>,
    additional_images: Vec<usize>,
}

impl Columns {
    fn of(table: &Table<'_>) -> Result<Self, CatalogError> {
        let mut places = HashMap::new();
        for column in COLUMNS.into_iter().chain(LABELS) {
            if let Some(place) = table.column(column)? {
                places.insert(column, place);
            }
        }
        match REQUIRED.into_iter().find(|column| !places.contains_key(column)) {
            Some(column) => Err(CatalogError::MissingColumn { column }),
            None => Ok(Self { places, additional_images: table.all_columns("additional_image_link") }),
        }
    }

    fn item(&self, cells: &Cells) -> Result<Item, Reason> {
        let cell = |column: &'static str| self.places.get(column).map_or("", |place| cells.get(*place));
        let required = |column: &'static str| some(cell(column)).ok_or(Reason::Missing(column));
        let optional_price = |column: &'static str| match cell(column) {
            "" => Ok(None),
            price => prices::with_currency(price, column).map(Some),
        };
        let period = match cell("sale_price_effective_date") {
            "" => None,
            period => Some(dates::period(period).ok_or(Reason::Unreadable("sale_price_effective_date"))?),
        };
        let item = Item {
            id: required("id")?,
            title: required("title")?,
            price: Some(prices::with_currency(&required("price")?, "price")?),
            sale_price: optional_price("sale_price")?,
            sale_price_effective_date: period,
            availability: availability(cell("availability"))?,
            item_group_id: some(cell("item_group_id")),
            description: some(cell("description")),
            brand: some(cell("brand")),
            google_product_category: some(cell("google_product_category")),
            product_type: some(cell("product_type")),
            color: some(cell("color")),
            size: some(cell("size")),
            size_system: some(cell("size_system")),
            size_type: some(cell("size_type")),
            material: some(cell("material")),
            pattern: some(cell("pattern")),
            gender: lower(cell("gender")),
            age_group: lower(cell("age_group")),
            condition: lower(cell("condition")),
            gtin: some(cell("gtin")),
            mpn: some(cell("mpn")),
            link: some(cell("link")),
            image_link: some(cell("image_link")),
            additional_image_links: self
                .additional_images
                .iter()
                .flat_map(|place| list(cells.get(*place)))
                .collect(),
            custom_labels: LABELS.map(|label| some(cell(label))),
            tags: Vec::new(),
            sensitive_tags: sensitive_tags(cell("sv_sensitive_tags"))?,
        };
        check_sale(&item)?;
        Ok(item)
    }
}
