//! Sending what waits: always the stored bytes, as often as it takes, and no charge comes back.

use super::error::SignalsError;
use super::failpoint::reach;
use super::outbox::{self, Trace, WAITING, Waiting};
use super::prepare::Signals;
use super::transport::{Ack, HttpHeader, HttpRequest, Transport};
use super::wire::Report;
use crate::consent::{ConsentError, Measurement, Permit};
use crate::random;
use crate::vault::Durability;

/// Media type of a report.
pub const REPORT_MEDIA_TYPE: &str = "application/vnd.sottovoce.report";

/// What a flush did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, uniffi::Record)]
pub struct FlushReport {
    /// Taken by the server.
    pub sent: u32,
    /// Refused for good, or too old.
    pub dropped: u32,
    /// Failed; tried again later.
    pub failed: u32,
    /// Not due yet.
    pub waiting: u32,
}

/// What is to become of a waiting report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Sent,
    Dropped,
    Later,
}

impl Signals<'_> {
    /// Sends reports that are due. A change of consent stops it before the next one; no lock is held
    /// meanwhile.
    ///
    /// # Errors
    /// [`SignalsError`]. A report that was sent but could not be noted is sent again as it is, and
    /// counted once.
    pub fn flush(
        &self,
        permit: &Permit<Measurement>,
        transport: &dyn Transport,
    ) -> Result<FlushReport, SignalsError> {
        let mut done = FlushReport::default();
        for waiting in outbox::waiting(self.gate, permit)? {
            if permit.check().is_err() {
                break;
            }
            let now_ms = self.gate.now_ms();
            if waiting.is_expired(now_ms) {
                self.settle(permit, &waiting, Fate::Dropped)?;
                done.dropped += 1;
            } else if waiting.is_due(now_ms) {
                self.send(permit, waiting, transport, &mut done)?;
            } else {
                done.waiting += 1;
            }
        }
        Ok(done)
    }

    fn send(
        &self,
        permit: &Permit<Measurement>,
        mut waiting: Waiting,
        transport: &dyn Transport,
        done: &mut FlushReport,
    ) -> Result<(), SignalsError> {
        reach("about to send")?;
        let answer = transport.send(request(&waiting));
        reach("sent")?;
        let (fate, count) = match Ack::of(&answer) {
            Ack::Done => (Fate::Sent, &mut done.sent),
            Ack::Dead => (Fate::Dropped, &mut done.dropped),
            Ack::Retry => {
                waiting.back_off(self.gate.now_ms(), |bound| random::below(self.random, bound))?;
                (Fate::Later, &mut done.failed)
            }
        };
        *count += 1;
        self.settle(permit, &waiting, fate)?;
        reach("noted")
    }

    /// Notes what became of a report. Power loss may forget it: the same bytes are sent again.
    fn settle(
        &self,
        permit: &Permit<Measurement>,
        waiting: &Waiting,
        fate: Fate,
    ) -> Result<(), SignalsError> {
        let id = Report::parse(&waiting.body).map_err(|_| SignalsError::Encoding)?.id;
        let essential = self.gate.essential();
        let trace = outbox::encode(&self.trace(waiting))?;
        self.gate.write(Durability::Normal, |tx| {
            match tx.at(permit) {
                Ok(mut records) => match fate {
                    Fate::Later => records.put(WAITING, &outbox::key(&id), &outbox::encode(waiting)?)?,
                    Fate::Sent | Fate::Dropped => records.remove(WAITING, &outbox::key(&id))?,
                },
                // Withdrawn while it was on its way: destroyed already, but the trace is owed.
                Err(ConsentError::StalePermit(_)) => {}
                Err(e) => return Err(e.into()),
            }
            reach("removed")?;
            if fate == Fate::Sent {
                outbox::leave_trace(&mut tx.at(&essential)?, &trace)?;
            }
            Ok(())
        })
    }

    fn trace(&self, waiting: &Waiting) -> Trace {
        Trace {
            task_id: waiting.task.id.clone(),
            window_start: waiting.window.0,
            sent_ms: self.gate.now_ms(),
            bytes: u32::try_from(waiting.body.len()).unwrap_or(u32::MAX),
        }
    }
}

fn request(waiting: &Waiting) -> HttpRequest {
    HttpRequest {
        url: waiting.url.clone(),
        method: "POST".into(),
        headers: vec![HttpHeader { name: "Content-Type".into(), value: REPORT_MEDIA_TYPE.into() }],
        body: waiting.body.clone(),
    }
}
