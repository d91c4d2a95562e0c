//! `sottovoce`: the merchant's command. It reads product feeds and purchase histories, trains what devices need to rank on
//! their own, and signs it as one bundle for all of them. It also checks and signs the shop's consent policy.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::todo)
)]

mod build;
mod collect;
mod delta;
mod evaluate;
mod failure;
mod feed;
mod file;
mod import;
mod inspect;
mod keygen;
mod keys;
mod output;
mod patch;
mod plan;
mod policy;
mod progress;
mod publish;
mod report;
mod search_eval;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// How they go together; shown under `--help`.
const STEPS: &str = "From a feed to devices:
  sottovoce keygen shop.pem                        the app has to trust what it prints
  sottovoce import products.csv                    what can be used, and what to mend
  sottovoce build products.csv --key shop.pem --store-id ID --out shop.svb
  sottovoce publish cdn --key shop.pem --bundle shop.svb
  sottovoce serve cdn                              sync a development build from it, then upload the folder
  sottovoce patch shop.svb prices.csv --key shop.pem --out prices.svp
  sottovoce publish cdn --key shop.pem --patch prices.svp";

/// The merchant's side of Sottovoce: from a product feed to the signed catalog that every device downloads, and the consent
/// policy that they follow.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but rows of the feed were rejected.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = STEPS)]
struct Arguments {
    /// Print JSON on standard output, and nothing else
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Keygen(keygen::Arguments),
    Import(import::Arguments),
    /// Check and explain the shop's plan: segments, merchandising, layouts and offers in one file
    #[command(subcommand)]
    Plan(plan::Command),
    Build(build::Arguments),
    Inspect(inspect::Arguments),
    Verify(verify::Arguments),
    Publish(publish::Arguments),
    Serve(serve::Arguments),
    Patch(patch::Arguments),
    Delta(delta::Arguments),
    /// Edit, check and sign the shop's consent policy: what users are asked for in each region
    #[command(subcommand, after_help = policy::STEPS)]
    Policy(policy::Command),
    Evaluate(evaluate::Arguments),
    SearchEval(search_eval::Arguments),
    /// Put another key in the place of the shop's, or revoke it
    #[command(subcommand, after_help = keys::STEPS)]
    Keys(keys::Command),
    /// Ask devices questions whose answers they randomise, and say what the crowd answered
    #[command(subcommand, after_help = collect::STEPS)]
    Collect(collect::Command),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    output::choose(arguments.json);
    let result = match arguments.command {
        Command::Keygen(arguments) => keygen::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Patch(arguments) => patch::run(&arguments),
        Command::Delta(arguments) => delta::run(&arguments),
        Command::Publish(arguments) => publish::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Keys(command) => keys::run(&command),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::SearchEval(arguments) => search_eval::run(&arguments),
        Command::Policy(command) => policy::run(&command),
        Command::Plan(command) => plan::run(&command),
        Command::Collect(command) => collect::run(&command),
    };
    result.unwrap_or_else(|Failure(text)| {
        eprintln!("error: {text}");
        ExitCode::FAILURE
    })
}
