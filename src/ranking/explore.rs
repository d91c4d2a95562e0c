//! Exploration: a few slots below the top go to items that did not make the list, drawn evenly, with
//! the odds written down, so that what was learnt from them can be weighed later (IPS).

use crate::base::random::{RandomError, SecureRandom, below};

/// The first place that may be given away.
const FIRST: usize = 4;
/// Places are given away by tens.
const BLOCK: usize = 10;
/// Most places given away of ten.
const MOST: usize = 2;
/// Runners-up that are drawn from.
const POOL: usize = 30;

/// An item put into a list to find out about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Explored {
    /// Its place in the list.
    pub(crate) at: usize,
    pub(crate) ix: u32,
    /// The odds that it was in this list.
    pub(crate) propensity: f32,
}

/// Draws for a list of `length` items. `others` are the runners-up, best first.
pub(crate) fn explore(
    length: usize,
    others: &[u32],
    share: f32,
    random: &dyn SecureRandom,
) -> Result<Vec<Explored>, RandomError> {
    let each = ((share.clamp(0.0, 0.2) * BLOCK as f32).round() as usize).min(MOST);
    let mut pool: Vec<u32> = others.iter().copied().take(POOL).collect();
    let mut explored = Vec::new();
    let all = pool.len();
    for block in (0..length).step_by(BLOCK) {
        let first = if block == 0 { FIRST } else { block };
        let mut places: Vec<usize> = (first..(block + BLOCK).min(length)).collect();
        for _ in 0..each {
            let (Some(at), Some(ix)) = (draw(&mut places, random)?, draw(&mut pool, random)?) else { break };
            explored.push(Explored { at, ix, propensity: 0.0 });
        }
    }
    // Drawn without replacement: every runner-up had the same odds of being among them.
    let propensity = explored.len() as f32 / all.max(1) as f32;
    explored.iter_mut().for_each(|e| e.propensity = propensity);
    Ok(explored)
}

fn draw<T>(from: &mut Vec<T>, random: &dyn SecureRandom) -> Result<Option<T>, RandomError> {
    if from.is_empty() {
        return Ok(None);
    }
    let at = below(random, from.len() as u64)? as usize;
    Ok(Some(from.swap_remove(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::SystemRandom;

    #[test]
    fn at_most_two_of_ten_and_never_among_the_first_four() {
        let others: Vec<u32> = (100..140).collect();
        for _ in 0..50 {
            let explored = explore(20, &others, 1.0, &SystemRandom).unwrap();
            assert_eq!(explored.len(), 4);
            assert!(
                explored.iter().all(|e| e.at >= 4 && e.ix < 130 && (e.propensity - 4.0 / 30.0).abs() < 1e-6)
            );
            assert_eq!(explored.iter().filter(|e| e.at < 10).count(), 2);
            let mut items: Vec<u32> = explored.iter().map(|e| e.ix).collect();
            items.sort_unstable();
            items.dedup();
            assert_eq!(items.len(), 4);
        }
    }

    #[test]
    fn nothing_is_given_away_by_default_or_without_runners_up() {
        assert_eq!(explore(20, &[1, 2, 3], 0.0, &SystemRandom).unwrap(), []);
        assert_eq!(explore(20, &[], 0.2, &SystemRandom).unwrap(), []);
        assert_eq!(explore(3, &[1, 2, 3], 0.2, &SystemRandom).unwrap(), []);
    }
}
