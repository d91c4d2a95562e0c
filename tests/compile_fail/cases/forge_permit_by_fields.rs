//! A permit cannot be put together outside of consent.
#![allow(unreachable_code)]
use sottovoce::consent::{History, Permit};

fn forge() -> Permit<History> {
    Permit { term: todo!(), purpose: todo!() } //~ E0451
}

fn main() {}
