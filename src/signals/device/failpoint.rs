//! Places where a test can make the process die. In a build they are nothing.

use crate::signals::error::SignalsError;

#[cfg(not(test))]
pub(crate) const fn reach(_step: &'static str) -> Result<(), SignalsError> {
    Ok(())
}

#[cfg(test)]
thread_local! {
    static STEPS_TO_LIVE: std::cell::Cell<Option<u32>> = const { std::cell::Cell::new(None) };
}

/// Dies if a test has chosen this step.
#[cfg(test)]
pub(crate) fn reach(step: &'static str) -> Result<(), SignalsError> {
    STEPS_TO_LIVE.with(|left| match left.get() {
        Some(0) => {
            left.set(None);
            Err(SignalsError::Crash(step))
        }
        Some(n) => {
            left.set(Some(n - 1));
            Ok(())
        }
        None => Ok(()),
    })
}

/// Lets this thread pass `steps` steps and die at the next; `None` lets it live.
#[cfg(test)]
pub(crate) fn die_after(steps: Option<u32>) {
    STEPS_TO_LIVE.with(|left| left.set(steps));
}
