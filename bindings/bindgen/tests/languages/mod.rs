//! What the sources of each language say, without running them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use heck::ToSnakeCase as _;
use regex::Regex;
use surfaces::Language;
use surfaces::listing::listing;

/// Hand-written sources, as far as an app sees them.
const WRITTEN: [(Language, &str, &str); 3] = [
    (Language::Kotlin, "bindings/kotlin/src/main/kotlin", "kt"),
    (Language::Swift, "bindings/swift/Sources", "swift"),
    (Language::Python, "bindings/python/sottovoce", "py"),
];

/// Cases that only one language can have.
const OWN_CASES: [&str; 9] = [
    "who_goes_to_the_background_holds_nothing",                // of iOS
    "a_slow_logger_does_not_abort_the_interpreter_at_its_end", // of Python
    "calls_under_way_do_not_abort_the_interpreter_at_its_end", // of Python
    "a_wrong_argument_is_named",                               // by the compiler elsewhere
    "an_argument_that_goes_wrong_is_named_and_costs_nothing",  // likewise
    "keys_may_come_as_a_bytearray",                            // of Python
    "a_key_store_of_another_kind_is_a_typed_error",            // does not compile elsewhere
    "records_are_dataclasses",                                 // of Python
    "closing_keeps_no_event_loop",                             // of Python
];
/// The same habit, told by what each language has for it.
const SAME_CASES: [(&str, &str); 1] =
    [("values_show_what_they_hold", "times_and_addresses_have_their_types")];

/// All sources of a language, hand-written and generated from the library into `out`.
pub fn sources(root: &Path, library: &Path, language: Language, out: &Path) -> Vec<String> {
    surfaces::generate(root, library, language, out).unwrap();
    let (_, folder, extension) = WRITTEN.into_iter().find(|w| w.0 == language).unwrap();
    let mut files = [files(&root.join(folder), extension), files(out, extension)].concat();
    files.retain(|path| path.file_name().is_none_or(|name| name != "Generated.swift"));
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry, extension));
        } else if entry.extension().is_some_and(|e| e == extension) {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// The public surface; `None` for Python where there is none on this machine.
pub fn surface(root: &Path, library: &Path, language: Language, out: &Path) -> Option<String> {
    if language != Language::Python {
        return Some(listing(language, sources(root, library, language, out).iter().map(String::as_str)));
    }
    sources(root, library, language, out);
    let script = root.join("bindings/python/surface.py");
    let written = files(&root.join("bindings/python/sottovoce"), "py");
    let listed =
        Command::new("python3").arg("-B").arg(script).args(written).args(files(out, "py")).output().ok()?;
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    Some(String::from_utf8(listed.stdout).unwrap())
}

/// Lines of documentation with a name that only Rust spells so.
pub fn foreign_names(sources: &[String]) -> Vec<String> {
    let word = Regex::new(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b").unwrap();
    docs(sources).filter(|line| word.is_match(line)).map(str::to_owned).collect()
}

/// Lines of documentation with a value of an enum that only Rust spells so, by the API as Rust has it. Kotlin spells values
/// with fields and errors as Rust does.
pub fn foreign_values(sources: &[String], api: &str, language: Language) -> Vec<String> {
    let types = Regex::new(r"(?m)^(\w+)(?: \{| = |\.| *$)").unwrap();
    let value = Regex::new(r"(?m)^(\w+) = (\w+)(.*)$").unwrap();
    let has_fields: BTreeSet<&str> = value
        .captures_iter(api)
        .filter(|found| !found[3].trim().is_empty())
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    let is_as_in_rust =
        |of: &str| language == Language::Kotlin && (has_fields.contains(of) || of.ends_with("Error"));
    let mut others: BTreeSet<&str> =
        types.captures_iter(api).map(|found| found.get(1).unwrap().as_str()).collect();
    let (mut values, quoted) = (BTreeSet::new(), Regex::new("`([A-Z][A-Za-z0-9]*)`").unwrap());
    for found in value.captures_iter(api) {
        let name = found.get(2).unwrap().as_str();
        if is_as_in_rust(&found[1]) {
            others.insert(name)
        } else {
            values.insert(name)
        };
    }
    assert!(values.contains("ForYou") && !others.contains("ForYou"));
    let is_foreign = |name: &str| values.contains(name) && !others.contains(name);
    let lines = docs(sources);
    lines.filter(|line| quoted.captures_iter(line).any(|f| is_foreign(&f[1]))).map(str::to_owned).collect()
}

/// Lines of documentation.
fn docs(sources: &[String]) -> impl Iterator<Item = &str> {
    let machinery = Regex::new("uniffi|UniFFI").unwrap();
    let marks = ["* ", "/**", "///"];
    let is_doc = move |line: &&str| {
        marks.iter().any(|mark| line.trim_start().starts_with(mark)) && !machinery.is_match(line)
    };
    sources.iter().flat_map(|source| source.lines()).filter(is_doc)
}

/// The names of the cases in the three contracts, in Rust's spelling; those of one language alone left out.
pub fn cases(root: &Path) -> [(Language, BTreeSet<String>); 3] {
    let named = |path: &str, pattern: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(root.join("bindings").join(path)).unwrap();
        let names = Regex::new(pattern).unwrap();
        let names = names.captures_iter(&text).map(|found| found[1].to_snake_case());
        let same = |name: String| SAME_CASES.iter().find(|s| s.0 == name).map_or(name, |s| s.1.to_owned());
        names.filter(|name| !OWN_CASES.contains(&name.as_str())).map(same).collect()
    };
    [
        (Language::Python, named("python/contract.py", r"async def test_(\w+)")),
        (
            Language::Kotlin,
            named("kotlin/src/test/kotlin/dev/sottovoce/ContractTest.kt", r"@Test\s+fun (\w+)"),
        ),
        (Language::Swift, named("swift/Tests/SottovoceTests/ContractTests.swift", r"@Test func (\w+)")),
    ]
}

/// The line with which a sample imports the SDK, for the README.
pub fn import(sample: &str) -> &str {
    let starts = ["from sottovoce import ", "import dev.sottovoce.*", "import Sottovoce"];
    sample.lines().find(|line| starts.iter().any(|start| line.starts_with(start))).unwrap()
}

/// The part of a sample from one comment to another that the README shows, without its indentation.
pub fn part(sample: &str, from: &str, to: &str) -> String {
    let shown: Vec<&str> = sample
        .lines()
        .skip_while(|line| !line.ends_with(from))
        .skip(1)
        .take_while(|line| !line.ends_with(to))
        .collect();
    let indent = shown
        .iter()
        .filter(|l| !l.trim().is_empty())
        .map(|l| l.len() - l.trim_start().len())
        .min()
        .unwrap_or(0);
    shown.iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or(""))).collect()
}
