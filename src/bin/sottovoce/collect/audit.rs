//! `collect audit`: reports of opposite truths, made as devices make them, and what can be told from their bytes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sottovoce::random::SystemRandom;
use sottovoce::signals::{Audit, AuditVerdict, TaskSet};

use super::read;
use crate::failure::Failure;
use crate::output::{count, json, say};

/// Count what reports tell of two opposite truths, and hold it against what each question states
#[derive(Args)]
pub struct Arguments {
    /// The questions, as JSON
    #[arg(value_name = "FILE")]
    tasks: PathBuf,
    /// Reports to make of each truth and question
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    reports: u64,
}

/// Prints what was found. Fails unless every question tells what it states.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let path = &arguments.tasks;
    let set = TaskSet::check(&read(path)?).map_err(|error| Failure::at(path, error))?;
    let mut audits = Vec::new();
    for (_, task) in set.tasks() {
        if let Some(audit) = Audit::of(task, arguments.reports, &SystemRandom)? {
            tell(&audit);
            audits.push(audit);
        }
    }
    let is_sound = audits.iter().all(|audit| audit.verdict == AuditVerdict::AsStated);
    let told = serde_json::to_value(&audits)?;
    json(|| told);
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(audit: &Audit) {
    let Audit { task_id, reports, stated, low, high, confidence, verdict } = audit;
    let result = match verdict {
        AuditVerdict::AsStated => "as stated",
        AuditVerdict::TellsMore => "tells MORE than stated",
        AuditVerdict::TellsLess => "tells less than stated: estimates are wrong",
        AuditVerdict::Unclear => "unclear: more reports are needed",
    };
    let end = |end: &Option<f64>| end.map_or_else(|| "unknown".to_owned(), |end| format!("{end:.4}"));
    say!("{task_id}: {result}");
    say!(
        "  epsilon   {stated:.4} stated, {} to {} counted ({} %, {} reports of each truth)",
        end(low),
        end(high),
        confidence * 100.0,
        count(*reports)
    );
}
