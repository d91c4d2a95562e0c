//! Weights moved by the measure itself. The likeliest weights are not those of the best lists: likelihood asks for the odds of
//! every candidate, a list for the first places only. A weight moves where that gains more than its own standard error.

use crate::ranking::explain::ReasonCode;
use crate::ranking::features::{COUNT, TABLE, Training, reason};
use crate::ranking::fit::Case;
use crate::ranking::top::best;

/// What is tried.
const STEPS: [f32; 8] = [-2.0, -1.0, -0.5, -0.25, 0.25, 0.5, 1.0, 2.0];
/// Rounds through all weights; the last ones rarely move any.
const ROUNDS: usize = 3;
/// Length of the lists.
const LIST: usize = 20;
/// Places that count for the discounted gain.
const FIRST: usize = 10;

/// Moves the weights of the user's own past, each to where lists of the cases are best.
pub(super) fn calibrate(cases: &[Case], weights: &mut [f32; COUNT]) {
    let mut trials: Vec<Trial<'_>> = cases.iter().map(|case| Trial::of(case, weights)).collect();
    for _ in 0..ROUNDS {
        let mut moved = false;
        for feature in (0..COUNT).filter(|feature| of_own_past(*feature)) {
            let tried = STEPS.map(|step| (gained(&trials, feature, step), step));
            let Some((gain, step)) = tried.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            if gain > 0.0 {
                trials.iter_mut().for_each(|trial| trial.take(feature, step));
                if let Some(weight) = weights.get_mut(feature) {
                    *weight += step;
                }
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
}

fn of_own_past(feature: usize) -> bool {
    let learnt = TABLE.get(feature).is_some_and(|feature| feature.training == Training::Learnt);
    learnt && reason(feature) == Some(ReasonCode::BuyAgain)
}

/// Mean gain of a step over all cases, 0 unless it is more than its standard error.
fn gained(trials: &[Trial<'_>], feature: usize, step: f32) -> f64 {
    let (mut sum, mut squares) = (0.0, 0.0);
    for gain in trials.iter().map(|trial| trial.gain(feature, step)) {
        sum += gain;
        squares += gain * gain;
    }
    // The error of a mean of many small differences: their own mean hardly matters.
    if sum > squares.sqrt() { sum / trials.len() as f64 } else { 0.0 }
}

/// A case with its candidates' scores and how good their list is.
struct Trial<'a> {
    case: &'a Case,
    scores: Vec<f32>,
    quality: f64,
}

impl<'a> Trial<'a> {
    fn of(case: &'a Case, weights: &[f32; COUNT]) -> Self {
        let rows = case.features.rows().into_iter();
        let scores: Vec<f32> = rows.map(|row| row.iter().zip(weights).map(|(x, w)| x * w).sum()).collect();
        let quality = quality(case, &scores);
        Self { case, scores, quality }
    }

    fn moved(&self, feature: usize, step: f32) -> Option<Vec<f32>> {
        let column = self.case.features.column(feature);
        let says = column.iter().any(|x| *x != 0.0);
        says.then(|| self.scores.iter().zip(column).map(|(score, x)| score + step * x).collect())
    }

    fn gain(&self, feature: usize, step: f32) -> f64 {
        self.moved(feature, step).map_or(0.0, |scores| quality(self.case, &scores) - self.quality)
    }

    fn take(&mut self, feature: usize, step: f32) {
        if let Some(scores) = self.moved(feature, step) {
            self.quality = quality(self.case, &scores);
            self.scores = scores;
        }
    }
}

/// Mean of reciprocal rank and normalised discounted gain of the list.
fn quality(case: &Case, scores: &[f32]) -> f64 {
    let list = best((0..).zip(scores.iter().copied()), LIST);
    let is_hit = |at: &u32| case.chosen.binary_search(&(*at as usize)).is_ok();
    let hits = list.iter().enumerate().filter(|(_, at)| is_hit(at)).map(|(place, _)| place);
    let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let ideal: f64 = (0..case.targets.clamp(1, FIRST)).map(gain).sum();
    let (mut first, mut sum) = (0.0_f64, 0.0);
    for place in hits {
        first = first.max(1.0 / (place as f64 + 1.0));
        sum += if place < FIRST { gain(place) } else { 0.0 };
    }
    f64::midpoint(first, sum / ideal)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ranking::features::{LAST, SEEN};

    /// Two candidates: the first goes with the last item, the second was had before and is chosen.
    fn case() -> Case {
        let mut features = Array2::zeros((2, COUNT));
        features[(0, LAST)] = 1.0;
        features[(1, SEEN)] = 1.0;
        Case { features, chosen: vec![1], targets: 1 }
    }

    #[test]
    fn what_was_had_before_comes_first_where_it_is_what_people_take() {
        let cases: Vec<Case> = (0..20).map(|_| case()).collect();
        let mut weights = [0.0; COUNT];
        weights[LAST] = 0.7;
        calibrate(&cases, &mut weights);
        assert!(weights[SEEN] > 0.7, "{}", weights[SEEN]);
        assert_eq!(weights[LAST], 0.7, "what is not of the user's own past stays");
    }

    #[test]
    fn one_case_among_many_moves_nothing() {
        let other = || Case { chosen: vec![0], ..case() };
        let cases: Vec<Case> = std::iter::once(case()).chain((0..20).map(|_| other())).collect();
        let mut weights = [0.0; COUNT];
        weights[LAST] = 0.7;
        calibrate(&cases, &mut weights);
        assert_eq!(weights[SEEN], 0.0);
    }
}
