//! The collector's store: every report that was taken, in one SQLite file, each once.
//!
//! What is told to have been counted is on the disk. Reports are kept as they were told, so that an estimate can be made
//! anew whenever the way it is made changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, params};

use crate::signals::operator::collector::Ingest;
use crate::signals::operator::drift::Drift;
use crate::signals::operator::estimate::Estimate;
use crate::signals::operator::reader::{Reader, Sums};
use crate::signals::operator::secret::CollectorSecret;
use crate::signals::task::set::TaskSet;
use crate::signals::wire::TaskRef;

const VERSION: i32 = 1;
const TABLES: &str = "CREATE TABLE IF NOT EXISTS report (
    task_set BLOB NOT NULL, task INTEGER NOT NULL, window INTEGER NOT NULL, id BLOB NOT NULL, told BLOB NOT NULL,
    PRIMARY KEY (task_set, task, window, id)
) STRICT, WITHOUT ROWID";

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("the collector's store cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// A later version of this tool made it.
    #[error("the collector's store has version {0}: a newer version of this tool is needed")]
    Newer(i32),
}

/// Reports of the task sets it knows, on disk.
#[derive(Debug)]
pub struct ReportStore {
    reader: Reader,
    database: Connection,
}

/// What the store says.
#[derive(Debug, Default)]
pub struct Told {
    /// One for each task and window that reports have come for, oldest window first.
    pub estimates: Vec<Estimate>,
    /// One for each window of a task and the one before it that reports have come for, by task.
    pub drifts: Vec<Drift>,
    /// Reports of task sets that were not given.
    pub unknown: u64,
}

impl ReportStore {
    /// Opens the store, or makes it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(
        path: &Path,
        sets: impl IntoIterator<Item = TaskSet>,
        keys: impl IntoIterator<Item = CollectorSecret>,
    ) -> Result<Self, StoreError> {
        let database = Connection::open(path)?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        let version: i32 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > VERSION {
            return Err(StoreError::Newer(version));
        }
        database.execute_batch(TABLES)?;
        database.pragma_update(None, "user_version", VERSION)?;
        Ok(Self { reader: Reader::new(sets, keys), database })
    }

    /// Says nothing below so many reports, or below as many as a question itself asks for, if that is more.
    #[must_use]
    pub fn with_floor(mut self, reports: u64) -> Self {
        self.reader.floor = reports;
        self
    }

    /// Takes reports of anyone's making, and tells what became of each. All of them are on the disk when this returns, or
    /// none is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ingest<'a>(
        &mut self,
        reports: impl IntoIterator<Item = &'a [u8]>,
        now_ms: i64,
    ) -> Result<Vec<Ingest>, StoreError> {
        let transaction = self.database.transaction()?;
        let mut insert = transaction.prepare_cached(
            "INSERT INTO report (task_set, task, window, id, told) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )?;
        let mut done = Vec::new();
        for bytes in reports {
            done.push(match self.reader.read(bytes, now_ms) {
                Err(refused) => refused,
                Ok(sound) => {
                    let told = sound.told.as_bits();
                    let at = (sound.task.set, sound.task.index, sound.window_start);
                    match insert.execute(params![at.0, at.1, at.2, sound.id, told])? {
                        0 => Ingest::Duplicate,
                        _ => Ingest::Counted,
                    }
                }
            });
        }
        drop(insert);
        transaction.commit()?;
        Ok(done)
    }

    /// What all reports say.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn told(&self) -> Result<Told, StoreError> {
        let (mut sums, mut unknown) = (BTreeMap::<(TaskRef, u32), Sums>::new(), 0);
        let mut query = self.database.prepare("SELECT task_set, task, window, told FROM report")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let task = TaskRef { set: row.get(0)?, index: row.get(1)? };
            let mechanism = self.reader.mechanism(task);
            match mechanism.and_then(|mechanism| mechanism.read(row.get_ref(3).ok()?.as_blob().ok()?)) {
                Some(told) => sums.entry((task, row.get(2)?)).or_default().add(&told),
                None => unknown += 1,
            }
        }
        let by_task: Vec<(String, u32)> = self.reader.windows(sums.keys()).into_iter().collect();
        let drifts = by_task.windows(2).filter_map(|pair| match pair {
            [(task, from), (same, to)] if task == same => self.reader.drift(&sums, task, [*from, *to]),
            _ => None,
        });
        let by_window: BTreeSet<_> = by_task.iter().map(|(task, window)| (*window, task)).collect();
        let estimates =
            by_window.into_iter().filter_map(|(window, task)| self.reader.estimate(&sums, task, window));
        Ok(Told { estimates: estimates.collect(), drifts: drifts.collect(), unknown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::{SystemRandom, bytes};
    use crate::signals::wire::Report;
    use crate::signals::{Answer, DriftVerdict, Verdict, WireError};

    const NOW_MS: i64 = 1_800_000_000_000;

    fn set() -> TaskSet {
        TaskSet::parse(written().to_string().as_bytes()).unwrap()
    }

    fn written() -> serde_json::Value {
        serde_json::json!({
            "format": 1, "version": 1, "window_days": 7, "valid_from_ms": NOW_MS, "valid_until_ms": NOW_MS + 1,
            "endpoint": "https://shop.example/",
            "tasks": [{
                "id": "a", "question": "Which?", "measures": "brand_interest", "buckets": ["none", "x", "y"],
                "odds": {"num": 20, "den": 1}, "min_batch": 1000,
            }],
        })
    }

    fn reports(number: u32) -> Vec<Vec<u8>> {
        reports_of(&set(), number, 2, NOW_MS)
    }

    /// So many reports of one of the first buckets.
    fn reports_of(set: &TaskSet, number: u32, buckets: u32, at_ms: i64) -> Vec<Vec<u8>> {
        let now = crate::signals::day_of(at_ms);
        let mechanism = set.task(0).unwrap().mechanism().unwrap();
        let report = |at: u32| {
            let told = mechanism.randomize(&Answer::Bucket(at % buckets), &SystemRandom).unwrap();
            let id = bytes(&SystemRandom).unwrap();
            Report::new(TaskRef::new(set.hash(), 0), set.window_at(now).start, id, &told).to_bytes()
        };
        (0..number).map(report).collect()
    }

    #[test]
    fn what_was_counted_is_there_after_a_restart_and_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports.db");
        let open = |sets: &[TaskSet]| ReportStore::open(&path, sets.to_vec(), []).unwrap();
        let reports = reports(2_000);
        let all = || reports.iter().map(Vec::as_slice);
        let counted = |done: &[Ingest]| done.iter().filter(|done| **done == Ingest::Counted).count();
        assert_eq!(counted(&open(&[set()]).ingest(all().take(1_200), NOW_MS).unwrap()), 1_200);
        let mut store = open(&[set()]);
        assert_eq!(counted(&store.ingest(all(), NOW_MS).unwrap()), 800);
        let done = store.ingest([&[9][..], reports[0].as_slice()], NOW_MS).unwrap();
        assert_eq!(done, [Ingest::Malformed(WireError::Version(9)), Ingest::Duplicate]);
        let told = store.told().unwrap();
        assert_eq!((told.estimates.len(), told.unknown, told.estimates[0].reports), (1, 0, 2_000));
        let Verdict::Counts(counts) = &told.estimates[0].verdict else { panic!() };
        assert!(
            (counts[1].count.devices - 1_000.0).abs() < 6.0 * counts[1].count.variance.sqrt(),
            "{counts:?}"
        );
        let stranger = open(&[]).told().unwrap();
        assert_eq!((stranger.estimates.len(), stranger.unknown), (0, 2_000));
    }

    #[test]
    fn windows_are_compared_where_both_have_enough_reports_of_one_question() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports.db");
        let json = |version: u64, odds: u32| {
            let mut json = written();
            (json["version"], json["tasks"][0]["odds"]["num"]) = (version.into(), odds.into());
            TaskSet::parse(json.to_string().as_bytes()).unwrap()
        };
        let (set, anew) = (json(1, 20), json(2, 7));
        let week = |number: i64| NOW_MS + number * 7 * crate::base::clock::DAY_MS;
        let mut store = ReportStore::open(&path, [set.clone(), anew.clone()], []).unwrap();
        let weeks = [(&set, 2_000, 2), (&set, 1_500, 2), (&set, 1_500, 1), (&set, 999, 1), (&anew, 1_500, 1)];
        for (number, (set, reports, buckets)) in (0..).zip(weeks) {
            let all = reports_of(set, reports, buckets, week(number));
            store.ingest(all.iter().map(Vec::as_slice), week(number)).unwrap();
        }
        let kinds = |store: &ReportStore| {
            let of = |drift: &Drift| match &drift.verdict {
                DriftVerdict::Insufficient => "insufficient",
                DriftVerdict::AskedAnew => "asked anew",
                DriftVerdict::Same(_) => "same",
                DriftVerdict::Changed(_) => "changed",
            };
            store.told().unwrap().drifts.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&store)[1..], ["changed", "insufficient", "asked anew"]);
        assert_eq!(
            kinds(&store.with_floor(2_000)),
            ["insufficient", "insufficient", "insufficient", "asked anew"]
        );
    }

    #[test]
    fn a_store_of_a_later_version_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports.db");
        drop(ReportStore::open(&path, [], []).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
        assert!(matches!(ReportStore::open(&path, [], []), Err(StoreError::Newer(2))));
        std::fs::write(folder.path().join("text"), "no database, whatever its name may be".repeat(9))
            .unwrap();
        let text = ReportStore::open(&folder.path().join("text"), [], []);
        assert!(matches!(text, Err(StoreError::Database(_))), "{text:?}");
    }
}
