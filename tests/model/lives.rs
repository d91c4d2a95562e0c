//! One life from its first opening on: each step is taken, then everything is checked.

use std::fs;

use sottovoce::profile::{Correction, DropReason, Event, EventName, ShoppingMode, TrackOutcome};

use super::check::Look;
use super::model::Soft;
use super::steps::Step;
use super::teeth::Tooth;
use super::world::{Breach, ITEMS, World, breach, copy};

impl World {
    /// The first opening, in an empty folder.
    pub fn begin(&mut self) -> Result<(), Breach> {
        let (path, now_ms) = (self.new_path(), self.now_ms());
        self.add_slot(path, Soft::new(0, now_ms));
        self.open_first(0)?;
        self.apply_catalog(0, 1)?;
        self.check(Look::AtAnswers)
    }

    /// Everything is looked at once more.
    pub fn end(&mut self) -> Result<(), Breach> {
        self.check(Look::Everything)
    }

    /// Takes one step and checks everything after it.
    pub fn step(&mut self, step: &Step) -> Result<(), Breach> {
        self.counts.steps += 1;
        if self.trace {
            println!("  {step:?}");
        }
        let look = self.take(step)?;
        // What stays that should go is found later as well.
        let seldom = self.counts.steps.is_multiple_of(5);
        self.check(if look == Look::AtData && !seldom { Look::AtAnswers } else { look })
    }

    /// Takes a step. Tells how much of the engine has to be looked at after it.
    fn take(&mut self, step: &Step) -> Result<Look, Breach> {
        let at = self.active;
        match step {
            Step::Clock(by_ms) => self.clock.advance(*by_ms),
            Step::KeyFault(fault) => self.keys.add(*fault),
            Step::KeysWell => self.keys.heal(),
            Step::DiskFull(left) => self.disk.fill(*left),
            Step::DiskFree => self.disk.free(),
            Step::Weather(weather) => self.wire.set(*weather),
            Step::Swap => self.active = (self.active + 1) % self.slots.len(),
            Step::Backup => self.back_up(),
            Step::Open => return self.open(at),
            Step::Shutdown => self.shut_down(),
            Step::Drop => self.drop_engine(at),
            Step::Kill => {
                self.kill();
                return self.open(at);
            }
            Step::Move => self.move_folder(),
            Step::Restore(n) => {
                self.restore(*n);
                return self.open(at);
            }
            Step::Twin(n) => return self.twin(*n),
            Step::EndTwin if self.slots.len() > 1 => {
                self.drop_engine(1);
                self.slots.truncate(1);
                self.active = 0;
            }
            Step::EndTwin => {}
            _ => {
                // An app that was closed opens again before it does anything.
                let opened = self.open(at)?;
                return if self.slots[at].open { Ok(self.use_app(step)?.max(opened)) } else { Ok(opened) };
            }
        }
        Ok(Look::AtAnswers)
    }

    /// What the app does with an open engine.
    fn use_app(&mut self, step: &Step) -> Result<Look, Breach> {
        let (at, now_ms) = (self.active, self.now_ms());
        match step {
            Step::Event(_, item) if self.slots[at].private => {
                self.track_in_private(at, usize::from(*item))?
            }
            Step::Event(name, item) => self.track(at, *name, usize::from(*item))?,
            Step::Private(private) => self.shop_in_private(at, *private)?,
            Step::Prefer(key) => self.prefer(at, *key)?,
            Step::Signals(told) => self.surroundings(at, *told)?,
            Step::Served(shown) => self.served(at, shown)?,
            Step::KeepForWidget => self.keep_for_widget(at)?,
            Step::ForgetWidget => self.forget_widget(at)?,
            Step::Catalog(version) => self.apply_catalog(at, *version)?,
            Step::Discard => self.discard(at)?,
            Step::Sensitive(tag, choice) => self.answer_sensitive(at, *tag, *choice)?,
            Step::Never(item) => self.never(at, usize::from(*item))?,
            Step::Maintain(network) => return self.maintain(at, *network),
            ending => {
                self.end_something(at, now_ms, ending)?;
                return Ok(Look::AtData);
            }
        }
        Ok(Look::AtAnswers)
    }

    /// Whatever comes of the call, the mode is set. What others see on the widget is gone.
    fn shop_in_private(&mut self, at: usize, private: bool) -> Result<(), Breach> {
        let mode = if private { ShoppingMode::Private } else { ShoppingMode::Normal };
        let done = self.call(at, "set_mode", |e| e.events().set_mode(mode))?;
        let slot = &mut self.slots[at];
        slot.private = private;
        if private && done.is_ok() {
            slot.soft.shelf = None;
        }
        Ok(())
    }

    fn track_in_private(&mut self, at: usize, item: usize) -> Result<(), Breach> {
        let event = Event::about(EventName::ViewItem, [ITEMS[item]]);
        match self.call(at, "track", |e| e.events().track(event))? {
            Err(_) | Ok(TrackOutcome::Dropped { reason: DropReason::PrivateMode, .. }) => Ok(()),
            Ok(kept) => breach("an event kept in private", kept),
        }
    }

    /// Steps after which data may be gone.
    fn end_something(&mut self, at: usize, now_ms: i64, step: &Step) -> Result<(), Breach> {
        match step {
            Step::Record(choices) => self.record(at, choices),
            Step::All(choice) => self.record_all(at, *choice),
            Step::Withdraw(purposes) => self.withdraw(at, purposes),
            Step::Import(answers) => self.import(at, answers),
            Step::Oppose(nth) => self.oppose(at, *nth),
            Step::Unprefer(nth) => self.unprefer(at, *nth),
            Step::NotMe(ms) => {
                let correction = Correction::NotMe { from_ms: now_ms - ms, to_ms: now_ms };
                self.forget_events(at, correction)
            }
            Step::Exclude(item) => {
                let item_ids = vec![ITEMS[usize::from(*item)].into()];
                self.forget_events(at, Correction::ExcludeEvidence { item_ids })
            }
            Step::Erase(scope) => self.erase(at, *scope),
            _ => Ok(()),
        }
    }

    fn shut_down(&mut self) {
        let at = self.active;
        if let Some(engine) = &self.slots[at].engine {
            engine.shutdown();
        }
        let slot = &mut self.slots[at];
        if slot.open && !self.disk.is_full() {
            slot.soft.mark = slot.live.time;
        }
        self.close(at);
    }

    /// What is on the disk at this moment is all that is left. The old engine is dropped in its old place.
    pub fn kill(&mut self) {
        let (at, path) = (self.active, self.new_path());
        self.with_room(|w| {
            w.copy_of(at, &path);
            w.drop_engine(at);
            drop(fs::remove_dir_all(&w.slots[at].path));
        });
        self.bite(Tooth::LostLog, &path);
        self.bite(Tooth::FlippedByte, &path);
        self.slots[at].path = path;
    }

    fn move_folder(&mut self) {
        let (at, path) = (self.active, self.new_path());
        self.drop_engine(at);
        fs::rename(&self.slots[at].path, &path).unwrap();
        self.slots[at].path = path;
    }

    /// Keeps a copy as it is now, up to three.
    fn back_up(&mut self) {
        let at = self.active;
        self.names += 1;
        let path = self.folder.join(format!("backup-{}", self.names));
        self.copy_of(at, &path);
        let soft = self.slots[at].left_behind();
        self.note_items();
        self.backups.push((path, soft));
        if self.backups.len() > 3 {
            drop(fs::remove_dir_all(self.backups.remove(0).0));
        }
    }

    /// Puts a copy in the place of the folder.
    fn restore(&mut self, nth: u8) {
        let Some((backup, soft)) = self.backups.get(usize::from(nth)).cloned() else { return };
        let (at, path) = (self.active, self.new_path());
        self.drop_engine(at);
        self.with_room(|w| {
            drop(fs::remove_dir_all(&w.slots[at].path));
            copy(&backup, &path).unwrap();
        });
        self.put_items_back();
        self.slots[at].path = path;
        self.slots[at].soft = soft;
    }

    /// A copy as a second engine beside the first, with the same key store.
    fn twin(&mut self, nth: u8) -> Result<Look, Breach> {
        if self.slots.len() > 1 {
            return Ok(Look::AtAnswers);
        }
        let path = self.new_path();
        let (backup, soft) = match self.backups.get(usize::from(nth)) {
            Some(backup) => backup.clone(),
            None => (self.slots[0].path.clone(), self.slots[0].left_behind()),
        };
        self.with_room(|_| copy(&backup, &path).unwrap());
        self.add_slot(path, soft);
        self.open(1)
    }
}
