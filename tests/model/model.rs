//! The model: what the engine must know, in plain maps. Nothing here calls the engine.
//!
//! What a folder holds ([`Soft`]) is as old as the folder. What stands beside the key ([`Hard`]) never gets older,
//! whichever copy of the folder is in use.

use std::collections::{BTreeMap, BTreeSet};

use sottovoce::consent::{ConsentState, Purpose};
use sottovoce::profile::PreferenceKey;
use sottovoce::sensitive::SensitiveTag;

use super::steps::{DAY_MS, TAGS};
use super::time::{DeviceTime, Floor, Moment};
use super::view::Surroundings;

/// Every purpose that can be refused.
pub fn purposes() -> impl Iterator<Item = Purpose> {
    Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential)
}

/// Everything that can be answered.
pub fn subjects() -> impl Iterator<Item = Subject> {
    purposes().map(Subject::Of).chain(TAGS.map(Subject::About))
}

/// What an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Of(Purpose),
    About(SensitiveTag),
}

impl Subject {
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Of(purpose) => Some(purpose),
            Self::About(_) => None,
        }
    }
}

/// What the latest answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answer {
    #[default]
    Open,
    Yes,
    No,
    Deferred,
    Expired,
}

impl From<ConsentState> for Answer {
    fn from(state: ConsentState) -> Self {
        match state {
            ConsentState::Unknown | ConsentState::Requested => Self::Open,
            ConsentState::Given | ConsentState::Renewed => Self::Yes,
            ConsentState::Deferred => Self::Deferred,
            ConsentState::Expired => Self::Expired,
            _ => Self::No,
        }
    }
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    There,
    Maybe,
    Gone,
}

/// A string that is used once.
pub type Canary = u32;

/// An event that was acknowledged.
#[derive(Debug, Clone)]
pub struct Past {
    pub canary: Canary,
    pub item: Option<usize>,
    pub at: Moment,
    pub disk: Is,
    /// May be shown as part of this visit, from memory.
    pub visit: bool,
    /// The sensitive topic it is about.
    pub topic: Option<SensitiveTag>,
}

/// A preference that was acknowledged.
#[derive(Debug, Clone)]
pub struct Said {
    pub canary: Canary,
    pub key: PreferenceKey,
    pub value: String,
    pub at: Moment,
    pub disk: Is,
}

/// Something that must not roll back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    Denied(Subject),
    Gone(Canary),
    /// The widget's shelf that was made then.
    Shelf(i64),
    /// The report of the window that starts on this day was destroyed.
    Report(i64),
    /// The report of that window was charged.
    Charged(i64),
}

/// What a widget may show.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub made_ms: i64,
    pub rests_on: Vec<Purpose>,
}

/// What a folder holds.
#[derive(Debug, Clone)]
pub struct Soft {
    /// Which installation it is.
    pub install: usize,
    /// Of the installation, as of the last change from here.
    pub version: u64,
    pub answers: BTreeMap<Subject, Answer>,
    /// When the latest yes ends: by the clock, by device time.
    pub until: BTreeMap<Subject, (i64, i64)>,
    /// May be denied, or as the answer says: the next opening tells.
    pub unsure: BTreeSet<Subject>,
    /// Denials that may stand beside the key alone, for want of a disk, with what the files answer then.
    pub beside: BTreeMap<Subject, Answer>,
    pub noticed: BTreeSet<Purpose>,
    pub surroundings: Surroundings,
    pub surroundings_unsure: bool,
    /// Number of the surroundings that were told last here.
    pub told: u32,
    pub events: Vec<Past>,
    pub said: Vec<Said>,
    /// Device time as it is kept, and as it would be if nothing of it was ever lost.
    pub mark: DeviceTime,
    pub ideal: DeviceTime,
    /// Of the last receipt.
    pub receipt: Floor,
    pub shelf: Option<Shelf>,
    /// Windows whose reports wait here.
    pub waiting: BTreeSet<i64>,
    /// They may have been destroyed.
    pub waiting_unsure: bool,
    /// What was promised while the key store failed: it holds here, and for other copies as soon as all is settled.
    pub pending: BTreeSet<Fact>,
    /// Only the receipt of the last erasure of everything is left.
    pub tombstone: Is,
    /// Newest catalog: at least, at most.
    pub newest: (u64, u64),
    /// The last status said that something is unfinished.
    pub owed: bool,
    /// When it was closed, another copy had changed what stands beside the key, or it the other's.
    pub was_behind: bool,
}

impl Soft {
    pub fn new(install: usize, clock_ms: i64) -> Self {
        Self {
            install,
            version: 0,
            answers: BTreeMap::new(),
            until: BTreeMap::new(),
            unsure: BTreeSet::new(),
            beside: BTreeMap::new(),
            noticed: BTreeSet::new(),
            surroundings: Surroundings::default(),
            surroundings_unsure: false,
            told: 0,
            events: Vec::new(),
            said: Vec::new(),
            mark: DeviceTime::new(clock_ms),
            ideal: DeviceTime::new(clock_ms),
            receipt: (0, 0),
            shelf: None,
            waiting: BTreeSet::new(),
            waiting_unsure: false,
            pending: BTreeSet::new(),
            tombstone: Is::Gone,
            newest: (0, 0),
            owed: false,
            was_behind: false,
        }
    }

    pub fn answer(&self, subject: Subject) -> Answer {
        self.answers.get(&subject).copied().unwrap_or_default()
    }

    /// What was in memory only is gone.
    pub fn end_visit(&mut self) {
        self.events.retain(|e| e.disk != Is::Gone);
        self.events.iter_mut().for_each(|e| e.visit = false);
    }
}

/// One charge against the budget.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// The latest day the clock had shown.
    pub day: i64,
    pub window: i64,
    pub micro: u64,
}

/// What no copy of a folder takes back.
#[derive(Debug, Clone, Default)]
pub struct Hard {
    pub version: u64,
    /// Number of the surroundings that were told last, and whether that is known for sure.
    pub told: u32,
    pub told_unsure: bool,
    /// An older copy has been opened: what its ledger denies is anchored at some later opening.
    pub muddled: bool,
    /// An erasure of everything may have come half way: a copy may hear of it at any later call.
    pub half_wiped: bool,
    pub facts: BTreeSet<Fact>,
    /// Denied at some time.
    pub denied_ever: BTreeSet<Subject>,
    /// Promised, but not settled when it was: an older copy may or may not know.
    pub shaky: BTreeSet<Fact>,
    pub charges: Vec<Charge>,
    /// Spent by an installation that this one follows.
    pub carried: u64,
    /// May have been charged by calls that failed.
    pub perhaps: u64,
    /// The first day that no report covers.
    pub free_from: i64,
    /// The bytes of the report of each window, in hexadecimal.
    pub windows: BTreeMap<i64, String>,
    /// Device time beside the key: at least, at most.
    pub device: Floor,
    pub ideal: Floor,
}

impl Hard {
    /// Spent: at least, at most.
    pub fn spent(&self) -> (u64, u64) {
        let sum = |firm: bool| -> u64 {
            self.charges.iter().filter(|c| self.is_firm(c) == firm).map(|c| c.micro).sum()
        };
        (self.carried + sum(true), self.carried + sum(true) + sum(false) + self.perhaps)
    }

    fn is_firm(&self, charge: &Charge) -> bool {
        self.facts.contains(&Fact::Charged(charge.window))
    }

    /// At least this much was spent in the last 91 days.
    pub fn quarter(&self, latest_ms: i64) -> u64 {
        let today = latest_ms.div_euclid(DAY_MS);
        self.charges.iter().filter(|c| self.is_firm(c) && today - c.day < 91).map(|c| c.micro).sum()
    }
}
