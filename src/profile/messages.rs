//! Messages that were shown, so that there are not too many of them, and what the user does not want to be told.
//!
//! What was shown is kept under the purpose `messaging`. What the user refuses is a restriction like the intensities: it needs
//! no yes to anything and outlives every withdrawal, until everything is erased.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::codec::{Parts, Record, Unread};
use crate::base::limits::ID;
use crate::catalog::Catalog;
use crate::consent::{ConsentError, Gate, Messaging, Permit, Purpose, Records, RetentionPermit, Trim};
use crate::profile::{Profile, ProfileError};
use crate::vault::tables::{MUTED, TOLD};
use crate::vault::{Durability, VaultError};

/// The one record of each table.
const ALL: &str = "all";
/// The end of the year 9999: calendars of some platforms go no further.
const LATEST_MS: i64 = 253_402_300_799_999;
/// Rules that are remembered as muted: a plan has no more.
const MUTED_RULES: usize = 64;
/// Messages that are remembered as shown: a year of three a week.
const REMEMBERED: usize = 160;

/// A message that was shown, or will be as things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// As the message calls itself.
    pub message_id: String,
    /// The rule of the shop's plan.
    pub rule_id: String,
    /// When, in milliseconds since 1970. Until then it may still be replaced.
    pub at_ms: i64,
    /// The same by the device's own time.
    #[serde(skip)]
    device_ms: i64,
}

/// All of them, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ToldLog(pub(super) Vec<Told>);

impl ToldLog {
    /// What was shown by now. What was to be shown later is not yet said, and may change.
    pub(crate) fn shown(&self, now_ms: i64) -> impl DoubleEndedIterator<Item = &Told> + Clone {
        self.0.iter().filter(move |told| told.at_ms <= now_ms)
    }

    /// The same with what will be shown next, in the place of whatever else was going to be.
    fn with(&self, next: Option<Told>, now_ms: i64) -> Self {
        let mut all: Vec<Told> = self.shown(now_ms).cloned().collect();
        if let Some(next) = &next {
            all.retain(|told| told.message_id != next.message_id);
        }
        all.extend(next);
        let over = all.len().saturating_sub(REMEMBERED);
        Self(all.split_off(over))
    }

    fn kept(&self, is_over: impl Fn(i64, i64) -> bool) -> Self {
        Self(self.0.iter().filter(|told| !is_over(told.at_ms, told.device_ms)).cloned().collect())
    }
}

impl Record for ToldLog {
    const WHAT: &'static str = "messages that were shown";
    const VERSION: u8 = 1;
    const FIRST: u8 = 1;

    fn parts(&self) -> impl Serialize {
        let times: Vec<i64> = self.0.iter().map(|told| told.device_ms).collect();
        (&self.0, times)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        let (mut all, times): (Vec<Told>, Vec<i64>) = (parts.next()?, parts.next()?);
        for (told, device_ms) in all.iter_mut().zip(&times) {
            told.device_ms = *device_ms;
        }
        (all.len() == times.len() && all.len() <= REMEMBERED).then_some(Self(all))
    }
}

/// What the user does not want to be told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MessageChoices {
    /// Nothing is said before this moment, in milliseconds since 1970.
    pub snoozed_until_ms: Option<i64>,
    /// Rules of the shop's plan that never say anything again.
    pub muted_rules: Vec<String>,
}

/// The same as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Muted {
    snoozed_until_ms: Option<i64>,
    rules: BTreeSet<String>,
    /// Whether it could not be read: then nothing is said. A no must not turn into a yes.
    unread: bool,
}

impl Muted {
    /// The first moment at which a rule may say something; none for one that never may.
    pub(crate) fn allows(&self, rule_id: &str) -> Option<i64> {
        let is_muted = self.unread || self.rules.contains(rule_id);
        (!is_muted).then(|| self.snoozed_until_ms.unwrap_or(i64::MIN))
    }

    fn told(&self) -> MessageChoices {
        let muted_rules = self.rules.iter().cloned().collect();
        MessageChoices { snoozed_until_ms: self.snoozed_until_ms, muted_rules }
    }
}

impl Record for Muted {
    const WHAT: &'static str = "messages that are not wanted";
    const VERSION: u8 = 1;
    const FIRST: u8 = 1;

    fn parts(&self) -> impl Serialize {
        (self.snoozed_until_ms, &self.rules)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { snoozed_until_ms: parts.next()?, rules: parts.next()?, unread: false })
    }
}

impl Profile {
    /// What the user does not want to be told.
    #[must_use]
    pub fn message_choices(&self) -> MessageChoices {
        self.state().muted.told()
    }

    /// Notes the message that was handed to the system, or that none is any more. It replaces what was noted before and is not
    /// shown yet; from `at_ms` on it counts as shown.
    ///
    /// # Errors
    /// [`ProfileError::OutOfBounds`]; [`ProfileError::Newer`] where a newer version keeps what was shown; consent has changed,
    /// or the vault failed.
    pub fn note_message(
        &self,
        gate: &Gate,
        permit: &Permit<Messaging>,
        message: Option<(String, String, i64)>,
    ) -> Result<(), ProfileError> {
        let _one_at_a_time = self.writing()?;
        let (now_ms, device_ms) = (gate.now_ms(), gate.device_ms());
        let told = |(message_id, rule_id, at_ms): (String, String, i64)| {
            let device_ms = device_ms.saturating_add(at_ms.saturating_sub(now_ms));
            Told { message_id, rule_id, at_ms, device_ms }
        };
        let before = match gate.read(|r| told_log(&r.at(permit)?))? {
            // What cannot be read is given up: it limits messages and says nothing else.
            Err(Unread::Damaged) => ToldLog::default(),
            Err(Unread::Newer(newer)) => return Err(newer.into()),
            Ok(before) => before,
        };
        let next = before.with(message.map(told), now_ms);
        if next != before {
            let bytes = next.encode()?;
            gate.write::<_, ConsentError>(Durability::Full, |w| w.at(permit)?.put(TOLD, ALL, &bytes))?;
        }
        self.change(|s| s.told = next);
        Ok(())
    }

    /// Says nothing before a moment, or again at any time.
    ///
    /// # Errors
    /// [`ProfileError::Newer`] where a newer version keeps what is not wanted; the vault failed.
    pub fn snooze_messages(&self, gate: &Gate, until_ms: Option<i64>) -> Result<(), ProfileError> {
        self.choose(gate, |muted| {
            muted.snoozed_until_ms = until_ms.map(|until_ms| until_ms.clamp(0, LATEST_MS));
            Ok(())
        })
    }

    /// Keeps that a rule never says anything again, or that it may.
    ///
    /// # Errors
    /// As [`snooze_messages`](Self::snooze_messages), and [`ProfileError::OutOfBounds`].
    pub fn mute_message(
        &self,
        gate: &Gate,
        catalog: &Catalog,
        rule_id: &str,
        muted: bool,
    ) -> Result<(), ProfileError> {
        ID.text("rule_id", rule_id)?;
        self.choose(gate, |all| {
            if muted {
                all.rules.insert(rule_id.to_owned());
            } else {
                all.rules.remove(rule_id);
            }
            // A no is never refused: of too many, those of past plans go.
            if all.rules.len() > MUTED_RULES {
                let rules = &catalog.plan().messages.rules;
                all.rules.retain(|id| id == rule_id || rules.iter().any(|rule| rule.id == *id));
            }
            Ok(())
        })
    }

    fn choose(
        &self,
        gate: &Gate,
        choose: impl FnOnce(&mut Muted) -> Result<(), ProfileError>,
    ) -> Result<(), ProfileError> {
        let _one_at_a_time = self.writing()?;
        let mut next = match stored(gate)? {
            Ok(muted) => muted,
            Err(Unread::Newer(newer)) => return Err(newer.into()),
            // What else was refused is not known any more: what the user says now is.
            Err(Unread::Damaged) => Muted::default(),
        };
        choose(&mut next)?;
        let bytes = next.encode()?;
        gate.write::<_, ConsentError>(Durability::Full, |w| {
            w.at(&gate.essential())?.put(MUTED, ALL, &bytes)
        })?;
        self.change(|s| s.muted = next);
        Ok(())
    }

    /// Forgets which messages were shown; the key of that is destroyed by consent.
    pub(super) fn forget_messages(&self) {
        // Forgetting does not wait for a call that is stuck.
        let _one_at_a_time = self.writing().ok();
        self.change(|s| s.told = ToldLog::default());
    }

    /// Deletes what was shown so long ago that the policy does not let it be kept.
    pub(super) fn trim_told(
        &self,
        gate: &Gate,
        permit: &RetentionPermit<Messaging>,
    ) -> Result<(), ProfileError> {
        let kept = |log: &ToldLog| log.kept(|clock_ms, device_ms| permit.is_over(clock_ms, device_ms));
        if gate.decide(Purpose::Messaging).allowed && kept(&self.state().told) == self.state().told {
            return Ok(());
        }
        let trim = |bytes: &[u8]| match ToldLog::decode(bytes) {
            Ok(log) if kept(&log) == log => Trim::Keep,
            Ok(log) => match kept(&log) {
                rest if rest.0.is_empty() => Trim::Delete,
                rest => rest.encode().map_or(Trim::Delete, |bytes| Trim::Replace(bytes.into())),
            },
            Err(Unread::Newer(_)) => Trim::Keep,
            Err(Unread::Damaged) => Trim::Delete,
        };
        gate.write::<_, ConsentError>(Durability::Full, |w| w.trim(permit, TOLD, trim))?;
        self.change(|s| s.told = kept(&s.told));
        Ok(())
    }
}

/// What was shown, as far as it may be used.
pub(super) fn told(gate: &Gate, permit: &Permit<Messaging>) -> Result<ToldLog, ProfileError> {
    Ok(known(gate, gate.read(|r| told_log(&r.at(permit)?))?))
}

/// What can be read of it.
pub(super) fn known(gate: &Gate, read: Result<ToldLog, Unread>) -> ToldLog {
    if let Err(Unread::Newer(newer)) = read {
        gate.note_newer(newer);
    }
    read.unwrap_or_default()
}

pub(super) fn told_log(records: &Records<'_>) -> Result<Result<ToldLog, Unread>, ConsentError> {
    match records.get(TOLD, ALL) {
        Err(ConsentError::Vault(VaultError::Damaged { .. })) => Ok(Err(Unread::Damaged)),
        other => Ok(other?.map_or(Ok(ToldLog::default()), |bytes| ToldLog::decode(&bytes))),
    }
}

/// What is not wanted; everything if that cannot be read.
pub(super) fn muted(gate: &Gate) -> Result<Muted, ProfileError> {
    Ok(match stored(gate)? {
        Ok(muted) => muted,
        Err(unread) => {
            if let Unread::Newer(newer) = unread {
                gate.note_newer(newer);
            }
            Muted { unread: true, ..Muted::default() }
        }
    })
}

fn stored(gate: &Gate) -> Result<Result<Muted, Unread>, ConsentError> {
    match gate.read(|r| r.at(&gate.essential())?.get(MUTED, ALL)) {
        Err(ConsentError::Vault(VaultError::Damaged { .. })) => Ok(Err(Unread::Damaged)),
        other => Ok(other?.map_or(Ok(Muted::default()), |bytes| Muted::decode(&bytes))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(id: &str, at_ms: i64) -> Told {
        Told { message_id: id.into(), rule_id: "cart".into(), at_ms, device_ms: at_ms + 5 }
    }

    #[test]
    fn records_read_back() {
        let log = ToldLog(vec![said("a", 1), said("b", 2)]);
        assert_eq!(ToldLog::decode(&log.encode().unwrap()), Ok(log));
        let muted = Muted { snoozed_until_ms: Some(7), rules: ["cart".into()].into(), unread: false };
        assert_eq!(Muted::decode(&muted.encode().unwrap()), Ok(muted.clone()));
        assert_eq!((muted.allows("cart"), muted.allows("other")), (None, Some(7)));
        assert_eq!(Muted { unread: true, ..Muted::default() }.allows("other"), None);
    }

    /// A release that no longer reads these bytes needs another version.
    #[test]
    fn the_first_versions_are_still_read() {
        let told = Told { message_id: "m".into(), rule_id: "r".into(), at_ms: 10, device_ms: 15 };
        let bytes = b"\x01\x01\x01\x01m\x01r\x14\x01\x1e";
        assert_eq!(ToldLog::decode(bytes), Ok(ToldLog(vec![told])));
        let muted = Muted { snoozed_until_ms: Some(7), rules: ["cart".into()].into(), unread: false };
        assert_eq!(Muted::decode(b"\x01\x01\x01\x0e\x01\x04cart"), Ok(muted));
    }

    #[test]
    fn what_is_not_shown_yet_is_replaced_and_what_was_shown_stays() {
        let log = ToldLog::default().with(Some(said("a", 10)), 5).with(Some(said("b", 20)), 5);
        assert_eq!(log.0, [said("b", 20)]);
        let log = log.with(Some(said("c", 40)), 30).with(None, 35);
        assert_eq!(log.0, [said("b", 20)]);
        let many = (0..300).fold(ToldLog::default(), |log, n| log.with(Some(said(&n.to_string(), n)), n));
        assert_eq!((many.0.len(), many.0[0].at_ms), (REMEMBERED, 300 - REMEMBERED as i64));
    }
}
