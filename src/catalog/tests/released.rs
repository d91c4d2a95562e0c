//! Bundles of every released format stay readable. The fixtures are never written again.

use crate::catalog::{Catalog, public_key};

#[test]
fn format_1() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let bytes = std::fs::read(format!("{folder}/catalog_v1.svb")).unwrap();
    let key = public_key(&std::fs::read_to_string(format!("{folder}/catalog_v1.pub")).unwrap()).unwrap();
    let catalog = Catalog::verify(&bytes, &[key]).unwrap();
    assert_eq!((catalog.store_id(), catalog.version(), catalog.len()), ("shop", 1, 5));
    assert_eq!(catalog.title(2), "Crème brûlée dishes");
    assert_eq!(catalog.price(0), crate::catalog::tests::euros(999));
    assert_eq!(catalog.neighbours(0).next().map(|(item, _)| item), Some(1));
    assert_eq!(catalog.weights(), &crate::catalog::tests::artefacts().weights);
    assert_eq!(catalog.experiments(), crate::catalog::tests::header(1).experiments);
    assert_eq!(catalog.search("creme", 1).len(), 1);
}
