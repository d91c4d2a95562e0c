//! The user's surroundings, as the app tells them: coarse by type, in memory, for this visit only.

use serde::Serialize;

use crate::base::clock::DAY_MS;
use crate::base::clock::SESSION_GAP_MS;
use crate::catalog::plan::{Audience, is_tier};
use crate::consent::{Gate, Permit, Session, is_region_code};
use crate::profile::event::ShoppingMode;
use crate::profile::worded::worded;
use crate::profile::{Profile, User};

/// The largest offset from UTC on earth, in minutes, to either side.
pub(crate) const MOST_OFFSET: u32 = 14 * 60;

worded! {
    /// The weather in one word, as a plan names it.
    Weather {
        /// Sun.
        Sun = "sun";
        /// Clouds.
        Clouds = "clouds";
        /// Rain.
        Rain = "rain";
        /// Snow.
        Snow = "snow";
        /// Storm.
        Storm = "storm";
        /// Hotter than usual.
        Heat = "heat";
        /// Below freezing.
        Frost = "frost";
    }

    /// The class of a device, as a plan names it.
    DeviceClass {
        /// A phone.
        Phone = "phone";
        /// A tablet.
        Tablet = "tablet";
        /// A computer.
        Desktop = "desktop";
        /// A television.
        Television = "television";
        /// A screen in a shop.
        Kiosk = "kiosk";
    }

    /// What the user shops for, as they said when they were asked and as a plan names it. It is never inferred.
    Celebration {
        /// A birthday.
        Birthday = "birthday";
        /// An anniversary.
        Anniversary = "anniversary";
        /// A wedding.
        Wedding = "wedding";
        /// A birth.
        Birth = "birth";
        /// A new home.
        Housewarming = "housewarming";
        /// A season's feast.
        Holiday = "holiday";
    }
}

/// The user's surroundings. Hand over only what the app knows anyway: nothing is measured here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, uniffi::Record)]
pub struct VisitContext {
    /// Minutes that the user's clock is ahead of UTC, -840 to 840.
    #[uniffi(default = None)]
    pub utc_offset_minutes: Option<i32>,
    /// A country or a subdivision by its ISO 3166 code, such as `DE` or `DE-BY`. Nothing finer is taken.
    #[uniffi(default = None)]
    pub place: Option<String>,
    /// The weather there.
    #[uniffi(default = None)]
    pub weather: Option<Weather>,
    /// The device.
    #[uniffi(default = None)]
    pub device: Option<DeviceClass>,
    /// What the user says they shop for.
    #[uniffi(default = None)]
    pub celebration: Option<Celebration>,
    /// Whether the user is in a shop.
    #[uniffi(default = None)]
    pub in_store: Option<bool>,
    /// The user's tier in the shop's loyalty programme, by the word that the plan has for it, such as `gold`: 1 to 64 letters,
    /// digits, `-` and `_`. Never a number of a card or a member.
    #[uniffi(default = None)]
    pub loyalty_tier: Option<String>,
}

impl VisitContext {
    /// The first field that cannot be meant, and what is wrong with it.
    #[must_use]
    pub fn unfit(&self) -> Option<(&'static str, &'static str)> {
        if self.utc_offset_minutes.is_some_and(|minutes| minutes.unsigned_abs() > MOST_OFFSET) {
            return Some(("utc_offset_minutes", "it must be from -840 to 840"));
        }
        let is_code = |place: &String| !place.trim().is_empty() && is_region_code(place);
        if !self.place.iter().all(is_code) {
            return Some(("place", "it must be a code of ISO 3166 such as DE or US-CA"));
        }
        (!self.loyalty_tier.iter().all(|tier| is_tier(tier)))
            .then_some(("loyalty_tier", "it must be a word of the plan such as gold, with 3 digits at most"))
    }

    /// Whether an audience's surroundings are these.
    pub(crate) fn is_among(&self, audience: &Audience, now_ms: i64) -> bool {
        let Audience { weather, devices, celebrations, places, in_store, hours, .. } = audience;
        let one_of = |words: &[String], word: Option<&str>| {
            words.is_empty() || word.is_some_and(|word| words.iter().any(|of| of == word))
        };
        let place = self.place.as_deref().map(str::trim);
        let country = place.and_then(|place| place.split('-').next());
        one_of(weather, self.weather.map(Weather::word))
            && one_of(devices, self.device.map(DeviceClass::word))
            && one_of(celebrations, self.celebration.map(Celebration::word))
            && (one_of(places, place) || one_of(places, country))
            && in_store.is_none_or(|wanted| self.in_store == Some(wanted))
            && hours.is_none_or(|hours| self.hour(now_ms).is_some_and(|hour| hours.has(hour)))
    }

    fn hour(&self, now_ms: i64) -> Option<u32> {
        let offset_ms = i64::from(self.utc_offset_minutes?) * 60_000;
        u32::try_from(now_ms.saturating_add(offset_ms).rem_euclid(DAY_MS) / 3_600_000).ok()
    }
}

/// The surroundings of a visit, and when they were told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) context: VisitContext,
    time_ms: i64,
    device_ms: i64,
}

impl Surroundings {
    /// Whether they were told within the time that a visit may be quiet for, by the clock and in device time.
    pub(crate) fn hold(&self, now_ms: i64, device_ms: i64) -> bool {
        now_ms.abs_diff(self.time_ms) < SESSION_GAP_MS.unsigned_abs()
            && device_ms.saturating_sub(self.device_ms) < SESSION_GAP_MS
    }
}

impl Profile {
    /// Takes in the surroundings, or forgets them. Tells whether they may be used: not without a permit, nor in private.
    pub fn set_context(
        &self,
        gate: &Gate,
        permit: Option<&Permit<Session>>,
        context: Option<VisitContext>,
        now_ms: i64,
    ) -> bool {
        let device_ms = gate.device_ms();
        self.change(|s| {
            let may = permit.is_some_and(|permit| permit.check().is_ok()) && s.mode != ShoppingMode::Private;
            let told = context.filter(|_| may);
            s.surroundings = told.map(|context| Surroundings { context, time_ms: now_ms, device_ms });
            may
        })
    }

    /// What is known of the surroundings.
    #[must_use]
    pub fn context(&self) -> Option<VisitContext> {
        self.state().surroundings.as_ref().map(|told| told.context.clone())
    }
}

impl User<'_> {
    /// The surroundings, as far as they may be used.
    pub(crate) fn context(self) -> Option<VisitContext> {
        self.permits.session.as_ref().ok()?;
        self.profile.context()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_plan_are_those_of_its_schema() {
        let schema = include_str!("../../docs/merchandising.schema.json");
        let (weather, devices) = (Weather::ALL.map(Weather::word), DeviceClass::ALL.map(DeviceClass::word));
        let celebrations = Celebration::ALL.map(Celebration::word);
        for words in [&weather[..], &devices, &celebrations] {
            let list = format!(
                "{{\"enum\": [{}]}}",
                words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
            );
            assert!(schema.contains(&list), "{list}");
        }
    }

    #[test]
    fn every_list_that_is_set_has_to_fit_and_the_unknown_fits_nothing() {
        let rainy = VisitContext {
            weather: Some(Weather::Rain),
            place: Some("DE-BY".into()),
            ..VisitContext::default()
        };
        let audience = |change: fn(&mut Audience)| {
            let mut audience = Audience::default();
            change(&mut audience);
            audience
        };
        let fits = |change| rainy.is_among(&audience(change), 0);
        assert!(fits(|_| ()));
        assert!(fits(|a| a.weather = vec!["sun".into(), "rain".into()]));
        assert!(fits(|a| a.places = vec!["DE".into()]) && fits(|a| a.places = vec!["DE-BY".into()]));
        assert!(!fits(|a| a.places = vec!["DE-BE".into()]));
        assert!(!fits(|a| (a.weather, a.places) = (vec!["rain".into()], vec!["AT".into()])));
        assert!(!fits(|a| a.in_store = Some(false)) && !fits(|a| a.devices = vec!["phone".into()]));
        assert!(!fits(|a| a.hours = Some(crate::catalog::plan::Hours { from: 0, until: 23 })));
    }

    #[test]
    fn hours_are_the_users_own_and_go_over_midnight() {
        let night = Audience {
            hours: Some(crate::catalog::plan::Hours { from: 22, until: 6 }),
            ..Audience::default()
        };
        let at = |offset, hour: i64| {
            let context = VisitContext { utc_offset_minutes: Some(offset), ..VisitContext::default() };
            context.is_among(&night, hour * 3_600_000)
        };
        assert!(at(0, 23) && at(0, 5) && !at(0, 6) && !at(0, 12));
        assert!(at(600, 13) && !at(600, 23));
    }

    #[test]
    fn what_is_finer_than_a_subdivision_is_no_place() {
        for place in ["Berlin", "52.5,13.4", "", "DE-BY-München", "10115"] {
            assert!(
                VisitContext { place: Some(place.into()), ..VisitContext::default() }.unfit().is_some(),
                "{place}"
            );
        }
    }
}
