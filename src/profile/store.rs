//! Loading, purging and forgetting, and the user's own words.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use crate::base::codec::{Newer, Record as _, Unread};
use crate::base::limits::TAG;
use crate::base::sensitive::{SensitiveTag, SensitiveTags};
use crate::consent::{
    ConsentError, Gate, History, Permit, Preferences, Purpose, Records, RetentionPermit, SensitivePermit,
    Trim,
};
use crate::profile::event::ShoppingMode;
use crate::profile::intensity::intensities;
use crate::profile::messages::{ToldLog, muted, told};
use crate::profile::quality::DataQualityReport;
use crate::profile::record::{Past, Stored};
use crate::profile::stated::{Preference, PreferenceKey, Stated};
use crate::profile::{Permits, Profile, ProfileError};
use crate::vault::tables::{EVENTS, PREFERENCES, TOPIC_EVENTS};
use crate::vault::{Durability, VaultError};

/// The one record of [`PREFERENCES`].
const ALL: &str = "all";

impl Profile {
    /// Reads the profile that consent allows to be read.
    ///
    /// # Errors
    /// The vault failed.
    pub fn load(gate: &Gate) -> Result<Self, ProfileError> {
        let profile = Self::default();
        profile.reload(gate)?;
        Ok(profile)
    }

    /// Reads it again, after consent was given. What is in memory only stays.
    ///
    /// # Errors
    /// The vault failed.
    pub fn reload(&self, gate: &Gate) -> Result<(), ProfileError> {
        let _one_at_a_time = self.writing()?;
        // Asked while nothing else is written, so that the latest answer is the one that is followed.
        let permits = Permits::ask(gate);
        let Kept { events: stored, newer } = match &permits.history {
            Ok(history) => read_events(gate, history, &permits.sensitive)?,
            Err(_) => Kept::default(),
        };
        let (intensities, muted) = (intensities(gate)?, muted(gate)?);
        let told = permits.messaging.map_or(Ok(ToldLog::default()), |p| told(gate, &p))?;
        let stated = permits.preferences.map_or(Ok(Stated::default()), |p| read_stated(gate, &p))?;
        self.change(|s| {
            s.quality.newer = newer;
            // What is both in this visit and on the disk is one event.
            let visit: Vec<Past> = s.past.iter().filter(|p| p.in_session).cloned().collect();
            let mut stored = stored;
            for past in &mut stored {
                past.in_session = visit.iter().any(|p| p.event == past.event);
            }
            s.retain(|p| p.record.is_none() && !stored.iter().any(|q| q.event == p.event));
            s.past.extend(stored);
            s.past.sort_by_key(|p| p.event.time_ms);
            (s.stated, s.intensities, s.told, s.muted) = (stated, intensities, told, muted);
            s.generation += 1;
        });
        Ok(())
    }

    /// Deletes what has been kept for as long as the policy lets it: events and what the user said, also where they may
    /// not be used, and what cannot be read as either. What a newer version wrote stays. Returns how many events.
    ///
    /// # Errors
    /// The vault failed, or consent has changed.
    pub fn keep_to_retention(&self, gate: &Gate) -> Result<u64, ProfileError> {
        let _one_at_a_time = self.writing()?;
        let purged = self.trim_events(gate, &gate.retention())?;
        self.trim_stated(gate, &gate.retention())?;
        self.trim_told(gate, &gate.retention())?;
        Ok(purged)
    }

    fn trim_events(&self, gate: &Gate, permit: &RetentionPermit<History>) -> Result<u64, ProfileError> {
        let over = |event: &Stored| permit.is_over(event.time_ms, event.device_ms);
        // What is in memory shows whether there is anything to do, where it may be there.
        let looked = gate.decide(Purpose::History).allowed && !gate.has_sealed_tags();
        if looked && !self.state().past.iter().any(|p| p.record.is_some() && over(&p.event)) {
            return Ok(0);
        }
        let trim = |bytes: &[u8]| match Stored::decode(bytes) {
            Ok(event) if over(&event) => Trim::Delete,
            Ok(_) | Err(Unread::Newer(_)) => Trim::Keep,
            Err(Unread::Damaged) => Trim::Delete,
        };
        let purged = gate.write::<_, ConsentError>(Durability::Full, |w| {
            Ok(w.trim(permit, EVENTS, trim)? + w.trim(permit, TOPIC_EVENTS, trim)?)
        })?;
        self.change(|s| s.retain(|p| !over(&p.event)));
        self.forget_derived();
        Ok(purged)
    }

    fn trim_stated(&self, gate: &Gate, permit: &RetentionPermit<Preferences>) -> Result<(), ProfileError> {
        let kept = |stated: &Stated| stated.kept(|clock_ms, device_ms| permit.is_over(clock_ms, device_ms));
        let looked = gate.decide(Purpose::Preferences).allowed;
        if looked && kept(&self.state().stated) == self.state().stated {
            return Ok(());
        }
        gate.write(Durability::Full, |w| w.trim(permit, PREFERENCES, |bytes| trim_list(bytes, kept)))?;
        self.change(|s| s.stated = kept(&s.stated));
        Ok(())
    }

    /// Removes events, from the disk first, also where they may not be used at the moment. Returns how many of those that
    /// may, or that there are more that are not known here.
    pub(super) fn remove_events(
        &self,
        gate: &Gate,
        gone: impl Fn(&Stored) -> bool,
    ) -> Result<u64, ProfileError> {
        let _one_at_a_time = self.writing()?;
        gate.not_newer()?;
        let permit = gate.retention::<History>();
        let trim = |durability, fate: &dyn Fn() -> Trim| {
            let trim = |bytes: &[u8]| match Stored::decode(bytes) {
                Ok(event) if gone(&event) => fate(),
                _ => Trim::Keep,
            };
            gate.write::<_, ConsentError>(durability, |w| {
                w.trim(&permit, EVENTS, trim)?;
                w.trim(&permit, TOPIC_EVENTS, trim)
            })
        };
        let found = Cell::new(false);
        let look = || {
            found.set(true);
            Trim::Keep
        };
        trim(Durability::Normal, &look)?;
        if found.get() {
            trim(Durability::Erasing, &|| Trim::Delete)?;
        }
        let removed = self.change(|s| s.retain(|p| !gone(&p.event)));
        self.forget_derived();
        if self.state().quality.newer > 0 {
            // Nobody knows here which of those it meant.
            return Err(Newer { what: Stored::WHAT }.into());
        }
        Ok(removed)
    }

    /// Follows a change of consent: forgets what may no longer be known and loads what may be.
    ///
    /// # Errors
    /// [`ProfileError::Consent`] when what is allowed cannot be read; what is not allowed is forgotten all the same.
    pub fn follow(&self, gate: &Gate) -> Result<(), ProfileError> {
        let denied = |purpose| !gate.decide(purpose).allowed;
        let ended = gate.visits_ended();
        // A new yes brings nothing of an earlier one back.
        if self.visits_ended.swap(ended, Ordering::SeqCst) != ended || denied(Purpose::Session) {
            self.forget_session();
        }
        if denied(Purpose::History) {
            self.forget_history();
        }
        if denied(Purpose::Inference) {
            self.forget_inference();
        }
        self.forget_topics_but(gate.sensitive_permits().iter().map(SensitivePermit::tag).collect());
        if denied(Purpose::Preferences) {
            self.forget_preferences();
        }
        if denied(Purpose::Messaging) {
            self.forget_messages();
        }
        self.reload(gate)
    }

    /// Forgets this visit, when `session` is withdrawn.
    pub fn forget_session(&self) {
        // Forgetting does not wait for a call that is stuck.
        let _one_at_a_time = self.writing().ok();
        self.change(|s| {
            s.surroundings = None;
            s.end_session();
        });
        self.forget_derived();
    }

    /// Forgets in memory what was stored, also of this visit; its key is destroyed by consent. What this visit was told
    /// under `session` alone stays for this visit.
    pub fn forget_history(&self) {
        // Forgetting does not wait for a call that is stuck.
        let _one_at_a_time = self.writing().ok();
        self.change(|s| s.retain(|p| p.record.is_none()));
        self.forget_derived();
    }

    /// Forgets in memory what is about any other sensitive topic; its key is destroyed by consent, or it lies sealed.
    fn forget_topics_but(&self, allowed: SensitiveTags) {
        // Forgetting does not wait for a call that is stuck.
        let _one_at_a_time = self.writing().ok();
        if self.change(|s| s.retain(|p| p.topic.is_none_or(|topic| allowed.contains(topic)))) > 0 {
            self.forget_derived();
        }
    }

    /// Forgets in memory what was derived; it is derived anew only under a permit.
    pub fn forget_inference(&self) {
        self.forget_derived();
    }

    /// Forgets what the user said; its key is destroyed by consent.
    pub fn forget_preferences(&self) {
        // Forgetting does not wait for a call that is stuck.
        let _one_at_a_time = self.writing().ok();
        self.change(|s| s.stated = Stated::default());
    }

    /// What the user said, oldest first.
    #[must_use]
    pub fn preferences(&self) -> Vec<Preference> {
        self.state().stated.iter().cloned().collect()
    }

    /// Remembers something the user said.
    ///
    /// # Errors
    /// [`ProfileError::OutOfBounds`] for too long a value or one too many, [`ProfileError::EmptyPreference`];
    /// [`ProfileError::Newer`] where a newer version keeps what was said; consent has changed, or the vault failed.
    pub fn prefer(
        &self,
        gate: &Gate,
        permit: &Permit<Preferences>,
        key: PreferenceKey,
        value: &str,
        now_ms: i64,
    ) -> Result<(), ProfileError> {
        let _one_at_a_time = self.writing()?;
        check_stated(gate, permit)?;
        let state = self.state();
        let next = state.stated.with(key, value, now_ms, gate.device_ms())?;
        // What it replaces must not come back with an older copy.
        let replaces = state.stated.iter().any(|before| !next.says(before));
        let durability = if replaces { Durability::Erasing } else { Durability::Full };
        self.keep_stated(gate, permit, next, durability)
    }

    /// Takes back something the user said.
    ///
    /// # Errors
    /// As [`prefer`](Self::prefer).
    pub fn unprefer(
        &self,
        gate: &Gate,
        permit: &Permit<Preferences>,
        key: PreferenceKey,
        value: &str,
    ) -> Result<(), ProfileError> {
        let _one_at_a_time = self.writing()?;
        TAG.text("value", value)?;
        check_stated(gate, permit)?;
        let state = self.state();
        let next = state.stated.without(key, value);
        if next == state.stated {
            return Ok(());
        }
        self.keep_stated(gate, permit, next, Durability::Erasing)
    }

    fn keep_stated(
        &self,
        gate: &Gate,
        permit: &Permit<Preferences>,
        next: Stated,
        durability: Durability,
    ) -> Result<(), ProfileError> {
        let bytes = next.encode()?;
        gate.write(durability, |w| Ok::<_, ProfileError>(w.at(permit)?.put(PREFERENCES, ALL, &bytes)?))?;
        self.change(|s| s.stated = next);
        Ok(())
    }

    /// How the user is around.
    #[must_use]
    pub fn mode(&self) -> ShoppingMode {
        self.state().mode
    }

    /// Changes how the user is around. What was noted while shopping for somebody else is dropped
    /// when that ends.
    pub fn set_mode(&self, mode: ShoppingMode) {
        // Forgetting does not wait for a call that is stuck.
        let _one_at_a_time = self.writing().ok();
        self.change(|s| {
            s.mode = mode;
            s.surroundings.take_if(|_| mode == ShoppingMode::Private);
            if mode != ShoppingMode::Gift {
                s.retain(|p| !p.gift);
            }
        });
    }

    /// What became of the events since the engine was opened.
    #[must_use]
    pub fn quality(&self) -> DataQualityReport {
        self.state().quality
    }
}

/// What becomes of the list of what the user said.
pub(super) fn trim_list(bytes: &[u8], kept: impl Fn(&Stated) -> Stated) -> Trim {
    let stated = match Stated::decode(bytes) {
        Ok(stated) => stated,
        Err(Unread::Newer(_)) => return Trim::Keep,
        Err(Unread::Damaged) => return Trim::Delete,
    };
    let left = kept(&stated);
    match left.encode() {
        Ok(_) if left == stated => Trim::Keep,
        Ok(bytes) => Trim::Replace(bytes.into()),
        Err(_) => Trim::Delete,
    }
}

fn read_events(
    gate: &Gate,
    history: &Permit<History>,
    sensitive: &[SensitivePermit],
) -> Result<Kept, ProfileError> {
    gate.read(|r| {
        let mut kept = Kept::default();
        kept.add(gate, &r.at(history)?, None)?;
        sensitive.iter().try_for_each(|p| kept.add(gate, &r.at_sensitive(p)?, Some(p.tag())))?;
        Ok(kept)
    })
}

fn read_stated(gate: &Gate, permit: &Permit<Preferences>) -> Result<Stated, ProfileError> {
    gate.read(|r| stated(gate, &r.at(permit)?))
}

/// The stored events.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) events: Vec<Past>,
    /// How many more a newer version wrote.
    newer: u64,
}

impl Kept {
    /// Adds every stored event that reads as one, of the history or of a sensitive topic.
    pub(super) fn add(
        &mut self,
        gate: &Gate,
        records: &Records<'_>,
        topic: Option<SensitiveTag>,
    ) -> Result<(), ProfileError> {
        records.each(if topic.is_some() { TOPIC_EVENTS } else { EVENTS }, |id, bytes| {
            match Stored::decode(bytes) {
                Ok(event) => {
                    self.events.push(Past { event, record: Some(id), topic, in_session: false, gift: false });
                }
                Err(Unread::Newer(newer)) => {
                    self.newer += 1;
                    gate.note_newer(newer);
                }
                Err(Unread::Damaged) => {}
            }
            Ok(())
        })
    }
}

/// What the user said. If that cannot be read, it is as if nothing had been said.
pub(super) fn stated(gate: &Gate, records: &Records<'_>) -> Result<Stated, ProfileError> {
    let bytes = match records.get(PREFERENCES, ALL) {
        Err(ConsentError::Vault(VaultError::Damaged { what: "record" })) => None,
        other => other?,
    };
    Ok(match bytes.map(|bytes| Stated::decode(&bytes)) {
        Some(Ok(stated)) => stated,
        Some(Err(Unread::Newer(newer))) => {
            gate.note_newer(newer);
            Stated::default()
        }
        Some(Err(Unread::Damaged)) | None => Stated::default(),
    })
}

/// What a newer version keeps is not written over.
fn check_stated(gate: &Gate, permit: &Permit<Preferences>) -> Result<(), ProfileError> {
    let stored = gate.read(|r| r.at(permit)?.get(PREFERENCES, ALL));
    match stored.ok().flatten().map(|bytes| Stated::decode(&bytes)) {
        Some(Err(Unread::Newer(newer))) => Err(newer.into()),
        _ => Ok(()),
    }
}
