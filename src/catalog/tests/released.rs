//! Bundles of every released format stay readable. The fixtures are never written again.

use crate::catalog::{Catalog, Named, public_key};

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
