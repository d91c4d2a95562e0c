//! Deltas: the new bundle comes out byte by byte, or nothing does.

use std::fs;

use crate::catalog::format::delta::MAGIC;
use crate::catalog::tests::*;

/// Bundles of two versions with many items, of which some differ.
fn two(key: &SigningKey) -> [Vec<u8>; 2] {
    let shop = |version: u64| {
        let price = |n: i64| if version > 1 && n % 50 == 0 { 999 } else { 1_000 + n * 7 % 5_000 };
        let mut items: Vec<_> = (0..3_000)
            .map(|n| item(&format!("SKU-{n}"), &format!("Lamp no. {n}"), "Brand", "Home", price(n)))
            .collect();
        if version > 1 {
            items.push(item("SKU-new", "New lamp", "Brand", "Home", 5));
        }
        build_bundle(&items, &Artefacts::untrained(items.len()), &header(version), key).unwrap()
    };
    [shop(1), shop(2)]
}

fn install(dir: &std::path::Path, bytes: &[u8], key: &SigningKey) -> Result<u64, CatalogError> {
    let keys = ShopKeys::new("shop", key.public_key(), None);
    let trust = Trust::new(&keys, 0);
    Catalog::install(dir, &mut &*bytes, &trust).map(|catalog| catalog.version())
}

#[test]
fn a_delta_makes_the_new_bundle_out_of_the_installed_one() {
    let (dir, key) = (tempfile::tempdir().unwrap(), SigningKey::generate().unwrap());
    let [old, new] = two(&key);
    let delta = build_delta(&old, &new).unwrap();
    assert!(delta.len() < new.len() / 2, "{} of {}", delta.len(), new.len());
    assert_eq!(install(dir.path(), &delta, &key), Err(CatalogError::OtherBase), "there is no bundle yet");
    install(dir.path(), &old, &key).unwrap();
    assert_eq!(install(dir.path(), &delta, &key), Ok(2));
    assert!(fs::read(Catalog::path(dir.path())).unwrap() == new);
    assert_eq!(install(dir.path(), &delta, &key), Err(CatalogError::OtherBase));
    assert!(build_delta(&new, &old).is_err(), "no way back");
    assert!(build_delta(&old, &old).is_err());
}

#[test]
fn a_delta_that_was_changed_or_cut_makes_nothing() {
    let (dir, key) = (tempfile::tempdir().unwrap(), SigningKey::generate().unwrap());
    let [old, new] = two(&key);
    let delta = build_delta(&old, &new).unwrap();
    install(dir.path(), &old, &key).unwrap();
    let whole = |what: &str, place: usize| {
        assert!(fs::read(Catalog::path(dir.path())).unwrap() == old, "{what} {place}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    };
    for place in (0..delta.len()).step_by(delta.len() / 150).chain(0..60) {
        let mut bad = delta.clone();
        bad[place] ^= 1 << (place % 8);
        let refused = install(dir.path(), &bad, &key);
        assert!(refused.is_err(), "{place}: {refused:?}");
        assert!(install(dir.path(), &delta[..place], &key).is_err());
        whole("changed", place);
    }
    assert!(install(dir.path(), &[&delta[..], &[4, 0]].concat(), &key).is_err(), "a byte too many");
    let hostile =
        [&[0xff; 10][..], &[0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], &[3], &[1, 3], &[0]];
    for operations in hostile {
        let bad = [&delta[..MAGIC.len() + 33], operations].concat();
        assert_eq!(install(dir.path(), &bad, &key), Err(CatalogError::NotABundle));
    }
    let newer = [&MAGIC[..], &[2], &delta[9..]].concat();
    assert!(matches!(install(dir.path(), &newer, &key), Err(CatalogError::NewerFormat { .. })));
    whole("hostile", 0);
}

#[test]
fn a_damaged_base_makes_nothing() {
    let (dir, key) = (tempfile::tempdir().unwrap(), SigningKey::generate().unwrap());
    let [old, new] = two(&key);
    let delta = build_delta(&old, &new).unwrap();
    install(dir.path(), &old, &key).unwrap();
    let mut bad = old.clone();
    let start = bad.len() - old.len() / 2;
    bad[start..].iter_mut().for_each(|byte| *byte ^= 1);
    fs::write(Catalog::path(dir.path()), &bad).unwrap();
    assert!(matches!(install(dir.path(), &delta, &key), Err(CatalogError::Damaged { .. })));
    assert!(fs::read(Catalog::path(dir.path())).unwrap() == bad);
    assert_eq!(install(dir.path(), &new, &key), Ok(2), "the whole bundle always will do");
}

#[test]
fn what_did_not_change_costs_next_to_nothing() {
    let key = SigningKey::generate().unwrap();
    let [_, one] = two(&key);
    let items: Vec<_> =
        (0..3_000).map(|n| item(&format!("SKU-{n}"), &format!("Lamp no. {n}"), "Brand", "Home", n)).collect();
    let of = |version| build_bundle(&items, &Artefacts::untrained(3_000), &header(version), &key).unwrap();
    let delta = build_delta(&of(1), &of(2)).unwrap();
    let head = crate::catalog::format::Head::read(&mut &of(2)[..], None).unwrap().bytes();
    assert!(
        delta.len() < head + 500 && delta.len() < one.len() / 10,
        "{} with a head of {head}",
        delta.len()
    );
}
