//! Installs that fail or are killed at any step, that meet each other, and what they leave behind.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::Command;

use crate::catalog::device::disk::faults;
use crate::catalog::device::disk::faults::Fault;
use crate::catalog::import::ImportOptions;
use crate::catalog::tests::*;

/// Where the child that is killed finds its work: the step to be killed at and the folder.
const KILLED_AT: &str = "SOTTOVOCE_CATALOG_KILLED_AT";
const IN_FOLDER: &str = "SOTTOVOCE_CATALOG_FOLDER";
const BUNDLES: &str = "bundles";

struct Shelf {
    home: tempfile::TempDir,
    key: SigningKey,
}

impl Shelf {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), key: SigningKey::generate().unwrap() }
    }

    /// Two folders deep, so that both have to be made.
    fn folder(&self) -> std::path::PathBuf {
        self.home.path().join("engine/catalog")
    }

    fn install(&self, version: u64) -> Result<u64, CatalogError> {
        install(&self.folder(), &mut &bundle(version, &self.key)[..], &self.key.public_key())
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).into_iter().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn installed(&self) -> Option<Vec<u8>> {
        fs::read(Catalog::path(&self.folder())).ok()
    }
}

fn install(folder: &Path, bundle: &mut dyn Read, key: &PublicKey) -> Result<u64, CatalogError> {
    let keys = ShopKeys::new("shop", key.clone(), None);
    let trust = Trust::new(&keys, 0);
    Catalog::install(folder, bundle, &trust).map(|catalog| catalog.version())
}

const SYNC: &str = "sync the catalog's folder";

#[test]
fn a_failure_at_any_step_leaves_what_was_installed_and_nothing_else() {
    for before in [None, Some(1)] {
        let mut failed = Vec::new();
        loop {
            let shelf = Shelf::new();
            let held = before.map(|version| {
                shelf.install(version).unwrap();
                Catalog::open(&shelf.folder()).unwrap()
            });
            let old = shelf.installed();
            faults::set(Some((failed.len(), Fault::Fail)));
            let result = shelf.install(2);
            if faults::set(None).is_some() {
                assert_eq!(result, Ok(2));
                break;
            }
            let Err(CatalogError::Io { what, kind: io::ErrorKind::StorageFull }) = result else {
                panic!("after {failed:?}: {result:?}");
            };
            failed.push(what);
            if failed.contains(&"replace the catalog") && what == SYNC {
                assert_eq!(shelf.installed(), Some(bundle(2, &shelf.key)), "in place, perhaps not for good");
                faults::set(Some((0, Fault::Fail)));
                let again = shelf.install(2);
                let synced = matches!(again, Err(CatalogError::Io { what: SYNC, .. }));
                assert!(synced, "the same bundle again makes sure of it: {again:?}");
            } else {
                assert_eq!(shelf.installed(), old, "{what}: the installed bundle was touched");
            }
            let names = if shelf.installed().is_some() { vec!["catalog.svb"] } else { vec![] };
            assert_eq!(shelf.names(), names, "{what}: something was left behind");
            assert!(held.is_none_or(|held| held.version() == 1 && held.title(0) == "Wool hiking socks"));
            assert_eq!((shelf.install(2), shelf.names()), (Ok(2), vec!["catalog.svb".into()]), "{what}");
        }
        let syncs = failed.iter().filter(|what| **what == SYNC).count();
        assert_eq!(syncs, if before.is_some() { 1 } else { 3 }, "{failed:?}");
        assert!(failed.len() >= syncs + 5, "{failed:?}");
    }
}

#[test]
fn a_folder_that_may_not_last_is_made_again() {
    let shelf = Shelf::new();
    faults::set(Some((1, Fault::Fail)));
    assert!(matches!(shelf.install(1), Err(CatalogError::Io { what: SYNC, .. })));
    assert!(!shelf.home.path().join("engine").exists());
    assert_eq!(shelf.install(1), Ok(1));
}

/// The child: installs until it is killed at the step it was told.
#[test]
fn killed() {
    let (Ok(step), Ok(folder)) = (std::env::var(KILLED_AT), std::env::var(IN_FOLDER)) else { return };
    let home = Path::new(&folder);
    let key = public_key(&fs::read_to_string(home.join("key")).unwrap()).unwrap();
    faults::set(Some((step.parse().unwrap(), Fault::Kill)));
    let mut bundle = fs::File::open(home.join(BUNDLES).join("2")).unwrap();
    install(&home.join("engine/catalog"), &mut bundle, &key).unwrap();
}

/// Installs a download in a process that is killed at each step in turn, and looks at what is there before it opens anything
/// and after. Returns how many files were left behind in all.
fn kill_at_every_step(download: impl Fn(&Shelf) -> Vec<u8>, look: impl Fn(&Shelf, &Catalog, bool)) -> usize {
    let mut left_behind = 0;
    for step in 0.. {
        let shelf = Shelf::new();
        shelf.install(1).unwrap();
        let (home, names) = (shelf.home.path(), shelf.names().len());
        fs::write(home.join("key"), public_key_text(&shelf.key.public_key())).unwrap();
        fs::create_dir(home.join(BUNDLES)).unwrap();
        let download = download(&shelf);
        fs::write(home.join(BUNDLES).join("2"), &download).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "catalog::tests::installing::killed"])
            .env(KILLED_AT, step.to_string())
            .env(IN_FOLDER, home)
            .output()
            .unwrap();
        left_behind += shelf.names().len() - names;
        let done = child.status.success();
        look(&shelf, &Catalog::open(&shelf.folder()).unwrap(), done);
        let again = install(&shelf.folder(), &mut download.as_slice(), &shelf.key.public_key());
        // A delta that had come to its end is of another bundle by then.
        assert!(matches!(again, Ok(_) | Err(CatalogError::OtherBase)), "step {step}: {again:?}");
        look(&shelf, &Catalog::open(&shelf.folder()).unwrap(), true);
        if done {
            assert!(step >= 5, "{step}");
            break;
        }
    }
    left_behind
}

#[test]
fn a_kill_at_any_step_leaves_the_old_or_the_new_and_the_next_opening_clears_up() {
    let whole = |shelf: &Shelf, found: &Catalog, done: bool| {
        assert_eq!(shelf.names(), ["catalog.svb"], "something was left behind");
        assert!(shelf.installed() == Some(bundle(found.version(), &shelf.key)), "not a whole bundle");
        assert!(found.version() == 2 || !done && found.version() == 1);
    };
    let left_behind = kill_at_every_step(|shelf| bundle(2, &shelf.key), whole);
    assert!(left_behind >= 3, "the kills came before or after all that matters");
    let delta = |shelf: &Shelf| build_delta(&bundle(1, &shelf.key), &bundle(2, &shelf.key)).unwrap();
    assert!(kill_at_every_step(delta, whole) >= 3);
}

#[test]
fn a_kill_at_any_step_of_a_patch_leaves_prices_as_they_were_or_as_they_are_now() {
    let patch = |shelf: &Shelf| {
        let header = PatchHeader { number: 1, created_ms: 0, expires_ms: 1_000 };
        let base = Catalog::from_bytes(&bundle(1, &shelf.key)).unwrap();
        let feed = &b"id,price\ntea,1000 JPY\n"[..];
        build_patch(&base, feed, &ImportOptions::default(), &header, &shelf.key).unwrap().bytes
    };
    let left_behind = kill_at_every_step(patch, |shelf, found, done| {
        let now = found.price(4).unwrap().minor;
        assert!(now == 1000 || !done && now == 1200);
        assert_ne!(found.patch(), Some(CatalogPatch::Damaged));
        assert!(shelf.names().iter().all(|name| ["catalog.svb", "catalog.svp"].contains(&name.as_str())));
    });
    assert!(left_behind >= 3, "{left_behind}");
}

#[test]
fn a_kill_at_any_step_of_a_change_of_keys_leaves_the_old_key_or_the_new() {
    let next = SigningKey::generate().unwrap();
    let list = |shelf: &Shelf| {
        let (store_id, revoked) = ("shop".to_owned(), Vec::new());
        let change = KeyChange { store_id, created_ms: 0, next: next.public_key(), revoked };
        change_key(None, &change, &shelf.key, false).unwrap()
    };
    kill_at_every_step(list, |shelf, found, done| {
        let keys = ShopKeys::new("shop", shelf.key.public_key(), None).with_stored(&shelf.folder());
        assert!(*keys.current() == next.public_key() || !done && *keys.current() == shelf.key.public_key());
        assert_eq!(found.version(), 1);
        assert!(shelf.names().iter().all(|name| ["catalog.svb", "catalog.svk"].contains(&name.as_str())));
    });
}

#[test]
fn only_what_is_ours_is_cleared_away() {
    let shelf = Shelf::new();
    shelf.install(1).unwrap();
    let others = [
        "catalog.svb.incoming-",
        "catalog.svb.incoming-0123456789abcdeg",
        "catalog.svb.incoming-0123456789abcdef0",
        "catalog.svb.incoming.mine",
        "catalog.svb.old",
        "notes",
    ];
    for name in others.iter().chain(&["catalog.svb.incoming", "catalog.svb.incoming-0123456789abcdef"]) {
        fs::write(shelf.folder().join(name), "x").unwrap();
    }
    Catalog::open(&shelf.folder()).unwrap();
    let mut left: Vec<_> = others.iter().chain(&["catalog.svb"]).map(|name| (*name).to_owned()).collect();
    left.sort();
    assert_eq!(shelf.names(), left);
}

/// A source that opens the installed catalog whenever it is asked for bytes.
struct Meddler<'a>(&'a [u8], &'a Path);

impl Read for Meddler<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Catalog::open(self.1).map_err(io::Error::other)?;
        self.0.read(buffer)
    }
}

#[test]
fn openings_do_not_take_an_install_its_draft() {
    let shelf = Shelf::new();
    shelf.install(1).unwrap();
    let mut source = Meddler(&bundle(2, &shelf.key), &shelf.folder());
    assert_eq!(install(&shelf.folder(), &mut source, &shelf.key.public_key()), Ok(2));
}

#[test]
fn installs_that_meet_do_not_mix() {
    let shelf = Shelf::new();
    std::thread::scope(|scope| {
        for version in 1..9 {
            scope.spawn({
                let shelf = &shelf;
                move || match shelf.install(version) {
                    Ok(installed) => assert_eq!(installed, version),
                    Err(refused) => assert!(matches!(refused, CatalogError::Downgrade { .. }), "{refused}"),
                }
            });
        }
    });
    assert_eq!((shelf.installed(), shelf.names().len()), (Some(bundle(8, &shelf.key)), 1));
}
