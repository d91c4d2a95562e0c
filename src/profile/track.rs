//! Taking in one event: check it, seal it, remember it, as far as there are permits.

use crate::base::codec::Record as _;
use crate::catalog::Catalog;
use crate::consent::{DecisionReason, Gate, History, Permit};
use crate::profile::event::{DropReason, Event, EventName, Mode, TrackOutcome, TrackWarning};
use crate::profile::quality::{check_against, check_form};
use crate::profile::record::{Past, Stored};
use crate::profile::{Permits, Profile, ProfileError};
use crate::vault::tables::EVENTS;
use crate::vault::{Durability, RecordId};

/// Items a search term brings up that decide whether it is sensitive.
const SEARCH_PROBE: usize = 5;

impl Profile {
    /// Takes in one event. Without a permit nothing is kept, not even for later.
    ///
    /// # Errors
    /// The vault failed, or consent changed while the event was being sealed.
    pub fn track(
        &self,
        gate: &Gate,
        permits: &Permits,
        catalog: &Catalog,
        event: Event,
        now_ms: i64,
    ) -> Result<TrackOutcome, ProfileError> {
        let _one_at_a_time = self.writing()?;
        let outcome = self.take_in(gate, permits, catalog, event, now_ms)?;
        self.change(|s| match &outcome {
            TrackOutcome::Stored { .. } => s.quality.stored += 1,
            TrackOutcome::SessionOnly { .. } => s.quality.session_only += 1,
            TrackOutcome::Dropped { reason } => s.quality.note_drop(*reason),
        });
        Ok(outcome)
    }

    fn take_in(
        &self,
        gate: &Gate,
        permits: &Permits,
        catalog: &Catalog,
        mut event: Event,
        now_ms: i64,
    ) -> Result<TrackOutcome, ProfileError> {
        let state = self.state();
        let dropped = |reason| Ok(TrackOutcome::Dropped { reason });
        if state.mode == Mode::Private {
            return dropped(DropReason::PrivateMode);
        }
        let gift = state.mode == Mode::Gift;
        let session = permits.session.as_ref();
        let history = permits.history.as_ref().ok().filter(|_| !gift);
        if let (Err(denied), None) = (session, history) {
            return dropped(why(denied.reason));
        }
        let mut warnings = Vec::new();
        let time_ms = match check_form(&mut event, now_ms, &mut warnings) {
            Ok(time_ms) => time_ms,
            Err(reason) => return dropped(reason),
        };
        if let Err(reason) = leave_out(catalog, &mut event, &mut warnings) {
            return dropped(reason);
        }
        let device_ms = gate.device_ms().saturating_sub(now_ms.saturating_sub(time_ms));
        let event = Stored::of(event, time_ms, device_ms);
        if let Err(reason) = check_against(&state.past, &event) {
            return dropped(reason);
        }
        let session_over = !state.session_alive(now_ms);
        drop(state);
        if let Ok(permit) = session {
            permit.check()?;
        }
        let record = history.map(|permit| seal(gate, permit, &event)).transpose()?;
        let past = Past { event, record, in_session: session.is_ok(), gift };
        self.change(|s| {
            if session_over {
                s.end_session();
            }
            s.insert(past);
        });
        Ok(match record {
            Some(_) => TrackOutcome::Stored { warnings },
            None => TrackOutcome::SessionOnly { warnings },
        })
    }
}

fn seal(gate: &Gate, permit: &Permit<History>, event: &Stored) -> Result<RecordId, ProfileError> {
    let bytes = event.encode()?;
    gate.write(Durability::Normal, |w| Ok(w.at(permit)?.append(EVENTS, &bytes)?))
}

/// Leaves out items that are sensitive or that nobody can vouch for.
fn leave_out(
    catalog: &Catalog,
    event: &mut Event,
    warnings: &mut Vec<TrackWarning>,
) -> Result<(), DropReason> {
    let before = event.items.len();
    event.items.retain(|i| catalog.index_of(&i.item_id).is_some());
    let known = event.items.len();
    event.items.retain(|i| catalog.index_of(&i.item_id).is_some_and(|ix| catalog.sensitive(ix).is_empty()));
    if event.items.is_empty() && before > 0 {
        return Err(if known > 0 { DropReason::Sensitive } else { DropReason::UnknownItems });
    }
    if known < before {
        warnings.push(TrackWarning::UnknownItemsLeftOut);
    }
    if event.items.len() < known {
        warnings.push(TrackWarning::SensitiveItemsLeftOut);
    }
    if let (EventName::Search, Some(term)) = (event.name, &event.search_term) {
        let found = catalog.search(term, SEARCH_PROBE);
        if found.iter().any(|&(ix, _)| !catalog.sensitive(ix).is_empty()) {
            return Err(DropReason::Sensitive);
        }
        if found.is_empty() {
            warnings.push(TrackWarning::SearchWithoutMatch);
        }
    }
    Ok(())
}

/// What the developer is told about a denial.
fn why(reason: DecisionReason) -> DropReason {
    match reason {
        DecisionReason::NotAnswered => DropReason::ConsentPending,
        DecisionReason::Refused => DropReason::ConsentRefused,
        DecisionReason::Expired | DecisionReason::Invalidated => DropReason::ConsentExpired,
        _ => DropReason::ConsentForbidden,
    }
}
