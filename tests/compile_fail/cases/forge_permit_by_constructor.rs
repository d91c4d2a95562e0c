//! A permit cannot be issued outside of consent.
#![allow(unreachable_code)]
use sottovoce::consent::{History, Permit, SensitivePermit};

fn main() {
    let _issued = Permit::<History>::issue(todo!()); //~ E0624
    let _tag = SensitivePermit::issue(todo!(), todo!(), todo!()); //~ E0624
    let _default: Permit<History> = Default::default(); //~ E0277
}
