//! Subset selection: the answer becomes a set of buckets that says little about it.
//!
//! SS(ω) of Ye and Barg (2018): the true bucket is in the set with odds that are weighed so that
//! no set becomes more than λ times likelier by any truth; the rest of the set is a uniform
//! draw from the other buckets. ω is the size that gives the least variance; ω = 1 is k-ary
//! randomised response. No float and no clock is anywhere on this way.

use zeroize::Zeroizing;

use crate::base::random::RandomError;
use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::draw::Draw;
use crate::signals::dp::odds::Odds;

/// The most buckets a question may have.
pub const MAX_BUCKETS: u32 = 1024;

/// The number of buckets is not from 2 to [`MAX_BUCKETS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a question must have 2 to 1024 buckets")]
pub struct BadBuckets;

/// Subset selection over `k` buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubsetSelection {
    k: u32,
    size: u32,
    odds: Odds,
}

/// Where the protocol's probabilities come from, as counts over one denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Support {
    /// p\*: the true bucket is in the set in `own` of `of` cases.
    pub own: u128,
    /// q\*: any other bucket is in the set in `other` of `of` cases.
    pub other: u128,
    /// The denominator of both.
    pub of: u128,
}

impl SubsetSelection {
    /// The best subset selection over `k` buckets at these odds.
    ///
    /// # Errors
    /// [`BadBuckets`].
    pub fn new(k: u32, odds: Odds) -> Result<Self, BadBuckets> {
        if !(2..=MAX_BUCKETS).contains(&k) {
            return Err(BadBuckets);
        }
        let mut best = Self { k, size: 1, odds };
        for size in 2..k {
            let next = Self { k, size, odds };
            let ((a, b), (c, d)) = (next.variance(), best.variance());
            if a * d < c * b {
                best = next;
            }
        }
        Ok(best)
    }

    /// Buckets.
    #[must_use]
    pub const fn k(&self) -> u32 {
        self.k
    }

    /// ω: how many buckets every report names.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// The odds.
    #[must_use]
    pub const fn odds(&self) -> Odds {
        self.odds
    }

    /// The true bucket is kept if a draw under [`domain`](Self::domain) is under this: ω·num.
    const fn kept(&self) -> u64 {
        self.size as u64 * self.odds.num()
    }

    /// ω·num + (k − ω)·den.
    const fn domain(&self) -> u64 {
        self.kept() + (self.k - self.size) as u64 * self.odds.den()
    }

    /// p\* and q\* (Wang et al. 2017), exactly.
    #[must_use]
    pub fn support(&self) -> Support {
        let others = u128::from(self.k - 1);
        let (size, kept, domain) =
            (u128::from(self.size), u128::from(self.kept()), u128::from(self.domain()));
        Support { own: kept * others, other: kept * (size - 1) + (domain - kept) * size, of: domain * others }
    }

    /// q\*(1 − q\*) / (p\* − q\*)² up to a factor that does not depend on ω, as a fraction.
    fn variance(&self) -> (u128, u128) {
        let (k, size) = (u128::from(self.k), u128::from(self.size));
        let Support { other, of, .. } = self.support();
        let rest = k - size;
        (other / size * (of - other), size * rest * rest)
    }

    /// Randomises the bucket `truth` into a set of [`size`](Self::size) buckets. A bucket that does not exist counts as
    /// bucket 0, so that a fault of the caller does not show.
    pub(crate) fn draw(&self, truth: u32, source: &mut impl Draw) -> Result<BucketSet, RandomError> {
        let truth = if truth < self.k { truth } else { 0 };
        let mut set = BucketSet::empty(self.k);
        let mut missing = self.size;
        if source.below(self.domain())? < self.kept() {
            set.insert(truth);
            missing -= 1;
        }
        let mut others: Zeroizing<Vec<u32>> = Zeroizing::new((0..self.k).filter(|b| *b != truth).collect());
        for _ in 0..missing {
            let at = usize::try_from(source.below(others.len() as u64)?).unwrap_or_default();
            set.insert(others.swap_remove(at));
        }
        Ok(set)
    }
}
