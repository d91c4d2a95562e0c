//! Whoever gave a permit away has none.
use sottovoce::consent::{History, Permit};

fn keep(_: Permit<History>) {}

fn twice(permit: Permit<History>) {
    keep(permit);
    keep(permit); //~ E0382
}

fn main() {}
