//! `patch`: prices and stock that changed since a bundle.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::import::ImportOptions;
use sottovoce::catalog::{Catalog, PatchHeader, build_patch};
use sottovoce::clock::{Clock, SystemClock};

use crate::failure::Failure;
use crate::feed::open;
use crate::file::{read_key, write};
use crate::output::{as_json, count, json, say, size};
use crate::report;

const HOUR_MS: i64 = 3_600_000;

/// Sign prices and stock that changed since a bundle, for devices that have the bundle
///
/// A patch is made of the bundle, not of the patch before: it holds everything that changed since. Exit codes: 0 done, 3 done,
/// but rows of the feed were rejected.
#[derive(Args)]
pub struct Arguments {
    /// The bundle that devices have
    bundle: PathBuf,
    /// `id` with any of `price`, `sale_price`, `sale_price_effective_date`, `availability`, in any format that `import` reads
    feed: PathBuf,
    /// Private key from `sottovoce keygen`
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// The patch before: what it changed and the feed does not name stays changed
    #[arg(long, value_name = "PATCH")]
    previous: Option<PathBuf>,
    /// Number of the patch; must increase with every patch of a bundle. The time in seconds if not given
    #[arg(long, value_name = "NUMBER")]
    number: Option<u64>,
    /// After so many hours, the prices of the bundle hold again
    #[arg(long, value_name = "HOURS", default_value_t = 48)]
    valid_hours: u32,
    /// ISO 4217 currency of prices that name none; that of the item if not given
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Write every row that was not taken as it stands into a .html, .csv or .json file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Where to write the patch
    #[arg(long, short, value_name = "PATCH")]
    out: PathBuf,
}

/// Reads, compares, signs and writes. Exit code 3 if rows of the feed were rejected, or prices are in another currency.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { bundle, feed, out, .. } = arguments;
    let key = read_key(&arguments.key)?;
    let bytes = fs::read(bundle).map_err(|error| Failure::at(bundle, error))?;
    let mut catalog = Catalog::from_bytes(&bytes).map_err(|error| Failure::at(bundle, error))?;
    if let Some(previous) = &arguments.previous {
        let bytes = fs::read(previous).map_err(|error| Failure::at(previous, error))?;
        let patched = catalog.patched(&bytes, &[key.public_key()]);
        catalog = patched.map_err(|error| Failure::at(previous, error))?;
    }
    let created_ms = SystemClock.now_ms();
    let header = PatchHeader {
        number: arguments.number.unwrap_or(created_ms.unsigned_abs() / 1000),
        created_ms,
        expires_ms: created_ms.saturating_add(i64::from(arguments.valid_hours).saturating_mul(HOUR_MS)),
    };
    let currency = arguments.currency.as_ref().map(|code| code.to_uppercase());
    let options = ImportOptions { currency, ..ImportOptions::default() };
    let patch = build_patch(&catalog, open(feed)?, &options, &header, &key);
    let patch = patch.map_err(|error| Failure::at(feed, error))?;
    write(out, &patch.bytes)?;
    if let Some(path) = &arguments.report {
        report::write(path, &[(feed.display().to_string(), &patch.report)])?;
    }
    let each = patch.bytes.len() as f64 / patch.changes.max(1) as f64;
    json(|| {
        json!({
            "number": header.number, "expires_ms": header.expires_ms, "items": patch.changes, "bytes": patch.bytes.len(),
            "other_currency": patch.other_currency, "report": patch.report,
        })
    });
    if !as_json() {
        eprintln!("{}", feed.display());
        report::print(&patch.report);
        if let Some(first) = patch.other_currency.first() {
            let number = count(patch.other_currency.len() as u64);
            eprintln!(
                "  {number} prices were left as they are, such as that of {first}: the bundle has none, or one in another currency; \
build a new bundle"
            );
        }
        say!("patch       {}, number {}", out.display(), header.number);
        say!("bundle      {}, version {}", catalog.store_id(), catalog.version());
        say!("items       {} changed since the bundle", count(patch.changes));
        say!("size        {} ({each:.1} B an item)", size(patch.bytes.len() as u64));
        say!("expires     in {} hours", arguments.valid_hours);
    }
    let taken = patch.report.rejected == 0 && patch.other_currency.is_empty();
    Ok(if taken { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
