//! Sensitive tags: blocked unless the user, the policy, the region and the taxonomy all agree.

use crate::consent::tests::*;

const TAXONOMY: u32 = 1;
const TAG: SensitiveTag = SensitiveTag::Pregnancy;

fn shop() -> Policy {
    changed(|p| p["sensitive"]["tags"] = serde_json::json!(["pregnancy", "health"]))
}

/// A user in Germany who allowed history, at a shop that may ask.
fn ready(home: &Home) -> Gate {
    let gate = home.open_with(shop());
    gate.apply_signals(signals("DE")).unwrap();
    give(&gate, &[Purpose::History, Purpose::Inference]);
    gate
}

fn allow(gate: &Gate, tag: SensitiveTag) {
    gate.answer_sensitive(tag, Choice::Give, "pregnancy_screen", "en").unwrap();
}

fn note(gate: &Gate) {
    let permit = gate.sensitive_permit(TAG, TAXONOMY).unwrap();
    gate.write::<_, ConsentError>(Durability::Full, |w| w.at_sensitive(&permit)?.append(NOTES, b"x"))
        .unwrap();
}

fn noted(gate: &Gate) -> u64 {
    let permit = gate.sensitive_permit(TAG, TAXONOMY).unwrap();
    gate.read::<_, ConsentError>(|r| r.at_sensitive(&permit)?.count(NOTES)).unwrap()
}

#[test]
fn a_tag_needs_a_yes_of_its_own() {
    let home = Home::new();
    let gate = ready(&home);
    gate.accept_all("banner", "en").unwrap();
    assert_eq!(
        gate.decide_sensitive(TAG, TAXONOMY).reason,
        DecisionReason::NotAnswered,
        "not part of everything"
    );
    allow(&gate, TAG);
    assert!(gate.decide_sensitive(TAG, TAXONOMY).allowed);
    assert!(!gate.decide_sensitive(SensitiveTag::Health, TAXONOMY).allowed, "one yes, one tag");
    note(&gate);
    assert_eq!(noted(&gate), 1);
    let receipt = gate.receipts(0).pop().unwrap();
    assert_eq!((receipt.sensitive[0].tag, receipt.purposes.len()), (TAG, 0));
}

#[test]
fn whatever_is_not_known_blocks() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    let why = |tag, taxonomy| gate.decide_sensitive(tag, taxonomy).reason;
    assert_eq!(why(SensitiveTag::Religion, TAXONOMY), DecisionReason::Prohibited, "the shop may not ask");
    assert_eq!(why(TAG, 2), DecisionReason::UnknownTaxonomy);
    let apply = |s: ExternalSignals| gate.apply_signals(s).unwrap();
    apply(ExternalSignals::default());
    assert_eq!(why(TAG, TAXONOMY), DecisionReason::Prohibited, "no region is known");
    apply(ExternalSignals { age_band: Some(AgeBand::From13To15), ..signals("DE") });
    assert_eq!(why(TAG, TAXONOMY), DecisionReason::AgeBand);
    apply(ExternalSignals { global_privacy_control: true, ..signals("DE") });
    assert!(!gate.decide_sensitive(TAG, TAXONOMY).allowed);
    apply(signals("DE"));
    assert!(gate.decide_sensitive(TAG, TAXONOMY).allowed);
    let baseline = Home::new();
    let gate = baseline.open();
    gate.apply_signals(signals("DE")).unwrap();
    give(&gate, &[Purpose::History]);
    assert!(!gate.decide_sensitive(TAG, TAXONOMY).allowed, "the baseline asks about none");
}

#[test]
fn what_is_above_a_tag_denies_it() {
    let home = Home::new();
    let version = |n: u64, days: u32| {
        changed(|p| {
            p["version"] = n.into();
            p["gpc_denies"] = serde_json::json!([]);
            p["sensitive"]["tags"] = serde_json::json!(["pregnancy"]);
            p["purposes"][index(Purpose::History)]["retention_days"] = days.into();
        })
    };
    let gate = home.open_with(version(1, 365));
    let signal = |set| ExternalSignals { global_privacy_control: set, ..signals("DE") };
    gate.apply_signals(signal(false)).unwrap();
    give(&gate, &[Purpose::History]);
    allow(&gate, TAG);
    gate.apply_signals(signal(true)).unwrap();
    assert!(gate.decide(Purpose::History).allowed, "this policy lets the signal deny nothing else");
    assert_eq!(gate.decide_sensitive(TAG, TAXONOMY).reason, DecisionReason::OptOutSignal);
    gate.apply_signals(signal(false)).unwrap();
    gate.apply_policy(&sign(&version(2, 400)), &shop_key().1).unwrap();
    assert!(!gate.decide(Purpose::History).allowed);
    assert_eq!(gate.decide_sensitive(TAG, TAXONOMY).reason, DecisionReason::MissingDependency);
}

#[test]
fn a_yes_to_what_nobody_may_be_asked_is_refused_and_leaves_no_receipt() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    let before = gate.receipts(0).len();
    let refused = |tag, reason| match gate.answer_sensitive(tag, Choice::Give, "screen", "en") {
        Err(ConsentError::NotAskable { tag: t, reason: r }) => assert_eq!((t, r), (tag, reason)),
        other => panic!("{other:?}"),
    };
    refused(SensitiveTag::Religion, DecisionReason::Prohibited);
    gate.apply_signals(ExternalSignals { age_band: Some(AgeBand::From13To15), ..signals("DE") }).unwrap();
    refused(SensitiveTag::Health, DecisionReason::AgeBand);
    gate.apply_signals(ExternalSignals::default()).unwrap();
    refused(TAG, DecisionReason::Prohibited);
    assert_eq!(gate.receipts(0).len(), before);
    let shown = gate.center("en").sensitive;
    assert_eq!(shown.len(), 1, "a yes that was given can be taken back wherever the user is");
    assert!(shown[0].tag == TAG && shown[0].is_on && !shown[0].can_give && !shown[0].decision.allowed);
    gate.answer_sensitive(TAG, Choice::Refuse, "screen", "en").unwrap();
    assert!(gate.center("en").sensitive.is_empty());
}

#[test]
fn it_runs_out_sooner_and_its_permit_with_it() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    note(&gate);
    let permit = gate.sensitive_permit(TAG, TAXONOMY).unwrap();
    home.clock.advance(91 * DAY_MS);
    assert!(matches!(permit.check(), Err(ConsentError::StalePermit(Purpose::History))));
    assert!(gate.read::<_, ConsentError>(|r| r.at_sensitive(&permit)?.count(NOTES)).is_err());
    assert!(
        gate.write::<_, ConsentError>(Durability::Full, |w| w.at_sensitive(&permit)?.append(NOTES, b"x"))
            .is_err()
    );
    assert_eq!(gate.decide_sensitive(TAG, TAXONOMY).reason, DecisionReason::Expired);
    assert!(gate.decide(Purpose::History).allowed);
    gate.tick(home.clock.now_ms()).unwrap();
    home.clock.advance(-91 * DAY_MS);
    assert_eq!(gate.decide_sensitive(TAG, TAXONOMY).state, ConsentState::Expired);
    allow(&gate, TAG);
    assert_eq!(noted(&gate), 0, "what was kept for the old yes is gone");
}

#[test]
fn taking_it_back_destroys_its_key() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    note(&gate);
    let (_, report) = gate.answer_sensitive(TAG, Choice::Refuse, "settings", "en").unwrap();
    assert_eq!((report.rows, report.keys_destroyed), (1, 1));
    assert_eq!(report.sensitive, [TAG]);
    allow(&gate, TAG);
    assert_eq!(noted(&gate), 0);
}

#[test]
fn whoever_takes_back_their_history_takes_back_what_is_sensitive_in_it() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    note(&gate);
    let report = gate.withdraw(&[Purpose::History], "settings", "en").unwrap();
    assert_eq!((report.rows, report.sensitive), (1, vec![TAG]));
    give(&gate, &[Purpose::History]);
    assert_eq!(gate.decide_sensitive(TAG, TAXONOMY).reason, DecisionReason::Refused);
}

#[test]
fn erasing_the_data_of_a_tag_keeps_the_answer() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    note(&gate);
    assert_eq!(gate.erase(EraseScope::DataAbout { tag: TAG }).unwrap().rows, 1);
    assert_eq!(noted(&gate), 0);
    let last = || gate.receipts(0).pop().unwrap();
    let named =
        |receipt: Receipt| receipt.sensitive.into_iter().map(|t| (t.tag, t.state)).collect::<Vec<_>>();
    assert_eq!(named(last()), [(TAG, ConsentState::Given)]);
    gate.erase(EraseScope::DataOf { purpose: Purpose::History }).unwrap();
    assert_eq!(named(last()), [(TAG, ConsentState::Given)], "what was never asked about is not named");
}

#[test]
fn erasing_everything_takes_what_is_sensitive_along() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    note(&gate);
    assert_eq!(gate.erase(EraseScope::Everything).unwrap().rows, 1);
    give(&gate, &[Purpose::History]);
    assert_eq!(gate.decide_sensitive(TAG, TAXONOMY).reason, DecisionReason::NotAnswered);
    allow(&gate, TAG);
    assert_eq!(noted(&gate), 0);
}

#[test]
fn the_center_lists_only_tags_that_may_be_asked_about_here() {
    let home = Home::new();
    let gate = ready(&home);
    let tags: Vec<_> =
        gate.center("de").sensitive.into_iter().map(|s| (s.tag, s.title, s.grant_days)).collect();
    assert_eq!(
        tags,
        [
            (SensitiveTag::Pregnancy, "Schwangerschaft".to_owned(), 90),
            (SensitiveTag::Health, "Gesundheit".to_owned(), 90)
        ]
    );
    gate.apply_signals(ExternalSignals::default()).unwrap();
    assert!(gate.center("de").sensitive.is_empty());
}

#[test]
fn what_is_being_taken_back_is_in_no_copy() {
    let home = Home::new();
    let gate = ready(&home);
    allow(&gate, TAG);
    note(&gate);
    let shown = || {
        let permit = gate.access::<History>().unwrap();
        let count =
            |r: &Reading<'_>| r.sensitive_for_user(&permit)?.iter().map(|(_, at)| at.count(NOTES)).sum();
        gate.read::<u64, ConsentError>(count).unwrap()
    };
    assert_eq!(shown(), 1);
    gate.replace(gate.state().holding(&[], &[TAG]));
    assert_eq!(shown(), 0);
}
