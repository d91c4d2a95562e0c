//! The thread that calls the engine, so that the window never waits for disk, key store or network.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use sottovoce::consent::Purpose;

use crate::seen::{Note, Seen};
use crate::shop::{Options, Shop};
use crate::state::Action;

/// What the worker is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Opens the example shop.
    Open,
    /// Does what the user did.
    Do(Action),
    /// Saves the switches of the notice.
    Save(BTreeSet<Purpose>),
}

/// What the engine is called by.
pub enum Worker {
    /// A thread; answers come when they come.
    Thread {
        /// To the thread.
        jobs: Sender<Job>,
        /// From it.
        answers: Receiver<Arc<Seen>>,
    },
    /// The caller itself, for tests: an answer is there when the call returns.
    Here(Box<Hand>, Vec<Arc<Seen>>),
}

impl Worker {
    /// Starts the thread; `wake` is called after each answer.
    #[must_use]
    pub fn thread(options: Options, wake: impl Fn() + Send + 'static) -> Self {
        let (jobs, todo) = channel::<Job>();
        let (done, answers) = channel();
        thread::spawn(move || {
            let mut hand = Hand::new(options);
            for job in todo {
                if done.send(hand.work(job)).is_err() {
                    return;
                }
                wake();
            }
        });
        Self::Thread { jobs, answers }
    }

    /// Works on the caller's thread.
    #[must_use]
    pub fn here(options: Options) -> Self {
        Self::Here(Box::new(Hand::new(options)), Vec::new())
    }

    /// Hands a job over.
    pub fn send(&mut self, job: Job) {
        match self {
            // Without a thread there is nobody to tell: the window is closing.
            Self::Thread { jobs, .. } => drop(jobs.send(job)),
            Self::Here(hand, answers) => answers.push(hand.work(job)),
        }
    }

    /// The answers that have come since the last call.
    pub fn answers(&mut self) -> Vec<Arc<Seen>> {
        match self {
            Self::Thread { answers, .. } => answers.try_iter().collect(),
            Self::Here(_, answers) => std::mem::take(answers),
        }
    }
}

/// Does one job after the other.
pub struct Hand {
    options: Options,
    shop: Option<Shop>,
    seen: Seen,
}

impl Hand {
    fn new(options: Options) -> Self {
        Self { options, shop: None, seen: Seen::default() }
    }

    fn work(&mut self, job: Job) -> Arc<Seen> {
        match (job, &mut self.shop) {
            (Job::Do(action), Some(shop)) => shop.perform(action, &mut self.seen),
            (Job::Save(allowed), Some(shop)) => shop.save(allowed.into_iter().collect(), &mut self.seen),
            (Job::Open, _) | (_, None) => {
                match Shop::open(self.options.clone(), Instant::now(), &mut self.seen) {
                    Ok(shop) => self.shop = Some(shop),
                    Err(error) => self.seen.note = Some(Note { text: error.to_string(), failed: true }),
                }
            }
        }
        Arc::new(self.seen.clone())
    }
}
