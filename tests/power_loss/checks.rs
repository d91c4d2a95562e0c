//! The promises, held against what a fresh engine finds after power was lost. Each looks at one thing that can be seen:
//! it must be as it was before or after the call that was under way, or stricter where the promise says so.

use std::collections::BTreeSet;

use sottovoce::consent::Purpose;

use super::life::Life;
use super::model::Moment;
use super::view::{Budget, View};

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// It opens, and as what it was.
    Opens,
    /// Nothing in it is damaged.
    Sound,
    /// What was denied stays denied.
    Denial,
    /// What was allowed stays allowed.
    Yes,
    /// No receipt is lost.
    Receipts,
    /// What was spent stays spent.
    Budget,
    /// Nobody answers twice for one window, and no report that was promised is lost.
    Reports,
    /// What was erased cannot be had from files and keys.
    Erased,
    /// What was erased is not shown.
    Shown,
    /// What the user said is there.
    Preferences,
    /// Only the latest events may go, whole and in order.
    Events,
    /// The old catalog or the new one.
    Catalog,
    /// The old shelf of the widget, the new one or none.
    Shelf,
    /// Life goes on.
    GoesOn,
}

impl Promise {
    pub const ALL: [Self; 14] = [
        Self::Opens,
        Self::Sound,
        Self::Denial,
        Self::Yes,
        Self::Receipts,
        Self::Budget,
        Self::Reports,
        Self::Erased,
        Self::Shown,
        Self::Preferences,
        Self::Events,
        Self::Catalog,
        Self::Shelf,
        Self::GoesOn,
    ];

    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// A promise that was broken, and how.
pub type Broken = (Promise, String);

/// Holds what was found against what was promised at that moment.
pub fn judge(life: &Life, moment: Moment, found: &View) -> Vec<Broken> {
    let (before, after) = life.around(moment);
    let events = events(&before.events, &after.events, life.durable_event(moment), &found.events);
    let (events, said) = if ran_out(before, after, Purpose::History) && found.events.is_empty() {
        (None, preferences(before, after, found))
    } else {
        (events, preferences(before, after, found))
    };
    let dead = found.shown.intersection(&life.dead(moment)).next().map(|n| format!("canary {n} is shown"));
    let all = [
        (Promise::Denial, denial(before, after, found)),
        (Promise::Yes, consent(before, after, found)),
        (Promise::Receipts, receipts(before, after, found)),
        (Promise::Budget, budget(before, after, found)),
        (Promise::Reports, reports(life, moment, found)),
        (Promise::Shown, dead),
        (Promise::Preferences, said),
        (Promise::Events, events),
        (Promise::Catalog, one_of("catalog", &before.catalog, &after.catalog, &found.catalog)),
        (Promise::Shelf, shelf(before, after, found)),
    ];
    all.into_iter().filter_map(|(promise, why)| Some((promise, why?))).collect()
}

/// Whether a yes may have ended by itself, which erases when the vault is opened.
fn ran_out(before: &View, after: &View, purpose: Purpose) -> bool {
    !before.allows(purpose) || !after.allows(purpose)
}

fn one_of<T: PartialEq + std::fmt::Debug>(what: &str, before: &T, after: &T, found: &T) -> Option<String> {
    let good = found == before || found == after;
    (!good).then(|| format!("{what}: {found:?} is neither {before:?} nor {after:?}"))
}

fn denial(before: &View, after: &View, found: &View) -> Option<String> {
    let wrong = found.allowed.iter().find(|right| !before.allowed.contains(right) && !after.allowed.contains(right));
    wrong.map(|right| format!("{right:?} is allowed"))
}

fn consent(before: &View, after: &View, found: &View) -> Option<String> {
    let mut both = before.allowed.intersection(&after.allowed);
    both.find(|right| !found.allowed.contains(right)).map(|right| format!("{right:?} is not allowed any more"))
}

/// Opening may write more of them, for what ran out.
fn receipts(before: &View, after: &View, found: &View) -> Option<String> {
    let good = found.receipts.starts_with(&before.receipts) || found.receipts.starts_with(&after.receipts);
    (!good).then(|| format!("{} receipts of {}", found.receipts.len(), before.receipts.len()))
}

fn budget(before: &View, after: &View, found: &View) -> Option<String> {
    let (Some(before), Some(after), Some(found)) = (&before.budget, &after.budget, &found.budget) else {
        return None; // nothing was promised before the first opening
    };
    let spent = |b: &Budget| (b.window_spent, b.quarter_spent, b.install_spent);
    let (least, most, now) = (spent(before), spent(after), spent(found));
    if now.0 < least.0 || now.1 < least.1 || now.2 < least.2 {
        return Some(format!("spent {least:?}, now {now:?}"));
    }
    (now.2 > most.2 || found.closed != before.closed).then(|| format!("spent at most {most:?}, now {now:?}"))
}

fn reports(life: &Life, moment: Moment, found: &View) -> Option<String> {
    let (before, after) = life.around(moment);
    let answers = life.answers(moment);
    for (window, bytes) in &found.waiting {
        match answers.get(window) {
            Some(known) if *known != bytes => return Some(format!("a second answer for window {window}")),
            None if after.waiting.get(window) != Some(bytes) => {
                return Some(format!("an unknown report for window {window}"));
            }
            _ => {}
        }
    }
    let kept = |window: &&i64| after.waiting.contains_key(*window) && !ran_out(before, after, Purpose::Measurement);
    let lost = before.waiting.keys().filter(kept).find(|window| !found.waiting.contains_key(*window));
    lost.map(|window| format!("the report for window {window} is gone"))
}

fn preferences(before: &View, after: &View, found: &View) -> Option<String> {
    if found.preferences.is_empty() && ran_out(before, after, Purpose::Preferences) {
        return None;
    }
    one_of("preferences", &before.preferences, &after.preferences, &found.preferences)
}

/// Events up to `durable` are there, and no later one is while an earlier one is not. What a call under way removes goes
/// as a whole.
pub fn events(
    before: &BTreeSet<u32>,
    after: &BTreeSet<u32>,
    durable: u32,
    found: &BTreeSet<u32>,
) -> Option<String> {
    let removed = before.difference(after).any(|n| found.contains(n));
    let may: BTreeSet<u32> =
        if removed { before | after } else { after.clone() };
    if let Some(foreign) = found.difference(&may).next() {
        return Some(format!("event {foreign} is back"));
    }
    let newest = found.last().copied().unwrap_or(0);
    let must = |n: &&u32| **n < newest || (before.contains(n) && **n <= durable);
    let missing = may.difference(found).find(must);
    missing.map(|n| format!("event {n} is gone, {newest} is there and up to {durable} is durable"))
}

fn shelf(before: &View, after: &View, found: &View) -> Option<String> {
    let good = found.shelf.is_none() || found.shelf == before.shelf || found.shelf == after.shelf;
    (!good).then(|| "a shelf that is neither the old one nor the new one".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set<const N: usize>(numbers: [u32; N]) -> BTreeSet<u32> {
        BTreeSet::from(numbers)
    }

    #[test]
    fn only_the_latest_events_may_go() {
        let (all, less) = (set([1, 2, 3, 5]), set([1, 2]));
        assert_eq!(events(&all, &all, 3, &all), None);
        assert_eq!(events(&all, &all, 3, &set([1, 2, 3])), None);
        assert!(events(&all, &all, 3, &set([1, 2])).is_some(), "a durable one is lost");
        assert!(events(&all, &all, 0, &set([1, 3])).is_some(), "one in the middle is lost");
        assert!(events(&all, &all, 0, &set([1, 2, 3, 4])).is_some(), "one is back");
        assert_eq!(events(&all, &less, 5, &less), None, "removed");
        assert_eq!(events(&all, &less, 5, &all), None, "not yet removed");
        assert!(events(&all, &less, 5, &set([1, 2, 5])).is_some(), "removed in part");
        assert_eq!(events(&less, &all, 2, &less), None);
        assert!(events(&less, &all, 2, &set([1, 5])).is_some());
    }
}
