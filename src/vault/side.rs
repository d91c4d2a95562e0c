//! The writing side: its connection, what is known without asking it, and the one way a transaction runs.

use std::sync::Arc;

use rusqlite::Connection;

use super::Vault;
use super::error::VaultError;
use super::meta::Head;
use super::nonces::Nonces;
use super::reader::Reader;
use super::schema::{set_durability, tables};
use super::transaction::Transaction;
use super::types::Durability;
use super::writer::{Known, Writer};
use crate::random::SecureRandom;

/// The one connection that writes.
pub(super) struct WriterSide {
    pub(super) conn: Connection,
    nonces: Nonces,
    durability: Durability,
    /// What the last commit left; empty after a failure, then read again.
    state: Option<(Head, Known)>,
    /// Whether there may be commits that power loss would take.
    unsynced: bool,
    /// Whether a `retired` note seen now is known to survive power loss.
    pub(super) retired_is_durable: bool,
}

impl WriterSide {
    /// `conn` commits with [`Durability::Full`] until told otherwise.
    pub(super) fn new(conn: Connection, random: Arc<dyn SecureRandom>) -> Self {
        let nonces = Nonces::new(random);
        Self {
            conn,
            nonces,
            durability: Durability::Full,
            state: None,
            unsynced: true,
            retired_is_durable: false,
        }
    }
}

impl Vault {
    /// Runs `op` in one transaction. `always` seals the head even if no record changed. A durable transaction makes
    /// all earlier ones durable, so it writes even if it changed nothing while there are such.
    pub(super) fn transact<T, E: From<VaultError>>(
        &self,
        side: &mut WriterSide,
        durability: Durability,
        always: bool,
        op: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let before = self.ring()?;
        if side.durability != durability {
            set_durability(&side.conn, durability)?;
            side.durability = durability;
        }
        let barrier = durability == Durability::Full && side.unsynced;
        let tx = Transaction::write(&side.conn)?;
        // Taken out, so that a failure or a panic in between leaves nothing half true.
        let (head, known) = match side.state.take() {
            Some(state) => state,
            None => (Head::load(&side.conn, &before)?, tables(&side.conn, None)?.into_iter().collect()),
        };
        let reader = Reader { conn: &side.conn, ring: Arc::clone(&before) };
        let mut writer = Writer::new(reader, &*self.random, &side.nonces, head, known);
        let outcome = op(&mut writer).and_then(|value| Ok((value, writer.seal_head(always || barrier)?)));
        let (after, head, known) = writer.into_parts();
        let committed = outcome.and_then(|(value, changed)| {
            // Before the commit: whoever sees its records must find their keys.
            self.publish(&after);
            if changed {
                tx.commit()?
            } else {
                drop(tx)
            }
            Ok((value, changed))
        });
        match &committed {
            Ok((_, changed)) => {
                side.state = Some((head, known));
                if *changed {
                    side.unsynced = durability == Durability::Normal;
                }
            }
            Err(_) => {
                // A commit that failed half-way may have reached the log.
                side.unsynced = true;
                after.unreserve();
                self.publish(&before);
            }
        }
        committed.map(|(value, _)| value)
    }
}
