//! `verify`: what a device would say to a bundle.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::{Catalog, public_key};
use sottovoce::signed::hex;

use crate::failure::Failure;
use crate::output::{count, json, say};

/// Check signature, hashes and contents of a bundle as a device does
#[derive(Args)]
pub struct Arguments {
    /// The bundle
    bundle: PathBuf,
    /// Public key the app trusts, base64; several while keys are being changed
    // A PEM begins with hyphens; as a value it is refused without being repeated.
    #[arg(long = "public-key", value_name = "BASE64", required = true, allow_hyphen_values = true)]
    keys: Vec<String>,
    /// The app's shop
    #[arg(long, value_name = "ID")]
    store_id: Option<String>,
}

/// Checks a signed bundle as a device does. Fails if a device would refuse it.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let keys: Result<Vec<_>, _> = arguments.keys.iter().map(|text| public_key(text)).collect();
    let bytes = fs::read(&arguments.bundle).map_err(|error| Failure::at(&arguments.bundle, error))?;
    let catalog = Catalog::verify(&bytes, &keys?).map_err(|error| Failure::at(&arguments.bundle, error))?;
    if arguments.store_id.as_ref().is_some_and(|store| store != catalog.store_id()) {
        return Err(Failure::at(&arguments.bundle, format!("made for the store `{}`", catalog.store_id())));
    }
    json(|| {
        let hash = hex(&catalog.hash());
        json!({"store_id": catalog.store_id(), "version": catalog.version(), "items": catalog.len(), "hash": hash})
    });
    say!(
        "good: store {}, version {}, {} items, hash {}",
        catalog.store_id(),
        catalog.version(),
        count(catalog.len() as u64),
        hex(&catalog.hash())
    );
    Ok(ExitCode::SUCCESS)
}
