//! Erasing everything: all data, all answers, the device's signing key.
//!
//! What remains says that there was something and that it is gone: one receipt without content,
//! the policy in force and the latest time, which protect whoever comes next. What other rooms keep
//! as essential stays with them: spent privacy budgets never come back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::base::log::Survived as _;
use crate::base::random;
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::{ErasureReport, put_pending};
use crate::consent::change::target::{Target, Turnabout, count};
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::gate::coming::Saying;
use crate::consent::gate::open::DEVICE;
use crate::consent::gate::sensitive;
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::ledger::{DeviceKey, Link, Replayed};
use crate::consent::purpose::Purpose;
use crate::consent::state::current::State;
use crate::consent::state::denials::Denials;
use crate::consent::state::told;
use crate::consent::stored::CONSENT;
use crate::vault::tables::KEYS;
use crate::vault::tables::{HEADS, INTENSITIES, MUTED, RECEIPTS};
use crate::vault::{Compartment, Completion, Secret, VaultError, Writer};

impl Gate {
    /// Erases everything. A second call removes the receipt of the first as well.
    pub(crate) fn erase_everything(&self, state: &State) -> Result<ErasureReport, ConsentError> {
        let target = Target { purposes: Purpose::ALL.to_vec(), tags: SensitiveTag::ALL.to_vec() };
        self.replace(state.holding(&target.purposes, &target.tags));
        self.hide_widget(Purpose::ALL.into_iter().collect(), state);
        self.visits_ended.fetch_add(1, Ordering::SeqCst);
        let seed = Secret::new(random::bytes::<32>(&*self.random)?.to_vec());
        let tombstone = if is_tombstone(state) { None } else { Some(self.tombstone(state, &seed)?) };
        let compartments = everything();
        let rows = self.vault.read(|r| count(r, &compartments)).map(|(_, rows)| rows).unwrap_or_default();
        let keys = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let receipt_id = tombstone.as_ref().map(|l| l.receipt.record_id.clone()).unwrap_or_default();
        let pending = ErasureReport { receipt_id: receipt_id.clone(), ..target.report(&rows, keys) };
        let all = Denials::everything();
        let turn = Turnabout { deny: all, allow: all, finish: all };
        let erased = self.vault.erase_with(&compartments, all.0, |w| {
            start_over(w, &seed)?;
            self.anchor_turn(w, turn);
            // What the receipt says, and without one nothing: no older copy is left that could say yes.
            let denied = tombstone.as_ref().map_or(0, |_| Denials::of(&Purpose::ALL, &[]).0);
            w.anchor().denied = w.anchor().denied & told::BITS | denied;
            tombstone.as_ref().map_or(Ok(()), |l| l.store(w))?;
            put_pending(w, &pending)
        });
        let erased = erased.inspect_err(|_| {
            self.coming.leave(Saying::No, all);
            self.resync();
        })?;
        self.coming.carried_out(all);
        if erased.completion == Completion::InKeyStore {
            return Ok(ErasureReport { complete: false, ..target.report(&[], 0) });
        }
        // Read back rather than drawn: what counts is what is on the disk.
        self.forget_state();
        self.resync();
        // What is committed has not failed; maintenance takes up what is left.
        let retired = self.retire_widget().survived("remove the widget's shelf").is_some();
        let complete = retired && erased.completion == Completion::Done;
        if complete {
            self.finished();
        }
        Ok(ErasureReport { receipt_id, complete, ..target.report(&erased.rows, erased.keys_destroyed) })
    }

    /// The receipt that remains: a time, a policy, and that everything was erased. It does not say what had been answered.
    fn tombstone(&self, state: &State, seed: &Secret) -> Result<Link, ConsentError> {
        let erased = Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential);
        let states = States::of_purposes(erased.map(|p| (p, ConsentState::Unknown)));
        let mut receipt = self.draft(state, ReceiptAction::Erased, &states, Place::NOWHERE);
        receipt.supersedes = Vec::new();
        receipt.age_band = None;
        receipt.opt_out_signal = false;
        receipt.signals_hash = String::new();
        receipt.opens = 0;
        receipt.device_ms = None;
        Link::new(receipt, None, random::bytes(&*self.random)?, &DeviceKey::from_seed(seed)?)
    }

    /// Lets go of what was held back: there is nothing left to hold.
    fn forget_state(&self) {
        let state = self.state();
        let check = crate::consent::LedgerCheck { verified: 0, broken_at: None, head_hash: String::new() };
        let key = Arc::clone(state.key());
        let (policy, signals) = (state.policy().clone(), state.signals().clone());
        let fresh = State::new(policy, signals, key, Replayed { receipts: Vec::new(), check, newer: None });
        self.replace(fresh.without_use_of(state.unused()).opted_out_since(state.opted_out_ms()));
    }
}

/// Whether nothing but the receipt of an earlier erasure is left.
fn is_tombstone(state: &State) -> bool {
    match state.receipts() {
        [only] => only.is_of_erasure(),
        _ => false,
    }
}

/// Every compartment but the essential one, which is emptied by hand.
fn everything() -> Vec<Compartment> {
    let purposes = Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential).map(Purpose::compartment);
    purposes.chain(SensitiveTag::ALL.into_iter().map(sensitive::compartment)).collect()
}

fn start_over(writer: &mut Writer<'_>, seed: &Secret) -> Result<(), VaultError> {
    // What the app told of its surroundings stays: it can only deny.
    for table in [KEYS, RECEIPTS, HEADS] {
        writer.clear(CONSENT, table)?;
    }
    writer.clear(CONSENT, INTENSITIES)?;
    writer.clear(CONSENT, MUTED)?;
    writer.put(CONSENT, KEYS, DEVICE, seed).map(drop)
}
