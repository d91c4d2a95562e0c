//! The merchant's command, from a key to a verified bundle and to a policy that a phone follows.

mod emulated;
mod support;

use std::path::Path;
use std::process::{Command, Output};

use sottovoce::catalog::SigningKey;
use sottovoce::clock::{Clock as _, SystemClock};
use sottovoce::consent::Purpose;
use sottovoce::random;
use sottovoce::random::SystemRandom;
use sottovoce::signals::{Answer, Report, TaskRef, TaskSet, day_of, seal};
use support::{Offline, Phone, give};

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
    assert!(text(&built.stdout).contains(&public) && bytes > 50_000);

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
fn prices_are_patched_and_what_devices_fetch_is_published() {
    if emulated::emulated() {
        return;
    }
    let prices = "id,sale_price\nKI81,0.99 EUR\nnobody,1 EUR\n";
    let folder = folder(&[
        ("prices.csv", prices),
        ("bad.csv", "id,price\nKI81,cheap\n"),
        ("usd.csv", "id,price\nKI81,9 USD\n"),
    ]);
    let sottovoce = |arguments: &[&str]| run(folder.path(), arguments);
    let done = |arguments: &[&str]| {
        let output = sottovoce(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    done(&["keygen", "shop.pem"]);
    for version in ["1", "2"] {
        let out = format!("{version}.svb");
        done(&[
            "build",
            FEED,
            "--store-id",
            "s",
            "--key",
            "shop.pem",
            "--bundle-version",
            version,
            "--out",
            &out,
        ]);
    }
    let patch = |feed: &str, more: &[&str]| {
        sottovoce(&[&["patch", "2.svb", feed, "--key", "shop.pem", "--out", "p.svp"], more].concat())
    };
    let patched = patch("prices.csv", &["--json"]);
    assert_eq!(patched.status.code(), Some(0), "{}", text(&patched.stderr));
    let told: serde_json::Value = serde_json::from_slice(&patched.stdout).unwrap();
    assert_eq!((&told["items"], &told["report"]["left_out"]), (&1.into(), &1.into()));
    assert_eq!(patch("bad.csv", &["--out", "other.svp"]).status.code(), Some(2), "--out is said once");
    assert!(done(&["delta", "1.svb", "2.svb", "--out", "d.svd"]).starts_with("delta"));
    assert_eq!(sottovoce(&["delta", "2.svb", "1.svb", "--out", "d.svd"]).status.code(), Some(1));

    let nothing = sottovoce(&["publish", "cdn", "--key", "shop.pem"]);
    assert!(text(&nothing.stderr).contains("--bundle"), "{}", text(&nothing.stderr));
    done(&["publish", "cdn", "--key", "shop.pem", "--bundle", "1.svb"]);
    let wrong = sottovoce(&["publish", "cdn", "--key", "shop.pem", "--patch", "p.svp"]);
    assert!(text(&wrong.stderr).contains("another bundle"), "{}", text(&wrong.stderr));
    let shown = done(&["publish", "cdn", "--key", "shop.pem", "--bundle", "2.svb", "--patch", "p.svp"]);
    assert!(shown.contains("\ndelta ") && shown.contains("\npatch "), "{shown}");
    let renewed = done(&["publish", "cdn", "--key", "shop.pem"]);
    let but_number = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(but_number(&renewed), but_number(&shown), "renewed, with the patch and the delta");
    assert_eq!(std::fs::read_dir(folder.path().join("cdn/files")).unwrap().count(), 4);
    done(&["keygen", "other.pem"]);
    assert_eq!(sottovoce(&["publish", "cdn", "--key", "other.pem"]).status.code(), Some(1));
    assert_eq!(patch("bad.csv", &[]).status.code(), Some(3));
    let dollars = patch("usd.csv", &[]);
    assert!(
        dollars.status.code() == Some(3) && text(&dollars.stderr).contains("KI81"),
        "{}",
        text(&dollars.stderr)
    );
}

#[test]
fn another_key_takes_the_place_of_the_shops() {
    if emulated::emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sottovoce = |arguments: &[&str]| run(folder.path(), arguments);
    let done = |arguments: &[&str]| {
        let output = sottovoce(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let [shop, next, third, recovery] =
        ["shop", "next", "third", "recovery"].map(|key| done(&["keygen", key]));
    let build = |key: &str, out: &str| done(&["build", FEED, "--store-id", "s", "--key", key, "--out", out]);
    build("shop", "1.svb");
    done(&["publish", "cdn", "--key", "shop", "--bundle", "1.svb"]);
    let rotate = ["keys", "rotate", "cdn", "--store-id", "s", "--next", &next, "--key"];
    assert!(done(&[&rotate[..], &["shop"]].concat()).contains(&next));
    assert_eq!(
        sottovoce(&[&rotate[..], &["third"]].concat()).status.code(),
        Some(1),
        "the list names another"
    );
    let old = sottovoce(&["publish", "cdn", "--key", "shop"]);
    assert!(text(&old.stderr).contains("another key"), "{}", text(&old.stderr));
    done(&["publish", "cdn", "--key", "next"]);
    let revoke = ["keys", "revoke", "cdn", "--store-id", "s", "--next", &third, "--revoked", &next, "--json"];
    let told = done(&[&revoke[..], &["--recovery", "recovery"]].concat());
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["keys"][0]["signed_by"], &told["keys"][0]["revoked"][0]),
        (&recovery.into(), &next.into())
    );
    let nothing = sottovoce(&["publish", "cdn", "--key", "third"]);
    assert!(text(&nothing.stderr).contains("--bundle"), "what a stolen key signed is not signed anew");
    build("third", "2.svb");
    done(&["publish", "cdn", "--key", "third", "--bundle", "2.svb"]);
    assert!(done(&["keys", "show", "cdn"]).contains(&third) && !shop.is_empty());
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
    folder
}

#[test]
fn a_script_gets_json_from_every_command_and_nothing_else() {
    if emulated::emulated() {
        return;
    }
    let users: String = (0..9)
        .map(|n| format!("{{\"u\":\"{n}\",\"ev\":[[\"KI81\",1,\"view\"],[\"KI77\",{n},\"purchase\"]]}}\n"))
        .collect();
    let folder = folder(&[
        ("history.jsonl", &users),
        ("prices.csv", "id,price\nKI81,9 EUR\n"),
        ("products.jsonl", "{\"id\":\"1\",\"title\":\"Lamp\"}\n"),
        ("queries.tsv", "1\tlamp\n"),
        ("qrels.tsv", "1\t1\t3\n"),
        ("plan.toml", include_str!("../examples/data/merchandising.toml")),
    ]);
    run(folder.path(), &["keygen", "recovery.pem"]);
    let documents = |arguments: &[&str]| {
        let output = run(folder.path(), &[&["--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        let read: Result<Vec<serde_json::Value>, _> =
            serde_json::Deserializer::from_slice(&output.stdout).into_iter().collect();
        let read = read.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", text(&output.stdout)));
        assert!(!read.is_empty(), "{arguments:?}");
        read
    };
    let public = documents(&["keygen", "shop.pem"])[0]["public_key"].as_str().unwrap().to_owned();
    let next = documents(&["keygen", "next.pem"])[0]["public_key"].as_str().unwrap().to_owned();
    documents(&["import", FEED]);
    let build = |version: &str| {
        let (out, key) = (format!("{version}.svb"), ["--store-id", "s", "--key", "shop.pem"]);
        documents(&[&["build", FEED, "--bundle-version", version, "--out", &out], &key[..]].concat())
    };
    assert_eq!(build("1")[0]["public_key"], public.as_str());
    build("2");
    documents(&["verify", "2.svb", "--public-key", &public]);
    for more in [&[][..], &["--columns"], &["--item", "KI81"], &["--search", "coffee"]] {
        documents(&[&["inspect", "2.svb"], more].concat());
    }
    documents(&["patch", "2.svb", "prices.csv", "--key", "shop.pem", "--out", "p.svp"]);
    documents(&["delta", "1.svb", "2.svb", "--out", "d.svd"]);
    documents(&["publish", "cdn", "--key", "shop.pem", "--bundle", "2.svb", "--patch", "p.svp"]);
    documents(&["keys", "rotate", "cdn", "--store-id", "s", "--key", "shop.pem", "--next", &next]);
    documents(&["keys", "show", "cdn"]);
    documents(&["search-eval", "."]);
    documents(&["evaluate", FEED, "--history", "history.jsonl", "--price"]);
    documents(&["collect", "keygen", "collector.json"]);
    let draft = ["--public-key", &public, "--endpoint", "https://shop.example", "--out", "draft.json"];
    documents(&[&["collect", "tasks", "build", "2.svb"], &draft[..]].concat());
    documents(&["collect", "tasks", "check", "draft.json"]);
    documents(&["collect", "tasks", "sign", "draft.json", "--key", "shop.pem", "--out", "tasks.svt"]);
    documents(&["plan", "check", "plan.toml"]);
    documents(&["plan", "explain", "plan.toml"]);
    let seen = documents(&["plan", "explain", "plan.toml", "--as", "repeat,regulars,away", "--locale", "de"]);
    let shows = |slot: &str| {
        let slots = seen[0]["slots"].as_array().unwrap();
        slots.iter().find(|of| of["slot"] == slot).map(|of| of["shows"].as_str().unwrap().to_owned())
    };
    assert_eq!(shows("home-offer").as_deref(), Some("5 € zum Wiederkommen"));
    assert!(shows("home-again").is_some() && shows("home-story").is_none(), "{seen:?}");
    for (wrong, said) in [("often", "begins with a stage"), ("new,nobody", "no such segment")] {
        let output = run(folder.path(), &["plan", "explain", "plan.toml", "--as", wrong]);
        assert!(output.status.code() == Some(1) && text(&output.stderr).contains(said), "{output:?}");
    }
    let asked = |segment: &str| {
        let set = serde_json::json!({
            "format": 1, "version": 1, "window_days": 7, "valid_from_ms": 0, "valid_until_ms": 86_400_000,
            "endpoint": "https://shop.example/reports",
            "tasks": [{
                "id": "step", "question": "How far?", "measures": "segment_step",
                "buckets": ["none", format!("{segment}/none"), format!("{segment}/bought")],
                "odds": {"num": 3, "den": 1}, "min_batch": 1000,
            }],
        });
        std::fs::write(folder.path().join("step.json"), set.to_string()).unwrap();
        run(folder.path(), &["collect", "tasks", "check", "step.json", "--plan", "plan.toml"])
    };
    assert_eq!(asked("regulars").status.code(), Some(0));
    assert!(text(&asked("vips").stderr).contains("plan.toml: has no segment `vips`, which step is about"));
    documents(&["policy", "baseline"]);
    let own = [("\"version\": 0", "\"version\": 1")];
    std::fs::write(folder.path().join("base.json"), run(folder.path(), &["policy", "baseline"]).stdout)
        .unwrap();
    edit(&folder.path().join("base.json"), &folder.path().join("one.json"), &own);
    documents(&["policy", "check", "one.json"]);
    documents(&["policy", "sign", "one.json", "--key", "shop.pem", "--out", "shop.svp"]);
    documents(&["policy", "verify", "shop.svp", "--public-key", &public]);
    assert_eq!(run(folder.path(), &["import", FEED, "--print", "--json"]).status.code(), Some(2));
}

#[test]
fn rejected_rows_are_named_and_change_the_exit_code() {
    if emulated::emulated() {
        return;
    }
    let feed = "id\ttitle\tprice\tavailability\na\tLamp\t12 EUR\tin stock\nb\tHat\tcheap\tin stock\n";
    let folder = folder(&[("feed.tsv", feed), ("note.xml", "<note/>")]);
    let read = run(folder.path(), &["import", "feed.tsv"]);
    assert_eq!(read.status.code(), Some(3));
    let told = text(&read.stderr);
    assert!(told.contains("row 3 (b): `price` \"cheap\" is no price: write it like 12.99 EUR"), "{told}");
    let unknown = run(folder.path(), &["import", "note.xml"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("no product feed"), "{}", text(&unknown.stderr));
    let missing = run(folder.path(), &["import", "none.tsv"]);
    assert!(text(&missing.stderr).starts_with("error: none.tsv: "), "{}", text(&missing.stderr));
    assert_eq!(run(folder.path(), &["frobnicate"]).status.code(), Some(2));
}

#[test]
fn what_is_left_out_or_repaired_is_no_error_and_can_be_shown_to_others() {
    if emulated::emulated() {
        return;
    }
    let feed = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Status\n\
                mug,Mug,Title,Default Title,M1,9.50,active\n\
                new,\"=New, <b>\",Size,S,N1,9.50,draft\nnew,,,M,N2,9.50,\n\
                tee,Tee,Size,S,,19.00,active\n";
    let folder = folder(&[("shop.csv", feed)]);
    let sottovoce = |arguments: &[&str]| {
        run(folder.path(), &[&["import", "shop.csv", "--currency", "EUR"], arguments].concat())
    };
    let read = sottovoce(&["--report", "report.html"]);
    assert_eq!(read.status.code(), Some(0), "{}", text(&read.stderr));
    for line in [
        "2 rows taken (1 repaired), 2 left out, 0 rejected",
        "2 left out: the product is a draft (1 product)",
    ] {
        assert!(text(&read.stderr).contains(line), "{line}: {}", text(&read.stderr));
    }
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("the product is a draft") && page.contains("tee/S"), "{page}");
    sottovoce(&["--report", "report.csv"]);
    let table = std::fs::read_to_string(folder.path().join("report.csv")).unwrap();
    assert_eq!(table.lines().count(), 4, "a header, two left out, one repaired: {table}");
    let json: serde_json::Value = serde_json::from_slice(&sottovoce(&["--json"]).stdout).unwrap();
    assert_eq!((&json["items"], &json["tagged_sensitive"]), (&serde_json::json!(2), &serde_json::json!(0)));
    let report = &json["files"][0]["report"];
    assert_eq!(report["findings"].as_array().unwrap().len(), 3);
    assert_eq!(report["findings"][0]["reason"], "draft");
    assert_eq!(sottovoce(&["--report", "report.doc"]).status.code(), Some(1));
}

#[test]
fn a_supplement_is_laid_over_and_what_is_printed_is_read_again() {
    if emulated::emulated() {
        return;
    }
    let folder = folder(&[
        ("feed.tsv", "id\ttitle\tprice\tavailability\nA1\tMug\t5 EUR\tin stock\n"),
        ("more.tsv", "id\tcustom_label_0\tsv_sensitive_tags\nA1\tbestseller\tpregnancy\n"),
    ]);
    let alone = run(folder.path(), &["import", "more.tsv"]);
    assert!(text(&alone.stderr).contains("--supplement"), "{}", text(&alone.stderr));
    let laid = run(folder.path(), &["import", "feed.tsv", "--supplement", "more.tsv", "--print"]);
    assert!(text(&laid.stderr).lines().any(|line| line.split_whitespace().eq(["tagged", "sensitive", "1"])));
    let item: serde_json::Value = serde_json::from_slice(&laid.stdout).unwrap();
    assert_eq!(
        (&item["custom_labels"][0], &item["sensitive_tags"][0]),
        (&"bestseller".into(), &"pregnancy".into())
    );
    std::fs::write(folder.path().join("items.jsonl"), &laid.stdout).unwrap();
    assert_eq!(run(folder.path(), &["import", "items.jsonl", "--print"]).stdout, laid.stdout);
}

#[test]
fn import_and_bundle_count_sensitive_items_alike() {
    if emulated::emulated() {
        return;
    }
    let feed = "id\ttitle\tprice\tavailability\tgoogle_product_category\n\
                X1\tPack\t5 EUR\tin stock\tHealth &amp; Beauty &gt; Health Care &gt; Condoms\n\
                X2\tPack\t5 EUR\tin stock\tGesundheit & Schönheit > Gesundheitspflege > Kondome\n\
                X3\tPot\t5 EUR\tin stock\tFatnaður > Buxur\n";
    let folder = folder(&[("feed.tsv", feed)]);
    run(folder.path(), &["keygen", "shop.pem"]);
    let build = ["build", "feed.tsv", "--store-id", "s", "--key", "shop.pem", "--out", "b.svb"];
    for told in [run(folder.path(), &["import", "feed.tsv"]), run(folder.path(), &build)] {
        let told = text(&told.stderr);
        assert!(told.lines().any(|line| line.split_whitespace().eq(["tagged", "sensitive", "2"])), "{told}");
        assert!(told.contains("Fatnaður > Buxur"), "{told}");
    }
    let shown = text(&run(folder.path(), &["inspect", "b.svb"]).stdout);
    assert!(shown.lines().any(|line| line.split_whitespace().eq(["sensitive", "2"])), "{shown}");
}

#[test]
fn nothing_empty_is_signed() {
    if emulated::emulated() {
        return;
    }
    let folder = folder(&[
        ("empty.tsv", "id\ttitle\tprice\tavailability\n"),
        ("feed.tsv", "id\ttitle\tprice\tavailability\nA1\tMug\t5 EUR\tin stock\n"),
        ("history.jsonl", "{\"u\":\"a\",\"ev\":[[\"gone\",1,\"view\"]]}\n"),
    ]);
    run(folder.path(), &["keygen", "shop.pem"]);
    let build = |arguments: &[&str]| {
        run(
            folder.path(),
            &[&["build", "--store-id", "s", "--key", "shop.pem", "--out", "b.svb"], arguments].concat(),
        )
    };
    for arguments in [&["empty.tsv"][..], &["feed.tsv", "--history", "history.jsonl"]] {
        let refused = build(arguments);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("--allow-empty"), "{}", text(&refused.stderr));
        assert!(!folder.path().join("b.svb").exists());
        assert_eq!(build(&[arguments, &["--allow-empty"]].concat()).status.code(), Some(0));
        std::fs::remove_file(folder.path().join("b.svb")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    if emulated::emulated() {
        return;
    }
    let rows: String = (0..20_000).map(|id| format!("A{id}\tMug\t5 EUR\tin stock\n")).collect();
    let folder = folder(&[("feed.tsv", &format!("id\ttitle\tprice\tavailability\n{rows}"))]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_sottovoce"))
        .current_dir(folder.path())
        .args(["import", "--print", "feed.tsv"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(!text(&ended.stderr).contains("panic"), "{}", text(&ended.stderr));
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
        ("\"the shop\"", "\"Brambly & Co.\", \"contact\": \"privacy@brambly.example\""),
    ];
    edit(&at("base.json"), &at("one.json"), &own);
    let checked = sottovoce(&["policy", "check", "one.json"]);
    assert_eq!((checked.status.code(), text(&checked.stderr).as_str()), (Some(0), ""));
    for line in [
        "policy      brambly, version 1",
        "contact     privacy@brambly.example",
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
    let against = ["policy", "check", "two.json", "--against", "shop.svp", "--public-key", &public];
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
    let json: serde_json::Value =
        serde_json::from_slice(&sottovoce(&[&against[..], &["--json"]].concat()).stdout).unwrap();
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
    phone.task_set = Some(phone.shop.questions());
    phone.transport = Some(std::sync::Arc::new(Offline));
    let engine = phone.engine();
    engine.consent().accept_all("test".into(), "en".into()).unwrap();
    assert_eq!(engine.consent().snapshot().unwrap().policy, "brambly@1");
    drop(engine);
    phone.policy = Some(std::fs::read(at("shop.svp")).unwrap());
    let engine = phone.engine();
    assert_eq!(engine.consent().snapshot().unwrap().policy, "brambly@2");
    assert!(
        !engine.consent().is_allowed(Purpose::Measurement),
        "an earlier yes does not cover the recipient"
    );
    assert!(engine.consent().is_allowed(Purpose::History));
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
    assert!(text(&signed.stderr).contains("note: contact: is missing"));
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
    let mut newer = bytes.clone();
    newer[8] += 1;
    std::fs::write(at("newer.svp"), newer).unwrap();
    for command in ["verify", "check"] {
        refused(
            &["policy", command, "newer.svp", "--public-key", &public],
            "a newer version of this tool is needed",
        );
    }
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

/// Reports of these answers as a relay hands them on, each behind its length: of a window so many before this one.
fn batch(set: &TaskSet, number: u32, back: u32, answers: [u32; 4]) -> Vec<u8> {
    let key = set.collector().unwrap();
    let mechanism = set.task(0).unwrap().mechanism().unwrap();
    let window = set.window_at(day_of(SystemClock.now_ms()));
    let report = |device: u32| {
        let answer = Answer::Bucket(answers[device as usize % 4]);
        let told = mechanism.randomize(&answer, &SystemRandom).unwrap();
        let id = random::bytes(&SystemRandom).unwrap();
        let report = Report::new(TaskRef::new(set.hash(), 0), window.start - 7 * back, id, &told).to_bytes();
        // Sealed ones take long to open in a build that is not optimised.
        let report = if device < 20 { seal(&report, key).unwrap() } else { report };
        [&u16::try_from(report.len()).unwrap().to_be_bytes()[..], &report].concat()
    };
    (0..number).flat_map(report).collect()
}

#[test]
fn from_questions_to_what_the_crowd_answered() {
    if emulated::emulated() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sottovoce = |arguments: &[&str]| run(folder.path(), arguments);
    let done = |arguments: &[&str]| {
        let output = sottovoce(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let public = done(&["keygen", "shop.pem"]);
    let collector = done(&["collect", "keygen", "collector.json"]);
    assert_eq!(sottovoce(&["collect", "keygen", "collector.json"]).status.code(), Some(1), "a key stays");
    done(&["build", FEED, "--store-id", "brambly", "--key", "shop.pem", "--out", "shop.svb"]);
    let draft = ["collect", "tasks", "build", "shop.svb", "--public-key", &public, "--endpoint"];
    done(&[&draft[..], &["https://shop.example/reports", "--out", "draft.json"]].concat());
    let drafted = done(&["collect", "tasks", "check", "draft.json"]);
    assert!(drafted.contains("category-conversion: a table") && drafted.contains("for ± 1 %"), "{drafted}");
    assert_eq!(
        sottovoce(&[&draft[..], &["http://shop.example", "--out", "draft.json"]].concat()).status.code(),
        Some(1)
    );
    let now_ms = SystemClock.now_ms();
    let questions = |version: u64, measures: &str| {
        format!(
            r#"{{"format":1,"version":{version},"window_days":7,"valid_from_ms":{},"valid_until_ms":{},
            "endpoint":"https://shop.example/reports",{collector},
            "tasks":[{{"id":"brands","question":"Which brand?","measures":"{measures}",
            "buckets":["none","Acme & <Sons>","Bolt"],"odds":{{"num":3,"den":1}},"min_batch":1000}}]}}"#,
            now_ms - 86_400_000,
            now_ms + 86_400_000
        )
    };
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("tasks.json", questions(1, "brand_interest").as_bytes());
    let told = done(&["collect", "tasks", "check", "tasks.json", "--devices", "2000"]);
    assert!(told.contains("epsilon   1.0986") && told.contains("sealed      to the collector"), "{told}");
    let sign = ["collect", "tasks", "sign", "tasks.json", "--key", "shop.pem", "--out", "tasks.svt"];
    done(&sign);
    write("tasks.json", questions(1, "brand_interest").replace("Which", "What").as_bytes());
    let same = sottovoce(&sign);
    assert!(same.status.code() == Some(1) && text(&same.stderr).contains("raise `version` to 2"));
    write("awaited.json", questions(2, "offer_uplift").as_bytes());
    let awaited = sottovoce(&["collect", "tasks", "check", "awaited.json"]);
    assert!(text(&awaited.stderr).contains("measures offer_uplift, which no device can answer yet"));

    let key = sottovoce::catalog::public_key(&public).unwrap();
    let set = TaskSet::open(&std::fs::read(folder.path().join("tasks.svt")).unwrap(), &key).unwrap();
    std::fs::create_dir(folder.path().join("reports")).unwrap();
    let many = batch(&set, 2_000, 0, [1, 1, 2, 0]);
    write("reports/1.batch", &many);
    write("reports/2.batch", &many[..114 * 5]);
    write("reports/3.report", &[9; 40]);
    let about = ["--store", "reports.db", "--tasks", "tasks.svt", "--public-key", &public];
    let with = |words: &[&str]| done(&[words, &about[..]].concat());
    let taken = with(&["collect", "ingest", "reports", "--secret", "collector.json"]);
    assert!(taken.contains("2 000  counted") && taken.contains("5  known already"), "{taken}");
    assert!(taken.contains("1  refused: a report has version 9"), "{taken}");
    write("half.batch", &many[..100]);
    let half = sottovoce(&[&["collect", "ingest", "half.batch"], &about[..]].concat());
    assert!(text(&half.stderr).contains("half.batch: not a batch of reports"), "{}", text(&half.stderr));
    let told = with(&["collect", "estimate"]);
    assert!(told.contains("2 000 reports") && told.contains(" ± ") && told.contains("Acme"), "{told}");
    let json: serde_json::Value = serde_json::from_str(&with(&["collect", "estimate", "--json"])).unwrap();
    let acme = json[0]["verdict"]["counts"][1]["devices"].as_f64().unwrap();
    assert!((acme - 1_000.0).abs() < 400.0, "{json}");
    assert_eq!(json[0]["confidence"], 0.95, "{json}");
    with(&["collect", "estimate", "--csv", "estimates.csv"]);
    let table = std::fs::read_to_string(folder.path().join("estimates.csv")).unwrap();
    let head = "task,window,against,reports,what,name,row,value,low,high,confidence,is_clear";
    assert_eq!((table.lines().next(), table.lines().count()), (Some(head), 4), "{table}");
    assert!(table.contains(",2000,devices,Acme & <Sons>,,") && table.contains(",0.95,true"), "{table}");
    let withheld = with(&["collect", "estimate", "--floor", "2001"]);
    assert!(withheld.contains("insufficient: 2 001 are needed") && !withheld.contains('±'), "{withheld}");
    assert!(with(&["collect", "drift"]).contains("no question has reports of two windows"));
    let audit = sottovoce(&["collect", "audit", "tasks.json", "--reports", "40000"]);
    assert!(audit.status.success() && text(&audit.stdout).contains("brands: as stated"), "{audit:?}");
    let few = sottovoce(&["--json", "collect", "audit", "tasks.json", "--reports", "20"]);
    let few = (few.status.code(), serde_json::from_slice::<serde_json::Value>(&few.stdout).unwrap());
    assert_eq!((few.0, &few.1[0]["verdict"]), (Some(1), &"unclear".into()), "{few:?}");
    let again = with(&["--json", "collect", "ingest", "reports", "--secret", "collector.json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&again).unwrap()["known already"], 2_005, "{again}");
    write("before.batch", &batch(&set, 2_000, 1, [0, 1, 2, 0]));
    with(&["collect", "ingest", "before.batch", "--secret", "collector.json"]);
    let drift = with(&["collect", "drift", "--csv", "changes.csv"]);
    assert!(drift.contains(": changed\n") && drift.contains("  Acme & <Sons>: +"), "{drift}");
    let changes = std::fs::read_to_string(folder.path().join("changes.csv")).unwrap();
    assert!(changes.lines().count() == 4 && changes.contains(",difference,Acme & <Sons>,"), "{changes}");
    let drift = with(&["collect", "drift", "--json", "--floor", "2001"]);
    assert!(drift.contains("\"verdict\":\"insufficient\""), "{drift}");
    let written = with(&["--json", "collect", "report", "--out", "page.html"]);
    assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok(), "{written}");
    let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(
        page.contains("<svg")
            && page.contains(": changed</p>")
            && page.contains("Acme &amp; &lt;Sons&gt;")
            && !page.contains("<script"),
        "{page}"
    );
    let stranger = text(&sottovoce(&["keygen", "other.pem"]).stdout);
    let other = ["--store", "reports.db", "--tasks", "tasks.svt", "--public-key", &stranger];
    assert_eq!(sottovoce(&[&["collect", "estimate"], &other[..]].concat()).status.code(), Some(1));
}
