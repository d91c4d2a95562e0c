//! The promises, held against what a fresh engine finds after power was lost. Each looks at one thing that can be seen:
//! it must be as it was before or after the call that was under way, or stricter where the promise says so.

use std::collections::BTreeSet;

use sottovoce::consent::Purpose;
use sottovoce::surfaces::WidgetShelf;

use super::life::Life;
use super::model::Moment;
use super::view::{Budget, View};

/// A window of the shop's questions.
const WINDOW_MS: i64 = 7 * 24 * 3_600_000;

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
    Refund,
    /// Nothing is spent that was not.
    Charge,
    /// Nobody answers twice, in different words, for one window.
    Answer,
    /// A report that was promised is there, and one that was destroyed is not.
    Report,
    /// What was erased with a key of its own cannot be had from files and keys.
    Erased,
    /// Nor from any earlier copy of the folder, with the keys that are left.
    Copied,
    /// One preference or event that was removed cannot be had from files and keys.
    Removed,
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
    pub const ALL: [Self; 18] = [
        Self::Opens,
        Self::Sound,
        Self::Denial,
        Self::Yes,
        Self::Receipts,
        Self::Refund,
        Self::Charge,
        Self::Answer,
        Self::Report,
        Self::Erased,
        Self::Copied,
        Self::Removed,
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
    let dead = found.shown.intersection(&life.dead(moment)).next().map(|n| format!("canary {n} is shown"));
    let all = [
        (Promise::Denial, denial(before, after, found)),
        (Promise::Yes, consent(before, after, found)),
        (Promise::Receipts, receipts(before, after, found)),
        (Promise::Refund, refund(before, found)),
        (Promise::Charge, charge(before, after, found)),
        (Promise::Answer, answer(life, moment, found)),
        (Promise::Report, report(life, life.steps[moment.begun].now_ms, before, after, found)),
        (Promise::Shown, dead),
        (Promise::Preferences, preferences(before, after, found)),
        (Promise::Events, stored(life, moment, found)),
        (Promise::Catalog, catalog(before, after, &found.catalog)),
        (Promise::Shelf, shelf(before, after, &found.shelf)),
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
    let wrong =
        found.allowed.iter().find(|right| !before.allowed.contains(right) && !after.allowed.contains(right));
    wrong.map(|right| format!("{right:?} is allowed"))
}

fn consent(before: &View, after: &View, found: &View) -> Option<String> {
    let mut both = before.allowed.intersection(&after.allowed);
    both.find(|right| !found.allowed.contains(right))
        .map(|right| format!("{right:?} is not allowed any more"))
}

/// Opening may write more of them, for what ran out.
fn receipts(before: &View, after: &View, found: &View) -> Option<String> {
    let good = found.receipts.starts_with(&before.receipts) || found.receipts.starts_with(&after.receipts);
    (!good).then(|| format!("{} receipts of {}", found.receipts.len(), before.receipts.len()))
}

/// Before the first opening nothing was promised. Where nothing is left, it is not asked which window it went for.
fn refund(before: &View, found: &View) -> Option<String> {
    let (before, found) = (before.budget.as_ref()?, found.budget.as_ref()?);
    let spent = |b: &Budget| [b.quarter_spent, b.install_spent, b.window_spent];
    let asked = if found.left == 0 { 2 } else { 3 };
    let less = spent(found).iter().zip(spent(before)).take(asked).any(|(now, then)| *now < then);
    less.then(|| format!("spent {:?}, now {:?}", spent(before), spent(found)))
}

fn charge(before: &View, after: &View, found: &View) -> Option<String> {
    let (before, after, found) = (before.budget.as_ref()?, after.budget.as_ref()?, found.budget.as_ref()?);
    let more = found.install_spent > after.install_spent || found.closed && !before.closed;
    more.then(|| format!("{after:?}, now {found:?}"))
}

fn answer(life: &Life, moment: Moment, found: &View) -> Option<String> {
    let (answers, after) = (life.answers(moment), life.around(moment).1);
    let other = found.waiting.iter().find(|(window, bytes)| match answers.get(*window) {
        Some(known) => known != bytes,
        None => after.waiting.get(*window) != Some(*bytes),
    });
    other.map(|(window, _)| format!("another answer for window {window}"))
}

/// Two windows after its own a report is too old to count, and opening removes it.
fn report(life: &Life, now_ms: i64, before: &View, after: &View, found: &View) -> Option<String> {
    let there = |view: &View, window: &i64| view.waiting.contains_key(window);
    let ended = ran_out(before, after, Purpose::Measurement);
    let counts = |window: &i64| !ended && now_ms < window + 3 * WINDOW_MS;
    let mut kept = before.waiting.keys().filter(|window| counts(window) && there(after, window));
    let mut back = found.waiting.keys().filter(|window| !there(before, window) && !there(after, window));
    let lost =
        kept.find(|window| !there(found, window)).map(|window| format!("the report for {window} is gone"));
    // That a report was sent may be forgotten: it is sent again.
    let back = back
        .find(|window| !life.was_settled(**window))
        .map(|window| format!("the report for {window} is back"));
    lost.or(back)
}

fn preferences(before: &View, after: &View, found: &View) -> Option<String> {
    if found.preferences.is_empty() && ran_out(before, after, Purpose::Preferences) {
        return None;
    }
    one_of("preferences", &before.preferences, &after.preferences, &found.preferences)
}

fn stored(life: &Life, moment: Moment, found: &View) -> Option<String> {
    let (before, after) = life.around(moment);
    if found.events.is_empty() && ran_out(before, after, Purpose::History) {
        return None;
    }
    let now_ms = life.steps[moment.begun].now_ms;
    let kept = |view: &View| view.events.iter().copied().filter(|n| !life.is_past(*n, now_ms)).collect();
    events(&kept(before), &kept(after), life.durable_event(moment), &kept(found))
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
    let may: BTreeSet<u32> = if removed { before | after } else { after.clone() };
    if let Some(foreign) = found.difference(&may).next() {
        return Some(format!("event {foreign} is back"));
    }
    let newest = found.last().copied().unwrap_or(0);
    let must = |n: &&u32| **n < newest || (before.contains(n) && **n <= durable);
    let missing = may.difference(found).find(must);
    missing.map(|n| format!("event {n} is gone, {newest} is there and up to {durable} is durable"))
}

pub fn catalog<'a>(
    before: &'a View,
    after: &'a View,
    found: &'a Option<(u64, Vec<String>)>,
) -> Option<String> {
    one_of("catalog", &before.catalog, &after.catalog, found)
}

pub fn shelf(before: &View, after: &View, found: &Option<WidgetShelf>) -> Option<String> {
    let good = found.is_none() || *found == before.shelf || *found == after.shelf;
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
