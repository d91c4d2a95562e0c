//! A format that grows: what later libraries add, and what the shop signed though it does not hold together.

use crate::base::signed::sha256;
use crate::catalog::format::gaps::encode;
use crate::catalog::format::section::{Encoding, Section};
use crate::catalog::format::{Column, FORMAT, Manifest};
use crate::catalog::operator::build::Pieces;
use crate::catalog::tests::*;

impl Pieces {
    pub(super) fn new() -> Self {
        Self::of(&bundle(1, &SigningKey::generate().unwrap())).unwrap()
    }

    fn add(&mut self, id: u16, required: bool, encoding: u8, bytes: Vec<u8>) {
        let section = Section { id, required, encoding, offset: 0, bytes: 0, hash: [0; 32] };
        self.sections.push((section, bytes));
    }

    fn has(&self, column: Column) -> bool {
        self.sections.iter().any(|(section, _)| section.id == column as u16)
    }

    fn column(&mut self, column: Column) -> &mut (Section, Vec<u8>) {
        self.sections.iter_mut().find(|(section, _)| section.id == column as u16).unwrap()
    }

    pub(super) fn set(&mut self, column: Column, encoding: Encoding, bytes: Vec<u8>) {
        let (section, old) = self.column(column);
        (section.encoding, *old) = (encoding as u8, bytes);
    }

    /// The items of every word as gaps.
    fn gaps(&self) -> Vec<u8> {
        let catalog = self.verified().unwrap();
        let items: Vec<_> = (0..catalog.manifest.tokens).map(|token| catalog.holders(token)).collect();
        encode(&items.iter().map(|items| &**items).collect::<Vec<_>>()).unwrap()
    }

    /// What a device says to them.
    pub(super) fn verified(&self) -> Result<Catalog, CatalogError> {
        let key = SigningKey::generate().unwrap();
        Catalog::verify(&self.bundle(&key)?, &[key.public_key()])
    }
}

const NEWER: CatalogError = CatalogError::NewerFormat { found: FORMAT + 1, newest: FORMAT };

#[test]
fn what_may_be_skipped_is_skipped_and_what_must_be_known_is_refused() {
    let mut pieces = Pieces::new();
    pieces.add(999, false, 0, vec![7; 1000]);
    pieces.add(1000, false, 200, vec![8; 3]);
    let catalog = pieces.verified().unwrap();
    assert_eq!((catalog.len(), catalog.title(4)), (5, "Green tea"));
    pieces.add(1001, true, 0, Vec::new());
    assert_eq!(pieces.verified().unwrap_err(), NEWER, "this library writes nothing that it would refuse");
}

#[test]
fn a_required_section_of_a_later_library_says_update_the_app() {
    let section =
        |required| Section { id: 1001, required, encoding: 0, offset: 0, bytes: 0, hash: sha256(&[]) };
    let manifest =
        |section: Section| postcard::to_allocvec(&(Manifest::default(), vec![section], "more")).unwrap();
    let parsed = |section: Section, current| Manifest::parse(&manifest(section), FORMAT, current).map(|_| ());
    assert_eq!(parsed(section(false), 9), Ok(()));
    assert_eq!(parsed(section(true), 9), Err(CatalogError::NewerFormat { found: 9, newest: FORMAT }));
    assert_eq!(parsed(section(true), FORMAT), Err(NEWER), "whatever its number says");
    let odd = |required| Section { id: Column::Price as u16, encoding: 99, ..section(required) };
    assert_eq!((parsed(odd(true), FORMAT), parsed(odd(false), FORMAT)), (Err(NEWER), Ok(())));
    assert!(NEWER.to_string().ends_with("update the app"), "{NEWER}");
}

#[test]
fn any_encoding_of_a_column_reads_the_same() {
    let raw = |catalog: &Catalog, column| catalog.bytes(column).to_vec();
    let mut pieces = Pieces::new();
    let catalog = pieces.verified().unwrap();
    let present = Pieces::new();
    for column in Column::ALL.iter().filter(|column| present.has(**column)) {
        if !column.is_texts() && !column.rows_of_texts() && *column != Column::Price {
            let cells = match column.width() {
                1 => raw(&catalog, *column),
                2 => catalog.cells::<u16>(*column).iter().flat_map(|cell| cell.to_le_bytes()).collect(),
                _ => catalog.cells::<u32>(*column).iter().flat_map(|cell| cell.to_le_bytes()).collect(),
            };
            if column.width() != 8 {
                pieces.set(*column, Encoding::Raw, cells);
            }
        }
    }
    pieces.set(Column::Postings, Encoding::Gaps, pieces.gaps());
    let again = pieces.verified().unwrap();
    assert_eq!(again.cells::<u32>(Column::Postings), catalog.cells::<u32>(Column::Postings));
    for ix in 0..6 {
        assert_eq!(again.item(ix), catalog.item(ix));
        assert_eq!(
            (again.tags(ix), again.items_with_tag(ix)),
            (catalog.tags(ix), catalog.items_with_tag(ix))
        );
        assert!(again.neighbours(ix).eq(catalog.neighbours(ix)));
    }
    assert_eq!(again.search("wool socks", 9), catalog.search("wool socks", 9));
}

#[test]
fn what_does_not_hold_together_is_refused_though_it_is_signed() {
    let refused = |column: Column, encoding, bytes: &[u8]| {
        let mut pieces = Pieces::new();
        pieces.set(column, encoding, bytes.to_vec());
        let CatalogError::Damaged { what } = pieces.verified().unwrap_err() else { panic!("{column:?}") };
        what
    };
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let count = Pieces::new().verified().unwrap().cells::<u32>(Column::Postings).len();
    assert_eq!(refused(Column::Postings, Encoding::Raw, &numbers(&vec![5; count])), "a pointer out of range");
    assert_eq!(refused(Column::Postings, Encoding::Raw, &numbers(&[1])), "column rows");
    assert_eq!(refused(Column::ByPopularity, Encoding::Raw, &numbers(&[0, 1, 2, 3])), "a column");
    assert_eq!(refused(Column::ByPopularity, Encoding::Raw, &numbers(&[0, 1, 2, 3, 3])), "an order");
    assert_eq!(refused(Column::ByPopularity, Encoding::Packed, &[0; 32]), "a column");
    assert_eq!(refused(Column::ItemTagRows, Encoding::Differences, &[0; 31]), "a column");
    assert_eq!(refused(Column::Brand, Encoding::Texts, &[0; 12]), "a column");
    assert_eq!(refused(Column::Popularity, Encoding::Raw, &numbers(&[f32::NAN.to_bits(); 5])), "a number");
    assert_eq!(refused(Column::TitleBytes, Encoding::Raw, b"no rows"), "a column");
    assert_eq!(refused(Column::Postings, Encoding::Gaps, &[0; 48]), "a column");
    assert_eq!(refused(Column::Price, Encoding::Gaps, &[0; 48]), "a column", "it has no runs");
    let mut postings = Pieces::new().gaps();
    postings[..4].copy_from_slice(&1u32.to_le_bytes());
    assert_eq!(refused(Column::Postings, Encoding::Gaps, &postings), "a column", "numbers above the limit");
    let (_, titles) = Pieces::new().column(Column::TitleBytes).clone();
    for place in 0..titles.len() {
        let mut bad = titles.clone();
        bad[place] ^= 0x80;
        let mut pieces = Pieces::new();
        pieces.set(Column::TitleBytes, Encoding::Texts, bad);
        let _ = pieces.verified().map(|catalog| catalog.item(0));
    }
    let mut without = Pieces::new();
    without.sections.retain(|(section, _)| section.id != Column::Price as u16);
    assert_eq!(without.verified().unwrap_err(), CatalogError::Damaged { what: "a column" });
}

#[test]
fn no_more_is_reserved_than_the_body_can_speak_for() {
    let manifest = |items| {
        let manifest = Manifest { items, ..Manifest::default() };
        let section = Section { id: 999, required: false, encoding: 0, offset: 0, bytes: 100, hash: [0; 32] };
        Manifest::parse(&postcard::to_allocvec(&(manifest, vec![section])).unwrap(), FORMAT, FORMAT)
            .map(|_| ())
    };
    assert_eq!(manifest(100), Ok(()));
    assert_eq!(manifest(101), Err(CatalogError::Damaged { what: "manifest" }));
    let claims = [[0, 0, 0, 0, 255, 255, 255, 255].as_slice(), &[0; 24]].concat();
    let mut pieces = Pieces::new();
    pieces.set(Column::Postings, Encoding::Packed, claims);
    assert_eq!(pieces.verified().unwrap_err(), CatalogError::Damaged { what: "a column" });
}

#[test]
fn a_list_of_items_without_one_of_its_columns_is_damaged_and_without_all_is_older() {
    let list = [Column::RidgeRows, Column::Ridge, Column::RidgeWeights, Column::RidgeScale];
    let without = |gone: &[Column]| {
        let mut pieces = Pieces::new();
        pieces.sections.retain(|(section, _)| gone.iter().all(|column| section.id != *column as u16));
        pieces.verified().map(|catalog| catalog.ridge(0).count())
    };
    assert_eq!(without(&list), Ok(0));
    for column in list {
        let refused = without(&[column]);
        assert!(matches!(refused, Err(CatalogError::Damaged { .. })), "{column:?}: {refused:?}");
    }
}
