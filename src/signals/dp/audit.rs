//! The auditor: walks through every draw the randomiser can make and computes ε as a fraction.
//!
//! Nothing is sampled and nothing is rounded, so a fault of one part in a billion is found, and
//! deliberate faults are planted to show that it would be.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::random::RandomError;
use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::clipped_sum::ClippedSum;
use crate::signals::dp::draw::Draw;
use crate::signals::dp::odds::Odds;
use crate::signals::dp::subset_selection::SubsetSelection;
use crate::signals::dp::unary::UnaryEncoding;

/// Plays back a path of draws and then zeros, and notes the bounds it was asked for.
#[derive(Default)]
struct Walk {
    path: Vec<u64>,
    bounds: Vec<u64>,
}

impl Draw for Walk {
    fn below(&mut self, bound: u64) -> Result<u64, RandomError> {
        let at = self.bounds.len();
        self.bounds.push(bound);
        if at == self.path.len() {
            self.path.push(0);
        }
        Ok(self.path[at])
    }
}

impl Walk {
    /// Moves to the next path, or says that there is none.
    fn next(&mut self) -> bool {
        while let Some(last) = self.path.pop() {
            if last + 1 < self.bounds[self.path.len()] {
                self.path.push(last + 1);
                self.bounds.clear();
                return true;
            }
        }
        false
    }
}

/// A randomiser under audit: maps a truth and draws to what is sent.
type Mechanism<'a> = &'a dyn Fn(u32, &mut Walk) -> BucketSet;

/// The exact distribution of what is sent for one truth, in units of 1 / `one`.
fn distribution(truth: u32, one: u128, mechanism: Mechanism<'_>) -> BTreeMap<BucketSet, u128> {
    let mut sums = BTreeMap::new();
    let mut walk = Walk::default();
    loop {
        let sent = mechanism(truth, &mut walk);
        let paths: u128 = walk.bounds.iter().map(|b| u128::from(*b)).product();
        assert_eq!(one % paths, 0, "the unit must be a multiple of every path's weight");
        *sums.entry(sent).or_insert(0) += one / paths;
        if !walk.next() {
            assert_eq!(sums.values().sum::<u128>(), one);
            return sums;
        }
    }
}

/// The greatest ratio between what two truths make of any report, or `None` if it is infinite.
fn greatest_ratio(k: u32, one: u128, mechanism: Mechanism<'_>) -> Option<(u128, u128)> {
    let all: Vec<_> = (0..k).map(|truth| distribution(truth, one, mechanism)).collect();
    let reports: BTreeSet<_> = all.iter().flat_map(BTreeMap::keys).collect();
    let mut worst = (1, 1);
    for report in reports {
        let chances: Vec<u128> = all.iter().map(|d| d.get(report).copied().unwrap_or(0)).collect();
        let (low, high) = (*chances.iter().min()?, *chances.iter().max()?);
        if low == 0 {
            return None;
        }
        if high * worst.1 > worst.0 * low {
            worst = (high, low);
        }
    }
    Some(worst)
}

/// A multiple of the weight of every path that draws once under `domain` and then at most
/// `size` times from the others.
fn unit(domain: u64, k: u32, size: u32) -> u128 {
    (0..u128::from(size)).map(|i| u128::from(k) - 1 - i).product::<u128>() * u128::from(domain)
}

fn domain(shape: &SubsetSelection) -> u64 {
    let size = u64::from(shape.size());
    size * shape.odds().num() + (u64::from(shape.k()) - size) * shape.odds().den()
}

fn is_exactly(odds: Odds, ratio: Option<(u128, u128)>) -> bool {
    ratio.is_some_and(|(a, b)| a * u128::from(odds.den()) == b * u128::from(odds.num()))
}

#[test]
fn epsilon_is_exact_over_every_report_up_to_twelve_buckets() {
    for (num, den) in [(3_u32, 1_u32), (7, 1), (20, 1), (2, 1), (3, 2)] {
        let odds = Odds::new(num, den).unwrap();
        for k in 2..=12 {
            let shape = SubsetSelection::new(k, odds).unwrap();
            let one = unit(domain(&shape), k, shape.size());
            if one * u128::from(k) > 300_000 {
                assert!(num < 3 * den, "the usual odds are walked through in full");
                continue; // too many paths for every day; the counts below cover them
            }
            let ratio = greatest_ratio(k, one, &|truth, walk| shape.draw(truth, walk).unwrap());
            assert!(is_exactly(odds, ratio), "k {k}, odds {odds}: {ratio:?}");
        }
    }
}

#[test]
fn the_sets_that_are_sent_have_the_stated_probabilities() {
    let shape = SubsetSelection::new(9, Odds::new(2, 1).unwrap()).unwrap();
    let one = unit(domain(&shape), 9, shape.size());
    let sent = distribution(4, one, &|truth, walk| shape.draw(truth, walk).unwrap());
    let support = shape.support();
    for bucket in 0..9 {
        let seen: u128 = sent.iter().filter(|(set, _)| set.contains(bucket)).map(|(_, n)| n).sum();
        let stated = if bucket == 4 { support.own } else { support.other };
        assert_eq!(seen * support.of, stated * one, "bucket {bucket}");
    }
}

/// For any k: all sets that hold the truth have one probability and all others another, as each
/// draw of the rest is uniform. Their ratio follows from the bounds that the code itself asks for.
#[test]
fn epsilon_is_exact_by_counting_up_to_1024_buckets() {
    for (num, den) in [(3, 1), (7, 1), (20, 1), (2, 1), (3, 2), (11, 10)] {
        let odds = Odds::new(num, den).unwrap();
        for k in (2..=70).chain([127, 128, 129, 255, 256, 511, 1000, 1023, 1024]) {
            let shape = SubsetSelection::new(k, odds).unwrap();
            let size = u64::from(shape.size());
            let whole = domain(&shape);
            let bounds = |first: u64| {
                let mut walk = Walk { path: vec![first], bounds: Vec::new() };
                let set = shape.draw(k / 2, &mut walk).unwrap();
                assert_eq!(set.buckets().count() as u64, size);
                (walk.bounds, set.contains(k / 2))
            };
            let kept = first_without(whole, |draw| bounds(draw).1);
            assert!(whole > 128 || (0..whole).all(|draw| bounds(draw).1 == (draw < kept)));
            let (with, without) = (bounds(0).0, bounds(whole - 1).0);
            let rest: Vec<u64> = (0..size).map(|i| u64::from(k) - 1 - i).collect();
            assert_eq!((with[0], &with[1..]), (whole, &rest[..rest.len() - 1]));
            assert_eq!((without[0], &without[1..]), (whole, &rest[..]));
            // P(set | in) = kept/whole · (ω−1)! / Π rest[..ω−1];  P(set | out) = (whole−kept)/whole · ω! / Π rest
            let high = u128::from(kept) * u128::from(rest[rest.len() - 1]);
            let low = u128::from(whole - kept) * u128::from(size);
            assert!(is_exactly(odds, Some((high, low))), "k {k}, odds {odds}");
        }
    }
}

/// The first draw for which `holds` no longer does, by halving.
fn first_without(whole: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, whole);
    while low < high {
        let middle = (low + high) / 2;
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[test]
fn the_size_is_the_one_of_least_variance() {
    let var = |k: f64, w: f64, l: f64| {
        let p = w * l / (w * l + k - w);
        let q = p * (w - 1.0) / (k - 1.0) + (1.0 - p) * w / (k - 1.0);
        q * (1.0 - q) / (p - q).powi(2)
    };
    for lambda in [2, 3, 7, 20] {
        for k in [2, 3, 6, 12, 24, 64, 256, 1024] {
            let size = SubsetSelection::new(k, Odds::new(lambda, 1).unwrap()).unwrap().size();
            let (k, l) = (f64::from(k), f64::from(lambda));
            let best = (1..k as u32).map(|w| var(k, f64::from(w), l)).fold(f64::INFINITY, f64::min);
            let mine = var(k, f64::from(size), l);
            assert!(mine <= best * (1.0 + 1e-12), "k {k}, odds {l}: {mine} is above {best}");
        }
    }
    let size = |k, l| SubsetSelection::new(k, Odds::new(l, 1).unwrap()).unwrap().size();
    assert_eq!((size(6, 3), size(12, 3), size(64, 3)), (1, 3, 16));
}

/// Plants a fault into SS(ω) over `k` buckets.
struct Fault {
    name: &'static str,
    keeps: fn(draw: u64, kept: u64, whole: u64) -> bool,
    bound: fn(left: u64) -> u64,
    reuse: bool,
}

const SOUND: Fault = Fault { name: "none", keeps: |d, kept, _| d < kept, bound: |n| n, reuse: false };

fn faulty(fault: &Fault, shape: &SubsetSelection, truth: u32, walk: &mut Walk) -> BucketSet {
    let (whole, size) = (domain(shape), u64::from(shape.size()));
    let kept = size * shape.odds().num();
    let first = walk.below(whole).unwrap();
    let mut chosen = Vec::new();
    if (fault.keeps)(first, kept, whole) {
        chosen.push(truth);
    }
    let mut others: Vec<u32> = (0..shape.k()).filter(|b| *b != truth).collect();
    while (chosen.len() as u64) < size {
        let left = (fault.bound)(others.len() as u64);
        let at = if fault.reuse { first % left } else { walk.below(left).unwrap() };
        chosen.push(others.swap_remove(at as usize));
    }
    let mut bits = vec![0_u8; shape.k().div_ceil(8) as usize];
    chosen.iter().for_each(|b| bits[*b as usize / 8] |= 1 << (b % 8));
    BucketSet::from_bits(&bits, shape.k()).unwrap()
}

#[test]
fn planted_faults_are_found() {
    let faults = [
        Fault { name: "p and q swapped", keeps: |d, kept, whole| d < whole - kept, ..SOUND },
        Fault { name: "odds off by one", keeps: |d, kept, _| d <= kept, ..SOUND },
        Fault { name: "the last other value is never drawn", bound: |n| (n - 1).max(1), ..SOUND },
        Fault { name: "a draw is used twice", reuse: true, ..SOUND },
    ];
    for (k, odds) in
        [(6, Odds::new(3, 1).unwrap()), (9, Odds::new(3, 1).unwrap()), (9, Odds::new(9, 2).unwrap())]
    {
        let shape = SubsetSelection::new(k, odds).unwrap();
        // A common multiple of all paths, also of those that draw from one value less.
        let one = unit(domain(&shape), k, shape.size()) * (1..u128::from(k)).product::<u128>();
        let ratio = |fault: &Fault| greatest_ratio(k, one, &|truth, walk| faulty(fault, &shape, truth, walk));
        assert!(is_exactly(odds, ratio(&SOUND)), "{}", SOUND.name);
        for fault in &faults {
            if fault.reuse && shape.size() == 1 {
                continue; // sound: one draw can serve both steps when a single value is sent
            }
            assert!(!is_exactly(odds, ratio(fault)), "not found: {} at k {k}, odds {odds}", fault.name);
        }
    }
}

#[test]
fn a_bucket_that_does_not_exist_counts_as_nothing() {
    let shape = SubsetSelection::new(5, Odds::new(3, 1).unwrap()).unwrap();
    let one = unit(domain(&shape), 5, shape.size());
    let of = |truth| distribution(truth, one, &|truth, walk| shape.draw(truth, walk).unwrap());
    assert_eq!(of(5), of(0));
    assert_eq!(of(u32::MAX), of(0));
}

/// All answers that an encoding of `k` buckets takes: every set of 1 to `most` of them, and none.
fn sets(k: u32, most: u32) -> Vec<Vec<u32>> {
    let members = |bits: u32| (0..k).filter(move |bucket| bits >> bucket & 1 == 1).collect::<Vec<_>>();
    (0..1 << k).map(members).filter(|set| set.len() <= most as usize).collect()
}

/// The greatest ratio between what any two answers make of any report.
fn ratio_of_sets(
    k: u32,
    most: u32,
    odds: Odds,
    mechanism: &dyn Fn(&[u32], &mut Walk) -> BucketSet,
) -> Option<(u128, u128)> {
    let sets = sets(k, most);
    let one = (2 * u128::from(odds.num() + odds.den())).pow(k);
    greatest_ratio(sets.len() as u32, one, &|at, walk| mechanism(&sets[at as usize], walk))
}

/// λ to the power of `times`, as the ratio it should be.
fn is_power(odds: Odds, times: u32, ratio: Option<(u128, u128)>) -> bool {
    let (num, den) = (u128::from(odds.num()).pow(times), u128::from(odds.den()).pow(times));
    ratio.is_some_and(|(a, b)| a * den == b * num)
}

#[test]
fn epsilon_of_several_answers_is_exact_over_every_report() {
    for (k, most, num, den) in
        [(2, 1, 3, 1), (3, 1, 7, 1), (4, 1, 2, 1), (4, 2, 2, 1), (4, 2, 3, 2), (5, 2, 2, 1)]
    {
        let odds = Odds::new(num, den).unwrap();
        let unary = UnaryEncoding::new(k, most, odds).unwrap();
        let ratio = ratio_of_sets(k, most, odds, &|truth, walk| unary.draw(truth, walk).unwrap());
        assert!(is_power(odds, most, ratio), "k {k}, most {most}, odds {odds}: {ratio:?}");
    }
}

/// For any k: bits are drawn one by one from bounds that no answer changes, so that a report's chance is the product of
/// those of its bits, and the greatest ratio of any two answers is that of `most` bits that turn off and `most` that
/// turn on.
#[test]
fn epsilon_of_several_answers_is_exact_by_counting_up_to_1024_buckets() {
    for (num, den) in [(3, 1), (7, 1), (2, 1), (3, 2), (11, 10)] {
        let odds = Odds::new(num, den).unwrap();
        for (k, most) in [(2, 1), (12, 3), (64, 2), (256, 5), (1024, 8)] {
            let unary = UnaryEncoding::new(k, most, odds).unwrap();
            let whole = odds.num() + odds.den();
            let mut chances = [[0_u64; 2]; 2]; // of a bit to be told, by whether it holds
            for (holds, chance) in chances.iter_mut().enumerate() {
                let truth: Vec<u32> = if holds == 1 { vec![k - 1] } else { vec![0] };
                for own in 0..2 {
                    for other in 0..whole {
                        let mut path = vec![0; 2 * k as usize - 2];
                        path.extend([own, other]);
                        let mut walk = Walk { path, bounds: Vec::new() };
                        let told = unary.draw(&truth, &mut walk).unwrap().contains(k - 1);
                        assert!(
                            walk.bounds.chunks(2).all(|pair| pair == [2, whole])
                                && walk.bounds.len() == 2 * k as usize
                        );
                        chance[usize::from(told)] += 1;
                    }
                }
            }
            let [[off_kept, off_told], [on_kept, on_told]] = chances.map(|chance| chance.map(u128::from));
            let turned = (on_told * off_kept, off_told * on_kept);
            assert_eq!(
                turned.0 * u128::from(odds.den()),
                turned.1 * u128::from(odds.num()),
                "k {k}, odds {odds}"
            );
        }
    }
}

#[test]
fn an_answer_of_too_many_or_of_none_stands_out_nowhere() {
    let odds = Odds::new(2, 1).unwrap();
    let unary = UnaryEncoding::new(4, 2, odds).unwrap();
    let one = 6_u128.pow(4);
    let answers = [&[3, 1, 2][..], &[3, 1], &[], &[0], &[9], &[3, 3, 1, 0]]
        .map(|truth: &[u32]| distribution(0, one, &|_, walk| unary.draw(truth, walk).unwrap()));
    assert!(answers[0] == answers[1] && answers[1] == answers[5] && answers[0] != answers[2]);
    assert!(answers[2] == answers[3] && answers[3] == answers[4]);
    for (k, most) in [(1, 1), (4, 3), (4, 0), (1025, 1)] {
        assert!(UnaryEncoding::new(k, most, odds).is_err());
    }
}

#[test]
fn epsilon_of_a_sum_is_exact_over_every_amount() {
    for (max, num, den) in [(1, 3, 1), (7, 3, 1), (12, 20, 1), (5, 3, 2), (10, 1_000, 999)] {
        let odds = Odds::new(num, den).unwrap();
        let sum = ClippedSum::new(max, odds).unwrap();
        let one = u128::from(max * (odds.num() + odds.den()));
        let ratio =
            greatest_ratio(max as u32 + 2, one, &|amount, walk| sum.draw(amount.into(), walk).unwrap());
        assert!(is_exactly(odds, ratio), "max {max}, odds {odds}: {ratio:?}");
        let told = |amount: u32| {
            let sent = distribution(amount, one, &|amount, walk| sum.draw(amount.into(), walk).unwrap());
            sent.iter().filter(|(set, _)| set.contains(1)).map(|(_, chance)| *chance).sum::<u128>()
        };
        // The mean of the bit rises evenly with the amount, and not beyond the largest.
        let step = u128::from(odds.num() - odds.den());
        assert!((0..=max as u32).all(|amount| told(amount) == told(0) + u128::from(amount) * step));
        assert_eq!(told(max as u32 + 1), told(max as u32));
    }
    assert!(ClippedSum::new(0, Odds::new(3, 1).unwrap()).is_err());
}

/// Faults in the drawing of bits, which the walk must find as it finds those of subsets.
#[test]
fn planted_faults_in_bits_and_sums_are_found() {
    let odds = Odds::new(3, 1).unwrap();
    let bit = |set: &mut Vec<u8>, bucket: u32| set[0] |= 1 << bucket;
    type Told = fn(holds: bool, own: u64, other: u64) -> bool;
    let faults: [(&str, Told); 3] = [
        ("what holds is always told", |holds, _, other| holds || other == 0),
        ("p and q swapped", |holds, own, other| if holds { other == 0 } else { own == 0 }),
        ("the other's odds are off by one", |holds, own, other| if holds { own == 0 } else { other <= 1 }),
    ];
    for (name, told) in faults {
        let ratio = ratio_of_sets(3, 1, odds, &|truth, walk| {
            let mut bits = vec![0];
            for bucket in 0..3 {
                let (own, other) = (walk.below(2).unwrap(), walk.below(4).unwrap());
                if told(truth.contains(&bucket) || truth.is_empty() && bucket == 0, own, other) {
                    bit(&mut bits, bucket);
                }
            }
            BucketSet::from_bits(&bits, 3).unwrap()
        });
        // Swapped odds tell as much, of the wrong thing.
        assert!(name.starts_with("p and q") || !is_exactly(odds, ratio), "not found: {name}: {ratio:?}");
    }
    let off_by_one = greatest_ratio(6, 5 * 4, &|amount, walk| {
        let rounded = walk.below(5).unwrap() <= u64::from(amount);
        let kept = walk.below(4).unwrap() < 3;
        BucketSet::from_bits(&[1 << u32::from(rounded == kept)], 2).unwrap()
    });
    assert!(!is_exactly(odds, off_by_one), "{off_by_one:?}");
}
