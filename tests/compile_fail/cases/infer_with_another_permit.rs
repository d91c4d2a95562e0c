//! A yes to storing is none to drawing conclusions.
use sottovoce::consent::{History, Permit, Ranking};
use sottovoce::profile::Uses;

fn uses<'a>(ranking: &'a Permit<Ranking>, history: &'a Permit<History>) -> Uses<'a> {
    Uses {
        ranking,
        session: Some(history), //~ E0308
        inference: Some(history), //~ E0308
        stated: Some(history), //~ E0308
    }
}

fn main() {}
