//! What an erasure takes, counted for its report.

use crate::base::sensitive::SensitiveTag;
use crate::consent::change::report::ErasureReport;
use crate::consent::gate::provenance::Provenance;
use crate::consent::gate::sensitive;
use crate::consent::ledger::Link;
use crate::consent::purpose::Purpose;
use crate::consent::state::denials::Denials;
use crate::vault::{Compartment, Reader, Table, VaultError};

/// Tables of other rooms have numbers below this one.
const TABLES: u16 = 100;

/// What has to go.
pub(crate) struct Target {
    pub purposes: Vec<Purpose>,
    pub tags: Vec<SensitiveTag>,
}

impl Target {
    pub(crate) fn compartments(&self) -> Vec<Compartment> {
        let purposes = self.purposes.iter().flat_map(|p| p.erased_with()).map(|p| p.compartment());
        // Whatever the answer to a tag has become, what is kept about it goes with the history it is part of.
        let with_history: &[SensitiveTag] =
            if self.purposes.contains(&Purpose::History) { &SensitiveTag::ALL } else { &[] };
        let tags = self.tags.iter().chain(with_history).map(|&tag| sensitive::compartment(tag));
        let mut all: Vec<_> = purposes.chain(tags).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(crate) fn sources(&self) -> Provenance {
        let purposes: Provenance = self.purposes.iter().copied().collect();
        self.tags.iter().fold(purposes, |all, &tag| all.and_tag(tag))
    }

    /// The report, from the records erased by compartment.
    pub(crate) fn report(&self, rows: &[(Compartment, u64)], keys: u32) -> ErasureReport {
        let of = |purposes: &[Purpose]| -> u64 {
            let wanted: Vec<Compartment> = purposes.iter().map(|p| p.compartment()).collect();
            rows.iter().filter(|(c, _)| wanted.contains(c)).map(|(_, n)| n).sum()
        };
        let reports_cancelled = of(&[Purpose::Measurement, Purpose::ModelImprovement]);
        let all: u64 = rows.iter().map(|(_, n)| n).sum();
        ErasureReport {
            purposes: self.purposes.clone(),
            sensitive: self.tags.clone(),
            rows: all.saturating_sub(reports_cancelled),
            keys_destroyed: keys,
            reports_cancelled,
            receipt_id: String::new(),
            complete: true,
        }
    }
}

/// What a change of answers does beside the key.
#[derive(Clone, Copy, Default)]
pub(crate) struct Turnabout {
    /// Denied from now on, whatever disk and key store do.
    pub deny: Denials,
    /// Allowed again, once it is stored.
    pub allow: Denials,
    /// Denials whose data is erased with this change.
    pub finish: Denials,
}

/// An erasure before it is committed.
pub(crate) struct Plan<'a> {
    pub target: &'a Target,
    pub turn: Turnabout,
    pub link: Option<Link>,
    /// Those that have a key.
    pub compartments: Vec<Compartment>,
    /// As far as it can be told beforehand.
    pub report: ErasureReport,
}

impl Plan<'_> {
    pub(crate) fn ends_nothing(&self) -> bool {
        self.compartments.is_empty() && self.turn.deny.is_empty()
    }
}

/// Records by compartment.
type RowCounts = Vec<(Compartment, u64)>;

/// Those of the compartments that have a key, and how many records they hold.
pub(crate) fn count(
    reader: &Reader<'_>,
    compartments: &[Compartment],
) -> Result<(Vec<Compartment>, RowCounts), VaultError> {
    let with_key: Vec<Compartment> = compartments.iter().copied().filter(|c| reader.has(*c)).collect();
    let mut counted = Vec::with_capacity(with_key.len());
    for &compartment in &with_key {
        let mut rows = 0_u64;
        for table in 0..TABLES {
            rows = rows.saturating_add(reader.count(compartment, Table(table))?);
        }
        counted.push((compartment, rows));
    }
    Ok((with_key, counted))
}
