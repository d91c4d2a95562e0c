//! The permits a profile works under: asked for anew with every call, never kept.

use crate::catalog::Catalog;
use crate::consent::{
    Decision, Gate, History, Inference, Messaging, Offers, Permit, Preferences, Ranking, SensitivePermit,
    Session,
};

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
    /// To choose among the shop's offers.
    pub offers: Asked<Offers>,
    /// To tell the user something unasked.
    pub messaging: Asked<Messaging>,
    /// To keep and use what is about sensitive topics, for each that the user allowed.
    pub sensitive: Vec<SensitivePermit>,
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
            offers: gate.permit(),
            messaging: gate.permit(),
            sensitive: gate.sensitive_permits(),
        }
    }

    /// The permits for the sensitive topics that this catalog means by the same words as the policy.
    pub(crate) fn topics(&self, catalog: &Catalog) -> impl Iterator<Item = &SensitivePermit> {
        let taxonomy_version = catalog.taxonomy().version;
        self.sensitive.iter().filter(move |permit| permit.taxonomy_version() == taxonomy_version)
    }
}
