//! Reports that wait to be sent, and what is remembered of those that were.
//!
//! Waiting reports lie with the measurement data and are destroyed with it. What was sent cannot
//! be recalled, so its trace (which question, when) lies with the essential data.

use crate::vault::tables::{SENT, WAITING};
use serde::{Deserialize, Serialize};

use crate::base::clock::DAY_MS;
use crate::base::codec;
use crate::base::codec::{Parts, Record as _, Unread, record_of_one_part};
use crate::base::random::RandomError;
use crate::consent::{ConsentError, Essential, Gate, Measurement, Permit, RecordsMut, Trim};
use crate::signals::error::SignalsError;
use crate::signals::task::Task;
use crate::signals::task::set::Window;
use crate::signals::wire::Report;
use crate::vault::{Durability, Record};

const TRACES_KEPT: usize = 104;
const FIRST_BACKOFF_MS: i64 = 15 * 60 * 1000;
const LONGEST_BACKOFF_MS: i64 = DAY_MS;
/// No two reports leave within this time: a server that got them one upon the other would know them
/// for one device's. Only the end of its validity lets a report leave sooner.
pub(crate) const APART_MS: i64 = 2 * 60 * 60 * 1000;

/// A report that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// The bytes that leave, randomised and sealed once and for all.
    pub body: Vec<u8>,
    pub url: String,
    /// The task as it was when it was answered, so that a user can be shown what the bytes say.
    pub task: Task,
    pub charged: u64,
    pub window: (u32, u32),
    pub send_after_ms: i64,
    pub attempts: u32,
    pub next_try_ms: i64,
    /// The report in a sealed body; empty where the body is the report.
    #[serde(skip)]
    pub inside: Vec<u8>,
}

impl codec::Record for Waiting {
    const WHAT: &'static str = "waiting report";
    const VERSION: u8 = 3;
    /// Whoever does not know what is inside can neither show nor name it.
    const LEAST: u8 = 3;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        (self, &self.inside)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        let waiting: Self = parts.next()?;
        // Version 2 had one part.
        Some(if parts.at_end() { waiting } else { Self { inside: parts.next()?, ..waiting } })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        if version == 1 { body.next() } else { None }
    }
}

impl Waiting {
    pub(crate) fn window(&self) -> Window {
        Window { start: self.window.0, end: self.window.1 }
    }

    /// Two windows after its own a report is too old to count.
    pub(crate) fn is_expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_ms()
    }

    fn expires_ms(&self) -> i64 {
        let window = self.window();
        window.end_ms() + 2 * i64::from(window.days()) * DAY_MS
    }

    /// Whether it may leave within `span_ms` from now.
    pub(crate) fn is_due_within(&self, span_ms: i64, now_ms: i64) -> bool {
        let waits = self.next_try_ms.saturating_sub(now_ms);
        // Longer than any backoff: the clock was wrong when the time was set.
        let tries = waits <= span_ms || waits > 2 * LONGEST_BACKOFF_MS;
        tries && self.send_after_ms.saturating_sub(now_ms) <= span_ms
    }

    /// Draws another time to leave, because another report leaves now: uniformly from the first
    /// three quarters of what is left of its validity. The last is for an app that is seldom woken.
    pub(crate) fn put_off(&mut self, now_ms: i64, draw: Draw<'_>) -> Result<(), SignalsError> {
        let latest = self.expires_ms().saturating_sub(now_ms).max(0) / 4 * 3;
        let earliest = latest.min(APART_MS);
        let more = draw((latest - earliest).unsigned_abs())?;
        self.send_after_ms = now_ms.saturating_add(earliest).saturating_add(more.cast_signed());
        Ok(())
    }

    /// Notes a failed attempt.
    pub(crate) fn back_off(&mut self, now_ms: i64, draw: Draw<'_>) -> Result<(), SignalsError> {
        let pause = FIRST_BACKOFF_MS.saturating_mul(1 << self.attempts.min(16)).min(LONGEST_BACKOFF_MS);
        let extra = draw(pause.unsigned_abs())?;
        self.attempts = self.attempts.saturating_add(1);
        self.next_try_ms = now_ms.saturating_add(pause).saturating_add(extra.cast_signed());
        Ok(())
    }

    /// The report, as the collector reads it.
    pub(crate) fn report(&self) -> Result<Report, SignalsError> {
        let bytes = if self.inside.is_empty() { &self.body } else { &self.inside };
        Report::parse(bytes).map_err(|_| SignalsError::Encoding)
    }

    /// The key it is stored under: its id.
    pub(crate) fn key(&self) -> Result<String, SignalsError> {
        Ok(key(&self.report()?.id))
    }
}

/// Draws a number of milliseconds under a bound, uniformly.
pub(crate) type Draw<'a> = &'a dyn Fn(u64) -> Result<u64, RandomError>;

/// A report that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trace {
    pub task_id: String,
    pub window_start: u32,
    pub sent_ms: i64,
    pub bytes: u32,
}

record_of_one_part!(Trace, "trace of a report");

/// The key a waiting report is stored under: its id.
pub(crate) fn key(report_id: &[u8; 16]) -> String {
    crate::base::signed::hex(report_id)
}

/// All waiting reports, oldest window first.
pub(crate) fn waiting(gate: &Gate, permit: &Permit<Measurement>) -> Result<Vec<Waiting>, SignalsError> {
    let records = gate.read(|r| r.at(permit)?.scan(WAITING).map_err(SignalsError::from))?;
    let mut all: Vec<Waiting> = decode_all(gate, &records);
    all.sort_by_key(|w| w.window);
    Ok(all)
}

/// Destroys waiting reports that are too old to count, or that have been kept for as long as the policy lets them,
/// and what cannot be read as one. What a newer version wrote stays.
///
/// # Errors
/// [`SignalsError`].
pub fn keep_to_retention(gate: &Gate) -> Result<(), SignalsError> {
    let (permit, now_ms) = (gate.retention::<Measurement>(), gate.now_ms());
    let over = |waiting: &Waiting| {
        let from_ms = waiting.window().start_ms();
        // A report has no device time: its window is in the bytes.
        waiting.is_expired(now_ms) || permit.is_over(from_ms, i64::MAX)
    };
    gate.write(Durability::Normal, |tx| {
        tx.trim(&permit, WAITING, |bytes| match Waiting::decode(bytes) {
            Ok(waiting) if over(&waiting) => Trim::Delete,
            Ok(_) | Err(Unread::Newer(_)) => Trim::Keep,
            Err(Unread::Damaged) => Trim::Delete,
        })?;
        Ok(())
    })
}

/// What can be read of these records. A damaged one must not keep the others back; maintenance removes it.
pub(crate) fn decode_all<R: codec::Record>(gate: &Gate, records: &[Record]) -> Vec<R> {
    let read = |record: &Record| match R::decode(&record.bytes) {
        Err(Unread::Newer(newer)) => {
            gate.note_newer(newer);
            None
        }
        other => other.ok(),
    };
    records.iter().filter_map(read).collect()
}

/// All traces, oldest first.
pub(crate) fn traces(gate: &Gate, permit: &Permit<Essential>) -> Result<Vec<Trace>, SignalsError> {
    let records = gate.read(|r| r.at(permit)?.scan(SENT).map_err(SignalsError::from))?;
    Ok(decode_all(gate, &records))
}

/// Adds a trace and forgets the oldest beyond two years of weeks.
pub(crate) fn leave_trace(essential: &mut RecordsMut<'_, '_>, trace: &[u8]) -> Result<(), ConsentError> {
    essential.append(SENT, trace)?;
    let all = essential.scan(SENT)?;
    let old: Vec<_> = all.iter().take(all.len().saturating_sub(TRACES_KEPT)).map(|r| r.id).collect();
    if old.is_empty() { Ok(()) } else { essential.delete(&old) }
}
