//! What is wrong with a size chart: sizes that overlap, that end before they begin, or that no product comes in.

use std::collections::BTreeSet;

use crate::catalog::model::plan::{ChartSize, Measure, Plan, SizeChart};
use crate::catalog::operator::plan::Fault;
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
        if size.until_mm <= least_mm(chart.measure) {
            fault("until_mm", format!("{} mm is nobody's: write 240 for 24 cm", size.until_mm));
        }
        let overlaps = |other: &&ChartSize| other.from_mm < size.until_mm && size.from_mm < other.until_mm;
        if let Some(other) = chart.sizes.iter().take(place).find(overlaps) {
            fault("from_mm", format!("overlaps `{}`: a body would have two sizes", other.size));
        }
    }
}

/// A measure in millimetres that every body is above, and that every measure in centimetres is below. Conventions.
const fn least_mm(measure: Measure) -> u32 {
    match measure {
        Measure::FootLength | Measure::Hand => 60,
        Measure::InsideLeg => 120,
        Measure::Neck => 140,
        Measure::Head | Measure::Chest | Measure::Waist | Measure::Hips | Measure::Height => 230,
        Measure::Unknown => 0,
    }
}

/// Charts that never count, as each of their products has an earlier one, and sizes that none of a chart's products comes in.
pub(super) fn names(plan: &Plan, catalog: &Catalog, faults: &mut Vec<Fault>) {
    let mut charted: BTreeSet<u32> = BTreeSet::new();
    for (place, chart) in plan.size_charts.iter().enumerate() {
        let items: Vec<u32> = catalog.selected(&chart.about).collect();
        let never_counts = !items.is_empty() && items.iter().all(|ix| charted.contains(ix));
        let sizes = items.iter().filter_map(|ix| catalog.first_tag(*ix, TagKind::Size));
        let sold: BTreeSet<String> = sizes.map(|tag| tag.name.trim().to_lowercase()).collect();
        charted.extend(items);
        if never_counts {
            let fault = "each of its products has an earlier chart, which is the one that counts";
            faults.push((format!("/size_charts/{place}/about"), fault.into()));
        }
        for (at, size) in chart.sizes.iter().enumerate() {
            if !sold.contains(&size.size.trim().to_lowercase()) {
                let fault = format!("none of its products comes in size `{}`", size.size);
                faults.push((format!("/size_charts/{place}/sizes/{at}/size"), fault));
            }
        }
    }
}
