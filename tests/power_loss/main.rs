//! Power loss at any moment of a life of the whole engine, over its public API: every file that it and its key store
//! write is recorded, and every state that a disk may legally be left in is opened again.
//!
//! A plain run visits 20,000 different states; the ignored test a million. The tests in `teeth` break promises on
//! purpose and show that the harness notices.
#![allow(missing_docs, reason = "a test")]
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

#[path = "../support/mod.rs"]
mod support;
#[path = "../vault_support/mod.rs"]
mod vault_support;

mod attacker;
mod checks;
mod deeds;
mod direct;
mod interpose;
mod life;
mod model;
mod onwards;
mod recorder;
mod replay;
mod tally;
mod teeth;
mod view;
mod world;

use std::ops::Range;

use life::live;
use model::{Disk, Loss, Moment, Rules};
use recorder::Op;
use replay::{put_back, visit};
use tally::Tally;
use vault_support::disk::Rng;
use vault_support::from_env;

/// Deeds of one life.
const DEEDS: usize = 24;
const LIVES: usize = 12;

/// Looks at one life after another, and prints a line for each and one for all of them.
fn add_up(seeds: Range<u64>, look: impl Fn(u64) -> Tally) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds.clone() {
        let one = look(seed);
        println!("{}", one.line(&seed.to_string()));
        tally.add(one);
        eprintln!("{} of {} lives, {} states", seed + 1 - seeds.start, seeds.end - seeds.start, tally.states);
    }
    println!("{}", tally.line(&format!("{}..{}", seeds.start, seeds.end)));
    assert!(tally.is_good(), "{:?}\n{}", tally.broken, tally.told());
    tally
}

fn visit_lives(seeds: Range<u64>, states: usize, rules: Rules) {
    let wanted = states * seeds.clone().count();
    let tally = add_up(seeds, |seed| visit(&live(seed, DEEDS), rules, states, &[]));
    assert!(tally.states >= wanted, "only {} states", tally.states);
}

#[test]
fn no_state_breaks_a_promise() {
    let states = from_env("SOTTOVOCE_POWER_LOSS_STATES", 20_000 / LIVES + 1);
    visit_lives(0..LIVES as u64, states, Rules::FAIR);
}

fn seeds(default: Range<u64>) -> Range<u64> {
    let wanted = std::env::var("SOTTOVOCE_POWER_LOSS_SEEDS");
    wanted.map_or(default, |text| {
        let (from, to) = text.split_once("..").unwrap();
        from.parse().unwrap()..to.parse().unwrap()
    })
}

/// `SOTTOVOCE_POWER_LOSS_SEEDS=0..50` visits some of the lives, `SOTTOVOCE_POWER_LOSS_STATES` so many states of each.
/// Every line of JSON is one life, so that runs add up; the last one is their sum. `SOTTOVOCE_POWER_LOSS_WITHOUT=removed,shelf` leaves promises
/// out, here and everywhere, while something is being mended.
#[test]
#[ignore = "takes the better part of an hour"]
fn a_million_states() {
    visit_lives(seeds(0..200), from_env("SOTTOVOCE_POWER_LOSS_STATES", 5_000), Rules::FAIR);
}

#[test]
fn no_state_breaks_a_promise_where_new_folders_may_be_lost() {
    visit_lives(seeds(0..4), from_env("SOTTOVOCE_POWER_LOSS_STATES", 300), Rules::STRICT);
}

#[test]
fn a_log_that_goes_bad_brings_back_no_yes_and_no_budget() {
    visit_lives(seeds(0..4), from_env("SOTTOVOCE_POWER_LOSS_STATES", 300), Rules::ROTTEN);
}

#[test]
fn an_earlier_copy_of_the_folder_brings_back_no_yes_and_no_budget() {
    add_up(seeds(0..4), |seed| put_back(&live(seed, DEEDS)));
}

#[test]
fn a_seed_always_makes_the_same_life() {
    // But for the salts of SQLite's log and the names of a catalog's drafts, which are nobody's to seed.
    let named = |op: &Op| {
        let text = format!("{op:?}");
        text.split_once("incoming-").map_or(text.clone(), |(before, rest)| format!("{before}{}", &rest[16..]))
    };
    let shape = |op: &Op| match op {
        Op::Write { node, offset, bytes } => format!("{node} {offset} {}", bytes.len()),
        other => named(other),
    };
    let life = || live(5, DEEDS).recorded.ops.iter().map(shape).collect::<Vec<_>>();
    let (one, other) = (life(), life());
    assert_eq!(one.len(), other.len());
    one.iter().zip(&other).for_each(|(one, other)| assert_eq!(one, other));
}

#[test]
fn the_record_has_every_byte_of_every_file() {
    for seed in 100..104 {
        let life = live(seed, DEEDS);
        let mut disk = Disk::new(&life.recorded, Rules::FAIR, Moment::default());
        life.recorded.ops.iter().for_each(|op| disk.play(op));
        let replayed = disk.crash(Loss::Nothing, &mut Rng::new(0));
        assert_eq!(replayed.keys().collect::<Vec<_>>(), life.left.keys().collect::<Vec<_>>());
        for (path, content) in &life.left {
            assert!(replayed[path] == *content, "{path} is not what was recorded");
        }
    }
}
