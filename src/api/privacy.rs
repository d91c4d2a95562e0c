//! What would leave the device, before it does.

use std::sync::Arc;

use crate::api::answers::answer;
use crate::api::engine::{Engine, Opened};
use crate::api::error::Result;
use crate::api::listener::Change;
use crate::consent::ErasureReport;
use crate::profile::Permits;
use crate::signals::{BudgetView, FlushReport, OutboxView, Prepared, SentView, Signals, SkipReason, Task};

/// What regular upkeep did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MaintenanceReport {
    /// What was erased because a yes ran out or nothing may leave any more.
    pub erased: Option<ErasureReport>,
    /// Events that had reached the end of their retention and were deleted.
    pub events_purged: u64,
    /// What became of this window's report; none where the app brought no questions.
    pub report: Option<Prepared>,
    /// What was sent; none where sending was not allowed or the app brought no transport.
    pub sent: Option<FlushReport>,
}

/// What would leave the device, and the budget it is charged to.
#[derive(uniffi::Object)]
pub struct PrivacyApi {
    engine: Arc<Engine>,
}

impl PrivacyApi {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }

    fn signals<'a>(&'a self, opened: &'a Opened) -> Signals<'a> {
        Signals::new(&opened.gate, &*self.engine.random)
    }

    /// What this device would truly answer.
    fn truth<'a>(&self, opened: &'a Opened) -> Result<impl Fn(&Task) -> Option<u32> + use<'a>> {
        let (permits, catalog) = (Permits::ask(&opened.gate), self.engine.catalog_or_empty()?);
        let now_ms = self.engine.clock.now_ms();
        Ok(move |task: &Task| answer(task, opened.user(&permits), &catalog, now_ms))
    }

    /// Makes this window's report, if the app brought questions and the user allows it.
    fn prepare(&self, opened: &Opened) -> Result<Option<Prepared>> {
        let Some(set) = self.engine.tasks()? else { return Ok(None) };
        let Ok(permit) = opened.gate.permit() else {
            return Ok(Some(Prepared::Skipped { reason: SkipReason::NotAllowed }));
        };
        Ok(Some(self.signals(opened).prepare(&permit, &set, self.truth(opened)?)?))
    }
}

#[uniffi::export]
impl PrivacyApi {
    /// The reports that wait: the question, the true answer (which never leaves), what will be said
    /// instead, and the exact bytes.
    pub fn outbox(&self) -> Result<Vec<OutboxView>> {
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(Vec::new()) };
        Ok(self.signals(&opened).preview(&permit, self.truth(&opened)?)?)
    }

    /// What was sent, oldest first.
    pub fn sent(&self) -> Result<Vec<SentView>> {
        Ok(self.signals(&*self.engine.opened()?).sent()?)
    }

    /// The privacy budget: what was spent and what is left.
    pub fn budget(&self) -> Result<BudgetView> {
        // Questions that had to be refused are never asked, and keep nothing from the user.
        let tasks = self.engine.tasks().unwrap_or_default();
        Ok(self.signals(&*self.engine.opened()?).budget(tasks.as_ref())?)
    }

    /// Destroys the reports that wait, for good: one that is being sent at that moment cannot be called
    /// back, but is not sent again. What they were charged stays spent.
    pub fn discard(&self) -> Result<u32> {
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(0) };
        Ok(self.signals(&opened).discard(&permit)?)
    }

    /// Regular upkeep, to be called from the platform's scheduler and never in answer to what the
    /// user does: erases what rested on a yes that ran out, deletes what has reached the end of its retention, makes
    /// this window's report and, where allowed, sends one that is due. Blocks while it does; a second call
    /// meanwhile sends nothing and says so.
    pub fn run_maintenance(&self, allow_network: bool) -> Result<MaintenanceReport> {
        let opened = self.engine.opened()?;
        let erased = match opened.gate.tick(self.engine.clock.now_ms()) {
            Ok(None) => None,
            ticked => self.engine.settled(&opened, Change::Consent, ticked)?,
        };
        let events_purged = opened.keep_to_retention()?;
        let report = self.prepare(&opened)?;
        let way_out = self.engine.sender.as_ref().filter(|_| allow_network).zip(opened.gate.permit().ok());
        let sent = way_out.map(|(s, permit)| self.signals(&opened).flush(&permit, s)).transpose()?;
        Ok(MaintenanceReport { erased, events_purged, report, sent })
    }
}
