//! Reading single cells.

use crate::catalog::operator::import::Reason;
use crate::catalog::{Availability, Item, SensitiveTag};

/// A header cell as it is looked up: lowercase, one `_` for everything between letters and digits, without the `g:` of XML feeds.
pub(crate) fn name(header: &str) -> String {
    let header = header.trim().to_lowercase();
    let header = header.strip_prefix("g:").unwrap_or(&header);
    let words: Vec<&str> =
        header.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// The text of a cell, if there is any.
pub(crate) fn some(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// The text of a cell in lowercase, if there is any.
pub(crate) fn lower(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_lowercase())
}

/// The parts of a comma-separated cell.
pub(crate) fn list(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned)
}

/// Merchant Center's words, with spaces, hyphens or underscores.
pub(crate) fn availability(cell: &str) -> Result<Availability, Reason> {
    match name(cell).as_str() {
        "in_stock" | "instock" => Ok(Availability::InStock),
        "out_of_stock" | "outofstock" => Ok(Availability::OutOfStock),
        "preorder" | "pre_order" => Ok(Availability::Preorder),
        "backorder" | "back_order" | "available_for_order" => Ok(Availability::Backorder),
        "" => Err(Reason::Missing("availability")),
        _ => Err(Reason::Unreadable("availability")),
    }
}

/// Our own attribute: words separated by commas or semicolons.
pub(crate) fn sensitive_tags(cell: &str) -> Result<Vec<SensitiveTag>, Reason> {
    let words = cell.split([',', ';']).map(str::trim).filter(|word| !word.is_empty());
    let tags: Option<std::collections::BTreeSet<SensitiveTag>> = words.map(SensitiveTag::parse).collect();
    Ok(tags.ok_or(Reason::UnknownSensitiveTag)?.into_iter().collect())
}

/// A sale price has to be a reduction.
pub(crate) fn check_sale(item: &Item) -> Result<(), Reason> {
    match (&item.price, &item.sale_price) {
        (Some(price), Some(sale)) if sale.currency == price.currency && sale.minor <= price.minor => Ok(()),
        (_, None) => Ok(()),
        _ => Err(Reason::SalePriceMisfit),
    }
}
