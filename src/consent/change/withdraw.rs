//! Taking back: the keys are destroyed before the call returns, the records with them.
//!
//! First everything that was given is denied and every permit is dead. Then one transaction of the vault destroys the
//! data keys, deletes the records and writes the receipt; the denial is anchored beside the root key, which is replaced
//! so that no older copy can be read. A full disk or a key store that fails does not keep a denial from holding: what
//! could not be done is done at the next opening or maintenance, and the report says so.

use std::sync::atomic::Ordering;

use crate::base::codec::Unread;
use crate::base::limits::CHOICES;
use crate::base::log::{LogLevel, Survived as _, say};
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::reconcile::denied;
use crate::consent::change::report::{EraseScope, ErasureReport, noted, put_pending, remove_noted};
use crate::consent::change::target::{Plan, Target, Turnabout, count};
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::gate::coming::Saying;
use crate::consent::gate::open::Saved;
use crate::consent::ledger::Link;
use crate::consent::ledger::receipt::{Receipt, ReceiptAction};
use crate::consent::purpose::Purpose;
use crate::consent::state::current::State;
use crate::consent::state::denials::Denials;
use crate::vault::{Completion, Durability, VaultError, Writer};

impl Gate {
    /// Takes purposes back: destroys their keys and data, derived data and waiting reports.
    ///
    /// When this returns, they are denied for good; where the report is [complete](ErasureReport::complete), nothing
    /// of them can be read either, from any file or backup. If it fails, they are denied until the process ends, and the
    /// next change, opening or maintenance that can carries it out.
    /// Of a surface or locale that is too long the receipt has the beginning.
    ///
    /// # Errors
    /// [`ConsentError`] when neither the disk nor the key store could hold it; [`ConsentError::OutOfBounds`] for too many
    /// purposes, when all of them are taken back.
    pub fn withdraw(
        &self,
        purposes: &[Purpose],
        surface: &str,
        locale: &str,
    ) -> Result<ErasureReport, ConsentError> {
        let _denying = self.denying(Saying::No, Denials::with_tags(purposes))?;
        // What was denied before is carried out first: else a later end of it would take this answer along.
        self.reconcile().survived("carry out an earlier denial");
        let withdrawn = purposes.iter().filter(|p| **p != Purpose::Essential);
        let states = States::of_purposes(withdrawn.map(|&p| (p, ConsentState::Withdrawn)));
        let state = self.state();
        let (_, report) =
            self.settle(&state, ReceiptAction::Withdrawn, states, Place::cut(surface, locale))?;
        CHOICES.entries("purposes", purposes.len())?;
        Ok(report)
    }

    /// Erases data without asking why. Unlike [`withdraw`](Self::withdraw), answers stay, except
    /// for [`EraseScope::Everything`].
    ///
    /// # Errors
    /// [`ConsentError`]; the call can be repeated.
    pub fn erase(&self, scope: EraseScope) -> Result<ErasureReport, ConsentError> {
        let (purposes, tags) = match scope {
            EraseScope::Everything => (Purpose::ALL.to_vec(), SensitiveTag::ALL.to_vec()),
            // Nothing is kept under it.
            EraseScope::DataOf { purpose: Purpose::Essential } => return Ok(ErasureReport::default()),
            EraseScope::DataOf { purpose: Purpose::History } => {
                (vec![Purpose::History], SensitiveTag::ALL.to_vec())
            }
            EraseScope::DataOf { purpose } => (vec![purpose], Vec::new()),
            EraseScope::DataAbout { tag } => (Vec::new(), vec![tag]),
        };
        if scope == EraseScope::Everything {
            let _denying = self.denying(Saying::No, Denials::everything())?;
            return self.erase_everything(&self.state());
        }
        let denials = Denials::of(&purposes, &tags);
        let _denying = self.denying(Saying::Erase, denials)?;
        self.erase_kept(denials)
    }

    /// Erases data; it is not used until that is done.
    fn erase_kept(&self, denials: Denials) -> Result<ErasureReport, ConsentError> {
        let (purposes, tags) = (denials.purposes(), denials.tags());
        let state = self.state().erased(&purposes, &tags);
        self.replace(state.erasing(&purposes, &tags));
        let done = self.erase_data(&state, purposes.clone(), tags.clone());
        if !done.as_ref().is_ok_and(|report| report.complete) {
            self.replace(self.state().erasing(&purposes, &tags));
        }
        if done.is_ok() {
            self.coming.erased(denials);
        }
        done
    }

    /// Carries out what was denied and could not be, or never had its turn.
    pub(crate) fn take_up(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let (left, data, signals) = self.coming.left();
        if let Some(signals) = signals {
            // They deny already; what is left is tried again.
            self.follow_signals(signals).survived("store what the app told");
        }
        let denied = if left.is_everything() {
            Some(self.erase_everything(&self.state())?)
        } else if left.is_empty() {
            None
        } else {
            let state = self.state();
            let states = denied(&state, left, self.clock.now());
            Some(self.settle(&state, ReceiptAction::Withdrawn, states, Place::NOWHERE)?.1)
        };
        let erased = if data.is_empty() { None } else { Some(self.erase_kept(data)?) };
        Ok([denied, erased].into_iter().flatten().reduce(ErasureReport::and))
    }

    /// Erases without touching the answers.
    pub(crate) fn erase_data(
        &self,
        state: &State,
        purposes: Vec<Purpose>,
        tags: Vec<SensitiveTag>,
    ) -> Result<ErasureReport, ConsentError> {
        let now = self.clock.now();
        let states = States {
            purposes: purposes.iter().map(|&p| (p, state.of(p, now))).collect(),
            tags: tags
                .iter()
                .filter(|&&t| state.tag_answer(t).is_some())
                .map(|&t| (t, state.of_tag(t, now)))
                .collect(),
        };
        let target = Target { purposes, tags };
        let draft = self.draft(state, ReceiptAction::Erased, &states, Place::NOWHERE);
        // A broken ledger takes no receipt, and must not keep anybody's data alive for it.
        let draft = (!state.is_broken()).then_some(draft);
        Ok(self.carry_out(state, draft, &target, Turnabout::default())?.1)
    }

    /// Brings to its end what was cut off or could not be done, and tells what was erased by it; nothing if there was
    /// nothing to do. Call it after opening and in maintenance.
    ///
    /// # Errors
    /// [`ConsentError`] when it still cannot be done.
    pub fn resume_erasure(&self) -> Result<Option<ErasureReport>, ConsentError> {
        let _one_at_a_time = self.changing()?;
        self.resume()
    }

    pub(crate) fn resume(&self) -> Result<Option<ErasureReport>, ConsentError> {
        self.vault.finish()?;
        let told = match self.vault.read(|r| Ok::<_, VaultError>(noted(r)))? {
            None | Some(Err(Unread::Newer(_))) => None,
            Some(report) => {
                // What it was made from may be gone.
                self.retire_widget()?;
                self.vault.write(Durability::Full, remove_noted)?;
                report.ok()
            }
        };
        let restored = self.reconcile()?;
        Ok([told, restored].into_iter().flatten().reduce(ErasureReport::and))
    }

    /// Writes a receipt and erases what ends with it, in one transaction.
    pub(crate) fn settle(
        &self,
        state: &State,
        action: ReceiptAction,
        mut states: States,
        place: Place<'_>,
    ) -> Result<(Receipt, ErasureReport), ConsentError> {
        include_tags(state, &mut states);
        if states.is_empty() {
            return Ok((self.draft(state, action, &states, place), ErasureReport::default()));
        }
        let (purposes, tags) = states.ended();
        // From here on every permit is dead and what has ended is denied, whatever the disk does.
        self.replace(state.holding(&purposes, &tags));
        let draft = self.draft(state, action, &states, place);
        let deny = Denials::of(&purposes, &tags);
        let writable = !state.is_broken() || deny.is_empty();
        let allow = if writable { states.granted() } else { Denials::default() };
        let turn = Turnabout { deny, allow, finish: deny };
        let stored = writable.then(|| draft.clone());
        let done = self.carry_out(state, stored, &Target { purposes, tags }, turn);
        let denied = match done {
            // A no needs less than a yes: where they do not come through together, each goes as far as it comes.
            Err(_) if !deny.is_empty() && !allow.is_empty() => None,
            Ok((None, report)) if !allow.is_empty() => Some(report),
            done => {
                let action = if writable { ReceiptAction::Noted } else { draft.action };
                let noted = || Receipt { action, ..draft };
                return done.map(|(receipt, report)| (receipt.unwrap_or_else(noted), report));
            }
        };
        let (no, yes) = states.parted();
        let denied = match denied {
            None => self.settle(&self.state(), action, no, place)?.1,
            Some(report) => report,
        };
        let (receipt, allowed) = self.settle(&self.state(), action, yes, place)?;
        Ok((receipt, denied.and(allowed)))
    }

    /// Erases the target and writes the receipt, in these steps. A broken ledger takes no receipt, and must not keep
    /// anybody's data alive for it.
    pub(crate) fn carry_out(
        &self,
        state: &State,
        draft: Option<Receipt>,
        target: &Target,
        turn: Turnabout,
    ) -> Result<(Option<Receipt>, ErasureReport), ConsentError> {
        self.hide_widget(target.sources(), state);
        if target.purposes.contains(&Purpose::Session) {
            self.visits_ended.fetch_add(1, Ordering::SeqCst);
        }
        let link = draft.map(|d| self.link(state, d)).transpose()?;
        let plan = self.plan(target, turn, link);
        let committed = self.commit(&plan);
        match &committed {
            Ok(_) => self.coming.carried_out(turn.deny),
            Err(_) => self.coming.leave(Saying::No, turn.deny),
        }
        if matches!(committed, Err(_) | Ok((Completion::InKeyStore, _))) {
            // At most, the denial stands beside the key. Nothing of the files is believed until they have been erased.
            self.resync();
            self.hide_widget(target.sources(), &self.state());
            return Ok((None, committed?.1));
        }
        let (_, mut report) = committed?;
        self.coming.lift(turn.allow);
        self.replace(match &plan.link {
            Some(l) => state.with(l.receipt.clone(), l.hash.clone()),
            None if turn.deny.is_empty() => state.clone(),
            None => state.holding(&target.purposes, &target.tags),
        });
        match self.follow_widget(target.sources()) {
            // Nobody would come back to it. A yes is stored, and counts.
            Err(failed) if plan.ends_nothing() && turn.allow.is_empty() => return Err(failed),
            // What is committed has not failed: the file is hidden, and its copies go with the next tick.
            followed => report.complete &= followed.is_ok(),
        }
        if report.complete && !plan.compartments.is_empty() {
            self.finished();
        }
        Ok((plan.link.map(|l| l.receipt), report))
    }

    /// What goes, and the report of it as far as it can be told beforehand.
    fn plan<'a>(&self, target: &'a Target, turn: Turnabout, link: Option<Link>) -> Plan<'a> {
        let all = target.compartments();
        // Counting is for the report alone: what cannot be counted is erased all the same.
        let (compartments, rows) =
            self.vault.read(|r| count(r, &all)).unwrap_or_else(|_| (all.clone(), Vec::new()));
        let keys = u32::try_from(compartments.len()).unwrap_or(u32::MAX);
        let receipt_id = link.as_ref().map(|l| l.receipt.record_id.clone()).unwrap_or_default();
        let report = ErasureReport { receipt_id, ..target.report(&rows, keys) };
        Plan { target, turn, link, compartments, report }
    }

    /// Destroys the keys, deletes the records and stores the receipt, in one transaction.
    fn commit(&self, plan: &Plan<'_>) -> Result<(Completion, ErasureReport), ConsentError> {
        let Plan { target, turn, link, compartments, report } = plan;
        let store = |w: &mut Writer<'_>| {
            self.anchor_turn(w, *turn);
            if !compartments.is_empty() {
                put_pending(w, report)?;
            }
            link.as_ref().map_or(Ok(()), |l| l.store(w))
        };
        if plan.ends_nothing() && !turn.allow.is_empty() {
            self.vault.write(Durability::Anchored, store)?;
            return Ok((Completion::Done, report.clone()));
        }
        let erased = self.vault.erase(compartments, turn.deny.0, store)?;
        // Also what this vault has no key for.
        let aside = self.vault.erase_from_asides(&target.compartments());
        aside.survived("erase from a vault that was set aside");
        if erased.completion != Completion::Done {
            say(
                LogLevel::Warning,
                format_args!("erase what was denied: disk or key store refused, it is tried again"),
            );
        }
        let told = match erased.completion {
            Completion::InKeyStore => ErasureReport { complete: false, ..target.report(&[], 0) },
            completion => ErasureReport {
                receipt_id: report.receipt_id.clone(),
                complete: completion == Completion::Done,
                ..target.report(&erased.rows, erased.keys_destroyed)
            },
        };
        Ok((erased.completion, told))
    }

    /// Puts beside the key what a change of answers does, and the time.
    pub(crate) fn anchor_turn(&self, writer: &mut Writer<'_>, turn: Turnabout) {
        let (device_ms, latest_ms) = self.clock.time().anchored();
        let anchor = writer.anchor();
        anchor.denied &= !turn.allow.0;
        anchor.unfinished &= !turn.finish.0;
        anchor.device_ms = anchor.device_ms.max(device_ms);
        anchor.latest_ms = anchor.latest_ms.max(latest_ms);
    }

    /// The erasure is complete: its report needs no second telling.
    pub(crate) fn finished(&self) {
        // If this fails, the report is told once more after the next opening.
        let removed = self.vault.write(Durability::Normal, remove_noted);
        removed.survived("note that an erasure is complete");
    }

    /// Reads the ledger again after a write that may or may not have happened. What is held stays so.
    pub(crate) fn resync(&self) {
        let state = self.state();
        let saved = self.vault.read(|r| Saved::load(r).map_err(ConsentError::from));
        let read = saved.and_then(|s| s.state(state.policy().clone(), state.signals().clone()));
        if let Ok(fresh) = read {
            self.replace(fresh.in_place_of(&state));
        }
    }
}

/// What is sensitive goes with the history it is part of.
fn include_tags(state: &State, states: &mut States) {
    let history = states.purposes.iter().find(|(p, s)| *p == Purpose::History && s.ends());
    if let Some((_, ended)) = history {
        let as_history = if ended.is_refusal() { ConsentState::Withdrawn } else { *ended };
        let granted = |t: &SensitiveTag| state.tag_answer(*t).is_some_and(|a| a.state.is_grant());
        let listed = |t: &SensitiveTag| states.tags.iter().any(|(listed, _)| listed == t);
        let more = SensitiveTag::ALL.into_iter().filter(|t| granted(t) && !listed(t));
        let more: Vec<_> = more.map(|t| (t, as_history)).collect();
        states.tags.extend(more);
    }
}
