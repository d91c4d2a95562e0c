//! What is kept is looked after under the permit for its retention, and that permit does nothing else.
use sottovoce::consent::{ConsentError, Gate, History, Permit, RetentionPermit, Trim};
use sottovoce::vault::{Durability, Table};

fn retain(gate: &Gate, history: &Permit<History>) -> Result<u64, ConsentError> {
    gate.write(Durability::Normal, |w| w.trim(history, Table(20), |_| Trim::Keep)) //~ E0308
}

fn read(gate: &Gate, history: &RetentionPermit<History>) {
    let _ = gate.read(|r| r.at(history).map(drop)); //~ E0308
}

fn main() {}
