//! Ordering by a person takes the permit for ranking, and no other.
use sottovoce::catalog::Catalog;
use sottovoce::consent::{History, Permit, SensitivePermit};
use sottovoce::profile::Evidence;
use sottovoce::random::SecureRandom;
use sottovoce::ranking::{RankRequest, rank};

fn by_history(c: &Catalog, p: &Permit<History>, e: &Evidence, q: &RankRequest, r: &dyn SecureRandom) {
    drop(rank(c, p, e, q, r));
}

fn by_tag(c: &Catalog, p: &SensitivePermit, e: &Evidence, q: &RankRequest, r: &dyn SecureRandom) {
    drop(rank(c, p, e, q, r));
}

fn main() {}
