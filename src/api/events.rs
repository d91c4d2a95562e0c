//! What the user does, as the app reports it.

use std::sync::{Arc, PoisonError};

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, SottovoceError};
use crate::api::listener::Change;
use crate::api::sottovoce::Sottovoce;
use crate::profile::{
    DataQualityReport, DropReason, Event, Permits, ShoppingMode, TrackOutcome, VisitContext,
};

/// What the user does.
#[derive(uniffi::Object)]
pub struct EventsApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// What the user does.
    pub fn events(&self) -> Arc<EventsApi> {
        Arc::new(EventsApi { engine: self.engine.clone() })
    }
}

#[uniffi::export]
impl EventsApi {
    /// Tells the surroundings for this visit, in the place of what was told before; none forgets them. They are kept in memory
    /// only, as long as the visit lasts, and used where the shop's plan names them. Returns whether they are: not without
    /// consent to `session`, nor in private mode. Fails with `Locked` before `unlock`, and with `InvalidArgument`.
    pub fn set_context(&self, context: Option<VisitContext>) -> Result<bool> {
        if let Some((field, detail)) = context.as_ref().and_then(VisitContext::unfit) {
            return Err(SottovoceError::argument(field, detail));
        }
        let opened = self.engine.opened()?;
        let permits = Permits::ask(&opened.gate);
        let now_ms = self.engine.clock.now_ms();
        let used = opened.profile.set_context(&opened.gate, permits.session.as_ref().ok(), context, now_ms);
        // What was shown may rest on others.
        self.engine.shown.clear();
        self.engine.tell(Change::Profile);
        Ok(used)
    }

    /// Number of stored and dropped events since `unlock`, by reason. From memory. Fails with `Locked` before
    /// `unlock`.
    pub fn quality(&self) -> Result<DataQualityReport> {
        Ok(self.engine.opened()?.profile.quality())
    }
}

#[blocking]
impl EventsApi {
    /// Sets how the user is shopping: as usual, for somebody else, or in private. It holds until it is set again, also over
    /// `shutdown` and `unlock`, and ends with the engine: a new engine begins as usual, and `status` says so. Unless it is as
    /// usual, the shelf of the widget is removed: store another one, which is the same for everyone meanwhile, and again when
    /// the user shops as usual. Fails with `Locked` before `unlock`. If the shelf cannot be removed, the mode is set all the
    /// same: call this again.
    pub fn set_mode(&self, mode: ShoppingMode) -> Result<()> {
        let opened = self.engine.opened()?;
        let before = {
            let mut now = self.engine.mode.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *now, mode)
        };
        if before != mode {
            opened.profile.set_mode(mode);
            // What was shown rests on what counts in another mode.
            self.engine.shown.clear();
        }
        let taken_down = if mode == ShoppingMode::Normal { Ok(()) } else { opened.gate.take_down_widget() };
        self.engine.tell(Change::Profile);
        Ok(taken_down?)
    }

    /// Reports an event. The outcome says whether it was stored, kept for this visit or dropped, and why. An event
    /// that may not be stored is never queued. Fails with `NoCatalog` before a catalog is installed, with `Displaced`
    /// once another copy of the folder is in use, or if storage fails.
    pub fn track(&self, event: Event) -> Result<TrackOutcome> {
        let Some(opened) = self.engine.peek() else {
            return Ok(TrackOutcome::dropped(DropReason::Locked));
        };
        if opened.gate.is_displaced() {
            return Err(SottovoceError::Displaced);
        }
        let catalog = self.engine.catalog()?;
        let (permits, now_ms) = (Permits::ask(&opened.gate), self.engine.clock.now_ms());
        let in_use = || self.engine.peek_catalog().unwrap_or(catalog);
        let outcome = opened.profile.track_by(&opened.gate, &permits, in_use, event, now_ms)?;
        if !matches!(outcome, TrackOutcome::Dropped { .. }) {
            self.engine.tell(Change::Profile);
        }
        Ok(outcome)
    }
}
