//! What a newer catalog marks as sensitive: what was kept before about it goes to its topic, or goes.

use std::collections::BTreeMap;
use std::mem;

use serde::Serialize;

use crate::base::codec::{Newer, Parts, Record, Unread};
use crate::base::sensitive::{SensitiveTag, SensitiveTags};
use crate::catalog::Catalog;
use crate::consent::{ConsentError, Gate, Parted, SensitivePermit, Writing};
use crate::profile::event::EventName;
use crate::profile::parts::{Part, Parting, meaning, place};
use crate::profile::record::{Past, Stored, StoredItem};
use crate::profile::{Profile, ProfileError};
use crate::vault::tables::{EVENTS, EXAMINED, TOPIC_EVENTS};
use crate::vault::{Durability, Secret, VaultError};

const CATALOG: &str = "catalog";

/// The hash of the bundle that the history was held against last.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Examined([u8; 32]);

impl Record for Examined {
    const WHAT: &'static str = "examined catalog";
    const VERSION: u8 = 1;
    const FIRST: u8 = 1;

    fn parts(&self) -> impl Serialize {
        self.0
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        parts.next().map(Self)
    }

    fn read_old(_: u8, _: &mut Parts<'_>) -> Option<Self> {
        None
    }
}

/// What looking through the history found.
#[derive(Default)]
struct Found {
    /// Something that is sensitive by now.
    marked: bool,
    /// Something that only a newer version of this library can read.
    newer: bool,
}

impl Profile {
    /// Holds what was kept against a catalog, once for each: what is about an item that is sensitive by now is moved to
    /// the topic, where there is a yes to it, and else deleted. What is interrupted is done with the next call. Tells
    /// whether anything was moved or deleted.
    ///
    /// # Errors
    /// The vault failed, or consent has changed.
    pub fn follow_catalog(&self, gate: &Gate, catalog: &Catalog) -> Result<bool, ProfileError> {
        let _one_at_a_time = self.writing()?;
        if catalog.version() < self.state().examined {
            return Ok(false);
        }
        self.change(|s| s.examined = catalog.version());
        let last = examined(gate)?;
        let Some(permit) = gate.parting(catalog.taxonomy().version) else { return Ok(false) };
        if last.as_ref().is_ok_and(|last| last.as_ref().is_some_and(|last| last.0 == catalog.bundle_hash())) {
            return Ok(false);
        }
        let done = Examined(catalog.bundle_hash()).encode()?;
        let note = |w: &mut Writing<'_, '_>, found: &Found| {
            // What nobody can read yet is looked at again when somebody can.
            if found.newer || last.is_err() {
                return Ok(());
            }
            w.at(&gate.essential())?.put(EXAMINED, CATALOG, &done)
        };
        let found = gate.write(Durability::Normal, |w| {
            let mut found = Found::default();
            w.part(&permit, EVENTS, TOPIC_EVENTS, |bytes| {
                match Stored::decode(bytes) {
                    Ok(event) => found.marked |= apart(catalog, &event, permit.topics()).is_some(),
                    Err(Unread::Newer(_)) => found.newer = true,
                    Err(Unread::Damaged) => {}
                }
                Parted::Stays
            })?;
            if found.marked { Ok(found) } else { note(w, &found).map(|()| found) }
        })?;
        if found.marked {
            gate.write(Durability::Erasing, |w| {
                w.part(&permit, EVENTS, TOPIC_EVENTS, |bytes| parted(catalog, bytes, permit.topics()))?;
                note(w, &found)
            })?;
        }
        let usable = gate.sensitive_permits().iter().map(SensitivePermit::tag).collect();
        Ok(self.part_memory(catalog, permit.topics(), usable) | found.marked)
    }

    /// The same for what is in memory. What is sealed under a topic is known there only while it may be used.
    fn part_memory(&self, catalog: &Catalog, sealed: SensitiveTags, usable: SensitiveTags) -> bool {
        let state = self.state();
        let fate = |past: &Past| {
            let topics = if past.record.is_some() { sealed } else { SensitiveTags::NONE };
            let mut parts = apart(catalog, &past.event, topics).filter(|_| past.topic.is_none())?;
            parts.retain(|(topic, _)| topic.is_none_or(|topic| usable.contains(topic)));
            Some(parts)
        };
        if !state.past.iter().any(|past| fate(past).is_some()) {
            return false;
        }
        drop(state);
        self.change(|s| {
            let past = mem::take(&mut s.past).into_iter().flat_map(|past| match fate(&past) {
                Some(parts) => {
                    parts.into_iter().map(|(topic, event)| Past { event, topic, ..past.clone() }).collect()
                }
                None => vec![past],
            });
            s.past = past.collect();
            s.generation += 1;
        });
        self.forget_derived();
        true
    }
}

/// The catalog that was examined last; an error where a newer version of this library keeps that.
fn examined(gate: &Gate) -> Result<Result<Option<Examined>, Newer>, ConsentError> {
    let stored = match gate.read(|r| r.at(&gate.essential())?.get(EXAMINED, CATALOG)) {
        Err(ConsentError::Vault(VaultError::Damaged { .. })) => None,
        other => other?,
    };
    Ok(match stored.map(|bytes| Examined::decode(&bytes)) {
        Some(Ok(last)) => Ok(Some(last)),
        Some(Err(Unread::Newer(newer))) => {
            gate.note_newer(newer);
            Err(newer)
        }
        Some(Err(Unread::Damaged)) | None => Ok(None),
    })
}

/// What becomes of a record of the history. What cannot be read stays.
fn parted(catalog: &Catalog, bytes: &[u8], topics: SensitiveTags) -> Parted {
    let Some(parts) = Stored::decode(bytes).ok().and_then(|event| apart(catalog, &event, topics)) else {
        return Parted::Stays;
    };
    let (mut left, mut moved) = (None, Vec::new());
    for (topic, part) in parts {
        let Ok(bytes) = part.encode().map(Secret::new) else { continue };
        match topic {
            None => left = Some(bytes),
            Some(tag) => moved.push((tag, bytes)),
        }
    }
    Parted::Apart { left, moved }
}

/// The parts of an event of the history, of which `topics` may be kept; none where nothing of it is sensitive. Items that
/// the catalog does not have any more stay: they were known when they were kept.
fn apart(catalog: &Catalog, event: &Stored, topics: SensitiveTags) -> Option<Vec<Part>> {
    let tags =
        |item: &StoredItem| catalog.named(&item.id).map(|of| catalog.sensitive_of(of)).unwrap_or_default();
    let meant = event.search_term.as_ref().and_then(|term| meaning(catalog, term)).unwrap_or_default();
    if meant.is_empty() && event.items.iter().all(|item| tags(item).is_empty()) {
        return None;
    }
    let mut parts: BTreeMap<Option<SensitiveTag>, Vec<StoredItem>> = BTreeMap::new();
    let mut is_whole = true;
    for item in &event.items {
        match place(tags(item), topics) {
            Some(topic) => parts.entry(topic).or_default().push(item.clone()),
            None => is_whole = false,
        }
    }
    let term = place(meant, topics);
    match term {
        Some(topic) if event.name() == EventName::Search => drop(parts.entry(topic).or_default()),
        None if event.name() == EventName::Search => {}
        _ if event.items.is_empty() => drop(parts.entry(None).or_default()),
        _ => {}
    }
    Some(event.clone().parted(Parting { parts, term, is_whole }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A release that no longer reads these bytes needs another version.
    #[test]
    fn the_first_version_of_the_examined_catalog_is_still_read() {
        let stored = [&[1, 1][..], &[7; 32]].concat();
        assert_eq!(Examined::decode(&stored), Ok(Examined([7; 32])));
        assert_eq!(Examined([7; 32]).encode().unwrap(), stored);
    }
}
