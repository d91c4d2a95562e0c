//! A shop that may ask about two topics, and a phone whose user allowed everything else.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::sync::Arc;

use serde_json::Value;
use sottovoce::Sottovoce;
use sottovoce::consent::{Choice, ExternalSignals, Policy, Purpose};
use sottovoce::profile::{DropReason, Event, EventName, ProfileView, TrackOutcome};
use sottovoce::random::SystemRandom;
use sottovoce::sensitive::SensitiveTag;
use sottovoce::surfaces::{Ranking, RecommendRequest};
use sottovoce::vault::{Compartment, Table, Vault};

use crate::support::{Phone, STORE, give};

const BASELINE: &str = include_str!("../../src/consent/policy/baseline.json");
pub const KEPT: [Purpose; 5] =
    [Purpose::Session, Purpose::History, Purpose::Inference, Purpose::Ranking, Purpose::Preferences];
pub const TOPIC: SensitiveTag = SensitiveTag::Pregnancy;
/// About it, by a brand that has other things as well.
pub const LEGGINGS: &str = "CL28-M";
/// About another topic, which the shop may ask about, too.
pub const DIABETES: &str = "BO130";
/// About both.
pub const BOTH: &str = "BO131";
pub const PLAIN: &str = "KI81";
pub const RETENTION_DAYS: i64 = 60;

pub fn policy(phone: &Phone, version: u64, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_str(BASELINE).unwrap();
    json["id"] = STORE.into();
    json["version"] = version.into();
    json["sensitive"]["tags"] = serde_json::json!(["pregnancy", "health"]);
    json["purposes"][3]["retention_days"] = RETENTION_DAYS.into();
    change(&mut json);
    Policy::seal(json.to_string().as_bytes(), phone.shop.key.pair()).unwrap()
}

pub fn surroundings(engine: &Sottovoce, change: impl FnOnce(&mut ExternalSignals)) {
    let mut signals = ExternalSignals { region: Some("DE".into()), ..Default::default() };
    change(&mut signals);
    engine.consent().apply_signals(signals).unwrap();
}

/// A phone in Germany whose user allowed everything that a notice asks about, and no topic.
pub fn asked() -> (Phone, Arc<Sottovoce>) {
    let mut phone = Phone::new();
    let both = phone.shop.items.iter_mut().find(|item| item.id == BOTH).unwrap();
    both.sensitive_tags = vec![TOPIC, SensitiveTag::Health];
    phone.policy = Some(policy(&phone, 1, |_| ()));
    let engine = phone.stocked();
    surroundings(&engine, |_| ());
    give(&engine, &KEPT);
    (phone, engine)
}

pub fn answer(engine: &Sottovoce, tag: SensitiveTag, choice: Choice) {
    engine.consent().answer_sensitive(tag, choice, "topic".into(), "en".into()).unwrap();
}

/// The same, with a yes to the topic.
pub fn allowed() -> (Phone, Arc<Sottovoce>) {
    let (phone, engine) = asked();
    answer(&engine, TOPIC, Choice::Give);
    (phone, engine)
}

pub fn track(phone: &Phone, engine: &Sottovoce, event: Event) -> TrackOutcome {
    phone.clock.advance(60_000);
    engine.events().track(event).unwrap()
}

pub fn bought(items: &[&str]) -> Event {
    Event::about(EventName::Purchase, items.iter().copied())
}

pub const STORED: TrackOutcome = TrackOutcome::Stored { warnings: Vec::new() };
pub const SENSITIVE: TrackOutcome = TrackOutcome::Dropped { reason: DropReason::Sensitive, field: None };

pub fn copy(engine: &Sottovoce) -> Vec<Value> {
    let copy: Value = serde_json::from_str(&engine.data().export().unwrap()).unwrap();
    copy["events"].as_array().unwrap().clone()
}

pub fn view(engine: &Sottovoce) -> ProfileView {
    engine.profile().view().unwrap()
}

pub fn shelf(engine: &Sottovoce) -> Ranking {
    engine.ranking().recommend(RecommendRequest::new("home", 12)).unwrap()
}

pub fn ids(shelf: &Ranking) -> Vec<&str> {
    shelf.items.iter().map(|item| &*item.item_id).collect()
}

/// How many records the vault of a closed engine has in the compartment of a purpose or tag.
pub fn records(phone: &Phone, compartment: u16) -> usize {
    let folder = phone.folder.path().join("engine/vault");
    let (vault, _) = Vault::open(&folder, STORE, phone.keys.clone(), Arc::new(SystemRandom)).unwrap();
    let all =
        (0..99).map(|table| vault.read(|r| r.scan(Compartment(compartment), Table(table))).unwrap().len());
    all.sum()
}

pub const fn of_tag(tag: SensitiveTag) -> u16 {
    100 + tag as u16
}
