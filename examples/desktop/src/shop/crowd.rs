//! A crowd of other devices: the engine's own randomiser on their side, the engine's own collector on the shop's.

use sottovoce::random::{self, SystemRandom};
use sottovoce::signals::{
    Answer, Collector, Mechanism, Report, Task, TaskRef, TaskSet, Verdict, Window, day_of,
};

use super::Failure;
use crate::plot::Bar;
use crate::seen::Crowd;

/// A crowd that grows.
pub struct Simulation {
    task: Task,
    mechanism: Mechanism,
    reference: TaskRef,
    window: Window,
    now_ms: i64,
    collector: Collector,
    truth: Vec<u64>,
    devices: u32,
}

impl Simulation {
    /// An empty crowd that is asked the first question of a set.
    ///
    /// # Errors
    /// A set without a question.
    pub fn new(set: &TaskSet, now_ms: i64) -> Result<Self, Failure> {
        let task = set.task(0).ok_or("a set without questions")?.clone();
        Ok(Self {
            mechanism: task.mechanism().ok_or("a question without a randomiser")?,
            reference: TaskRef::new(set.hash(), 0),
            window: set.window_at(day_of(now_ms)),
            now_ms,
            collector: Collector::new([set.clone()]),
            truth: vec![0; task.buckets.len()],
            devices: 0,
            task,
        })
    }

    /// Devices so far.
    #[must_use]
    pub const fn devices(&self) -> u32 {
        self.devices
    }

    /// Lets more devices answer, up to `devices` of them.
    ///
    /// # Errors
    /// A device without random bytes.
    pub fn grow(&mut self, devices: u32) -> Result<(), Failure> {
        while self.devices < devices {
            let bucket = self.interest()?;
            self.truth[bucket as usize] += 1;
            let said = self.mechanism.randomize(&Answer::Bucket(bucket), &SystemRandom)?;
            let id = random::bytes::<16>(&SystemRandom)?;
            let report = Report::new(self.reference, self.window.start, id, &said);
            self.collector.ingest(&report.to_bytes(), self.now_ms);
            self.devices += 1;
        }
        Ok(())
    }

    /// What is made up is only whom the devices belong to: the later of the buckets are rarer.
    fn interest(&self) -> Result<u32, Failure> {
        let buckets = self.truth.len() as u64;
        let (one, two) = (random::below(&SystemRandom, buckets)?, random::below(&SystemRandom, buckets)?);
        Ok(u32::try_from(one.min(two))?)
    }

    /// The crowd as the page shows it.
    ///
    /// # Errors
    /// None once a device has answered.
    pub fn seen(&self) -> Result<Crowd, Failure> {
        let estimate = self.collector.estimate(&self.task.id, self.window.start);
        let counts = match estimate.map(|e| e.verdict) {
            Some(Verdict::Counts(counts)) => counts,
            _ => Vec::new(),
        };
        let bars: Vec<Bar> = counts
            .iter()
            .zip(&self.truth)
            .map(|(c, truth)| Bar {
                name: c.name.clone(),
                value: c.count.devices,
                interval: (c.count.low, c.count.high),
                truth: Some(*truth as f64),
            })
            .collect();
        let widest = bars.iter().map(|b| (b.interval.1 - b.interval.0) / 2.0).fold(0.0, f64::max);
        Ok(Crowd {
            devices: self.devices,
            least: self.task.min_batch,
            margin: widest / f64::from(self.devices.max(1)) * 100.0,
            bars,
            odds: format!("{}, ε = {:.4}", self.task.odds, self.task.odds.micro_epsilon() as f64 / 1e6),
        })
    }
}
