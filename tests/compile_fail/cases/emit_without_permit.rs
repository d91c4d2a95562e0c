//! No report is made, shown, sent or dropped without a permit.
use sottovoce::signals::{Sender, Signals, TaskSet};

fn emit(s: &Signals<'_>, set: &TaskSet, t: &Sender) {
    drop(s.prepare(&(), set, |_| None)); //~ E0308
    drop(s.preview(&(), |_| None)); //~ E0308
    drop(s.flush(&(), t)); //~ E0308
    drop(s.discard(&())); //~ E0308
}

fn main() {}
