//! `policy check`: what is wrong with a policy, what it says, and whom it asks again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use sottovoce::consent::{Policy, PolicyDiff, PolicyProblem};

use super::{json_of, now_ms, public_keys, read, remind, stop_at, unsigned};
use crate::failure::Failure;
use crate::output::{json, say_on};

/// Check a policy: its faults, a summary and, against the policy in use, which purposes are asked about again and why
#[derive(Args)]
pub struct Arguments {
    /// The policy, as JSON or signed
    #[arg(value_name = "FILE")]
    policy: PathBuf,
    /// The policy in use, as JSON or signed
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    /// Public key of a signed policy, base64; several while keys are being changed
    // A PEM begins with hyphens; as a value it is refused without being repeated.
    #[arg(long = "public-key", value_name = "BASE64", allow_hyphen_values = true)]
    keys: Vec<String>,
}

/// Prints the faults of the policy, its summary and what it changes. Fails if a device would refuse it.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let keys = public_keys(&arguments.keys)?;
    let held = match &arguments.against {
        Some(path) => {
            let bytes = read(path)?;
            let json = json_of(path, &bytes, &keys)?;
            Some(Policy::load(json, &[]).map_err(|error| Failure::at(path, unsigned(&error)))?)
        }
        None => None,
    };
    let bytes = read(&arguments.policy)?;
    let examined = Policy::examine(json_of(&arguments.policy, &bytes, &keys)?);
    let problems = match &examined {
        Ok(policy) => {
            say_on!("{}", policy.summary());
            if let Some(held) = &held {
                say_on!("\n{}", policy.changes_since(held));
            }
            remind(policy);
            policy.obstacles(held.as_ref(), now_ms())
        }
        Err(problems) => problems.clone(),
    };
    json(|| line(examined.as_ref().ok(), held.as_ref(), &problems));
    stop_at(&arguments.policy, &problems, "")?;
    Ok(ExitCode::SUCCESS)
}

fn line(policy: Option<&Policy>, held: Option<&Policy>, problems: &[PolicyProblem]) -> serde_json::Value {
    let diff = policy.zip(held).map(|(policy, held)| PolicyDiff::between(held, policy));
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| serde_json::json!({"field": problem.field, "problem": problem.fault.to_string()}))
        .collect();
    serde_json::json!({"policy": policy.map(Policy::label), "problems": problems, "diff": diff})
}
