//! What a device pays for a catalog of 100 000 items: bytes, opening, installing, looking up, searching.
//!
//! Opening is held against reading as many bytes as every ranking needs, and against parsing the same items as JSON, in turns in
//! one process. Run with `cargo bench --bench catalog`; `SOTTOVOCE_BENCH_ITEMS=1000000` takes another number of items.
//!
//! Where the file system has no clones, opening reads the hot columns, and that is nearly all it costs: neither signature nor
//! hashes are checked again while the file is as it was installed. The others are read when something asks for them: what that
//! costs the first time is measured too.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::time::Instant;

use figures::{figure, median};
use memmap2::MmapMut;
use sottovoce::catalog::import::ImportOptions;
use sottovoce::catalog::{
    Artefacts, Availability, BundleHeader, Catalog, EMBEDDING_WIDTH, EffectivePeriod, Item, MAX_NEIGHBOURS,
    MAX_RIDGE, MAX_TOGETHER, PatchHeader, SensitiveTag, ShopKeys, SigningKey, Trust, build_bundle,
    build_patch,
};
use sottovoce::money::Money;

/// Items of the catalog.
fn number_of_items() -> usize {
    std::env::var("SOTTOVOCE_BENCH_ITEMS").ok().and_then(|number| number.parse().ok()).unwrap_or(100_000)
}

const WORDS: [&str; 20] = [
    "wool", "hiking", "socks", "cotton", "shirt", "linen", "dress", "kettle", "garden", "lamp", "oak",
    "board", "running", "shoes", "tea", "green", "classic", "soft", "light", "kids",
];

/// The median of `times` runs, milliseconds.
fn typical(times: usize, mut work: impl FnMut()) -> f64 {
    let took = (0..times).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    });
    median(took.collect())
}

/// Numbers that look random and are the same every time (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn euros(minor: i64) -> Option<Money> {
    Some(Money { minor, currency: "EUR".into() })
}

fn items(numbers: &mut Numbers, count: usize) -> Vec<Item> {
    let mut word = |number: usize| format!("{} {}", WORDS[numbers.below(WORDS.len())], number % 977);
    (0..count)
        .map(|number| Item {
            id: format!("SKU-{number}"),
            item_group_id: Some(format!("g{}", number / 3)),
            title: format!("{} {} {}", word(number), word(number / 7), word(number / 31)),
            brand: Some(format!("Brand {}", number % 300)),
            google_product_category: Some(format!("Department {} > Shelf {}", number % 20, number % 200)),
            color: Some(format!("colour {}", number % 19)),
            size: Some(format!("{}", number % 8)),
            price: euros(500 + (number as i64 * 37) % 9000),
            sale_price: (number % 10 == 0).then(|| euros(400)).flatten(),
            sale_price_effective_date: (number % 20 == 0).then_some(EffectivePeriod {
                from_ms: 1_800_000_000_000 + (number as i64 % 60) * 86_400_000,
                until_ms: 1_808_000_000_000 + (number as i64 % 60) * 86_400_000,
            }),
            availability: if number % 9 == 0 { Availability::OutOfStock } else { Availability::InStock },
            sensitive_tags: if number % 25 == 0 { vec![SensitiveTag::Health] } else { Vec::new() },
            product_type: Some(format!("Room {} > Corner {}", number % 15, number % 150)),
            material: Some(format!("material {}", number % 12)),
            link: Some(format!("https://shop.example/products/p{number}")),
            image_link: Some(format!("https://cdn.shop.example/i/{number}.jpg")),
            ..Item::default()
        })
        .collect()
}

fn list(numbers: &mut Numbers, count: usize, most: usize) -> Vec<(u32, f32)> {
    let strength = |drawn: usize, place: usize| drawn as f32 / 7e3 / (place + 1) as f32;
    (0..most).map(|place| (numbers.below(count) as u32, strength(numbers.below(9999), place))).collect()
}

fn artefacts(numbers: &mut Numbers, count: usize) -> Artefacts {
    let mut artefacts = Artefacts::untrained(count);
    for item in 0..count {
        artefacts.neighbours[item] = list(numbers, count, MAX_NEIGHBOURS);
        artefacts.together[item] = list(numbers, count, MAX_TOGETHER);
        artefacts.ridge[item] = list(numbers, count, MAX_RIDGE);
        artefacts.embeddings[item] =
            [0; EMBEDDING_WIDTH].map(|_: i8| (numbers.below(255) as i16 - 127) as i8);
        artefacts.popularity[item] = numbers.below(1000) as f32;
        artefacts.recent_popularity[item] = numbers.below(100) as f32;
        artefacts.repurchase_days[item] =
            if item % 3 == 0 { 9.0 + numbers.below(999) as f32 / 7.0 } else { 0.0 };
    }
    artefacts.embedding_scale = 0.01;
    artefacts
}

/// What an item costs beside texts and their index, and what is read at every opening.
fn sizes(bundle: &[u8], items: usize) -> usize {
    let columns = Catalog::from_bytes(bundle).unwrap().column_sizes();
    let sum = |of: &dyn Fn(&str, bool) -> bool| {
        columns.iter().filter(|(name, _, hot)| of(name, *hot)).map(|(_, bytes, _)| *bytes as f64).sum::<f64>()
    };
    let text = |name: &str| {
        name.ends_with("Bytes") || ["Token", "Posting", "Text"].iter().any(|index| name.starts_with(index))
    };
    let hot = sum(&|_, hot| hot);
    figure("catalog", "bytes_per_item", bundle.len() as f64 / items as f64, "B", 400.0);
    figure("catalog", "bytes_per_item_beside_text", sum(&|name, _| !text(name)) / items as f64, "B", 330.0);
    figure("catalog", "hot_bytes_per_item", hot / items as f64, "B", 120.0);
    hot as usize
}

/// What a patch of ten thousand items costs: a new price, a reduced one with its period, and the availability of each.
fn patches(catalog: &Catalog, key: &SigningKey) {
    let rows = catalog.len().min(10_000);
    let step = catalog.len() / rows;
    let row = |n: usize| {
        let (id, price) = (catalog.item_id((n * step) as u32), 900 + n % 400);
        let currency =
            catalog.regular_price((n * step) as u32).map_or("EUR".to_owned(), |price| price.currency);
        format!("{id},{price}.90 {currency},{}.90 {currency},2027-01-01/2027-01-09,backorder\n", price - 9)
    };
    let feed: String = (0..rows).map(row).collect();
    let feed = format!("id,price,sale price,sale price effective date,availability\n{feed}");
    let header = PatchHeader { number: 1, created_ms: 1_798_000_000_000, expires_ms: i64::MAX };
    let patch = build_patch(catalog, feed.as_bytes(), &ImportOptions::default(), &header, key).unwrap();
    let keys = [key.public_key()];
    assert_eq!(patch.changes, rows as u64);
    figure("catalog", "patch_bytes_per_item", patch.bytes.len() as f64 / rows as f64, "B", 16.0);
    let apply = typical(9, || drop(black_box(catalog.patched(&patch.bytes, &keys).unwrap())));
    figure("catalog", "patch_10k", apply, "ms", 5.0);
}

fn main() {
    let count = number_of_items();
    let mut numbers = Numbers(1);
    let (items, artefacts) = (items(&mut numbers, count), artefacts(&mut numbers, count));
    let key = SigningKey::generate().unwrap();
    let header = BundleHeader { store_id: "bench".into(), version: 1, ..BundleHeader::default() };
    let bundle = build_bundle(&items, &artefacts, &header, &key).unwrap();
    let hot = sizes(&bundle, count);

    let dir = tempfile::tempdir().unwrap();
    let keys = ShopKeys::new("bench", key.public_key(), None);
    let trust = Trust::new(&keys, 0);
    let install = typical(5, || {
        let _ = std::fs::remove_file(Catalog::path(dir.path()));
        Catalog::install(dir.path(), &mut bundle.as_slice(), &trust).unwrap();
    });
    figure("catalog", "install", install, "ms", 500.0);

    let json = serde_json::to_vec(&items).unwrap();
    let (mut opens, mut reads, mut parses) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..7 {
        reads.push(typical(30, || {
            let mut bytes = MmapMut::map_anon(hot).unwrap(); // Fresh memory, as at an app's start.
            #[cfg(target_os = "linux")]
            let _ = bytes.advise(memmap2::Advice::HugePage);
            File::open(Catalog::path(dir.path())).unwrap().read_exact(&mut bytes).unwrap();
            drop(black_box(bytes));
        }));
        opens.push(typical(30, || drop(black_box(Catalog::open(dir.path()).unwrap()))));
        parses.push(typical(1, || drop(black_box(serde_json::from_slice::<Vec<Item>>(&json).unwrap()))));
    }
    let (open, read, parse) = (median(opens), median(reads), median(parses));
    figure("catalog", "open_beside_read", open - read, "ms", 0.2);
    figure("catalog", "open_warm", open, "ms", 20.0);
    figure("catalog", "open_vs_json", open / parse, "ratio", 0.1);

    let first = |name: &str, goal: f64, ask: &dyn Fn(&Catalog)| {
        let took = (0..9).map(|_| {
            let catalog = Catalog::open(dir.path()).unwrap();
            let start = Instant::now();
            ask(&catalog);
            start.elapsed().as_secs_f64() * 1e3
        });
        figure("catalog", name, median(took.collect()), "ms", goal);
    };
    let cards = |catalog: &Catalog| (0..20).map(|n| catalog.item(n * 4_999)).collect::<Vec<_>>();
    first("first_card", 5.0, &|catalog| drop(black_box(catalog.item(77))));
    first("first_twenty_cards", 10.0, &|catalog| drop(black_box(cards(catalog))));
    first("first_neighbours", 5.0, &|catalog| assert!(black_box(catalog.neighbours(77).count()) > 0));
    first("first_id", 5.0, &|catalog| assert!(black_box(catalog.index_of("SKU-77")).is_some()));
    first("first_search", 20.0, &|catalog| drop(black_box(catalog.search("wool hiking socks", 20))));

    let catalog = Catalog::open(dir.path()).unwrap();
    patches(&catalog, &key);
    let lookups = typical(5, || {
        for item in &items {
            black_box(catalog.index_of(&item.id));
        }
    });
    figure("catalog", "index_of", lookups / count as f64 * 1e3, "us", 2.0);
    let typing = ["w", "wo", "wool", "wool hik", "wool hiking soc", "kettel", "brand 77 lamp"];
    let slowest = typing
        .map(|text| typical(9, || drop(black_box(catalog.search(text, 50)))))
        .into_iter()
        .fold(0.0, f64::max);
    figure("catalog", "search_slowest", slowest, "ms", 50.0);
}
