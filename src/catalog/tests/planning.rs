//! The plan in a bundle: read as it was written, skipped where it is newer, refused where it is none.

use crate::base::limits::PLAN;
use crate::catalog::Plan;
use crate::catalog::format::Column;
use crate::catalog::format::section::{Encoding, Section};
use crate::catalog::format::texts::compress;
use crate::catalog::model::plan::{Layout, Placement, PlacementRule, PlanText, SlotContent};
use crate::catalog::operator::build::Pieces;
use crate::catalog::tests::*;

/// What a device says to a bundle with this text as its plan.
fn installed(text: &str) -> Result<Catalog, CatalogError> {
    let mut pieces = Pieces::new();
    let section = Section {
        id: Column::PlanBytes as u16,
        required: false,
        encoding: Encoding::Texts as u8,
        offset: 0,
        bytes: 0,
        hash: [0; 32],
    };
    pieces.sections.push((section, compress(&[text]).unwrap()));
    pieces.verified()
}

#[test]
fn what_is_signed_is_read_and_a_bundle_without_has_an_empty_one() {
    let rule = PlacementRule { id: "first".into(), placement: Placement::Bury, ..PlacementRule::default() };
    let plan = Plan { format: 1, pinned_percent: 20, rules: vec![rule], ..Plan::default() };
    let key = SigningKey::generate().unwrap();
    let with = BundleHeader { plan: Some(plan.clone()), ..header(1) };
    let bundle = build_bundle(&items(), &Artefacts::untrained(items().len()), &with, &key).unwrap();
    assert_eq!(*Catalog::from_bytes(&bundle).unwrap().plan(), plan);
    assert_eq!(*Pieces::new().verified().unwrap().plan(), Plan::default());
}

#[test]
fn what_a_later_version_added_is_skipped() {
    let catalog = installed(
        r#"{"format": 1, "quests": [1], "rules": [{"id": "r", "do": "levitate", "moon": 7}],
            "layouts": [{"id": "home", "slots": [{"id": "a", "kind": "hologram"}, {"id": "b", "kind": "story"}]}]}"#,
    );
    let plan = catalog.unwrap().plan().clone();
    assert_eq!(plan.rules[0].placement, Placement::Unknown);
    let [Layout { slots, .. }] = &plan.layouts[..] else { panic!("{plan:?}") };
    assert_eq!((slots[0].kind, slots[1].kind), (SlotContent::Unknown, SlotContent::Story));
    let later = installed(r#"{"format": 4, "rules": [{"id": "r"}]}"#).unwrap();
    assert_eq!(*later.plan(), Plan::default(), "a plan of a later format is as good as none");
}

#[test]
fn what_is_no_plan_is_refused_whoever_signed_it() {
    let damaged = CatalogError::Damaged { what: "the plan" };
    for text in ["", "{}", "[]", "{\"format\": 0}", "{\"format\": 1, \"rules\": {}}", "{\"format\": 1"] {
        assert_eq!(installed(text).unwrap_err(), damaged, "{text}");
    }
    let deep = format!("{{\"format\": 1, \"x\": {}", "[".repeat(100_000));
    assert_eq!(installed(&deep).unwrap_err(), damaged);
    let long = format!("{{\"format\": 1}}{}", " ".repeat(PLAN.most));
    assert!(matches!(installed(&long), Err(CatalogError::TooLarge { what: "the plan", .. })));
}

#[test]
fn a_text_is_in_the_language_of_the_user_or_in_english_or_in_any() {
    let text = |texts: &[(&str, &str)]| {
        PlanText(texts.iter().map(|(language, text)| ((*language).to_owned(), (*text).to_owned())).collect())
    };
    let both = text(&[("de", "Hallo"), ("en", "Hello")]);
    assert_eq!(
        ["de-AT", "DE", "en-GB", "fr"].map(|locale| both.of(locale)),
        ["Hallo", "Hallo", "Hello", "Hello"]
    );
    let formal = text(&[("de", "Hallo"), ("de-x-formal", "Guten Tag")]);
    assert_eq!(["de-AT-x-formal", "de"].map(|locale| formal.of(locale)), ["Guten Tag", "Hallo"]);
    assert_eq!(both.of("de-x-formal"), both.of("de"));
    let shared = |texts: &[&PlanText], locale: &str| PlanText::shared(texts, locale).map(str::to_owned);
    assert_eq!(shared(&[&formal, &both], "de-x-formal").as_deref(), Some("de"), "one language for all");
    assert_eq!(shared(&[&both, &text(&[("en", "Bye"), ("fr", "Adieu")])], "fr").as_deref(), Some("en"));
    assert_eq!(shared(&[&text(&[("fr", "Salut")]), &text(&[("de", "Hallo")])], "de"), None);
    assert_eq!((text(&[("fr", "Salut")]).of("de"), text(&[]).of("de")), ("Salut".into(), String::new()));
}
