//! `keygen`: a new signing key.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use sottovoce::catalog::{SigningKey, public_key_text};

use crate::failure::Failure;
use crate::file;
use crate::output::{json, say};

/// Make the key that signs the shop's catalogs
#[derive(Args)]
pub struct Arguments {
    /// File for the private key (PEM, PKCS#8); it must not exist yet. Keep it off every device and out of every repository
    #[arg(value_name = "KEY")]
    path: PathBuf,
}

/// Writes a new private key and prints its public key. Fails if the file exists.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let key = SigningKey::generate()?;
    let pem = key.to_pem()?;
    file::write_new_secret(&arguments.path, pem.as_bytes())?;
    eprintln!("private key written to {}; the app has to trust this public key:", arguments.path.display());
    let public = public_key_text(&key.public_key());
    say!("{public}");
    json(|| json!({"private_key": arguments.path, "public_key": public}));
    Ok(ExitCode::SUCCESS)
}
