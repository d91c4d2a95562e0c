//! The contract every language keeps: the shop it is told about, and its Python telling.
//!
//! Kotlin and Swift tell the same story by their own tools (`bindings/README.md`) about the files
//! made here, in `target/contract/`.

mod languages;
mod surface;

use std::collections::BTreeSet;
use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sottovoce::catalog::history::history;
use sottovoce::catalog::import::{ImportOptions, read};
use sottovoce::catalog::train::train;
use sottovoce::catalog::{
    Availability, BundleHeader, Catalog, Item, PatchHeader, SigningKey, WrittenPlan, build_bundle,
    build_patch,
};
use sottovoce::consent::Policy;
use surfaces::Language;

/// What precedes the 32 bytes of a seed in a PKCS#8 Ed25519 key (RFC 8410).
const PKCS8_HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const SEED: [u8; 32] = *b"the contract signs with this key";
/// Products that the user of the story likes, all of one category.
const LIKED: usize = 5;
/// As many of the example's users as are trained on in a moment, without optimisation too.
const VISITORS: usize = 400;

#[test]
fn the_shop_is_there_for_every_language() {
    let folder = shop();
    let catalog = Catalog::from_bytes(&fs::read(folder.join("shop.bundle")).unwrap()).unwrap();
    let liked = fs::read_to_string(folder.join("liked.txt")).unwrap();
    let liked: Vec<u32> = liked.lines().map(|id| catalog.index_of(id).unwrap()).collect();
    assert_eq!(liked.len(), LIKED);
    for &ix in &liked {
        assert!(catalog.sensitive(ix).is_empty() && catalog.availability(ix) == Availability::InStock);
        assert_eq!(catalog.category(ix), catalog.category(liked[0]));
    }
    assert_eq!(fs::read(folder.join("shop.pub")).unwrap().len(), 32);
    assert!(folder.join("policy.signed").exists() && folder.join("policy.older.signed").exists());
}

#[test]
fn python_keeps_the_contract() {
    let Some(machine) = output("python3", &["-c", "import platform; print(platform.machine())"]) else {
        eprintln!("skipped: no python3 on this machine");
        return;
    };
    if machine.to_lowercase().replace("arm64", "aarch64") != ARCH.replace("x86_64", &machine) {
        eprintln!("skipped: python3 is built for {machine}, the library for {ARCH}");
        return;
    }
    let root = root();
    let fixtures = shop();
    let contract = fixtures.join("python/contract.py");
    lay_out(&root.join("bindings/python/sottovoce"), &fixtures.join("python/sottovoce"));
    fs::copy(root.join("bindings/python/contract.py"), &contract).unwrap();
    let told = Command::new("python3").arg("-B").arg(contract).arg(fixtures).output().unwrap();
    let text = [told.stdout, told.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(told.status.success(), "\n{text}");
    println!("{text}");
    let sample = fixtures.join("python/sample.py");
    fs::copy(root.join("bindings/python/sample.py"), &sample).unwrap();
    let told = Command::new("python3").arg("-B").arg(sample).output().unwrap();
    assert!(told.status.success(), "\n{}", String::from_utf8_lossy(&told.stderr));
}

/// Whoever changes what apps call says so, here and in the changelog.
#[test]
fn the_surface_is_the_one_that_is_written_down() {
    written_down(&surface::surface(&library()), "bindings/surface.txt");
}

/// The same, as each language spells it.
#[test]
fn the_surface_of_each_language_is_written_down() {
    for (language, name) in LANGUAGES {
        match languages::surface(root(), &library(), language, &out(name)) {
            Some(now) => written_down(&now, &format!("bindings/{name}/surface.txt")),
            None => eprintln!("skipped: no {name} on this machine"),
        }
    }
}

#[test]
fn docs_name_the_calls_of_their_own_language() {
    for (language, name) in &LANGUAGES[..2] {
        let sources = languages::sources(root(), &library(), *language, &out(name));
        let mut foreign = languages::foreign_names(&sources);
        foreign.extend(languages::foreign_values(&sources, &surface::surface(&library()), *language));
        assert!(foreign.is_empty(), "{name}: {foreign:#?}");
    }
}

/// A case that is told in one language is told in all.
#[test]
fn the_contract_is_the_same_in_every_language() {
    let [(_, first), others @ ..] = languages::cases(root());
    assert!(first.len() > 12, "{first:#?}");
    for (language, cases) in others {
        let missing: Vec<_> = first.symmetric_difference(&cases).collect();
        assert!(missing.is_empty(), "not in both, Python and {language:?}: {missing:#?}");
    }
}

/// What the README promises is what the samples do.
#[test]
fn five_minutes_are_those_of_the_samples() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for (fence, sample) in [
        ("kotlin", "bindings/kotlin/sample/src/main/kotlin/Sample.kt"),
        ("swift", "bindings/swift/Sample/Sources/Sample/Sample.swift"),
        ("python", "bindings/python/sample.py"),
    ] {
        let text = fs::read_to_string(root().join(sample)).unwrap();
        let first = languages::part(&text, " Five minutes", " And then");
        let shown = format!("{}\n\n{first}", languages::import(&text));
        for shown in [&shown, &languages::part(&text, " And then", " That is all")] {
            assert!(
                readme.contains(&format!("```{fence}\n{shown}```")),
                "README.md does not show {sample}:\n{shown}"
            );
        }
        let lines = shown.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 10 && text.lines().count() <= 40, "{sample} is too long: {lines} lines are shown");
    }
}

const LANGUAGES: [(Language, &str); 3] =
    [(Language::Kotlin, "kotlin"), (Language::Swift, "swift"), (Language::Python, "python")];

/// A folder of these tests for what is generated.
fn out(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{:?}", std::thread::current().id()))
}

fn written_down(now: &str, file: &str) {
    let written = root().join(file);
    let before = fs::read_to_string(&written).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (was, is) = (lines(&before), lines(now));
    let gone: Vec<_> = was.difference(&is).collect();
    let new: Vec<_> = is.difference(&was).collect();
    if std::env::var_os("SOTTOVOCE_WRITE_SURFACE").is_some() {
        fs::write(&written, now).unwrap();
    } else {
        assert!(
            before == now,
            "{file}: gone: {gone:#?}\nnew: {new:#?}\nmeant? run it with SOTTOVOCE_WRITE_SURFACE=1 and tell the changelog"
        );
    }
}

/// The SDK's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// The package as an installed one looks: hand-written part, generated part, library.
fn lay_out(written: &Path, package: &Path) {
    fs::create_dir_all(package).unwrap();
    let library = library();
    fs::copy(&library, package.join(library.file_name().unwrap())).unwrap();
    for source in
        fs::read_dir(written).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    {
        fs::copy(&source, package.join(source.file_name().unwrap())).unwrap();
    }
    for part in ["shop.bundle", "shop.pub"] {
        fs::copy(shop().join(part), package.join(part)).unwrap();
    }
    surfaces::generate(root(), &library, Language::Python, package).unwrap();
}

/// The library that apps ship, built in debug.
fn library() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--quiet", "--package", "sottovoce-device", "--target-dir"]).arg(target);
    assert!(cargo.current_dir(root()).status().unwrap().success());
    target.join("debug").join(format!("{DLL_PREFIX}sottovoce{DLL_SUFFIX}"))
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let run = Command::new(program).args(arguments).output().ok().filter(|run| run.status.success())?;
    Some(String::from_utf8(run.stdout).ok()?.trim().to_owned())
}

/// The folder with `shop.bundle`, `shop.pub`, `liked.txt` and two policies, made once.
fn shop() -> &'static Path {
    static SHOP: OnceLock<PathBuf> = OnceLock::new();
    SHOP.get_or_init(|| {
        let root = root();
        let data = root.join("examples/data");
        let items = read(fs::File::open(data.join("products.tsv")).unwrap(), &ImportOptions::default())
            .unwrap()
            .items;
        let users = history(fs::File::open(data.join("history.jsonl")).unwrap(), &items).unwrap().users;
        let artefacts = train(&items, &users[..VISITORS], &mut |_, _| ());
        let key = SigningKey::from_pkcs8(&[&PKCS8_HEAD[..], &SEED].concat()).unwrap();
        let plan = WrittenPlan::parse(&fs::read_to_string(data.join("merchandising.toml")).unwrap()).unwrap();
        let header = BundleHeader {
            plan: Some(plan.plan),
            store_id: "contract".into(),
            version: 1,
            created_ms: 1_767_225_600_000,
            ..BundleHeader::default()
        };
        let bundle = build_bundle(&items, &artefacts, &header, &key).unwrap();
        let folder = root.join("target/contract");
        fs::create_dir_all(&folder).unwrap();
        let catalog = Catalog::from_bytes(&bundle).unwrap();
        let liked = liked(&items, &catalog);
        put(&folder.join("liked.txt"), liked.as_bytes());
        let prices = format!("id,price\n{},1.23 EUR\n", liked.lines().next().unwrap());
        let header = PatchHeader { number: 1, created_ms: header.created_ms, expires_ms: 9_999_999_999_999 };
        let patch =
            build_patch(&catalog, prices.as_bytes(), &ImportOptions::default(), &header, &key).unwrap();
        put(&folder.join("prices.patch"), &patch.bytes);
        put(&folder.join("shop.pub"), key.public_key().as_bytes());
        let policy = example_policy(root);
        let older = policy.replace("\"version\": 2,", "\"version\": 1,");
        put(&folder.join("policy.signed"), &Policy::seal(policy.as_bytes(), key.pair()).unwrap());
        put(&folder.join("policy.older.signed"), &Policy::seal(older.as_bytes(), key.pair()).unwrap());
        put(&folder.join("shop.bundle"), &bundle);
        folder
    })
}

/// The policy that the documentation shows: what is written there works.
fn example_policy(root: &Path) -> String {
    let page = fs::read_to_string(root.join("docs/consent.md")).unwrap();
    let (_, example) = page.split_once("```json\n").unwrap();
    example.split_once("```").unwrap().0.to_owned()
}

/// The first ids, one a line, of the first category with enough products; one variant of each.
fn liked(items: &[Item], catalog: &Catalog) -> String {
    let fit = |ix: u32| catalog.sensitive(ix).is_empty() && catalog.availability(ix) == Availability::InStock;
    let mut groups: Vec<(u32, Vec<&Item>)> = Vec::new();
    for (ix, item) in (0..).zip(items).filter(|(ix, _)| fit(*ix)) {
        let Some(category) = catalog.category(ix) else { continue };
        let place = groups.iter().position(|g| g.0 == category).unwrap_or_else(|| {
            groups.push((category, Vec::new()));
            groups.len() - 1
        });
        let chosen = &mut groups[place].1;
        if !chosen.iter().any(|i| i.item_group_id.is_some() && i.item_group_id == item.item_group_id) {
            chosen.push(item);
        }
    }
    let (_, chosen) =
        groups.into_iter().find(|g| g.1.len() >= 2 * LIKED).expect("a category with enough products");
    chosen.iter().take(LIKED).map(|item| format!("{}\n", item.id)).collect()
}

/// Whole or not at all: other languages may be reading.
fn put(path: &Path, bytes: &[u8]) {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    fs::write(&draft, bytes).unwrap();
    fs::rename(&draft, path).unwrap();
}
