//! The operator's side: takes reports, counts each once, and says what they mean with how much
//! certainty.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::codec::{Newer, Parts, Record, Unread};
use crate::signals::operator::estimator;
use crate::signals::operator::estimator::Count;
use crate::signals::task::Task;
use crate::signals::task::set::{TaskSet, day_of};
use crate::signals::wire::{Report, TaskRef, WireError};

/// Windows after its own in which a report is still taken.
const LATE_WINDOWS: u32 = 3;

/// What became of a report. Devices need to be told no more than the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingest {
    /// Counted.
    Counted,
    /// Known already; not counted again.
    Duplicate,
    /// Not a report that any device makes.
    Malformed(WireError),
    /// Answers no task of this collector.
    UnknownTask,
    /// Names a window that has not begun, is long over, or does not exist.
    WrongWindow,
}

impl Ingest {
    /// The HTTP status to answer with: a repeated report is as welcome as a new one.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Counted | Self::Duplicate => 200,
            Self::Malformed(_) | Self::WrongWindow => 400,
            Self::UnknownTask => 404,
        }
    }
}

/// Saved state that cannot be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    /// Not a saved state, or damaged.
    #[error("the collector's saved state cannot be read")]
    Unreadable,
    /// A newer collector saved it.
    #[error(transparent)]
    Newer(#[from] Newer),
    /// Belongs to a task set that was not given.
    #[error("the saved state belongs to a task set that was not given")]
    UnknownTaskSet,
}

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
}

/// An estimate with the bucket's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedCount {
    /// The bucket.
    pub name: String,
    /// Devices, unbiased, with variance and 95 % interval.
    #[serde(flatten)]
    pub count: Count,
    /// Devices for display: not negative, all buckets sum to the reports. Biased.
    pub shown: f64,
    /// Whether the interval excludes zero; if not, treat the count as unknown.
    pub is_clear: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    reports: u64,
    named: Vec<u64>,
    seen: BTreeSet<[u8; 16]>,
}

/// The state as it is saved.
#[derive(Debug, PartialEq, Eq)]
struct Saved(Vec<((TaskRef, u32), Tally)>);

impl Record for Saved {
    const WHAT: &'static str = "collector's state";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        &self.0
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        parts.next().map(Self)
    }
}

impl From<Unread> for CollectorError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Newer(newer) => Self::Newer(newer),
            Unread::Damaged => Self::Unreadable,
        }
    }
}

/// Counts reports of the task sets it knows. In memory; [`save`](Self::save) and
/// [`load`](Self::load) carry it over a restart.
#[derive(Debug, Default)]
pub struct Collector {
    sets: BTreeMap<[u8; 8], TaskSet>,
    tallies: BTreeMap<(TaskRef, u32), Tally>,
}

impl Collector {
    /// A collector for these task sets. Keep the earlier ones as long as devices may use them.
    #[must_use]
    pub fn new(sets: impl IntoIterator<Item = TaskSet>) -> Self {
        let sets = sets.into_iter().map(|s| (TaskRef::new(s.hash(), 0).set, s)).collect();
        Self { sets, tallies: BTreeMap::new() }
    }

    /// Takes the bytes of a report, of anyone's making.
    pub fn ingest(&mut self, bytes: &[u8], now_ms: i64) -> Ingest {
        let report = match Report::parse(bytes) {
            Ok(report) => report,
            Err(e) => return Ingest::Malformed(e),
        };
        let Some((set, shape)) =
            self.sets.get(&report.task.set).and_then(|s| Some((s, s.task(report.task.index)?.shape()?)))
        else {
            return Ingest::UnknownTask;
        };
        if !is_current(set, report.window_start, day_of(now_ms)) {
            return Ingest::WrongWindow;
        }
        let buckets = match report.buckets(&shape) {
            Ok(buckets) => buckets,
            Err(e) => return Ingest::Malformed(e),
        };
        let tally = self.tallies.entry((report.task, report.window_start)).or_default();
        if !tally.seen.insert(report.id) {
            return Ingest::Duplicate;
        }
        tally.reports += 1;
        tally.named.resize(shape.k() as usize, 0);
        for (bucket, named) in (0..).zip(&mut tally.named) {
            *named += u64::from(buckets.contains(bucket));
        }
        Ingest::Counted
    }

    /// The tasks and windows that reports have come for, as (task id, first day).
    #[must_use]
    pub fn windows(&self) -> BTreeSet<(String, u32)> {
        self.tallies
            .keys()
            .filter_map(|(task, window)| Some((self.task(*task)?.id.clone(), *window)))
            .collect()
    }

    /// What the reports of one task and window say, over every task set that asks the same.
    #[must_use]
    pub fn estimate(&self, task_id: &str, window_start: u32) -> Option<Estimate> {
        let of_window = self.tallies.iter().filter(|((_, window), _)| *window == window_start);
        let mut mine = of_window
            .filter_map(|((task, _), tally)| {
                Some((self.task(*task)?, self.sets.get(&task.set)?.version(), tally))
            })
            .filter(|(task, _, _)| task.id == task_id)
            .collect::<Vec<_>>();
        mine.sort_by_key(|(_, version, _)| *version);
        let (task, _, _) = *mine.last()?;
        let mut named = vec![0; task.buckets.len()];
        let mut reports = 0;
        for (_, _, tally) in mine.iter().filter(|(other, _, _)| is_same_question(task, other)) {
            reports += tally.reports;
            named.iter_mut().zip(&tally.named).for_each(|(sum, n)| *sum += n);
        }
        let shape = task.shape()?;
        let verdict = if reports < task.min_batch {
            Verdict::Insufficient
        } else {
            Verdict::Counts(with_names(task, &estimator::estimate(&shape, &named, reports), reports))
        };
        Some(Estimate {
            task_id: task_id.into(),
            window_start,
            reports,
            min_batch: task.min_batch,
            forged_report_moves: estimator::forged_report_moves(&shape),
            verdict,
        })
    }

    /// The state as bytes.
    ///
    /// # Errors
    /// [`CollectorError::Unreadable`] if it cannot be encoded.
    pub fn save(&self) -> Result<Vec<u8>, CollectorError> {
        let tallies = self.tallies.iter().map(|(at, tally)| (*at, tally.clone()));
        Saved(tallies.collect()).encode().map_err(|_| CollectorError::Unreadable)
    }

    /// The state from bytes, with the task sets it was made with.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub fn load(bytes: &[u8], sets: impl IntoIterator<Item = TaskSet>) -> Result<Self, CollectorError> {
        let mut collector = Self::new(sets);
        let Saved(tallies) = Saved::decode(bytes)?;
        if tallies.iter().any(|((task, _), _)| collector.task(*task).is_none()) {
            return Err(CollectorError::UnknownTaskSet);
        }
        collector.tallies = tallies.into_iter().collect();
        Ok(collector)
    }

    fn task(&self, task: TaskRef) -> Option<&Task> {
        self.sets.get(&task.set)?.task(task.index)
    }
}

/// Whether answers to both may be added up: the wording may differ, the randomising must not.
fn is_same_question(a: &Task, b: &Task) -> bool {
    (&a.measures, &a.buckets, a.odds) == (&b.measures, &b.buckets, b.odds)
}

fn is_current(set: &TaskSet, window_start: u32, today: u32) -> bool {
    let window = set.window_at(today);
    window_start.is_multiple_of(set.window_days())
        && window_start <= window.start
        && window.start - window_start <= LATE_WINDOWS * set.window_days()
}

fn with_names(task: &Task, counts: &[Count], reports: u64) -> Vec<NamedCount> {
    let devices: Vec<f64> = counts.iter().map(|c| c.devices).collect();
    let shown = estimator::norm_sub(&devices, reports as f64);
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
