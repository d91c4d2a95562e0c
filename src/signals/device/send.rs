//! Sending what waits: always the stored bytes, as often as it takes, and no charge comes back.
//!
//! Reports leave singly. Those that pile up while a phone has no network would be known for one
//! device's if they came one upon the other, so one leaves and the others draw new times.

use crate::base::codec::Record as _;
use crate::base::random;
use crate::consent::{Measurement, Permit, Trim};
use crate::signals::device::failpoint::reach;
use crate::signals::device::outbox;
use crate::signals::device::outbox::{APART_MS, Trace, Waiting};
use crate::signals::device::prepare::Signals;
use crate::signals::device::transport::{Ack, HttpHeader, HttpRequest, Sender};
use crate::signals::error::SignalsError;
use crate::vault::Durability;
use crate::vault::tables::WAITING;

/// Media type of a report.
pub const REPORT_MEDIA_TYPE: &str = "application/vnd.sottovoce.report";

/// What a flush did. It sends at most one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, uniffi::Record)]
pub struct FlushReport {
    /// Accepted by the server.
    pub sent: u32,
    /// Permanently refused, or too old.
    pub dropped: u32,
    /// Failed; tried again later, unless it was discarded or withdrawn in the meantime.
    pub failed: u32,
    /// Not due yet, or postponed because another one was sent.
    pub waiting: u32,
    /// Another call was sending at that moment, so this one sent nothing.
    pub under_way: bool,
}

impl Signals<'_> {
    /// Sends one report, if any is due. No lock is held meanwhile; a second call finds the first
    /// under way and returns at once.
    ///
    /// # Errors
    /// [`SignalsError`]. A report that was sent but could not be noted is sent again as it is, and
    /// counted once.
    pub fn flush(&self, permit: &Permit<Measurement>, sender: &Sender) -> Result<FlushReport, SignalsError> {
        let Some(sending) = sender.claim() else {
            return Ok(FlushReport { under_way: true, ..FlushReport::default() });
        };
        let (drawn, mut done) = self.draw_report(permit)?;
        let Some(mut waiting) = drawn else { return Ok(done) };
        permit.check()?;
        reach("about to send")?;
        let ack = sending.send(request(&waiting));
        reach("sent")?;
        match ack {
            Ack::Done => done.sent += 1,
            Ack::Dead => done.dropped += 1,
            Ack::Retry => {
                done.failed += 1;
                waiting.back_off(self.gate.now_ms(), &|bound| random::below(self.random, bound))?;
            }
        }
        self.settle(&waiting, ack)?;
        reach("noted")?;
        Ok(done)
    }

    /// Draws one of the reports that are due, and drops those that are too old. Whatever else would
    /// leave soon gets a new time, for good, before anything leaves.
    fn draw_report(
        &self,
        permit: &Permit<Measurement>,
    ) -> Result<(Option<Waiting>, FlushReport), SignalsError> {
        let now_ms = self.gate.now_ms();
        self.gate.write(Durability::Full, |tx| {
            let mut records = tx.at(permit)?;
            let all: Vec<Waiting> = outbox::decode_all(self.gate, &records.scan(WAITING)?);
            let (expired, fresh): (Vec<_>, Vec<_>) = all.into_iter().partition(|w| w.is_expired(now_ms));
            for waiting in &expired {
                records.remove(WAITING, &waiting.key()?)?;
            }
            let (mut due, mut others): (Vec<_>, Vec<_>) =
                fresh.into_iter().partition(|w| w.is_due_within(0, now_ms));
            let mut drawn = None;
            if !due.is_empty() {
                let at = random::below(self.random, due.len() as u64)?;
                drawn = Some(due.swap_remove(usize::try_from(at).unwrap_or(0)));
                others.append(&mut due);
                for waiting in others.iter_mut().filter(|w| w.is_due_within(APART_MS, now_ms)) {
                    waiting.put_off(now_ms, &|bound| random::below(self.random, bound))?;
                    records.put(WAITING, &waiting.key()?, &waiting.encode()?)?;
                }
            }
            reach("drawn")?;
            Ok((
                drawn,
                FlushReport { dropped: count(&expired), waiting: count(&others), ..FlushReport::default() },
            ))
        })
    }

    /// Notes what became of a report that was sent, however consent has changed meanwhile. If it was discarded or taken
    /// back, it stays so. Power loss may forget the note: the same bytes are sent again.
    fn settle(&self, waiting: &Waiting, ack: Ack) -> Result<(), SignalsError> {
        self.gate.write(Durability::Normal, |tx| {
            // What is sealed because a signal denies its use would leave again once it may be used.
            let over = self.gate.retention::<Measurement>();
            tx.trim(&over, WAITING, |bytes| match Waiting::decode(bytes) {
                Ok(other) if other.body == waiting.body => match (ack, waiting.encode()) {
                    (Ack::Retry, Ok(later)) => Trim::Replace(later.into()),
                    _ => Trim::Delete,
                },
                _ => Trim::Keep,
            })?;
            reach("removed")?;
            if ack == Ack::Done {
                let trace = self.trace(waiting).encode()?;
                outbox::leave_trace(&mut tx.at(&self.gate.essential())?, &trace)?;
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

fn count(waiting: &[Waiting]) -> u32 {
    u32::try_from(waiting.len()).unwrap_or(u32::MAX)
}

fn request(waiting: &Waiting) -> HttpRequest {
    HttpRequest {
        url: waiting.url.clone(),
        method: "POST".into(),
        headers: vec![HttpHeader { name: "Content-Type".into(), value: REPORT_MEDIA_TYPE.into() }],
        body: waiting.body.clone(),
    }
}
