//! What is kept is looked after under the permit for history.
use sottovoce::consent::{Gate, Permit, Session};
use sottovoce::profile::Profile;

fn retain(p: &Profile, gate: &Gate, session: &Permit<Session>) {
    drop(p.purge(gate, session, 0)); //~ E0308
    drop(p.purge(gate, &(), 0)); //~ E0308
}

fn main() {}
