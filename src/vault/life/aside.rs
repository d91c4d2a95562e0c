//! Vaults that were put aside, because their key was missing or nothing of them could be read. None is replaced by the
//! next, and one whose key is there again at an opening comes back.
//!
//! Each has a number, and the lower one is older. What was in use while an older one lay aside is stricter for it where it
//! denies or has spent, and then it goes: only one vault can be the user's. One that came back keeps its number, in the name
//! of an empty file, so that a younger one whose key turns up later does not take its place.

use std::cmp::Reverse;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::params;

use crate::base::files;
use crate::base::log::{LogLevel, Survived as _, say};
use crate::vault::Vault;
use crate::vault::db::integrity::count_all;
use crate::vault::db::meta::{Meta, Owed};
use crate::vault::db::schema;
use crate::vault::db::schema::Content;
use crate::vault::db::tx::Transaction;
use crate::vault::error::VaultError;
use crate::vault::keys::checked::CheckedStore;
use crate::vault::keys::item::{Install, prefix};
use crate::vault::life::files::Files;
use crate::vault::types::Compartment;

/// How many are kept. A key store that keeps nothing makes a new and nearly empty vault at every start, which must neither
/// fill the disk nor push out what the user built up.
pub(crate) const MOST: usize = 4;

/// A database that was put aside. The log beside it has the name that SQLite gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Aside {
    pub(super) number: u32,
    pub(crate) database: PathBuf,
}

impl Aside {
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.database.clone().into_os_string();
        name.push(suffix);
        name.into()
    }

    fn records(&self) -> Result<u64, VaultError> {
        let conn = schema::connect_to_read(&self.database)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        count_all(&conn)
    }

    /// Whose it is, as far as it says so.
    pub(super) fn install(&self) -> Option<Install> {
        self.meta().map(|meta| meta.install)
    }

    /// What it says about itself; `None` if it is no vault that this version reads.
    pub(super) fn meta(&self) -> Option<Meta> {
        let conn = schema::connect(&self.database, false).ok()?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).ok()?;
        match schema::inspect(&conn) {
            Ok(Content::Vault) => Meta::load(&conn, schema::format(&conn).ok()?).ok(),
            _ => None,
        }
    }

    /// Empties its log into it, so that it is one file.
    pub(super) fn settle(&self) -> Result<(), VaultError> {
        let conn = schema::connect(&self.database, false)?;
        schema::use_wal(&conn)?;
        schema::close(conn)
    }

    /// Destroys the data keys of these compartments. Their records go when it comes back, and the root key with them.
    fn erase(&self, compartments: &[Compartment]) -> Result<(), VaultError> {
        let conn = schema::connect(&self.database, false)?;
        if schema::inspect(&conn)? == Content::Empty {
            return Ok(());
        }
        schema::use_wal(&conn)?;
        let tx = Transaction::write(&conn)?;
        schema::migrate(&conn)?;
        let mut destroyed = 0;
        for c in compartments {
            destroyed += conn.execute("DELETE FROM data_key WHERE compartment = ?1", params![c.0])?;
        }
        if destroyed > 0 {
            let mut meta = Meta::load(&conn, schema::FORMAT)?;
            meta.owed = meta.owed.and(Owed::SWEEP).and(Owed::ROTATE);
            meta.update(&conn)?;
        }
        tx.commit()?;
        schema::close(conn)
    }
}

impl Files {
    /// What was put aside, the oldest first.
    pub(crate) fn asides(&self) -> Result<Vec<Aside>, VaultError> {
        self.numbered(".aside")
    }

    /// The files whose names end with `suffix`, or with it and a number, in the order of their numbers.
    fn numbered(&self, suffix: &str) -> Result<Vec<Aside>, VaultError> {
        let start = format!("{}{suffix}", self.name);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let number = match name.to_str().and_then(|name| name.strip_prefix(&start)) {
                // Earlier versions put one aside, without a number.
                Some("") => Some(0),
                Some(rest) => rest.strip_prefix('-').and_then(|number| number.parse().ok()),
                None => None,
            };
            if let Some(number) = number
                && entry.file_type()?.is_file()
            {
                found.push(Aside { number, database: entry.path() });
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn with_number(&self, suffix: &str, number: u32) -> PathBuf {
        self.with(&format!("{suffix}-{number}"))
    }

    /// The number that the vault in use had when it was aside.
    pub(super) fn place(&self) -> Result<Option<u32>, VaultError> {
        let asides = self.asides()?;
        let is_aside = |place: &Aside| asides.iter().any(|aside| aside.number == place.number);
        Ok(self.numbered(".place")?.into_iter().find(|place| !is_aside(place)).map(|place| place.number))
    }

    /// Puts database and log aside, and tells where the database is: in its old place, unless a copy of it stays in use.
    /// Nobody has it open. What is cut off here, [`finish_putting_aside`](Self::finish_putting_aside) ends.
    pub(crate) fn put_aside(&self, copied: bool) -> Result<PathBuf, VaultError> {
        let number = match self.place()?.filter(|_| !copied) {
            Some(place) => place,
            None => {
                let taken = self.asides()?.into_iter().chain(self.numbered(".place")?);
                taken.map(|taken| taken.number).max().unwrap_or(0).saturating_add(1)
            }
        };
        let aside = self.with_number(".aside", number);
        if !self.database().exists() {
            // A log that is alone is found by the database beside it.
            fs::File::create(self.database())?;
        }
        self.rename(&self.log(), &self.with_number(".log", number))?;
        self.rename(&self.database(), &aside)?;
        self.finish_putting_aside()?;
        Ok(aside)
    }

    /// A log that is on its way belongs to the database where that lies now.
    pub(crate) fn finish_putting_aside(&self) -> Result<(), VaultError> {
        for Aside { number, database: log } in self.numbered(".log")? {
            if !self.database().exists() {
                self.rename(
                    &log,
                    &Aside { number, database: self.with_number(".aside", number) }.beside("-wal"),
                )?;
            } else if self.log().exists() {
                files::remove_name(&log)?;
            } else {
                self.rename(&log, &self.log())?;
            }
        }
        Ok(())
    }

    pub(super) fn in_use(&self) -> Aside {
        Aside { number: 0, database: self.database() }
    }

    /// Gives up what is beyond [`MOST`]: older copies of the vault in use first, then the one with the fewest records, then
    /// the newest.
    pub(crate) fn keep_to_most(&self) -> Result<(), VaultError> {
        let mut asides = self.asides()?;
        if asides.len() <= MOST {
            return Ok(());
        }
        let own = self.in_use().install();
        while asides.len() > MOST {
            let worth =
                |aside: &Aside| (aside.install() != own, aside.records().unwrap_or(0), Reverse(aside.number));
            let Some(at) = (0..asides.len()).min_by_key(|at| asides.get(*at).map(worth)) else { break };
            say(
                LogLevel::Error,
                "too many vaults were set aside: the one with the fewest records was removed",
            );
            self.remove_aside(&asides.remove(at))?;
        }
        Ok(())
    }

    /// Renames a file, if it is there, durably.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), VaultError> {
        match fs::rename(from, to) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            other => Ok(other.and_then(|()| files::sync_folder(&self.folder))?),
        }
    }

    /// Puts one that is a single file in the place of the database, which nobody has open.
    pub(super) fn put_back(&self, aside: &Aside) -> Result<(), VaultError> {
        let place = self.with_number(".place", aside.number);
        files::replace(&place, b"")?;
        self.remove_companions()?;
        self.rename(&aside.database, &self.database())?;
        files::remove_name(&aside.beside("-shm"))?;
        for other in self.numbered(".place")? {
            if other.number != aside.number {
                files::remove_name(&other.database)?;
            }
        }
        Ok(files::sync_folder(&self.folder)?)
    }

    /// Removes one with what lies beside it, the database last.
    pub(crate) fn remove_aside(&self, aside: &Aside) -> Result<(), VaultError> {
        for suffix in ["-wal", "-shm", "-journal", ""] {
            files::remove_name(&aside.beside(suffix))?;
        }
        Ok(files::sync_folder(&self.folder)?)
    }
}

pub(super) fn remove_keys(store: &CheckedStore, install: Install) -> Result<(), VaultError> {
    let aliases = store.list(&prefix(install))?;
    Ok(aliases.iter().try_for_each(|alias| store.delete(alias))?)
}

impl Vault {
    /// Erases these compartments from what was put aside.
    ///
    /// # Errors
    /// If one can neither be erased from nor removed.
    pub fn erase_from_asides(&self, compartments: &[Compartment]) -> Result<(), VaultError> {
        self.with_session(|session| self.erase_aside(session.meta.install, compartments))
    }

    /// One of this installation is an older copy, which goes; so does one from which nothing can be erased.
    pub(super) fn erase_aside(&self, own: Install, compartments: &[Compartment]) -> Result<(), VaultError> {
        for aside in self.files.asides()? {
            let other = aside.meta().is_some_and(|meta| meta.install != own);
            let erased = other
                && aside.erase(compartments).survived("erase from a vault that was set aside").is_some();
            if !erased {
                say(
                    LogLevel::Error,
                    "a vault that was set aside was removed: only so is erased what it held",
                );
                self.files.remove_aside(&aside)?;
            }
        }
        Ok(())
    }

    /// Removes everything that was put aside. Keys stay: what they say against anything holds for an older copy of the files.
    pub(super) fn remove_asides(&self) -> Result<(), VaultError> {
        for aside in self.files.asides()? {
            self.files.remove_aside(&aside)?;
        }
        self.files.all_is_heard()
    }
}
