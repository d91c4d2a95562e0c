//! What has been spent of the privacy budget. It only ever grows, and it holds no answer.
//!
//! Three caps hold together: per report, per quarter, per install. The last never refills. Time
//! for the quarter is what this device has seen go by, at most one window at a time, so that a
//! clock set forward gains next to nothing and a clock set back gains nothing. The ledger lies
//! with the essential data and survives an opt-out: else off and on again would refill it. A
//! ledger that is missing or cannot be read counts as spent.

use crate::vault::tables::LEDGER;
use serde::{Deserialize, Serialize};

use crate::base::codec::{Record as _, Unread, record_of_one_part};
use crate::consent::{ConsentError, DpTerms, Gate, RecordsMut};
use crate::signals::error::SignalsError;
use crate::signals::task::set::{TaskSet, Window, day_of};
use crate::vault::{Durability, Opening, Spent, VaultError};

pub(crate) const KEY: &str = "ledger";
/// Days of a quarter: 13 weeks.
const QUARTER_DAYS: u32 = 91;

/// Limits in millionths of ε.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// For one report, and so for one window.
    pub report: u64,
    /// For 91 days.
    pub quarter: u64,
    /// For as long as the app is installed.
    pub install: u64,
}

impl Caps {
    /// What nothing lifts: ε 3 for a report, 8 for a quarter, 32 for ever.
    pub const CEILING: Self = Self {
        report: crate::signals::task::MAX_REPORT_MICRO_EPSILON,
        quarter: 8_000_000,
        install: 32_000_000,
    };

    /// These limits, and for one report what the policy says.
    #[must_use]
    pub fn within(self, terms: DpTerms) -> Self {
        Self { report: self.report.min(terms.micro_epsilon), ..self }
    }

    /// These limits, where they are below the ceiling.
    #[must_use]
    pub fn lowered_to(report: u64, quarter: u64, install: u64) -> Self {
        let top = Self::CEILING;
        Self {
            report: report.min(top.report),
            quarter: quarter.min(top.quarter),
            install: install.min(top.install),
        }
    }
}

/// Why a report may not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// This window, or a later one, has been answered.
    Window,
    /// A cap would be passed.
    Budget,
    /// The task set is older than one that was used, or another one of the same version.
    TaskSet,
}

/// A ledger that cannot be used; it counts as spent and is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed;

/// The ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    set_version: u64,
    set_hash: [u8; 32],
    /// Days that this device has seen go by, cautiously.
    age: u32,
    /// The latest day the clock has shown.
    seen: u32,
    /// The first day that no report covers yet.
    free_from: u32,
    /// The charges of the last quarter.
    recent: Vec<Charge>,
    spent: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Charge {
    age: u32,
    micro: u64,
}

impl Ledger {
    fn new(today: u32) -> Self {
        Self {
            set_version: 0,
            set_hash: [0; 32],
            age: 0,
            seen: today,
            free_from: 0,
            recent: Vec::new(),
            spent: 0,
        }
    }

    pub(crate) fn open(bytes: Option<&[u8]>) -> Result<Self, Closed> {
        Self::decode(bytes.unwrap_or_default()).map_err(|_| Closed)
    }

    pub(crate) fn load(essential: &RecordsMut<'_, '_>) -> Result<Result<Self, Closed>, ConsentError> {
        match essential.get(LEDGER, KEY) {
            Err(ConsentError::Vault(VaultError::Damaged { .. })) => Ok(Err(Closed)),
            other => Ok(Self::open(other?.as_deref().map(AsRef::as_ref))),
        }
    }

    /// Total ever spent, in millionths of ε.
    pub(crate) const fn spent(&self) -> u64 {
        self.spent
    }

    /// Spent in the quarter up to today.
    pub(crate) fn spent_in_quarter(&self, today: u32, window_days: u32) -> u64 {
        let now = self.age_at(today, window_days);
        self.recent.iter().filter(|c| in_quarter(c, now)).fold(0, |sum, c| sum.saturating_add(c.micro))
    }

    /// Charged for this window, or 0.
    pub(crate) fn spent_in(&self, window: Window) -> u64 {
        if self.free_from >= window.end { self.recent.last().map_or(0, |c| c.micro) } else { 0 }
    }

    fn age_at(&self, today: u32, window_days: u32) -> u32 {
        self.age.saturating_add(today.saturating_sub(self.seen).min(window_days))
    }

    /// Whether this set may be asked about the window now.
    pub(crate) fn admits(&self, set: &TaskSet, window: Window) -> Result<(), Refusal> {
        let known = (self.set_version, &self.set_hash);
        if (set.version(), set.hash()) != known && set.version() <= known.0 {
            return Err(Refusal::TaskSet);
        }
        if window.start < self.free_from { Err(Refusal::Window) } else { Ok(()) }
    }

    /// Whether every cap holds after a charge.
    pub(crate) fn affords(&self, micro: u64, caps: &Caps, today: u32, window_days: u32) -> bool {
        micro <= caps.report
            && self.spent_in_quarter(today, window_days).saturating_add(micro) <= caps.quarter
            && self.spent.saturating_add(micro) <= caps.install
    }

    /// Charges one report for the window.
    pub(crate) fn charge(
        &mut self,
        micro: u64,
        set: &TaskSet,
        window: Window,
        caps: &Caps,
        today: u32,
    ) -> Result<(), Refusal> {
        self.admits(set, window)?;
        if !self.affords(micro, caps, today, window.days()) {
            return Err(Refusal::Budget);
        }
        (self.set_version, self.set_hash) = (set.version(), *set.hash());
        self.free_from = window.end;
        self.note(micro, today, window.days());
        Ok(())
    }

    /// Counts the whole quarter as spent, because what was really spent is not known.
    fn forfeit(&mut self, today: u32) {
        self.note(Caps::CEILING.quarter, today, 0);
    }

    /// Notes that time went by, by at most one window. Says whether anything changed.
    pub(crate) fn observe(&mut self, today: u32, window_days: u32) -> bool {
        let before = self.age;
        self.age = self.age_at(today, window_days);
        self.seen = self.seen.max(today);
        self.age != before
    }

    /// What of it must not roll back.
    pub(crate) fn anchored(&self) -> Spent {
        let recent = self.recent.iter().filter(|c| in_quarter(c, self.age));
        Spent {
            free_from: self.free_from,
            quarter: recent.fold(0, |sum, c| sum.saturating_add(c.micro)),
            install: self.spent,
        }
    }

    /// Counts what was spent according to what stands beside the key. Only an older copy of the ledger has less.
    pub(crate) fn raise(&mut self, to: Spent, today: u32) {
        let now = self.anchored();
        self.free_from = self.free_from.max(to.free_from);
        let install = self.spent.max(to.install);
        // What the anchor has of the quarter may have been refilled here since: then the install shows nothing new.
        if to.install > now.install && to.quarter > now.quarter {
            self.note(to.quarter - now.quarter, today, 0);
        }
        self.spent = install;
    }

    fn note(&mut self, micro: u64, today: u32, window_days: u32) {
        self.observe(today, window_days);
        self.spent = self.spent.saturating_add(micro);
        let now = self.age;
        self.recent.retain(|c| in_quarter(c, now));
        self.recent.push(Charge { age: now, micro });
    }
}

record_of_one_part!(Ledger, "privacy budget");

const fn in_quarter(charge: &Charge, now: u32) -> bool {
    charge.age.saturating_add(QUARTER_DAYS) > now
}

/// Makes the ledger when there is none, and holds it against what stands beside the key: of both, the larger spending
/// holds. To be called each time the vault was opened: only here a first start can be told from a ledger that was lost,
/// which costs a quarter's budget.
///
/// # Errors
/// [`SignalsError::Consent`] when the vault fails; without a ledger nothing is reported.
pub fn begin(gate: &Gate, opening: &Opening) -> Result<(), SignalsError> {
    let (essential, today) = (gate.essential(), day_of(gate.now_ms()));
    let stored = match gate.read(|r| r.at(&essential)?.get(LEDGER, KEY).map_err(SignalsError::from)) {
        Err(e) if e.is_damage() => return Ok(()), // closed
        other => other?,
    };
    let found = match &stored {
        Some(bytes) => match Ledger::decode(bytes) {
            Ok(ledger) => Some(ledger),
            Err(Unread::Newer(newer)) => {
                gate.note_newer(newer);
                return Ok(());
            }
            Err(Unread::Damaged) => return Ok(()),
        },
        None => None,
    };
    let mut ledger = found.clone().unwrap_or_else(|| Ledger::new(today));
    // Beside a newer key stands what was spent; beside none, nobody knows.
    let lost = opening.damaged || opening.key_was_missing || !opening.fresh;
    if found.is_none() && lost {
        ledger.forfeit(today);
    }
    ledger.raise(gate.spent(), today);
    if found.as_ref() != Some(&ledger) {
        let bytes = ledger.encode()?;
        gate.write(Durability::Full, |tx| {
            Ok::<_, SignalsError>(tx.at(&essential)?.put(LEDGER, KEY, &bytes)?)
        })?;
    }
    let (spent, anchored) = (ledger.anchored(), gate.spent());
    if spent.install > anchored.install || spent.free_from > anchored.free_from {
        gate.write(Durability::Anchored, |tx| {
            *tx.spent(&essential)? = ledger.anchored();
            Ok::<_, SignalsError>(())
        })?;
    }
    Ok(())
}
