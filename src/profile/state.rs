//! The profile in memory: what was reported, what was said, and how the user is around.

use crate::base::clock::SESSION_GAP_MS;
use crate::base::sensitive::SensitiveTags;
use crate::profile::context::Surroundings;
use crate::profile::event::ShoppingMode;
use crate::profile::intensity::Intensities;
use crate::profile::messages::{Muted, ToldLog};
use crate::profile::quality::DataQualityReport;
use crate::profile::record::{Past, Stored};
use crate::profile::stated::Stated;

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Basis {
    pub(crate) session: bool,
    pub(crate) history: bool,
    pub(crate) stated: bool,
    /// Only what happened while shopping for somebody else.
    pub(crate) gift: bool,
    /// Sensitive topics that may count.
    pub(crate) topics: SensitiveTags,
}

impl Basis {
    /// Whether an event may be used.
    pub(crate) fn take(self, past: &Past) -> bool {
        past.gift == self.gift
            && past.topic.is_none_or(|topic| self.topics.contains(topic))
            && ((self.session && past.in_session) || (self.history && past.record.is_some()))
    }
}

/// Everything known at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// In order of time.
    pub(crate) past: Vec<Past>,
    pub(crate) stated: Stated,
    /// Whatever is allowed: it is a restriction.
    pub(crate) intensities: Intensities,
    /// Messages that were shown, where they may be.
    pub(crate) told: ToldLog,
    /// Whatever is allowed: it is a restriction.
    pub(crate) muted: Muted,
    /// Of this visit.
    pub(crate) surroundings: Option<Surroundings>,
    pub(crate) mode: ShoppingMode,
    pub(crate) quality: DataQualityReport,
    /// Version of the newest catalog that what is kept was held against.
    pub(crate) examined: u64,
    /// Whether anything in it may belong to a visit.
    pub(crate) visiting: bool,
    /// Grows whenever something was removed or put in between, so that what was derived is stale.
    pub(crate) generation: u64,
}

impl State {
    /// Adds an event where it belongs in time.
    pub(crate) fn insert(&mut self, past: Past) {
        self.visiting |= past.in_session;
        let at = self.past.partition_point(|p| p.event.time_ms <= past.event.time_ms);
        if at < self.past.len() {
            self.generation += 1;
        }
        self.past.insert(at, past);
    }

    /// Keeps only what `keep` says.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Past) -> bool) -> u64 {
        let before = self.past.len();
        self.past.retain(keep);
        let gone = before - self.past.len();
        self.generation += u64::from(gone > 0);
        gone as u64
    }

    /// Whether the visit that the last events belong to is still under way. A clock that was set back prolongs none.
    pub(crate) fn session_alive(&self, now_ms: i64) -> bool {
        self.last_of_visit()
            .is_some_and(|event| now_ms.abs_diff(event.time_ms) < SESSION_GAP_MS.unsigned_abs())
    }

    /// Whether there is a visit that has ended, by the clock or in device time.
    pub(crate) fn visit_is_over(&self, now_ms: i64, device_ms: i64) -> bool {
        let since = |event: &Stored| device_ms.saturating_sub(event.device_ms);
        !(self.session_alive(now_ms) && self.last_of_visit().is_some_and(|e| since(e) < SESSION_GAP_MS))
    }

    /// Whether a visit has ended, or what was told of the surroundings of one.
    pub(crate) fn is_left(&self, now_ms: i64, device_ms: i64) -> bool {
        if self.visiting {
            return self.visit_is_over(now_ms, device_ms);
        }
        self.surroundings.as_ref().is_some_and(|told| !told.hold(now_ms, device_ms))
    }

    /// Ends what has ended, and tells whether anything has.
    pub(crate) fn leave(&mut self, now_ms: i64, device_ms: i64) -> bool {
        let left = self.is_left(now_ms, device_ms);
        if left {
            self.surroundings.take_if(|told| !told.hold(now_ms, device_ms));
            self.end_session();
        }
        left
    }

    fn last_of_visit(&self) -> Option<&Stored> {
        self.past.iter().rev().find(|p| p.in_session).map(|p| &p.event)
    }

    /// Takes the mark of the visit off; what was in memory only is gone.
    pub(crate) fn end_session(&mut self) {
        let marked = self.past.iter().any(|p| p.in_session);
        for past in &mut self.past {
            past.in_session = false;
        }
        self.visiting = false;
        self.retain(|p| p.record.is_some());
        self.generation += u64::from(marked);
    }
}
