//! What kind of feed a text is, told by what stands in it.

use std::fmt;
use std::str::FromStr;

use crate::catalog::CatalogError;
use crate::catalog::operator::import::lines::{Line, Lines};
use crate::catalog::operator::import::shopify;
use crate::catalog::operator::import::split::{Splitter, Step};
use crate::catalog::operator::import::{merchant, woocommerce};

/// Rows among which the header is looked for.
const MAX_BEFORE_HEADER: u64 = 20;
/// Names in a row that make it the header, whatever follows.
const CERTAIN: usize = 3;
const DELIMITERS: [(u8, &str); 4] = [(b'\t', "tab"), (b',', "comma"), (b';', "semicolon"), (b'|', "bar")];

/// Kinds of feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Google Merchant Center's or Meta's attributes, delimited or in XML.
    Merchant,
    /// Shopify's product CSV.
    Shopify,
    /// WooCommerce's product CSV.
    Woocommerce,
    /// JSON, one object a line or a list of them.
    Json,
    /// schema.org's JSON-LD, by itself or in a page.
    SchemaOrg,
    /// Parquet; needs the feature `parquet`.
    Parquet,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] =
        [Self::Merchant, Self::Shopify, Self::Woocommerce, Self::Json, Self::SchemaOrg, Self::Parquet];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Shopify => "shopify",
            Self::Woocommerce => "woocommerce",
            Self::Json => "json",
            Self::SchemaOrg => "schema-org",
            Self::Parquet => "parquet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let name = if name == "jsonl" { "json" } else { name };
        let all = Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(format!("formats are {all}"))
    }
}

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Table { format: Format, delimiter: u8, skip: u64 },
    Xml,
    Page,
    JsonLines,
    JsonDocument,
}

impl Kind {
    pub(crate) fn describe(self) -> String {
        let delimited = |delimiter: u8| {
            DELIMITERS
                .iter()
                .find(|(known, _)| *known == delimiter)
                .map(|(_, name)| *name)
                .unwrap_or_default()
        };
        match self {
            Self::Table { format: Format::Shopify, delimiter, .. } => {
                format!("Shopify export, {}", delimited(delimiter))
            }
            Self::Table { format: Format::Woocommerce, delimiter, .. } => {
                format!("WooCommerce export, {}", delimited(delimiter))
            }
            Self::Table { delimiter, .. } => {
                format!("Merchant Center or Meta feed, {}", delimited(delimiter))
            }
            Self::Xml => "Merchant Center or Meta feed, XML".to_owned(),
            Self::Page => "page with schema.org products".to_owned(),
            Self::JsonLines => "JSON Lines".to_owned(),
            Self::JsonDocument => "JSON".to_owned(),
        }
    }
}

/// The kind of a text by its first 64 KiB. `told` is what the operator says it is.
pub(crate) fn kind(start: &str, told: Option<Format>) -> Result<Kind, CatalogError> {
    let text = start.trim_start_matches('\u{feff}').trim_start();
    match (text.chars().next(), told) {
        (None, _) => Err(CatalogError::NoHeader),
        (Some('<'), _) => Ok(markup(text)),
        (Some('['), None | Some(Format::Json | Format::SchemaOrg)) => Ok(Kind::JsonDocument),
        (Some('{'), None | Some(Format::Json | Format::SchemaOrg)) => Ok(json(text)),
        (_, Some(format @ (Format::Json | Format::SchemaOrg | Format::Parquet))) => Err(CatalogError::feed(
            format!("this is not {format}: leave --format out, and the kind is told by content"),
        )),
        _ => table(start, told),
    }
}

fn markup(text: &str) -> Kind {
    let head = text.chars().take(4096).collect::<String>().to_ascii_lowercase();
    let is_page = head.contains("<html") || head.contains("<!doctype html") || head.contains("<script");
    if is_page { Kind::Page } else { Kind::Xml }
}

/// Whether each line is an object by itself.
fn json(text: &str) -> Kind {
    let is_object =
        |line: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_ok();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let rest = || lines.filter(|line| line.len() > 2 && line.starts_with('{')).take(20).any(is_object);
    // A first line of more than 64 KiB is cut here.
    let is_cut = !text.contains('\n') && text.len() > 32 * 1024;
    if is_object(first) || is_cut || rest() { Kind::JsonLines } else { Kind::JsonDocument }
}

type Score = fn(&[String]) -> usize;

fn table(start: &str, told: Option<Format>) -> Result<Kind, CatalogError> {
    let formats: [(Format, Score); 3] = [
        (Format::Shopify, shopify::Columns::score),
        (Format::Woocommerce, woocommerce::score),
        (Format::Merchant, merchant::score),
    ];
    let mut best: Option<(usize, Kind)> = None;
    for (skip, row) in (0u64..).zip(rows(start)) {
        if best.is_some_and(|(most, _)| most >= CERTAIN) {
            break;
        }
        for (delimiter, _) in DELIMITERS {
            let header = cut(&row, delimiter);
            if header.len() < 2 {
                continue;
            }
            for (format, score) in
                formats.iter().filter(|(format, _)| told.is_none_or(|told| told == *format))
            {
                // One word alone may stand in any row.
                let score = score(&header);
                if score > 1 && best.is_none_or(|(most, _)| score > most) {
                    best = Some((score, Kind::Table { format: *format, delimiter, skip }));
                }
            }
        }
    }
    best.map(|(_, kind)| kind).ok_or_else(|| unknown(start, told))
}

/// The first rows that are not blank, whole if a quote spans lines.
fn rows(start: &str) -> Vec<Vec<u8>> {
    let Ok(mut lines) = Lines::new(start.as_bytes(), usize::MAX) else { return Vec::new() };
    let mut rows = Vec::new();
    while let Ok(Some(Line::Bytes(line))) = lines.next() {
        let blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|' | 0);
        if !line.iter().all(blank) {
            rows.push(line);
        }
        if rows.len() as u64 >= MAX_BEFORE_HEADER {
            break;
        }
    }
    rows
}

fn cut(line: &[u8], delimiter: u8) -> Vec<String> {
    let mut splitter = Splitter::new(delimiter);
    if splitter.feed(line) != Step::Done {
        return Vec::new();
    }
    let (bytes, ends) = splitter.cells();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let cell = |(start, end): (usize, &usize)| {
        String::from_utf8_lossy(bytes.get(start..*end).unwrap_or_default()).trim().to_owned()
    };
    starts.zip(ends).map(cell).collect()
}

fn unknown(start: &str, told: Option<Format>) -> CatalogError {
    let first: String = start.trim_start().lines().next().unwrap_or_default().chars().take(60).collect();
    let what = told.map_or("no kind of feed".to_owned(), |format| format!("no {format} feed"));
    CatalogError::feed(format!(
        "{what} begins like {first:?}: a table needs a header such as id, title, price, availability (Merchant Center, Meta), \
Handle, Title, Variant Price (Shopify) or ID, Type, Name, Regular price (WooCommerce)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_by_content() {
        let table = |format, delimiter, skip| Kind::Table { format, delimiter, skip };
        for (start, expected) in [
            ("id\ttitle\tprice\n", table(Format::Merchant, b'\t', 0)),
            ("sep=;\nid;title;price\n1;a;2\n", table(Format::Merchant, b';', 1)),
            ("# Required,# Required\nid,title\n", table(Format::Merchant, b',', 1)),
            ("Handle|Title|Variant Price\n", table(Format::Shopify, b'|', 0)),
            ("ID,Type,SKU,Name,Published,Regular price\n", table(Format::Woocommerce, b',', 0)),
            ("  <?xml version=\"1.0\"?><rss>", Kind::Xml),
            ("<!DOCTYPE html><html>", Kind::Page),
            ("{\"id\":1}\n{", Kind::JsonLines),
            ("{broken\n{\"id\":1}\n", Kind::JsonLines),
            ("{\n  \"@type\": \"Product\"\n}", Kind::JsonDocument),
            ("[{\"id\":1}]", Kind::JsonDocument),
        ] {
            assert_eq!(kind(start, None), Ok(expected), "{start}");
        }
        for nothing in ["", "\u{feff} \n", "hello\nworld\n", "a,b\n1,2\n"] {
            assert!(kind(nothing, None).is_err(), "{nothing}");
        }
        assert!(kind("id\ttitle\n", Some(Format::Shopify)).is_err());
    }
}
