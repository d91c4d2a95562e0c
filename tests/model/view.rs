//! What the engine must say at one moment: where the user is, how late it is by both times, and what follows from
//! the answers.

use std::collections::BTreeSet;

use sottovoce::consent::{AgeBand, Purpose};
use sottovoce::sensitive::SensitiveTag;

use super::model::{Answer, Soft, Subject};
use super::time::DeviceTime;

/// What the model's shop makes use of: it has questions, and no experiments.
pub const USED: [Purpose; 6] = [
    Purpose::Preferences,
    Purpose::Session,
    Purpose::History,
    Purpose::Inference,
    Purpose::Ranking,
    Purpose::Measurement,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Region {
    #[default]
    Unknown,
    Germany,
    California,
}

/// What the app tells about where the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    pub region: Region,
    pub gpc: bool,
    pub age: Option<AgeBand>,
}

impl Surroundings {
    /// Nothing is believed.
    pub const STRICTEST: Self = Self { region: Region::Unknown, gpc: true, age: Some(AgeBand::From13To15) };

    pub const fn code(self) -> Option<&'static str> {
        match self.region {
            Region::Unknown => None,
            Region::Germany => Some("DE"),
            Region::California => Some("US-CA"),
        }
    }

    pub const fn rule(self) -> &'static str {
        match self.region {
            Region::Unknown => "strictest",
            Region::Germany => "eea_uk_ch",
            Region::California => "california",
        }
    }

    pub const fn grant_days(self) -> i64 {
        match self.region {
            Region::Unknown => 182,
            _ => 365,
        }
    }

    pub fn opts_out(self, purpose: Purpose) -> bool {
        use Purpose as P;
        let listed = [P::Session, P::History, P::Inference, P::Ranking, P::Measurement, P::Experiments];
        self.region == Region::California && listed.contains(&purpose)
    }

    pub fn is_minor(self) -> bool {
        matches!(self.age, Some(AgeBand::Under13 | AgeBand::From13To15))
    }

    /// Whether a yes to a purpose that a notice asks about can be given here.
    pub fn takes_yes(self, purpose: Purpose) -> bool {
        USED.contains(&purpose) && !self.denies(purpose)
    }

    /// Whether nothing else counts for a purpose here.
    fn denies(self, purpose: Purpose) -> bool {
        let gpc = self.gpc && !matches!(purpose, Purpose::Preferences | Purpose::Session | Purpose::Transfer);
        gpc || (self.is_minor() && purpose != Purpose::Preferences)
    }

    /// Whether somebody may be asked about a tag here.
    pub fn asks_about(self, tag: SensitiveTag) -> bool {
        self.region != Region::Unknown && tag != SensitiveTag::Religion && !self.is_minor()
    }
}

/// What is true of an open engine and ends with it.
#[derive(Debug, Clone)]
pub struct Live {
    pub surroundings: Surroundings,
    /// Denied until it is closed: a no that failed.
    pub held: BTreeSet<Subject>,
    /// Denied until its data is erased or it is closed: an erasure that is not complete.
    pub erasing: BTreeSet<Subject>,
    pub time: DeviceTime,
    /// Another copy has changed what stands beside the key since this one was opened.
    pub behind: bool,
    /// And it has anchored nothing since: what it takes to be settled is what it remembers.
    pub stale: bool,
    /// Another copy had changed it when this one was opened: what that one denies may be heard of at any later change.
    pub met_another: bool,
    /// Memory follows the answers: no call has failed since.
    pub followed: bool,
    /// An erasure of everything came half way: nothing is allowed, for one reason or another.
    pub blurred: bool,
}

impl Live {
    pub fn new(surroundings: Surroundings, time: DeviceTime) -> Self {
        Self {
            surroundings,
            held: BTreeSet::new(),
            erasing: BTreeSet::new(),
            time,
            behind: false,
            stale: false,
            met_another: false,
            followed: true,
            blurred: false,
        }
    }

    pub fn holds(&self, subject: Subject) -> bool {
        self.held.contains(&subject) || self.erasing.contains(&subject)
    }

    pub fn release(&mut self, subject: Subject) {
        self.held.remove(&subject);
        self.erasing.remove(&subject);
    }
}

/// Answers about one moment in one open engine.
pub struct View<'a> {
    pub soft: &'a Soft,
    pub live: &'a Live,
    pub clock_ms: i64,
    /// Whether what is unsure counts for a yes.
    pub lenient: bool,
}

impl View<'_> {
    pub fn class(&self, subject: Subject) -> Answer {
        if self.live.holds(subject) {
            return Answer::No;
        }
        match self.soft.answer(subject) {
            _ if !self.lenient && self.is_unsure(subject) => Answer::No,
            Answer::Yes if self.is_over(subject) => Answer::Expired,
            answer => answer,
        }
    }

    fn is_unsure(&self, subject: Subject) -> bool {
        self.soft.unsure.contains(&subject)
    }

    /// Whether a yes has run out. Strictly, it has if device time could have come that far.
    pub fn is_over(&self, subject: Subject) -> bool {
        if self.soft.answer(subject) != Answer::Yes {
            return false;
        }
        let (clock_ms, device_ms) = self.soft.until[&subject];
        let over = |time: DeviceTime| device_ms <= time.device_ms;
        clock_ms <= self.clock_ms || over(self.live.time) || (!self.lenient && over(self.soft.ideal))
    }

    /// Whether a purpose is allowed.
    pub fn allows(&self, purpose: Purpose) -> bool {
        let here = self.live.surroundings;
        let needs = purpose.needs_one_of();
        if purpose == Purpose::Essential {
            return true;
        }
        if !needs.is_empty() && !needs.iter().any(|p| self.allows(*p)) {
            return false;
        }
        if here.denies(purpose) {
            return false;
        }
        let noticed = here.opts_out(purpose) && self.soft.noticed.contains(&purpose);
        match self.class(Subject::Of(purpose)) {
            Answer::Yes => true,
            Answer::Open => noticed,
            Answer::No | Answer::Deferred | Answer::Expired => false,
        }
    }

    pub fn allows_tag(&self, tag: SensitiveTag) -> bool {
        let here = self.live.surroundings;
        here.asks_about(tag)
            && !here.gpc
            && self.allows(Purpose::History)
            && self.class(Subject::About(tag)) == Answer::Yes
    }
}
