//! The vault behind the gate is out of reach.
use sottovoce::consent::{Gate, Reading, Records, Writing};
use sottovoce::vault::{Compartment, Reader, Vault, Writer};

fn vault(gate: &Gate) -> &Vault {
    &gate.vault //~ E0616
}

fn reader<'a>(reading: &'a Reading<'a>) -> &'a Reader<'a> {
    reading.0 //~ E0616
}

fn writer<'a, 'tx>(writing: &'a mut Writing<'a, 'tx>) -> &'a mut Writer<'tx> {
    writing.0 //~ E0616
}

fn elsewhere(records: &mut Records<'_>) {
    records.at = Compartment(4); //~ E0616
}

fn main() {}
