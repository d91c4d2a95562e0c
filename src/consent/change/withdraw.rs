//! Taking back: the keys are destroyed before the call returns, the records with them.
//!
//! First everything that was given is denied and every permit is dead. Then one transaction of the vault destroys the
//! data keys, deletes the records and writes the receipt; the denial is anchored beside the root key, which is replaced
//! so that no older copy can be read. A full disk or a key store that fails does not keep a denial from holding: what
//! could not be done is done at the next opening or maintenance, and the report says so.

use crate::base::codec::{Record as _, Unread, record_of_one_part};
use crate::base::limits::CHOICES;
use crate::base::log::Survived as _;
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::{EraseScope, ErasureReport};
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::gate::open::Saved;
use crate::consent::gate::provenance::Provenance;
use crate::consent::gate::sensitive;
use crate::consent::ledger::receipt::{Receipt, ReceiptAction};
use crate::consent::purpose::Purpose;
use crate::consent::state::current::State;
use crate::consent::state::denials::Denials;
use crate::consent::stored::{CONSENT, LATEST};
use crate::vault::tables::ERASURES;
use crate::vault::{Compartment, Completion, Durability, Reader, Table, VaultError, Writer};

/// Tables of other rooms have numbers below this one.
const TABLES: u16 = 100;

/// What has to go.
pub(crate) struct Target {
    pub purposes: Vec<Purpose>,
    pub tags: Vec<SensitiveTag>,
}

impl Target {
    fn compartments(&self) -> Vec<Compartment> {
        let purposes = self.purposes.iter().flat_map(|p| p.erased_with()).map(|p| p.compartment());
        // Whatever the answer to a tag has become, what is kept about it goes with the history it is part of.
        let with_history: &[SensitiveTag] =
            if self.purposes.contains(&Purpose::History) { &SensitiveTag::ALL } else { &[] };
        let tags = self.tags.iter().chain(with_history).map(|&tag| sensitive::compartment(tag));
        let mut all: Vec<_> = purposes.chain(tags).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn sources(&self) -> Provenance {
        let purposes: Provenance = self.purposes.iter().copied().collect();
        self.tags.iter().fold(purposes, |all, &tag| all.and_tag(tag))
    }

    /// The report, from the records erased by compartment.
    pub(crate) fn report(&self, rows: &[(Compartment, u64)], keys: u32) -> ErasureReport {
        let of = |purposes: &[Purpose]| -> u64 {
            let wanted: Vec<Compartment> = purposes.iter().map(|p| p.compartment()).collect();
            rows.iter().filter(|(c, _)| wanted.contains(c)).map(|(_, n)| n).sum()
        };
        let derived = of(&[Purpose::Inference]);
        let reports_cancelled = of(&[Purpose::Measurement, Purpose::ModelImprovement]);
        let all: u64 = rows.iter().map(|(_, n)| n).sum();
        ErasureReport {
            purposes: self.purposes.clone(),
            sensitive: self.tags.clone(),
            rows: all.saturating_sub(derived).saturating_sub(reports_cancelled),
            derived,
            keys_destroyed: keys,
            reports_cancelled,
            receipt_id: String::new(),
            complete: true,
        }
    }
}

/// What a change of answers does beside the key.
#[derive(Clone, Copy, Default)]
pub(crate) struct Turnabout {
    /// Denied from now on, whatever disk and key store do.
    pub deny: Denials,
    /// Allowed again, once it is stored.
    pub allow: Denials,
    /// Denials whose data is erased with this change.
    pub finish: Denials,
}

impl Gate {
    /// Takes purposes back: destroys their keys and data, derived data and waiting reports.
    ///
    /// When this returns, they are denied for good; where the report is [complete](ErasureReport::complete), nothing
    /// of them can be read either, from any file or backup. If it fails, they are denied until the process ends.
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
        let _one_at_a_time = self.changing()?;
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
        let _one_at_a_time = self.changing()?;
        let state = self.state();
        let (purposes, tags) = match scope {
            EraseScope::Everything => return self.erase_everything(&state),
            EraseScope::DataOf { purpose: Purpose::Essential } => (Vec::new(), Vec::new()),
            EraseScope::DataOf { purpose: Purpose::History } => {
                (vec![Purpose::History], SensitiveTag::ALL.to_vec())
            }
            EraseScope::DataOf { purpose } => (vec![purpose], Vec::new()),
            EraseScope::DataAbout { tag } => (Vec::new(), vec![tag]),
        };
        self.replace(state.holding(&purposes, &tags));
        self.erase_data(&state, purposes, tags)
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
            done => return done.map(|(receipt, report)| (receipt.unwrap_or(draft), report)),
        };
        let (no, yes) = states.parted();
        let denied = match denied {
            None => self.settle(&self.state(), action, no, place)?.1,
            Some(report) => report,
        };
        let (receipt, allowed) = self.settle(&self.state(), action, yes, place)?;
        Ok((receipt, denied.and(allowed)))
    }

    /// Erases the target and writes the receipt. A broken ledger takes no receipt, and must not
    /// keep anybody's data alive for it.
    pub(crate) fn carry_out(
        &self,
        state: &State,
        draft: Option<Receipt>,
        target: &Target,
        turn: Turnabout,
    ) -> Result<(Option<Receipt>, ErasureReport), ConsentError> {
        let sources = target.sources();
        self.hide_widget(sources);
        let link = draft.map(|d| self.link(state, d)).transpose()?;
        // Counting is for the report alone: what cannot be counted is erased all the same.
        let counted = self.vault.read(|r| count(r, &target.compartments()));
        let compartments = counted.as_ref().map_or_else(|_| target.compartments(), |(c, _)| c.clone());
        let rows = counted.map(|(_, rows)| rows).unwrap_or_default();
        let keys = u32::try_from(compartments.len()).unwrap_or(u32::MAX);
        let mut report = target.report(&rows, keys);
        report.receipt_id = link.as_ref().map(|l| l.receipt.record_id.clone()).unwrap_or_default();
        let pending = report.clone();
        let store = |w: &mut Writer<'_>| {
            self.anchor_turn(w, turn);
            if !compartments.is_empty() {
                put_pending(w, &pending)?;
            }
            link.as_ref().map_or(Ok(()), |l| l.store(w))
        };
        let erased = if compartments.is_empty() && turn.deny.is_empty() && !turn.allow.is_empty() {
            self.vault.write(Durability::Anchored, store).map(|()| None)
        } else {
            self.vault.erase(&compartments, turn.deny.0, store).map(Some)
        };
        let erased = erased.inspect_err(|_| self.resync())?;
        let completion = erased.as_ref().map_or(Completion::Done, |e| e.completion);
        if let Some(erased) = erased.filter(|_| completion != Completion::InKeyStore) {
            let receipt_id = report.receipt_id;
            report = ErasureReport { receipt_id, ..target.report(&erased.rows, erased.keys_destroyed) };
        }
        report.complete = completion == Completion::Done;
        if completion == Completion::InKeyStore {
            // The denial stands beside the key. Nothing of the files is believed until they have been erased.
            self.resync();
            report = ErasureReport { complete: false, ..target.report(&[], 0) };
            return Ok((None, report));
        }
        let next = match &link {
            Some(l) => state.with(l.receipt.clone(), l.hash.clone()),
            None => state.holding(&target.purposes, &target.tags),
        };
        self.replace(next);
        match self.follow_widget(sources) {
            // Nobody would come back to it.
            Err(failed) if compartments.is_empty() && turn.deny.is_empty() => return Err(failed),
            // What is committed has not failed: the file is hidden, and its copies go with the next tick.
            followed => report.complete &= followed.is_ok(),
        }
        if report.complete && !compartments.is_empty() {
            self.finished();
        }
        Ok((link.map(|l| l.receipt), report))
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
            let (purposes, tags) = state.held();
            self.replace(fresh.holding(purposes, tags).without_use_of(state.unused()));
        }
    }
}

/// Records by compartment.
type RowCounts = Vec<(Compartment, u64)>;

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

/// Those of the compartments that have a key, and how many records they hold.
pub(crate) fn count(
    reader: &Reader<'_>,
    compartments: &[Compartment],
) -> Result<(Vec<Compartment>, RowCounts), VaultError> {
    let with_key: Vec<Compartment> = compartments.iter().copied().filter(|c| reader.has(*c)).collect();
    let mut counted = Vec::with_capacity(with_key.len());
    for &compartment in &with_key {
        let mut rows = 0_u64;
        for table in 0..TABLES {
            rows = rows.saturating_add(reader.count(compartment, Table(table))?);
        }
        counted.push((compartment, rows));
    }
    Ok((with_key, counted))
}

record_of_one_part!(ErasureReport, "report of an erasure");

/// Notes what an erasure did until it is complete. The note of a newer version stays: this erasure is not told again.
pub(crate) fn put_pending(writer: &mut Writer<'_>, report: &ErasureReport) -> Result<(), VaultError> {
    if matches!(noted(writer), Some(Err(Unread::Newer(_)))) {
        return Ok(());
    }
    let bytes = report.encode().map_err(|_| VaultError::Damaged { what: "erasure report" })?;
    writer.put(CONSENT, ERASURES, LATEST, &bytes).map(drop)
}

fn noted(reader: &Reader<'_>) -> Option<Result<ErasureReport, Unread>> {
    match reader.get(CONSENT, ERASURES, LATEST) {
        Ok(stored) => Some(ErasureReport::decode(&stored?)),
        Err(_) => None,
    }
}

fn remove_noted(writer: &mut Writer<'_>) -> Result<(), VaultError> {
    match noted(writer) {
        Some(Err(Unread::Newer(_))) => Ok(()),
        _ => writer.remove(CONSENT, ERASURES, LATEST).map(drop),
    }
}
