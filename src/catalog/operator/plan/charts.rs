//! What is wrong with a size chart: sizes that overlap, that end before they begin, or that no product comes in.

use std::collections::BTreeSet;

use crate::catalog::model::plan::{ChartSize, Plan, Selection, SizeChart};
use crate::catalog::operator::plan::sense::Fault;
use crate::catalog::{Catalog, TagKind};

/// What does not fit within the charts of a plan.
pub(super) fn faults(plan: &Plan, faults: &mut Vec<Fault>) {
    for (place, chart) in plan.size_charts.iter().enumerate() {
        of_chart(&format!("/size_charts/{place}"), chart, faults);
    }
}

fn of_chart(at: &str, chart: &SizeChart, faults: &mut Vec<Fault>) {
    if chart.about.is_empty() {
        faults.push((format!("{at}/about"), "selects nothing".into()));
    }
    let mut seen = BTreeSet::new();
    for (place, size) in chart.sizes.iter().enumerate() {
        let mut fault =
            |field: &str, fault: String| faults.push((format!("{at}/sizes/{place}/{field}"), fault));
        if !seen.insert(size.size.trim().to_lowercase()) {
            fault("size", format!("`{}` is another size of the chart", size.size));
        }
        if size.from_mm >= size.until_mm {
            fault("until_mm", "is not above `from_mm`".into());
            continue;
        }
        let overlaps = |other: &&ChartSize| other.from_mm < size.until_mm && size.from_mm < other.until_mm;
        if let Some(other) = chart.sizes.iter().take(place).find(overlaps) {
            fault("from_mm", format!("overlaps `{}`: a body would have two sizes", other.size));
        }
    }
}

/// Sizes that none of a chart's products comes in.
pub(super) fn names(plan: &Plan, catalog: &Catalog, faults: &mut Vec<Fault>) {
    for (place, chart) in plan.size_charts.iter().enumerate() {
        let sold = sold(catalog, &chart.about);
        for (at, size) in chart.sizes.iter().enumerate() {
            if !sold.contains(&size.size.trim().to_lowercase()) {
                let fault = format!("none of its products comes in size `{}`", size.size);
                faults.push((format!("/size_charts/{place}/sizes/{at}/size"), fault));
            }
        }
    }
}

/// The sizes of a selection.
fn sold(catalog: &Catalog, about: &Selection) -> BTreeSet<String> {
    let items = (0..catalog.len() as u32).filter(|ix| catalog.is_about(about, *ix));
    let sizes = items.filter_map(|ix| catalog.first_tag(ix, TagKind::Size));
    sizes.map(|tag| tag.name.trim().to_lowercase()).collect()
}
