//! How often items are bought or viewed, how often lately, and after how long again.
#![allow(clippy::indexing_slicing, reason = "items were checked when the history was read in")]

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::operator::train::sequences::{Clock, Sequences};
use crate::catalog::{EventKind, Item, User};

/// Days that count as lately.
const LATELY_DAYS: i64 = 45;
/// Share of each user's events that counts as lately where there are no dates.
const LATELY_SHARE: f64 = 0.2;
/// Observations that the shop's median interval counts for.
const PRIOR: f32 = 5.0;
/// Share of an item's buyers who bought it again, from which on it is used up. What is kept is bought twice by chance.
const USED_UP: f32 = 0.2;
/// Buyers that an item's category counts for in that share: of a few buyers one comes back by chance.
const KIND: f32 = 5.0;
/// Fewer buyers than this who came back, of the item and its category, say nothing.
const CAME_BACK: u32 = 3;

pub(crate) struct Counts {
    pub(crate) popularity: Vec<f32>,
    pub(crate) recent: Vec<f32>,
    pub(crate) repurchase_days: Vec<f32>,
}

pub(crate) fn count(items: &[Item], sequences: &Sequences, history: &[User]) -> Counts {
    let mut popularity = vec![0.0; sequences.items];
    let mut recent = vec![0.0; sequences.items];
    let last_day = sequences.users.iter().flatten().map(|s| s.time).max().unwrap_or(0);
    for steps in &sequences.users {
        let late_from = steps.len() - (steps.len() as f64 * LATELY_SHARE).round() as usize;
        for (place, step) in steps.iter().enumerate() {
            popularity[step.item as usize] += 1.0;
            let lately = match sequences.clock {
                Clock::Days => step.time > last_day - LATELY_DAYS,
                Clock::Positions => place >= late_from,
            };
            recent[step.item as usize] += f32::from(u8::from(lately));
        }
    }
    let repurchase_days = match sequences.clock {
        Clock::Days => intervals(items, history),
        Clock::Positions => vec![0.0; sequences.items],
    };
    Counts { popularity, recent, repurchase_days }
}

/// Mean days between purchases of an item by the same user, drawn towards the median of all:
/// `(Σ gaps + 5 median) / (n + 5)`. 0 for what is kept rather than used up: an item is used up if the share of its buyers who
/// bought it again, drawn towards that of its category, is large.
fn intervals(of: &[Item], history: &[User]) -> Vec<f32> {
    let items = of.len();
    let mut gaps: Vec<Vec<f32>> = vec![Vec::new(); items];
    let (mut buyers, mut again) = (vec![0_u32; items], vec![0_u32; items]);
    for user in history {
        let mut last: BTreeMap<u32, i64> = BTreeMap::new();
        let mut returned = BTreeSet::new();
        let bought = user.events.iter().filter(|e| e.kind == EventKind::Purchase);
        for event in bought.filter(|e| (e.item as usize) < items) {
            if let Some(before) = last.insert(event.item, event.time)
                && event.time > before
            {
                gaps[event.item as usize].push((event.time - before) as f32);
                returned.insert(event.item);
            }
        }
        last.into_keys().for_each(|item| buyers[item as usize] += 1);
        returned.into_iter().for_each(|item| again[item as usize] += 1);
    }
    let mut all: Vec<f32> = gaps.iter().flatten().copied().collect();
    all.sort_by(f32::total_cmp);
    let median = all.get(all.len() / 2).copied().unwrap_or(0.0);
    let shrunk = |g: &Vec<f32>| (g.iter().sum::<f32>() + PRIOR * median) / (g.len() as f32 + PRIOR);
    let kinds = of_kinds(of, &buyers, &again);
    let used_up = |item: usize| {
        let kind = of[item].google_product_category.as_ref().or(of[item].product_type.as_ref());
        let (bought, back) = kind.and_then(|kind| kinds.get(kind).copied()).unwrap_or_default();
        let drawn = if back < CAME_BACK { 0.0 } else { KIND * back as f32 / bought as f32 };
        let share = (again[item] as f32 + drawn) / (buyers[item] as f32 + KIND);
        again[item] > 0 && back.max(again[item]) >= CAME_BACK && share >= USED_UP
    };
    gaps.iter().enumerate().map(|(item, g)| if used_up(item) { shrunk(g) } else { 0.0 }).collect()
}

/// Buyers of the items of each category, and those of them who bought the same item again.
fn of_kinds<'a>(items: &'a [Item], buyers: &[u32], again: &[u32]) -> BTreeMap<&'a String, (u32, u32)> {
    let mut kinds: BTreeMap<&String, (u32, u32)> = BTreeMap::new();
    for (item, (buyers, again)) in items.iter().zip(buyers.iter().zip(again)) {
        if let Some(kind) = item.google_product_category.as_ref().or(item.product_type.as_ref()) {
            let (bought, back) = kinds.entry(kind).or_default();
            *bought += buyers;
            *back += again;
        }
    }
    kinds
}
