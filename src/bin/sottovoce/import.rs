//! `import`: reads feeds and says what became of each row.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::{Availability, Item};

use crate::failure::Failure;
use crate::feed::{Feed, Feeds};
use crate::output::{as_json, count, ended, write};
use crate::report;

/// Check product feeds: which rows can be used, what was repaired, and why the others cannot be used
///
/// Exit codes: 0 every row was taken, repaired or left out on purpose; 3 rows were rejected; 1 a feed cannot be read.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    feed: Feed,
    /// Print the items as JSON Lines, which `import` and `build` read again
    #[arg(long, conflicts_with = "json")]
    print: bool,
    /// Write every row that was not taken as it stands into a .html, .csv or .json file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// A name, and which items it counts.
type Share = (&'static str, fn(&Item) -> bool);

/// What a shop wants to know of its items.
const SHARES: [Share; 4] = [
    ("with a price", |item| item.price.is_some()),
    ("reduced", |item| item.sale_price.is_some()),
    ("in stock", |item| matches!(item.availability, Availability::InStock)),
    ("with a category", |item| item.google_product_category.is_some() || item.product_type.is_some()),
];

/// Reads the feed and prints its report. Exit code 3 if rows were rejected.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let feeds = arguments.feed.read()?;
    let shares = SHARES.map(|(name, has)| (name, feeds.items.iter().filter(|item| has(item)).count() as u64));
    if as_json() {
        let document = document(&feeds, &shares)?;
        write(format_args!("{document}\n"));
    } else {
        feeds.print();
        shares.iter().for_each(|(name, number)| eprintln!("  {name:<22}{:>9}", count(*number)));
    }
    if let Some(path) = &arguments.report {
        let reports: Vec<_> = feeds.reports.iter().map(|(name, report)| (name.clone(), report)).collect();
        report::write(path, &reports)?;
    }
    if arguments.print {
        let mut out = BufWriter::new(std::io::stdout().lock());
        for item in &feeds.items {
            ended(writeln!(out, "{}", serde_json::to_string(item)?));
        }
        ended(out.flush());
    }
    Ok(if feeds.rejected() == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn document(feeds: &Feeds, shares: &[(&str, u64)]) -> Result<String, Failure> {
    let mut document = json!({ "items": feeds.items.len(), "tagged_sensitive": feeds.sensitive(), "warning": feeds.unknown_categories() });
    let reports = feeds.reports.iter().map(|(name, report)| json!({ "file": name, "report": report }));
    if let Some(fields) = document.as_object_mut() {
        fields.extend(shares.iter().map(|(name, number)| (name.replace(' ', "_"), json!(number))));
        fields.insert("files".to_owned(), reports.collect());
    }
    Ok(serde_json::to_string_pretty(&document)?)
}
