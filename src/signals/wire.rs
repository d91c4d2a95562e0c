//! The bytes of a report. All reports have the same length, whatever they answer.
//!
//! ```text
//! version u8 = 2 | first 8 bytes of the task set's hash | task u8 | first day of the window u32 |
//! random report id, 16 bytes | bit set, one bit per bucket, lowest bit first, then zeros: 32 bytes
//! ```
//! Integers are big-endian. In version 1 nothing followed the bit set, so that the length told of the task.
//! Sealed to the collector, a report lies in an envelope:
//!
//! ```text
//! version u8 = 3 | id of the collector's key u8 | encapsulated key, 32 bytes | sealed report of version 2, 78 bytes
//! ```

use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::mechanism::Mechanism;
use crate::signals::task::MAX_TASK_BUCKETS;

const UNPADDED: u8 = 1;
const VERSION: u8 = 2;
pub(crate) const SEALED: u8 = 3;
/// Bytes before the bit set.
pub const HEADER_BYTES: usize = 30;
/// Bytes of the bit set.
const BITS_BYTES: usize = MAX_TASK_BUCKETS / 8;
/// Bytes of a report.
pub const REPORT_BYTES: usize = HEADER_BYTES + BITS_BYTES;
/// Bytes of a report that is sealed to the collector.
pub const SEALED_REPORT_BYTES: usize = 2 + 32 + REPORT_BYTES + 16;

/// Bytes that are no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Too short or too long.
    #[error("a report does not have this length")]
    Length,
    /// Made for another version of the format.
    #[error("a report has version {0}, this version reads versions 1 to 3")]
    Version(u8),
    /// Sealed to a key that the collector does not have, or changed since.
    #[error("the report cannot be opened with the collector's keys")]
    Sealed,
    /// The bit set is not one that the task can produce.
    #[error("the report names a set of buckets that its task never sends")]
    Buckets,
}

/// Which task of which task set is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct TaskRef {
    /// The first bytes of the task set's hash.
    pub set: [u8; 8],
    /// Position in the set.
    pub index: u8,
}

impl TaskRef {
    /// The task at a position of the set with this hash.
    #[must_use]
    pub fn new(set_hash: &[u8; 32], index: u8) -> Self {
        let mut set = [0; 8];
        set.iter_mut().zip(set_hash).for_each(|(to, from)| *to = *from);
        Self { set, index }
    }
}

/// A report as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The task.
    pub task: TaskRef,
    /// First day of the window, counted from 1970.
    pub window_start: u32,
    /// Drawn at random for this report alone, so that it is counted once.
    pub id: [u8; 16],
    version: u8,
    bits: Vec<u8>,
}

impl Report {
    /// A report of the randomised answer `set`.
    #[must_use]
    pub fn new(task: TaskRef, window_start: u32, id: [u8; 16], set: &BucketSet) -> Self {
        let mut bits = set.as_bits().to_vec();
        bits.resize(BITS_BYTES, 0);
        Self { task, window_start, id, version: VERSION, bits }
    }

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES + self.bits.len());
        out.push(self.version);
        out.extend_from_slice(&self.task.set);
        out.push(self.task.index);
        out.extend_from_slice(&self.window_start.to_be_bytes());
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&self.bits);
        out
    }

    /// A report from bytes of anyone's making.
    ///
    /// # Errors
    /// [`WireError`]. Whether the set of buckets fits the task is checked by
    /// [`buckets`](Self::buckets).
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut rest = bytes;
        let version = u8::from_be_bytes(take(&mut rest)?);
        match version {
            UNPADDED if bytes.len() <= REPORT_BYTES => {}
            VERSION if bytes.len() == REPORT_BYTES => {}
            UNPADDED | VERSION => return Err(WireError::Length),
            other => return Err(WireError::Version(other)),
        }
        Ok(Self {
            task: TaskRef { set: take(&mut rest)?, index: u8::from_be_bytes(take(&mut rest)?) },
            window_start: u32::from_be_bytes(take(&mut rest)?),
            id: take(&mut rest)?,
            version,
            bits: rest.to_vec(),
        })
    }

    /// The buckets it names.
    ///
    /// # Errors
    /// [`WireError::Buckets`] for a set that `mechanism` never sends.
    pub fn buckets(&self, mechanism: &Mechanism) -> Result<BucketSet, WireError> {
        let (bits, padding) = self.bits.split_at_checked(mechanism.bytes()).ok_or(WireError::Buckets)?;
        let may_pad = self.version != UNPADDED || padding.is_empty();
        let set = mechanism.read(bits).filter(|_| may_pad && padding.iter().all(|byte| *byte == 0));
        set.ok_or(WireError::Buckets)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], WireError> {
    let (head, tail) = rest.split_first_chunk().ok_or(WireError::Length)?;
    *rest = tail;
    Ok(*head)
}
