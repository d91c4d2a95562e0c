//! The columns of a Shopify export under their new and their old names.

use crate::catalog::CatalogError;
use crate::catalog::operator::import::fields;
use crate::catalog::operator::import::table::{Cells, Table};

macro_rules! field_list {
    ($($field:ident: $($name:literal),+;)+) => {
        /// What a column says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field { $($field,)+ }

        /// Each field's names, the newest first, as [`name`] writes them.
        const FIELDS: &[(Field, &[&str])] = &[$((Field::$field, &[$($name),+]),)+];
    };
}

field_list! {
    Handle: "url_handle", "handle";
    Title: "title";
    Body: "description", "body_html";
    Vendor: "vendor";
    Category: "product_category", "google_shopping_google_product_category";
    Type: "type";
    Tags: "tags";
    Status: "status";
    Published: "published_on_online_store", "published";
    Sku: "sku", "variant_sku";
    Barcode: "barcode", "variant_barcode";
    Name1: "option1_name";
    Value1: "option1_value";
    Name2: "option2_name";
    Value2: "option2_value";
    Name3: "option3_name";
    Value3: "option3_value";
    Price: "price", "variant_price";
    CompareAt: "compare_at_price", "variant_compare_at_price";
    Tracker: "inventory_tracker", "variant_inventory_tracker";
    Quantity: "inventory_quantity", "variant_inventory_qty";
    Oversell: "continue_selling_when_out_of_stock", "variant_inventory_policy";
    Image: "product_image_url", "image_src";
    VariantImage: "variant_image_url", "variant_image";
    Gender: "google_shopping_gender", "gender", "target_gender";
    AgeGroup: "google_shopping_age_group", "age_group";
    Mpn: "google_shopping_manufacturer_part_number_mpn", "google_shopping_mpn", "mpn";
    Condition: "google_shopping_condition", "condition";
    Label0: "google_shopping_custom_label_0", "custom_label_0";
    Label1: "google_shopping_custom_label_1", "custom_label_1";
    Label2: "google_shopping_custom_label_2", "custom_label_2";
    Label3: "google_shopping_custom_label_3", "custom_label_3";
    Label4: "google_shopping_custom_label_4", "custom_label_4";
    Color: "color";
    Size: "size";
    Material: "material";
    Pattern: "pattern";
    SizeSystem: "size_system";
    SizeType: "size_type";
    SalePeriod: "sale_price_effective_date";
    Sensitive: "sv_sensitive_tags";
}

/// A header cell as it is looked up. Of a metafield, `Label (product.metafields.namespace.key)`, only the label counts.
pub(crate) fn name(header: &str) -> String {
    let label = header.split_once("(product.metafields.").map_or(header, |(label, _)| label);
    fields::name(label)
}

/// Where each field stands.
pub(crate) struct Columns(Vec<Vec<usize>>);

impl Columns {
    pub(crate) fn of(table: &Table<'_>) -> Result<Self, CatalogError> {
        let mut places = Vec::with_capacity(FIELDS.len());
        for (_, names) in FIELDS {
            let mut found = Vec::new();
            for name in *names {
                found.extend(table.column(name)?);
            }
            places.push(found);
        }
        let columns = Self(places);
        let required = [
            (Field::Handle, "Handle"),
            (Field::Title, "Title"),
            (Field::Price, "Variant Price"),
            (Field::Sku, "Variant SKU"),
        ];
        match required.into_iter().find(|(field, _)| columns.places(*field).is_empty()) {
            Some((_, column)) => Err(CatalogError::MissingColumn { column }),
            None => Ok(columns),
        }
    }

    pub(crate) fn row<'a>(&'a self, cells: &'a Cells) -> Row<'a> {
        Row { columns: self, cells }
    }

    fn places(&self, field: Field) -> &[usize] {
        self.0.get(field as usize).map(Vec::as_slice).unwrap_or_default()
    }
}

/// One row, read by field.
pub(crate) struct Row<'a> {
    columns: &'a Columns,
    cells: &'a Cells,
}

impl Row<'_> {
    /// The cell of a field; the first that is not empty if several columns say the same.
    pub(crate) fn get(&self, field: Field) -> &str {
        let mut cells = self.columns.places(field).iter().map(|place| self.cells.get(*place));
        cells.find(|cell| !cell.is_empty()).unwrap_or_default()
    }
}
