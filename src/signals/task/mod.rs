//! What a shop may ask of every device, and the limits that no signature lifts.

pub(crate) mod key;
pub(crate) mod measurement;
pub(crate) mod set;

use serde::{Deserialize, Serialize};

use crate::signals::dp::clipped_sum::ClippedSum;
use crate::signals::dp::mechanism::Mechanism;
use crate::signals::dp::odds::Odds;
use crate::signals::dp::subset_selection::SubsetSelection;
use crate::signals::dp::unary::UnaryEncoding;
use crate::signals::task::measurement::{Kind, Measurement};

/// The most a single report may cost, in millionths of ε: 20-to-1 odds are just below.
pub const MAX_REPORT_MICRO_EPSILON: u64 = 3_000_000;
/// The most buckets a task may have.
pub const MAX_TASK_BUCKETS: usize = 256;
/// A result from fewer reports than this is never published, whatever the task says.
pub const MIN_BATCH_FLOOR: u64 = 1_000;
const MAX_QUESTION: usize = 280;
const MAX_NAME: usize = 80;

/// One question, put to every device in the same words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Unique within the set.
    pub id: String,
    /// What a user reads about it.
    pub question: String,
    /// What is measured.
    pub measures: Measurement,
    /// Names of the possible answers. The first stands for nothing to report, and is reported
    /// like any other.
    pub buckets: Vec<String>,
    /// How much likelier the truth may make any report; for several answers, each of them.
    pub odds: Odds,
    /// Reports below which no result is given.
    pub min_batch: u64,
}

impl Task {
    /// How this task is randomised. `None` for a task that no task set accepts.
    #[must_use]
    pub fn mechanism(&self) -> Option<Mechanism> {
        let k = u32::try_from(self.buckets.len()).ok()?;
        match self.measures.kind() {
            Kind::OneOf | Kind::Counted(_) | Kind::Table => {
                SubsetSelection::new(k, self.odds).ok().map(Mechanism::Subset)
            }
            Kind::SeveralOf(most) => UnaryEncoding::new(k, most, self.odds).ok().map(Mechanism::Unary),
            Kind::SumOf(max) => ClippedSum::new(max, self.odds).ok().map(Mechanism::Sum),
        }
    }

    /// What one report is charged, in millionths of ε.
    #[must_use]
    pub fn micro_epsilon(&self) -> u64 {
        let times = if let Kind::SeveralOf(most) = self.measures.kind() { most } else { 1 };
        self.odds.micro_epsilon().saturating_mul(times.into())
    }

    /// The bucket of that name, or 0.
    #[must_use]
    pub fn bucket_named(&self, name: &str) -> u32 {
        self.buckets.iter().position(|b| b == name).and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
    }

    /// The bucket that a number falls into; 0 if this task does not count any.
    #[must_use]
    pub fn bucket_of(&self, number: i64) -> u32 {
        match self.measures.kind() {
            Kind::Counted(edges) => u32::try_from(edges.partition_point(|edge| *edge <= number)).unwrap_or(0),
            _ => 0,
        }
    }

    /// Rows and columns of a table whose buckets after the first are all of `row/column`, row by row.
    #[must_use]
    pub fn table(&self) -> Option<(Vec<&str>, Vec<&str>)> {
        let cells: Vec<_> =
            self.buckets.iter().skip(1).map(|name| name.rsplit_once('/')).collect::<Option<_>>()?;
        let first = cells.first()?.0;
        let columns: Vec<_> =
            cells.iter().take_while(|(row, _)| *row == first).map(|(_, column)| *column).collect();
        let rows: Vec<_> = cells.chunks(columns.len()).filter_map(|row| Some(row.first()?.0)).collect();
        let all = rows.iter().flat_map(|row| columns.iter().map(move |column| (*row, *column)));
        all.eq(cells.iter().copied()).then_some((rows, columns))
    }

    /// What is wrong with the task, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let names: std::collections::BTreeSet<_> = self.buckets.iter().collect();
        let checks = [
            (
                self.id.is_empty() || self.id.len() > MAX_NAME || !self.id.chars().all(id),
                "an id is not 1 to 80 of a-z, 0-9 and -",
            ),
            (!is_text(&self.question, MAX_QUESTION), "a question is empty, too long or not plain text"),
            (!(2..=MAX_TASK_BUCKETS).contains(&self.buckets.len()), "a task does not have 2 to 256 buckets"),
            (
                !self.buckets.iter().all(|b| is_text(b, MAX_NAME)),
                "a bucket's name is empty, too long or not plain text",
            ),
            (names.len() != self.buckets.len(), "two buckets of a task have one name"),
            (self.micro_epsilon() > MAX_REPORT_MICRO_EPSILON, "the odds of a task are above 20 to 1"),
            (self.min_batch < MIN_BATCH_FLOOR, "a task would publish results from fewer than 1000 reports"),
        ];
        let wrong = checks.iter().find(|(wrong, _)| *wrong).map(|(_, what)| *what);
        wrong.or_else(|| self.misfit())
    }

    /// What of the buckets does not fit what is measured.
    fn misfit(&self) -> Option<&'static str> {
        let buckets = self.buckets.len();
        match self.measures.kind() {
            Kind::Counted(edges) if edges.len() + 1 != buckets || !edges.is_sorted_by(|a, b| a < b) => {
                Some("the edges of a task do not rise or do not fit its buckets")
            }
            Kind::SumOf(_) if buckets != 2 => Some("a sum does not have two buckets"),
            Kind::SumOf(_) if self.mechanism().is_none() => Some("a sum is not cut at 1 to 2^40"),
            Kind::SeveralOf(_) if self.mechanism().is_none() => {
                Some("a task asks for more than half of its buckets, or for none")
            }
            // The first two were signed before tables had a form.
            Kind::Table
                if !matches!(
                    self.measures,
                    Measurement::SlotOutcome | Measurement::ExperimentOutcome { .. }
                ) && self.table().is_none() =>
            {
                Some("the buckets of a table are not all of its rows and columns")
            }
            _ => None,
        }
    }
}

/// Text that can be shown as it is: bounded, and without characters that hide or reorder others.
fn is_text(text: &str, most: usize) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    !text.trim().is_empty() && text.len() <= most && !text.chars().any(hidden)
}
