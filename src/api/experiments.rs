//! Tests of the app that this device takes part in.

use std::sync::Arc;

use crate::api::engine::Engine;
use crate::api::error::{Result, SottovoceError};
use crate::base::limits::ID;
use crate::catalog::ExperimentSpec;
use crate::experiments::{Assignment, Exposure};

/// Tests of the app: which version this device shows is decided on the device.
#[derive(uniffi::Object)]
pub struct ExperimentsApi {
    engine: Arc<Engine>,
}

impl ExperimentsApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }

    fn spec(&self, key: &str) -> Result<ExperimentSpec> {
        ID.text("key", key)?;
        let catalog = self.engine.catalog()?;
        let found = catalog.experiments().iter().find(|e| e.key == key).cloned();
        found.ok_or_else(|| SottovoceError::argument("key", "the catalog declares no such experiment"))
    }
}

#[uniffi::export]
impl ExperimentsApi {
    /// This device's version. Who does not take part gets the control and is not counted.
    pub fn variant(&self, key: String) -> Result<Assignment> {
        let (spec, opened) = (self.spec(&key)?, self.engine.opened()?);
        let Ok(permit) = opened.gate.permit() else { return Ok(Assignment::outside(&spec)) };
        Ok(opened.experiments.variant(&opened.gate, &permit, &*self.engine.random, &spec)?)
    }

    /// Notes that the version is on screen; only who saw it may count for it.
    pub fn expose(&self, key: String) -> Result<bool> {
        let assignment = self.variant(key)?;
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(false) };
        Ok(opened.experiments.expose(&opened.gate, &permit, &assignment)?)
    }

    /// What this device has seen, for the user to look at.
    pub fn exposures(&self) -> Result<Vec<Exposure>> {
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(Vec::new()) };
        Ok(opened.experiments.exposures(&opened.gate, &permit)?)
    }
}
