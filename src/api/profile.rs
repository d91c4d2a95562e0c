//! What is known, why it was shown, and how to correct it.

use std::sync::Arc;

use crate::api::engine::Engine;
use crate::api::error::{Result, SottovoceError};
use crate::api::listener::Change;
use crate::base::limits::ID;
use crate::profile::{Correction, CorrectionReport, Permits, ProfileView};
use crate::surfaces::Explanation;

/// What is known about the user, for the user.
#[derive(uniffi::Object)]
pub struct ProfileApi {
    engine: Arc<Engine>,
}

impl ProfileApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[uniffi::export]
impl ProfileApi {
    /// Everything that is believed of the user and what it rests on.
    pub fn view(&self) -> Result<ProfileView> {
        let opened = self.engine.opened()?;
        let (permits, catalog) = (Permits::ask(&opened.gate), self.engine.catalog()?);
        Ok(opened.profile.view(&catalog, permits.uses(), self.engine.clock.now_ms())?)
    }

    /// Why a product is in a list that was shown lately: the parts of its score, what each rests
    /// on, and where the product would stand without it.
    pub fn explain(&self, ranking_id: String, item_id: String) -> Result<Explanation> {
        ID.text("ranking_id", &ranking_id)?;
        ID.text("item_id", &item_id)?;
        self.engine.shown.explain(&ranking_id, &item_id).ok_or_else(|| {
            SottovoceError::argument(
                "ranking_id",
                "no such product in a list shown lately; ask for the list anew",
            )
        })
    }

    /// Puts something right: not me, a present, never again, more or less like this.
    pub fn correct(&self, correction: Correction) -> Result<CorrectionReport> {
        let opened = self.engine.opened()?;
        let catalog = self.engine.catalog()?;
        let (permits, now_ms) = (Permits::ask(&opened.gate), self.engine.clock.now_ms());
        let report = opened.profile.correct(&opened.gate, &permits, &catalog, correction, now_ms)?;
        self.engine.shown.clear();
        self.engine.tell(Change::Profile);
        Ok(report)
    }
}
