//! The writing session: its connection, what is known without asking it, and the one way a transaction runs.

use std::sync::Arc;

use rusqlite::Connection;

use crate::base::random::SecureRandom;
use crate::vault::crypto::nonces::Nonces;
use crate::vault::db::head::Head;
use crate::vault::db::meta::{Meta, Owed};
use crate::vault::db::reader::{Reader, UnreadableCounts};
use crate::vault::db::schema::{set_synced, tables};
use crate::vault::db::tx::Transaction;
use crate::vault::db::writer::{Known, Writer};
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::ring::OpenKeys;

/// The one connection that writes.
pub(crate) struct Session {
    pub(crate) conn: Connection,
    nonces: Nonces,
    /// Whether commits wait for the disk.
    synced: bool,
    /// What the last commit left; empty after a failure, then read again.
    state: Option<(Head, Known)>,
    /// Whether there may be commits that power loss would take.
    unsynced: bool,
    /// As it is in the files, but for what [`unnamed`](Self::unnamed) says.
    pub(crate) meta: Meta,
    /// The item in force stands beside the key, and the files do not name it yet: the next commit does.
    pub(crate) unnamed: bool,
    /// Other items of this installation may be about.
    pub(crate) suspicious: bool,
    pub(crate) anchor: Anchor,
}

/// What a transaction runs with.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) keys: &'a OpenKeys,
    pub(crate) random: &'a dyn SecureRandom,
    pub(crate) unreadable: &'a UnreadableCounts,
}

impl Session {
    /// `conn` waits for the disk until told otherwise.
    pub(crate) fn new(conn: Connection, random: Arc<dyn SecureRandom>, meta: Meta, anchor: Anchor) -> Self {
        Self {
            conn,
            nonces: Nonces::new(random),
            synced: true,
            state: None,
            unsynced: true,
            meta,
            unnamed: false,
            suspicious: true,
            anchor,
        }
    }

    /// Goes on with another connection to the same file.
    pub(crate) fn reconnect(&mut self, conn: Connection) {
        (self.conn, self.synced, self.state) = (conn, true, None);
    }

    /// Runs `op` in one transaction. `always` seals the head even if no record changed. A synced transaction makes
    /// all earlier ones durable, so it writes even if it changed nothing while there are such.
    pub(crate) fn transact<T, E: From<VaultError>>(
        &mut self,
        tools: Tools<'_>,
        synced: bool,
        always: bool,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let before = tools.keys.get()?;
        if self.synced != synced {
            set_synced(&self.conn, synced)?;
            self.synced = synced;
        }
        let always = always || self.unnamed || (synced && self.unsynced);
        let tx = Transaction::write(&self.conn)?;
        // Taken out, so that a failure or a panic in between leaves nothing half true.
        let (head, known) = match self.state.take() {
            Some(state) => state,
            None => {
                let loaded = || Ok((Head::load(&self.conn, &before)?, tables(&self.conn, None)?));
                let (head, known) = tools.unreadable.noting(loaded())?;
                (head, known.into_iter().map(|at| (at, at.insertion())).collect())
            }
        };
        let reader = Reader { conn: &self.conn, ring: Arc::clone(&before), unreadable: tools.unreadable };
        let mut writer = Writer::new(reader, tools.random, &self.nonces, head, known, self.anchor);
        writer.sweeping = self.meta.owed.has(Owed::SWEEP);
        if self.unnamed {
            self.meta.update(&self.conn)?;
        }
        let outcome =
            op(&mut writer).and_then(|value| Ok((value, tools.unreadable.noting(writer.seal_head(always))?)));
        let (after, head, known) = writer.into_parts();
        let committed = outcome.and_then(|(value, changed)| {
            // Before the commit: whoever sees its records must find their keys.
            tools.keys.publish(&after);
            if changed {
                tools.unreadable.noting(tx.commit())?;
            } else {
                drop(tx);
            }
            Ok((value, changed))
        });
        match &committed {
            Ok((_, changed)) => {
                self.state = Some((head, known));
                if *changed {
                    self.unsynced = !synced;
                    self.unnamed = false;
                }
            }
            Err(_) => {
                // A commit that failed half-way may have reached the log.
                self.unsynced = true;
                after.unreserve();
                tools.keys.publish(&before);
            }
        }
        committed.map(|(value, _)| value)
    }
}
