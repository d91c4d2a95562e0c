//! Nothing is written or read without saying by which permit.
use sottovoce::consent::{ConsentError, Gate, Purpose};
use sottovoce::vault::{Durability, Table};

fn collect(gate: &Gate) -> Result<(), ConsentError> {
    gate.write(Durability::Full, |w| w.append(Table(20), b"event").map(drop))?;
    gate.write(Durability::Full, |w| w.at(&Purpose::History)?.append(Table(20), b"event").map(drop))?;
    gate.write(Durability::Full, |w| w.at()?.append(Table(20), b"event").map(drop))
}

fn main() {}
