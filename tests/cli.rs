//! The merchant's command, from a key to a verified bundle.

mod emulated;

use std::path::Path;
use std::process::{Command, Output};

const FEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/products.tsv");

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sottovoce")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[test]
fn from_a_key_to_a_verified_bundle() {
    if emulated::emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sottovoce = |arguments: &[&str]| run(folder.path(), arguments);
    let made = sottovoce(&["keygen", "shop.pem"]);
    assert_eq!(made.status.code(), Some(0));
    let public = text(&made.stdout);
    assert_eq!(sottovoce(&["keygen", "shop.pem"]).status.code(), Some(1), "a key is never overwritten");

    let sign = ["build", FEED, "--store-id", "brambly", "--key", "shop.pem", "--out", "shop.svb"];
    let built = sottovoce(&sign);
    assert_eq!(built.status.code(), Some(0), "{}", text(&built.stderr));
    let bytes = std::fs::metadata(folder.path().join("shop.svb")).unwrap().len();
    assert!(text(&built.stdout).contains(&public) && bytes > 100_000);

    let good = sottovoce(&["verify", "shop.svb", "--public-key", &public, "--store-id", "brambly"]);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    assert!(text(&good.stdout).starts_with("good: store brambly"));
    let other = text(&sottovoce(&["keygen", "other.pem"]).stdout);
    let bad = sottovoce(&["verify", "shop.svb", "--public-key", &other]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stderr).contains("not signed by a key"), "{}", text(&bad.stderr));

    let shown = sottovoce(&["inspect", "shop.svb", "--search", "colombia coffee"]);
    assert!(text(&shown.stdout).contains("Colombia Huila"), "{}", text(&shown.stdout));
}

#[test]
fn rejected_rows_are_named_and_change_the_exit_code() {
    if emulated::emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let feed = "id\ttitle\tprice\tavailability\na\tLamp\t12 EUR\tin stock\nb\tHat\tcheap\tin stock\n";
    std::fs::write(folder.path().join("feed.tsv"), feed).unwrap();
    let read = run(folder.path(), &["import", "feed.tsv"]);
    assert_eq!(read.status.code(), Some(3));
    assert!(text(&read.stderr).contains("row 3: `price` cannot be read"), "{}", text(&read.stderr));
    let unknown = run(folder.path(), &["import", "feed.xml"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("--format"), "{}", text(&unknown.stderr));
    let missing = run(folder.path(), &["import", "none.tsv"]);
    assert!(text(&missing.stderr).starts_with("error: none.tsv: "), "{}", text(&missing.stderr));
    assert_eq!(run(folder.path(), &["frobnicate"]).status.code(), Some(2));
}
