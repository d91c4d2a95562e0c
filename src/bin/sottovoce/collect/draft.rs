//! `collect tasks build`: the questions that most shops have, with this shop's categories and brands.

use std::cmp::Reverse;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use sottovoce::catalog::{Catalog, TagKind, public_key};
use sottovoce::clock::{Clock, DAY_MS, SystemClock};
use sottovoce::signals::TaskSet;

use super::read;
use crate::failure::Failure;
use crate::file::write;
use crate::output::{self, say};

/// Categories and brands that a question names at most, and segments.
const NAMED: usize = 60;
const SEGMENTS: usize = 50;

/// Write the questions that most shops have, to be edited
#[derive(Args)]
pub struct Arguments {
    /// The shop's signed bundle: its categories and brands are asked about, those of sensitive products never
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Public key that signed the bundle, base64
    #[arg(long = "public-key", value_name = "BASE64", allow_hyphen_values = true)]
    key: String,
    /// Where devices send reports: an https address without query
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// Where to write the questions (JSON)
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the questions. Fails if a device would refuse them.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { bundle, key, endpoint, out } = arguments;
    let catalog =
        Catalog::verify(&read(bundle)?, &[public_key(key)?]).map_err(|error| Failure::at(bundle, error))?;
    let set = questions(&catalog, endpoint, SystemClock.now_ms());
    let text = serde_json::to_string_pretty(&set)?;
    let checked = TaskSet::check(text.as_bytes())?;
    write(out, text.as_bytes())?;
    say!("written     {}", out.display());
    say!("questions   {}", checked.tasks().count());
    output::json(|| json!({ "written": out, "questions": checked.tasks().count() }));
    Ok(ExitCode::SUCCESS)
}

fn questions(catalog: &Catalog, endpoint: &str, now_ms: i64) -> Value {
    let (categories, brands) = (names(catalog, TagKind::ProductType), names(catalog, TagKind::Brand));
    let categories = if categories.is_empty() { names(catalog, TagKind::Category) } else { categories };
    let with_none = |names: Vec<String>| [vec!["None".to_owned()], names].concat();
    let table = |rows: &[String]| {
        rows.iter().flat_map(|row| [format!("{row}/viewed"), format!("{row}/bought")]).collect()
    };
    let mut tasks = Vec::new();
    let mut ask = |id: &str, question: &str, measures: Value, buckets: Vec<String>| {
        if buckets.len() > 1 {
            tasks.push(json!({
                "id": id, "question": question, "measures": measures, "buckets": buckets,
                "odds": {"num": 3, "den": 1}, "min_batch": 1000,
            }));
        }
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let conversion = with_none(table(&categories));
    ask(
        "category-interest",
        "Which part of the shop interests you most?",
        "category_interest".into(),
        with_none(categories),
    );
    ask("brand-interest", "Which brand interests you most?", "brand_interest".into(), with_none(brands));
    ask(
        "category-conversion",
        "Of which part of the shop did you look at something, and did you buy it?",
        "category_conversion".into(),
        conversion,
    );
    let steps = words(&["None", "viewed", "carted", "checkout", "bought"]);
    ask(
        "purchase-step",
        "How far did you get on the way to a purchase last week?",
        "purchase_step".into(),
        steps,
    );
    let segments = catalog.plan().segments.iter().take(SEGMENTS);
    let of_segment = |id: &str| ["none", "carted", "bought"].map(|step| format!("{id}/{step}"));
    ask(
        "segment-step",
        "In which group of customers are you, and how far did you get on the way to a purchase last week?",
        "segment_step".into(),
        with_none(segments.flat_map(|segment| of_segment(&segment.id)).collect()),
    );
    let searches = json!({"searches_without_result": {"edges": [1, 2, 4]}});
    ask(
        "searches",
        "How often did you search for something that the shop does not have?",
        searches,
        words(&["0", "1", "2-3", "4+"]),
    );
    json!({
        "format": 1, "version": 1, "window_days": 7,
        "valid_from_ms": now_ms, "valid_until_ms": now_ms + 365 * DAY_MS,
        "endpoint": endpoint, "tasks": tasks,
    })
}

/// The shop's own names of a kind, the top of each path, the most frequent first. What has to do with a sensitive topic does
/// not count.
fn names(catalog: &Catalog, kind: TagKind) -> Vec<String> {
    let tags =
        (0..u32::try_from(catalog.tag_count()).unwrap_or(0)).filter_map(|tag| Some((tag, catalog.tag(tag)?)));
    let of_kind =
        tags.filter(|(_, tag)| tag.kind == kind && !tag.name.contains(" > ") && tag.name.len() <= 70);
    let counted = of_kind.map(|(number, tag)| {
        let items = catalog.items_with_tag(number);
        (items.iter().filter(|ix| catalog.sensitive(**ix).is_empty()).count(), tag.name.to_owned())
    });
    let mut counted: Vec<_> = counted.filter(|(items, _)| *items > 0).collect();
    counted.sort_by_key(|(items, name)| (Reverse(*items), name.clone()));
    counted.into_iter().map(|(_, name)| name).take(NAMED).collect()
}
