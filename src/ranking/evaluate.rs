//! How good the lists are: full ranking over the whole catalog, through the same [`rank`] that a
//! device uses, held against best sellers.

use crate::base::random::SystemRandom;
use crate::catalog::train::Clock;
use crate::catalog::{Catalog, User};
use crate::consent::{Permit, Ranking};
use crate::profile::Evidence;
use crate::ranking::fit::{known, time_ms};
use crate::ranking::request::{RankRequest, Seen, ShelfKind};
use crate::ranking::{Ranked, RankingError, popular, rank};

/// Length of the lists.
const LIST: usize = 20;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Protocol {
    /// Leave out what the user had before, among candidates and targets.
    pub new_only: bool,
    /// First the mean of each user, then of all; otherwise of all cases.
    pub by_user: bool,
    /// As in [`RankRequest::diversity`].
    pub diversity: f32,
    /// Use only the user's last so many events; none means all. For curves of the cold start.
    pub history: Option<usize>,
}

/// A mean and half the width of its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// 1.96 standard errors.
    pub margin: f64,
}

/// Quality of one way to make lists.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quality {
    /// A target among the first ten.
    pub hit_rate_10: Estimate,
    /// Discounted gain of the first ten over the best possible.
    pub ndcg_10: Estimate,
    /// One over the place of the first target among twenty.
    pub mrr_20: Estimate,
    /// A target among the first twenty.
    pub hit_rate_20: Estimate,
    /// Share of the targets among the first twenty.
    pub recall_20: Estimate,
    /// Mean unlikeness of the first ten items.
    pub diversity_10: Estimate,
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Report {
    /// Lists that know the user's past.
    pub personal: Quality,
    /// Best sellers.
    pub popular: Quality,
    /// Cases measured.
    pub cases: usize,
    /// Users behind them.
    pub users: usize,
}

/// Ranks every case of every user and compares with what the user did next.
///
/// # Errors
/// The permit is no longer valid.
pub fn evaluate(
    catalog: &Catalog,
    permit: &Permit<Ranking>,
    users: &[User],
    protocol: Protocol,
) -> Result<Report, RankingError> {
    let clock = Clock::of(users);
    let (mut personal, mut best_sellers) = (Sums::default(), Sums::default());
    let mut report = Report::default();
    for user in users {
        let mut measured = 0;
        for &(from, to) in &user.cases {
            let Some(targets) = targets(catalog, user, from, to, protocol.new_only) else { continue };
            let evidence = evidence(catalog, user, from, clock, protocol);
            let request = request(user, from, protocol);
            let list = rank(catalog, permit, &evidence, &request, &SystemRandom)?;
            personal.add(&score(catalog, &list, &targets));
            best_sellers.add(&score(catalog, &popular(catalog, &request), &targets));
            measured += 1;
        }
        if measured > 0 {
            report.users += 1;
            report.cases += measured;
            if protocol.by_user {
                personal.close_user();
                best_sellers.close_user();
            }
        }
    }
    report.personal = personal.quality();
    report.popular = best_sellers.quality();
    Ok(report)
}

fn evidence(catalog: &Catalog, user: &User, from: usize, clock: Clock, protocol: Protocol) -> Evidence {
    let Some(keep) = protocol.history else { return known(catalog, user, from, clock) };
    let skip = from.saturating_sub(keep);
    let short = User { events: user.events.iter().skip(skip).cloned().collect(), ..User::default() };
    let mut evidence = known(catalog, &short, from - skip, clock);
    evidence.now_ms = user.events.get(from).map_or(0, |e| time_ms(e.time, clock));
    evidence
}

fn request(user: &User, from: usize, protocol: Protocol) -> RankRequest {
    let seen = if protocol.new_only { Seen::Exclude } else { Seen::Keep };
    let past = user.events.iter().take(from).map(|e| e.item);
    let exclude = if protocol.new_only { past.collect() } else { Vec::new() };
    RankRequest { seen, exclude, diversity: protocol.diversity, ..RankRequest::new(ShelfKind::ForYou, LIST) }
}

/// The products of the case, each once; `None` when none is left. A list is as good in another size.
fn targets(catalog: &Catalog, user: &User, from: usize, to: usize, new_only: bool) -> Option<Vec<u32>> {
    let past: Vec<u32> = user.events.iter().take(from).map(|e| catalog.product_of(e.item)).collect();
    let next = user.events.iter().take(to).skip(from).map(|e| catalog.product_of(e.item));
    let mut targets: Vec<u32> = next.filter(|i| !new_only || !past.contains(i)).collect();
    targets.sort_unstable();
    targets.dedup();
    (!targets.is_empty()).then_some(targets)
}

/// Hit rate at 10, NDCG at 10, MRR at 20, hit rate at 20, recall at 20, diversity.
type Scores = [f64; 6];

fn score(catalog: &Catalog, list: &Ranked, targets: &[u32]) -> Scores {
    let hits: Vec<usize> = list
        .items
        .iter()
        .take(LIST)
        .enumerate()
        .filter(|(_, i)| targets.binary_search(&catalog.product_of(i.ix)).is_ok())
        .map(|(place, _)| place)
        .collect();
    let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let ideal: f64 = (0..targets.len().min(10)).map(gain).sum();
    let dcg: f64 = hits.iter().filter(|&&p| p < 10).map(|&p| gain(p)).sum();
    let first = hits.first();
    [
        f64::from(u8::from(first.is_some_and(|&p| p < 10))),
        dcg / ideal,
        first.map_or(0.0, |&p| 1.0 / (p as f64 + 1.0)),
        f64::from(u8::from(first.is_some())),
        hits.len() as f64 / targets.len() as f64,
        f64::from(list.diversity),
    ]
}

/// Sums for means and their errors, over cases or over users' means.
#[derive(Default)]
struct Sums {
    open: Vec<Scores>,
    closed: Vec<Scores>,
}

impl Sums {
    fn add(&mut self, scores: &Scores) {
        self.open.push(*scores);
    }

    fn close_user(&mut self) {
        let n = self.open.len() as f64;
        let mut mean = [0.0; 6];
        for scores in self.open.drain(..) {
            mean.iter_mut().zip(scores).for_each(|(m, s)| *m += s / n);
        }
        self.closed.push(mean);
    }

    fn quality(mut self) -> Quality {
        self.closed.append(&mut self.open);
        let [hit_rate_10, ndcg_10, mrr_20, hit_rate_20, recall_20, diversity_10] =
            [0, 1, 2, 3, 4, 5].map(|of| estimate(self.closed.iter().filter_map(|s| s.get(of).copied())));
        Quality { hit_rate_10, ndcg_10, mrr_20, hit_rate_20, recall_20, diversity_10 }
    }
}

fn estimate(values: impl Iterator<Item = f64>) -> Estimate {
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for v in values {
        n += 1.0;
        sum += v;
        squares += v * v;
    }
    if n < 2.0 {
        return Estimate { mean: sum, margin: f64::INFINITY };
    }
    let mean = sum / n;
    let variance = ((squares - n * mean * mean) / (n - 1.0)).max(0.0);
    Estimate { mean, margin: 1.96 * (variance / n).sqrt() }
}
