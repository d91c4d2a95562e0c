//! What leaves the device takes the permit for measurement, and no other.
use sottovoce::consent::{Essential, Experiments, ModelImprovement, Permit};
use sottovoce::signals::{Sender, Signals, TaskSet};

fn emit(
    s: &Signals<'_>,
    essential: &Permit<Essential>,
    testing: &Permit<Experiments>,
    training: &Permit<ModelImprovement>,
    set: &TaskSet,
    t: &Sender,
) {
    drop(s.prepare(testing, set, |_| None)); //~ E0308
    drop(s.preview(essential, |_| None)); //~ E0308
    drop(s.flush(training, t)); //~ E0308
    drop(s.discard(essential)); //~ E0308
}

fn main() {}
