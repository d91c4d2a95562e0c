//! Reading reports of anyone's making, and adding up what they name.

use std::collections::{BTreeMap, BTreeSet};

use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::mechanism::Mechanism;
use crate::signals::operator::collector::Ingest;
use crate::signals::operator::drift::{Drift, DriftVerdict};
use crate::signals::operator::estimate::Estimate;
use crate::signals::operator::estimator;
use crate::signals::operator::secret::CollectorSecret;
use crate::signals::task::Task;
use crate::signals::task::set::{TaskSet, day_of};
use crate::signals::wire::{Report, SEALED, TaskRef, WireError};

/// Windows after its own in which a report is still taken.
const LATE_WINDOWS: u32 = 3;

/// A task set, with how each of its questions is randomised and the most buckets that a report of it may name.
#[derive(Debug)]
struct Known {
    set: TaskSet,
    mechanisms: Vec<Option<(Mechanism, u32)>>,
}

impl Known {
    fn new(set: TaskSet) -> Self {
        let mut mechanisms = Vec::new();
        for (place, task) in set.tasks() {
            mechanisms.resize(usize::from(place), None);
            mechanisms.push(task.mechanism().map(|mechanism| (mechanism, estimator::heaviest(&mechanism))));
        }
        Self { set, mechanisms }
    }

    fn mechanism(&self, task: TaskRef) -> Option<&(Mechanism, u32)> {
        self.mechanisms.get(usize::from(task.index))?.as_ref()
    }
}

/// A report that may be counted, if it was not before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sound {
    pub(super) task: TaskRef,
    pub(super) window_start: u32,
    pub(super) id: [u8; 16],
    pub(super) told: BucketSet,
}

/// How many reports of a task in a window there are, and how many of them name each bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) reports: u64,
    pub(super) named: Vec<u64>,
}

impl Sums {
    pub(super) fn add(&mut self, told: &BucketSet) {
        self.reports += 1;
        for bucket in told.buckets().map(|bucket| bucket as usize) {
            if self.named.len() <= bucket {
                self.named.resize(bucket + 1, 0);
            }
            if let Some(named) = self.named.get_mut(bucket) {
                *named += 1;
            }
        }
    }
}

/// Knows task sets, and the keys that reports are sealed to.
#[derive(Debug, Default)]
pub(super) struct Reader {
    sets: BTreeMap<[u8; 8], Known>,
    keys: Vec<CollectorSecret>,
    /// Reports below which nothing is said, where no question asks for more.
    pub(super) floor: u64,
}

impl Reader {
    pub(super) fn new(
        sets: impl IntoIterator<Item = TaskSet>,
        keys: impl IntoIterator<Item = CollectorSecret>,
    ) -> Self {
        let sets = sets.into_iter().map(|s| (TaskRef::new(s.hash(), 0).set, Known::new(s))).collect();
        Self { sets, keys: keys.into_iter().collect(), floor: 0 }
    }

    pub(super) fn add_keys(&mut self, keys: impl IntoIterator<Item = CollectorSecret>) {
        self.keys.extend(keys);
    }

    /// The report in these bytes, if a device may have made it, or why not.
    pub(super) fn read(&self, bytes: &[u8], now_ms: i64) -> Result<Sound, Ingest> {
        let report = self.opened(bytes).map_err(Ingest::Malformed)?;
        let known = self.sets.get(&report.task.set).ok_or(Ingest::UnknownTask)?;
        let (mechanism, heaviest) = known.mechanism(report.task).ok_or(Ingest::UnknownTask)?;
        if !is_current(&known.set, report.window_start, day_of(now_ms)) {
            return Err(Ingest::WrongWindow);
        }
        let told = report.buckets(mechanism).map_err(Ingest::Malformed)?;
        if told.len() > *heaviest {
            return Err(Ingest::Malformed(WireError::Buckets));
        }
        Ok(Sound { task: report.task, window_start: report.window_start, id: report.id, told })
    }

    fn opened(&self, bytes: &[u8]) -> Result<Report, WireError> {
        if bytes.first() != Some(&SEALED) {
            return Report::parse(bytes);
        }
        let key = self.keys.iter().find(|key| key.is_for(bytes)).ok_or(WireError::Sealed)?;
        Report::parse(&key.open(bytes)?)
    }

    pub(super) fn task(&self, task: TaskRef) -> Option<&Task> {
        self.sets.get(&task.set)?.set.task(task.index)
    }

    pub(super) fn mechanism(&self, task: TaskRef) -> Option<&Mechanism> {
        Some(&self.sets.get(&task.set)?.mechanism(task)?.0)
    }

    /// The tasks and windows of these sums, as (task id, first day).
    pub(super) fn windows<'a>(
        &self,
        of: impl Iterator<Item = &'a (TaskRef, u32)>,
    ) -> BTreeSet<(String, u32)> {
        of.filter_map(|(task, window)| Some((self.task(*task)?.id.clone(), *window))).collect()
    }

    /// What the reports of one task and window say, over every task set that asks the same.
    pub(super) fn estimate(
        &self,
        sums: &BTreeMap<(TaskRef, u32), Sums>,
        task_id: &str,
        window_start: u32,
    ) -> Option<Estimate> {
        let (task, Sums { reports, named }) = self.gathered(sums, task_id, window_start)?;
        Estimate::of(task, window_start, (reports, &named), self.least(task))
    }

    /// What has changed from one window of a task to another.
    pub(super) fn drift(
        &self,
        sums: &BTreeMap<(TaskRef, u32), Sums>,
        task_id: &str,
        [from, to]: [u32; 2],
    ) -> Option<Drift> {
        let (was_asked, was) = self.gathered(sums, task_id, from)?;
        let (task, is) = self.gathered(sums, task_id, to)?;
        let told = |verdict| Some(Drift::told(task, from, to, verdict));
        if !is_same_question(was_asked, task) {
            told(DriftVerdict::AskedAnew)
        } else if was.reports < self.least(was_asked) || is.reports < self.least(task) {
            told(DriftVerdict::Insufficient)
        } else {
            Drift::of(task, (from, &was), (to, &is))
        }
    }

    fn least(&self, task: &Task) -> u64 {
        task.min_batch.max(self.floor)
    }

    /// The newest wording of a task, and the reports of a window to every task set that asks the same.
    fn gathered(
        &self,
        sums: &BTreeMap<(TaskRef, u32), Sums>,
        task_id: &str,
        window_start: u32,
    ) -> Option<(&Task, Sums)> {
        let of_window = sums.iter().filter(|((_, window), _)| *window == window_start);
        let mut mine: Vec<_> = of_window
            .filter_map(|((task, _), sums)| {
                Some((self.task(*task)?, self.sets.get(&task.set)?.set.version(), sums))
            })
            .filter(|(task, _, _)| task.id == task_id)
            .collect();
        mine.sort_by_key(|(_, version, _)| *version);
        let (task, _, _) = *mine.last()?;
        let mut all = Sums { reports: 0, named: vec![0; task.buckets.len()] };
        for (_, _, sums) in mine.iter().filter(|(other, _, _)| is_same_question(task, other)) {
            all.reports += sums.reports;
            all.named.iter_mut().zip(&sums.named).for_each(|(sum, n)| *sum += n);
        }
        Some((task, all))
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
