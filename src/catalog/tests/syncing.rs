//! Syncs: what is asked for, what is refused, and what an interruption costs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::base::limits::LATEST;
use crate::catalog::device::disk::faults::{Fault, set};
use crate::catalog::device::sync::{Answer, Source, Synced};
use crate::catalog::import::ImportOptions;
use crate::catalog::tests::*;

const DAY_MS: i64 = 86_400_000;
/// Where the child that is killed finds its work.
const KILLED_AT: &str = "SOTTOVOCE_SYNC_KILLED_AT";
const IN_FOLDER: &str = "SOTTOVOCE_SYNC_FOLDER";

/// A file host that answers in small pieces.
#[derive(Default)]
struct Host {
    files: BTreeMap<String, Vec<u8>>,
    asked: RefCell<Vec<(String, u64)>>,
    /// Answers that still come.
    up: Cell<Option<usize>>,
    knows_no_ranges: bool,
}

impl Source for Host {
    fn read(&self, path: &str, first: u64) -> Result<Answer, CatalogError> {
        self.asked.borrow_mut().push((path.to_owned(), first));
        let down = || CatalogError::NotFetched { why: "down".into() };
        match self.up.get() {
            Some(0) => return Err(down()),
            up => self.up.set(up.map(|up| up - 1)),
        }
        let file = self.files.get(path).ok_or_else(down)?;
        if self.knows_no_ranges {
            return Ok(Answer::Whole(file.clone()));
        }
        let rest = file.get(first as usize..).unwrap_or_default();
        Ok(Answer::Part(rest[..rest.len().min(4_000)].to_vec()))
    }
}

impl Host {
    fn put(&mut self, bytes: &[u8]) -> String {
        let path = published_path(bytes);
        self.files.insert(path.clone(), bytes.to_vec());
        path
    }

    fn publish(
        &mut self,
        number: u64,
        bundle: &[u8],
        patch: Option<&[u8]>,
        deltas: &[Vec<u8>],
        key: &SigningKey,
    ) {
        let header = LatestHeader { number, created_ms: 0, expires_ms: DAY_MS };
        let latest = build_latest(bundle, patch, deltas, &header, key).unwrap();
        self.files.insert("latest".into(), latest);
        self.put(bundle);
        patch.into_iter().chain(deltas.iter().map(Vec::as_slice)).for_each(|file| drop(self.put(file)));
    }

    /// The files that were asked for since, each once.
    fn paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.asked.take().into_iter().map(|(path, _)| path).collect();
        paths.dedup();
        paths
    }
}

fn sync(dir: &Path, source: &dyn Source, key: &PublicKey) -> Result<Synced, CatalogError> {
    let keys = ShopKeys::new("shop", key.clone(), None);
    let trust = Trust::new(&keys, 0);
    Catalog::sync(dir, source, &trust)
}

/// Versions 1 and 2, the delta between them, and a patch of the second.
struct Shop {
    key: SigningKey,
    old: Vec<u8>,
    new: Vec<u8>,
    delta: Vec<u8>,
    patch: Vec<u8>,
}

impl Shop {
    fn new() -> Self {
        let key = SigningKey::generate().unwrap();
        let [old, new] = [bundle(1, &key), bundle(2, &key)];
        let header = PatchHeader { number: 7, created_ms: 0, expires_ms: DAY_MS };
        let base = Catalog::from_bytes(&new).unwrap();
        let patch =
            build_patch(&base, &b"id,price\ntea,1000 JPY\n"[..], &ImportOptions::default(), &header, &key);
        Self { delta: build_delta(&old, &new).unwrap(), patch: patch.unwrap().bytes, key, old, new }
    }

    fn host(&self) -> Host {
        let mut host = Host::default();
        host.publish(2, &self.new, Some(&self.patch), std::slice::from_ref(&self.delta), &self.key);
        host
    }

    /// A device with version 1.
    fn device(&self) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut host = Host::default();
        host.publish(1, &self.old, None, &[], &self.key);
        assert!(self.sync(&dir, &host).unwrap().changed);
        dir
    }

    fn sync(&self, dir: &tempfile::TempDir, host: &Host) -> Result<Synced, CatalogError> {
        sync(dir.path(), host, &self.key.public_key())
    }
}

fn is_fresh(catalog: &Catalog) -> bool {
    catalog.version() == 2 && catalog.regular_price(4).is_some_and(|price| price.minor == 1000)
}

#[test]
fn a_device_asks_for_what_it_lacks_and_for_nothing_else() {
    let shop = Shop::new();
    let [bundle, delta, patch] = [&shop.new, &shop.delta, &shop.patch].map(|file| published_path(file));
    let (host, empty) = (shop.host(), tempfile::tempdir().unwrap());
    let first = shop.sync(&empty, &host).unwrap();
    assert_eq!(host.paths(), ["latest", &bundle, &patch], "a device without a catalog");
    assert!(is_fresh(&first.catalog) && first.changed);
    assert_eq!(first.received, (shop.new.len() + shop.patch.len()) as u64);
    let device = shop.device();
    let synced = shop.sync(&device, &host).unwrap();
    assert_eq!(host.paths(), ["latest", &delta, &patch], "a device with the bundle before");
    assert!(is_fresh(&synced.catalog) && synced.received < 2 * first.received / 3);
    for home in [&empty, &device] {
        let again = shop.sync(home, &host).unwrap();
        assert_eq!((host.paths(), again.changed, again.received), (vec!["latest".to_owned()], false, 0));
        assert!(is_fresh(&Catalog::open(home.path()).unwrap()));
    }
    let plain = Host { knows_no_ranges: true, ..shop.host() };
    assert!(is_fresh(&shop.sync(&shop.device(), &plain).unwrap().catalog));
}

#[test]
fn lists_that_are_older_expired_or_not_the_shops_change_nothing() {
    let shop = Shop::new();
    let (device, host) = (shop.device(), shop.host());
    let refused = |host: &Host, now_ms: i64| {
        let keys = ShopKeys::new("shop", shop.key.public_key(), None);
        let trust = Trust::new(&keys, now_ms);
        Catalog::sync(device.path(), host, &trust).unwrap_err()
    };
    let mut other = Host::default();
    other.publish(0, &shop.old, None, &[], &shop.key);
    assert_eq!(refused(&other, 0), CatalogError::Downgrade { newest: 1, offered: 0 });
    other.publish(1, &shop.new, None, &[], &shop.key);
    assert_eq!(refused(&other, 0), CatalogError::VersionReused { version: 1 });
    assert_eq!(refused(&host, DAY_MS), CatalogError::Stale { expired_ms: DAY_MS });
    let stranger = SigningKey::generate().unwrap();
    other.publish(9, &bundle(9, &stranger), None, &[], &stranger);
    assert_eq!(refused(&other, 0), CatalogError::BadSignature);
    let foreign = BundleHeader { store_id: "other".into(), ..header(6) };
    other.publish(
        9,
        &build_bundle(&items(), &artefacts(), &foreign, &shop.key).unwrap(),
        None,
        &[],
        &shop.key,
    );
    assert_eq!(refused(&other, 0), CatalogError::OtherStore);
    let latest = host.files["latest"].clone();
    for place in 0..latest.len() {
        let mut bad = latest.clone();
        bad[place] ^= 1;
        other.files.insert("latest".into(), bad);
        assert!(matches!(refused(&other, 0), CatalogError::BadSignature | CatalogError::NewerFormat { .. }));
    }
    other.files.insert("latest".into(), vec![0; LATEST.most + 1]);
    other.knows_no_ranges = true;
    assert!(matches!(refused(&other, 0), CatalogError::TooLarge { .. }));
    other.files.insert("latest".into(), vec![0; LATEST.most]);
    assert_eq!(refused(&other, 0), CatalogError::BadSignature);
    assert_eq!(Catalog::open(device.path()).unwrap().version(), 1);
    assert!(is_fresh(&shop.sync(&device, &host).unwrap().catalog), "the way is open still");
    let mut rolled_back = Host::default();
    rolled_back.publish(3, &shop.old, None, &[], &shop.key);
    assert_eq!(refused(&rolled_back, 0), CatalogError::Downgrade { newest: 2, offered: 1 });
}

#[test]
fn files_that_are_not_what_the_list_says_are_refused_and_the_whole_bundle_is_the_last_resort() {
    let shop = Shop::new();
    let [bundle, delta] = [&shop.new, &shop.delta].map(|file| published_path(file));
    let mut host = shop.host();
    host.files.get_mut(&delta).unwrap()[100] ^= 1;
    let device = shop.device();
    assert!(is_fresh(&shop.sync(&device, &host).unwrap().catalog));
    assert!(host.paths().contains(&bundle));
    let device = shop.device();
    for length in [0, 10] {
        host.files.get_mut(&bundle).unwrap().truncate(length);
        assert!(matches!(shop.sync(&device, &host), Err(CatalogError::Damaged { .. })));
    }
    host.files.get_mut(&bundle).unwrap().resize(shop.new.len() + 100, 7);
    assert!(matches!(shop.sync(&device, &host), Err(CatalogError::Damaged { .. })));
    assert_eq!(Catalog::open(device.path()).unwrap().version(), 1);
    assert!(is_fresh(&shop.sync(&device, &shop.host()).unwrap().catalog), "nothing bars the way");
}

#[test]
fn what_was_received_before_an_interruption_is_not_asked_for_again() {
    let shop = Shop::new();
    let (dir, host) = (tempfile::tempdir().unwrap(), shop.host());
    let mut syncs = 0;
    loop {
        host.up.set(Some(2)); // The list and one piece.
        match shop.sync(&dir, &host) {
            Err(CatalogError::NotFetched { .. }) => syncs += 1,
            Ok(synced) if !is_fresh(&synced.catalog) => syncs += 1, // The bundle is there, its patch is not.
            other => break assert!(other.is_ok()),
        }
        assert!(syncs < 100);
    }
    assert!(syncs > 1, "it was interrupted");
    let mut asked = host.asked.take();
    asked.retain(|(path, _)| path != "latest");
    let all = asked.len();
    asked.sort();
    asked.dedup();
    assert!(all <= asked.len() + syncs, "only the piece that did not come was asked for again");
    let left =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.contains("part")), "nothing is left behind");
}

#[test]
fn a_failure_at_any_step_of_a_sync_leaves_a_good_catalog() {
    let shop = Shop::new();
    let host = shop.host();
    for step in 0.. {
        let device = shop.device();
        set(Some((step, Fault::Fail)));
        let result = shop.sync(&device, &host);
        let done = set(None).is_some();
        assert!([1, 2].contains(&Catalog::open(device.path()).unwrap().version()), "step {step}: {result:?}");
        assert!(is_fresh(&shop.sync(&device, &host).unwrap().catalog), "step {step}: the next sync mends it");
        if done {
            assert!(is_fresh(&result.unwrap().catalog) && step > 20, "{step}");
            break;
        }
    }
}

/// Files that lie in a folder.
struct Folder<'a>(&'a Path);

impl Source for Folder<'_> {
    fn read(&self, path: &str, first: u64) -> Result<Answer, CatalogError> {
        let file = fs::read(self.0.join(path)).unwrap();
        let rest = file.get(first as usize..).unwrap_or_default();
        Ok(Answer::Part(rest[..rest.len().min(20_000)].to_vec()))
    }
}

/// The child: syncs until it is killed at the step it was told.
#[test]
fn killed() {
    let (Ok(step), Ok(folder)) = (std::env::var(KILLED_AT), std::env::var(IN_FOLDER)) else { return };
    let home = Path::new(&folder);
    let key = public_key(&fs::read_to_string(home.join("key")).unwrap()).unwrap();
    set(Some((step.parse().unwrap(), Fault::Kill)));
    sync(&home.join("catalog"), &Folder(&home.join("host")), &key).unwrap();
}

#[test]
fn a_kill_at_any_step_of_a_sync_leaves_a_good_catalog() {
    let shop = Shop::new();
    let (home, host) = (tempfile::tempdir().unwrap(), shop.host());
    fs::write(home.path().join("key"), public_key_text(&shop.key.public_key())).unwrap();
    for (path, bytes) in &host.files {
        let path = home.path().join("host").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let catalog = home.path().join("catalog");
    let key = shop.key.public_key();
    for step in 0.. {
        let _ = fs::remove_dir_all(&catalog);
        let mut before = Host::default();
        before.publish(1, &shop.old, None, &[], &shop.key);
        sync(&catalog, &before, &key).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "catalog::tests::syncing::killed"])
            .env(KILLED_AT, step.to_string())
            .env(IN_FOLDER, home.path())
            .output()
            .unwrap();
        let found = Catalog::open(&catalog).unwrap();
        assert!([1, 2].contains(&found.version()), "step {step}");
        assert!(
            is_fresh(&sync(&catalog, &host, &key).unwrap().catalog),
            "step {step}: the next sync mends it"
        );
        let names = fs::read_dir(&catalog).unwrap().count();
        assert_eq!(names, 3, "step {step}: bundle, patch and list");
        if child.status.success() {
            assert!(step > 20, "{step}");
            break;
        }
    }
}

/// A list of keys in which one of them names the next.
fn named(by: &SigningKey, next: &SigningKey, is_recovery: bool) -> Vec<u8> {
    let revoked = Vec::new();
    let change = KeyChange { store_id: "shop".into(), created_ms: 0, next: next.public_key(), revoked };
    change_key(None, &change, by, is_recovery).unwrap()
}

#[test]
fn a_sync_asks_for_keys_when_the_list_is_not_of_the_one_it_knows() {
    let (shop, next) = (Shop::new(), SigningKey::generate().unwrap());
    let (device, mut host) = (shop.device(), Host::default());
    let anew = signed_anew(shop.old.clone(), &[shop.key.public_key()], &next).unwrap();
    host.publish(2, &anew, None, &[], &next);
    assert_eq!(shop.sync(&device, &host).unwrap_err(), CatalogError::BadSignature);
    assert_eq!(host.paths(), ["latest", "keys"]);
    host.files.insert("keys".into(), b"<html>There is none.".to_vec());
    assert_eq!(shop.sync(&device, &host).unwrap_err(), CatalogError::BadSignature);
    host.files.insert("keys".into(), named(&shop.key, &next, false));
    host.asked.take();
    let synced = shop.sync(&device, &host).unwrap();
    assert_eq!((synced.changed, synced.received), (false, 0), "the same bundle under a new signature");
    assert_eq!(host.paths(), ["latest", "keys"]);
    host.publish(3, &bundle(2, &next), None, &[build_delta(&shop.old, &bundle(2, &next)).unwrap()], &next);
    let synced = shop.sync(&device, &host).unwrap();
    assert_eq!((host.paths().len(), synced.catalog.version()), (2, 2), "the list and a delta, no keys");
    let mut old = Host::default();
    old.publish(9, &bundle(9, &shop.key), None, &[], &shop.key);
    old.files.insert("keys".into(), named(&shop.key, &SigningKey::generate().unwrap(), true));
    assert_eq!(
        shop.sync(&device, &old).unwrap_err(),
        CatalogError::BadSignature,
        "the old key's lists are over"
    );
    let mut low = Host::default();
    low.publish(1, &bundle(3, &next), None, &[], &next);
    assert_eq!(shop.sync(&device, &low).unwrap_err(), CatalogError::Downgrade { newest: 3, offered: 1 });
}

#[test]
fn a_failure_at_any_step_of_a_change_of_keys_leaves_a_good_catalog() {
    let (shop, next) = (Shop::new(), SigningKey::generate().unwrap());
    let mut host = Host::default();
    host.publish(2, &bundle(2, &next), None, &[], &next);
    host.files.insert("keys".into(), named(&shop.key, &next, false));
    for step in 0.. {
        let device = shop.device();
        set(Some((step, Fault::Fail)));
        let result = shop.sync(&device, &host);
        let done = set(None).is_some();
        let keys = ShopKeys::new("shop", shop.key.public_key(), None);
        let found = Catalog::open_trusted(device.path(), &Trust::new(&keys, 0)).unwrap();
        assert!([1, 2].contains(&found.version()), "step {step}: {result:?}");
        assert_eq!(
            shop.sync(&device, &host).unwrap().catalog.version(),
            2,
            "step {step}: the next sync mends it"
        );
        if done {
            assert!(result.is_ok() && step > 20, "{step}");
            break;
        }
    }
}
