//! What would leave the device, before it does.

use std::sync::Arc;

use sottovoce_macros::blocking;

use crate::answers::{Subject, answer};
use crate::api::engine::{Engine, Opened};
use crate::api::error::{Result, check_locale};
use crate::api::listener::Change;
use crate::api::sottovoce::Sottovoce;
use crate::base::log::Survived as _;
use crate::consent::ErasureReport;
use crate::profile::Permits;
use crate::signals::{
    Answer, Asked, BudgetView, FlushReport, OutboxView, Prepared, QuestionView, SentView, Signals, SkipReason,
};

/// What a maintenance run did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MaintenanceReport {
    /// What was erased because consent expired or reports may not be sent any more.
    pub erased: Option<ErasureReport>,
    /// Number of events that reached the end of their retention and were deleted.
    pub events_purged: u64,
    /// The result for this window's report; none if the app provides no questions.
    pub report: Option<Prepared>,
    /// What was sent; none if sending was not allowed or the app provides no transport.
    pub sent: Option<FlushReport>,
}

/// Reports before they leave the device, and the privacy budget. Calls fail with `Locked` before `unlock`.
#[derive(uniffi::Object)]
pub struct PrivacyApi {
    pub(super) engine: Arc<Engine>,
}

#[uniffi::export]
impl Sottovoce {
    /// Reports before they leave the device, and the privacy budget.
    pub fn privacy(&self) -> Arc<PrivacyApi> {
        Arc::new(PrivacyApi { engine: self.engine.clone() })
    }
}

impl PrivacyApi {
    fn signals<'a>(&'a self, opened: &'a Opened) -> Signals<'a> {
        Signals::new(&opened.gate, &*self.engine.random)
    }

    /// The true answer of this device.
    fn truth<'a>(&self, opened: &'a Opened) -> Result<impl Fn(Asked<'_>) -> Option<Answer> + use<'a>> {
        let (permits, catalog) = (Permits::ask(&opened.gate), self.engine.catalog_or_empty()?);
        let now_ms = self.engine.clock.now_ms();
        // What cannot be read is as if nothing had been shown.
        let seen =
            opened.gate.permit().ok().map(|permit| opened.experiments.exposures(&opened.gate, &permit));
        let exposures =
            seen.and_then(|seen| seen.survived("read what was shown of experiments")).unwrap_or_default();
        Ok(move |asked: Asked<'_>| {
            let user = opened.user(&permits);
            answer(asked, &Subject { user, catalog: &catalog, exposures: &exposures, now_ms })
        })
    }

    /// Makes this window's report, if the app provides questions and the user allows it.
    fn prepare(&self, opened: &Opened) -> Result<Option<Prepared>> {
        let Some(tasks) = self.engine.tasks().transpose() else { return Ok(None) };
        let Some(set) = tasks.survived("read the questions") else {
            return Ok(Some(Prepared::Skipped { reason: SkipReason::Refused }));
        };
        let Ok(permit) = opened.gate.permit() else {
            return Ok(Some(Prepared::Skipped { reason: SkipReason::NotAllowed }));
        };
        Ok(Some(self.signals(opened).prepare(&permit, &set, self.truth(opened)?)?))
    }
}

#[blocking]
impl PrivacyApi {
    /// The waiting reports: the question, the true answer (which never leaves the device), the randomised answer, and
    /// the exact bytes.
    pub fn outbox(&self) -> Result<Vec<OutboxView>> {
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(Vec::new()) };
        Ok(self.signals(&opened).preview(&permit, self.truth(&opened)?)?)
    }

    /// What each question would learn, in the language of a locale such as `de-AT`: what is asked, what chance does to
    /// the answer, and how much likelier a true answer is at most. Waiting and sent reports name theirs by its identifier.
    pub fn questions(&self, locale: String) -> Result<Vec<QuestionView>> {
        check_locale(&locale)?;
        let opened = self.engine.opened()?;
        let tasks = self.engine.tasks().survived("read the questions").flatten();
        let permit = opened.gate.permit().ok();
        Ok(self.signals(&opened).questions(permit.as_ref(), tasks.as_ref(), &locale)?)
    }

    /// The sent reports, oldest first; the last 104.
    pub fn sent(&self) -> Result<Vec<SentView>> {
        Ok(self.signals(&*self.engine.opened()?).sent()?)
    }

    /// The privacy budget: spent and left, in millionths of epsilon.
    pub fn budget(&self) -> Result<BudgetView> {
        // Questions that had to be refused are never asked, and keep nothing from the user.
        let tasks = self.engine.tasks().survived("read the questions").flatten();
        Ok(self.signals(&*self.engine.opened()?).budget(tasks.as_ref())?)
    }

    /// Destroys the waiting reports permanently and returns their number. A report that is being sent at this moment
    /// cannot be recalled, but it is not sent again. Their charges stay spent.
    pub fn discard(&self) -> Result<u32> {
        let opened = self.engine.opened()?;
        let Ok(permit) = opened.gate.permit() else { return Ok(0) };
        Ok(self.signals(&opened).discard(&permit)?)
    }

    /// Regular maintenance. Call it from the platform's scheduler, never in response to a user action. It erases data
    /// of expired consent, deletes data at the end of its retention, makes this window's report and, with
    /// `allow_network`, sends one report that is due. Questions that are refused are skipped; what is due is sent nevertheless.
    /// A second call at the same time sends nothing and says so.
    pub fn run_maintenance(&self, allow_network: bool) -> Result<MaintenanceReport> {
        let opened = self.engine.opened()?;
        let erased = match opened.gate.tick(self.engine.clock.now_ms()) {
            Ok(None) => None,
            ticked => self.engine.settled(&opened, Change::Consent, ticked)?,
        };
        self.engine.follow_catalog(&opened);
        let events_purged = opened.keep_to_retention()?;
        // What waits is owed, whatever became of the questions.
        let report = self.prepare(&opened);
        let way_out = self.engine.sender.as_ref().filter(|_| allow_network).zip(opened.gate.permit().ok());
        let sent = way_out.map(|(s, permit)| self.signals(&opened).flush(&permit, s)).transpose()?;
        Ok(MaintenanceReport { erased, events_purged, report: report?, sent })
    }
}
