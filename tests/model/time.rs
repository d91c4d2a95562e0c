//! Two times: what the clock says, and how long the device has been at it.

use super::steps::DAY_MS;

/// Device time and latest time that are known for sure.
pub type Floor = (i64, i64);

/// The later of both in each.
pub fn later(a: Floor, b: Floor) -> Floor {
    (a.0.max(b.0), a.1.max(b.1))
}

/// Device time: never backwards, and on with every step of a clock that is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceTime {
    pub device_ms: i64,
    pub latest_ms: i64,
    pub seen_ms: i64,
}

impl DeviceTime {
    pub const fn new(clock_ms: i64) -> Self {
        Self { device_ms: clock_ms, latest_ms: clock_ms, seen_ms: clock_ms }
    }

    pub fn observe(&mut self, clock_ms: i64) {
        if clock_ms < 1_000_000_000_000 {
            return; // a clock that was never set
        }
        self.device_ms += if clock_ms >= self.latest_ms {
            clock_ms - self.latest_ms
        } else {
            (clock_ms - self.seen_ms).max(0)
        };
        self.latest_ms = self.latest_ms.max(clock_ms);
        self.seen_ms = clock_ms;
    }

    /// What went by unseen, the clock has gone on as well: it is counted once.
    pub fn not_before(&mut self, (device_ms, latest_ms): Floor) {
        let more = (device_ms - self.device_ms).max(0);
        self.device_ms += more;
        self.seen_ms += more;
        self.latest_ms = self.latest_ms.max(latest_ms);
    }

    pub const fn floor(self) -> Floor {
        (self.device_ms, self.latest_ms)
    }
}

/// A moment by the clock and by device time: at least, at most.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub clock_ms: i64,
    pub device_ms: (i64, i64),
}

impl Moment {
    /// Whether so many days have passed until then: surely, perhaps.
    pub const fn is_over(self, days: i64, now: Self) -> (bool, bool) {
        let span = days * DAY_MS;
        let clock = now.clock_ms - self.clock_ms >= span;
        let surely = clock || now.device_ms.0 - self.device_ms.1 >= span;
        (surely, clock || now.device_ms.1 - self.device_ms.0 >= span)
    }
}
