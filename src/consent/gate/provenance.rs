//! What something was made from, so that a withdrawal reaches it wherever it came from.

use serde::Serialize;

use crate::base::codec::Parts;
use crate::base::sensitive::SensitiveTag;
use crate::consent::purpose::Purpose;

/// Which purposes and sensitive tags fed something.
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

impl FromIterator<Purpose> for Provenance {
    fn from_iter<I: IntoIterator<Item = Purpose>>(purposes: I) -> Self {
        purposes.into_iter().fold(Self::none(), Self::and)
    }
}
