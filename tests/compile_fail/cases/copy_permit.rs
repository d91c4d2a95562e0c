//! A permit is asked for anew, not kept in copies.
use sottovoce::consent::{History, Permit};

fn copies(permit: Permit<History>) -> [Permit<History>; 2] {
    [permit.clone(), permit] //~ E0599
}

fn main() {}
