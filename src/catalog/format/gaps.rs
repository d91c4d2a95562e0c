//! Runs of ascending numbers, each as its distance from the one before: the denser a run, the fewer bits. They are Rice's codes
//! (Witten, Moffat and Bell, Managing Gigabytes, 1999, section 3.3).
//!
//! ```text
//! 0   4   limit: every number is less
//! 4   4   bytes of the starts
//! 8   …   starts, packed: the bit at which each run starts among the codes
//! …   …   codes, the first in the lowest bits, then 8 zero bytes
//! ```
//! How many numbers a run has, the column's rows tell. The run of `n` numbers has the parameter `k = floor(log2(limit / n))`. A
//! code is what the number is more than the least it can be, `d`: as many zero bits as `d >> k`, a one, and the `k` lowest bits
//! of `d`.

use std::ops::Range;

use crate::catalog::format::packed::Packing;

const HEADER: usize = 8;
/// Behind the codes, so that eight bytes can be read wherever a code begins.
const SPARE: usize = 8;
/// Bits that can be read at once, wherever in a byte the first one is.
const AT_ONCE: u32 = 57;

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gaps {
    limit: u32,
    starts: Packing,
    packed: Range<usize>,
}

impl Gaps {
    /// Reads the head of a column; nothing if it is not whole.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let (limit, rest) = bytes.split_first_chunk()?;
        let length = u32::from_le_bytes(*rest.first_chunk()?) as usize;
        let packed = HEADER..HEADER.checked_add(length)?;
        let starts = Packing::of(bytes.get(packed.clone())?)?;
        let whole = bytes.len() - packed.end >= SPARE;
        whole.then_some(Self { limit: u32::from_le_bytes(*limit), starts, packed })
    }

    /// Number of runs.
    pub(crate) fn runs(&self) -> usize {
        self.starts.len()
    }

    /// The most numbers that there can be.
    pub(crate) fn most(&self, bytes: &[u8]) -> usize {
        bytes.len().saturating_sub(self.packed.end + SPARE).saturating_mul(8)
    }

    /// The numbers of a run that has so many, of the column whose bytes these are. They end early where the codes do.
    pub(crate) fn run<'a>(&self, bytes: &'a [u8], index: usize, count: usize) -> Option<Run<'a>> {
        let starts = bytes.get(self.packed.clone())?;
        let bit = self.starts.values(starts, index..index.saturating_add(1)).next()?;
        let codes = bytes.get(self.packed.end..)?;
        let k = parameter(self.limit, count);
        Some(Run { codes, bit, k, next: 0, left: count, limit: self.limit })
    }
}

fn parameter(limit: u32, count: usize) -> u32 {
    let spread = u64::from(limit) / (count.max(1) as u64);
    spread.max(1).ilog2()
}

/// The numbers of a run, ascending.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    codes: &'a [u8],
    bit: u64,
    k: u32,
    /// The least that the next number can be.
    next: u64,
    left: usize,
    limit: u32,
}

impl Run<'_> {
    fn window(&self) -> Option<u64> {
        let eight = self.codes.get(usize::try_from(self.bit / 8).ok()?..)?.first_chunk()?;
        Some(u64::from_le_bytes(*eight) >> (self.bit % 8))
    }

    fn code(&mut self) -> Option<u64> {
        let low = |window: u64| window & !(u64::MAX << self.k);
        let window = self.window()?;
        let zeros = window.trailing_zeros();
        if zeros + 1 + self.k <= AT_ONCE {
            self.bit += u64::from(zeros + 1 + self.k);
            return Some(u64::from(zeros) << self.k | low(window >> zeros >> 1));
        }
        let mut high = 0u64;
        loop {
            let zeros = self.window()?.trailing_zeros().min(AT_ONCE);
            high += u64::from(zeros);
            self.bit += u64::from(zeros);
            if zeros < AT_ONCE {
                break;
            }
        }
        self.bit += 1;
        let rest = low(self.window()?);
        self.bit += u64::from(self.k);
        Some(high.checked_shl(self.k)? | rest)
    }

    /// Puts the next numbers in `into`, as many as one read has of them at a time, and returns how many: fewer than there is
    /// room for at the end only.
    pub(crate) fn fill(&mut self, into: &mut [u32]) -> usize {
        let (k, most, mut filled) = (self.k, into.len().min(self.left), 0);
        while filled < most {
            let (Some(mut window), mut bits) = (self.window(), AT_ONCE) else { break };
            let before = filled;
            for cell in into.get_mut(filled..most).unwrap_or_default() {
                let zeros = window.trailing_zeros();
                let length = zeros + 1 + k;
                let Some(left) = bits.checked_sub(length) else { break };
                let rest = window >> zeros >> 1;
                let number = self.next + (u64::from(zeros) << k | rest & !(u64::MAX << k));
                if number >= u64::from(self.limit) {
                    self.left = 0;
                    return filled;
                }
                (window, bits) = (rest >> k, left);
                (*cell, self.next) = (number as u32, number + 1);
                filled += 1;
            }
            self.left -= filled - before;
            self.bit += u64::from(AT_ONCE - bits);
            if filled == before {
                let (Some(cell), Some(number)) = (into.get_mut(filled), self.next()) else { break };
                *cell = number;
                filled += 1;
            }
        }
        filled
    }
}

impl Iterator for Run<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let number = self.code().and_then(|code| self.next.checked_add(code));
        let number = number.filter(|number| *number < u64::from(self.limit));
        let Some(number) = number else {
            self.left = 0;
            return None;
        };
        self.next = number + 1;
        u32::try_from(number).ok()
    }
}

/// The column; nothing if a run does not ascend or there is no number at all.
#[cfg(feature = "operator")]
pub(crate) fn encode(runs: &[&[u32]]) -> Option<Vec<u8>> {
    let limit = runs.iter().copied().flatten().max()?.checked_add(1)?;
    let (mut codes, mut starts, mut bit) = (Vec::new(), Vec::with_capacity(runs.len()), 0u64);
    let mut put = |value: u64, bits: u32| {
        for place in 0..bits {
            if bit.is_multiple_of(8) {
                codes.push(0u8);
            }
            if let Some(last) = codes.last_mut() {
                *last |= u8::from(value >> place & 1 == 1) << (bit % 8);
            }
            bit += 1;
        }
        bit
    };
    for run in runs {
        starts.push(put(0, 0));
        let k = parameter(limit, run.len());
        let mut next = 0;
        for number in *run {
            let code = number.checked_sub(next)?;
            next = number + 1;
            (0..code >> k).for_each(|_| _ = put(0, 1));
            put(1, 1);
            put(u64::from(code), k);
        }
    }
    codes.extend_from_slice(&[0; SPARE]);
    let starts = crate::catalog::format::packed::pack(&starts)?;
    let length = u32::try_from(starts.len()).ok()?;
    Some([&limit.to_le_bytes()[..], &length.to_le_bytes(), &starts, &codes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What fits in pieces of this length, one after another.
    fn filled(mut run: Run<'_>, piece: usize) -> Vec<u32> {
        let (mut numbers, mut into) = (Vec::new(), vec![0; piece]);
        loop {
            let count = run.fill(&mut into);
            numbers.extend(&into[..count]);
            if count < piece {
                return numbers;
            }
        }
    }

    fn decoded(bytes: &[u8], counts: &[usize]) -> Vec<Vec<u32>> {
        let gaps = Gaps::of(bytes).unwrap();
        assert_eq!(gaps.runs(), counts.len());
        let run = |(index, count): (usize, &usize)| {
            let numbers: Vec<u32> = gaps.run(bytes, index, *count).unwrap().collect();
            assert_eq!(filled(gaps.run(bytes, index, *count).unwrap(), count / 3 + 1), numbers);
            numbers
        };
        counts.iter().enumerate().map(run).collect()
    }

    #[test]
    fn dense_runs_take_few_bits_and_sparse_ones_no_more_than_they_need() {
        let bits = |run: &[u32]| {
            let bytes = encode(&[run, &[99_999]]).unwrap();
            assert_eq!(decoded(&bytes, &[run.len(), 1]), [run, &[99_999]]);
            (bytes.len() - 40) as f64 * 8.0 / run.len() as f64
        };
        let every = |step: usize| (0..100_000).step_by(step).collect::<Vec<u32>>();
        assert!(bits(&every(1)) < 1.01);
        assert!(bits(&every(4)) < 4.1);
        assert!(bits(&every(1000)) < 12.0);
        let bunched: Vec<u32> = (99_000..99_990).collect();
        assert!(bits(&bunched) < 9.0, "{}", bits(&bunched));
    }

    #[test]
    fn what_does_not_ascend_is_not_written() {
        assert_eq!(encode(&[&[1, 1]]), None);
        assert_eq!(encode(&[&[2, 1]]), None);
        assert_eq!(encode(&[&[], &[]]), None);
        assert_eq!(encode(&[&[u32::MAX]]), None, "the limit has no number");
    }

    proptest! {
        #[test]
        fn runs_come_back(runs in prop::collection::vec(prop::collection::btree_set(0..3_000_000u32, 0..40), 1..20)) {
            let runs: Vec<Vec<u32>> = runs.into_iter().map(|run| run.into_iter().collect()).collect();
            let counts: Vec<usize> = runs.iter().map(Vec::len).collect();
            let slices: Vec<&[u32]> = runs.iter().map(Vec::as_slice).collect();
            if let Some(bytes) = encode(&slices) {
                prop_assert_eq!(decoded(&bytes, &counts), runs);
            }
        }

        #[test]
        fn any_bytes_end(mut bytes in prop::collection::vec(any::<u8>(), 0..120), count in 0..9_000_000_000usize) {
            let whole = encode(&[&[3, 9], &[7]]).unwrap();
            let kept = bytes.len() % whole.len();
            bytes.splice(..kept.min(bytes.len()), whole[..kept].iter().copied());
            if let Some(gaps) = Gaps::of(&bytes) {
                for index in [0, 1, usize::MAX] {
                    let numbers: Vec<u32> = gaps.run(&bytes, index, count).into_iter().flatten().collect();
                    prop_assert!(numbers.is_sorted_by(|a, b| a < b) && numbers.len() <= 8 * bytes.len());
                    if let Some(run) = gaps.run(&bytes, index, count) {
                        // It goes on for as long as it has bits that are read already.
                        let more = filled(run, 7);
                        prop_assert!(more.starts_with(&numbers) && more.is_sorted_by(|a, b| a < b));
                        prop_assert!(more.len() <= 8 * bytes.len());
                    }
                }
            }
        }
    }
}
