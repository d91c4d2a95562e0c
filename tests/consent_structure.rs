//! The source shows it: personal data is reached through consent, and through permits only.

use std::fs;
use std::path::{Path, PathBuf};

/// Every line of the library outside of the rooms in `except`, without tests and comments.
fn lines(except: &[&str]) -> Vec<(PathBuf, usize, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let room = path.strip_prefix(&root).unwrap().components().next().unwrap();
            let room = room.as_os_str().to_string_lossy().into_owned();
            if except.contains(&room.as_str()) || name == "tests" || name == "tests.rs" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).unwrap();
                let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
                let code = text[..tests].lines().enumerate();
                let code = code.filter(|(_, l)| !l.trim_start().starts_with("//"));
                found.extend(code.map(|(n, l)| (path.clone(), n + 1, l.to_owned())));
            }
        }
    }
    assert!(found.len() > 1000, "the source is not where it was");
    found
}

fn none(lines: &[(PathBuf, usize, String)], words: &[&str], fine: impl Fn(&Path, &str) -> bool) {
    for (path, number, line) in lines {
        for word in words {
            let hit = line.contains(word) && !fine(path, line);
            assert!(!hit, "{}:{number} uses {word}: {line}", path.display());
        }
    }
}

#[test]
fn only_consent_reaches_into_compartments() {
    let above = lines(&["vault", "consent"]);
    let words =
        ["Compartment", "Reader<'", "Writer<'", ".compartment()", "vault.read", "vault.write", ".erase(&["];
    none(&above, &words, |_, _| false);
}

#[test]
fn only_the_engine_opens_a_vault_and_it_hands_it_straight_to_the_gate() {
    let above = lines(&["vault", "consent"]);
    let allowed = |path: &Path, _: &str| {
        path.ends_with("api/lifecycle.rs") || path.components().any(|c| c.as_os_str() == "bin")
    };
    none(&above, &["Vault::open", "Vault,", "Vault}", "&Vault"], allowed);
}

#[test]
fn what_may_not_be_used_is_read_for_the_users_own_copy_alone() {
    let above = lines(&["vault", "consent"]);
    let exports = |path: &Path, _: &str| path.ends_with("export.rs") || path.ends_with("api/document.rs");
    none(&above, &["AccessPermit", ".access::<", ".access()", "for_user"], exports);
}

#[test]
fn every_way_to_records_takes_a_permit() {
    let consent = lines(&[]);
    let records: Vec<_> =
        consent.into_iter().filter(|(p, _, _)| p.ends_with("consent/gate/records.rs")).collect();
    let text: String = records.into_iter().map(|(_, _, l)| l + "\n").collect();
    let doors: Vec<&str> = text.split("pub fn ").skip(1).filter(|f| head(f).contains("Records")).collect();
    assert_eq!(doors.len(), 6, "reading, writing and the user's own copy, by purpose and by tag");
    for door in doors {
        assert!(head(door).contains("Permit"), "{door}");
        assert!(door.contains("permit.check()?"), "{door}");
    }
}

/// Above consent, whoever opens the vault was handed a permit, or needs the essential one only.
#[test]
fn every_function_that_reads_or_writes_takes_a_permit() {
    let rooms = lines(&["vault", "consent", "catalog", "bin"]);
    let text: String = rooms.into_iter().map(|(_, _, l)| l + "\n").collect();
    let opens =
        |f: &str| ["gate.read(", "gate.write(", "gate.put_widget("].iter().any(|door| f.contains(door));
    let functions: Vec<&str> = text.split("fn ").filter(|f| opens(f)).collect();
    assert!(functions.len() > 10, "the split no longer finds them");
    for function in functions {
        let asks = function.contains(".essential()") || function.contains("gate.retention::<");
        assert!(head(function).contains("Permit<") || asks, "fn {function}");
    }
}

/// The callers in `api` ask; the rooms below are handed the answer. Only the profile, when it
/// follows a change, asks for itself.
#[test]
fn the_gate_is_asked_at_the_top() {
    let fine = |path: &Path, _: &str| {
        let at = |end: &str| path.ends_with(end);
        path.components().any(|c| c.as_os_str() == "api" || c.as_os_str() == "bin")
            || at("profile/permits.rs")
            || at("profile/store.rs")
    };
    none(&lines(&["vault", "consent"]), &[".permit(", ".permit::<", "Permits::ask", ".retention("], fine);
}

/// Consent itself opens its own records by name, and anybody else's through `records`, or through `parting` where the history
/// is taken apart. What it erases it counts and deletes unseen.
#[test]
fn consent_reads_no_compartment_but_its_own() {
    let consent =
        lines(&["vault", "catalog", "profile", "ranking", "surfaces", "experiments", "signals", "api"]);
    let doors = ["r", "w", "reader", "writer"]
        .map(|who| ["get", "scan", "put", "append"].map(|what| format!("{who}.{what}(")));
    let doors: Vec<&str> = doors.iter().flatten().map(String::as_str).chain([".scan("]).collect();
    none(&consent, &doors, |path, line| {
        !path.components().any(|c| c.as_os_str() == "consent")
            || path.ends_with("consent/gate/records.rs")
            || path.ends_with("consent/gate/parting.rs")
            || line.contains("(CONSENT, ")
    });
}

/// A function's signature.
fn head(function: &str) -> &str {
    function.split('{').next().unwrap_or_default()
}

#[test]
fn no_exported_method_hands_out_a_vault_a_permit_or_records() {
    let api =
        lines(&["vault", "consent", "catalog", "profile", "ranking", "surfaces", "experiments", "signals"]);
    let inside = |path: &Path, line: &str| {
        !path.components().any(|c| c.as_os_str() == "api") || !line.trim_start().starts_with("pub fn")
    };
    none(&api, &["Permit<", "-> Vault", "Records", "-> Gate", "&Gate"], inside);
}

#[test]
fn permits_are_made_in_one_room() {
    none(&lines(&["consent"]), &["Permit {", "Permit::issue", "Epoch"], |_, _| false);
}
