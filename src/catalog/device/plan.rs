//! The plan of an installed bundle, read when it is first asked for, and what of it is about an item.

#[cfg(feature = "operator")]
use std::sync::Arc;

#[cfg(feature = "operator")]
use once_cell::sync::OnceCell;

use crate::catalog::format::Column;
use crate::catalog::model::plan::{Measure, Plan, Selection, SizeChart};
use crate::catalog::{Catalog, CatalogError, TagKind};

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

    /// The size chart of an item: the first of the plan that is for it and understood here.
    pub(crate) fn size_chart(&self, ix: u32) -> Option<&SizeChart> {
        let charts = self.plan().size_charts.iter();
        charts.filter(|chart| chart.measure != Measure::Unknown).find(|chart| self.is_about(&chart.about, ix))
    }

    /// Whether a selection selects an item.
    pub(crate) fn is_about(&self, selection: &Selection, ix: u32) -> bool {
        use TagKind as K;
        let lists: [(&Vec<String>, &[K]); 3] = [
            (&selection.brands, &[K::Brand]),
            (&selection.categories, &[K::Category, K::ProductType]),
            (&selection.tags, &[K::Free, K::Material, K::Pattern, K::Gender, K::AgeGroup]),
        ];
        let tags = self.tags(ix);
        let has = |kinds: &[K], name: &String| {
            kinds.iter().filter_map(|kind| self.find_tag(*kind, name)).any(|tag| tags.contains(&tag))
        };
        let of_product = |id: &String| self.product_named(id) == Some(self.product_of(ix));
        selection.items.iter().any(of_product)
            || (selection.has_lists()
                && lists
                    .iter()
                    .all(|(names, kinds)| names.is_empty() || names.iter().any(|name| has(kinds, name))))
    }

    /// Reads the plan.
    pub(crate) fn read_plan(&self) -> Result<Plan, CatalogError> {
        if !self.store.has(Column::PlanBytes) {
            return Ok(Plan::default());
        }
        Plan::read(self.text(Column::PlanBytes, 0))
    }
}
