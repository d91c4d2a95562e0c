//! What a search costs on a device with a catalog of 100 000 items: the slowest of a list of queries, and completions after each
//! keystroke. SQLite's FTS5 answers the same queries in turn.
//!
//! Run with `cargo bench --bench search --profile device`, which is the code that phones run. SQLite is built without FTS5 here:
//! with `LIBSQLITE3_FLAGS=-DSQLITE_ENABLE_FTS5` before the command it takes part. `SOTTOVOCE_BENCH_ITEMS=1000000` takes another
//! number of items.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench")]

mod figures;

use std::hint::black_box;
use std::time::Instant;

use figures::{figure, median};
use rusqlite::Connection;
use sottovoce::catalog::{
    Artefacts, Availability, BundleHeader, Catalog, Item, SensitiveTag, SigningKey, Synonyms, build_bundle,
};
use sottovoce::money::Money;

const QUERIES: &str = include_str!("search_queries.txt");
const RESULTS: usize = 20;
const TURNS: usize = 9;
/// Queries that are typed letter by letter.
const TYPED: usize = 500;

const WORDS: [&str; 24] = [
    "wool", "hiking", "socks", "cotton", "shirt", "linen", "dress", "kettle", "garden", "lamp", "oak",
    "board", "running", "shoes", "tea", "green", "classic", "soft", "light", "kids", "trail", "set", "the",
    "for",
];
const SYLLABLES: [&str; 20] = [
    "ka", "lo", "mi", "ter", "san", "ve", "ro", "dil", "pan", "gu", "este", "or", "fin", "ba", "lu", "sho",
    "cre", "ton", "wy", "ma",
];

/// Numbers that look random and are the same every time (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// A word of a shop: few of them are said often, and most seldom.
    fn word(&mut self) -> String {
        if self.below(3) == 0 {
            return WORDS[self.below(WORDS.len())].to_owned();
        }
        let seldom = 1usize << (self.below(14) + 2);
        let mut number = self.below(seldom);
        let mut word = String::new();
        for _ in 0..3 {
            word.push_str(SYLLABLES[number % SYLLABLES.len()]);
            number /= SYLLABLES.len();
        }
        word
    }

    fn text(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

fn items(count: usize) -> Vec<Item> {
    let mut numbers = Numbers(1);
    let item = |number: usize| Item {
        id: format!("SKU-{number}"),
        item_group_id: Some(format!("g{}", number / 3)),
        title: numbers.text(6),
        description: Some(numbers.text(15)),
        brand: Some(format!("Brand {}", number % 300)),
        google_product_category: Some(format!("Department {} > Shelf {}", number % 20, number % 200)),
        color: Some(format!("colour {}", number % 19)),
        size: Some(format!("{}", number % 8)),
        material: Some(format!("material {}", number % 12)),
        price: Some(Money { minor: 500 + (number as i64 * 37) % 9000, currency: "EUR".into() }),
        availability: if number.is_multiple_of(9) { Availability::OutOfStock } else { Availability::InStock },
        sensitive_tags: if number.is_multiple_of(25) { vec![SensitiveTag::Health] } else { Vec::new() },
        ..Item::default()
    };
    (0..count).map(item).collect()
}

/// The same texts in SQLite, if it has FTS5.
fn sqlite(items: &[Item]) -> Option<Connection> {
    let mut connection = Connection::open_in_memory().unwrap();
    let table = "CREATE VIRTUAL TABLE t USING fts5(title, brand, category, description, tokenize = 'porter')";
    connection.execute_batch(table).ok()?;
    let transaction = connection.transaction().unwrap();
    {
        let mut insert = transaction.prepare("INSERT INTO t VALUES (?, ?, ?, ?)").unwrap();
        for item in items {
            let texts = (&item.title, &item.brand, &item.google_product_category, &item.description);
            insert.execute(rusqlite::params![texts.0, texts.1, texts.2, texts.3]).unwrap();
        }
    }
    transaction.commit().unwrap();
    Some(connection)
}

/// Any of the words, the last one as a beginning.
fn matched(query: &str) -> String {
    let words: Vec<String> = query
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""))
        .collect();
    words.join(" OR ") + "*"
}

/// The median time of some work, milliseconds.
fn typical(mut work: impl FnMut()) -> f64 {
    let took = (0..TURNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    });
    median(took.collect())
}

fn main() {
    let count =
        std::env::var("SOTTOVOCE_BENCH_ITEMS").ok().and_then(|number| number.parse().ok()).unwrap_or(100_000);
    let items = items(count);
    let synonyms = Synonyms::parse("trainers => running shoes\nsweater, jumper\ntee, shirt").unwrap();
    let header = BundleHeader { store_id: "bench".into(), version: 1, synonyms, ..BundleHeader::default() };
    let key = SigningKey::generate().unwrap();
    let bundle = build_bundle(&items, &Artefacts::untrained(count), &header, &key).unwrap();
    let catalog = Catalog::from_bytes(&bundle).unwrap();
    let sqlite = sqlite(&items);
    let mut ask = sqlite
        .as_ref()
        .map(|sqlite| sqlite.prepare("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?").unwrap());
    let mut of_sqlite = |query: &str| {
        let ask = ask.as_mut()?;
        let rows = ask
            .query_map(rusqlite::params![matched(query), RESULTS as i64], |row| row.get::<_, i64>(0))
            .unwrap();
        Some(rows.map(Result::unwrap).count())
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for query in QUERIES.lines() {
        let found = catalog.search(query, RESULTS).len();
        let time = typical(|| drop(black_box(catalog.search(query, RESULTS))));
        println!("{query:<50} {time:8.3} ms, {found:2} found");
        ours.push(time);
        if let Some(found) = of_sqlite(query) {
            let time = typical(|| _ = black_box(of_sqlite(query)));
            println!("{:>50} {time:8.3} ms, {found:2} found", "FTS5");
            theirs.push(time);
        }
    }
    let slowest = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
    figure("search", "slowest", slowest(&ours), "ms", 5.0);
    figure("search", "median", median(ours.clone()), "ms", 2.0);
    if !theirs.is_empty() {
        figure("search", "slowest_vs_fts5", slowest(&ours) / slowest(&theirs), "ratio", 1.0);
    }

    let mut numbers = Numbers(2);
    let mut keystrokes = Vec::new();
    for _ in 0..TYPED {
        let query = numbers.text(2);
        for (end, _) in query.char_indices().skip(1) {
            let start = Instant::now();
            drop(black_box(catalog.suggest(&query[..end], 10)));
            keystrokes.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    figure("search", "keystroke_slowest", slowest(&keystrokes), "ms", 2.0);
    figure("search", "keystroke_median", median(keystrokes), "ms", 0.5);

    let columns = catalog.column_sizes();
    let of_index = |name: &str| {
        name.starts_with("Posting")
            || name == "TextLength"
            || name.starts_with("Token") && name != "TokenBytes"
    };
    let index: f64 =
        columns.iter().filter(|(name, ..)| of_index(name)).map(|(_, bytes, _)| *bytes as f64).sum();
    figure("search", "index_bytes_per_item", index / count as f64, "B", 60.0);
}
