//! `collect estimate`: what the reports say, as text, JSON or CSV.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sottovoce::signals::{Estimate, NamedCount, Share, Verdict};

use super::{Shown, table};
use crate::failure::Failure;
use crate::output::{count, json, say};

/// Say what the reports say, with 95 % intervals
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    shown: Shown,
    /// Write the estimates to this file as well, one line for each number
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// Prints one estimate for each question and window.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let told = arguments.shown.told()?;
    if let Some(path) = &arguments.csv {
        table::write(path, told.estimates.iter().flat_map(table::lines))?;
    }
    // With variances, and what a forged report moves.
    let estimates = serde_json::to_value(&told.estimates)?;
    json(|| estimates);
    if let Some(first) = told.estimates.first() {
        say!("Intervals hold the truth in {} of 100 cases.", first.confidence * 100.0);
    }
    for estimate in &told.estimates {
        tell(estimate);
    }
    Ok(ExitCode::SUCCESS)
}

/// The day that a window starts on.
pub fn day(window_start: u32) -> String {
    let since = jiff::Span::new().try_days(i64::from(window_start));
    let day = since.and_then(|since| jiff::civil::date(1970, 1, 1).checked_add(since));
    day.map_or_else(|_| format!("day {window_start}"), |day| day.to_string())
}

fn tell(estimate: &Estimate) {
    let Estimate { task_id, window_start, reports, min_batch, .. } = estimate;
    say!("{task_id}, window of {}: {} reports", day(*window_start), count(*reports));
    match &estimate.verdict {
        Verdict::Insufficient => say!("  insufficient: {} are needed", count(*min_batch)),
        Verdict::Counts(counts) => counts.iter().for_each(tell_count),
        Verdict::Table { counts, shares } => {
            counts.iter().for_each(tell_count);
            shares.iter().for_each(tell_share);
        }
        Verdict::Sum(amount) => {
            let clear = if amount.is_clear { "" } else { "  insufficient: not clear of zero" };
            say!(
                "  total {:.0} ({:.0} to {:.0}), {:.2} a device{clear}",
                amount.total,
                amount.low,
                amount.high,
                amount.mean
            );
        }
    }
}

fn tell_count(count: &NamedCount) {
    let NamedCount { name, count, is_clear, .. } = count;
    let half = (count.high - count.low) / 2.0;
    let clear = if *is_clear { "" } else { "  insufficient: not clear of zero" };
    say!("  {:>10.0} ± {half:<8.0} {name}{clear}", count.devices);
}

fn tell_share(share: &Share) {
    let Share { row, column, share } = share;
    match share {
        Some((share, low, high)) => say!(
            "  {:>10.1} % of {row} are {column} ({:.1} to {:.1})",
            share * 100.0,
            low * 100.0,
            high * 100.0
        ),
        None => say!("  insufficient: how many of {row} are {column}"),
    }
}
