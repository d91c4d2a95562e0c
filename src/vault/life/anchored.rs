//! Anchored transactions: what they leave cannot be taken back by an older copy of the files.
//!
//! Each stores a new key store item, with the root key and what must not roll back, and names it in the same commit:
//!
//! 1. the item in force is loaded: a copy of the files whose item is gone cannot write before it has taken over what
//!    the newer item says;
//! 2. the transaction runs, the new item is stored and read back, and no third item may be there;
//! 3. the commit, synced, names the new item;
//! 4. the item before is removed, and only then is the call acknowledged. An older copy of the files names it in vain.
//!
//! A denial goes on where any other change gives up. Without the key store it holds in the files; without the disk it
//! holds in an item that takes the place of the one the files name.

use std::sync::PoisonError;

use crate::base::log::Survived as _;
use crate::vault::Vault;
use crate::vault::crypto::secret::scrub_stack;
use crate::vault::db::meta::{Owed, rewrap};
use crate::vault::db::session::Session;
use crate::vault::db::writer::Writer;
use crate::vault::error::KeyStoreError;
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::item::{Install, Item, ItemName, Root};
use crate::vault::keys::items::{Items, Named, strictest_since};
use crate::vault::keys::ring::{Keyring, proof};
use crate::vault::types::Completion;

/// What an anchored transaction is to do beside its records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Replaces the root key: what the transaction deletes cannot be read from any older copy.
    pub(crate) new_root: bool,
    /// Bits that are denied from now on. With any, the change may not fail for want of a disk or a key store.
    pub(crate) deny: u64,
    /// Whether a denial may be held beside the key alone.
    pub(crate) hold: bool,
}

/// What a new item follows.
struct Base {
    /// The item in force, with what any other says against anything.
    now: Named,
    /// The latest generation there is.
    generation: u64,
    /// Other items, which go with the one in force.
    others: Vec<ItemName>,
    /// An item that a commit names which failed, and may still come back from the log.
    spared: Option<ItemName>,
}

impl Vault {
    /// Runs `op` in one anchored transaction. `None` with [`Completion::InKeyStore`]: nothing of `op` was committed.
    pub(crate) fn anchored<T, E: From<VaultError>>(
        &self,
        session: &mut Session,
        plan: Plan,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<(Option<T>, Completion), E> {
        let done = self.anchored_on_this_stack(session, plan, op);
        scrub_stack();
        done
    }

    #[inline(never)]
    fn anchored_on_this_stack<T, E: From<VaultError>>(
        &self,
        session: &mut Session,
        plan: Plan,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<(Option<T>, Completion), E> {
        let base = match self.base(session) {
            Err(e) if plan.deny == 0 => return Err(e.into()),
            base => base,
        };
        let committed = self.commit(session, plan, base.as_ref(), op);
        match (committed, base) {
            (Ok((value, true)), Ok(base)) => {
                let completion = self.retire(session, &base, plan)?;
                Ok((Some(value), completion))
            }
            (Ok((value, _)), _) => {
                session.suspicious = true;
                Ok((Some(value), Completion::OnDisk))
            }
            (Err((failed, stored)), base) => {
                session.suspicious = true;
                match base {
                    Ok(base) if plan.deny != 0 && plan.hold => {
                        let base = Base { spared: stored, ..base };
                        let deny = |anchor: &mut Anchor| {
                            anchor.denied |= plan.deny;
                            anchor.unfinished |= plan.deny;
                        };
                        self.hold(session, &base, &deny).map_err(|_| failed)?;
                        Ok((None, Completion::InKeyStore))
                    }
                    _ => Err(failed),
                }
            }
        }
    }

    /// The transaction itself. The flag tells whether the new state is anchored; with an error comes the item that
    /// was stored for nothing.
    fn commit<T, E: From<VaultError>>(
        &self,
        session: &mut Session,
        plan: Plan,
        base: Result<&Base, &VaultError>,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<(T, bool), (E, Option<ItemName>)> {
        let mut meta = session.meta.clone();
        let before = base.map_or(session.anchor, |b| b.now.item.anchor);
        let mut anchor = before;
        anchor.denied |= plan.deny;
        anchor.erasures = anchor.erasures.saturating_add(u64::from(plan.new_root));
        let mut stored = None;
        let own = session.meta.install;
        let committed = session.transact(self.tools(), true, true, |w| {
            w.anchor = anchor;
            let value = op(w)?;
            anchor = w.anchor;
            self.note_unheard(own, before, anchor);
            let allowed = before.denied & !anchor.denied & !plan.deny;
            match base.map_err(Clone::clone).and_then(|base| self.put_next(base, plan, anchor)) {
                Ok(next) => {
                    meta.name_item(&next.name);
                    stored = Some(next.name.clone());
                    if plan.new_root {
                        meta.owed = meta.owed.without(Owed::ROTATE).and(Owed::RETIRE);
                        (meta.epoch, meta.proof) = (next.item.root.epoch, proof(&next.item.root)?);
                        let ring = Keyring::new(&next.item.root)?;
                        rewrap(w.reader.conn, w.random, &w.reader.ring, &ring)?;
                        w.ring_mut().move_to(ring);
                    }
                    meta.owed = meta.owed.without(Owed::ANCHOR);
                }
                // What is allowed again has to be, or the next opening would deny it as before.
                Err(e) if plan.deny == 0 || allowed != 0 => return Err(e.into()),
                // The denial holds in the files alone, until the key store works again.
                Err(_) => {
                    let more = if plan.new_root { Owed::ROTATE } else { Owed::ANCHOR };
                    meta.owed = meta.owed.and(Owed::ANCHOR).and(more);
                }
            }
            meta.update(w.reader.conn)?;
            Ok(value)
        });
        match committed {
            Ok(value) => {
                (session.meta, session.anchor) = (meta, anchor);
                self.note_anchor(session);
                Ok((value, stored.is_some()))
            }
            // The failed commit may come back from the log, so the item stays until another commit is on the disk.
            Err(e) => Err((e, stored)),
        }
    }

    /// Stores the item that follows the one in force, and makes sure that nobody else stored one.
    fn put_next(&self, base: &Base, plan: Plan, anchor: Anchor) -> Result<Named, VaultError> {
        let Named { name, item } = &base.now;
        let root = if plan.new_root { item.root.next(&*self.random)? } else { item.root.clone() };
        let next = self.named(root, base.generation, anchor)?;
        let items = Items { store: &self.keys, install: item.root.install };
        self.note_change(true);
        items.put(&next)?;
        let known = [&next.name, name].into_iter().chain(&base.others).chain(&base.spared);
        let known: Vec<&ItemName> = known.collect();
        let expected = |other: &ItemName| known.contains(&other);
        match items.names() {
            Ok(names) if names.iter().all(expected) => Ok(next),
            found => {
                drop(items.delete(&next.name));
                Err(found.err().map_or(VaultError::Conflict, Into::into))
            }
        }
    }

    fn named(&self, root: Root, after: u64, anchor: Anchor) -> Result<Named, VaultError> {
        let name = ItemName::next(root.install, after, &*self.random)?;
        let generation = name.generation();
        Ok(Named { name, item: Item { generation, root, anchor } })
    }

    /// The item in force. Other items mean that a change was cut off, or that a copy of the files has been used: what
    /// any of them says against anything holds, and they go with the item in force. The one that the files name, and
    /// those before it, are known to them: the files have the last word over these.
    fn base(&self, session: &mut Session) -> Result<Base, VaultError> {
        let (items, name) = (self.items(session), session.meta.item_name(&self.files.name));
        let own = match items.load(&name) {
            Err(VaultError::KeyStore(KeyStoreError::Missing { .. })) => None,
            other => Some(Named { name: name.clone(), item: other? }),
        };
        let own = match own {
            Some(now) if !session.suspicious => {
                return Ok(Base { generation: name.generation(), now, others: Vec::new(), spared: None });
            }
            own => own,
        };
        let others: Vec<Named> = items.all()?.into_iter().filter(|other| other.name != name).collect();
        let fits = |n: &&Named| proof(&n.item.root).is_ok_and(|p| p == session.meta.proof);
        let newest = own.as_ref().into_iter().chain(&others).filter(fits).max_by_key(|n| n.name.clone());
        let Some(mut now) = newest.cloned() else {
            if !others.is_empty() {
                self.note_displaced(&VaultError::Superseded);
            }
            // With no item at all the key store may only be empty for a while.
            return Err(VaultError::Superseded);
        };
        let since = own.as_ref().map_or(0, |own| own.name.generation());
        now.item.anchor = strictest_since(&others, since, session.anchor);
        let mut gone: Vec<ItemName> = items.names()?.into_iter().chain(own.map(|n| n.name)).collect();
        let generation = gone.iter().map(ItemName::generation).max().unwrap_or(0);
        gone.retain(|name| *name != now.name);
        gone.sort_unstable();
        gone.dedup();
        Ok(Base { now, generation, others: gone, spared: None })
    }

    /// After the commit: the items before the new one go, and with an old root key the log that still holds what it
    /// could read.
    fn retire(&self, session: &mut Session, base: &Base, plan: Plan) -> Result<Completion, VaultError> {
        let items = self.items(session);
        let mut names = base.others.iter().chain([&base.now.name]);
        if names.try_for_each(|name| items.delete(name)).is_err() {
            session.suspicious = true;
            // If even this fails, the next anchored transaction finds them.
            self.owe(session, Owed::RETIRE).survived("record that old keys are still to be removed");
            return Ok(Completion::OnDisk);
        }
        session.suspicious = false;
        self.note_change(false);
        // What is committed has not failed: the log is emptied later.
        let emptied = !plan.new_root || self.empty_log(session).is_ok();
        Ok(if emptied { Completion::Done } else { Completion::OnDisk })
    }

    /// Puts beside the key alone that something was told which the disk does not take: what the files say is behind the
    /// number, see [`Anchor::NUMBER`].
    pub(crate) fn hold_number(&self, number: u64) -> Result<(), VaultError> {
        self.not_displaced()?;
        self.with_session(|session| {
            // What failed before may have left an item.
            session.suspicious = true;
            let base = self.base(session)?;
            let told = |anchor: &mut Anchor| {
                anchor.denied = anchor.denied & !Anchor::NUMBER | number & Anchor::NUMBER;
            };
            let held = self.hold(session, &base, &told);
            self.note_settled(session);
            scrub_stack();
            held
        })
    }

    /// A change without a disk: an item that holds it takes the place of the one that the files name.
    fn hold(
        &self,
        session: &mut Session,
        base: &Base,
        change: &dyn Fn(&mut Anchor),
    ) -> Result<(), VaultError> {
        let held = self.hold_once(session, base, change);
        // The key store may lie on the same full disk.
        if held.is_err() && self.files.release_reserve() {
            return self.hold_once(session, base, change);
        }
        held
    }

    fn hold_once(
        &self,
        session: &mut Session,
        base: &Base,
        change: &dyn Fn(&mut Anchor),
    ) -> Result<(), VaultError> {
        let mut anchor = base.now.item.anchor;
        change(&mut anchor);
        self.note_unheard(session.meta.install, base.now.item.anchor, anchor);
        let plan = Plan { new_root: false, deny: 0, hold: true };
        let next = self.put_next(base, plan, anchor)?;
        let items = self.items(session);
        base.others.iter().chain([&base.now.name]).try_for_each(|name| items.delete(name))?;
        session.meta.name_item(&next.name);
        (session.unnamed, session.anchor) = (true, anchor);
        self.note_anchor(session);
        Ok(())
    }

    /// Whoever lies aside has to hear of what is denied or spent.
    fn note_unheard(&self, own: Install, before: Anchor, now: Anchor) {
        let denied = |anchor: Anchor| anchor.denied & !Anchor::NUMBER;
        // The first that a new installation does is give up its quarter, which sends nothing.
        let has_spent = before.spent.install > 0 && now.spent.install > before.spent.install;
        if denied(now) & !denied(before) != 0 || has_spent {
            self.files.note_unheard(own).survived("mark what a vault that lies aside has to hear of");
        }
    }

    /// Notes for the next opening that an item is being changed, or that all of it is done.
    pub(crate) fn note_change(&self, under_way: bool) {
        let owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = &*owner {
            owner.note_change(under_way);
        }
    }

    pub(crate) fn items(&self, session: &Session) -> Items<'_> {
        Items { store: &self.keys, install: session.meta.install }
    }
}
