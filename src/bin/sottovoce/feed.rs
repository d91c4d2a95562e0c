//! Opening product feeds of any supported kind, told apart by their content.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use sottovoce::catalog::import::{Format, ImportOptions, ImportReport, Imported, Importer, supplement};
use sottovoce::catalog::{Item, Matcher, Taxonomy, sensitive_tags};

use crate::failure::Failure;
use crate::output::count;
use crate::progress::bar;
use crate::report;

/// The feeds and how to read them.
#[derive(Args)]
pub struct Feed {
    /// Product feed, told by its content: Merchant Center or Meta (delimited or XML), Shopify or WooCommerce export, schema.org
    /// in JSON or saved pages, JSON Lines, Parquet; gzip and zip are unpacked. Several files are read as one shop
    #[arg(value_name = "FEED", required = true)]
    paths: Vec<PathBuf>,
    /// Lay this feed over the items, by id: a supplemental feed, prices, stock
    #[arg(long, value_name = "FEED")]
    supplement: Vec<PathBuf>,
    /// Read the feed as merchant, shopify, woocommerce, json, schema-org or parquet, whatever it looks like
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// ISO 4217 currency of prices that name none
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// The shop's address, for links to products in a Shopify export
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The market of a Shopify export whose prices and products are taken
    #[arg(long, value_name = "NAME")]
    market: Option<String>,
    /// The feed's encoding, where it cannot be told
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Sensitive categories, `{"version", "rules": [{"category", "tags"}]}`; the built-in list if not given
    #[arg(long, value_name = "FILE")]
    taxonomy: Option<PathBuf>,
}

/// Items, and what became of the rows of each file.
pub struct Feeds {
    pub items: Vec<Item>,
    pub taxonomy: Taxonomy,
    pub reports: Vec<(String, ImportReport)>,
}

impl Feeds {
    /// Rows that could not be used.
    pub fn rejected(&self) -> u64 {
        self.reports.iter().map(|(_, report)| report.rejected).sum()
    }

    /// Items that count as sensitive in a bundle.
    pub fn sensitive(&self) -> u64 {
        let matcher = self.taxonomy.matcher();
        self.items.iter().filter(|item| !sensitive_tags(item, &matcher).is_empty()).count() as u64
    }

    /// What cannot be told of items whose categories are in a language that is not known.
    pub fn unknown_categories(&self) -> Option<String> {
        let category = |item: &'_ Item| item.google_product_category.clone();
        let unknown: Vec<String> =
            self.items.iter().filter_map(category).filter(|path| !Matcher::knows(path)).collect();
        let first = unknown.first()?.chars().take(60).collect::<String>();
        let number = count(unknown.len() as u64);
        Some(format!(
            "{number} items have a google_product_category that is not known, such as {first:?}: whether it is sensitive cannot \
be told; write Google's numbers or its English paths"
        ))
    }

    /// Prints what became of the rows.
    pub fn print(&self) {
        for (name, report) in &self.reports {
            eprintln!("{name}");
            report::print(report);
        }
        eprintln!("  {:<22}{:>9}", "items", count(self.items.len() as u64));
        eprintln!("  {:<22}{:>9}", "tagged sensitive", count(self.sensitive()));
        if let Some(warning) = self.unknown_categories() {
            eprintln!("  warning: {warning}");
        }
    }
}

impl Feed {
    /// Reads all feeds to their ends.
    pub fn read(&self) -> Result<Feeds, Failure> {
        let options = ImportOptions {
            format: self.format,
            currency: self.currency.as_ref().map(|code| code.to_uppercase()),
            base_url: self.base_url.clone(),
            market: self.market.clone(),
            encoding: self.encoding.clone(),
        };
        let taxonomy = read_json(self.taxonomy.as_deref())?.unwrap_or_default();
        let mut importer = Importer::new(&options)?;
        for path in &self.paths {
            importer.add(shown(path)?).map_err(|error| Failure::at(path, error))?;
        }
        let mut imported = importer.finish();
        let mut reports = vec![(self.name(), std::mem::take(&mut imported.report))];
        for path in &self.supplement {
            let options = ImportOptions { format: None, ..options.clone() };
            let report = supplement(&mut imported, shown(path)?, &options)
                .map_err(|error| Failure::at(path, error))?;
            reports.push((path.display().to_string(), report));
        }
        let Imported { items, .. } = imported;
        Ok(Feeds { items, taxonomy, reports })
    }

    /// The files' names.
    pub fn name(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        names.join(", ")
    }
}

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::at(path, error))
}

/// A JSON file, if one is given.
pub fn read_json<T: serde::de::DeserializeOwned>(path: Option<&Path>) -> Result<Option<T>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let text = std::fs::read(path).map_err(|error| Failure::at(path, error))?;
    serde_json::from_slice(&text).map(Some).map_err(|error| Failure::at(path, error))
}

/// Opens a file whose reading shows on a screen; what is no screen sees nothing.
fn shown(path: &Path) -> Result<impl Read, Failure> {
    let file = open(path)?;
    let bytes = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(bar(bytes, format!("reading {name}")).wrap_read(file))
}
