//! A permit for a sensitive tag opens that tag and nothing that sends or counts.
use sottovoce::consent::{ConsentError, Gate, Measurement, Permit, SensitivePermit};
use sottovoce::vault::{Durability, Table};

fn queue(_: &Permit<Measurement>) {}

fn emit(gate: &Gate, tag: &SensitivePermit, measurement: &Permit<Measurement>) -> Result<(), ConsentError> {
    queue(tag);
    gate.write(Durability::Full, |w| w.at(tag)?.append(Table(50), b"report").map(drop))?;
    gate.write(Durability::Full, |w| w.at_sensitive(measurement)?.append(Table(50), b"x").map(drop))
}

fn main() {}
