//! A permit cannot be made outside of consent.
use sottovoce::consent::{History, Permit, SensitivePermit};

fn main() {
    let _field: Permit<History> = Permit { term: todo!(), purpose: todo!() };
    let _constructor = Permit::<History>::issue(todo!());
    let _default: Permit<History> = Default::default();
    let _tag = SensitivePermit { term: todo!(), tag: todo!() };
}
