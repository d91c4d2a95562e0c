//! A ledger that was touched is named where it was touched.

use crate::base::codec::Newer;
use crate::consent::change::draft::{Place, States};
use crate::consent::tests::*;
use crate::vault::Record;

const CONSENT: Compartment = Compartment(1);
const RECEIPTS: Table = Table(2);
const HEADS: Table = Table(4);

fn five(home: &Home) -> Gate {
    let gate = home.open();
    for purpose in [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Offers]
    {
        give(&gate, &[purpose]);
    }
    gate
}

/// Writes the ledger as `change` leaves it, and tells what two checks find.
fn after(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Option<u64> {
    let home = Home::new();
    let gate = five(&home);
    let records: Vec<Record> =
        gate.vault.read(|r| r.scan(CONSENT, RECEIPTS).map_err(ConsentError::from)).unwrap();
    let mut bytes: Vec<Vec<u8>> = records.into_iter().map(|r| r.bytes.to_vec()).collect();
    change(&mut bytes);
    gate.vault
        .write::<_, ConsentError>(Durability::Full, |w| {
            w.clear(CONSENT, RECEIPTS)?;
            for b in &bytes {
                w.append(CONSENT, RECEIPTS, b)?;
            }
            Ok(())
        })
        .unwrap();
    let running = gate.verify_ledger().unwrap().broken_at;
    drop(gate);
    let gate = home.open();
    let reopened = gate.verify_ledger().unwrap().broken_at;
    assert_eq!(running, reopened);
    if reopened.is_some() {
        assert_eq!(gate.decide(Purpose::Session).reason, DecisionReason::LedgerBroken);
    }
    reopened
}

#[test]
fn a_flipped_byte_is_named() {
    assert_eq!(after(|_| ()), None);
    for at in [1, 40, 200, 700] {
        assert_eq!(after(|r| r[2][at] ^= 1), Some(3), "byte {at}");
    }
    assert_eq!(after(|r| *r[4].last_mut().unwrap() ^= 1), Some(5));
}

#[test]
fn a_dropped_swapped_repeated_or_missing_record_is_named() {
    assert_eq!(after(|r| drop(r.remove(1))), Some(2));
    assert_eq!(after(|r| r.swap(0, 1)), Some(1));
    assert_eq!(after(|r| r.push(r[4].clone())), Some(6));
    assert_eq!(after(|r| r.truncate(3)), Some(4));
    assert_eq!(after(Vec::clear), Some(1));
}

#[test]
fn a_record_that_was_written_anew_is_named() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::Session]);
    let before = gate.state();
    give(&gate, &[Purpose::History]);
    give(&gate, &[Purpose::Ranking]);
    // Another answer takes the place of the second, signed by the device itself.
    let states = States::of_purposes([(Purpose::Offers, ConsentState::Given)]);
    let draft = gate.draft(&before, ReceiptAction::Answered, &states, Place::NOWHERE);
    let other = gate.link(&before, draft).unwrap();
    gate.vault
        .write::<_, ConsentError>(Durability::Full, |w| {
            let (records, head) = (w.scan(CONSENT, RECEIPTS)?, w.get(CONSENT, HEADS, "head")?.unwrap());
            w.clear(CONSENT, RECEIPTS)?;
            w.append(CONSENT, RECEIPTS, &records[0].bytes)?;
            other.store(w)?;
            w.append(CONSENT, RECEIPTS, &records[2].bytes)?;
            w.put(CONSENT, HEADS, "head", &head)?;
            Ok(())
        })
        .unwrap();
    assert_eq!(gate.verify_ledger().unwrap().broken_at, Some(3));
}

#[test]
fn an_end_that_was_cut_off_with_its_head_is_missed_while_running() {
    let home = Home::new();
    let gate = five(&home);
    gate.vault
        .write::<_, ConsentError>(Durability::Full, |w| {
            w.clear(CONSENT, RECEIPTS)?;
            w.clear(CONSENT, HEADS)?;
            Ok(())
        })
        .unwrap();
    assert_eq!(gate.verify_ledger().unwrap().broken_at, Some(1));
}

#[test]
fn a_receipt_says_what_was_on_screen_and_under_which_circumstances() {
    let home = Home::new();
    let gate = home.open();
    gate.apply_signals(ExternalSignals { age_band: Some(AgeBand::Adult), ..signals("DE") }).unwrap();
    let german = gate.served(&[Purpose::History], "banner", "de-AT").unwrap();
    let english = gate.served(&[Purpose::History], "banner", "en").unwrap();
    assert_ne!(german.screen_hash, english.screen_hash);
    assert_eq!(german.region_rule, "eea_uk_ch");
    assert_eq!(german.age_band, Some(AgeBand::Adult));
    assert_eq!(english.seq, 2);
    let answer = give(&gate, &[Purpose::History]);
    let renewed = give(&gate, &[Purpose::History]);
    assert_eq!(renewed.supersedes, [answer.record_id]);
    assert_eq!(gate.receipts(3), [renewed]);
}

#[test]
fn a_witness_learns_three_values_that_name_nobody() {
    let home = Home::new();
    let gate = home.open();
    let before = gate.head().unwrap();
    give(&gate, &[Purpose::History]);
    let after = gate.head().unwrap();
    assert_eq!(before.ledger_id, after.ledger_id);
    assert_eq!(before.policy_hash, after.policy_hash);
    assert_ne!(before.head_hash, after.head_hash);
    assert_eq!(after.head_hash, gate.verify_ledger().unwrap().head_hash);
    gate.erase(EraseScope::Everything).unwrap();
    assert_ne!(gate.head().unwrap().ledger_id, before.ledger_id);
}

#[test]
fn an_export_follows_its_schema_and_can_be_checked() {
    let home = Home::new();
    let gate = home.open();
    gate.apply_signals(signals("FR")).unwrap();
    gate.served(&Purpose::ALL, "banner", "fr").unwrap();
    gate.accept_all("banner", "fr").unwrap();
    gate.withdraw(&[Purpose::History], "settings", "fr").unwrap();
    let export: serde_json::Value = serde_json::from_str(&gate.export_receipts().unwrap()).unwrap();
    let schema = serde_json::from_str(include_str!("../../../tests/fixtures/receipts.schema.json")).unwrap();
    let errors: Vec<_> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&export).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut other = export.clone();
    other["records"][0]["unheardOf"] = 1.into();
    assert!(!jsonschema::is_valid(&schema, &other), "the schema says what there is");
    let key = PublicKey::from_bytes(&unhex(export["publicKey"]["value"].as_str().unwrap())).unwrap();
    let records = export["records"].as_array().unwrap();
    assert_eq!(records.len(), gate.receipts(0).len());
    for record in records {
        let proof = |part: &str| unhex(record["proof"][part].as_str().unwrap());
        key.verify(&proof("body"), &proof("signature")).unwrap();
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// This device signed it, so a later version of this library wrote it: nothing is wrong with the ledger.
#[test]
fn a_receipt_with_a_word_of_a_later_version_is_newer_and_not_broken() {
    let home = Home::new();
    let gate = home.open();
    give(&gate, &[Purpose::Session]);
    let before = gate.state();
    let last = (before.receipts().last().map(|r| (&**r, &*before.check().head_hash))).unwrap();
    let text = serde_json::to_string(last.0).unwrap().replace("\"answered\"", "\"foretold\"");
    let text = text.replace("\"seq\":1", "\"seq\":2").replace(&last.0.prev_hash, last.1);
    gate.vault.write(Durability::Full, |w| before.key().sign_stored(text.as_bytes(), w)).unwrap();
    drop(gate);
    let gate = home.open();
    let what = Newer { what: "consent receipt" };
    assert_eq!(gate.newer().into_iter().collect::<Vec<_>>(), [what]);
    assert_eq!(gate.decide(Purpose::Session).reason, DecisionReason::NewerFormat);
    assert!(matches!(gate.verify_ledger(), Err(ConsentError::Newer(newer)) if newer == what));
    assert!(matches!(gate.head(), Err(ConsentError::Newer(_))));
    assert!(matches!(gate.accept_all("x", "en"), Err(ConsentError::Newer(_))));
    assert_eq!(gate.signed_receipts().unwrap().1.len(), 1);
}
