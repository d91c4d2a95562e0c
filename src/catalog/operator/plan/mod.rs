//! The plan as the merchant writes it: `merchandising.toml`, examined against its published schema and against itself, every
//! fault with its line and field.

mod charts;
mod names;
mod read;
mod sense;
mod summary;

use std::fmt;

use crate::catalog::{Catalog, Plan};
use read::Source;

/// One thing that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFault {
    /// The line, from 1.
    pub line: usize,
    /// Where, such as `rules[2].what.brands[0]`; empty for the file as a whole.
    pub field: String,
    /// What is wrong.
    pub fault: String,
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.field.is_empty() { "" } else { ": " };
        write!(f, "line {}: {}{colon}{}", self.line, self.field, self.fault)
    }
}

/// What is wrong, and at which JSON pointer.
type Fault = (String, String);

/// A plan without a fault.
#[derive(Debug, Clone)]
pub struct WrittenPlan {
    /// The plan.
    pub plan: Plan,
}

impl WrittenPlan {
    /// Reads `merchandising.toml`.
    ///
    /// # Errors
    /// Every fault, in order of the lines.
    pub fn parse(toml: &str) -> Result<Self, Vec<PlanFault>> {
        Self::examined(toml, None)
    }

    /// Reads the plan of a shop with this catalog. It names nothing that is not there, and pins no product about a sensitive topic.
    ///
    /// # Errors
    /// Every fault, in order of the lines.
    pub fn parse_for(toml: &str, catalog: &Catalog) -> Result<Self, Vec<PlanFault>> {
        Self::examined(toml, Some(catalog))
    }

    fn examined(toml: &str, catalog: Option<&Catalog>) -> Result<Self, Vec<PlanFault>> {
        let (source, json) = Source::parse(toml)?;
        let (plan, mut faults) = read::plan(json);
        if let Some(plan) = &plan {
            let mut others = sense::faults(plan);
            if let Some(catalog) = catalog {
                names::faults(plan, catalog, &mut others);
            }
            // What was refused was read as if it were not there, and nothing around it can be judged.
            others.retain(|(at, _)| !faults.iter().any(|(refused, _)| are_nested(at, refused)));
            faults.extend(others);
        }
        let mut told: Vec<PlanFault> =
            faults.into_iter().map(|(at, fault)| source.fault(&at, fault)).collect();
        told.sort_by_key(|fault| fault.line);
        match plan {
            Some(plan) if told.is_empty() => Ok(Self { plan }),
            _ => Err(told),
        }
    }

    /// What it says, for a colleague to read.
    #[must_use]
    pub fn summary(&self) -> String {
        summary::of(&self.plan)
    }
}

/// Whether one JSON pointer is within the other.
fn are_nested(a: &str, b: &str) -> bool {
    let within =
        |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    within(a, b) || within(b, a)
}
