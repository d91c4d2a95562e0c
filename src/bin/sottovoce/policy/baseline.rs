//! `policy baseline`: something to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sottovoce::consent::Policy;

use crate::failure::Failure;
use crate::output::write;

/// Print the built-in policy as JSON, to start your own from
#[derive(Args)]
pub struct Arguments {
    /// Write it to this file, which must not exist yet
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Prints the built-in policy, or writes it. Fails if the file exists.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let text = Policy::baseline_json();
    match &arguments.out {
        Some(path) => {
            let at = |error: std::io::Error| match error.kind() {
                ErrorKind::AlreadyExists => {
                    Failure::at(path, "exists and stays as it is: choose another --out")
                }
                _ => Failure::at(path, error),
            };
            let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(at)?;
            file.write_all(text.as_bytes()).map_err(at)?;
            eprintln!(
                "written to {}: set your own id, version and controller, then run `policy check`",
                path.display()
            );
        }
        None => write(format_args!("{text}")),
    }
    Ok(ExitCode::SUCCESS)
}
