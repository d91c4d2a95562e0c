//! Derived data: stored with what fed it, so that a withdrawal reaches it wherever it came from.

use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::gate::records::{Records, RecordsMut};
use crate::consent::purpose::Purpose;
use crate::vault::tables::DERIVED;
use crate::vault::{Secret, VaultError, Writer};

const VERSION: u8 = 1;
const HEAD: usize = 5;

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

    pub(crate) fn seal(self, bytes: &[u8]) -> Secret {
        let (p, t) = (self.purposes.to_le_bytes(), self.tags.to_le_bytes());
        Secret::new([&[VERSION][..], &p, &t, bytes].concat())
    }

    pub(crate) fn open(stored: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = stored.split_at_checked(HEAD)?;
        let &[VERSION, p0, p1, t0, t1] = head else {
            return None;
        };
        Some((Self { purposes: u16::from_le_bytes([p0, p1]), tags: u16::from_le_bytes([t0, t1]) }, rest))
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
    /// [`ConsentError::Vault`], or [`ConsentError::Encoding`] for a record of an unknown form.
    pub fn derived(&self, key: &str) -> Result<Option<(Provenance, Secret)>, ConsentError> {
        let Some(stored) = self.get(DERIVED, key)? else {
            return Ok(None);
        };
        let (fed_by, bytes) = Provenance::open(&stored).ok_or(ConsentError::Encoding)?;
        Ok(Some((fed_by, Secret::new(bytes.to_vec()))))
    }
}

impl RecordsMut<'_, '_> {
    /// Sets the derived record under a key. It is erased as soon as anything that fed it is
    /// withdrawn, so `fed_by` must name every source.
    ///
    /// # Errors
    /// [`ConsentError::Vault`].
    pub fn put_derived(&mut self, key: &str, bytes: &[u8], fed_by: Provenance) -> Result<(), ConsentError> {
        self.put(DERIVED, key, &fed_by.seal(bytes))
    }
}

/// Deletes every derived record that was fed by `sources`, in all compartments; tells how many.
pub(crate) fn forget(writer: &mut Writer<'_>, sources: Provenance) -> Result<u64, VaultError> {
    let mut forgotten = 0;
    for compartment in Purpose::ALL.map(Purpose::compartment) {
        let fed: Vec<_> = writer
            .scan(compartment, DERIVED)?
            .into_iter()
            // What cannot be read any more cannot be shown to be unaffected.
            .filter(|r| Provenance::open(&r.bytes).is_none_or(|(by, _)| by.meets(sources)))
            .map(|r| r.id)
            .collect();
        forgotten += writer.delete(compartment, &fed)?;
    }
    Ok(forgotten)
}
