//! No report is made, shown, sent or dropped without a permit.
use sottovoce::signals::{Signals, TaskSet, Transport};

fn emit(s: &Signals<'_>, set: &TaskSet, t: &dyn Transport) {
    drop(s.prepare(&(), set, |_| None)); //~ E0308
    drop(s.preview(&(), |_| None)); //~ E0308
    drop(s.flush(&(), t)); //~ E0308
    drop(s.discard(&())); //~ E0308
}

fn main() {}
