//! `plan`: the shop's plan, checked and in sentences. `build --plan` signs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use sottovoce::catalog::{Catalog, PlanFault, WrittenPlan};

use crate::failure::Failure;
use crate::output::{json, say, say_on};

/// What can be done with a plan.
#[derive(Subcommand)]
pub enum Command {
    /// Name every fault of a plan with its line and field; nothing is signed
    Check(Arguments),
    /// Say what a plan does, for a colleague to read
    Explain(Arguments),
}

/// A plan, and the bundle whose products it names.
#[derive(Args)]
pub struct Arguments {
    /// The plan, `merchandising.toml`
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// A bundle of the shop: brands, categories and items that the plan names have to be in it
    #[arg(long, value_name = "BUNDLE")]
    bundle: Option<PathBuf>,
}

/// Runs one of them. Fails if the plan has a fault.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    let (Command::Check(arguments) | Command::Explain(arguments)) = command;
    let written = read(&arguments.plan)?;
    if let Some(path) = &arguments.bundle {
        let bytes = fs::read(path).map_err(|error| Failure::at(path, error))?;
        let catalog = Catalog::from_bytes(&bytes).map_err(|error| Failure::at(path, error))?;
        stop_at(&arguments.plan, &written.faults_against(&catalog), "")?;
    }
    match command {
        Command::Check(_) => {
            let plan = &written.plan;
            let (segments, rules) = (plan.segments.len(), plan.rules.len());
            let (layouts, offers) = (plan.layouts.len(), plan.offers.len());
            say!("good: {segments} segments, {rules} rules, {layouts} layouts, {offers} offers");
            json(
                || serde_json::json!({ "segments": segments, "rules": rules, "layouts": layouts, "offers": offers }),
            );
        }
        Command::Explain(_) => {
            say_on!("{}", written.summary());
            json(|| serde_json::json!({ "summary": written.summary() }));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a plan and names its faults.
pub fn read(path: &Path) -> Result<WrittenPlan, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
    match WrittenPlan::parse(&text) {
        Ok(written) => Ok(written),
        Err(faults) => {
            stop_at(path, &faults, "")?;
            Err(Failure::at(path, "it cannot be read"))
        }
    }
}

/// Names each fault and stops, if there are any.
pub fn stop_at(path: &Path, faults: &[PlanFault], so: &str) -> Result<(), Failure> {
    for fault in faults {
        eprintln!("  {fault}");
        json(|| serde_json::json!({ "line": fault.line, "field": fault.field, "fault": fault.fault }));
    }
    match faults.len() {
        0 => Ok(()),
        1 => Err(Failure::at(path, format!("1 fault{so}"))),
        number => Err(Failure::at(path, format!("{number} faults{so}"))),
    }
}
