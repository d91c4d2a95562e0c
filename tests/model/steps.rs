//! What may happen in a life, and a seeded generator of lives. A step means something in every state, so that any of
//! them can be left out: a failing life is made shorter that way.

use sottovoce::consent::{AgeBand, Choice, EraseScope, Purpose};
use sottovoce::profile::EventName;
use sottovoce::sensitive::SensitiveTag;

use super::faults::{Fault, Verb, Weather, Wrong};
use super::view::{Region, Surroundings, USED};
use crate::vault_support::disk::Rng;

pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;
const YEARS_MS: i64 = 3652 * DAY_MS;

/// Tags that answers are given about: the shop's policy offers all but the last.
pub const TAGS: [SensitiveTag; 3] = [SensitiveTag::Health, SensitiveTag::Pregnancy, SensitiveTag::Religion];
const EVENTS: [EventName; 6] = [
    EventName::ViewItem,
    EventName::AddToCart,
    EventName::Purchase,
    EventName::Search,
    EventName::SelectPromotion,
    EventName::RateItem,
];

/// What the user, the app, the device or a thief does.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Open,
    Shutdown,
    Drop,
    /// The app is killed and started again.
    Kill,
    Record(Vec<(Purpose, Choice)>),
    Withdraw(Vec<Purpose>),
    All(Choice),
    Sensitive(SensitiveTag, Choice),
    /// Answers from another device, refusals or yeses.
    Import(Vec<(Purpose, bool)>),
    Signals(Surroundings),
    Served(Vec<Purpose>),
    Event(EventName, u8),
    Prefer(u8),
    /// The opposite of what was said.
    Oppose(u8),
    Unprefer(u8),
    /// Forget the last hours.
    NotMe(i64),
    /// Forget everything about an item.
    Exclude(u8),
    Never(u8),
    Erase(EraseScope),
    Maintain(bool),
    Discard,
    KeepForWidget,
    ForgetWidget,
    /// Shopping in private, or as usual again.
    Private(bool),
    Catalog(u64),
    Clock(i64),
    KeyFault(Fault),
    KeysWell,
    DiskFull(u64),
    DiskFree,
    Weather(Weather),
    Backup,
    Restore(u8),
    /// A copy beside the one in use: an older one, or one made now.
    Twin(u8),
    EndTwin,
    Swap,
    Move,
}

/// What goes wrong in a life beside kills.
#[derive(Debug, Clone, Copy)]
struct Mood {
    keys: bool,
    disk: bool,
    copies: bool,
    clock: bool,
}

/// The steps of one life. `disk` says whether there is a disk that can be full.
pub fn life(rng: &mut Rng, disk: bool) -> Vec<Step> {
    let one_in = |rng: &mut Rng, n| rng.below(n) == 0;
    let mood = Mood {
        keys: one_in(rng, 2),
        disk: disk && one_in(rng, 3),
        copies: one_in(rng, 2),
        clock: one_in(rng, 2),
    };
    let mut steps = Vec::new();
    if one_in(rng, 2) {
        steps.push(Step::Signals(surroundings(rng)));
    }
    if !one_in(rng, 4) {
        steps.push(Step::All(Choice::Give));
    }
    if one_in(rng, 3) {
        // A yes to a topic takes more than chance brings together.
        steps.push(Step::Signals(Surroundings { region: Region::Germany, ..Surroundings::default() }));
        steps.push(Step::Sensitive(SensitiveTag::Health, Choice::Give));
    }
    let length = 20 + rng.below(100);
    while steps.len() < length {
        let step = if one_in(rng, 4) { trouble(rng, mood) } else { Some(use_of_the_app(rng)) };
        steps.extend(step);
    }
    steps
}

/// How many steps of the generator each kind gets, out of all.
fn use_of_the_app(rng: &mut Rng) -> Step {
    match rng.below(61) {
        0..3 => Step::Record(choices(rng)),
        3..6 => Step::Record(yeses(rng)),
        6..8 => Step::Withdraw(purposes(rng)),
        8 => Step::All(Choice::Give),
        9 => Step::All(Choice::Refuse),
        10..13 => Step::Sensitive(pick(rng, &TAGS), choice(rng)),
        13 => Step::Import(purposes(rng).into_iter().map(|p| (p, rng.coin())).collect()),
        14..16 => Step::Signals(surroundings(rng)),
        16 => Step::Served(purposes(rng)),
        17..32 => Step::Event(pick(rng, &EVENTS), rng.below(5) as u8),
        32..36 => Step::Prefer(rng.below(4) as u8),
        36 => Step::Oppose(rng.below(8) as u8),
        37 => Step::Unprefer(rng.below(8) as u8),
        38 => Step::NotMe(pick(rng, &[HOUR_MS, 30 * HOUR_MS])),
        39 => Step::Exclude(rng.below(5) as u8),
        40 => Step::Never(rng.below(5) as u8),
        41..43 => Step::Erase(scope(rng)),
        43..49 => Step::Maintain(rng.coin()),
        49 => Step::Discard,
        50..52 => Step::KeepForWidget,
        52 => Step::ForgetWidget,
        59 => Step::Private(rng.coin()),
        53 => Step::Catalog(1 + rng.below(3) as u64),
        54..59 => Step::Clock(pick(rng, &[HOUR_MS, HOUR_MS, 9 * HOUR_MS, DAY_MS, 8 * DAY_MS, 30 * DAY_MS])),
        _ => Step::Weather(pick(rng, &[Weather::Taken, Weather::Later, Weather::Refused, Weather::Down])),
    }
}

/// What the device, the disk, the key store or a thief does; nothing where the mood is not for it.
fn trouble(rng: &mut Rng, mood: Mood) -> Option<Step> {
    Some(match rng.below(34) {
        0..5 => Step::Kill,
        5 => Step::Shutdown,
        6 => Step::Drop,
        7..9 => Step::Open,
        9 => Step::Move,
        10..14 if mood.keys => Step::KeyFault(fault(rng)),
        14..17 if mood.keys => Step::KeysWell,
        17 if mood.disk => Step::DiskFull(pick(rng, &[0, 0, 4096, 16_384, 65_536])),
        18..20 if mood.disk => Step::DiskFree,
        20..23 if mood.copies => Step::Backup,
        23..26 if mood.copies => Step::Restore(rng.below(2) as u8),
        26..28 if mood.copies => Step::Twin(rng.below(3) as u8),
        28..30 if mood.copies => Step::Swap,
        30 if mood.copies => Step::EndTwin,
        31..34 if mood.clock => {
            let jumps =
                [YEARS_MS, -YEARS_MS, -DAY_MS, -9 * DAY_MS, 100 * DAY_MS, -100 * DAY_MS, 400 * DAY_MS];
            Step::Clock(pick(rng, &jumps))
        }
        _ => return None,
    })
}

fn fault(rng: &mut Rng) -> Fault {
    let verb = pick(rng, &[Verb::Load, Verb::Store, Verb::Store, Verb::Remove, Verb::Remove, Verb::List]);
    let wrong = match verb {
        Verb::Load => pick(rng, &[Wrong::Unavailable, Wrong::Garbage]),
        Verb::List => pick(rng, &[Wrong::Unavailable, Wrong::DoneButFails]),
        Verb::Store | Verb::Remove => pick(rng, &[Wrong::Unavailable, Wrong::DoneButFails, Wrong::Lies]),
    };
    let calls = if wrong == Wrong::Garbage { 1 } else { pick(rng, &[1, 1, 2, 3, 8, 1000]) };
    Fault { verb, wrong, calls }
}

fn pick<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.below(from.len())].clone()
}

fn choice(rng: &mut Rng) -> Choice {
    pick(rng, &[Choice::Give, Choice::Give, Choice::Refuse, Choice::Defer])
}

fn purposes(rng: &mut Rng) -> Vec<Purpose> {
    let one = |rng: &mut Rng| if rng.below(4) == 0 { pick(rng, &Purpose::ALL) } else { pick(rng, &USED) };
    (0..=rng.below(3)).map(|_| one(rng)).collect()
}

/// A purpose may be named twice.
fn choices(rng: &mut Rng) -> Vec<(Purpose, Choice)> {
    purposes(rng).into_iter().map(|p| (p, choice(rng))).collect()
}

fn yeses(rng: &mut Rng) -> Vec<(Purpose, Choice)> {
    purposes(rng).into_iter().map(|p| (p, Choice::Give)).collect()
}

fn surroundings(rng: &mut Rng) -> Surroundings {
    Surroundings {
        region: pick(rng, &[Region::Unknown, Region::Germany, Region::Germany, Region::California]),
        gpc: rng.below(5) == 0,
        age: pick(rng, &[None, None, None, Some(AgeBand::Adult), Some(AgeBand::From13To15)]),
    }
}

fn scope(rng: &mut Rng) -> EraseScope {
    match rng.below(5) {
        0 => EraseScope::Everything,
        1 => EraseScope::DataAbout { tag: pick(rng, &TAGS) },
        2 => EraseScope::DataOf { purpose: Purpose::History },
        _ => EraseScope::DataOf { purpose: pick(rng, &Purpose::ALL) },
    }
}
