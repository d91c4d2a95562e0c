//! The plan of an installed bundle, read when it is first asked for, and what of it is about an item.

#[cfg(feature = "operator")]
use std::sync::Arc;

#[cfg(feature = "operator")]
use once_cell::sync::OnceCell;

use crate::catalog::format::Column;
use crate::catalog::model::plan::{ChartSize, Measure, Plan, Selection, SizeChart};
use crate::catalog::{Catalog, CatalogError, TagKind};

/// A selection against a catalog.
#[derive(Debug)]
struct Selected {
    /// By their first variants.
    products: Vec<u32>,
    /// The tags of each list, where there are any: an item has one of each.
    lists: Option<Vec<Vec<u32>>>,
}

impl Selected {
    fn of(catalog: &Catalog, selection: &Selection) -> Self {
        use TagKind as K;
        let lists: [(&Vec<String>, &[K]); 3] = [
            (&selection.brands, &[K::Brand]),
            (&selection.categories, &[K::Category, K::ProductType]),
            (&selection.tags, &[K::Free, K::Material, K::Pattern, K::Gender, K::AgeGroup]),
        ];
        let tags = |(names, kinds): (&Vec<String>, &[K])| -> Vec<u32> {
            let named = |name: &String| -> Vec<u32> {
                kinds.iter().filter_map(|kind| catalog.find_tag(*kind, name)).collect()
            };
            names.iter().flat_map(named).collect()
        };
        let lists = selection
            .has_lists()
            .then(|| lists.into_iter().filter(|(names, _)| !names.is_empty()).map(tags).collect());
        Self { products: selection.items.iter().filter_map(|id| catalog.product_named(id)).collect(), lists }
    }

    fn has(&self, catalog: &Catalog, ix: u32) -> bool {
        let tags = catalog.tags(ix);
        self.products.contains(&catalog.product_of(ix))
            || self.lists.as_ref().is_some_and(|lists| {
                lists.iter().all(|list: &Vec<u32>| list.iter().any(|tag| tags.contains(tag)))
            })
    }
}

/// A size chart against a catalog.
#[derive(Debug)]
pub(super) struct Chart {
    /// Its place in the plan.
    place: usize,
    about: Selected,
    /// The tag of each size.
    sizes: Vec<Option<u32>>,
}

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
        self.charts = Arc::default();
        self
    }

    /// The size chart of an item, the first of the plan that is for it and understood here, and the item's size there.
    pub(crate) fn size_chart(&self, ix: u32) -> Option<(&SizeChart, Option<&ChartSize>)> {
        let chart = self.charts().iter().find(|chart| chart.about.has(self, ix))?;
        let of = self.plan().size_charts.get(chart.place)?;
        let tag = self.tags_of_kind(ix, TagKind::Size).next();
        let place = chart.sizes.iter().position(|size| size.is_some() && *size == tag);
        Some((of, place.and_then(|place| of.sizes.get(place))))
    }

    fn charts(&self) -> &[Chart] {
        self.charts.get_or_init(|| {
            let understood = |chart: &(usize, &SizeChart)| chart.1.measure != Measure::Unknown;
            let resolved = |(place, chart): (usize, &SizeChart)| Chart {
                place,
                about: Selected::of(self, &chart.about),
                sizes: chart
                    .sizes
                    .iter()
                    .map(|size| self.find_tag(TagKind::Size, size.size.trim()))
                    .collect(),
            };
            self.plan().size_charts.iter().enumerate().filter(understood).map(resolved).collect()
        })
    }

    /// All items that a selection selects.
    #[cfg(feature = "operator")]
    pub(crate) fn selected(&self, selection: &Selection) -> impl Iterator<Item = u32> {
        let selected = Selected::of(self, selection);
        (0..self.manifest.items).filter(move |ix| selected.has(self, *ix))
    }

    /// Reads the plan.
    pub(crate) fn read_plan(&self) -> Result<Plan, CatalogError> {
        if !self.store.has(Column::PlanBytes) {
            return Ok(Plan::default());
        }
        Plan::read(self.text(Column::PlanBytes, 0))
    }
}
