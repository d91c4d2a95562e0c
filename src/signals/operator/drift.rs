//! Whether the answers to a question have changed from one window to another, or whether noise may be all that is seen.
//!
//! For each bucket the test of two proportions (Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions",
//! 2003, chapter 3) of how many reports name it: with C₁ of n₁ and C₂ of n₂, and π = (C₁ + C₂) / (n₁ + n₂),
//!
//! ```text
//! z = (C₂ / n₂ − C₁ / n₁) / √(π (1 − π) (1 / n₁ + 1 / n₂))
//! ```
//! What a report names comes from the truth and from the noise at once, so this variance has both; a bucket's frequency
//! is the same in both windows exactly if its share of the devices is. Of all buckets together, one is called changed in
//! at most 5 of 100 cases without a change (Holm, "A simple sequentially rejective multiple test procedure", 1979).
//! Devices that report in both windows make it rarer still.

use serde::Serialize;

use crate::signals::dp::mechanism::Mechanism;
use crate::signals::operator::estimator::{CONFIDENCE, Z_95, probabilities};
use crate::signals::operator::reader::Sums;
use crate::signals::task::Task;

/// A question in two windows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The task.
    pub task_id: String,
    /// First day of the earlier window, counted from 1970.
    pub from: u32,
    /// First day of the later one.
    pub to: u32,
    /// How often each interval holds the truth.
    pub confidence: f64,
    /// The result.
    pub verdict: DriftVerdict,
}

/// Whether anything has changed, or why that cannot be said.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftVerdict {
    /// One of the windows has too few reports.
    Insufficient,
    /// The question was asked in another way.
    AskedAnew,
    /// No change that the noise allows to see.
    Same(Vec<Change>),
    /// At least one bucket has changed.
    Changed(Vec<Change>),
}

/// How the share of one bucket has changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The bucket.
    pub name: String,
    /// The later share of the devices less the earlier one; of a sum, the amount of a device, in the question's unit.
    pub difference: f64,
    /// Lower end of its confidence interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How often noise alone makes such a difference or a larger one.
    pub p_value: f64,
    /// Whether noise alone is ruled out, all buckets considered.
    pub is_clear: bool,
}

impl Drift {
    /// Compares the reports of a window with those of an earlier one. `None` for a task that no task set accepts.
    pub(super) fn of(task: &Task, (from, was): (u32, &Sums), (to, is): (u32, &Sums)) -> Option<Self> {
        let changes = changes(task, &task.mechanism()?, was, is);
        let is_clear = changes.iter().any(|change| change.is_clear);
        let verdict = if is_clear { DriftVerdict::Changed(changes) } else { DriftVerdict::Same(changes) };
        Some(Self::told(task, from, to, verdict))
    }

    pub(super) fn told(task: &Task, from: u32, to: u32, verdict: DriftVerdict) -> Self {
        Self { task_id: task.id.clone(), from, to, confidence: CONFIDENCE, verdict }
    }
}

fn changes(task: &Task, mechanism: &Mechanism, was: &Sums, is: &Sums) -> Vec<Change> {
    // Of a sum, the second bucket tells everything.
    let (skipped, unit) = if let Mechanism::Sum(sum) = mechanism { (1, sum.max() as f64) } else { (0, 1.0) };
    let named = was.named.iter().zip(&is.named).zip(&task.buckets).skip(skipped);
    let change = |((before, after), name): ((&u64, &u64), &String)| {
        let ((before, n1), (after, n2)) =
            ((*before as f64, was.reports as f64), (*after as f64, is.reports as f64));
        Change { name: name.clone(), ..between(mechanism, (before, n1), (after, n2), unit) }
    };
    let mut changes: Vec<Change> = named.map(change).collect();
    let mut by_chance: Vec<&mut Change> = changes.iter_mut().collect();
    by_chance.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
    let all = by_chance.len();
    for (at, change) in by_chance.into_iter().enumerate() {
        change.is_clear = change.p_value <= (1.0 - CONFIDENCE) / (all - at) as f64;
        if !change.is_clear {
            break;
        }
    }
    changes
}

fn between(mechanism: &Mechanism, (before, n1): (f64, f64), (after, n2): (f64, f64), unit: f64) -> Change {
    let (p, q) = probabilities(mechanism);
    let (first, second, both) = (before / n1, after / n2, (before + after) / (n1 + n2));
    let pooled = (both * (1.0 - both) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let z = if pooled > 0.0 { (second - first) / pooled } else { 0.0 };
    let spread = (first * (1.0 - first) / n1 + second * (1.0 - second) / n2).sqrt();
    let (difference, half) = ((second - first) / (p - q) * unit, Z_95 * spread / (p - q) * unit);
    Change {
        name: String::new(),
        difference,
        low: difference - half,
        high: difference + half,
        p_value: libm::erfc(z.abs() / std::f64::consts::SQRT_2),
        is_clear: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::dp::mechanism::Answer;
    use crate::signals::operator::estimator::tests::Seeded;

    fn task(measures: &serde_json::Value, buckets: usize) -> Task {
        let buckets: Vec<_> = (0..buckets).map(|at| format!("b{at}")).collect();
        serde_json::from_value(serde_json::json!({
            "id": "asked", "question": "Which?", "measures": measures, "buckets": buckets,
            "odds": {"num": 3, "den": 1}, "min_batch": 1000,
        }))
        .unwrap()
    }

    fn sums(task: &Task, reports: u64, source: &mut Seeded, answer: &dyn Fn(&mut Seeded) -> Answer) -> Sums {
        let mechanism = task.mechanism().unwrap();
        let mut sums = Sums { reports: 0, named: vec![0; task.buckets.len()] };
        for _ in 0..reports {
            let answer = answer(source);
            sums.add(&mechanism.draw(&answer, source).unwrap());
        }
        sums
    }

    /// One in `often` devices is in bucket 1, the others are anywhere.
    fn devices(often: u64) -> impl Fn(&mut Seeded) -> Answer {
        move |source| {
            let anywhere = (source.next() % 6) as u32;
            Answer::Bucket(if source.next() % 100 < often { 1 } else { anywhere })
        }
    }

    fn compared(task: &Task, was: &Sums, is: &Sums) -> (bool, Vec<Change>) {
        match Drift::of(task, (0, was), (7, is)).unwrap().verdict {
            DriftVerdict::Changed(changes) => (true, changes),
            DriftVerdict::Same(changes) => (false, changes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn noise_alone_is_called_a_change_in_at_most_five_of_a_hundred_cases() {
        let task = task(&"brand_interest".into(), 6);
        let (mut source, mut alarms, mut covered) = (Seeded(3), 0, 0);
        let runs = 600;
        for _ in 0..runs {
            let [was, is] = [700, 900].map(|n| sums(&task, n, &mut source, &devices(30)));
            let (changed, changes) = compared(&task, &was, &is);
            alarms += u32::from(changed);
            covered += changes.iter().filter(|change| change.low <= 0.0 && 0.0 <= change.high).count();
        }
        // Holm's bound, and not far below it: a test that never speaks up would keep the bound as well.
        assert!((runs / 50..=runs * 7 / 100).contains(&alarms), "{alarms} of {runs}");
        let coverage = covered as f64 / f64::from(runs * 6);
        assert!((0.94..=0.96).contains(&coverage), "{coverage}");
    }

    #[test]
    fn a_change_that_is_larger_than_the_noise_is_found_and_measured() {
        let task = task(&"brand_interest".into(), 6);
        let (mut source, mut found, mut measured) = (Seeded(5), 0, 0.0);
        for _ in 0..100 {
            let was = sums(&task, 2_000, &mut source, &devices(10));
            let is = sums(&task, 3_000, &mut source, &devices(34));
            let (changed, changes) = compared(&task, &was, &is);
            found += u32::from(changed && changes[1].is_clear);
            measured += changes[1].difference / 100.0;
        }
        assert!(found >= 90, "{found}");
        // From 10 + 90/6 to 34 + 66/6 of a hundred.
        assert!((measured - 0.20).abs() < 0.01, "{measured}");
    }

    #[test]
    fn of_a_sum_the_amount_of_a_device_is_compared() {
        let task = task(&serde_json::json!({"revenue": {"currency": "EUR", "max": 8_000}}), 2);
        let mut source = Seeded(8);
        let [was, is] = [1_000, 3_000]
            .map(|amount| sums(&task, 20_000, &mut source, &move |_: &mut Seeded| Answer::Amount(amount)));
        let (changed, changes) = compared(&task, &was, &is);
        assert!(changed && changes.len() == 1 && changes[0].name == "b1", "{changes:?}");
        assert!((changes[0].low..=changes[0].high).contains(&2_000.0), "{changes:?}");
        assert!(changes[0].high - changes[0].low < 800.0, "{changes:?}");
    }

    #[test]
    fn nothing_named_at_all_is_no_change() {
        let task = task(&"brand_interest".into(), 6);
        let none = Sums { reports: 1_000, named: vec![0; 6] };
        assert!(!compared(&task, &none, &none).0);
    }
}
