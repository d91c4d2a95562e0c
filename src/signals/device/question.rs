//! What each question would learn, in the user's language: what is asked, what chance does to the answer, and how much
//! likelier a true answer is at most.

use serde::Serialize;

use crate::consent::{Measurement, Permit, likelier};
use crate::signals::device::outbox;
use crate::signals::device::prepare::Signals;
use crate::signals::device::words;
use crate::signals::error::SignalsError;
use crate::signals::task::Task;
use crate::signals::task::set::TaskSet;

/// A question in words, for a user to read before and after it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct QuestionView {
    /// The question's identifier, as waiting and sent reports name it.
    pub task_id: String,
    /// The question in the shop's own words, which are in one language.
    pub question: String,
    /// What is asked, whatever the shop's words are.
    pub asked: String,
    /// What is answered at random.
    pub chance: String,
    /// How much likelier a true answer is at most.
    pub odds: String,
    /// The charge of one answer, in millionths of epsilon.
    pub micro_epsilon: u64,
}

impl QuestionView {
    /// `None` for a task that no task set accepts.
    fn of(task: &Task, locale: &str) -> Option<Self> {
        Some(Self {
            task_id: task.id.clone(),
            question: task.question.clone(),
            asked: words::asked(&task.measures.name(), locale),
            chance: words::chance(&task.mechanism()?, locale),
            odds: likelier(locale, task.micro_epsilon()),
            micro_epsilon: task.micro_epsilon(),
        })
    }
}

impl Signals<'_> {
    /// The questions of this set, then those that are asked no more and whose answers wait.
    ///
    /// # Errors
    /// [`SignalsError`].
    pub fn questions(
        &self,
        permit: Option<&Permit<Measurement>>,
        set: Option<&TaskSet>,
        locale: &str,
    ) -> Result<Vec<QuestionView>, SignalsError> {
        let waiting =
            permit.map(|permit| outbox::waiting(self.gate, permit)).transpose()?.unwrap_or_default();
        let mut views = Vec::<QuestionView>::new();
        let asked = set.into_iter().flat_map(|set| set.tasks().map(|(_, task)| task));
        for task in asked.chain(waiting.iter().map(|report| &report.task)) {
            if views.iter().all(|view| view.task_id != task.id) {
                views.extend(QuestionView::of(task, locale));
            }
        }
        Ok(views)
    }
}
