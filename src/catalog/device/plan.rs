//! The plan of an installed bundle, read when it is first asked for.

use crate::catalog::format::Column;
use crate::catalog::model::plan::Plan;
use crate::catalog::{Catalog, CatalogError};

impl Catalog {
    /// The shop's plan; an empty one where the bundle has none.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        // What does not hold together was refused when the bundle was installed.
        self.plan.get_or_init(|| self.read_plan().unwrap_or_default())
    }

    /// Reads the plan.
    pub(crate) fn read_plan(&self) -> Result<Plan, CatalogError> {
        if !self.store.has(Column::PlanBytes) {
            return Ok(Plan::default());
        }
        Plan::read(self.text(Column::PlanBytes, 0))
    }
}
