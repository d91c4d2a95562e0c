//! There is no way around a permit: each program in `cases` fails to compile at every line that is marked so, for the
//! error that the mark names, and nowhere else. The twin that makes the same calls properly compiles with this test.

#[path = "../emulated/mod.rs"]
mod emulated;
mod twin;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The cases, copied to where the compiler's words may be written beside them.
fn copies(cases: &Path) -> (PathBuf, Vec<String>) {
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases");
    drop(fs::remove_dir_all(&copies));
    fs::create_dir_all(&copies).unwrap();
    let names = fs::read_dir(cases).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter_map(|n| Some(n.strip_suffix(".rs")?.to_owned())).collect();
    names.sort_unstable();
    for name in names.iter().map(|n| format!("{n}.rs")) {
        fs::copy(cases.join(&name), copies.join(&name)).unwrap();
    }
    (copies, names)
}

/// The lines of a case that are marked with an error.
fn marked(source: &str) -> BTreeSet<(usize, &str)> {
    let lines = source.lines().zip(1..);
    lines.filter_map(|(text, line)| Some((line, text.split_once("//~ ")?.1))).collect()
}

/// The lines at which the compiler found errors.
fn found(said: &str) -> BTreeSet<(usize, &str)> {
    let errors = said.split("error[").skip(1);
    let place = |error: &str| error.lines().nth(1)?.rsplit(':').nth(1)?.parse().ok();
    errors.map(|error| (place(error).unwrap(), error.get(..5).unwrap())).collect()
}

#[test]
fn no_way_around_a_permit() {
    if emulated::emulated() {
        return;
    }
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let (copies, names) = copies(&cases);
    assert!(names.len() > 20, "the cases are not where they were");
    // SAFETY: this is the only test of the program, and no other thread looks at the environment.
    unsafe { std::env::set_var("TRYBUILD", "overwrite") };
    trybuild::TestCases::new().compile_fail(copies.join("*.rs"));
    for name in &names {
        let source = fs::read_to_string(cases.join(format!("{name}.rs"))).unwrap();
        let said = fs::read_to_string(copies.join(format!("{name}.stderr"))).unwrap();
        assert!(!marked(&source).is_empty(), "{name}");
        assert_eq!(found(&said), marked(&source), "{name}: {said}");
    }
}
