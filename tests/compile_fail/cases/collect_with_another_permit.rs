//! A yes to this visit is none to storing, and the other way round.
use sottovoce::consent::{Gate, History, Inference, Messaging, Offers, Preferences, Ranking, Session};
use sottovoce::profile::Permits;

fn permits(gate: &Gate) -> Permits {
    Permits {
        session: gate.permit::<History>(), //~ E0308
        history: gate.permit::<Session>(), //~ E0308
        inference: gate.permit::<Inference>(),
        preferences: gate.permit::<Preferences>(),
        ranking: gate.permit::<Ranking>(),
        offers: gate.permit::<Offers>(),
        messaging: gate.permit::<Messaging>(),
        sensitive: gate.sensitive_permits(),
    }
}

fn main() {}
