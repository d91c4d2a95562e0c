//! Signals: the only way out, and it has no socket.
//!
//! ```text
//! signed task set ─▶ draw one question per window ─▶ true answer ─▶ randomise ─▶ seal to the collector
//!        ─▶ [ report bytes + charge ] one durable transaction ─▶ outbox ─▶ Transport (the app's)
//! ```
//! The model is local differential privacy: what is stored and sent is already random, so no
//! server has to be trusted. ε is the logarithm of a ratio of integers ([`Odds`]) and there is no
//! float between the answer and the wire. Retries send the stored bytes again and cost nothing.
//! Under the feature `operator`: the collector, which turns reports into counts with intervals.
//!
//! [`Odds`]: crate::signals::Odds

mod budget;
mod channel;
mod device;
mod dp;
mod error;
/// Entry points for fuzzing.
#[cfg(feature = "operator")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "operator")]
mod operator;
mod task;
#[cfg(test)]
mod tests;
mod wire;

pub use budget::{Caps, begin};
#[cfg(feature = "operator")]
pub use channel::seal;
pub use device::outbox::keep_to_retention;
pub use device::prepare::{Asked, Prepared, SendTime, Signals, SkipReason};
pub use device::preview::{BudgetView, OutboxView, SentView};
pub use device::question::QuestionView;
pub use device::send::{FlushReport, REPORT_MEDIA_TYPE};
pub(crate) use device::transport::Sending;
pub use device::transport::{HttpHeader, HttpRequest, HttpResponse, Sender, Transport, TransportError};
pub use dp::bucket_set::BucketSet;
pub use dp::clipped_sum::{BadAmount, ClippedSum, MAX_AMOUNT};
pub use dp::mechanism::{Answer, Mechanism};
pub use dp::odds::{BadOdds, MAX_ODDS_TERM, Odds};
pub use dp::subset_selection::{BadBuckets, MAX_BUCKETS, SubsetSelection, Support};
pub use dp::unary::UnaryEncoding;
pub use error::SignalsError;
#[cfg(feature = "operator")]
pub use operator::audit::{Audit, AuditVerdict};
#[cfg(feature = "operator")]
pub use operator::collector::{Collector, CollectorError, Ingest};
#[cfg(feature = "operator")]
pub use operator::drift::{Change, Drift, DriftVerdict};
#[cfg(feature = "operator")]
pub use operator::estimate::{Amount, Estimate, NamedCount, Share, Verdict};
#[cfg(feature = "operator")]
pub use operator::estimator;
#[cfg(feature = "operator")]
pub use operator::secret::CollectorSecret;
#[cfg(feature = "operator")]
pub use operator::store::{ReportStore, StoreError, Told};
pub use task::key::{Aead, CollectorKey};
pub use task::measurement::{Kind, Measurement};
pub use task::set::{MAX_VALID_DAYS, TASKS_KIND, TaskError, TaskSet, Window, day_of};
pub use task::{MAX_REPORT_MICRO_EPSILON, MAX_TASK_BUCKETS, MIN_BATCH_FLOOR, Task};
pub use wire::{HEADER_BYTES, REPORT_BYTES, Report, SEALED_REPORT_BYTES, TaskRef, WireError};
