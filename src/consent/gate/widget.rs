//! The vault's snapshot, which a widget or an extension reads without opening the vault.
//!
//! It is written under the permit for ranking, and gone by the time a call returns that ends anything it was made
//! from, whatever ends it. What it was made from is noted in the vault first; the note stays until the root key has
//! been replaced, so that no copy of the file outlives the permission, and what was cut off is taken up again.

use crate::base::log::Survived as _;
use crate::vault::tables::WIDGETS;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::base::codec::{Newer, Parts, Record, Unread};
use crate::consent::ConsentError;
use crate::consent::gate::Gate;
use crate::consent::gate::provenance::Provenance;
use crate::consent::permit::Permit;
use crate::consent::purpose::{Purpose, Ranking};
use crate::consent::state::clock::Now;
use crate::consent::state::current::State;
use crate::consent::state::decide::decide;
use crate::consent::stored::{CONSENT, LATEST};
use crate::vault::{Durability, KeyStore, Secret, Vault, VaultError};

/// What is known of the snapshots that were written under the present root key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Note {
    fed_by: Provenance,
    until_ms: i64,
}

impl Note {
    /// Whether it rests on what was `erased`, or may not be used now.
    fn has_ended(&self, erased: Provenance, state: &State, now: Now) -> bool {
        // Where the answers are not known, nothing has ended.
        let holds = |p| state.newer().is_some() || decide(state, p, now).allowed;
        self.fed_by.meets(erased) || !self.fed_by.purposes().all(holds)
    }
}

impl Record for Note {
    const WHAT: &'static str = "note on the widget's shelf";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        (self.fed_by.parts(), self.until_ms)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { fed_by: Provenance::read(parts)?, until_ms: parts.next()? })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        let fed_by = Provenance::read_old(body)?;
        (version == 1).then_some(Self { fed_by, until_ms: i64::from_le_bytes(body.next()?) })
    }
}

impl Gate {
    /// Replaces the snapshot by `bytes`, at most 256 KiB, in one step. `fed_by` names whatever they were made from;
    /// when any of it ends, or at `until_ms`, the snapshot goes.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given, [`ConsentError::Newer`] while
    /// there is one of a newer version, or [`ConsentError::Vault`].
    pub fn put_widget(
        &self,
        permit: &Permit<Ranking>,
        fed_by: Provenance,
        until_ms: i64,
        bytes: &[u8],
    ) -> Result<(), ConsentError> {
        // No change of consent comes between the check and the file.
        let _one_at_a_time = self.changing()?;
        permit.check()?;
        // Copies of earlier ones may be about.
        let earlier = self.noted()?.transpose()?.unwrap_or(Note { fed_by: Provenance::none(), until_ms });
        let note = Note {
            fed_by: earlier.fed_by.with(fed_by).and(Purpose::Ranking),
            until_ms: earlier.until_ms.max(until_ms),
        };
        let bytes_of_note = note.encode()?;
        self.vault.write(Durability::Full, |w| w.put(CONSENT, WIDGETS, LATEST, &bytes_of_note).map(drop))?;
        Ok(self.vault.write_widget(bytes)?)
    }

    /// Removes the snapshot, and makes every copy of it unreadable.
    ///
    /// # Errors
    /// [`ConsentError::Vault`]; the call can be repeated. [`ConsentError::Newer`] where a newer version made it.
    pub fn remove_widget(&self) -> Result<(), ConsentError> {
        let _one_at_a_time = self.changing()?;
        self.not_newer()?;
        self.noted()?.transpose()?;
        self.retire_widget()
    }

    /// As [`remove_widget`](Self::remove_widget), and the file goes without waiting for a change of consent. Of what a newer
    /// version made, only the file goes.
    ///
    /// # Errors
    /// [`ConsentError::Vault`]; the call can be repeated.
    pub fn take_down_widget(&self) -> Result<(), ConsentError> {
        self.vault.hide_widget()?;
        match self.remove_widget() {
            Err(ConsentError::Newer(_)) => Ok(()),
            other => other,
        }
    }

    /// As [`remove_widget`](Self::remove_widget), if anything it was made from has ended.
    pub(crate) fn review_widget(&self) -> Result<(), ConsentError> {
        let _one_at_a_time = self.changing()?;
        self.follow_widget(Provenance::none())
    }

    /// Removes the file ahead of everything else if it rests on what ends: it is not shown on, whatever fails later.
    pub(crate) fn hide_widget(&self, ending: Provenance, state: &State) {
        let now = self.clock.now();
        let ends = |note: Result<Note, Newer>| {
            note.map_or(ending != Provenance::none(), |note| note.has_ended(ending, state, now))
        };
        if self.noted().is_ok_and(|note| note.is_some_and(ends)) {
            self.vault.hide_widget().survived("hide the widget's shelf");
        }
    }

    /// Retires the snapshot if it rests on what was `erased` or may not be used now; when its time is up, the file
    /// goes. What a newer version made goes with whatever is erased, and for no other reason.
    pub(crate) fn follow_widget(&self, erased: Provenance) -> Result<(), ConsentError> {
        let Some(note) = self.noted()? else { return Ok(()) };
        let note = match note {
            Ok(note) => note,
            Err(_) if erased == Provenance::none() => return Ok(()),
            Err(_) => return self.retire_widget(),
        };
        let now = self.clock.now();
        if note.has_ended(erased, &self.state(), now) {
            self.retire_widget()
        } else if note.until_ms <= now.clock_ms {
            Ok(self.vault.hide_widget()?)
        } else {
            Ok(())
        }
    }

    pub(crate) fn retire_widget(&self) -> Result<(), ConsentError> {
        if self.noted()?.is_none() {
            // A copy may have been put back.
            return Ok(self.vault.hide_widget()?);
        }
        self.vault.remove_widget()?;
        self.vault.write(Durability::Normal, |w| w.remove(CONSENT, WIDGETS, LATEST))?;
        Ok(())
    }

    /// What cannot be read counts as made from everything: it stands for nothing.
    fn noted(&self) -> Result<Option<Result<Note, Newer>>, ConsentError> {
        let unknown = || Note { fed_by: Purpose::ALL.into_iter().collect(), until_ms: i64::MIN };
        match self.vault.read(|r| r.get(CONSENT, WIDGETS, LATEST)) {
            Ok(stored) => Ok(stored.map(|bytes| match Note::decode(&bytes) {
                Ok(note) => Ok(note),
                Err(Unread::Damaged) => Ok(unknown()),
                Err(Unread::Newer(newer)) => Err(newer),
            })),
            Err(VaultError::Damaged { .. }) => Ok(Some(Ok(unknown()))),
            Err(other) => Err(other.into()),
        }
    }
}

/// Reads the snapshot of the vault `name` that lies in `dir`, in any process that reaches the key store: the vault is
/// not opened, and one key is loaded. `None` if there is no snapshot, or none that can still be read.
///
/// # Errors
/// [`ConsentError::Vault`] if the key store is not available or the file is damaged.
pub fn read_widget(dir: &Path, name: &str, keys: Arc<dyn KeyStore>) -> Result<Option<Secret>, ConsentError> {
    Ok(Vault::read_widget(dir, name, keys)?)
}
