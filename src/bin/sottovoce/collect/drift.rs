//! `collect drift`: what has changed since the window before, and what may be noise.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sottovoce::signals::{Change, Drift, DriftVerdict};

use super::estimate::day;
use super::{Shown, table};
use crate::failure::Failure;
use crate::output::{json, say};

/// Say which answers have changed since the window before, by a test that knows the noise
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    shown: Shown,
    /// Write the changes to this file as well, one line for each number
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// Prints one comparison for each question and each window that has one before it.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let drifts = arguments.shown.told()?.drifts;
    if let Some(path) = &arguments.csv {
        table::write(path, drifts.iter().flat_map(table::changes))?;
    }
    let told = serde_json::to_value(&drifts)?;
    json(|| told);
    if drifts.is_empty() {
        say!("no question has reports of two windows");
    }
    for line in drifts.iter().flat_map(sentences) {
        say!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// A comparison in words: the result, then what has changed.
pub fn sentences(drift: &Drift) -> Vec<String> {
    let Drift { task_id, from, to, confidence, verdict } = drift;
    let result = match verdict {
        DriftVerdict::Insufficient => "insufficient: a window has too few reports",
        DriftVerdict::AskedAnew => "not compared: the question was asked in another way",
        DriftVerdict::Same(_) => "no change that the noise allows to see",
        DriftVerdict::Changed(_) => "changed",
    };
    let mut lines = vec![format!("{task_id}, window of {} against {}: {result}", day(*to), day(*from))];
    if let DriftVerdict::Changed(changes) = verdict {
        let is_sum = changes.len() == 1;
        let clear = changes.iter().filter(|change| change.is_clear);
        lines.extend(clear.map(|change| amount(change, is_sum, *confidence)));
    }
    lines
}

fn amount(change: &Change, is_sum: bool, confidence: f64) -> String {
    let Change { name, difference, low, high, .. } = change;
    let percent = confidence * 100.0;
    if is_sum {
        return format!("  {difference:+.2} a device ({low:+.2} to {high:+.2}, {percent} %)");
    }
    let [difference, low, high] = [difference, low, high].map(|share| share * 100.0);
    format!("  {name}: {difference:+.1} of 100 devices ({low:+.1} to {high:+.1}, {percent} %)")
}
