//! Twenty thousand devices, the same randomiser as on a phone, and the collector.

use std::error::Error;

use sottovoce::random::{self, SystemRandom};
use sottovoce::signals::{Answer, Collector, Report, TaskRef, TaskSet, Verdict, day_of};

use super::merchant::{Shop, questions};
use super::print::{bars, fact, progress};

const DEVICES: u64 = 20_000;

/// Every device answers at random; prints what the crowd adds up to beside the truth.
pub fn whisper(shop: &Shop, now_ms: i64) -> Result<(), Box<dyn Error>> {
    let set = TaskSet::open(&questions(shop, now_ms)?, &shop.public_key)?;
    let task = set.task(0).ok_or("no task")?;
    let mechanism = task.mechanism().ok_or("no mechanism")?;
    let window = set.window_at(day_of(now_ms));
    let mut collector = Collector::new([set.clone()]);
    let mut truth = vec![0_u64; task.buckets.len()];
    let mut bytes = 0;
    for device in 0..DEVICES {
        let bucket = interest(truth.len() as u64)?;
        truth[bucket as usize] += 1;
        let said = mechanism.randomize(&Answer::Bucket(bucket), &SystemRandom)?;
        let id = random::bytes::<16>(&SystemRandom)?;
        let report = Report::new(TaskRef::new(set.hash(), 0), window.start, id, &said).to_bytes();
        bytes += report.len();
        collector.ingest(&report, now_ms);
        if device % 500 == 499 {
            progress("whispering", (device + 1) as f64 / DEVICES as f64);
        }
    }
    let estimate = collector.estimate(&task.id, window.start).ok_or("no estimate")?;
    fact("reports", format!("{} of {} bytes each", estimate.reports, bytes as u64 / DEVICES));
    let epsilon = task.odds.micro_epsilon() as f64 / 1e6;
    fact("odds", format!("{}, which is ε = {epsilon:.4}; no server is trusted", task.odds));
    println!();
    let Verdict::Counts(counts) = estimate.verdict else { return Err("too few reports".into()) };
    let rows = counts
        .iter()
        .zip(&truth)
        .map(|(c, t)| (c.name.clone(), c.count.devices, (c.count.high - c.count.low) / 2.0, *t as f64));
    bars(&rows.collect::<Vec<_>>());
    let inside =
        counts.iter().zip(&truth).filter(|(c, t)| (c.count.low..=c.count.high).contains(&(**t as f64)));
    println!();
    fact("truth in the interval", format!("{} of {} (95 % are expected)", inside.count(), counts.len()));
    Ok(())
}

/// A made-up crowd: the later of the buckets are rarer, the first one is for nothing.
fn interest(buckets: u64) -> Result<u32, Box<dyn Error>> {
    let one = random::below(&SystemRandom, buckets)?;
    let two = random::below(&SystemRandom, buckets)?;
    Ok(u32::try_from(one.min(two))?)
}
