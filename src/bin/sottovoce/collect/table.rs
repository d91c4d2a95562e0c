//! Estimates and changes as CSV: one line for each number, so that any tool can filter and plot them.

use std::path::Path;

use serde::Serialize;
use sottovoce::signals::{Change, Drift, DriftVerdict, Estimate, NamedCount, Share, Verdict};

use super::estimate::day;
use crate::failure::Failure;
use crate::file;

/// A line. What a number does not have is empty.
#[derive(Debug, Default, Serialize)]
pub struct Line {
    task: String,
    window: String,
    /// The window that it is compared with.
    against: String,
    reports: Option<u64>,
    /// `devices`, `share`, `total` or `mean` of an estimate; `difference`; or why there is no number.
    what: &'static str,
    name: String,
    row: String,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    confidence: Option<f64>,
    is_clear: Option<bool>,
}

/// Writes lines under a head.
pub fn write(path: &Path, lines: impl Iterator<Item = Line>) -> Result<(), Failure> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for line in lines {
        csv.serialize(line)?;
    }
    let text = csv.into_inner().map_err(|error| Failure::at(path, error))?;
    file::write(path, &text)
}

/// The numbers of an estimate.
pub fn lines(estimate: &Estimate) -> Vec<Line> {
    let Estimate { task_id, window_start, reports, confidence, .. } = estimate;
    let line = || Line {
        task: task_id.clone(),
        window: day(*window_start),
        reports: Some(*reports),
        confidence: Some(*confidence),
        ..Line::default()
    };
    let of_count = |NamedCount { name, count, is_clear, .. }: &NamedCount| Line {
        what: "devices",
        name: name.clone(),
        is_clear: Some(*is_clear),
        ..interval(line(), count.devices, count.low, count.high)
    };
    let of_share = |Share { row, column, share }: &Share| {
        let named = Line { name: column.clone(), row: row.clone(), ..line() };
        match share {
            Some((value, low, high)) => {
                Line { what: "share", is_clear: Some(*low > 0.0), ..interval(named, *value, *low, *high) }
            }
            None => Line { what: "insufficient", ..named },
        }
    };
    match &estimate.verdict {
        Verdict::Insufficient => vec![Line { what: "insufficient", ..line() }],
        Verdict::Counts(counts) => counts.iter().map(of_count).collect(),
        Verdict::Table { counts, shares } => {
            counts.iter().map(of_count).chain(shares.iter().map(of_share)).collect()
        }
        Verdict::Sum(amount) => {
            let clear = Some(amount.is_clear);
            let total = interval(line(), amount.total, amount.low, amount.high);
            let [low, high] = [amount.low, amount.high].map(|end| end / *reports as f64);
            let mean = interval(line(), amount.mean, low, high);
            vec![
                Line { what: "total", is_clear: clear, ..total },
                Line { what: "mean", is_clear: clear, ..mean },
            ]
        }
    }
}

/// The numbers of a comparison.
pub fn changes(drift: &Drift) -> Vec<Line> {
    let Drift { task_id, from, to, confidence, verdict } = drift;
    let line = || Line {
        task: task_id.clone(),
        window: day(*to),
        against: day(*from),
        confidence: Some(*confidence),
        ..Line::default()
    };
    match verdict {
        DriftVerdict::Insufficient => vec![Line { what: "insufficient", ..line() }],
        DriftVerdict::AskedAnew => vec![Line { what: "asked anew", ..line() }],
        DriftVerdict::Same(all) | DriftVerdict::Changed(all) => {
            let of_change = |Change { name, difference, low, high, is_clear, .. }: &Change| Line {
                what: "difference",
                name: name.clone(),
                is_clear: Some(*is_clear),
                ..interval(line(), *difference, *low, *high)
            };
            all.iter().map(of_change).collect()
        }
    }
}

fn interval(line: Line, value: f64, low: f64, high: f64) -> Line {
    Line { value: Some(value), low: Some(low), high: Some(high), ..line }
}
