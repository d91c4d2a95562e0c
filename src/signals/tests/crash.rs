//! The process dies at every step: never two payloads for a window, never a payload uncharged.

use std::collections::BTreeSet;

use crate::signals::device::failpoint::die_after;
use crate::signals::tests::*;

/// One life of the process: prepare, flush, and maybe death on the way. Says whether it died.
fn live(home: &Home, server: &Server, steps: Option<u32>) -> bool {
    let gate = home.open();
    die_after(steps);
    let prepared = eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(7));
    let died = match prepared {
        Err(SignalsError::Crash(_)) => true,
        Err(other) => panic!("{other}"),
        Ok(_) => matches!(eager(&gate).flush(&permit(&gate), &server.sender()), Err(SignalsError::Crash(_))),
    };
    die_after(None);
    died
}

/// What a server got for each window, and that no more was sent than charged.
fn assert_sound(gate: &Gate, server: &Server) {
    let bodies = server.bodies();
    let payloads: BTreeSet<_> = bodies.iter().cloned().collect();
    let windows: BTreeSet<_> = bodies.iter().map(|b| Report::parse(b).unwrap().window_start).collect();
    assert_eq!(payloads.len(), windows.len(), "two payloads for one window");
    assert!(spent(gate) >= COST * windows.len() as u64, "sent more than charged");
}

#[test]
fn death_at_any_single_step_costs_nothing_and_repeats_nothing() {
    let mut step = 0;
    loop {
        let (home, gate) = Home::willing();
        drop(gate);
        let server = Server::default();
        let died = live(&home, &server, Some(step));
        let gate = home.open();
        let charged = spent(&gate) == COST;
        let stored = !waits(&gate).is_empty() || !server.bodies().is_empty();
        assert_eq!(charged, stored, "a charge and its report are one, step {step}");
        assert_sound(&gate, &server);
        drop(gate);
        live(&home, &server, None);
        let gate = home.open();
        assert_sound(&gate, &server);
        assert_eq!((spent(&gate), waits(&gate).len()), (COST, 0), "step {step}");
        let mut collector = Collector::new([set()]);
        let counted =
            server.bodies().iter().filter(|b| collector.ingest(b, MONDAY) == Ingest::Counted).count();
        assert_eq!(counted, 1, "step {step}");
        if !died {
            break;
        }
        step += 1;
    }
    assert!(step >= 10, "the walk must pass through every step, it passed {step}");
}

/// Lives that end at random steps, on a server that fails at random.
fn random_lives(crashes: u32, seed: u32) -> (u32, usize, usize) {
    let mut noise = seed;
    let mut draw = |bound: u32| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 16) % bound
    };
    let (mut deaths, mut windows, mut sent) = (0, 0, 0);
    while deaths < crashes {
        let (home, gate) = Home::willing();
        drop(gate);
        let server =
            Server::answering(&(0..60).map(|_| [200, 200, 0, 503][draw(4) as usize]).collect::<Vec<_>>());
        for _ in 0..8 {
            while draw(4) > 0 {
                deaths += u32::from(live(&home, &server, Some(draw(12))));
                home.clock.advance(DAY_MS / 3);
            }
            home.clock.advance(7 * DAY_MS);
        }
        let gate = home.open();
        assert_sound(&gate, &server);
        assert!(spent(&gate) <= Caps::CEILING.quarter);
        let bodies = server.bodies();
        sent += bodies.len();
        windows += bodies.into_iter().collect::<BTreeSet<_>>().len();
    }
    (deaths, windows, sent - windows)
}

#[test]
fn lives_that_end_at_random_never_overspend() {
    random_lives(60, 1);
}

#[test]
#[ignore = "ten thousand crashes take minutes"]
fn ten_thousand_lives_never_overspend() {
    let (deaths, windows, repeats) = random_lives(10_000, 7);
    println!(
        r#"{{"bench":"signals","figure":"overspends_in_crashes","value":0,"unit":"windows","better":"lower","goal":0,"crashes":{deaths},"windows":{windows},"identical_retries":{repeats}}}"#
    );
}
