//! Signals: the only way out, and it has no socket.
//!
//! ```text
//! signed task set ─▶ draw one question per window ─▶ true answer ─▶ randomise (subset selection)
//!        ─▶ [ report bytes + charge ] one durable transaction ─▶ outbox ─▶ Transport (the app's)
//! ```
//! The model is local differential privacy: what is stored and sent is already random, so no
//! server has to be trusted. ε is the logarithm of a ratio of integers ([`Odds`]) and there is no
//! float between the answer and the wire. Retries send the stored bytes again and cost nothing.
//! Under the feature `operator`: the collector, which turns reports into counts with intervals.

#[cfg(test)]
mod audit;
#[cfg(feature = "operator")]
mod collector;
mod error;
#[cfg(feature = "operator")]
pub mod estimator;
mod failpoint;
mod flush;
#[cfg(feature = "operator")]
#[doc(hidden)]
pub mod fuzzing;
mod ledger;
mod odds;
mod outbox;
mod prepare;
mod preview;
mod randomizer;
mod task;
mod task_set;
#[cfg(test)]
mod tests;
mod transport;
mod wire;

#[cfg(feature = "operator")]
pub use collector::{Collector, CollectorError, Estimate, Ingest, NamedCount, Verdict};
pub use error::SignalsError;
pub use flush::{FlushReport, REPORT_MEDIA_TYPE};
pub use ledger::{Caps, begin};
pub use odds::{BadOdds, MAX_ODDS_TERM, Odds};
pub use outbox::keep_to_retention;
pub use prepare::{Prepared, SendTime, Signals, SkipReason};
pub use preview::{BudgetView, OutboxView, SentView};
pub use randomizer::{BadBuckets, BucketSet, MAX_BUCKETS, SubsetSelection, Support};
pub use task::{Answerable, MAX_REPORT_MICRO_EPSILON, MAX_TASK_BUCKETS, MIN_BATCH_FLOOR, Measurement, Task};
pub use task_set::{MAX_VALID_DAYS, TASKS_KIND, TaskError, TaskSet, Window, day_of};
pub use transport::{HttpHeader, HttpRequest, HttpResponse, Sender, Transport, TransportError};
pub use wire::{HEADER_BYTES, MAX_REPORT_BYTES, Report, TaskRef, WireError};
