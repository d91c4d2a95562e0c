//! What was found so far, and the ids of what the shop gave none.

use std::collections::{HashMap, HashSet};

use crate::base::limits;
use crate::base::signed::{hex, sha256};
use crate::catalog::Item;
use crate::catalog::operator::import::fields::check_width;
use crate::catalog::operator::import::reason::Reason;
use crate::catalog::operator::import::report::{Fault, ImportReport, Imported};

/// A number that a shop may or may not give to a variant, and what stands in for it.
pub(crate) struct Sku {
    /// What the feed calls it.
    pub(crate) column: String,
    /// The number; may be empty, and may be another variant's too.
    pub(crate) given: String,
    /// An id made of what is stable.
    pub(crate) made: String,
}

/// Items until the end of the feed is known.
#[derive(Default)]
pub(crate) struct Collector {
    pub(crate) report: ImportReport,
    found: Vec<Found>,
    rows_of: HashMap<String, u64>,
}

struct Found {
    row: u64,
    item: Item,
    sku: Option<Sku>,
    repairs: Vec<Fault>,
}

impl Collector {
    /// Takes an item that has its id.
    pub(crate) fn take(&mut self, row: u64, item: Item, repairs: Vec<Fault>, column: &str) {
        if let Some(first) = self.rows_of.get(&item.id) {
            let fault = Fault::of(Reason::IdRepeated).at(column).value(&item.id);
            return self.report.refuse(row, Some(&item.id), fault.detail(format!("of row {first}")));
        }
        self.rows_of.insert(item.id.clone(), row);
        self.found.push(Found { row, item, sku: None, repairs });
    }

    /// Takes an item whose id depends on the whole feed.
    pub(crate) fn take_variant(&mut self, row: u64, item: Item, sku: Sku, repairs: Vec<Fault>) {
        self.found.push(Found { row, item, sku: Some(sku), repairs });
    }

    /// The items with their ids.
    pub(crate) fn finish(mut self) -> Imported {
        let mut uses: HashMap<String, u32> = HashMap::new();
        for sku in self.found.iter().filter_map(|found| found.sku.as_ref()) {
            *uses.entry(sku.given.clone()).or_default() += 1;
        }
        let is_own = |sku: &str| {
            !sku.is_empty()
                && limits::ID.takes(sku.len())
                && uses.get(sku) == Some(&1)
                && !sku.contains(|letter: char| letter.is_control() || letter == '\u{fffd}')
        };
        let own: HashSet<String> = uses.keys().filter(|sku| is_own(sku)).cloned().collect();
        let (mut items, mut width) = (Vec::with_capacity(self.found.len()), 0);
        for Found { row, mut item, sku, mut repairs } in std::mem::take(&mut self.found) {
            if let Some(sku) = sku {
                let is_own = own.contains(&sku.given) && !self.rows_of.contains_key(&sku.given);
                item.id = if is_own { sku.given } else { made(sku, &own, &mut repairs) };
                if let Some(first) = self.rows_of.get(&item.id) {
                    let fault = Fault::of(Reason::IdRepeated).value(&item.id);
                    self.report.refuse(row, Some(&item.id), fault.detail(format!("of row {first}")));
                    continue;
                }
                self.rows_of.insert(item.id.clone(), row);
            }
            check_width(&mut item, &mut width, &mut repairs);
            self.report.accept(row, Some(&item.id), repairs);
            items.push(item);
        }
        self.report.sort();
        Imported { items, report: self.report }
    }
}

/// The id in place of a number that is missing or shared. It never is another variant's number.
fn made(sku: Sku, own: &HashSet<String>, repairs: &mut Vec<Fault>) -> String {
    let reason = if sku.given.is_empty() { Reason::NoSku } else { Reason::SharedSku };
    repairs.push(match reason {
        Reason::NoSku => Fault::of(reason),
        _ => Fault::of(reason).at(&sku.column).value(&sku.given),
    });
    let mut id = bounded(sku.made);
    while own.contains(&id) {
        id.push('#');
    }
    id
}

/// An id that an event can carry: the end of a longer one becomes its hash.
fn bounded(id: String) -> String {
    const HASH: usize = 16;
    if limits::ID.takes(id.len()) {
        return id;
    }
    let hash = hex(&sha256(id.as_bytes()));
    let room = limits::ID.most - HASH - 2;
    let end = (0..=room).rev().find(|end| id.is_char_boundary(*end)).unwrap_or_default();
    format!("{}-{}", id.get(..end).unwrap_or_default(), hash.get(..HASH).unwrap_or_default())
}

/// An id made of a product's handle and what sets a variant apart: `tee/S/blue`.
pub(crate) fn made_id<'a>(product: &str, options: impl IntoIterator<Item = &'a str>) -> String {
    let mut id = product.to_owned();
    for option in options.into_iter().filter(|option| !option.is_empty()) {
        id.push('/');
        let words: Vec<&str> = option.split_whitespace().collect();
        id.push_str(&words.join(" ").replace('/', "%2F"));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_ids_are_different_when_their_variants_are() {
        assert_eq!(made_id("tee", ["S", " dark  blue "]), "tee/S/dark blue");
        assert_ne!(made_id("tee", ["A/B", "C"]), made_id("tee", ["A", "B/C"]));
        let long = |end: &str| bounded(format!("{}{end}", "ü".repeat(80)));
        assert!(long("a").len() <= limits::ID.most && long("a") != long("b") && long("a") == long("a"));
    }
}
