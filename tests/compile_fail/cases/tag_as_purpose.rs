//! A permit for a sensitive tag opens that tag and nothing that orders, sends or counts.
use sottovoce::catalog::Catalog;
use sottovoce::consent::{ConsentError, Gate, Measurement, Permit, SensitivePermit};
use sottovoce::profile::Evidence;
use sottovoce::random::SecureRandom;
use sottovoce::ranking::{RankRequest, rank};
use sottovoce::signals::{Sender, Signals};
use sottovoce::vault::{Durability, Table};

fn send(s: &Signals<'_>, tag: &SensitivePermit, t: &Sender) {
    drop(s.flush(tag, t)); //~ E0308
}

fn order(c: &Catalog, tag: &SensitivePermit, e: &Evidence, q: &RankRequest, r: &dyn SecureRandom) {
    drop(rank(c, tag, e, q, r)); //~ E0308
}

fn write(gate: &Gate, tag: &SensitivePermit, measurement: &Permit<Measurement>) -> Result<(), ConsentError> {
    gate.write(Durability::Full, |w| w.at(tag)?.append(Table(50), b"report").map(drop))?; //~ E0308
    gate.write(Durability::Full, |w| w.at_sensitive(measurement)?.append(Table(50), b"x").map(drop)) //~ E0308
}

fn main() {}
