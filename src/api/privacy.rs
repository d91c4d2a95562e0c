//! What would leave the device, before it does.

use std::sync::Arc;

use super::answers::answer;
use super::engine::{Engine, Opened};
use super::error::Result;
use crate::signals::{BudgetView, FlushReport, OutboxView, Prepared, SentView, Signals, Task};

/// What regular upkeep did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MaintenanceReport {
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

    fn with<T>(
        &self,
        work: impl FnOnce(&Opened, Signals<'_>, &dyn Fn(&Task) -> Option<u32>) -> Result<T>,
    ) -> Result<T> {
        let opened = self.engine.unlock()?;
        let catalog = self.engine.catalog_or_empty()?;
        let now_ms = self.engine.clock.now_ms();
        let signals = Signals::new(&opened.gate, &*self.engine.random);
        work(&opened, signals, &|task| answer(task, opened.visitor(), &catalog, now_ms))
    }
}

#[uniffi::export]
impl PrivacyApi {
    /// The reports that wait: the question, the true answer (which never leaves), what will be said
    /// instead, and the exact bytes.
    pub fn outbox(&self) -> Result<Vec<OutboxView>> {
        self.with(|_, signals, answer| Ok(signals.preview(answer)?))
    }

    /// What was sent, oldest first.
    pub fn sent(&self) -> Result<Vec<SentView>> {
        self.with(|_, signals, _| Ok(signals.sent()?))
    }

    /// The privacy budget: what was spent and what is left.
    pub fn budget(&self) -> Result<BudgetView> {
        let tasks = self.engine.tasks()?;
        self.with(|_, signals, _| Ok(signals.budget(tasks.as_ref())?))
    }

    /// Destroys the reports that wait. What they were charged stays spent.
    pub fn discard(&self) -> Result<u32> {
        self.with(|_, signals, _| Ok(signals.discard()?))
    }

    /// Regular upkeep, to be called from the platform's scheduler and never in answer to what the
    /// person does: notes what ran out, deletes what has reached the end of its retention, makes
    /// this window's report and, where allowed, sends what is due. Blocks.
    pub fn run_maintenance(&self, allow_network: bool) -> Result<MaintenanceReport> {
        let tasks = self.engine.tasks()?;
        let transport = self.engine.transport.clone().filter(|_| allow_network);
        self.with(|opened, signals, answer| {
            opened.gate.tick(self.engine.clock.now_ms())?;
            let report = tasks.map(|set| signals.prepare(&set, answer)).transpose()?;
            let sent = transport.map(|t| signals.flush(&*t)).transpose()?;
            Ok(MaintenanceReport { events_purged: opened.purge()?, report, sent })
        })
    }
}
