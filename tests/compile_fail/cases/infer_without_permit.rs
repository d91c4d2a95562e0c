//! What is known of a user is gathered under permits, the one for ranking first.
use sottovoce::catalog::Catalog;
use sottovoce::profile::{Evidence, Profile, User};

fn user(profile: &Profile) -> Option<User<'_>> {
    User::known(profile) //~ E0061
}

fn infer(p: &Profile, c: &Catalog) {
    drop(Evidence::gather(p, c, 0)); //~ E0308
    drop(Evidence::gather((), c, 0)); //~ E0308
}

fn main() {}
