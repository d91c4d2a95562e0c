//! The columns of a Shopify export: its own under their new and old names, metafields by their key, prices by market.

use crate::catalog::operator::import::names::{Attribute, Attribute as A, name};
use crate::catalog::operator::import::table::Cells;

macro_rules! field_list {
    ($($field:ident: $($name:literal),+;)+) => {
        /// What a column of Shopify's own says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field { $($field,)+ }

        /// Each field's names, the newest first, as [`name`] writes them.
        const FIELDS: &[(Field, &[&str])] = &[$((Field::$field, &[$($name),+]),)+];
    };
}

field_list! {
    Handle: "url_handle", "handle";
    Title: "title";
    Body: "description", "body_html", "body";
    Vendor: "vendor";
    Category: "product_category", "google_shopping_google_product_category", "standardized_product_type";
    Type: "type", "custom_product_type";
    Tags: "tags";
    Status: "status";
    Published: "published_on_online_store", "published";
    Sku: "sku", "variant_sku";
    Barcode: "barcode", "variant_barcode";
    Name1: "option1_name";
    Value1: "option1_value";
    Linked1: "option1_linked_to";
    Name2: "option2_name";
    Value2: "option2_value";
    Linked2: "option2_linked_to";
    Name3: "option3_name";
    Value3: "option3_value";
    Linked3: "option3_linked_to";
    Price: "price", "variant_price";
    CompareAt: "compare_at_price", "variant_compare_at_price";
    Tracker: "inventory_tracker", "variant_inventory_tracker";
    Quantity: "inventory_quantity", "variant_inventory_qty";
    Oversell: "continue_selling_when_out_of_stock", "variant_inventory_policy";
    Image: "product_image_url", "image_src";
    VariantImage: "variant_image_url", "variant_image";
    Gender: "google_shopping_gender";
    AgeGroup: "google_shopping_age_group";
    Mpn: "google_shopping_manufacturer_part_number_mpn", "google_shopping_mpn";
    Condition: "google_shopping_condition";
    Label0: "google_shopping_custom_label_0";
    Label1: "google_shopping_custom_label_1";
    Label2: "google_shopping_custom_label_2";
    Label3: "google_shopping_custom_label_3";
    Label4: "google_shopping_custom_label_4";
}

/// Attributes that Shopify has no column for.
const EXTRA: [Attribute; 16] = [
    A::Color,
    A::Size,
    A::Material,
    A::Pattern,
    A::Gender,
    A::AgeGroup,
    A::Condition,
    A::Mpn,
    A::SizeSystem,
    A::SizeType,
    A::Label0,
    A::Label1,
    A::Label2,
    A::Label3,
    A::Label4,
    A::SalePeriod,
];
/// Namespaces whose values mean what their keys say, before any that a shop made up.
const STANDARD: [&str; 4] = ["shopify", "mm-google-shopping", "google", "global"];

/// The attribute that a metafield's key says.
pub(crate) fn by_key(key: &str) -> Option<Attribute> {
    let key = name(key);
    let key = key.strip_prefix("google_shopping_").unwrap_or(&key);
    let attribute = match key {
        "color_pattern" => A::Color,
        "target_gender" => A::Gender,
        "fabric" => A::Material,
        "google_product_category" => return Some(A::Category),
        "sv_sensitive_tags" => return Some(A::Sensitive),
        key if key.ends_with("_material") => A::Material,
        key if key.ends_with("_size") => A::Size,
        key => Attribute::named(key)?,
    };
    EXTRA.contains(&attribute).then_some(attribute)
}

/// Namespace and key of a metafield, and whether it is the variant's.
fn metafield(header: &str) -> Option<(&str, &str, bool)> {
    // `Label (product.metafields.namespace.key)` as Shopify writes it, `Metafield: namespace.key [type]` as others do.
    let (path, of_variant) = if let Some((_, path)) = header.split_once("(product.metafields.") {
        (path.trim_end_matches([')', ' ']), false)
    } else if let Some((_, path)) = header.split_once("(variant.metafields.") {
        (path.trim_end_matches([')', ' ']), true)
    } else if let Some((before, path)) = header.split_once("Metafield: ") {
        (path.split(' ').next().unwrap_or_default(), before.contains("Variant"))
    } else {
        return None;
    };
    path.split_once('.').map(|(namespace, key)| (namespace, key, of_variant))
}

/// A column that fills an attribute Shopify has no column for.
#[derive(Debug, PartialEq, Eq)]
struct Extra {
    attribute: Attribute,
    place: usize,
    of_variant: bool,
    rank: usize,
}

/// Where everything stands.
#[derive(Debug)]
pub(crate) struct Columns {
    header: Vec<String>,
    fields: Vec<Vec<usize>>,
    extra: Vec<Extra>,
    market: [Option<usize>; 3],
    /// Columns that nothing is read from and that are no part of every export.
    pub(crate) unread: Vec<String>,
    /// Markets that have columns.
    pub(crate) markets: Vec<String>,
}

impl Columns {
    pub(crate) fn of(header: &[String], market: Option<&str>) -> Self {
        let names: Vec<String> = header.iter().map(|cell| name(cell)).collect();
        let metafields: Vec<_> = header.iter().map(|cell| metafield(cell)).collect();
        let places = |words: &[&str]| {
            let own =
                names.iter().zip(&metafields).enumerate().filter(|(_, (_, metafield))| metafield.is_none());
            let own: Vec<(usize, &String)> = own.map(|(place, (name, _))| (place, name)).collect();
            let places = |word: &str| {
                own.iter().filter(|(_, name)| *name == word).map(|(at, _)| *at).collect::<Vec<_>>()
            };
            words.iter().flat_map(|word| places(word)).collect::<Vec<usize>>()
        };
        let fields: Vec<Vec<usize>> = FIELDS.iter().map(|(_, words)| places(words)).collect();
        let mut extra = Vec::new();
        let mut unread = Vec::new();
        for (place, (cell, metafield)) in header.iter().zip(&metafields).enumerate() {
            let Some((namespace, key, of_variant)) = *metafield else {
                // A column of our own, named like the attribute.
                let own = names.get(place).and_then(|name| by_key(name));
                let taken = fields.iter().flatten().any(|other| *other == place);
                extra.extend(own.filter(|_| !taken).map(|attribute| Extra {
                    attribute,
                    place,
                    of_variant: false,
                    rank: 0,
                }));
                continue;
            };
            let rank = STANDARD.iter().position(|known| *known == namespace).unwrap_or(STANDARD.len());
            match by_key(key) {
                Some(attribute) => extra.push(Extra { attribute, place, of_variant, rank: rank + 1 }),
                None => unread.push(cell.clone()),
            }
        }
        extra.sort_by_key(|extra| extra.rank);
        let market = ["Price", "Compare-at price", "Included"].map(|what| {
            let wanted = name(&format!("{what} {}", market?));
            names.iter().position(|name| *name == wanted || *name == format!("variant_{wanted}"))
        });
        let markets =
            header.iter().filter_map(|cell| cell.strip_prefix("Included / ")).map(str::to_owned).collect();
        Self { header: header.to_vec(), fields, extra, market, unread, markets }
    }

    /// How many of Shopify's columns a header has; none if it is no Shopify export.
    pub(crate) fn score(header: &[String]) -> usize {
        let columns = Self::of(header, None);
        let has = |field: Field| !columns.places(field).is_empty();
        let own = [Field::Title, Field::Price, Field::Sku, Field::Name1, Field::Value1];
        if has(Field::Handle) && own.into_iter().any(has) {
            columns.fields.iter().filter(|places| !places.is_empty()).count()
        } else {
            0
        }
    }

    pub(crate) fn row<'a>(&'a self, cells: &'a Cells) -> Row<'a> {
        Row { columns: self, cells }
    }

    pub(crate) fn has(&self, field: Field) -> bool {
        !self.places(field).is_empty()
    }

    pub(crate) fn has_market(&self) -> bool {
        self.market.iter().any(Option::is_some)
    }

    /// What the export calls a field.
    pub(crate) fn label(&self, field: Field) -> &str {
        let own = self.places(field).first().and_then(|place| self.header.get(*place));
        let usual = FIELDS.get(field as usize).and_then(|(_, names)| names.first().copied());
        own.map(String::as_str).or(usual).unwrap_or_default()
    }

    pub(crate) fn places(&self, field: Field) -> &[usize] {
        self.fields.get(field as usize).map(Vec::as_slice).unwrap_or_default()
    }
}

/// One row, read by field.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) columns: &'a Columns,
    cells: &'a Cells,
}

impl<'a> Row<'a> {
    /// The cell of a field; the first that is not empty if several columns say the same.
    pub(crate) fn get(&self, field: Field) -> &'a str {
        let mut cells = self.columns.places(field).iter().map(|place| self.cells.get(*place));
        cells.find(|cell| !cell.is_empty()).unwrap_or_default()
    }

    /// The cells of what Shopify has no column for, the most certain ones first.
    pub(crate) fn extra(&self, of_variant: bool) -> impl Iterator<Item = (Attribute, &'a str, &'a str)> {
        let (columns, cells) = (self.columns, self.cells);
        let extra = columns.extra.iter().filter(move |extra| extra.of_variant == of_variant);
        extra.map(move |extra| {
            let label = columns.header.get(extra.place).map(String::as_str).unwrap_or_default();
            (extra.attribute, label, cells.get(extra.place))
        })
    }

    /// The market's own price, its price before, and whether the product is sold there.
    pub(crate) fn market(&self) -> [&'a str; 3] {
        self.columns.market.map(|place| place.map(|place| self.cells.get(place)).unwrap_or_default())
    }
}
