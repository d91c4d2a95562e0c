//! `policy sign`: from the checked JSON to what devices take.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::{PublicKey, public_key_text};
use sottovoce::consent::Policy;

use super::{now_ms, read, remind, stop_at};
use crate::failure::Failure;
use crate::file::{read_key, write};
use crate::output::{json, say, say_on, size};

/// Check a policy and sign it
#[derive(Args)]
pub struct Arguments {
    /// The policy, as JSON
    #[arg(value_name = "FILE")]
    policy: PathBuf,
    /// Private key from `sottovoce keygen`: the one that signs the shop's catalogs
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// Where to write the signed policy; an earlier version there is replaced, the same or a later one never
    #[arg(long, short, value_name = "POLICY")]
    out: PathBuf,
}

/// Signs the policy. Fails if a device would refuse it, or if its version does not rise.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { policy: path, out, .. } = arguments;
    let key = read_key(&arguments.key)?;
    let text = read(path)?;
    if Policy::is_sealed(&text) {
        return Err(Failure::at(path, "signed already: sign the JSON that it was made from"));
    }
    let nothing = ", nothing was signed";
    let policy = match Policy::examine(&text) {
        Ok(policy) => policy,
        Err(problems) => {
            stop_at(path, &problems, nothing)?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let old = written(out, &key.public_key())?;
    let held = old.clone().map_or_else(Policy::baseline, Ok)?;
    stop_at(path, &policy.obstacles(Some(&held), now_ms()), nothing)?;
    let signed = Policy::seal(&text, key.pair()).map_err(|error| Failure::at(path, error))?;
    write(out, &signed)?;
    json(|| {
        let hash = policy.notice_hash();
        json!({"signed": out, "policy": policy.id, "version": policy.version, "bytes": signed.len(), "hash": hash})
    });
    say!("signed      {}", out.display());
    say!("policy      {}, version {}", policy.id, policy.version);
    say!("size        {}", size(signed.len() as u64));
    say!("hash        {}", policy.notice_hash());
    say!("public key  {}", public_key_text(&key.public_key()));
    if let Some(old) = &old {
        say_on!("\n{}", policy.changes_since(old));
    }
    remind(&policy);
    Ok(ExitCode::SUCCESS)
}

/// The policy that would be replaced.
fn written(out: &Path, key: &PublicKey) -> Result<Option<Policy>, Failure> {
    let bytes = match fs::read(out) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::at(out, error)),
    };
    let opened = Policy::open(&bytes, key);
    opened.map(Some).map_err(|error| {
        Failure::at(out, format!("exists and stays as it is ({}): choose another --out or move it", error))
    })
}
