//! What the pages of `docs/` show is what is run.

use std::fs;
use std::path::Path;

use sottovoce::catalog::SigningKey;
use sottovoce::consent::{Policy, Purpose};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Every page that is written by hand.
fn pages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = Vec::new();
    for folder in ["", "docs", "bindings", "fuzz", "tests/fixtures"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    pages
}

/// What a heading is called in a link: lower case, words joined, nothing but letters, digits and dashes.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|l| l.starts_with('#')).map(|l| l.trim_start_matches('#').trim());
    headings
        .map(|h| h.to_lowercase().replace(' ', "-"))
        .map(|h| h.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect())
        .collect()
}

/// The blocks of a language on a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_line_of_the_consent_page_is_in_the_contract() {
    let page = read("docs/consent.md");
    for (language, contract) in [
        ("kotlin", "bindings/kotlin/src/test/kotlin/dev/sottovoce/ContractTest.kt"),
        ("swift", "bindings/swift/Tests/SottovoceTests/ContractTests.swift"),
    ] {
        let contract = read(contract);
        let blocks = blocks(&page, language);
        assert_eq!(blocks.len(), 4, "{language}");
        for line in blocks.iter().flat_map(|b| b.lines()) {
            assert!(contract.lines().any(|l| l.trim() == line), "{language}: {line}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    assert!(pages.len() > 8, "{pages:?}");
    let mut seen = 0;
    for page in &pages {
        let text = read(page);
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if target.starts_with("https://") {
                continue;
            }
            seen += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(page).parent().unwrap();
            let linked = if path.is_empty() { page.into() } else { folder.join(path) };
            let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(&linked);
            assert!(whole.exists(), "{page}: {target} is not there");
            if !anchor.is_empty() {
                let anchors = anchors(&read(linked.to_str().unwrap()));
                assert!(anchors.iter().any(|a| a == anchor), "{page}: {target} is not one of {anchors:?}");
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

/// A command that nobody runs stops working.
#[test]
fn what_newcomers_are_told_to_run_is_what_is_run_before_every_change() {
    let (readme, run) = (read("README.md"), read(".ci/run"));
    let [two, ..] = blocks(&readme, "sh")[..] else { panic!("two commands") };
    let commands: Vec<&str> = two.lines().map(|l| l.split('#').next().unwrap().trim()).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        assert!(run.lines().any(|line| line.trim() == command), "{command}");
        assert!(read("CONTRIBUTING.md").contains(command), "{command}");
    }
}

/// Style is shown by the project's own code, as it is now.
#[test]
fn every_line_of_style_is_in_the_source_it_is_said_to_be_from() {
    let page = read("CONTRIBUTING.md");
    let parts: Vec<&str> = page.split("```rust\n").collect();
    assert!(parts.len() > 4);
    for pair in parts.windows(2) {
        let path = pair[0].rsplit("(`").next().unwrap().split('`').next().unwrap();
        let source = read(path);
        for line in pair[1].split("```").next().unwrap().lines() {
            assert!(source.lines().any(|l| l.trim() == line.trim()), "{path}: {line}");
        }
    }
}

#[test]
fn the_policy_of_the_consent_page_is_one_that_a_device_accepts() {
    let page = read("docs/consent.md");
    let [example] = blocks(&page, "json")[..] else { panic!("one example") };
    let key = SigningKey::generate().unwrap();
    let signed = Policy::seal(example.as_bytes(), key.pair()).unwrap();
    let policy = Policy::open(&signed, &key.public_key()).unwrap();
    assert_eq!(policy.label(), "brambly@2");
    assert!(!policy.terms(Purpose::Offers).unwrap().offered);
}

#[test]
fn the_page_names_every_purpose_and_every_field_of_the_export() {
    let page = read("docs/consent.md");
    for purpose in Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential) {
        assert!(page.contains(purpose.id()), "{purpose:?}");
    }
    for field in ["consent", "preferences", "events", "profile", "experiments", "reports"] {
        assert!(page.contains(&format!("\n| `{field}` |")), "{field}");
    }
}

/// A parser without a target, or a target that nobody is told of, would be missed when something is changed.
#[test]
fn every_fuzz_target_is_in_the_table_and_runs() {
    let (table, manifest) = (read("fuzz/README.md"), read("fuzz/Cargo.toml"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let targets: Vec<String> = files.map(|f| f.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    for target in &targets {
        assert!(table.contains(&format!("`{target}`")), "{target} is not in the table");
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not built");
    }
    assert!(targets.len() > 20, "{targets:?}");
}

#[test]
fn every_error_has_its_row() {
    let (surface, page) = (read("bindings/surface.txt"), read("docs/errors.md"));
    let names = surface.lines().filter_map(|line| line.strip_prefix("SottovoceError = "));
    let names: Vec<&str> = names.filter_map(|line| line.split(' ').next()).collect();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let (mut rows, mut known) = (rows.collect::<Vec<_>>(), names);
    rows.sort_unstable();
    known.sort_unstable();
    assert_eq!(rows, known);
}

/// A record without a row in the table has no fixture that anybody looks for.
#[test]
fn every_stored_record_is_in_the_table_of_formats() {
    let table = read("docs/formats.md");
    let mut seen = 0;
    for (path, text) in sources("src").into_iter().filter(|(path, _)| path != "src/base/codec.rs") {
        if text.contains("\nimpl Record for ") || text.contains("\nrecord_of_one_part!(") {
            seen += 1;
            let file = path.trim_start_matches("src/");
            assert!(table.contains(&format!("`{file}`")), "{path} is not in docs/formats.md");
        }
    }
    assert!(seen > 10, "{seen}");
}

/// The Rust files below a folder, with their paths and texts.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).is_dir() {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            let text = read(&path);
            found.push((path, text));
        }
    }
    found
}

/// Whatever a page names in the style of code as a file of this project or as a test is there.
#[test]
fn every_file_and_every_test_that_a_page_names_exists() {
    let code: String =
        ["src", "tests", "bindings"].iter().flat_map(|f| sources(f)).map(|(_, text)| text).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut files, mut tests) = (0, 0);
    for page in pages().iter().filter(|page| page.as_str() != "CHANGELOG.md") {
        for name in read(page).split('`').skip(1).step_by(2) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
            let is_path = ["src/", "tests/", "docs/", "bindings/", "fuzz/", "examples/", "benches/"];
            if is_path.iter().any(|start| name.starts_with(start))
                && name.chars().all(plain)
                && !is_example(name)
            {
                files += 1;
                assert!(root.join(name).exists(), "{page}: there is no {name}");
            }
            let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if name.matches('_').count() >= 4 && name.chars().all(is_word) {
                tests += 1;
                assert!(code.contains(&format!("fn {name}(")), "{page}: there is no test {name}");
            }
        }
    }
    assert!(files > 30 && tests > 60, "{files} {tests}");
}

/// A proof is a test, or something to run.
#[test]
fn every_proof_of_a_promise_exists() {
    let page = read("docs/promises.md");
    let code: String =
        ["src", "tests", "bindings"].iter().flat_map(|f| sources(f)).map(|(_, text)| text).collect();
    let (run, manifest) = (read(".ci/run"), read("Cargo.toml"));
    let rows = page.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| promise"));
    let mut seen = 0;
    for row in rows {
        let proofs = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        assert!(proofs.starts_with('`'), "no proof: {row}");
        for proof in proofs.split('`').skip(1).step_by(2) {
            seen += 1;
            let exists = if let Some(step) = proof.strip_prefix(".ci/run ") {
                run.contains(&format!("\nstep_{step}() {{"))
            } else if let Some(bench) = proof.strip_prefix("cargo bench --bench ") {
                manifest.contains(&format!("name = \"{bench}\""))
            } else {
                proof.contains(' ') || code.contains(&format!("fn {proof}("))
            };
            assert!(exists, "there is no {proof}");
        }
    }
    assert!(seen > 80, "{seen}");
}

/// A path with a name that is to be chosen.
fn is_example(path: &str) -> bool {
    ["FORMAT", "NAME", "OBJECT", "CODE"].iter().any(|word| path.contains(word))
}
