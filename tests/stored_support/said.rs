//! What an engine says about everything that is stored, as JSON, and whether it says all that it once said.

use serde_json::{Map, Value, json};
use sottovoce::Sottovoce;
use sottovoce::api::widget_shelf_at;
use sottovoce::consent::Purpose;

use super::Home;
use super::shop::{BROWSED, TAGS};

/// Everything that must outlive a new version. Left out is what is worked out anew each time: the profile, the true
/// answers, sentences for people, and caps.
pub fn said(home: &Home, engine: &Sottovoce) -> Value {
    let export = export(engine);
    let budget = &export["reports"]["budget"];
    let arms = ["shelf", "tone"].map(|key| engine.experiments().variant(key.into()).unwrap().variant);
    json!({
        "consent": consent(engine),
        "device_key": export["consent"]["receipts"]["publicKey"]["value"],
        "signals": export["consent"]["signals"],
        "preferences": engine.preferences().all().unwrap(),
        "events": export["events"],
        "surfaces": export["surfaces"],
        "messages": export["messages"],
        "stored_events": engine.profile().view().unwrap().stored_events,
        "exposures": export["experiments"],
        "arms": arms,
        "waiting": waiting(&export),
        "sent": export["reports"]["sent"],
        "spent": [budget["closed"].clone(), budget["quarter_spent"].clone(), budget["install_spent"].clone()],
        "widget": widget_shelf_at(&home.config(), home.key_store(), &*home.clock).unwrap(),
        "catalog": catalog(engine),
    })
}

/// The user's own copy.
pub fn export(engine: &Sottovoce) -> Value {
    serde_json::from_str(&engine.data().export().unwrap()).unwrap()
}

fn consent(engine: &Sottovoce) -> Value {
    let consent = engine.consent();
    let (snapshot, head, check) =
        (consent.snapshot().unwrap(), consent.head().unwrap(), consent.verify_ledger().unwrap());
    let decisions: Map<_, _> = snapshot.decisions.iter().map(|d| (d.purpose.id().into(), json!(d))).collect();
    let tags: Map<_, _> =
        TAGS.iter().map(|tag| (tag.name().into(), json!(consent.sensitive(*tag).unwrap()))).collect();
    let (of_topics, of_purposes): (Vec<_>, Vec<_>) =
        consent.carried_answers().unwrap().into_iter().partition(|answer| answer.tag.is_some());
    let notice = consent.notice("en".into()).unwrap();
    let history = notice.purposes.iter().find(|p| p.purpose == Purpose::History).unwrap();
    json!({
        "policy": snapshot.policy,
        "region_rule": snapshot.region_rule,
        "controller": notice.controller,
        "recipients": notice.recipients,
        "history": [history.title, history.benefit, history.data],
        "decisions": decisions,
        "sensitive": tags,
        "receipts": consent.receipts(0).unwrap(),
        "carried": of_purposes,
        "carried_topics": of_topics,
        "ledger": {
            "id": head.ledger_id,
            "head": head.head_hash,
            "verified": check.verified,
            "broken_at": check.broken_at,
        },
    })
}

fn waiting(export: &Value) -> Value {
    let mut waiting = export["reports"]["waiting"].clone();
    for report in waiting.as_array_mut().unwrap() {
        for computed in ["true_answer", "trust"] {
            report.as_object_mut().unwrap().remove(computed);
        }
    }
    waiting
}

fn catalog(engine: &Sottovoce) -> Value {
    let items = engine.catalog().items(BROWSED.map(String::from).to_vec()).unwrap();
    let items = items.into_iter().map(
        |i| json!({"id": i.item_id, "title": i.title, "brand": i.brand, "price": i.price, "link": i.link}),
    );
    json!({"version": engine.status().catalog_version, "items": items.collect::<Vec<_>>()})
}

/// Fails unless all of `then` is in `now`. What a later version says beside it does not matter.
pub fn assert_still_said(then: &Value, now: &Value) {
    let mut lost = Vec::new();
    compare(then, now, "", &mut lost);
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// Before the first release, why an item was returned was a word of Rust's.
fn in_words(reason: &Value) -> Value {
    match reason.as_str() {
        Some("TooSmall") => "too_small".into(),
        Some("TooLarge") => "too_large".into(),
        Some("Other") => "other".into(),
        _ => reason.clone(),
    }
}

fn compare(then: &Value, now: &Value, at: &str, lost: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                let value = if key == "return_reason" { &in_words(value) } else { value };
                compare(value, b.get(key).unwrap_or(&Value::Null), &format!("{at}.{key}"), lost);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (then, now)) in a.iter().zip(b).enumerate() {
                compare(then, now, &format!("{at}[{index}]"), lost);
            }
        }
        _ if then == now => {}
        _ => lost.push(format!("{at}: was {then}, is {now}")),
    }
}
