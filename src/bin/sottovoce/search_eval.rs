//! `search-eval`: how well the search of devices finds what people judged to be right.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::json;
use sottovoce::catalog::{Artefacts, BundleHeader, Catalog, Item, SigningKey, build_bundle};
use sottovoce::money::Money;

use crate::failure::Failure;
use crate::feed::open;
use crate::output::{count, json, say};
use crate::progress::bar;

/// How far down lists are looked at.
const DEPTH: usize = 200;

/// Measure search on judged queries
///
/// DIR holds `products.jsonl` or `products.jsonl.gz` (`id`, `title`, `brand`, `color`, `type`, `description`, `attributes`,
/// `price`), `queries.tsv` (number, query), `qrels.tsv` (number, product, grade from 0 to 3) and, if wanted, `stress.tsv` (kind,
/// number, the query misspelt or varied).
#[derive(Args)]
pub struct Arguments {
    /// Folder with products, queries and judgements
    dir: PathBuf,
}

/// A product that is searched for.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Product {
    id: String,
    title: String,
    brand: Option<String>,
    color: Option<String>,
    r#type: Option<String>,
    description: String,
    attributes: String,
    price: Option<f64>,
}

impl Product {
    fn item(self) -> Item {
        let price = self.price.filter(|price| price.is_finite() && *price >= 0.0);
        Item {
            id: self.id,
            title: self.title,
            brand: self.brand,
            color: self.color,
            product_type: self.r#type,
            description: Some(format!("{} {}", self.description, self.attributes)),
            price: price.map(|price| Money { minor: (price * 100.0).round() as i64, currency: "EUR".into() }),
            ..Item::default()
        }
    }
}

type Grades = HashMap<String, u32>;

/// What was measured over some queries.
#[derive(Default)]
struct Measured {
    queries: usize,
    judged: f64,
    whole: f64,
    recall: f64,
    empty: usize,
    times_us: Vec<f64>,
}

impl Measured {
    fn add(&mut self, catalog: &Catalog, query: &str, grades: &Grades) {
        let started = Instant::now();
        let found = catalog.search(query, DEPTH);
        self.times_us.push(started.elapsed().as_secs_f64() * 1e6);
        let found: Vec<&str> = found.iter().map(|(ix, _)| catalog.item_id(*ix)).collect();
        let whole: Vec<u32> = found.iter().map(|id| grades.get(*id).copied().unwrap_or_default()).collect();
        let judged: Vec<u32> = found.iter().filter_map(|id| grades.get(*id).copied()).collect();
        let right = grades.values().filter(|grade| **grade > 0).count();
        let early = whole.iter().take(50).filter(|grade| **grade > 0).count();
        self.queries += 1;
        self.judged += ndcg(&judged, grades);
        self.whole += ndcg(&whole, grades);
        self.recall += early as f64 / right.max(1) as f64;
        self.empty += usize::from(found.is_empty());
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.queries.max(1) as f64
    }
}

/// Normalised discounted cumulative gain of the first ten, with gain 2^grade − 1.
fn ndcg(list: &[u32], grades: &Grades) -> f64 {
    let gain = |list: &[u32]| -> f64 {
        let gains = list.iter().take(10).zip(2..);
        gains.map(|(grade, place)| (2f64.powi((*grade).cast_signed()) - 1.0) / f64::from(place).log2()).sum()
    };
    let mut best: Vec<u32> = grades.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let most = gain(&best);
    if most > 0.0 { gain(list) / most } else { 0.0 }
}

/// Builds a bundle of the products, searches it for every query, and prints the figures.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let items = products(&arguments.dir)?;
    let queries = table::<2>(&arguments.dir.join("queries.tsv"))?;
    let grades = judgements(&arguments.dir.join("qrels.tsv"))?;
    let stress = arguments.dir.join("stress.tsv");
    let stress = if stress.exists() { table::<3>(&stress)? } else { Vec::new() };
    let header = BundleHeader { store_id: "search-eval".into(), version: 1, ..BundleHeader::default() };
    let bundle = build_bundle(&items, &Artefacts::untrained(items.len()), &header, &SigningKey::generate()?)?;
    let catalog = Catalog::from_bytes(&bundle)?;
    let none = Grades::new();
    let of = |number: &str| grades.get(number).unwrap_or(&none);
    // What is read once is read before.
    let _ = catalog.search("warm and unfamiliarr", 1);
    let mut all = Measured::default();
    let has_right = |number: &str| of(number).values().any(|grade| *grade > 0);
    for [number, query] in bar(queries.len() as u64, "searching").wrap_iter(queries.iter()) {
        if !has_right(number) {
            continue;
        }
        all.add(&catalog, query, of(number));
    }
    say!("{} items, {} judged queries", count(catalog.len() as u64), count(all.queries as u64));
    let figures = Figures;
    figures.say("ndcg_10_judged", all.mean(all.judged), "higher");
    figures.say("ndcg_10_whole", all.mean(all.whole), "higher");
    figures.say("recall_50", all.mean(all.recall), "higher");
    figures.say("zero_result_rate", all.mean(all.empty as f64), "lower");
    let mut times = all.times_us.clone();
    if !stress.is_empty() {
        times.extend(under_stress(&catalog, &queries, &stress, &of, &figures));
    }
    times.sort_unstable_by(f64::total_cmp);
    let at = |part: usize| times.get((times.len() * part / 100).min(times.len().saturating_sub(1)));
    for (name, part) in [("median_us", 50), ("p99_us", 99), ("slowest_us", 100)] {
        figures.say(name, at(part).copied().unwrap_or_default(), "lower");
    }
    figures.say("index_bytes_an_item", index_bytes(&catalog) / catalog.len().max(1) as f64, "lower");
    Ok(ExitCode::SUCCESS)
}

/// What is kept of NDCG when queries are misspelt or varied, for each kind and over all; returns how long each took.
fn under_stress<'a>(
    catalog: &Catalog,
    queries: &[[String; 2]],
    stress: &[[String; 3]],
    of: &dyn Fn(&str) -> &'a Grades,
    figures: &Figures,
) -> Vec<f64> {
    let plain: HashMap<&str, &str> =
        queries.iter().map(|[number, query]| (number.as_str(), query.as_str())).collect();
    let kinds: HashSet<&str> = stress.iter().map(|[kind, ..]| kind.as_str()).collect();
    let mut kinds: Vec<&str> = kinds.into_iter().collect();
    kinds.sort_unstable();
    let (mut before, mut after) = (Measured::default(), Measured::default());
    for kind in kinds {
        let (mut plainly, mut varied) = (Measured::default(), Measured::default());
        for [_, number, query] in stress.iter().filter(|[of_kind, ..]| of_kind == kind) {
            let Some(original) = plain.get(number.as_str()) else { continue };
            plainly.add(catalog, original, of(number));
            varied.add(catalog, query, of(number));
        }
        figures.say(&format!("kept, {kind}"), varied.judged / plainly.judged, "higher");
        before.judged += plainly.judged;
        after.judged += varied.judged;
        after.times_us.extend(varied.times_us);
    }
    figures.say("kept_under_stress", after.judged / before.judged, "higher");
    after.times_us
}

struct Figures;

impl Figures {
    fn say(&self, name: &str, value: f64, better: &str) {
        say!("{name:<28}{value:>10.3}");
        json(|| json!({"bench": "search", "figure": name, "value": value, "better": better}));
    }
}

/// Bytes of the text index, without the words themselves.
fn index_bytes(catalog: &Catalog) -> f64 {
    let of_index = |name: &str| {
        name.starts_with("Posting")
            || name == "TextLength"
            || name.starts_with("Token") && name != "TokenBytes"
    };
    let sizes = catalog.column_sizes();
    sizes.iter().filter(|(name, ..)| of_index(name)).map(|(_, bytes, _)| *bytes as f64).sum()
}

fn products(dir: &Path) -> Result<Vec<Item>, Failure> {
    let (plain, packed) = (dir.join("products.jsonl"), dir.join("products.jsonl.gz"));
    let path = if plain.exists() { plain } else { packed };
    let file = open(&path)?;
    let zipped = path.extension().is_some_and(|ending| ending == "gz");
    let reader: Box<dyn Read> = if zipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut items = Vec::new();
    for line in BufReader::new(reader).lines() {
        let line = line.map_err(|error| Failure::at(&path, error))?;
        let product: Product = serde_json::from_str(&line).map_err(|error| Failure::at(&path, error))?;
        items.push(product.item());
    }
    Ok(items)
}

fn judgements(path: &Path) -> Result<HashMap<String, Grades>, Failure> {
    let mut grades: HashMap<String, Grades> = HashMap::new();
    for [query, product, grade] in table::<3>(path)? {
        let grade = grade.parse::<u32>().ok().filter(|grade| *grade < 16);
        let grade = grade.ok_or_else(|| Failure::at(path, "a grade is no number from 0 to 15"))?;
        grades.entry(query).or_default().insert(product, grade);
    }
    Ok(grades)
}

/// The cells of a file with this many in each line.
fn table<const CELLS: usize>(path: &Path) -> Result<Vec<[String; CELLS]>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
    let cells = |line: &str| -> Option<[String; CELLS]> {
        line.splitn(CELLS, '\t').map(str::to_owned).collect::<Vec<_>>().try_into().ok()
    };
    let lines = text.lines().filter(|line| !line.is_empty());
    let wrong = || Failure::at(path, format!("a line has not {CELLS} cells"));
    lines.map(|line| cells(line).ok_or_else(wrong)).collect()
}
