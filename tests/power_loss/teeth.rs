//! The harness has teeth: what it holds to be broken is broken on purpose, in the disk and not in the library, and each
//! time it notices.

use std::sync::LazyLock;

use sottovoce::sensitive::SensitiveTag;

use super::attacker::Attacker;
use super::checks::Promise;
use super::deeds::{Deed, Outcome};
use super::life::{Life, Step, live};
use super::model::Rules;
use super::replay::visit;
use super::view::Right;

static LIFE: LazyLock<Life> = LazyLock::new(|| live(0, 0));

fn bites(rules: Rules, promises: &[Promise]) {
    let tally = visit(&LIFE, rules, 2_000, promises);
    for promise in promises {
        assert!(tally.times(*promise) > 0, "{promise:?} is not broken: {}", tally.line("0"));
    }
}

#[test]
fn the_life_that_has_something_of_everything_really_has() {
    let is = |what: fn(&Step) -> bool| LIFE.steps.iter().any(what);
    assert!(LIFE.steps.iter().all(|step| step.outcome != Outcome::Refused));
    assert!(is(|s| s.before.events.len() > s.after.events.len() && matches!(s.deed, Deed::NotMe(_))));
    assert!(is(|s| s.before.events.len() > s.after.events.len() && matches!(s.deed, Deed::Withdraw(_))));
    assert!(is(|s| s.before.waiting.len() > s.after.waiting.len() && matches!(s.deed, Deed::Discard)));
    assert!(is(|s| s.before.shelf.is_some() && s.after.shelf.is_none() && matches!(s.deed, Deed::Forget)));
    assert!(is(|s| s.before.shelf.is_some() && s.after.shelf.is_some() && s.before.shelf != s.after.shelf));
    assert!(is(|s| s.after.allowed.contains(&Right::Know(SensitiveTag::Health))));
    assert!(is(
        |s| s.before.preferences.len() > s.after.preferences.len() && matches!(s.deed, Deed::EraseDataOf(_))
    ));
    assert_eq!(LIFE.sent.len(), 1);
}

#[test]
fn a_database_that_is_not_synced() {
    let syncs = |path: &str| !path.ends_with(".vault") && !path.ends_with(".vault-wal");
    bites(
        Rules { syncs, ..Rules::FAIR },
        &[Promise::Yes, Promise::Charge, Promise::Preferences, Promise::Events, Promise::Receipts],
    );
}

#[test]
fn a_log_whose_name_is_not_synced() {
    bites(Rules { syncs: |path| path != "engine/vault", ..Rules::FAIR }, &[Promise::Opens]);
}

#[test]
fn a_catalog_that_is_not_synced() {
    bites(Rules { syncs: |path| !path.starts_with("engine/catalog/"), ..Rules::FAIR }, &[Promise::Catalog]);
}

#[test]
fn a_catalog_whose_name_is_not_synced() {
    bites(Rules { syncs: |path| path != "engine/catalog", ..Rules::FAIR }, &[Promise::Catalog]);
}

#[test]
fn a_key_that_is_not_synced() {
    bites(Rules { syncs: |path| !path.starts_with("keys/"), ..Rules::FAIR }, &[Promise::Opens]);
}

#[test]
fn a_key_whose_name_is_not_synced() {
    bites(Rules { syncs: |path| path != "keys", ..Rules::FAIR }, &[Promise::Opens]);
}

#[test]
fn a_shelf_that_is_not_synced() {
    bites(Rules { syncs: |path| !path.contains(".snapshot"), ..Rules::FAIR }, &[Promise::Shelf]);
}

#[test]
fn a_shelf_whose_name_is_not_synced() {
    bites(Rules { syncs: |path| path != "shared", ..Rules::FAIR }, &[Promise::Shelf]);
}

#[test]
fn a_key_that_cannot_be_removed() {
    bites(Rules { removes: |path| !path.starts_with("keys/"), ..Rules::FAIR }, &[Promise::Copied]);
}

#[test]
fn an_early_acknowledgement() {
    let promises = [
        Promise::Opens,
        Promise::Denial,
        Promise::Yes,
        Promise::Refund,
        Promise::Answer,
        Promise::Preferences,
        Promise::Receipts,
        Promise::Erased,
        Promise::Shown,
        Promise::Events,
        Promise::Catalog,
    ];
    bites(Rules { early: true, ..Rules::FAIR }, &promises);
}

#[test]
fn the_attacker_reads_what_is_kept() {
    let mut kept = 0;
    for seed in 100..106 {
        let life = live(seed, super::DEEDS);
        let last = life.steps.last().unwrap();
        let there = last.after.kept();
        let read = Attacker::default().canaries(&life.left);
        assert!(there.is_subset(&read), "seed {seed}: {there:?} is kept and only {read:?} can be read");
        kept += there.len();
    }
    assert!(kept > 10, "only {kept} things are kept");
}
