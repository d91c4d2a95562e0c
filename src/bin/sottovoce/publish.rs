//! `publish`: a folder that any file host can serve.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::{
    Catalog, CatalogError, LatestFiles, LatestHeader, PublicKey, build_delta, build_latest, latest_files,
    published_path, signed_anew,
};
use sottovoce::clock::{Clock, SystemClock};

use crate::failure::Failure;
use crate::file::{read_key, write};
use crate::keys::counting;
use crate::output::{json, say, size};
use crate::progress::bar;

const HOUR_MS: i64 = 3_600_000;

/// Put a bundle, deltas that lead to it and a patch into a folder that any file host can serve
///
/// Devices fetch `latest`, a signed list that expires, and what it names. Without a bundle and a patch, the list is renewed. Files
/// go by their hash and are never changed: upload them before `latest`, and let hosts cache them for ever, `latest` for minutes.
#[derive(Args)]
pub struct Arguments {
    /// The folder
    folder: PathBuf,
    /// The new bundle; the one published last if not given
    #[arg(long, value_name = "BUNDLE")]
    bundle: Option<PathBuf>,
    /// The newest patch of it; the one published last, if it is of this bundle, if not given
    #[arg(long, value_name = "PATCH")]
    patch: Option<PathBuf>,
    /// Private key from `sottovoce keygen`
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// Devices report a list that is older than so many hours
    #[arg(long, value_name = "HOURS", default_value_t = 168)]
    valid_hours: u32,
    /// Deltas are made from so many earlier bundles
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    deltas: usize,
}

/// Writes the files, then the list.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { folder, .. } = arguments;
    let key = read_key(&arguments.key)?;
    let list = folder.join("latest");
    let keys = counting(folder, &key.public_key())?;
    let before = published(&list, &keys)?;
    let bundle = match (&arguments.bundle, &before) {
        (Some(path), _) => read(path)?,
        (None, Some(before)) => read(&folder.join(&before.bundle))?,
        (None, None) => return Err(Failure::at(&list, "nothing of this key is published yet: say --bundle")),
    };
    let catalog = Catalog::from_bytes(&bundle).map_err(|error| Failure::at(folder, error))?;
    if before.as_ref().is_some_and(|before| before.store_id != catalog.store_id()) {
        return Err(Failure::at(&list, "another shop is published here"));
    }
    let patch = match (&arguments.patch, before.as_ref()) {
        (Some(path), _) => Some(read(path)?),
        (None, Some(before)) if before.bundle == published_path(&bundle) => {
            before.patch.as_ref().map(|path| read(&folder.join(path))).transpose()?
        }
        _ => None,
    };
    let signed = |bytes| signed_anew(bytes, &keys, &key).map_err(|error| Failure::at(folder, error));
    let (bundle, patch) = (signed(bundle)?, patch.map(signed).transpose()?);
    let deltas = deltas(folder, &catalog, &bundle, arguments.deltas)?;
    let now_ms = SystemClock.now_ms();
    let header = LatestHeader {
        number: (now_ms.unsigned_abs() / 1000).max(before.map_or(0, |before| before.number) + 1),
        created_ms: now_ms,
        expires_ms: now_ms.saturating_add(i64::from(arguments.valid_hours).saturating_mul(HOUR_MS)),
    };
    let latest = build_latest(&bundle, patch.as_deref(), &deltas, &header, &key)
        .map_err(|error| Failure::at(folder, error))?;
    write_files(folder, [&bundle].into_iter().chain(&patch).chain(&deltas))?;
    // Devices never see a list whose files are not there.
    write(&list, &latest)?;
    json(|| {
        let [bundle, patch] = [Some(&bundle), patch.as_ref()].map(|file| file.map(Vec::len));
        json!({
            "folder": folder, "number": header.number, "expires_ms": header.expires_ms, "store_id": catalog.store_id(),
            "version": catalog.version(), "bundle_bytes": bundle, "patch_bytes": patch,
            "delta_bytes": deltas.iter().map(Vec::len).collect::<Vec<_>>(),
        })
    });
    say!("published   {}, list number {}", folder.display(), header.number);
    say!("bundle      {}, version {}, {}", catalog.store_id(), catalog.version(), size(bundle.len() as u64));
    for delta in &deltas {
        say!("delta       {}", size(delta.len() as u64));
    }
    if let Some(patch) = &patch {
        say!("patch       {}", size(patch.len() as u64));
    }
    say!("expires     in {} hours: publish again before", arguments.valid_hours);
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::at(path, error))
}

/// Writes what is not there yet, each under a name of its own.
fn write_files<'a>(folder: &Path, files: impl Iterator<Item = &'a Vec<u8>>) -> Result<(), Failure> {
    let place = folder.join("files");
    fs::create_dir_all(&place).map_err(|error| Failure::at(&place, error))?;
    for bytes in files {
        let path = folder.join(published_path(bytes));
        if !path.exists() {
            write(&path, bytes)?;
        }
    }
    Ok(())
}

/// What is published so far.
fn published(list: &Path, keys: &[PublicKey]) -> Result<Option<LatestFiles>, Failure> {
    match fs::read(list) {
        Ok(bytes) => match latest_files(&bytes, keys) {
            // A revoked key signed it, or one that was lost before it named another.
            Err(CatalogError::BadSignature) if keys.len() > 1 => Ok(None),
            other => other.map(Some).map_err(|error| Failure::at(list, error)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::at(list, error)),
    }
}

/// Deltas from the newest bundles of the shop in the folder that are older than this one, where they save something.
fn deltas(folder: &Path, catalog: &Catalog, bundle: &[u8], most: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let mut older = Vec::new();
    for entry in fs::read_dir(folder.join("files")).into_iter().flatten().flatten() {
        let bytes = read(&entry.path())?;
        let Ok(other) = Catalog::from_bytes(&bytes) else { continue };
        if other.store_id() == catalog.store_id() && other.version() < catalog.version() {
            older.push((other.version(), entry.path()));
        }
    }
    older.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let bar = bar(older.len().min(most) as u64, "making deltas");
    let made = bar
        .wrap_iter(older.iter().take(most))
        .map(|(_, path)| build_delta(&read(path)?, bundle).map_err(|error| Failure::at(path, error)));
    let made: Result<Vec<_>, Failure> = made.collect();
    Ok(made?.into_iter().filter(|delta| delta.len() < bundle.len()).collect())
}
