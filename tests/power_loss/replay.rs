//! Replays a recorded life: loses power after every operation, opens what is left with a fresh engine, and holds it
//! against the promises. Some states lose power a second time, while they are being opened.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::Mutex;

use super::attacker::Attacker;
use super::checks::{self, Broken, Promise, judge};
use super::life::Life;
use super::model::{Disk, Loss, Moment, Rules};
use super::onwards;
use super::recorder::{Op, Recorded, Tree, record};
use super::tally::Tally;
use super::vault_support::disk::Rng;
use super::view::{self, View};
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
const TWICE: usize = 10;
/// In one pass of so many the app is killed before every sync, and power lost while it is opened again.
const KILLS: usize = 8;
/// At so many moments of that opening.
const CUTS: usize = 3;
/// One state of so many is used further.
const GOES_ON: usize = 6;
/// What is promised even where a log goes bad or a copy of the folder is put back.
const ROTTEN: [Promise; 4] = [Promise::Denial, Promise::Refund, Promise::Answer, Promise::Shown];
pub const THREADS: usize = 2;

/// Visits about `wanted` different states of `life`, or fewer once each promise of `until` was broken.
pub fn visit(life: &Life, rules: Rules, wanted: usize, until: &[Promise]) -> Tally {
    let (mut tally, missing) = (Tally::default(), Mutex::new(until.to_vec()));
    std::thread::scope(|scope| {
        let users = (0..THREADS).map(|me| {
            let enough = |tally: &Tally| {
                let mut missing = missing.lock().unwrap();
                missing.retain(|promise| tally.times(*promise) == 0);
                !until.is_empty() && missing.is_empty() || tally.states >= wanted.div_ceil(THREADS)
            };
            scope.spawn(move || User::new(life, rules).run(me, enough))
        });
        let users: Vec<_> = users.collect();
        users.into_iter().for_each(|user| tally.add(user.join().unwrap()));
    });
    tally
}

/// Puts every earlier copy of the engine's folder back beside the keys of every later moment.
pub fn put_back(life: &Life) -> Tally {
    let mut user = User::new(life, Rules::ROTTEN);
    for (n, now) in life.copies.iter().enumerate() {
        for (m, copy) in life.copies[..n].iter().enumerate() {
            let of = |tree: &Tree, keys| {
                let part = tree.iter().filter(move |(path, _)| path.starts_with("keys") == keys);
                part.map(|(path, content)| (path.clone(), content.clone())).collect::<Tree>()
            };
            let tree = of(now, true).into_iter().chain(of(copy, false)).collect();
            let mut rng = Rng::new((n << 16 | m) as u64);
            let state = format!("seed {}, the folder of {m} with the keys of {n}", life.seed);
            user.look(life.after(n), &tree, &state, &mut rng);
        }
    }
    user.tally
}

struct User<'a> {
    life: &'a Life,
    rules: Rules,
    device: Device,
    attacker: Attacker,
    seen: HashSet<[u8; 32]>,
    tally: Tally,
}

impl<'a> User<'a> {
    fn new(life: &'a Life, rules: Rules) -> Self {
        let (device, attacker) = (Device::new(life.seed, life.shares), Attacker::default());
        Self { life, rules, device, attacker, seen: HashSet::new(), tally: Tally::default() }
    }

    fn run(mut self, me: usize, enough: impl Fn(&Tally) -> bool) -> Tally {
        for pass in 0..MOST_PASSES {
            let drawn = *LOSSES.get(pass).unwrap_or(&DRAWN[pass % DRAWN.len()]);
            let loss = if self.rules.rots { Loss::Rotten } else { drawn };
            let mut disk = Disk::new(&self.life.recorded, self.rules, Moment::default());
            let ops = &self.life.recorded.ops;
            for (k, op) in ops.iter().enumerate() {
                disk.play(op);
                if k % THREADS == me && (pass == 0 || self.rules.rots || disk.open_changes() > 0) {
                    let state = format!("seed {}, pass {pass}, {loss:?} after {k}", self.life.seed);
                    let mut rng = Rng::new(self.life.seed << 40 ^ (pass << 24 | k) as u64);
                    self.visit(&disk, loss, &state, &mut rng);
                    // What the next sync would have made durable is most worth losing.
                    if pass.is_multiple_of(KILLS) && matches!(ops.get(k + 1), Some(Op::Sync { .. })) {
                        self.kill(&disk, &state, &mut rng);
                    }
                }
                if enough(&self.tally) {
                    return self.tally;
                }
            }
        }
        self.tally
    }

    fn visit(&mut self, disk: &Disk, loss: Loss, state: &str, rng: &mut Rng) {
        let tree = disk.crash(loss, rng);
        if self.is_new(disk.moment, &tree) {
            self.look(disk.moment, &tree, state, rng);
            if self.tally.states.is_multiple_of(TWICE) {
                let again = self.lose_power_while_opening(disk.moment, &tree, rng);
                self.look_again(disk.moment, &again, &format!("{state}, and again while opening"), rng);
            }
        }
    }

    /// The app is killed, which loses nothing, and power goes while it is being opened again, right after a sync: what
    /// the opening makes durable must not rest on what the killed app had not synced.
    fn kill(&mut self, disk: &Disk, state: &str, rng: &mut Rng) {
        let recorded = self.record_opening(disk.moment, &disk.crash(Loss::Nothing, rng), rng);
        let synced = |(k, op): (usize, &Op)| matches!(op, Op::Sync { .. }).then_some(k + 1);
        let mut cuts: Vec<usize> = recorded.ops.iter().enumerate().filter_map(synced).collect();
        for _ in 0..CUTS.min(cuts.len()) {
            let mut disk = disk.clone();
            let cut = cuts.swap_remove(rng.below(cuts.len()));
            disk.play_on(&recorded, cut);
            let loss = if rng.coin() { Loss::All } else { LOSSES[rng.below(LOSSES.len())] };
            let tree = disk.crash(loss, rng);
            self.look_again(
                disk.moment,
                &tree,
                &format!("{state}, but killed, {loss:?} after {cut} of opening"),
                rng,
            );
        }
    }

    fn look_again(&mut self, moment: Moment, tree: &Tree, state: &str, rng: &mut Rng) {
        if self.is_new(moment, tree) {
            self.tally.twice += 1;
            self.look(moment, tree, state, rng);
        }
    }

    fn is_new(&mut self, moment: Moment, tree: &Tree) -> bool {
        self.seen.insert(fingerprint(moment, tree))
    }

    fn look(&mut self, moment: Moment, tree: &Tree, state: &str, rng: &mut Rng) {
        self.tally.states += 1;
        self.device.place(tree, rng.next());
        self.device.clock.set(self.life.steps[moment.begun].now_ms);
        if self.rules.rots {
            // Which policy was in force is not promised to survive this. The app brings it along.
            self.device.policy = self.life.policy(moment);
        }
        let mut broken = self.read_as_attacker(moment, tree);
        broken.extend(self.open(moment, rng));
        if self.rules.rots {
            broken.retain(|(promise, _)| ROTTEN.contains(promise));
        }
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
        // What only ran out goes for good with the next opening.
        let broken = read.intersection(&dead).filter(|number| !self.life.ran_out(**number)).map(|number| {
            let promise = if self.life.went_alone(*number) { Promise::Removed } else { Promise::Erased };
            (promise, format!("canary {number} can be read"))
        });
        let copies = &self.life.copies[..moment.acked.map_or(0, |n| n + 1)];
        let copied = self.attacker.canaries_of_copies(tree, copies);
        let copied = copied.intersection(&dead).filter(|number| !self.life.went_alone(**number));
        broken
            .chain(copied.map(|n| (Promise::Copied, format!("canary {n} can be read from a copy"))))
            .collect()
    }

    fn open(&mut self, moment: Moment, rng: &mut Rng) -> Vec<Broken> {
        let (before, after) = self.life.around(moment);
        let failed = |promise: Promise, error: &dyn Display| Some((promise, error.to_string()));
        let mut broken = Vec::new();
        // A widget may look before the app is started.
        broken.extend(match view::shelf(&self.device) {
            Ok(shelf) => checks::shelf(before, after, &shelf).map(|why| (Promise::Shelf, why)),
            Err(error) => failed(Promise::Shelf, &error),
        });
        if let Err(error) = self.device.open() {
            broken.extend(failed(Promise::Opens, &error));
            return broken;
        }
        broken.extend(self.opened_as_it_was(moment));
        match View::of(&self.device) {
            Ok(found) => {
                broken.extend(judge(self.life, moment, &found));
                if self.tally.states.is_multiple_of(GOES_ON) {
                    let thoroughly = self.tally.states.is_multiple_of(2 * GOES_ON);
                    broken.extend(onwards::go_on(
                        &mut self.device,
                        self.life,
                        moment,
                        &found,
                        thoroughly,
                        rng,
                    ));
                }
            }
            Err(error) => {
                let catalog = view::catalog(&self.device).unwrap_or_default();
                broken.extend(checks::catalog(before, after, &catalog).map(|why| (Promise::Catalog, why)));
                broken.extend(failed(Promise::Sound, &error));
            }
        }
        broken
    }

    /// It is the vault that was there, and whole. A new one in its place is told of, but no power loss explains it.
    fn opened_as_it_was(&self, moment: Moment) -> Vec<Broken> {
        let mut broken = Vec::new();
        let opening = self.device.engine().status().opening.unwrap_or_default();
        let anew = opening.fresh || opening.key_was_missing || opening.rolled_back;
        if anew && moment.acked.is_some() || opening.damaged {
            broken.push((Promise::Opens, format!("{opening:?}")));
        }
        match self.device.engine().integrity() {
            Ok(found) if found.is_sound() => {}
            other => broken.push((Promise::Sound, format!("{other:?}"))),
        }
        broken
    }

    /// The disk after power was lost somewhere in the middle of opening `tree`.
    fn lose_power_while_opening(&mut self, moment: Moment, tree: &Tree, rng: &mut Rng) -> Tree {
        let recorded = self.record_opening(moment, tree, rng);
        let mut disk = Disk::new(&recorded, self.rules, moment);
        recorded.ops.iter().take(rng.below(recorded.ops.len() + 1)).for_each(|op| disk.play(op));
        disk.crash(LOSSES[rng.below(LOSSES.len())], rng)
    }

    fn record_opening(&mut self, moment: Moment, tree: &Tree, rng: &mut Rng) -> Recorded {
        self.device.place(tree, rng.next());
        self.device.clock.set(self.life.steps[moment.begun].now_ms);
        let recording = record(&self.device.root());
        // How it ends is seen when the state itself is visited.
        drop(self.device.open());
        self.device.close();
        recording.finish()
    }
}

/// Two states are the same if files and promises are. Of the space that is kept aside only the size counts.
fn fingerprint(moment: Moment, tree: &Tree) -> [u8; 32] {
    let mut sum = ring::digest::Context::new(&ring::digest::SHA256);
    for (path, content) in tree {
        let bytes = content.as_deref().unwrap_or(b"folder");
        sum.update(path.as_bytes());
        sum.update(&bytes.len().to_le_bytes());
        if !path.contains(".reserve") {
            sum.update(bytes);
        }
    }
    sum.update(format!("{moment:?}").as_bytes());
    sum.finish().as_ref().try_into().unwrap()
}
