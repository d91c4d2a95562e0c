//! Answers: each is given to the engine, and then to the model as the engine acknowledged it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use sottovoce::SottovoceError;
use sottovoce::consent::{
    CarriedAnswer, Choice, ConsentState, ErasureReport, ExternalSignals, Purpose, PurposeChoice,
};
use sottovoce::sensitive::SensitiveTag;

use super::effects::end;
use super::model::{Answer, Fact, Is, Subject, purposes, subjects};
use super::steps::DAY_MS;
use super::teeth::Tooth;
use super::time::later;
use super::view::{Surroundings, USED};
use super::world::{Breach, World, breach};

/// What a call answers with.
pub type Done<T> = Result<T, SottovoceError>;

const SURFACE: &str = "model";
const LOCALE: &str = "en";

impl World {
    /// Answers about purposes. Any refusal of a purpose wins.
    pub fn record(&mut self, at: usize, choices: &[(Purpose, Choice)]) -> Result<(), Breach> {
        let told = choices.iter().map(|&(purpose, choice)| PurposeChoice { purpose, choice }).collect();
        let mut linked = true;
        let done = self.answer_call(at, "record", |e| {
            let receipt = e.consent().record(told, SURFACE.into(), LOCALE.into())?;
            linked = receipt.seq > 0;
            Ok(())
        })?;
        self.hear_of_others(at);
        let mut merged = BTreeMap::new();
        for (purpose, choice) in choices.iter().filter(|(p, _)| *p != Purpose::Essential) {
            let answer = merged.entry(Subject::Of(*purpose)).or_insert(*choice);
            *answer = more_cautious(*answer, *choice);
        }
        let here = self.slots[at].live.surroundings;
        let is_yes = |(_, choice): (&Subject, &Choice)| *choice == Choice::Give;
        let taken = merged
            .iter()
            .filter(|answer| is_yes(*answer))
            .all(|(s, _)| s.purpose().is_some_and(|purpose| here.takes_yes(purpose)));
        let refused =
            matches!(done, Err(SottovoceError::NotGivable { .. } | SottovoceError::InvalidArgument { .. }));
        if taken == refused && (refused || done.is_ok()) {
            return breach("a yes taken that cannot be given, or refused that can", merged);
        }
        if !linked && merged.iter().any(is_yes) {
            return breach("a yes acknowledged that is stored nowhere", merged);
        }
        if !linked || refused {
            merged.retain(|_, choice| *choice == Choice::Refuse);
            if merged.is_empty() {
                return self.caught_up(at);
            }
        }
        self.answered_anew(at, &merged, &if refused { Ok(()) } else { done })
    }

    pub fn record_all(&mut self, at: usize, choice: Choice) -> Result<(), Breach> {
        let named = RefCell::new(None);
        let done = self.answer_call(at, "all", |e| {
            let consent = e.consent();
            let all = match choice {
                Choice::Give => consent.accept_all(SURFACE.into(), LOCALE.into()),
                _ => consent.refuse_all(SURFACE.into(), LOCALE.into()),
            };
            all.map(|receipt| {
                let purposes: BTreeSet<Purpose> = receipt.purposes.iter().map(|p| p.purpose).collect();
                named.replace(Some(purposes));
            })
        })?;
        // Nobody is asked for what is not used; a no to all takes back what was given before.
        let maybe_given = |p: &Purpose| {
            let classes = [true, false].map(|lenient| self.view(at, lenient).class(Subject::Of(*p)));
            choice != Choice::Give && classes.iter().any(|c| matches!(c, Answer::Yes | Answer::Expired))
        };
        let here = self.slots[at].live.surroundings;
        let is_asked = |p: &Purpose| USED.contains(p) && (choice != Choice::Give || here.takes_yes(*p));
        let may: BTreeSet<Purpose> = purposes().filter(|p| is_asked(p) || maybe_given(p)).collect();
        let asked = named.take().unwrap_or_else(|| may.clone());
        if !asked.is_subset(&may) {
            return breach("somebody was asked for what is not used or cannot be given", asked);
        }
        self.hear_of_others(at);
        let choice = if choice == Choice::Give { Choice::Give } else { Choice::Refuse };
        self.answered_anew(at, &asked.into_iter().map(|p| (Subject::Of(p), choice)).collect(), &done)
    }

    pub fn answer_sensitive(&mut self, at: usize, tag: SensitiveTag, choice: Choice) -> Result<(), Breach> {
        let mut linked = true;
        let done = self.call(at, "answer_sensitive", |e| {
            let receipt = e.consent().answer_sensitive(tag, choice, SURFACE.into(), LOCALE.into())?;
            linked = receipt.seq > 0;
            Ok(())
        })?;
        self.hear_of_others(at);
        let here = self.slots[at].live.surroundings;
        let askable = here.asks_about(tag) && !here.gpc;
        match &done {
            Err(SottovoceError::NotAskable { .. }) if choice != Choice::Give || askable => {
                return breach("not askable", (tag, choice));
            }
            Err(SottovoceError::NotAskable { .. }) => return self.caught_up(at),
            Ok(()) if choice == Choice::Give && !askable => return breach("asked where nobody may", tag),
            Ok(()) if choice == Choice::Defer && !linked => return self.caught_up(at),
            _ => {}
        }
        self.answered_anew(at, &BTreeMap::from([(Subject::About(tag), choice)]), &done)
    }

    pub fn withdraw(&mut self, at: usize, purposes: &[Purpose]) -> Result<(), Breach> {
        let given = purposes.to_vec();
        let done = if self.tooth == Some(Tooth::SwallowedWithdrawal) {
            Ok(ErasureReport::default())
        } else {
            self.call(at, "withdraw", |e| e.consent().withdraw(given, SURFACE.into(), LOCALE.into()))?
        };
        if let Ok(report) = &done
            && !report.complete
            && !self.is_troubled(at)
        {
            return breach("an erasure that is incomplete without a reason", report);
        }
        self.hear_of_others(at);
        let refused = purposes.iter().filter(|p| **p != Purpose::Essential);
        let refused: BTreeMap<_, _> = refused.map(|p| (Subject::Of(*p), Choice::Refuse)).collect();
        if !refused.is_empty() {
            self.answered(at, &refused, &done.map(drop));
        }
        self.heard(at)
    }

    /// A no on another device is a no here; a yes there changes nothing.
    pub fn import(&mut self, at: usize, answers: &[(Purpose, bool)]) -> Result<(), Breach> {
        let carried = answers.iter().map(|&(purpose, yes)| {
            let state = if yes { ConsentState::Given } else { ConsentState::Refused };
            CarriedAnswer::of(purpose, state, self.now_ms())
        });
        let carried = carried.collect::<Vec<_>>();
        self.hear_of_others(at);
        let refused = |lenient: bool| -> BTreeSet<Subject> {
            let view = self.view(at, lenient);
            let no = |p: &Purpose| view.class(Subject::Of(*p)) == Answer::No;
            // What is held is denied already, but may not have been answered.
            let held = |p: &Purpose| lenient && view.live.holds(Subject::Of(*p));
            let here = answers.iter().filter(|(p, yes)| !yes && *p != Purpose::Essential);
            let here = here.filter(|(p, _)| !no(p) || held(p));
            here.map(|(p, _)| Subject::Of(*p)).collect()
        };
        let (must, may) = (refused(false), refused(true));
        let done = self.call(at, "import_answers", |e| e.consent().import_answers(carried))?;
        let mut refused = may.clone();
        if let Ok(outcome) = &done {
            refused = outcome.refused.iter().copied().map(Subject::Of).collect();
            if !must.is_subset(&refused) || !refused.is_subset(&may) {
                return breach("other refusals taken over than were carried", (outcome, must, may));
            }
        }
        let refused: BTreeMap<Subject, Choice> = refused.into_iter().map(|s| (s, Choice::Refuse)).collect();
        if !refused.is_empty() {
            self.answered(at, &refused, &done.map(drop));
        }
        self.heard(at)
    }

    pub fn served(&mut self, at: usize, shown: &[Purpose]) -> Result<(), Breach> {
        let given = shown.to_vec();
        let done = self.call(at, "served", |e| e.consent().served(given, SURFACE.into(), LOCALE.into()))?;
        let hidden = shown.iter().any(|p| *p != Purpose::Essential && !USED.contains(p));
        match &done {
            Err(SottovoceError::InvalidArgument { .. }) if hidden => return Ok(()),
            Ok(_) if hidden => return breach("a notice that shows what is not used", shown),
            _ => {}
        }
        if done.is_ok() {
            let here = self.slots[at].live.surroundings;
            let shown = shown.iter().copied().filter(|p| here.opts_out(*p));
            self.slots[at].soft.noticed.extend(shown);
            self.receipt(at, false);
        }
        Ok(())
    }

    pub fn surroundings(&mut self, at: usize, told: Surroundings) -> Result<(), Breach> {
        let signals = ExternalSignals {
            region: told.code().map(Into::into),
            age_band: told.age,
            global_privacy_control: told.gpc,
            ..ExternalSignals::default()
        };
        let done = self.call(at, "apply_signals", |e| e.consent().apply_signals(signals))?;
        let clean = self.slots.len() == 1 && !self.is_troubled(at) && done.is_ok();
        let changed = self.slots[at].live.surroundings != told;
        let hard = self.hard_of(at);
        hard.told_unsure |= !clean;
        hard.told += u32::from(changed);
        let (number, slot) = (hard.told, &mut self.slots[at]);
        slot.soft.told = number;
        slot.live.surroundings = told;
        slot.live.followed &= done.is_ok();
        slot.soft.surroundings_unsure = done.is_err();
        // On a full disk it may have been taken without being stored.
        slot.untold = (!clean).then_some(told);
        if done.is_ok() {
            slot.soft.surroundings = told;
        }
        self.touch(at);
        if done.is_ok() {
            self.follow(at, true);
        }
        Ok(())
    }

    fn answer_call(
        &mut self,
        at: usize,
        what: &'static str,
        work: impl FnOnce(&sottovoce::Sottovoce) -> Done<()>,
    ) -> Result<Done<()>, Breach> {
        if self.tooth == Some(Tooth::SwallowedAnswer) { Ok(Ok(())) } else { self.call(at, what, work) }
    }

    /// As [`answered`](Self::answered), where what ran out goes first.
    fn answered_anew(
        &mut self,
        at: usize,
        choices: &BTreeMap<Subject, Choice>,
        done: &Done<()>,
    ) -> Result<(), Breach> {
        self.ran_out(at, done.is_ok())?;
        self.answered(at, choices, done);
        if self.slots[at].soft.unsure.is_empty() { Ok(()) } else { self.resolve(at) }
    }

    /// What ran out or was denied elsewhere is caught up with, also by a call that answers nothing.
    fn caught_up(&mut self, at: usize) -> Result<(), Breach> {
        let soft = &self.slots[at].soft;
        if soft.owed || !soft.unsure.is_empty() || subjects().any(|s| self.view(at, false).is_over(s)) {
            self.touch(at);
        }
        self.ran_out(at, true)?;
        self.heard(at)
    }

    fn ran_out(&mut self, at: usize, done: bool) -> Result<(), Breach> {
        let is_over = |s: &Subject, lenient: bool| self.view(at, lenient).is_over(*s);
        let (ran_out, perhaps): (Vec<Subject>, Vec<Subject>) =
            subjects().filter(|s| is_over(s, false)).partition(|s| is_over(s, true));
        for subject in perhaps {
            self.slots[at].soft.unsure.insert(subject);
            self.erased(at, subject, false);
        }
        for subject in ran_out.iter().filter(|_| done) {
            let slot = &mut self.slots[at];
            let mut facts = end(&mut slot.soft, *subject, Answer::Expired, &[]);
            facts.push(Fact::Denied(*subject));
            for fact in &facts {
                if let Fact::Denied(denied) = fact {
                    slot.live.release(*denied);
                }
            }
            self.promise(at, facts);
        }
        if ran_out.is_empty() || done { Ok(()) } else { self.resolve(at) }
    }

    /// The model after answers that the engine acknowledged, or did not.
    pub fn answered(&mut self, at: usize, choices: &BTreeMap<Subject, Choice>, done: &Done<()>) {
        self.touch(at);
        if done.is_err() {
            let refused = choices.iter().filter(|(_, c)| **c == Choice::Refuse).map(|(s, _)| *s);
            for subject in with_tags(refused, &self.slots[at]) {
                let slot = &mut self.slots[at];
                slot.live.held.insert(subject);
                slot.soft.unsure.insert(subject);
                self.hard_of(at).denied_ever.insert(subject);
                self.erased(at, subject, false);
            }
            let deferred = choices.iter().filter(|(_, c)| **c == Choice::Defer).map(|(s, _)| *s);
            let counts = |s: &Subject| !matches!(self.view(at, true).class(*s), Answer::Yes | Answer::No);
            for subject in deferred.filter(counts).collect::<Vec<_>>() {
                // It may have been stored all the same.
                self.slots[at].soft.answers.insert(subject, Answer::Deferred);
                self.slots[at].soft.unsure.insert(subject);
            }
            self.slots[at].live.followed = false;
            return;
        }
        let refused = choices.iter().filter(|(_, c)| **c == Choice::Refuse).map(|(s, _)| *s);
        let refused = with_tags(refused, &self.slots[at]);
        if self.disk.is_full() {
            let soft = &mut self.slots[at].soft;
            for subject in &refused {
                let answer = soft.answer(*subject);
                soft.beside.entry(*subject).or_insert(answer);
            }
        } else if !refused.is_empty() && !self.struck {
            self.slots[at].live.stale = false;
        }
        let mut facts = Vec::new();
        for (&subject, &choice) in choices {
            facts.extend(self.one_answer(at, subject, choice));
        }
        self.promise(at, facts);
        let given = choices.iter().filter(|(_, choice)| **choice == Choice::Give);
        given.for_each(|(subject, _)| self.unsettle_copies(at, *subject));
        self.receipt(at, choices.values().any(|c| *c != Choice::Defer));
        self.follow(at, false);
    }

    /// A receipt was stored: it knows the time, and if it was `anchored`, what stands beside the key does as well.
    pub fn receipt(&mut self, at: usize, anchored: bool) {
        let (clock_ms, clean) = (self.now_ms(), !self.is_troubled(at));
        let slot = &mut self.slots[at];
        slot.soft.tombstone = Is::Gone;
        if clean {
            slot.soft.receipt = (slot.live.time.device_ms, clock_ms);
        }
        if clean && anchored {
            self.anchor_time(at);
        }
    }

    pub fn anchor_time(&mut self, at: usize) {
        let floor = self.slots[at].live.time.floor();
        let hard = self.hard_of(at);
        hard.device = later(hard.device, floor);
    }

    /// What other copies make of a yes. A no that found room beside the key alone is lifted by it, and a copy from in
    /// between never heard of that no. One in an item that could not be removed may still be heard.
    fn unsettle_copies(&mut self, at: usize, subject: Subject) {
        let heard = self.struck;
        let install = self.slots[at].soft.install;
        let slots = self.slots.iter_mut().enumerate().filter(|(i, _)| *i != at).map(|(_, s)| &mut s.soft);
        let copies = slots.chain(self.backups.iter_mut().map(|(_, soft)| soft));
        for soft in copies.filter(|s| s.install == install) {
            if let Some(answer) = soft.beside.remove(&subject) {
                soft.answers.insert(subject, answer);
                soft.unsure.insert(subject);
                soft.pending.remove(&Fact::Denied(subject));
            }
            if heard {
                soft.unsure.insert(subject);
            }
        }
    }

    /// Denied here or not, and for other copies as well.
    fn perhaps_denied(&mut self, at: usize, denied: Vec<Fact>) {
        for fact in denied {
            if let Fact::Denied(subject) = fact {
                self.slots[at].soft.unsure.insert(subject);
                self.hard_of(at).denied_ever.insert(subject);
                self.hard_of(at).shaky.insert(fact);
            }
        }
    }

    fn one_answer(&mut self, at: usize, subject: Subject, choice: Choice) -> Vec<Fact> {
        let (clock_ms, before) = (self.now_ms(), self.view(at, true).class(subject));
        // Of a copy that has gone on, this call may have heard how far.
        let heard_ms = if self.slots[at].live.behind { self.hard_of(at).ideal.0 } else { 0 };
        let slot = &mut self.slots[at];
        let here = slot.live.surroundings;
        match choice {
            Choice::Give => {
                let tag_days = if matches!(subject, Subject::About(_)) { 90 } else { i64::MAX };
                let span = here.grant_days().min(tag_days) * DAY_MS;
                let device_ms = slot.live.time.device_ms.max(heard_ms) + span;
                slot.soft.answers.insert(subject, Answer::Yes);
                slot.soft.until.insert(subject, (clock_ms + span, device_ms));
                slot.live.release(subject);
                slot.soft.beside.remove(&subject);
                let unsure = slot.soft.unsure.remove(&subject);
                slot.soft.pending.remove(&Fact::Denied(subject));
                let hard = self.hard_of(at);
                hard.facts.remove(&Fact::Denied(subject));
                hard.shaky.remove(&Fact::Denied(subject));
                if unsure {
                    // Another copy's denial may have been heard of first.
                    self.erased(at, subject, false);
                    let tags = with_tags([subject].into_iter(), &self.slots[at]);
                    self.slots[at].soft.unsure.extend(tags.into_iter().filter(|s| *s != subject));
                }
                Vec::new()
            }
            Choice::Refuse => {
                let mut facts = end(&mut slot.soft, subject, Answer::No, &[]);
                facts.push(Fact::Denied(subject));
                if slot.live.blurred {
                    // It may go with the erasure of everything.
                    let (denied, gone) = facts.into_iter().partition(|f| matches!(f, Fact::Denied(_)));
                    facts = gone;
                    self.perhaps_denied(at, denied);
                } else {
                    slot.live.release(subject);
                }
                facts
            }
            Choice::Defer => {
                let answer = slot.soft.answer(subject);
                if !matches!(before, Answer::Yes | Answer::No) {
                    slot.soft.answers.insert(subject, Answer::Deferred);
                    // What ran out and could not be anchored is put off now.
                    slot.soft.pending.remove(&Fact::Denied(subject));
                } else if slot.live.held.contains(&subject) && !matches!(answer, Answer::No | Answer::Yes) {
                    // It counts if what was held is gone by now.
                    slot.soft.answers.insert(subject, Answer::Deferred);
                    slot.soft.unsure.insert(subject);
                }
                Vec::new()
            }
        }
    }
}

/// Of several answers about one purpose a no wins, and whatever is no yes over a yes.
fn more_cautious(one: Choice, other: Choice) -> Choice {
    [Choice::Refuse, Choice::Defer].into_iter().find(|c| [one, other].contains(c)).unwrap_or(Choice::Give)
}

/// With history go the tags that were allowed.
fn with_tags(subjects: impl Iterator<Item = Subject>, slot: &super::world::Slot) -> Vec<Subject> {
    let mut all: Vec<Subject> = subjects.collect();
    if all.contains(&Subject::Of(Purpose::History)) {
        let tags = super::steps::TAGS.map(Subject::About);
        all.extend(tags.into_iter().filter(|t| slot.soft.answer(*t) == Answer::Yes));
    }
    all
}
