//! Answers from another device: a no counts, a yes is only offered again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::limits::CHOICES;
use crate::consent::ConsentError;
use crate::consent::change::draft::{Place, States};
use crate::consent::change::report::ErasureReport;
use crate::consent::decision::ConsentState;
use crate::consent::gate::Gate;
use crate::consent::ledger::receipt::ReceiptAction;
use crate::consent::purpose::Purpose;

/// The answer about a purpose on another device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct CarriedAnswer {
    /// The purpose.
    pub purpose: Purpose,
    /// The state there.
    pub state: ConsentState,
    /// When the user answered there, in milliseconds since 1970.
    pub time_ms: i64,
}

/// The result of an import of answers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ImportOutcome {
    /// Denied from now on, because it is denied there.
    pub refused: Vec<Purpose>,
    /// Allowed there and not here. It was not imported: ask for it.
    pub offered: Vec<Purpose>,
    /// What was erased here because of a denial there.
    pub report: ErasureReport,
}

impl Gate {
    /// This device's answers, for import on another one; none while a newer version wrote the latest.
    #[must_use]
    pub fn carried_answers(&self) -> Vec<CarriedAnswer> {
        let (state, now) = (self.state(), self.clock.now());
        let answer = |purpose| {
            let time_ms = state.answer(purpose)?.at.clock_ms;
            Some(CarriedAnswer { purpose, state: state.of(purpose, now), time_ms })
        };
        let known = state.newer().is_none();
        Purpose::ALL.into_iter().filter(|_| known).filter_map(answer).collect()
    }

    /// Imports answers of another device. Denials win: a denial there is a denial here, whichever came later. Consent
    /// there is never consent here. If there are several answers about one purpose, a denial wins.
    ///
    /// # Errors
    /// As [`record`](Self::record); of too many answers the refusals count.
    pub fn import_answers(&self, answers: &[CarriedAnswer]) -> Result<ImportOutcome, ConsentError> {
        let _one_at_a_time = self.changing()?;
        let (state, now) = (self.state(), self.clock.now());
        let here = |a: &&CarriedAnswer| state.of(a.purpose, now);
        let foreign = || answers.iter().filter(|a| a.purpose != Purpose::Essential);
        let mut refused: Vec<(Purpose, ConsentState)> = foreign()
            .filter(|a| a.state.is_refusal() && !here(a).is_refusal())
            .map(|a| {
                (a.purpose, if here(&a).is_grant() { ConsentState::Withdrawn } else { ConsentState::Refused })
            })
            .collect();
        refused.sort_unstable_by_key(|(p, _)| *p);
        refused.dedup_by_key(|(p, _)| *p);
        let refused_there: BTreeSet<Purpose> =
            foreign().filter(|a| a.state.is_refusal()).map(|a| a.purpose).collect();
        let purposes: Vec<Purpose> = refused.iter().map(|(p, _)| *p).collect();
        let mut offered: Vec<Purpose> = foreign()
            .filter(|a| a.state.is_grant() && !here(a).is_grant() && !refused_there.contains(&a.purpose))
            .map(|a| a.purpose)
            .collect();
        offered.sort_unstable();
        offered.dedup();
        let report = if refused.is_empty() {
            ErasureReport::default()
        } else {
            let states = States::of_purposes(refused);
            self.settle(&state, ReceiptAction::Imported, states, Place::NOWHERE)?.1
        };
        CHOICES.entries("answers", answers.len())?;
        Ok(ImportOutcome { refused: purposes, offered, report })
    }
}
