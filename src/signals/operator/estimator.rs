//! From many randomised reports back to counts, with the uncertainty that remains.
//!
//! The pure protocol of Wang et al. (USENIX Security 2017): with n reports of which C name a
//! bucket, c = (C − n·q\*) / (p\* − q\*) is unbiased, whatever the truth. Runs at the operator's;
//! floats are harmless here, as everything after the randomiser is post-processing.

use serde::Serialize;

use crate::signals::dp::subset_selection::SubsetSelection;

/// The 97.5 % point of the normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

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

/// Estimates all buckets from `named`, which says how many of `n` reports name each.
#[must_use]
pub fn estimate(shape: &SubsetSelection, named: &[u64], n: u64) -> Vec<Count> {
    let (p, q) = probabilities(shape);
    let n = n as f64;
    named
        .iter()
        .map(|&c| {
            let devices = (c as f64 - n * q) / (p - q);
            let variance = variance(shape, n, devices.clamp(0.0, n));
            let half = Z_95 * variance.sqrt();
            Count { devices, variance, low: devices - half, high: devices + half }
        })
        .collect()
}

/// Variance of the estimate for a bucket that `devices` of `n` devices are in.
#[must_use]
pub fn variance(shape: &SubsetSelection, n: f64, devices: f64) -> f64 {
    let (p, q) = probabilities(shape);
    (devices * p * (1.0 - p) + (n - devices) * q * (1.0 - q)) / (p - q).powi(2)
}

/// How far a single forged report can move a bucket: (1 − q\*) / (p\* − q\*) devices.
#[must_use]
pub fn forged_report_moves(shape: &SubsetSelection) -> f64 {
    let (p, q) = probabilities(shape);
    (1.0 - q) / (p - q)
}

/// p\* and q\*.
fn probabilities(shape: &SubsetSelection) -> (f64, f64) {
    let s = shape.support();
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
mod tests {
    use super::*;
    use crate::base::random::RandomError;
    use crate::signals::dp::odds::Odds;
    use crate::signals::dp::subset_selection::Draw;

    /// SplitMix64, for simulations that can be repeated.
    struct Seeded(u64);

    impl Draw for Seeded {
        fn below(&mut self, bound: u64) -> Result<u64, RandomError> {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            Ok(((u128::from(z ^ (z >> 31)) * u128::from(bound)) >> 64) as u64)
        }
    }

    /// Devices in each bucket: half in the first, a quarter in the next, …
    fn truth(k: u32, n: u64) -> Vec<u64> {
        let mut left = n;
        let mut counts: Vec<u64> = (1..k)
            .map(|_| {
                let c = left / 2;
                left -= c;
                c
            })
            .collect();
        counts.push(left);
        counts
    }

    fn simulate(shape: &SubsetSelection, truth: &[u64], source: &mut Seeded) -> Vec<Count> {
        let mut named = vec![0; truth.len()];
        for (bucket, devices) in truth.iter().enumerate() {
            for _ in 0..*devices {
                for b in shape.draw(bucket as u32, source).unwrap().buckets() {
                    named[b as usize] += 1;
                }
            }
        }
        estimate(shape, &named, truth.iter().sum())
    }

    fn shape(k: u32, lambda: u32) -> SubsetSelection {
        SubsetSelection::new(k, Odds::new(lambda, 1).unwrap()).unwrap()
    }

    #[test]
    fn intervals_cover_the_truth_in_95_of_100_cases() {
        for (k, lambda, n) in [(6, 3, 200), (12, 3, 200)] {
            let (shape, truth) = (shape(k, lambda), truth(k, n));
            let mut source = Seeded(42);
            let (mut covered, mut all) = (0.0, 0.0);
            for _ in 0..2_000 {
                for (count, true_count) in simulate(&shape, &truth, &mut source).iter().zip(&truth) {
                    covered += f64::from((count.low..=count.high).contains(&(*true_count as f64)));
                    all += 1.0;
                }
            }
            let coverage = covered / all;
            println!(
                r#"{{"bench":"signals","figure":"ci_coverage_k{k}_odds{lambda}","value":{coverage:.4},"unit":"share","better":"near","goal":0.95}}"#
            );
            assert!((0.94..=0.96).contains(&coverage), "k {k}, odds {lambda}: {coverage}");
        }
    }

    #[test]
    fn errors_are_as_large_as_theory_says_and_not_one_sided() {
        for (k, n, runs) in [(12, 200, 450), (64, 200, 100), (256, 200, 24)] {
            for lambda in [2, 3, 7, 20] {
                let (shape, truth) = (shape(k, lambda), truth(k, n));
                let mut source = Seeded(u64::from(k * lambda));
                let (mut square, mut theory, mut first) = (0.0, 0.0, 0.0);
                for _ in 0..runs {
                    let counts = simulate(&shape, &truth, &mut source);
                    first += counts[0].devices - truth[0] as f64;
                    for (count, true_count) in counts.iter().zip(&truth) {
                        square += (count.devices - *true_count as f64).powi(2);
                        theory += variance(&shape, n as f64, *true_count as f64);
                    }
                }
                let ratio = (square / theory).sqrt();
                println!(
                    r#"{{"bench":"signals","figure":"rmse_to_theory_k{k}_odds{lambda}","value":{ratio:.4},"unit":"ratio","better":"near","goal":1.0}}"#
                );
                assert!((0.98..=1.02).contains(&ratio), "k {k}, odds {lambda}: {ratio}");
                let bias = first / f64::from(runs);
                let sigma = (variance(&shape, n as f64, truth[0] as f64) / f64::from(runs)).sqrt();
                assert!(bias.abs() < 3.0 * sigma, "k {k}, odds {lambda}: bias {bias}, sigma {sigma}");
            }
        }
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
