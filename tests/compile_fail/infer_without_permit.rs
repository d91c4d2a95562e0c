//! What follows from history is gathered under permits for each source.
use sottovoce::consent::{History, Permit, Ranking};
use sottovoce::profile::Uses;

fn without(inference: &Permit<History>) -> Uses<'_> {
    Uses { inference: Some(inference), session: None, stated: None }
}

fn confused<'a>(ranking: &'a Permit<Ranking>, history: &'a Permit<History>) -> Uses<'a> {
    Uses { ranking, session: Some(history), inference: Some(history), stated: Some(history) }
}

fn main() {}
