//! What a widget shows is kept under the permit for ranking, and no other.
use sottovoce::consent::{Gate, History, Inference, Permit, Provenance};

fn show(gate: &Gate, history: &Permit<History>, inference: &Permit<Inference>) {
    drop(gate.put_widget(history, Provenance::none(), 0, b"shelf")); //~ E0308
    drop(gate.put_widget(inference, Provenance::none(), 0, b"shelf")); //~ E0308
    drop(gate.put_widget(Provenance::none(), 0, b"shelf")); //~ E0061
}

fn main() {}
