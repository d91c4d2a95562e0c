//! The vault behind the gate is out of reach.
use sottovoce::consent::{Gate, Reading, Records, Writing};
use sottovoce::vault::{Compartment, Reader, Table, Vault, Writer};

fn vault(gate: &Gate) -> &Vault {
    &gate.vault
}

fn reader<'a>(reading: &'a Reading<'a>) -> &'a Reader<'a> {
    reading.0
}

fn writer<'a, 'tx>(writing: &'a mut Writing<'a, 'tx>) -> &'a mut Writer<'tx> {
    writing.0
}

fn elsewhere(records: &mut Records<'_>) {
    records.at = Compartment(4);
    records.reader.scan(Compartment(4), Table(20));
}

fn main() {}
