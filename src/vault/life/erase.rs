//! Erasure and replacement of the root key.

use crate::base::log::Survived as _;
use crate::vault::Vault;
use crate::vault::db::meta::Owed;
use crate::vault::db::session::Session;
use crate::vault::db::writer::Writer;
use crate::vault::error::VaultError;
use crate::vault::keys::ring::HEAD;
use crate::vault::life::anchored::Plan;
use crate::vault::types::{Compartment, Completion, Erased};

/// What may be left undone.
#[derive(Debug, Clone, Copy, Default)]
struct How {
    /// Records stay where they are, without a key, until they can be deleted.
    leave: bool,
    /// The denial may be held beside the key alone.
    hold: bool,
    /// The root key is replaced whatever the compartments hold.
    renew: bool,
}

impl Vault {
    /// Erases compartments for good: their data keys are destroyed, then their records, and the root key that could
    /// unwrap those keys from an older copy of the files is replaced. `deny` names what is denied from now on, so
    /// that no older copy of the files brings it back. `extra` runs in the same durable transaction; it may run again.
    ///
    /// With anything to deny, neither a full disk nor a key store that fails keeps it from holding: the result says
    /// how far it came, and [`finish`](Self::finish) does the rest.
    ///
    /// # Errors
    /// Without anything to deny, nothing has changed. With, neither disk nor key store could hold it.
    pub fn erase(
        &self,
        compartments: &[Compartment],
        deny: u64,
        extra: impl FnMut(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<Erased, VaultError> {
        self.erase_as(compartments, deny, How::default(), extra)
    }

    /// As [`erase`](Self::erase), where `extra` erases as well: what it deletes cannot be read from any older copy.
    ///
    /// # Errors
    /// As [`erase`](Self::erase).
    pub fn erase_with(
        &self,
        compartments: &[Compartment],
        deny: u64,
        extra: impl FnMut(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<Erased, VaultError> {
        self.erase_as(compartments, deny, How { renew: true, ..How::default() }, extra)
    }

    fn erase_as(
        &self,
        compartments: &[Compartment],
        deny: u64,
        how: How,
        mut extra: impl FnMut(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<Erased, VaultError> {
        if compartments.iter().any(|c| c.0 == HEAD) {
            return Err(VaultError::Reserved);
        }
        self.with_session(|session| {
            let mut once =
                |session: &mut Session, how| self.erase_once(session, compartments, deny, how, &mut extra);
            let erased = match once(session, how) {
                // Space is kept aside for this.
                Err(VaultError::Storage { code })
                    if is_full(code) && (deny != 0 || !compartments.is_empty()) =>
                {
                    self.files.release_reserve();
                    once(session, How { leave: true, ..how })
                }
                Err(VaultError::Conflict) => once(session, how),
                // Erasing needs no readable record.
                Err(VaultError::Damaged { .. }) => {
                    self.heal(session).survived("repair the damaged file before erasing");
                    once(session, how)
                }
                other => other,
            };
            let erased = match erased {
                Err(ref failed) if deny != 0 || matches!(failed, VaultError::Damaged { .. }) => {
                    once(session, How { leave: true, hold: true, ..how })
                }
                erased => erased,
            }?;
            if erased.completion != Completion::InKeyStore && !compartments.is_empty() {
                self.erase_aside(session.meta.install, compartments)
                    .survived("erase from what was put aside");
            }
            Ok(erased)
        })
    }

    fn erase_once(
        &self,
        session: &mut Session,
        compartments: &[Compartment],
        deny: u64,
        how: How,
        extra: &mut impl FnMut(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<Erased, VaultError> {
        let ring = self.open_keys.get()?;
        // No copy of this epoch holds a key of what has none, so the root key may stay.
        let new_root = how.renew || compartments.iter().any(|c| ring.get(c.0).is_some());
        drop(ring); // it holds the keys that are about to go
        if !new_root && deny == 0 {
            self.not_displaced()?;
            session.transact(self.tools(), true, true, extra)?;
            let rows = compartments.iter().map(|c| (*c, 0)).collect();
            return Ok(Erased { rows, keys_destroyed: 0, completion: Completion::Done });
        }
        let (mut rows, mut keys_destroyed) = (Vec::with_capacity(compartments.len()), 0);
        if how.leave {
            session.meta.owed = session.meta.owed.and(Owed::SWEEP);
        }
        if how.renew {
            session.meta.owed = session.meta.owed.and(Owed::ASIDES);
        }
        let (done, completion) = self.anchored(session, Plan { new_root, deny, hold: how.hold }, |w| {
            for c in compartments {
                keys_destroyed += w.destroy_keys(*c)?;
                rows.push((*c, if how.leave { 0 } else { w.drop_records(*c)? }));
            }
            extra(w)
        })?;
        if done.is_none() {
            (rows, keys_destroyed) = (Vec::new(), 0);
        }
        let completion = match completion {
            Completion::Done | Completion::OnDisk if how.renew => {
                let removed = self.remove_asides();
                let noted =
                    removed.and_then(|()| self.owe_exactly(session, session.meta.owed.without(Owed::ASIDES)));
                // Else the next opening or maintenance does it.
                if noted.survived("remove what was put aside").is_some() {
                    completion
                } else {
                    Completion::OnDisk
                }
            }
            other => other,
        };
        let completion = match completion {
            // An older copy of the files does not know of a widget's key that was made later.
            Completion::Done if self.remove_unknown_widget_keys(session).is_err() => {
                self.owe(session, Owed::WIDGET).survived("record that a widget's key is still to be removed");
                Completion::OnDisk
            }
            other => other,
        };
        self.note_settled(session);
        Ok(Erased { rows, keys_destroyed, completion })
    }

    /// Replaces the root key. No record is touched; older copies of the files become unreadable.
    ///
    /// # Errors
    /// As [`Vault::write`].
    pub fn rotate_root(&self) -> Result<(), VaultError> {
        self.with_session(|session| {
            self.anchored(session, Plan { new_root: true, deny: 0, hold: false }, |_| {
                Ok::<_, VaultError>(())
            })?;
            self.note_settled(session);
            Ok(())
        })
    }
}

/// Whether SQLite's code says that the disk is full.
const fn is_full(code: i32) -> bool {
    code & 0xff == rusqlite::ffi::SQLITE_FULL
}
