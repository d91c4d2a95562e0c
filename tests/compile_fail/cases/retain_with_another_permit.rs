//! What is kept is looked after under the permit for its retention, and that permit does nothing else.
use sottovoce::consent::{Gate, History, Permit, RetentionPermit, Session};
use sottovoce::profile::Profile;

fn retain(p: &Profile, gate: &Gate, session: &RetentionPermit<Session>, history: &Permit<History>) {
    drop(p.purge(gate, session, 0)); //~ E0308
    drop(p.purge(gate, history, 0)); //~ E0308
}

fn read(gate: &Gate, history: &RetentionPermit<History>) {
    let _ = gate.read(|r| r.at(history).map(drop)); //~ E0308
}

fn main() {}
