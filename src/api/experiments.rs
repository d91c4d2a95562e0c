//! Tests of the app that this device takes part in.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::api::engine::Engine;
use crate::api::error::{Result, SottovoceError};
use crate::api::sottovoce::Sottovoce;
use crate::base::limits::ID;
use crate::catalog::ExperimentSpec;
use crate::experiments::{Assignment, Exposure};

/// Experiments: the device itself decides which variant it shows. Calls fail with `Locked` before `unlock`, and with
/// `InvalidArgument` for a key that the catalog does not have.
#[derive(uniffi::Object)]
pub struct ExperimentsApi {
    engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// Experiments in which this device takes part.
    pub fn experiments(&self) -> Arc<ExperimentsApi> {
        Arc::new(ExperimentsApi { engine: self.engine.clone() })
    }
}

impl ExperimentsApi {
    fn spec(&self, key: &str) -> Result<ExperimentSpec> {
        ID.text("key", key)?;
        let catalog = self.engine.catalog()?;
        let found = catalog.experiments().iter().find(|e| e.key == key).cloned();
        found.ok_or_else(|| SottovoceError::argument("key", "the catalog declares no such experiment"))
    }
}

#[blocking]
impl ExperimentsApi {
    /// This device's variant. A device that does not take part gets the control and is not counted.
    pub fn variant(&self, key: String) -> Result<Assignment> {
        let (spec, opened) = (self.spec(&key)?, self.engine.opened()?);
        let Ok(permit) = opened.gate.permit() else { return Ok(Assignment::outside(&spec)) };
        Ok(opened.experiments.variant(&opened.gate, &permit, &*self.engine.random, &spec)?)
    }

    /// Records that the variant is on screen. Only devices that showed a variant count for it. Returns whether this
    /// was the first time.
    pub fn expose(&self, key: String) -> Result<bool> {
        let assignment = self.variant(key)?;
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(false) };
        Ok(opened.experiments.expose(&opened.gate, &permit, &assignment)?)
    }

    /// The variants that this device has shown, for the user to read.
    pub fn exposures(&self) -> Result<Vec<Exposure>> {
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(Vec::new()) };
        Ok(opened.experiments.exposures(&opened.gate, &permit)?)
    }
}
