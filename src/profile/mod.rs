//! The profile: what the app reported and the user said, and what both mean.
//!
//! Events are checked, sealed under the purpose `history` (or held in memory under `session`) and
//! turned into likings in memory; reads never touch the disk and never wait for a writer's disk.
//! Ranking sees nothing of it but [`Evidence`], which is gathered under permits.
//!
//! [`Evidence`]: crate::profile::Evidence

mod advice;
mod charts;
mod concerns;
mod context;
mod correction;
mod deeds;
mod derived;
mod error;
mod event;
mod evidence;
mod export;
mod fit;
mod form;
/// Entry points for fuzzing.
#[cfg(any(test, feature = "operator"))]
#[doc(hidden)]
pub mod fuzzing;
mod intensity;
mod interaction;
mod marked;
mod messages;
mod observed;
mod occasions;
mod orders;
mod parts;
mod permits;
mod predict;
mod quality;
mod record;
mod remembered;
mod returns;
mod segments;
mod sizes;
mod spending;
mod state;
mod stated;
mod store;
#[cfg(test)]
mod tests;
mod topics;
mod track;
mod undone;
mod user;
mod view;
mod worded;
mod words;
mod worn;
mod wrapping;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use advice::{Confidence, SizeReason};
pub(crate) use concerns::Concern;
pub use concerns::{ConcernReason, ReviewAspect};
pub(crate) use context::MOST_OFFSET;
pub use context::{Celebration, DeviceClass, VisitContext, Weather};
pub use correction::{Correction, CorrectionReport};
pub use error::ProfileError;
pub use event::{
    DropReason, Event, EventItem, EventName, ReturnReason, ShoppingMode, TrackOutcome, TrackWarning,
};
pub use evidence::Evidence;
pub use export::{OwnCopy, OwnEvent, OwnItem};
pub use form::{FieldKind, PreferenceField, PreferenceForm, PreferenceOption, SurfaceField};
pub use intensity::{Intensity, Surface, SurfaceIntensity};
pub use messages::{MessageChoices, Told};
pub(crate) use occasions::{HOUR_MS, Occasions, Open};
pub use permits::{Asked, Permits};
pub use predict::{Prediction, Predictions, Replenishment, Stage, predictions};
pub use quality::DataQualityReport;
pub use remembered::{CheckoutHints, DeliveryKind, PaymentKind, checkout_hints};
pub(crate) use segments::Standing;
pub use segments::{SegmentMembership, segments};
pub use spending::{ValueBand, ValuePrediction};
pub use stated::{Preference, PreferenceKey};
pub use user::User;
pub use view::{Affinity, PriceRange, ProfileView};

use crate::base::turn::{Taken, Turn};
use crate::catalog::Catalog;
use crate::consent::{ConsentError, Gate};
use crate::vault::VaultError;
pub(crate) use deeds::{Deed, Deeds};
use derived::Derived;
pub(crate) use derived::{Fading, Use};
pub(crate) use evidence::Recent;
use interaction::InteractionWeights;
pub(crate) use observed::Observed;
pub(crate) use sizes::{Scale as SizeScale, measure as size_measure};
use state::Basis;
pub(crate) use state::State;
pub(crate) use worn::SizeEvidence;

/// Everything known about the user of this device. All methods take `&self`.
#[derive(Debug, Default)]
pub struct Profile {
    state: RwLock<Arc<State>>,
    derived: Mutex<Option<Cached>>,
    /// As consent counts them.
    visits_ended: AtomicU64,
    /// One change at a time, from the check to the commit and the new state.
    writing: Turn<()>,
}

/// What was derived last, and from what.
#[derive(Debug)]
struct Cached {
    catalog: [u8; 32],
    basis: Basis,
    generation: u64,
    /// Events of the state it has taken in.
    taken: usize,
    derived: Arc<Derived>,
}

impl Profile {
    /// The state as it is now.
    pub(crate) fn state(&self) -> Arc<State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the state in memory. Copies it only if somebody is reading the old one.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut state))
    }

    fn writing(&self) -> Result<Taken<'_, ()>, ProfileError> {
        Ok(self.writing.take().map_err(VaultError::from).map_err(ConsentError::from)?)
    }

    /// Ends a visit in which nothing happened for long enough: what belongs to it alone is gone for whoever reads next. Waits
    /// for nobody. Tells whether one ended.
    pub(crate) fn end_visit(&self, gate: &Gate, now_ms: i64) -> bool {
        // Every read comes by here. Most find nothing to change, and wait for no other then.
        let state = self.state();
        if !state.visiting && state.surroundings.is_none() {
            return false;
        }
        let device_ms = gate.device_ms();
        if !state.is_left(now_ms, device_ms) {
            return false;
        }
        drop(state);
        let ended = self.change(|s| s.leave(now_ms, device_ms));
        if ended {
            self.forget_derived();
        }
        ended
    }

    /// Forgets everything in memory: the engine was closed.
    pub fn wipe(&self) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
        self.forget_derived();
    }

    fn forget_derived(&self) {
        *self.derived.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What the allowed events mean. Kept for the next call; new events are added to it.
    fn derived(&self, state: &State, catalog: &Catalog, basis: Basis) -> Arc<Derived> {
        let mut cached = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = catalog.hash();
        let fits = |c: &Cached| {
            c.catalog == hash
                && c.basis == basis
                && c.generation == state.generation
                && c.taken <= state.past.len()
        };
        let (mut derived, taken) = match cached.take().filter(fits) {
            Some(c) => (c.derived, c.taken),
            None => (Arc::default(), 0),
        };
        let mut fresh = state.past.iter().skip(taken).filter(|p| basis.take(p)).peekable();
        if fresh.peek().is_some() {
            let sums = Arc::make_mut(&mut derived);
            for past in fresh {
                sums.add(catalog, &InteractionWeights::default(), past, basis.topics);
            }
        }
        *cached = Some(Cached {
            catalog: hash,
            basis,
            generation: state.generation,
            taken: state.past.len(),
            derived: derived.clone(),
        });
        derived
    }
}
