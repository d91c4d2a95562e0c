//! The user's own copy of what they were shown, whether or not it may be used at the moment.

use crate::consent::{AccessPermit, Experiments as ExperimentsPurpose, Gate};
use crate::experiments::{Experiments, ExperimentsError, Exposure, seen};

impl Experiments {
    /// What this device has seen.
    ///
    /// # Errors
    /// [`ExperimentsError`].
    pub fn own_copy(
        &self,
        gate: &Gate,
        permit: &AccessPermit<ExperimentsPurpose>,
    ) -> Result<Vec<Exposure>, ExperimentsError> {
        gate.read(|r| seen(gate, &r.for_user(permit)?))
    }
}
