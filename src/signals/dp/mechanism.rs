//! The ways to randomise an answer, each exact and in integers.

use crate::base::random::{RandomError, SecureRandom};
use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::clipped_sum::ClippedSum;
use crate::signals::dp::draw::{Draw, Fetched};
use crate::signals::dp::odds::Odds;
use crate::signals::dp::subset_selection::{SubsetSelection, Support};
use crate::signals::dp::unary::UnaryEncoding;

/// A device's true answer. It is randomised before it is stored.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// The one bucket that holds.
    Bucket(u32),
    /// All buckets that hold, the most important first.
    Buckets(Vec<u32>),
    /// An amount, in the question's unit.
    Amount(u64),
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer") // not what it is
    }
}

/// How a question is randomised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// One bucket, as a set that holds it more often than not.
    Subset(SubsetSelection),
    /// Several buckets, as a bit each.
    Unary(UnaryEncoding),
    /// An amount, as one bit.
    Sum(ClippedSum),
}

impl Mechanism {
    /// Buckets that a report may name.
    #[must_use]
    pub const fn k(&self) -> u32 {
        match self {
            Self::Subset(subset) => subset.k(),
            Self::Unary(unary) => unary.k(),
            Self::Sum(_) => 2,
        }
    }

    /// Bytes of a report's bits.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.k().div_ceil(8) as usize
    }

    /// p\* and q\* (Wang et al. 2017): how often a report names a bucket that holds, and one that does not.
    #[must_use]
    pub fn support(&self) -> Support {
        match self {
            Self::Subset(subset) => subset.support(),
            Self::Unary(unary) => unary.support(),
            Self::Sum(sum) => sum.support(),
        }
    }

    /// How many times likelier an answer can make any report is `odds` to the power of `times`.
    #[must_use]
    pub const fn odds(&self) -> (Odds, u32) {
        match self {
            Self::Subset(subset) => (subset.odds(), 1),
            Self::Unary(unary) => (unary.odds(), unary.most()),
            Self::Sum(sum) => (sum.odds(), 1),
        }
    }

    /// What one report is charged, in millionths of ε, rounded up.
    #[must_use]
    pub fn micro_epsilon(&self) -> u64 {
        let (odds, times) = self.odds();
        odds.micro_epsilon().saturating_mul(times as u64)
    }

    /// Randomises an answer. One that does not fit the question counts as nothing, so that a fault of the caller does not
    /// show.
    ///
    /// # Errors
    /// [`RandomError`]; nothing may be reported then.
    pub fn randomize(&self, answer: &Answer, random: &dyn SecureRandom) -> Result<BucketSet, RandomError> {
        self.draw(answer, &mut Fetched::new(random))
    }

    pub(crate) fn draw(&self, answer: &Answer, source: &mut impl Draw) -> Result<BucketSet, RandomError> {
        match (self, answer) {
            (Self::Subset(subset), Answer::Bucket(bucket)) => subset.draw(*bucket, source),
            (Self::Subset(subset), _) => subset.draw(0, source),
            (Self::Unary(unary), Answer::Buckets(buckets)) => unary.draw(buckets, source),
            (Self::Unary(unary), _) => unary.draw(&[], source),
            (Self::Sum(sum), Answer::Amount(amount)) => sum.draw(*amount, source),
            (Self::Sum(sum), _) => sum.draw(0, source),
        }
    }

    /// The randomised answer in these bits, if it is one that this mechanism makes.
    #[must_use]
    pub fn read(&self, bits: &[u8]) -> Option<BucketSet> {
        let set = BucketSet::from_bits(bits, self.k())?;
        let fits = match self {
            Self::Subset(subset) => set.len() == subset.size(),
            Self::Unary(_) => true,
            Self::Sum(_) => set.len() == 1,
        };
        fits.then_some(set)
    }
}
