//! Files that become the installed bundle in one step, or nothing. A draft has a name that no other install uses; what a
//! killed process left behind is removed by the next install and the next opening.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::files::remove_folder;
use crate::base::random::{SystemRandom, bytes};
use crate::base::signed::hex;
use crate::catalog::CatalogError;
use crate::catalog::device::disk::{step, sync_folder};

/// What the names of all drafts begin with; a dash and [`RANDOM_DIGITS`] hexadecimal digits follow.
const PREFIX: &str = "catalog.svb.incoming";
const RANDOM_DIGITS: usize = 16;

/// Held by the install that is under way in this process, so that none overtakes a newer one.
static INSTALLING: Mutex<()> = Mutex::new(());
/// Names of the drafts that this process works at.
static AT_WORK: Mutex<Vec<OsString>> = Mutex::new(Vec::new());

fn hold<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until no other install is under way in this process, and keeps others waiting.
pub(crate) fn only_install() -> MutexGuard<'static, ()> {
    hold(&INSTALLING)
}

/// Removes drafts in `folder` that nobody works at. An install of another process would lose its draft and fail; the installed
/// bundle stays.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if is_draft(&name) && !hold(&AT_WORK).contains(&name) {
            let _ = fs::remove_file(entry.path()); // Only rubbish; the next time will do.
        }
    }
}

fn is_draft(name: &OsStr) -> bool {
    let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { return false };
    let digits = rest.strip_prefix('-').unwrap_or_default();
    rest.is_empty() || digits.len() == RANDOM_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A file on its way to be the installed bundle; gone when dropped before.
pub(crate) struct Draft {
    /// Where it lies; the name is one that nobody can guess.
    pub(crate) path: PathBuf,
    name: OsString,
}

impl Draft {
    /// A path in `folder`, with nothing there yet.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let random: [u8; RANDOM_DIGITS / 2] = bytes(&SystemRandom).map_err(io::Error::other)?;
        let name = OsString::from(format!("{PREFIX}-{}", hex(&random)));
        hold(&AT_WORK).push(name.clone());
        Ok(Self { path: folder.join(&name), name })
    }

    /// The file itself, new, for writing and reading.
    pub(crate) fn create(&self) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(&self.path)
    }

    /// Gives the file, which has been synced, its final name in the same folder, durably.
    pub(crate) fn put(self, path: &Path) -> Result<(), CatalogError> {
        step("replace the catalog", || remove_folder(path).and_then(|_| fs::rename(&self.path, path)))?;
        path.parent().map_or(Ok(()), sync_folder)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // It has another name by now, or is rubbish that the next install removes.
        hold(&AT_WORK).retain(|name| *name != self.name);
    }
}
