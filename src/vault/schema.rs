//! The database file: connection settings, format number, and the migrations between formats.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use super::error::VaultError;
use super::types::{Compartment, Durability, Table};

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
  pending INTEGER,          -- epoch whose root key may exist before it is used
  retired INTEGER,          -- epoch whose root key must still be destroyed
  next_key INTEGER NOT NULL
) STRICT;
CREATE TABLE data_key (
  id INTEGER PRIMARY KEY,
  compartment INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  seals INTEGER NOT NULL
) STRICT;
CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
"];

/// The format this library writes.
pub(super) const FORMAT: u32 = 1;

/// What kind of file a path holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing was ever committed to it.
    Empty,
    /// A vault of this or an older format.
    Vault,
}

/// Opens a connection with every safety setting.
pub(super) fn connect(path: &Path, create: bool) -> Result<Connection, VaultError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(std::time::Duration::from_secs(2))?;
    conn.set_prepared_statement_cache_capacity(128);
    conn.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 0; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;",
    )?;
    Ok(conn)
}

/// Tells what the connected file is, without writing to it.
pub(super) fn inspect(conn: &Connection) -> Result<Content, VaultError> {
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
        found => Err(VaultError::NewerFormat { found: found.unwrap_or(u32::MAX) }),
    }
}

/// How many migration steps the file has taken.
pub(super) fn format(conn: &Connection) -> Result<u32, VaultError> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Brings the file to the newest format, in the caller's transaction.
pub(super) fn migrate(conn: &Connection) -> Result<(), VaultError> {
    let format = format(conn)?;
    for step in STEPS.iter().skip(usize::try_from(format).unwrap_or(usize::MAX)) {
        conn.execute_batch(step)?;
    }
    if format < FORMAT {
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
        conn.pragma_update(None, "user_version", FORMAT)?;
    }
    Ok(())
}

/// Write-ahead logging is a property of the file; setting it again costs nothing.
pub(super) fn use_wal(conn: &Connection) -> Result<(), VaultError> {
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("wal") { Ok(()) } else { Err(VaultError::Storage { code: 0 }) }
}

/// Sets what the next commits of this connection survive. Must not be called inside a transaction.
pub(super) fn set_durability(conn: &Connection, durability: Durability) -> Result<(), VaultError> {
    conn.execute_batch(match durability {
        Durability::Full => "PRAGMA synchronous = FULL",
        Durability::Normal => "PRAGMA synchronous = NORMAL",
    })?;
    Ok(())
}

/// The name of the table that holds one kind of record of one compartment. Each has a table of its own, so that
/// events are appended at the end of a tree and nothing else is touched.
pub(super) fn table_name(c: Compartment, t: Table) -> String {
    format!("r{}_{}", c.0, t.0)
}

/// Creates that table. The index holds keyed records only.
pub(super) fn create_table(conn: &Connection, c: Compartment, t: Table) -> Result<(), VaultError> {
    let name = table_name(c, t);
    conn.execute_batch(&format!(
        "CREATE TABLE {name} (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL, blind BLOB) STRICT;
         CREATE UNIQUE INDEX {name}_blind ON {name} (blind) WHERE blind IS NOT NULL;"
    ))?;
    Ok(())
}

/// The record tables that exist, of one compartment or of all.
pub(super) fn tables(
    conn: &Connection,
    only: Option<Compartment>,
) -> Result<Vec<(Compartment, Table)>, VaultError> {
    let mut found = Vec::new();
    let mut query =
        conn.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'r[0-9]*'")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let parsed = name.strip_prefix('r').and_then(|rest| rest.split_once('_'));
        let (c, t) = parsed
            .and_then(|(c, t)| Some((Compartment(c.parse().ok()?), Table(t.parse().ok()?))))
            .ok_or(VaultError::Damaged { what: "table name" })?;
        if only.is_none_or(|wanted| wanted == c) {
            found.push((c, t));
        }
    }
    Ok(found)
}

/// Whether that table exists.
pub(super) fn has_table(conn: &Connection, c: Compartment, t: Table) -> Result<bool, VaultError> {
    let mut query = conn.prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?;
    Ok(query.exists(params![table_name(c, t)])?)
}
