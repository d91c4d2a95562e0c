//! The operator's side: takes reports, counts each once, and says what they mean with how much
//! certainty.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::codec::{Newer, Parts, Record, Unread};
use crate::signals::operator::estimate::Estimate;
use crate::signals::operator::reader::{Reader, Sound, Sums};
use crate::signals::operator::secret::CollectorSecret;
use crate::signals::task::set::TaskSet;
use crate::signals::wire::{TaskRef, WireError};

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
    reader: Reader,
    sums: BTreeMap<(TaskRef, u32), Sums>,
    seen: BTreeSet<(TaskRef, u32, [u8; 16])>,
}

impl Collector {
    /// A collector for these task sets. Keep the earlier ones as long as devices may use them.
    #[must_use]
    pub fn new(sets: impl IntoIterator<Item = TaskSet>) -> Self {
        Self { reader: Reader::new(sets, []), ..Self::default() }
    }

    /// With the keys that reports may be sealed to. Keep the earlier ones as long as devices may use them.
    #[must_use]
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = CollectorSecret>) -> Self {
        self.reader.add_keys(keys);
        self
    }

    /// Takes the bytes of a report, of anyone's making.
    pub fn ingest(&mut self, bytes: &[u8], now_ms: i64) -> Ingest {
        let Sound { task, window_start, id, told } = match self.reader.read(bytes, now_ms) {
            Ok(sound) => sound,
            Err(refused) => return refused,
        };
        if !self.seen.insert((task, window_start, id)) {
            return Ingest::Duplicate;
        }
        self.sums.entry((task, window_start)).or_default().add(&told);
        Ingest::Counted
    }

    /// The tasks and windows that reports have come for, as (task id, first day).
    #[must_use]
    pub fn windows(&self) -> BTreeSet<(String, u32)> {
        self.reader.windows(self.sums.keys())
    }

    /// What the reports of one task and window say, over every task set that asks the same.
    #[must_use]
    pub fn estimate(&self, task_id: &str, window_start: u32) -> Option<Estimate> {
        self.reader.estimate(&self.sums, task_id, window_start)
    }

    /// The state as bytes.
    ///
    /// # Errors
    /// [`CollectorError::Unreadable`] if it cannot be encoded.
    pub fn save(&self) -> Result<Vec<u8>, CollectorError> {
        let tally = |(at, sums): (&(TaskRef, u32), &Sums)| {
            let range = (at.0, at.1, [0; 16])..=(at.0, at.1, [0xff; 16]);
            let seen = self.seen.range(range).map(|(_, _, id)| *id).collect();
            (*at, Tally { reports: sums.reports, named: sums.named.clone(), seen })
        };
        Saved(self.sums.iter().map(tally).collect()).encode().map_err(|_| CollectorError::Unreadable)
    }

    /// The state from bytes, with the task sets it was made with.
    ///
    /// # Errors
    /// [`CollectorError`].
    pub fn load(bytes: &[u8], sets: impl IntoIterator<Item = TaskSet>) -> Result<Self, CollectorError> {
        let mut collector = Self::new(sets);
        let Saved(tallies) = Saved::decode(bytes)?;
        for (at @ (task, window), Tally { reports, named, seen }) in tallies {
            if collector.reader.task(task).is_none() {
                return Err(CollectorError::UnknownTaskSet);
            }
            collector.seen.extend(seen.into_iter().map(|id| (task, window, id)));
            collector.sums.insert(at, Sums { reports, named });
        }
        Ok(collector)
    }
}
