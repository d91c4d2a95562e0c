//! What the reports of one question in one window say, with how much certainty.

use serde::Serialize;

use crate::signals::dp::mechanism::Mechanism;
use crate::signals::operator::estimator;
use crate::signals::operator::estimator::{CONFIDENCE, Count};
use crate::signals::task::Task;

/// Devices that a row of a table has at least, or nothing is said of how it is spread: of a few it would tell each.
const MIN_COHORT: f64 = 50.0;

/// What is known about one task in one window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The task.
    pub task_id: String,
    /// First day of the window, counted from 1970.
    pub window_start: u32,
    /// Reports that were counted.
    pub reports: u64,
    /// Reports that are needed.
    pub min_batch: u64,
    /// How often each interval holds the truth.
    pub confidence: f64,
    /// How many devices one forged report can add to a bucket.
    pub forged_report_moves: f64,
    /// The result.
    pub verdict: Verdict,
}

/// Counts, or why there are none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Too few reports.
    Insufficient,
    /// One entry for each bucket.
    Counts(Vec<NamedCount>),
    /// Counts of a table, and how each row is spread over the columns.
    Table {
        /// One entry for each bucket.
        counts: Vec<NamedCount>,
        /// One entry for each row and column, row by row.
        shares: Vec<Share>,
    },
    /// An amount.
    Sum(Amount),
}

/// An estimate with the bucket's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedCount {
    /// The bucket.
    pub name: String,
    /// Devices, unbiased, with variance and 95 % interval.
    #[serde(flatten)]
    pub count: Count,
    /// Devices for display: not negative; where a device is in one bucket, all of them sum to the reports. Biased.
    pub shown: f64,
    /// Whether the interval excludes zero; if not, treat the count as unknown.
    pub is_clear: bool,
}

/// The share of a column in its row of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// The row.
    pub row: String,
    /// The column.
    pub column: String,
    /// The share with the ends of its 95 % interval, from 0 to 1; none where the row may have fewer than 50 devices.
    pub share: Option<(f64, f64, f64)>,
}

/// What the devices that reported have together, in the question's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Amount {
    /// The total, unbiased.
    pub total: f64,
    /// Lower end of its 95 % interval, which is at least as wide as it must be.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The mean of a device.
    pub mean: f64,
    /// Whether the interval excludes zero.
    pub is_clear: bool,
}

impl Estimate {
    /// What `reports` reports say, of which `named` says how many name each bucket; nothing below `min_batch`. `None` for a
    /// task that no task set accepts.
    #[must_use]
    pub fn of(
        task: &Task,
        window_start: u32,
        (reports, named): (u64, &[u64]),
        min_batch: u64,
    ) -> Option<Self> {
        let mechanism = task.mechanism()?;
        let verdict = if reports < min_batch {
            Verdict::Insufficient
        } else {
            verdict(task, &mechanism, reports, &estimator::estimate(&mechanism, named, reports))
        };
        Some(Self {
            task_id: task.id.clone(),
            window_start,
            reports,
            min_batch,
            confidence: CONFIDENCE,
            forged_report_moves: estimator::forged_report_moves(&mechanism),
            verdict,
        })
    }
}

fn verdict(task: &Task, mechanism: &Mechanism, reports: u64, counts: &[Count]) -> Verdict {
    if let (Mechanism::Sum(sum), Some(full)) = (mechanism, counts.get(1)) {
        let max = sum.max() as f64;
        let [total, low, high] = [full.devices, full.low, full.high].map(|devices| devices * max);
        return Verdict::Sum(Amount { total, low, high, mean: total / reports as f64, is_clear: low > 0.0 });
    }
    let named = with_names(task, mechanism, counts, reports);
    match task.table() {
        Some((rows, columns)) => {
            Verdict::Table { counts: named, shares: shares(mechanism, reports, counts, &rows, &columns) }
        }
        None => Verdict::Counts(named),
    }
}

fn shares(mechanism: &Mechanism, n: u64, counts: &[Count], rows: &[&str], columns: &[&str]) -> Vec<Share> {
    let cells = counts.get(1..).unwrap_or_default();
    let of_row = rows.iter().zip(cells.chunks(columns.len().max(1)));
    let shares = of_row.flat_map(|(row, cells)| {
        let is_cohort = estimator::together(mechanism, n, cells.iter()).low >= MIN_COHORT;
        columns.iter().zip(cells).enumerate().map(move |(at, (column, part))| {
            let others = cells.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, count)| count);
            let share = estimator::share(mechanism, n, part, &estimator::together(mechanism, n, others));
            Share { row: (*row).to_owned(), column: (*column).to_owned(), share: share.filter(|_| is_cohort) }
        })
    });
    shares.collect()
}

fn with_names(task: &Task, mechanism: &Mechanism, counts: &[Count], reports: u64) -> Vec<NamedCount> {
    let n = reports as f64;
    let devices: Vec<f64> = counts.iter().map(|c| c.devices).collect();
    let shown = match mechanism {
        Mechanism::Unary(_) => devices.iter().map(|devices| devices.clamp(0.0, n)).collect(),
        _ => estimator::norm_sub(&devices, n),
    };
    let named = task.buckets.iter().zip(counts).zip(shown);
    named
        .map(|((name, count), shown)| NamedCount {
            name: name.clone(),
            count: *count,
            shown,
            is_clear: count.low > 0.0,
        })
        .collect()
}
