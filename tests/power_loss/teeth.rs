//! The harness has teeth: what it holds to be broken is broken on purpose, in the disk and not in the library, and each
//! time it notices.

use std::sync::LazyLock;

use sottovoce::consent::{Choice, Purpose};
use sottovoce::profile::EventName;

use super::attacker::Attacker;
use super::checks::Promise;
use super::deeds::{Deed, Outcome};
use super::life::{Deeds, Life, live};
use super::model::Rules;
use super::replay::visit;
use super::world::ITEMS;

/// A short life that has something of everything.
static LIFE: LazyLock<Life> = LazyLock::new(|| {
    let track = |number| Deed::Track { name: EventName::Search, number, item: ITEMS[number as usize % 3] };
    let deeds = [
        Deed::Open,
        Deed::Install(1),
        Deed::AcceptAll,
        Deed::Prefer(1),
        track(2),
        Deed::Keep,
        Deed::Maintain { network: true },
        track(3),
        Deed::Keep,
        Deed::Install(2),
        Deed::Answer(vec![(Purpose::Offers, Choice::Refuse)]),
        Deed::Withdraw(vec![Purpose::History]),
        Deed::Prefer(4),
        Deed::AcceptAll,
        track(5),
        Deed::Prefer(6),
    ];
    let life = live(7, Deeds::These(&deeds));
    assert!(life.steps.iter().all(|step| step.outcome != Outcome::Refused));
    life
});

fn bites(rules: Rules, promises: &[Promise]) {
    let tally = visit(&LIFE, rules, 2_000, promises);
    for promise in promises {
        assert!(tally.times(*promise) > 0, "{promise:?} is not broken: {}", tally.line(0));
    }
}

#[test]
fn a_fair_disk_keeps_every_promise() {
    let tally = visit(&LIFE, Rules::FAIR, 400, &[]);
    assert!(tally.is_good(), "{}", tally.told());
}

#[test]
fn a_database_that_is_not_synced() {
    let syncs = |path: &str| !path.ends_with(".vault") && !path.ends_with(".vault-wal");
    bites(
        Rules { syncs, ..Rules::FAIR },
        &[Promise::Yes, Promise::Refund, Promise::Preferences, Promise::Events, Promise::Receipts],
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
        let life = live(seed, Deeds::Drawn(super::DEEDS));
        let last = life.steps.last().unwrap();
        let there = last.after.kept();
        let read = Attacker::default().canaries(&life.left);
        assert!(there.is_subset(&read), "seed {seed}: {there:?} is kept and only {read:?} can be read");
        kept += there.len();
    }
    assert!(kept > 10, "only {kept} things are kept");
}
