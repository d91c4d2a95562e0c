//! Who is being served, and what of them may be used.

use crate::consent::{Permit, Purpose, Ranking, SensitivePermit};
use crate::profile::{Intensity, Permits, Profile, ProfileError, Surface};

/// The user of this device, with the permits in force for one call. Where nothing may be ordered by user, there is
/// none: they get what is the same for everyone.
#[derive(Clone, Copy)]
pub struct User<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) permits: &'a Permits,
    ranking: &'a Permit<Ranking>,
    pub(crate) discreet: bool,
    intensity: Intensity,
}

impl<'a> User<'a> {
    /// The user, if anything may be ordered by them.
    #[must_use]
    pub fn known(profile: &'a Profile, permits: &'a Permits) -> Option<Self> {
        Some(Self {
            profile,
            permits,
            ranking: permits.ranking.as_ref().ok()?,
            discreet: false,
            intensity: Intensity::Full,
        })
    }

    /// The same user as far as they let a surface be made for them; none where they do not.
    #[must_use]
    pub fn on(self, surface: Surface) -> Option<Self> {
        let intensity = self.profile.intensity(surface);
        (intensity != Intensity::Off).then_some(Self { intensity, ..self })
    }

    /// How much of what is known may go in.
    pub(crate) const fn intensity(&self) -> Intensity {
        self.intensity
    }

    /// The same user without anything about a sensitive topic: for what leaves the device, and what others look at.
    #[must_use]
    pub const fn discreet(self) -> Self {
        Self { discreet: true, ..self }
    }

    /// The permit to order by this user.
    #[must_use]
    pub const fn ranking(&self) -> &'a Permit<Ranking> {
        self.ranking
    }

    /// The purposes whose data may be in what is made for this user, where it is discreet.
    pub(crate) fn purposes(&self) -> impl Iterator<Item = Purpose> + Clone + use<> {
        let Permits { session, inference, preferences, .. } = self.permits;
        let stored = inference.as_ref().map(|_| [Purpose::History, Purpose::Inference]);
        let session = session.as_ref().map(|_| Purpose::Session);
        let stated = preferences.as_ref().map(|_| Purpose::Preferences);
        let fed = stored.ok().into_iter().flatten().chain(session.ok()).chain(stated.ok());
        fed.chain([Purpose::Ranking])
    }

    /// Whether every permit that was given still holds.
    pub(crate) fn check(&self) -> Result<(), ProfileError> {
        let Permits { session, inference, preferences, sensitive, .. } = self.permits;
        self.ranking.check()?;
        sensitive.iter().try_for_each(SensitivePermit::check)?;
        session.as_ref().map_or(Ok(()), Permit::check)?;
        inference.as_ref().map_or(Ok(()), Permit::check)?;
        Ok(preferences.as_ref().map_or(Ok(()), Permit::check)?)
    }
}
