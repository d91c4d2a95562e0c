//! Replays a recorded life: loses power after every operation, opens what is left with a fresh engine, and holds it
//! against the promises. Some states lose power a second time, while they are being opened.

use std::collections::HashSet;

use super::attacker::Attacker;
use super::checks::{Broken, Promise, judge};
use super::life::Life;
use super::model::{Disk, Loss, Moment, Rules};
use super::onwards;
use super::recorder::{Tree, record};
use super::tally::Tally;
use super::vault_support::disk::Rng;
use super::view::{View, shelf};
use super::world::Device;

/// In the order in which passes over the life use them; the later ones over and over.
const LOSSES: [Loss; 8] = [
    Loss::All,
    Loss::Torn,
    Loss::Content,
    Loss::Subset,
    Loss::Names,
    Loss::Prefix,
    Loss::Nothing,
    Loss::Flipped,
];
const DRAWN: [Loss; 5] = [Loss::Torn, Loss::Subset, Loss::Prefix, Loss::Flipped, Loss::Torn];
/// Passes find ever fewer new states; a life has no more after this many.
const MOST_PASSES: usize = 200;
/// One state of so many loses power again while it is opened.
const TWICE: usize = 8;
/// One state of so many is used further.
const GOES_ON: usize = 4;
pub const THREADS: usize = 2;

/// Visits about `wanted` different states of `life`.
pub fn visit(life: &Life, rules: Rules, wanted: usize) -> Tally {
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let visitors = (0..THREADS).map(|me| {
            scope.spawn(move || Visitor::new(life, rules).run(me, wanted.div_ceil(THREADS)))
        });
        let visitors: Vec<_> = visitors.collect();
        visitors.into_iter().for_each(|visitor| tally.add(visitor.join().unwrap()));
    });
    tally
}

struct Visitor<'a> {
    life: &'a Life,
    rules: Rules,
    device: Device,
    attacker: Attacker,
    seen: HashSet<[u8; 32]>,
    tally: Tally,
}

impl<'a> Visitor<'a> {
    fn new(life: &'a Life, rules: Rules) -> Self {
        let (device, attacker) = (Device::new(life.seed, life.shares), Attacker::default());
        Self { life, rules, device, attacker, seen: HashSet::new(), tally: Tally::default() }
    }

    fn run(mut self, me: usize, wanted: usize) -> Tally {
        for pass in 0..MOST_PASSES {
            let loss = *LOSSES.get(pass).unwrap_or(&DRAWN[pass % DRAWN.len()]);
            let mut disk = Disk::new(&self.life.recorded, self.rules, Moment::default());
            for (k, op) in self.life.recorded.ops.iter().enumerate() {
                disk.play(op);
                if k % THREADS == me && (pass == 0 || disk.open_changes() > 0) {
                    let mut rng = Rng::new(self.life.seed << 40 ^ (pass << 24 | k) as u64);
                    let tree = disk.crash(loss, &mut rng);
                    self.visit(&disk, tree, &format!("seed {}, pass {pass}, {loss:?} after {k}", self.life.seed), &mut rng);
                }
                if self.tally.states >= wanted {
                    return self.tally;
                }
            }
        }
        self.tally
    }

    fn visit(&mut self, disk: &Disk, tree: Tree, state: &str, rng: &mut Rng) {
        if !self.seen.insert(fingerprint(disk.moment, &tree)) {
            return;
        }
        self.look(disk.moment, &tree, state, rng);
        if self.tally.states.is_multiple_of(TWICE) {
            let again = self.lose_power_while_opening(disk.moment, &tree, rng);
            if self.seen.insert(fingerprint(disk.moment, &again)) {
                self.tally.twice += 1;
                self.look(disk.moment, &again, &format!("{state}, and again"), rng);
            }
        }
    }

    fn look(&mut self, moment: Moment, tree: &Tree, state: &str, rng: &mut Rng) {
        self.tally.states += 1;
        self.device.place(tree, rng.next());
        self.device.clock.set(self.life.steps[moment.begun].now_ms);
        let mut broken = self.read_as_attacker(moment, tree);
        broken.extend(self.open(moment, rng));
        if !broken.is_empty() {
            let deed = &self.life.steps[moment.begun].deed;
            let when = if moment.acked == Some(moment.begun) { "after" } else { "in" };
            self.tally.count(broken, &format!("{state}, {when} {}: {deed:?}", moment.begun));
        }
        self.device.close();
    }

    /// Whoever has the disk must not read what is erased.
    fn read_as_attacker(&mut self, moment: Moment, tree: &Tree) -> Vec<Broken> {
        let read = self.attacker.canaries(tree);
        let dead = self.life.dead(moment);
        let broken = read.intersection(&dead).next();
        broken.map(|n| (Promise::Erased, format!("canary {n} can be read"))).into_iter().collect()
    }

    fn open(&mut self, moment: Moment, rng: &mut Rng) -> Vec<Broken> {
        let failed = |promise: Promise, error: &dyn std::fmt::Display| vec![(promise, error.to_string())];
        let mut broken = Vec::new();
        // A widget may look before the app is started.
        match shelf(&self.device) {
            Ok(shelf) => broken.extend(self.judge_shelf(moment, shelf)),
            Err(error) => broken.extend(failed(Promise::Shelf, &error)),
        }
        if let Err(error) = self.device.open() {
            broken.extend(failed(Promise::Opens, &error));
            return broken;
        }
        let engine = self.device.engine();
        let opening = engine.status().opening.unwrap_or_default();
        let anew = opening.fresh || opening.damaged || opening.key_was_missing || opening.rolled_back;
        if anew && moment.acked.is_some() || opening.damaged {
            broken.extend(failed(Promise::Opens, &format!("{opening:?}")));
        }
        match engine.integrity() {
            Ok(found) if found.is_sound() => {}
            other => broken.push((Promise::Sound, format!("{other:?}"))),
        }
        match View::of(&self.device) {
            Ok(found) => {
                broken.extend(judge(self.life, moment, &found));
                if self.tally.states.is_multiple_of(GOES_ON) {
                    let thoroughly = self.tally.states.is_multiple_of(4 * GOES_ON);
                    broken.extend(onwards::go_on(&mut self.device, self.life, moment, &found, thoroughly, rng));
                }
            }
            Err(error) => broken.extend(failed(Promise::Sound, &error)),
        }
        broken
    }

    fn judge_shelf(&self, moment: Moment, shelf: Option<sottovoce::surfaces::WidgetShelf>) -> Option<Broken> {
        let (before, after) = self.life.around(moment);
        let good = shelf.is_none() || shelf == before.shelf || shelf == after.shelf;
        (!good).then(|| (Promise::Shelf, "a shelf that is neither the old one nor the new one".into()))
    }

    /// The disk after power was lost somewhere in the middle of opening `tree`.
    fn lose_power_while_opening(&mut self, moment: Moment, tree: &Tree, rng: &mut Rng) -> Tree {
        self.device.place(tree, rng.next());
        let recording = record(&self.device.root());
        // How it ends was seen already.
        drop(self.device.open());
        self.device.close();
        let recorded = recording.finish();
        let mut disk = Disk::new(&recorded, self.rules, moment);
        recorded.ops.iter().take(rng.below(recorded.ops.len() + 1)).for_each(|op| disk.play(op));
        disk.crash(LOSSES[rng.below(LOSSES.len())], rng)
    }
}

/// Two states are the same if files and promises are.
fn fingerprint(moment: Moment, tree: &Tree) -> [u8; 32] {
    let mut sum = ring::digest::Context::new(&ring::digest::SHA256);
    for (path, content) in tree {
        let bytes = content.as_deref().unwrap_or(b"folder");
        sum.update(path.as_bytes());
        sum.update(&bytes.len().to_le_bytes());
        sum.update(bytes);
    }
    sum.update(format!("{moment:?}").as_bytes());
    sum.finish().as_ref().try_into().unwrap()
}
