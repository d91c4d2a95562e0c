//! What the user says about themselves.

use std::sync::Arc;

use crate::api::engine::Engine;
use crate::api::error::Result;
use crate::api::listener::Change;
use crate::base::limits::LOCALE;
use crate::profile::{Preference, PreferenceForm, PreferenceKey};

/// What the user says about themselves: it beats whatever was worked out.
#[derive(uniffi::Object)]
pub struct PreferencesApi {
    engine: Arc<Engine>,
}

impl PreferencesApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[uniffi::export]
impl PreferencesApi {
    /// Everything the user said, oldest first, from memory.
    pub fn all(&self) -> Vec<Preference> {
        self.engine.peek().map(|o| o.profile.preferences()).unwrap_or_default()
    }

    /// A form to fill in, in the language of a locale: one field for each thing that can be said, with
    /// what the catalog offers and what is chosen now. Nothing sensitive is offered.
    pub fn form(&self, locale: String) -> Result<PreferenceForm> {
        LOCALE.text("locale", &locale)?;
        let opened = self.engine.opened()?;
        let catalog = self.engine.catalog_or_empty()?;
        Ok(opened.profile.form(&opened.gate, &catalog, &locale))
    }

    /// Adds one. Fails with ConsentRequired where preferences may not be kept.
    pub fn set(&self, key: PreferenceKey, value: String) -> Result<()> {
        let opened = self.engine.opened()?;
        let permit = opened.gate.permit()?;
        opened.profile.prefer(&opened.gate, &permit, key, &value, self.engine.clock.now_ms())?;
        self.engine.tell(Change::Profile);
        Ok(())
    }

    /// Takes one back.
    pub fn remove(&self, key: PreferenceKey, value: String) -> Result<()> {
        let opened = self.engine.opened()?;
        let permit = opened.gate.permit()?;
        opened.profile.unprefer(&opened.gate, &permit, key, &value)?;
        self.engine.tell(Change::Profile);
        Ok(())
    }
}
