//! Opening a product feed of any supported kind, told apart by the file's name.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use sottovoce::catalog::import::{Imported, ShopifyOptions, json_lines, merchant, shopify};

use crate::failure::Failure;

/// The feed and how to read it.
#[derive(Args)]
pub struct Feed {
    /// Product feed, gzipped or not: Merchant Center (.tsv, .txt), Shopify export (.csv) or JSON Lines (.jsonl)
    #[arg(value_name = "FEED")]
    path: PathBuf,
    /// Format of the feed, if its file name does not tell
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// ISO 4217 currency of a feed that has prices without one (Shopify, JSON Lines)
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    currency: String,
    /// The shop's address, for links to products in a Shopify export
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

/// Kinds of feeds.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Google Merchant Center, tab-separated
    Merchant,
    /// Shopify product export, either generation of its header
    Shopify,
    /// One JSON object a line: id, tags, title, price
    Jsonl,
}

impl Feed {
    /// Reads the whole feed.
    pub fn read(&self) -> Result<Imported, Failure> {
        let format = self.format.or_else(|| by_name(&self.path)).ok_or_else(|| {
            Failure::at(
                &self.path,
                "cannot tell the kind of feed from its name: say --format merchant, shopify or jsonl",
            )
        })?;
        let file = open(&self.path)?;
        let imported = match format {
            Format::Merchant => merchant(file),
            Format::Shopify => {
                let options = ShopifyOptions {
                    currency: self.currency.to_uppercase(),
                    base_url: self.base_url.clone(),
                };
                shopify(file, &options)
            }
            Format::Jsonl => json_lines(file, &self.currency.to_uppercase()),
        };
        imported.map_err(|error| Failure::at(&self.path, error))
    }

    /// The file's name.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::at(path, error))
}

fn by_name(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "tsv" | "txt" => Some(Format::Merchant),
        "csv" => Some(Format::Shopify),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    }
}
