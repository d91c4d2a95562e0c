//! The bytes of a report. Of one task, every report has the same length.
//!
//! ```text
//! version u8 = 1 | first 8 bytes of the task set's hash | task u8 | first day of the window u32 |
//! random report id, 16 bytes | bit set, one bit per bucket, lowest bit first
//! ```
//! Integers are big-endian.

use crate::signals::dp::subset_selection::{BucketSet, SubsetSelection};

const VERSION: u8 = 1;
/// Bytes before the bit set.
pub const HEADER_BYTES: usize = 30;
/// The longest report.
pub const MAX_REPORT_BYTES: usize = HEADER_BYTES + crate::signals::task::MAX_TASK_BUCKETS / 8;

/// Bytes that are no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Too short or too long.
    #[error("a report does not have this length")]
    Length,
    /// Made for another version of the format.
    #[error("a report has version {0}, this version reads version 1")]
    Version(u8),
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
    bits: Vec<u8>,
}

impl Report {
    /// A report of the randomised answer `set`.
    #[must_use]
    pub fn new(task: TaskRef, window_start: u32, id: [u8; 16], set: &BucketSet) -> Self {
        Self { task, window_start, id, bits: set.as_bits().to_vec() }
    }

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES + self.bits.len());
        out.push(VERSION);
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
        if bytes.len() > MAX_REPORT_BYTES {
            return Err(WireError::Length);
        }
        let mut rest = bytes;
        match u8::from_be_bytes(take(&mut rest)?) {
            VERSION => {}
            other => return Err(WireError::Version(other)),
        }
        Ok(Self {
            task: TaskRef { set: take(&mut rest)?, index: u8::from_be_bytes(take(&mut rest)?) },
            window_start: u32::from_be_bytes(take(&mut rest)?),
            id: take(&mut rest)?,
            bits: rest.to_vec(),
        })
    }

    /// The buckets it names.
    ///
    /// # Errors
    /// [`WireError::Buckets`] for a set that `shape` never sends.
    pub fn buckets(&self, shape: &SubsetSelection) -> Result<BucketSet, WireError> {
        BucketSet::from_bits(&self.bits, shape).ok_or(WireError::Buckets)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], WireError> {
    let (head, tail) = rest.split_first_chunk().ok_or(WireError::Length)?;
    *rest = tail;
    Ok(*head)
}
