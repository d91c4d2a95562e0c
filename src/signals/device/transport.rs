//! The app's own network stack. This library opens no socket.
//!
//! Whatever a [`Transport`] does is survived: it may fail, panic, take for ever, or call the engine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::limits::REASON;

/// One header of a request.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpHeader {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A request to send unchanged: add no cookies, no user agent and no identifiers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// Absolute https address.
    pub url: String,
    /// POST for a report, GET for a file of the catalog.
    pub method: String,
    /// All headers to send.
    pub headers: Vec<HttpHeader>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// The body: what was asked for with GET. Of an answer to POST it is ignored and may be empty.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// No network, no response, or the app does not want to send now. It is tried again later.
    #[error("the request could not be sent; it will be tried again")]
    Failed {
        /// For the app's log.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: e.reason }
    }
}

/// Sends requests. The app implements it with URLSession, OkHttp or another client.
#[uniffi::export(foreign)]
pub trait Transport: Send + Sync {
    /// Sends one request and waits for the response. It may block: only sending waits for it. It may call the engine.
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// What an answer means for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ack {
    /// It was taken.
    Done,
    /// It never will be.
    Dead,
    /// It may be later.
    Retry,
}

impl Ack {
    const fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Done,
            408 | 425 | 429 => Self::Retry,
            400..=499 => Self::Dead,
            _ => Self::Retry,
        }
    }
}

/// The app's transport, with one request on its way at a time.
pub struct Sender {
    transport: Arc<dyn Transport>,
    under_way: AtomicBool,
}

impl Sender {
    /// Sends by this transport.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport, under_way: AtomicBool::new(false) }
    }

    /// The right to send, unless somebody has it. It is not waited for: a request may never return,
    /// and the second claim may come from within the first.
    pub(crate) fn claim(&self) -> Option<Sending<'_>> {
        // Made only by whoever gets it: to drop a claim gives it back.
        (!self.under_way.swap(true, Ordering::SeqCst)).then(|| Sending(self))
    }
}

/// The right to send, until it is dropped.
pub(crate) struct Sending<'a>(&'a Sender);

impl Sending<'_> {
    /// Asks for something; what the transport said if nothing came.
    pub(crate) fn ask(&self, request: HttpRequest) -> Result<HttpResponse, String> {
        let send = AssertUnwindSafe(|| self.0.transport.send(request));
        match catch_unwind(send) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(TransportError::Failed { reason })) => Err(REASON.cut(&reason).to_owned()),
            Err(_) => Err("the transport panicked".into()),
        }
    }

    /// Sends one request. Only the status of an answer is looked at; why there is none does not
    /// matter, nor does it whether the transport panicked: the same bytes are sent again later.
    pub(crate) fn send(&self, request: HttpRequest) -> Ack {
        let send = AssertUnwindSafe(|| self.0.transport.send(request).map(|answer| answer.status));
        match catch_unwind(send) {
            Ok(Ok(status)) => Ack::of(status),
            Ok(Err(_)) | Err(_) => Ack::Retry,
        }
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.under_way.store(false, Ordering::SeqCst);
    }
}
