//! Nothing is read without saying by which permit.
use sottovoce::consent::{ConsentError, Gate, Purpose};
use sottovoce::vault::Table;

fn read(gate: &Gate) -> Result<u64, ConsentError> {
    gate.read(|r| r.count(Table(20)))?; //~ E0599
    gate.read(|r| r.at(&Purpose::History)?.count(Table(20)))?; //~ E0308
    gate.read(|r| r.at()?.count(Table(20))) //~ E0061
}

fn main() {}
