//! What is predicted of a user stays on the device: nothing that leaves it takes a type of predictions.
use sottovoce::consent::{Measurement, Permit};
use sottovoce::profile::{Prediction, Predictions, Replenishment, Stage};
use sottovoce::random::SecureRandom;
use sottovoce::signals::{Answer, HttpRequest, Mechanism, Report, Signals, TaskRef, TaskSet, Transport};

fn answer(s: &Signals<'_>, permit: &Permit<Measurement>, set: &TaskSet, churn: Prediction, stage: Stage) {
    drop(s.prepare(permit, set, |_| Some(churn))); //~ E0308
    drop(s.prepare(permit, set, |_| Some(stage))); //~ E0308
    drop(s.preview(permit, |_| Some(churn))); //~ E0308
}

fn randomize(by: &Mechanism, all: &Predictions, needed: &Replenishment, stage: Stage, r: &dyn SecureRandom) {
    drop(by.randomize(all, r)); //~ E0308
    drop(by.randomize(needed, r)); //~ E0308
    let _ = Answer::Bucket(stage); //~ E0308
}

fn send(t: &dyn Transport, all: Predictions, head: TaskRef, request: HttpRequest) {
    drop(t.send(&all)); //~ E0308
    let _ = Report::new(head, 0, [0; 16], &all); //~ E0308
    let _ = HttpRequest { body: all, ..request }; //~ E0308
}

fn main() {}
