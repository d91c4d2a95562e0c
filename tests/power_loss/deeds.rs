//! What happens in a life: one call of the app, or of its user through it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use sottovoce::SottovoceError;
use sottovoce::clock::DAY_MS;
use sottovoce::consent::{AgeBand, Choice, EraseScope, ExternalSignals, Purpose, PurposeChoice};
use sottovoce::profile::{Correction, Event, EventItem, EventName, PreferenceKey};
use sottovoce::sensitive::SensitiveTag;
use sottovoce::signals::Prepared;
use sottovoce::surfaces::RecommendRequest;

use super::vault_support::disk::Rng;
use super::world::{Device, ITEMS, canary, policy};

pub const HOUR_MS: i64 = 3_600_000;
const ASKED: [Purpose; 6] = [
    Purpose::Preferences,
    Purpose::Session,
    Purpose::History,
    Purpose::Inference,
    Purpose::Ranking,
    Purpose::Measurement,
];

/// One call.
#[derive(Debug, Clone)]
pub enum Deed {
    Open,
    Answer(Vec<(Purpose, Choice)>),
    AcceptAll,
    RefuseAll,
    Withdraw(Vec<Purpose>),
    Sensitive(Choice),
    Served,
    Track {
        name: EventName,
        number: u32,
        item: u32,
    },
    Prefer(u32),
    Unprefer(u32),
    LessLike(u32),
    /// Everything since that many milliseconds was somebody else.
    NotMe(i64),
    EraseDataOf(Purpose),
    EraseEverything,
    Install(u64),
    Keep,
    Forget,
    Maintain {
        network: bool,
    },
    Discard,
    Policy(u64),
    Signals(ExternalSignals),
}

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything up to here survives power loss.
    Durable,
    /// It is done, and power loss may take it as a whole.
    Done,
    Refused,
}

/// A life that has something of everything, with the milliseconds before each deed.
pub fn script() -> Vec<(i64, Deed)> {
    let track = |name, number| Deed::Track { name, number, item: ITEMS[number as usize % ITEMS.len()] };
    let german = ExternalSignals { region: Some("DE".into()), ..ExternalSignals::default() };
    vec![
        (0, Deed::Open),
        (HOUR_MS, Deed::Install(1)),
        (HOUR_MS, Deed::Signals(german)),
        (HOUR_MS, Deed::AcceptAll),
        (HOUR_MS, Deed::Sensitive(Choice::Give)),
        (HOUR_MS, Deed::Prefer(1)),
        (HOUR_MS, track(EventName::Search, 2)),
        (HOUR_MS, Deed::Keep),
        (HOUR_MS, Deed::Maintain { network: true }),
        (HOUR_MS, track(EventName::Purchase, 3)),
        (HOUR_MS, Deed::Keep),
        (HOUR_MS, Deed::LessLike(ITEMS[0])),
        (HOUR_MS, Deed::Unprefer(1)),
        (HOUR_MS, Deed::Prefer(4)),
        (HOUR_MS, Deed::NotMe(6 * HOUR_MS)),
        (HOUR_MS, Deed::Install(2)),
        (14 * DAY_MS, Deed::Maintain { network: true }),
        (HOUR_MS, track(EventName::SelectPromotion, 5)),
        (HOUR_MS, Deed::Discard),
        (HOUR_MS, Deed::Answer(vec![(Purpose::Offers, Choice::Refuse)])),
        (HOUR_MS, Deed::Sensitive(Choice::Refuse)),
        (HOUR_MS, Deed::Withdraw(vec![Purpose::History])),
        (HOUR_MS, Deed::AcceptAll),
        (HOUR_MS, track(EventName::Search, 6)),
        (7 * DAY_MS, Deed::Maintain { network: false }),
        (HOUR_MS, Deed::Keep),
        (HOUR_MS, Deed::Forget),
        (HOUR_MS, Deed::Policy(2)),
        (HOUR_MS, Deed::EraseDataOf(Purpose::Preferences)),
        (HOUR_MS, Deed::Open),
        (HOUR_MS, Deed::Prefer(7)),
        (HOUR_MS, Deed::EraseEverything),
        (HOUR_MS, Deed::Open),
    ]
}

/// Where data lies that can be erased on its own.
const KEPT: [Purpose; 4] = [Purpose::Preferences, Purpose::History, Purpose::Inference, Purpose::Measurement];

/// Draws deeds and the time between them.
pub struct Fate {
    pub rng: Rng,
    number: u32,
    said: Vec<u32>,
    catalog: u64,
    policy: u64,
}

impl Fate {
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), number: 0, said: Vec::new(), catalog: 0, policy: 1 }
    }

    /// Milliseconds until the next deed: minutes, now and then days, seldom a clock that was wrong.
    fn pause(&mut self) -> i64 {
        let minutes = 1 + self.rng.below(90) as i64;
        match self.rng.below(40) {
            0..9 => (1 + self.rng.below(9) as i64) * DAY_MS,
            9 => (60 + self.rng.below(140) as i64) * DAY_MS,
            10 => -DAY_MS,
            _ => minutes * 60_000,
        }
    }

    /// The `n`th deed of a life and the milliseconds before it.
    pub fn next_deed(&mut self, n: usize) -> (i64, Deed) {
        (if n == 0 { 0 } else { self.pause() }, self.deed(n))
    }

    /// The first ones are much the same in all lives.
    fn deed(&mut self, n: usize) -> Deed {
        match n {
            0 => return Deed::Open,
            1 => return self.install(),
            2 => return Deed::AcceptAll,
            3 if self.rng.coin() => return Deed::Signals(self.signals()),
            _ => {}
        }
        match self.rng.below(100) {
            0..5 => self.answer(),
            5..12 => Deed::AcceptAll,
            12..13 => Deed::RefuseAll,
            13..18 => Deed::Withdraw(self.some_purposes()),
            18..22 => Deed::Sensitive(self.choice()),
            22..23 => Deed::Served,
            23..45 => self.track(),
            45..54 => self.prefer(),
            54..59 => self.unprefer(),
            59..61 => Deed::LessLike(ITEMS[self.rng.below(ITEMS.len())]),
            61..65 => Deed::NotMe(self.rng.below(20) as i64 * HOUR_MS),
            65..68 => Deed::EraseDataOf(KEPT[self.rng.below(KEPT.len())]),
            68..70 => Deed::EraseEverything,
            70..74 => self.install(),
            74..79 => Deed::Keep,
            79..81 => Deed::Forget,
            81..92 => Deed::Maintain { network: self.rng.below(4) > 0 },
            92..93 => Deed::Discard,
            93..94 => self.policy(),
            94..96 => Deed::Signals(self.signals()),
            _ => Deed::Open,
        }
    }

    fn prefer(&mut self) -> Deed {
        let number = self.next();
        self.said.push(number);
        Deed::Prefer(number)
    }

    fn unprefer(&mut self) -> Deed {
        let some = self.rng.below(self.said.len());
        self.said.get(some).map_or(Deed::Unprefer(0), |number| Deed::Unprefer(*number))
    }

    fn next(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    fn choice(&mut self) -> Choice {
        match self.rng.below(5) {
            0..3 => Choice::Give,
            3 => Choice::Refuse,
            _ => Choice::Defer,
        }
    }

    fn answer(&mut self) -> Deed {
        let purposes = self.some_purposes();
        Deed::Answer(purposes.into_iter().map(|p| (p, self.choice())).collect())
    }

    fn some_purposes(&mut self) -> Vec<Purpose> {
        let first = self.rng.below(ASKED.len());
        let chance = 1 + self.rng.below(3);
        let mut some = vec![ASKED[first]];
        some.extend(ASKED.into_iter().filter(|p| *p != ASKED[first] && self.rng.below(6) < chance));
        some
    }

    fn track(&mut self) -> Deed {
        let name = [EventName::Search, EventName::Purchase, EventName::SelectPromotion][self.rng.below(3)];
        Deed::Track { name, number: self.next(), item: ITEMS[self.rng.below(ITEMS.len())] }
    }

    /// Mostly the next version; now and then one that must be refused.
    fn install(&mut self) -> Deed {
        self.catalog = (self.catalog + u64::from(self.rng.below(4) > 0)).clamp(1, 11);
        Deed::Install(self.catalog)
    }

    fn policy(&mut self) -> Deed {
        self.policy += 1;
        Deed::Policy(self.policy)
    }

    fn signals(&mut self) -> ExternalSignals {
        let region = ["DE", "FR", "US-CA"][self.rng.below(3)];
        ExternalSignals {
            region: Some(region.into()),
            age_band: (self.rng.below(8) == 0).then_some(AgeBand::Under13),
            global_privacy_control: self.rng.below(8) == 0,
            ..ExternalSignals::default()
        }
    }
}

impl Deed {
    /// The canaries that this deed puts in.
    pub fn tried(&self) -> BTreeSet<u32> {
        match self {
            Self::Track { number, item, .. } => BTreeSet::from([*number, *item]),
            Self::Prefer(number) | Self::LessLike(number) => BTreeSet::from([*number]),
            _ => BTreeSet::new(),
        }
    }

    pub fn act(&self, device: &mut Device) -> Outcome {
        if let Self::Open = self {
            // Nobody is told when a new vault is durable, only that it is there.
            return device.open().map_or(Outcome::Refused, |()| Outcome::Done);
        }
        self.call(device).unwrap_or(Outcome::Refused)
    }

    fn call(&self, device: &Device) -> Result<Outcome, SottovoceError> {
        let engine = device.engine();
        let (consent, said) = (engine.consent(), || ("test".to_owned(), "en".to_owned()));
        let (surface, locale) = said();
        match self {
            Self::Open => return Ok(Outcome::Done),
            Self::Answer(answers) => {
                let choices = answers.iter().map(|&(purpose, choice)| PurposeChoice { purpose, choice });
                consent.record(choices.collect(), surface, locale)?;
            }
            Self::AcceptAll => drop(consent.accept_all(surface, locale)?),
            Self::RefuseAll => drop(consent.refuse_all(surface, locale)?),
            Self::Withdraw(purposes) => drop(consent.withdraw(purposes.clone(), surface, locale)?),
            Self::Sensitive(choice) => {
                consent.answer_sensitive(SensitiveTag::Health, *choice, surface, locale)?;
            }
            Self::Served => drop(consent.served(ASKED.to_vec(), surface, locale)?),
            Self::Track { name, number, item } => {
                engine.events().track(event(*name, *number, *item))?;
                return Ok(Outcome::Done);
            }
            Self::Prefer(number) => engine.preferences().set(PreferenceKey::Interest, canary(*number))?,
            Self::Unprefer(number) => {
                engine.preferences().remove(PreferenceKey::Interest, canary(*number))?
            }
            Self::LessLike(item) => {
                engine.profile().correct(Correction::LessLike { item_id: canary(*item) })?;
            }
            Self::NotMe(since) => {
                let (from_ms, to_ms) = (now(device) - since, now(device));
                if engine.profile().correct(Correction::NotMe { from_ms, to_ms })?.events_removed == 0 {
                    return Ok(Outcome::Done);
                }
            }
            Self::EraseDataOf(purpose) => {
                drop(engine.data().erase(EraseScope::DataOf { purpose: *purpose })?)
            }
            Self::EraseEverything => drop(engine.data().erase(EraseScope::Everything)?),
            Self::Install(version) => {
                device.install(*version)?;
                return Ok(Outcome::Done);
            }
            Self::Keep => drop(engine.ranking().keep_for_widget(RecommendRequest::new("widget", 3))?),
            Self::Forget => engine.ranking().forget_widget()?,
            Self::Maintain { network } => {
                device.post.down.store(!network, Ordering::SeqCst);
                let report = engine.privacy().run_maintenance(true)?.report;
                if !matches!(report, Some(Prepared::Queued { .. })) {
                    return Ok(Outcome::Done);
                }
            }
            Self::Discard => {
                if engine.privacy().discard()? == 0 {
                    return Ok(Outcome::Done);
                }
            }
            Self::Policy(version) => drop(consent.apply_policy(policy(*version))?),
            Self::Signals(signals) => consent.apply_signals(signals.clone())?,
        }
        let changes_nothing = matches!(self, Self::Keep | Self::Forget | Self::Signals(_));
        Ok(if changes_nothing { Outcome::Done } else { Outcome::Durable })
    }
}

fn now(device: &Device) -> i64 {
    sottovoce::clock::Clock::now_ms(&*device.clock)
}

/// An event with its number where such an event has a text, about one product.
pub fn event(name: EventName, number: u32, item: u32) -> Event {
    let text = Some(canary(number));
    let mut event = Event { items: vec![EventItem::new(canary(item))], ..Event::new(name) };
    match name {
        EventName::Purchase => event.transaction_id = text,
        EventName::SelectPromotion => event.promotion_id = text,
        _ => {
            event.search_term = Some("anything".into());
            event.item_list_id = text;
        }
    }
    event
}
