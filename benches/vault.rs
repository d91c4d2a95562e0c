//! What sealing costs beside plain SQLite with the same settings: write-ahead log, secure delete, one index.
//!
//! All sides run in turns in one process. Single inserts and durable writes are compared by the median of wall times,
//! everything else by the median of the thread's CPU time. Run with `cargo bench --bench vault`; a part alone with its
//! name, such as `cargo bench --bench vault -- open_and_read`. Durable writes over a keyring need `--features keyring`
//! and a session that has one (see `tests/keyring.rs`).
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use figures::{figure, median};
use rusqlite::{Connection, params};
use sottovoce::random::SystemRandom;
use sottovoce::vault::{
    Compartment, Durability, FileKeyStore, KeyStore, MemoryKeyStore, Table, Vault, VaultError,
};

const EVENTS: usize = 10_000;
/// An event is the name of an item and this many bytes.
const BYTES: usize = 200;
const C: Compartment = Compartment(1);
const T: Table = Table(1);

/// CPU time of this thread.
#[cfg(target_os = "linux")]
fn cpu() -> Duration {
    #[repr(C)]
    struct Timespec {
        seconds: i64,
        nanos: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, to: *mut Timespec) -> i32;
    }
    let mut now = Timespec { seconds: 0, nanos: 0 };
    // SAFETY: the pointer is valid for the call; 3 is CLOCK_THREAD_CPUTIME_ID.
    unsafe { clock_gettime(3, &raw mut now) };
    Duration::new(now.seconds as u64, now.nanos as u32)
}

/// Elsewhere the wall clock has to do.
#[cfg(not(target_os = "linux"))]
fn cpu() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn timed(clock: fn() -> Duration, work: impl FnOnce()) -> f64 {
    let start = clock();
    work();
    (clock() - start).as_secs_f64()
}

fn wall() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn item(i: usize) -> String {
    format!("item{:07}", i * 7919 % 5000)
}

fn payload(i: usize) -> Vec<u8> {
    (0..BYTES).map(|k| (i * 31 + k * 7) as u8).collect()
}

/// The same event as one record.
fn record(i: usize) -> Vec<u8> {
    [item(i).as_bytes(), &payload(i)].concat()
}

/// The plain side, as a careful app would write it by hand.
struct Plain(Connection);

impl Plain {
    fn open(path: &Path) -> Self {
        let conn = Connection::open(path).unwrap();
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;
             CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, item TEXT NOT NULL, payload BLOB NOT NULL);
             CREATE INDEX IF NOT EXISTS event_item ON event (item);",
        )
        .unwrap();
        Self(conn)
    }

    fn run(&self, sql: &str) {
        self.0.prepare_cached(sql).unwrap().execute([]).unwrap();
    }

    fn insert(&self, item: &str, bytes: &[u8]) {
        let mut insert = self.0.prepare_cached("INSERT INTO event (item, payload) VALUES (?1, ?2)").unwrap();
        insert.execute(params![item, bytes]).unwrap();
    }

    fn read(&self) -> usize {
        let mut query = self.0.prepare_cached("SELECT id, item, payload FROM event ORDER BY id").unwrap();
        let event = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
        };
        let rows = query.query_map([], event).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().len()
    }
}

struct Sealed {
    keys: Arc<dyn KeyStore>,
}

impl Sealed {
    fn open(&self, dir: &Path) -> Vault {
        Vault::open(dir, "bench", Arc::clone(&self.keys), Arc::new(SystemRandom)).unwrap().0
    }
}

fn append(vault: &Vault, c: Compartment, range: std::ops::Range<usize>) {
    let records: Vec<_> = range.map(record).collect();
    vault
        .write::<_, VaultError>(Durability::Normal, |w| {
            records.iter().try_for_each(|r| w.append(c, T, r).map(drop))
        })
        .unwrap();
}

fn single_inserts(dir: &Path) {
    let plain = Plain::open(&dir.join("single.plain"));
    let sealed = Sealed { keys: Arc::new(MemoryKeyStore::new()) }.open(&dir.join("single"));
    let (mut plains, mut sealeds) = (Vec::new(), Vec::new());
    for i in 0..6000 {
        let (item, bytes, record) = (item(i), payload(i), record(i));
        let one = || {
            plain.run("BEGIN IMMEDIATE");
            plain.insert(&item, &bytes);
            plain.run("COMMIT");
        };
        let other = || {
            sealed.write(Durability::Normal, |w| w.append(C, T, &record)).unwrap();
        };
        // Whoever goes second finds warmer caches.
        let (a, b) = if i % 2 == 0 {
            let a = timed(wall, one);
            (a, timed(wall, other))
        } else {
            let b = timed(wall, other);
            (timed(wall, one), b)
        };
        plains.push(a);
        sealeds.push(b);
    }
    let (plain, sealed) = (median(plains), median(sealeds));
    println!("single insert: plain {:.1} us, sealed {:.1} us", plain * 1e6, sealed * 1e6);
    figure("vault", "insert_normal_vs_plain", sealed / plain, "ratio", 1.10);
}

fn bulk(dir: &Path) {
    let (mut plains, mut sealeds) = (Vec::new(), Vec::new());
    let events: Vec<_> = (0..EVENTS).map(|i| (item(i), payload(i))).collect();
    let records: Vec<_> = (0..EVENTS).map(record).collect();
    for round in 0..9 {
        let plain = Plain::open(&dir.join(format!("bulk{round}.plain")));
        plains.push(timed(cpu, || {
            plain.run("BEGIN IMMEDIATE");
            events.iter().for_each(|(item, bytes)| plain.insert(item, bytes));
            plain.run("COMMIT");
        }));
        let sealed = Sealed { keys: Arc::new(MemoryKeyStore::new()) }.open(&dir.join(format!("bulk{round}")));
        sealeds.push(timed(cpu, || {
            let all = |w: &mut sottovoce::vault::Writer<'_>| {
                records.iter().try_for_each(|r| w.append(C, T, r).map(drop))
            };
            sealed.write::<_, VaultError>(Durability::Normal, all).unwrap();
        }));
    }
    let (plain, sealed) = (median(plains), median(sealeds));
    println!("bulk insert: plain {:.1} ms, sealed {:.1} ms", plain * 1e3, sealed * 1e3);
    figure("vault", "bulk_10k_vs_plain", sealed / plain, "ratio", 1.7);
}

fn open_and_read(dir: &Path) {
    let (path, folder) = (dir.join("read.plain"), dir.join("read"));
    let plain = Plain::open(&path);
    plain.run("BEGIN");
    (0..EVENTS).for_each(|i| plain.insert(&item(i), &payload(i)));
    plain.run("COMMIT");
    drop(plain);
    let sealed = Sealed { keys: Arc::new(MemoryKeyStore::new()) };
    append(&sealed.open(&folder), C, 0..EVENTS);
    let (mut plains, mut sealeds) = (Vec::new(), Vec::new());
    for _ in 0..41 {
        plains.push(timed(cpu, || assert_eq!(Plain::open(&path).read(), EVENTS)));
        sealeds.push(timed(cpu, || {
            let vault = sealed.open(&folder);
            let mut found = Vec::new();
            let keep = |id, bytes: &[u8]| {
                found.push((id, bytes.to_vec()));
                Ok::<_, VaultError>(())
            };
            vault.read(|r| r.each(C, T, keep)).unwrap();
            assert_eq!(found.len(), EVENTS);
        }));
    }
    let (plain, sealed) = (median(plains), median(sealeds));
    println!("open and read: plain {:.2} ms, sealed {:.2} ms", plain * 1e3, sealed * 1e3);
    figure("vault", "open_read_10k_vs_plain", sealed / plain, "ratio", 1.6);
}

fn cold_open(dir: &Path) {
    let folder = dir.join("cold");
    let sealed = Sealed { keys: Arc::new(MemoryKeyStore::new()) };
    let vault = sealed.open(&folder);
    append(&vault, Compartment(1), 0..EVENTS);
    for c in 2..=6 {
        append(&vault, Compartment(c), 0..50);
        vault.write(Durability::Normal, |w| w.put(Compartment(c), Table(2), "key", b"value")).unwrap();
    }
    drop(vault);
    let mut vault = None;
    let times = (0..81).map(|_| {
        vault = None; // closing is not part of opening
        timed(cpu, || vault = Some(sealed.open(&folder)))
    });
    figure("vault", "cold_open_cpu_ms", median(times.collect()) * 1e3, "ms", 3.0);
}

/// A keyring, where the bench is built with one and one answers.
#[cfg(feature = "keyring")]
fn keyring() -> Option<Arc<dyn KeyStore>> {
    let keys = sottovoce::vault::KeyringKeyStore::new(format!("dev.sottovoce.bench.{}", std::process::id()));
    keys.list("sottovoce.".into()).ok().map(|_| Arc::new(keys) as Arc<dyn KeyStore>)
}

#[cfg(not(feature = "keyring"))]
fn keyring() -> Option<Arc<dyn KeyStore>> {
    None
}

/// The price of a durable write: synced alone, and anchored over each key store, in turns.
fn durable_writes(dir: &Path) {
    let (full, file) = (Durability::Full, Arc::new(FileKeyStore::new(dir.join("durable.keys"))));
    let memory = || Arc::new(MemoryKeyStore::new()) as Arc<dyn KeyStore>;
    let mut kinds = vec![
        ("full", full, memory()),
        ("anchored_memory", Durability::Anchored, memory()),
        ("anchored_file", Durability::Anchored, file),
    ];
    kinds.extend(keyring().map(|keys| ("anchored_keyring", Durability::Anchored, keys)));
    let vaults: Vec<Vault> =
        kinds.iter().map(|(name, _, keys)| Sealed { keys: Arc::clone(keys) }.open(&dir.join(name))).collect();
    let mut times = vec![Vec::new(); kinds.len()];
    for i in 0..300 {
        let record = record(i);
        for turn in 0..kinds.len() {
            let at = (turn + i) % kinds.len();
            let write = || {
                vaults[at].write(kinds[at].1, |w| w.append(C, T, &record)).unwrap();
            };
            times[at].push(timed(wall, write));
        }
    }
    drop(vaults);
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    for ((name, _, keys), median) in kinds.iter().zip(&medians) {
        println!("one durable write, {name}: {:.2} ms", median * 1e3);
        let items = keys.list("sottovoce.".into()).unwrap();
        items.into_iter().for_each(|item| keys.remove(item).unwrap());
    }
    let goals = [("anchored_memory", 1.3), ("anchored_file", 12.0), ("anchored_keyring", 100.0)];
    for ((name, ..), median) in kinds.iter().zip(&medians) {
        if let Some((_, goal)) = goals.iter().find(|(goal, _)| goal == name) {
            figure("vault", &format!("write_{name}_vs_full"), median / medians[0], "ratio", *goal);
        }
    }
}

fn main() {
    // On a disk: what is synced in memory costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let wanted = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    type Part = (&'static str, fn(&Path));
    let parts: [Part; 5] = [
        ("single_inserts", single_inserts),
        ("bulk", bulk),
        ("open_and_read", open_and_read),
        ("cold_open", cold_open),
        ("durable_writes", durable_writes),
    ];
    parts.iter().filter(|(name, _)| name.contains(&wanted)).for_each(|(_, part)| part(folder.path()));
}
