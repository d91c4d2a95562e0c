//! The disk as a thief would read it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sottovoce::consent::{EraseScope, Purpose};

use super::{Failure, Shop, key_store};
use crate::seen::{Scan, Seen};
use crate::state::Action;

/// Bytes of a row of hex.
const ROW: usize = 16;
const ROWS: usize = 8;

impl Shop {
    pub(super) fn storing(&mut self, action: Action, seen: &mut Seen) -> Result<Option<String>, Failure> {
        match action {
            Action::WithdrawAndSearch(purpose) => seen.vault.scan = Some(self.withdraw_and_search(purpose)?),
            Action::Integrity => {
                let found = self.engine.integrity()?;
                let named = found.findings.iter().map(|finding| format!("{finding:?}")).collect();
                seen.vault.integrity = Some((found.records, named));
            }
            Action::Export => {
                let path = self.options.folder.join("my-copy.json");
                std::fs::write(&path, self.engine.data().export()?)?;
                seen.vault.copy = Some(path);
            }
            Action::EraseAll => {
                let report = self.engine.data().erase(EraseScope::Everything)?;
                seen.consent.erased = Some(report);
            }
            _ => {}
        }
        Ok(None)
    }

    pub(super) fn read_vault(&self, seen: &mut Seen) -> Result<(), Failure> {
        let folder = self.home.join("vault");
        seen.vault.files = files(&self.home)?
            .into_iter()
            .map(|path| {
                let size = std::fs::metadata(&path).map(|m| m.len()).unwrap_or_default();
                (path.strip_prefix(&self.home).unwrap_or(&path).display().to_string(), size)
            })
            .collect();
        let keys =
            key_store(&self.options.folder.join(&self.merchant.store).join("keys"), self.options.keyring)?;
        seen.vault.keys = keys.list("sottovoce.".into())?;
        seen.vault.folder = folder;
        seen.vault.status = Some(self.engine.status());
        Ok(())
    }

    fn withdraw_and_search(&self, purpose: Purpose) -> Result<Scan, Failure> {
        let words = self.own_words()?;
        let vault = self.home.join("vault");
        let before = contents(&vault)?;
        let report = self.engine.consent().withdraw(vec![purpose], "vault".into(), self.locale())?;
        let after = contents(&vault)?;
        let (file, hex) = difference(&before, &after);
        Ok(Scan {
            rows: report.rows,
            keys_destroyed: report.keys_destroyed,
            files: after.len(),
            bytes: after.values().map(|bytes| bytes.len() as u64).sum(),
            hits: found(&words, &after),
            control: found(&words, &contents(&self.home.join("catalog"))?),
            words,
            hex,
            file,
        })
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    if !folder.is_dir() {
        return Ok(all);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { all.extend(files(&path)?) } else { all.push(path) }
    }
    all.sort();
    Ok(all)
}

fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let read = |path: PathBuf| Ok((path.strip_prefix(folder)?.display().to_string(), std::fs::read(&path)?));
    files(folder)?.into_iter().map(read).collect()
}

/// How many of the words are in any of the files, in capitals or not.
fn found(words: &[String], files: &BTreeMap<String, Vec<u8>>) -> usize {
    let small: Vec<Vec<u8>> = files.values().map(|bytes| bytes.to_ascii_lowercase()).collect();
    let is_in = |word: &String| {
        let word = word.to_ascii_lowercase();
        !word.is_empty() && small.iter().any(|bytes| bytes.windows(word.len()).any(|b| b == word.as_bytes()))
    };
    words.iter().filter(|word| is_in(word)).count()
}

type Rows = Vec<(usize, Vec<u8>, Vec<u8>)>;

/// The first rows that differ, of the file that differs most.
fn difference(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) -> (String, Rows) {
    let rows = |name: &String| -> Rows {
        let (Some(old), Some(new)) = (before.get(name), after.get(name)) else { return Vec::new() };
        let pairs = old.chunks(ROW).zip(new.chunks(ROW)).enumerate();
        pairs.filter(|(_, (a, b))| a != b).map(|(i, (a, b))| (i * ROW, a.to_vec(), b.to_vec())).collect()
    };
    let most = before.keys().map(|name| (name, rows(name))).max_by_key(|(_, rows)| rows.len());
    let (name, rows) = most.map(|(name, rows)| (name.clone(), rows)).unwrap_or_default();
    // The head of a database says little: rows from its middle show what was sealed.
    let skip = rows.len().saturating_sub(ROWS) / 2;
    (name, rows.into_iter().skip(skip).take(ROWS).collect())
}

/// The database of a vault, by name.
pub(super) fn database(folder: &Path) -> Result<String, Failure> {
    let found = files(folder)?.into_iter().find(|path| path.extension().is_some_and(|e| e == "vault"));
    Ok(found.ok_or("the folder has no vault")?.strip_prefix(folder)?.display().to_string())
}

/// Copies a folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    for path in files(from)? {
        let target = to.join(path.strip_prefix(from)?);
        std::fs::create_dir_all(target.parent().unwrap_or(to))?;
        std::fs::copy(&path, &target)?;
    }
    Ok(())
}
