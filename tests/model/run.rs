//! Runs lives, makes failing ones short, and counts.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde::Serialize;

use super::faults::{Disks, SmallDisk};
use super::steps::{Step, life};
use super::teeth::Tooth;
use super::world::{Breach, World};
use crate::vault_support::disk::Rng;
use crate::vault_support::fast_folder;

/// Steps of all lives of one seed, at least.
const STEPS_PER_SEED: u64 = 20_000;

/// What was done.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Totals {
    pub lives: u64,
    pub steps: u64,
    /// Calls of an engine.
    pub calls: u64,
    /// After the first one of a life.
    pub openings: u64,
    pub failed_openings: u64,
    pub rolled_back: u64,
    /// Calls that the key store failed in, or a full disk was there for.
    pub troubled: u64,
    pub breaches: u64,
}

impl Totals {
    pub const fn add(&mut self, more: &Self) {
        self.lives += more.lives;
        self.steps += more.steps;
        self.calls += more.calls;
        self.openings += more.openings;
        self.failed_openings += more.failed_openings;
        self.rolled_back += more.rolled_back;
        self.troubled += more.troubled;
        self.breaches += more.breaches;
    }

    /// One line of JSON.
    pub fn line(&self, seeds: &Range<u64>) -> String {
        let mut line = serde_json::to_value(self).unwrap();
        line["test"] = "model".into();
        line["seeds"] = format!("{}..{}", seeds.start, seeds.end).into();
        line.to_string()
    }
}

/// What one life came to.
struct Outcome {
    counts: Totals,
    breach: Option<Breach>,
}

/// What goes wrong in this life.
pub fn lived(steps: &[Step]) -> Option<Breach> {
    let _disks = Disks::get();
    let folder = fast_folder();
    live(0, steps, folder.path(), None).breach
}

/// Lives one life in a folder of its own.
fn live(seed: u64, steps: &[Step], folder: &Path, tooth: Option<Tooth>) -> Outcome {
    let folder = tempfile::tempdir_in(folder).unwrap();
    pass(&mut place(seed, steps, folder.path(), tooth), steps)
}

/// Where a life is lived.
pub fn place(seed: u64, steps: &[Step], folder: &Path, tooth: Option<Tooth>) -> World {
    let needs_disk = steps.iter().any(|s| matches!(s, Step::DiskFull(_)));
    let disk = if needs_disk { Disks::get().take() } else { SmallDisk::default() };
    World::new(seed, folder.into(), disk, tooth)
}

fn pass(world: &mut World, steps: &[Step]) -> Outcome {
    let mut breach = world.begin().err();
    for step in steps {
        if breach.is_some() {
            break;
        }
        breach = world.step(step).err();
    }
    if breach.is_none() {
        breach = world.end().err();
    }
    world.slots.clear();
    Outcome { counts: Totals { lives: 1, ..world.counts }, breach }
}

/// Leaves out steps for as long as the same goes wrong.
fn shorten(seed: u64, mut steps: Vec<Step>, breach: &Breach, place: &Path) -> Vec<Step> {
    let same = |steps: &[Step]| live(seed, steps, place, None).breach.is_some_and(|b| b.what == breach.what);
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(fewer.len()));
            if same(&fewer) { steps = fewer } else { at += size }
        }
        size /= 2;
    }
    steps
}

fn steps_of(seed: u64) -> Vec<Step> {
    life(&mut Rng::new(seed.wrapping_add(1)), !Disks::get().is_empty())
}

/// Every life of these seeds, on all cores. Tells what goes wrong, with a short story for the first of each kind.
pub fn run_seeds(seeds: Range<u64>) -> Totals {
    let _disks = Disks::get();
    let (folder, next) = (fast_folder(), AtomicU64::new(seeds.start));
    let (total, told) = (Mutex::new(Totals::default()), Mutex::new(BTreeSet::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let seed @ 0.. = next.fetch_add(1, Ordering::SeqCst)
                    && seed < seeds.end
                {
                    let done = run_seed(seed, folder.path(), &told);
                    total.lock().unwrap().add(&done);
                }
            });
        }
    });
    total.into_inner().unwrap()
}

fn run_seed(seed: u64, place: &Path, told: &Mutex<BTreeSet<&'static str>>) -> Totals {
    let mut done = Totals::default();
    for own in seed * 100_000.. {
        if done.steps >= STEPS_PER_SEED {
            break;
        }
        let steps = steps_of(own);
        let outcome = live(own, &steps, place, None);
        done.add(&outcome.counts);
        let Some(breach) = outcome.breach else { continue };
        done.breaches += 1;
        println!("life {own}: {}: {}", breach.what, breach.detail);
        if told.lock().unwrap().insert(breach.what) {
            tell(own, steps, &breach, place);
        }
    }
    done
}

/// Tells how it comes to a breach, in as few steps as it takes.
fn tell(seed: u64, steps: Vec<Step>, breach: &Breach, place: &Path) {
    let short = shorten(seed, steps, breach, place);
    println!("----");
    let again = live(seed, &short, place, None).breach;
    let detail = again.map(|b| b.detail).unwrap_or_default();
    println!("life {seed}: {}: {detail}\n{}", breach.what, story(&short));
}

/// The steps, one a line, as they can be put into a test.
fn story(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("    Step::{step:?},\n")).collect()
}

/// The first life in which a lie is noticed, and as what.
pub fn first_breach(tooth: Tooth, lives: u64) -> Option<(u64, Breach)> {
    let _disks = Disks::get();
    let folder = fast_folder();
    let found = (0..lives).map(|seed| (seed, live(seed, &steps_of(seed), folder.path(), Some(tooth)).breach));
    found.into_iter().find_map(|(seed, breach)| Some((seed, breach?)))
}

/// One life again, and if anything goes wrong in it, in short.
pub fn replay(seed: u64) {
    let _disks = Disks::get();
    let (folder, steps) = (fast_folder(), steps_of(seed));
    if let Some(breach) = live(seed, &steps, folder.path(), None).breach {
        tell(seed, steps, &breach, folder.path());
    }
}
