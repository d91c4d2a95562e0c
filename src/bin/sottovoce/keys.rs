//! `keys`: another key in the place of the shop's.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use sottovoce::catalog::{
    KeyChange, KeyStatement, PublicKey, change_key, key_statements, public_key, public_key_text,
};
use sottovoce::clock::{Clock, SystemClock};

use crate::failure::Failure;
use crate::file::{read_key, write};
use crate::output::{json, say};

/// How they go together; shown under `--help`.
pub const STEPS: &str = "Every year, or when somebody leaves who knew the key:
  sottovoce keygen next.pem                        prints the public key
  sottovoce keys rotate DIR --store-id ID --key shop.pem --next BASE64
  sottovoce publish DIR --key next.pem

When the key was stolen, with the recovery key whose public one apps have as `recovery_key`:
  sottovoce keys revoke DIR --store-id ID --recovery recovery.pem --next BASE64 --revoked BASE64
  sottovoce build …  --key next.pem  and  sottovoce publish DIR --key next.pem --bundle BUNDLE

When it was lost: keys rotate with --recovery. Keep `keys` in DIR for as long as any app knows an earlier key.";

/// The steps of [`STEPS`].
#[derive(Subcommand)]
pub enum Command {
    Rotate(Rotate),
    Revoke(Revoke),
    Show(Show),
}

/// What both changes need.
#[derive(Args)]
struct Next {
    /// The folder of `sottovoce publish`
    folder: PathBuf,
    /// Name of the shop in its app
    #[arg(long, value_name = "ID")]
    store_id: String,
    /// Public key of the next one, base64, as `sottovoce keygen` printed it
    #[arg(long, value_name = "BASE64", allow_hyphen_values = true)]
    next: String,
}

/// Name the key that signs from now on; what is installed on devices stays
#[derive(Args)]
pub struct Rotate {
    #[command(flatten)]
    next: Next,
    /// The private key that has signed so far
    #[arg(long, value_name = "KEY", required_unless_present = "recovery")]
    key: Option<PathBuf>,
    /// The private recovery key, if the other one is lost
    #[arg(long, value_name = "KEY", conflicts_with = "key")]
    recovery: Option<PathBuf>,
}

/// Name the key that signs from now on, and take back all that stolen keys signed, on devices too
#[derive(Args)]
pub struct Revoke {
    #[command(flatten)]
    next: Next,
    /// The private recovery key
    #[arg(long, value_name = "KEY")]
    recovery: PathBuf,
    /// Public key that counts no more, base64
    #[arg(long = "revoked", value_name = "BASE64", required = true, allow_hyphen_values = true)]
    revoked: Vec<String>,
}

/// Show what the list of keys in a published folder says
#[derive(Args)]
pub struct Show {
    /// The folder of `sottovoce publish`
    folder: PathBuf,
}

/// Runs one of them.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Rotate(Rotate { next, key, recovery }) => {
            let by = key.as_ref().or(recovery.as_ref()).ok_or_else(|| Failure("say --key".to_owned()))?;
            change(next, by, &[], recovery.is_some())
        }
        Command::Revoke(Revoke { next, recovery, revoked }) => change(next, recovery, revoked, true),
        Command::Show(Show { folder }) => {
            let list = list(folder)?.ok_or_else(|| Failure::at(&path(folder), "there is no list of keys"))?;
            say_list(&key_statements(&list).map_err(|error| Failure::at(&path(folder), error))?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn change(next: &Next, by: &Path, revoked: &[String], is_recovery: bool) -> Result<ExitCode, Failure> {
    let path = path(&next.folder);
    let before = list(&next.folder)?;
    let key = |name: &str, text: &str| public_key(text).map_err(|error| Failure(format!("{name}: {error}")));
    let revoked: Result<Vec<_>, _> = revoked.iter().map(|text| key("--revoked", text)).collect();
    let change = KeyChange {
        store_id: next.store_id.clone(),
        created_ms: SystemClock.now_ms(),
        next: key("--next", &next.next)?,
        revoked: revoked?,
    };
    let list = change_key(before.as_deref(), &change, &read_key(by)?, is_recovery);
    let list = list.map_err(|error| Failure::at(&path, error))?;
    fs::create_dir_all(&next.folder).map_err(|error| Failure::at(&next.folder, error))?;
    write(&path, &list)?;
    say_list(&key_statements(&list)?);
    eprintln!("publish with the next key now: devices ask for `keys` when the list of files is signed by it");
    Ok(ExitCode::SUCCESS)
}

fn say_list(statements: &[KeyStatement]) {
    json(|| {
        let told = statements.iter().map(|one| {
            json!({
                "store_id": one.store_id, "created_ms": one.created_ms, "generation": one.generation,
                "signed_by": public_key_text(&one.by), "next": public_key_text(&one.next),
                "revoked": one.revoked.iter().map(public_key_text).collect::<Vec<_>>(),
            })
        });
        json!({"keys": told.collect::<Vec<_>>()})
    });
    for one in statements {
        say!("signed by   {}", public_key_text(&one.by));
        say!("  next      {}", public_key_text(&one.next));
        for revoked in &one.revoked {
            say!("  revoked   {}", public_key_text(revoked));
        }
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("keys")
}

fn list(folder: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path(folder)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::at(&path(folder), error)),
    }
}

/// The keys whose work in a published folder is the shop's own: this one and those before it that were not revoked.
///
/// # Errors
/// When the folder's list of keys names another key.
pub fn counting(folder: &Path, key: &PublicKey) -> Result<Vec<PublicKey>, Failure> {
    let Some(list) = list(folder)? else { return Ok(vec![key.clone()]) };
    let statements = key_statements(&list).map_err(|error| Failure::at(&path(folder), error))?;
    if statements.last().is_some_and(|last| last.next != *key) {
        return Err(Failure::at(&path(folder), "devices follow it to another key: sign with that one"));
    }
    let named = statements.iter().flat_map(|one| [&one.by, &one.next]);
    let revoked: Vec<&PublicKey> = statements.iter().flat_map(|one| &one.revoked).collect();
    Ok(named.filter(|named| !revoked.contains(named)).cloned().chain([key.clone()]).collect())
}
