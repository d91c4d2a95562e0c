//! What a user does about consent: see a notice, answer, change their mind.

use serde::{Deserialize, Serialize};

use crate::base::limits::CHOICES;
use crate::base::random;
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::ErasureReport;
use crate::consent::decision::{ConsentState, DecisionReason as Why, Mechanism};
use crate::consent::gate::Gate;
use crate::consent::gate::coming::Saying;
use crate::consent::ledger::Link;
use crate::consent::ledger::receipt::{Receipt, ReceiptAction};
use crate::consent::purpose::Purpose;
use crate::consent::state::clock::Now;
use crate::consent::state::current::State;
use crate::consent::state::decide;
use crate::consent::state::denials::Denials;
use crate::vault::Durability;

/// An answer about one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Consent.
    Give,
    /// Denial.
    Refuse,
    /// Closed or postponed: counts as denied and withdraws nothing. Nothing is asked again for a day, and about this
    /// purpose not before the rest of a denial is over.
    Defer,
}

/// One purpose and the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct PurposeChoice {
    /// The purpose.
    pub purpose: Purpose,
    /// The answer.
    pub choice: Choice,
}

impl Gate {
    /// Records that a notice was on screen.
    ///
    /// # Errors
    /// [`ConsentError`]; nothing is recorded then. [`ConsentError::NotInNotice`] for a purpose that the notice does not
    /// show.
    pub fn served(&self, purposes: &[Purpose], surface: &str, locale: &str) -> Result<Receipt, ConsentError> {
        CHOICES.entries("purposes", purposes.len())?;
        let place = Place::within(surface, locale)?;
        let _one_at_a_time = self.changing()?;
        let state = self.state();
        check_shown(&state, "purposes", purposes, self.clock.now())?;
        let states = States::of_purposes(purposes.iter().map(|&p| (p, ConsentState::Requested)));
        if states.is_empty() {
            return Ok(self.draft(&state, ReceiptAction::Served, &states, place));
        }
        self.note(ReceiptAction::Served, &states, place)
    }

    /// Records answers. A denial of something that was allowed erases its data, exactly as
    /// [`withdraw`](Self::withdraw) does. If there are several answers about one purpose, a denial wins.
    ///
    /// Too long or too many arguments refuse consent but never a denial: the denial is carried out, and its receipt
    /// has the beginning of surface and locale. What the notice does not let anybody give is refused in the same way.
    /// Answers that change nothing leave no receipt: the one that is returned has no number and no id then. So it is with consent
    /// to what a call denied that the app made later, whichever comes first.
    ///
    /// # Errors
    /// [`ConsentError::NotInNotice`] and [`ConsentError::NotGivable`] for consent that cannot be given here.
    /// [`ConsentError`]. Consent that could not be stored does not count; a denial counts at once.
    /// [`ConsentError::OutOfBounds`] for too many choices, or for consent with too long a surface or locale.
    pub fn record(
        &self,
        choices: &[PurposeChoice],
        surface: &str,
        locale: &str,
    ) -> Result<(Receipt, ErasureReport), ConsentError> {
        let few = CHOICES.entries("choices", choices.len());
        let mut choices = merged(choices);
        let refused = choices.iter().filter(|c| c.choice == Choice::Refuse).map(|c| c.purpose);
        let denying = self.denying(Saying::No, Denials::with_tags(&refused.collect::<Vec<_>>()))?;
        choices.retain(|c| c.choice != Choice::Give || !denying.is_overtaken(Denials::of(&[c.purpose], &[])));
        let caught_up = self.catch_up();
        let place = few.and_then(|()| Place::within(surface, locale)).map_err(ConsentError::from);
        let refused = match place.and_then(|place| caught_up.and(self.check(&choices)).map(|()| place)) {
            Ok(place) => return self.answer(&choices, place),
            Err(refused) => refused,
        };
        let (no, yes): (Vec<_>, Vec<_>) = choices.into_iter().partition(|c| c.choice == Choice::Refuse);
        if no.is_empty() {
            return Err(refused);
        }
        let done = self.answer(&no, Place::cut(surface, locale))?;
        if yes.is_empty() && few.is_ok() { Ok(done) } else { Err(refused) }
    }

    /// Whether every yes may be written down.
    fn check(&self, choices: &[PurposeChoice]) -> Result<(), ConsentError> {
        let state = self.state();
        let yes = choices.iter().filter(|c| c.choice == Choice::Give && c.purpose != Purpose::Essential);
        yes.map(|c| c.purpose).try_for_each(|purpose| decide::check_yes(&state, purpose))
    }

    fn answer(
        &self,
        choices: &[PurposeChoice],
        place: Place<'_>,
    ) -> Result<(Receipt, ErasureReport), ConsentError> {
        let state = self.state();
        let now = self.clock.now();
        let states = choices
            .iter()
            .filter(|c| c.purpose != Purpose::Essential)
            .filter_map(|c| Some((c.purpose, answered(state.of(c.purpose, now), c.choice)?)));
        let states = States::of_purposes(states);
        self.settle(&state, ReceiptAction::Answered, states, place)
    }

    /// Gives consent to every purpose of the notice that can be given, in one call; [`refuse_all`](Self::refuse_all) is the
    /// counterpart. The others stay as they are. Sensitive topics are not included.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn accept_all(&self, surface: &str, locale: &str) -> Result<(Receipt, ErasureReport), ConsentError> {
        self.record(&self.all(Choice::Give), surface, locale)
    }

    /// Records what the notice's own button for a selection says: the purposes in `allowed` are given, every other one of
    /// the notice is denied. One of `allowed` that cannot be given now stays as it is if it was given before.
    ///
    /// # Errors
    /// As [`record`](Self::record); every other purpose is denied all the same.
    pub fn save(
        &self,
        allowed: &[Purpose],
        surface: &str,
        locale: &str,
    ) -> Result<(Receipt, ErasureReport), ConsentError> {
        let (state, now) = (self.state(), self.clock.now());
        let few = CHOICES.entries("allowed", allowed.len()).map_err(ConsentError::from);
        let fit = few.and_then(|()| check_shown(&state, "allowed", allowed, now));
        let others = self.all(Choice::Refuse).into_iter().filter(|c| !allowed.contains(&c.purpose));
        let stands = |p: &Purpose| state.of(*p, now).is_grant() && decide::check_yes(&state, *p).is_err();
        let yes = allowed.iter().filter(|p| !stands(p));
        let yes = yes.map(|&purpose| PurposeChoice { purpose, choice: Choice::Give });
        match fit {
            Ok(()) => self.record(&others.chain(yes).collect::<Vec<_>>(), surface, locale),
            Err(unfit) => {
                self.record(&others.collect::<Vec<_>>(), surface, locale)?;
                Err(unfit)
            }
        }
    }

    /// Denies every purpose of the notice in one call; [`accept_all`](Self::accept_all) is the counterpart.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn refuse_all(&self, surface: &str, locale: &str) -> Result<(Receipt, ErasureReport), ConsentError> {
        self.record(&self.all(Choice::Refuse), surface, locale)
    }

    fn all(&self, choice: Choice) -> Vec<PurposeChoice> {
        let state = self.state();
        let now = self.clock.now();
        let given = |p: Purpose| {
            let stands = state.of(p, now);
            stands.is_grant() || stands == ConsentState::Expired
        };
        let asked = |p: &Purpose| match choice {
            Choice::Give => decide::check_yes(&state, *p).is_ok(),
            _ => (state.is_asked(*p) && state.rule().mechanism(*p) != Mechanism::Prohibited) || given(*p),
        };
        Purpose::ALL.into_iter().filter(asked).map(|purpose| PurposeChoice { purpose, choice }).collect()
    }

    /// Records the answer about one sensitive topic, from its own screen.
    ///
    /// # Errors
    /// [`ConsentError::NotAskable`] for consent where policy, region, age or a signal forbid it: no receipt may say that
    /// somebody was asked. A denial is always accepted. Otherwise as [`record`](Self::record).
    pub fn answer_sensitive(
        &self,
        tag: SensitiveTag,
        choice: Choice,
        surface: &str,
        locale: &str,
    ) -> Result<(Receipt, ErasureReport), ConsentError> {
        let place = match choice {
            Choice::Give => Place::within(surface, locale)?,
            Choice::Refuse | Choice::Defer => Place::cut(surface, locale),
        };
        let refused = if choice == Choice::Refuse { &[tag][..] } else { &[] };
        let denying = self.denying(Saying::No, Denials::of(&[], refused))?;
        let overtaken = choice == Choice::Give && denying.is_overtaken(Denials::of(&[], &[tag]));
        let caught_up = self.catch_up();
        if choice != Choice::Refuse {
            caught_up?;
        }
        let state = self.state();
        if choice == Choice::Give
            && let Some(reason) = decide::overruled_tag(&state, tag)
                .filter(|r| !matches!(r, Why::LedgerBroken | Why::NewerFormat))
        {
            return Err(ConsentError::NotAskable { tag, reason });
        }
        let answer = answered(state.of_tag(tag, self.clock.now()), choice).filter(|_| !overtaken);
        let states = States { tags: answer.map(|s| (tag, s)).into_iter().collect(), ..States::default() };
        self.settle(&state, ReceiptAction::Answered, states, place)
    }

    /// What was taken back or ran out is gone before anything else is said about it: a new yes brings nothing back.
    fn catch_up(&self) -> Result<(), ConsentError> {
        self.reconcile()?;
        self.expire(self.clock.now()).map(drop)
    }

    /// Writes a receipt that erases nothing.
    pub(crate) fn note(
        &self,
        action: ReceiptAction,
        states: &States,
        place: Place<'_>,
    ) -> Result<Receipt, ConsentError> {
        let state = self.state();
        let link = self.link(&state, self.draft(&state, action, states, place))?;
        self.vault.write(Durability::Full, |w| link.store(w)).inspect_err(|_| self.resync())?;
        self.replace(state.with(link.receipt.clone(), link.hash));
        Ok(link.receipt)
    }

    pub(crate) fn link(&self, state: &State, draft: Receipt) -> Result<Link, ConsentError> {
        self.not_newer()?;
        if state.is_broken() {
            return Err(ConsentError::LedgerBroken);
        }
        let last = state.receipts().last().map(|r| (&**r, state.check().head_hash.as_str()));
        Link::new(draft, last, random::bytes(&*self.random)?, state.key())
    }
}

/// Whether the notice shows each purpose.
fn check_shown(
    state: &State,
    field: &'static str,
    purposes: &[Purpose],
    now: Now,
) -> Result<(), ConsentError> {
    let hidden = purposes.iter().find(|p| !decide::is_shown(state, **p, now));
    hidden.map_or(Ok(()), |&purpose| Err(ConsentError::NotInNotice { field, purpose }))
}

/// One answer for each purpose; of several a refusal wins, and whatever is no yes over a yes.
fn merged(choices: &[PurposeChoice]) -> Vec<PurposeChoice> {
    let caution = |choice| match choice {
        Choice::Give => 0,
        Choice::Defer => 1,
        Choice::Refuse => 2,
    };
    let mut merged: Vec<PurposeChoice> = Vec::new();
    for next in choices {
        match merged.iter_mut().find(|known| known.purpose == next.purpose) {
            None => merged.push(*next),
            Some(known) if caution(next.choice) > caution(known.choice) => known.choice = next.choice,
            Some(_) => {}
        }
    }
    merged
}

/// Where an answer leads to; nothing for one that changes nothing.
const fn answered(before: ConsentState, choice: Choice) -> Option<ConsentState> {
    use ConsentState as S;
    Some(match choice {
        Choice::Give if before.is_grant() || matches!(before, S::Expired | S::Invalidated) => S::Renewed,
        Choice::Give => S::Given,
        Choice::Refuse if before.is_grant() || matches!(before, S::Withdrawn) => S::Withdrawn,
        Choice::Refuse => S::Refused,
        Choice::Defer if before.is_grant() || before.is_refusal() => return None,
        Choice::Defer => S::Deferred,
    })
}
