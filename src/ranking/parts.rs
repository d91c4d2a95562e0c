//! The parts of all candidates' scores by what they are called, and where a candidate would stand without one of them.

use once_cell::unsync::OnceCell;

use crate::ranking::explain::{ReasonCode, Workings};
use crate::ranking::features::COUNT;

/// What goes by one name.
pub(crate) struct Part {
    pub(crate) code: ReasonCode,
    /// What it adds to each candidate's score.
    adds: Vec<f32>,
    /// All scores without it, the best first.
    without: OnceCell<Vec<f32>>,
}

/// All parts of the scores of a list's candidates.
#[derive(Default)]
pub(crate) struct Parts {
    parts: Vec<Part>,
    scores: Vec<f32>,
    /// The best first.
    ordered: Vec<f32>,
}

impl Parts {
    pub(crate) fn of(workings: &Workings<'_>) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for feature in 0..=COUNT {
            let Some(code) = workings.called(feature) else { continue };
            let at = parts.iter().position(|part| part.code == code).unwrap_or(parts.len());
            if at == parts.len() {
                let adds = vec![0.0; workings.scores.len()];
                parts.push(Part { code, adds, without: OnceCell::new() });
            }
            let Some(part) = parts.get_mut(at) else { continue };
            workings.add_part(feature, &mut part.adds);
        }
        let scores = workings.scores.clone();
        Self { parts, ordered: best_first(scores.clone()), scores }
    }

    /// The parts of one candidate's score, and how much each adds.
    pub(crate) fn of_candidate(&self, at: usize) -> impl Iterator<Item = (&Part, f32)> {
        self.parts.iter().map(move |part| (part, part.adds.get(at).copied().unwrap_or_default()))
    }

    /// Where the candidate stands by score, 0 for the top.
    pub(crate) fn place(&self, at: usize) -> u32 {
        place(&self.ordered, self.scores.get(at).copied().unwrap_or_default())
    }

    /// Where the candidate would stand by score if nothing had the part.
    pub(crate) fn place_without(&self, part: &Part, at: usize) -> u32 {
        let left = |(score, adds): (&f32, &f32)| score - adds;
        let all = || self.scores.iter().zip(&part.adds);
        place(
            part.without.get_or_init(|| best_first(all().map(left).collect())),
            all().nth(at).map_or(0.0, left),
        )
    }
}

fn best_first(mut scores: Vec<f32>) -> Vec<f32> {
    scores.sort_unstable_by(|a, b| b.total_cmp(a));
    scores
}

fn place(ordered: &[f32], score: f32) -> u32 {
    ordered.partition_point(|other| *other > score) as u32
}
