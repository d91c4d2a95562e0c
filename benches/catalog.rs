//! What a device pays for a catalog of 100 000 items: bytes, opening, installing, looking up, searching.
//!
//! Opening is held against reading the same file into memory and against parsing the same items as JSON, in turns in one
//! process. Run with `cargo bench --bench catalog`.
//!
//! Opening takes a copy of every byte, and that is nearly all it costs: neither signature nor hashes are checked again while
//! the file is as it was installed. A mapped file could be opened in less than a millisecond, and whoever cut it short or
//! wrote over it would kill the app by SIGBUS or change its answers. A clone, where the file system has them, is not faster
//! while it is warm: its pages are not those that are in memory already. So the goal is the price of one read.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::hint::black_box;
use std::time::Instant;

use figures::{figure, median};
use sottovoce::catalog::{
    Artefacts, BundleHeader, Catalog, EMBEDDING_WIDTH, Item, MAX_NEIGHBOURS, SigningKey, Trust, build_bundle,
};
use sottovoce::money::Money;

const ITEMS: usize = 100_000;
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

fn items(numbers: &mut Numbers) -> Vec<Item> {
    let mut word = |number: usize| format!("{} {}", WORDS[numbers.below(WORDS.len())], number % 977);
    (0..ITEMS)
        .map(|number| Item {
            id: format!("SKU-{number}"),
            item_group_id: Some(format!("g{}", number / 3)),
            title: format!("{} {} {}", word(number), word(number / 7), word(number / 31)),
            brand: Some(format!("Brand {}", number % 300)),
            google_product_category: Some(format!("Department {} > Shelf {}", number % 20, number % 200)),
            color: Some(format!("colour {}", number % 19)),
            size: Some(format!("{}", number % 8)),
            price: Some(Money { minor: 500 + (number as i64 * 37) % 9000, currency: "EUR".into() }),
            link: Some(format!("https://shop.example/products/p{number}")),
            image_link: Some(format!("https://cdn.shop.example/i/{number}.jpg")),
            ..Item::default()
        })
        .collect()
}

fn artefacts(numbers: &mut Numbers) -> Artefacts {
    let mut artefacts = Artefacts::untrained(ITEMS);
    for item in 0..ITEMS {
        artefacts.neighbours[item] = (0..MAX_NEIGHBOURS)
            .map(|place| (numbers.below(ITEMS) as u32, 1.0 / (place + 1) as f32))
            .collect();
        artefacts.embeddings[item] =
            [0; EMBEDDING_WIDTH].map(|_: i8| (numbers.below(255) as i16 - 127) as i8);
        artefacts.popularity[item] = numbers.below(1000) as f32;
    }
    artefacts.embedding_scale = 0.01;
    artefacts
}

fn main() {
    let mut numbers = Numbers(1);
    let (items, artefacts) = (items(&mut numbers), artefacts(&mut numbers));
    let key = SigningKey::generate().unwrap();
    let header = BundleHeader { store_id: "bench".into(), version: 1, ..BundleHeader::default() };
    let bundle = build_bundle(&items, &artefacts, &header, &key).unwrap();
    figure("catalog", "bytes_per_item", bundle.len() as f64 / ITEMS as f64, "B", 400.0);

    let dir = tempfile::tempdir().unwrap();
    let keys = [key.public_key()];
    let trust = Trust { keys: &keys, store_id: "bench", newest_seen: 0 };
    let install = typical(5, || {
        let _ = std::fs::remove_file(Catalog::path(dir.path()));
        Catalog::install(dir.path(), &mut bundle.as_slice(), &trust).unwrap();
    });
    figure("catalog", "install", install, "ms", 500.0);

    let json = serde_json::to_vec(&items).unwrap();
    let (mut opens, mut reads, mut parses) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..7 {
        reads.push(typical(30, || drop(black_box(std::fs::read(Catalog::path(dir.path())).unwrap()))));
        opens.push(typical(30, || drop(black_box(Catalog::open(dir.path()).unwrap()))));
        parses.push(typical(1, || drop(black_box(serde_json::from_slice::<Vec<Item>>(&json).unwrap()))));
    }
    let (open, read, parse) = (median(opens), median(reads), median(parses));
    figure("catalog", "open_vs_read", open / read, "ratio", 1.3);
    figure("catalog", "open_warm", open, "ms", 20.0);
    figure("catalog", "open_vs_json", open / parse, "ratio", 0.1);

    let catalog = Catalog::open(dir.path()).unwrap();
    let lookups = typical(5, || {
        for item in &items {
            black_box(catalog.index_of(&item.id));
        }
    });
    figure("catalog", "index_of", lookups / ITEMS as f64 * 1e3, "us", 2.0);
    let typing = ["w", "wo", "wool", "wool hik", "wool hiking soc", "kettel", "brand 77 lamp"];
    let slowest = typing
        .map(|text| typical(9, || drop(black_box(catalog.search(text, 50)))))
        .into_iter()
        .fold(0.0, f64::max);
    figure("catalog", "search_slowest", slowest, "ms", 50.0);
}
