//! What a user says is kept under the permit for preferences.
use sottovoce::consent::{Gate, History, Permit};
use sottovoce::profile::{PreferenceKey, Profile};

fn note(p: &Profile, gate: &Gate, permit: &Permit<History>) {
    drop(p.prefer(gate, permit, PreferenceKey::Brand, "Acme", 0)); //~ E0308
    drop(p.unprefer(gate, permit, PreferenceKey::Brand, "Acme")); //~ E0308
    drop(p.prefer(gate, &(), PreferenceKey::Brand, "Acme", 0)); //~ E0308
}

fn main() {}
