//! An assignment to a test is made by the room of experiments, which holds the permit.
use sottovoce::consent::{Essential, Permit};
use sottovoce::experiments::Experiments;

fn assign(permit: Permit<Essential>) -> Experiments {
    Experiments { permit }
}

fn main() {}
