//! `plan`: the shop's plan, checked and in sentences. `build --plan` signs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use sottovoce::catalog::{Catalog, WrittenPlan};
use sottovoce::clock::{Clock as _, SystemClock};
use sottovoce::profile::Stage;
use sottovoce::surfaces::{PreviewAs, StorefrontSlot, preview};

use crate::failure::Failure;
use crate::output::{json, say, say_on};

/// What can be done with a plan.
#[derive(Subcommand)]
pub enum Command {
    /// Name every fault of a plan with its line and field; nothing is signed
    Check(Arguments),
    /// Say what a plan does, for a colleague to read
    Explain(Explain),
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

/// The same, and as whom its pages are looked at.
#[derive(Args)]
pub struct Explain {
    #[command(flatten)]
    arguments: Arguments,
    /// Show the pages as somebody at this stage and of these segments sees them of whom nothing else is known
    #[arg(long = "as", value_name = "STAGE[,SEGMENT...]", value_delimiter = ',')]
    whom: Vec<String>,
    /// The language of the pages
    #[arg(long, value_name = "LOCALE", default_value = "en")]
    locale: String,
}

/// Runs one of them. Fails if the plan has a fault.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    let (Command::Check(arguments) | Command::Explain(Explain { arguments, .. })) = command;
    let bundle = arguments.bundle.as_ref().map(|path| {
        let bytes = fs::read(path).map_err(|error| Failure::at(path, error))?;
        Catalog::from_bytes(&bytes).map_err(|error| Failure::at(path, error))
    });
    let catalog = bundle.transpose()?;
    let written = read(&arguments.plan, catalog.as_ref(), "")?;
    let catalog = catalog.map_or_else(|| Catalog::empty("plan"), Ok)?;
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
        Command::Explain(Explain { whom, locale, .. }) if !whom.is_empty() => {
            pages(&arguments.plan, &catalog.with_plan(written.plan), whom, locale)?;
        }
        Command::Explain(_) => {
            say_on!("{}", written.summary());
            json(|| serde_json::json!({ "summary": written.summary() }));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every page as somebody sees it, slot by slot.
fn pages(path: &Path, catalog: &Catalog, whom: &[String], locale: &str) -> Result<(), Failure> {
    let (stage, segments) = whom.split_first().ok_or_else(|| Failure("--as names nobody".into()))?;
    let stage = Stage::ALL.into_iter().find(|known| known.word() == stage).ok_or_else(|| {
        let words = Stage::ALL.map(Stage::word).join(", ");
        Failure(format!("--as begins with a stage, one of {words}: not {stage}"))
    })?;
    let whom = PreviewAs { stage, segments: segments.to_vec(), context: None };
    for layout in &catalog.plan().layouts {
        let page = preview(catalog, &layout.id, &whom, locale, SystemClock.now_ms())
            .map_err(|error| Failure::at(path, error))?;
        say!("{}", layout.id);
        for slot in &page.slots {
            say!("  {}: {}", slot.slot_id, shown(slot));
            say!("    {}", slot.decision.as_ref().map_or(&slot.because, |decision| &decision.because));
        }
        json(|| {
            let slots = page
                .slots
                .iter()
                .map(|slot| serde_json::json!({ "slot": slot.slot_id, "shows": shown(slot) }));
            serde_json::json!({ "layout": layout.id, "slots": slots.collect::<Vec<_>>() })
        });
    }
    Ok(())
}

/// What a slot shows, in a line.
fn shown(slot: &StorefrontSlot) -> String {
    let decision = slot.decision.as_ref();
    let offer = decision.and_then(|decision| decision.offer.as_ref()).map(|offer| &offer.title);
    let title = offer.or(decision.map(|decision| &decision.title)).unwrap_or(&slot.title);
    let more = [vec![title.clone()], slot.categories.clone()].concat();
    more.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Reads a plan, of a shop with this catalog if there is one. Names each fault and fails, if there are any.
pub fn read(path: &Path, catalog: Option<&Catalog>, so: &str) -> Result<WrittenPlan, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
    let read = catalog.map_or_else(|| WrittenPlan::parse(&text), |of| WrittenPlan::parse_for(&text, of));
    read.map_err(|faults| {
        for fault in &faults {
            eprintln!("  {fault}");
            json(|| serde_json::json!({ "line": fault.line, "field": fault.field, "fault": fault.fault }));
        }
        let word = if faults.len() == 1 { "fault" } else { "faults" };
        Failure::at(path, format!("{} {word}{so}", faults.len()))
    })
}
