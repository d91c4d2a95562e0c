//! An auditor that believes nothing but bytes: how much likelier one truth makes a report than the opposite one, counted.
//!
//! Reports of two opposite truths are made, written, read, and counted by the event that tells the two apart best: all of
//! what holds in the one is named and nothing of what holds in the other. With x of n reports of the first truth in it
//! and y of n of the second, ε lies between ln(low(x) / high(y)) and ln(high(x) / low(y)), where low and high are the ends
//! of the interval of Clopper and Pearson ("The use of confidence or fiducial limits", Biometrika 26, 1934). The upper end
//! is that of this event: that no other event tells more is shown by enumeration, not by counting.

use serde::Serialize;

use crate::base::random::{self, RandomError, SecureRandom};
use crate::signals::dp::bucket_set::BucketSet;
use crate::signals::dp::mechanism::{Answer, Mechanism};
use crate::signals::task::Task;
use crate::signals::wire::{Report, TaskRef};

/// How often the interval that is told holds ε.
const TOLD: f64 = 0.99;
/// How often chance alone may raise an alarm.
const ALARM: f64 = 1e-6;
/// The part of ε that must be seen before it is said to be as stated.
const SEEN: f64 = 0.9;

/// What was found of one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// The task.
    pub task_id: String,
    /// Reports of each of the two truths.
    pub reports: u64,
    /// What the question says: the logarithm of its odds.
    pub stated: f64,
    /// Lower end of the interval for ε; none if nothing is known.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// How often the interval holds ε.
    pub confidence: f64,
    /// The result.
    pub verdict: AuditVerdict,
}

/// Whether reports tell what the question says that they tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditVerdict {
    /// They do.
    AsStated,
    /// They tell more: the promise is broken.
    TellsMore,
    /// They tell less: they are not randomised as the collector thinks, so that estimates are wrong.
    TellsLess,
    /// Too few reports, or none of the kind that tells anything.
    Unclear,
}

/// Reports that the event holds for, of so many.
#[derive(Debug, Clone, Copy)]
struct Seen {
    of_first: u64,
    of_second: u64,
    reports: u64,
}

impl Audit {
    /// Makes so many reports of each of two opposite truths, as devices do, and counts what they tell. `None` for a task
    /// that no task set accepts.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn of(task: &Task, reports: u64, random: &dyn SecureRandom) -> Result<Option<Self>, RandomError> {
        let Some(mechanism) = task.mechanism() else { return Ok(None) };
        let made = |answer: &Answer| {
            let told = mechanism.randomize(answer, random)?;
            let id = random::bytes(random)?;
            Ok(Report::new(TaskRef { set: [0; 8], index: 0 }, 0, id, &told).to_bytes())
        };
        Ok(Some(Self::made_by(task, &mechanism, reports, &made)?))
    }

    /// The same, of whatever makes the bytes of reports.
    fn made_by(
        task: &Task,
        mechanism: &Mechanism,
        reports: u64,
        make: &dyn Fn(&Answer) -> Result<Vec<u8>, RandomError>,
    ) -> Result<Self, RandomError> {
        let [first, second] = opposites(mechanism);
        let mut sides = [[0, 0], [0, 0]];
        for (side, truth) in sides.iter_mut().zip([&first, &second]) {
            for _ in 0..reports {
                let report = Report::parse(&make(&truth.answer)?).ok();
                // What no device may send tells as much as can be told.
                let Some(told) = report.and_then(|report| report.buckets(mechanism).ok()) else { continue };
                let [as_first, as_second] = side;
                *as_first += u64::from(tells(&told, &first, &second));
                *as_second += u64::from(tells(&told, &second, &first));
            }
        }
        let [[first, of_first_as_second], [of_second_as_first, second]] = sides;
        let both = [
            Seen { of_first: first, of_second: of_second_as_first, reports },
            Seen { of_first: second, of_second: of_first_as_second, reports },
        ];
        Ok(Self::judged(task, mechanism, reports, &both))
    }

    fn judged(task: &Task, mechanism: &Mechanism, reports: u64, both: &[Seen; 2]) -> Self {
        let (odds, times) = mechanism.odds();
        let stated = (odds.num() as f64 / odds.den() as f64).ln() * f64::from(times);
        let [told, sure] = [1.0 - TOLD, ALARM].map(|missed| {
            // Eight ends of intervals, any of which may miss.
            let ends = both.map(|seen| seen.epsilon(missed / 8.0));
            (ends[0].0.max(ends[1].0), ends[0].1.min(ends[1].1))
        });
        let verdict = match sure {
            (low, _) if low > stated => AuditVerdict::TellsMore,
            (_, high) if high < stated => AuditVerdict::TellsLess,
            _ if told.0 < SEEN * stated => AuditVerdict::Unclear,
            _ => AuditVerdict::AsStated,
        };
        let known = |end: f64| end.is_finite().then_some(end);
        let (low, high) = (known(told.0), known(told.1));
        Self { task_id: task.id.clone(), reports, stated, low, high, confidence: TOLD, verdict }
    }
}

/// A truth, and the buckets that tell it.
struct Truth {
    answer: Answer,
    buckets: Vec<u32>,
}

/// Two truths that differ as much as truths can.
fn opposites(mechanism: &Mechanism) -> [Truth; 2] {
    let k = mechanism.k();
    match mechanism {
        Mechanism::Subset(_) => {
            [0, k - 1].map(|bucket| Truth { answer: Answer::Bucket(bucket), buckets: vec![bucket] })
        }
        Mechanism::Unary(unary) => [0, k - unary.most()].map(|from| {
            let buckets: Vec<u32> = (from..from + unary.most()).collect();
            Truth { answer: Answer::Buckets(buckets.clone()), buckets }
        }),
        Mechanism::Sum(sum) => [(0, 0), (sum.max(), 1)]
            .map(|(amount, bucket)| Truth { answer: Answer::Amount(amount), buckets: vec![bucket] }),
    }
}

/// Whether a report names all of the one truth and nothing of the other.
fn tells(told: &BucketSet, one: &Truth, other: &Truth) -> bool {
    let named = |bucket: &u32| told.contains(*bucket);
    one.buckets.iter().all(named) && !other.buckets.iter().any(named)
}

impl Seen {
    /// The interval for ε, from frequencies each of whose ends misses by this.
    fn epsilon(self, missed: f64) -> (f64, f64) {
        let Self { of_first: x, of_second: y, reports: n } = self;
        let low = lowest(x, n, missed) / highest(y, n, missed);
        let high = highest(x, n, missed) / lowest(y, n, missed);
        (low.ln(), high.ln())
    }
}

/// Lower end of the interval of Clopper and Pearson: the chance at which x or more of n are as rare as `missed`.
fn lowest(x: u64, n: u64, missed: f64) -> f64 {
    if x == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, x as f64 / n as f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_least(x, n, middle) < missed { low = middle } else { high = middle }
    }
    low
}

/// Upper end: what is not in the event, from below.
fn highest(x: u64, n: u64, missed: f64) -> f64 {
    1.0 - lowest(n - x, n, missed)
}

/// How often x or more of n happen, each with a chance of p under x / n: from x on they are rarer and rarer.
fn at_least(x: u64, n: u64, p: f64) -> f64 {
    let (all, first) = (n as f64, x as f64);
    let ways = libm::lgamma(all + 1.0) - libm::lgamma(first + 1.0) - libm::lgamma(all - first + 1.0);
    let mut term = (ways + first * p.ln() + (all - first) * (-p).ln_1p()).exp();
    let (mut sum, mut at, odds) = (0.0, first, p / (1.0 - p));
    while at <= all && term > sum * 1e-16 {
        sum += term;
        term *= (all - at) / (at + 1.0) * odds;
        at += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::signals::operator::estimator::tests::Seeded;

    fn task(measures: &serde_json::Value, buckets: usize, odds: u32) -> Task {
        let buckets: Vec<_> = (0..buckets).map(|at| format!("b{at}")).collect();
        serde_json::from_value(serde_json::json!({
            "id": "asked", "question": "Which?", "measures": measures, "buckets": buckets,
            "odds": {"num": odds, "den": 1}, "min_batch": 1000,
        }))
        .unwrap()
    }

    fn brands(buckets: usize, odds: u32) -> Task {
        task(&"brand_interest".into(), buckets, odds)
    }

    fn bytes(told: &BucketSet) -> Vec<u8> {
        Report::new(TaskRef { set: [0; 8], index: 0 }, 0, [7; 16], told).to_bytes()
    }

    /// What the auditor finds of reports that `draw` makes in the place of the task's own way.
    fn found(task: &Task, reports: u64, draw: &dyn Fn(&Answer, &mut Seeded) -> BucketSet) -> Audit {
        let source = RefCell::new(Seeded(11));
        let make = |answer: &Answer| Ok(bytes(&draw(answer, &mut source.borrow_mut())));
        Audit::made_by(task, &task.mechanism().unwrap(), reports, &make).unwrap()
    }

    fn honest(task: &Task, reports: u64) -> Audit {
        found(task, reports, &|answer, source| task.mechanism().unwrap().draw(answer, source).unwrap())
    }

    /// Enough that the interval is narrow, and few enough for every day.
    fn kinds() -> [Task; 5] {
        let sum = serde_json::json!({"revenue": {"currency": "EUR", "max": 50_000}});
        let several = serde_json::json!({"brands_of_interest": {"most": 2}});
        [brands(2, 20), brands(12, 3), brands(64, 7), task(&sum, 2, 3), task(&several, 8, 2)]
    }

    #[test]
    fn reports_of_every_kind_tell_what_is_stated() {
        for task in kinds() {
            let audit = honest(&task, 30_000);
            let (low, high) = (audit.low.unwrap(), audit.high.unwrap());
            assert_eq!(audit.verdict, AuditVerdict::AsStated, "{audit:?}");
            assert!(
                low < audit.stated && audit.stated < high && high - low < 0.3 * audit.stated,
                "{audit:?}"
            );
        }
        assert_eq!(honest(&brands(12, 3), 50).verdict, AuditVerdict::Unclear, "too few to tell");
    }

    #[test]
    fn a_mechanism_that_was_tampered_with_is_found() {
        let (asked, n) = (brands(12, 3), 40_000);
        let own = asked.mechanism().unwrap();
        let other = |odds| brands(12, odds).mechanism().unwrap();
        let of = |draw: &dyn Fn(&Answer, &mut Seeded) -> BucketSet| found(&asked, n, draw).verdict;
        // Odds of five to one have sets of another size: what no device sends is not counted.
        assert_eq!((own.draw(&Answer::Bucket(0), &mut Seeded(1)).unwrap().len(), other(5).k()), (3, 12));
        assert_eq!(of(&|answer, source| other(5).draw(answer, source).unwrap()), AuditVerdict::Unclear);
        let larger = |answer: &Answer, source: &mut Seeded| loop {
            let told = own.draw(answer, source).unwrap();
            let Answer::Bucket(truth) = answer else { panic!() };
            // One in four of the sets without the truth is drawn again: four to one, and three is stated.
            if told.contains(*truth) || !source.next().is_multiple_of(4) {
                break told;
            }
        };
        assert_eq!(of(&larger), AuditVerdict::TellsMore);
        let domain = |answer: &Answer, source: &mut Seeded| loop {
            let told = own.draw(answer, source).unwrap();
            // The last bucket is never drawn as another one's.
            if *answer == Answer::Bucket(11) || !told.contains(11) {
                break told;
            }
        };
        assert_eq!(of(&domain), AuditVerdict::TellsMore);
        let swapped = |answer: &Answer, source: &mut Seeded| loop {
            let told = own.draw(answer, source).unwrap();
            let Answer::Bucket(truth) = answer else { panic!() };
            if !told.contains(*truth) || source.next().is_multiple_of(9) {
                break told;
            }
        };
        assert_eq!(of(&swapped), AuditVerdict::TellsLess);
        let stale = |answer: &Answer, _: &mut Seeded| own.draw(answer, &mut Seeded(3)).unwrap();
        assert_ne!(of(&stale), AuditVerdict::AsStated);
        assert_eq!(of(&|_, source| own.draw(&Answer::Bucket(5), source).unwrap()), AuditVerdict::TellsLess);
    }

    #[test]
    fn the_truth_in_one_of_five_reports_is_found() {
        let asked = kinds()[3].clone();
        let own = asked.mechanism().unwrap();
        let plain = found(&asked, 20_000, &|answer, source| match source.next() % 5 {
            0 => BucketSet::from_bits(&[1 << u8::from(*answer != Answer::Amount(0))], 2).unwrap(),
            _ => own.draw(answer, source).unwrap(),
        });
        assert_eq!(plain.verdict, AuditVerdict::TellsMore, "{plain:?}");
    }

    #[test]
    fn the_interval_is_that_of_clopper_and_pearson() {
        for (x, n, low, high) in [
            (0, 20, 0.0, 0.168_433_47),
            (10, 100, 0.049_004_69, 0.176_222_60),
            (20, 20, 0.831_566_53, 1.0),
            (50, 100, 0.398_321_12, 0.601_678_88),
        ] {
            assert!((lowest(x, n, 0.025) - low).abs() < 1e-6, "{x} of {n}: {}", lowest(x, n, 0.025));
            assert!((highest(x, n, 0.025) - high).abs() < 1e-6, "{x} of {n}: {}", highest(x, n, 0.025));
        }
        let (low, high) = (lowest(820_000, 2_000_000, 0.005), highest(820_000, 2_000_000, 0.005));
        // As wide as the normal distribution says of so many.
        let half = 2.575_829 * (0.41 * 0.59 / 2e6_f64).sqrt();
        assert!((0.41 - low - half).abs() < 1e-6 && (high - 0.41 - half).abs() < 1e-6, "{low} to {high}");
    }
}
