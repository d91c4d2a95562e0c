//! `build`: from feed and history to the signed bundle.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::history::{History, history};
use sottovoce::catalog::{
    Artefacts, BundleHeader, Catalog, ExperimentSpec, Item, SigningKey, Synonyms, Taxonomy, build_bundle,
    public_key_text,
};
use sottovoce::clock::{Clock, SystemClock};
use sottovoce::ranking::fit::train_shop;
use sottovoce::signed::hex;

use crate::failure::Failure;
use crate::feed::{Feed, open, read_json};
use crate::file::{read_key, write};
use crate::output::{count, json, say, size};
use crate::progress::training;
use crate::{plan, report};

/// Train and sign the bundle that every device downloads
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    feed: Feed,
    /// What users did: JSON Lines, gzipped or not, `{"u": "…", "ev": [[item, day, "view" or "purchase", quantity?, price?], [term, day, "search"], …]}`
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Words that mean the same to search: a group in each line, `sneakers, trainers`, or `trainers => sneakers`. More are learnt
    /// from the searches in the history
    #[arg(long, value_name = "FILE")]
    synonyms: Option<PathBuf>,
    /// Private key from `sottovoce keygen`
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// The shop's name; an app installs bundles of its own shop only
    #[arg(long, value_name = "ID")]
    store_id: String,
    /// Version of the bundle; must increase with every bundle. The time in seconds if not given
    #[arg(long, value_name = "NUMBER")]
    bundle_version: Option<u64>,
    /// Experiments to run: a JSON list of `{"key", "variants": [{"name", "weight"}], "holdout_permille"}`
    #[arg(long, value_name = "FILE")]
    experiments: Option<PathBuf>,
    /// The shop's plan, `merchandising.toml`: see `sottovoce plan`
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Sign a bundle without items, or trained on a history of which nothing is left
    #[arg(long)]
    allow_empty: bool,
    /// Where to write the bundle
    #[arg(long, short, value_name = "BUNDLE")]
    out: PathBuf,
}

/// Reads, trains, signs and writes the bundle. Exit code 3 if rows of the feed were rejected.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let key = read_key(&arguments.key)?;
    let now_ms = SystemClock.now_ms();
    let feeds = arguments.feed.read()?;
    feeds.print();
    if feeds.items.is_empty() && !arguments.allow_empty {
        return Err(nothing_left(&arguments.feed.name(), "every device would lose the shop's catalog"));
    }
    let plan = arguments.plan.as_deref().map(|path| plan::read(path, None, "")).transpose()?;
    let history = read_history(arguments.history.as_deref(), &feeds.items)?;
    let header = BundleHeader {
        store_id: arguments.store_id.clone(),
        version: arguments.bundle_version.unwrap_or(now_ms.unsigned_abs() / 1000),
        created_ms: now_ms,
        taxonomy: feeds.taxonomy.clone(),
        experiments: read_json::<Vec<ExperimentSpec>>(arguments.experiments.as_deref())?.unwrap_or_default(),
        synonyms: synonyms(arguments.synonyms.as_deref(), &feeds.items, &history, &feeds.taxonomy)?,
        plan: plan.as_ref().map(|written| written.plan.clone()),
    };
    if let Some(path) = arguments.history.as_ref().filter(|_| !arguments.allow_empty)
        && history.users.iter().all(|user| user.events.is_empty())
    {
        return Err(nothing_left(
            &path.display().to_string(),
            "every device would lose what was learnt before",
        ));
    }
    let artefacts = learn(&feeds.items, &history)?;
    let started = Instant::now();
    let bundle = build_bundle(&feeds.items, &artefacts, &header, &key)?;
    eprintln!("built and signed in {:.1} s", started.elapsed().as_secs_f32());
    let catalog = Catalog::from_bytes(&bundle)?;
    if let Some(path) = &arguments.plan {
        plan::read(path, Some(&catalog), "; nothing was signed")?;
    }
    write(&arguments.out, &bundle)?;
    summary(&catalog, &key, &arguments.out);
    Ok(if feeds.rejected() == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// The synonyms of the list, and those learnt about other words.
fn synonyms(
    list: Option<&Path>,
    items: &[Item],
    history: &History,
    taxonomy: &Taxonomy,
) -> Result<Synonyms, Failure> {
    let mut synonyms = Synonyms::default();
    if let Some(path) = list {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
        synonyms = Synonyms::parse(&text).map_err(|error| Failure::at(path, error))?;
    }
    let listed = synonyms.len();
    synonyms.fill_up(Synonyms::learnt(items, &history.users, taxonomy));
    if !synonyms.is_empty() {
        eprintln!("synonyms of {listed} words, and of {} learnt from searches", synonyms.len() - listed);
    }
    Ok(synonyms)
}

fn nothing_left(name: &str, why: &str) -> Failure {
    Failure(format!(
        "{name}: nothing is left of it, and {why}; nothing was signed. If it is meant, say --allow-empty"
    ))
}

fn read_history(path: Option<&Path>, items: &[Item]) -> Result<History, Failure> {
    let Some(path) = path else {
        eprintln!("no history: items are ranked by their tags until there is one");
        return Ok(History::default());
    };
    eprintln!("reading {}", path.display());
    let history = history(open(path)?, items).map_err(|error| Failure::at(path, error))?;
    report::print(&history.report);
    if history.unknown_items > 0 {
        eprintln!(
            "  {} events on items that are not in the feed were left out",
            count(history.unknown_items)
        );
    }
    Ok(history)
}

fn learn(items: &[Item], history: &History) -> Result<Artefacts, Failure> {
    let started = Instant::now();
    let artefacts = train_shop(items, &history.users, &mut training())?;
    let users = count(history.users.len() as u64);
    eprintln!("trained on {users} users in {:.1} s", started.elapsed().as_secs_f32());
    Ok(artefacts)
}

fn summary(catalog: &Catalog, key: &SigningKey, path: &Path) {
    let bytes = catalog.file_bytes();
    let each = bytes / (catalog.len() as u64).max(1);
    json(|| {
        json!({
            "bundle": path, "store_id": catalog.store_id(), "version": catalog.version(), "items": catalog.len(),
            "bytes": bytes, "hash": hex(&catalog.hash()), "public_key": public_key_text(&key.public_key()),
        })
    });
    say!("bundle      {}", path.display());
    say!("store       {}, version {}", catalog.store_id(), catalog.version());
    say!("items       {}", count(catalog.len() as u64));
    say!("size        {} ({each} B an item)", size(bytes));
    say!("hash        {}", hex(&catalog.hash()));
    say!("public key  {}", public_key_text(&key.public_key()));
}
