//! What leaves the device: reports, their budget, and a crowd of others.

use std::sync::PoisonError;

use sottovoce::api::{Word, word_text};
use sottovoce::clock::DAY_MS;
use sottovoce::signals::Prepared;

use super::{Failure, Shop, Simulation};
use crate::seen::Seen;
use crate::state::Action;

impl Shop {
    pub(super) fn leaving(&mut self, action: Action, seen: &mut Seen) -> Result<Option<String>, Failure> {
        let privacy = self.engine.privacy();
        match action {
            Action::Prepare => {
                let report = privacy.run_maintenance(false)?.report;
                seen.leaves.skipped = match report {
                    Some(Prepared::Skipped { reason }) => {
                        Some(word_text(Word::Skipped { reason }, self.locale()))
                    }
                    Some(Prepared::Queued { .. }) | None => None,
                };
            }
            Action::Send => {
                // Reports wait for a time of their own, so that nobody can tell devices apart by when they speak.
                let due = privacy.outbox()?.iter().map(|r| r.send_after_ms).min();
                if let Some(due) = due {
                    self.clock.pass((due - self.now()).max(0));
                }
                let sent = privacy.run_maintenance(true)?.sent.unwrap_or_default();
                return Ok(Some(format!("{}: {}", self.lang.say("Reports sent"), sent.sent)));
            }
            Action::Discard => drop(privacy.discard()?),
            Action::Crowd(devices) => {
                let set = self.set.as_ref().ok_or("this shop asks nothing")?;
                let crowd = match self.crowd.take() {
                    Some(crowd) if crowd.devices() <= devices => crowd,
                    _ => Simulation::new(set, self.now())?,
                };
                let crowd = self.crowd.insert(crowd);
                crowd.grow(devices)?;
                seen.leaves.crowd = Some(crowd.seen()?);
            }
            _ => {}
        }
        Ok(None)
    }

    fn now(&self) -> i64 {
        use sottovoce::clock::Clock as _;
        self.clock.now_ms()
    }

    pub(super) fn read_leaves(&self, seen: &mut Seen) -> Result<(), Failure> {
        let privacy = self.engine.privacy();
        let leaves = &mut seen.leaves;
        leaves.outbox = privacy.outbox()?;
        leaves.sent = privacy.sent()?;
        let budget = privacy.budget()?;
        let now = (self.days(), budget.install_spent as f64 / 1e6);
        if leaves.spent.is_empty() {
            leaves.spent.push((now.0 - 1.0 / DAY_MS as f64, 0.0));
        }
        if leaves.spent.last().is_none_or(|last| last.1 != now.1 || now.0 - last.0 >= 1.0) {
            leaves.spent.push(now);
        }
        leaves.budget = Some(budget);
        leaves.received = self.collector.inner.lock().unwrap_or_else(PoisonError::into_inner).1.clone();
        Ok(())
    }
}
