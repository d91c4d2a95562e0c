//! `collect tasks`: the shop's questions, from JSON to a signed set.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use sottovoce::catalog::public_key_text;
use sottovoce::signals::{Kind, Measurement, Task, TaskSet, estimator};

use super::{draft, read};
use crate::failure::Failure;
use crate::file::{read_key, write};
use crate::output::{count, json, say, size};
use crate::plan;

/// What can be done with questions.
#[derive(Subcommand)]
pub enum Command {
    Build(draft::Arguments),
    Check(Check),
    Sign(Sign),
}

/// Say what is wrong with questions, what each costs a user, and how many reports it needs
#[derive(Args)]
pub struct Check {
    /// The questions, as JSON
    #[arg(value_name = "FILE")]
    tasks: PathBuf,
    /// Devices that are expected to report in a window; of several questions, each gets its share of them
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000)]
    devices: u64,
    /// The shop's plan, `merchandising.toml`: the segments that questions name have to be in it
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
}

/// Check questions and sign them
#[derive(Args)]
pub struct Sign {
    /// The questions, as JSON
    #[arg(value_name = "FILE")]
    tasks: PathBuf,
    /// Private key from `sottovoce keygen`: the one that signs the shop's catalogs
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// Where to write the signed questions
    #[arg(long, short, value_name = "TASKS")]
    out: PathBuf,
}

/// Runs one of them.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Build(arguments) => draft::run(arguments),
        Command::Check(arguments) => check(arguments),
        Command::Sign(arguments) => sign(arguments),
    }
}

fn check(arguments: &Check) -> Result<ExitCode, Failure> {
    let path = &arguments.tasks;
    // Whoever signs refuses more than a device does: what is not known, and what no device can answer yet.
    let set = TaskSet::check(&read(path)?).map_err(|error| Failure::at(path, error))?;
    if let Some(plan) = &arguments.plan {
        segments_are_of(plan, &set)?;
    }
    say!("version     {}", set.version());
    say!("window      {} days", set.window_days());
    say!("endpoint    {}", set.endpoint());
    say!("sealed      {}", if set.collector().is_some() { "to the collector's key" } else { "no" });
    let tasks = set.tasks().count() as u64;
    let devices = arguments.devices / tasks.max(1);
    say!("reports     {} a window, {} for each question", count(arguments.devices), count(devices));
    for (_, task) in set.tasks() {
        tell(task, devices);
    }
    let questions = set.tasks().filter_map(|(_, task)| {
        let mechanism = task.mechanism()?;
        Some(serde_json::json!({
            "id": task.id, "micro_epsilon": task.micro_epsilon(), "buckets": task.buckets.len(),
            "reports_for_one_percent": estimator::reports_needed(&mechanism, 0.01),
        }))
    });
    json(|| {
        serde_json::json!({
            "version": set.version(), "window_days": set.window_days(), "endpoint": set.endpoint(),
            "sealed": set.collector().is_some(), "questions": questions.collect::<Vec<_>>(),
        })
    });
    Ok(ExitCode::SUCCESS)
}

/// Devices are asked about the segments of their plan, and about no others.
fn segments_are_of(path: &Path, set: &TaskSet) -> Result<(), Failure> {
    let written = plan::read(path, None, "")?;
    let known = |name: &&str| written.plan.segments.iter().any(|segment| segment.id == *name);
    let asked = set.tasks().filter(|(_, task)| task.measures == Measurement::SegmentStep);
    for (rows, task) in asked.filter_map(|(_, task)| Some((task.table()?.0, task))) {
        if let Some(name) = rows.into_iter().find(|name| !known(name)) {
            return Err(Failure::at(path, format!("has no segment `{name}`, which {} is about", task.id)));
        }
    }
    Ok(())
}

/// What a question costs and how exactly its answer can be known.
fn tell(task: &Task, devices: u64) {
    let Some(mechanism) = task.mechanism() else { return };
    let kind = match task.measures.kind() {
        Kind::OneOf => "one of the buckets".to_owned(),
        Kind::SeveralOf(most) => format!("up to {most} of the buckets"),
        Kind::Counted(_) => "a number in buckets".to_owned(),
        Kind::SumOf(max) => format!("a sum of up to {max} a device"),
        Kind::Table => "a table".to_owned(),
    };
    let margin = |share: f64| {
        let n = devices as f64;
        1.96 * estimator::variance(&mechanism, n, share * n).sqrt() / n * 100.0
    };
    say!("\n{}: {kind}", task.id);
    say!("  epsilon   {:.4} a report", task.micro_epsilon() as f64 / 1e6);
    say!("  buckets   {}", task.buckets.len());
    say!(
        "  margin    ± {:.2} % of the devices where few are, ± {:.2} % where half are",
        margin(0.0),
        margin(0.5)
    );
    say!("  for ± 1 % {} reports", count(estimator::reports_needed(&mechanism, 0.01)));
    if devices < task.min_batch {
        say!("  too few   no result is given below {} reports", count(task.min_batch));
    }
}

fn sign(arguments: &Sign) -> Result<ExitCode, Failure> {
    let Sign { tasks: path, key, out } = arguments;
    let key = read_key(key)?;
    let questions = read(path)?;
    let signed = TaskSet::seal(&questions, key.pair()).map_err(|error| Failure::at(path, error))?;
    let set = TaskSet::open(&signed, &key.public_key())?;
    rises(out, &set, &key.public_key())?;
    write(out, &signed)?;
    say!("signed      {}", out.display());
    say!("version     {}", set.version());
    say!("questions   {}", set.tasks().count());
    say!("size        {}", size(signed.len() as u64));
    say!("hash        {}", sottovoce::signed::hex(set.hash()));
    say!("public key  {}", public_key_text(&key.public_key()));
    json(|| {
        serde_json::json!({
            "signed": out, "version": set.version(), "questions": set.tasks().count(), "bytes": signed.len(),
            "hash": sottovoce::signed::hex(set.hash()), "public_key": public_key_text(&key.public_key()),
        })
    });
    Ok(ExitCode::SUCCESS)
}

/// Devices take no other set of the same version, and none of an older one.
fn rises(out: &Path, set: &TaskSet, key: &sottovoce::signed::PublicKey) -> Result<(), Failure> {
    let before = match std::fs::read(out) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => TaskSet::open(&other.map_err(|error| Failure::at(out, error))?, key),
    };
    let before = before.map_err(|error| {
        Failure::at(out, format!("exists and stays as it is ({error}): choose another --out or move it"))
    })?;
    if before.hash() != set.hash() && before.version() >= set.version() {
        let least = before.version().saturating_add(1);
        return Err(Failure::at(
            out,
            format!("has version {}: raise `version` to {least}", before.version()),
        ));
    }
    Ok(())
}
