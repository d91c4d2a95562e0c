//! A seeded life of a device, recorded: what was done, what was on the disk after each call, and what could be seen.

use std::collections::{BTreeMap, BTreeSet};

use sottovoce::clock::Clock as _;
use sottovoce::consent::Purpose;
use sottovoce::signed::hex;

use super::deeds::{Deed, Fate, Outcome};
use super::model::Moment;
use super::recorder::{Mark, Recorded, Tree, record, tree};
use super::view::View;
use super::world::Device;

/// One call and what could be seen before and after it, at the same time of the clock.
pub struct Step {
    pub deed: Deed,
    pub outcome: Outcome,
    pub now_ms: i64,
    pub before: View,
    pub after: View,
}

/// A recorded life.
pub struct Life {
    pub seed: u64,
    pub shares: bool,
    pub recorded: Recorded,
    pub steps: Vec<Step>,
    /// The bytes of the reports that left, in order.
    pub sent: Vec<String>,
    /// What really lies on the disk at the end.
    pub left: Tree,
}

/// Lives through `deeds`, or as many drawn ones.
pub fn live(seed: u64, deeds: Deeds<'_>) -> Life {
    let mut fate = Fate::new(seed);
    let shares = fate.rng.below(3) == 0;
    let mut device = Device::new(seed, shares);
    let recording = record(&device.root());
    *device.post.tape.lock().unwrap() = Some(std::sync::Arc::clone(&recording.tape));
    let mut steps = Vec::new();
    let count = match deeds {
        Deeds::Drawn(count) => count,
        Deeds::These(list) => list.len(),
    };
    for n in 0..count {
        let deed = match deeds {
            Deeds::These(list) => list[n].clone(),
            Deeds::Drawn(_) => fate.deed(n),
        };
        let pause = if matches!(deeds, Deeds::Drawn(_)) { fate.pause() } else { 3_600_000 };
        device.clock.advance(if n == 0 { 0 } else { pause });
        let before = if n == 0 { View::default() } else { View::of(&device).unwrap() };
        recording.tape.mark(Mark::Begun(n));
        let outcome = deed.act(&mut device);
        recording.tape.mark(Mark::Acked(n));
        let after = View::of(&device).unwrap();
        steps.push(Step { deed, outcome, now_ms: device.clock.now_ms(), before, after });
    }
    device.close();
    let sent = device.post.got.lock().unwrap().iter().map(|body| hex(body)).collect();
    let left = tree(&device.root());
    Life { seed, shares, recorded: recording.finish(), steps, sent, left }
}

/// What is done in a life.
#[derive(Clone, Copy)]
pub enum Deeds<'a> {
    /// So many drawn ones.
    Drawn(usize),
    These(&'a [Deed]),
}

impl Life {
    /// What could be seen before and after whatever was under way.
    pub fn around(&self, moment: Moment) -> (&View, &View) {
        let step = &self.steps[moment.begun];
        let before = if moment.acked == Some(moment.begun) { &step.after } else { &step.before };
        (before, &step.after)
    }

    /// The canaries that may be nowhere: what was tried and is not kept, before or after what was under way.
    pub fn dead(&self, moment: Moment) -> BTreeSet<u32> {
        let (before, after) = self.around(moment);
        let tried = self.steps[..=moment.begun].iter().flat_map(|step| step.deed.tried());
        let alive: BTreeSet<u32> = before.kept().union(&after.kept()).copied().collect();
        tried.filter(|number| !alive.contains(number)).collect()
    }

    /// Whether something went alone, and not with a key of its purpose.
    pub fn went_alone(&self, number: u32) -> bool {
        let went =
            |step: &&Step| step.before.kept().contains(&number) && !step.after.kept().contains(&number);
        self.steps.iter().find(went).is_some_and(|step| match step.deed {
            Deed::Unprefer(_) | Deed::NotMe(_) => true,
            Deed::Maintain { .. } => step.after.allows(Purpose::History),
            _ => false,
        })
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
