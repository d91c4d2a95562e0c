//! Integers in as few bits as the largest of a column needs. Any one of them is read without the others.
//!
//! ```text
//! 0   1   bits of a code, at most 56
//! 1   1   zero bits that were cut off behind every value
//! 2   1   1 if code 0 stands for a value of its own, 0 otherwise
//! 3   1   zero
//! 4   4   number of values
//! 8   8   base
//! 16  8   the value that code 0 stands for, or zero
//! 24  …   codes, the first in the lowest bits, then 8 zero bytes
//! ```
//! A value is `base + (code << cut)`, where the code counts from 1 if 0 stands for a value of its own.

use std::ops::Range;

use crate::catalog::format::view::Cell;

const HEADER: usize = 24;
/// Behind the codes, so that eight bytes can be read wherever a code begins.
const SPARE: usize = 8;
const MAX_BITS: u32 = 56;
/// Bits that can be read at once, wherever in a byte the first one is.
const AT_ONCE: usize = 57;

/// How values became codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packing {
    bits: u32,
    cut: u32,
    own: Option<u64>,
    base: u64,
    count: u32,
}

impl Packing {
    /// Reads the head of a packed column; nothing if the codes are not all there.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let ([bits, cut, own, 0, count @ ..], rest) = bytes.split_first_chunk::<8>()? else { return None };
        let (base, rest) = rest.split_first_chunk()?;
        let (zero, codes) = rest.split_first_chunk()?;
        let zero = u64::from_le_bytes(*zero);
        let packing = Self {
            bits: u32::from(*bits),
            cut: u32::from(*cut),
            own: match own {
                0 if zero == 0 => None,
                1 => Some(zero),
                _ => return None,
            },
            base: u64::from_le_bytes(*base),
            count: u32::from_le_bytes(*count),
        };
        let length = (u64::from(packing.count) * u64::from(packing.bits)).div_ceil(8) + SPARE as u64;
        (packing.bits <= MAX_BITS && packing.cut < u64::BITS && codes.len() as u64 == length)
            .then_some(packing)
    }

    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether a number of values was only claimed: none of them has a bit.
    pub(crate) fn is_constant(&self) -> bool {
        self.bits == 0
    }

    /// The values in `range`, as far as there are any, of the column whose bytes `bytes` are.
    pub(crate) fn values<'a>(self, bytes: &'a [u8], range: Range<usize>) -> impl Iterator<Item = u64> + 'a {
        let mask = !(u64::MAX << self.bits);
        let start = range.start.min(self.len());
        let mut bit = start as u64 * u64::from(self.bits);
        let count = range.end.min(self.len()).saturating_sub(start);
        let codes = bytes.get(HEADER..).unwrap_or_default();
        (0..count).map_while(move |_| {
            let eight = codes.get((bit / 8) as usize..)?.first_chunk()?;
            let code = (u64::from_le_bytes(*eight) >> (bit % 8)) & mask;
            bit += u64::from(self.bits);
            Some(self.value(code))
        })
    }

    /// Puts the values from `start` on in `into`, as many as one read has of them at a time and as far as there are any, and
    /// returns how many.
    pub(crate) fn fill<T: Cell>(self, bytes: &[u8], start: usize, into: &mut [T]) -> usize {
        let codes = bytes.get(HEADER..).unwrap_or_default();
        let (start, mask) = (start.min(self.len()), !(u64::MAX << self.bits));
        let count = into.len().min(self.len() - start);
        let at_once = AT_ONCE.checked_div(self.bits as usize).unwrap_or(count);
        let (mut filled, mut bit) = (0, start as u64 * u64::from(self.bits));
        while filled < count {
            let Some(eight) = codes.get((bit / 8) as usize..).and_then(|codes| codes.first_chunk()) else {
                break;
            };
            let mut window = u64::from_le_bytes(*eight) >> (bit % 8);
            let end = count.min(filled + at_once);
            for cell in into.get_mut(filled..end).unwrap_or_default() {
                *cell = T::of(self.value(window & mask));
                window >>= self.bits;
            }
            bit += (end - filled) as u64 * u64::from(self.bits);
            filled = end;
        }
        filled
    }

    #[inline]
    fn value(self, code: u64) -> u64 {
        match self.own {
            None => self.base.wrapping_add(code << self.cut),
            Some(own) if code == 0 => own,
            Some(_) => self.base.wrapping_add((code - 1) << self.cut),
        }
    }
}

#[cfg(feature = "operator")]
pub(crate) fn pack(values: &[u64]) -> Option<Vec<u8>> {
    let extremes = [values.iter().max(), values.iter().min()].map(Option::<&u64>::copied);
    let packings = std::iter::once(None).chain(extremes).filter_map(|own| packing(values, own));
    let packing = packings.min_by_key(|packing| packing.bits)?;
    let Packing { bits, cut, own, base, count } = packing;
    let mut bytes = vec![bits as u8, cut as u8, u8::from(own.is_some()), 0];
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&base.to_le_bytes());
    bytes.extend_from_slice(&own.unwrap_or_default().to_le_bytes());
    let (mut waiting, mut held) = (0u128, 0);
    for value in values {
        let code = if own == Some(*value) { 0 } else { ((value - base) >> cut) + u64::from(own.is_some()) };
        waiting |= u128::from(code) << held;
        held += bits;
        while held >= 8 {
            bytes.push(waiting as u8);
            waiting >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        bytes.push(waiting as u8);
    }
    bytes.extend_from_slice(&[0; SPARE]);
    Some(bytes)
}

/// The packing of `values` in which code 0 stands for `own`; nothing if it takes too many bits.
#[cfg(feature = "operator")]
fn packing(values: &[u64], own: Option<u64>) -> Option<Packing> {
    let others = || values.iter().copied().filter(|value| Some(*value) != own);
    let base = others().min().unwrap_or_default();
    let all = others().fold(0, |all, value| all | (value - base));
    let cut = if all == 0 { 0 } else { all.trailing_zeros() };
    let most = (others().max().unwrap_or(base) - base) >> cut;
    let bits = u64::BITS - most.checked_add(u64::from(own.is_some()))?.leading_zeros();
    let count = u32::try_from(values.len()).ok()?;
    (bits <= MAX_BITS).then_some(Packing { bits, cut, own, base, count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpacked(bytes: &[u8]) -> Vec<u64> {
        let packing = Packing::of(bytes).unwrap();
        assert_eq!(packing.values(bytes, packing.len()..usize::MAX).next(), None);
        let all: Vec<u64> = packing.values(bytes, 0..usize::MAX).collect();
        for (index, value) in all.iter().enumerate() {
            assert_eq!(packing.values(bytes, index..index + 1).next(), Some(*value));
        }
        for start in [0, 1, all.len() / 2, all.len()] {
            let mut cells = vec![0i64; all.len()];
            let found = packing.fill(bytes, start, &mut cells);
            assert_eq!(found, all.len().saturating_sub(start));
            assert!(
                cells
                    .iter()
                    .zip(&all[start.min(all.len())..])
                    .all(|(cell, value)| cell.cast_unsigned() == *value)
            );
        }
        all
    }

    #[test]
    fn what_columns_hold_takes_few_bits() {
        let bits = |values: &[u64]| {
            let bytes = pack(values).unwrap();
            assert_eq!(unpacked(&bytes), values);
            bytes[0]
        };
        assert_eq!(bits(&[]), 0);
        assert_eq!(bits(&[7; 100]), 0, "one value");
        assert_eq!(bits(&[i64::MIN as u64, 1299, 1300]), 2, "two prices and none");
        assert_eq!(bits(&[0, 29_000_000, 29_000_003]), 3, "two minutes and none");
        let popularity = [0.0f32, 1.0, 1023.0].map(|number| u64::from(number.to_bits()));
        assert!(bits(&popularity) <= 14, "counts as floats");
        assert_eq!(pack(&[0, 1, u64::MAX - 1, u64::MAX]), None);
    }

    proptest! {
        #[test]
        fn packed_values_come_back(values in prop::collection::vec((0..57u32, any::<u64>()), 0..300)) {
            let values: Vec<u64> = values.into_iter().map(|(bits, value)| value & !(u64::MAX << bits)).collect();
            if let Some(bytes) = pack(&values) {
                prop_assert_eq!(unpacked(&bytes), values);
            }
        }

        #[test]
        fn any_bytes_are_read(mut bytes in prop::collection::vec(any::<u8>(), 0..80), bits in 0..70u8, count in 0..200u32) {
            if let Some(head) = bytes.get_mut(..8) {
                head.copy_from_slice(&[&[bits, 3, 1, 0][..], &count.to_le_bytes()].concat());
            }
            if let Some(packing) = Packing::of(&bytes) {
                prop_assert_eq!(packing.values(&bytes, 0..usize::MAX).count(), packing.len());
                prop_assert_eq!(packing.values(&bytes, usize::MAX - 1..usize::MAX).count(), 0);
                prop_assert_eq!(packing.fill(&bytes, usize::MAX, &mut [0u8; 9]), 0);
            }
        }
    }
}
