//! In which order the app made its calls. Each may run on a thread of its own, and the later one may come first: a denial must
//! not be undone by consent that was given before it.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

static LAST: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static CALL: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The next number.
pub(crate) fn next() -> u64 {
    LAST.fetch_add(1, Ordering::SeqCst) + 1
}

/// The number of the call that this thread works for; a new one where nobody gave it one.
pub(crate) fn of_this_call() -> u64 {
    CALL.get().unwrap_or_else(next)
}

/// Works for the call of this number.
pub(crate) fn within<T>(number: u64, work: impl FnOnce() -> T) -> T {
    struct Back(Option<u64>);
    impl Drop for Back {
        fn drop(&mut self) {
            CALL.set(self.0);
        }
    }
    let _back = Back(CALL.replace(Some(number)));
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_has_the_number_of_its_call_wherever_it_runs() {
        let (first, second) = (next(), next());
        assert!(first < second);
        let there = std::thread::spawn(move || within(first, of_this_call)).join().unwrap();
        assert_eq!(there, first);
        assert_eq!(within(first, || within(second, of_this_call)), second);
        assert!(of_this_call() > second, "nobody numbered this thread");
    }
}
