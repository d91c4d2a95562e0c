//! How good the lists are: full ranking over the whole catalog, through the same [`rank`] that a
//! device uses, held against best sellers.

use std::collections::BTreeMap;

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
/// Places that people look at, for what is said of items rather than hits.
const SEEN_PLACES: usize = 10;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Protocol {
    /// Leave out what the user had before, among candidates and targets.
    pub new_only: bool,
    /// First the mean of each user, then of all; otherwise of all cases.
    pub by_user: bool,
    /// As in [`RankRequest::diversity`].
    pub diversity: f32,
    /// As in [`RankRequest::exploration`].
    pub exploration: f32,
    /// Use only the user's last so many events; none means all. For curves of the cold start.
    pub history: Option<usize>,
}

/// A mean and half the width of its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// 1.96 standard errors; 0 for what is said of all lists together.
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
    /// Mean information of the first ten items, in bits: `-log2` of an item's share of all that was bought or viewed.
    pub novelty_10: Estimate,
    /// Share of the first ten items that the user had before.
    pub repeats_10: Estimate,
    /// Share of the catalog's products that were among the first ten of any list.
    pub coverage_10: Estimate,
    /// How unequally those places fell to the catalog's products: 0 = to all alike, 1 = to one.
    pub gini_10: Estimate,
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
    let events = catalog.by_popularity().iter().map(|ix| f64::from(catalog.popularity(*ix))).sum();
    let (mut personal, mut best_sellers) = (Sums::default(), Sums::default());
    let mut report = Report::default();
    for user in users {
        let mut measured = 0;
        for &(from, to) in &user.cases {
            let Some(targets) = targets(catalog, user, from, to, protocol.new_only) else { continue };
            let evidence = evidence(catalog, user, from, clock, protocol);
            let request = request(user, from, protocol);
            let list = rank(catalog, permit, &evidence, &request, &SystemRandom)?;
            let case = Case { catalog, targets: &targets, evidence: &evidence, events };
            personal.add(&case, &list);
            best_sellers.add(&case, &popular(catalog, &request));
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
    report.personal = personal.quality(catalog);
    report.popular = best_sellers.quality(catalog);
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
    let Protocol { diversity, exploration, .. } = protocol;
    RankRequest { seen, exclude, diversity, exploration, ..RankRequest::new(ShelfKind::ForYou, LIST) }
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

/// Hit rate at 10, NDCG at 10, MRR at 20, hit rate at 20, recall at 20, diversity, novelty, repeats.
type Scores = [f64; 8];

/// What lists are held against.
struct Case<'a> {
    catalog: &'a Catalog,
    /// Products, in order.
    targets: &'a [u32],
    evidence: &'a Evidence,
    /// How often anything in the catalog was bought or viewed.
    events: f64,
}

fn score(case: &Case<'_>, list: &Ranked) -> Scores {
    let Case { catalog, targets, evidence, .. } = *case;
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
        of_first(catalog, list, |product| case.novelty(product)),
        of_first(catalog, list, |product| f64::from(u8::from(evidence.derived.uses.contains_key(&product)))),
    ]
}

/// The mean of the products that people look at.
fn of_first(catalog: &Catalog, list: &Ranked, of: impl Fn(u32) -> f64) -> f64 {
    let first = list.items.iter().take(SEEN_PLACES).map(|item| of(catalog.product_of(item.ix)));
    first.sum::<f64>() / list.items.len().clamp(1, SEEN_PLACES) as f64
}

impl Case<'_> {
    /// What nobody bought yet counts as bought once.
    fn novelty(&self, product: u32) -> f64 {
        (self.events.max(1.0) / f64::from(self.catalog.popularity(product)).max(1.0)).log2()
    }
}

/// Sums for means and their errors, over cases or over users' means.
#[derive(Default)]
struct Sums {
    open: Vec<Scores>,
    closed: Vec<Scores>,
    /// How often each product was among the first ten.
    shown: BTreeMap<u32, u64>,
}

impl Sums {
    fn add(&mut self, case: &Case<'_>, list: &Ranked) {
        self.open.push(score(case, list));
        for item in list.items.iter().take(SEEN_PLACES) {
            *self.shown.entry(case.catalog.product_of(item.ix)).or_default() += 1;
        }
    }

    fn close_user(&mut self) {
        let n = self.open.len() as f64;
        let mut mean = Scores::default();
        for scores in self.open.drain(..) {
            mean.iter_mut().zip(scores).for_each(|(m, s)| *m += s / n);
        }
        self.closed.push(mean);
    }

    fn quality(mut self, catalog: &Catalog) -> Quality {
        self.closed.append(&mut self.open);
        let [hit_rate_10, ndcg_10, mrr_20, hit_rate_20, recall_20, diversity_10, novelty_10, repeats_10] =
            [0, 1, 2, 3, 4, 5, 6, 7]
                .map(|of| estimate(self.closed.iter().filter_map(|s| s.get(of).copied())));
        let products = (0..).take(catalog.len()).filter(|ix| catalog.product_of(*ix) == *ix).count();
        let (coverage, gini) = spread(self.shown.into_values().collect(), products);
        let [coverage_10, gini_10] = [coverage, gini].map(|mean| Estimate { mean, margin: 0.0 });
        Quality {
            hit_rate_10,
            ndcg_10,
            mrr_20,
            hit_rate_20,
            recall_20,
            diversity_10,
            novelty_10,
            repeats_10,
            coverage_10,
            gini_10,
        }
    }
}

/// The share of `all` that is in `shown` at all, and the Gini coefficient of how often each is.
fn spread(mut shown: Vec<u64>, all: usize) -> (f64, f64) {
    shown.sort_unstable();
    let (n, sum) = (all as f64, shown.iter().sum::<u64>() as f64);
    let never = all.saturating_sub(shown.len());
    let ranked =
        shown.iter().zip(never + 1..).map(|(&times, place)| times as f64 * place as f64).sum::<f64>();
    if sum > 0.0 { (shown.len() as f64 / n, 2.0 * ranked / (n * sum) - (n + 1.0) / n) } else { (0.0, 0.0) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_tells_one_for_all_from_all_alike() {
        assert_eq!(spread(vec![3, 3, 3, 3], 4), (1.0, 0.0));
        assert_eq!(spread(vec![8], 4), (0.25, 0.75));
        assert_eq!(spread(Vec::new(), 4), (0.0, 0.0));
    }

    #[test]
    fn one_value_has_no_interval_and_several_have_theirs() {
        assert_eq!(estimate([0.5].into_iter()).margin, f64::INFINITY);
        let of_four = estimate([0.0, 1.0, 0.0, 1.0].into_iter());
        assert!((of_four.mean - 0.5).abs() < 1e-12);
        assert!((of_four.margin - 1.96 * (1.0 / 12.0_f64).sqrt()).abs() < 1e-12);
    }
}
