//! Policies come and go; only a newer one by the shop counts, and the difference decides.

use crate::base::limits::POLICY;
use crate::consent::decision::{DecisionReason, Mechanism};
use crate::consent::policy::{ChangeKind, PurposeChange};
use crate::consent::stored::{CONSENT, LATEST};
use crate::consent::tests::*;
use crate::vault::tables::POLICIES;
use serde_json::Value;

fn version(n: u64, change: impl FnOnce(&mut Value)) -> Policy {
    changed(|p| {
        p["version"] = n.into();
        change(p);
    })
}

fn apply(gate: &Gate, policy: &Policy) -> Result<PolicyDiff, ConsentError> {
    gate.apply_policy(&sign(policy), &shop_key().1)
}

fn refused(gate: &Gate, bytes: &[u8]) -> PolicyError {
    let held = gate.snapshot().policy;
    let Err(ConsentError::Policy(error)) = gate.apply_policy(bytes, &shop_key().1) else { panic!("taken") };
    assert_eq!(gate.snapshot().policy, held, "the one in use stays in use");
    assert_eq!(gate.refused_policy().unwrap().reason, error.to_string(), "and it is told");
    error
}

#[test]
fn only_a_newer_policy_by_the_shop_is_taken() {
    let home = Home::new();
    let gate = home.open();
    apply(&gate, &version(5, |_| ())).unwrap();
    assert_eq!(gate.refused_policy(), None);
    let signed = sign(&version(6, |_| ()));
    assert_eq!(refused(&gate, &sign(&version(5, |_| ()))), PolicyError::NotNewer { offered: 5, held: 5 });
    assert_eq!(refused(&gate, &sign(&version(4, |_| ()))), PolicyError::NotNewer { offered: 4, held: 5 });
    let late = version(6, |p| p["valid_until_ms"] = START_MS.into());
    assert_eq!(refused(&gate, &sign(&late)), PolicyError::Expired);
    let early = version(6, |p| p["effective_from_ms"] = (START_MS + 1).into());
    assert_eq!(refused(&gate, &sign(&early)), PolicyError::NotYet);
    let stranger = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    let forged = signed::sign(POLICY_KIND, &version(6, |_| ()).to_json(), &stranger);
    assert_eq!(refused(&gate, &forged), PolicyError::Signature);
    for at in [0, 8, 20, 100, signed.len() - 1] {
        let mut bad = signed.clone();
        bad[at] ^= 1;
        assert_eq!(refused(&gate, &bad), PolicyError::Signature);
    }
    assert_eq!(refused(&gate, &vec![0; POLICY.most + 1]), PolicyError::TooLarge);
    gate.apply_policy(&signed, &shop_key().1).unwrap();
    assert_eq!(gate.snapshot().policy, "shop@6");
}

#[test]
fn the_latest_policy_holds_at_the_next_start_whatever_the_app_brings() {
    let home = Home::new();
    apply(&home.open(), &version(5, |_| ())).unwrap();
    assert_eq!(home.open().snapshot().policy, "shop@5");
    assert_eq!(home.open_with(version(4, |_| ())).snapshot().policy, "shop@5");
    assert_eq!(home.open_with(version(6, |_| ())).snapshot().policy, "shop@6");
    assert_eq!(home.open().snapshot().policy, "shop@6");
    let expired = version(7, |p| p["valid_until_ms"] = START_MS.into());
    let gate = home.open_with(expired.clone());
    assert_eq!(gate.snapshot().policy, "shop@6");
    assert!(gate.refused_policy().is_some());
    assert_eq!(Home::new().open_with(expired).snapshot().policy, "sottovoce-baseline@0");
}

#[test]
fn a_policy_outlives_the_erasure_of_everything() {
    let home = Home::new();
    let gate = home.open();
    apply(&gate, &version(5, |_| ())).unwrap();
    gate.erase(EraseScope::Everything).unwrap();
    drop(gate);
    assert_eq!(home.open_with(version(4, |_| ())).snapshot().policy, "shop@5");
}

#[test]
fn a_material_change_invalidates_what_it_touches_and_nothing_else() {
    let home = Home::new();
    let gate = home.open_with(version(1, |_| ()));
    give(&gate, &[Purpose::Session, Purpose::History, Purpose::Measurement]);
    keep::<History>(&gate, b"one");
    let permit = gate.permit::<Session>().unwrap();
    let longer = version(2, |p| p["purposes"][index(Purpose::History)]["retention_days"] = 400.into());
    let diff = apply(&gate, &longer).unwrap();
    assert_eq!(diff.material, [Purpose::History]);
    assert_eq!(diff.changes[0].kinds, [ChangeKind::LongerRetention]);
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Invalidated);
    assert!(gate.decide(Purpose::Session).allowed && gate.decide(Purpose::Measurement).allowed);
    assert!(permit.check().is_err());
    assert!(gate.pending_prompt("en").is_some());
    drop(gate);
    let gate = home.open();
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Invalidated);
    let renewed = give(&gate, &[Purpose::History]);
    assert_eq!(renewed.purposes[0].state, ConsentState::Renewed);
    assert_eq!(renewed.purposes[0].retention_days, 400);
    assert_eq!(kept::<History>(&gate), 1, "what was kept under the old terms is there again");
    assert_eq!(gate.verify_ledger().unwrap().broken_at, None);
}

#[test]
fn each_kind_of_change_touches_what_it_should() {
    let both = vec![Purpose::Measurement, Purpose::ModelImprovement];
    let asked: Vec<Purpose> = Purpose::ALL.into_iter().filter(|p| *p != Purpose::Essential).collect();
    type Change = fn(&mut Value);
    let cases: [(Change, ChangeKind, Vec<Purpose>); 9] = [
        (|p| p["dp"]["micro_epsilon"] = 2_000_000.into(), ChangeKind::LargerEpsilon, both.clone()),
        (|p| p["dp"]["window_days"] = 3.into(), ChangeKind::LargerEpsilon, both.clone()),
        (|p| p["dp"]["noise"] = "central".into(), ChangeKind::WeakerNoise, both),
        (|p| p["controller"] = "another shop".into(), ChangeKind::NewController, asked),
        (
            |p| p["purposes"][6]["recipients"] = serde_json::json!(["a partner"]),
            ChangeKind::NewRecipient,
            vec![Purpose::Offers],
        ),
        (
            |p| p["purposes"][6]["legal_basis"] = "legitimate_interest".into(),
            ChangeKind::OtherLegalBasis,
            vec![Purpose::Offers],
        ),
        (|p| p["purposes"][3]["retention_days"] = 30.into(), ChangeKind::Narrower, vec![]),
        (|p| p["dp"]["micro_epsilon"] = 10.into(), ChangeKind::Narrower, vec![]),
        (|p| p["wording"] = 1.into(), ChangeKind::Reworded, vec![]),
    ];
    for (change, kind, material) in cases {
        let diff = PolicyDiff::between(&version(1, |_| ()), &version(2, change));
        assert!(diff.changes.iter().all(|c| c.kinds.contains(&kind)), "{kind:?}: {diff:?}");
        assert!(!diff.changes.is_empty(), "{kind:?}");
        assert_eq!((diff.is_material(), diff.material), (kind.is_material(), material), "{kind:?}");
    }
    let typo = version(2, |p| {
        p["purposes"][3]["texts"] = serde_json::json!({"en": {"title": "a", "benefit": "b", "data": "c"}})
    });
    assert!(PolicyDiff::between(&version(1, |_| ()), &typo).changes.is_empty());
}

#[test]
fn a_purpose_the_shop_does_not_offer_is_prohibited_until_it_does() {
    let home = Home::new();
    let gate =
        home.open_with(version(1, |p| p["purposes"][index(Purpose::Offers)]["offered"] = false.into()));
    gate.accept_all("banner", "en").unwrap();
    assert_eq!(gate.decide(Purpose::Offers).reason, DecisionReason::Prohibited);
    assert!(gate.notice("en").purposes.iter().all(|p| p.purpose != Purpose::Offers));
    let diff = apply(&gate, &version(2, |_| ())).unwrap();
    assert_eq!(diff.changes[0].kinds, [ChangeKind::NewPurpose]);
    assert_eq!(gate.decide(Purpose::Offers).reason, DecisionReason::NotAnswered);
    assert!(gate.decide(Purpose::Ranking).allowed);
}

#[test]
fn a_new_tag_or_another_taxonomy_invalidates_only_tags() {
    let home = Home::new();
    let tags = |list: Value, taxonomy: u32| {
        move |p: &mut Value| {
            p["sensitive"]["tags"] = list;
            p["sensitive"]["taxonomy_version"] = taxonomy.into();
        }
    };
    let gate = home.open_with(version(1, tags(serde_json::json!(["health"]), 1)));
    gate.apply_signals(signals("DE")).unwrap();
    give(&gate, &[Purpose::History]);
    gate.answer_sensitive(SensitiveTag::Health, Choice::Give, "health", "en").unwrap();
    let diff = apply(&gate, &version(2, tags(serde_json::json!(["health", "religion"]), 1))).unwrap();
    assert_eq!(diff.sensitive, [SensitiveTag::Religion]);
    assert!(diff.is_material());
    assert!(gate.decide_sensitive(SensitiveTag::Health, 1).allowed);
    apply(&gate, &version(3, tags(serde_json::json!(["health"]), 2))).unwrap();
    assert_eq!(gate.decide_sensitive(SensitiveTag::Health, 2).reason, DecisionReason::Invalidated);
    assert!(gate.decide(Purpose::History).allowed);
}

#[test]
fn a_refusal_is_asked_about_again_only_when_its_terms_change() {
    let home = Home::new();
    let gate = home.open_with(version(1, |_| ()));
    gate.refuse_all("banner", "en").unwrap();
    apply(&gate, &version(2, |p| p["purposes"][3]["retention_days"] = 30.into())).unwrap();
    assert!(gate.pending_prompt("en").is_none(), "less than before");
    apply(&gate, &version(3, |p| p["purposes"][3]["retention_days"] = 31.into())).unwrap();
    assert!(gate.pending_prompt("en").is_some(), "more than before");
    assert_eq!(gate.decide(Purpose::History).state, ConsentState::Refused, "and still refused");
    gate.refuse_all("banner", "en").unwrap();
    assert!(gate.pending_prompt("en").is_none());
    assert_eq!(gate.center("en").notice.purposes.len(), 12, "the center is open at any time");
}

#[test]
fn where_a_notice_is_enough_a_material_change_needs_a_new_one() {
    let home = Home::new();
    let gate = home.open_with(version(1, |_| ()));
    gate.apply_signals(signals("US-CA")).unwrap();
    gate.served(&[Purpose::History], "banner", "en").unwrap();
    assert!(gate.decide(Purpose::History).allowed);
    apply(&gate, &version(2, |p| p["controller"] = "another shop".into())).unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::Invalidated);
    gate.served(&[Purpose::History], "banner", "en").unwrap();
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::NoticeServed);
}

#[test]
fn what_a_stolen_key_signed_ends_with_a_release_that_has_another() {
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    let sign = |seed: u8, n: u64, controller: &str| {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let key = PublicKey::from_bytes(pair.public_key().as_ref()).unwrap();
        let json = version(n, |p| p["controller"] = controller.into()).to_json();
        (signed::sign(POLICY_KIND, &json, &pair), key)
    };
    let of = |(bytes, key): &(Vec<u8>, PublicKey)| Policy::open(bytes, key).unwrap();
    let (first, stolen, own) = (sign(1, 1, "Shop"), sign(1, u64::MAX, "Thief"), sign(2, 2, "Shop"));
    let home = Home::new();
    let gate = home.open_with(of(&first));
    give(&gate, &[Purpose::History]);
    gate.apply_policy(&stolen.0, &stolen.1).unwrap();
    assert_eq!(gate.state().policy().controller, "Thief");
    drop(gate);
    let gate = home.open_with(of(&first));
    assert_eq!(gate.state().policy().controller, "Thief", "an older version of the same key");
    drop(gate);
    let gate = home.open_with(of(&own));
    assert_eq!(gate.state().policy().controller, "Shop");
    assert!(!gate.decide(Purpose::History).allowed, "what another controller was allowed");
    let again = gate.apply_policy(&stolen.0, &own.1);
    assert!(matches!(again, Err(ConsentError::Policy(PolicyError::Signature))), "{again:?}");
    drop(gate);
    assert_eq!(home.open_with(of(&own)).state().policy().version, 2, "it is what is stored now");
}

/// Puts other bytes in the place of the stored policy.
fn overwrite(gate: &Gate, json: &[u8]) {
    gate.vault.write(Durability::Full, |w| w.put(CONSENT, POLICIES, LATEST, json)).unwrap();
}

fn stored(gate: &Gate) -> Vec<u8> {
    gate.vault.read(|r| r.get(CONSENT, POLICIES, LATEST)).unwrap().unwrap().to_vec()
}

#[test]
fn a_purpose_that_the_policy_does_not_have_is_prohibited() {
    let without = version(2, |p| {
        p["purposes"].as_array_mut().unwrap().retain(|terms| terms["id"] != "history");
    });
    let home = Home::new();
    let gate = home.open_with(version(1, |_| ()));
    give(&gate, &[Purpose::History, Purpose::Session]);
    let diff = apply(&gate, &without).unwrap();
    assert_eq!(
        diff.changes,
        [PurposeChange { purpose: Purpose::History, kinds: vec![ChangeKind::Narrower] }]
    );
    let decision = gate.decide(Purpose::History);
    assert_eq!((decision.allowed, decision.reason), (false, DecisionReason::Prohibited));
    assert!(gate.decide(Purpose::Session).allowed, "all others are as they were");
    let diff = apply(&gate, &version(3, |_| ())).unwrap();
    assert_eq!(diff.material, [Purpose::History]);
    assert_eq!(
        gate.decide(Purpose::History).reason,
        DecisionReason::Invalidated,
        "and has to be asked about anew"
    );
}

#[test]
fn a_purpose_of_a_later_version_is_skipped_and_stored_as_it_came() {
    let mut json: Value = serde_json::from_slice(&version(2, |_| ()).to_json()).unwrap();
    let mut telepathy = json["purposes"][3].clone();
    telepathy["id"] = "telepathy".into();
    json["purposes"].as_array_mut().unwrap().push(telepathy);
    json["regions"][1]["mechanisms"]["telepathy"] = "opt_out".into();
    json["gpc_denies"].as_array_mut().unwrap().push("telepathy".into());
    let text = json.to_string();
    let home = Home::new();
    let gate = home.open_with(version(1, |_| ()));
    give(&gate, &[Purpose::Session]);
    let signed = signed::sign(POLICY_KIND, text.as_bytes(), &shop_key().0);
    let diff = gate.apply_policy(&signed, &shop_key().1).unwrap();
    assert_eq!(diff.changes, []);
    assert!(gate.decide(Purpose::Session).allowed);
    assert_eq!(stored(&gate), text.as_bytes(), "a later version finds it");
    drop(gate);
    assert!(home.open().decide(Purpose::Session).allowed);
}

#[test]
fn a_stored_policy_that_cannot_be_read_is_told_and_stood_in_for_strictly() {
    let lax = |n| version(n, |p| p["gpc_conflict"] = "ask".into());
    let home = Home::new();
    let gate = home.open_with(lax(5));
    gate.apply_signals(signals("US-CA")).unwrap();
    gate.served(&[Purpose::History, Purpose::Session, Purpose::Inference], "notice", "en").unwrap();
    assert_eq!(
        gate.decide(Purpose::History).reason,
        DecisionReason::NoticeServed,
        "a notice is enough there"
    );
    give(&gate, &[Purpose::Session, Purpose::Measurement]);
    gate.withdraw(&[Purpose::Experiments], "settings", "en").unwrap();
    let broken = br#"{"format": 1, "version": 5, "mechanisms": "of a kind that nobody knows"}"#;
    overwrite(&gate, broken);
    drop(gate);
    // An older one, none at all, and one that is not in force yet: none of them can say what was agreed to.
    let late = version(9, |p| p["effective_from_ms"] = i64::MAX.into());
    for given in [lax(4), whole(), late] {
        let gate = home.open_with(given);
        assert!(gate.refused_policy().unwrap().reason.contains("cannot be read"));
        let history = gate.decide(Purpose::History);
        assert_eq!(
            (history.allowed, history.mechanism),
            (false, Mechanism::OptIn),
            "no longer by a mere notice"
        );
        assert!(gate.decide(Purpose::Session).allowed, "a yes is a yes");
        assert_eq!(gate.decide(Purpose::Experiments).reason, DecisionReason::Refused, "and a no a no");
        assert_eq!(gate.dp_terms().micro_epsilon, 0, "no report tells anything");
        assert_eq!(gate.retention_days(Purpose::Session), promised(&gate, Purpose::Session));
        assert_eq!(stored(&gate), broken, "and what is stored stays");
    }
    // Lost with its record, as far as the receipts tell.
    let gate = home.open_with(lax(4));
    gate.vault.write(Durability::Full, |w| w.remove(CONSENT, POLICIES, LATEST)).unwrap();
    drop(gate);
    let gate = home.open_with(whole());
    assert!(gate.refused_policy().is_some() && !gate.decide(Purpose::History).allowed);
    assert!(
        gate.vault.read(|r| r.get(CONSENT, POLICIES, LATEST)).unwrap().is_none(),
        "no baseline in its place"
    );
    drop(gate);
    // The same one again, as the app brought it before.
    let gate = home.open_with(lax(5));
    assert!(gate.refused_policy().unwrap().reason.contains("cannot be read"), "told once");
    assert_eq!(gate.decide(Purpose::History).reason, DecisionReason::NoticeServed);
    assert_eq!(Policy::parse(&stored(&gate)), Ok(lax(5)));
    drop(gate);
    assert_eq!(home.open_with(lax(5)).refused_policy(), None);
}

fn promised(gate: &Gate, purpose: Purpose) -> u32 {
    let receipts = gate.receipts(0);
    let entry = |r: &Receipt| r.purposes.iter().find(|p| p.purpose == purpose).map(|p| p.retention_days);
    receipts.iter().rev().find_map(entry).unwrap()
}

#[test]
fn a_stored_policy_of_a_later_format_allows_nothing_and_stays() {
    let home = Home::new();
    let gate = home.open_with(version(1, |_| ()));
    give(&gate, &[Purpose::Session]);
    let later = br#"{"format": 2, "version": 1}"#;
    overwrite(&gate, later);
    drop(gate);
    let gate = home.open_with(version(3, |_| ()));
    assert_eq!(gate.decide(Purpose::Session).reason, DecisionReason::NewerFormat);
    assert!(gate.refused_policy().unwrap().reason.contains("format 2"));
    assert!(matches!(apply(&gate, &version(4, |_| ())), Err(ConsentError::Newer(_))));
    assert_eq!(stored(&gate), later);
}
