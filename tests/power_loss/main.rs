//! Power loss at any moment of a life of the whole engine, over its public API: every file that it and its key store
//! write is recorded, and every state that a disk may legally be left in is opened again.
//!
//! A plain run visits 20,000 different states. The ignored test visits a million, seed by seed:
//! `SOTTOVOCE_POWER_LOSS_SEEDS=0..50` asks for some of the seeds, `SOTTOVOCE_POWER_LOSS_STATES` for a number of states
//! in each; it prints one line of JSON for each seed, so that runs add up. The last tests break a promise on purpose
//! and show that the harness notices.
#![allow(missing_docs, reason = "a test")]
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;
#[path = "../vault_support/mod.rs"]
mod vault_support;

mod attacker;
mod checks;
mod deeds;
mod interpose;
mod life;
mod model;
mod onwards;
mod recorder;
mod replay;
mod tally;
mod view;
mod world;

use life::{Deeds, live};
use model::{Disk, Loss, Moment, Rules};
use replay::visit;
use tally::Tally;
use vault_support::disk::Rng;
use vault_support::from_env;

/// Deeds of one life.
const DEEDS: usize = 24;
const LIVES: usize = 20;

#[test]
fn no_state_breaks_a_promise() {
    let wanted = from_env("SOTTOVOCE_POWER_LOSS_STATES", 20_000);
    let mut tally = Tally::default();
    for seed in 0..LIVES as u64 {
        let one = visit(&live(seed, Deeds::Drawn(DEEDS)), Rules::FAIR, wanted.div_ceil(LIVES));
        println!("{}", one.line(seed));
        tally.add(one);
    }
    assert!(tally.is_good(), "{}\n{}", tally.line(0), tally.told());
    assert!(tally.states >= wanted && tally.twice > wanted / 20, "only {} states", tally.states);
}

#[test]
fn the_record_has_every_byte_of_every_file() {
    for seed in 100..104 {
        let life = live(seed, Deeds::Drawn(DEEDS));
        let mut disk = Disk::new(&life.recorded, Rules::FAIR, Moment::default());
        life.recorded.ops.iter().for_each(|op| disk.play(op));
        let replayed = disk.crash(Loss::Nothing, &mut Rng::new(0));
        assert_eq!(replayed.keys().collect::<Vec<_>>(), life.left.keys().collect::<Vec<_>>());
        for (path, content) in &life.left {
            assert!(replayed[path] == *content, "{path} is not what was recorded");
        }
    }
}
