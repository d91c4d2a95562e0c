//! The person's own copy of what they were shown, whether or not it may be used at the moment.

use super::{EXPOSURES, Experiments, ExperimentsError, Exposure, decode};
use crate::consent::{AccessPermit, Experiments as ExperimentsPurpose, Gate};

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
        let records = gate.read(|r| r.for_person(permit)?.scan(EXPOSURES).map_err(ExperimentsError::from))?;
        records.iter().map(|r| decode(&r.bytes)).collect()
    }
}
