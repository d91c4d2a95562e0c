//! The merchant's command, from a key to a verified bundle and to a policy that a phone follows.

mod emulated;
mod support;

use std::path::Path;
use std::process::{Command, Output};

use sottovoce::catalog::SigningKey;
use sottovoce::consent::Purpose;
use support::{Phone, give};

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

/// Changes pieces of text in a file, each of which is there.
fn edit(path: &Path, to: &Path, changes: &[(&str, &str)]) {
    let mut json = std::fs::read_to_string(path).unwrap();
    for (from, to) in changes {
        assert!(json.contains(from), "{from}");
        json = json.replacen(from, to, 1);
    }
    std::fs::write(to, json).unwrap();
}

#[test]
fn from_the_baseline_to_a_policy_that_asks_again_about_one_purpose() {
    if emulated::emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let sottovoce = |arguments: &[&str]| run(folder.path(), arguments);
    let public = text(&sottovoce(&["keygen", "shop.pem"]).stdout);
    let printed = sottovoce(&["policy", "baseline"]);
    assert_eq!(sottovoce(&["policy", "baseline", "--out", "base.json"]).status.code(), Some(0));
    assert_eq!(std::fs::read(at("base.json")).unwrap(), printed.stdout);
    let again = sottovoce(&["policy", "baseline", "--out", "base.json"]);
    assert_eq!(again.status.code(), Some(1), "an edited file is never overwritten");

    let own = [
        ("\"sottovoce-baseline\"", "\"brambly\""),
        ("\"version\": 0", "\"version\": 1"),
        ("\"the shop\"", "\"Brambly & Co.\""),
    ];
    edit(&at("base.json"), &at("one.json"), &own);
    let checked = sottovoce(&["policy", "check", "one.json"]);
    assert_eq!((checked.status.code(), text(&checked.stderr).as_str()), (Some(0), ""));
    for line in [
        "policy      brambly, version 1",
        "reports     ε 1.1 in 7 days, noise added on the device",
        "  history           365 days    consent               nobody",
        "  california        16   365 days  opt_in      US-CA",
    ] {
        assert!(text(&checked.stdout).lines().any(|l| l == line), "{line}\n{}", text(&checked.stdout));
    }
    let sign = |json: &str| sottovoce(&["policy", "sign", json, "--key", "shop.pem", "--out", "shop.svp"]);
    let first = sign("one.json");
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert!(text(&first.stdout).contains(&public));
    let one = std::fs::read(at("shop.svp")).unwrap();

    let partner = ("\"id\": \"measurement\",", "\"id\": \"measurement\", \"recipients\": [\"Tally Ltd\"],");
    let shorter = ("\"retention_days\": 730", "\"retention_days\": 365");
    edit(&at("one.json"), &at("two.json"), &[("\"version\": 1", "\"version\": 2"), partner, shorter]);
    let against = ["policy", "check", "two.json", "--against", "shop.svp", "--public-key", &public, "--json"];
    let checked = sottovoce(&against);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    let (_, changes) = std::str::from_utf8(&checked.stdout).unwrap().split_once("\n\nfrom ").unwrap();
    let lines: Vec<&str> = changes.lines().collect();
    let told = [
        "brambly@1 to brambly@2",
        "asks again about",
        "  measurement       new recipient Tally Ltd",
        "changes without asking",
        "  preferences       kept 365 days, before 730 days",
    ];
    assert_eq!(lines[..5], told);
    let json: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(json["diff"]["material"], serde_json::json!(["measurement"]));
    let keyless = sottovoce(&against[..5]);
    assert_eq!(keyless.status.code(), Some(1));
    assert!(text(&keyless.stderr).contains("say --public-key"), "{}", text(&keyless.stderr));
    let second = sign("two.json");
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stderr));
    assert!(text(&second.stdout).contains("new recipient Tally Ltd"));

    let mut phone = Phone::new();
    let pem = std::fs::read_to_string(at("shop.pem")).unwrap();
    phone.shop.key = SigningKey::from_pem(&pem).unwrap();
    phone.policy = Some(one);
    let engine = phone.engine();
    give(&engine, &Purpose::ALL);
    assert_eq!(engine.consent().snapshot().unwrap().policy, "brambly@1");
    drop(engine);
    phone.policy = Some(std::fs::read(at("shop.svp")).unwrap());
    let engine = phone.engine();
    assert_eq!(engine.consent().snapshot().unwrap().policy, "brambly@2");
    assert!(
        !engine.consent().is_allowed(Purpose::Measurement),
        "an earlier yes does not cover the recipient"
    );
    assert!(engine.consent().is_allowed(Purpose::History) && engine.consent().is_allowed(Purpose::Offers));
    give(&engine, &[Purpose::Measurement]);
    assert!(engine.consent().is_allowed(Purpose::Measurement));
}

#[test]
fn a_policy_that_no_phone_would_take_is_refused_with_the_reason() {
    if emulated::emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let refused = |arguments: &[&str], reason: &str| {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stderr).contains(reason), "{reason}: {}", text(&output.stderr));
    };
    let public = text(&run(folder.path(), &["keygen", "shop.pem"]).stdout);
    let other = text(&run(folder.path(), &["keygen", "other.pem"]).stdout);
    run(folder.path(), &["policy", "baseline", "--out", "base.json"]);
    let sign = |json, key, out| ["policy", "sign", json, "--key", key, "--out", out];
    refused(&sign("base.json", "shop.pem", "shop.svp"), "version: is 0, and devices with version 0");

    let wrong = [
        ("\"noise\": \"local\"", "\"noise\": \"quiet\""),
        ("\"legal_basis\": \"consent\", \"retention_days\": 365", "\"legal_basis\": \"consent\""),
    ];
    edit(&at("base.json"), &at("wrong.json"), &wrong);
    refused(&["policy", "check", "wrong.json"], "dp.noise: unknown variant `quiet`");
    refused(&["policy", "check", "wrong.json"], "purposes[history].retention_days: is missing");
    refused(&["policy", "check", "wrong.json"], "error: wrong.json: 2 problems");
    refused(&sign("wrong.json", "shop.pem", "shop.svp"), "error: wrong.json: 2 problems, nothing was signed");
    assert!(!at("shop.svp").exists());

    edit(&at("base.json"), &at("one.json"), &[("\"version\": 0", "\"version\": 1")]);
    let signed = run(folder.path(), &sign("one.json", "shop.pem", "shop.svp"));
    assert_eq!(signed.status.code(), Some(0));
    assert!(text(&signed.stderr).contains("note: controller: is still the baseline's"));
    let bytes = std::fs::read(at("shop.svp")).unwrap();
    refused(&sign("one.json", "shop.pem", "shop.svp"), "version: is 1, and devices with version 1");
    edit(&at("one.json"), &at("two.json"), &[("\"version\": 1", "\"version\": 2")]);
    refused(&sign("two.json", "other.pem", "shop.svp"), "shop.svp: exists and stays as it is");
    refused(&sign("two.json", "shop.pem", "two.json"), "two.json: exists and stays as it is");
    refused(&sign("shop.svp", "shop.pem", "next.svp"), "signed already");
    assert_eq!(std::fs::read(at("shop.svp")).unwrap(), bytes);

    let good = run(folder.path(), &["policy", "verify", "shop.svp", "--public-key", &public]);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    assert!(text(&good.stdout).starts_with("good: policy sottovoce-baseline, version 1, hash "));
    let checked = run(folder.path(), &["policy", "check", "shop.svp", "--public-key", &public]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    let both = ["policy", "verify", "shop.svp", "--public-key", &other, "--public-key", &public];
    assert_eq!(run(folder.path(), &both).status.code(), Some(0), "while keys are being changed");
    refused(
        &["policy", "verify", "shop.svp", "--public-key", &other],
        "shop.svp: the consent policy is not signed by",
    );
    refused(&["policy", "check", "shop.svp", "--public-key", &other], "not signed by the shop's key");
    refused(&["policy", "verify", "one.json", "--public-key", &public], "not a signed policy");
    let pem = std::fs::read_to_string(at("shop.pem")).unwrap();
    for command in
        [&["verify", "shop.svp"][..], &["policy", "verify", "shop.svp"], &["policy", "check", "shop.svp"]]
    {
        let with_pem = run(folder.path(), &[command, &["--public-key", &pem]].concat());
        let told = text(&with_pem.stderr);
        assert!(told.contains("not base64"), "{told}");
        assert!(!told.contains(pem.lines().nth(1).unwrap()), "a private key is not repeated");
    }
    let mut tampered = bytes;
    *tampered.last_mut().unwrap() ^= 1;
    std::fs::write(at("tampered.svp"), &tampered).unwrap();
    refused(&["policy", "verify", "tampered.svp", "--public-key", &public], "or it was changed since");
    assert_eq!(run(folder.path(), &["policy", "verify", "shop.svp"]).status.code(), Some(2));

    let mut phone = Phone::new();
    phone.shop.key = SigningKey::from_pem(&std::fs::read_to_string(at("shop.pem")).unwrap()).unwrap();
    phone.policy = Some(tampered);
    let engine = phone.engine();
    assert_eq!(engine.consent().snapshot().unwrap().policy, "sottovoce-baseline@0", "and says why");
    assert!(engine.consent().refused_policy().unwrap().is_some());
}
