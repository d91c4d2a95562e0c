//! Faults of the engine that are known. Lives keep clear of them, so that others come to light; each is named after
//! the ignored test in `faults_known.rs` that shows it. Whoever mends one removes its name everywhere and lets its
//! test run.

use sottovoce::consent::{Choice, EraseScope, Purpose};

use super::faults::{Fault, Verb};
use super::model::{Class, Subject};
use super::steps::Step;
use super::view::View;
use super::world::World;

impl World {
    /// Whether a step runs into a known fault.
    pub fn is_known(&self, step: &Step) -> bool {
        if self.strict {
            return false;
        }
        let view = self.view(self.active, true);
        let expired = |subject| view.class(subject) == Class::Expired;
        match step {
            // `the_newest_key_is_never_removed`
            Step::Twin(_) | Step::Backup => self.may_owe_removals(),
            Step::KeyFault(Fault { verb: Verb::Remove, .. }) => self.slots.len() > 1,
            Step::DiskFull(_) => self.slots.len() > 1 || view.soft.owed,
            // `a_refusal_wins_over_a_yes_in_the_same_call`
            Step::Record(choices) if contradicts_itself(choices) => true,
            // `a_deferral_of_what_ran_out_is_no_refusal`
            Step::Record(choices) if choices.iter().any(|(p, c)| defers(*c) && expired(Subject::Of(*p))) => {
                true
            }
            Step::Sensitive(tag, choice) if defers(*choice) && expired(Subject::About(*tag)) => true,
            // `no_receipt_but_an_answer_lifts_a_denial`
            Step::Erase(EraseScope::DataOf { .. } | EraseScope::DataAbout { .. })
            | Step::Signals(_)
            | Step::Served(_)
                if hangs_on_memory(&view) =>
            {
                true
            }
            // `the_newest_key_is_never_removed`
            Step::Withdraw(_) | Step::Import(_) | Step::Erase(EraseScope::Everything)
                if view.live.disk_was_full && view.soft.owed =>
            {
                true
            }
            // `what_was_taken_back_does_not_come_back_with_a_new_yes`
            Step::Record(_) | Step::All(_) | Step::Sensitive(..) if hangs_on_memory(&view) => true,
            Step::Maintain(_) if hangs_on_memory(&view) && !view.soft.waiting.is_empty() => true,
            // `what_is_said_after_an_erasure_of_everything_stays`
            Step::Maintain(_) | Step::Erase(_) => false,
            step if step.is_of_the_app() => view.live.blurred,
            _ => false,
        }
    }

    fn may_owe_removals(&self) -> bool {
        self.disk.is_full() || self.keys.fails(Verb::Remove) || self.slots.iter().any(|s| s.soft.owed)
    }
}

fn defers(choice: Choice) -> bool {
    choice == Choice::Defer
}

/// Whether the ledger may not know yet of something that is denied.
fn hangs_on_memory(view: &View<'_>) -> bool {
    !view.live.held.is_empty() || (view.live.disk_was_full && view.soft.owed)
}

fn contradicts_itself(choices: &[(Purpose, Choice)]) -> bool {
    let other = |(p, c): &(Purpose, Choice)| choices.iter().any(|(q, d)| p == q && c != d);
    choices.iter().any(other)
}
