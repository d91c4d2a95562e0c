//! `policy verify`: what a device would say to a policy.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::consent::{Policy, PolicyError};

use super::{now_ms, public_keys, read, stop_at, unsigned};
use crate::failure::Failure;
use crate::output::{json, say};

/// Check signature and contents of a signed policy as a device does
#[derive(Args)]
pub struct Arguments {
    /// The signed policy
    policy: PathBuf,
    /// Public key the app trusts, base64; several while keys are being changed
    // A PEM begins with hyphens; as a value it is refused without being repeated.
    #[arg(long = "public-key", value_name = "BASE64", required = true, allow_hyphen_values = true)]
    keys: Vec<String>,
}

/// Checks a signed policy as a device does. Fails if a device would refuse it.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let path = &arguments.policy;
    let keys = public_keys(&arguments.keys)?;
    let bytes = read(path)?;
    if !Policy::is_sealed(&bytes) {
        return Err(Failure::at(path, "not a signed policy: `sottovoce policy sign` makes one of its JSON"));
    }
    let opened = keys.iter().find_map(|key| match Policy::open(&bytes, key) {
        Err(PolicyError::Signature) => None,
        other => Some(other),
    });
    let policy =
        opened.unwrap_or(Err(PolicyError::Signature)).map_err(|error| Failure::at(path, unsigned(&error)))?;
    let now_ms = now_ms();
    stop_at(path, &policy.obstacles(None, now_ms), "")?;
    json(|| json!({"policy": policy.id, "version": policy.version, "hash": policy.notice_hash()}));
    say!("good: policy {}, version {}, hash {}", policy.id, policy.version, policy.notice_hash());
    if policy.effective_from_ms > now_ms {
        eprintln!("note: effective_from_ms is still to come, devices do not take it before");
    }
    Ok(ExitCode::SUCCESS)
}
