//! Products and their variants: what the feed groups, and what an id names.

use crate::catalog::format::Column;
use crate::catalog::format::section::Encoding;
use crate::catalog::operator::build::Pieces;
use crate::catalog::tests::*;

const GROUPS: [&str; 3] = ["socks", "", "socks"];

fn pieces() -> Pieces {
    let mut items = items();
    for (item, group) in items.iter_mut().zip(GROUPS) {
        item.item_group_id = Some(group.to_owned()).filter(|group| !group.is_empty());
    }
    items[4].item_group_id = Some("pills".into());
    items[3].sensitive_tags = vec![SensitiveTag::Health];
    let bundle = build_bundle(&items, &artefacts(), &header(1), &SigningKey::generate().unwrap()).unwrap();
    Pieces::of(&bundle).unwrap()
}

fn variants(catalog: &Catalog, ix: u32) -> Vec<u32> {
    catalog.variants(ix).collect()
}

fn holds(catalog: &Catalog) {
    assert_eq!([0, 1, 2, 3, 4, 5].map(|ix| catalog.product_of(ix)), [0, 1, 0, 3, 3, 5]);
    for ix in [0, 2] {
        assert_eq!((variants(catalog, ix), catalog.product_id(ix)), (vec![0, 2], "socks"));
    }
    assert_eq!((variants(catalog, 1), catalog.product_id(1)), (vec![1], "sock-1"));
    assert!(variants(catalog, 5).is_empty(), "there is none");
    assert_eq!(catalog.named("socks"), Some(Named::Product(0)));
    assert_eq!(catalog.named("sock-1"), Some(Named::Item(1)));
    assert_eq!(catalog.named("sock"), None);
    assert_eq!(
        (variants(catalog, 4), catalog.product_id(4)),
        (vec![3, 4], "pills"),
        "an item names the product"
    );
    assert_eq!(catalog.named("pills"), Some(Named::Item(3)));
    assert_eq!(catalog.sensitive_of(Named::Product(0)), catalog.sensitive(2));
}

#[test]
fn a_product_is_what_the_feed_groups() {
    holds(&pieces().verified().unwrap());
}

#[test]
fn a_bundle_that_does_not_tell_its_products_has_them_all_the_same() {
    let mut pieces = pieces();
    pieces.sections.retain(|(section, _)| section.id < Column::FirstVariant as u16);
    holds(&pieces.verified().unwrap());
}

#[test]
fn variants_that_lead_nowhere_are_refused() {
    let cells = |cells: &[u32]| cells.iter().flat_map(|cell| cell.to_le_bytes()).collect::<Vec<u8>>();
    let refused = |column, with: &[u32]| {
        let mut pieces = pieces();
        pieces.set(column, Encoding::Raw, cells(with));
        let CatalogError::Damaged { what } = pieces.verified().unwrap_err() else { panic!("{column:?}") };
        what
    };
    for firsts in [[0, 0, 2, 0, 5], [1, 0, 2, 0, 1], [0, 0, 1, 0, 1], [0, 0, 2, 1, 1]] {
        assert_eq!(refused(Column::FirstVariant, &firsts), "the variants");
    }
    for next in [[0, 0, 0, 1, 0], [2, 0, 0, 1, 1], [3, 0, 0, 1, 0], [1, 0, 0, 1, 0]] {
        assert_eq!(refused(Column::NextVariant, &next), "the variants");
    }
    assert_eq!(refused(Column::ProductOrder, &[0, 3]), "the variants", "not in order");
    assert_eq!(refused(Column::ProductOrder, &[2]), "the variants", "not a first one");
    assert_eq!(refused(Column::ProductOrder, &[5]), "a pointer out of range");
    let mut without = pieces();
    without.sections.retain(|(section, _)| section.id != Column::NextVariant as u16);
    assert_eq!(without.verified().unwrap_err(), CatalogError::Damaged { what: "a column" });
}
