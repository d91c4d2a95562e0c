//! How much one answer may be believed, as a ratio of integers. ε is the logarithm of it.
//!
//! Whatever the truth, no report becomes more than `num / den` times likelier by it. Because the
//! odds are integers, ε = ln(num / den) is a fact and not a rounded number.

use serde::{Deserialize, Serialize};

/// The largest numerator and denominator.
pub const MAX_ODDS_TERM: u32 = 1_000_000;

/// ln 2 in units of 2⁻⁶⁰, rounded up.
const LN_2: u128 = 799_144_290_325_165_979;
const FRACTION_BITS: u32 = 60;
/// Terms of the series below; after them the rest is under 2⁻⁶⁰.
const TERMS: u128 = 22;

/// Odds that are no odds: not above one, or made of numbers that are too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("odds must be a ratio above 1 of whole numbers from 1 to 1000000")]
pub struct BadOdds;

/// Odds λ = num / den > 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Terms", into = "Terms")]
pub struct Odds {
    num: u32,
    den: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    num: u32,
    den: u32,
}

impl TryFrom<Terms> for Odds {
    type Error = BadOdds;

    fn try_from(terms: Terms) -> Result<Self, BadOdds> {
        Self::new(terms.num, terms.den)
    }
}

impl From<Odds> for Terms {
    fn from(odds: Odds) -> Self {
        Self { num: odds.num, den: odds.den }
    }
}

impl Odds {
    /// The odds `num : den`, in lowest terms.
    ///
    /// # Errors
    /// [`BadOdds`] unless `1 <= den < num <= 1000000`.
    pub const fn new(num: u32, den: u32) -> Result<Self, BadOdds> {
        if den == 0 || num <= den || num > MAX_ODDS_TERM {
            return Err(BadOdds);
        }
        let common = gcd(num, den);
        Ok(Self { num: num / common, den: den / common })
    }

    /// The numerator.
    #[must_use]
    pub const fn num(self) -> u64 {
        self.num as u64
    }

    /// The denominator.
    #[must_use]
    pub const fn den(self) -> u64 {
        self.den as u64
    }

    /// What one report is charged, in millionths of ε: ⌈10⁶ ln λ⌉ + 1.
    ///
    /// Computed in integers that are rounded up at every step: λ = 2ᵐ·r with 1 ≤ r < 2, and
    /// ln r = 2 artanh((r − 1) / (r + 1)).
    #[must_use]
    pub const fn micro_epsilon(self) -> u64 {
        let (num, mut den, mut doublings) = (self.num as u128, self.den as u128, 0);
        while num >= 2 * den {
            den *= 2;
            doublings += 1;
        }
        let z = ((num - den) << FRACTION_BITS).div_ceil(num + den);
        let square = (z * z).div_ceil(1 << FRACTION_BITS);
        let (mut power, mut sum, mut j) = (z, 2, 0);
        while j < TERMS {
            sum += power.div_ceil(2 * j + 1);
            power = (power * square).div_ceil(1 << FRACTION_BITS);
            j += 1;
        }
        let ln = doublings * LN_2 + 2 * sum;
        (ln * 1_000_000).div_ceil(1 << FRACTION_BITS) as u64 + 1
    }
}

impl std::fmt::Display for Odds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.num, self.den)
    }
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charge_is_the_logarithm_rounded_up() {
        // 10⁶ ln λ to the next integer, by a 60-digit decimal library, plus one.
        let known = [
            (2, 1, 693_149),
            (3, 1, 1_098_614),
            (7, 1, 1_945_912),
            (20, 1, 2_995_734),
            (3, 2, 405_467),
            (1_000_000, 999_999, 3),
            (1_000_000, 1, 13_815_512),
        ];
        for (num, den, charge) in known {
            assert_eq!(Odds::new(num, den).unwrap().micro_epsilon(), charge, "{num}:{den}");
        }
    }

    #[test]
    fn the_charge_never_falls_below_epsilon() {
        for den in [1, 2, 3, 7, 64, 999, 65_537] {
            for num in (den + 1..den * 40).step_by(1 + den as usize / 3) {
                let Ok(odds) = Odds::new(num, den) else { continue };
                let epsilon = (f64::from(num) / f64::from(den)).ln() * 1e6;
                let over = odds.micro_epsilon() as f64 - epsilon;
                assert!((0.999..2.001).contains(&over), "{odds}: {over}");
            }
        }
    }

    #[test]
    fn odds_are_above_one_and_in_lowest_terms() {
        assert_eq!(Odds::new(6, 2), Odds::new(3, 1));
        for (num, den) in [(0, 0), (1, 0), (1, 1), (2, 3), (1_000_001, 1), (u32::MAX, u32::MAX - 1)] {
            assert_eq!(Odds::new(num, den), Err(BadOdds));
        }
        assert!(serde_json::from_str::<Odds>(r#"{"num":1,"den":1}"#).is_err());
        assert!(serde_json::from_str::<Odds>(r#"{"num":3,"den":1,"eps":0}"#).is_err());
    }
}
