//! What is known of a user is gathered under permits, the one for ranking first.
use sottovoce::catalog::Catalog;
use sottovoce::consent::{Inference, Permit};
use sottovoce::profile::{Evidence, Profile, Uses};
use sottovoce::surfaces::User;

fn without(inference: &Permit<Inference>) -> Uses<'_> {
    Uses { session: None, inference: Some(inference), stated: None } //~ E0063
}

fn user(profile: &Profile) -> User<'_> {
    User { profile } //~ E0063
}

fn infer(p: &Profile, c: &Catalog) {
    drop(Evidence::gather(p, c, (), 0)); //~ E0308
}

fn main() {}
