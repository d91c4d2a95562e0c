//! The history as the counters need it: what every user did in order, and where every item occurs.
#![allow(
    clippy::indexing_slicing,
    reason = "items are checked against the number of items when the history is read in"
)]

use crate::catalog::User;

/// What the times of a history mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Day numbers.
    Days,
    /// Places in the user's sequence.
    Positions,
}

impl Clock {
    /// Finds out: places start at 0 and go up by one, for everybody.
    #[must_use]
    pub fn of(history: &[User]) -> Self {
        let counts_up = |v: &User| v.events.iter().zip(0..).all(|(e, i)| e.time == i);
        if history.iter().all(counts_up) { Self::Positions } else { Self::Days }
    }
}

/// One event of a user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) item: u32,
    pub(crate) time: i64,
    /// Number of the moment within the user's history: events of one basket share it.
    pub(crate) moment: u32,
}

/// Sequences with an index of where items occur.
pub(crate) struct Sequences {
    pub(crate) items: usize,
    pub(crate) clock: Clock,
    pub(crate) users: Vec<Vec<Step>>,
    /// For each item the users and places where it occurs.
    pub(crate) places: Vec<Vec<(u32, u32)>>,
}

/// Share of targets already seen from which on a shop counts as one where people buy again.
const REPEATS: f64 = 0.05;

impl Sequences {
    pub(crate) fn of(items: usize, history: &[User]) -> Self {
        let mut places = vec![Vec::new(); items];
        let mut users = Vec::with_capacity(history.len());
        for user in history {
            let mut steps: Vec<Step> = Vec::with_capacity(user.events.len());
            for event in user.events.iter().filter(|e| (e.item as usize) < items) {
                let moment = steps.last().map_or(0, |l| l.moment + u32::from(l.time != event.time));
                places[event.item as usize].push((users.len() as u32, steps.len() as u32));
                steps.push(Step { item: event.item, time: event.time, moment });
            }
            users.push(steps);
        }
        Self { items, clock: Clock::of(history), users, places }
    }

    /// Whether people come back to the same item often enough to show it again.
    pub(crate) fn repeats(&self) -> bool {
        let (mut again, mut all) = (0_u64, 0_u64);
        for steps in &self.users {
            let mut seen = std::collections::BTreeSet::new();
            let mut fresh = Vec::new();
            let mut moment = 0;
            for step in steps {
                if step.moment != moment {
                    seen.extend(fresh.drain(..));
                    moment = step.moment;
                }
                if moment > 0 {
                    all += 1;
                    again += u64::from(seen.contains(&step.item));
                }
                fresh.push(step.item);
            }
        }
        all > 0 && again as f64 / all as f64 > REPEATS
    }
}

/// Each once, in order.
pub(crate) fn distinct(mut things: Vec<u32>) -> Vec<u32> {
    things.sort_unstable();
    things.dedup();
    things
}

/// For each of `things` how many groups it is in, and how many of them each other one is in too, in order. In a group each
/// is once.
pub(crate) fn counts_together(groups: &[Vec<u32>], things: usize) -> Vec<(usize, Vec<(u32, f32)>)> {
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); things];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|thing| places[*thing as usize].push(number));
    }
    let mut row = Row::new(things);
    let counts = |(thing, own): (usize, Vec<usize>)| {
        let others = own.iter().flat_map(|group| &groups[*group]);
        others.filter(|other| **other as usize != thing).for_each(|other| row.add(*other, 1.0));
        (own.len(), row.take())
    };
    places.into_iter().enumerate().map(counts).collect()
}

/// A row of counts that is cheap to clear.
pub(crate) struct Row {
    counts: Vec<f32>,
    touched: Vec<u32>,
}

impl Row {
    pub(crate) fn new(items: usize) -> Self {
        Self { counts: vec![0.0; items], touched: Vec::new() }
    }

    pub(crate) fn add(&mut self, item: u32, count: f32) {
        let cell = &mut self.counts[item as usize];
        if *cell == 0.0 {
            self.touched.push(item);
        }
        *cell += count;
    }

    /// Takes the counts out in order of the item and clears the row.
    pub(crate) fn take(&mut self) -> Vec<(u32, f32)> {
        self.touched.sort_unstable();
        let counts = &mut self.counts;
        self.touched.drain(..).map(|i| (i, std::mem::take(&mut counts[i as usize]))).collect()
    }
}
