//! Blocking calls of other languages: each runs on a thread of its own, and whoever waits for it can be suspended.
//!
//! A future that is dropped cancels nothing: what was begun comes to its end.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::api::error::{Result, SottovoceError};
use crate::base::log::{LogLevel, say};
use crate::base::threads::NotStarted;
use crate::base::{log, order, threads, turn};

/// Does work on a thread of its own. A callback that the engine waits for is refused, because it would wait for itself.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let answer = Arc::new(Mutex::new(None));
    let place = answer.clone();
    let call = order::next();
    // Boxed, so that there is one of what follows in the library and not one for each call.
    run(Box::new(move || {
        let done = order::within(call, work);
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    }))
    .await?;
    let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
    answer.unwrap_or_else(|| Err(SottovoceError::internal("a call panicked")))
}

async fn run(work: Box<dyn FnOnce() + Send>) -> Result<()> {
    if turn::is_held_here() {
        return Err(SottovoceError::Reentrant);
    }
    let (done, end) = oneshot::async_channel();
    let run: Box<dyn FnOnce() + Send> = Box::new(move || {
        work();
        // Nobody may be waiting any more.
        let _ = done.send(());
    });
    match threads::start("sottovoce", run) {
        Ok(()) => {}
        Err(NotStarted::Ended) => {
            return Err(SottovoceError::File { detail: ErrorKind::Interrupted.to_string() });
        }
        // A denial needs no thread of its own: to keep the caller waiting is better than to do nothing.
        Err(NotStarted::NoThread(work, error)) => {
            say(LogLevel::Warning, format_args!("a call runs on its caller's thread: {error}"));
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    }
    end.await.map_err(|_| SottovoceError::internal("a call panicked"))
}

/// For a host that ends before its process does: no call is begun any more, and all that have begun are waited for, for at
/// most so many milliseconds. Tells whether all have ended.
#[cfg(not(any(target_os = "android", target_os = "ios")))]
#[unsafe(no_mangle)]
pub extern "C" fn sottovoce_end(patience_ms: u64) -> bool {
    log::set_logger(None);
    threads::end(Duration::from_millis(patience_ms))
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::sync::mpsc::channel;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread;
    use std::thread::Thread;

    use super::*;
    use crate::base::turn::Turn;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        future.poll(&mut Context::from_waker(&waker))
    }

    fn wait<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            match poll(future.as_mut()) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }

    #[test]
    fn the_work_is_done_on_another_thread_and_its_answer_comes_back() {
        let here = thread::current().id();
        assert_ne!(wait(off_thread(|| Ok(thread::current().id()))), Ok(here));
        assert_eq!(wait(off_thread(|| Err::<(), _>(SottovoceError::Busy))), Err(SottovoceError::Busy));
    }

    #[test]
    fn a_panic_is_an_error() {
        let answer = wait(off_thread(|| -> Result<()> { panic!("a bug") }));
        assert!(matches!(answer, Err(SottovoceError::Internal { .. })), "{answer:?}");
    }

    #[test]
    fn where_there_is_no_thread_left_the_work_is_done_here() {
        let here = thread::current().id();
        let answer = threads::without_any(|| wait(off_thread(|| Ok(thread::current().id()))));
        assert_eq!(answer, Ok(here));
    }

    #[test]
    fn whoever_stops_waiting_cancels_nothing() {
        let ((go, gone), (done, heard)) = (channel(), channel());
        {
            let mut future = pin!(off_thread(move || {
                gone.recv().map_err(|_| SottovoceError::Busy)?;
                done.send(()).map_err(|_| SottovoceError::Busy)
            }));
            assert!(poll(future.as_mut()).is_pending());
        }
        go.send(()).unwrap();
        heard.recv().unwrap();
    }

    #[test]
    fn a_callback_that_the_engine_waits_for_is_refused() {
        let turn = Turn::new(());
        let mine = turn.take().unwrap();
        assert_eq!(wait(off_thread(|| Ok(()))), Err(SottovoceError::Reentrant));
        drop(mine);
        assert_eq!(wait(off_thread(|| Ok(()))), Ok(()));
    }
}
