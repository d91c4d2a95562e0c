//! Answers from another device: a no counts, a yes is only offered again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::limits::CHOICES;
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::ErasureReport;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::gate::coming::Saying;
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::purpose::Purpose;
use crate::consent::state::decide;
use crate::consent::state::denials::Denials;

/// The answer about a purpose or a sensitive topic on another device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct CarriedAnswer {
    /// The purpose; `essential`, which nobody is asked about, where the answer is about a topic.
    pub purpose: Purpose,
    /// The state there.
    pub state: ConsentState,
    /// When the user answered there, in milliseconds since 1970.
    pub time_ms: i64,
    /// The sensitive topic, if the answer is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[uniffi(default = None)]
    pub tag: Option<SensitiveTag>,
}

impl CarriedAnswer {
    /// The answer about a purpose.
    #[must_use]
    pub const fn of(purpose: Purpose, state: ConsentState, time_ms: i64) -> Self {
        Self { purpose, state, time_ms, tag: None }
    }

    /// The answer about a sensitive topic.
    #[must_use]
    pub const fn about(tag: SensitiveTag, state: ConsentState, time_ms: i64) -> Self {
        Self { purpose: Purpose::Essential, state, time_ms, tag: Some(tag) }
    }
}

/// The result of an import of answers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportOutcome {
    /// Denied from now on, because it is denied there.
    pub refused: Vec<Purpose>,
    /// Allowed there and not here, and may be asked about here. It was not imported: ask for it.
    pub offered: Vec<Purpose>,
    /// Sensitive topics denied from now on, because they are denied there.
    pub refused_topics: Vec<SensitiveTag>,
    /// Sensitive topics that are allowed there and not here, and may be asked about here. They were not imported.
    pub offered_topics: Vec<SensitiveTag>,
    /// What was erased here because of a denial there.
    pub report: ErasureReport,
}

/// What follows from another device's answers.
struct Heard<T> {
    /// Each denial there that is none here yet, and what it is here.
    refused: Vec<(T, ConsentState)>,
    offered: Vec<T>,
}

impl<T: Copy + Ord> Heard<T> {
    /// Each is a subject, its state there, and its state here. Of however many, no more is kept than there are subjects.
    fn of(answers: impl Iterator<Item = (T, ConsentState, ConsentState)> + Clone) -> Self {
        let refused_there: BTreeSet<T> =
            answers.clone().filter(|(_, there, _)| there.is_refusal()).map(|(about, ..)| about).collect();
        let refusal = |here: ConsentState| {
            if here.is_grant() { ConsentState::Withdrawn } else { ConsentState::Refused }
        };
        let refused: BTreeMap<T, ConsentState> = answers
            .clone()
            .filter(|(about, _, here)| refused_there.contains(about) && !here.is_refusal())
            .map(|(about, _, here)| (about, refusal(here)))
            .collect();
        let is_offered = |about: &T, there: ConsentState, here: ConsentState| {
            there.is_grant() && !here.is_grant() && !refused_there.contains(about)
        };
        let offered: BTreeSet<T> = answers
            .filter(|(about, there, here)| is_offered(about, *there, *here))
            .map(|(about, ..)| about)
            .collect();
        Self { refused: refused.into_iter().collect(), offered: offered.into_iter().collect() }
    }
}

impl Gate {
    /// This device's answers, for import on another one; none while a newer version wrote the latest.
    #[must_use]
    pub fn carried_answers(&self) -> Vec<CarriedAnswer> {
        let (state, now) = (self.state(), self.clock.now());
        if state.newer().is_some() {
            return Vec::new();
        }
        let of = |purpose| {
            let time_ms = state.answer(purpose)?.at.clock_ms;
            Some(CarriedAnswer::of(purpose, state.of(purpose, now), time_ms))
        };
        let about = |tag| {
            let time_ms = state.tag_answer(tag)?.at.clock_ms;
            Some(CarriedAnswer::about(tag, state.of_tag(tag, now), time_ms))
        };
        let purposes = Purpose::ALL.into_iter().filter_map(of);
        purposes.chain(SensitiveTag::ALL.into_iter().filter_map(about)).collect()
    }

    /// Imports answers of another device. Denials win: a denial there is a denial here, whichever came later. Consent
    /// there is never consent here. If there are several answers about one purpose or topic, a denial wins.
    ///
    /// # Errors
    /// As [`record`](Self::record); of too many answers the refusals count.
    pub fn import_answers(&self, answers: &[CarriedAnswer]) -> Result<ImportOutcome, ConsentError> {
        let refused = answers.iter().filter(|answer| answer.state.is_refusal());
        let purposes: Vec<_> = refused.clone().filter(|a| a.tag.is_none()).map(|a| a.purpose).collect();
        let topics: Vec<_> = refused.filter_map(|answer| answer.tag).collect();
        let _denying =
            self.denying(Saying::No, Denials::with_tags(&purposes).and(Denials::of(&[], &topics)))?;
        let (state, now) = (self.state(), self.clock.now());
        let of_purposes = answers.iter().filter(|a| a.tag.is_none() && a.purpose != Purpose::Essential);
        let mut purposes = Heard::of(of_purposes.map(|a| (a.purpose, a.state, state.of(a.purpose, now))));
        let of_tags = answers.iter().filter_map(|a| Some((a.tag?, a.state)));
        let mut topics = Heard::of(of_tags.map(|(tag, there)| (tag, there, state.of_tag(tag, now))));
        purposes.offered.retain(|purpose| decide::would_count(&state, *purpose));
        topics.offered.retain(|tag| decide::overruled_tag(&state, *tag).is_none());
        let mut outcome = ImportOutcome {
            refused: purposes.refused.iter().map(|(purpose, _)| *purpose).collect(),
            offered: purposes.offered,
            refused_topics: topics.refused.iter().map(|(tag, _)| *tag).collect(),
            offered_topics: topics.offered,
            report: ErasureReport::default(),
        };
        let states = States { purposes: purposes.refused, tags: topics.refused };
        if !states.is_empty() {
            outcome.report = self.settle(&state, ReceiptAction::Imported, states, Place::NOWHERE)?.1;
        }
        CHOICES.entries("answers", answers.len())?;
        Ok(outcome)
    }
}
