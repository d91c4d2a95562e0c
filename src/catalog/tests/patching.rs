//! Patches: what they change, when they have force, and what stays out.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::base::limits::PATCH;
use crate::base::signed::sign;
use crate::catalog::format::patch::{Change, KIND, Patch, PatchHead, Sale, payload};
use crate::catalog::import::ImportOptions;
use crate::catalog::tests::*;

const HOUR_MS: i64 = 3_600_000;
const FEED: &str = "id,price,sale_price,sale_price_effective_date,availability\n\
    sock-9,11.99 EUR,,,\n\
    sock-1,,7.99 EUR,1970-01-01T00:30Z/1970-01-01T01:00Z,in stock\n\
    creme,,,,out of stock\n";

struct Home {
    dir: tempfile::TempDir,
    key: SigningKey,
}

impl Home {
    /// A device with version 5 of the bundle.
    fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap(), key: SigningKey::generate().unwrap() };
        home.install(&bundle(5, &home.key), 0).unwrap();
        home
    }

    fn install(&self, bytes: &[u8], now_ms: i64) -> Result<Arc<Catalog>, CatalogError> {
        let keys = ShopKeys::new("shop", self.key.public_key(), None);
        let trust = Trust::new(&keys, now_ms);
        Catalog::install(self.dir.path(), &mut &*bytes, &trust)
    }

    fn open(&self) -> Arc<Catalog> {
        Catalog::open(self.dir.path()).unwrap()
    }

    fn file(&self) -> std::path::PathBuf {
        self.dir.path().join("catalog.svp")
    }

    /// A patch of version 5.
    fn patch(&self, number: u64, feed: &str) -> Vec<u8> {
        patch_of(&bundle(5, &self.key), number, feed, &self.key)
    }

    /// A patch that no tool of ours writes.
    fn odd(&self, changes: &[Change], adjust: impl FnOnce(&mut PatchHead)) -> Vec<u8> {
        let mut head = PatchHead {
            store_id: "shop".into(),
            base: Catalog::from_bytes(&bundle(5, &self.key)).unwrap().bundle_hash(),
            number: 1,
            created_ms: 0,
            expires_ms: HOUR_MS,
            changes: changes.len() as u32,
        };
        adjust(&mut head);
        sign(KIND, &payload(&head, changes).unwrap(), self.key.pair())
    }
}

fn patch_of(bundle: &[u8], number: u64, feed: &str, key: &SigningKey) -> Vec<u8> {
    let header = PatchHeader { number, created_ms: 1_000_000, expires_ms: HOUR_MS };
    let base = Catalog::from_bytes(bundle).unwrap();
    build_patch(&base, feed.as_bytes(), &ImportOptions::default(), &header, key).unwrap().bytes
}

/// What an app sees of prices and stock.
fn seen(catalog: &Catalog) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let items = (0..6).map(|ix| {
        (
            catalog.item(ix),
            catalog.price(ix),
            catalog.price_at(ix, 2_000_000),
            catalog.log_price(ix),
            catalog.availability(ix),
        )
    });
    items.collect()
}

#[test]
fn a_patched_bundle_shows_what_a_bundle_built_anew_would_show() {
    let home = Home::new();
    let before = home.open();
    let patched = home.install(&home.patch(1, FEED), 0).unwrap();
    let mut items = items();
    items[0].price = euros(1199);
    items[1].sale_price = euros(799);
    items[1].sale_price_effective_date = Some(EffectivePeriod { from_ms: 1_800_000, until_ms: HOUR_MS });
    items[1].availability = Availability::InStock;
    items[2].availability = Availability::OutOfStock;
    let anew = build_bundle(&items, &artefacts(), &header(6), &home.key).unwrap();
    assert_eq!(seen(&patched), seen(&Catalog::from_bytes(&anew).unwrap()));
    assert_eq!(seen(&home.open()), seen(&patched), "and so it is after the next start");
    assert_ne!(seen(&before), seen(&patched));
    assert_eq!(before.regular_price(0), euros(1299), "who has the catalog open keeps it");
    assert_eq!(patched.patch(), Some(CatalogPatch::InForce { number: 1, expires_ms: HOUR_MS }));
    assert_eq!((patched.version(), patched.bundle_hash()), (5, before.hash()));
    assert_ne!(patched.hash(), before.hash(), "what is shown has another hash");
    let again = patch_of(&bundle(5, &home.key), 1, FEED, &home.key);
    assert_eq!(before.patched(&again, &[home.key.public_key()]).unwrap().hash(), patched.hash());
}

#[test]
fn an_expired_patch_has_no_force_and_is_told() {
    let home = Home::new();
    let patched = home.install(&home.patch(1, FEED), HOUR_MS - 1).unwrap();
    assert!(Arc::ptr_eq(&patched.at(HOUR_MS - 1), &patched));
    let expired = patched.at(HOUR_MS);
    assert_eq!(expired.patch(), Some(CatalogPatch::Expired { number: 1, expires_ms: HOUR_MS }));
    assert_eq!((expired.hash(), expired.regular_price(0)), (expired.bundle_hash(), euros(1299)));
    assert_eq!(home.open().at(HOUR_MS).regular_price(0), euros(1299));
    assert_eq!(home.install(&home.patch(2, FEED), HOUR_MS).unwrap_err(), CatalogError::Expired);
}

#[test]
fn only_newer_patches_of_the_installed_bundle_come_in() {
    let home = Home::new();
    let (one, two) = (home.patch(1, FEED), home.patch(2, "id,price\ntea,1000 JPY\n"));
    home.install(&two, 0).unwrap();
    let refused = |bytes: &[u8]| home.install(bytes, 0).unwrap_err();
    assert_eq!(refused(&one), CatalogError::Downgrade { newest: 2, offered: 1 });
    assert_eq!(refused(&home.patch(2, FEED)), CatalogError::VersionReused { version: 2 });
    assert_eq!(home.install(&two, 0).unwrap().price(4).unwrap().minor, 1000, "the same again");
    let stranger = SigningKey::generate().unwrap();
    assert_eq!(refused(&patch_of(&bundle(5, &home.key), 3, FEED, &stranger)), CatalogError::BadSignature);
    assert_eq!(refused(&patch_of(&bundle(6, &home.key), 3, FEED, &home.key)), CatalogError::OtherBase);
    assert_eq!(refused(&home.odd(&[], |head| head.store_id = "other".into())), CatalogError::OtherStore);
    let newer = [KIND, &[9][..], b"anything"].concat();
    assert!(matches!(refused(&newer), CatalogError::NewerFormat { .. }));
    for length in 0..one.len() {
        assert!(home.install(&one[..length], 0).is_err());
    }
    assert_eq!(home.open().patch(), Some(CatalogPatch::InForce { number: 2, expires_ms: HOUR_MS }));
    let empty = tempfile::tempdir().unwrap();
    let keys = ShopKeys::new("shop", home.key.public_key(), None);
    let trust = Trust::new(&keys, 0);
    let nowhere = Catalog::install(empty.path(), &mut &*one, &trust).unwrap_err();
    assert_eq!(nowhere, CatalogError::NotInstalled);
}

#[test]
fn a_new_bundle_leaves_the_patch_of_the_old_one_without_force() {
    let home = Home::new();
    home.install(&home.patch(1, FEED), 0).unwrap();
    let left = fs::read(home.file()).unwrap();
    let new = home.install(&bundle(6, &home.key), 0).unwrap();
    assert_eq!((new.patch(), new.regular_price(0)), (None, euros(1299)));
    assert!(!home.file().exists(), "it is of no use any more");
    fs::write(home.file(), left).unwrap(); // As after a crash between the two.
    assert_eq!((home.open().patch(), home.open().regular_price(0)), (None, euros(1299)));
    home.install(&patch_of(&bundle(6, &home.key), 1, FEED, &home.key), 0).unwrap();
    let repaired = fs::read(Catalog::path(home.dir.path())).unwrap();
    fs::write(Catalog::path(home.dir.path()), &repaired[..5000]).unwrap();
    let again = home.install(&bundle(6, &home.key), 0).unwrap();
    assert_eq!(again.regular_price(0), euros(1199), "the same bundle again keeps its patch");
}

#[test]
fn a_damaged_patch_costs_nothing_but_itself() {
    let home = Home::new();
    home.install(&home.patch(7, FEED), 0).unwrap();
    let good = fs::read(home.file()).unwrap();
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(home.file(), bad).unwrap();
        let opened = home.open();
        assert_eq!(
            (opened.patch(), opened.regular_price(0)),
            (Some(CatalogPatch::Damaged), euros(1299)),
            "{place}"
        );
    }
    fs::write(home.file(), b"").unwrap();
    assert_eq!(home.open().patch(), Some(CatalogPatch::Damaged));
    assert_eq!(
        home.install(&home.patch(1, FEED), 0).unwrap().regular_price(0),
        euros(1199),
        "nothing bars the way"
    );
}

#[test]
fn what_does_not_hold_together_is_refused_though_it_is_signed() {
    let home = Home::new();
    let price = |item, minor| Change { item, price: Some(minor), ..Change::default() };
    let sale = |minor, from, until| Change { sale: Some(Sale::At(minor, from, until)), ..Change::default() };
    let stock = |item| Change { item, availability: Some(1), ..Change::default() };
    let refused = |changes: &[Change]| home.install(&home.odd(changes, |_| {}), 0).unwrap_err();
    let damaged = CatalogError::Damaged { what: "a patch" };
    assert_eq!(refused(&[stock(5)]), damaged, "no such item");
    assert_eq!(refused(&[stock(63)]), damaged, "no such item");
    assert_eq!(refused(&[stock(u32::MAX - 1)]), damaged, "no such item");
    assert_eq!(refused(&[price(0, i64::MAX)]), damaged);
    assert_eq!(refused(&[price(0, 999)]), damaged, "the reduced price is no reduction any more");
    assert_eq!(refused(&[sale(1299, 0, 9)]), damaged, "no reduction");
    assert_eq!(refused(&[sale(1, 9, 8)]), damaged, "ends before it begins");
    let more = home.odd(&[stock(0)], |head| head.changes = 2);
    assert_eq!(home.install(&more, 0).unwrap_err(), damaged, "more are told of than there are");
    assert!(home.install(&home.odd(&[], |head| head.changes = u32::MAX), 0).is_err());
    let padded = |length: usize| [&KIND[..], &vec![0; length - KIND.len()]].concat();
    let limit = PATCH.most as u64;
    let too_large = home.install(&padded(PATCH.most + 1), 0).unwrap_err();
    assert_eq!(too_large, CatalogError::TooLarge { what: "the patch", limit });
    assert_eq!(home.install(&padded(PATCH.most), 0).unwrap_err(), CatalogError::BadSignature);
    assert!(!home.file().exists());
}

#[test]
fn changes_are_read_as_they_were_written() {
    let home = Home::new();
    let changes = [
        Change { item: 0, price: Some(1), sale: Some(Sale::Over), availability: Some(3) },
        Change { item: 3, sale: Some(Sale::At(7, 0, u32::MAX)), ..Change::default() },
        Change { item: 70_000, sale: Some(Sale::At(1_000_000, 29_000_000, 29_100_000)), ..Change::default() },
        Change { item: u32::MAX - 1, availability: Some(0), ..Change::default() },
    ];
    let bytes = home.odd(&changes, |head| head.created_ms = 1_740_000_000_000);
    let patch = Patch::open(&bytes, &[home.key.public_key()]).unwrap();
    let read: Result<Vec<_>, _> = patch.changes().collect();
    assert_eq!(read.as_deref(), Ok(&changes[..]));
}

#[test]
fn a_patch_goes_on_from_the_one_before_and_names_what_it_cannot_say() {
    let home = Home::new();
    let base = Catalog::from_bytes(&bundle(5, &home.key)).unwrap();
    let keys = [home.key.public_key()];
    let before = base.patched(&home.patch(1, FEED), &keys).unwrap();
    let feed = "id;sale_price;price\ntea;;9.00 EUR\nsock-1;0;\nnobody;;1 EUR\ncreme;;cheap\n";
    let header = PatchHeader { number: 2, created_ms: 1_000_000, expires_ms: HOUR_MS };
    let built = build_patch(&before, feed.as_bytes(), &ImportOptions::default(), &header, &home.key).unwrap();
    assert_eq!(built.other_currency, ["tea"]);
    assert_eq!(
        (built.report.rejected, built.report.left_out, built.report.accepted),
        (1, 1, 2),
        "{:?}",
        built.report.findings
    );
    let after = base.patched(&built.bytes, &keys).unwrap();
    assert_eq!(
        (after.regular_price(0), after.availability(2)),
        (euros(1199), Availability::OutOfStock),
        "still changed"
    );
    assert_eq!((after.item(1).unwrap().sale_price, after.price(4)), (None, base.price(4)));
    let never = PatchHeader { expires_ms: 0, ..header };
    assert!(build_patch(&base, feed.as_bytes(), &ImportOptions::default(), &never, &home.key).is_err());
}

#[test]
fn a_changed_item_costs_at_most_sixteen_bytes() {
    let items: Vec<_> =
        (0..20_000).map(|n| item(&format!("SKU-{n}"), "Lamp", "Brand", "Home", 1_000 + n)).collect();
    let key = SigningKey::generate().unwrap();
    let header = BundleHeader { created_ms: 1_740_000_000_000, ..header(5) };
    let bytes = build_bundle(&items, &Artefacts::untrained(items.len()), &header, &key).unwrap();
    let base = Catalog::from_bytes(&bytes).unwrap();
    let row = |n: i64| {
        format!("SKU-{},{}.99 EUR,{}.49 EUR,2025-03-01/2025-03-09,backorder\n", n * 10, n + 20, n + 10)
    };
    let feed: String = (0..2_000).map(row).collect();
    let feed = format!("id,price,sale price,sale price effective date,availability\n{feed}");
    let header = PatchHeader { number: 1, created_ms: 1_740_000_000_000, expires_ms: 1_750_000_000_000 };
    let built = build_patch(&base, feed.as_bytes(), &ImportOptions::default(), &header, &key).unwrap();
    assert_eq!(built.changes, 2_000);
    assert!(built.bytes.len() <= 32_000, "{}", built.bytes.len());
    let patched = base.patched(&built.bytes, &[key.public_key()]).unwrap();
    let changed = (0..20_000u32).filter(|ix| patched.item(*ix) != base.item(*ix)).collect::<Vec<_>>();
    assert!(changed.iter().copied().eq((0..20_000).step_by(10)));
}

#[test]
fn a_failure_at_any_step_of_a_patch_leaves_the_one_before() {
    use crate::catalog::device::disk::faults::{Fault, set};
    let names = |dir: &Path| fs::read_dir(dir).unwrap().count();
    let home = Home::new();
    home.install(&home.patch(1, FEED), 0).unwrap();
    let two = home.patch(2, "id,price\ntea,1000 JPY\n");
    for step in 0.. {
        set(Some((step, Fault::Fail)));
        let result = home.install(&two, 0);
        let done = set(None).is_some();
        assert_eq!((result.is_ok(), names(home.dir.path())), (done, 2), "step {step}");
        let opened = home.open();
        let number = if opened.regular_price(0) == euros(1199) { 1 } else { 2 };
        assert_eq!(
            opened.patch(),
            Some(CatalogPatch::InForce { number, expires_ms: HOUR_MS }),
            "step {step}"
        );
        assert_eq!(opened.price(4).unwrap().minor, if number == 1 { 1200 } else { 1000 });
        if done {
            assert!(number == 2 && step >= 5, "{step}");
            break;
        }
    }
}

#[test]
fn a_patch_is_no_older_than_the_newest_also_when_its_file_is_lost_or_another_lies_there() {
    let home = Home::new();
    let [one, two] = [1, 2].map(|number| home.patch(number, FEED));
    home.install(&one, 0).unwrap();
    let older = fs::read(home.file()).unwrap();
    let newest = home.install(&two, 0).unwrap().newest_patch();
    let keys = ShopKeys::new("shop", home.key.public_key(), None);
    let trust = Trust { newest_patch: newest, ..Trust::new(&keys, 0) };
    let install = |bytes: &[u8]| Catalog::install(home.dir.path(), &mut &*bytes, &trust);
    let state = || Catalog::open_trusted(home.dir.path(), &trust).unwrap().patch();
    let in_force = Some(CatalogPatch::InForce { number: 2, expires_ms: HOUR_MS });
    assert_eq!(state(), in_force);
    fs::write(home.file(), older).unwrap();
    assert_eq!(state(), Some(CatalogPatch::Damaged), "an older one was put back");
    fs::remove_file(home.file()).unwrap();
    assert_eq!(state(), None);
    assert_eq!(install(&one).unwrap_err(), CatalogError::Downgrade { newest: 2, offered: 1 });
    let other = home.patch(2, "id,price\ntea,1000 JPY\n");
    assert_eq!(install(&other).unwrap_err(), CatalogError::VersionReused { version: 2 });
    assert!(!home.file().exists());
    install(&two).unwrap();
    assert_eq!(state(), in_force, "the same again");
    install(&bundle(6, &home.key)).unwrap();
    install(&patch_of(&bundle(6, &home.key), 1, FEED, &home.key)).unwrap();
    assert_ne!(state(), Some(CatalogPatch::Damaged), "numbers are counted for each bundle");
}
