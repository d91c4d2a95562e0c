//! Power loss at any moment of a vault's life, over the real API.
//!
//! A plain run visits 20,000 different disk states; `SOTTOVOCE_POWER_LOSS_STATES` asks for another number, and the
//! ignored test visits a million. Three tests break a promise on purpose and show that the harness notices.
#![allow(missing_docs, reason = "a test")]

mod vault_support;

use vault_support::life::{Flaw, Life, live};
use vault_support::replay::{Tally, visit};
use vault_support::{fast_folder, from_env, vfs};

/// No life has more different states than it can be sure to find.
const STATES_A_LIFE: usize = 20_000;
const LEAST_LIVES: usize = 4;

fn recorded(seed: u64, steps: usize, flaw: Flaw) -> Life {
    vfs::install();
    live(fast_folder().path(), seed, steps, flaw)
}

fn visit_lives(wanted: usize) -> Tally {
    let mut tally = Tally::default();
    let lives = (wanted / STATES_A_LIFE).max(LEAST_LIVES);
    for seed in 0..lives {
        let life = recorded(seed as u64 + 1, 45, Flaw::None);
        tally.add(visit(&life, wanted.div_ceil(lives), 2, seed as u64));
        println!("{} of {wanted} states", tally.states);
    }
    println!("{tally:?}");
    tally
}

#[test]
fn no_state_is_corrupt_or_breaks_a_promise() {
    let wanted = from_env("SOTTOVOCE_POWER_LOSS_STATES", 20_000);
    let tally = visit_lives(wanted);
    assert!(tally.states >= wanted, "only {} states", tally.states);
    assert!(tally.twice > wanted / 50, "{tally:?}");
    assert_eq!(tally.violations(), 0, "{tally:?}");
}

#[test]
#[ignore = "takes the better part of an hour"]
fn a_million_states() {
    let tally = visit_lives(1_000_000);
    assert!(tally.states >= 1_000_000, "only {} states", tally.states);
    assert_eq!(tally.violations(), 0, "{tally:?}");
}

#[test]
fn the_harness_notices_missing_syncs() {
    let tally = visit(&recorded(7, 25, Flaw::NoSync), 400, 1, 7);
    assert!(tally.corrupt + tally.lost > 0, "{tally:?}");
}

#[test]
fn the_harness_notices_an_acknowledgement_before_the_commit() {
    let tally = visit(&recorded(8, 25, Flaw::EarlyAck), 800, 1, 8);
    assert!(tally.lost > 0 && tally.refunded > 0, "{tally:?}");
    assert_eq!(tally.corrupt, 0, "{tally:?}");
}

#[test]
fn the_harness_notices_an_erasure_without_a_new_epoch() {
    let tally = visit(&recorded(9, 25, Flaw::SameEpoch), 800, 1, 9);
    assert!(tally.readable > 0, "{tally:?}");
}
