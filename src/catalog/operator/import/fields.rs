//! From what a feed says to an item: what every format shares.

use std::collections::BTreeSet;

use crate::base::limits;
use crate::catalog::device::vectors::steps;
use crate::catalog::operator::import::localised;
use crate::catalog::operator::import::names::{Attribute, Attribute as A, name};
use crate::catalog::operator::import::prices::{self, Style};
use crate::catalog::operator::import::raw::{Raw, Value};
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;
use crate::catalog::operator::import::{dates, html};
use crate::catalog::{Availability, Item, SensitiveTag};

/// Longest text, bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Lays what a feed says over an item. What is not said stays; what is odd and can be missed is left out and told.
///
/// # Errors
/// What the item cannot be without.
pub(crate) fn fill(
    item: &mut Item,
    raw: &Raw<'_>,
    style: Style<'_>,
    repairs: &mut Vec<Fault>,
) -> Result<(), Fault> {
    let currency = raw.text(A::Currency).to_uppercase();
    let style = Style { currency: some(&currency).or(style.currency), ..style };
    if let Some(price) = raw.get(A::Price) {
        item.price = Some(prices::read(&price.text, style).map_err(|fault| price.blame(fault))?);
    }
    texts(item, raw, repairs);
    categories(item, raw, repairs);
    sale(item, raw, style, repairs);
    stock(item, raw, repairs)?;
    if let Some(link) = raw.get(A::Link) {
        item.link = Some(html::address(&link.text));
    }
    if let Some(image) = raw.get(A::ImageLink) {
        item.image_link = Some(html::address(&image.text));
    }
    let more: Vec<String> = raw.all(A::MoreImages).flat_map(|value| addresses(&value.text)).collect();
    if !more.is_empty() {
        item.additional_image_links = more;
    }
    let words: Vec<&str> = raw.all(A::Tags).map(|value| value.text.as_ref()).collect();
    item.tags.extend(words.into_iter().map(html::text).filter(|tag| !tag.is_empty()));
    vector(item, raw, repairs);
    let tags = sensitive_tags(raw)?;
    if !tags.is_empty() {
        item.sensitive_tags = tags;
    }
    Ok(())
}

/// The id of an item, fit to be the `item_id` of an event.
pub(crate) fn id(raw: &Raw<'_>) -> Result<String, Fault> {
    let value = raw.get(A::Id).ok_or_else(|| missing(raw, A::Id))?;
    let id = value.text.trim();
    if id.contains(|letter: char| letter.is_control() || letter == '\u{fffd}') {
        return Err(value.fault(Reason::IdBroken));
    }
    if limits::ID.takes(id.len()) { Ok(id.to_owned()) } else { Err(value.fault(Reason::IdTooLong)) }
}

/// What an item of a main feed cannot be without.
pub(crate) fn require(item: &Item, raw: &Raw<'_>) -> Result<(), Fault> {
    if item.title.is_empty() {
        return Err(missing(raw, A::Title));
    }
    match item.price {
        Some(_) => Ok(()),
        None => Err(missing(raw, A::Price)),
    }
}

/// That an attribute is empty or not there.
pub(crate) fn missing(raw: &Raw<'_>, attribute: Attribute) -> Fault {
    let label = raw.label(attribute).unwrap_or(attribute.usual());
    Fault::of(Reason::Missing).at(label)
}

/// Whether the shop itself says that an item is not to be shown.
pub(crate) fn left_out(raw: &Raw<'_>) -> Option<Reason> {
    raw.all(A::Status).find_map(|status| match name(&status.text).as_str() {
        "archived" | "deleted" => Some(Reason::Archived),
        "draft" | "staging" => Some(Reason::Draft),
        "hidden" | "unlisted" => Some(Reason::Unlisted),
        "unpublished" | "inactive" | "disabled" => Some(Reason::Unpublished),
        _ => None,
    })
}

fn texts(item: &mut Item, raw: &Raw<'_>, repairs: &mut Vec<Fault>) {
    let mut text = |attribute: Attribute| raw.get(attribute).and_then(|value| clean(value, repairs));
    if let Some(title) = text(A::Title) {
        item.title = title;
    }
    let mut set = |attribute: Attribute, field: &mut Option<String>| {
        if let Some(text) = text(attribute) {
            *field = Some(text);
        }
    };
    set(A::ItemGroupId, &mut item.item_group_id);
    set(A::Description, &mut item.description);
    set(A::Brand, &mut item.brand);
    set(A::Color, &mut item.color);
    set(A::Size, &mut item.size);
    set(A::SizeSystem, &mut item.size_system);
    set(A::SizeType, &mut item.size_type);
    set(A::Material, &mut item.material);
    set(A::Pattern, &mut item.pattern);
    set(A::Gtin, &mut item.gtin);
    set(A::Mpn, &mut item.mpn);
    for (label, field) in A::LABELS.into_iter().zip(&mut item.custom_labels) {
        set(label, field);
    }
    for (attribute, field) in [
        (A::Gender, &mut item.gender),
        (A::AgeGroup, &mut item.age_group),
        (A::Condition, &mut item.condition),
    ] {
        let mut given = None;
        set(attribute, &mut given);
        if let Some(given) = given {
            let word =
                given.trim_start_matches("https://schema.org/").trim_start_matches("http://schema.org/");
            *field = Some(localised::value(word.trim_end_matches("Condition")));
        }
    }
}

fn categories(item: &mut Item, raw: &Raw<'_>, repairs: &mut Vec<Fault>) {
    if let Some(category) = raw.get(A::Category).and_then(|value| clean(value, repairs)) {
        item.google_product_category = Some(category);
    }
    let mut types =
        raw.all(A::ProductType).filter_map(|value| clean(value, repairs)).collect::<Vec<_>>().into_iter();
    if let Some(first) = types.next() {
        item.product_type = Some(first);
        item.tags.extend(types.map(|other| format!("product_type:{other}")));
    }
}

fn clean(value: &Value<'_>, repairs: &mut Vec<Fault>) -> Option<String> {
    let text = html::text(&value.text);
    if value.text.contains('\u{fffd}') {
        repairs.push(value.fault(Reason::CharactersLost));
    }
    if text.len() <= MAX_TEXT {
        return (!text.is_empty()).then_some(text);
    }
    repairs.push(value.fault(Reason::TextCut));
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).map(str::to_owned)
}

fn sale(item: &mut Item, raw: &Raw<'_>, style: Style<'_>, repairs: &mut Vec<Fault>) {
    let given = raw.get(A::SalePrice);
    if let Some(value) = given {
        item.sale_price = None;
        item.sale_price_effective_date = None;
        match prices::read(&value.text, style) {
            Ok(money) => item.sale_price = Some(money),
            Err(_) if is_zero(&value.text) => repairs.push(value.fault(Reason::SaleNoReduction)),
            Err(fault) => repairs.push(value.blame(unreadable_sale(&fault))),
        }
    }
    if item.sale_price.is_some()
        && let Some(value) = raw.get(A::SalePeriod)
    {
        item.sale_price_effective_date = dates::period(&value.text);
        if item.sale_price_effective_date.is_none() {
            item.sale_price = None;
            repairs.push(value.fault(Reason::SalePeriodUnreadable));
        }
    }
    check_sale(item, given.or(raw.get(A::Price)), repairs);
}

/// A sale price has to be a reduction: one that is none is taken away, and told if it cannot be meant.
pub(crate) fn check_sale(item: &mut Item, value: Option<&Value<'_>>, repairs: &mut Vec<Fault>) {
    let fault = match (&item.price, &item.sale_price) {
        (_, None) => return item.sale_price_effective_date = None,
        (Some(price), Some(sale)) if sale.currency != price.currency => {
            Some(Fault::of(Reason::SaleUnreadable).detail("its currency is not the price's"))
        }
        (Some(price), Some(sale)) if sale.minor > price.minor || sale.minor == 0 && price.minor > 0 => {
            Some(Reason::SaleNoReduction.into())
        }
        (Some(price), Some(sale)) if sale.minor == price.minor => None,
        (Some(_), Some(_)) => return,
        // A supplement that says the sale alone is checked against the item it is laid over.
        (None, Some(_)) => Some(Fault::of(Reason::SaleUnreadable).detail("there is no price")),
    };
    item.sale_price = None;
    item.sale_price_effective_date = None;
    repairs.extend(fault.zip(value).map(|(fault, value)| value.blame(fault)));
}

fn unreadable_sale(fault: &Fault) -> Fault {
    let why = fault.detail.as_deref().map_or(String::new(), |detail| format!(": {detail}"));
    Fault::of(Reason::SaleUnreadable).detail(format!("{}{why}", fault.reason.text()))
}

fn is_zero(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).collect::<String>();
    !digits.is_empty() && digits.bytes().all(|digit| digit == b'0')
}

/// A main feed that has the attribute has to say it of every item; in a supplement, what is empty stays as it is.
pub(crate) fn require_stock(raw: &Raw<'_>) -> Result<(), Fault> {
    let is_told = raw.get(A::Availability).or(raw.get(A::Quantity)).is_some();
    if is_told || !raw.has(A::Availability) { Ok(()) } else { Err(missing(raw, A::Availability)) }
}

fn stock(item: &mut Item, raw: &Raw<'_>, repairs: &mut Vec<Fault>) -> Result<(), Fault> {
    if let Some(value) = raw.get(A::Availability) {
        let found = localised::availability(&value.text);
        item.availability = found.ok_or_else(|| value.fault(Reason::AvailabilityUnknown))?;
        return Ok(());
    }
    let Some(value) = raw.get(A::Quantity) else { return Ok(()) };
    match value.text.trim().parse::<f64>() {
        Ok(pieces) if pieces > 0.0 => item.availability = Availability::InStock,
        Ok(_) => item.availability = Availability::OutOfStock,
        Err(_) => repairs.push(value.fault(Reason::StockUnreadable)),
    }
    Ok(())
}

/// A vector: numbers in one text, or a list of them.
fn vector(item: &mut Item, raw: &Raw<'_>, repairs: &mut Vec<Fault>) {
    let Some(first) = raw.get(A::Vector) else { return };
    let is_between = |letter: char| letter.is_whitespace() || "[](){},;|".contains(letter);
    let words = raw.all(A::Vector).flat_map(|value| value.text.split(is_between));
    let numbers = words.filter(|word| !word.is_empty()).map(str::parse).take(limits::VECTOR.most + 1);
    let numbers: Result<Vec<f32>, _> = numbers.collect();
    let numbers = numbers.ok().filter(|numbers| limits::VECTOR.takes(numbers.len()));
    match numbers.and_then(|numbers| steps(&numbers)) {
        Some(vector) => item.sv_embedding = vector,
        None => repairs.push(first.fault(Reason::VectorUnreadable)),
    }
}

/// A vector has to be as wide as the first one that was found: one that is not is taken away, and told.
pub(crate) fn check_width(item: &mut Item, width: &mut usize, repairs: &mut Vec<Fault>) {
    let own = item.sv_embedding.len();
    if own > 0 && *width > 0 && own != *width {
        item.sv_embedding.clear();
        let told = format!("{own} numbers, not {width}");
        repairs.push(Fault::of(Reason::VectorUnreadable).at(A::Vector.usual()).detail(told));
    } else if own > 0 {
        *width = own;
    }
}

/// Our own attribute: words separated by commas or semicolons.
fn sensitive_tags(raw: &Raw<'_>) -> Result<Vec<SensitiveTag>, Fault> {
    let mut tags = BTreeSet::new();
    for value in raw.all(A::Sensitive) {
        for word in value.text.split([',', ';']).map(str::trim).filter(|word| !word.is_empty()) {
            let tag = SensitiveTag::parse(word).ok_or_else(|| value.fault(Reason::SensitiveTagUnknown))?;
            tags.insert(tag);
        }
    }
    Ok(tags.into_iter().collect())
}

/// Addresses separated by commas, which addresses may have too.
pub(crate) fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split([',', '|', '\n']) {
        let begins = part.trim_start().to_ascii_lowercase();
        let is_new = ["http://", "https://", "//", "/"].iter().any(|start| begins.starts_with(start));
        match found.last_mut() {
            Some(last) if !is_new && !part.trim().is_empty() && last.contains("//") => {
                last.push(',');
                last.push_str(part);
            }
            _ => found.push(part.to_owned()),
        }
    }
    found.iter().map(|part| html::address(part)).filter(|part| !part.is_empty()).collect()
}

/// The text of a cell, if there is any.
pub(crate) fn some(cell: &str) -> Option<&str> {
    (!cell.is_empty()).then_some(cell)
}
