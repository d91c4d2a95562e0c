//! The library's own threads. They are counted, because some hosts end before their process does: a thread that is in
//! Python's code when the interpreter ends takes the process along.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use crate::base::begun::Begun;

static RUNNING: LazyLock<Arc<Begun>> = LazyLock::new(Arc::default);
static ENDED: AtomicBool = AtomicBool::new(false);

/// Does work on a thread of its own. What a panic leaves is seen by whoever waits for it.
pub(crate) fn start(name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let running = RUNNING.begin_elsewhere();
    if ENDED.load(Ordering::SeqCst) {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let run = move || {
        let _ = catch_unwind(AssertUnwindSafe(work));
        drop(running);
    };
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}

/// Starts no thread any more, and waits until none runs. Gives up after `patience`.
pub(crate) fn end(patience: Duration) -> bool {
    ENDED.store(true, Ordering::SeqCst);
    RUNNING.wait(patience)
}
