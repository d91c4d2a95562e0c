//! What the profile believes, for the user to read.

use serde::Serialize;

use crate::base::clock::DAY_MS;
use crate::catalog::{Catalog, TagKind};
use crate::profile::predict::{Stage, stage};
use crate::profile::stated::Preference;
use crate::profile::{Evidence, Permits, Profile, ProfileError, Standing, User};

/// Likings shown of each kind.
const SHOWN: usize = 10;

/// An interest that was inferred from behaviour.
#[derive(Debug, Clone, PartialEq, Serialize, uniffi::Record)]
pub struct Affinity {
    /// Brand, category, colour ….
    pub kind: TagKind,
    /// Its name in the catalog.
    pub name: String,
    /// Strength: 1 for the strongest of all, negative for dislikes.
    pub strength: f64,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
}

/// The usual prices of the user.
#[derive(Debug, Clone, PartialEq, Serialize, uniffi::Record)]
pub struct PriceRange {
    /// Lower end, in whole units of the currency.
    pub low: f64,
    /// The middle.
    pub typical: f64,
    /// Upper end.
    pub high: f64,
    /// Number of user actions it is based on.
    pub evidence_count: u32,
    /// ISO 4217 code of the shop's first currency. Prices in others count as if they were in it.
    #[serde(skip)]
    pub currency: Option<String>,
}

/// Everything that is inferred about the user, and the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, uniffi::Record)]
pub struct ProfileView {
    /// Stated preferences.
    pub stated: Vec<Preference>,
    /// What was inferred from behaviour, strongest first within a kind.
    pub inferred: Vec<Affinity>,
    /// The usual prices, if known.
    pub prices: Option<PriceRange>,
    /// How near the user seems to be to a purchase.
    pub stage: Stage,
    /// Segments of the shop's plan that the user is of, by id. Nobody but the user is told.
    pub segments: Vec<String>,
    /// Events that are stored.
    pub stored_events: u64,
    /// Events of this visit that are in memory only.
    pub session_events: u64,
    /// Time of the oldest event, in milliseconds since 1970.
    pub oldest_event_ms: Option<i64>,
    /// Number of days with an event in the last 30 days.
    pub active_days: u32,
}

impl Profile {
    /// What is inferred about the user, as far as the permits allow it.
    ///
    /// # Errors
    /// A permit is no longer valid.
    pub fn view(
        &self,
        catalog: &Catalog,
        permits: &Permits,
        now_ms: i64,
    ) -> Result<ProfileView, ProfileError> {
        let user = User::known(self, permits);
        let evidence = match user {
            Some(user) => Evidence::gather(user, catalog, now_ms)?,
            None => Evidence::default(),
        };
        let state = self.state();
        let month = state.past.iter().filter(|p| now_ms.saturating_sub(p.event.time_ms) < 30 * DAY_MS);
        let days: std::collections::BTreeSet<i64> =
            month.map(|p| p.event.time_ms.div_euclid(DAY_MS)).collect();
        let stored = state.past.iter().filter(|p| p.record.is_some()).count();
        Ok(ProfileView {
            stated: state.stated.iter().cloned().collect(),
            inferred: affinities(catalog, &evidence),
            prices: prices(catalog, &evidence),
            stage: stage(
                state.past.iter().filter(|past| user.is_some() && evidence.basis.take(past)),
                now_ms,
            ),
            segments: Standing::now(catalog, user, now_ms)?.segments,
            stored_events: stored as u64,
            session_events: (state.past.len() - stored) as u64,
            oldest_event_ms: state.past.first().map(|p| p.event.time_ms),
            active_days: u32::try_from(days.len()).unwrap_or(u32::MAX),
        })
    }
}

impl User<'_> {
    /// What the user likes, as their behaviour tells.
    pub(crate) fn likings(self, catalog: &Catalog, now_ms: i64) -> Result<Vec<Affinity>, ProfileError> {
        Ok(affinities(catalog, &Evidence::gather(self, catalog, now_ms)?))
    }
}

fn affinities(catalog: &Catalog, evidence: &Evidence) -> Vec<Affinity> {
    let all = evidence.derived.likings().filter_map(|(tag, strength, evidence_count)| {
        let tag = catalog.tag(tag)?;
        Some(Affinity {
            kind: tag.kind,
            name: tag.name.to_owned(),
            strength: f64::from(strength),
            evidence_count,
        })
    });
    let mut all: Vec<Affinity> = all.filter(|a| a.strength.abs() > 0.01).collect();
    all.sort_by(|a, b| {
        a.kind.cmp(&b.kind).then(b.strength.total_cmp(&a.strength)).then_with(|| a.name.cmp(&b.name))
    });
    let mut shown: Vec<Affinity> = Vec::new();
    for affinity in all {
        if shown.iter().filter(|a| a.kind == affinity.kind).count() < SHOWN {
            shown.push(affinity);
        }
    }
    shown
}

fn prices(catalog: &Catalog, evidence: &Evidence) -> Option<PriceRange> {
    let (mean, deviation, evidence_count) = evidence.derived.price()?;
    let at = |x: f32| f64::from(x).exp();
    Some(PriceRange {
        low: at(mean - deviation),
        typical: at(mean),
        high: at(mean + deviation),
        evidence_count,
        currency: catalog.currencies().first().cloned(),
    })
}
