//! Which segments a user is of leaves the device in nothing but a randomised answer, which the device works out itself: nothing
//! that leaves takes a membership.
use sottovoce::consent::{Measurement, Permit};
use sottovoce::profile::SegmentMembership;
use sottovoce::random::SecureRandom;
use sottovoce::signals::{Answer, HttpRequest, Mechanism, Report, Signals, TaskRef, TaskSet, Transport};

fn answer(s: &Signals<'_>, permit: &Permit<Measurement>, set: &TaskSet, of: Option<SegmentMembership>) {
    drop(s.prepare(permit, set, |_| of)); //~ E0308
}

fn randomize(by: &Mechanism, of: &SegmentMembership, r: &dyn SecureRandom) {
    drop(by.randomize(of, r)); //~ E0308
    let _ = Answer::Buckets(vec![of]); //~ E0308
}

fn send(t: &dyn Transport, all: Vec<SegmentMembership>, head: TaskRef, request: HttpRequest) {
    drop(t.send(&all)); //~ E0308
    let _ = Report::new(head, 0, [0; 16], &all); //~ E0308
    let _ = HttpRequest { body: all, ..request }; //~ E0308
}

fn main() {}
