//! The shop's signed list of questions: the same bytes for every device, told by their hash.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::address::is_plain;
use crate::base::clock::DAY_MS;
use crate::base::limits::TASK_SET;
use crate::base::signed;
use crate::base::signed::Unverified;
use crate::signals::task::Task;
use crate::signals::task::key::CollectorKey;
use crate::signals::task::measurement::Measurement;

/// Domain tag of a signed task set.
pub const TASKS_KIND: &[u8; 8] = b"SVTASKS\0";
/// The longest time a task set may be valid, in days. A clock that once stood in a far future can
/// mute a device no longer than this.
pub const MAX_VALID_DAYS: i64 = 400;
const MAX_TASKS: usize = 64;
const MAX_WINDOW_DAYS: u32 = 28;
const FORMAT: u32 = 1;

/// A task set that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The signature does not fit the key, or the envelope is damaged.
    #[error("the task set is not signed by the shop's key")]
    Signature,
    /// Larger than [`TASK_SET`].
    #[error("the task set is too large: {TASK_SET}")]
    TooLarge,
    /// Not a task set.
    #[error("the task set cannot be read at line {line}, column {column}")]
    Malformed {
        /// Line of the JSON text, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Written for a later version of this library, in its envelope or its text.
    #[error("the task set has format {0}, this version reads format 1: update the app")]
    Format(u32),
    /// Measures what no device can answer yet. A device skips such a task; nobody signs it.
    #[error("the task set measures {0}, which no device can answer yet")]
    Unanswerable(&'static str),
    /// Has a field, or a kind of task, that this version does not know. A device skips both; nobody signs them.
    #[error("the task set has a field or a kind of task that this version does not know")]
    Unknown,
    /// Asks for what is not allowed, whoever signs it.
    #[error("the task set asks for more than is allowed: {0}")]
    Forbidden(&'static str),
}

impl From<Unverified> for TaskError {
    fn from(error: Unverified) -> Self {
        match error {
            Unverified::Newer(version) => Self::Format(version.into()),
            Unverified::BadSignature => Self::Signature,
        }
    }
}

/// A verified list of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSet {
    body: Body,
    hash: [u8; 32],
}

/// Nothing else of a later format has to look as it does here.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Body {
    format: u32,
    version: u64,
    window_days: u32,
    valid_from_ms: i64,
    valid_until_ms: i64,
    endpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collector: Option<CollectorKey>,
    /// A report names its task by the place in this list, so what only later versions know leaves its place empty.
    #[serde(deserialize_with = "known")]
    tasks: Vec<Option<Task>>,
}

/// The tasks of a kind that this version knows: the others are put to later versions.
fn known<'de, D: Deserializer<'de>>(tasks: D) -> Result<Vec<Option<Task>>, D::Error> {
    let all = Vec::<Value>::deserialize(tasks)?;
    if !(1..=MAX_TASKS).contains(&all.len()) {
        return Err(D::Error::custom("there are not 1 to 64 tasks"));
    }
    let is_known = |task: &Value| {
        let word = task.get("measures").and_then(Measurement::word);
        word.is_none_or(|word| Measurement::KINDS.contains(&word))
    };
    let read = |task| serde_json::from_value(task).map_err(D::Error::custom);
    all.into_iter().map(|task| is_known(&task).then_some(task).map(read).transpose()).collect()
}

/// One period in which a device answers at most one question, in days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub start: u32,
    /// The day after the last one.
    pub end: u32,
}

impl Window {
    /// Length in days.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Midnight UTC before the first day, in milliseconds since 1970.
    #[must_use]
    pub fn start_ms(self) -> i64 {
        i64::from(self.start) * DAY_MS
    }

    /// Midnight UTC after the last day.
    #[must_use]
    pub fn end_ms(self) -> i64 {
        i64::from(self.end) * DAY_MS
    }
}

/// The day of a time, counted from 1970; times before it count as day 0.
#[must_use]
pub fn day_of(time_ms: i64) -> u32 {
    u32::try_from(time_ms.div_euclid(DAY_MS).clamp(0, i64::from(u32::MAX / 2))).unwrap_or(0)
}

impl TaskSet {
    /// Verifies and parses a signed task set.
    ///
    /// # Errors
    /// [`TaskError`], naming what is wrong; nothing of a refused set is used.
    pub fn open(bytes: &[u8], key: &signed::PublicKey) -> Result<Self, TaskError> {
        if !TASK_SET.takes(bytes.len()) {
            return Err(TaskError::TooLarge);
        }
        Self::parse(signed::verify(TASKS_KIND, bytes, key)?)
    }

    /// Checks the JSON of a task set and signs it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    #[cfg(feature = "operator")]
    pub fn seal(json: &[u8], key: &ring::signature::Ed25519KeyPair) -> Result<Vec<u8>, TaskError> {
        Self::check(json)?;
        Ok(signed::sign(TASKS_KIND, json, key))
    }

    /// Parses the JSON of a task set that is to be signed.
    ///
    /// # Errors
    /// [`TaskError`] for a set that no device would accept, or of which devices would skip a part.
    #[cfg(feature = "operator")]
    pub fn check(json: &[u8]) -> Result<Self, TaskError> {
        let set = Self::parse(json)?;
        if let Some(word) = awaited(json) {
            return Err(TaskError::Unanswerable(word));
        }
        // Read back whole, or something was skipped.
        let body = serde_json::to_value(&set.body);
        if !body.is_ok_and(|body| serde_json::from_slice(json).is_ok_and(|whole: Value| whole == body)) {
            return Err(TaskError::Unknown);
        }
        Ok(set)
    }

    /// Parses the JSON of a task set. Devices only do so behind a signature.
    ///
    /// # Errors
    /// [`TaskError`].
    #[doc(hidden)]
    pub fn parse(json: &[u8]) -> Result<Self, TaskError> {
        if !TASK_SET.takes(json.len()) {
            return Err(TaskError::TooLarge);
        }
        let malformed = |e: serde_json::Error| TaskError::Malformed { line: e.line(), column: e.column() };
        let Head { format } = serde_json::from_slice(json).map_err(malformed)?;
        if format != FORMAT {
            return Err(TaskError::Format(format));
        }
        let body: Body = serde_json::from_slice(json).map_err(malformed)?;
        match body.fault() {
            Some(fault) => Err(TaskError::Forbidden(fault)),
            None => Ok(Self { body, hash: signed::sha256(json) }),
        }
    }

    /// Rises with every change.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.body.version
    }

    /// SHA-256 of what was signed. Everyone must see the same: a set made for one user could
    /// tell them apart.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Where reports go.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.body.endpoint
    }

    /// Whom reports are sealed to; none if they travel as they are.
    #[must_use]
    pub const fn collector(&self) -> Option<&CollectorKey> {
        self.body.collector.as_ref()
    }

    /// The tasks that this version knows, with their places in the set; at most 64.
    pub fn tasks(&self) -> impl Iterator<Item = (u8, &Task)> {
        (0..).zip(&self.body.tasks).filter_map(|(place, task)| Some((place, task.as_ref()?)))
    }

    /// The task at a place of the set.
    #[must_use]
    pub fn task(&self, place: u8) -> Option<&Task> {
        self.body.tasks.get(usize::from(place))?.as_ref()
    }

    /// Whether this version of the library answers any of the questions.
    #[must_use]
    pub fn is_answerable(&self) -> bool {
        self.tasks().next().is_some()
    }

    /// The same set with the questions that `is_asked` here. The others leave their places empty, as those that are not known.
    #[must_use]
    pub(crate) fn asking(mut self, is_asked: impl Fn(&Task) -> bool) -> Self {
        for place in &mut self.body.tasks {
            *place = place.take().filter(&is_asked);
        }
        self
    }

    /// Days of a window.
    #[must_use]
    pub const fn window_days(&self) -> u32 {
        self.body.window_days
    }

    /// Whether the set may be used at this time.
    #[must_use]
    pub const fn is_valid_at(&self, time_ms: i64) -> bool {
        self.body.valid_from_ms <= time_ms && time_ms < self.body.valid_until_ms
    }

    /// The window that a day lies in. Windows of one length start on the same days everywhere.
    #[must_use]
    pub const fn window_at(&self, day: u32) -> Window {
        let start = day - day % self.body.window_days;
        Window { start, end: start + self.body.window_days }
    }
}

/// The first word of a measurement that no device can answer yet.
#[cfg(feature = "operator")]
fn awaited(json: &[u8]) -> Option<&'static str> {
    let set: Value = serde_json::from_slice(json).ok()?;
    let tasks = set.get("tasks")?.as_array()?;
    let words = tasks.iter().filter_map(|task| Measurement::word(task.get("measures")?));
    words.flat_map(|word| Measurement::AWAITED.into_iter().filter(move |awaited| *awaited == word)).next()
}

impl Body {
    fn fault(&self) -> Option<&'static str> {
        let tasks = || self.tasks.iter().flatten();
        let ids: std::collections::BTreeSet<_> = tasks().map(|t| &t.id).collect();
        let valid_ms = self.valid_until_ms.saturating_sub(self.valid_from_ms);
        let checks = [
            (!(1..=MAX_WINDOW_DAYS).contains(&self.window_days), "a window is not 1 to 28 days"),
            (!(1..=MAX_VALID_DAYS * DAY_MS).contains(&valid_ms), "it is not valid for up to 400 days"),
            (!is_endpoint(&self.endpoint), "the endpoint is not a plain https address"),
            (ids.len() != tasks().count(), "two tasks have one id"),
        ];
        let own = checks.iter().find(|(wrong, _)| *wrong).map(|(_, what)| *what);
        own.or_else(|| tasks().find_map(Task::fault))
    }
}

fn is_endpoint(url: &str) -> bool {
    url.len() <= 512 && is_plain(url, &["https://"])
}
