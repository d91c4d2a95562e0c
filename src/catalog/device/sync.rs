//! Bringing the catalog up to date from published files. Which are asked for follows from the catalog that is installed, and from
//! nothing else: devices with the same catalog ask the same.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files;
use crate::base::limits::{BUNDLE, LATEST, MANIFEST};
use crate::base::log::{LogLevel, say};
use crate::base::signed::{Sha256, hex};
use crate::catalog::device::disk::{make_folder, step};
use crate::catalog::device::draft::Draft;
use crate::catalog::format::latest::{Latest, PATH, Published};
use crate::catalog::format::successor;
use crate::catalog::{Catalog, CatalogError, CatalogPatch, ShopKeys, Trust};

/// Name of the newest list that was taken.
const FILE: &str = "catalog.svl";
/// What the name of a file that is on its way begins with; its hash follows.
const PART: &str = "catalog.part-";
/// Bytes that are asked for at once.
pub(crate) const PIECE: u64 = 1 << 20;

/// What came for a request.
pub(crate) enum Answer {
    /// The bytes that were asked for, or fewer.
    Part(Vec<u8>),
    /// The whole file, by a host that does not know ranges.
    Whole(Vec<u8>),
}

/// Where the shop's files are.
pub(crate) trait Source {
    /// Bytes of the file at a path: at most [`PIECE`] from `first` on, where the host can do that.
    fn read(&self, path: &str, first: u64) -> Result<Answer, CatalogError>;
}

/// What a sync brought.
#[derive(Debug)]
pub(crate) struct Synced {
    pub(crate) catalog: Arc<Catalog>,
    /// Bytes of files that were received.
    pub(crate) received: u64,
    pub(crate) changed: bool,
}

impl Catalog {
    /// Takes the shop's newest list, and what it names that is not installed in `dir` yet: a patch, a delta or a whole bundle,
    /// whichever is enough. What was received before an interruption is not asked for again.
    ///
    /// # Errors
    /// Any [`CatalogError`]; the installed catalog stays. [`CatalogError::Stale`] when the list has expired.
    pub(crate) fn sync(dir: &Path, source: &dyn Source, trust: &Trust<'_>) -> Result<Synced, CatalogError> {
        make_folder(dir)?;
        let mut keys = trust.keys.with_stored(dir);
        let latest = latest(dir, source, &mut keys, trust)?;
        let trust = &trust.by(&keys);
        sweep(dir, &latest.files().map(|file| part(dir, file)).collect::<Vec<_>>());
        let mut sync = Sync { dir, source, trust, received: 0 };
        let installed = Self::open_trusted(dir, trust)
            .ok()
            .filter(|installed| installed.bundle_hash() == latest.bundle.0);
        let changed = installed.is_none();
        let mut catalog = match installed {
            Some(installed) => installed,
            None => sync.bundle(&latest)?,
        };
        let number = match catalog.patch() {
            Some(CatalogPatch::InForce { number, .. } | CatalogPatch::Expired { number, .. }) => Some(number),
            _ => None,
        };
        let newer = latest.patch.filter(|(offered, _)| number.is_none_or(|number| *offered > number));
        match newer.map(|(_, patch)| sync.install(&patch)) {
            None => sweep(dir, &[]),
            Some(Ok(patched)) => {
                catalog = patched;
                sweep(dir, &[]);
            }
            Some(Err(error)) if changed => {
                say(
                    LogLevel::Warning,
                    format_args!("the patch of the new catalog comes with the next sync: {error}"),
                );
            }
            Some(Err(error)) => return Err(error),
        }
        Ok(Synced { catalog, received: sync.received, changed: changed || newer.is_some() })
    }
}

/// A sync under way.
struct Sync<'a> {
    dir: &'a Path,
    source: &'a dyn Source,
    trust: &'a Trust<'a>,
    received: u64,
}

impl Sync<'_> {
    /// The bundle, out of the installed one if that can be done.
    fn bundle(&mut self, latest: &Latest) -> Result<Arc<Catalog>, CatalogError> {
        let base = Catalog::open_trusted(self.dir, self.trust).ok().map(|installed| installed.bundle_hash());
        let delta = latest.deltas.iter().find(|(from, _)| Some(*from) == base);
        if let Some((_, delta)) = delta {
            match self.install(delta) {
                Err(CatalogError::Damaged { .. } | CatalogError::OtherBase) => {
                    say(LogLevel::Warning, "the catalog's delta is of no use: the whole bundle is fetched");
                }
                other => return other,
            }
        }
        self.install(&latest.bundle.1)
    }

    /// Receives a file and installs it.
    fn install(&mut self, file: &Published) -> Result<Arc<Catalog>, CatalogError> {
        let path = part(self.dir, file);
        let mut received = self.receive(file, &path)?;
        let installed = Catalog::install(self.dir, &mut received, self.trust);
        if !matches!(installed, Err(CatalogError::Io { .. })) {
            let _ = files::remove_name(&path); // The next sync does it otherwise.
        }
        installed
    }

    /// Receives what is still missing of a file.
    fn receive(&mut self, file: &Published, path: &Path) -> Result<File, CatalogError> {
        if file.bytes > (BUNDLE.most + 2 * MANIFEST.most) as u64 {
            return Err(CatalogError::TooLarge { what: "a published file", limit: BUNDLE.most as u64 });
        }
        step("receive the catalog", || files::remove_stranger(path))?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let mut part = step("receive the catalog", || options.open(path))?;
        let mut have = step("receive the catalog", || part.metadata())?.len();
        while have < file.bytes {
            let bytes = match self.source.read(&file.path(), have)? {
                Answer::Part(bytes) => bytes,
                Answer::Whole(bytes) => bytes.get(have as usize..).map(<[u8]>::to_vec).unwrap_or_default(),
            };
            self.received = self.received.saturating_add(bytes.len() as u64);
            let wanted = (file.bytes - have).min(bytes.len() as u64);
            let bytes = bytes.get(..wanted as usize).unwrap_or_default();
            if bytes.is_empty() {
                return Err(CatalogError::damaged("a published file is cut short"));
            }
            step("receive the catalog", || part.write_all(bytes))?;
            have += bytes.len() as u64;
        }
        if have == file.bytes && step("receive the catalog", || hash(&mut part))? == file.hash {
            step("receive the catalog", || part.rewind())?;
            return Ok(part);
        }
        let _ = files::remove_name(path); // Asked for anew the next time.
        Err(CatalogError::damaged("a published file"))
    }
}

/// The newest list, which is remembered. If the key that is known has not signed it, the shop is asked for its keys.
fn latest(
    dir: &Path,
    source: &dyn Source,
    keys: &mut ShopKeys,
    trust: &Trust<'_>,
) -> Result<Latest, CatalogError> {
    let (Answer::Part(bytes) | Answer::Whole(bytes)) = source.read(PATH, 0)?;
    if !LATEST.takes(bytes.len()) {
        return Err(CatalogError::TooLarge { what: "the list of files", limit: LATEST.most as u64 });
    }
    let open = |keys: &ShopKeys| Latest::open(&bytes, std::slice::from_ref(keys.current()));
    let latest = match open(keys) {
        Err(CatalogError::BadSignature) => {
            let Ok(Answer::Part(list) | Answer::Whole(list)) = source.read(successor::PATH, 0) else {
                return Err(CatalogError::BadSignature);
            };
            match keys.take(dir, &list) {
                Err(CatalogError::Damaged { .. }) => {} // A host's page that says that there is none.
                other => drop(other?),
            }
            open(keys)?
        }
        other => other?,
    };
    if latest.store_id != keys.store_id() {
        return Err(CatalogError::OtherStore);
    }
    let path = dir.join(FILE);
    let before = files::read(&path, LATEST.most as u64 + 1).ok().filter(|bytes| LATEST.takes(bytes.len()));
    let before = before.and_then(|bytes| Latest::open(&bytes, &keys.accepted()).ok());
    let before = before.filter(|before| before.store_id == keys.store_id());
    let newest = before.as_ref().map_or(0, |before| before.number);
    if latest.number < newest {
        return Err(CatalogError::Downgrade { newest, offered: latest.number });
    }
    if latest.expires_ms <= trust.now_ms {
        return Err(CatalogError::Stale { expired_ms: latest.expires_ms });
    }
    if before.as_ref() != Some(&latest) {
        if latest.number == newest && before.is_some() {
            return Err(CatalogError::VersionReused { version: newest });
        }
        let draft = step("write the list of files", || Draft::new(dir))?;
        let mut file = step("write the list of files", || draft.create())?;
        step("write the list of files", || file.write_all(&bytes))?;
        step("write the list of files", || file.sync_all())?;
        draft.put(&path)?;
    }
    Ok(latest)
}

fn part(dir: &Path, file: &Published) -> PathBuf {
    dir.join(format!("{PART}{}", hex(&file.hash)))
}

/// Removes what was received of other files.
fn sweep(dir: &Path, kept: &[PathBuf]) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let is_part = entry.file_name().to_str().is_some_and(|name| name.starts_with(PART));
        if is_part && !kept.contains(&entry.path()) {
            let _ = files::remove_name(&entry.path()); // Only rubbish; the next time will do.
        }
    }
}

fn hash(file: &mut File) -> std::io::Result<[u8; 32]> {
    file.seek(SeekFrom::Start(0))?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash.finish());
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}
