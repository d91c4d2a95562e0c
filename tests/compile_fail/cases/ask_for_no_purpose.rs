//! A permit is for a purpose.
use sottovoce::consent::Gate;

fn ask(gate: &Gate) {
    drop(gate.permit::<String>()); //~ E0277
}

fn main() {}
