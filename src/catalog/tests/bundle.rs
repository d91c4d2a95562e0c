//! Built, installed, read back.

use std::fs;

use crate::catalog::tests::*;

fn catalog() -> Catalog {
    Catalog::from_bytes(&bundle(1, &SigningKey::generate().unwrap())).unwrap()
}

#[test]
fn everything_is_read_back() {
    let catalog = catalog();
    assert_eq!(
        (catalog.len(), catalog.version(), catalog.store_id(), catalog.created_ms()),
        (5, 1, "shop", 900_000)
    );
    for (ix, item) in items().iter().enumerate() {
        let ix = ix as u32;
        assert_eq!(catalog.index_of(&item.id), Some(ix));
        assert_eq!(catalog.item_id(ix), item.id);
        assert_eq!(catalog.title(ix), item.title);
        assert_eq!(catalog.availability(ix), item.availability);
        assert_eq!(catalog.regular_price(ix), item.price);
        let shown = catalog.item(ix).unwrap();
        assert_eq!(
            (&shown.brand, &shown.link, &shown.category),
            (&item.brand, &item.link, &item.google_product_category)
        );
    }
    assert_eq!(catalog.index_of("sock"), None);
    let near: Vec<_> = catalog.neighbours(0).collect();
    assert_eq!((near[0].0, near[1].0), (1, 2));
    assert!((near[0].1 - 0.5).abs() < 1e-3 && (near[1].1 - 0.25).abs() < 1e-2);
    assert_eq!(catalog.embedding(1), [7; 64]);
    assert_eq!(catalog.embeddings().len(), 5 * 64);
    assert_eq!(catalog.by_popularity(), [1, 2, 0, 4, 3]);
    assert_eq!((catalog.is_cold(0), catalog.is_cold(1), catalog.repurchase_days(4)), (false, true, 30.0));
    assert_eq!(catalog.weights(), &artefacts().weights);
    assert_eq!(catalog.experiments(), header(1).experiments);
    assert!((catalog.log_price(4).unwrap() - 1200f32.ln()).abs() < 1e-5, "yen have no minor unit");
    assert!((catalog.log_price(2).unwrap() - 24.5f32.ln()).abs() < 1e-5);
}

#[test]
fn the_reduced_price_holds_in_its_period_only() {
    let catalog = catalog();
    let at = |now| catalog.price_at(0, now).unwrap().minor;
    assert_eq!([at(599_999), at(600_000), at(1_199_999), at(1_200_000)], [1299, 999, 999, 1299]);
    assert_eq!(catalog.price(0), euros(999), "as when the bundle was built");
    assert_eq!(catalog.item(0).unwrap().sale_price_effective_date, items()[0].sale_price_effective_date);
}

#[test]
fn tags_lead_to_items_and_back() {
    let catalog = catalog();
    for ix in 0..5 {
        for tag in catalog.tags(ix) {
            assert!(catalog.items_with_tag(*tag).contains(&ix));
            let Tag { kind, name } = catalog.tag(*tag).unwrap();
            assert_eq!(catalog.find_tag(kind, &name.to_uppercase()), Some(*tag));
        }
    }
    let clothing = catalog.find_tag(TagKind::Category, "apparel & accessories > clothing").unwrap();
    assert_eq!(catalog.items_with_tag(clothing), [0, 1]);
    assert_eq!(catalog.tag(catalog.category(0).unwrap()).unwrap().leaf(), "Socks");
    assert_eq!(catalog.find_tag(TagKind::Brand, "Nobody"), None);
}

#[test]
fn sensitive_by_tag_and_by_category() {
    let catalog = catalog();
    assert!(catalog.sensitive(2).contains(SensitiveTag::Religion));
    assert!(catalog.sensitive(3).contains(SensitiveTag::Health), "the taxonomy knows medicine");
    assert!(catalog.sensitive(0).is_empty());
}

#[test]
fn every_number_is_answered() {
    for catalog in [catalog(), Catalog::empty("shop").unwrap()] {
        for ix in [500, u32::MAX - 1, u32::MAX] {
            assert_eq!((catalog.item_id(ix), catalog.title(ix), catalog.price(ix)), ("", "", None));
            assert_eq!((catalog.item(ix), catalog.brand(ix), catalog.category(ix)), (None, None, None));
            assert_eq!(catalog.availability(ix), Availability::OutOfStock);
            assert!(catalog.neighbours(ix).next().is_none() && catalog.embedding(ix).is_empty());
            assert!(
                catalog.tags(ix).is_empty()
                    && catalog.items_with_tag(ix).is_empty()
                    && catalog.tag(ix).is_none()
            );
            assert_eq!(
                (catalog.popularity(ix), catalog.log_price(ix), catalog.is_cold(ix)),
                (0.0, None, true)
            );
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let key = SigningKey::generate().unwrap();
    assert_eq!(bundle(1, &key), bundle(1, &key));
}

#[test]
fn a_bundle_is_installed_once_and_repaired_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::generate().unwrap();
    let keys = ShopKeys::new("shop", key.public_key(), None);
    let trust = Trust::new(&keys, 0);
    assert_eq!(Catalog::open(dir.path()).unwrap_err(), CatalogError::NotInstalled);
    let first = Catalog::install(dir.path(), &mut &bundle(1, &key)[..], &trust).unwrap();
    let written = fs::metadata(Catalog::path(dir.path())).unwrap().modified().unwrap();
    let again = Catalog::install(dir.path(), &mut &bundle(1, &key)[..], &trust).unwrap();
    assert_eq!(first.hash(), again.hash());
    assert_eq!(fs::metadata(Catalog::path(dir.path())).unwrap().modified().unwrap(), written);

    let second = Catalog::install(dir.path(), &mut &bundle(2, &key)[..], &trust).unwrap();
    assert_eq!((first.version(), second.version()), (1, 2), "who holds the old one keeps reading it");
    assert_eq!(first.title(0), "Wool hiking socks");

    let mut broken = fs::read(Catalog::path(dir.path())).unwrap();
    *broken.last_mut().unwrap() ^= 1;
    fs::remove_file(Catalog::path(dir.path())).unwrap();
    fs::write(Catalog::path(dir.path()), &broken).unwrap();
    Catalog::install(dir.path(), &mut &bundle(2, &key)[..], &trust).unwrap();
    assert_eq!(fs::read(Catalog::path(dir.path())).unwrap(), bundle(2, &key));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn what_a_killed_install_left_behind_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::generate().unwrap();
    let keys = ShopKeys::new("shop", key.public_key(), None);
    let trust = Trust::new(&keys, 0);
    Catalog::install(dir.path(), &mut &bundle(1, &key)[..], &trust).unwrap();
    let half = bundle(2, &key);
    fs::write(dir.path().join("catalog.svb.incoming"), &half[..half.len() / 2]).unwrap();
    assert_eq!(Catalog::open(dir.path()).unwrap().version(), 1);
    let second = Catalog::install(dir.path(), &mut &half[..], &trust).unwrap();
    assert_eq!((second.version(), fs::read_dir(dir.path()).unwrap().count()), (2, 1));
}

#[test]
fn pieces_that_do_not_fit_are_refused() {
    let key = SigningKey::generate().unwrap();
    let build = |items: &[Item], artefacts: &Artefacts| build_bundle(items, artefacts, &header(1), &key);
    let refused =
        |result: Result<Vec<u8>, CatalogError>| assert!(matches!(result, Err(CatalogError::Build { .. })));
    refused(build(&items()[..4], &artefacts()));
    let mut twice = items();
    twice[1].id = "sock-9".into();
    refused(build(&twice, &artefacts()));
    let mut astray = artefacts();
    astray.neighbours[0][0].0 = 5;
    refused(build(&items(), &astray));
    let mut odd = artefacts();
    odd.popularity[0] = f32::NAN;
    refused(build(&items(), &odd));
    assert_eq!(Catalog::from_bytes(&build(&[], &Artefacts::untrained(0)).unwrap()).unwrap().len(), 0);
}
