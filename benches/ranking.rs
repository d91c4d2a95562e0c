//! What a list costs on a device: all features of a few hundred candidates out of 10 000 to 1 000 000 items, the best picked
//! with variety, and the reasons of every item of the list. Held against reading the matrix of embeddings once, in turns in
//! one process.
//!
//! Run with `cargo bench --bench ranking --profile device`, which is the code that phones run. `SOTTOVOCE_BENCH_ITEMS=200000`
//! takes one number of items. `SOTTOVOCE_PYTHON=python3` names a Python that has `faiss`: its bare search of the same matrix as
//! floats (`ranking_faiss.py`) then takes its turns as well.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]
#![cfg(unix)]

mod figures;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use figures::{figure, median};
use sottovoce::api::{Config, Sottovoce};
use sottovoce::catalog::{
    Artefacts, Availability, BundleHeader, Catalog, EMBEDDING_WIDTH, Item, MAX_NEIGHBOURS, MAX_RIDGE,
    MAX_TOGETHER, SigningKey, build_bundle,
};
use sottovoce::clock::{Clock, ManualClock, SystemClock};
use sottovoce::consent::{Choice, Gate, Permit, Policy, Purpose, PurposeChoice, Ranking};
use sottovoce::money::Money;
use sottovoce::profile::{Event, EventName, Evidence, TrackOutcome};
use sottovoce::random::SystemRandom;
use sottovoce::ranking::{RankRequest, ShelfKind, rank};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::vault::{MemoryKeyStore, Vault};

const DAY_MS: i64 = 86_400_000;
const NOW_MS: i64 = 20_000 * DAY_MS;
/// Items that the user of the bench viewed or bought.
const ACTS: usize = 200;
/// Events that the device knows when one more is told.
const EVENTS: usize = 10_000;
const LIST: usize = 50;
const TURNS: usize = 41;

/// The heap, counted.
struct Counted;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: it hands every call on to the system's allocator.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static HEAP: Counted = Counted;

/// Numbers that look random and are the same every time (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn items(count: usize) -> Vec<Item> {
    let item = |number: usize| Item {
        id: format!("SKU-{number}"),
        item_group_id: Some(format!("g{}", number / 3)),
        title: format!("Thing {}", number / 3),
        brand: Some(format!("Brand {}", number / 3 % 300)),
        google_product_category: Some(format!("Department {} > Shelf {}", number / 3 % 20, number / 3 % 200)),
        color: Some(format!("colour {}", number % 19)),
        size: Some(format!("{}", number % 8)),
        material: Some(format!("material {}", number / 3 % 12)),
        price: Some(Money { minor: 500 + (number as i64 / 3 * 37) % 9000, currency: "EUR".into() }),
        availability: if number.is_multiple_of(9) { Availability::OutOfStock } else { Availability::InStock },
        ..Item::default()
    };
    (0..count).map(item).collect()
}

fn artefacts(numbers: &mut Numbers, count: usize) -> Artefacts {
    let mut artefacts = Artefacts::untrained(count);
    let mut list = |item: usize, most: usize| -> Vec<(u32, f32)> {
        // Half of what goes with an item is of its own shelf.
        let mut near = |place: usize| match place % 2 {
            0 => ((item + 600 * (1 + numbers.below(40))) % count) as u32 / 3 * 3,
            _ => numbers.below(count) as u32 / 3 * 3,
        };
        (0..most).map(|place| (near(place), 1.0 / (place + 1) as f32)).collect()
    };
    for item in (0..count).step_by(3) {
        artefacts.neighbours[item] = list(item, MAX_NEIGHBOURS);
        artefacts.together[item] = list(item, MAX_TOGETHER);
        artefacts.ridge[item] = list(item, MAX_RIDGE);
    }
    for item in 0..count {
        artefacts.embeddings[item] =
            [0; EMBEDDING_WIDTH].map(|_: i8| (numbers.below(255) as i16 - 127) as i8);
        artefacts.popularity[item] = numbers.below(1000) as f32;
        artefacts.recent_popularity[item] = numbers.below(100) as f32;
        artefacts.repurchase_days[item] = if item % 3 == 0 { 9.0 + numbers.below(99) as f32 } else { 0.0 };
    }
    artefacts.embedding_scale = 0.01;
    artefacts
}

struct Shop {
    bundle: Vec<u8>,
    key: SigningKey,
}

fn shop(count: usize) -> Shop {
    let artefacts = artefacts(&mut Numbers(1), count);
    let key = SigningKey::generate().unwrap();
    let header = BundleHeader { store_id: "bench".into(), version: 1, ..BundleHeader::default() };
    Shop { bundle: build_bundle(&items(count), &artefacts, &header, &key).unwrap(), key }
}

/// What the user did: half of it on five shelves, the rest anywhere; every fourth act a purchase.
fn acts(count: usize, how_many: usize) -> impl Iterator<Item = (u32, bool)> {
    let mut numbers = Numbers(7);
    (0..how_many).map(move |act| {
        let anywhere = numbers.below(count);
        let of_shelf = (3 * (act % 5) + 600 * numbers.below(count / 600) + numbers.below(3)).min(count - 1);
        (if act % 2 == 0 { of_shelf } else { anywhere } as u32, act % 4 == 0)
    })
}

/// Ranking asks for a permit here as everywhere.
fn agreed(folder: &std::path::Path) -> (Gate, Permit<Ranking>) {
    let random = Arc::new(SystemRandom);
    let (vault, _) =
        Vault::open(folder, "bench", Arc::new(MemoryKeyStore::default()), random.clone()).unwrap();
    let gate = Gate::open(vault, Policy::baseline().unwrap(), Arc::new(SystemClock), random).unwrap();
    let give = |purpose| PurposeChoice { purpose, choice: Choice::Give };
    gate.record(&[give(Purpose::History), give(Purpose::Ranking)], "bench", "en").unwrap();
    let permit = gate.permit().unwrap();
    (gate, permit)
}

/// What the processor worked on this thread, milliseconds: other programs take their turns meanwhile.
fn worked() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place that it writes to is there.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Milliseconds that some work takes.
fn took(work: impl FnOnce()) -> f64 {
    let start = worked();
    work();
    worked() - start
}

/// Reads every byte once.
fn read(matrix: &[i8]) -> u64 {
    // SAFETY: any eight bytes are a number.
    let (_, numbers, _) = unsafe { matrix.align_to::<u64>() };
    let mut all = [0; 8];
    for eight in numbers.chunks_exact(8) {
        all.iter_mut().zip(eight).for_each(|(all, number)| *all ^= number);
    }
    all.into_iter().fold(0, |all, number| all ^ number)
}

/// Another process that searches the same number of vectors whenever it is told to.
struct Faiss {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Faiss {
    fn start(count: usize) -> Option<Self> {
        let python = std::env::var_os("SOTTOVOCE_PYTHON")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ranking_faiss.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(count.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let (ask, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self { child, ask, answers })
    }

    fn took(&mut self) -> f64 {
        writeln!(self.ask).unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    }

    fn stop(mut self) {
        drop(self.ask);
        self.child.wait().unwrap();
    }
}

/// What lists are held against: at most so many times reading the matrix, at most so many times faiss.
const GOALS: [(usize, f64, f64); 4] =
    [(10_000, 100.0, 2.0), (100_000, 6.0, 0.75), (200_000, 6.0, 0.75), (1_000_000, 2.5, 0.4)];

fn lists(shop: &Shop, count: usize, permit: &Permit<Ranking>) -> f64 {
    let catalog = Catalog::from_bytes(&shop.bundle).unwrap();
    let past = acts(count, ACTS)
        .zip(0..)
        .map(|((ix, bought), at)| (ix, bought, NOW_MS - (ACTS as i64 - at) * DAY_MS / 4));
    let evidence = Evidence::of_interactions(&catalog, permit, past, NOW_MS).unwrap();
    let request = RankRequest::new(ShelfKind::ForYou, LIST);
    let list = || rank(&catalog, permit, &evidence, &request, &SystemRandom).unwrap();
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let first = took(|| drop(black_box(list())));
    let heap = (MOST.load(Ordering::Relaxed) - before) as f64 / f64::from(1 << 20);
    let made = list();
    assert_eq!(made.items.len(), LIST);
    let mut faiss = Faiss::start(count);
    let (mut ours, mut reads, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        reads.push(took(|| _ = black_box(read(catalog.embeddings()))));
        ours.push(took(|| drop(black_box(list()))));
        theirs.extend(faiss.as_mut().map(Faiss::took));
    }
    if let Some(faiss) = faiss {
        faiss.stop();
    }
    let (ours, reads) = (median(ours), median(reads));
    println!(
        "{count} items: {} candidates, the first list {first:.2} ms, reading {reads:.4} ms",
        made.candidates
    );
    let (_, of_reading, of_faiss) =
        GOALS.into_iter().find(|goal| goal.0 >= count).unwrap_or(GOALS[GOALS.len() - 1]);
    let name = |what: &str| format!("{what}_{count}");
    figure("ranking", &name("list"), ours, "ms", 25.0);
    figure("ranking", &name("list_vs_reading"), ours / reads, "ratio", of_reading);
    if !theirs.is_empty() {
        let theirs = median(theirs);
        println!("faiss: {theirs:.4} ms");
        figure("ranking", &name("list_vs_faiss"), ours / theirs, "ratio", of_faiss);
    }
    figure("ranking", &name("heap"), heap, "MiB", 6.0 * (count as f64 / 1e5).max(1.0));
    ours
}

/// One more event, and the list that knows of it, where the device knows ten thousand events.
fn track_and_recommend(shop: &Shop, count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(NOW_MS - (EVENTS as i64 + 100) * DAY_MS / 100));
    let home = folder.path().join("engine").display().to_string();
    let config = Config::new("bench", &home, shop.key.public_key().as_bytes());
    let keys = Arc::new(MemoryKeyStore::default());
    let engine = Sottovoce::with_sources(config, keys, None, clock.clone(), Arc::new(SystemRandom)).unwrap();
    engine.unlock().unwrap();
    let download = folder.path().join("bundle");
    std::fs::write(&download, &shop.bundle).unwrap();
    engine.catalog().install(download.display().to_string()).unwrap();
    let give = |purpose| PurposeChoice { purpose, choice: Choice::Give };
    let yes = [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking].map(give);
    engine.consent().record(yes.to_vec(), "bench".into(), "en".into()).unwrap();
    let track = |ix: u32, bought: bool| {
        let name = if bought { EventName::Purchase } else { EventName::ViewItem };
        let outcome = engine.events().track(Event::about(name, [format!("SKU-{ix}")])).unwrap();
        assert!(matches!(outcome, TrackOutcome::Stored { .. }), "{outcome:?}");
    };
    for (ix, bought) in acts(count, EVENTS) {
        clock.advance(DAY_MS / 100);
        track(ix, bought);
    }
    let request = || RecommendRequest::new("home", LIST as u32);
    engine.ranking().recommend(request()).unwrap();
    let (mut tracks, mut both) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        clock.advance(40_000);
        let (start, shelf) = (worked(), 3 * (turn * 77 % (count / 3)) as u32 + 1);
        track(shelf, false);
        let tracked = worked();
        drop(black_box(engine.ranking().recommend(request()).unwrap()));
        tracks.push(tracked - start);
        both.push(worked() - start);
    }
    println!("of that, track: {:.3} ms", median(tracks));
    figure("ranking", "track_and_recommend", median(both), "ms", 1.0);
}

fn main() {
    let wanted = std::env::var("SOTTOVOCE_BENCH_ITEMS").ok().and_then(|number| number.parse().ok());
    let counts = wanted.map_or(GOALS.map(|goal| goal.0).to_vec(), |count| vec![count]);
    let folder = tempfile::tempdir().unwrap();
    let (_gate, permit) = agreed(folder.path());
    let mut smaller = None;
    for count in counts {
        let shop = shop(count);
        let list = lists(&shop, count, &permit);
        match (count, smaller) {
            (100_000, _) => smaller = Some(list),
            (200_000, Some(smaller)) => figure("ranking", "200k_vs_100k", list / smaller, "ratio", 2.1),
            _ => {}
        }
        if count == 100_000 || wanted.is_some() {
            track_and_recommend(&shop, count);
        }
    }
}
