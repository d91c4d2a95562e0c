//! Replays a recorded life: loses power after every operation, opens what is left, and compares it with the promises.
//! Some states lose power a second time, while they are being opened.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use sottovoce::vault::Durability;

use super::disk::{Disk, Loss, Rng};
use super::keys::{Attacker, Keys};
use super::life::{COMPARTMENTS, EVENTS, LEDGER, Life, content, open, spent};
use super::vfs::{forget, record};

/// What the states turned out to be.
#[derive(Debug, Default)]
pub struct Tally {
    /// Different states that were opened.
    pub states: usize,
    /// Those among them that lost power a second time, while they were being opened.
    pub twice: usize,
    /// Could not be opened, were not sound, or held what no step ever left.
    pub corrupt: usize,
    /// Lacked something that was acknowledged as durable.
    pub lost: usize,
    /// Held a data key that an acknowledged erasure had destroyed.
    pub readable: usize,
    /// Had a smaller ledger than was acknowledged.
    pub refunded: usize,
    /// The first few violations, in words.
    pub examples: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.states += other.states;
        self.twice += other.twice;
        self.corrupt += other.corrupt;
        self.lost += other.lost;
        self.readable += other.readable;
        self.refunded += other.refunded;
        self.examples.extend(other.examples);
        self.examples.truncate(10);
    }

    pub fn violations(&self) -> usize {
        self.corrupt + self.lost + self.readable + self.refunded
    }
}

const LOSSES: [Loss; 8] =
    [Loss::All, Loss::Nothing, Loss::Prefix, Loss::Subset, Loss::Torn, Loss::Subset, Loss::Torn, Loss::Torn];

/// Visits about `wanted` different states of `life` on `threads` threads.
pub fn visit(life: &Life, wanted: usize, threads: usize, seed: u64) -> Tally {
    let found = AtomicUsize::new(0);
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|me| {
                let found = &found;
                scope.spawn(move || User::new(life, seed + me as u64).run(me, threads, wanted, found))
            })
            .collect();
        workers.into_iter().for_each(|worker| tally.add(worker.join().unwrap()));
    });
    tally
}

struct User<'a> {
    life: &'a Life,
    rng: Rng,
    folder: tempfile::TempDir,
    attacker: Attacker,
    seen: HashSet<[u8; 32]>,
    tally: Tally,
}

impl<'a> User<'a> {
    fn new(life: &'a Life, seed: u64) -> Self {
        let folder = super::fast_folder();
        let (attacker, seen, tally) = (Attacker::default(), HashSet::new(), Tally::default());
        Self { life, rng: Rng::new(seed), folder, attacker, seen, tally }
    }

    fn run(mut self, me: usize, threads: usize, wanted: usize, found: &AtomicUsize) -> Tally {
        // Passes find ever fewer new states where little was open; the bound ends a life that has no more.
        for pass in 0..200 {
            let mut disk = Disk::default();
            for (k, op) in self.life.ops.iter().enumerate() {
                disk.play(op);
                // Until the life has begun, the files are only being put where they were.
                if k % threads == me && disk.durable.is_some() {
                    let losses = if pass == 0 { 0..LOSSES.len() } else { 2..LOSSES.len() };
                    let variants = if disk.open_writes() == 0 { 0..usize::from(pass == 0) } else { losses };
                    for loss in &LOSSES[variants] {
                        self.state(&disk, *loss, found);
                    }
                }
                if found.load(Ordering::Relaxed) >= wanted {
                    return self.tally;
                }
            }
        }
        self.tally
    }

    fn state(&mut self, disk: &Disk, loss: Loss, found: &AtomicUsize) {
        let files = disk.crash(loss, &mut self.rng);
        if !self.seen.insert(fingerprint(disk, &files)) {
            return;
        }
        found.fetch_add(1, Ordering::Relaxed);
        self.tally.states += 1;
        self.look_for_erased(disk, loss, &files);
        self.judge(disk, loss, &files);
        if self.tally.states.is_multiple_of(8) {
            let (again, loss) = self.lose_power_while_opening(disk, &files);
            let files = again.crash(loss, &mut self.rng);
            if self.seen.insert(fingerprint(&again, &files)) {
                found.fetch_add(1, Ordering::Relaxed);
                self.tally.states += 1;
                self.tally.twice += 1;
                self.look_for_erased(&again, loss, &files);
                self.judge(&again, loss, &files);
            }
        }
    }

    fn judge(&mut self, disk: &Disk, loss: Loss, files: &BTreeMap<String, Vec<u8>>) {
        if let Err(why) = self.recover(disk, loss, files) {
            self.tally
                .examples
                .push(format!("{why} ({loss:?}, step {} begun, {:?} durable)", disk.begun, disk.durable));
            self.tally.examples.truncate(10);
        }
    }

    /// The disk somewhere in the middle of opening `files`, and how to lose power there.
    fn lose_power_while_opening(&mut self, disk: &Disk, files: &BTreeMap<String, Vec<u8>>) -> (Disk, Loss) {
        let dir = self.folder.path();
        place(dir, files);
        let tape = record(dir);
        let opened = open(dir, &Keys::recorded(&tape, disk.keys.clone()));
        drop(opened);
        forget(dir);
        let ops = tape.take();
        let mut again = disk.after_losing_power(files);
        ops.iter().take(self.rng.below(ops.len() + 1)).for_each(|op| again.play(op));
        (again, LOSSES[self.rng.below(LOSSES.len())])
    }

    /// Whoever has the disk and the key store must not have a data key that was acknowledged as destroyed.
    fn look_for_erased(&mut self, disk: &Disk, loss: Loss, files: &BTreeMap<String, Vec<u8>>) {
        let keys = self.attacker.data_keys(files.values().map(Vec::as_slice), &disk.keys, &COMPARTMENTS);
        let acked = disk.acked.unwrap_or(0);
        let gone = self.life.destroyed.iter().filter(|(n, _)| *n <= acked);
        if let Some((n, _)) = gone.into_iter().find(|(_, gone)| gone.iter().any(|key| keys.contains_key(key)))
        {
            self.tally.readable += 1;
            self.tally.examples.push(format!("what step {n} erased is readable ({loss:?})"));
        }
    }

    fn recover(&mut self, disk: &Disk, loss: Loss, files: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
        let dir = self.folder.path();
        place(dir, files);
        let keys = Keys::holding(disk.keys.clone());
        let corrupt = |tally: &mut Tally, why: String| {
            tally.corrupt += 1;
            Err(why)
        };
        let (vault, opening) = match open(dir, &keys) {
            Ok(opened) => opened,
            Err(error) => return corrupt(&mut self.tally, format!("does not open: {error}")),
        };
        if opening.damaged || opening.key_was_missing || opening.rolled_back {
            return corrupt(&mut self.tally, format!("opens as {opening:?}"));
        }
        if opening.fresh && disk.durable.is_some() {
            self.tally.lost += 1;
            return Err("an acknowledged vault is gone".into());
        }
        let (found, sound) = match (content(&vault), vault.integrity()) {
            (Ok(found), Ok(sound)) => (found, sound),
            (found, _) => return corrupt(&mut self.tally, format!("does not read: {:?}", found.err())),
        };
        if !sound.is_sound() {
            return corrupt(&mut self.tally, format!("is not sound: {sound:?}"));
        }
        let oldest = disk.durable.unwrap_or(0);
        if spent(&found) < spent(&self.life.contents[oldest]) {
            self.tally.refunded += 1;
        }
        let newest = disk.begun.min(self.life.contents.len() - 1);
        match (0..=newest).rev().find(|n| self.life.contents[*n] == found) {
            Some(n) if n >= oldest => {}
            Some(n) => {
                self.tally.lost += 1;
                return Err(format!("holds step {n} only"));
            }
            None => return corrupt(&mut self.tally, format!("holds what no step left ({loss:?})")),
        }
        if self.tally.states.is_multiple_of(16) {
            let next = vault.write(Durability::Full, |w| w.append(LEDGER, EVENTS, b"life goes on"));
            if next.is_err() || !vault.integrity().is_ok_and(|i| i.is_sound()) {
                return corrupt(&mut self.tally, format!("cannot go on: {next:?}"));
            }
        }
        Ok(())
    }
}

/// Two states are the same if files, key store and promises are.
fn fingerprint(disk: &Disk, files: &BTreeMap<String, Vec<u8>>) -> [u8; 32] {
    let mut sum = ring::digest::Context::new(&ring::digest::SHA256);
    for (name, bytes) in files.iter().chain(&disk.keys) {
        sum.update(name.as_bytes());
        sum.update(&bytes.len().to_le_bytes());
        sum.update(bytes);
    }
    sum.update(format!("{:?} {:?}", disk.durable, disk.acked).as_bytes());
    sum.finish().as_ref().try_into().unwrap()
}

/// Puts a state into a folder, in the place of the one before.
pub fn place(dir: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "lock") {
            std::fs::remove_file(path).unwrap();
        }
    }
    for (name, bytes) in files {
        std::fs::write(dir.join(name), bytes).unwrap();
    }
}
