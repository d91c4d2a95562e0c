//! A seeded life of a vault, recorded: what was done, what was promised, what should be there after each step.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use sottovoce::random::SystemRandom;
use sottovoce::vault::{Compartment, Durability, KeyStore, Opening, Reader, Table, Vault, VaultError};

use super::disk::Rng;
use super::keys::{Attacker, DataKey, Keys};
use super::vfs::{Op, Tape, record};

pub const LEDGER: Compartment = Compartment(1);
pub const HISTORY: Compartment = Compartment(2);
pub const INFERRED: Compartment = Compartment(3);
pub const COMPARTMENTS: [u16; 4] = [1, 2, 3, u16::MAX];
pub const KEYED: Table = Table(1);
pub const EVENTS: Table = Table(2);

/// Everything a vault holds, by compartment and table.
pub type Content = BTreeMap<(u16, u16), Vec<Vec<u8>>>;

pub fn open(dir: &Path, keys: &Arc<Keys>) -> Result<(Vault, Opening), VaultError> {
    Vault::open(dir, "v", Arc::clone(keys) as Arc<dyn KeyStore>, Arc::new(SystemRandom))
}

pub fn content(vault: &Vault) -> Result<Content, VaultError> {
    vault.read(|r| {
        let mut all = Content::new();
        for c in [LEDGER, HISTORY, INFERRED] {
            for t in [KEYED, EVENTS] {
                let records = r.scan(c, t)?;
                if !records.is_empty() {
                    all.insert((c.0, t.0), records.into_iter().map(|r| r.bytes.to_vec()).collect());
                }
            }
        }
        Ok(all)
    })
}

/// What a privacy ledger would say was spent.
pub fn spent(content: &Content) -> u64 {
    let ledger = content.get(&(LEDGER.0, KEYED.0)).and_then(|records| records.first());
    ledger.map_or(0, |bytes| u64::from_le_bytes(bytes[..8].try_into().unwrap()))
}

/// What a step may be done wrong on purpose, to see whether the tests notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// Syncs are asked for and not done.
    NoSync,
    /// A durable write is acknowledged before it is committed.
    EarlyAck,
    /// An erasure deletes the data key and empties the log, but leaves the root key.
    SameEpoch,
}

/// A recorded life.
pub struct Life {
    pub ops: Vec<Op>,
    /// The content after each step; step 0 is the creation.
    pub contents: Vec<Content>,
    /// Data keys that are destroyed once that step is acknowledged.
    pub destroyed: Vec<(usize, BTreeSet<DataKey>)>,
}

/// Lives through `steps` seeded steps in `dir`.
pub fn live(dir: &Path, seed: u64, steps: usize, flaw: Flaw) -> Life {
    let tape = record(dir);
    tape.ignores_sync.store(flaw == Flaw::NoSync, std::sync::atomic::Ordering::SeqCst);
    let keys = Keys::recorded(&tape, BTreeMap::new());
    let mut rng = Rng::new(seed);
    let mut vault = open(dir, &keys).unwrap().0;
    // A new vault is made elsewhere and renamed, which no SQLite file system sees: `power_loss` goes through that.
    drop(tape.take());
    let holds_data = |file: &str| file.ends_with(".vault") || file.ends_with("-wal");
    for (file, bytes) in read_files(dir).into_iter().filter(|(file, _)| holds_data(file)) {
        tape.note(Op::Write { file: file.clone(), offset: 0, bytes });
        tape.note(Op::Sync { file });
    }
    tape.note(Op::Keys(keys.held()));
    tape.note(Op::Acked { n: 0, durable: true });
    let mut life = Life { ops: Vec::new(), contents: vec![Content::new()], destroyed: Vec::new() };
    for n in 1..=steps {
        tape.note(Op::Begun(n));
        let mut step =
            Step { dir, tape: &tape, keys: &keys, flaw, n, rng: &mut rng, destroyed: BTreeSet::new() };
        let durable;
        (vault, durable) = step.take(vault);
        let destroyed = step.destroyed;
        tape.note(Op::Acked { n, durable });
        life.contents.push(content(&vault).unwrap());
        if flaw == Flaw::SameEpoch && !destroyed.is_empty() {
            drop(vault);
            vault = open(dir, &keys).unwrap().0;
        }
        if !destroyed.is_empty() {
            life.destroyed.push((n, destroyed));
        }
    }
    drop(vault);
    life.ops = tape.take();
    super::vfs::forget(dir);
    life
}

struct Step<'a> {
    dir: &'a Path,
    tape: &'a Tape,
    keys: &'a Arc<Keys>,
    flaw: Flaw,
    n: usize,
    rng: &'a mut Rng,
    destroyed: BTreeSet<DataKey>,
}

impl Step<'_> {
    /// Does one step; tells whether it was promised to survive power loss.
    fn take(&mut self, vault: Vault) -> (Vault, bool) {
        let place = if self.rng.coin() { HISTORY } else { INFERRED };
        match self.rng.below(100) {
            0..45 => (self.events(vault, place), false),
            45..65 => (self.charge(vault), true),
            65..72 => (self.delete(vault, place), true),
            72..82 => (self.erase(vault, place), true),
            82..88 => {
                vault.rotate_root().unwrap();
                (vault, true)
            }
            88..92 => {
                vault.rotate_data_key(place).unwrap();
                (vault, true)
            }
            92..96 => {
                vault.reseal(6).unwrap();
                (vault, false)
            }
            96..98 => {
                self.checkpoint();
                (vault, false)
            }
            _ => {
                drop(vault);
                (open(self.dir, self.keys).unwrap().0, false)
            }
        }
    }

    /// What SQLite does by itself once the log has 1000 pages; the next write starts the log from its beginning.
    fn checkpoint(&self) {
        let conn = rusqlite::Connection::open(self.dir.join("v.vault")).unwrap();
        conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
    }

    fn bytes(&mut self, i: usize) -> Vec<u8> {
        let mut bytes = format!("event {} {i} ", self.n).into_bytes();
        bytes.resize(20 + self.rng.below(300), b'.');
        bytes
    }

    fn events(&mut self, vault: Vault, place: Compartment) -> Vault {
        let count = if self.rng.below(12) == 0 { 60 } else { 1 + self.rng.below(3) };
        let events: Vec<_> = (0..count).map(|i| self.bytes(i)).collect();
        let append = |w: &mut sottovoce::vault::Writer<'_>| {
            events.iter().try_for_each(|event| w.append(place, EVENTS, event).map(drop))
        };
        vault.write::<_, VaultError>(Durability::Normal, append).unwrap();
        vault
    }

    fn charge(&mut self, vault: Vault) -> Vault {
        let report = self.bytes(0);
        let spent = (self.n as u64).to_le_bytes();
        let early = self.flaw == Flaw::EarlyAck;
        let charge = |w: &mut sottovoce::vault::Writer<'_>| {
            w.put(LEDGER, KEYED, "spent", &spent)?;
            w.append(LEDGER, EVENTS, &report)?;
            if early {
                self.tape.note(Op::Acked { n: self.n, durable: true });
            }
            Ok::<_, VaultError>(())
        };
        vault.write(Durability::Full, charge).unwrap();
        vault
    }

    fn delete(&mut self, vault: Vault, place: Compartment) -> Vault {
        let all = self.rng.below(3) == 0;
        let remove = |w: &mut sottovoce::vault::Writer<'_>| {
            if all {
                return w.clear(place, EVENTS);
            }
            let ids: Vec<_> = w.scan(place, EVENTS)?.iter().step_by(2).map(|r| r.id).collect();
            w.delete(place, &ids)
        };
        vault.write::<_, VaultError>(Durability::Full, remove).unwrap();
        vault
    }

    fn erase(&mut self, vault: Vault, place: Compartment) -> Vault {
        let files = read_files(self.dir);
        let known = Attacker::default().data_keys(
            files.values().map(Vec::as_slice),
            &self.keys.held(),
            &COMPARTMENTS,
        );
        self.destroyed = known.into_keys().filter(|(c, _)| *c == place.0).collect();
        if self.flaw != Flaw::SameEpoch {
            vault.erase(&[place], 0, |_| Ok(())).unwrap();
            return vault;
        }
        // Beside the open vault, whose log therefore stays; it is opened anew once the erasure was acknowledged.
        let conn = rusqlite::Connection::open(self.dir.join("v.vault")).unwrap();
        conn.execute_batch("PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; BEGIN").unwrap();
        conn.execute("DELETE FROM data_key WHERE compartment = ?1", [place.0]).unwrap();
        conn.execute_batch(&format!("DROP TABLE IF EXISTS r{}_{}; COMMIT", place.0, EVENTS.0)).unwrap();
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        vault
    }
}

/// The files of a vault that hold data.
pub fn read_files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_file() {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// Reads everything of one view.
pub fn count(reader: &Reader<'_>) -> Result<u64, VaultError> {
    let mut sum = 0;
    for c in [LEDGER, HISTORY, INFERRED] {
        sum += reader.count(c, KEYED)? + reader.count(c, EVENTS)?;
    }
    Ok(sum)
}
