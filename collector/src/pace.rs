//! How fast one connection may send: whoever floods the collector keeps nobody else waiting. No address is looked at.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

use crate::writer::Writer;

/// What a connection has left: a second's requests at first and at most, and as many more with each second.
#[derive(Clone, Default)]
pub struct Connection(Arc<Mutex<Option<(f64, Instant)>>>);

impl Connected<IncomingStream<'_, TcpListener>> for Connection {
    fn connect_info(_: IncomingStream<'_, TcpListener>) -> Self {
        Self::default()
    }
}

impl Connection {
    /// Takes one of `rate` requests a second, or says that there is none.
    fn take(&self, rate: f64, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = state.unwrap_or((rate, now));
        let left = (left + now.saturating_duration_since(since).as_secs_f64() * rate).min(rate);
        let may = left >= 1.0;
        *state = Some((if may { left - 1.0 } else { left }, now));
        may
    }
}

/// Passes a request on, or answers 429 before anything of it is read. A device keeps what was not taken, and sends the
/// same bytes later.
pub async fn paced(
    State((writer, rate)): State<(Arc<Writer>, u32)>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    if rate == 0 || connection.take(rate.into(), Instant::now()) {
        return next.run(request).await;
    }
    writer.note_limited();
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_connection_gets_a_second_at_once_and_no_more_than_its_rate_after_that() {
        let (connection, start) = (Connection::default(), Instant::now());
        let taken = |after_ms| {
            let now = start + Duration::from_millis(after_ms);
            (0..100).filter(|_| connection.take(10.0, now)).count()
        };
        assert_eq!(
            [taken(0), taken(0), taken(250), taken(300), taken(1_300), taken(99_000)],
            [10, 0, 2, 1, 10, 10]
        );
    }
}
