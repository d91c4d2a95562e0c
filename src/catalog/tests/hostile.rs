//! Bundles that were changed on the way.

use std::fs;

use crate::catalog::tests::*;

fn installed() -> (tempfile::TempDir, SigningKey) {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::generate().unwrap();
    install(&dir, &bundle(5, &key), &key.public_key()).unwrap();
    (dir, key)
}

fn install(dir: &tempfile::TempDir, bytes: &[u8], key: &PublicKey) -> Result<u64, CatalogError> {
    let keys = ShopKeys::new("shop", key.clone(), None);
    let trust = Trust::new(&keys, 0);
    Catalog::install(dir.path(), &mut &*bytes, &trust).map(|catalog| catalog.version())
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (dir, key) = installed();
    let good = bundle(6, &key);
    let before = fs::read(Catalog::path(dir.path())).unwrap();
    for place in (0..good.len()).step_by(13).chain(0..200) {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        let refused = install(&dir, &bad, &key.public_key()).unwrap_err();
        let fitting = matches!(
            refused,
            CatalogError::Damaged { .. }
                | CatalogError::NotABundle
                | CatalogError::NewerFormat { .. }
                | CatalogError::BadSignature
                | CatalogError::TooLarge { .. }
        );
        assert!(fitting, "{place}: {refused}");
        let _ = Catalog::from_bytes(&bad);
    }
    assert_eq!(fs::read(Catalog::path(dir.path())).unwrap(), before, "the installed one stays in use");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn every_cut_and_every_addition_is_noticed() {
    let (dir, key) = installed();
    let good = bundle(6, &key);
    for length in (0..good.len()).step_by(17) {
        assert!(install(&dir, &good[..length], &key.public_key()).is_err());
        assert!(Catalog::from_bytes(&good[..length]).is_err());
    }
    let longer = [good.as_slice(), b"x"].concat();
    assert_eq!(install(&dir, &longer, &key.public_key()), Err(CatalogError::Damaged { what: "length" }));
    assert_eq!(Catalog::open(dir.path()).unwrap().version(), 5);
}

#[test]
fn a_damaged_installed_bundle_bars_no_way() {
    let (dir, key) = installed();
    let good = bundle(5, &key);
    for place in (0..200).step_by(3) {
        let mut bad = good.clone();
        bad[place] ^= 0x40;
        fs::write(Catalog::path(dir.path()), &bad).unwrap();
        assert_eq!(install(&dir, &good, &key.public_key()), Ok(5), "{place}");
        assert!(fs::read(Catalog::path(dir.path())).unwrap() == good, "{place}: repaired");
    }
}

#[test]
fn a_folder_in_the_place_of_the_bundle_gives_way() {
    let (dir, key) = installed();
    fs::remove_file(Catalog::path(dir.path())).unwrap();
    fs::create_dir_all(Catalog::path(dir.path()).join("full")).unwrap();
    assert_eq!(install(&dir, &bundle(6, &key), &key.public_key()), Ok(6));
    assert_eq!(install(&dir, &bundle(7, &key), &key.public_key()), Ok(7));
}

#[test]
fn only_the_shops_own_newer_bundles_come_in() {
    let (dir, key) = installed();
    let stranger = SigningKey::generate().unwrap();
    assert_eq!(install(&dir, &bundle(6, &stranger), &key.public_key()), Err(CatalogError::BadSignature));
    let older = install(&dir, &bundle(4, &key), &key.public_key());
    assert_eq!(older, Err(CatalogError::Downgrade { newest: 5, offered: 4 }));
    let mut other = header(5);
    other.created_ms += 1;
    let other = build_bundle(&items(), &artefacts(), &other, &key).unwrap();
    assert_eq!(install(&dir, &other, &key.public_key()), Err(CatalogError::VersionReused { version: 5 }));
    let foreign = BundleHeader { store_id: "other".into(), ..header(6) };
    let foreign = build_bundle(&items(), &artefacts(), &foreign, &key).unwrap();
    assert_eq!(install(&dir, &foreign, &key.public_key()), Err(CatalogError::OtherStore));
    fs::remove_file(Catalog::path(dir.path())).unwrap();
    let keys = ShopKeys::new("shop", key.public_key(), None);
    let remembers = Trust { newest_seen: 7, ..Trust::new(&keys, 0) };
    let result = Catalog::install(dir.path(), &mut &bundle(6, &key)[..], &remembers).map(|_| ());
    assert_eq!(
        result,
        Err(CatalogError::Downgrade { newest: 7, offered: 6 }),
        "a deleted file opens no way back"
    );
    let seven = Catalog::install(dir.path(), &mut &bundle(7, &key)[..], &remembers).unwrap();
    assert_eq!(seven.version(), 7, "the newest version may be fetched again");
}

#[test]
fn a_later_format_says_so() {
    let key = SigningKey::generate().unwrap();
    let mut later = bundle(1, &key);
    later[7] = 3;
    assert_eq!(Catalog::from_bytes(&later).unwrap_err(), CatalogError::NewerFormat { found: 3, newest: 2 });
    assert_eq!(Catalog::from_bytes(b"{\"items\":[]}").unwrap_err(), CatalogError::NotABundle);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Unsigned bytes never get this far on a device; the tools open them, and must not fall over.
    #[test]
    fn changed_bundles_never_panic(changes in proptest::collection::vec((0usize..30_000, proptest::num::u8::ANY), 1..30)) {
        static GOOD: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = GOOD.get_or_init(|| bundle(1, &SigningKey::generate().unwrap())).clone();
        let length = bytes.len();
        for (place, byte) in changes {
            bytes[place % length] = byte;
        }
        crate::catalog::fuzzing::bundle(&bytes);
    }

    #[test]
    fn changed_sections_never_panic(place in 0u8..60, encoding in 0u8..5, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), head in 0u32..400, bits in 0u8..60) {
        let head = [&[bits, 0, 0, 0][..], &head.to_le_bytes()].concat();
        for stored in [bytes.clone(), [head, bytes].concat()] {
            crate::catalog::fuzzing::section(&[&[place, encoding][..], &stored].concat());
        }
    }
}
