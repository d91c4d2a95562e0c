//! The app's own network stack, as signals sees it. This library opens no socket.

/// One header of a request.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpHeader {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A request to be sent as it is: add no cookies, no user agent and no identifiers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// Absolute https address.
    pub url: String,
    /// Such as POST.
    pub method: String,
    /// All headers that are needed.
    pub headers: Vec<HttpHeader>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// The body; may be left empty.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// No network, no answer, or the app does not want to send now. It is tried again later.
    #[error("the request could not be sent; it will be tried again")]
    Failed {
        /// For the app's log.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: "the transport raised an unexpected error".into() }
    }
}

/// Sends requests. The app implements it with URLSession, OkHttp or whatever it has.
#[uniffi::export(foreign)]
pub trait Transport: Send + Sync {
    /// Sends one request and waits for the answer. Blocks.
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// What an answer means for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ack {
    /// It was taken.
    Done,
    /// It never will be.
    Dead,
    /// It may be later.
    Retry,
}

impl Ack {
    pub(super) const fn of(answer: &Result<HttpResponse, TransportError>) -> Self {
        match answer {
            Ok(HttpResponse { status: 200..=299, .. }) => Self::Done,
            Ok(HttpResponse { status: 408 | 425 | 429, .. }) => Self::Retry,
            Ok(HttpResponse { status: 400..=499, .. }) => Self::Dead,
            Ok(_) | Err(_) => Self::Retry,
        }
    }
}
