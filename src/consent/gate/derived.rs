//! Derived data: stored with what fed it, so that a withdrawal reaches it wherever it came from.

use serde::Serialize;

use crate::base::codec::{Parts, Record, Unread};
use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::gate::records::{Records, RecordsMut};
use crate::consent::purpose::Purpose;
use crate::vault::tables::DERIVED;
use crate::vault::{Secret, VaultError, Writer};

/// Which purposes and sensitive tags fed a derived record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Provenance {
    purposes: u16,
    tags: u16,
}

impl Provenance {
    /// Fed by nothing personal.
    #[must_use]
    pub const fn none() -> Self {
        Self { purposes: 0, tags: 0 }
    }

    /// Also fed by data kept for `purpose`.
    #[must_use]
    pub const fn and(self, purpose: Purpose) -> Self {
        Self { purposes: self.purposes | 1 << (purpose as u16), ..self }
    }

    /// Also fed by data about `tag`.
    #[must_use]
    pub const fn and_tag(self, tag: SensitiveTag) -> Self {
        Self { tags: self.tags | 1 << (tag as u16), ..self }
    }

    /// Also fed by whatever fed the other.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self { purposes: self.purposes | other.purposes, tags: self.tags | other.tags }
    }

    /// The purposes that fed it.
    pub(crate) fn purposes(self) -> impl Iterator<Item = Purpose> {
        Purpose::ALL.into_iter().filter(move |p| self.purposes & 1 << (*p as u16) != 0)
    }

    /// Whether both have a source in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.purposes & other.purposes != 0 || self.tags & other.tags != 0
    }

    pub(crate) fn parts(self) -> impl Serialize {
        (self.purposes, self.tags)
    }

    pub(crate) fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { purposes: parts.next()?, tags: parts.next()? })
    }

    /// Reads it as it was in version 1 of whatever has one.
    pub(crate) fn read_old(body: &mut Parts<'_>) -> Option<Self> {
        let mut bits = || Some(u16::from_le_bytes(body.next()?));
        Some(Self { purposes: bits()?, tags: bits()? })
    }
}

/// A derived record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    pub(crate) fed_by: Provenance,
    bytes: Vec<u8>,
}

impl Record for Derived {
    const WHAT: &'static str = "derived data";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        (self.fed_by.parts(), &self.bytes)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { fed_by: Provenance::read(parts)?, bytes: parts.next()? })
    }

    fn read_old(version: u8, body: &mut Parts<'_>) -> Option<Self> {
        let fed_by = Provenance::read_old(body)?;
        (version == 1).then(|| Self { fed_by, bytes: body.rest().to_vec() })
    }
}

impl FromIterator<Purpose> for Provenance {
    fn from_iter<I: IntoIterator<Item = Purpose>>(purposes: I) -> Self {
        purposes.into_iter().fold(Self::none(), Self::and)
    }
}

impl Records<'_> {
    /// The derived record under a key, with what fed it.
    ///
    /// # Errors
    /// [`ConsentError::Vault`], [`ConsentError::Encoding`] for a record of an unknown form, or
    /// [`ConsentError::Newer`].
    pub fn derived(&self, key: &str) -> Result<Option<(Provenance, Secret)>, ConsentError> {
        let Some(stored) = self.get(DERIVED, key)? else {
            return Ok(None);
        };
        let Derived { fed_by, bytes } = Derived::decode(&stored)?;
        Ok(Some((fed_by, Secret::new(bytes))))
    }
}

impl RecordsMut<'_, '_> {
    /// Sets the derived record under a key. It is erased as soon as anything that fed it is
    /// withdrawn, so `fed_by` must name every source.
    ///
    /// # Errors
    /// [`ConsentError::Vault`], or [`ConsentError::Newer`] for one that is there and must not be overwritten.
    pub fn put_derived(&mut self, key: &str, bytes: &[u8], fed_by: Provenance) -> Result<(), ConsentError> {
        let before = self.get(DERIVED, key)?.map(|stored| Derived::decode(&stored));
        if let Some(Err(Unread::Newer(newer))) = before {
            return Err(newer.into());
        }
        let derived = Derived { fed_by, bytes: bytes.to_vec() };
        self.put(DERIVED, key, &Secret::new(derived.encode()?))
    }
}

/// Deletes every derived record that was fed by `sources`, in all compartments; tells how many.
pub(crate) fn forget(writer: &mut Writer<'_>, sources: Provenance) -> Result<u64, VaultError> {
    let mut forgotten = 0;
    for compartment in Purpose::ALL.map(Purpose::compartment) {
        let fed: Vec<_> = writer
            .scan(compartment, DERIVED)?
            .into_iter()
            // What cannot be read cannot be shown to be unaffected, and can be derived anew: a no comes first.
            .filter(|r| Derived::decode(&r.bytes).map_or(true, |derived| derived.fed_by.meets(sources)))
            .map(|r| r.id)
            .collect();
        forgotten += writer.delete(compartment, &fed)?;
    }
    Ok(forgotten)
}
