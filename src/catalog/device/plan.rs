//! The plan of an installed bundle, read when it is first asked for.

#[cfg(feature = "operator")]
use std::sync::Arc;

#[cfg(feature = "operator")]
use once_cell::sync::OnceCell;

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

    /// The same catalog with a plan that is not signed yet, to look at what it would show.
    #[cfg(feature = "operator")]
    #[must_use]
    pub fn with_plan(mut self, plan: Plan) -> Self {
        self.plan = Arc::new(OnceCell::with_value(plan));
        self
    }

    /// Reads the plan.
    pub(crate) fn read_plan(&self) -> Result<Plan, CatalogError> {
        if !self.store.has(Column::PlanBytes) {
            return Ok(Plan::default());
        }
        Plan::read(self.text(Column::PlanBytes, 0))
    }
}
