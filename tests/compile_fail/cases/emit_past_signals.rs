//! The queue of reports is inside the room of signals.
use sottovoce::consent::{Gate, Measurement, Permit};

fn emit(gate: &Gate, permit: &Permit<Measurement>) {
    drop(sottovoce::signals::device::outbox::waiting(gate, permit)); //~ E0603
}

fn main() {}
