//! What stands beside the key is held against the ledger: where one denies, the other does too.
//!
//! The ledger lies in the files, so an older copy of them, or one whose log lost its end, may say yes where the user
//! has said no since. And a denial that only the key store could hold waits here for its receipt and its erasure.

use crate::base::log::Survived as _;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::ErasureReport;
use crate::consent::change::target::Turnabout;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::state::clock::Now;
use crate::consent::state::current::State;
use crate::consent::state::denials::Denials;

impl Gate {
    /// Carries out what is denied beside the key and not in the ledger; tells what was erased by it. What the ledger
    /// denies is anchored if it is not.
    pub(crate) fn reconcile(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let taken_up = self.take_up()?;
        let restored = self.hold_against_anchor()?;
        Ok([taken_up, restored].into_iter().flatten().reduce(ErasureReport::and))
    }

    fn hold_against_anchor(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let (state, now, anchor) = (self.state(), self.clock.now(), self.vault.anchor());
        if Denials::anchored(anchor.unfinished).is_everything() {
            return self.erase_everything(&state).map(Some);
        }
        let missing = Denials::of_ledger(&state).without(Denials::anchored(anchor.denied));
        if !missing.is_empty() {
            self.vault.erase(&[], missing.0, |w| {
                self.anchor_turn(w, Turnabout::default());
                Ok(())
            })?;
        }
        // If this fails, the next tick does it.
        self.anchor_signals().survived("anchor opt-out signals");
        let lost = Denials::lost(&state, anchor);
        if lost.is_empty() {
            return Ok(None);
        }
        let states = denied(&state, lost, now);
        Ok(Some(self.settle(&state, ReceiptAction::Restored, states, Place::NOWHERE)?.1))
    }
}

/// Where purposes and tags stand that are denied in spite of the ledger.
pub(crate) fn denied(state: &State, lost: Denials, now: Now) -> States {
    let denied = |before: ConsentState| match before {
        ended if ended.ends() => ended,
        given if given.is_grant() => ConsentState::Withdrawn,
        _ => ConsentState::Refused,
    };
    States {
        purposes: lost.purposes().into_iter().map(|p| (p, denied(state.of_ledger(p, now)))).collect(),
        tags: lost.tags().into_iter().map(|t| (t, denied(state.of_ledger_tag(t, now)))).collect(),
    }
}
