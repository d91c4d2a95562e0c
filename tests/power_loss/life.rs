//! A seeded life of a device, recorded: what was done, what was on the disk after each call, and what could be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sottovoce::clock::Clock as _;
use sottovoce::consent::Purpose;
use sottovoce::signed::hex;

use super::deeds::{Deed, Fate, Outcome, script};
use super::model::Moment;
use super::recorder::{Mark, Recorded, Tree, record, tree};
use super::view::View;
use super::world::Device;

/// No policy of the shop lets history be kept for less.
const LEAST_RETENTION_MS: i64 = 200 * 24 * 3_600_000;

/// One call and what could be seen before and after it, at the same time of the clock.
pub struct Step {
    pub deed: Deed,
    pub outcome: Outcome,
    pub now_ms: i64,
    pub before: View,
    pub after: View,
    /// How many reports had left by then.
    pub sent: usize,
}

/// A recorded life.
pub struct Life {
    pub seed: u64,
    pub shares: bool,
    pub recorded: Recorded,
    pub steps: Vec<Step>,
    /// The bytes of the reports that left, in order.
    pub sent: Vec<String>,
    /// Somebody's copies of the folder, one after each call.
    pub copies: Vec<Tree>,
    /// What really lies on the disk at the end.
    pub left: Tree,
}

/// Seed 0 is the life that has something of everything; the others draw so many deeds.
pub fn live(seed: u64, count: usize) -> Life {
    let mut fate = Fate::new(seed);
    let shares = seed == 0 || fate.rng.coin();
    let script = if seed == 0 { script() } else { (0..count).map(|n| fate.next_deed(n)).collect() };
    let mut device = Device::new(seed, shares);
    let recording = record(&device.root());
    *device.post.tape.lock().unwrap() = Some(Arc::clone(&recording.tape));
    let (mut steps, mut copies) = (Vec::new(), Vec::new());
    for (n, (pause_ms, deed)) in script.into_iter().enumerate() {
        device.clock.advance(pause_ms);
        let before = if n == 0 { View::default() } else { View::of(&device).unwrap() };
        recording.tape.mark(Mark::Begun(n));
        let mut outcome = deed.act(&mut device);
        recording.tape.mark(Mark::Acked(n));
        let after = View::of(&device).unwrap();
        if outcome == Outcome::Durable && after.keeps_the_same_as(&before) {
            // What changes nothing writes nothing, and makes nothing durable.
            outcome = Outcome::Done;
        }
        copies.push(tree(&device.root()));
        let sent = device.post.got.lock().unwrap().len();
        steps.push(Step { deed, outcome, now_ms: device.clock.now_ms(), before, after, sent });
    }
    device.close();
    let sent = device.post.got.lock().unwrap().iter().map(|body| hex(body)).collect();
    let left = tree(&device.root());
    Life { seed, shares, recorded: recording.finish(), steps, sent, copies, left }
}

impl Life {
    /// The version of the policy that was in force at the latest.
    pub fn policy(&self, moment: Moment) -> u64 {
        let steps = self.steps[..moment.acked.map_or(0, |n| n + 1)].iter();
        steps
            .filter_map(|step| if let Deed::Policy(v) = step.deed { Some(v) } else { None })
            .max()
            .unwrap_or(1)
    }

    /// What could be seen before and after whatever was under way.
    pub fn around(&self, moment: Moment) -> (&View, &View) {
        let step = &self.steps[moment.begun];
        let before = if moment.acked == Some(moment.begun) { &step.after } else { &step.before };
        (before, &step.after)
    }

    /// The moment after step `n`.
    pub fn after(&self, n: usize) -> Moment {
        Moment { begun: n, acked: Some(n), sent: self.steps[n].sent }
    }

    /// The canaries that may be nowhere: what was tried and is not kept, before or after what was under way.
    pub fn dead(&self, moment: Moment) -> BTreeSet<u32> {
        let (before, after) = self.around(moment);
        let tried = self.steps[..=moment.begun].iter().flat_map(|step| step.deed.tried());
        let alive: BTreeSet<u32> = before.kept().union(&after.kept()).copied().collect();
        tried.filter(|number| !alive.contains(number)).collect()
    }

    /// Whether an event may be kept no longer, so that opening removes it.
    pub fn is_past(&self, number: u32, now_ms: i64) -> bool {
        let tracked = |step: &&Step| matches!(step.deed, Deed::Track { number: n, .. } if n == number);
        self.steps.iter().find(tracked).is_some_and(|step| now_ms - step.now_ms >= LEAST_RETENTION_MS)
    }

    /// The step in which something that was kept went for the last time.
    fn end_of(&self, number: u32) -> Option<&Step> {
        let went =
            |step: &&Step| step.before.kept().contains(&number) && !step.after.kept().contains(&number);
        self.steps.iter().rev().find(went)
    }

    /// Whether something went alone, and not with a key of its purpose.
    pub fn went_alone(&self, number: u32) -> bool {
        let alone = |step: &Step| matches!(step.deed, Deed::Unprefer(_) | Deed::NotMe(_));
        self.end_of(number).is_some_and(alone) || self.ran_out(number)
    }

    /// Whether something went because its time was up, which is no erasure.
    pub fn ran_out(&self, number: u32) -> bool {
        let ran_out =
            |step: &Step| matches!(step.deed, Deed::Maintain { .. }) && step.after.allows(Purpose::History);
        self.end_of(number).is_some_and(ran_out)
    }

    /// Whether a report stopped waiting because it was sent, or was too old to be.
    pub fn was_settled(&self, window: i64) -> bool {
        let went = |step: &&Step| {
            step.before.waiting.contains_key(&window) && !step.after.waiting.contains_key(&window)
        };
        self.steps.iter().find(went).is_some_and(|step| matches!(step.deed, Deed::Maintain { .. }))
    }

    /// The number of the latest event that must be there if it was kept at all.
    pub fn durable_event(&self, moment: Moment) -> u32 {
        let steps = self.steps[..moment.acked.map_or(0, |n| n + 1)].iter();
        let durable = steps.rev().skip_while(|step| step.outcome != Outcome::Durable);
        durable.filter_map(|step| step.after.events.last()).copied().max().unwrap_or(0)
    }

    /// The reports that somebody has seen, or was told of, by window.
    pub fn answers(&self, moment: Moment) -> BTreeMap<i64, &str> {
        let all = || {
            self.steps.iter().enumerate().flat_map(|(n, step)| step.after.waiting.iter().map(move |w| (n, w)))
        };
        let told = all()
            .filter(|(n, _)| Some(*n) <= moment.acked)
            .map(|(_, (window, bytes))| (*window, bytes.as_str()));
        let gone = self.sent[..moment.sent].iter().filter_map(|bytes| {
            all().find(|(_, (_, known))| *known == bytes).map(|(_, (window, _))| (*window, bytes.as_str()))
        });
        told.chain(gone).collect()
    }
}
