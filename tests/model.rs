//! A model of the whole engine runs beside the real one through random lives: what an app may call, with kills, full
//! disks, failing key stores, clocks that jump, copies of the folder put back or used side by side. After every step
//! the engine must say what the model says, or something stricter for a reason that it tells.
//!
//! A plain run takes 100,000 steps. `SOTTOVOCE_MODEL_SEEDS=0..500 cargo test --release --test model -- --ignored
//! long_run --nocapture` takes ten million, and prints a line for each ten seeds; any range can be run on its own.
#![allow(missing_docs, reason = "a test")]
#![cfg(unix)]

#[path = "model/check.rs"]
mod check;
#[path = "model/data.rs"]
mod data;
#[path = "model/effects.rs"]
mod effects;
#[path = "model/faults.rs"]
mod faults;
#[path = "model/feed.rs"]
mod feed;
#[path = "model/lives.rs"]
mod lives;
#[path = "model/model.rs"]
mod model;
#[path = "model/opening.rs"]
mod opening;
#[path = "model/reports.rs"]
mod reports;
#[path = "model/run.rs"]
mod run;
#[path = "model/steps.rs"]
mod steps;
#[path = "model/stories.rs"]
mod stories;
#[path = "model/teeth.rs"]
mod teeth;
#[path = "model/time.rs"]
mod time;
mod vault_support;
#[path = "model/view.rs"]
mod view;
#[path = "model/world.rs"]
mod world;

use run::{Totals, run_seeds};
use teeth::TEETH;

#[test]
fn the_engine_keeps_to_the_model() {
    let seeds = 0..5;
    let done = run_seeds(seeds.clone());
    println!("{}", done.line(&seeds));
    assert!(done.steps >= 100_000 && done.breaches == 0, "{done:?}");
}

#[test]
fn every_lie_is_noticed() {
    for tooth in TEETH {
        let noticed = run::first_breach(tooth, 300);
        println!("{tooth:?}: {noticed:?}");
        assert!(noticed.is_some(), "{tooth:?} goes by unnoticed");
    }
}

#[test]
#[ignore = "takes an hour"]
fn long_run() {
    let range = std::env::var("SOTTOVOCE_MODEL_SEEDS").unwrap_or_else(|_| "0..500".into());
    let (from, to) = range.split_once("..").unwrap();
    let all: std::ops::Range<u64> = from.parse().unwrap()..to.parse().unwrap();
    let mut total = Totals::default();
    for start in all.clone().step_by(10) {
        let seeds = start..(start + 10).min(all.end);
        let done = run_seeds(seeds.clone());
        println!("{}", done.line(&seeds));
        total.add(&done);
    }
    println!("{}", total.line(&all));
    assert_eq!(total.breaches, 0);
}

#[test]
#[ignore = "one life again: SOTTOVOCE_MODEL_LIFE names it, SOTTOVOCE_MODEL_TRACE tells about every call"]
fn replay() {
    run::replay(vault_support::from_env("SOTTOVOCE_MODEL_LIFE", 0) as u64);
}
