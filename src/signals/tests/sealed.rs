//! Sealed reports: only the collector reads them, and what RFC 9180 says is what is done.

use crate::signals::tests::*;

fn secret(aead: Aead) -> CollectorSecret {
    CollectorSecret::new(7, aead, [5; 32])
}

fn sealed_set(version: u64, aead: Aead) -> TaskSet {
    let mut json = set_json(version, MONDAY, &[task_json("category", 12, 3)]);
    json["collector"] = serde_json::to_value(secret(aead).public().unwrap()).unwrap();
    signed_set(&json)
}

#[test]
fn a_sealed_report_is_counted_once_and_tells_nobody_else() {
    for (aead, other) in
        [(Aead::Aes128Gcm, Aead::ChaCha20Poly1305), (Aead::ChaCha20Poly1305, Aead::Aes128Gcm)]
    {
        let (home, gate) = Home::willing();
        let (set, server) = (sealed_set(1, aead), Server::answering(&[503]));
        eager(&gate).prepare(&permit(&gate), &set, |_| bucket(3)).unwrap();
        let view = waits(&gate).remove(0);
        assert!(view.trust.contains("sealed") && view.reported.len() == 3, "{view:?}");
        for _ in 0..2 {
            eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
            home.clock.advance(DAY_MS);
        }
        let bodies = server.bodies();
        assert_eq!((bodies.len(), bodies[0].len()), (2, SEALED_REPORT_BYTES));
        assert_eq!(bodies[0], bodies[1], "a retry is not sealed anew");
        assert_eq!(view.bytes_hex, crate::base::signed::hex(&bodies[0]));
        let inside = secret(aead).open(&bodies[0]).unwrap();
        assert!(
            !bodies[0].windows(8).any(|part| part == &inside[1..9]),
            "which set is asked is sealed as well"
        );
        let mut collector = Collector::new([set.clone()]).with_keys([secret(aead)]);
        assert_eq!(collector.ingest(&bodies[0], gate.now_ms()), Ingest::Counted);
        assert_eq!(collector.ingest(&inside, gate.now_ms()), Ingest::Duplicate, "the same report, unsealed");
        let told = collector.estimate("category", Report::parse(&inside).unwrap().window_start).unwrap();
        assert_eq!(told.reports, 1);
        let unread = Ingest::Malformed(WireError::Sealed);
        for keys in [vec![], vec![secret(other)], vec![CollectorSecret::new(7, aead, [6; 32])]] {
            let mut stranger = Collector::new([set.clone()]).with_keys(keys);
            assert_eq!(stranger.ingest(&bodies[0], gate.now_ms()), unread);
        }
        for at in 0..SEALED_REPORT_BYTES {
            let mut changed = bodies[0].clone();
            changed[at] ^= 1;
            assert!(collector.ingest(&changed, gate.now_ms()).status() >= 400, "byte {at}");
            assert!(collector.ingest(&bodies[0][..at], gate.now_ms()).status() >= 400, "cut at {at}");
        }
    }
}

#[test]
fn every_report_is_sealed_to_a_key_of_its_own() {
    let (home, gate) = Home::willing();
    let server = Server::default();
    for _ in 0..4 {
        eager(&gate).prepare(&permit(&gate), &sealed_set(1, Aead::Aes128Gcm), |_| bucket(3)).unwrap();
        eager(&gate).flush(&permit(&gate), &server.sender()).unwrap();
        home.clock.advance(7 * DAY_MS);
    }
    let keys: std::collections::BTreeSet<_> =
        server.bodies().iter().map(|body| body[2..34].to_vec()).collect();
    assert_eq!(keys.len(), 4);
}

#[test]
fn a_key_that_is_none_makes_no_report_and_no_charge() {
    let (_home, gate) = Home::willing();
    let mut json = set_json(1, MONDAY, &[task_json("category", 12, 3)]);
    let key = |text: String| serde_json::json!({"id": 1, "aead": "aes_128_gcm", "public_key": text});
    json["collector"] = key("00".repeat(32)); // of low order: everybody knows what is agreed on
    let prepared = eager(&gate).prepare(&permit(&gate), &signed_set(&json), |_| bucket(3));
    assert!(matches!(prepared, Err(SignalsError::Sealing)), "{prepared:?}");
    assert_eq!((spent(&gate), waits(&gate).len()), (0, 0));
    for text in ["", "00", &"0g".repeat(32), &"AB".repeat(32), &"00".repeat(33), &"é".repeat(32)] {
        json["collector"] = key(text.to_owned());
        let parsed = TaskSet::parse(json.to_string().as_bytes());
        assert!(matches!(parsed, Err(TaskError::Malformed { .. })), "{text}: {parsed:?}");
    }
}
