//! Sending: when, how often, and never anything but the stored bytes.

use crate::signals::tests::*;

#[test]
fn a_report_leaves_at_its_own_time_in_the_next_window() {
    let (home, gate) = Home::willing();
    let signals = Signals::new(&gate, &SystemRandom);
    let Prepared::Queued { send_after_ms, .. } =
        signals.prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap()
    else {
        panic!()
    };
    let server = Server::default();
    home.clock.set(send_after_ms - 1);
    assert_eq!(
        signals.flush(&permit(&gate), &server.sender()).unwrap(),
        FlushReport { waiting: 1, ..FlushReport::default() }
    );
    home.clock.set(send_after_ms);
    assert_eq!(
        signals.flush(&permit(&gate), &server.sender()).unwrap(),
        FlushReport { sent: 1, ..FlushReport::default() }
    );
    assert_eq!(signals.flush(&permit(&gate), &server.sender()).unwrap(), FlushReport::default());
    assert_eq!(server.bodies().len(), 1);
}

#[test]
fn retries_send_the_same_bytes_later_and_later_and_cost_nothing() {
    let (home, gate) = Home::willing();
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    let server = Server::answering(&[503, 0, 429, 302, 408]);
    let mut pauses = Vec::new();
    let mut tries = 0;
    for minute in 0..60 * 24 * 8 {
        home.clock.set(MONDAY + minute * 60_000);
        eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
        if server.bodies().len() > tries {
            tries = server.bodies().len();
            pauses.push(minute);
        }
    }
    assert_eq!(tries, 6);
    assert!(server.bodies().windows(2).all(|pair| pair[0] == pair[1]));
    assert!(
        pauses
            .windows(2)
            .zip([15, 30, 60, 120, 240])
            .all(|(p, least)| (least..=2 * least + 1).contains(&(p[1] - p[0])))
    );
    assert_eq!((spent(&gate), waits(&gate).len()), (COST, 0));
}

#[test]
fn what_the_server_refuses_or_is_too_old_is_dropped_without_a_refund() {
    let (home, gate) = Home::willing();
    let signals = eager(&gate);
    signals.prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    let server = Server::answering(&[400]);
    assert_eq!(signals.flush(&permit(&gate), &server.sender()).unwrap().dropped, 1);
    home.clock.advance(7 * DAY_MS);
    signals.prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    home.clock.advance(21 * DAY_MS);
    assert_eq!(signals.flush(&permit(&gate), &server.sender()).unwrap().dropped, 1);
    assert_eq!((server.bodies().len(), spent(&gate), signals.sent().unwrap().len()), (1, 2 * COST, 0));
}

#[test]
fn a_report_waits_no_longer_than_the_policy_says() {
    let (home, gate) = Home::willing();
    let mut fortnightly = set_json(1, MONDAY, &[task_json("category", 12, 3)]);
    fortnightly["window_days"] = 14.into();
    eager(&gate).prepare(&permit(&gate), &signed_set(&fortnightly), |_| bucket(1)).unwrap();
    let kept_days = i64::from(gate.retention_days(Purpose::Measurement));
    assert!(kept_days < 3 * 14, "the policy is what holds here");
    for (left_ms, waiting) in [(1, 1), (0, 0)] {
        home.clock.set(MONDAY + kept_days * DAY_MS - left_ms);
        keep_to_retention(&gate).unwrap();
        assert_eq!(waits(&gate).len(), waiting);
    }
}

#[test]
fn nothing_leaves_once_consent_is_gone_even_on_the_way() {
    for (status, traces) in [(200, 1), (400, 0), (503, 0), (0, 0)] {
        for gives_again in [false, true] {
            let (home, gate) = Home::willing();
            let gate = Arc::new(gate);
            for _ in 0..2 {
                eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
                home.clock.advance(7 * DAY_MS);
            }
            let (server, withdrawing) = (Server::answering(&[status]), gate.clone());
            let sender = during(&server, move || {
                withdrawing.withdraw(&[Purpose::Measurement], "settings", "en").unwrap();
                if gives_again {
                    answer(&withdrawing, Choice::Give);
                }
            });
            eager(&gate).flush(&permit(&gate), &sender).unwrap();
            assert_eq!(server.bodies().len(), 1, "the second report must stay");
            assert_eq!(eager(&gate).sent().unwrap().len(), traces, "what was sent is owned up to");
            assert_eq!(gate.permit::<consent::Measurement>().is_ok(), gives_again);
            answer(&gate, Choice::Give);
            assert!(waits(&gate).is_empty(), "status {status}");
        }
    }
}

/// Any answer ends every permit, and so does a signal that denies for a while: neither makes a report leave twice.
#[test]
fn a_report_that_was_taken_leaves_no_second_time_however_consent_changes_on_the_way() {
    let opted_out = |yes| ExternalSignals { global_privacy_control: yes, ..ExternalSignals::default() };
    for (status, sent) in [(200, 1), (400, 0)] {
        for denied in [false, true] {
            let (home, gate) = Home::willing();
            let gate = Arc::new(gate);
            eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
            let (server, changing) = (Server::answering(&[status]), gate.clone());
            let sender = during(&server, move || {
                let about_offers = PurposeChoice { purpose: Purpose::Offers, choice: Choice::Give };
                changing.record(&[about_offers], "settings", "en").unwrap();
                changing.apply_signals(opted_out(denied)).unwrap();
            });
            eager(&gate).flush(&permit(&gate), &sender).unwrap();
            gate.apply_signals(opted_out(false)).unwrap();
            home.clock.advance(DAY_MS);
            assert_eq!(waits(&gate).len(), 0, "status {status}, denied {denied}");
            eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
            assert_eq!((server.bodies().len(), eager(&gate).sent().unwrap().len()), (1, sent));
            assert_eq!(spent(&gate), COST);
        }
    }
}

#[test]
fn a_report_that_failed_waits_although_consent_changed_on_the_way() {
    let (home, gate) = Home::willing();
    let gate = Arc::new(gate);
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    let (server, changing) = (Server::answering(&[503]), gate.clone());
    let sender = during(&server, move || answer(&changing, Choice::Give));
    eager(&gate).flush(&permit(&gate), &sender).unwrap();
    eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
    assert_eq!((server.bodies().len(), waits(&gate)[0].attempts), (1, 1), "its pause is kept");
    home.clock.advance(DAY_MS);
    eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
    assert_eq!((server.bodies().len(), waits(&gate).len()), (2, 0));
    assert_eq!(server.bodies()[0], server.bodies()[1]);
}

#[test]
fn discarding_destroys_what_waits_and_refunds_nothing() {
    let (_home, gate) = Home::willing();
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    assert_eq!(eager(&gate).discard(&permit(&gate)).unwrap(), 1);
    let server = Server::default();
    eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
    assert_eq!((server.bodies().len(), spent(&gate)), (0, COST));
}

#[test]
fn an_older_copy_brings_nothing_back_that_was_discarded() {
    let (home, gate) = Home::willing();
    eager(&gate).prepare(&permit(&gate), &set(), |_| bucket(1)).unwrap();
    let copy = home.copy();
    eager(&gate).discard(&permit(&gate)).unwrap();
    drop(gate);
    let (older, opening) = home.open_at(copy.path());
    begin(&older, &opening).unwrap();
    answer(&older, Choice::Give);
    assert_eq!((waits(&older).len(), spent(&older) >= COST), (0, true));
}
