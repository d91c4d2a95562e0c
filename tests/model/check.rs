//! After each step: the engine says what the model says, or something stricter for a reason that it tells.

use std::sync::Arc;

use serde_json::Value;
use sottovoce::SottovoceError;
use sottovoce::api::{EngineStatus, widget_shelf_at};
use sottovoce::consent::{AgeBand, ConsentState, DecisionReason, Purpose};
use sottovoce::surfaces::RecommendRequest;
use sottovoce::vault::{KeyStore, KeyStoreError};

use super::data::word;
use super::faults::Keys;
use super::model::{Answer, Fact, Is, Past, Subject, purposes};
use super::steps::TAGS;
use super::time::later;
use super::view::{Region, Surroundings};
use super::world::{Breach, World, breach};

/// How much is looked at after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    AtAnswers,
    AtBudget,
    AtData,
    Everything,
}

/// What an engine says about consent.
pub struct Seen {
    pub classes: Vec<(Subject, Answer)>,
    allowed: Vec<(Subject, bool)>,
    expires: Vec<(Subject, i64)>,
    rule: String,
}

/// Asks an engine about everything that can be answered.
pub fn observe(world: &mut World, at: usize) -> Result<Option<Seen>, Breach> {
    let asks = world.ask(at, "snapshot", |e| e.consent().snapshot())?;
    let Ok(snapshot) = asks else { return breach("consent cannot be asked", asks) };
    let mut seen =
        Seen { classes: Vec::new(), allowed: Vec::new(), expires: Vec::new(), rule: snapshot.region_rule };
    if snapshot.decisions.iter().any(|d| d.reason == DecisionReason::LedgerBroken) {
        return breach("a broken ledger", world.ask(at, "verify_ledger", |e| e.consent().verify_ledger())?);
    }
    for decision in snapshot.decisions.into_iter().filter(|d| d.purpose != Purpose::Essential) {
        let subject = Subject::Of(decision.purpose);
        // Everything was erased: nobody said no, and nothing is allowed until somebody says yes.
        let is_erased = decision.state == ConsentState::Unknown && decision.receipt_id.is_some();
        seen.classes.push((subject, if is_erased { Answer::No } else { decision.state.into() }));
        seen.allowed.push((subject, decision.allowed));
        seen.expires.extend(decision.expires_at_ms.map(|ms| (subject, ms)));
    }
    for tag in TAGS {
        let Ok(decision) = world.ask(at, "sensitive", |e| e.consent().sensitive(tag))? else { continue };
        seen.classes.push((Subject::About(tag), decision.state.into()));
        seen.allowed.push((Subject::About(tag), decision.allowed));
    }
    Ok(Some(seen))
}

/// What the app has told, according to an export.
pub fn surroundings(export: &Value) -> Surroundings {
    let told = &export["consent"]["signals"];
    Surroundings {
        region: match told["region"].as_str() {
            Some("DE") => Region::Germany,
            Some(_) => Region::California,
            None => Region::Unknown,
        },
        gpc: told["global_privacy_control"].as_bool().unwrap_or_default(),
        age: match told["age_band"].as_str() {
            Some("adult") => Some(AgeBand::Adult),
            Some(_) => Some(AgeBand::From13To15),
            None => None,
        },
    }
}

impl World {
    /// Checks every slot.
    pub fn check(&mut self, look: Look) -> Result<(), Breach> {
        for at in 0..self.slots.len() {
            if self.slots[at].engine.is_none() {
                continue;
            }
            self.check_shelves(at)?;
            if !self.slots[at].open {
                self.check_closed(at)?;
                continue;
            }
            self.keep_time(at);
            self.check_status(at)?;
            self.check_consent(at)?;
            self.check_preferences(at)?;
            if look > Look::AtAnswers || self.counts.steps.is_multiple_of(4) {
                self.check_screen(at)?;
            }
            if look >= Look::AtBudget {
                self.check_budget(at)?;
            }
            if look >= Look::AtData {
                self.check_export(at)?;
            }
            if look == Look::Everything {
                self.check_ledger(at)?;
            }
        }
        Ok(())
    }

    fn keep_time(&mut self, at: usize) {
        let now_ms = self.now_ms();
        let slot = &mut self.slots[at];
        slot.live.time.observe(now_ms);
        slot.soft.ideal.observe(now_ms);
        let floor = slot.soft.ideal.floor();
        let hard = self.hard_of(at);
        hard.ideal = later(hard.ideal, floor);
    }

    /// A closed engine allows nothing and answers the screen all the same.
    fn check_closed(&mut self, at: usize) -> Result<(), Breach> {
        let Some(engine) = self.slots[at].engine.clone() else { return Ok(()) };
        let locked = engine.consent().snapshot().map(drop) == Err(SottovoceError::Locked)
            && engine.data().export().map(drop) == Err(SottovoceError::Locked)
            && purposes().all(|p| !engine.consent().is_allowed(p))
            && engine.preferences().all() == Err(SottovoceError::Locked);
        if locked { Ok(()) } else { breach("a closed engine answers", engine.status()) }
    }

    fn check_status(&mut self, at: usize) -> Result<(), Breach> {
        let Some(engine) = self.slots[at].engine.clone() else { return Ok(()) };
        let EngineStatus { settled, unreadable, .. } = engine.status();
        if !unreadable.is_empty() {
            return breach("records that cannot be read", unreadable);
        }
        if !settled && !self.troubled_ever {
            return breach("something unfinished without a reason", "");
        }
        self.slots[at].soft.owed = !settled;
        if !settled {
            return Ok(());
        }
        if !self.slots[at].live.stale {
            self.settle(at);
        }
        if std::mem::take(&mut self.slots[at].live.blurred) {
            // The erasure of everything has come to its end.
            self.slots[at].live.held.clear();
            // One that failed since still holds, unless its answer has gone as well.
            let gone = observe(self, at)?.map(|seen| seen.classes).unwrap_or_default();
            for (subject, _) in gone.into_iter().filter(|(_, class)| *class == Answer::Open) {
                self.slots[at].live.erasing.remove(&subject);
            }
            return self.resolve(at);
        }
        Ok(())
    }

    /// What was told and could not be stored may be in force after any later call.
    fn take_up(&mut self, at: usize, is_seen: impl Fn(Surroundings) -> bool) {
        let slot = &mut self.slots[at];
        let in_force = slot.live.surroundings;
        if let Some(untold) = slot.untold.filter(|untold| !is_seen(in_force) && is_seen(*untold)) {
            slot.live.surroundings = untold;
        }
    }

    fn check_consent(&mut self, at: usize) -> Result<(), Breach> {
        self.hear_of_items_left(at)?;
        let Some(seen) = observe(self, at)? else { return Ok(()) };
        self.take_up(at, |untold| untold.rule() == seen.rule);
        let (strict, lenient) = (self.view(at, false), self.view(at, true));
        let slot = &self.slots[at];
        if seen.rule != slot.live.surroundings.rule() {
            return breach("other surroundings than the app told", (seen.rule, slot.live.surroundings));
        }
        let ended = |class| matches!(class, Answer::No | Answer::Expired);
        let mut vague = Vec::new();
        for (subject, class) in seen.classes {
            let may = [lenient.class(subject), strict.class(subject)];
            if class == Answer::Yes && !may.contains(&class) {
                return breach("a yes that nobody gave", (subject, may[0]));
            }
            if may == [Answer::Yes, Answer::Yes] && class != Answer::Yes && !slot.live.blurred {
                return breach("a yes lost", (subject, class, self.last_receipts(at)));
            }
            // What ran out in troubled times may have been noted as that, or as taken back.
            let half_wiped = class == Answer::Open && self.hard[slot.soft.install].half_wiped;
            if self.troubled_ever && (ended(class) || half_wiped) && may.into_iter().all(ended) {
                vague.push((subject, class));
            } else if !may.contains(&class)
                && !slot.live.blurred
                && !(class == Answer::Expired
                    && (strict.is_over(subject) || slot.soft.unsure.contains(&subject)))
            {
                return breach("another answer than was given", (subject, class, may));
            }
        }
        for (subject, allowed) in seen.allowed {
            let [may, must] = [&lenient, &strict].map(|view| match subject {
                Subject::Of(purpose) => view.allows(purpose),
                Subject::About(tag) => view.allows_tag(tag),
            });
            // After an erasure of everything a notice counts, though it is not known yet what else came to its end.
            let anew = match subject {
                Subject::Of(purpose) => slot.live.blurred && slot.soft.noticed.contains(&purpose),
                Subject::About(_) => false,
            };
            if allowed && !may && !anew {
                return breach("allowed without a yes", subject);
            }
            if !allowed && must && !slot.live.blurred {
                return breach("denied in spite of a yes", subject);
            }
        }
        for (subject, expires_ms) in seen.expires {
            if slot.soft.answer(subject) == Answer::Yes && slot.soft.until[&subject].0 < expires_ms {
                return breach("a yes that lasts longer than it was given for", subject);
            }
        }
        for (subject, class) in vague {
            let answer = self.slots[at].soft.answers.entry(subject).or_default();
            if ended(*answer) {
                *answer = class;
            }
        }
        Ok(())
    }

    fn last_receipts(&self, at: usize) -> Vec<String> {
        let receipts = self.slots[at].engine.as_ref().and_then(|e| e.consent().receipts(0).ok());
        let told = receipts.into_iter().flatten().map(|r| {
            let purposes: Vec<_> = r.purposes.iter().map(|p| (p.purpose, p.state)).collect();
            format!("{:?} {purposes:?}", r.action)
        });
        let all: Vec<String> = told.collect();
        all.iter().rev().take(3).cloned().collect()
    }

    /// Lists are answered, whatever else is wrong.
    fn check_screen(&self, at: usize) -> Result<(), Breach> {
        let Some(engine) = self.slots[at].engine.clone() else { return Ok(()) };
        let list = match engine.ranking().recommend(RecommendRequest::new("home", 2)) {
            Ok(list) => list,
            Err(e) => return breach("no list", e),
        };
        let soft = &self.slots[at].soft;
        if soft.events.is_empty() && soft.said.is_empty() && list.items.len() < 2 {
            return breach("a list that is too short", list.items.len());
        }
        Ok(())
    }

    fn check_preferences(&mut self, at: usize) -> Result<(), Breach> {
        let Some(engine) = self.slots[at].engine.clone() else { return Ok(()) };
        let all = engine.preferences().all().unwrap();
        let slot = &self.slots[at];
        for seen in &all {
            if !slot.soft.said.iter().any(|s| s.key == seen.key && s.value == seen.value) {
                return breach("a preference that is gone is seen", seen);
            }
        }
        let must =
            self.view(at, false).allows(Purpose::Preferences) && slot.live.followed && !slot.live.blurred;
        for said in slot.soft.said.iter().filter(|s| s.disk == Is::There && must) {
            if !all.iter().any(|seen| said.key == seen.key && said.value == seen.value) {
                return breach("a preference lost", &said.value);
            }
        }
        Ok(())
    }

    fn check_budget(&mut self, at: usize) -> Result<(), Breach> {
        let Ok(view) = self.ask(at, "budget", |e| e.privacy().budget())? else { return Ok(()) };
        let hard = &self.hard[self.slots[at].soft.install];
        let (least, most) = hard.spent();
        let behind = self.slots[at].live.behind;
        if view.closed {
            return breach("a budget that cannot be used", view);
        }
        if view.install_spent < least && !behind {
            return breach("a charge refunded", (view.install_spent, least));
        }
        if view.install_spent > most {
            return breach("more spent than was charged", (view.install_spent, most));
        }
        let quarter = hard.quarter(self.slots[at].live.time.latest_ms);
        if view.quarter_spent < quarter && !behind {
            return breach("the quarter's spending refunded", (view.quarter_spent, quarter));
        }
        Ok(())
    }

    /// The widget shows nothing that rests on what was taken back.
    fn check_shelves(&mut self, at: usize) -> Result<(), Breach> {
        let config = self.config(&self.slots[at].path);
        let keys = Arc::new(Honest(self.keys.clone()));
        let Ok(Some(shown)) = widget_shelf_at(&config, keys, &*self.clock) else { return Ok(()) };
        let slot = &self.slots[at];
        let kept = slot.soft.shelf.as_ref().filter(|s| s.made_ms == shown.made_ms);
        let retired = Fact::Shelf(shown.made_ms);
        let shaky =
            self.hard[slot.soft.install].shaky.contains(&retired) || slot.soft.pending.contains(&retired);
        // A folder that nobody has opened yet may be an older one.
        if kept.is_none() && slot.open && !slot.live.behind && !shaky {
            return breach("a widget shows what is gone", shown.made_ms);
        }
        Ok(())
    }

    /// The user's own copy holds all that was acknowledged and not erased, and nothing that was.
    fn check_export(&mut self, at: usize) -> Result<(), Breach> {
        let Ok(text) = self.ask(at, "export", |e| e.data().export())? else { return Ok(()) };
        let Ok(export) = serde_json::from_str::<Value>(&text) else { return breach("no export", text) };
        let told = surroundings(&export);
        self.take_up(at, |untold| untold == told);
        let slot = &self.slots[at];
        if told != slot.live.surroundings {
            return breach("other surroundings than the app told", (told, slot.live.surroundings));
        }
        let events: Vec<(String, bool)> = export["events"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|e| (e.to_string(), e["kept"] == "stored"))
            .collect();
        for (text, stored) in &events {
            let known = |e: &&Past| text.contains(&word(e.canary));
            let Some(past) = slot.soft.events.iter().find(known) else {
                return breach("an event that is gone is seen", text);
            };
            if (*stored && past.disk == Is::Gone) || (!stored && !past.visit && past.disk == Is::Gone) {
                return breach("an event that is gone is seen", text);
            }
        }
        let held = |p| slot.live.holds(Subject::Of(p));
        let held_topic = |e: &Past| e.topic.is_some_and(|tag| slot.live.holds(Subject::About(tag)));
        let there = |e: &&Past| e.disk == Is::There && !held(Purpose::History) && !held_topic(e);
        for past in slot.soft.events.iter().filter(there) {
            let canary = word(past.canary);
            let named = events.iter().any(|(text, _)| text.contains(&canary));
            if !named {
                return breach("an event lost", canary);
            }
        }
        let text = export["preferences"].to_string();
        let sure = !slot.live.blurred && !held(Purpose::Preferences);
        for said in slot.soft.said.iter().filter(|s| s.disk == Is::There && sure) {
            if !text.contains(&format!("{:?}", said.value)) {
                return breach("a preference lost", &said.value);
            }
        }
        Ok(())
    }

    fn check_ledger(&mut self, at: usize) -> Result<(), Breach> {
        if let Ok(check) = self.ask(at, "verify_ledger", |e| e.consent().verify_ledger())?
            && check.broken_at.is_some()
        {
            return breach("a broken ledger", check);
        }
        match self.ask(at, "integrity", |e| e.integrity())? {
            Ok(found) if !found.is_sound() => breach("a vault that is not sound", found),
            _ => Ok(()),
        }
    }
}

/// The key store without its faults: what the widget sees says nothing about them.
struct Honest(Arc<Keys>);

impl KeyStore for Honest {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        let missing = || KeyStoreError::Missing { reason: "no such item".into() };
        self.0.items().remove(&alias).ok_or_else(missing)
    }

    fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
        Ok(())
    }

    fn remove(&self, _: String) -> Result<(), KeyStoreError> {
        Ok(())
    }

    fn list(&self, _: String) -> Result<Vec<String>, KeyStoreError> {
        Ok(Vec::new())
    }
}
