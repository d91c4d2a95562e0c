//! The vault's snapshot, which a widget or an extension reads without opening the vault.
//!
//! It is written under the permit for ranking, and gone by the time a call returns that ends anything it was made
//! from, whatever ends it. What it was made from is noted in the vault first; the note stays until the root key has
//! been replaced, so that no copy of the file outlives the permission, and what was cut off is taken up again.

use crate::vault::tables::WIDGETS;
use std::path::Path;
use std::sync::Arc;

use crate::consent::ConsentError;
use crate::consent::gate::Gate;
use crate::consent::gate::derived::Provenance;
use crate::consent::permit::Permit;
use crate::consent::purpose::{Purpose, Ranking};
use crate::consent::state::decide::decide;
use crate::consent::stored::{CONSENT, LATEST};
use crate::vault::{Durability, KeyStore, Secret, Vault, VaultError};

/// What is known of the snapshots that were written under the present root key.
pub(crate) struct Note {
    fed_by: Provenance,
    until_ms: i64,
}

impl Note {
    /// Nothing for anything that is no note.
    pub(crate) fn open(stored: &[u8]) -> Option<Self> {
        let (fed_by, until) = Provenance::open(stored)?;
        Some(Self { fed_by, until_ms: i64::from_le_bytes(until.try_into().ok()?) })
    }

    fn seal(&self) -> Secret {
        self.fed_by.seal(&self.until_ms.to_le_bytes())
    }
}

impl Gate {
    /// Replaces the snapshot by `bytes`, at most 256 KiB, in one step. `fed_by` names whatever they were made from;
    /// when any of it ends, or at `until_ms`, the snapshot goes.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] when consent has changed since the permit was given, or [`ConsentError::Vault`].
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
        let earlier = self.noted()?.unwrap_or(Note { fed_by: Provenance::none(), until_ms });
        let note = Note {
            fed_by: earlier.fed_by.with(fed_by).and(Purpose::Ranking),
            until_ms: earlier.until_ms.max(until_ms),
        };
        self.vault.write(Durability::Full, |w| w.put(CONSENT, WIDGETS, LATEST, &note.seal()).map(drop))?;
        Ok(self.vault.write_widget(bytes)?)
    }

    /// Removes the snapshot, and makes every copy of it unreadable.
    ///
    /// # Errors
    /// [`ConsentError::Vault`]; the call can be repeated.
    pub fn remove_widget(&self) -> Result<(), ConsentError> {
        let _one_at_a_time = self.changing()?;
        self.retire_widget()
    }

    /// As [`remove_widget`](Self::remove_widget), if anything it was made from has ended.
    pub(crate) fn review_widget(&self) -> Result<(), ConsentError> {
        let _one_at_a_time = self.changing()?;
        self.follow_widget(Provenance::none())
    }

    /// Removes the file ahead of everything else if it rests on what ends: it is not shown on, whatever fails later.
    pub(crate) fn hide_widget(&self, ending: Provenance) {
        if self.noted().is_ok_and(|note| note.is_some_and(|n| n.fed_by.meets(ending))) {
            drop(self.vault.hide_widget());
        }
    }

    /// Retires the snapshot if it rests on what was `erased` or may not be used now; when its time is up, the file
    /// goes.
    pub(crate) fn follow_widget(&self, erased: Provenance) -> Result<(), ConsentError> {
        let Some(note) = self.noted()? else { return Ok(()) };
        let (state, now) = (self.state(), self.clock.now());
        let allowed = note.fed_by.purposes().all(|p| decide(&state, p, now).allowed);
        if !allowed || note.fed_by.meets(erased) {
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
    fn noted(&self) -> Result<Option<Note>, ConsentError> {
        let unknown = || Note { fed_by: Purpose::ALL.into_iter().collect(), until_ms: i64::MIN };
        match self.vault.read(|r| r.get(CONSENT, WIDGETS, LATEST)) {
            Ok(stored) => Ok(stored.map(|bytes| Note::open(&bytes).unwrap_or_else(unknown))),
            Err(VaultError::Damaged { .. }) => Ok(Some(unknown())),
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
