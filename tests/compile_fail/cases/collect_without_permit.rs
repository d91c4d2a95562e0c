//! Whoever takes in an event or a correction holds the gate's answers, all of them.
use sottovoce::catalog::Catalog;
use sottovoce::consent::Gate;
use sottovoce::profile::{Correction, Event, Permits, Profile};

fn collect(p: &Profile, gate: &Gate, c: &Catalog, e: Event) {
    drop(p.track(gate, &(), c, e, 0)); //~ E0308
    drop(p.correct(gate, &(), c, Correction::NotMe { from_ms: 0, to_ms: 1 }, 0)); //~ E0308
}

fn some(gate: &Gate) -> Permits {
    Permits { session: gate.permit(), history: gate.permit(), ranking: gate.permit() } //~ E0063
}

fn main() {}
