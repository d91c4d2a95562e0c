//! What goes wrong without stopping anything is said here, and nowhere is an error dropped without a line.
//!
//! Lines carry no user data: a category, what was being done, and the text of an error, which has none either. They are
//! handed to the app's logger on a thread of its own, so that a logger that blocks, fails or calls the engine holds up
//! nothing. Where it does not keep up, lines are lost and counted.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::threads;

/// Lines that wait for the app's logger at most.
const WAITING: usize = 256;

/// Severity of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, uniffi::Enum)]
pub enum LogLevel {
    /// A normal event.
    Info,
    /// Something failed and the engine continues; pending work is tried again.
    Warning,
    /// Data was lost, set aside or came from an older copy.
    Error,
}

/// The app's logger failed. The line is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LoggerError {
    /// An error in the app.
    #[error("the app's logger failed: {reason}")]
    Failed {
        /// The reason that the app gave.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for LoggerError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: e.reason }
    }
}

/// Implemented by the app, to write log lines to the app's own log.
#[uniffi::export(foreign)]
pub trait Logger: Send + Sync {
    /// Takes one line, on a thread of its own. `category` is the part of the engine, such as `vault`.
    fn log(&self, level: LogLevel, category: String, text: String) -> Result<(), LoggerError>;
}

struct Line {
    level: LogLevel,
    category: &'static str,
    text: String,
}

static LINES: RwLock<Option<SyncSender<Line>>> = RwLock::new(None);
static LOST: AtomicU64 = AtomicU64::new(0);

/// Sends every line from now on to `logger`, for all engines of the process; `None` stops it.
pub(crate) fn set_logger(logger: Option<Arc<dyn Logger>>) {
    let lines = logger.and_then(|logger| {
        let (lines, taken) = sync_channel(WAITING);
        let started = threads::start("sottovoce-log", Box::new(move || deliver(&*logger, &taken)));
        started.ok().map(|()| lines)
    });
    *LINES.write().unwrap_or_else(PoisonError::into_inner) = lines;
}

fn deliver(logger: &dyn Logger, lines: &Receiver<Line>) {
    for Line { level, category, text } in lines {
        let lost = LOST.swap(0, Ordering::Relaxed);
        let missing = (lost > 0).then(|| (LogLevel::Warning, "base", format!("{lost} lines were lost")));
        for (level, category, text) in missing.into_iter().chain([(level, category, text)]) {
            // A logger that fails has nobody to be told to.
            let _ = catch_unwind(AssertUnwindSafe(|| logger.log(level, category.into(), text)));
        }
    }
}

/// Logs a line. `text` has no user data.
#[track_caller]
pub(crate) fn say(level: LogLevel, text: impl Display) {
    let lines = LINES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(lines) = &*lines {
        let line = Line { level, category: category(Location::caller().file()), text: text.to_string() };
        if lines.try_send(line).is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The category a source file lies in.
fn category(file: &'static str) -> &'static str {
    let inside =
        file.rsplit_once("src/").or_else(|| file.rsplit_once("src\\")).map_or(file, |(_, rest)| rest);
    inside.split(['/', '\\']).next().unwrap_or(inside)
}

/// A failure after which the engine continues.
pub(crate) trait Survived<T> {
    /// The value, or `None` after a log line. `doing` says what failed.
    fn survived(self, doing: &'static str) -> Option<T>;
}

impl<T, E: Display> Survived<T> for Result<T, E> {
    #[track_caller]
    fn survived(self, doing: &'static str) -> Option<T> {
        match self {
            Ok(value) => Some(value),
            Err(error) => {
                say(LogLevel::Warning, format_args!("{doing}: {error}"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_known_by_its_folder_wherever_the_sources_lie() {
        assert_eq!(category("src/vault/life/open.rs"), "vault");
        assert_eq!(category("/home/somebody/src/sottovoce-0.1.0/src/consent/gate/mod.rs"), "consent");
        assert_eq!(category("src\\api\\engine.rs"), "api");
        assert_eq!(category(Location::caller().file()), "base");
    }
}
