//! What must never roll back, kept beside the root key: an older copy of the folder cannot bring it back.
//!
//! The vault stores it and holds it against the files; the rooms above give the bits and numbers their meaning.

const NUMBERS: usize = 8;
/// Bytes of an encoded anchor.
pub(crate) const ANCHOR_BYTES: usize = 8 * NUMBERS;

/// Spent privacy budget, as far as an older copy of the ledger may not undo it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// The first day that no report covers yet, counted from 1970.
    pub free_from: u32,
    /// Millionths of ε spent in the present quarter.
    pub quarter: u64,
    /// Millionths of ε spent since the installation.
    pub install: u64,
}

/// What must never roll back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anchor {
    /// One bit for each purpose or topic that is denied, and in the bits of [`NUMBER`](Self::NUMBER) a number.
    pub denied: u64,
    /// One bit for each denial whose data is still to be erased.
    pub unfinished: u64,
    /// Erasures so far, also those of single records.
    pub erasures: u64,
    /// Spent privacy budget.
    pub spent: Spent,
    /// The latest time the clock has shown, in milliseconds since 1970.
    pub latest_ms: i64,
    /// The latest device time, in milliseconds.
    pub device_ms: i64,
}

impl Anchor {
    /// These bits of [`denied`](Self::denied) are a number: of two, the greater holds.
    pub const NUMBER: u64 = 0x7fff << 48;

    /// The stricter of both in every part.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        let number = (self.denied & Self::NUMBER).max(other.denied & Self::NUMBER);
        Self {
            denied: (self.denied | other.denied) & !Self::NUMBER | number,
            unfinished: self.unfinished | other.unfinished,
            erasures: self.erasures.max(other.erasures),
            spent: Spent {
                free_from: self.spent.free_from.max(other.spent.free_from),
                quarter: self.spent.quarter.max(other.spent.quarter),
                install: self.spent.install.max(other.spent.install),
            },
            latest_ms: self.latest_ms.max(other.latest_ms),
            device_ms: self.device_ms.max(other.device_ms),
        }
    }

    /// All numbers in turn, little-endian.
    pub(crate) fn encode(&self) -> [u8; ANCHOR_BYTES] {
        let numbers = [
            self.denied,
            self.unfinished,
            self.erasures,
            u64::from(self.spent.free_from),
            self.spent.quarter,
            self.spent.install,
            self.latest_ms.cast_unsigned(),
            self.device_ms.cast_unsigned(),
        ];
        let mut out = [0; ANCHOR_BYTES];
        let bytes = numbers.into_iter().flat_map(u64::to_le_bytes);
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (numbers, []) = bytes.as_chunks::<8>() else { return None };
        let numbers: [[u8; 8]; NUMBERS] = numbers.try_into().ok()?;
        let [denied, unfinished, erasures, free_from, quarter, install, latest, device] =
            numbers.map(u64::from_le_bytes);
        Some(Self {
            denied,
            unfinished,
            erasures,
            spent: Spent { free_from: u32::try_from(free_from).ok()?, quarter, install },
            latest_ms: latest.cast_signed(),
            device_ms: device.cast_signed(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_is_at_least_as_strict_as_either() {
        let spent = |free_from, quarter, install| Spent { free_from, quarter, install };
        let a = Anchor { denied: 1, erasures: 5, spent: spent(7, 1, 9), latest_ms: -3, ..Anchor::default() };
        let b = Anchor { denied: 4, unfinished: 4, spent: spent(3, 2, 8), device_ms: 6, ..Anchor::default() };
        let both = a.strictest(b);
        assert_eq!((both.denied, both.unfinished, both.erasures), (5, 4, 5));
        assert_eq!((both.spent, both.latest_ms, both.device_ms), (spent(7, 2, 9), 0, 6));
        assert_eq!(both, b.strictest(a));
        let numbered = |number: u64| Anchor { denied: number << 48 | 1 << 63, ..Anchor::default() };
        assert_eq!(numbered(1).strictest(numbered(2)), numbered(2));
    }
}
