//! One database transaction that is undone unless it was committed, also when the caller panics.

use rusqlite::Connection;

use crate::vault::error::VaultError;

/// An open transaction.
pub(crate) struct Transaction<'c> {
    conn: &'c Connection,
    open: bool,
}

impl<'c> Transaction<'c> {
    /// Starts a transaction that may write; it waits for no other one, since the caller holds the only writer.
    pub(crate) fn write(conn: &'c Connection) -> Result<Self, VaultError> {
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self { conn, open: true })
    }

    /// Starts a transaction that sees one state of the database throughout.
    pub(crate) fn read(conn: &'c Connection) -> Result<Self, VaultError> {
        conn.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self { conn, open: true })
    }

    pub(crate) fn commit(mut self) -> Result<(), VaultError> {
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // SQLite may have rolled back by itself, then there is nothing left to undo.
        if self.open && !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK");
        }
    }
}
