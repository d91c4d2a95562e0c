//! What it costs to ask whether something is allowed, beside storing one event, which is asked about each time.
//!
//! Both sides run in turns in one process; figures are medians over batches. Run with `cargo bench --bench consent`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use figures::{figure, median};
use sottovoce::clock::SystemClock;
use sottovoce::consent::{ConsentError, Gate, History, Policy, Purpose};
use sottovoce::random::SystemRandom;
use sottovoce::vault::{Durability, KeyStore, MemoryKeyStore, Table, Vault};
use sottovoce::{Config, Sottovoce};

const BATCHES: usize = 201;
const EVENTS: Table = Table(20);

/// Microseconds that one call takes, over so many.
fn each(times: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..times).for_each(|_| call());
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

fn open(dir: &std::path::Path) -> Gate {
    let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::new());
    let (vault, _) = Vault::open(dir, "bench", keys, Arc::new(SystemRandom)).unwrap();
    Gate::open(vault, Policy::baseline().unwrap(), Arc::new(SystemClock), Arc::new(SystemRandom)).unwrap()
}

/// `offers` needs ranking, which needs one of three others: no purpose asks for more steps.
fn asking() {
    let folder = tempfile::tempdir().unwrap();
    let gate = open(&folder.path().join("gate"));
    gate.accept_all("bench", "en").unwrap();
    let home = folder.path().join("engine").display().to_string();
    let key = sottovoce::catalog::SigningKey::generate().unwrap();
    let config = Config::new("bench", &home, key.public_key().as_bytes());
    let engine = Sottovoce::open(config, Arc::new(MemoryKeyStore::new()), None, None).unwrap();
    let consent = engine.consent();
    consent.accept_all("bench".into(), "en".into()).unwrap();
    let permit = gate.permit::<History>().unwrap();
    let event = [7_u8; 200];
    let store = || {
        gate.write::<_, ConsentError>(Durability::Normal, |w| w.at(&permit)?.append(EVENTS, &event)).unwrap();
    };
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..BATCHES {
        times[0].push(each(1_000, || assert!(black_box(gate.decide(Purpose::Offers)).allowed)));
        times[1].push(each(1_000, || assert!(black_box(consent.is_allowed(Purpose::Offers)))));
        times[2].push(each(1_000, || drop(black_box(gate.permit::<History>().unwrap()))));
        times[3].push(each(10, store));
    }
    let [decide, allowed, permit, store] = times.map(median);
    println!("one event of {} bytes sealed and stored: {store:.1} µs", event.len());
    figure("consent", "decide_us", decide, "us", 10.0);
    figure("consent", "is_allowed_us", allowed, "us", 10.0);
    figure("consent", "permit_us", permit, "us", 10.0);
    figure("consent", "decide_vs_stored_event", decide / store, "ratio", 0.1);
}

/// A first start: nothing on the disk, no network, and the right answer.
fn first_start() {
    let times = (0..21).map(|_| {
        let folder = tempfile::tempdir().unwrap();
        let keys: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::new());
        let (vault, _) = Vault::open(folder.path(), "bench", keys, Arc::new(SystemRandom)).unwrap();
        let start = Instant::now();
        let gate =
            Gate::open(vault, Policy::baseline().unwrap(), Arc::new(SystemClock), Arc::new(SystemRandom))
                .unwrap();
        assert!(!gate.decide(Purpose::Ranking).allowed);
        start.elapsed().as_secs_f64() * 1e3
    });
    figure("consent", "first_decision_ms", median(times.collect()), "ms", 10.0);
}

fn main() {
    asking();
    first_start();
}
