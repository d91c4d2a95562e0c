//! What may no longer be: a yes that ran out takes its data along, as taking it back would, and
//! reports that wait to leave are destroyed once nothing may leave, whatever forbids it.

use crate::base::log::Survived as _;
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::ErasureReport;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::gate::open::put_mark;
use crate::consent::gate::provenance::Provenance;
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::purpose::Purpose;
use crate::consent::state::clock::{Mark, Now};
use crate::consent::state::decide::decide;
use crate::vault::Durability;

impl Gate {
    /// Keeps the time: what ran out by `now_ms` has run out for good, whatever the clock says
    /// later, and its data is erased. What could not be done before is done. Call it now and then, with the device's
    /// time. Tells what was erased, if anything was.
    ///
    /// # Errors
    /// [`ConsentError`] when it cannot be carried out; what ran out is denied all the same, and the
    /// next call goes on.
    pub fn tick(&self, now_ms: i64) -> Result<Option<ErasureReport>, ConsentError> {
        let _one_at_a_time = self.changing()?;
        let now = self.clock.observe(now_ms);
        let mark = Mark { time: self.clock.time(), opens: self.opens };
        let kept = self.vault.write(Durability::Normal, |w| put_mark(w, mark));
        self.vault.remove_leftovers().survived("remove what is left of earlier items of the key store");
        let erased = [self.resume()?, self.end_what_ran_out(now)?];
        kept?;
        Ok(erased.into_iter().flatten().reduce(ErasureReport::and))
    }

    /// As [`tick`](Self::tick) right after opening, which has kept the time already.
    ///
    /// # Errors
    /// As [`tick`](Self::tick).
    pub fn expire_at_opening(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let _one_at_a_time = self.changing()?;
        self.end_what_ran_out(self.clock.now())
    }

    fn end_what_ran_out(&self, now: Now) -> Result<Option<ErasureReport>, ConsentError> {
        let erased = [self.expire(now)?, self.cancel_reports()?];
        self.follow_widget(Provenance::none())?;
        Ok(erased.into_iter().flatten().reduce(ErasureReport::and))
    }

    /// Writes down what ran out and erases what rested on it.
    pub(crate) fn expire(&self, now: Now) -> Result<Option<ErasureReport>, ConsentError> {
        let state = self.state();
        let purposes = Purpose::ALL.into_iter().filter(|p| state.answer(*p).is_some_and(|a| a.is_over(now)));
        let tags =
            SensitiveTag::ALL.into_iter().filter(|t| state.tag_answer(*t).is_some_and(|a| a.is_over(now)));
        let states = States {
            purposes: purposes.map(|p| (p, ConsentState::Expired)).collect(),
            tags: tags.map(|t| (t, ConsentState::Expired)).collect(),
        };
        if states.is_empty() || state.is_broken() {
            return Ok(None);
        }
        Ok(Some(self.settle(&state, ReceiptAction::Expired, states, Place::NOWHERE)?.1))
    }

    /// Destroys reports that wait although they may not leave, unless it is not known whether they may. What was spent on
    /// them stays spent.
    pub(crate) fn cancel_reports(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let (state, now) = (self.state(), self.clock.now());
        if state.newer().is_some() {
            return Ok(None);
        }
        let denied = [Purpose::Measurement, Purpose::ModelImprovement]
            .into_iter()
            .filter(|p| !decide(&state, *p, now).allowed);
        let waiting = self.vault.read(|r| {
            Ok::<Vec<Purpose>, ConsentError>(denied.filter(|p| r.has(p.compartment())).collect())
        })?;
        if waiting.is_empty() {
            return Ok(None);
        }
        self.erase_data(&state, waiting, Vec::new()).map(Some)
    }
}
