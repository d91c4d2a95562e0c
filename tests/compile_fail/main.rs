//! There is no way around a permit: each program in `cases` fails to compile at every line that is marked so, for the
//! error that the mark names, and nowhere else. The twin that makes the same calls properly compiles with this test.
#![allow(missing_docs, reason = "a test")]

#[path = "../emulated/mod.rs"]
mod emulated;
mod twin;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where cargo put this program, and the library that it was built with: the one that was built last.
fn built() -> (PathBuf, PathBuf) {
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let names = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
    let libraries = fs::read_dir(&folder).unwrap().map(Result::unwrap);
    let libraries =
        libraries.filter(|e| names(e).starts_with("libsottovoce-") && names(e).ends_with(".rlib"));
    let last = libraries.max_by_key(|e| e.metadata().unwrap().modified().unwrap()).unwrap();
    (folder, last.path())
}

/// The lines of a case that are marked with an error.
fn marked(source: &str) -> BTreeSet<(u64, String)> {
    let lines = source.lines().zip(1..);
    lines.filter_map(|(text, line)| Some((line, text.split_once("//~ ")?.1.to_owned()))).collect()
}

/// The lines at which the compiler finds errors, and all that it says.
fn found(case: &Path, folder: &Path, library: &Path) -> (BTreeSet<(u64, String)>, String) {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc
        .args(["--edition=2024", "--error-format=json", "--emit=metadata", "--out-dir"])
        .arg(env!("CARGO_TARGET_TMPDIR"));
    rustc.arg("-L").arg(format!("dependency={}", folder.display()));
    rustc.arg("--extern").arg(format!("sottovoce={}", library.display()));
    let said = String::from_utf8(rustc.arg(case).output().unwrap().stderr).unwrap();
    let messages = said.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let errors = messages.filter(|message| message["level"] == "error");
    let place = |error: Value| {
        let code = error["code"]["code"].as_str()?.to_owned(); // sums and what follows from another error have none
        let line = error["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?["line_start"]
            .as_u64()?;
        Some((line, code))
    };
    (errors.filter_map(place).collect(), said)
}

#[test]
fn no_way_around_a_permit() {
    if emulated::emulated() {
        return;
    }
    let (folder, library) = built();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail/cases");
    let cases: Vec<_> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(cases.len() > 20, "the cases are not where they were");
    for case in &cases {
        let marked = marked(&fs::read_to_string(case).unwrap());
        assert!(!marked.is_empty(), "{case:?}");
        let (found, said) = found(case, &folder, &library);
        assert_eq!(found, marked, "{case:?}: {said}");
    }
}
