//! Who is being served, and what of them may be used.

use crate::catalog::Catalog;
use crate::consent::{Gate, Inference, Permit, Preferences, Ranking, Session};
use crate::profile::{Evidence, Profile, ProfileError, ProfileView, Uses};

/// The person a surface serves. Everything is asked anew for each list.
#[derive(Clone, Copy)]
pub struct Visitor<'a> {
    /// What may be done.
    pub gate: &'a Gate,
    /// What is known.
    pub profile: &'a Profile,
}

/// The permits in force for one list.
pub(super) struct Permits {
    pub ranking: Permit<Ranking>,
    session: Option<Permit<Session>>,
    inference: Option<Permit<Inference>>,
    stated: Option<Permit<Preferences>>,
}

impl Permits {
    pub(super) fn uses(&self) -> Uses<'_> {
        Uses {
            ranking: &self.ranking,
            session: self.session.as_ref(),
            inference: self.inference.as_ref(),
            stated: self.stated.as_ref(),
        }
    }
}

impl Visitor<'_> {
    /// The permits in force; none when lists may not be ordered by person at all.
    pub(super) fn permits(&self) -> Option<Permits> {
        Some(Permits {
            ranking: self.gate.permit().ok()?,
            session: self.gate.permit().ok(),
            inference: self.gate.permit().ok(),
            stated: self.gate.permit().ok(),
        })
    }

    pub(super) fn evidence(
        &self,
        catalog: &Catalog,
        permits: &Permits,
        now_ms: i64,
    ) -> Result<Evidence, ProfileError> {
        Evidence::gather(self.profile, catalog, permits.uses(), now_ms)
    }

    /// What is known of the person, for the person. What may not be worked out is left out.
    ///
    /// # Errors
    /// [`ProfileError`] when consent changes meanwhile.
    pub fn view(&self, catalog: &Catalog, now_ms: i64) -> Result<ProfileView, ProfileError> {
        let permits = self.permits();
        self.profile.view(catalog, permits.as_ref().map(Permits::uses), now_ms)
    }
}
