//! Products as JSON: one object a line with the fields of [`Item`](crate::catalog::Item) or of Merchant Center, a list of such
//! objects, or schema.org's.

use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde_json::{Map, Value};

use crate::base::currency;
use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::lines::{Line, Lines};
use crate::catalog::operator::import::names::{Attribute, Attribute as A};
use crate::catalog::operator::import::prices::Style;
use crate::catalog::operator::import::raw::Raw;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::{Fault, ImportReport};
use crate::catalog::operator::import::take::Take;
use crate::catalog::operator::import::text::{self, Utf8, unreadable};
use crate::catalog::operator::import::{dates, schema_org};

/// Longest line, bytes.
const MAX_LINE: usize = 16 << 20;
/// Largest document that is no JSON Lines, bytes.
const MAX_DOCUMENT: u64 = 256 << 20;
/// Decimals of a number beyond which a program's rounding is seen.
const DECIMALS: usize = 6;

/// An id that some write as a number and some as a text.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                if text.is_empty() { Err(E::custom("empty")) } else { Ok(Id(text.to_owned())) }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Reads one JSON value a line.
pub(crate) fn lines(
    source: impl Read,
    options: &ImportOptions,
    target: &mut dyn Take,
) -> Result<(), CatalogError> {
    let mut noted = false;
    each(source, |row, value: Result<Value, Fault>| match value {
        Ok(value) => {
            noted |= product(row, &value, options, target);
        }
        Err(fault) => target.refuse(row, fault),
    })?;
    if noted {
        options.note_currency(target.report());
    }
    Ok(())
}

/// Reads a JSON document: a list of products, or one.
pub(crate) fn document(
    source: impl Read,
    options: &ImportOptions,
    target: &mut dyn Take,
) -> Result<(), CatalogError> {
    let mut text = String::new();
    source.take(MAX_DOCUMENT + 1).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    if text.len() as u64 > MAX_DOCUMENT {
        return Err(CatalogError::TooLarge { what: "the JSON document", limit: MAX_DOCUMENT });
    }
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| CatalogError::feed(format!("this is no JSON: {}", place(&error))))?;
    let lists = ["products", "items", "entries", "resources"];
    let list = lists.iter().find_map(|name| value.get(name).filter(|_| !schema_org::is(&value))?.as_array());
    let values = list.or(value.as_array()).map_or(std::slice::from_ref(&value), Vec::as_slice);
    let mut noted = false;
    for (row, value) in (1..).zip(values) {
        noted |= product(row, value, options, target);
    }
    if noted {
        options.note_currency(target.report());
    }
    Ok(())
}

/// Takes one value; whether its price may need the usual currency.
fn product(row: u64, value: &Value, options: &ImportOptions, target: &mut dyn Take) -> bool {
    let what = match value {
        Value::Object(_) if schema_org::is(value) => {
            schema_org::products(row, value, options, target);
            return false;
        }
        Value::Object(object) => {
            item(row, object, options, target);
            return object.get("price").is_some_and(|price| !price.is_null() && !price.is_object());
        }
        Value::Array(_) => "it is an array",
        Value::String(_) => "it is a text",
        _ => "it is a value",
    };
    target.refuse(row, Fault::of(Reason::NotJson).detail(what));
    false
}

/// Takes an object with an item's fields.
pub(crate) fn item(row: u64, object: &Map<String, Value>, options: &ImportOptions, target: &mut dyn Take) {
    let mut raw = Raw::default();
    let mut repairs = Vec::new();
    for (key, value) in object {
        if key == "custom_labels" {
            for (label, value) in A::LABELS.into_iter().zip(value.as_array().into_iter().flatten()) {
                add(&mut raw, label, key, value, &mut repairs);
            }
            continue;
        }
        match Attribute::named(&snake(key)) {
            Some(attribute) => add(&mut raw, attribute, key, value, &mut repairs),
            None => target.report().note(format!("the field `{key}` is not read")),
        }
    }
    if raw.is_empty() {
        return target.refuse(row, Reason::NotAProduct.into());
    }
    let currency =
        Some(options.shop_currency()).filter(|_| !target.is_supplement() || options.currency.is_some());
    target.take(row, &raw, Style { currency, exact: true }, repairs);
}

fn add<'a>(
    raw: &mut Raw<'a>,
    attribute: Attribute,
    key: &'a str,
    value: &'a Value,
    repairs: &mut Vec<Fault>,
) {
    match value {
        Value::Null => {}
        Value::String(text) => raw.add(attribute, key, text.as_str()),
        Value::Bool(is) => raw.add(attribute, key, is.to_string()),
        Value::Number(number) => raw.add(attribute, key, decimal(&number.to_string())),
        Value::Array(values) => values.iter().for_each(|value| add(raw, attribute, key, value, repairs)),
        Value::Object(object) => match told(object) {
            Some(text) => raw.add(attribute, key, text),
            None => {
                let fault = Fault::of(Reason::AttributeUnreadable).at(key).value(&value.to_string());
                repairs.push(fault);
            }
        },
    }
}

/// A price `{minor, currency}` or `{value, currency}`, or a period `{from_ms, until_ms}`, as a text.
fn told(object: &Map<String, Value>) -> Option<String> {
    let number = |name: &str| object.get(name).and_then(Value::as_i64);
    if let (Some(from), Some(until)) = (number("from_ms"), number("until_ms")) {
        return Some(format!("{}/{}", dates::write(from)?, dates::write(until)?));
    }
    let word = |names: &[&str]| names.iter().find_map(|name| object.get(*name)).and_then(Value::as_str);
    let code = word(&["currency", "currencyCode", "currency_code"])?;
    if let Some(minor) = number("minor") {
        let places = currency::decimals(code)? as usize;
        let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at_checked(digits.len() - places)?;
        let sign = if minor < 0 { "-" } else { "" };
        return Some(if places == 0 {
            format!("{sign}{whole} {code}")
        } else {
            format!("{sign}{whole}.{fraction} {code}")
        });
    }
    let amount = ["value", "amount"].iter().find_map(|name| object.get(*name))?;
    let amount = amount.as_str().map_or_else(|| decimal(&amount.to_string()), str::to_owned);
    Some(format!("{amount} {code}"))
}

/// A number without what a program's arithmetic left behind: `12.340000000000002` is `12.34`.
pub(crate) fn decimal(number: &str) -> String {
    match number.split_once('.') {
        Some((_, fraction)) if fraction.len() > DECIMALS => match number.parse::<f64>() {
            Ok(exact) => format!("{exact:.DECIMALS$}").trim_end_matches('0').trim_end_matches('.').to_owned(),
            Err(_) => number.to_owned(),
        },
        _ => number.to_owned(),
    }
}

/// `imageLink` as `image_link`.
fn snake(key: &str) -> String {
    let mut snake = String::with_capacity(key.len() + 2);
    let mut before = ' ';
    for letter in key.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            snake.push('_');
        }
        snake.push(letter);
        before = letter;
    }
    snake
}

/// Reads every line that is a value of the type asked for; what comes of it stands in the report.
pub(crate) fn each_line<T: DeserializeOwned>(
    feed: impl Read,
    mut take: impl FnMut(T) -> Result<(), Reason>,
) -> Result<ImportReport, CatalogError> {
    let mut report = ImportReport::default();
    text::each_file(feed, &mut |file| {
        each(Utf8::new(file, None)?, |row, value| {
            match value.and_then(|value| take(value).map_err(Fault::of)) {
                Ok(()) => report.accept(row, None, Vec::new()),
                Err(fault) => report.refuse(row, None, fault),
            }
        })
    })?;
    Ok(report)
}

fn each<T: DeserializeOwned>(
    source: impl Read,
    mut take: impl FnMut(u64, Result<T, Fault>),
) -> Result<(), CatalogError> {
    let mut lines = Lines::new(source, MAX_LINE)?;
    let mut row = 0;
    while let Some(line) = lines.next()? {
        row += 1;
        match &line {
            Line::Bytes(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {}
            Line::Bytes(bytes) => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                let value = serde_json::from_slice(bytes);
                take(row, value.map_err(|error| Fault::of(Reason::NotJson).detail(place(&error))));
            }
            Line::TooLong => take(row, Err(Reason::RowTooLong.into())),
        }
    }
    Ok(())
}

/// What is wrong with a JSON text, without the line that the row tells.
fn place(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at letter ")
}
