//! From many randomised reports back to counts, with the uncertainty that remains.
//!
//! The pure protocol of Wang et al. (USENIX Security 2017): with n reports of which C name a
//! bucket, c = (C − n·q\*) / (p\* − q\*) is unbiased, whatever the truth. Runs at the operator's;
//! floats are harmless here, as everything after the randomiser is post-processing.

use serde::Serialize;

use crate::signals::dp::mechanism::Mechanism;

/// How often an interval holds the truth.
pub(super) const CONFIDENCE: f64 = 0.95;
/// The 97.5 % point of the normal distribution.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// What is known about one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Count {
    /// Estimated devices, unbiased; may be negative. Sums and comparisons need this one.
    pub devices: f64,
    /// Its variance, estimated.
    pub variance: f64,
    /// Lower end of the 95 % confidence interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Estimates all buckets from `named`, which says how many of `n` reports name each. Of a sum, the second bucket tells
/// how many devices with the largest amount would add up to the same.
#[must_use]
pub fn estimate(mechanism: &Mechanism, named: &[u64], n: u64) -> Vec<Count> {
    let (p, q) = probabilities(mechanism);
    let n = n as f64;
    named
        .iter()
        .map(|&c| {
            let devices = (c as f64 - n * q) / (p - q);
            let variance = variance(mechanism, n, devices.clamp(0.0, n));
            let half = Z_95 * variance.sqrt();
            Count { devices, variance, low: devices - half, high: devices + half }
        })
        .collect()
}

/// Variance of the estimate for a bucket that `devices` of `n` devices are in. Of a sum it is the largest that any
/// amounts of this sum have: that of equal ones.
#[must_use]
pub fn variance(mechanism: &Mechanism, n: f64, devices: f64) -> f64 {
    let (p, q) = probabilities(mechanism);
    let spread = if let Mechanism::Sum(_) = mechanism {
        let named = q + (p - q) * devices / n.max(1.0);
        n * named * (1.0 - named)
    } else {
        devices * p * (1.0 - p) + (n - devices) * q * (1.0 - q)
    };
    spread / (p - q).powi(2)
}

/// Covariance of the estimates for two buckets that `a` and `b` of `n` devices are in.
#[must_use]
pub fn covariance(mechanism: &Mechanism, n: f64, a: f64, b: f64) -> f64 {
    let Mechanism::Subset(subset) = mechanism else { return 0.0 }; // each bit is drawn for itself
    let (p, q) = probabilities(mechanism);
    let (k, size) = (f64::from(subset.k()), f64::from(subset.size()));
    let one = p * (size - 1.0) / (k - 1.0);
    let none = if k > 2.0 {
        (p * (size - 1.0) * (size - 2.0) + (1.0 - p) * size * (size - 1.0)) / ((k - 1.0) * (k - 2.0))
    } else {
        0.0
    };
    ((a + b) * (one - p * q) + (n - a - b) * (none - q * q)) / (p - q).powi(2)
}

/// The share of `part` in `part + rest`, two buckets of `n` reports, with its 95 % interval by the delta method; none
/// where their sum is not clear of zero.
#[must_use]
pub fn share(mechanism: &Mechanism, n: u64, part: &Count, rest: &Count) -> Option<(f64, f64, f64)> {
    let (n, sum) = (n as f64, part.devices + rest.devices);
    let inside = |count: &Count| count.devices.clamp(0.0, n);
    let both = covariance(mechanism, n, inside(part), inside(rest));
    if sum <= Z_95 * (part.variance + rest.variance + 2.0 * both).max(0.0).sqrt() {
        return None;
    }
    let share = part.devices / sum;
    let (to_part, to_rest) = ((1.0 - share) / sum, -share / sum);
    let variance =
        to_part.powi(2) * part.variance + to_rest.powi(2) * rest.variance + 2.0 * to_part * to_rest * both;
    let half = Z_95 * variance.max(0.0).sqrt();
    Some((share, share - half, share + half))
}

/// The sum of the estimates for some buckets of `n` reports.
#[must_use]
pub fn together<'a>(mechanism: &Mechanism, n: u64, counts: impl Iterator<Item = &'a Count>) -> Count {
    let (mut devices, mut variance, mut before) = (0.0, 0.0, Vec::new());
    for count in counts {
        let inside = count.devices.clamp(0.0, n as f64);
        let with: f64 = before.iter().map(|other| covariance(mechanism, n as f64, *other, inside)).sum();
        before.push(inside);
        devices += count.devices;
        variance += count.variance + 2.0 * with;
    }
    let half = Z_95 * variance.max(0.0).sqrt();
    Count { devices, variance, low: devices - half, high: devices + half }
}

/// How far a single forged report can move a bucket: (1 − q\*) / (p\* − q\*) devices.
#[must_use]
pub fn forged_report_moves(mechanism: &Mechanism) -> f64 {
    let (p, q) = probabilities(mechanism);
    (1.0 - q) / (p - q)
}

/// The most buckets that a report may name. Honest ones pass it once in a billion, forged ones gain nothing beyond it.
#[must_use]
pub fn heaviest(mechanism: &Mechanism) -> u32 {
    let Mechanism::Unary(unary) = mechanism else { return mechanism.k() };
    let (p, q) = probabilities(mechanism);
    let (own, others) = (f64::from(unary.most()), f64::from(unary.k() - unary.most()));
    let sigma = (own * p * (1.0 - p) + others * q * (1.0 - q)).sqrt();
    ((own * p + others * q + 6.0 * sigma).ceil() as u32).min(unary.k())
}

/// Reports after which the 95 % interval of a bucket that hardly anybody is in is at most `share` of all devices wide to
/// either side.
#[must_use]
pub fn reports_needed(mechanism: &Mechanism, share: f64) -> u64 {
    let per_report = variance(mechanism, 1.0, 0.0);
    (Z_95.powi(2) * per_report / share.powi(2)).ceil() as u64
}

/// p\* and q\*.
pub(super) fn probabilities(mechanism: &Mechanism) -> (f64, f64) {
    let s = mechanism.support();
    (s.own as f64 / s.of as f64, s.other as f64 / s.of as f64)
}

/// Norm-sub: the nearest counts that are not negative and sum to `total`. For display only, as it
/// is biased.
#[must_use]
pub fn norm_sub(counts: &[f64], total: f64) -> Vec<f64> {
    let mut falling = counts.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut shift) = (0.0, 0.0);
    for (i, c) in falling.iter().enumerate() {
        sum += c;
        let candidate = (total - sum) / (i as f64 + 1.0);
        if i > 0 && c + candidate <= 0.0 {
            break;
        }
        shift = candidate;
    }
    counts.iter().map(|c| (c + shift).max(0.0)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::random::{RandomError, reduce};
    use crate::signals::dp::clipped_sum::ClippedSum;
    use crate::signals::dp::draw::Draw;
    use crate::signals::dp::mechanism::Answer;
    use crate::signals::dp::odds::Odds;
    use crate::signals::dp::subset_selection::SubsetSelection;
    use crate::signals::dp::unary::UnaryEncoding;

    /// SplitMix64, for simulations that can be repeated.
    pub(crate) struct Seeded(pub(crate) u64);

    impl Seeded {
        pub(crate) fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }

    impl Draw for Seeded {
        fn below(&mut self, bound: u64) -> Result<u64, RandomError> {
            loop {
                if let Some(number) = reduce(self.next(), bound) {
                    return Ok(number);
                }
            }
        }
    }

    fn odds(lambda: u32) -> Odds {
        Odds::new(lambda, 1).unwrap()
    }

    fn subset(k: u32, lambda: u32) -> Mechanism {
        Mechanism::Subset(SubsetSelection::new(k, odds(lambda)).unwrap())
    }

    fn unary(k: u32, most: u32, lambda: u32) -> Mechanism {
        Mechanism::Unary(UnaryEncoding::new(k, most, odds(lambda)).unwrap())
    }

    fn sum(max: u64, lambda: u32) -> Mechanism {
        Mechanism::Sum(ClippedSum::new(max, odds(lambda)).unwrap())
    }

    /// A crowd for a mechanism: half in the first bucket, a quarter in the next, …; of several, each bucket and the one
    /// after it; of sums, half of the devices with the most and the others with nothing.
    fn crowd(mechanism: &Mechanism, n: u64) -> (Vec<Answer>, Vec<f64>) {
        let k = mechanism.k();
        let bucket = |device: u64| ((n / (device + 1)).max(1).ilog2()).min(k - 1);
        let answer = |device: u64| match mechanism {
            Mechanism::Subset(_) => Answer::Bucket(bucket(device)),
            Mechanism::Unary(_) => Answer::Buckets(vec![bucket(device), (bucket(device) + 1) % k]),
            Mechanism::Sum(sum) => Answer::Amount(if device.is_multiple_of(2) { sum.max() } else { 0 }),
        };
        let answers: Vec<_> = (0..n).map(answer).collect();
        let mut truth = vec![0.0; k as usize];
        for answer in &answers {
            match answer {
                Answer::Bucket(bucket) => truth[*bucket as usize] += 1.0,
                Answer::Buckets(all) => all.iter().for_each(|bucket| truth[*bucket as usize] += 1.0),
                Answer::Amount(amount) => truth[usize::from(*amount > 0)] += 1.0,
            }
        }
        (answers, truth)
    }

    fn simulate(mechanism: &Mechanism, answers: &[Answer], source: &mut Seeded) -> Vec<Count> {
        let mut named = vec![0; mechanism.k() as usize];
        for answer in answers {
            for bucket in mechanism.draw(answer, source).unwrap().buckets() {
                named[bucket as usize] += 1;
            }
        }
        estimate(mechanism, &named, answers.len() as u64)
    }

    #[test]
    fn intervals_cover_the_truth_in_95_of_100_cases() {
        for (name, mechanism) in [
            ("k6_odds3", subset(6, 3)),
            ("k12_odds3", subset(12, 3)),
            ("several_k12_most2_odds2", unary(12, 2, 2)),
            ("sum_odds3", sum(5_000, 3)),
        ] {
            let (answers, truth) = crowd(&mechanism, 400);
            let mut source = Seeded(42);
            let (mut covered, mut all) = (0.0, 0.0);
            for _ in 0..if mechanism.k() == 2 { 6_000 } else { 1_500 } {
                for (count, devices) in simulate(&mechanism, &answers, &mut source).iter().zip(&truth) {
                    covered += f64::from((count.low..=count.high).contains(devices));
                    all += 1.0;
                }
            }
            let coverage = covered / all;
            println!(
                r#"{{"bench":"signals","figure":"ci_coverage_{name}","value":{coverage:.4},"unit":"share","better":"near","goal":0.95}}"#
            );
            // Of a sum the interval is that of equal amounts, and these are as unequal as can be.
            let most = if let Mechanism::Sum(_) = mechanism { 0.99 } else { 0.96 };
            assert!((0.94..=most).contains(&coverage), "{name}: {coverage}");
        }
    }

    #[test]
    fn a_share_of_two_buckets_is_covered_as_well() {
        let mechanism = subset(9, 3);
        let (answers, truth) = crowd(&mechanism, 1_500);
        let (mut source, mut covered, runs) = (Seeded(7), 0, 1_500);
        let real = truth[1] / (truth[1] + truth[0]);
        for _ in 0..runs {
            let counts = simulate(&mechanism, &answers, &mut source);
            let told = share(&mechanism, 1_500, &counts[1], &counts[0]);
            covered += u32::from(told.is_some_and(|(_, low, high)| (low..=high).contains(&real)));
        }
        let coverage = f64::from(covered) / f64::from(runs);
        assert!((0.93..=0.975).contains(&coverage), "{coverage}");
        let few = variance(&mechanism, 1_500.0, 20.0);
        let nothing = Count { devices: 20.0, variance: few, low: 0.0, high: 0.0 };
        assert_eq!(share(&mechanism, 1_500, &nothing, &nothing), None);
    }

    #[test]
    fn errors_are_as_large_as_theory_says_and_not_one_sided() {
        let subsets = [(12, 450), (64, 100), (256, 24)].into_iter();
        let all = subsets.flat_map(|(k, runs)| [2, 3, 7, 20].map(|lambda| (subset(k, lambda), runs)));
        let several = [(12, 3), (64, 2), (256, 3)].map(|(k, most)| (unary(k, most, 2), 5_400 / k));
        for (mechanism, runs) in all.chain(several) {
            let n = 200;
            let (answers, truth) = crowd(&mechanism, n);
            let mut source = Seeded(u64::from(mechanism.k()) * 31 + mechanism.odds().0.num());
            let (mut square, mut theory, mut first) = (0.0, 0.0, 0.0);
            for _ in 0..runs {
                let counts = simulate(&mechanism, &answers, &mut source);
                first += counts[0].devices - truth[0];
                for (count, devices) in counts.iter().zip(&truth) {
                    square += (count.devices - devices).powi(2);
                    theory += variance(&mechanism, n as f64, *devices);
                }
            }
            let (ratio, k, (odds, times)) = ((square / theory).sqrt(), mechanism.k(), mechanism.odds());
            println!(
                r#"{{"bench":"signals","figure":"rmse_to_theory_k{k}_odds{odds}_times{times}","value":{ratio:.4},"unit":"ratio","better":"near","goal":1.0}}"#
            );
            assert!((0.98..=1.02).contains(&ratio), "{mechanism:?}: {ratio}");
            let bias = first / f64::from(runs);
            let sigma = (variance(&mechanism, n as f64, truth[0]) / f64::from(runs)).sqrt();
            assert!(bias.abs() < 3.0 * sigma, "{mechanism:?}: bias {bias}, sigma {sigma}");
        }
    }

    #[test]
    fn sums_are_right_on_average_and_their_error_is_within_theory() {
        for lambda in [2, 3, 20] {
            let mechanism = sum(5_000, lambda);
            let answers: Vec<_> = (0..300).map(|device| Answer::Amount(device * 20)).collect();
            let real: f64 = (0..300).map(|device| f64::from(device * 20).min(5_000.0) / 5_000.0).sum();
            let (mut source, mut bias, mut square, runs) = (Seeded(lambda.into()), 0.0, 0.0, 3_000.0);
            for _ in 0..3_000 {
                let error = simulate(&mechanism, &answers, &mut source)[1].devices - real;
                (bias, square) = (bias + error / runs, square + error * error / runs);
            }
            let most = variance(&mechanism, 300.0, real);
            let (p, q) = probabilities(&mechanism);
            let named = (0..300).map(|device| q + (p - q) * f64::from(device * 20).min(5_000.0) / 5_000.0);
            let theory = named.map(|named| named * (1.0 - named)).sum::<f64>() / (p - q).powi(2);
            assert!(bias.abs() < 3.5 * (theory / runs).sqrt(), "odds {lambda}: {bias}");
            assert!((0.93..=1.07).contains(&(square / theory)), "odds {lambda}: {square} of {theory}");
            assert!(theory <= most, "odds {lambda}: the interval is wide enough");
        }
    }

    #[test]
    fn honest_reports_of_several_answers_are_not_too_heavy() {
        let mechanism = unary(64, 3, 2);
        let (heaviest, mut source) = (heaviest(&mechanism), Seeded(5));
        assert!((24..64).contains(&heaviest), "{heaviest}");
        let answer = Answer::Buckets(vec![1, 2, 3]);
        assert!((0..20_000).all(|_| mechanism.draw(&answer, &mut source).unwrap().len() <= heaviest));
    }

    #[test]
    fn so_many_reports_are_needed_as_make_the_interval_that_narrow() {
        let mechanism = subset(12, 3);
        let n = reports_needed(&mechanism, 0.01);
        let half = Z_95 * variance(&mechanism, n as f64, 0.0).sqrt() / n as f64;
        assert!((0.00999..=0.01).contains(&half), "{n}: {half}");
    }

    #[test]
    fn the_projection_keeps_the_total_and_is_not_negative() {
        for counts in [vec![5.0, -3.0, 10.0], vec![-1.0, -2.0, -3.0], vec![0.0; 4], vec![100.0, 1.0]] {
            let shown = norm_sub(&counts, 12.0);
            assert!((shown.iter().sum::<f64>() - 12.0).abs() < 1e-9, "{shown:?}");
            assert!(shown.iter().all(|c| *c >= 0.0));
        }
        assert_eq!(norm_sub(&[5.0, 7.0], 12.0), [5.0, 7.0]);
        assert!(norm_sub(&[], 1.0).is_empty());
    }
}
