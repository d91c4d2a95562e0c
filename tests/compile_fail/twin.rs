//! Every gated call, made as it should be. The cases differ from this in the permit alone, so that
//! they are known to fail for it.
#![allow(dead_code, reason = "compiled to show that it compiles")]

use sottovoce::catalog::{Catalog, ExperimentSpec};
use sottovoce::consent::{
    ConsentError, Decision, Experiments as Testing, Gate, History, Inference, Measurement, Messaging, Offers,
    Permit, Preferences, Provenance, Ranking, RetentionPermit, SensitivePermit, Session, Trim,
};
use sottovoce::experiments::{Assignment, Experiments, ExperimentsError};
use sottovoce::money::Money;
use sottovoce::profile::{Correction, Event, Evidence, Permits, PreferenceKey, Profile, ProfileError, User};
use sottovoce::random::SecureRandom;
use sottovoce::ranking::{RankRequest, RankingError, rank, rerank};
use sottovoce::signals::{
    Answer, HttpRequest, Mechanism, Report, Sender, Signals, SignalsError, TaskRef, TaskSet,
};
use sottovoce::surfaces::OfferCard;
use sottovoce::vault::{Durability, Table};

fn ask(gate: &Gate) -> Result<Permit<History>, Box<Decision>> {
    gate.permit::<History>()
}

fn once(permit: Permit<History>) -> Permit<History> {
    permit
}

fn write(gate: &Gate, history: &Permit<History>, tag: &SensitivePermit) -> Result<(), ConsentError> {
    gate.write(Durability::Full, |w| w.at(history)?.append(Table(20), b"event").map(drop))?;
    gate.write(Durability::Full, |w| w.at_sensitive(tag)?.append(Table(20), b"event").map(drop))
}

fn read(gate: &Gate, history: &Permit<History>) -> Result<u64, ConsentError> {
    gate.read(|r| r.at(history)?.count(Table(20)))
}

fn permits(gate: &Gate) -> Permits {
    Permits {
        session: gate.permit::<Session>(),
        history: gate.permit::<History>(),
        inference: gate.permit::<Inference>(),
        preferences: gate.permit::<Preferences>(),
        ranking: gate.permit::<Ranking>(),
        offers: gate.permit::<Offers>(),
        messaging: gate.permit::<Messaging>(),
        sensitive: gate.sensitive_permits(),
    }
}

fn collect(p: &Profile, gate: &Gate, permits: &Permits, c: &Catalog, e: Event) -> Result<(), ProfileError> {
    p.track(gate, permits, c, e, 0)?;
    p.correct(gate, permits, c, Correction::NotMe { from_ms: 0, to_ms: 1 }, 0).map(drop)
}

fn retain(p: &Profile, gate: &Gate, history: &RetentionPermit<History>) -> Result<u64, ConsentError> {
    p.keep_to_retention(gate).ok();
    gate.write(Durability::Normal, |w| w.trim(history, Table(20), |_| Trim::Keep))
}

fn note(p: &Profile, gate: &Gate, permit: &Permit<Preferences>) -> Result<(), ProfileError> {
    p.prefer(gate, permit, PreferenceKey::Brand, "Acme", 0)?;
    p.unprefer(gate, permit, PreferenceKey::Brand, "Acme")
}

fn infer(p: &Profile, c: &Catalog, permits: &Permits) -> Result<Evidence, ProfileError> {
    let user = User::known(p, permits);
    user.map_or_else(|| Ok(Evidence::default()), |user| Evidence::gather(user, c, 0))
}

fn order(
    c: &Catalog,
    permit: &Permit<Ranking>,
    e: &Evidence,
    q: &RankRequest,
    r: &dyn SecureRandom,
) -> Result<(), RankingError> {
    rank(c, permit, e, q, r)?;
    rerank(c, permit, e, &[], q).map(drop)
}

fn show(gate: &Gate, permit: &Permit<Ranking>) -> Result<(), ConsentError> {
    gate.put_widget(permit, Provenance::none(), 0, b"shelf")
}

fn assign(
    e: &Experiments,
    gate: &Gate,
    permit: &Permit<Testing>,
    r: &dyn SecureRandom,
    spec: &ExperimentSpec,
    seen: &Assignment,
) -> Result<(), ExperimentsError> {
    e.variant(gate, permit, r, spec)?;
    e.expose(gate, permit, seen)?;
    e.exposures(gate, permit).map(drop)
}

fn emit(
    s: &Signals<'_>,
    permit: &Permit<Measurement>,
    set: &TaskSet,
    t: &Sender,
) -> Result<(), SignalsError> {
    s.prepare(permit, set, |_| None)?;
    s.preview(permit, |_| None)?;
    s.flush(permit, t)?;
    s.discard(permit).map(drop)
}

fn answer(by: &Mechanism, r: &dyn SecureRandom, head: TaskRef, request: HttpRequest) -> Option<HttpRequest> {
    let told = by.randomize(&Answer::Bucket(0), r).ok()?;
    let body = Report::new(head, 0, [0; 16], &told).to_bytes();
    Some(HttpRequest { body, ..request })
}

fn given(card: &OfferCard) -> (Option<&str>, Option<u32>, [Option<&Money>; 2], bool) {
    (card.code(), card.percent(), [card.amount(), card.minimum()], card.free_delivery())
}

fn published(catalog: &Catalog) -> Option<u32> {
    catalog.plan().offers.first()?.percent
}
