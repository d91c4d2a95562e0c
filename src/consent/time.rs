//! Time that does not run backwards, so that a clock set back revives nothing that ran out.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::clock::Clock;

const VERSION: u8 = 1;

/// The latest time ever seen, kept across restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    version: u8,
    /// Milliseconds since 1970.
    pub latest_ms: i64,
    /// How often these data have been opened.
    pub opens: u64,
}

impl Mark {
    pub(super) const fn new(latest_ms: i64, opens: u64) -> Self {
        Self { version: VERSION, latest_ms, opens }
    }
}

/// Counts the changes of consent since the engine was opened, and keeps the time.
#[derive(Clone)]
pub(super) struct Epoch(Arc<Inner>);

struct Inner {
    changes: AtomicU64,
    latest_ms: AtomicI64,
    clock: Arc<dyn Clock>,
}

impl Epoch {
    /// Starts at no earlier time than `latest_ms`.
    pub(super) fn new(clock: Arc<dyn Clock>, latest_ms: i64) -> Self {
        Self(Arc::new(Inner { changes: AtomicU64::new(0), latest_ms: AtomicI64::new(latest_ms), clock }))
    }

    pub(super) fn current(&self) -> u64 {
        self.0.changes.load(Ordering::SeqCst)
    }

    /// Kills every permit given so far.
    pub(super) fn bump(&self) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether nothing has changed since `epoch`, and `until_ms` is still to come.
    pub(super) fn holds(&self, epoch: u64, until_ms: Option<i64>) -> bool {
        self.current() == epoch && until_ms.is_none_or(|until| self.time_ms() < until)
    }

    /// The clock's time, or the latest time seen if that is later.
    pub(super) fn time_ms(&self) -> i64 {
        self.not_before(self.clock_ms())
    }

    /// Takes note of a time that was seen, and tells the latest.
    pub(super) fn not_before(&self, seen_ms: i64) -> i64 {
        self.0.latest_ms.fetch_max(seen_ms, Ordering::SeqCst).max(seen_ms)
    }

    /// What the clock says.
    pub(super) fn clock_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }
}
