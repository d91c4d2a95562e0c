//! Bundles, deltas, patches and lists of every released format stay readable. The fixtures are never written again.

use std::fs;
use std::path::Path;

use crate::catalog::format::latest::Latest;
use crate::catalog::import::ImportOptions;
use crate::catalog::tests::{bundle, euros};
use crate::catalog::{
    Availability, Catalog, CatalogPatch, KeyChange, LatestHeader, Named, PatchHeader, PublicKey, ShopKeys,
    SigningKey, Trust, build_delta, build_latest, build_patch, change_key, key_statements, public_key,
    public_key_text,
};

fn reads(format: u8) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let bytes = std::fs::read(format!("{folder}/catalog_v{format}.svb")).unwrap();
    assert_eq!(bytes[7], format);
    let key = std::fs::read_to_string(format!("{folder}/catalog_v{format}.pub")).unwrap();
    let catalog = Catalog::verify(&bytes, &[public_key(&key).unwrap()]).unwrap();
    assert_eq!((catalog.store_id(), catalog.version(), catalog.len()), ("shop", 1, 5));
    assert_eq!(catalog.title(2), "Crème brûlée dishes");
    assert_eq!(catalog.price(0), crate::catalog::tests::euros(999));
    assert_eq!(catalog.item(0).unwrap().link.as_deref(), Some("https://shop.example/sock-9"));
    assert_eq!(catalog.neighbours(0).next().map(|(item, _)| item), Some(1));
    assert_eq!((catalog.together(0).count(), catalog.ridge(0).count()), (0, 0), "lists that came later");
    assert_eq!(
        (catalog.embedding(1), catalog.by_popularity()),
        ([7; 64].as_slice(), [1, 2, 0, 4, 3].as_slice())
    );
    assert_eq!(catalog.weights(), &crate::catalog::tests::artefacts().weights);
    assert_eq!(catalog.experiments(), crate::catalog::tests::header(1).experiments);
    assert_eq!((catalog.search("creme", 1).len(), catalog.index_of("tea")), (1, Some(4)));
    assert_eq!((catalog.product_id(4), catalog.variants(4).collect::<Vec<_>>()), ("tea", vec![4]));
    assert_eq!(catalog.named("tea"), Some(Named::Item(4)));
}

#[test]
fn format_1() {
    reads(1);
}

#[test]
fn format_2() {
    reads(2);
}

/// What keeps a bundle fresh, all in their first version.
const FRESH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/fresh_v1");
const EXPIRES_MS: i64 = 2_000_000;

#[test]
fn a_delta_a_patch_and_a_list_of_version_1() {
    let read = |name: &str| fs::read(Path::new(FRESH).join(name)).unwrap();
    let keys = [public_key(&String::from_utf8(read("shop.pub")).unwrap()).unwrap()];
    let dir = tempfile::tempdir().unwrap();
    let shop = ShopKeys::new("shop", keys[0].clone(), None);
    let trust = Trust::new(&shop, 1_000_000);
    let install = |name: &str| Catalog::install(dir.path(), &mut read(name).as_slice(), &trust).unwrap();
    assert_eq!(install("old.svb").version(), 1);
    assert_eq!(install("new.svd").version(), 2);
    let patched = install("prices.svp");
    assert_eq!(patched.patch(), Some(CatalogPatch::InForce { number: 3, expires_ms: EXPIRES_MS }));
    assert_eq!((patched.regular_price(0), patched.availability(2)), (euros(1199), Availability::Preorder));
    let cheap = patched.item(1).unwrap();
    assert_eq!(
        (cheap.sale_price, cheap.sale_price_effective_date.unwrap().until_ms),
        (euros(799), 3_600_000)
    );
    let latest = Latest::open(&read("latest"), &keys).unwrap();
    assert_eq!((latest.number, latest.version, latest.expires_ms), (4, 2, EXPIRES_MS));
    assert_eq!((latest.bundle.0, latest.patch.unwrap().0), (patched.bundle_hash(), 3));
    assert_eq!(latest.deltas.len(), 1);
}

/// A key that names the next, and the recovery key that revokes that and names a third.
const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys_v1");

#[test]
fn a_list_of_keys_of_version_1() {
    let read = |name: &str| fs::read(Path::new(KEYS).join(name)).unwrap();
    let key = |name: &str| public_key(&String::from_utf8(read(name)).unwrap()).unwrap();
    let mut keys = ShopKeys::new("shop", key("app.pub"), Some(key("recovery.pub")));
    assert_eq!(keys.follow(&read("rotated")), Ok(true));
    assert_eq!(*keys.current(), key("next.pub"));
    assert_eq!(keys.follow(&read("revoked")), Ok(true));
    assert_eq!((keys.current(), keys.generation()), (&key("third.pub"), 1));
    let [told] = key_statements(&read("revoked")).unwrap().try_into().unwrap();
    assert_eq!((told.revoked, told.created_ms), (vec![key("next.pub")], 900_000));
}

#[test]
#[ignore = "writes a fixture, once"]
fn write_keys() {
    fs::create_dir(KEYS).expect("a fixture is never written again");
    let [app, next, third, recovery] = std::array::from_fn(|_| SigningKey::generate().unwrap());
    let change = |next: &SigningKey, revoked: Vec<PublicKey>| KeyChange {
        store_id: "shop".into(),
        created_ms: 900_000,
        next: next.public_key(),
        revoked,
    };
    let rotated = change_key(None, &change(&next, Vec::new()), &app, false).unwrap();
    let revoked = change(&third, vec![next.public_key()]);
    let revoked = change_key(Some(&rotated), &revoked, &recovery, true).unwrap();
    let public = |key: &SigningKey| public_key_text(&key.public_key()).into_bytes();
    let files = [
        ("rotated", rotated),
        ("revoked", revoked),
        ("app.pub", public(&app)),
        ("next.pub", public(&next)),
        ("third.pub", public(&third)),
        ("recovery.pub", public(&recovery)),
    ];
    files.into_iter().for_each(|(name, bytes)| fs::write(Path::new(KEYS).join(name), bytes).unwrap());
}

#[test]
#[ignore = "writes a fixture, once"]
fn write() {
    fs::create_dir(FRESH).expect("a fixture is never written again");
    let key = SigningKey::generate().unwrap();
    let [old, new] = [bundle(1, &key), bundle(2, &key)];
    let feed = "id,price,sale price,sale price effective date,availability\nsock-9,11.99 EUR,,,\n\
        sock-1,,7.99 EUR,1970-01-01T00:30Z/1970-01-01T01:00Z,\ncreme,,,,preorder\n";
    let header = PatchHeader { number: 3, created_ms: 900_000, expires_ms: EXPIRES_MS };
    let base = Catalog::from_bytes(&new).unwrap();
    let patch = build_patch(&base, feed.as_bytes(), &ImportOptions::default(), &header, &key).unwrap().bytes;
    let delta = build_delta(&old, &new).unwrap();
    let header = LatestHeader { number: 4, created_ms: 900_000, expires_ms: EXPIRES_MS };
    let latest = build_latest(&new, Some(&patch), std::slice::from_ref(&delta), &header, &key).unwrap();
    let public = public_key_text(&key.public_key()).into_bytes();
    let files = [
        ("old.svb", old),
        ("new.svd", delta),
        ("prices.svp", patch),
        ("latest", latest),
        ("shop.pub", public),
    ];
    files.into_iter().for_each(|(name, bytes)| fs::write(Path::new(FRESH).join(name), bytes).unwrap());
}
