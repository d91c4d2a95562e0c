//! How much each part of the app may be made for the user, as they chose. It is a restriction, so it needs no yes to anything
//! and outlives every withdrawal: it lies with what the service cannot do without, until everything is erased.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::base::codec::{Parts, Record, Unread};
use crate::consent::{ConsentError, Gate};
use crate::profile::{Profile, ProfileError};
use crate::vault::tables::INTENSITIES;
use crate::vault::{Durability, VaultError};

/// The one record of [`INTENSITIES`].
const ALL: &str = "all";

/// How much a list is personalized. Numbers are stored: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Intensity {
    /// Not at all: the same for everyone.
    Off = 1,
    /// Half.
    Light = 2,
    /// Everything that is allowed.
    #[default]
    Full = 3,
}

/// A part of the app that is made for the user more or less. Numbers are stored: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Surface {
    /// Pages of the shop's plan: which slots they have, in which order, and what fills them.
    Storefront = 1,
    /// Shelves that start from the user.
    Shelves = 2,
    /// The page of a product: what is similar, what goes with it, which size fits.
    Product = 3,
    /// The cart and the checkout.
    Checkout = 4,
    /// Search.
    Search = 5,
    /// Offers.
    Offers = 6,
    /// The widget.
    Widget = 7,
}

impl Surface {
    /// Every surface, in the order of a form.
    pub const ALL: [Self; 7] = [
        Self::Storefront,
        Self::Shelves,
        Self::Product,
        Self::Checkout,
        Self::Search,
        Self::Offers,
        Self::Widget,
    ];
}

impl Intensity {
    const ALL: [Self; 3] = [Self::Off, Self::Light, Self::Full];
}

/// What the user chose for a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, uniffi::Record)]
pub struct SurfaceIntensity {
    /// The part of the app.
    pub surface: Surface,
    /// How much it may be made for the user.
    #[serde(serialize_with = "word")]
    pub intensity: Intensity,
}

/// The word for it in the user's copy.
fn word<S: Serializer>(intensity: &Intensity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match intensity {
        Intensity::Off => "off",
        Intensity::Light => "light",
        Intensity::Full => "full",
    })
}

/// Everything that the user chose, by the numbers of surfaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Intensities {
    /// Those of surfaces of a later version among them.
    chosen: BTreeMap<u8, u8>,
    /// Whether it could not be read: then nothing is made for the user. A no must not turn into a yes.
    unread: bool,
}

impl Intensities {
    /// What holds for a surface. A number that is not known here is from a later version: it is less than everything.
    pub(crate) fn of(&self, surface: Surface) -> Intensity {
        if self.unread {
            return Intensity::Off;
        }
        let Some(number) = self.chosen.get(&(surface as u8)) else { return Intensity::Full };
        Intensity::ALL.into_iter().find(|known| *known as u8 == *number).unwrap_or(Intensity::Off)
    }

    fn with(&self, surface: Surface, intensity: Intensity) -> Self {
        let mut next = Self { unread: false, ..self.clone() };
        match intensity {
            Intensity::Full => next.chosen.remove(&(surface as u8)),
            other => next.chosen.insert(surface as u8, other as u8),
        };
        next
    }
}

impl Record for Intensities {
    const WHAT: &'static str = "choices of how much is personal";
    const VERSION: u8 = 1;
    const FIRST: u8 = 1;

    fn parts(&self) -> impl Serialize {
        (&self.chosen,)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        Some(Self { chosen: parts.next()?, unread: false })
    }
}

impl Profile {
    /// How much a surface may be made for the user.
    #[must_use]
    pub fn intensity(&self, surface: Surface) -> Intensity {
        self.state().intensities.of(surface)
    }

    /// What the user chose for every surface.
    #[must_use]
    pub fn intensities(&self) -> Vec<SurfaceIntensity> {
        let of = |surface| SurfaceIntensity { surface, intensity: self.intensity(surface) };
        Surface::ALL.into_iter().map(of).collect()
    }

    /// Keeps what the user chose for a surface.
    ///
    /// # Errors
    /// [`ProfileError::Newer`] where a newer version keeps what was chosen; the vault failed.
    pub fn set_intensity(
        &self,
        gate: &Gate,
        surface: Surface,
        intensity: Intensity,
    ) -> Result<(), ProfileError> {
        let _one_at_a_time = self.writing()?;
        let before = match stored(gate)? {
            Ok(chosen) => chosen,
            Err(Unread::Newer(newer)) => return Err(newer.into()),
            // The others stay off until they are chosen anew.
            Err(Unread::Damaged) => all_off(),
        };
        let next = before.with(surface, intensity);
        let bytes = next.encode()?;
        gate.write::<_, ConsentError>(Durability::Full, |w| {
            w.at(&gate.essential())?.put(INTENSITIES, ALL, &bytes)
        })?;
        self.change(|s| s.intensities = next);
        Ok(())
    }
}

fn all_off() -> Intensities {
    Surface::ALL.into_iter().fold(Intensities::default(), |all, surface| all.with(surface, Intensity::Off))
}

/// What is kept; all off if that cannot be read.
pub(super) fn intensities(gate: &Gate) -> Result<Intensities, ProfileError> {
    Ok(match stored(gate)? {
        Ok(chosen) => chosen,
        Err(unread) => {
            if let Unread::Newer(newer) = unread {
                gate.note_newer(newer);
            }
            Intensities { unread: true, ..Intensities::default() }
        }
    })
}

fn stored(gate: &Gate) -> Result<Result<Intensities, Unread>, ConsentError> {
    let stored = match gate.read(|r| r.at(&gate.essential())?.get(INTENSITIES, ALL)) {
        Err(ConsentError::Vault(VaultError::Damaged { .. })) => return Ok(Err(Unread::Damaged)),
        other => other?,
    };
    Ok(stored.map_or(Ok(Intensities::default()), |bytes| Intensities::decode(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codec::Newer;
    use crate::base::numbers;

    #[test]
    fn numbers_stay_what_they_are() {
        let of = |surface: Surface| (format!("{surface:?}").to_lowercase(), surface as u32);
        numbers::hold("surface", Surface::ALL.map(of));
        let of = |intensity: Intensity| (format!("{intensity:?}").to_lowercase(), intensity as u32);
        numbers::hold("intensity", Intensity::ALL.map(of));
    }

    #[test]
    fn what_was_chosen_reads_back_and_what_a_later_version_chose_is_less_and_stays() {
        let chosen = Intensities::default().with(Surface::Search, Intensity::Light);
        let chosen = chosen.with(Surface::Offers, Intensity::Off).with(Surface::Offers, Intensity::Full);
        assert_eq!(Intensities::decode(&chosen.encode().unwrap()), Ok(chosen.clone()));
        assert_eq!(Surface::ALL.map(|s| chosen.of(s)).iter().filter(|i| **i == Intensity::Full).count(), 6);
        assert_eq!(chosen.of(Surface::Search), Intensity::Light);
        let later = Intensities { chosen: [(5, 9), (99, 1)].into(), unread: false };
        assert_eq!(later.of(Surface::Search), Intensity::Off);
        assert_eq!(later.with(Surface::Search, Intensity::Full).chosen, [(99, 1)].into());
    }

    /// A release that no longer reads these bytes needs another version.
    #[test]
    fn the_first_version_of_what_was_chosen_is_still_read() {
        let stored = [1, 1, 2, 1, 2, 5, 1];
        let chosen = Intensities { chosen: [(1, 2), (5, 1)].into(), unread: false };
        assert_eq!(Intensities::decode(&stored), Ok(chosen.clone()));
        assert_eq!(chosen.encode().unwrap(), stored);
    }

    #[test]
    fn what_cannot_be_read_counts_as_off() {
        let unread = Intensities { unread: true, ..Intensities::default() };
        assert!(Surface::ALL.into_iter().all(|surface| unread.of(surface) == Intensity::Off));
        assert!(Surface::ALL.into_iter().all(|surface| all_off().of(surface) == Intensity::Off));
        let newer = Unread::Newer(Newer { what: Intensities::WHAT });
        assert_eq!(Intensities::decode(&[9, 9, 0]), Err(newer));
    }
}
