//! The merchant's vectors: from a feed into the bundle, and what is like one.

use crate::catalog::device::vectors::steps;
use crate::catalog::format::Column;
use crate::catalog::import::{ImportOptions, read, supplement};
use crate::catalog::operator::build::Pieces;
use crate::catalog::tests::*;
use crate::surfaces::{SurfaceError, by_vector};

/// A shop of lamps whose vectors are these.
fn shop(vectors: &[&[f32]]) -> Vec<Item> {
    let lamp = |(n, vector): (usize, &&[f32])| Item {
        sv_embedding: steps(vector).unwrap_or_default(),
        ..super::item(&format!("L{n}"), "Lamp", "Brand", "Home", 100)
    };
    vectors.iter().enumerate().map(lamp).collect()
}

fn built(items: &[Item]) -> Catalog {
    let key = SigningKey::generate().unwrap();
    let bundle = build_bundle(items, &Artefacts::untrained(items.len()), &header(1), &key).unwrap();
    Catalog::from_bytes(&bundle).unwrap()
}

fn found(catalog: &Catalog, vector: &[f32], limit: u32) -> Vec<(String, f32)> {
    let matches = by_vector(catalog, vector, limit).unwrap();
    matches.into_iter().map(|found| (found.item_id, (found.likeness * 100.0).round() / 100.0)).collect()
}

#[test]
fn the_nearest_come_first_each_product_once_and_nothing_that_may_not_be_shown() {
    let mut items = shop(&[
        &[1.0, 0.0, 0.0],
        &[0.0, 2.0, 0.0],
        &[3.0, 3.0, 0.0],
        &[-1.0, 0.0, 0.0],
        &[],
        &[9.0, 1.0, 0.0],
        &[1.0, 0.1, 0.0],
        &[1.0, 0.0, 0.2],
    ]);
    items[6].availability = Availability::OutOfStock;
    items[7].sensitive_tags = vec![SensitiveTag::Health];
    let told = |id: &str, likeness: f32| (id.to_owned(), likeness);
    let catalog = built(&items);
    assert_eq!(catalog.vector_width(), 3);
    let nearest = [told("L0", 1.0), told("L5", 0.99), told("L2", 0.71)];
    assert_eq!(
        found(&catalog, &[0.5, 0.0, 0.0], 9),
        nearest,
        "others are opposite, across, out of stock or sensitive"
    );
    assert_eq!(found(&catalog, &[0.5, 0.0, 0.0], 2), nearest[..2]);
    items[0].item_group_id = Some("G".into());
    items[5].item_group_id = Some("G".into());
    assert_eq!(found(&built(&items), &[5.0, 0.0, 0.0], 9), [told("L0", 1.0), told("L2", 0.71)]);
}

#[test]
fn a_vector_that_cannot_be_meant_is_refused() {
    let catalog = built(&shop(&[&[1.0, 0.0], &[0.0, 1.0]]));
    for bad in [&[1.0][..], &[1.0, 2.0, 3.0], &[], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0]] {
        assert!(matches!(by_vector(&catalog, bad, 5), Err(SurfaceError::Argument { .. })), "{bad:?}");
    }
    for (vector, limit) in [(vec![1.0; 4097], 5), (vec![1.0; 2], 0), (vec![1.0; 2], 201)] {
        assert!(matches!(by_vector(&catalog, &vector, limit), Err(SurfaceError::OutOfBounds(_))));
    }
    let none = built(&items());
    assert_eq!(none.vector_width(), 0);
    assert!(matches!(by_vector(&none, &[1.0], 5), Err(SurfaceError::Argument { .. })));
    assert!(Catalog::empty("shop").unwrap().vector_width() == 0);
}

#[test]
fn vectors_come_in_any_spelling_and_what_is_none_costs_only_itself() {
    let options = ImportOptions::default();
    let feed = "id,title,price,sv_embedding,style_tags\n\
        a,Lamp,1 EUR,\"[0.5, -1.0, 0.25]\",style:boho\n\
        b,Lamp,1 EUR,1 2 4,\n\
        c,Lamp,1 EUR,1e-3;0;2e-3,\n\
        d,Lamp,1 EUR,,\n\
        e,Lamp,1 EUR,round,\n\
        f,Lamp,1 EUR,1 2,\n\
        g,Lamp,1 EUR,0 0 0,\n";
    let mut imported = read(feed.as_bytes(), &options).unwrap();
    let vector = |items: &[Item], at: usize| items[at].sv_embedding.clone();
    assert_eq!(vector(&imported.items, 0), [64, -127, 32]);
    assert_eq!(
        [1, 2, 3].map(|at| vector(&imported.items, at)),
        [vec![32, 64, 127], vec![64, 0, 127], vec![]]
    );
    assert_eq!(imported.items[0].tags, ["style:boho"]);
    assert_eq!((imported.report.accepted, imported.report.repaired, imported.report.rejected), (7, 3, 0));
    assert!([4, 5, 6].iter().all(|at| vector(&imported.items, *at).is_empty()));
    let more = "{\"id\":\"d\",\"sv_embedding\":[0.1,0.2,0.3]}\n{\"id\":\"e\",\"sv_embedding\":[1]}\n";
    let report = supplement(&mut imported, more.as_bytes(), &options).unwrap();
    assert_eq!((vector(&imported.items, 3), report.repaired), (vec![42, 85, 127], 1));
    let lines: String =
        imported.items.iter().map(|item| serde_json::to_string(item).unwrap() + "\n").collect();
    let again = read(lines.as_bytes(), &options).unwrap();
    assert_eq!(again.items, imported.items, "as it was printed, so it is read again");
    assert_eq!(built(&imported.items).vector_width(), 3);
    let mut odd = imported.items;
    odd[1].sv_embedding.push(1);
    let refused = build_bundle(&odd, &Artefacts::untrained(7), &header(1), &SigningKey::generate().unwrap())
        .unwrap_err();
    assert!(matches!(refused, CatalogError::Build { .. }), "{refused:?}");
}

#[test]
fn vectors_that_are_not_equally_wide_are_damage() {
    let key = SigningKey::generate().unwrap();
    let items = shop(&[&[1.0, 0.5], &[0.25, 1.0]]);
    let bundle = build_bundle(&items, &Artefacts::untrained(2), &header(1), &key).unwrap();
    let mut pieces = Pieces::of(&bundle).unwrap();
    let section = pieces.sections.iter_mut().find(|(section, _)| section.id == Column::Vectors as u16);
    section.unwrap().1.pop();
    let damaged = Catalog::from_bytes(&pieces.bundle(&key).unwrap()).unwrap_err();
    assert!(matches!(damaged, CatalogError::Damaged { .. }), "{damaged:?}");
}
