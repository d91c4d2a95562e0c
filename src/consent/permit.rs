//! The proof that consent was checked: code that uses personal data must hold one.

use std::fmt;
use std::marker::PhantomData;

use crate::base::sensitive::SensitiveTag;
use crate::consent::ConsentError;
use crate::consent::purpose::{Purpose, PurposeType};
use crate::consent::state::clock::{ConsentClock, Until};

/// Permission to use data for purpose `P`, as consent stood when it was given.
///
/// Only this room makes permits. A permit dies when anything about consent changes, and when the
/// yes it rests on runs out: it must be asked for anew, and [`check`](Self::check) fails from then
/// on.
pub struct Permit<P: PurposeType> {
    term: Term,
    purpose: PhantomData<P>,
}

impl<P: PurposeType> Permit<P> {
    pub(super) const fn issue(term: Term) -> Self {
        Self { term, purpose: PhantomData }
    }

    /// Whether consent still stands as it did when this permit was given.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] once consent has changed or run out.
    pub fn check(&self) -> Result<(), ConsentError> {
        if self.term.holds() { Ok(()) } else { Err(ConsentError::StalePermit(P::PURPOSE)) }
    }

    /// How often consent had changed when this permit was given. What was read under a permit of
    /// another generation must be read anew.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.term.generation
    }

    /// The purpose, as a value.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        P::PURPOSE
    }
}

impl<P: PurposeType> fmt::Debug for Permit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit<{}>({})", P::PURPOSE.id(), self.term.generation)
    }
}

/// Permission to keep and use data about one sensitive tag, which the user allowed on its own.
///
/// It opens the compartment of that tag and nothing else; nothing that sends, notifies or explains
/// accepts it. It dies like a [`Permit`].
pub struct SensitivePermit {
    term: Term,
    tag: SensitiveTag,
    taxonomy_version: u32,
}

impl SensitivePermit {
    pub(super) const fn issue(term: Term, tag: SensitiveTag, taxonomy_version: u32) -> Self {
        Self { term, tag, taxonomy_version }
    }

    /// Whether consent still stands as it did when this permit was given.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] for history, to which every tag belongs, once consent has
    /// changed or run out.
    pub fn check(&self) -> Result<(), ConsentError> {
        if self.term.holds() { Ok(()) } else { Err(ConsentError::StalePermit(Purpose::History)) }
    }

    /// The tag it is for.
    #[must_use]
    pub const fn tag(&self) -> SensitiveTag {
        self.tag
    }

    /// The taxonomy that the yes was about: items that another one found are not meant.
    #[must_use]
    pub const fn taxonomy_version(&self) -> u32 {
        self.taxonomy_version
    }
}

impl fmt::Debug for SensitivePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SensitivePermit<{}>({})", self.tag.name(), self.term.generation)
    }
}

/// Permission to read data of purpose `P` for the user it is about.
///
/// The right to a copy does not end where the right to use does: data that is sealed because a
/// signal denies its use, or because its terms changed, is still the user's. It reads and never
/// writes, and nothing but an export accepts it.
pub struct AccessPermit<P: PurposeType> {
    permit: Permit<P>,
    tags: Vec<SensitiveTag>,
}

impl<P: PurposeType> AccessPermit<P> {
    pub(super) const fn issue(term: Term, tags: Vec<SensitiveTag>) -> Self {
        Self { permit: Permit::issue(term), tags }
    }

    /// The sensitive tags that are not being taken back.
    pub(super) fn tags(&self) -> impl Iterator<Item = SensitiveTag> {
        self.tags.iter().copied()
    }

    /// Whether consent still stands as it did when this permit was given.
    ///
    /// # Errors
    /// [`ConsentError::StalePermit`] once consent has changed.
    pub fn check(&self) -> Result<(), ConsentError> {
        self.permit.check()
    }
}

/// How long a permit lives.
pub(super) struct Term {
    generation: u64,
    until: Option<Until>,
    now: ConsentClock,
}

impl Term {
    /// From `generation` on, which was read before the decision, until the yes runs out.
    pub(super) fn new(generation: u64, until: Option<Until>, now: &ConsentClock) -> Self {
        Self { generation, until, now: now.clone() }
    }

    fn holds(&self) -> bool {
        self.now.holds(self.generation, self.until)
    }
}
