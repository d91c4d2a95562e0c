//! Opening: what may be told, what has to be, and what the model takes over from it.

use std::collections::BTreeSet;

use sottovoce::api::EngineStatus;
use sottovoce::consent::Purpose;
use sottovoce::vault::Opening;

use super::check::{Look, observe, surroundings};
use super::effects::{end, maybe};
use super::model::{Answer, Fact, Hard, Is, Soft, Subject, subjects};
use super::steps::TAGS;
use super::view::{Live, Surroundings, View};
use super::world::{Breach, World, breach};

impl World {
    /// Opens the engine of a slot, if it is closed.
    pub fn open(&mut self, at: usize) -> Result<Look, Breach> {
        if self.slots[at].open {
            return Ok(Look::AtAnswers);
        }
        if self.slots[at].engine.is_none() {
            self.slots[at].engine = Some(self.engine(&self.slots[at].path));
            self.slots[at].untold = None;
        }
        // A closed engine is behind nobody; what fails now fails for another reason.
        self.slots[at].live.behind = false;
        let opened = self.call(at, "unlock", |e| e.unlock())?;
        self.counts.openings += 1;
        match opened {
            Ok(status) => {
                self.opened(at, &status)?;
                let everything = self.counts.openings.is_multiple_of(8);
                Ok(if everything { Look::Everything } else { Look::AtData })
            }
            // What fits an older copy may be gone: then it takes a new key.
            Err(e) if !self.keys.could_not_be_read() && !self.disk.is_full() && !self.is_older(at) => {
                breach("an opening that fails", e)
            }
            Err(_) => {
                // It may have come as far as finishing something; what it found, the next one does not tell.
                self.slots[at].live.behind = true;
                self.slots[at].soft.was_behind = true;
                self.counts.failed_openings += 1;
                self.touch(at);
                Ok(Look::AtAnswers)
            }
        }
    }

    /// Opens a folder in which there is nothing.
    pub fn open_first(&mut self, at: usize) -> Result<(), Breach> {
        let engine = self.engine(&self.slots[at].path);
        self.slots[at].engine = Some(engine);
        let opened = self.call(at, "unlock", |e| e.unlock())?;
        let Ok(EngineStatus { opening: Some(opening), .. }) = &opened else {
            return breach("a first opening fails", opened);
        };
        if *opening != (Opening { fresh: true, ..Opening::default() }) {
            return breach("a first opening finds something", opening);
        }
        self.slots[at].open = true;
        self.begin_life(at);
        Ok(())
    }

    /// Whether something was promised elsewhere since this folder was changed.
    fn is_older(&self, at: usize) -> bool {
        let soft = &self.slots[at].soft;
        soft.version < self.hard[soft.install].version
    }

    fn opened(&mut self, at: usize, status: &EngineStatus) -> Result<(), Breach> {
        let Some(opening) = &status.opening else { return breach("open without an opening", status) };
        if self.trace {
            println!("    {opening:?}, older {}", self.is_older(at));
        }
        let (soft, older) = (&self.slots[at].soft, self.is_older(at));
        if opening.damaged || opening.key_was_missing {
            return breach("an opening that finds damage where there is none", opening);
        }
        if opening.fresh && !(opening.rolled_back && older) {
            return breach("everything lost at an opening", opening);
        }
        if opening.rolled_back && !older && !soft.owed && !soft.was_behind {
            return breach("the present folder is taken for an older one", opening);
        }
        let erased = status.erased.is_some();
        let met_another = opening.rolled_back || soft.was_behind;
        self.slots[at].soft.was_behind = false;
        if opening.fresh {
            self.start_over(at);
        } else {
            self.take_over(at, met_another)?;
        }
        self.slots[at].open = true;
        self.counts.rolled_back += u64::from(opening.rolled_back);
        self.hard_of(at).muddled |= opening.rolled_back;
        let muddled = self.hard_of(at).muddled || self.hard_of(at).told_unsure;
        let owed = std::mem::replace(&mut self.slots[at].soft.owed, !status.settled);
        if muddled || opening.resumed_erase || erased || owed {
            self.touch(at);
        }
        self.begin_life(at);
        self.slots[at].live.met_another = met_another;
        self.keep_to_retention(at, false);
        self.learn_surroundings(at, opening.fresh)?;
        // An erasure of everything that is still under way.
        let slot = &mut self.slots[at];
        let half_wiped = slot.soft.tombstone == Is::Maybe || self.hard[slot.soft.install].half_wiped;
        slot.live.blurred = (slot.live.blurred || half_wiped) && !status.settled;
        self.resolve(at)?;
        self.hear_of_items_left(at)
    }

    /// What the app told last, where that is not sure. What is not the latest is not believed.
    fn learn_surroundings(&mut self, at: usize, fresh: bool) -> Result<(), Breach> {
        let hard = &self.hard[self.slots[at].soft.install];
        let (latest, unsure) = (hard.told, hard.told_unsure || fresh);
        let soft = &mut self.slots[at].soft;
        let (own, older) = (soft.surroundings, soft.told < latest);
        if !std::mem::take(&mut soft.surroundings_unsure) && !unsure && !older {
            return Ok(());
        }
        let Ok(text) = self.ask(at, "export", |e| e.data().export())? else {
            self.slots[at].soft.surroundings_unsure = true;
            return Ok(());
        };
        let told = surroundings(&serde_json::from_str(&text).unwrap_or_default());
        if older && !unsure && told != Surroundings::STRICTEST {
            return breach("surroundings of an older copy are believed", told);
        }
        if !unsure && !older && told != own && told != Surroundings::STRICTEST && !self.troubled_ever {
            return breach("surroundings that nobody told", told);
        }
        self.slots[at].live.surroundings = told;
        Ok(())
    }

    /// The folder needed a key that an erasure destroyed: a new installation that starts with denials and spending.
    fn start_over(&mut self, at: usize) {
        let now_ms = self.now_ms();
        let before = &self.slots[at].soft;
        let old = self.hard[before.install].clone();
        let mut soft =
            Soft { newest: before.newest, ideal: before.ideal, ..Soft::new(self.hard.len(), now_ms) };
        let denied: BTreeSet<Fact> =
            old.facts.iter().copied().filter(|f| matches!(f, Fact::Denied(_))).collect();
        let hard = Hard {
            facts: denied.clone(),
            carried: old.spent().0,
            perhaps: old.spent().1 - old.spent().0,
            free_from: old.free_from,
            told: old.told,
            told_unsure: old.told_unsure,
            half_wiped: old.half_wiped,
            device: old.device,
            ideal: old.ideal,
            ..Hard::default()
        };
        for fact in denied {
            if let Fact::Denied(subject) = fact {
                soft.answers.insert(subject, Answer::No);
            }
        }
        // Any of the items that were left may have said more.
        soft.unsure = subjects().collect();
        self.hard.push(hard);
        self.slots[at].soft = soft;
    }

    /// What stands beside the key holds for what is in the folder.
    fn take_over(&mut self, at: usize, met_another: bool) -> Result<(), Breach> {
        let (hard, older) = (self.hard[self.slots[at].soft.install].clone(), self.is_older(at));
        let soft = &mut self.slots[at].soft;
        // A no that these files never heard of, and that was brought to its end since: what was put off stays so.
        let deferred = soft.beside.iter().filter(|(_, answer)| older && **answer == Answer::Deferred);
        for subject in deferred.map(|(subject, _)| *subject).collect::<Vec<_>>() {
            soft.answers.insert(subject, Answer::Deferred);
            soft.unsure.insert(subject);
        }
        let news = hard.facts.iter().find(|fact| match fact {
            Fact::Denied(s) => soft.answer(*s) == Answer::Yes,
            Fact::Gone(canary) => soft.has(*canary),
            _ => false,
        });
        if let (Some(fact), false) = (news, met_another) {
            return breach("an older copy passes for the present folder", fact);
        }
        let mut denied = Vec::new();
        for fact in &hard.facts {
            match fact {
                Fact::Denied(s)
                    if !matches!(soft.answer(*s), Answer::No | Answer::Expired | Answer::Deferred) =>
                {
                    // It may have been denied here as well when a tag was allowed.
                    let tags = TAGS.map(Subject::About);
                    let since = if soft.unsure.contains(s) { &tags[..] } else { &[] };
                    soft.unsure.extend(since);
                    let ended = end(soft, *s, Answer::No, since);
                    denied.extend(ended.into_iter().filter(|f| matches!(f, Fact::Denied(_))));
                }
                Fact::Gone(canary) => soft.forget(*canary),
                Fact::Report(window) => drop(soft.waiting.remove(window)),
                Fact::Shelf(made) if soft.shelf.as_ref().is_some_and(|s| s.made_ms == *made) => {
                    soft.shelf = None
                }
                _ => {}
            }
        }
        for fact in &hard.shaky {
            match fact {
                Fact::Denied(s) if soft.answer(*s) != Answer::No => drop(soft.unsure.insert(*s)),
                Fact::Gone(canary) => soft.doubt(*canary),
                _ => {}
            }
        }
        if met_another {
            soft.unsure.extend(subjects());
            // A receipt of what was denied elsewhere may have come after it.
            soft.tombstone = maybe(soft.tombstone);
        }
        // Tags go with the history, for every other copy as well.
        self.promise(at, denied);
        Ok(())
    }

    fn begin_life(&mut self, at: usize) {
        let (now_ms, kept) = (self.now_ms(), !self.disk.is_full());
        let hard = self.hard[self.slots[at].soft.install].clone();
        let soft = &mut self.slots[at].soft;
        let mut time = soft.mark;
        time.not_before(hard.device);
        time.observe(now_ms);
        if kept {
            soft.mark = time;
        }
        time.not_before(soft.receipt);
        soft.ideal.not_before(hard.ideal);
        soft.ideal.observe(now_ms);
        let surroundings = soft.surroundings;
        // An erasure of everything that came half way goes on in this life.
        let blurred = self.slots[at].live.blurred;
        self.slots[at].live = Live { blurred, ..Live::new(surroundings, time) };
    }

    /// What was unsure is as the engine has it now; what has run out by now has run out for good.
    pub fn resolve(&mut self, at: usize) -> Result<(), Breach> {
        if self.slots[at].live.blurred {
            return Ok(());
        }
        // Reports that wait may have been made after what is denied was.
        let waiting = std::mem::take(&mut self.slots[at].soft.waiting);
        self.resolve_answers(at)?;
        let soft = &mut self.slots[at].soft;
        soft.waiting_unsure |= !waiting.is_empty();
        soft.waiting = waiting;
        Ok(())
    }

    fn resolve_answers(&mut self, at: usize) -> Result<(), Breach> {
        let Some(seen) = observe(self, at)? else { return Ok(()) };
        let (clock_ms, troubled) = (self.now_ms(), self.is_troubled(at));
        let mut doubtful = Vec::new();
        let yes: Vec<Subject> =
            seen.classes.iter().filter(|(_, c)| *c == Answer::Yes).map(|(s, _)| *s).collect();
        for (subject, class) in seen.classes {
            let firm = self.hard_of(at).facts.contains(&Fact::Denied(subject));
            let slot = &mut self.slots[at];
            if slot.live.holds(subject) {
                continue; // only a new opening tells
            }
            let view = View { soft: &slot.soft, live: &slot.live, clock_ms, lenient: false };
            let (over, answer) = (view.is_over(subject), slot.soft.answer(subject));
            let unsure = slot.soft.unsure.remove(&subject);
            // A tag that is allowed may have been so since the history ended, if that was noted before.
            let since = if unsure { &yes[..] } else { &[] };
            let facts = match class {
                Answer::Expired if over && troubled => {
                    slot.soft.unsure.insert(subject);
                    if subject == Subject::Of(Purpose::History) {
                        slot.soft.unsure.extend(TAGS.map(Subject::About));
                    }
                    doubtful.push(subject);
                    Vec::new()
                }
                Answer::Expired if over => {
                    let mut facts = end(&mut slot.soft, subject, Answer::Expired, since);
                    facts.push(Fact::Denied(subject));
                    facts
                }
                Answer::No if over && troubled => {
                    slot.live.held.insert(subject);
                    Vec::new()
                }
                Answer::No | Answer::Expired if unsure && answer != class => {
                    end(&mut slot.soft, subject, class, since)
                }
                // It had run out before.
                Answer::Deferred if unsure && answer == Answer::Yes => {
                    end(&mut slot.soft, subject, class, since)
                }
                // A deferral that came to nothing; the no of another copy is still to be heard of.
                Answer::Open if unsure && (!firm || answer == Answer::Deferred) => {
                    slot.soft.answers.remove(&subject);
                    if firm {
                        slot.soft.unsure.insert(subject);
                    }
                    Vec::new()
                }
                _ => Vec::new(),
            };
            self.promise(at, facts);
        }
        for subject in doubtful {
            self.hard_of(at).denied_ever.extend(subject.purpose().map(Subject::Of));
            self.erased(at, subject, false);
        }
        self.follow(at, true);
        Ok(())
    }
}

impl Soft {
    fn has(&self, canary: u32) -> bool {
        let there = |is: Is| is == Is::There;
        self.events.iter().any(|e| e.canary == canary && there(e.disk))
            || self.said.iter().any(|s| s.canary == canary && there(s.disk))
    }

    fn forget(&mut self, canary: u32) {
        self.events.retain(|e| e.canary != canary);
        self.said.retain(|s| s.canary != canary);
    }

    fn doubt(&mut self, canary: u32) {
        self.events.iter_mut().filter(|e| e.canary == canary).for_each(|e| e.disk = Is::Maybe);
        self.said.iter_mut().filter(|s| s.canary == canary).for_each(|s| s.disk = Is::Maybe);
    }
}
