//! Unary encoding: an answer of several buckets becomes one random bit for each bucket.
//!
//! OUE of Wang et al. (2017): a bucket that holds is told with one half, any other with den / (num + den). Between two
//! answers of at most `most` buckets each, `most` bits can turn from 1 to 0 and as many from 0 to 1; each pair of them
//! makes a report at most λ = num / den times likelier, so ε = most · ln λ. Every bit takes the same draws whether it
//! holds or not, and none is skipped.

use zeroize::Zeroizing;

use crate::base::random::RandomError;
use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::draw::Draw;
use crate::signals::dp::odds::Odds;
use crate::signals::dp::subset_selection::{BadBuckets, MAX_BUCKETS, Support};

/// Unary encoding of up to `most` of `k` buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnaryEncoding {
    k: u32,
    most: u32,
    odds: Odds,
}

impl UnaryEncoding {
    /// Up to `most` of `k` buckets, at these odds for each of them.
    ///
    /// # Errors
    /// [`BadBuckets`] unless `k` is from 2 to 1024 and `most` from 1 to half of it.
    pub const fn new(k: u32, most: u32, odds: Odds) -> Result<Self, BadBuckets> {
        if k < 2 || k > MAX_BUCKETS || most == 0 || most > k / 2 {
            return Err(BadBuckets);
        }
        Ok(Self { k, most, odds })
    }

    /// Buckets.
    #[must_use]
    pub const fn k(&self) -> u32 {
        self.k
    }

    /// Buckets that an answer may have; more are cut off.
    #[must_use]
    pub const fn most(&self) -> u32 {
        self.most
    }

    /// The odds of each bucket.
    #[must_use]
    pub const fn odds(&self) -> Odds {
        self.odds
    }

    /// p\* = 1/2 and q\* = den / (num + den).
    #[must_use]
    pub fn support(&self) -> Support {
        let (num, den) = (u128::from(self.odds.num()), u128::from(self.odds.den()));
        Support { own: num + den, other: 2 * den, of: 2 * (num + den) }
    }

    /// Randomises the first `most` of these buckets, each once. Those that do not exist do not count, and where none is
    /// left it is bucket 0.
    pub(crate) fn draw(&self, truth: &[u32], source: &mut impl Draw) -> Result<BucketSet, RandomError> {
        let mut holds = Zeroizing::new(vec![false; self.k as usize]);
        let mut left = self.most;
        for bucket in truth {
            if let Some(held) = holds.get_mut(*bucket as usize).filter(|held| !**held && left > 0) {
                *held = true;
                left -= 1;
            }
        }
        if let Some(nothing) = holds.first_mut() {
            *nothing |= left == self.most;
        }
        let mut set = BucketSet::empty(self.k);
        for (bucket, holds) in (0..).zip(holds.iter()) {
            let own = source.below(2)? == 0;
            let other = source.below(self.odds.num() + self.odds.den())? < self.odds.den();
            set.set(bucket, (holds & own) | (!holds & other));
        }
        Ok(set)
    }
}
