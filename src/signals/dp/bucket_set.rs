//! A randomised answer: a set of buckets, one bit each.

/// A set of buckets: one bit each, bucket 0 in the lowest bit of the first byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketSet(Vec<u8>);

impl BucketSet {
    pub(super) fn empty(k: u32) -> Self {
        Self(vec![0; k.div_ceil(8) as usize])
    }

    /// A set of some of `k` buckets from its bits: right length, and no bit beyond the last bucket.
    #[must_use]
    pub fn from_bits(bits: &[u8], k: u32) -> Option<Self> {
        let set = Self(bits.to_vec());
        let fits = bits.len() == k.div_ceil(8) as usize && set.buckets().all(|bucket| bucket < k);
        fits.then_some(set)
    }

    pub(super) fn insert(&mut self, bucket: u32) {
        if let Some(byte) = self.0.get_mut(bucket as usize / 8) {
            *byte |= 1 << (bucket % 8);
        }
    }

    /// Puts a bucket in or leaves it out, at the same cost.
    pub(super) fn set(&mut self, bucket: u32, is_in: bool) {
        if let Some(byte) = self.0.get_mut(bucket as usize / 8) {
            *byte |= u8::from(is_in) << (bucket % 8);
        }
    }

    /// Whether a bucket is in the set.
    #[must_use]
    pub fn contains(&self, bucket: u32) -> bool {
        self.0.get(bucket as usize / 8).is_some_and(|byte| byte >> (bucket % 8) & 1 == 1)
    }

    /// How many buckets are in the set.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.0.iter().map(|byte| byte.count_ones()).sum()
    }

    /// Whether no bucket is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The buckets in the set, rising.
    pub fn buckets(&self) -> impl Iterator<Item = u32> {
        (0..self.0.len() as u32 * 8).filter(|b| self.contains(*b))
    }

    /// The bits.
    #[must_use]
    pub fn as_bits(&self) -> &[u8] {
        &self.0
    }
}
