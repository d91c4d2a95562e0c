//! Ordering by a user takes the permit for ranking, and no other.
use sottovoce::catalog::Catalog;
use sottovoce::consent::{History, Inference, Permit};
use sottovoce::profile::Evidence;
use sottovoce::random::SecureRandom;
use sottovoce::ranking::{RankRequest, rank, rerank};

fn order(
    c: &Catalog,
    h: &Permit<History>,
    i: &Permit<Inference>,
    e: &Evidence,
    q: &RankRequest,
    r: &dyn SecureRandom,
) {
    drop(rank(c, h, e, q, r)); //~ E0308
    drop(rerank(c, i, e, &[], q)); //~ E0308
    drop(rank(c, &(), e, q, r)); //~ E0308
}

fn main() {}
