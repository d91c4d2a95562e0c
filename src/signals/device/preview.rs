//! What would leave, before it does, and what is left of the budget: for the user to see.

use serde::Serialize;

use crate::base::signed::hex;
use crate::consent::{Measurement, Permit};
use crate::signals::budget::Caps;
use crate::signals::device::outbox;
use crate::signals::device::outbox::Waiting;
use crate::signals::device::prepare::{Asked, Signals};
use crate::signals::dp::mechanism::{Answer, Mechanism};
use crate::signals::error::SignalsError;
use crate::signals::task::set::{TaskSet, day_of};
use crate::vault::Durability;
use crate::vault::tables::WAITING;

/// A waiting report, in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct OutboxView {
    /// The question's identifier.
    pub task_id: String,
    /// The question, in words.
    pub question: String,
    /// The user's own answer as of now; a sum in minor units. It never leaves the device and is not stored.
    pub true_answer: String,
    /// The randomised answer, read back from the bytes: only these names are reported.
    pub reported: Vec<String>,
    /// All names that could have been reported.
    pub possible: Vec<String>,
    /// The exact bytes that leave the device, in hexadecimal.
    pub bytes_hex: String,
    /// Number of bytes.
    pub byte_count: u32,
    /// Where they are sent.
    pub destination: String,
    /// Start of the window, in milliseconds since 1970.
    pub window_start_ms: i64,
    /// End of the window.
    pub window_end_ms: i64,
    /// The report is not sent before this time, in milliseconds since 1970.
    pub send_after_ms: i64,
    /// Number of failed attempts to send it.
    pub attempts: u32,
    /// Its charge, in millionths of epsilon.
    pub charged_micro_epsilon: u64,
    /// How it is protected and whom the user has to trust.
    pub trust: String,
}

/// A report that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct SentView {
    /// The question's identifier.
    pub task_id: String,
    /// Start of the window, in milliseconds since 1970.
    pub window_start_ms: i64,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: i64,
    /// Number of bytes.
    pub byte_count: u32,
}

/// The privacy budget, in millionths of epsilon. Spent budget is never refunded. The share of a quarter refills with
/// time, the share of the installation never does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct BudgetView {
    /// The budget ledger cannot be used, so nothing is sent.
    pub closed: bool,
    /// Charged for the current window.
    pub window_spent: u64,
    /// The limit for a window.
    pub window_cap: u64,
    /// Charged in the last 91 days of device time.
    pub quarter_spent: u64,
    /// The limit for 91 days.
    pub quarter_cap: u64,
    /// Charged since the app was installed.
    pub install_spent: u64,
    /// The limit for the lifetime of the installation.
    pub install_cap: u64,
    /// What is left now: the smaller remainder of quarter and installation.
    pub left: u64,
    /// What these numbers mean and whom the user has to trust.
    pub trust: String,
}

impl Signals<'_> {
    /// The waiting reports, with true and randomised answers.
    ///
    /// # Errors
    /// [`SignalsError`].
    pub fn preview(
        &self,
        permit: &Permit<Measurement>,
        answer: impl Fn(Asked<'_>) -> Option<Answer>,
    ) -> Result<Vec<OutboxView>, SignalsError> {
        let waiting = outbox::waiting(self.gate, permit)?;
        waiting.iter().map(|w| view(w, answer(Asked { task: &w.task, window: w.window() }))).collect()
    }

    /// What was sent, oldest first; up to 104 are remembered.
    ///
    /// # Errors
    /// [`SignalsError`].
    pub fn sent(&self) -> Result<Vec<SentView>, SignalsError> {
        let traces = outbox::traces(self.gate, &self.gate.essential())?;
        let view = |t: outbox::Trace| SentView {
            task_id: t.task_id,
            window_start_ms: i64::from(t.window_start) * crate::base::clock::DAY_MS,
            sent_ms: t.sent_ms,
            byte_count: t.bytes,
        };
        Ok(traces.into_iter().map(view).collect())
    }

    /// The state of the budget. `set` gives the length of a window; without one, a week.
    ///
    /// # Errors
    /// [`SignalsError`].
    pub fn budget(&self, set: Option<&TaskSet>) -> Result<BudgetView, SignalsError> {
        let Caps { report, quarter, install } = self.caps;
        let mut view = BudgetView {
            closed: true,
            window_spent: 0,
            window_cap: report,
            quarter_spent: quarter,
            quarter_cap: quarter,
            install_spent: install,
            install_cap: install,
            left: 0,
            trust: budget_trust(),
        };
        if let Ok(ledger) = self.ledger()? {
            let today = day_of(self.gate.now_ms());
            view.closed = false;
            view.window_spent = set.map_or(0, |s| ledger.spent_in(s.window_at(today)));
            view.quarter_spent = ledger.spent_in_quarter(today, set.map_or(7, TaskSet::window_days));
            view.install_spent = ledger.spent();
            view.left =
                quarter.saturating_sub(view.quarter_spent).min(install.saturating_sub(view.install_spent));
        }
        Ok(view)
    }

    /// Destroys the waiting reports at the request of the user: no older copy of the files restores them. Their
    /// charges stay.
    ///
    /// # Errors
    /// [`SignalsError`].
    pub fn discard(&self, permit: &Permit<Measurement>) -> Result<u32, SignalsError> {
        self.gate.write(Durability::Erasing, |tx| {
            let mut records = tx.at(permit)?;
            let waiting = records.scan(WAITING)?.len();
            records.clear(WAITING)?;
            Ok(u32::try_from(waiting).unwrap_or(u32::MAX))
        })
    }
}

fn view(waiting: &Waiting, truth: Option<Answer>) -> Result<OutboxView, SignalsError> {
    let task = &waiting.task;
    let name =
        |bucket: u32| task.buckets.get(bucket as usize).or(task.buckets.first()).cloned().unwrap_or_default();
    let mechanism = task.mechanism().ok_or(SignalsError::Encoding)?;
    let reported = waiting.report()?.buckets(&mechanism).map_err(|_| SignalsError::Encoding)?;
    let true_answer = match truth.unwrap_or(Answer::Bucket(0)) {
        Answer::Bucket(bucket) => name(bucket),
        Answer::Buckets(buckets) if buckets.is_empty() => name(0),
        Answer::Buckets(buckets) => buckets.into_iter().map(name).collect::<Vec<_>>().join(", "),
        Answer::Amount(amount) => amount.to_string(),
    };
    Ok(OutboxView {
        task_id: task.id.clone(),
        question: task.question.clone(),
        true_answer,
        reported: reported.buckets().map(name).collect(),
        possible: task.buckets.clone(),
        bytes_hex: hex(&waiting.body),
        byte_count: u32::try_from(waiting.body.len()).unwrap_or(u32::MAX),
        destination: waiting.url.clone(),
        window_start_ms: waiting.window().start_ms(),
        window_end_ms: waiting.window().end_ms(),
        send_after_ms: waiting.send_after_ms,
        attempts: waiting.attempts,
        charged_micro_epsilon: waiting.charged,
        trust: report_trust(&mechanism, !waiting.inside.is_empty()),
    })
}

fn report_trust(mechanism: &Mechanism, sealed: bool) -> String {
    let (odds, times) = mechanism.odds();
    let several = if times > 1 { format!(", for each of up to {times} answers") } else { String::new() };
    let relay = if sealed { " It is sealed: only the shop's collector can read it." } else { "" };
    format!(
        "Randomised on this device before it is stored or sent, so that no server has to be trusted. \
         Whatever the true answer is, it makes this report at most {odds} times likelier than any other answer \
         would{several}.{relay}"
    )
}

fn budget_trust() -> String {
    "Local differential privacy: each report is randomised on this device, no server has to be trusted. \
     The losses of all reports add up; the numbers say how much, at most, anyone can ever learn from them \
     about one user's answers. Installing the app anew starts a new count."
        .into()
}
