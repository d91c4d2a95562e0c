//! Another key in the place of the shop's: who may name it, what it changes, and what no older copy brings back.

use std::sync::Arc;

use crate::base::limits::KEY_CHANGES;
use crate::catalog::format::successor::file;
use crate::catalog::import::ImportOptions;
use crate::catalog::tests::*;

/// A device, the keys of its shop, and those of a thief.
struct Home {
    dir: tempfile::TempDir,
    app: SigningKey,
    next: SigningKey,
    third: SigningKey,
    recovery: SigningKey,
}

fn change(
    before: Option<&[u8]>,
    by: &SigningKey,
    next: &SigningKey,
    revoked: &[&SigningKey],
    is_recovery: bool,
) -> Result<Vec<u8>, CatalogError> {
    let revoked = revoked.iter().map(|key| key.public_key()).collect();
    let change = KeyChange { store_id: "shop".into(), created_ms: 1_000, next: next.public_key(), revoked };
    change_key(before, &change, by, is_recovery)
}

impl Home {
    fn new() -> Self {
        let [app, next, third, recovery] = std::array::from_fn(|_| SigningKey::generate().unwrap());
        Self { dir: tempfile::tempdir().unwrap(), app, next, third, recovery }
    }

    /// The keys as the app has them.
    fn keys(&self) -> ShopKeys {
        ShopKeys::new("shop", self.app.public_key(), Some(self.recovery.public_key()))
    }

    fn install(&self, bytes: &[u8]) -> Result<u64, CatalogError> {
        let keys = self.keys();
        Catalog::install(self.dir.path(), &mut &*bytes, &Trust::new(&keys, 0))
            .map(|catalog| catalog.version())
    }

    fn open(&self) -> Result<Arc<Catalog>, CatalogError> {
        let keys = self.keys();
        Catalog::open_trusted(self.dir.path(), &Trust::new(&keys, 0))
    }

    /// Whether a bundle of this key would come in.
    fn takes(&self, key: &SigningKey, version: u64) -> bool {
        match self.install(&bundle(version, key)) {
            Ok(_) => true,
            Err(CatalogError::BadSignature) => false,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_key_that_the_old_one_names_signs_from_then_on() {
    let home = Home::new();
    home.install(&bundle(1, &home.app)).unwrap();
    assert!(!home.takes(&home.next, 2), "nobody named it yet");
    let list = change(None, &home.app, &home.next, &[], false).unwrap();
    assert_eq!(home.install(&list), Ok(1), "what is installed stays");
    assert!(!home.takes(&home.app, 2), "the old key signs no more");
    assert!(home.takes(&home.next, 2) && home.open().unwrap().version() == 2);
    let longer = change(Some(&list), &home.next, &home.third, &[], false).unwrap();
    home.install(&longer).unwrap();
    assert_eq!(home.install(&list), Ok(2), "an older list is no way back");
    let other = change(None, &home.app, &home.recovery, &[], false).unwrap();
    assert_eq!(home.install(&other), Ok(2), "nor does the old key name another one");
    assert!(!home.takes(&home.next, 3) && home.takes(&home.third, 3));
    let newer = ShopKeys::new("shop", home.next.public_key(), None).with_stored(home.dir.path());
    assert_eq!(
        *newer.current(),
        home.third.public_key(),
        "an app that was released between them goes on from there"
    );
}

#[test]
fn what_others_say_about_keys_changes_nothing() {
    let home = Home::new();
    let stranger = SigningKey::generate().unwrap();
    home.install(&bundle(1, &home.app)).unwrap();
    let good = change(None, &home.app, &home.next, &[], false).unwrap();
    let said = |by: &SigningKey, is_recovery| change(None, by, &home.next, &[], is_recovery).unwrap();
    let foreign = KeyChange {
        store_id: "other".into(),
        created_ms: 0,
        next: home.next.public_key(),
        revoked: Vec::new(),
    };
    let foreign = change_key(None, &foreign, &home.app, false).unwrap();
    // The old key cannot say that it speaks for the recovery key.
    for list in
        [said(&stranger, false), said(&stranger, true), said(&home.app, true), foreign, file(&[]).unwrap()]
    {
        assert_eq!(home.install(&list), Ok(1));
        assert!(!home.takes(&home.next, 2));
    }
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        let _ = home.install(&bad);
        let _ = home.install(&good[..place]);
    }
    assert!(!home.takes(&home.next, 2) && !home.dir.path().join("catalog.svk").exists());
    let long = [&good[..], &vec![0; KEY_CHANGES.most - good.len()]].concat();
    let too_long = home.install(&[&long[..], &[0]].concat());
    assert!(matches!(too_long, Err(CatalogError::TooLarge { .. })), "{too_long:?}");
    assert_eq!(home.install(&long), Ok(1), "what a later library adds is skipped");
    assert!(home.takes(&home.next, 2));
}

#[test]
fn the_recovery_key_takes_everything_from_a_stolen_one() {
    let home = Home::new();
    let thief = SigningKey::generate().unwrap();
    home.install(&change(None, &home.app, &thief, &[], false).unwrap()).unwrap_err();
    assert_eq!(home.install(&bundle(u64::MAX, &thief)), Ok(u64::MAX));
    let list = change(None, &home.recovery, &home.next, &[&home.app], true).unwrap();
    assert_eq!(home.install(&list), Err(CatalogError::Revoked), "what the thief signed is not used");
    assert_eq!(home.open().unwrap_err(), CatalogError::Revoked);
    assert_eq!(Catalog::open(home.dir.path()).unwrap().version(), u64::MAX, "it is there still");
    assert!(!home.takes(&thief, u64::MAX) && !home.takes(&home.app, 3));
    let keys = home.keys();
    let seen = Trust { newest_seen: u64::MAX, ..Trust::new(&keys, 0) };
    let mended = Catalog::install(home.dir.path(), &mut &bundle(3, &home.next)[..], &seen).unwrap();
    assert_eq!(mended.version(), 3, "the thief's versions are no measure");
    assert_eq!(home.open().unwrap().version(), 3);
    let again = change(None, &home.app, &thief, &[], false).unwrap();
    assert_eq!(home.install(&again), Ok(3), "the stolen key says nothing any more");
    let old = change(None, &home.recovery, &home.app, &[], true).unwrap();
    assert_eq!(home.install(&old), Ok(3), "an older word of the recovery key is no way back");
    assert!(home.takes(&home.next, 4) && !home.takes(&home.app, 5));
    let third = change(Some(&list), &home.next, &home.third, &[], false).unwrap();
    home.install(&third).unwrap();
    assert!(home.takes(&home.third, 5), "the new key can name the next");
    let stored = home.keys().with_stored(home.dir.path()).bytes().unwrap();
    assert_eq!(stored, third);
}

#[test]
fn what_is_remembered_elsewhere_outlives_the_folder() {
    let home = Home::new();
    home.install(&bundle(1, &home.app)).unwrap();
    let mut remembered = home.keys();
    let list = change(None, &home.recovery, &home.next, &[&home.app], true).unwrap();
    assert_eq!(remembered.follow(&list), Ok(true));
    let trust = Trust::new(&remembered, 0);
    let old = Catalog::open_trusted(home.dir.path(), &trust).map(|_| ());
    assert_eq!(old, Err(CatalogError::Revoked), "an old copy of the folder does not revive the key");
    let refused = Catalog::install(home.dir.path(), &mut &bundle(2, &home.app)[..], &trust).map(|_| ());
    assert_eq!(refused, Err(CatalogError::BadSignature));
    let patch = PatchHeader { number: 1, created_ms: 0, expires_ms: 1_000 };
    let base = Catalog::from_bytes(&bundle(1, &home.app)).unwrap();
    let patch =
        build_patch(&base, &b"id,price\ntea,1000 JPY\n"[..], &ImportOptions::default(), &patch, &home.next);
    let patched = Catalog::install(home.dir.path(), &mut &patch.unwrap().bytes[..], &trust).map(|_| ());
    assert_eq!(patched, Err(CatalogError::Revoked), "nothing is laid over it");
    let anew = signed_anew(bundle(1, &home.app), &[home.app.public_key()], &home.next).unwrap();
    assert_eq!(Catalog::install(home.dir.path(), &mut &anew[..], &trust).unwrap().hash(), base.hash());
    assert!(
        Catalog::open_trusted(home.dir.path(), &trust).is_ok(),
        "the same under the new signature counts"
    );
}

#[test]
fn a_patch_of_a_revoked_key_has_no_force_on_a_bundle_that_stays() {
    let home = Home::new();
    home.install(&bundle(1, &home.app)).unwrap();
    let planned = change(None, &home.app, &home.next, &[], false).unwrap();
    home.install(&planned).unwrap();
    let header = PatchHeader { number: 9, created_ms: 0, expires_ms: 1_000 };
    let base = Catalog::from_bytes(&bundle(1, &home.app)).unwrap();
    let feed = &b"id,price\ntea,1000 JPY\n"[..];
    let patch = build_patch(&base, feed, &ImportOptions::default(), &header, &home.next).unwrap().bytes;
    home.install(&patch).unwrap();
    assert_eq!(home.open().unwrap().price(4).unwrap().minor, 1000);
    home.install(&change(Some(&planned), &home.recovery, &home.third, &[&home.next], true).unwrap()).unwrap();
    let opened = home.open().unwrap();
    assert_eq!((opened.patch(), opened.price(4).unwrap().minor), (Some(CatalogPatch::Damaged), 1200));
    let lower = PatchHeader { number: 2, ..header };
    let patch = build_patch(&base, feed, &ImportOptions::default(), &lower, &home.third).unwrap().bytes;
    home.install(&patch).unwrap();
    assert_eq!(home.open().unwrap().price(4).unwrap().minor, 1000, "its numbers are no measure either");
}

#[test]
fn the_tool_writes_no_list_that_devices_would_not_follow() {
    let home = Home::new();
    let refused = |list: Result<Vec<u8>, CatalogError>| {
        assert!(matches!(list, Err(CatalogError::KeyChange { .. })), "{list:?}");
    };
    let list = change(None, &home.app, &home.next, &[], false).unwrap();
    refused(change(Some(&list), &home.app, &home.third, &[], false));
    refused(change(Some(&list), &home.next, &home.app, &[], false));
    refused(change(None, &home.app, &home.app, &[], false));
    refused(change(None, &home.app, &home.next, &[&home.app], false));
    refused(change(None, &home.recovery, &home.app, &[&home.app], true));
    refused(change(None, &home.recovery, &home.recovery, &[], true));
    let one = change(Some(&list), &home.recovery, &home.third, &[&home.app], true).unwrap();
    let two = change(Some(&one), &home.recovery, &home.next, &[&home.third], true).unwrap();
    let [told] = key_statements(&two).unwrap().try_into().unwrap();
    assert_eq!((told.generation, told.revoked.len(), told.by), (2, 2, home.recovery.public_key()));
    assert!(signed_anew(bundle(1, &home.third), &[home.app.public_key()], &home.next).is_err());
    let anew = signed_anew(bundle(1, &home.app), &[home.app.public_key()], &home.next).unwrap();
    assert!(Catalog::verify(&anew, &[home.next.public_key()]).is_ok());
    assert_eq!(signed_anew(anew.clone(), &[], &home.app).unwrap_err(), CatalogError::BadSignature);
}
