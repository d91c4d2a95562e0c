//! Data: events, preferences, corrections, erasures, reports, the widget's shelf and the catalog.

use sottovoce::SottovoceError;
use sottovoce::consent::{EraseScope, Purpose};
use sottovoce::profile::{Correction, DropReason, Event, EventName, PreferenceKey, TrackOutcome};
use sottovoce::surfaces::RecommendRequest;

use super::effects::retire;
use super::feed::Done;
use super::model::{Answer, Canary, Fact, Is, Past, Said, Shelf, Subject, purposes, subjects};
use super::steps::TAGS;
use super::teeth::Tooth;
use super::world::{Breach, ITEMS, Shop, World, breach, topic};

const KEYS: [PreferenceKey; 4] =
    [PreferenceKey::Brand, PreferenceKey::Color, PreferenceKey::NeverCategory, PreferenceKey::Interest];

/// A canary as it is written.
pub fn word(canary: Canary) -> String {
    format!("canary{canary}x")
}

impl World {
    fn canary(&mut self) -> Canary {
        self.canaries += 1;
        self.canaries
    }

    pub fn track(&mut self, at: usize, name: EventName, item: usize) -> Result<(), Breach> {
        let (canary, moment) = (self.canary(), self.moment(at));
        let (event, item) = event(name, item, canary);
        let topic = item.and_then(topic);
        let may = |lenient: bool| {
            let view = self.view(at, lenient);
            match topic {
                None => (view.allows(Purpose::History), view.allows(Purpose::Session)),
                Some(tag) => (view.allows_tag(tag), false),
            }
        };
        let ((history, session), certain) = (may(true), may(false) != (false, false));
        let done = if self.tooth == Some(Tooth::SwallowedEvent) && history {
            Ok(TrackOutcome::Stored { warnings: Vec::new() })
        } else {
            self.call(at, "track", |e| e.events().track(event))?
        };
        let disk = match done {
            Ok(TrackOutcome::Stored { .. }) if !history => {
                return breach("an event stored without a yes", name);
            }
            Ok(TrackOutcome::SessionOnly { .. }) if !session => {
                return breach("an event kept without a yes", name);
            }
            Ok(TrackOutcome::Dropped { reason, .. }) => {
                let consent = [
                    DropReason::ConsentPending,
                    DropReason::ConsentRefused,
                    DropReason::ConsentExpired,
                    DropReason::ConsentForbidden,
                ];
                let without_a_yes =
                    consent.contains(&reason) || (reason == DropReason::Sensitive && topic.is_some());
                return match (without_a_yes, reason) {
                    (true, _) if certain => breach("an event dropped in spite of a yes", reason),
                    (true, _) | (_, DropReason::Refresh | DropReason::Bot) => Ok(()),
                    _ => breach("an event dropped without a reason", reason),
                };
            }
            Ok(TrackOutcome::Stored { .. }) => Is::There,
            Ok(TrackOutcome::SessionOnly { .. }) => Is::Gone,
            Err(_) => Is::Maybe,
        };
        self.slots[at].soft.events.push(Past { canary, item, at: moment, disk, visit: session, topic });
        Ok(())
    }

    pub fn prefer(&mut self, at: usize, key: u8) -> Result<(), Breach> {
        let canary = self.canary();
        self.say(at, KEYS[usize::from(key) % KEYS.len()], word(canary), canary)
    }

    /// Says the opposite of something.
    pub fn oppose(&mut self, at: usize, nth: u8) -> Result<(), Breach> {
        let said = &self.slots[at].soft.said;
        let Some(before) = said.get(usize::from(nth) % said.len().max(1)).cloned() else { return Ok(()) };
        let key = match before.key {
            PreferenceKey::Brand => PreferenceKey::NeverBrand,
            PreferenceKey::NeverBrand => PreferenceKey::Brand,
            PreferenceKey::NeverCategory => PreferenceKey::Category,
            PreferenceKey::Category => PreferenceKey::NeverCategory,
            same => same,
        };
        self.say(at, key, before.value, before.canary)
    }

    fn say(&mut self, at: usize, key: PreferenceKey, value: String, canary: Canary) -> Result<(), Breach> {
        let given = value.clone();
        let done = if self.tooth == Some(Tooth::SwallowedPreference) {
            Ok(())
        } else {
            self.call(at, "set", |e| e.preferences().set(key, given))?
        };
        if !self.is_right(at, &done)? {
            return Ok(());
        }
        let replaced = |s: &Said| s.value == value && (s.key == key || opposite(s.key) == Some(key));
        if self.slots[at].soft.said.iter().any(replaced) {
            self.touch(at);
        }
        let (moment, said) = (self.moment(at), &mut self.slots[at].soft.said);
        if done.is_ok() {
            said.retain(|s| !replaced(s));
            said.push(Said { canary, key, value, at: moment, disk: Is::There });
        } else {
            said.iter_mut().filter(|s| replaced(s)).for_each(|s| s.disk = Is::Maybe);
            said.push(Said { canary, key, value, at: moment, disk: Is::Maybe });
        }
        Ok(())
    }

    pub fn unprefer(&mut self, at: usize, nth: u8) -> Result<(), Breach> {
        let said = &self.slots[at].soft.said;
        let Some(before) = said.get(usize::from(nth) % said.len().max(1)).cloned() else { return Ok(()) };
        let (key, value) = (before.key, before.value.clone());
        let done = self.call(at, "remove", |e| e.preferences().remove(key, value))?;
        if !self.is_right(at, &done)? {
            return Ok(());
        }
        self.touch(at);
        let same = |s: &Said| s.key == before.key && s.value == before.value;
        if done.is_ok() {
            self.slots[at].soft.said.retain(|s| !same(s));
            let still = self.slots[at].soft.said.iter().any(|s| s.canary == before.canary);
            self.promise(at, (before.canary > 0 && !still).then_some(Fact::Gone(before.canary)));
        } else {
            self.slots[at].soft.said.iter_mut().filter(|s| same(s)).for_each(|s| s.disk = Is::Maybe);
        }
        Ok(())
    }

    /// Whether a call about preferences was let through, as it must be exactly when they are allowed.
    fn is_right<T>(&self, at: usize, done: &Done<T>) -> Result<bool, Breach> {
        let allowed = |lenient| self.view(at, lenient).allows(Purpose::Preferences);
        match done {
            Ok(_) if !allowed(true) => breach("a preference kept without a yes", ""),
            Err(SottovoceError::ConsentRequired { .. }) if allowed(false) => {
                breach("a preference refused in spite of a yes", "")
            }
            Err(SottovoceError::ConsentRequired { .. }) => Ok(false),
            _ => Ok(true),
        }
    }

    /// Forgets events.
    pub fn forget_events(&mut self, at: usize, correction: Correction) -> Result<(), Breach> {
        let wanted = correction.clone();
        let done = self.call(at, "correct", |e| e.profile().correct(wanted))?;
        let meant = |e: &Past| match &correction {
            Correction::NotMe { from_ms, to_ms } => (*from_ms..=*to_ms).contains(&e.at.clock_ms),
            Correction::ExcludeEvidence { item_ids } => {
                e.item.is_some_and(|i| item_ids.iter().any(|id| id == ITEMS[i]))
            }
            _ => false,
        };
        self.touch(at);
        let soft = &mut self.slots[at].soft;
        let mut facts = Vec::new();
        // Also what may not be used at the moment.
        for past in soft.events.iter_mut().filter(|e| meant(e)) {
            past.visit &= done.is_err();
            if done.is_ok() {
                facts.extend((past.disk != Is::Gone).then_some(Fact::Gone(past.canary)));
                past.disk = Is::Gone;
            } else {
                past.disk = super::effects::maybe(past.disk);
            }
        }
        soft.events.retain(|e| e.disk != Is::Gone || e.visit);
        self.promise(at, facts);
        Ok(())
    }

    /// Never this item again.
    pub fn never(&mut self, at: usize, item: usize) -> Result<(), Breach> {
        let wanted = Correction::NeverItem { item_id: ITEMS[item].into() };
        let done = self.call(at, "correct", |e| e.profile().correct(wanted))?;
        if !self.is_right(at, &done)? {
            return Ok(());
        }
        self.touch(at);
        let disk = if done.is_ok() { Is::There } else { Is::Maybe };
        let (moment, said) = (self.moment(at), &mut self.slots[at].soft.said);
        let before = said.iter().find(|s| s.value == ITEMS[item]).map(|s| s.disk);
        said.retain(|s| s.value != ITEMS[item]);
        let disk = if before == Some(Is::There) { Is::There } else { disk };
        said.push(Said {
            canary: 0,
            key: PreferenceKey::NeverItem,
            value: ITEMS[item].into(),
            at: moment,
            disk,
        });
        Ok(())
    }

    pub fn erase(&mut self, at: usize, scope: EraseScope) -> Result<(), Breach> {
        let done = if self.tooth == Some(Tooth::SwallowedErasure) {
            Ok(true)
        } else {
            self.call(at, "erase", |e| e.data().erase(scope))?.map(|report| report.complete)
        };
        self.hear_of_others(at);
        if matches!(scope, EraseScope::DataOf { purpose: Purpose::Essential }) {
            return Ok(()); // nothing is kept under it
        }
        self.touch(at);
        let (purpose, tags) = match scope {
            EraseScope::Everything => {
                self.everything_erased(at, &done);
                self.follow(at, false);
                return Ok(());
            }
            EraseScope::DataOf { purpose } if purpose == Purpose::History => (Some(purpose), TAGS.to_vec()),
            EraseScope::DataOf { purpose } => (Some(purpose), Vec::new()),
            EraseScope::DataAbout { tag } => (None, vec![tag]),
        };
        for subject in purpose.map(Subject::Of).into_iter().chain(tags.iter().copied().map(Subject::About)) {
            self.erased(at, subject, done.is_ok());
        }
        if purpose == Some(Purpose::Session) {
            self.slots[at].soft.end_visit();
        }
        let subjects = purpose.into_iter().filter(|p| *p != Purpose::Essential).map(Subject::Of);
        let subjects = subjects.chain(tags.into_iter().map(Subject::About));
        let live = &mut self.slots[at].live;
        if done == Ok(true) {
            subjects.for_each(|subject| _ = live.erasing.remove(&subject));
        } else {
            live.erasing.extend(subjects);
        }
        if done.is_err() {
            live.followed = false;
        } else {
            self.receipt(at, false);
        }
        self.follow(at, false);
        self.heard(at)
    }

    /// Denied until the engine is closed, though the answer stays.
    fn hold(&mut self, at: usize, subjects: impl IntoIterator<Item = Subject>) {
        self.slots[at].live.held.extend(subjects);
        self.slots[at].live.followed = false;
    }

    /// All data and all answers. A second time in a row, the receipt as well.
    fn everything_erased(&mut self, at: usize, done: &Done<bool>) {
        subjects().for_each(|subject| self.erased(at, subject, done.is_ok()));
        self.hard_of(at).half_wiped |= *done != Ok(true) || self.is_troubled(at);
        if done.is_err() {
            // It may have come to its end all the same: then no answer is left.
            self.slots[at].soft.unsure.extend(subjects());
            self.hold(at, subjects());
            self.slots[at].live.blurred = true;
            return;
        }
        let before = self.slots[at].soft.tombstone;
        let unclear = self.is_troubled(at) || before == Is::Maybe;
        let (again, slot) = (before == Is::There, &mut self.slots[at]);
        let soft = &mut slot.soft;
        soft.answers.clear();
        soft.noticed.clear();
        soft.unsure.clear();
        soft.receipt = (0, 0);
        soft.tombstone = match (unclear, again) {
            (true, _) => Is::Maybe,
            (false, true) => Is::Gone,
            (false, false) => Is::There,
        };
        soft.end_visit();
        slot.live.held.clear();
        slot.live.erasing.clear();
        for fact in subjects().map(Fact::Denied) {
            self.slots[at].soft.pending.remove(&fact);
            self.hard_of(at).facts.remove(&fact);
            self.hard_of(at).shaky.remove(&fact);
        }
        if before == Is::Gone {
            self.promise(at, purposes().map(|p| Fact::Denied(Subject::Of(p))));
        }
        let slot = &mut self.slots[at];
        if unclear {
            // How far it came is seen at the next opening: nothing is allowed either way.
            slot.soft.unsure.extend(subjects());
            slot.live.held.extend(subjects());
            slot.live.blurred = true;
        } else {
            if !again {
                slot.soft.answers.extend(purposes().map(|p| (Subject::Of(p), Answer::No)));
            }
            self.anchor_time(at);
        }
    }

    pub fn keep_for_widget(&mut self, at: usize) -> Result<(), Breach> {
        let made_ms = self.now_ms();
        let done = self.call(at, "keep_for_widget", |e| {
            e.ranking().keep_for_widget(RecommendRequest::new("widget", 3))
        })?;
        let view = self.view(at, true);
        let stored = view.allows(Purpose::Inference);
        let fed = rests_on().into_iter().filter(|p| view.allows(*p) && (*p != Purpose::History || stored));
        let rests_on: Vec<Purpose> = fed.collect();
        match done {
            Ok(Some(_)) if !rests_on.contains(&Purpose::Ranking) => breach("a shelf kept without a yes", "")?,
            Ok(Some(shelf)) if shelf.personal && self.slots[at].private => {
                breach("a personal shelf in private", shelf)?;
            }
            Ok(Some(_)) => {
                let shelf = Shelf { made_ms, rests_on };
                let fact = Fact::Shelf(made_ms);
                self.hard_of(at).facts.remove(&fact);
                self.hard_of(at).shaky.remove(&fact);
                self.slots[at].soft.pending.remove(&fact);
                self.slots[at].soft.shelf = Some(shelf);
            }
            Ok(None) => self.forget_shelf(at),
            // The one before, or this one.
            Err(_) if self.slots[at].soft.shelf.is_none() => {
                self.slots[at].soft.shelf = Some(Shelf { made_ms, rests_on });
            }
            Err(_) => {}
        }
        Ok(())
    }

    pub fn forget_widget(&mut self, at: usize) -> Result<(), Breach> {
        if self.call(at, "forget_widget", |e| e.ranking().forget_widget())?.is_ok() {
            self.forget_shelf(at);
        }
        Ok(())
    }

    fn forget_shelf(&mut self, at: usize) {
        let fact = retire(&mut self.slots[at].soft, |_| true);
        self.promise(at, fact);
    }

    pub fn apply_catalog(&mut self, at: usize, version: u64) -> Result<(), Breach> {
        let path = self.folder.join("download");
        let bundle = &Shop::get().bundles[usize::try_from(version).unwrap() - 1];
        std::fs::write(&path, bundle).unwrap();
        let given = path.display().to_string();
        let done = self.call(at, "apply", |e| e.catalog().install(given))?;
        let (least, most) = self.slots[at].soft.newest;
        match done {
            Ok(_) if version < least => return breach("an older catalog taken", (version, least)),
            Err(SottovoceError::Rejected { .. }) if version >= most => {
                return breach("a newer catalog refused", (version, most));
            }
            Ok(_) => self.slots[at].soft.newest = (version.max(least), version.max(most)),
            Err(_) => self.slots[at].soft.newest.1 = version.max(most),
        }
        Ok(())
    }
}

fn rests_on() -> [Purpose; 5] {
    [Purpose::Ranking, Purpose::Session, Purpose::Preferences, Purpose::History, Purpose::Inference]
}

fn opposite(key: PreferenceKey) -> Option<PreferenceKey> {
    Some(match key {
        PreferenceKey::Brand => PreferenceKey::NeverBrand,
        PreferenceKey::NeverBrand => PreferenceKey::Brand,
        PreferenceKey::Category => PreferenceKey::NeverCategory,
        PreferenceKey::NeverCategory => PreferenceKey::Category,
        _ => return None,
    })
}

/// An event with the canary where such an event has a free text.
fn event(name: EventName, item: usize, canary: Canary) -> (Event, Option<usize>) {
    let text = Some(word(canary));
    match name {
        EventName::Search => {
            let search_term = Some("anything".into());
            (Event { search_term, item_list_id: text, ..Event::new(name) }, None)
        }
        EventName::SelectPromotion => (Event { promotion_id: text, ..Event::new(name) }, None),
        EventName::Purchase => {
            (Event { transaction_id: text, ..Event::about(name, [ITEMS[item]]) }, Some(item))
        }
        EventName::RateItem => {
            let event = Event::about(name, [ITEMS[item]]);
            (Event { rating: Some(4), item_list_id: text, ..event }, Some(item))
        }
        _ => (Event { item_list_id: text, ..Event::about(name, [ITEMS[item]]) }, Some(item)),
    }
}
