//! What a shop may ask of every device, and the limits that no signature lifts.

use serde::{Deserialize, Serialize};

use crate::signals::dp::odds::Odds;
use crate::signals::dp::subset_selection::SubsetSelection;

/// The most a single report may cost, in millionths of ε: 20-to-1 odds are just below.
pub const MAX_REPORT_MICRO_EPSILON: u64 = 3_000_000;
/// The most buckets a task may have.
pub const MAX_TASK_BUCKETS: usize = 256;
/// A result from fewer reports than this is never published, whatever the task says.
pub const MIN_BATCH_FLOOR: u64 = 1_000;
const MAX_QUESTION: usize = 280;
const MAX_NAME: usize = 80;

/// What is measured: tells the app which bucket a device is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// The category that interests this user most. Buckets after the first are category names
    /// of the catalog.
    CategoryInterest,
    /// What became of one impression, drawn uniformly from the window's. Buckets after the first
    /// are `slot/shown` and `slot/clicked`.
    SlotOutcome,
    /// Which arm of an experiment this device saw and what came of it. Buckets after the first are
    /// `variant/shown` and `variant/converted`.
    ExperimentOutcome {
        /// Key of the experiment.
        experiment: String,
    },
    /// What was spent in the window. Bucket i after the first starts at `edges[i - 1]`.
    OrderValue {
        /// ISO 4217 code; other currencies count as nothing.
        currency: String,
        /// Rising lower ends, in minor units.
        edges: Vec<i64>,
    },
}

/// The kinds of question that this version of the library answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerable {
    /// [`Measurement::CategoryInterest`].
    CategoryInterest,
}

impl Measurement {
    /// The kinds that this version knows, as a task set names them.
    const KINDS: [&str; 4] = ["category_interest", "slot_outcome", "experiment_outcome", "order_value"];

    /// Whether this is one of them, sound or not: a name, or one with what belongs to it.
    pub(crate) fn knows(kind: &serde_json::Value) -> bool {
        let name = kind.as_str().or_else(|| kind.as_object()?.keys().next().map(String::as_str));
        name.is_none_or(|name| Self::KINDS.contains(&name))
    }

    /// Which kind of question this is, of those that this version answers. No surface gathers the
    /// others yet: they are put to no device and charged to none. The kind alone decides, never
    /// the user, so that it tells nothing about anybody.
    #[must_use]
    pub const fn answerable(&self) -> Option<Answerable> {
        match self {
            Self::CategoryInterest => Some(Answerable::CategoryInterest),
            Self::SlotOutcome | Self::ExperimentOutcome { .. } | Self::OrderValue { .. } => None,
        }
    }
}

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
    /// How much likelier the truth may make any report.
    pub odds: Odds,
    /// Reports below which no result is given.
    pub min_batch: u64,
}

impl Task {
    /// How this task is randomised. `None` for a task that no task set accepts.
    #[must_use]
    pub fn shape(&self) -> Option<SubsetSelection> {
        SubsetSelection::new(u32::try_from(self.buckets.len()).ok()?, self.odds).ok()
    }

    /// The bucket of that name, or 0.
    #[must_use]
    pub fn bucket_named(&self, name: &str) -> u32 {
        self.buckets.iter().position(|b| b == name).and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
    }

    /// The bucket of an order value in minor units; 0 if this task does not measure any.
    #[must_use]
    pub fn bucket_of_value(&self, currency: &str, minor: i64) -> u32 {
        match &self.measures {
            Measurement::OrderValue { currency: own, edges } if own == currency => {
                u32::try_from(edges.partition_point(|edge| *edge <= minor)).unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// What is wrong with the task, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let names: std::collections::BTreeSet<_> = self.buckets.iter().collect();
        let edges_fit = match &self.measures {
            Measurement::OrderValue { edges, .. } => {
                edges.len() + 1 == self.buckets.len() && edges.is_sorted_by(|a, b| a < b)
            }
            _ => true,
        };
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
            (self.odds.micro_epsilon() > MAX_REPORT_MICRO_EPSILON, "the odds of a task are above 20 to 1"),
            (self.min_batch < MIN_BATCH_FLOOR, "a task would publish results from fewer than 1000 reports"),
            (!edges_fit, "the edges of an order value do not rise or do not fit the buckets"),
        ];
        checks.iter().find(|(wrong, _)| *wrong).map(|(_, what)| *what)
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
pub(crate) mod set;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::numbers;

    #[test]
    fn kinds_of_tasks_stay_what_they_are() {
        let all = [
            Measurement::CategoryInterest,
            Measurement::SlotOutcome,
            Measurement::ExperimentOutcome { experiment: String::new() },
            Measurement::OrderValue { currency: String::new(), edges: Vec::new() },
        ];
        let word = |kind: &Measurement| match serde_json::to_value(kind).unwrap() {
            serde_json::Value::String(word) => word,
            whole => whole.as_object().unwrap().keys().next().unwrap().clone(),
        };
        let named: Vec<String> = all.iter().map(word).collect();
        assert_eq!(named, Measurement::KINDS);
        numbers::hold("task_kind", (0..).zip(&all).map(|(at, kind)| (word(kind), at)));
        numbers::hold_places("task_kind_place", all);
    }
}
