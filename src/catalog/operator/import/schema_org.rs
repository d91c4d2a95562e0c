//! schema.org's `Product`, `ProductGroup` and `Offer` as JSON-LD, from a file of its own or from saved pages.

use std::io::Read;

use serde_json::Value;

use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::jsonl::decimal;
use crate::catalog::operator::import::names::{Attribute, Attribute as A};
use crate::catalog::operator::import::prices::Style;
use crate::catalog::operator::import::raw::Raw;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;
use crate::catalog::operator::import::take::Take;
use crate::catalog::operator::import::text::unreadable;

/// Largest page, bytes.
const MAX_PAGE: u64 = 64 << 20;
/// Objects inside one another that are looked into.
const MAX_DEPTH: usize = 12;

/// Whether an object is schema.org's.
pub(crate) fn is(value: &Value) -> bool {
    ["@type", "@graph", "@context"].iter().any(|key| value.get(key).is_some())
}

/// Reads the products of a saved page.
pub(crate) fn page(
    source: impl Read,
    options: &ImportOptions,
    target: &mut dyn Take,
) -> Result<(), CatalogError> {
    let mut text = String::new();
    source.take(MAX_PAGE + 1).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    if text.len() as u64 > MAX_PAGE {
        return Err(CatalogError::TooLarge { what: "the page", limit: MAX_PAGE });
    }
    let mut row = 0;
    for script in scripts(&text) {
        row += 1;
        match serde_json::from_str::<Value>(script) {
            Ok(value) => products(row, &value, options, target),
            Err(error) => target.refuse(row, Fault::of(Reason::NotJson).detail(error.to_string())),
        }
    }
    if row == 0 {
        return Err(CatalogError::feed(
            "the page holds no products: it has no script of type application/ld+json",
        ));
    }
    Ok(())
}

/// The JSON-LD scripts of a page.
fn scripts(page: &str) -> Vec<&str> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower.get(at..).and_then(|rest| rest.find("<script")).map(|start| at + start) {
        let Some(body) = lower.get(start..).and_then(|rest| rest.find('>')).map(|end| start + end + 1) else {
            break;
        };
        let end =
            lower.get(body..).and_then(|rest| rest.find("</script")).map_or(page.len(), |end| body + end);
        if lower.get(start..body).is_some_and(|tag| tag.contains("ld+json")) {
            let script = page.get(body..end).unwrap_or_default().trim();
            let script = script.trim_start_matches("<!--").trim_end_matches("-->");
            let script = script.trim_start_matches("//").trim_start_matches("<![CDATA[");
            found.push(script.trim_end_matches("]]>").trim_end_matches("//").trim());
        }
        at = end;
    }
    found
}

/// Takes all products in a value.
pub(crate) fn products(row: u64, value: &Value, options: &ImportOptions, target: &mut dyn Take) {
    let mut taken = Taken { row, options, target, found: false };
    taken.look(value, &Parent::default(), 0);
    if !taken.found {
        taken.target.refuse(row, Fault::of(Reason::NotAProduct).detail("there is no Product in it"));
    }
}

/// What a group says for all its variants.
#[derive(Default, Clone, Copy)]
struct Parent<'a> {
    group: Option<&'a Value>,
    id: Option<&'a str>,
}

struct Taken<'a> {
    row: u64,
    options: &'a ImportOptions,
    target: &'a mut dyn Take,
    found: bool,
}

impl Taken<'_> {
    fn look(&mut self, value: &Value, parent: &Parent<'_>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Value::Array(values) = value {
            return values.iter().for_each(|value| self.look(value, parent, depth + 1));
        }
        if is_a(value, "ProductGroup") {
            let id = ["productGroupID", "sku", "@id", "url"].iter().find_map(|name| text(value.get(name)?));
            let parent = Parent { group: Some(value), id };
            self.found = true;
            return value
                .get("hasVariant")
                .into_iter()
                .for_each(|variants| self.look(variants, &parent, depth + 1));
        }
        if is_a(value, "Product") || is_a(value, "IndividualProduct") || is_a(value, "ProductModel") {
            self.found = true;
            return self.product(value, parent);
        }
        if let Some(sold) = value.get("itemOffered").filter(|sold| is_a(sold, "Product")) {
            self.found = true;
            return self.item(sold, Some(value), parent, false);
        }
        for inside in
            ["@graph", "mainEntity", "itemListElement", "item", "hasPart", "about", "itemOffered", "offers"]
        {
            if let Some(value) = value.get(inside) {
                self.look(value, parent, depth + 1);
            }
        }
    }

    fn product(&mut self, product: &Value, parent: &Parent<'_>) {
        let offers = offers(product.get("offers"));
        let own: Vec<&&Value> =
            offers.iter().filter(|offer| text(offer.get("sku").unwrap_or(&Value::Null)).is_some()).collect();
        if own.len() > 1 {
            let skus: Vec<_> = own.iter().filter_map(|offer| text(offer.get("sku")?)).collect();
            if skus.iter().enumerate().all(|(place, sku)| !skus.iter().take(place).any(|other| other == sku))
            {
                return own.iter().for_each(|offer| self.item(product, Some(offer), parent, true));
            }
        }
        self.item(product, offers.first().copied(), parent, false);
    }

    /// Takes a product with one offer; of several offers, each with a number of its own, each is a variant.
    fn item(&mut self, product: &Value, offer: Option<&Value>, parent: &Parent<'_>, is_variant: bool) {
        let mut raw = Raw::default();
        if let Some(offer) = offer {
            if is_variant {
                add(&mut raw, A::Id, "sku", offer.get("sku"));
                add(&mut raw, A::Link, "url", offer.get("url"));
            }
            offered(&mut raw, offer);
        }
        let group = parent.id.or_else(|| text(product.get("inProductGroupWithID")?)).or_else(|| {
            let ids = ["productID", "sku", "@id", "url"];
            ids.iter().filter(|_| is_variant).find_map(|name| text(product.get(name)?))
        });
        raw.add(A::ItemGroupId, "productGroupID", group.unwrap_or_default());
        for source in [Some(product), parent.group].into_iter().flatten() {
            described(&mut raw, source);
        }
        for name in ["sku", "productID", "mpn", "gtin13", "gtin", "gtin14", "gtin12", "gtin8", "@id", "url"] {
            add(&mut raw, A::Id, name, product.get(name));
        }
        if let Some(offer) = offer {
            add(&mut raw, A::Id, "sku", offer.get("sku"));
            add(&mut raw, A::Link, "url", offer.get("url"));
        }
        let style = Style { currency: self.options.currency.as_deref(), exact: true };
        self.target.take(self.row, &raw, style, Vec::new());
    }
}

/// What is said of a product itself, or of its group.
fn described<'a>(raw: &mut Raw<'a>, product: &'a Value) {
    for (attribute, names) in [
        (A::Title, &["name"][..]),
        (A::Description, &["description"]),
        (A::Brand, &["brand", "manufacturer"]),
        (A::ProductType, &["category"]),
        (A::Color, &["color"]),
        (A::Size, &["size"]),
        (A::Material, &["material"]),
        (A::Pattern, &["pattern"]),
        (A::Gtin, &["gtin13", "gtin", "gtin14", "gtin12", "gtin8", "isbn"]),
        (A::Mpn, &["mpn"]),
        (A::Condition, &["itemCondition"]),
        (A::Link, &["url"]),
    ] {
        for name in names {
            add(raw, attribute, name, product.get(name));
        }
    }
    let mut images = Vec::new();
    texts(product.get("image").unwrap_or(&Value::Null), &mut images);
    for (place, image) in images.into_iter().enumerate() {
        raw.add(if place == 0 { A::ImageLink } else { A::MoreImages }, "image", image);
    }
    let size = product.get("size").unwrap_or(&Value::Null);
    add(raw, A::SizeSystem, "sizeSystem", size.get("sizeSystem"));
    let audience = product.get("audience").unwrap_or(&Value::Null);
    add(raw, A::Gender, "suggestedGender", audience.get("suggestedGender"));
}

/// What is said of an offer.
fn offered<'a>(raw: &mut Raw<'a>, offer: &'a Value) {
    let specifications: Vec<&Value> = match offer.get("priceSpecification") {
        Some(Value::Array(list)) => list.iter().collect(),
        other => other.into_iter().collect(),
    };
    let is_list = |specification: &&&Value| {
        let kind = specification.get("priceType").and_then(text).unwrap_or_default();
        ["ListPrice", "StrikethroughPrice", "MSRP", "SRP"].iter().any(|word| kind.ends_with(word))
    };
    let now = offer.get("price").or_else(|| offer.get("lowPrice"));
    let plain = specifications.iter().find(|specification| !is_list(specification));
    let now = now.or_else(|| plain?.get("price"));
    let before = specifications.iter().find(is_list).and_then(|list| list.get("price"));
    match before {
        Some(before) => {
            add(raw, A::Price, "priceSpecification.price", Some(before));
            add(raw, A::SalePrice, "price", now);
        }
        None => add(raw, A::Price, "price", now),
    }
    let currency =
        std::iter::once(&offer).chain(specifications.iter()).find_map(|value| value.get("priceCurrency"));
    add(raw, A::Currency, "priceCurrency", currency);
    add(raw, A::Availability, "availability", offer.get("availability"));
    add(raw, A::Condition, "itemCondition", offer.get("itemCondition"));
}

/// All offers of a product, those in an `AggregateOffer` first.
fn offers(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(list)) => list.iter().flat_map(|offer| offers(Some(offer))).collect(),
        Some(offer) if offer.get("offers").is_some_and(|inside| !inside.is_null()) => {
            offers(offer.get("offers"))
        }
        Some(offer) => vec![offer],
        None => Vec::new(),
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    let named = |name: &str| name.rsplit(['/', ':', '#']).next() == Some(kind);
    match value.get("@type") {
        Some(Value::String(name)) => named(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(named),
        _ => false,
    }
}

fn add<'a>(raw: &mut Raw<'a>, attribute: Attribute, label: &'a str, value: Option<&'a Value>) {
    match value {
        Some(Value::Number(number)) => raw.add(attribute, label, decimal(&number.to_string())),
        Some(value) => {
            let mut found = Vec::new();
            texts(value, &mut found);
            if let Some(text) = found.first() {
                raw.add(attribute, label, *text);
            }
        }
        None => {}
    }
}

/// The texts that a value holds: itself, its name or its address.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if !text.trim().is_empty() => found.push(text),
        Value::Array(values) if found.len() < 100 => values.iter().for_each(|value| texts(value, found)),
        Value::Object(object) => {
            let names = ["name", "contentUrl", "url", "@id", "@value"];
            found.extend(names.iter().find_map(|name| object.get(*name)).and_then(Value::as_str));
        }
        _ => {}
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}
