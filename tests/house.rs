//! The house: which room and which floor knows which, and that no file or function has grown into a hall.
#![allow(missing_docs, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Every room with the rooms that it may know.
const ROOMS: [(&str, &[&str]); 11] = [
    ("base", &[]),
    ("vault", &["base"]),
    ("catalog", &["base"]),
    ("consent", &["base", "vault"]),
    ("profile", &["base", "vault", "catalog", "consent"]),
    ("ranking", &["base", "catalog", "consent", "profile"]),
    ("surfaces", &["base", "vault", "catalog", "consent", "profile", "ranking"]),
    ("experiments", &["base", "vault", "catalog", "consent", "profile"]),
    ("signals", &["base", "vault", "consent"]),
    ("answers", &["base", "catalog", "profile", "experiments", "signals"]),
    (
        "api",
        &[
            "base",
            "vault",
            "catalog",
            "consent",
            "profile",
            "ranking",
            "surfaces",
            "experiments",
            "signals",
            "answers",
        ],
    ),
];

/// The floors of the large rooms, the lowest first: each knows those before it only.
const FLOORS: [(&str, &[&str]); 4] = [
    ("vault", &["types", "tables", "error", "crypto", "keys", "db", "life"]),
    (
        "consent",
        &[
            "purpose", "external", "decision", "stored", "policy", "ledger", "state", "error", "permit",
            "gate", "notice", "change",
        ],
    ),
    ("catalog", &["error", "model", "format", "keys", "device", "operator"]),
    ("signals", &["error", "dp", "task", "wire", "channel", "budget", "device", "operator"]),
];

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 64;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The sources that are shipped, with their paths below `src`.
fn sources() -> Vec<(Vec<String>, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    let named = |path: &PathBuf| {
        let inside = path.strip_prefix(&src).unwrap().with_extension("");
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let shipped = !parts.iter().any(|part| ["tests", "bin", "fuzzing"].contains(&part.as_str()));
        shipped.then(|| (parts, shipped_part(&fs::read_to_string(path).unwrap())))
    };
    let sources: Vec<_> = found.iter().filter_map(named).collect();
    assert!(sources.len() > 200, "the sources were not found");
    sources
}

/// A source without its tests and comments.
fn shipped_part(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// What follows `crate::` each time, as far as two names.
fn known(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
        let mut names = rest[..end].split("::");
        (names.next().unwrap_or(""), names.next().unwrap_or(""))
    })
}

#[test]
fn a_room_knows_only_those_before_it() {
    for (path, text) in sources() {
        let Some((_, may)) = ROOMS.iter().find(|(room, _)| *room == path[0]) else { continue };
        for (room, _) in known(&text) {
            let is_room = ROOMS.iter().any(|(name, _)| *name == room);
            assert!(!is_room || room == path[0] || may.contains(&room), "{path:?} knows {room}");
        }
    }
}

#[test]
fn a_floor_knows_only_those_below_it() {
    for (room, floors) in FLOORS {
        let at = |name: &str| floors.iter().position(|floor| *floor == name);
        let mut seen = 0;
        for (path, text) in sources().into_iter().filter(|(path, _)| path[0] == room && path.len() > 1) {
            let Some(own) = at(&path[1]) else {
                assert_eq!(path[1], "mod", "{path:?} is on no floor");
                continue;
            };
            for (_, floor) in known(&text).filter(|(other, _)| *other == room) {
                seen += 1;
                assert!(at(floor).is_none_or(|floor| floor <= own), "{path:?} knows {floor}");
            }
        }
        assert!(seen > 10, "{room}: {seen}");
    }
}

#[test]
fn files_and_functions_are_rooms_and_not_halls() {
    for (path, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() <= LONGEST_FILE, "{path:?} has {} lines", lines.len());
        let mut start = None;
        for (at, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_head = line.trim_start().starts_with("fn ") || line.contains(" fn ");
            if is_head && !line.trim_end().ends_with(';') {
                start = Some((at, indent));
            }
            if let Some((from, of)) = start.filter(|(_, of)| *line == format!("{}}}", " ".repeat(*of))) {
                let length = at - from + 1;
                assert!(
                    length <= LONGEST_FUNCTION,
                    "{path:?}: {} ({length} lines, {of})",
                    lines[from].trim()
                );
                start = None;
            }
        }
    }
}

/// The compiler asks for it where an item can be reached from outside. Here every `pub` counts, also inside the library.
#[test]
fn every_public_item_is_documented() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    let kinds = ["fn ", "struct ", "enum ", "trait ", "type ", "const ", "static ", "mod "];
    let mut seen = 0;
    for path in found.iter().filter(|path| !path.iter().any(|part| part == "tests" || part == "tests.rs")) {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> =
            text.split("\n#[cfg(test)]\nmod tests {").next().unwrap().lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(item) = line.strip_prefix("pub ") else { continue };
            if !kinds.iter().any(|kind| item.trim_start_matches("unsafe ").starts_with(kind)) {
                continue;
            }
            seen += 1;
            let mut above =
                lines[..at].iter().rev().skip_while(|l| l.starts_with("#[") && !l.starts_with("#[doc"));
            let is_told = above.next().is_some_and(|l| l.starts_with("///") || l.starts_with("#[doc"));
            assert!(is_told, "{}: {line}", path.display());
        }
    }
    assert!(seen > 800, "{seen}");
}

/// The cells of a row of `ARCHITECTURE.md` that begins with this name, as names.
fn told(page: &str, name: &str, columns: usize) -> Vec<String> {
    let row = page
        .lines()
        .find(|line| line.starts_with(&format!("| `{name}` |")) && line.matches(" |").count() == columns);
    let last = row.unwrap_or_else(|| panic!("{name} is not told")).trim_end_matches(" |").rsplit("| ").next();
    last.unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_architecture_page_tells_rooms_and_floors_as_they_are() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (room, may) in ROOMS {
        let but_base: Vec<_> = may.iter().filter(|name| **name != "base").collect();
        assert_eq!(told(&page, room, 3).iter().collect::<Vec<_>>(), but_base, "{room}");
    }
    for (room, floors) in FLOORS {
        assert_eq!(told(&page, room, 2), floors, "{room}");
    }
}
