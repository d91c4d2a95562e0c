//! A yes to being measured is none to taking part in tests.
use sottovoce::catalog::ExperimentSpec;
use sottovoce::consent::{Essential, Gate, Measurement, Permit};
use sottovoce::experiments::{Assignment, Experiments};
use sottovoce::random::SecureRandom;

fn assign(
    e: &Experiments,
    gate: &Gate,
    essential: &Permit<Essential>,
    measurement: &Permit<Measurement>,
    r: &dyn SecureRandom,
    spec: &ExperimentSpec,
    seen: &Assignment,
) {
    drop(e.variant(gate, essential, r, spec)); //~ E0308
    drop(e.expose(gate, measurement, seen)); //~ E0308
    drop(e.exposures(gate, measurement)); //~ E0308
}

fn main() {}
