//! What users did, as the merchant's server knows it: the trainer's input.
//!
//! JSON Lines, plain or gzipped, one user a line:
//! `{"u": "v1", "ev": [[item, t, type, quantity?, price?], …], "eval": [[a, b], …]?}`. `t` is a day number or a position;
//! `type` is `view`, `cart` or `purchase` (GA4's event names are understood too), or `search`, with the term in place of the
//! item.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess};

use crate::catalog::operator::import::jsonl::{Id, each_line};
use crate::catalog::operator::import::{ImportReport, Reason};
use crate::catalog::{CatalogError, Item};

/// What a user did with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Looked at it.
    View,
    /// Put it into the cart.
    Cart,
    /// Bought it.
    Purchase,
}

impl EventKind {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "view" | "view_item" | "select_item" => Some(Self::View),
            "cart" | "add_to_cart" => Some(Self::Cart),
            "purchase" => Some(Self::Purchase),
            _ => None,
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct UserEvent {
    /// The item's position in the list of items.
    pub item: u32,
    /// When, in the feed's own unit: a day number or the position in the sequence. Never falls within a user.
    pub time: i64,
    /// What happened.
    pub kind: EventKind,
    /// Pieces; 1 if the feed does not say.
    pub quantity: u32,
    /// Price of one piece in major units, if the feed says.
    pub unit_price: Option<f64>,
}

/// What a user searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// As it was typed.
    pub term: String,
    /// When, as in [`UserEvent::time`].
    pub time: i64,
    /// The number of the user's events before it.
    pub before: usize,
}

/// One user: all known events, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct User {
    /// The feed's pseudonym.
    pub id: String,
    /// The events.
    pub events: Vec<UserEvent>,
    /// The searches, oldest first.
    pub searches: Vec<Search>,
    /// Evaluation cases `(a, b)`: given `events[..a]`, the targets are the items of `events[a..b]`.
    pub cases: Vec<(usize, usize)>,
}

/// Users and what became of the lines they came from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// The accepted users, in the order of the file.
    pub users: Vec<User>,
    /// What became of each line.
    pub report: ImportReport,
    /// Events on items that are not in the catalog (any more); they were left out of their users.
    pub unknown_items: u64,
}

#[derive(Deserialize)]
struct Line {
    u: Id,
    ev: Vec<Entry>,
    #[serde(default)]
    eval: Vec<(usize, usize)>,
}

struct Entry {
    item: Id,
    time: f64,
    kind: Option<EventKind>,
    is_search: bool,
    quantity: f64,
    unit_price: Option<f64>,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tuple;
        impl<'de> serde::de::Visitor<'de> for Tuple {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[item, t, type, quantity?, price?]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entry, A::Error> {
                let missing = || A::Error::custom("too short");
                let item = seq.next_element()?.ok_or_else(missing)?;
                let time = seq.next_element()?.ok_or_else(missing)?;
                let kind: String = seq.next_element()?.ok_or_else(missing)?;
                let quantity = seq.next_element::<Option<f64>>()?.flatten().unwrap_or(1.0);
                let unit_price = seq.next_element::<Option<f64>>()?.flatten().filter(|price| *price >= 0.0);
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                let is_search = matches!(kind.as_str(), "search" | "view_search_results");
                Ok(Entry { item, time, kind: EventKind::parse(&kind), is_search, quantity, unit_price })
            }
        }
        deserializer.deserialize_seq(Tuple)
    }
}

/// Reads users; their items are found among `items` by id.
///
/// # Errors
/// [`CatalogError::Io`] when the file cannot be read to its end. Faulty lines are no error but stand in the report.
pub fn history(feed: impl Read, items: &[Item]) -> Result<History, CatalogError> {
    let place =
        |(place, item): (usize, &'_ Item)| u32::try_from(place).ok().map(|place| (item.id.clone(), place));
    let places: HashMap<String, u32> = items.iter().enumerate().filter_map(place).collect();
    let mut history = History::default();
    let report = each_line(feed, |line: Line| {
        let (user, unknown) = user(line, &places)?;
        history.unknown_items += unknown;
        history.users.push(user);
        Ok(())
    })?;
    Ok(History { report, ..history })
}

fn user(line: Line, places: &HashMap<String, u32>) -> Result<(User, u64), Reason> {
    let Line { u: Id(id), ev, eval } = line;
    if !ev.is_sorted_by(|a, b| a.time <= b.time) {
        return Err(Reason::OutOfOrder);
    }
    if eval.iter().any(|(a, b)| a > b || *b > ev.len()) {
        return Err(Reason::CaseOutside);
    }
    let mut events = Vec::with_capacity(ev.len());
    let mut searches: Vec<Search> = Vec::new();
    // Where each position lies once the events on unknown items are gone.
    let mut moved = vec![0];
    for entry in &ev {
        if entry.is_search {
            let (term, time, before) = (entry.item.0.clone(), entry.time as i64, events.len());
            searches.push(Search { term, time, before });
            moved.push(events.len());
            continue;
        }
        let kind = entry.kind.ok_or(Reason::EventUnknown)?;
        if let Some(item) = places.get(&entry.item.0) {
            let quantity = entry.quantity.clamp(1.0, 1e6) as u32;
            events.push(UserEvent {
                item: *item,
                time: entry.time as i64,
                kind,
                quantity,
                unit_price: entry.unit_price,
            });
        }
        moved.push(events.len());
    }
    let at = |place: usize| moved.get(place).copied().unwrap_or_default();
    let cases = eval.into_iter().map(|(a, b)| (at(a), at(b))).filter(|(a, b)| a < b).collect();
    let unknown = (ev.len() - events.len() - searches.len()) as u64;
    Ok((User { id, events, searches, cases }, unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> History {
        let items = ["7", "tea"].map(|id| Item { id: id.into(), ..Item::default() });
        history(text.as_bytes(), &items).unwrap()
    }

    #[test]
    fn events_on_unknown_items_leave_and_the_cases_follow() {
        let history = read(
            "{\"u\":\"a\",\"ev\":[[7,1,\"view\"],[8,1,\"purchase\"],[\"tea\",2,\"purchase\",3,1.5]],\"eval\":[[2,3],[1,2]]}\n",
        );
        let user = &history.users[0];
        let tea =
            UserEvent { item: 1, time: 2, kind: EventKind::Purchase, quantity: 3, unit_price: Some(1.5) };
        assert_eq!((user.events.len(), &user.events[1]), (2, &tea));
        assert_eq!(user.cases, [(1, 2)], "a case without any known target is gone");
        assert_eq!((history.unknown_items, history.report.accepted), (1, 1));
    }

    #[test]
    fn faulty_lines_are_named() {
        let history = read(
            "{\"u\":1,\"ev\":[]}\n\nnot json\n{\"u\":\"a\",\"ev\":[[7,2,\"view\"],[7,1,\"view\"]]}\n\
             {\"u\":\"a\",\"ev\":[[7,2,\"lick\"]]}\n{\"u\":\"a\",\"ev\":[[7,2]]}\n{\"u\":\"a\",\"ev\":[],\"eval\":[[0,1]]}\n",
        );
        let reasons: Vec<_> =
            history.report.findings.iter().map(|finding| (finding.row, finding.reason)).collect();
        let expected = [
            (3, Reason::NotJson),
            (4, Reason::OutOfOrder),
            (5, Reason::EventUnknown),
            (6, Reason::NotJson),
            (7, Reason::CaseOutside),
        ];
        assert_eq!(reasons, expected);
        assert_eq!(history.report.accepted, 1);
    }
}
