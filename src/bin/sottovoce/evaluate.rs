//! `evaluate`: how good the devices' lists are, on users that the training did not see.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde_json::json;
use sottovoce::catalog::history::history;
use sottovoce::catalog::{Catalog, User};
use sottovoce::clock::SystemClock;
use sottovoce::consent::{Choice, Gate, Permit, Policy, Purpose, PurposeChoice, Ranking};
use sottovoce::random::SystemRandom;
use sottovoce::ranking::evaluate::{Estimate, Protocol, Quality, Report, evaluate};
use sottovoce::ranking::fit::{catalog_of, train_shop};
use sottovoce::signed::sha256;
use sottovoce::vault::{MemoryKeyStore, Vault};

use crate::failure::Failure;
use crate::feed::{Feed, open};
use crate::output::{count, json, say};
use crate::progress::training;
use crate::report;

/// Measure the lists that devices would show: train on some users, rank for others, compare with what they did
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    feed: Feed,
    /// Users to train on
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// Users to measure on: as the history, with `"eval": [[a, b], …]`, where a device knows the events before `a` and those
    /// from `a` to `b` are to be found. If not given, a fifth of the history is kept out of training, and the last event of
    /// each of its users is to be found
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
    /// What may be recommended
    #[arg(long, value_enum, default_value = "new")]
    task: Task,
    /// Average over each user first
    #[arg(long)]
    by_user: bool,
    /// From 0, most relevant first, to 1, most varied first
    #[arg(long, default_value_t = 0.2)]
    diversity: f32,
    /// Also measure what variety and exploration cost, on a thousand of the users
    #[arg(long)]
    price: bool,
}

/// What is to be found.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Task {
    /// Only items the user never had
    New,
    /// Any item, so also what is bought again
    All,
}

/// Trains on one set of users and prints the quality of the lists for another.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let items = arguments.feed.read()?;
    items.print();
    let read = |path: &Path| -> Result<Vec<User>, Failure> {
        eprintln!("{}", path.display());
        let history = history(open(path)?, &items.items).map_err(|error| Failure::at(path, error))?;
        report::print(&history.report);
        Ok(history.users)
    };
    let known = read(&arguments.history)?;
    let (train, test) = match &arguments.cases {
        Some(path) => (known, read(path)?),
        None => split(known),
    };
    let started = Instant::now();
    let artefacts = train_shop(&items.items, &train, &mut training())?;
    let catalog = catalog_of(&items.items, &artefacts)?;
    eprintln!("trained on {} users in {:.1} s", count(train.len() as u64), started.elapsed().as_secs_f32());
    let protocol = Protocol {
        new_only: arguments.task == Task::New,
        by_user: arguments.by_user,
        diversity: arguments.diversity.clamp(0.0, 1.0),
        history: None,
        exploration: 0.0,
    };
    with_permit(|permit| {
        print(&evaluate(&catalog, permit, &test, protocol)?);
        if arguments.price { price(&catalog, permit, &test, protocol) } else { Ok(()) }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A fifth of the users, by a hash of their pseudonym, and what they did last.
fn split(users: Vec<User>) -> (Vec<User>, Vec<User>) {
    let is_test = |user: &User| sha256(user.id.as_bytes()).iter().take(1).all(|byte| *byte >= 205);
    let (mut test, train): (Vec<_>, Vec<_>) = users.into_iter().partition(is_test);
    test.retain(|user| user.events.len() >= 2);
    for user in &mut test {
        user.cases = vec![(user.events.len() - 1, user.events.len())];
    }
    (train, test)
}

/// Ranking asks for a permit here as everywhere: that of an invented user in a throwaway folder who agreed.
fn with_permit<T>(work: impl FnOnce(&Permit<Ranking>) -> Result<T, Failure>) -> Result<T, Failure> {
    let folder = std::env::temp_dir().join(format!("sottovoce-evaluate-{}", std::process::id()));
    let result = agree(&folder).and_then(|permit| work(&permit));
    // Nothing in it is worth keeping or missing.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

fn agree(folder: &Path) -> Result<Permit<Ranking>, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::at(folder, error))?;
    let random = Arc::new(SystemRandom);
    let (vault, _) = Vault::open(folder, "evaluate", Arc::new(MemoryKeyStore::default()), random.clone())?;
    let gate = Gate::open(vault, Policy::baseline()?, Arc::new(SystemClock), random)?;
    let give = |purpose| PurposeChoice { purpose, choice: Choice::Give };
    gate.record(&[give(Purpose::History), give(Purpose::Ranking)], "evaluate", "en")?;
    gate.permit::<Ranking>()
        .map_err(|decision| Failure(format!("ranking is not permitted: {:?}", decision.reason)))
}

type Figure = fn(&Quality) -> Estimate;

/// What is printed, and which way is better; nothing where it depends.
const FIGURES: [(&str, Figure, Option<&str>); 10] = [
    ("NDCG@10", |quality| quality.ndcg_10, Some("higher")),
    ("HR@10", |quality| quality.hit_rate_10, Some("higher")),
    ("MRR@20", |quality| quality.mrr_20, Some("higher")),
    ("HR@20", |quality| quality.hit_rate_20, Some("higher")),
    ("Recall@20", |quality| quality.recall_20, Some("higher")),
    ("diversity@10", |quality| quality.diversity_10, None),
    ("novelty@10", |quality| quality.novelty_10, None),
    ("repeats@10", |quality| quality.repeats_10, None),
    ("coverage@10", |quality| quality.coverage_10, Some("higher")),
    ("Gini@10", |quality| quality.gini_10, Some("lower")),
];

fn print(report: &Report) {
    say!("{} cases of {} users\n", count(report.cases as u64), count(report.users as u64));
    say!("{:<14}{:>20}{:>20}", "", "personal", "best sellers");
    for (name, figure, _) in FIGURES {
        say!("{name:<14}{:>20}{:>20}", show(figure(&report.personal)), show(figure(&report.popular)));
    }
    for (name, figure, better) in FIGURES {
        let (personal, popular) = (figure(&report.personal), figure(&report.popular).mean);
        json(
            || json!({"bench": "evaluate", "figure": name, "value": personal.mean, "margin": personal.margin, "popular": popular, "better": better}),
        );
    }
}

fn show(estimate: Estimate) -> String {
    match estimate.margin > 0.0 {
        true => format!("{:.4} ± {:.4}", estimate.mean, estimate.margin),
        false => format!("{:.4}         ", estimate.mean),
    }
}

/// Users that the price of variety is measured on at most.
const PRICED: usize = 1000;

/// What variety and exploration cost: the same lists with more and less of both.
fn price(
    catalog: &Catalog,
    permit: &Permit<Ranking>,
    users: &[User],
    asked: Protocol,
) -> Result<(), Failure> {
    let mut some: Vec<([u8; 32], &User)> =
        users.iter().map(|user| (sha256(user.id.as_bytes()), user)).collect();
    some.sort_by_key(|(hash, _)| *hash);
    let some: Vec<User> = some.into_iter().take(PRICED).map(|(_, user)| user.clone()).collect();
    say!("\n{} users: the price of variety and exploration", count(some.len() as u64));
    say!("{:<18}{:>20}{:>20}{:>14}{:>14}", "", "NDCG@10", "HR@20", "diversity@10", "coverage@10");
    for (diversity, exploration) in [(0.0, 0.0), (0.2, 0.0), (0.5, 0.0), (0.0, 0.1), (0.2, 0.1)] {
        let quality =
            evaluate(catalog, permit, &some, Protocol { diversity, exploration, ..asked })?.personal;
        let (ndcg, hits) = (show(quality.ndcg_10), show(quality.hit_rate_20));
        let (varied, covered) = (quality.diversity_10.mean, quality.coverage_10.mean);
        json(|| {
            json!({
                "bench": "evaluate", "diversity": diversity, "exploration": exploration, "NDCG@10": quality.ndcg_10.mean,
                "HR@20": quality.hit_rate_20.mean, "diversity@10": varied, "coverage@10": covered,
            })
        });
        say!("{diversity:.1} and {exploration:.1}{:<8}{ndcg:>20}{hits:>20}{varied:>14.4}{covered:>14.4}", "");
    }
    Ok(())
}
