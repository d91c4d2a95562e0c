//! Products as JSON Lines: `{"id": int or string, "tags": [..], "title"?: "..", "price"?: number}`, plain or gzipped.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::base::money::Money;
use crate::catalog::model::currency;
use crate::catalog::operator::import::lines::{Line, Lines};
use crate::catalog::operator::import::{ImportReport, Imported, Reason};
use crate::catalog::{CatalogError, Item};

/// Longest line, bytes.
const MAX_LINE: usize = 4 << 20;
/// Largest price taken, in major units.
const MAX_PRICE: f64 = 1e12;

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

#[derive(Deserialize)]
struct Product {
    id: Id,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    title: String,
    price: Option<f64>,
}

/// Reads products from JSON Lines. Their prices are in `currency`, in major units.
///
/// # Errors
/// [`CatalogError::UnknownCurrency`], and [`CatalogError::Io`] when the file cannot be read to its end. Faulty lines are no
/// error but stand in the report.
pub fn json_lines(feed: impl Read, currency: &str) -> Result<Imported, CatalogError> {
    let places = currency::decimals(currency).ok_or(CatalogError::UnknownCurrency)?;
    let mut rows_of: HashMap<String, u64> = HashMap::new();
    let mut items = Vec::new();
    let report = each_line(feed, |row, product: Product| {
        let price = match product.price {
            Some(price) if !(0.0..=MAX_PRICE).contains(&price) => {
                return Err(Reason::Unreadable("price"));
            }
            Some(price) => {
                let minor = (price * 10f64.powi(places.cast_signed())).round() as i64;
                Some(Money { minor, currency: currency.to_owned() })
            }
            None => None,
        };
        let Id(id) = product.id;
        if let Some(first) = rows_of.insert(id.clone(), row) {
            rows_of.insert(id, first);
            return Err(Reason::RepeatedId(first));
        }
        items.push(Item { id, title: product.title, price, tags: product.tags, ..Item::default() });
        Ok(())
    })?;
    Ok(Imported { items, report })
}

/// Calls `take` with every line that is a JSON value of the type asked for.
pub(crate) fn each_line<T: for<'de> Deserialize<'de>>(
    feed: impl Read,
    mut take: impl FnMut(u64, T) -> Result<(), Reason>,
) -> Result<ImportReport, CatalogError> {
    let mut lines = Lines::new(feed, MAX_LINE)?;
    let mut report = ImportReport::default();
    let mut row = 0;
    while let Some(line) = lines.next()? {
        row += 1;
        let result = match &line {
            Line::Bytes(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => continue,
            Line::Bytes(bytes) if std::str::from_utf8(bytes).is_err() => Err(Reason::NotUtf8),
            Line::Bytes(bytes) => {
                serde_json::from_slice(bytes).map_err(|_| Reason::NotJson).and_then(|value| take(row, value))
            }
            Line::TooLong => Err(Reason::RowTooLong),
        };
        match result {
            Ok(()) => report.accepted += 1,
            Err(reason) => report.reject(row, reason),
        }
    }
    Ok(report)
}
