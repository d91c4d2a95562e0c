//! Where a user stands is worked out for each call, and nobody's to have.

fn stands(_: &sottovoce::profile::Standing) {} //~ E0603

fn main() {}
