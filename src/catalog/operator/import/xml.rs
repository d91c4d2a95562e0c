//! Google Merchant Center's and Meta's XML: RSS 2.0, Atom, and lists of products, with and without `g:`.

use std::cell::Cell;
use std::io::{BufReader, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::catalog::CatalogError;
use crate::catalog::operator::import::ImportOptions;
use crate::catalog::operator::import::html;
use crate::catalog::operator::import::names::Attribute;
use crate::catalog::operator::import::prices::Style;
use crate::catalog::operator::import::raw::Raw;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::Fault;
use crate::catalog::operator::import::table::MAX_LINE;
use crate::catalog::operator::import::take::Take;

/// Elements that hold one item each.
const ITEMS: [&str; 3] = ["item", "entry", "product"];
/// Most elements inside one another.
const MAX_DEPTH: usize = 100;
/// Longest piece of markup or text, bytes.
const MAX_PIECE: usize = 64 << 20;

/// Reads a document.
pub(crate) fn read(
    source: impl Read,
    options: &ImportOptions,
    target: &mut dyn Take,
) -> Result<(), CatalogError> {
    let left = Rc::new(Cell::new(MAX_PIECE));
    let bounded = Bounded { source, left: Rc::clone(&left) };
    let mut reader = Reader::from_reader(BufReader::with_capacity(64 * 1024, bounded));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut document = Document::default();
    let style = Style { currency: options.currency.as_deref(), exact: false };
    let mut buffer = Vec::new();
    loop {
        left.set(MAX_PIECE);
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let event = event.map_err(|error| {
            CatalogError::feed(format!("the XML is broken behind item {}: {error}", document.row))
        })?;
        match event {
            Event::Start(start) => document.start(&start)?,
            Event::Empty(start) => {
                document.start(&start)?;
                document.end(start.name().as_ref(), style, target);
            }
            Event::End(end) => document.end(end.name().as_ref(), style, target),
            Event::Text(text) => document.text(&text.xml10_content()),
            Event::CData(text) => document.text(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                let entity = entity.xml10_content();
                let letters = html::character(&entity).unwrap_or_else(|| format!("&{entity};"));
                document.text(&letters);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !document.open.is_empty() {
        let after = document.row;
        return Err(CatalogError::feed(format!(
            "the XML ends behind item {after}, before its end: download it again"
        )));
    }
    if document.row == 0 {
        return Err(CatalogError::feed("the XML has no <item>, <entry> or <product>: it is no product feed"));
    }
    Ok(())
}

/// What was read so far.
#[derive(Default)]
struct Document {
    /// Names of the open elements.
    open: Vec<String>,
    /// How deep the item lies, if one is open.
    item: Option<usize>,
    row: u64,
    /// What Google's attributes begin with in this document, `g:` mostly.
    prefix: Option<String>,
    raw: Raw<'static>,
    bytes: usize,
    repairs: Vec<Fault>,
    /// The attribute that is being read.
    value: Option<(Attribute, String, String)>,
}

impl Document {
    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), CatalogError> {
        let name = start.name().as_ref().to_owned();
        let local = local(&name);
        if self.open.len() >= MAX_DEPTH {
            return Err(CatalogError::feed("the XML has too many elements inside one another"));
        }
        if self.item.is_none() {
            self.prefix = google_prefix(start).or(self.prefix.take());
        }
        match self.item {
            None if ITEMS.contains(&local.to_ascii_lowercase().as_str()) => {
                self.item = Some(self.open.len());
                self.row += 1;
                self.raw = Raw::default();
                self.bytes = 0;
                self.repairs.clear();
            }
            Some(depth) if self.open.len() == depth + 1 || self.is_unclosed(depth, &name) => {
                self.close_value(depth);
                self.value =
                    Attribute::named(local).map(|attribute| (attribute, name.clone(), String::new()));
                if let Some((Attribute::Link, _, text)) = &mut self.value {
                    text.push_str(&href(start).unwrap_or_default());
                }
            }
            _ => {}
        }
        self.open.push(name);
        Ok(())
    }

    /// Whether an attribute begins within another one, whose end tag is then broken, as in `<g:title>Lamp/g:title><g:price>`.
    fn is_unclosed(&self, item: usize, name: &str) -> bool {
        let prefixed = name.contains(':') && self.open.len() == item + 2;
        prefixed && self.value.is_some() && Attribute::named(local(name)).is_some()
    }

    /// Takes the attribute that is being read, though nobody closed it.
    fn close_value(&mut self, item: usize) {
        self.open.truncate(item + 1);
        if let Some((attribute, label, mut text)) = self.value.take() {
            let end = text.trim_end().strip_suffix(&format!("/{label}>")).map(str::len);
            text.truncate(end.unwrap_or(text.len()));
            self.repairs.push(Fault::of(Reason::TagUnclosed).at(&label));
            self.raw.add(attribute, label, text);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes += text.len();
        if let Some((_, _, value)) = self.value.as_mut().filter(|_| self.bytes <= MAX_LINE) {
            value.push_str(text);
        }
    }

    /// Closes an element and all in it that nobody closed; what was not open stays closed.
    fn end(&mut self, name: &str, style: Style<'_>, target: &mut dyn Take) {
        let Some(depth) = self.open.iter().rposition(|open| open == name) else { return };
        self.open.truncate(depth);
        let Some(item) = self.item else { return };
        if depth <= item + 1
            && let Some((attribute, label, text)) = self.value.take()
        {
            self.raw.add(attribute, label, text);
        }
        if depth <= item {
            self.item = None;
            let mut raw = std::mem::take(&mut self.raw);
            let prefix = self.prefix.as_deref().unwrap_or("g:");
            raw.prefer(|label| label.starts_with(prefix));
            if self.bytes > MAX_LINE {
                target.refuse(self.row, Fault::of(Reason::RowTooLong));
            } else {
                target.take(self.row, &raw, style, std::mem::take(&mut self.repairs));
            }
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The prefix that an element gives to Google's names.
fn google_prefix(start: &BytesStart<'_>) -> Option<String> {
    let attributes = start.attributes().flatten();
    let mut spaces = attributes.filter(|attribute| attribute.value.contains("base.google.com/ns"));
    spaces.find_map(|space| space.key.as_ref().strip_prefix("xmlns:").map(|prefix| format!("{prefix}:")))
}

/// Where Atom has its links.
fn href(start: &BytesStart<'_>) -> Option<String> {
    let attribute = |name: &str| {
        start
            .attributes()
            .flatten()
            .find(|attribute| attribute.key.as_ref() == name)
            .map(|found| found.value.into_owned())
    };
    let is_page = attribute("rel").is_none_or(|rel| rel == "alternate");
    attribute("href").filter(|_| is_page).map(|href| html::entities(&href))
}

/// A source of which no more is read than one piece may have.
struct Bounded<R> {
    source: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        let left = self.left.get().checked_sub(read);
        self.left.set(left.ok_or_else(|| std::io::Error::other("a piece of it is longer than 64 MiB"))?);
        Ok(read)
    }
}
