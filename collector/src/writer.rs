//! The one thread that writes. It takes what has come together into one transaction, and answers when that is on the disk.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use axum::body::Bytes;
use axum::http::StatusCode;
use sottovoce::clock::{Clock as _, SystemClock};
use sottovoce::signals::{Ingest, ReportStore};
use tokio::sync::oneshot;

/// Reports that may wait; beyond them devices are told to come again.
const WAITING: usize = 10_000;
/// Reports of one transaction.
const BATCH: usize = 2_000;

struct Job {
    body: Bytes,
    answer: oneshot::Sender<StatusCode>,
}

/// What became of requests, by number.
#[derive(Default)]
struct Counts {
    counted: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    busy: AtomicU64,
    limited: AtomicU64,
    failed: AtomicU64,
}

/// Hands reports to the thread that writes.
pub struct Writer {
    jobs: SyncSender<Job>,
    counts: Arc<Counts>,
    is_well: Arc<AtomicBool>,
}

/// Starts the thread. It ends when the last [`Writer`] is gone and everything is written.
pub fn start(store: ReportStore) -> (Writer, JoinHandle<()>) {
    let (jobs, waiting) = sync_channel(WAITING);
    let (counts, is_well) = (Arc::<Counts>::default(), Arc::new(AtomicBool::new(true)));
    let (counting, wellness) = (counts.clone(), is_well.clone());
    let thread = std::thread::spawn(move || write(store, &waiting, &counting, &wellness));
    (Writer { jobs, counts, is_well }, thread)
}

impl Writer {
    /// Takes a report, and waits until it is on the disk.
    pub async fn take(&self, body: Bytes) -> StatusCode {
        let (answer, answered) = oneshot::channel();
        if self.jobs.try_send(Job { body, answer }).is_err() {
            self.counts.busy.fetch_add(1, Ordering::Relaxed);
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        answered.await.unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// Counts a report that came too fast.
    pub fn note_limited(&self) {
        self.counts.limited.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the last batch could be written.
    pub fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }

    /// Counters in Prometheus' text format. They begin anew with the process.
    pub fn metrics(&self) -> String {
        let Counts { counted, repeated, refused, busy, limited, failed } = &*self.counts;
        let mut text = String::from("# TYPE sottovoce_reports counter\n");
        for (result, number) in [
            ("counted", counted),
            ("repeated", repeated),
            ("refused", refused),
            ("busy", busy),
            ("limited", limited),
            ("failed", failed),
        ] {
            let _ =
                writeln!(text, "sottovoce_reports{{result=\"{result}\"}} {}", number.load(Ordering::Relaxed));
        }
        text
    }
}

fn write(mut store: ReportStore, waiting: &Receiver<Job>, counts: &Counts, is_well: &AtomicBool) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(BATCH - 1));
        let done = store.ingest(batch.iter().map(|job| &job.body[..]), SystemClock.now_ms());
        is_well.store(done.is_ok(), Ordering::Relaxed);
        let Ok(done) = done else {
            counts.failed.fetch_add(batch.len() as u64, Ordering::Relaxed);
            // Nothing of it was written: devices send it again.
            batch.into_iter().for_each(|job| answer(job, StatusCode::SERVICE_UNAVAILABLE));
            continue;
        };
        for (job, verdict) in batch.into_iter().zip(done) {
            let count = match verdict {
                Ingest::Counted => &counts.counted,
                Ingest::Duplicate => &counts.repeated,
                _ => &counts.refused,
            };
            count.fetch_add(1, Ordering::Relaxed);
            let status = StatusCode::from_u16(verdict.status()).unwrap_or(StatusCode::BAD_REQUEST);
            answer(job, status);
        }
    }
}

/// Whoever has hung up meanwhile sends the report again, and it is known.
fn answer(job: Job, status: StatusCode) {
    let _ = job.answer.send(status);
}
