//! Taking in one event: check it, seal it, remember it, as far as there are permits.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Deref;

use crate::base::codec::Record as _;
use crate::base::sensitive::{SensitiveTag, SensitiveTags};
use crate::catalog::Catalog;
use crate::consent::{ConsentError, DecisionReason, Gate, History, Permit, Purpose, SensitivePermit};
use crate::profile::event::{DropReason, Event, EventName, ShoppingMode, TrackOutcome, TrackWarning, Unfit};
use crate::profile::parts::{Part, Parting, meaning, place};
use crate::profile::quality::{check_against, check_form};
use crate::profile::record::{Past, Stored, StoredItem};
use crate::profile::{Permits, Profile, ProfileError};
use crate::vault::tables::{EVENTS, TOPIC_EVENTS};
use crate::vault::{Durability, RecordId};

impl Profile {
    /// Takes in one event. Without a permit nothing is kept, not even for later.
    ///
    /// # Errors
    /// The vault failed, or consent changed while the event was being sealed; [`ProfileError::OlderCatalog`] where what is
    /// kept was already held against a newer one.
    pub fn track(
        &self,
        gate: &Gate,
        permits: &Permits,
        catalog: &Catalog,
        event: Event,
        now_ms: i64,
    ) -> Result<TrackOutcome, ProfileError> {
        self.track_by(gate, permits, || catalog, event, now_ms)
    }

    /// The same by the catalog that is in use once nothing else is being written.
    ///
    /// # Errors
    /// As [`track`](Self::track).
    pub fn track_by<C: Deref<Target = Catalog>>(
        &self,
        gate: &Gate,
        permits: &Permits,
        catalog: impl FnOnce() -> C,
        event: Event,
        now_ms: i64,
    ) -> Result<TrackOutcome, ProfileError> {
        let _one_at_a_time = self.writing()?;
        let outcome = self.take_in(gate, permits, &catalog(), event, now_ms)?;
        self.change(|s| match &outcome {
            TrackOutcome::Stored { .. } => s.quality.stored += 1,
            TrackOutcome::SessionOnly { .. } => s.quality.session_only += 1,
            TrackOutcome::Dropped { reason, .. } => s.quality.note_drop(*reason),
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
        if catalog.version() < state.examined {
            return Err(ProfileError::OlderCatalog);
        }
        let dropped = |reason: Unfit| Ok(reason.into());
        if state.mode == ShoppingMode::Private {
            return dropped(DropReason::PrivateMode.into());
        }
        let gift = state.mode == ShoppingMode::Gift;
        let session = permits.session.as_ref();
        let history = permits.history.as_ref().ok().filter(|_| !gift);
        if let (Err(denied), None) = (session, history) {
            return dropped(why(denied.reason).into());
        }
        let mut warnings = Vec::new();
        let time_ms = match check_form(&mut event, now_ms, &mut warnings) {
            Ok(time_ms) => time_ms,
            Err(unfit) => return dropped(unfit),
        };
        let topics: Vec<_> = permits.topics(catalog).filter(|_| history.is_some()).collect();
        let device_ms = gate.device_ms().saturating_sub(now_ms.saturating_sub(time_ms));
        let mut event = Stored::of(event, time_ms, device_ms);
        event.ask(catalog, now_ms);
        let parts = match part(catalog, event, topics.iter().map(|p| p.tag()).collect(), &mut warnings) {
            Ok(parts) => parts,
            Err(reason) => return dropped(reason.into()),
        };
        if let Err(reason) = parts.iter().try_for_each(|(_, event)| check_against(&state.past, event)) {
            return dropped(reason.into());
        }
        let session_over = !state.session_alive(now_ms);
        drop(state);
        if let Ok(permit) = session {
            permit.check()?;
        }
        let records = history.map(|permit| seal(gate, permit, &topics, &parts)).transpose()?;
        let mut records = records.into_iter().flatten();
        self.change(|s| {
            if session_over {
                s.end_session();
            }
            for (topic, event) in parts {
                s.insert(Past { event, record: records.next(), topic, in_session: session.is_ok(), gift });
            }
        });
        Ok(match history {
            Some(_) => TrackOutcome::Stored { warnings },
            None => TrackOutcome::SessionOnly { warnings },
        })
    }
}

/// Seals all parts of an event in one transaction.
fn seal(
    gate: &Gate,
    history: &Permit<History>,
    topics: &[&SensitivePermit],
    parts: &[Part],
) -> Result<Vec<RecordId>, ProfileError> {
    gate.write(Durability::Normal, |w| {
        let seal = |(topic, event): &Part| {
            let bytes = event.encode()?;
            let Some(tag) = topic else { return Ok(w.at(history)?.append(EVENTS, &bytes)?) };
            let permit = topics.iter().find(|permit| permit.tag() == *tag);
            let permit = permit.ok_or(ConsentError::StalePermit(Purpose::History))?;
            Ok(w.at_sensitive(permit)?.append(TOPIC_EVENTS, &bytes)?)
        };
        parts.iter().map(seal).collect()
    })
}

/// Takes an event apart by where it is kept. Items that may not be kept, or that nobody can vouch for, are left out.
fn part(
    catalog: &Catalog,
    mut event: Stored,
    topics: SensitiveTags,
    warnings: &mut Vec<TrackWarning>,
) -> Result<Vec<Part>, DropReason> {
    let items = mem::take(&mut event.items);
    let (all, mut known, mut kept) = (items.len(), 0, 0);
    let mut parts: BTreeMap<Option<SensitiveTag>, Vec<StoredItem>> = BTreeMap::new();
    for item in items {
        let Some(named) = catalog.named(&item.id) else { continue };
        known += 1;
        if let Some(topic) = place(catalog.sensitive_of(named), topics) {
            kept += 1;
            parts.entry(topic).or_default().push(item);
        }
    }
    if kept == 0 && all > 0 {
        return Err(if known > 0 { DropReason::Sensitive } else { DropReason::UnknownItems });
    }
    if known < all {
        warnings.push(TrackWarning::UnknownItemsLeftOut);
    }
    if kept < known {
        warnings.push(TrackWarning::SensitiveItemsLeftOut);
    }
    let found = event.search_term.as_ref().and_then(|term| meaning(catalog, term));
    let meant = place(found.unwrap_or_default(), topics);
    if event.name() == EventName::Search {
        parts.entry(meant.ok_or(DropReason::Sensitive)?).or_default();
        if found.is_none() {
            warnings.push(TrackWarning::SearchWithoutMatch);
        }
    }
    if parts.is_empty() {
        parts.entry(None).or_default();
    }
    // What brings up nothing may be about anything.
    let term = meant.filter(|_| found.is_some());
    Ok(event.parted(Parting { parts, term, is_whole: kept == all }))
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
