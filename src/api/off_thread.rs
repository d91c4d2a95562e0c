//! Blocking calls of other languages: each runs on a thread of its own, and whoever waits for it can be suspended.
//!
//! A future that is dropped cancels nothing: what was begun comes to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crate::api::error::{Result, SottovoceError};
use crate::base::turn;

/// Does work on a thread of its own. A callback that the engine waits for is refused, because it would wait for itself.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    if turn::is_held_here() {
        return Err(SottovoceError::Reentrant);
    }
    let (done, answer) = oneshot::async_channel();
    let run = move || {
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Nobody may be waiting any more.
        let _ = done.send(outcome.unwrap_or_else(|_| Err(SottovoceError::internal("a call panicked"))));
    };
    let started = thread::Builder::new().name("sottovoce".into()).spawn(run);
    started.map_err(|e| SottovoceError::File { detail: e.kind().to_string() })?;
    answer.await.unwrap_or_else(|_| Err(SottovoceError::internal("a call did not end")))
}
