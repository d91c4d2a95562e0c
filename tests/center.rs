//! The preference center from an app's side: asking, policies, the ledger, the user's own copy and
//! the end of it.

mod support;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use sottovoce::api::{Change, Listener, ListenerError, Word, word_text};
use sottovoce::consent::{
    CarriedAnswer, Choice, ConsentState, DecisionReason, EraseScope, ExternalSignals, Policy, Purpose,
    PurposeGroup,
};
use sottovoce::profile::{Event, EventName, PreferenceKey};
use sottovoce::sensitive::SensitiveTag;
use sottovoce::{Sottovoce, SottovoceError};
use support::{NOW_MS, Offline, Phone, give};

const BASELINE: &str = include_str!("../src/consent/policy/baseline.json");
const KEPT: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];

/// The baseline as the phone's shop would change and sign it.
fn policy(phone: &Phone, version: u64, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_str(BASELINE).unwrap();
    json["id"] = "brambly".into();
    json["version"] = version.into();
    change(&mut json);
    Policy::seal(json.to_string().as_bytes(), phone.shop.key.pair()).unwrap()
}

/// A shop that may ask about pregnancy.
fn asking(json: &mut Value) {
    json["sensitive"]["tags"] = serde_json::json!(["pregnancy"]);
}

fn germany() -> ExternalSignals {
    ExternalSignals { region: Some("DE".into()), ..Default::default() }
}

#[derive(Default)]
struct Heard(Mutex<Vec<Change>>);

impl Heard {
    fn take(&self) -> Vec<Change> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Listener for Heard {
    fn changed(&self, change: Change) -> Result<(), ListenerError> {
        self.0.lock().unwrap().push(change);
        Ok(())
    }
}

#[test]
fn the_center_is_grouped_and_one_call_says_yes_or_no_to_all() {
    let phone = Phone::new();
    let consent = phone.engine().consent();
    let groups = || {
        let mut groups: Vec<PurposeGroup> =
            consent.center("de".into()).unwrap().notice.purposes.iter().map(|p| p.group).collect();
        groups.dedup();
        groups
    };
    use PurposeGroup as G;
    assert_eq!(groups(), [G::Remembered, G::Used], "in order, each once");
    let on = || {
        let purposes = consent.center("de".into()).unwrap().notice.purposes;
        purposes.iter().filter(|p| p.is_on && p.can_give).count()
    };
    assert_eq!(on(), 0);
    consent.accept_all("center".into(), "de".into()).unwrap();
    assert_eq!(on(), 5);
    consent.refuse_all("center".into(), "de".into()).unwrap();
    assert_eq!(on(), 0);
    let why = consent.center("de".into()).unwrap().notice.purposes[1].reason_text.clone();
    assert_eq!(why, "Du hast es abgelehnt.");
    assert_eq!(
        word_text(Word::Because { reason: DecisionReason::Refused }, "fr-CH".into()),
        "Vous l’avez refusé."
    );
}

#[test]
fn a_notice_says_who_is_responsible_where_to_ask_and_what_a_withdrawal_deletes() {
    let mut phone = Phone::new();
    let notice = |engine: &Sottovoce, locale: &str| engine.consent().notice(locale.into()).unwrap();
    let unnamed = notice(&phone.engine(), "de");
    assert_eq!((unnamed.controller.as_str(), unnamed.contact), ("Dieser Shop", None));
    phone.policy = Some(policy(&phone, 1, |p| {
        p["controller"] = "Brambly & Co.".into();
        p["contact"] = "privacy@brambly.example".into();
        p["complaint"] = "Datenschutzbehörde, Exampletown".into();
    }));
    let engine = phone.engine();
    for locale in ["en", "de", "de-x-formal", "fr", "es", "ar"] {
        let said = notice(&engine, locale);
        assert_eq!((said.locale.as_str(), said.controller.as_str()), (locale, "Brambly & Co."));
        assert_eq!(said.contact.as_deref(), Some("privacy@brambly.example"));
        assert_eq!(said.complaint.as_deref(), Some("Datenschutzbehörde, Exampletown"));
        assert!(said.purposes.iter().all(|p| !p.withdrawal.is_empty()), "{locale}");
    }
    let german = notice(&engine, "de");
    let text = |purpose| german.purposes.iter().find(|p| p.purpose == purpose).unwrap();
    let kept = &text(Purpose::Preferences).retention_text;
    assert!(kept.starts_with("Höchstens 2 Jahre. Deine Einwilligung gilt "), "{kept}");
    assert!(text(Purpose::History).withdrawal.starts_with("Dein Verlauf wird gelöscht"));
    assert_eq!(german.grant_text, "6 Monate");
}

#[test]
fn what_leaves_goes_to_somebody_and_the_notice_says_how_much_it_tells() {
    let mut phone = Phone::new();
    phone.task_set = Some(phone.shop.questions());
    phone.transport = Some(Arc::new(Offline));
    phone.policy = Some(policy(&phone, 1, |p| p["dp"]["window_days"] = 14.into()));
    let notice = phone.engine().consent().notice("en".into()).unwrap();
    let shared = notice.purposes.iter().find(|p| p.purpose == Purpose::Measurement).unwrap();
    assert_eq!(shared.recipients_text, "This shop");
    assert!(
        shared.data.starts_with("At most one answer every 14 days leaves this device"),
        "{}",
        shared.data
    );
    assert!(shared.data.ends_with("up to 3 times as likely if it is true."), "{}", shared.data);
}

#[test]
fn a_selection_answers_everything_and_is_not_asked_about_again() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let prompt = |engine: &Sottovoce| engine.consent().pending_prompt("en".into()).unwrap();
    let next = |engine: &Sottovoce| engine.consent().snapshot().unwrap().next_prompt_ms;
    let allows = |engine: &Sottovoce, purpose| engine.consent().is_allowed(purpose);
    assert_eq!((prompt(&engine).is_some(), next(&engine)), (true, Some(NOW_MS)));
    let save = |engine: &Sottovoce, allowed: &[Purpose]| {
        engine.consent().save(allowed.to_vec(), "notice".into(), "en".into()).unwrap()
    };
    let receipt = save(&engine, &[Purpose::Session, Purpose::Ranking]);
    let said = |purpose| receipt.purposes.iter().find(|p| p.purpose == purpose).unwrap().state;
    assert_eq!(
        (said(Purpose::Session), said(Purpose::History)),
        (ConsentState::Given, ConsentState::Refused)
    );
    assert!(allows(&engine, Purpose::Ranking) && !allows(&engine, Purpose::History));
    assert_eq!(prompt(&engine), None);
    let due = next(&engine).unwrap();
    assert!(due > NOW_MS);
    engine.shutdown();
    let engine = phone.engine();
    assert_eq!((prompt(&engine), next(&engine)), (None, Some(due)));
    phone.clock.advance(due - NOW_MS - 1);
    assert_eq!(prompt(&engine), None);
    phone.clock.advance(1);
    assert!(prompt(&engine).is_some());
    // What is not selected any more is taken back, with its data.
    save(&engine, &[Purpose::History]);
    assert!(!allows(&engine, Purpose::Ranking) && allows(&engine, Purpose::History));
    assert_eq!(prompt(&engine), None);
}

#[test]
fn after_the_end_of_everything_nobody_is_asked_at_once() {
    let phone = Phone::new();
    let engine = phone.engine();
    engine.consent().accept_all("notice".into(), "en".into()).unwrap();
    engine.data().erase(EraseScope::Everything).unwrap();
    let consent = engine.consent();
    assert_eq!(consent.pending_prompt("en".into()).unwrap(), None);
    let due = consent.snapshot().unwrap().next_prompt_ms.unwrap();
    assert!(due > NOW_MS);
    assert!(
        consent.center("en".into()).unwrap().notice.purposes.iter().any(|p| p.can_give),
        "it may be given at any time"
    );
    phone.clock.advance(due - NOW_MS);
    assert!(consent.pending_prompt("en".into()).unwrap().is_some());
    // A second erasure removes the receipt as well: then the device is as new.
    engine.data().erase(EraseScope::Everything).unwrap();
    assert!(consent.pending_prompt("en".into()).unwrap().is_some());
}

#[test]
fn nobody_is_asked_for_what_is_not_used() {
    let asked = |engine: &Sottovoce| -> Vec<Purpose> {
        let center = engine.consent().center("en".into()).unwrap();
        center.notice.purposes.into_iter().map(|p| p.purpose).collect()
    };
    use Purpose as P;
    let mut phone = Phone::new();
    let engine = phone.engine();
    let used = [P::Essential, P::Preferences, P::Session, P::History, P::Inference, P::Ranking];
    assert_eq!(asked(&engine), used, "of all that the baseline has");
    // The shop's catalog comes with an experiment, and a later release of the app with questions.
    phone.apply(&engine, &phone.shop.bundle(1)).unwrap();
    assert!(asked(&engine).contains(&Purpose::Experiments));
    engine.consent().accept_all("center".into(), "en".into()).unwrap();
    assert!(!engine.consent().is_allowed(Purpose::Measurement), "nobody was asked about it");
    engine.shutdown();
    phone.task_set = Some(phone.shop.questions());
    phone.transport = Some(Arc::new(Offline));
    let engine = phone.engine();
    assert!(asked(&engine).contains(&Purpose::Measurement));
    assert!(engine.consent().pending_prompt("en".into()).unwrap().is_some(), "what is new is asked about");
    give(&engine, &[Purpose::Measurement]);
    engine.shutdown();
    // What was given stays in sight where it is not used any more (here the questions are refused), and one no to all takes it back.
    phone.task_set.as_mut().unwrap().push(b' ');
    let engine = phone.engine();
    assert!(asked(&engine).contains(&Purpose::Measurement));
    engine.consent().refuse_all("center".into(), "en".into()).unwrap();
    assert!(!engine.consent().is_allowed(Purpose::Measurement));
    assert!(!asked(&engine).contains(&Purpose::Measurement));
}

#[test]
fn a_sensitive_topic_is_asked_about_alone_and_only_where_the_policy_lets_it() {
    let mut phone = Phone::new();
    phone.policy = Some(policy(&phone, 1, asking));
    let engine = phone.stocked();
    let consent = engine.consent();
    let answer = |tag, choice| consent.answer_sensitive(tag, choice, "topic".into(), "en".into());
    consent.apply_signals(germany()).unwrap();
    give(&engine, &KEPT);
    let center = consent.center("en".into()).unwrap();
    assert_eq!(center.sensitive.iter().map(|s| s.tag).collect::<Vec<_>>(), [SensitiveTag::Pregnancy]);
    assert_eq!(
        answer(SensitiveTag::Health, Choice::Give),
        Err(SottovoceError::NotAskable { tag: SensitiveTag::Health, reason: DecisionReason::Prohibited })
    );
    let receipt = answer(SensitiveTag::Pregnancy, Choice::Give).unwrap();
    assert_eq!(receipt.sensitive.len(), 1);
    assert!(consent.sensitive(SensitiveTag::Pregnancy).unwrap().allowed);
    answer(SensitiveTag::Pregnancy, Choice::Refuse).unwrap();
    assert!(!consent.sensitive(SensitiveTag::Pregnancy).unwrap().allowed);
}

#[test]
fn memory_and_listener_follow_a_new_policy_and_an_old_one_changes_nothing() {
    let phone = Phone::new();
    let engine = phone.stocked();
    let consent = engine.consent();
    give(&engine, &KEPT);
    engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    let heard = Arc::new(Heard::default());
    engine.set_listener(Some(heard.clone()));
    let longer = policy(&phone, 5, |p| p["purposes"][3]["retention_days"] = 400.into());
    let diff = consent.apply_policy(longer).unwrap();
    assert_eq!(diff.material, [Purpose::History]);
    assert_eq!(heard.take(), [Change::Consent]);
    assert_eq!(engine.profile().view().unwrap().stored_events, 0, "not to be used until asked again");
    let copy: Value = serde_json::from_str(&engine.data().export().unwrap()).unwrap();
    assert_eq!(copy["events"].as_array().unwrap().len(), 1, "still the user's");
    assert!(consent.pending_prompt("en".into()).unwrap().is_some());
    assert_eq!(consent.refused_policy().unwrap(), None);
    let refused = consent.apply_policy(policy(&phone, 4, |_| ())).unwrap_err();
    assert!(matches!(&refused, SottovoceError::Rejected { detail, .. } if detail.contains("version 4")));
    assert!(consent.refused_policy().unwrap().unwrap().reason.contains("version 5 is in use"));
    assert_eq!(heard.take(), []);
    give(&engine, &[Purpose::History]);
    let view = engine.profile().view().unwrap();
    assert_eq!((view.stored_events, view.session_events), (1, 0), "one act, not two");
}

#[test]
fn the_apps_own_policy_never_takes_a_newer_one_back_nor_keeps_the_engine_shut() {
    let mut phone = Phone::new();
    let label = |engine: &sottovoce::Sottovoce| engine.consent().snapshot().unwrap().policy;
    phone.policy = Some(b"not a policy".to_vec());
    let engine = phone.engine();
    assert_eq!(label(&engine), "sottovoce-baseline@0");
    assert!(engine.consent().refused_policy().unwrap().unwrap().reason.contains("not signed"));
    engine.consent().apply_policy(policy(&phone, 5, |_| ())).unwrap();
    engine.shutdown();
    phone.policy = Some(policy(&phone, 3, |_| ()));
    let engine = phone.engine();
    assert_eq!((label(&engine).as_str(), engine.consent().refused_policy().unwrap()), ("brambly@5", None));
    engine.shutdown();
    phone.policy = Some(policy(&phone, 6, |_| ()));
    assert_eq!(label(&phone.engine()), "brambly@6");
}

#[test]
fn a_saved_head_is_found_in_the_ledger_later() {
    let phone = Phone::new();
    let engine = phone.engine();
    let consent = engine.consent();
    give(&engine, &[Purpose::Session]);
    let head = consent.head().unwrap();
    assert_eq!(head.head_hash, consent.verify_ledger().unwrap().head_hash);
    give(&engine, &[Purpose::History]);
    assert!(consent.receipts(0).unwrap().iter().any(|r| r.prev_hash == head.head_hash));
    assert_eq!(consent.head().unwrap().ledger_id, head.ledger_id);
}

#[test]
fn a_no_from_another_device_counts_here_and_is_heard() {
    let other = Phone::new();
    let there = other.engine();
    give(&there, &[Purpose::Session]);
    there.consent().withdraw(vec![Purpose::History], "settings".into(), "en".into()).unwrap();
    let carried: Vec<CarriedAnswer> = there.consent().carried_answers().unwrap();
    assert_eq!(carried.len(), 2);
    let phone = Phone::new();
    let engine = phone.stocked();
    give(&engine, &[Purpose::History]);
    engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    let heard = Arc::new(Heard::default());
    engine.set_listener(Some(heard.clone()));
    let outcome = engine.consent().import_answers(carried).unwrap();
    assert_eq!((outcome.refused, outcome.offered), (vec![Purpose::History], vec![Purpose::Session]));
    assert_eq!(outcome.report.rows, 1);
    assert_eq!(engine.profile().view().unwrap().stored_events, 0);
    assert_eq!(heard.take(), [Change::Consent]);
    let state = |p: Purpose| {
        engine.consent().snapshot().unwrap().decisions.into_iter().find(|d| d.purpose == p).unwrap().state
    };
    assert_eq!(state(Purpose::Session), ConsentState::Unknown, "a yes is asked for again");
}

fn copy(engine: &sottovoce::Sottovoce) -> Value {
    serde_json::from_str(&engine.data().export().unwrap()).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn what_was_done_and_said_is_in_the_copy_and_gone_after_the_erasure() {
    let phone = Phone::new();
    let engine = phone.stocked();
    engine.consent().accept_all("notice".into(), "en".into()).unwrap();
    for item in ["KI81", "KI83"] {
        phone.clock.advance(120_000);
        engine.events().track(Event::about(EventName::ViewItem, [item])).unwrap();
    }
    let search = Event { search_term: Some("espresso canary".into()), ..Event::new(EventName::Search) };
    engine.events().track(search).unwrap();
    engine.preferences().set(PreferenceKey::Brand, "Copperfinch".into()).unwrap();
    let document = copy(&engine);
    assert_eq!(
        keys(&document),
        [
            "consent",
            "context",
            "created_ms",
            "events",
            "experiments",
            "format",
            "messages",
            "preferences",
            "profile",
            "reports",
            "sdk_version",
            "store_id",
            "surfaces",
            "version"
        ],
        "names stay"
    );
    assert_eq!(keys(&document["consent"]), ["decisions", "policy", "receipts", "region_rule", "signals"]);
    assert_eq!(keys(&document["reports"]), ["budget", "sent", "waiting"]);
    assert_eq!((&document["format"], &document["version"]), (&"sottovoce-export".into(), &1.into()));
    let view = &document["events"][0];
    assert_eq!((&view["name"], &view["kept"]), (&"view_item".into(), &"stored".into()));
    assert_eq!(view["items"][0]["item_id"], "KI81");
    assert_eq!(document["events"][2]["search_term"], "espresso canary");
    assert_eq!(
        document["preferences"][0],
        serde_json::json!({"key": "brand", "value": "Copperfinch", "set_at_ms": support::NOW_MS + 240_000})
    );
    assert!(!document["profile"]["inferred"].as_array().unwrap().is_empty());
    assert_eq!(document["consent"]["receipts"]["records"].as_array().unwrap().len(), 1);

    let shelf = engine.ranking().recommend(sottovoce::surfaces::RecommendRequest::new("home", 4)).unwrap();
    let heard = Arc::new(Heard::default());
    engine.set_listener(Some(heard.clone()));
    let report = engine.data().erase(EraseScope::Everything).unwrap();
    assert!(report.rows >= 4 && !report.receipt_id.is_empty());
    assert_eq!(heard.take(), [Change::Profile, Change::Consent]);
    assert!(engine.profile().explain(shelf.ranking_id, shelf.items[0].item_id.clone(), "en".into()).is_err());
    let after = copy(&engine);
    let text = after.to_string();
    for gone in ["KI81", "KI83", "espresso canary", "Copperfinch"] {
        assert!(!text.contains(gone), "{gone}");
    }
    assert_eq!(after["consent"]["receipts"]["records"].as_array().unwrap().len(), 1, "the tombstone");
    let again = engine.data().erase(EraseScope::Everything).unwrap();
    assert_eq!((again.rows, again.receipt_id.as_str()), (0, ""));
    assert!(copy(&engine)["consent"]["receipts"]["records"].as_array().unwrap().is_empty());
}

#[test]
fn one_purposes_data_goes_and_its_answer_stays() {
    let phone = Phone::new();
    let engine = phone.stocked();
    give(&engine, &KEPT);
    engine.events().track(Event::about(EventName::ViewItem, ["KI81"])).unwrap();
    engine.preferences().set(PreferenceKey::Size, "M".into()).unwrap();
    let erase = |purpose| engine.data().erase(EraseScope::DataOf { purpose }).unwrap();
    assert_eq!(erase(Purpose::Preferences).rows, 1);
    assert!(engine.preferences().all().unwrap().is_empty());
    assert_eq!(erase(Purpose::History).rows, 1);
    assert!(copy(&engine)["events"].as_array().unwrap().is_empty());
    assert!(engine.consent().is_allowed(Purpose::History));

    engine.consent().withdraw(vec![Purpose::History], "settings".into(), "en".into()).unwrap();
    phone.clock.advance(120_000);
    engine.events().track(Event::about(EventName::ViewItem, ["KI83"])).unwrap();
    assert_eq!(copy(&engine)["events"][0]["kept"], "visit");
    erase(Purpose::Session);
    assert!(copy(&engine)["events"].as_array().unwrap().is_empty(), "what is in memory only goes as well");
    assert!(engine.consent().is_allowed(Purpose::Session));
}

#[test]
fn a_copy_can_be_had_without_a_catalog() {
    let phone = Phone::new();
    let engine = phone.engine();
    give(&engine, &KEPT);
    assert_eq!(copy(&engine)["store_id"], support::STORE);
}

#[test]
fn the_form_offers_what_the_shop_has_and_nothing_sensitive() {
    use sottovoce::profile::{FieldKind, PreferenceField, ReviewAspect};
    let phone = Phone::new();
    let engine = phone.engine();
    let form = || engine.preferences().form("de-CH".into()).unwrap();
    let is_of_shop = |f: &&PreferenceField| f.key != PreferenceKey::Matters;
    assert!(form().fields.iter().filter(is_of_shop).all(|f| f.options.is_empty()), "no catalog, no options");
    phone.apply(&engine, &phone.shop.bundle(1)).unwrap();
    assert!(!form().decision.allowed && form().reason_text == "Du hast nicht zugestimmt.");
    give(&engine, &[Purpose::Preferences]);
    let brands = form().fields.swap_remove(0);
    assert_eq!(
        (brands.key, brands.kind, brands.label.as_str()),
        (PreferenceKey::Brand, FieldKind::PickMany, "Lieblingsmarken")
    );
    assert!(brands.options.len() > 3 && brands.options.windows(2).all(|w| w[0].items >= w[1].items));
    let last = brands.options.last().unwrap().value.clone();
    engine.preferences().set(PreferenceKey::Brand, last.clone()).unwrap();
    engine.preferences().set(PreferenceKey::NeverItem, "KI81".into()).unwrap();
    engine.preferences().set(PreferenceKey::Brand, "Gone".into()).unwrap();
    let chosen = &form().fields[0].options;
    assert!(chosen[0].chosen && chosen[0].value == last && chosen[0].items > 0);
    assert!(chosen[1].chosen && chosen[1].label == "Gone" && !chosen[2].chosen);
    assert_eq!(chosen.iter().filter(|o| o.value == last).count(), 1);
    let never = form().fields.into_iter().find(|f| f.key == PreferenceKey::NeverItem).unwrap();
    assert_eq!((never.kind, never.options.len()), (FieldKind::Products, 1));
    assert_ne!(never.options[0].label, "KI81", "its title");
    engine.preferences().set(PreferenceKey::Matters, "Sustainability".into()).unwrap();
    let matters = form().fields.into_iter().find(|f| f.key == PreferenceKey::Matters).unwrap();
    assert_eq!((matters.kind, matters.options.len()), (FieldKind::PickMany, ReviewAspect::ALL.len()));
    let chosen: Vec<_> =
        matters.options.iter().filter(|o| o.chosen).map(|o| (&*o.value, &*o.label)).collect();
    assert_eq!(chosen, [("Sustainability", "Nachhaltigkeit")]);
    engine.preferences().remove(PreferenceKey::Matters, "Sustainability".into()).unwrap();

    let sensitive = |path: &str| sottovoce::catalog::Taxonomy::default().matcher().tags_of(path);
    let drugs = "Health & Beauty > Health Care";
    assert!(
        phone
            .shop
            .items
            .iter()
            .any(|i| i.google_product_category.as_deref().is_some_and(|c| c.starts_with(drugs)))
    );
    let category = form().fields.swap_remove(1);
    assert!(category.options.iter().any(|o| o.value.contains(" > ") && !o.label.contains('>')));
    for option in form().fields.iter().flat_map(|f| &f.options) {
        assert!(sensitive(&option.value).is_empty(), "{}", option.value);
    }
}
