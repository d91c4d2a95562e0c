//! Clipped sums: an amount becomes one random bit whose mean tells the mean of the amounts.
//!
//! The amount, cut to `max`, is first rounded at random to 0 or `max` so that its mean stays, then the bit is kept with
//! odds λ to 1 (one-bit mean estimation, Ding et al. 2017). Whatever the amount, the chance of either bit lies between
//! 1 / (λ + 1) and λ / (λ + 1), so ε = ln λ.

use crate::base::random::RandomError;
use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::draw::Draw;
use crate::signals::dp::odds::Odds;
use crate::signals::dp::subset_selection::Support;

/// The largest amount that a sum may be cut to.
pub const MAX_AMOUNT: u64 = 1 << 40;

/// The largest amount is not from 1 to [`MAX_AMOUNT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the largest amount of a sum must be from 1 to 2^40")]
pub struct BadAmount;

/// One-bit sums of amounts from 0 to `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClippedSum {
    max: u64,
    odds: Odds,
}

impl ClippedSum {
    /// Sums of amounts that are cut to `max`.
    ///
    /// # Errors
    /// [`BadAmount`].
    pub const fn new(max: u64, odds: Odds) -> Result<Self, BadAmount> {
        if max == 0 || max > MAX_AMOUNT { Err(BadAmount) } else { Ok(Self { max, odds }) }
    }

    /// The largest amount.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// The odds.
    #[must_use]
    pub const fn odds(&self) -> Odds {
        self.odds
    }

    /// How often a device that was rounded to `max` says so, and one that was rounded to 0.
    #[must_use]
    pub fn support(&self) -> Support {
        let (num, den) = (u128::from(self.odds.num()), u128::from(self.odds.den()));
        Support { own: num, other: den, of: num + den }
    }

    /// Randomises an amount into bucket 0 or 1.
    pub(crate) fn draw(&self, amount: u64, source: &mut impl Draw) -> Result<BucketSet, RandomError> {
        let rounded = source.below(self.max)? < amount;
        let kept = source.below(self.odds.num() + self.odds.den())? < self.odds.num();
        let mut set = BucketSet::empty(2);
        set.insert(u32::from(rounded == kept));
        Ok(set)
    }
}
