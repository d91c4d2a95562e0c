//! Two times: what the clock says, and how long this device has been at it.
//!
//! A clock can be set. Device time cannot run backwards, and while the clock is behind the latest time it has shown,
//! it still goes on with every step of the clock. A yes ends as soon as either time says so, so that a clock set
//! forward, back, or forth and back revives and prolongs nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::base::clock::{Clock, DAY_MS};
use crate::base::codec::{Parts, Record};

/// 2001: a clock that shows less was never set, and says nothing.
const PLAUSIBLE_MS: i64 = 1_000_000_000_000;

/// A moment by both times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now {
    /// Since 1970, as the clock has it.
    pub clock_ms: i64,
    /// Of this device. Only differences mean anything.
    pub device_ms: i64,
}

/// When something ends: as soon as either time says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Until(Now);

impl Until {
    /// `span_ms` after a moment.
    pub(crate) const fn after(from: Now, span_ms: i64) -> Self {
        Self(Now {
            clock_ms: from.clock_ms.saturating_add(span_ms),
            device_ms: from.device_ms.saturating_add(span_ms),
        })
    }

    /// How long that still is; 0 once it is over.
    pub(crate) fn left(self, now: Now) -> i64 {
        let clock = self.0.clock_ms.saturating_sub(now.clock_ms);
        clock.min(self.0.device_ms.saturating_sub(now.device_ms)).max(0)
    }

    pub(crate) const fn is_over(self, now: Now) -> bool {
        self.0.clock_ms <= now.clock_ms || self.0.device_ms <= now.device_ms
    }
}

/// Days in milliseconds.
pub(crate) fn days(days: u32) -> i64 {
    i64::from(days).saturating_mul(DAY_MS)
}

/// Keeps both times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceTime {
    device_ms: i64,
    /// The latest time the clock has shown.
    latest_ms: i64,
    /// What the clock showed last.
    seen_ms: i64,
}

impl DeviceTime {
    /// Starts with a clock that shows `clock_ms`.
    const fn new(clock_ms: i64) -> Self {
        Self { device_ms: clock_ms, latest_ms: clock_ms, seen_ms: clock_ms }
    }

    /// Takes note of what the clock shows.
    pub(crate) fn observe(&mut self, clock_ms: i64) -> Now {
        if clock_ms >= PLAUSIBLE_MS {
            let step = if clock_ms >= self.latest_ms {
                // Right again, or right all the time: what went by since is known.
                clock_ms.saturating_sub(self.latest_ms)
            } else {
                clock_ms.saturating_sub(self.seen_ms).max(0)
            };
            self.device_ms = self.device_ms.saturating_add(step);
            self.latest_ms = self.latest_ms.max(clock_ms);
            self.seen_ms = clock_ms;
        }
        Now { clock_ms, device_ms: self.device_ms }
    }

    /// Not before what is known from elsewhere. While that went by, the clock went on: it is not counted again.
    pub(crate) fn not_before(mut self, device_ms: i64, latest_ms: i64) -> Self {
        let more = device_ms.saturating_sub(self.device_ms).max(0);
        self.device_ms = self.device_ms.saturating_add(more);
        self.seen_ms = self.seen_ms.saturating_add(more);
        self.latest_ms = self.latest_ms.max(latest_ms);
        self
    }
}

/// Both times and the number of openings, kept across restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub time: DeviceTime,
    /// How often these data have been opened.
    pub opens: u64,
}

impl Record for Mark {
    const WHAT: &'static str = "time of consent";
    const VERSION: u8 = 3;
    const FIRST: u8 = 3;

    fn parts(&self) -> impl Serialize {
        let DeviceTime { device_ms, latest_ms, seen_ms } = self.time;
        (latest_ms, self.opens, device_ms, seen_ms)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        let (latest_ms, opens) = (parts.next()?, parts.next()?);
        let time = DeviceTime { device_ms: parts.next()?, latest_ms, seen_ms: parts.next()? };
        Some(Self { time, opens })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        match version {
            // Until then, the latest time was the time of the device.
            1 => Some(Self { time: DeviceTime::new(body.next()?), opens: body.next()? }),
            2 => Self::read(body),
            _ => None,
        }
    }
}

impl Mark {
    /// The mark that follows the stored one, with a clock that shows `clock_ms`. Neither time falls behind what was
    /// anchored.
    pub(crate) fn next(stored: Option<&[u8]>, clock_ms: i64, device_ms: i64, latest_ms: i64) -> Self {
        let before = stored.and_then(|bytes| Self::decode(bytes).ok());
        let mut time = before.map_or(DeviceTime::new(clock_ms), |m| m.time).not_before(device_ms, latest_ms);
        time.observe(clock_ms);
        Self { time, opens: before.map_or(0, |m| m.opens).saturating_add(1) }
    }
}

/// Counts the changes of consent since the engine was opened, and keeps the time.
#[derive(Clone)]
pub(crate) struct ConsentClock(Arc<Inner>);

struct Inner {
    changes: AtomicU64,
    time: Mutex<DeviceTime>,
    clock: Arc<dyn Clock>,
}

impl ConsentClock {
    pub(crate) fn new(clock: Arc<dyn Clock>, time: DeviceTime) -> Self {
        Self(Arc::new(Inner { changes: AtomicU64::new(0), time: Mutex::new(time), clock }))
    }

    pub(crate) fn generation(&self) -> u64 {
        self.0.changes.load(Ordering::SeqCst)
    }

    /// Kills every permit given so far.
    pub(crate) fn next_generation(&self) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether nothing has changed since `generation`, and `until` is still to come.
    pub(crate) fn holds(&self, generation: u64, until: Option<Until>) -> bool {
        self.generation() == generation && until.is_none_or(|until| !until.is_over(self.now()))
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Now {
        self.observe(self.clock_ms())
    }

    /// Takes note of a time that somebody else read from the clock.
    pub(crate) fn observe(&self, clock_ms: i64) -> Now {
        self.0.time.lock().unwrap_or_else(PoisonError::into_inner).observe(clock_ms)
    }

    pub(crate) fn time(&self) -> DeviceTime {
        *self.0.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the clock says.
    pub(crate) fn clock_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }
}

impl DeviceTime {
    /// Device time and latest time, as they are anchored.
    pub(crate) const fn anchored(&self) -> (i64, i64) {
        (self.device_ms, self.latest_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codec::{Newer, Unread};

    const T: i64 = 1_800_000_000_000;
    const YEARS: i64 = 3650 * DAY_MS;

    /// Device time that goes by while the clock shows these times.
    fn passes(clock: &[i64]) -> i64 {
        let mut time = DeviceTime::new(clock[0]);
        for ms in &clock[1..] {
            time.observe(*ms);
        }
        time.device_ms - clock[0]
    }

    #[test]
    fn device_time_never_runs_backwards_and_never_stands_still() {
        assert_eq!(passes(&[T, T + 5, T + 9]), 9);
        assert_eq!(passes(&[T, T - YEARS, T - YEARS + 7]), 7, "goes on behind the latest time");
        assert_eq!(passes(&[T, T + YEARS, T, T + 7]), YEARS + 7, "and after a jump that was taken back");
        assert_eq!(
            passes(&[T, T - DAY_MS, T + 3]),
            3,
            "a clock that is right again counts no more than it was away"
        );
        assert_eq!(passes(&[T, 0, 60_000, T + 3]), 3, "a clock that was never set says nothing");
    }

    #[test]
    fn what_a_lost_mark_did_not_know_is_counted_once() {
        let mut time = DeviceTime::new(T).not_before(T + YEARS, T + YEARS);
        assert_eq!(time.observe(T + YEARS - DAY_MS).device_ms, T + YEARS, "the clock was set back by a day");
        assert_eq!(time.observe(T + YEARS - DAY_MS + 7).device_ms, T + YEARS + 7);
        assert_eq!(DeviceTime::new(T).not_before(T - 5, T).observe(T + 3).device_ms, T + 3);
    }

    #[test]
    fn a_mark_reads_back_and_an_old_one_too() {
        let mark = Mark::next(None, T, 0, 0);
        assert_eq!(Mark::decode(&mark.encode().unwrap()), Ok(mark));
        let old = postcard::to_allocvec(&(1_u8, T + 9, 4_u64)).unwrap();
        let next = Mark::next(Some(&old), T, 0, 0);
        assert_eq!((next.opens, next.time.latest_ms, next.time.device_ms), (5, T + 9, T + 9));
        assert_eq!(Mark::next(None, T, T + 50, T + 7).time.device_ms, T + 50, "what was anchored holds");
        assert_eq!(Mark::decode(&[9, 9, 0]), Err(Newer { what: "time of consent" }.into()));
        assert_eq!(Mark::decode(&[]), Err(Unread::Damaged));
    }

    #[test]
    fn an_end_has_come_as_soon_as_either_time_says_so() {
        let from = Now { clock_ms: 100, device_ms: 1000 };
        let until = Until::after(from, 10);
        for (clock_ms, device_ms, over) in
            [(109, 1009, false), (110, 1000, true), (50, 1010, true), (110, 1010, true)]
        {
            assert_eq!(until.is_over(Now { clock_ms, device_ms }), over, "{clock_ms} {device_ms}");
        }
    }
}
