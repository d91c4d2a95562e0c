//! Whatever happens to the installed bundle, an app that has it open goes on with what it has read, and the next opening says
//! what is wrong. A mapping of the file itself would kill this process by SIGBUS. With `TMPDIR` on Btrfs or XFS it is clones
//! that are tested.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use sottovoce::catalog::{
    Artefacts, BundleHeader, Catalog, CatalogError, ShopKeys, TagKind, Trust, build_bundle,
};
use sottovoce::random::{SystemRandom, bytes as random};
use sottovoce::surfaces::{Ranking, RecommendRequest, SearchRequest};
use sottovoce::{Sottovoce, SottovoceError};
use support::{Phone, STORE, Shop, files};

/// What can happen to the file; the next opening's error, or none where another whole bundle lies there.
type Harm = (&'static str, fn(&Path, &Shop), Option<CatalogError>);

const HARMS: [Harm; 12] = [
    ("emptied", |file, _| shorten(file, |_| 0), Some(CatalogError::NotABundle)),
    ("cut in the head", |file, _| shorten(file, |_| 100), Some(CUT_SHORT)),
    ("cut in half", |file, _| shorten(file, |length| length / 2), Some(LENGTH)),
    ("cut by a byte", |file, _| shorten(file, |length| length - 1), Some(LENGTH)),
    ("overwritten with noise", |file, _| overwrite(file, 0), Some(CatalogError::NotABundle)),
    ("overwritten with noise from the middle", |file, _| overwrite(file, 2), Some(HASH)),
    ("changed in its last byte", |file, _| change(file), Some(HASH)),
    ("overwritten with a longer bundle", |file, shop| fs::write(file, bundle(shop, 2, 600)).unwrap(), None),
    ("overwritten with a shorter bundle", |file, shop| fs::write(file, bundle(shop, 2, 9)).unwrap(), None),
    ("replaced", |file, shop| replace(file, shop), None),
    ("deleted", |file, _| fs::remove_file(file).unwrap(), Some(CatalogError::NotInstalled)),
    (
        "deleted with its folder",
        |file, _| fs::remove_dir_all(file.parent().unwrap()).unwrap(),
        Some(CatalogError::NotInstalled),
    ),
];
const CUT_SHORT: CatalogError = CatalogError::Damaged { what: "cut short" };
const LENGTH: CatalogError = CatalogError::Damaged { what: "length" };
const HASH: CatalogError = CatalogError::Damaged { what: "a hash" };

fn shorten(file: &Path, length: fn(u64) -> u64) {
    let file = File::options().write(true).open(file).unwrap();
    file.set_len(length(file.metadata().unwrap().len())).unwrap();
}

/// Noise in place, from the `part`-th part of the file on; 0 is all of it.
fn overwrite(file: &Path, part: usize) {
    let mut bytes = fs::read(file).unwrap();
    let from = bytes.len().checked_div(part).unwrap_or_default();
    bytes[from..].chunks_mut(32).for_each(|chunk| {
        let noise: [u8; 32] = random(&SystemRandom).unwrap();
        chunk.copy_from_slice(&noise[..chunk.len()]);
    });
    write_in_place(file, &bytes);
}

/// What only the hashes tell.
fn change(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    write_in_place(file, &bytes);
}

fn write_in_place(file: &Path, bytes: &[u8]) {
    File::options().write(true).open(file).unwrap().write_all(bytes).unwrap();
}

fn replace(file: &Path, shop: &Shop) {
    let other = file.with_extension("other");
    fs::write(&other, bundle(shop, 2, 50)).unwrap();
    fs::rename(other, file).unwrap();
}

/// The first items of the shop, with neighbours and embeddings.
fn bundle(shop: &Shop, version: u64, items: usize) -> Vec<u8> {
    let mut artefacts = Artefacts::untrained(items);
    for (item, neighbours) in artefacts.neighbours.iter_mut().enumerate() {
        *neighbours = vec![(((item + 1) % items) as u32, 0.5), (((item + 2) % items) as u32, 0.25)];
        artefacts.embeddings[item] = [(item % 120) as i8; 64];
        artefacts.popularity[item] = (items - item) as f32;
    }
    artefacts.embedding_scale = 0.01;
    let header = BundleHeader { store_id: STORE.into(), version, ..BundleHeader::default() };
    build_bundle(&shop.items[..items], &artefacts, &header, &shop.key).unwrap()
}

/// Everything an app can ask the engine that comes from the catalog.
fn asked(engine: &Sottovoce) -> String {
    let ids = |list: Ranking| list.items.into_iter().map(|item| item.item_id).collect::<Vec<_>>();
    let shelf = engine.ranking().recommend(RecommendRequest::new("home", 50)).unwrap();
    let found = engine.search().query(SearchRequest::new("coffee beans", 50)).unwrap().page;
    let completed = engine.search().suggest("co".into(), 20).unwrap();
    let shown = engine.catalog().items(ids(shelf.clone())).unwrap();
    let version = engine.status().catalog_version;
    format!("{:?}", (ids(shelf), ids(found), completed, shown, version))
}

/// Everything the catalog has to say.
fn told(catalog: &Catalog) -> String {
    let item = |ix: u32| {
        let numbers = (catalog.log_price(ix), catalog.popularity(ix), catalog.recent_popularity(ix));
        let more = (catalog.repurchase_days(ix), catalog.is_cold(ix), catalog.index_of(catalog.item_id(ix)));
        let near: Vec<_> = catalog.neighbours(ix).collect();
        let kept = (catalog.tags(ix), catalog.embedding(ix), catalog.first_tag(ix, TagKind::Brand));
        format!("{:?}", (catalog.item(ix), catalog.price(ix), numbers, more, near, kept))
    };
    let tag = |tag: u32| {
        let found = catalog.tag(tag).and_then(|t| catalog.find_tag(t.kind, t.name));
        format!("{:?}", (catalog.tag(tag), found, catalog.items_with_tag(tag)))
    };
    let items: Vec<_> = (0..catalog.len() as u32).map(item).collect();
    let tags: Vec<_> = (0..catalog.tag_count() as u32).map(tag).collect();
    let lists = (catalog.by_popularity(), catalog.embeddings(), catalog.search("sokcs", 50));
    let rest = (catalog.suggest("s", 20), catalog.hash(), catalog.file_bytes(), catalog.weights());
    format!("{:?}", (items, tags, lists, rest))
}

#[test]
fn who_has_it_open_goes_on_and_the_next_opening_tells() {
    for reopened in [false, true] {
        for (harm, harms, next) in HARMS {
            let phone = Phone::new();
            let mut engine = phone.engine();
            phone.apply(&engine, &bundle(&phone.shop, 1, 300)).unwrap();
            if reopened {
                engine.shutdown();
                drop(engine);
                engine = phone.engine();
            }
            let folder = phone.folder.path().join("engine").join("catalog");
            let catalog = Catalog::open(&folder).unwrap();
            let before = (asked(&engine), told(&catalog));
            harms(&Catalog::path(&folder), &phone.shop);
            assert!((asked(&engine), told(&catalog)) == before, "{harm}: something changed");
            assert_eq!(Catalog::open(&folder).err(), next, "{harm}");
            assert!((asked(&engine), told(&catalog)) == before, "{harm}: something changed");
            phone.apply(&engine, &bundle(&phone.shop, 3, 40)).unwrap();
            assert_eq!((catalog.version(), told(&catalog) == before.1), (1, true), "{harm}");
            assert_eq!(Catalog::open(&folder).unwrap().version(), 3, "{harm}: repaired by the next bundle");
            assert_eq!(files(&folder), [Catalog::path(&folder)], "{harm}: nothing is left behind");
        }
    }
}

/// What was not read before the file was written to is there as it was, or missing.
#[test]
fn what_was_not_read_yet_is_never_wrong() {
    for (harm, harms, _) in HARMS {
        let phone = Phone::new();
        let bundle = bundle(&phone.shop, 1, 300);
        let whole = Catalog::from_bytes(&bundle).unwrap();
        phone.apply(&phone.engine(), &bundle).unwrap();
        let folder = phone.folder.path().join("engine").join("catalog");
        let catalog = Catalog::open(&folder).unwrap();
        let read = catalog.title(7).to_owned();
        harms(&Catalog::path(&folder), &phone.shop);
        for ix in 0..300 {
            let (now, then) = (catalog.item(ix).unwrap(), whole.item(ix).unwrap());
            let same = |now: &str, then: &str| now == then || now.is_empty();
            assert!(same(&now.item_id, &then.item_id) && same(&now.title, &then.title), "{harm}: {ix}");
            assert_eq!((now.price, now.sensitive_tags), (then.price, then.sensitive_tags), "{harm}: {ix}");
            assert_eq!(
                (catalog.embedding(ix), catalog.popularity(ix)),
                (whole.embedding(ix), whole.popularity(ix))
            );
            let near: Vec<_> = catalog.neighbours(ix).collect();
            assert!(near.is_empty() || near.into_iter().eq(whole.neighbours(ix)), "{harm}: {ix}");
        }
        assert!(read == whole.title(7) && catalog.title(7) == read, "{harm}: what was read stays");
        assert_eq!(catalog.by_popularity(), whole.by_popularity());
    }
}

/// Bits that flip by themselves leave the file's time as it was.
#[test]
fn a_bit_that_flips_makes_nothing_wrong_and_takes_no_mark_away() {
    let phone = Phone::new();
    let bundle = bundle(&phone.shop, 1, 60);
    let whole = Catalog::from_bytes(&bundle).unwrap();
    phone.apply(&phone.engine(), &bundle).unwrap();
    let folder = phone.folder.path().join("engine").join("catalog");
    let file = Catalog::path(&folder);
    let (bytes, time) = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap());
    let keys = ShopKeys::new(STORE, phone.shop.key.public_key(), None);
    let (mut refused, mut opened) = (0, 0);
    for at in (0..bytes.len()).step_by(83) {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        write_in_place(&file, &bad);
        File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        let Ok(catalog) = Catalog::open_trusted(&folder, &Trust::new(&keys, 0)) else {
            refused += 1;
            continue;
        };
        opened += 1;
        for ix in 0..60 {
            let (now, then) = (catalog.item(ix).unwrap(), whole.item(ix).unwrap());
            let same = |now: &str, then: &str| now == then || now.is_empty();
            assert!(same(&now.item_id, &then.item_id) && same(&now.title, &then.title), "{at}: {ix}");
            assert!(now.price == then.price || now.price.is_none(), "{at}: {ix}");
            let kept = |ix| (then.sensitive_tags.clone(), whole.availability(ix));
            assert_eq!((now.sensitive_tags, catalog.availability(ix)), kept(ix), "{at}: {ix}");
            let near: Vec<_> = catalog.neighbours(ix).collect();
            assert!(near.is_empty() || near.into_iter().eq(whole.neighbours(ix)), "{at}: {ix}");
        }
    }
    assert!(refused > 0 && opened > refused, "{refused} refused, {opened} opened");
}

#[test]
fn an_older_bundle_in_the_place_of_a_newer_one_is_not_used() {
    let phone = Phone::new();
    let of = |version, items| bundle(&phone.shop, version, items);
    let file = Catalog::path(&phone.folder.path().join("engine").join("catalog"));
    let engine = phone.engine();
    phone.apply(&engine, &of(1, 40)).unwrap();
    phone.apply(&engine, &of(2, 50)).unwrap();
    engine.shutdown();
    drop(engine);
    for (what, put) in [("an older one", of(1, 40)), ("another one of this version", of(2, 49))] {
        fs::write(&file, &put).unwrap();
        let engine = phone.engine();
        assert_eq!(engine.status().catalog_version, None, "{what}");
        let asked = engine.ranking().recommend(RecommendRequest::new("home", 5));
        assert_eq!(asked.err(), Some(SottovoceError::NoCatalog), "{what}");
        let again = phone.apply(&engine, &put);
        assert!(matches!(again, Err(SottovoceError::Rejected { .. })), "{what}: {again:?}");
        phone.apply(&engine, &of(2, 50)).unwrap();
        assert_eq!(engine.status().catalog_version, Some(2), "{what}");
        engine.shutdown();
    }
}

#[test]
fn what_is_served_while_the_file_changes_all_the_time_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::new();
    let keys = ShopKeys::new(STORE, shop.key.public_key(), None);
    let trust = Trust::new(&keys, 0);
    let bundles = [bundle(&shop, 1, 300), bundle(&shop, 1, 299)];
    let told = bundles.each_ref().map(|bytes| told(&Catalog::from_bytes(bytes).unwrap()));
    Catalog::install(folder.path(), &mut bundles[0].as_slice(), &trust).unwrap();
    fs::write(Catalog::path(folder.path()), &bundles[1]).unwrap();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..200 {
                fs::write(Catalog::path(folder.path()), &bundles[round % 2]).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Release);
        });
        while !done.load(std::sync::atomic::Ordering::Acquire) {
            if let Ok(catalog) = Catalog::open(folder.path()) {
                assert!(told.contains(&self::told(&catalog)), "a mixture of two bundles was opened");
            }
        }
    });
}

/// A call would wait for a writer for ever.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_download() {
    let phone = Phone::new();
    let engine = phone.engine();
    let pipe = phone.folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [&pipe, &phone.folder.path().to_owned()] {
        let refused = engine.catalog().install(path.display().to_string());
        assert!(matches!(&refused, Err(SottovoceError::InvalidArgument { field, .. }) if field == "path"));
    }
}
