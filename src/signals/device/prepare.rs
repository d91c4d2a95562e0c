//! One answer per window: draw the question, randomise, charge, store. All or nothing.

use serde::Deserialize;

use crate::base::clock::DAY_MS;
use crate::base::codec::Record as _;
use crate::base::random;
use crate::base::random::SecureRandom;
use crate::consent::{DpTerms, Gate, Measurement, Permit};
use crate::signals::budget::{Caps, Closed, KEY, Ledger, Refusal};
use crate::signals::channel;
use crate::signals::device::failpoint::reach;
use crate::signals::device::outbox;
use crate::signals::device::outbox::Waiting;
use crate::signals::dp::mechanism::Answer;
use crate::signals::error::SignalsError;
use crate::signals::task::Task;
use crate::signals::task::set::{TaskSet, Window, day_of};
use crate::signals::wire::{Report, TaskRef};
use crate::vault::Durability;
use crate::vault::tables::LEDGER;
use crate::vault::tables::WAITING;

/// When a report may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SendTime {
    /// At a uniformly random time of the window after its own, so that the time says nothing.
    #[default]
    NextWindow,
    /// At once. For demonstrations and tests.
    AtOnce,
}

/// The result for a window.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Prepared {
    /// A report waits in the outbox and its cost is charged.
    Queued {
        /// The question that was drawn.
        task_id: String,
        /// When it may leave, in milliseconds since 1970.
        send_after_ms: i64,
    },
    /// No report was made and nothing was charged.
    Skipped {
        /// Why. It never depends on what the user did.
        reason: SkipReason,
    },
}

/// Why there is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Measurement is not allowed.
    NotAllowed,
    /// The task set is damaged, signed by somebody else or asks what no device answers. The log says which.
    Refused,
    /// The task set is not valid now.
    NotValidNow,
    /// A newer task set, or a different one with the same version, was used before.
    OldTaskSet,
    /// This window already has its report.
    WindowAnswered,
    /// This version of the library, or the catalog on this device, can answer none of the questions.
    NoAnswer,
    /// The questions would reveal more, or more often, than the policy allows.
    BeyondPolicy,
    /// The remaining budget is too small for every question.
    BudgetSpent,
    /// The budget ledger is missing, damaged or of a newer version, which counts as spent.
    BudgetClosed,
}

impl From<Refusal> for SkipReason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Window => Self::WindowAnswered,
            Refusal::Budget => Self::BudgetSpent,
            Refusal::TaskSet => Self::OldTaskSet,
        }
    }
}

impl From<Closed> for SkipReason {
    fn from(_: Closed) -> Self {
        Self::BudgetClosed
    }
}

/// Makes, stores and sends the reports of one device.
pub struct Signals<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) random: &'a dyn SecureRandom,
    pub(crate) caps: Caps,
    pub(crate) send_time: SendTime,
}

/// What a device is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The question.
    pub task: &'a Task,
    /// The window in which it is answered.
    pub window: Window,
}

/// The question of this window, with its answer.
struct Question<'a> {
    set: &'a TaskSet,
    task: &'a Task,
    index: u8,
    window: Window,
    truth: Answer,
}

impl<'a> Signals<'a> {
    /// The way out through this gate, with the policy's terms and the ceilings as caps.
    #[must_use]
    pub fn new(gate: &'a Gate, random: &'a dyn SecureRandom) -> Self {
        Self { gate, random, caps: Caps::CEILING.within(gate.dp_terms()), send_time: SendTime::NextWindow }
    }

    /// With lower caps.
    #[must_use]
    pub fn with_caps(mut self, caps: Caps) -> Self {
        self.caps = caps.within(self.gate.dp_terms());
        self
    }

    /// With another time to send.
    #[must_use]
    pub const fn with_send_time(mut self, send_time: SendTime) -> Self {
        self.send_time = send_time;
        self
    }

    /// Makes the report of the current window, unless there is one. Call it from maintenance, as
    /// often as you like, never in response to what the user does.
    ///
    /// `answer` tells the truth about this device; `None` and what does not fit the question count as nothing, which is
    /// reported like any other answer. The answer is randomised before anything is stored. When this returns `Queued`, report and charge are durable, together.
    ///
    /// # Errors
    /// [`SignalsError`]; then there is neither a report nor a charge.
    pub fn prepare(
        &self,
        permit: &Permit<Measurement>,
        set: &TaskSet,
        answer: impl FnOnce(Asked<'_>) -> Option<Answer>,
    ) -> Result<Prepared, SignalsError> {
        permit.check()?;
        let now_ms = self.gate.now_ms();
        if !set.is_valid_at(now_ms) {
            return Ok(skipped(SkipReason::NotValidNow));
        }
        if let Some(reason) = unfit(set, self.gate.dp_terms()) {
            return Ok(skipped(reason));
        }
        let window = set.window_at(day_of(now_ms));
        let (index, task) = match self.draw_task(set, window, now_ms)? {
            Ok(drawn) => drawn,
            Err(reason) => return Ok(skipped(reason)),
        };
        let truth = answer(Asked { task, window }).unwrap_or(Answer::Bucket(0));
        reach("answered")?;
        let question = Question { set, task, index, window, truth };
        let prepared = self.commit(permit, &question, now_ms)?;
        reach("committed")?;
        Ok(prepared)
    }

    /// Draws one of the tasks that the budget still affords, so that no window is lost to one that it does not. Looks at
    /// no answer. Each window draws anew: an order of its own would tell which reports are one device's.
    fn draw_task<'s>(
        &self,
        set: &'s TaskSet,
        window: Window,
        now_ms: i64,
    ) -> Result<Result<(u8, &'s Task), SkipReason>, SignalsError> {
        let ledger = match self.ledger()? {
            Ok(ledger) => ledger,
            Err(closed) => return Ok(Err(closed.into())),
        };
        if let Err(refusal) = ledger.admits(set, window) {
            return Ok(Err(refusal.into()));
        }
        let today = day_of(now_ms);
        let affordable: Vec<_> = set
            .tasks()
            .filter(|(_, t)| ledger.affords(t.micro_epsilon(), &self.caps, today, window.days()))
            .collect();
        let drawn = random::below(self.random, affordable.len() as u64)?;
        let drawn = usize::try_from(drawn).ok().and_then(|i| affordable.get(i)).copied();
        if drawn.is_none() {
            self.observe(today, window.days())?;
        }
        Ok(drawn.ok_or(SkipReason::BudgetSpent))
    }

    /// Lets the quarter move on where there is no charge to do so. What power loss forgets of it
    /// only delays the refill.
    fn observe(&self, today: u32, window_days: u32) -> Result<(), SignalsError> {
        let essential = self.gate.essential();
        self.gate.write(Durability::Normal, |tx| {
            let mut records = tx.at(&essential)?;
            let Ok(mut ledger) = Ledger::load(&records)? else { return Ok(()) };
            if ledger.observe(today, window_days) {
                records.put(LEDGER, KEY, &ledger.encode()?)?;
            }
            Ok(())
        })
    }

    pub(crate) fn ledger(&self) -> Result<Result<Ledger, Closed>, SignalsError> {
        let essential = self.gate.essential();
        match self.gate.read(|r| r.at(&essential)?.get(LEDGER, KEY).map_err(SignalsError::from)) {
            Err(e) if e.is_damage() => Ok(Err(Closed)),
            other => Ok(Ledger::open(other?.as_deref().map(AsRef::as_ref))),
        }
    }

    /// Checks everything again, randomises, stores and charges, in one transaction.
    fn commit(
        &self,
        permit: &Permit<Measurement>,
        question: &Question<'_>,
        now_ms: i64,
    ) -> Result<Prepared, SignalsError> {
        let essential = self.gate.essential();
        // Anchored: an older copy of the files neither refunds the charge nor makes a second report.
        self.gate.write(Durability::Anchored, |tx| {
            permit.check()?;
            let mut ledger = match Ledger::load(&tx.at(&essential)?)? {
                Ok(ledger) => ledger,
                Err(closed) => return Ok(skipped(closed.into())),
            };
            // Another copy of the files may have been used meanwhile.
            ledger.raise(*tx.spent(&essential)?, day_of(now_ms));
            let Question { set, task, window, .. } = *question;
            let charged = task.micro_epsilon();
            if let Err(refusal) = ledger.charge(charged, set, window, &self.caps, day_of(now_ms)) {
                return Ok(skipped(refusal.into()));
            }
            reach("checked")?;
            let (id, waiting) = self.randomize(question, charged)?;
            reach("randomized")?;
            tx.at(permit)?.put(WAITING, &outbox::key(&id), &waiting.encode()?)?;
            reach("stored")?;
            tx.at(&essential)?.put(LEDGER, KEY, &ledger.encode()?)?;
            *tx.spent(&essential)? = ledger.anchored();
            reach("charged")?;
            Ok(Prepared::Queued { task_id: task.id.clone(), send_after_ms: waiting.send_after_ms })
        })
    }

    fn randomize(&self, question: &Question<'_>, charged: u64) -> Result<([u8; 16], Waiting), SignalsError> {
        let Question { set, task, index, window, ref truth } = *question;
        let mechanism = task.mechanism().ok_or(SignalsError::Encoding)?;
        let told = mechanism.randomize(truth, self.random)?;
        let id = random::bytes::<16>(self.random)?;
        let report = Report::new(TaskRef::new(set.hash(), index), window.start, id, &told).to_bytes();
        let (body, inside) = match set.collector() {
            Some(key) => (channel::seal(&report, key)?, report),
            None => (report, Vec::new()),
        };
        let waiting = Waiting {
            body,
            url: set.endpoint().into(),
            task: task.clone(),
            charged,
            window: (window.start, window.end),
            send_after_ms: self.send_after(window)?,
            attempts: 0,
            next_try_ms: 0,
            inside,
        };
        Ok((id, waiting))
    }

    fn send_after(&self, window: Window) -> Result<i64, SignalsError> {
        if self.send_time == SendTime::AtOnce {
            return Ok(0);
        }
        let span = u64::from(window.days()) * DAY_MS.unsigned_abs();
        Ok(window.end_ms() + i64::try_from(random::below(self.random, span)?).unwrap_or(0))
    }
}

/// Why none of the questions is put to any device of this version under this policy, if so.
fn unfit(set: &TaskSet, terms: DpTerms) -> Option<SkipReason> {
    if !set.is_answerable() {
        return Some(SkipReason::NoAnswer);
    }
    let beyond = set.window_days() < terms.window_days
        || set.tasks().all(|(_, task)| task.micro_epsilon() > terms.micro_epsilon);
    beyond.then_some(SkipReason::BeyondPolicy)
}

const fn skipped(reason: SkipReason) -> Prepared {
    Prepared::Skipped { reason }
}
