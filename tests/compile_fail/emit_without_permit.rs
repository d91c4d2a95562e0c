//! The queue of reports is inside the room of signals; outside there is no way to it.
use sottovoce::consent::{Essential, Permit};
use sottovoce::consent::Gate;

fn emit(gate: &Gate, permit: &Permit<Essential>) {
    drop(sottovoce::signals::outbox::waiting(gate, permit));
}

fn main() {}
