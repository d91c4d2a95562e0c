//! What follows in the model when an answer or data ends.

use sottovoce::consent::Purpose;

use super::model::{Answer, Fact, Is, Soft, Subject};
use super::steps::TAGS;
use super::view::View;
use super::world::World;

/// An answer that ends takes along what was kept for it, and history the tags but those that may have been allowed
/// `since`. Gives back what must never be seen again.
pub fn end(soft: &mut Soft, subject: Subject, answer: Answer, since: &[Subject]) -> Vec<Fact> {
    soft.answers.insert(subject, answer);
    soft.unsure.remove(&subject);
    let mut facts = erase(soft, subject);
    if subject == Subject::Of(Purpose::History) {
        let ends = |tag: &Subject| soft.answer(*tag) == Answer::Yes && !since.contains(tag);
        let ending: Vec<Subject> = TAGS.map(Subject::About).into_iter().filter(ends).collect();
        for tag in ending {
            soft.answers.insert(tag, answer);
            soft.unsure.remove(&tag);
            facts.push(Fact::Denied(tag));
        }
    }
    facts
}

/// The data of a purpose or about a tag ends. What happened in this visit may be shown until the visit ends.
pub fn erase(soft: &mut Soft, subject: Subject) -> Vec<Fact> {
    let mut facts = Vec::new();
    let purpose = match subject {
        Subject::Of(purpose) => purpose,
        Subject::About(tag) => {
            let about = soft.events.extract_if(.., |e| e.topic == Some(tag));
            return about.filter(|e| e.disk != Is::Gone).map(|e| Fact::Gone(e.canary)).collect();
        }
    };
    for part in purpose.erased_with() {
        match part {
            Purpose::History => {
                let stored = soft.events.iter_mut().filter(|e| e.disk != Is::Gone);
                facts.extend(stored.map(|e| {
                    e.disk = Is::Gone;
                    Fact::Gone(e.canary)
                }));
                soft.events.retain(|e| e.visit);
            }
            Purpose::Preferences => {
                facts.extend(soft.said.drain(..).filter(|s| s.canary > 0).map(|s| Fact::Gone(s.canary)))
            }
            Purpose::Measurement => {
                facts.extend(std::mem::take(&mut soft.waiting).into_iter().map(Fact::Report));
            }
            _ => {}
        }
    }
    facts.extend(retire(soft, |rests_on| rests_on.contains(&purpose)));
    facts
}

/// The widget's shelf goes, if it rests on what ends.
pub fn retire(soft: &mut Soft, ends: impl Fn(&[Purpose]) -> bool) -> Option<Fact> {
    let shelf = soft.shelf.take_if(|shelf| ends(&shelf.rests_on))?;
    Some(Fact::Shelf(shelf.made_ms))
}

impl World {
    pub fn view(&self, at: usize, lenient: bool) -> View<'_> {
        let slot = &self.slots[at];
        View { soft: &slot.soft, live: &slot.live, clock_ms: self.now_ms(), lenient }
    }

    /// What may not be used any more is forgotten: this visit, the widget's shelf and, where the call looks for them,
    /// reports that wait.
    pub fn follow(&mut self, at: usize, looks_for_reports: bool) {
        let troubled = self.is_troubled(at);
        let allowed = |purpose| self.view(at, true).allows(purpose);
        let session = allowed(Purpose::Session);
        let reports_go = looks_for_reports && !allowed(Purpose::Measurement);
        let shelf = self.slots[at].soft.shelf.clone();
        let shelf_goes = shelf.is_some_and(|s| !s.rests_on.iter().all(|p| allowed(*p)));
        let soft = &mut self.slots[at].soft;
        if !session {
            soft.end_visit();
        }
        let mut facts = Vec::new();
        // What an erasure holds that failed is denied, but nothing ends it.
        let surely = !troubled && !self.slots[at].live.erasing.contains(&Subject::Of(Purpose::Measurement));
        let soft = &mut self.slots[at].soft;
        soft.waiting_unsure |= reports_go && !surely;
        if reports_go && surely {
            facts.extend(std::mem::take(&mut soft.waiting).into_iter().map(Fact::Report));
        }
        facts.extend(retire(soft, |_| shelf_goes));
        self.promise(at, facts);
    }

    /// Data of a purpose or about a tag was erased, or may have been.
    pub fn erased(&mut self, at: usize, subject: Subject, done: bool) {
        if done {
            let facts = erase(&mut self.slots[at].soft, subject);
            self.promise(at, facts);
            return;
        }
        let soft = &mut self.slots[at].soft;
        let purpose = match subject {
            Subject::Of(purpose) => purpose,
            Subject::About(tag) => {
                let about = soft.events.iter_mut().filter(|e| e.topic == Some(tag));
                return about.for_each(|e| e.disk = maybe(e.disk));
            }
        };
        for part in purpose.erased_with() {
            match part {
                Purpose::History => soft.events.iter_mut().for_each(|e| e.disk = maybe(e.disk)),
                Purpose::Preferences => soft.said.iter_mut().for_each(|s| s.disk = maybe(s.disk)),
                _ => {}
            }
        }
    }
}

/// What was there may be gone.
pub const fn maybe(is: Is) -> Is {
    match is {
        Is::There => Is::Maybe,
        other => other,
    }
}
