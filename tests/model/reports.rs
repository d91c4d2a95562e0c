//! Maintenance and reports: one answer for a window over all copies, and nothing leaves that was destroyed.

use sottovoce::consent::Purpose;
use sottovoce::signals::{Prepared, SkipReason};

use super::check::{Look, observe};
use super::effects::{end, maybe};
use super::model::{Answer, Charge, Fact, Soft, Subject, subjects};
use super::steps::DAY_MS;
use super::time::Moment;
use super::world::{Breach, NOW_MS, World, breach};

const EVENTS_DAYS: i64 = 365;
const PREFERENCES_DAYS: i64 = 730;
const WINDOW_DAYS: i64 = 7;
/// What a report costs: ln 3, in millionths and rounded up.
const MICRO: u64 = 1_098_614;
const QUARTER_CAP: u64 = 8_000_000;

impl World {
    pub fn maintain(&mut self, at: usize, network: bool) -> Result<Look, Breach> {
        let done = self.call(at, "run_maintenance", |e| e.privacy().run_maintenance(network))?;
        self.touch(at);
        self.hear_of_others(at);
        let mut queued = None;
        if !self.disk.is_full() {
            self.slots[at].soft.mark = self.slots[at].live.time;
        }
        self.keep_to_retention(at, done.is_ok());
        self.hear_of_items_left(at)?;
        if let Ok(report) = &done {
            match &report.report {
                None => return breach("maintenance without a report", report),
                Some(Prepared::Queued { .. }) => queued = Some(true),
                Some(Prepared::Skipped { reason }) => {
                    self.is_reason(at, *reason)?;
                    queued = Some(false);
                }
            }
        }
        self.resolve(at)?;
        self.outbox(at, queued)?;
        self.sent(at)?;
        let erased = done.is_ok_and(|report| report.erased.is_some() || report.events_purged > 0);
        Ok(if erased { Look::AtData } else { Look::AtBudget })
    }

    /// An engine that was left behind may hear now of what was denied elsewhere, or is denied there still: of two
    /// copies in use, the stricter holds, and an older one denies what was allowed since. So may one whose own item could
    /// not be removed when another took its place.
    pub fn hear_of_others(&mut self, at: usize) {
        let live = &self.slots[at].live;
        if self.slots.len() > 1 {
            self.slots[at].soft.unsure.extend(subjects());
        } else if live.behind || live.met_another || !self.hard[self.slots[at].soft.install].shaky.is_empty()
        {
            let denied = self.hard_of(at).denied_ever.clone();
            self.slots[at].soft.unsure.extend(denied);
        }
    }

    /// What another copy denied and this call has heard of is denied from now on, with what was kept for it.
    pub fn heard(&mut self, at: usize) -> Result<(), Breach> {
        if self.slots[at].soft.unsure.is_empty() || self.slots[at].live.blurred {
            return Ok(());
        }
        let Some(seen) = observe(self, at)? else { return Ok(()) };
        let yes: Vec<Subject> =
            seen.classes.iter().filter(|(_, c)| *c == Answer::Yes).map(|(s, _)| *s).collect();
        for (subject, class) in seen.classes {
            let slot = &mut self.slots[at];
            let news = class == Answer::No && slot.soft.answer(subject) != class;
            if news && slot.soft.unsure.contains(&subject) && !slot.live.holds(subject) {
                let facts = end(&mut slot.soft, subject, class, &yes);
                self.promise(at, facts);
            }
        }
        Ok(())
    }

    /// What was denied once may be denied again by an item that was to be removed, whenever the key store's list is read.
    pub fn hear_of_items_left(&mut self, at: usize) -> Result<(), Breach> {
        if !self.items_left || self.slots[at].live.blurred {
            return Ok(());
        }
        let Some(seen) = observe(self, at)? else { return Ok(()) };
        let (mut heard, alone) = (false, self.slots.len() == 1);
        for (subject, class) in seen.classes {
            let denied_before = self.hard_of(at).denied_ever.contains(&subject);
            let slot = &mut self.slots[at];
            let is_known = matches!(slot.soft.answer(subject), Answer::No | Answer::Expired);
            if class != Answer::No || !denied_before || is_known || slot.live.holds(subject) {
                continue;
            }
            if !alone {
                // Or by the other copy, which may take it back.
                slot.soft.unsure.insert(subject);
            } else {
                let mut facts = end(&mut slot.soft, subject, class, &[]);
                facts.push(Fact::Denied(subject));
                self.promise(at, facts);
                heard = true;
            }
        }
        if heard {
            self.follow(at, false);
        }
        Ok(())
    }

    pub fn moment(&self, at: usize) -> Moment {
        let slot = &self.slots[at];
        let (kept, ideal) = (slot.live.time.device_ms, slot.soft.ideal.device_ms);
        Moment { clock_ms: self.now_ms(), device_ms: (kept.min(ideal), kept.max(ideal)) }
    }

    /// What has been kept for long enough goes, surely if the call is known to have been `done`.
    pub fn keep_to_retention(&mut self, at: usize, done: bool) {
        let (now, soft) = (self.moment(at), &mut self.slots[at].soft);
        soft.events.retain(|e| !(done && e.at.is_over(EVENTS_DAYS, now).0));
        soft.said.retain(|s| !(done && s.at.is_over(PREFERENCES_DAYS, now).0));
        let events = soft.events.iter_mut().filter(|e| e.at.is_over(EVENTS_DAYS, now).1);
        events.for_each(|e| e.disk = maybe(e.disk));
        let said = soft.said.iter_mut().filter(|s| s.at.is_over(PREFERENCES_DAYS, now).1);
        said.for_each(|s| s.disk = maybe(s.disk));
    }

    /// Whether there is that reason to make no report.
    fn is_reason(&self, at: usize, reason: SkipReason) -> Result<(), Breach> {
        let hard = &self.hard[self.slots[at].soft.install];
        let now_ms = self.now_ms();
        let (_, spent) = hard.spent();
        let right = match reason {
            SkipReason::NotAllowed => {
                self.slots[at].live.blurred || !self.view(at, false).allows(Purpose::Measurement)
            }
            SkipReason::NotValidNow => !(-20 * DAY_MS..370 * DAY_MS).contains(&(now_ms - NOW_MS)),
            SkipReason::WindowAnswered => window_of(now_ms) < hard.free_from || hard.perhaps > 0,
            SkipReason::BudgetSpent => spent + MICRO > QUARTER_CAP,
            SkipReason::Refused
            | SkipReason::OldTaskSet
            | SkipReason::BeyondPolicy
            | SkipReason::BudgetClosed
            | SkipReason::NoAnswer => false,
        };
        if right { Ok(()) } else { breach("no report, and no reason", reason) }
    }

    /// What waits is what was queued, and nothing else. `queued` is unknown when the call failed.
    fn outbox(&mut self, at: usize, queued: Option<bool>) -> Result<(), Breach> {
        let Ok(views) = self.ask(at, "outbox", |e| e.privacy().outbox())? else {
            self.hard_of(at).perhaps += if queued == Some(false) { 0 } else { MICRO };
            return Ok(());
        };
        if !views.is_empty() && !self.view(at, true).allows(Purpose::Measurement) {
            return breach("reports without a yes", views.len());
        }
        let (mut seen, mut new) = (Vec::new(), 0);
        for view in views {
            let window = view.window_start_ms.div_euclid(DAY_MS);
            let behind = self.slots[at].live.behind;
            let here = self.slots[at].soft.waiting.contains(&window);
            let hard = self.hard_of(at);
            let known = hard.windows.get(&window);
            let firm = hard.facts.contains(&Fact::Charged(window));
            if known == Some(&view.bytes_hex) {
                if !here && !behind && hard.facts.contains(&Fact::Report(window)) {
                    return breach("a destroyed report is back", window);
                }
            } else if known.is_some() && firm {
                return breach("a window answered twice", window);
            } else if window < hard.free_from && known.is_none() {
                return breach("a window answered after a later one", window);
            } else {
                new += 1;
                self.charge(at, window, view.bytes_hex, view.charged_micro_epsilon);
            }
            seen.push(window);
        }
        match (queued, new) {
            (Some(true), 0) if self.view(at, false).allows(Purpose::Measurement) => {
                return breach("a queued report that does not wait", "");
            }
            (Some(false), 1..) | (_, 2..) => return breach("a report that nobody made", new),
            // It may be beside the key already.
            (None, 0) => self.hard_of(at).perhaps += MICRO,
            _ => {}
        }
        if self.view(at, false).allows(Purpose::Measurement) {
            self.slots[at].soft.waiting = seen.into_iter().collect();
            self.slots[at].soft.waiting_unsure = false;
        }
        Ok(())
    }

    fn charge(&mut self, at: usize, window: i64, bytes: String, micro: u64) {
        let day = self.slots[at].live.time.latest_ms.div_euclid(DAY_MS);
        let hard = self.hard_of(at);
        hard.charges.retain(|c| c.window != window);
        hard.charges.push(Charge { day, window, micro });
        hard.windows.insert(window, bytes);
        hard.free_from = hard.free_from.max(window + WINDOW_DAYS);
        self.slots[at].soft.waiting.insert(window);
        self.promise(at, [Fact::Charged(window)]);
    }

    /// What was sent had been shown before, and had not been destroyed.
    fn sent(&mut self, at: usize) -> Result<(), Breach> {
        for body in self.wire.take_sent() {
            let bytes: String = body.iter().map(|b| format!("{b:02x}")).collect();
            let of = |hard: &super::model::Hard| {
                hard.windows.iter().find(|(_, b)| **b == bytes).map(|(window, _)| *window)
            };
            let Some(window) = self.hard.iter().find_map(of) else {
                return breach("bytes sent that were never shown", bytes);
            };
            let behind = self.slots[at].live.behind;
            if !behind && self.hard_of(at).facts.contains(&Fact::Report(window)) {
                return breach("a destroyed report was sent", window);
            }
        }
        Ok(())
    }

    pub fn discard(&mut self, at: usize) -> Result<(), Breach> {
        let Soft { waiting, waiting_unsure, ideal, .. } = &self.slots[at].soft;
        let latest_ms = ideal.latest_ms.max(self.now_ms());
        // The others are too old to be sent, or were when the clock was ahead.
        let lasts = |w: &&i64| !waiting_unsure && (**w + 3 * WINDOW_DAYS) * DAY_MS > latest_ms;
        let expected = waiting.iter().filter(lasts).count()..=waiting.len();
        let done = self.call(at, "discard", |e| e.privacy().discard())?;
        self.touch(at);
        let certain = self.view(at, false).allows(Purpose::Measurement) && !self.slots[at].soft.owed;
        match done {
            Ok(n) if certain && !expected.contains(&(n as usize)) => {
                return breach("other reports discarded", (n, expected));
            }
            Ok(_) if certain => {
                let destroyed = std::mem::take(&mut self.slots[at].soft.waiting);
                self.promise(at, destroyed.into_iter().map(Fact::Report));
            }
            _ => self.slots[at].soft.waiting_unsure = true,
        }
        Ok(())
    }
}

fn window_of(ms: i64) -> i64 {
    let day = ms.div_euclid(DAY_MS);
    day - day.rem_euclid(WINDOW_DAYS)
}
