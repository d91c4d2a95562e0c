//! A delta: how to make a new bundle out of the one before. `docs/catalog.md` describes its bytes.

/// First bytes of every delta.
pub(crate) const MAGIC: &[u8; 8] = b"SVDELTA\0";
/// The one version so far.
pub(crate) const VERSION: u8 = 1;

/// What the next bytes of the new bundle are; the lowest two bits of an operation, above which is their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Operation {
    /// Those that follow.
    Bytes = 0,
    /// Those of the old bundle; how far after the place that was reached follows as a signed number.
    Copy = 1,
    /// Zeros.
    Zeros = 2,
}

impl Operation {
    /// The operation of a number, and how many bytes it makes.
    pub(crate) fn of(number: u64) -> Option<(Self, u64)> {
        let found = [Self::Bytes, Self::Copy, Self::Zeros].into_iter().find(|one| *one as u64 == number & 3);
        found.map(|operation| (operation, number >> 2))
    }
}
