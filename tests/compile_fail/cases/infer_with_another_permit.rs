//! A yes to storing is none to drawing conclusions.
use sottovoce::consent::{History, Permit};
use sottovoce::profile::Permits;

fn swap(permits: &mut Permits, one: Permit<History>, two: Permit<History>, three: Permit<History>) {
    permits.session = Ok(one); //~ E0308
    permits.inference = Ok(two); //~ E0308
    permits.ranking = Ok(three); //~ E0308
}

fn main() {}
