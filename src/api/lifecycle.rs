//! How an engine opens and closes. What opening finds unfinished is finished first; what has begun to deny or erase comes to
//! its end before anything closes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::api::engine::{Engine, FOLLOW_CATALOG, FOLLOW_TOPICS, Opened, despite_damage};
use crate::api::error::{Result, SottovoceError};
use crate::base::begun::Call;
use crate::base::log::{LogLevel, Survived as _, say};
use crate::base::{threads, turn};
use crate::consent::{ConsentError, ErasureReport, Gate, MessageCaps, Policy};
use crate::experiments::Experiments;
use crate::profile::Profile;
use crate::signals;
use crate::vault::{Opening, Vault, VaultError, is_of_another};

/// How long an unlock waits for another one, which may be with a key store that never answers.
const OPENING_PATIENCE: Duration = Duration::from_secs(5);

/// How long closing waits for calls that deny or erase. They may be stuck in the app's own code.
const ENDING: Duration = Duration::from_secs(2);

impl Engine {
    /// Opens the catalog and the vault, as far as they are not open yet. Blocks; one call of the key store where nothing is
    /// wrong.
    pub(crate) fn unlock(&self) -> Result<Arc<Opened>> {
        if let Some(opened) = self.peek() {
            return Ok(opened);
        }
        let _one_at_a_time = self.opening.take_within(OPENING_PATIENCE).map_err(VaultError::from)?;
        if let Some(opened) = self.peek() {
            return Ok(opened);
        }
        let closings = self.closings.load(Ordering::SeqCst);
        self.open_catalog();
        let opened = despite_damage(|| self.open_vault()).map_err(|error| match error {
            SottovoceError::AlreadyOpen if self.is_closing() => SottovoceError::Busy,
            other => other,
        })?;
        let mut current = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if self.closings.load(Ordering::SeqCst) != closings {
            self.catalog.write().unwrap_or_else(PoisonError::into_inner).take();
            drop(current);
            opened.close();
            return Err(SottovoceError::Locked);
        }
        *current = Some(opened.clone());
        Ok(opened)
    }

    /// Tells notices what the app and its catalog make use of, and how many messages may come of it.
    pub(super) fn tell_uses(&self, gate: &Gate) -> std::result::Result<(), ConsentError> {
        gate.cap_messages(self.peek_catalog().map(|catalog| {
            let messages = &catalog.plan().messages;
            MessageCaps { per_day: messages.most_a_day(), per_week: messages.most_a_week() }
        }));
        gate.leave_out(&self.unused_purposes())
    }

    /// Whether what was shut down last has not let go of its files yet.
    pub(super) fn is_closing(&self) -> bool {
        self.closing.lock().unwrap_or_else(PoisonError::into_inner).strong_count() > 0
    }

    fn open_vault(&self) -> Result<Arc<Opened>> {
        if is_of_another(&self.config.vault_folder(), &self.config.store_id)? {
            let detail = "it holds the data of another store; give each store a folder of its own";
            return Err(SottovoceError::argument("directory", detail));
        }
        let offered =
            self.config.policy.as_ref().map(|bytes| Policy::open(bytes, &self.shop_key)).transpose();
        let (vault, opening) = Vault::open_sharing(
            &self.config.vault_folder(),
            &self.config.widget_folder(),
            &self.config.store_id,
            self.key_store.clone(),
            self.random.clone(),
        )?;
        let policy = match &offered {
            Ok(Some(policy)) => policy.clone(),
            _ => Policy::baseline()?,
        };
        let gate = Gate::open(vault, policy, self.clock.clone(), self.random.clone())?;
        let gate = gate.going_on(self.coming.clone());
        if let (Err(refused), None) = (&offered, gate.refused_policy()) {
            say(LogLevel::Error, format_args!("the policy of this release is refused: {refused}"));
            gate.refuse_policy(refused);
        }
        // What was denied is denied already; should its erasure fail, maintenance takes it up.
        let resumed = gate.resume_erasure().survived("finish an interrupted erasure").flatten();
        let lapsed = gate.expire_at_opening().survived("erase data of expired consent").flatten();
        let erased = [resumed, lapsed].into_iter().flatten().reduce(ErasureReport::and);
        signals::begin(&gate, &opening)?;
        // It may have come while the vault was locked.
        match self.settle_catalog(&gate) {
            Err(ConsentError::Newer(_)) => {}
            other => other?,
        }
        self.tell_uses(&gate)?;
        let profile = Profile::default();
        if let Some(installed) = self.peek_catalog() {
            // Should it fail, maintenance takes it up.
            profile.follow_catalog(&gate, &installed).survived(FOLLOW_CATALOG);
            profile.follow_topics(&gate, &installed, None).survived(FOLLOW_TOPICS);
        }
        profile.reload(&gate)?;
        profile.set_mode(self.mode());
        report(&opening, gate.has_policy_of_its_own());
        let opened = Opened { gate, profile, experiments: Experiments::default(), opening, erased };
        // Should it fail, maintenance takes it up.
        opened.keep_to_retention().survived("delete data at the end of its retention");
        Ok(Arc::new(opened))
    }

    /// Notes a call that shutdown waits for, until what is given back is dropped.
    pub(crate) fn begin(&self) -> Call {
        self.begun.begin()
    }

    /// As [`begin`](Self::begin), for a call that another thread is going to make.
    pub(crate) fn begin_elsewhere(&self) -> Call {
        self.begun.begin_elsewhere()
    }

    /// Closes the files and forgets everything in memory, keys included. Calls about consent and data that have begun come
    /// to their end first; what else is under way is refused. From inside a call, that one is waited for elsewhere. Tells
    /// whether it was open.
    pub(crate) fn shutdown(&self) -> bool {
        let inside = turn::is_held_here() || self.begun.is_under_way_here();
        let patience = if inside || self.begun.wait(ENDING) { ENDING } else { Duration::ZERO };
        let opened = {
            let mut current = self.opened.write().unwrap_or_else(PoisonError::into_inner);
            // In one moment with what is taken away: an unlock is before it or after it.
            self.closings.fetch_add(1, Ordering::SeqCst);
            self.catalog.write().unwrap_or_else(PoisonError::into_inner).take();
            current.take()
        };
        self.shown.clear();
        let Some(opened) = opened else { return false };
        *self.closing.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&opened);
        let begun = self.begun.clone();
        let close = move || {
            // Some may have begun in between.
            begun.wait(patience);
            opened.close();
        };
        if inside {
            threads::start("sottovoce-closing", Box::new(close)).survived("close the vault");
        } else {
            close();
        }
        true
    }
}

/// Says what opening found.
fn report(opening: &Opening, own_policy: bool) {
    let found = [
        (opening.damaged, "the vault was damaged: what could be read was carried over"),
        (
            opening.rolled_back,
            "the files are older than what stands beside the key: the stricter of both holds",
        ),
        (opening.key_was_missing, "the key was missing: a new vault was begun"),
        (opening.came_back, "a vault that was set aside is in use again: its key is back"),
        (opening.erase_unfinished, "an erasure is not finished yet"),
    ];
    for (_, text) in found.into_iter().filter(|(found, _)| *found) {
        say(LogLevel::Error, text);
    }
    if !own_policy {
        say(
            LogLevel::Warning,
            "no consent policy of this shop is in use: the built-in one names no controller and no contact, and is \
             not for release; sign one with `sottovoce policy` and pass it as Config.policy",
        );
    }
    say(LogLevel::Info, "the vault is open");
}
