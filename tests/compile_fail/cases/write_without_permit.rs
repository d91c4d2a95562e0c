//! Nothing is written without saying by which permit.
use sottovoce::consent::{ConsentError, Gate, Purpose};
use sottovoce::vault::{Durability, Table};

fn write(gate: &Gate) -> Result<(), ConsentError> {
    gate.write(Durability::Full, |w| w.append(Table(20), b"event").map(drop))?; //~ E0599
    gate.write(Durability::Full, |w| w.at(&Purpose::History)?.append(Table(20), b"event").map(drop))?; //~ E0308
    gate.write(Durability::Full, |w| w.at()?.append(Table(20), b"event").map(drop)) //~ E0061
}

fn main() {}
