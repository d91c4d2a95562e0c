//! The plan as the merchant writes it: `merchandising.toml`, examined against its published schema and against itself, every
//! fault with its line and field.

mod charts;
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

/// A plan without a fault of its own, and where each of its fields stands.
#[derive(Debug, Clone)]
pub struct WrittenPlan {
    /// The plan.
    pub plan: Plan,
    source: Source,
}

impl WrittenPlan {
    /// Reads `merchandising.toml`.
    ///
    /// # Errors
    /// Every fault, in order of the lines.
    pub fn parse(toml: &str) -> Result<Self, Vec<PlanFault>> {
        let (source, json) = Source::parse(toml)?;
        let plan = source.plan(json)?;
        let faults = sense::faults(&plan, &source);
        if faults.is_empty() { Ok(Self { plan, source }) } else { Err(faults) }
    }

    /// Names that the catalog does not have, and pinned products about a sensitive topic: a plan names nothing that is not there.
    #[must_use]
    pub fn faults_against(&self, catalog: &Catalog) -> Vec<PlanFault> {
        sense::names(&self.plan, &self.source, catalog)
    }

    /// What it says, for a colleague to read.
    #[must_use]
    pub fn summary(&self) -> String {
        summary::of(&self.plan)
    }
}
