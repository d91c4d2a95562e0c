//! What to erase, and what an erasure did.

use serde::{Deserialize, Serialize};

use crate::base::codec::{Parts, Record, Unread};
use crate::base::sensitive::SensitiveTag;
use crate::consent::purpose::Purpose;
use crate::consent::stored::{CONSENT, LATEST};
use crate::vault::tables::ERASURES;
use crate::vault::{Reader, VaultError, Writer};

/// What an erasure did. If it is complete, the data can no longer be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct ErasureReport {
    /// The purposes whose data was erased.
    pub purposes: Vec<Purpose>,
    /// The sensitive topics whose data was erased.
    pub sensitive: Vec<SensitiveTag>,
    /// Records that were erased, besides reports.
    pub rows: u64,
    /// Data keys that were destroyed; what they sealed cannot be read from any copy.
    pub keys_destroyed: u32,
    /// Waiting reports that were destroyed.
    pub reports_cancelled: u64,
    /// The receipt; empty if not even a trace of the withdrawal is kept.
    pub receipt_id: String,
    /// Whether all of it is done. If not, what was denied is permanently denied and not used any more, but the disk
    /// or the key store did not allow the whole erasure: the next opening and maintenance continue it.
    #[serde(skip, default = "yes")]
    pub complete: bool,
}

const fn yes() -> bool {
    true
}

impl Default for ErasureReport {
    fn default() -> Self {
        Self {
            purposes: Vec::new(),
            sensitive: Vec::new(),
            rows: 0,
            keys_destroyed: 0,
            reports_cancelled: 0,
            receipt_id: String::new(),
            complete: true,
        }
    }
}

impl ErasureReport {
    /// Both in one; the receipt is the later one's.
    pub(crate) fn and(mut self, later: Self) -> Self {
        self.purposes.extend(later.purposes);
        self.sensitive.extend(later.sensitive);
        self.rows = self.rows.saturating_add(later.rows);
        self.keys_destroyed = self.keys_destroyed.saturating_add(later.keys_destroyed);
        self.reports_cancelled = self.reports_cancelled.saturating_add(later.reports_cancelled);
        self.receipt_id = later.receipt_id;
        self.complete &= later.complete;
        self
    }
}

/// What to erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EraseScope {
    /// All data and all answers. A receipt without content remains, which a second call removes.
    Everything,
    /// The data of one purpose and what was derived from it. The answer stays.
    DataOf {
        /// The purpose.
        purpose: Purpose,
    },
    /// The data about one sensitive topic and what was derived from it. The answer stays.
    DataAbout {
        /// The topic.
        tag: SensitiveTag,
    },
}

/// The report in one part. What was derived was counted on its own when there were records of it.
impl Record for ErasureReport {
    const WHAT: &'static str = "report of an erasure";
    const VERSION: u8 = 2;
    const FIRST: u8 = 2;

    fn parts(&self) -> impl Serialize {
        let Self { purposes, sensitive, rows, keys_destroyed, reports_cancelled, receipt_id, complete: _ } =
            self;
        (purposes, sensitive, rows, 0_u64, keys_destroyed, reports_cancelled, receipt_id)
    }

    fn read(parts: &mut Parts<'_>) -> Option<Self> {
        let (purposes, sensitive, rows, derived, keys_destroyed, reports_cancelled, receipt_id) =
            parts.next()?;
        let rows = u64::saturating_add(rows, derived);
        Some(Self {
            purposes,
            sensitive,
            rows,
            keys_destroyed,
            reports_cancelled,
            receipt_id,
            complete: true,
        })
    }
}

/// Notes what an erasure did until it is complete. The note of a newer version stays: this erasure is not told again.
pub(crate) fn put_pending(writer: &mut Writer<'_>, report: &ErasureReport) -> Result<(), VaultError> {
    if matches!(noted(writer), Some(Err(Unread::Newer(_)))) {
        return Ok(());
    }
    let bytes = report.encode().map_err(|_| VaultError::Damaged { what: "erasure report" })?;
    writer.put(CONSENT, ERASURES, LATEST, &bytes).map(drop)
}

pub(crate) fn noted(reader: &Reader<'_>) -> Option<Result<ErasureReport, Unread>> {
    match reader.get(CONSENT, ERASURES, LATEST) {
        Ok(stored) => Some(ErasureReport::decode(&stored?)),
        Err(_) => None,
    }
}

pub(crate) fn remove_noted(writer: &mut Writer<'_>) -> Result<(), VaultError> {
    match noted(writer) {
        Some(Err(Unread::Newer(_))) => Ok(()),
        _ => writer.remove(CONSENT, ERASURES, LATEST).map(drop),
    }
}
