//! Learning a shop's ranking weights from its own history: conditional logit over the candidates of
//! each case (McFadden 1974), AdaGrad, drawn towards the defaults. A tenth of the shop's users,
//! by a hash of their pseudonym, is held out of the artefacts that the weights are learnt on; where the
//! history has dates, so is its last third, because a device always asks later than the shop trained.

mod calibrate;

use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::Array2;
use ring::digest::{SHA256, digest};

use crate::base::clock::DAY_MS;
use crate::catalog::train::{Clock, Stage, train};
use crate::catalog::{
    Artefacts, BundleHeader, Catalog, CatalogError, EventKind, Item, SigningKey, User, Weights, build_bundle,
};
use crate::profile::Evidence;
use crate::ranking::features::{COUNT, DEFAULTS, FEATURES, TABLE, Training, VERSION};
use crate::ranking::fit::calibrate::calibrate;
use crate::ranking::list::Job;
use crate::ranking::request::{RankRequest, Seen, ShelfKind};

/// Cases learnt from at most; each keeps a few hundred rows of features.
const MAX_CASES: usize = 3000;
/// Cases of one user.
const PER_USER: usize = 5;
const EPOCHS: usize = 40;
const RATE: f32 = 0.2;
/// Candidates that move the weights by less are passed over.
const NEGLIGIBLE: f32 = 1e-6;
/// Cases that the defaults count for: the fewer there are to learn from, the nearer the weights stay.
const PRIOR: f32 = 3.0;
/// Of 256 users so many are held out: a tenth, or a third where only the last part of their
/// history can be learnt from.
const HELD_OUT: u8 = 26;
const HELD_OUT_DATED: u8 = 85;
/// Part of the dated history, at its end, that weights are learnt on.
const LATE: f64 = 0.33;
/// Days that a history must span to be cut.
const LONG_ENOUGH: i64 = 60;

/// Trains a shop: artefacts from all users, weights from those held out meanwhile.
///
/// # Errors
/// The items do not make a catalog.
pub fn train_shop(
    items: &[Item],
    history: &[User],
    progress: &mut dyn FnMut(Stage, f32),
) -> Result<Artefacts, CatalogError> {
    let history = &in_order(history);
    let clock = Clock::of(history);
    let cut = cut(history, clock);
    let share = if cut.is_some() { HELD_OUT_DATED } else { HELD_OUT };
    let (held_out, rest): (Vec<User>, Vec<User>) =
        history.iter().cloned().partition(|v| is_held_out(&v.id, share));
    let before: Vec<User> = rest.into_iter().map(|v| until(v, cut)).collect();
    let draft = catalog_of(items, &train(items, &before, &mut |_, _| ()))?;
    progress(Stage::Weights, 0.0);
    let repeats = draft.weights().repeats;
    let sets: &[Seen] = if repeats { &[Seen::Keep, Seen::Exclude] } else { &[Seen::Exclude] };
    let values = sets.iter().flat_map(|&seen| fit(&cases(&draft, &held_out, clock, cut, seen))).collect();
    progress(Stage::Weights, 1.0);
    let names = sets.iter().flat_map(|_| FEATURES).map(str::to_owned).collect();
    let mut artefacts = train(items, history, progress);
    artefacts.weights = Weights { version: VERSION, names, values, repeats };
    Ok(artefacts)
}

/// The same whatever the order of the feed's lines, for sums that depend on it in their last bits.
fn in_order(history: &[User]) -> Vec<User> {
    let mut history = history.to_vec();
    let acts = |user: &User| -> Vec<(i64, u32)> { user.events.iter().map(|e| (e.time, e.item)).collect() };
    history.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| acts(a).cmp(&acts(b))));
    history
}

fn is_held_out(id: &str, of_256: u8) -> bool {
    digest(&SHA256, id.as_bytes()).as_ref().first().is_some_and(|b| *b < of_256)
}

/// Where a dated history is cut: the artefacts of the draft come from before, the cases from after,
/// as on a device, where the catalog is always older than the question.
fn cut(history: &[User], clock: Clock) -> Option<i64> {
    let times = || history.iter().flat_map(|v| &v.events).map(|e| e.time);
    let (first, last) = (times().min()?, times().max()?);
    let span = last.saturating_sub(first);
    (clock == Clock::Days && span >= LONG_ENOUGH).then(|| last - (span as f64 * LATE) as i64)
}

fn until(user: User, cut: Option<i64>) -> User {
    let events = user.events.into_iter().filter(|e| cut.is_none_or(|c| e.time < c)).collect();
    User { events, ..user }
}

/// A catalog in memory, for measuring. Its signature is by a key that is thrown away.
///
/// # Errors
/// The items do not make a catalog.
pub fn catalog_of(items: &[Item], artefacts: &Artefacts) -> Result<Catalog, CatalogError> {
    let header = BundleHeader { store_id: "measuring".to_owned(), version: 1, ..BundleHeader::default() };
    Catalog::from_bytes(&build_bundle(items, artefacts, &header, &SigningKey::generate()?)?)
}

/// One list to learn from: the candidates' features and which of them were chosen.
struct Case {
    features: Array2<f32>,
    chosen: Vec<usize>,
    /// How many there were to choose.
    targets: usize,
}

/// Cases from the cut on, an even sample of them whatever the order of the users: at most so many of each user and of all.
fn cases(catalog: &Catalog, users: &[User], clock: Clock, cut: Option<i64>, seen: Seen) -> Vec<Case> {
    let mut drawn: Vec<([u8; 8], &User, usize)> = users.iter().flat_map(|user| drawn(user, cut)).collect();
    drawn.sort_by_key(|place| place.0);
    let cases = drawn.into_iter().filter_map(|(_, user, from)| case(catalog, user, from, clock, seen));
    cases.take(MAX_CASES).collect()
}

/// Some of the user's moments from the cut on, each with its place among those of all users.
fn drawn(user: &User, cut: Option<i64>) -> impl Iterator<Item = ([u8; 8], &User, usize)> {
    let late = |i: &usize| cut.is_none_or(|c| user.events.get(*i).is_some_and(|e| e.time >= c));
    let mut places: Vec<([u8; 8], &User, usize)> = moments(user)
        .into_iter()
        .filter(late)
        .map(|from| {
            let hash = digest(&SHA256, format!("{} {from}", user.id).as_bytes());
            (hash.as_ref().first_chunk().copied().unwrap_or_default(), user, from)
        })
        .collect();
    places.sort_by_key(|place| place.0);
    places.into_iter().take(PER_USER)
}

/// Where a new moment begins in a user's history, but for the first.
fn moments(user: &User) -> Vec<usize> {
    let pairs = user.events.iter().zip(user.events.iter().skip(1)).enumerate();
    pairs.filter(|(_, (a, b))| a.time != b.time).map(|(i, _)| i + 1).collect()
}

fn case(catalog: &Catalog, user: &User, from: usize, clock: Clock, seen: Seen) -> Option<Case> {
    let now = user.events.get(from)?.time;
    let evidence = known(catalog, user, from, clock);
    let request = RankRequest { seen, ..RankRequest::new(ShelfKind::ForYou, 20) };
    let (candidates, features) = Job::new(catalog, &evidence, &request).features();
    let targets =
        user.events.iter().skip(from).take_while(|e| e.time == now).map(|e| catalog.product_of(e.item));
    let may_be = |product: &u32| seen != Seen::Exclude || !evidence.derived.uses.contains_key(product);
    let targets: BTreeSet<u32> = targets.filter(may_be).collect();
    let is_target = |(_, ix): &(usize, &u32)| targets.contains(&catalog.product_of(**ix));
    let chosen: Vec<usize> = candidates.iter().enumerate().filter(is_target).map(|(at, _)| at).collect();
    (!chosen.is_empty()).then_some(Case { features, chosen, targets: targets.len() })
}

/// The time of an event, in milliseconds since 1970, or minutes for mere places.
pub(super) fn time_ms(time: i64, clock: Clock) -> i64 {
    match clock {
        Clock::Days => time.saturating_mul(DAY_MS),
        Clock::Positions => time.saturating_add(1).saturating_mul(60_000),
    }
}

/// What a device would know of the user's first `until` events.
pub(super) fn known(catalog: &Catalog, user: &User, until: usize, clock: Clock) -> Evidence {
    let now = user.events.get(until).or(user.events.last()).map_or(0, |e| time_ms(e.time, clock));
    let past = user.events.iter().take(until);
    let interactions = past.map(|e| (e.item, e.kind == EventKind::Purchase, time_ms(e.time, clock)));
    Evidence::from_derived(catalog, Arc::new(Evidence::derive(catalog, interactions)), now)
}

/// The likeliest weights, and then the best.
fn fit(cases: &[Case]) -> [f32; COUNT] {
    let mut weights = descend(cases);
    calibrate(cases, &mut weights);
    weights
}

fn descend(cases: &[Case]) -> [f32; COUNT] {
    let pull = PRIOR / cases.len().max(1) as f32;
    let mut weights = DEFAULTS;
    let mut squares = [1e-2_f32; COUNT];
    for _ in 0..EPOCHS {
        for case in cases {
            let gradient = gradient(case, &weights);
            let learnt = (0..COUNT).filter(|f| TABLE.get(*f).is_some_and(|f| f.training == Training::Learnt));
            for f in learnt {
                let (Some(w), Some(g), Some(s), Some(d)) =
                    (weights.get_mut(f), gradient.get(f), squares.get_mut(f), DEFAULTS.get(f))
                else {
                    continue;
                };
                let g = g + pull * (*w - d);
                *s += g * g;
                *w -= RATE * g / s.sqrt();
            }
        }
    }
    weights
}

/// Gradient of the mean negative log likelihood of the chosen among all candidates.
fn gradient(case: &Case, weights: &[f32; COUNT]) -> [f32; COUNT] {
    let rows = || case.features.as_slice().unwrap_or_default().chunks_exact(COUNT);
    let scores: Vec<f32> = rows().map(|r| r.iter().zip(weights).map(|(x, w)| x * w).sum()).collect();
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let odds: Vec<f32> = scores.iter().map(|s| (s - most).exp()).collect();
    let all: f32 = odds.iter().sum();
    let share = 1.0 / case.chosen.len() as f32;
    let mut gradient = [0.0; COUNT];
    for (at, row) in rows().enumerate() {
        let chosen = if case.chosen.binary_search(&at).is_ok() { share } else { 0.0 };
        let pull = odds.get(at).copied().unwrap_or_default() / all - chosen;
        if pull.abs() > NEGLIGIBLE {
            gradient.iter_mut().zip(row).for_each(|(g, x)| *g += pull * x);
        }
    }
    gradient
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::UserEvent;

    fn shop() -> (Vec<Item>, Vec<User>) {
        let items = (0..24).map(|i| Item { id: format!("i{i}"), ..Item::default() }).collect();
        let event = |v: usize, n: usize| UserEvent {
            item: ((v * 7 + n * (v % 5 + 1)) % 24) as u32,
            time: n as i64,
            kind: EventKind::View,
            quantity: 1,
            unit_price: None,
        };
        let events = |v| (0..8).map(|n| event(v, n)).collect();
        (
            items,
            (0..120)
                .map(|v| User {
                    id: format!("v{v}"),
                    events: events(v),
                    cases: Vec::new(),
                    searches: Vec::new(),
                })
                .collect(),
        )
    }

    #[test]
    fn the_order_of_the_lines_changes_nothing() {
        let (items, mut history) = shop();
        let one = train_shop(&items, &history, &mut |_, _| ()).unwrap();
        history.reverse();
        assert_eq!(train_shop(&items, &history, &mut |_, _| ()).unwrap(), one);
        assert_ne!(one.weights.values.get(..COUNT), Some(DEFAULTS.as_slice()), "something was learnt");
    }

    #[test]
    fn cases_are_drawn_evenly_from_a_users_past() {
        let (_, history) = shop();
        let drawn: Vec<usize> = history.iter().flat_map(|user| drawn(user, None).map(|d| d.2)).collect();
        assert_eq!(drawn.len(), PER_USER * history.len());
        for moment in 1..8 {
            let share = drawn.iter().filter(|d| **d == moment).count() as f32 / history.len() as f32;
            assert!((0.5..0.95).contains(&share), "{moment}: {share}");
        }
    }
}
