//! Feeds as shops send them, and as nobody should.

mod cases;
mod hostile;
mod others;
mod shopify;
mod tables;

use crate::base::money::Money;
use crate::catalog::operator::import::*;
use crate::catalog::{Availability, Item, SensitiveTag};

fn read_all(feed: impl AsRef<[u8]>) -> Imported {
    read(feed.as_ref(), &ImportOptions::default()).unwrap()
}

fn items(feed: impl AsRef<[u8]>) -> Vec<Item> {
    let imported = read_all(feed);
    assert_eq!(refused(&imported), []);
    imported.items
}

/// Rows that were not taken.
fn refused(imported: &Imported) -> Vec<(u64, Reason)> {
    let findings = imported.report.findings.iter().filter(|finding| finding.outcome != Outcome::Repaired);
    findings.map(|finding| (finding.row, finding.reason)).collect()
}

/// Rows that were taken without what was wrong with them.
fn repaired(imported: &Imported) -> Vec<(u64, Reason)> {
    let findings = imported.report.findings.iter().filter(|finding| finding.outcome == Outcome::Repaired);
    findings.map(|finding| (finding.row, finding.reason)).collect()
}

fn ids(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.id.as_str()).collect()
}

fn euros(minor: i64) -> Option<Money> {
    Some(Money { minor, currency: "EUR".into() })
}
