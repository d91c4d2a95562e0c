//! What can go wrong in the vault. No text here ever carries user data, a key, or a database's own message.

use std::io;

use rusqlite::ffi;

use crate::base::limits::REASON;
use crate::base::random::RandomError;
use crate::base::turn::NoTurn;

/// What is damaged when SQLite cannot make its way through the file.
pub(crate) const DATABASE: &str = "database";
/// A row has other columns than it must have.
pub(crate) const ROW: &str = "database row";
/// The sealed summary of all records cannot be read.
pub(crate) const HEAD_ROW: &str = "head";

/// Why a key store could not do what was requested. The three kinds lead to three different reactions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// Not available now: before the first unlock, busy, or an unexpected error. The vault changes nothing; try again
    /// later.
    #[error("the key store cannot be used now; try again later")]
    Unavailable {
        /// For the app's log; must hold no secret.
        reason: String,
    },
    /// There is no such key, or the platform invalidated it permanently. Never use it for a key that may come back.
    #[error("the key store has no such key")]
    Missing {
        /// For the app's log; must hold no secret.
        reason: String,
    },
    /// There is a key, but not the one that was stored. The vault opens nothing and deletes nothing.
    #[error("the key store returned a value that was not stored")]
    Mismatch {
        /// For the app's log; must hold no secret.
        reason: String,
    },
}

impl KeyStoreError {
    /// The same with no more of its reason than a log takes.
    pub(crate) fn cut(mut self) -> Self {
        let (Self::Unavailable { reason } | Self::Missing { reason } | Self::Mismatch { reason }) = &mut self;
        reason.truncate(REASON.cut(reason).len());
        self
    }
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        // An exception nobody declared says nothing about the key, so it must never lead to wiping.
        Self::Unavailable { reason: e.reason }
    }
}

/// Why the vault could not do what was requested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The platform's key store did not answer as needed. Nothing that needs it was done.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// Another `Vault`, in this process or another one, owns these files.
    #[error("the vault is already open; one process owns it, others read its snapshot")]
    AlreadyOpen,
    /// The key store returned a key that does not belong to these files; nothing was deleted.
    #[error("the stored key does not belong to the vault")]
    WrongKey,
    /// A newer version of the library wrote these files.
    #[error("the vault has format {found}, which is newer than this library")]
    NewerFormat {
        /// The format number in the file.
        found: u32,
    },
    /// Stored bytes are not what was written.
    #[error("stored data is damaged: {what}")]
    Damaged {
        /// Which kind of stored thing, never its content.
        what: &'static str,
    },
    /// The database refused; `code` is SQLite's extended result code.
    #[error("storage failed with code {code}")]
    Storage {
        /// SQLite's extended result code, 0 if there is none.
        code: i32,
    },
    /// The file system refused.
    #[error("file access failed: {kind}")]
    File {
        /// The operating system's kind of error.
        kind: io::ErrorKind,
    },
    /// The random source failed, so nothing secret could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The owner's lock is gone or another one: the folder was deleted, or another process took it over.
    #[error("the vault's folder was deleted or taken over; close it and open it again")]
    Displaced,
    /// The process is a fork of the one that opened the vault.
    #[error("the vault was opened before this process was forked; open it again in this process")]
    Forked,
    /// Another copy of these files has erased since: the key they need is gone.
    #[error("another copy of these files has replaced their key; close the vault and open it again")]
    Superseded,
    /// Another copy of these files was writing at the same moment. Nothing was changed; try again.
    #[error("another copy of these files was writing at the same moment; try again")]
    Conflict,
    /// The key store called the engine from inside a call of the engine.
    #[error("a key store must not call the engine")]
    Reentrant,
    /// Another call has not come to its end for half a minute.
    #[error("another call is still running; try again later")]
    Busy,
    /// `shutdown` was called.
    #[error("the vault was shut down")]
    Closed,
    /// The vault's name is empty, too long, or not made of `a-z`, `0-9`, `-` and `_`.
    #[error("a vault's name is 1 to 64 of a-z, 0-9, '-' and '_'")]
    Name,
    /// The compartment number is kept for the vault itself.
    #[error("compartment 65535 is reserved")]
    Reserved,
    /// A record is larger than the vault stores.
    #[error("a record may have at most 16 MiB")]
    TooLarge,
}

impl From<NoTurn> for VaultError {
    fn from(reason: NoTurn) -> Self {
        match reason {
            NoTurn::Reentrant => Self::Reentrant,
            NoTurn::Busy => Self::Busy,
        }
    }
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        Self::File { kind: error.kind() }
    }
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error {
            rusqlite::Error::SqliteFailure(e, _) if matches!(e.code, DatabaseCorrupt | NotADatabase) => {
                Self::Damaged { what: DATABASE }
            }
            rusqlite::Error::SqliteFailure(error, _) | rusqlite::Error::SqlInputError { error, .. }
                if contradicts(error.extended_code) =>
            {
                Self::Damaged { what: DATABASE }
            }
            rusqlite::Error::SqliteFailure(e, _) => Self::Storage { code: e.extended_code },
            rusqlite::Error::SqlInputError { error, .. } => Self::Storage { code: error.extended_code },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::QueryReturnedNoRows => Self::Damaged { what: ROW },
            _ => Self::Storage { code: 0 },
        }
    }
}

/// Whether SQLite says so only of a file that is not as it was written: a table that is not there, an index that has
/// what its table has not, an end that comes too early.
fn contradicts(code: i32) -> bool {
    code == ffi::SQLITE_IOERR_SHORT_READ
        || matches!(
            code & 0xff,
            ffi::SQLITE_ERROR
                | ffi::SQLITE_TOOBIG
                | ffi::SQLITE_CONSTRAINT
                | ffi::SQLITE_MISMATCH
                | ffi::SQLITE_FORMAT
        )
}
