//! The library's own threads. They are counted, because some hosts end before their process does: a thread that is in
//! Python's code when the interpreter ends takes the process along.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::base::begun::Begun;

static RUNNING: LazyLock<Arc<Begun>> = LazyLock::new(Arc::default);
static ENDED: AtomicBool = AtomicBool::new(false);

/// Why no thread was started.
pub(crate) enum NotStarted {
    /// The host ends.
    Ended,
    /// The system has none left; the work, which was not begun.
    NoThread(Work, io::Error),
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the host ends"),
            Self::NoThread(_, error) => error.fmt(f),
        }
    }
}

/// What a thread does.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// Does work on a thread of its own. What a panic leaves is seen by whoever waits for it.
pub(crate) fn start(name: &str, work: Work) -> Result<(), NotStarted> {
    let running = RUNNING.begin_elsewhere();
    if ENDED.load(Ordering::SeqCst) {
        return Err(NotStarted::Ended);
    }
    let work = Arc::new(Mutex::new(Some(work)));
    let place = Arc::clone(&work);
    let run = move || {
        if let Some(work) = take(&place) {
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
        drop(running);
    };
    #[cfg(test)]
    let thread = if NONE_LEFT.get() { Err(io::ErrorKind::WouldBlock.into()) } else { spawn(name, run) };
    #[cfg(not(test))]
    let thread = spawn(name, run);
    match thread {
        Ok(_) => Ok(()),
        Err(error) => take(&work).map_or(Ok(()), |work| Err(NotStarted::NoThread(work, error))),
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}

#[cfg(test)]
thread_local! {
    static NONE_LEFT: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Does `work` as if the system had no thread left.
#[cfg(test)]
pub(crate) fn without_any<T>(work: impl FnOnce() -> T) -> T {
    NONE_LEFT.set(true);
    let done = work();
    NONE_LEFT.set(false);
    done
}

fn take(place: &Mutex<Option<Work>>) -> Option<Work> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Starts no thread any more, and waits until none runs. Gives up after `patience`.
pub(crate) fn end(patience: Duration) -> bool {
    ENDED.store(true, Ordering::SeqCst);
    RUNNING.wait(patience)
}
