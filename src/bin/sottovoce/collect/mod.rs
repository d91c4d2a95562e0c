//! `collect`: the shop's questions, the reports that answer them, and what they say.

mod audit;
mod draft;
mod drift;
mod estimate;
mod ingest;
mod keygen;
mod page;
mod questions;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use sottovoce::catalog::public_key;
use sottovoce::signals::{CollectorSecret, ReportStore, TaskError, TaskSet, Told};

use crate::failure::Failure;
use crate::output::count;

/// How they go together; shown under `--help`.
pub const STEPS: &str = "From questions to answers:
  sottovoce collect keygen collector.json          the key that devices seal their reports to
  sottovoce collect tasks build shop.svb --public-key BASE64 --endpoint URL --out tasks.json   then edit it
  sottovoce collect tasks check tasks.json         what is wrong, what it costs a user, how many reports it needs
  sottovoce collect audit tasks.json               counts what reports tell, and holds it against what is stated
  sottovoce collect tasks sign tasks.json --key shop.pem --out tasks.svt
  sottovoce collect ingest reports/ --store reports.db --tasks tasks.svt --public-key BASE64 --secret collector.json
  sottovoce collect estimate --store reports.db --tasks tasks.svt --public-key BASE64
  sottovoce collect drift --store reports.db --tasks tasks.svt --public-key BASE64     what has changed since the window before
  sottovoce collect report --store reports.db --tasks tasks.svt --public-key BASE64 --out report.html

A batch is a file of reports, each behind its length as two bytes, high byte first. A folder may hold batches, and files
of one report as devices sent it. `sottovoce-collector` (in collector/) takes reports over HTTP into the same store.";

/// The steps of [`STEPS`].
#[derive(Subcommand)]
pub enum Command {
    Keygen(keygen::Arguments),
    /// Check and sign the shop's questions
    #[command(subcommand)]
    Tasks(questions::Command),
    Ingest(ingest::Arguments),
    Estimate(estimate::Arguments),
    Drift(drift::Arguments),
    Audit(audit::Arguments),
    Report(page::Arguments),
}

/// Runs one of them.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Keygen(arguments) => keygen::run(arguments),
        Command::Tasks(command) => questions::run(command),
        Command::Ingest(arguments) => ingest::run(arguments),
        Command::Estimate(arguments) => estimate::run(arguments),
        Command::Drift(arguments) => drift::run(arguments),
        Command::Audit(arguments) => audit::run(arguments),
        Command::Report(arguments) => page::run(arguments),
    }
}

/// Where reports are kept, and which questions they answer.
#[derive(Args)]
pub struct Reports {
    /// The store of reports (SQLite); it is made if it does not exist
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// A signed task set; all that devices may still use
    #[arg(long, value_name = "TASKS", required = true)]
    tasks: Vec<PathBuf>,
    /// Public key that signed the task sets, base64; several while keys are being changed
    #[arg(long = "public-key", value_name = "BASE64", required = true, allow_hyphen_values = true)]
    keys: Vec<String>,
    /// A key of `collect keygen` that reports may be sealed to
    #[arg(long = "secret", value_name = "KEY")]
    secrets: Vec<PathBuf>,
}

impl Reports {
    fn sets(&self) -> Result<Vec<TaskSet>, Failure> {
        let keys: Vec<_> = self.keys.iter().map(|text| public_key(text)).collect::<Result<_, _>>()?;
        let open = |path: &PathBuf| {
            let bytes = read(path)?;
            let mut opened = Err(TaskError::Signature);
            for key in &keys {
                opened = TaskSet::open(&bytes, key);
                if opened != Err(TaskError::Signature) {
                    break;
                }
            }
            opened.map_err(|error| Failure::at(path, error))
        };
        self.tasks.iter().map(open).collect()
    }

    fn open(&self) -> Result<ReportStore, Failure> {
        let secrets: Vec<CollectorSecret> =
            self.secrets.iter().map(|path| keygen::read(path)).collect::<Result<_, _>>()?;
        ReportStore::open(&self.store, self.sets()?, secrets).map_err(|error| Failure::at(&self.store, error))
    }
}

/// What of the reports is said.
#[derive(Args)]
pub struct Shown {
    #[command(flatten)]
    reports: Reports,
    /// Say nothing of fewer reports; a question that asks for more of them gets more
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    floor: u64,
}

impl Shown {
    fn told(&self) -> Result<Told, Failure> {
        let told = self.reports.open()?.with_floor(self.floor).told()?;
        if told.unknown > 0 {
            eprintln!("warning: {} reports are of task sets that were not given", count(told.unknown));
        }
        Ok(told)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::at(path, error))
}
