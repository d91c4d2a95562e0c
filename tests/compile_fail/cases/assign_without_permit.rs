//! Nobody takes part in a test without a permit.
use sottovoce::catalog::ExperimentSpec;
use sottovoce::consent::Gate;
use sottovoce::experiments::{Assignment, Experiments};
use sottovoce::random::SecureRandom;

fn assign(e: &Experiments, gate: &Gate, r: &dyn SecureRandom, spec: &ExperimentSpec, seen: &Assignment) {
    drop(e.variant(gate, &(), r, spec)); //~ E0308
    drop(e.expose(gate, &(), seen)); //~ E0308
    drop(e.exposures(gate, &())); //~ E0308
}

fn main() {}
