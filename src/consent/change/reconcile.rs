//! What stands beside the key is held against the ledger: where one denies, the other does too.
//!
//! The ledger lies in the files, so an older copy of them, or one whose log lost its end, may say yes where the person
//! has said no since. And a denial that only the key store could hold waits here for its receipt and its erasure.

use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::ErasureReport;
use crate::consent::change::withdraw::Turnabout;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::state::clock::Now;
use crate::consent::state::current::Standing;
use crate::consent::state::denials::Denials;

impl Gate {
    /// Carries out what is denied beside the key and not in the ledger; tells what was erased by it. What the ledger
    /// denies is anchored if it is not.
    pub(crate) fn reconcile(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let (standing, now, anchor) = (self.standing(), self.epoch.now(), self.vault.anchor());
        if Denials::anchored(anchor.unfinished).is_everything() {
            return self.erase_everything(&standing).map(Some);
        }
        let missing = Denials::of_ledger(&standing).without(Denials::anchored(anchor.denied));
        if !missing.is_empty() {
            self.vault.erase(&[], missing.0, |w| {
                self.anchor_turn(w, Turnabout::default());
                Ok(())
            })?;
        }
        // If this fails, the next tick does it.
        drop(self.anchor_signals());
        let lost = Denials::lost(&standing, anchor);
        if lost.is_empty() {
            return Ok(None);
        }
        let states = denied(&standing, lost, now);
        Ok(Some(self.settle(&standing, ReceiptAction::Restored, states, Place::NOWHERE)?.1))
    }
}

/// Where purposes and tags stand that are denied in spite of the ledger.
fn denied(standing: &Standing, lost: Denials, now: Now) -> States {
    let state = |before: ConsentState| match before {
        ended if ended.ends() => ended,
        given if given.is_grant() => ConsentState::Withdrawn,
        _ => ConsentState::Refused,
    };
    States {
        purposes: lost.purposes().into_iter().map(|p| (p, state(standing.ledger_state(p, now)))).collect(),
        tags: lost.tags().into_iter().map(|t| (t, state(standing.ledger_tag_state(t, now)))).collect(),
    }
}
