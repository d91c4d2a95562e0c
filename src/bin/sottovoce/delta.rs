//! `delta`: what devices with one bundle need for the next.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::build_delta;

use crate::failure::Failure;
use crate::file::write;
use crate::output::{json, say, size};

/// Write what devices that have one bundle need to make the next one out of it
#[derive(Args)]
pub struct Arguments {
    /// The bundle that devices have
    old: PathBuf,
    /// The bundle that they are to have
    new: PathBuf,
    /// Where to write the delta
    #[arg(long, short, value_name = "DELTA")]
    out: PathBuf,
}

/// Compares the bundles and writes the delta.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { old, new, out } = arguments;
    let before = fs::read(old).map_err(|error| Failure::at(old, error))?;
    let after = fs::read(new).map_err(|error| Failure::at(new, error))?;
    let delta = build_delta(&before, &after).map_err(|error| Failure::at(new, error))?;
    write(out, &delta)?;
    let share = 100.0 * delta.len() as f64 / after.len().max(1) as f64;
    json(|| json!({"delta": out, "bytes": delta.len(), "bundle_bytes": after.len()}));
    say!("delta  {}: {}, {share:.1} % of the bundle", out.display(), size(delta.len() as u64));
    Ok(ExitCode::SUCCESS)
}
