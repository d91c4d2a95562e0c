//! A permit stays with the purpose it was given for.
use sottovoce::consent::{History, Measurement, Permit};

fn same(permit: Permit<History>) -> Permit<Measurement> {
    permit //~ E0308
}

fn turned(permit: Permit<History>) -> Permit<Measurement> {
    permit.into() //~ E0277
}

fn main() {}
