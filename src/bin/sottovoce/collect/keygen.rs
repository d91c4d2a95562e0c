//! `collect keygen`: the key that devices seal their reports to.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use sottovoce::random::SystemRandom;
use sottovoce::signals::{Aead, CollectorSecret};

use crate::failure::Failure;
use crate::file;
use crate::output::{json, say};

/// Make the key that devices seal their reports to
#[derive(Args)]
pub struct Arguments {
    /// File for the secret key (JSON); it must not exist yet. Only the collector needs it
    #[arg(value_name = "KEY")]
    path: PathBuf,
    /// Tells this key from the collector's others
    #[arg(long, default_value_t = 1)]
    id: u8,
}

/// Writes a new secret key and prints what the task set says about it. Fails if the file exists.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let key = CollectorSecret::generate(arguments.id, Aead::Aes128Gcm, &SystemRandom)?;
    let public = key.public().ok_or_else(|| Failure("no key could be made".into()))?;
    file::write_new_secret(&arguments.path, key.to_json().as_bytes())?;
    eprintln!("secret key written to {}; put this into the task set:", arguments.path.display());
    let public = serde_json::to_value(&public)?;
    say!("\"collector\": {public}");
    json(|| serde_json::json!({ "collector": public }));
    Ok(ExitCode::SUCCESS)
}

/// The key in a file that this command wrote.
pub fn read(path: &Path) -> Result<CollectorSecret, Failure> {
    CollectorSecret::from_json(&super::read(path)?)
        .ok_or_else(|| Failure::at(path, "not a key of `sottovoce collect keygen`"))
}
