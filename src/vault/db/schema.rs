//! The database file: connection settings, format number, and the migrations between formats.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::vault::error::VaultError;
use crate::vault::types::{Compartment, Table};

/// `SoVo`: marks the file as ours.
const APPLICATION_ID: i32 = 0x536f_566f;

/// The steps from an empty file to the newest format; a file's format is the number of steps it has taken.
/// Steps are only ever added at the end.
const STEPS: &[&str] = &["
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL,   -- of the root key that wraps every row of data_key
  install BLOB NOT NULL,
  proof BLOB NOT NULL,      -- key-check value
  pending INTEGER,          -- in format 1: epoch whose root key may exist before it is used
  retired INTEGER,          -- in format 1: epoch whose root key must still be destroyed
  next_key INTEGER NOT NULL
) STRICT;
CREATE TABLE data_key (
  id INTEGER PRIMARY KEY,
  compartment INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  seals INTEGER NOT NULL
) STRICT;
CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
", "
ALTER TABLE meta ADD COLUMN generation INTEGER;             -- of the key store item that holds the root key
ALTER TABLE meta ADD COLUMN tag INTEGER;                    -- of that item
ALTER TABLE meta ADD COLUMN owed INTEGER NOT NULL DEFAULT 0; -- what a change that was cut off has still to do
ALTER TABLE meta ADD COLUMN widget INTEGER;                 -- tag of the key store item that seals the widget's shelf
ALTER TABLE meta ADD COLUMN format INTEGER NOT NULL DEFAULT 2; -- the same as user_version, which may be damaged
"];

/// The format this library writes.
pub(crate) const FORMAT: u32 = 2;

/// What kind of file a path holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing was ever committed to it.
    Empty,
    /// A vault of this or an older format.
    Vault,
}

/// Opens the connection that writes, with every safety setting.
pub(crate) fn connect(path: &Path, create: bool) -> Result<Connection, VaultError> {
    let create = if create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    let conn = guarded(path, OpenFlags::SQLITE_OPEN_READ_WRITE | create)?;
    conn.execute_batch("PRAGMA secure_delete = ON; PRAGMA synchronous = FULL")?;
    // Elsewhere `fsync` reaches the disk by itself.
    if cfg!(target_vendor = "apple") {
        conn.execute_batch("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")?;
    }
    Ok(conn)
}

/// Opens a connection that cannot change a record. It may still write the log's index.
pub(crate) fn connect_to_read(path: &Path) -> Result<Connection, VaultError> {
    let conn = guarded(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.execute_batch("PRAGMA query_only = ON")?;
    Ok(conn)
}

fn guarded(path: &Path, flags: OpenFlags) -> Result<Connection, VaultError> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(std::time::Duration::from_secs(2))?;
    conn.set_prepared_statement_cache_capacity(128);
    conn.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY",
    )?;
    Ok(conn)
}

/// Tells what the connected file is, without writing to it.
pub(crate) fn inspect(conn: &Connection) -> Result<Content, VaultError> {
    let application: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let format: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if application == 0 && format == 0 {
        let things: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        return if things == 0 { Ok(Content::Empty) } else { Err(VaultError::Damaged { what: "file kind" }) };
    }
    if application != APPLICATION_ID || format < 1 {
        return Err(VaultError::Damaged { what: "file kind" });
    }
    // A trigger or view of somebody else's would run inside our own statements.
    let foreign = "SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index')";
    if conn.prepare(foreign)?.exists([])? {
        return Err(VaultError::Damaged { what: "schema" });
    }
    match u32::try_from(format) {
        Ok(found) if found <= FORMAT => Ok(Content::Vault),
        found => {
            // A newer library says so in both places.
            let newer =
                conn.query_row("SELECT format FROM meta WHERE id = 1", [], |row| row.get::<_, i64>(0));
            if newer.is_ok_and(|newer| newer <= i64::from(FORMAT)) {
                return Err(VaultError::Damaged { what: "format number" });
            }
            Err(VaultError::NewerFormat { found: found.unwrap_or(u32::MAX) })
        }
    }
}

/// How many migration steps the file has taken.
pub(crate) fn format(conn: &Connection) -> Result<u32, VaultError> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Brings the file to the newest format, in the caller's transaction.
pub(crate) fn migrate(conn: &Connection) -> Result<(), VaultError> {
    let format = format(conn)?;
    for step in STEPS.iter().skip(usize::try_from(format).unwrap_or(usize::MAX)) {
        conn.execute_batch(step)?;
    }
    if format < FORMAT {
        conn.execute("UPDATE meta SET format = ?1", [FORMAT])?;
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
        conn.pragma_update(None, "user_version", FORMAT)?;
    }
    Ok(())
}

/// Write-ahead logging is a property of the file; setting it again costs nothing.
pub(crate) fn use_wal(conn: &Connection) -> Result<(), VaultError> {
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("wal") { Ok(()) } else { Err(VaultError::Storage { code: 0 }) }
}

/// Closes a database that is to be renamed. All that was committed is in the file then: its log stays behind.
pub(crate) fn close(conn: Connection) -> Result<(), VaultError> {
    let blocked: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if blocked != 0 {
        return Err(VaultError::Busy);
    }
    Ok(conn.close().map_err(|(_, error)| error)?)
}

/// Sets whether the next commits of this connection survive power loss. Must not be called inside a transaction.
pub(crate) fn set_synced(conn: &Connection, synced: bool) -> Result<(), VaultError> {
    let mode = if synced { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
    Ok(conn.execute_batch(mode)?)
}

/// The SQLite table that holds one kind of record of one compartment. Each has a table of its own, so that events are
/// appended at the end of a tree and nothing else is touched. Keyed records have an index; events have none, not even
/// a blind one, which would tell how often something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RecordTable {
    pub(crate) compartment: Compartment,
    pub(crate) table: Table,
    pub(crate) keyed: bool,
}

impl RecordTable {
    /// The tables for what was appended and for what was put under a key.
    pub(crate) fn both(compartment: Compartment, table: Table) -> [Self; 2] {
        [false, true].map(|keyed| Self { compartment, table, keyed })
    }

    fn parse(name: &str) -> Option<Self> {
        let keyed = name.starts_with('k');
        let (c, t) = name.get(1..)?.split_once('_')?;
        Some(Self { compartment: Compartment(c.parse().ok()?), table: Table(t.parse().ok()?), keyed })
    }

    /// The columns of a row; the last only where records have keys.
    pub(crate) fn columns(self) -> &'static str {
        if self.keyed { "id, sealed, blind" } else { "id, sealed" }
    }

    /// The statement that adds a row.
    pub(crate) fn insertion(self) -> String {
        let blind = if self.keyed { ", ?3" } else { "" };
        format!("INSERT INTO {self} VALUES (?1, ?2{blind})")
    }

    pub(crate) fn create(self, conn: &Connection) -> Result<(), VaultError> {
        let blind = if self.keyed { ", blind BLOB NOT NULL UNIQUE" } else { "" };
        let sql = format!("CREATE TABLE {self} (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL{blind}) STRICT");
        Ok(conn.execute_batch(&sql)?)
    }

    pub(crate) fn exists(self, conn: &Connection) -> Result<bool, VaultError> {
        let mut query =
            conn.prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?;
        Ok(query.exists([self.to_string()])?)
    }
}

impl std::fmt::Display for RecordTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.keyed { 'k' } else { 'r' };
        write!(f, "{kind}{}_{}", self.compartment.0, self.table.0)
    }
}

/// Whether every table is one of ours.
pub(crate) fn knows_every_table(conn: &Connection) -> Result<bool, VaultError> {
    let mut query = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        if !matches!(name.as_str(), "meta" | "data_key" | "head") && RecordTable::parse(&name).is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The record tables that exist, of one compartment or of all.
pub(crate) fn tables(conn: &Connection, only: Option<Compartment>) -> Result<Vec<RecordTable>, VaultError> {
    let mut found = Vec::new();
    let mut query = conn
        .prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '[rk][0-9]*'")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        found.extend(RecordTable::parse(&name).filter(|at| only.is_none_or(|c| c == at.compartment)));
    }
    Ok(found)
}
