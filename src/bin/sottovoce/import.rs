//! `import`: reads a feed and says what became of each row.

use std::process::ExitCode;

use clap::Args;
use sottovoce::catalog::{Availability, Item};

use crate::failure::Failure;
use crate::feed::Feed;
use crate::output::{count, print_report};

/// Check a product feed: which rows can be used, and why the others cannot
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    feed: Feed,
    /// Print the accepted items as JSON Lines
    #[arg(long)]
    print: bool,
}

/// Reads the feed and prints its report. Exit code 3 if rows were rejected.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let imported = arguments.feed.read()?;
    eprintln!("{}", arguments.feed.name());
    print_report(&imported.report);
    let share = |what: &str, has: fn(&Item) -> bool| {
        let number = imported.items.iter().filter(|item| has(item)).count() as u64;
        eprintln!("  {:<22}{:>9}", what, count(number));
    };
    share("items", |_| true);
    share("with a price", |item| item.price.is_some());
    share("reduced", |item| item.sale_price.is_some());
    share("in stock", |item| item.availability == Availability::InStock);
    share("with a category", |item| item.google_product_category.is_some() || item.product_type.is_some());
    share("tagged sensitive", |item| !item.sensitive_tags.is_empty());
    if arguments.print {
        for item in &imported.items {
            println!("{}", serde_json::to_string(item)?);
        }
    }
    Ok(if imported.report.rejected_rows() == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
