//! `collect ingest`: reports from files into the store.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use sottovoce::clock::{Clock, SystemClock};
use sottovoce::signals::{Ingest, SEALED_REPORT_BYTES};

use super::{Reports, read};
use crate::failure::Failure;
use crate::output::{count, json, say};

/// Reports of one transaction.
const BATCH: usize = 10_000;

/// Take reports into the store, each once
#[derive(Args)]
pub struct Arguments {
    /// Batches of reports, or folders with them
    #[arg(value_name = "FILE|DIR", required = true)]
    from: Vec<PathBuf>,
    #[command(flatten)]
    reports: Reports,
}

/// Takes all reports that devices may have made, and says what became of the others.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut store = arguments.reports.open()?;
    let now_ms = SystemClock.now_ms();
    let mut done: BTreeMap<String, u64> = BTreeMap::new();
    for path in files(&arguments.from)? {
        let bytes = read(&path)?;
        let reports = split(&bytes).ok_or_else(|| Failure::at(&path, "not a batch of reports"))?;
        for batch in reports.chunks(BATCH) {
            for verdict in store.ingest(batch.iter().copied(), now_ms)? {
                *done.entry(name(verdict)).or_default() += 1;
            }
        }
    }
    for (what, number) in &done {
        say!("{:>12}  {what}", count(*number));
    }
    json(|| serde_json::json!(done));
    Ok(ExitCode::SUCCESS)
}

fn name(verdict: Ingest) -> String {
    match verdict {
        Ingest::Counted => "counted".into(),
        Ingest::Duplicate => "known already".into(),
        Ingest::Malformed(error) => format!("refused: {error}"),
        Ingest::UnknownTask => "refused: of a task set that was not given".into(),
        Ingest::WrongWindow => "refused: of a window that is over, has not begun or does not exist".into(),
    }
}

/// The files themselves, and those in the folders, by name.
fn files(from: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in from {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let at = |error: std::io::Error| Failure::at(path, error);
        let entries = fs::read_dir(path).map_err(at)?.collect::<Result<Vec<_>, _>>().map_err(at)?;
        let mut inside: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        inside.retain(|path| path.is_file() && !is_hidden(path));
        inside.sort();
        all.append(&mut inside);
    }
    Ok(all)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'))
}

/// The reports of a batch, each behind its length; or one report as it was sent, which begins with a version that no
/// length of a report begins with.
fn split(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    if bytes.len() <= SEALED_REPORT_BYTES && bytes.first().is_some_and(|version| *version > 0) {
        return Some(vec![bytes]);
    }
    let (mut rest, mut reports) = (bytes, Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (report, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        reports.push(report);
        rest = behind;
    }
    rest.is_empty().then_some(reports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart_or_refused_whole() {
        assert_eq!(split(&[0, 2, 7, 8, 0, 0, 0, 1, 9]), Some(vec![&[7, 8][..], &[], &[9]]));
        assert_eq!(split(&[]), Some(vec![]));
        assert_eq!(split(&[0, 2, 7]), None);
        assert_eq!(split(&[0]), None);
        assert_eq!(split(&[2; 62]), Some(vec![&[2; 62][..]]));
    }
}
