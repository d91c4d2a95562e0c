//! What the states turned out to be.

use std::collections::BTreeMap;

use super::checks::{Broken, Promise};

/// The most examples of one broken promise.
const MOST_EXAMPLES: usize = 3;

#[derive(Debug, Default)]
pub struct Tally {
    /// Different states that were opened.
    pub states: usize,
    /// Those among them that lost power a second time, while they were being opened.
    pub twice: usize,
    /// States in which a promise was broken.
    pub broken: BTreeMap<Promise, usize>,
    /// The first of them, in words.
    pub examples: BTreeMap<Promise, Vec<String>>,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.states += other.states;
        self.twice += other.twice;
        for (promise, times) in other.broken {
            *self.broken.entry(promise).or_default() += times;
        }
        for (promise, examples) in other.examples {
            examples.into_iter().for_each(|example| self.show(promise, example));
        }
    }

    /// Counts each promise once for a state.
    pub fn count(&mut self, broken: Vec<Broken>, state: &str) {
        let firsts: BTreeMap<Promise, String> = broken.into_iter().rev().collect();
        for (promise, why) in firsts {
            *self.broken.entry(promise).or_default() += 1;
            self.show(promise, format!("{why} ({state})"));
        }
    }

    fn show(&mut self, promise: Promise, example: String) {
        let examples = self.examples.entry(promise).or_default();
        if examples.len() < MOST_EXAMPLES {
            examples.push(example);
        }
    }

    pub fn times(&self, promise: Promise) -> usize {
        self.broken.get(&promise).copied().unwrap_or(0)
    }

    /// Whether any promise was broken that is not left out by `SOTTOVOCE_POWER_LOSS_WITHOUT=erased,shelf`.
    pub fn is_good(&self) -> bool {
        let without = std::env::var("SOTTOVOCE_POWER_LOSS_WITHOUT").unwrap_or_default();
        self.broken.keys().all(|promise| without.split(',').any(|word| word == promise.name()))
    }

    /// One line of JSON, to be added up by a script.
    pub fn line(&self, seeds: &str) -> String {
        let count = |promise: Promise| format!("\"{}\":{}", promise.name(), self.times(promise));
        let broken: Vec<String> = Promise::ALL.into_iter().map(count).collect();
        let (states, twice) = (self.states, self.twice);
        format!(
            "{{\"seeds\":\"{seeds}\",\"states\":{states},\"twice\":{twice},\"broken\":{{{}}}}}",
            broken.join(",")
        )
    }

    /// The examples, for whoever has to find the fault.
    pub fn told(&self) -> String {
        let lines = self.examples.iter().flat_map(|(promise, examples)| {
            examples.iter().map(move |example| format!("{}: {example}", promise.name()))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
