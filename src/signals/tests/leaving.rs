//! Reports leave singly, discarding is final, and whatever a transport does is survived.

use std::collections::BTreeSet;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::signals::device::outbox::{APART_MS, Waiting};
use crate::signals::tests::*;

/// A phone without a network for three weeks: three reports whose time has come.
fn backlog() -> (Home, Arc<Gate>) {
    let (home, gate) = Home::willing();
    for week in 0..3 {
        home.clock.set(MONDAY + 7 * week * DAY_MS);
        eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    }
    (home, Arc::new(gate))
}

fn flush(gate: &Gate, sender: &Sender) -> FlushReport {
    eager(gate).flush(&permit(gate), sender).unwrap()
}

fn window_of(body: &[u8]) -> u32 {
    Report::parse(body).unwrap().window_start
}

#[test]
fn reports_that_pile_up_leave_hours_apart_in_any_order() {
    let (mut first, mut pauses) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..16 {
        let (home, gate) = backlog();
        let (server, start) = (Server::default(), gate.now_ms());
        let sender = server.sender();
        let mut left = Vec::new();
        for quarter_hour in 0..4 * 24 * 16 {
            home.clock.set(start + quarter_hour * 15 * 60_000);
            let done = flush(&gate, &sender);
            assert_eq!(done.dropped, 0, "none may run out because another one left");
            if done.sent > 0 {
                left.push(gate.now_ms());
            }
            if left.len() == 3 {
                break;
            }
        }
        assert_eq!(left.len(), 3, "one leaves at a time, and each of them does");
        assert!(left.windows(2).all(|pair| pair[1] - pair[0] >= APART_MS), "{left:?}");
        first.insert(window_of(&server.bodies()[0]));
        pauses.insert(left[1] - left[0]);
    }
    assert!(first.len() > 1 && pauses.len() > 6, "{first:?} {pauses:?}");
}

#[test]
fn the_new_times_are_stored_before_anything_leaves() {
    let (_home, gate) = backlog();
    let (server, looking) = (Server::default(), gate.clone());
    let sender = during(&server, move || {
        let now_ms = looking.now_ms();
        let later = waits(&looking).iter().filter(|w| w.send_after_ms >= now_ms + APART_MS).count();
        assert_eq!(later, 2, "the third is on its way");
    });
    assert_eq!(flush(&gate, &sender), FlushReport { sent: 1, waiting: 2, ..FlushReport::default() });
}

#[test]
fn a_new_time_is_within_what_is_left() {
    let (_home, gate) = backlog();
    let stored: Waiting = crate::signals::device::outbox::waiting(&gate, &permit(&gate)).unwrap().remove(0);
    let ends = (MONDAY / DAY_MS + 21) * DAY_MS;
    for left in [1, 2, 1_000, APART_MS, 2 * APART_MS, DAY_MS, 21 * DAY_MS] {
        for draw in [(|_| Ok(0)) as fn(u64) -> _, |bound: u64| Ok(bound.max(1) - 1)] {
            let (now_ms, mut waiting) = (ends - left, stored.clone());
            waiting.put_off(now_ms, &draw).unwrap();
            let pause = waiting.send_after_ms - now_ms;
            assert!((0..=left * 3 / 4).contains(&pause) && !waiting.is_expired(now_ms + pause));
            assert!(pause >= APART_MS || left < 2 * APART_MS, "{pause} of {left}");
        }
    }
}

#[test]
fn whatever_would_follow_soon_is_put_off_as_well() {
    let (home, gate) = Home::willing();
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    home.clock.advance(7 * DAY_MS);
    Signals::new(&gate, &SystemRandom).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    let own_time = waits(&gate)[1].send_after_ms;
    home.clock.set(own_time - APART_MS / 2);
    assert_eq!(flush(&gate, &Server::default().sender()).sent, 1);
    assert!(waits(&gate)[0].send_after_ms >= gate.now_ms() + APART_MS);
}

#[test]
fn a_failed_send_lets_no_other_report_go_in_its_place() {
    let (home, gate) = backlog();
    let server = Server::answering(&[0]);
    let sender = server.sender();
    assert_eq!(flush(&gate, &sender), FlushReport { failed: 1, waiting: 2, ..FlushReport::default() });
    home.clock.advance(60_000);
    assert_eq!(flush(&gate, &sender), FlushReport { waiting: 3, ..FlushReport::default() });
    assert_eq!(server.bodies().len(), 1);
}

#[test]
fn what_is_discarded_while_it_is_sent_stays_discarded() {
    for (status, traces) in [(200, 1), (400, 0), (503, 0), (0, 0)] {
        let (home, gate) = backlog();
        let (server, discarding) = (Server::answering(&[status]), gate.clone());
        let sender = during(&server, move || {
            eager(&discarding).discard(&permit(&discarding)).unwrap();
        });
        flush(&gate, &sender);
        assert!(waits(&gate).is_empty(), "status {status} brought it back");
        home.clock.advance(DAY_MS);
        assert_eq!(flush(&gate, &sender), FlushReport::default());
        assert_eq!((server.bodies().len(), eager(&gate).sent().unwrap().len()), (1, traces));
        assert_eq!(spent(&gate), 3 * COST);
    }
}

#[test]
fn of_two_flushes_at_once_one_sends_and_nothing_else_waits_for_it() {
    let (_home, gate) = backlog();
    let (server, meet, met) = (Server::default(), Arc::new(Barrier::new(2)), AtomicBool::new(false));
    let at_the_server = meet.clone();
    let sender = during(&server, move || {
        if !met.swap(true, Ordering::SeqCst) {
            at_the_server.wait();
            at_the_server.wait();
        }
    });
    let (first, meanwhile) = std::thread::scope(|scope| {
        let first = scope.spawn(|| flush(&gate, &sender));
        meet.wait();
        let (second, third) = (flush(&gate, &sender), flush(&gate, &sender));
        let meanwhile = ([second, third], waits(&gate).len(), eager(&gate).discard(&permit(&gate)));
        answer(&gate, Choice::Give);
        meet.wait();
        (first.join().unwrap(), meanwhile)
    });
    let refused = FlushReport { under_way: true, ..FlushReport::default() };
    assert_eq!(meanwhile.0, [refused; 2], "nor does a third one, after the second was refused");
    assert_eq!((first.sent, meanwhile.1, meanwhile.2.unwrap()), (1, 3, 3));
    assert_eq!((server.bodies().len(), spent(&gate)), (1, 3 * COST));
    assert_eq!(flush(&gate, &sender), FlushReport::default(), "sending is free again");
}

/// Statuses that say neither that a report was taken nor that it never will be, silence and panic.
const NOTHING_CLEAR: [u16; 15] =
    [0, 1, 100, 199, 300, 302, 399, 408, 425, 429, 500, 599, 600, u16::MAX, PANICS];
const PANICS: u16 = 999;

#[test]
fn whatever_a_transport_does_the_same_bytes_are_sent_until_they_are_taken() {
    let body = vec![7; 50 << 20]; // it is not looked at, and so it is no longer there afterwards
    for status in NOTHING_CLEAR {
        let (home, gate) = Home::willing();
        eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
        let (server, huge) = (Server::default(), body.clone());
        let noting = server.clone();
        let sender = does(move |request| {
            noting.bodies.lock().unwrap().push(request.body);
            match noting.bodies().len() {
                1 if status == PANICS => panic::resume_unwind(Box::new("the transport's own")),
                1 => Ok(HttpResponse { status, body: huge.clone() }),
                2 => Err(TransportError::Failed { reason: "x".repeat(50 << 20) }),
                _ => Ok(HttpResponse { status: 299, body: huge.clone() }),
            }
        });
        for failed in [1, 1, 0] {
            let done = flush(&gate, &sender);
            assert_eq!((done.failed, done.sent, waits(&gate).len() as u32), (failed, 1 - failed, failed));
            home.clock.advance(DAY_MS);
        }
        let bodies = server.bodies();
        assert!(bodies.len() == 3 && bodies.iter().all(|sent| *sent == bodies[0]), "status {status}");
        assert_eq!(spent(&gate), COST);
    }
}
