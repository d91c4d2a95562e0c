//! What was cut off or could not be done is brought to its end, at every opening and in maintenance.

use std::sync::PoisonError;

use crate::vault::Vault;
use crate::vault::db::meta::{Meta, Owed};
use crate::vault::db::session::Session;
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::item::ItemName;
use crate::vault::keys::items::Named;
use crate::vault::life::anchored::Plan;

impl Vault {
    /// Brings to its end what is owed: an erasure whose old key could not be removed, a denial that is not anchored
    /// yet. Tells whether an erasure was finished. Does nothing when nothing is owed.
    ///
    /// # Errors
    /// Why it still cannot be done; the next call tries again.
    pub fn finish(&self) -> Result<bool, VaultError> {
        self.with_session(|session| self.settle(session))
    }

    /// Whether everything that was promised is done: no erasure is unfinished, and what must not roll back is anchored.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.settled.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Removes items of the key store that were said to be removed and are there: it may have answered `Missing` while it had
    /// nothing to say. Asks for the list once, and again after anything unusual.
    ///
    /// # Errors
    /// [`VaultError`] when the list or the disk fails; the next call goes on.
    pub fn remove_leftovers(&self) -> Result<(), VaultError> {
        self.with_session(|session| {
            if session.suspicious && self.items(session).names()?.len() > 1 {
                session.meta.owed = session.meta.owed.and(Owed::RETIRE);
                self.settle(session)?;
            }
            session.suspicious = false;
            Ok(())
        })
    }

    /// After a process that ended while it changed an item: what another item denies is carried out now, and not with some
    /// later change.
    pub(crate) fn look_for_leftovers(&self, session: &mut Session) {
        let now = session.meta.item_name(&self.files.name);
        let known = session.anchor.denied | Anchor::NUMBER;
        let denies = |other: &Named| other.name != now && (other.item.anchor.denied & !known) != 0;
        match self.items(session).all() {
            Ok(items) if items.len() < 2 => self.note_change(false),
            // What it says beside goes with the next change.
            Ok(items) if !items.iter().any(denies) => {}
            _ => session.meta.owed = session.meta.owed.and(Owed::RETIRE),
        }
    }

    pub(crate) fn settle(&self, session: &mut Session) -> Result<bool, VaultError> {
        let settled = self.settle_all(session);
        self.note_settled(session);
        settled
    }

    fn settle_all(&self, session: &mut Session) -> Result<bool, VaultError> {
        let (owed, old) = (session.meta.owed, session.meta.old_roots.iter().any(Option::is_some));
        if session.unnamed {
            session.transact(self.tools(), true, true, |_| Ok::<_, VaultError>(()))?;
        }
        self.remove_old_roots(session)?;
        if owed.has(Owed::RETIRE.and(Owed::ROTATE)) {
            // What was erased may have been on a widget of which only a newer copy of the files knows.
            self.remove_unknown_widget_keys(session)?;
        }
        if owed.has(Owed::SWEEP) {
            session.transact(self.tools(), true, true, |w| w.sweep())?;
            self.owe_exactly(session, session.meta.owed.without(Owed::SWEEP))?;
        }
        let behind = owed.has(Owed::RETIRE) && !self.names_newest(session)?;
        if behind || owed.has(Owed::ANCHOR.and(Owed::ROTATE)) {
            session.suspicious |= behind;
            let plan = Plan { new_root: owed.has(Owed::ROTATE), deny: 0, hold: false };
            self.anchored(session, plan, |_| Ok::<_, VaultError>(()))?;
        }
        if session.meta.owed.has(Owed::RETIRE) {
            self.retire_all(session)?;
            self.note_change(false);
        }
        if owed.has(Owed::WIDGET) {
            self.remove_widget_key(session)?;
        }
        if owed.has(Owed::ASIDES) {
            self.remove_asides()?;
            self.owe_exactly(session, session.meta.owed.without(Owed::ASIDES))?;
        }
        Ok(old || owed.has(Owed::RETIRE.and(Owed::ROTATE)))
    }

    /// Ends an erasure or rotation that a store of format 1 was cut off in.
    fn remove_old_roots(&self, session: &mut Session) -> Result<(), VaultError> {
        if session.meta.old_roots == [None, None] {
            return Ok(());
        }
        // A synced write first: the commit that changed the epoch may not be on the disk yet.
        session.transact(self.tools(), true, true, |_| Ok::<_, VaultError>(()))?;
        let items = self.items(session);
        for epoch in session.meta.old_roots.into_iter().flatten() {
            items.delete(&ItemName::Old { name: self.files.name.clone(), epoch })?;
        }
        self.update_meta(session, |meta| meta.old_roots = [None, None])?;
        self.empty_log(session)
    }

    /// Whether the files name the newest item. If not, it is no leftover: a copy of the files has been used, or a denial
    /// was held beside the key.
    fn names_newest(&self, session: &Session) -> Result<bool, VaultError> {
        let now = session.meta.item_name(&self.files.name);
        let names = self.items(session).names()?;
        let mut rivals = names.iter().filter(|name| name.generation() >= now.generation());
        Ok(names.contains(&now) && rivals.all(|name| *name == now))
    }

    /// Removes every item but the one in force, and empties the log.
    fn retire_all(&self, session: &mut Session) -> Result<(), VaultError> {
        // A synced write first: the commit that named the item in force may not be on the disk yet.
        session.transact(self.tools(), true, true, |_| Ok::<_, VaultError>(()))?;
        let (items, now) = (self.items(session), session.meta.item_name(&self.files.name));
        let mut gone: Vec<ItemName> = items.names()?;
        gone.retain(|name| *name != now);
        gone.iter().try_for_each(|name| items.delete(name))?;
        self.empty_log(session)
    }

    /// Empties the log into the database, and makes that durable.
    pub(crate) fn empty_log(&self, session: &mut Session) -> Result<(), VaultError> {
        {
            // No reader may hold the log open while it is emptied.
            let _quiet = self.reader.get().map(|r| r.lock().unwrap_or_else(PoisonError::into_inner));
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            let blocked: i64 = session.conn.query_row(checkpoint, [], |row| row.get(0))?;
            if blocked != 0 {
                return Err(VaultError::Busy);
            }
        }
        // SQLite does not sync the truncation: one more real write does.
        self.owe_exactly(session, session.meta.owed.without(Owed::RETIRE))
    }

    /// Notes durably that something is still to be done.
    pub(crate) fn owe(&self, session: &mut Session, more: Owed) -> Result<(), VaultError> {
        self.owe_exactly(session, session.meta.owed.and(more))
    }

    pub(crate) fn owe_exactly(&self, session: &mut Session, owed: Owed) -> Result<(), VaultError> {
        self.update_meta(session, |meta| meta.owed = owed)
    }

    /// Changes what the files say about themselves, durably.
    pub(crate) fn update_meta(
        &self,
        session: &mut Session,
        change: impl FnOnce(&mut Meta),
    ) -> Result<(), VaultError> {
        let mut meta = session.meta.clone();
        change(&mut meta);
        session.transact(self.tools(), true, true, |w| meta.update(w.reader.conn))?;
        session.meta = meta;
        Ok(())
    }
}
