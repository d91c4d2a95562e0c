//! `policy`: the shop's consent policy, from the built-in one to a signed one.

mod baseline;
mod check;
mod sign;
mod verify;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use sottovoce::catalog::{PublicKey, public_key};
use sottovoce::clock::{Clock, SystemClock};
use sottovoce::consent::{Policy, PolicyError, PolicyProblem};

use crate::failure::Failure;

/// How the four go together; shown under `--help`.
pub const STEPS: &str = "From nothing to a policy that devices take:
  sottovoce policy baseline --out policy.json      then edit id, version, controller, purposes, …
  sottovoce policy check policy.json               what is wrong, and what it says
  sottovoce policy sign policy.json --key shop.pem --out policy.svp
  sottovoce policy verify policy.svp --public-key BASE64

Before the next version: sottovoce policy check policy.json --against policy.svp --public-key BASE64
tells which purposes people are asked about again.";

/// The steps of [`STEPS`].
#[derive(Subcommand)]
pub enum Command {
    Baseline(baseline::Arguments),
    Check(check::Arguments),
    Sign(sign::Arguments),
    Verify(verify::Arguments),
}

/// Runs one of them.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Baseline(arguments) => baseline::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Sign(arguments) => sign::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::at(path, error))
}

fn public_keys(texts: &[String]) -> Result<Vec<PublicKey>, Failure> {
    let key = |text: &String| public_key(text).map_err(|error| Failure(format!("--public-key: {error}")));
    texts.iter().map(key).collect()
}

/// The JSON in a file, which may be signed.
fn json_of<'a>(path: &Path, bytes: &'a [u8], keys: &[PublicKey]) -> Result<&'a [u8], Failure> {
    if Policy::is_sealed(bytes) && keys.is_empty() {
        return Err(Failure::at(path, "a signed policy: say --public-key, as `sottovoce keygen` printed it"));
    }
    Policy::json_of(bytes, keys).map_err(|error| Failure::at(path, unsigned(&error)))
}

/// Why a policy is not read, as the operator can act on it. A signature that does not fit has two possible reasons.
fn unsigned(error: &PolicyError) -> String {
    match error {
        PolicyError::Signature => format!("{error}, or it was changed since"),
        PolicyError::Format(format) => {
            format!("the consent policy has format {format}: a newer version of this tool is needed")
        }
        _ => error.to_string(),
    }
}

fn now_ms() -> i64 {
    SystemClock.now_ms()
}

/// Names each problem and stops, if there are any.
fn stop_at(path: &Path, problems: &[PolicyProblem], so: &str) -> Result<(), Failure> {
    for problem in problems {
        eprintln!("  {problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => Err(Failure::at(path, format!("1 problem{so}"))),
        number => Err(Failure::at(path, format!("{number} problems{so}"))),
    }
}

/// Names what is still as the baseline has it, and what devices skip or prohibit.
fn remind(policy: &Policy) {
    for note in policy.placeholders() {
        eprintln!("note: {note}");
    }
    for warning in policy.warnings() {
        eprintln!("warning: {warning}");
    }
}
