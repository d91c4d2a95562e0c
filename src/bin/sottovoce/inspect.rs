//! `inspect`: what a bundle holds.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::{Catalog, TagKind};
use sottovoce::signed::hex;

use crate::failure::Failure;
use crate::output::{count, json, say, size};

/// Show what a bundle holds, without checking its signature
#[derive(Args)]
pub struct Arguments {
    /// The bundle
    bundle: PathBuf,
    /// Show this item and what goes with it
    #[arg(long, value_name = "ID")]
    item: Option<String>,
    /// Show what this search finds
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Show what each column costs
    #[arg(long)]
    columns: bool,
}

/// Prints what the bundle holds. Fails if it cannot be read.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let at = |error: &dyn std::fmt::Display| Failure::at(&arguments.bundle, error);
    let bytes = fs::read(&arguments.bundle).map_err(|error| at(&error))?;
    let catalog = Catalog::from_bytes(&bytes).map_err(|error| at(&error))?;
    if let Some(id) = &arguments.item {
        let ix = catalog.index_of(id).ok_or_else(|| at(&"the bundle has no item with this id"))?;
        print_item(&catalog, ix);
    } else if let Some(text) = &arguments.search {
        for (ix, score) in catalog.search(text, 20) {
            let (id, title) = (catalog.item_id(ix), catalog.title(ix));
            json(|| json!({"score": score, "id": id, "title": title}));
            say!("{score:7.3}  {id:<16} {title}");
        }
    } else if arguments.columns {
        for (name, bytes, _) in catalog.column_sizes() {
            let each = bytes as f64 / catalog.len().max(1) as f64;
            json(|| json!({"column": name, "bytes": bytes, "bytes_per_item": each}));
            say!("{name:<20}{:>14} bytes {each:8.2} an item", count(bytes));
        }
    } else {
        print_bundle(&catalog);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_bundle(catalog: &Catalog) {
    let indexes = || 0..u32::try_from(catalog.len()).unwrap_or(u32::MAX);
    let items = |has: &dyn Fn(u32) -> bool| count(indexes().filter(|ix| has(*ix)).count() as u64);
    json(|| {
        let number = |has: &dyn Fn(u32) -> bool| indexes().filter(|ix| has(*ix)).count();
        let weights = catalog.weights();
        json!({
            "store_id": catalog.store_id(), "version": catalog.version(), "created_ms": catalog.created_ms(),
            "hash": hex(&catalog.hash()), "bytes": catalog.file_bytes(), "items": catalog.len(),
            "priced": number(&|ix| catalog.price(ix).is_some()),
            "orderable": number(&|ix| catalog.availability(ix).can_be_ordered()),
            "sensitive": number(&|ix| !catalog.sensitive(ix).is_empty()), "cold": number(&|ix| catalog.is_cold(ix)),
            "tags": catalog.tag_count(), "taxonomy_version": catalog.taxonomy().version,
            "experiments": catalog.experiments(),
            "weights": weights.names.iter().zip(&weights.values).collect::<std::collections::BTreeMap<_, _>>(),
        })
    });
    say!("store         {}, version {}", catalog.store_id(), catalog.version());
    say!("created       {} ms since 1970", catalog.created_ms());
    say!("hash          {}", hex(&catalog.hash()));
    say!("size          {}", size(catalog.file_bytes()));
    say!("items         {}", count(catalog.len() as u64));
    say!("  priced      {}", items(&|ix| catalog.price(ix).is_some()));
    say!("  orderable   {}", items(&|ix| catalog.availability(ix).can_be_ordered()));
    say!("  sensitive   {}", items(&|ix| !catalog.sensitive(ix).is_empty()));
    say!("  cold        {}", items(&|ix| catalog.is_cold(ix)));
    say!("tags          {}", count(catalog.tag_count() as u64));
    for kind in TagKind::ALL {
        let of_kind = |tag: &u32| catalog.tag(*tag).is_some_and(|tag| tag.kind == kind);
        let number =
            (0..catalog.tag_count()).filter_map(|tag| u32::try_from(tag).ok()).filter(of_kind).count();
        say!("  {:<12}{}", kind.name(), count(number as u64));
    }
    say!("taxonomy      version {}, {} rules", catalog.taxonomy().version, catalog.taxonomy().rules.len());
    for experiment in catalog.experiments() {
        let names: Vec<&str> = experiment.variants.iter().map(|variant| variant.name.as_str()).collect();
        say!("experiment    {}: {}", experiment.key, names.join(", "));
    }
    let weights = catalog.weights();
    for (name, value) in weights.names.iter().zip(&weights.values) {
        say!("weight        {name:<20}{value:8.3}");
    }
}

fn print_item(catalog: &Catalog, ix: u32) {
    json(|| {
        let goes_with = catalog
            .neighbours(ix)
            .map(|(other, strength)| json!({"id": catalog.item_id(other), "strength": strength}));
        let sensitive = catalog.sensitive(ix);
        json!({
            "id": catalog.item_id(ix), "title": catalog.title(ix), "price": catalog.price(ix),
            "availability": catalog.availability(ix), "popularity": catalog.popularity(ix), "recent": catalog.recent_popularity(ix),
            "repurchase_days": catalog.repurchase_days(ix),
            "sensitive": sensitive.iter().map(|tag| tag.name()).collect::<Vec<_>>(),
            "goes_with": goes_with.collect::<Vec<_>>(),
        })
    });
    say!("id            {}", catalog.item_id(ix));
    say!("title         {}", catalog.title(ix));
    if let Some(price) = catalog.price(ix) {
        say!("price         {} {} (minor units)", price.minor, price.currency);
    }
    say!("availability  {:?}", catalog.availability(ix));
    let sensitive: Vec<&str> = catalog.sensitive(ix).iter().map(|tag| tag.name()).collect();
    say!("sensitive     {}", if sensitive.is_empty() { "no".to_owned() } else { sensitive.join(", ") });
    say!("popularity    {} ({} recent)", catalog.popularity(ix), catalog.recent_popularity(ix));
    if catalog.repurchase_days(ix) > 0.0 {
        say!("bought again  after {:.0} days", catalog.repurchase_days(ix));
    }
    for tag in catalog.tags(ix).iter().filter_map(|tag| catalog.tag(*tag)) {
        say!("tag           {}: {}", tag.kind.name(), tag.name);
    }
    for (other, strength) in catalog.neighbours(ix) {
        say!("goes with     {strength:.3}  {:<16} {}", catalog.item_id(other), catalog.title(other));
    }
}
