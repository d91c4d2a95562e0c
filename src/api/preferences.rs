//! What the user says about themselves.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, check_locale};
use crate::api::listener::Change;
use crate::api::sottovoce::Sottovoce;
use crate::profile::{Intensity, Permits, Preference, PreferenceForm, PreferenceKey, Surface};

/// What users say they like. It has priority over everything that is inferred.
#[derive(uniffi::Object)]
pub struct PreferencesApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// What users say they like.
    pub fn preferences(&self) -> Arc<PreferencesApi> {
        Arc::new(PreferencesApi { engine: self.engine.clone() })
    }
}

#[uniffi::export]
impl PreferencesApi {
    /// All stated preferences, oldest first, from memory. Fails with `Locked` before `unlock`.
    pub fn all(&self) -> Result<Vec<Preference>> {
        Ok(self.engine.opened()?.profile.preferences())
    }

    /// How much a surface may be made for the user, as they chose: `Full` if they did not. From memory. Fails with `Locked`
    /// before `unlock`.
    pub fn intensity(&self, surface: Surface) -> Result<Intensity> {
        Ok(self.engine.opened()?.profile.intensity(surface))
    }

    /// A preference form in the language of a locale: one field for each kind of preference, with the values of the
    /// catalog and the chosen ones. It offers nothing sensitive. Fails with `Locked` before `unlock`.
    pub fn form(&self, locale: String) -> Result<PreferenceForm> {
        check_locale(&locale)?;
        let opened = self.engine.opened()?;
        let catalog = self.engine.catalog_or_empty()?;
        Ok(opened.profile.form(&opened.gate, &catalog, &locale))
    }
}

#[blocking]
impl PreferencesApi {
    /// Adds a preference. Fails with `ConsentRequired` if preferences may not be stored, and with `InvalidArgument`
    /// for an empty or too long value, or if the user likes by it what is about a sensitive topic that they have not
    /// allowed. A refusal ("never", "less like this") is always possible.
    pub fn set(&self, key: PreferenceKey, value: String) -> Result<()> {
        let opened = self.engine.opened()?;
        let permit = opened.gate.permit()?;
        let catalog = self.engine.catalog_or_empty()?;
        opened.profile.may_say(&Permits::ask(&opened.gate), &catalog, key, &value)?;
        opened.profile.prefer(&opened.gate, &permit, key, &value, self.engine.clock.now_ms())?;
        self.engine.tell(Change::Profile);
        Ok(())
    }

    /// Keeps how much a surface may be made for the user. `Off` gives the answer of an empty profile there, `Light` half of the
    /// usual say to what is known, where that says more than yes or no. It needs no consent and outlives every withdrawal;
    /// erasing everything ends it.
    pub fn set_intensity(&self, surface: Surface, intensity: Intensity) -> Result<()> {
        let opened = self.engine.opened()?;
        opened.profile.set_intensity(&opened.gate, surface, intensity)?;
        if surface == Surface::Widget {
            opened.gate.remove_widget()?;
        }
        self.engine.shown.clear();
        self.engine.tell(Change::Profile);
        Ok(())
    }

    /// Removes a preference. It cannot be read from any file afterwards.
    pub fn remove(&self, key: PreferenceKey, value: String) -> Result<()> {
        let opened = self.engine.opened()?;
        let permit = opened.gate.permit()?;
        opened.profile.unprefer(&opened.gate, &permit, key, &value)?;
        self.engine.tell(Change::Profile);
        Ok(())
    }
}
