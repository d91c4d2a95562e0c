//! A disk that loses power: what a sync has covered is there, of everything later any part may be.

use std::collections::BTreeMap;

use super::vfs::Op;

/// A small seeded generator (xorshift64*), so that every run sees the same states.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        ((self.next() >> 33) as usize) % bound.max(1)
    }

    pub fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug, Clone, Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

/// How much of what was not synced reached the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    All,
    Nothing,
    /// Everything up to some write, per file.
    Prefix,
    /// Any subset of the writes.
    Subset,
    /// Any subset of the 512-byte pieces of the writes.
    Torn,
}

/// The disk as far as an operation list was played.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    files: BTreeMap<String, File>,
    pub keys: BTreeMap<String, Vec<u8>>,
    pub begun: usize,
    pub durable: Option<usize>,
    pub acked: Option<usize>,
}

impl Disk {
    /// Plays one operation.
    pub fn play(&mut self, op: &Op) {
        match op {
            Op::Write { file, offset, bytes } => {
                let change = Change::Write { offset: *offset as usize, bytes: bytes.clone() };
                self.files.entry(file.clone()).or_default().pending.push(change);
            }
            Op::Truncate { file, size } => {
                self.files.entry(file.clone()).or_default().pending.push(Change::Truncate(*size as usize));
            }
            Op::Sync { file } => {
                let file = self.files.entry(file.clone()).or_default();
                for change in std::mem::take(&mut file.pending) {
                    apply(&mut file.synced, &change, &mut |_| true);
                }
            }
            Op::Delete { file } => drop(self.files.remove(file)),
            Op::Keys(items) => self.keys.clone_from(items),
            Op::Begun(n) => self.begun = *n,
            Op::Acked { n, durable } => {
                self.acked = Some(*n);
                if *durable {
                    self.durable = Some(*n);
                }
            }
        }
    }

    /// The same promises, on a disk that holds `files` for good.
    pub fn after_losing_power(&self, files: &BTreeMap<String, Vec<u8>>) -> Self {
        let file = |bytes: &Vec<u8>| File { synced: bytes.clone(), pending: Vec::new() };
        let files = files.iter().map(|(name, bytes)| (name.clone(), file(bytes))).collect();
        Self { files, ..self.clone() }
    }

    /// How many writes are not synced.
    pub fn open_writes(&self) -> usize {
        self.files.values().map(|file| file.pending.len()).sum()
    }

    /// One legal content of the disk after losing power now.
    pub fn crash(&self, loss: Loss, rng: &mut Rng) -> BTreeMap<String, Vec<u8>> {
        let mut left = BTreeMap::new();
        for (name, file) in &self.files {
            let mut bytes = file.synced.clone();
            let kept = match loss {
                Loss::All => 0,
                Loss::Prefix => rng.below(file.pending.len() + 1),
                _ => file.pending.len(),
            };
            // Either most writes arrive or few do: both ends find more than the middle.
            let odds = 1 + rng.below(7);
            for change in &file.pending[..kept] {
                match loss {
                    Loss::Subset if rng.below(8) >= odds => {}
                    Loss::Torn => apply(&mut bytes, change, &mut |_| rng.below(8) < odds),
                    _ => apply(&mut bytes, change, &mut |_| true),
                }
            }
            left.insert(name.clone(), bytes);
        }
        left
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change, keep: &mut impl FnMut(usize) -> bool) {
    match change {
        Change::Truncate(size) => {
            if keep(0) {
                bytes.resize(*size, 0);
            }
        }
        Change::Write { offset, bytes: new } => {
            for (i, piece) in new.chunks(512).enumerate() {
                if keep(i) {
                    let at = offset + i * 512;
                    if bytes.len() < at + piece.len() {
                        bytes.resize(at + piece.len(), 0);
                    }
                    bytes[at..at + piece.len()].copy_from_slice(piece);
                }
            }
        }
    }
}
