//! The permits a profile works under: asked for anew with every call, never kept.

use crate::consent::{Decision, Gate, History, Inference, Permit, Preferences, Ranking, Session};
use crate::profile::evidence::Uses;

/// What the gate said about one purpose.
pub type Asked<P> = Result<Permit<P>, Box<Decision>>;

/// What may be done with the profile now, and why the rest may not.
#[derive(Debug)]
pub struct Permits {
    /// To hold this visit's events in memory.
    pub session: Asked<Session>,
    /// To store events.
    pub history: Asked<History>,
    /// To work out what stored events mean.
    pub inference: Asked<Inference>,
    /// To keep what the user says.
    pub preferences: Asked<Preferences>,
    /// To order anything by a user at all.
    pub ranking: Asked<Ranking>,
}

impl Permits {
    /// Asks about all of them.
    #[must_use]
    pub fn ask(gate: &Gate) -> Self {
        Self {
            session: gate.permit(),
            history: gate.permit(),
            inference: gate.permit(),
            preferences: gate.permit(),
            ranking: gate.permit(),
        }
    }

    /// What may go into a list; none when lists may not be ordered by user at all.
    #[must_use]
    pub fn uses(&self) -> Option<Uses<'_>> {
        Some(Uses {
            ranking: self.ranking.as_ref().ok()?,
            session: self.session.as_ref().ok(),
            inference: self.inference.as_ref().ok(),
            stated: self.preferences.as_ref().ok(),
        })
    }
}
