//! Random bytes for nonces, fetched ahead: one system call for many seals.
//!
//! A nonce is public, so it may wait in memory; nothing secret is ever made of these bytes. They are handed out once
//! and are gone with the process, as SQLite's connection is: a vault must not be used on both sides of a `fork`.

use std::sync::{Arc, Mutex, PoisonError};

use crate::base::random::{RandomError, SecureRandom};

/// Forty nonces of twelve bytes.
const AHEAD: usize = 480;

/// A source for nonces.
pub(crate) struct Nonces {
    source: Arc<dyn SecureRandom>,
    ready: Mutex<([u8; AHEAD], usize)>,
}

impl Nonces {
    pub(crate) fn new(source: Arc<dyn SecureRandom>) -> Self {
        Self { source, ready: Mutex::new(([0; AHEAD], 0)) }
    }
}

impl SecureRandom for Nonces {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let (pool, left) = &mut *ready;
        if *left < bytes.len() {
            *left = 0;
            self.source.fill(pool)?;
            *left = AHEAD;
        }
        let from = left.checked_sub(bytes.len()).ok_or(RandomError)?;
        let taken = pool.get(from..*left).ok_or(RandomError)?;
        bytes.copy_from_slice(taken);
        *left = from;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::base::random::{SystemRandom, bytes};

    #[test]
    fn no_nonce_is_handed_out_twice() {
        let nonces = Nonces::new(Arc::new(SystemRandom));
        let all: HashSet<[u8; 12]> = (0..1000).map(|_| bytes(&nonces).unwrap()).collect();
        assert_eq!(all.len(), 1000);
    }

    #[test]
    fn a_source_that_fails_hands_out_nothing_old() {
        struct Failing(AtomicBool);
        impl SecureRandom for Failing {
            fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
                bytes.fill(9);
                if self.0.load(Ordering::SeqCst) { Err(RandomError) } else { Ok(()) }
            }
        }
        let source = Arc::new(Failing(AtomicBool::new(false)));
        let nonces = Nonces::new(source.clone());
        assert_eq!(bytes::<12>(&nonces), Ok([9; 12]));
        source.0.store(true, Ordering::SeqCst);
        let rest = (1..AHEAD / 12).filter(|_| bytes::<12>(&nonces).is_ok()).count();
        assert_eq!(rest, AHEAD / 12 - 1, "what was fetched is handed out");
        assert_eq!(bytes::<12>(&nonces), Err(RandomError));
        assert_eq!(bytes::<12>(&nonces), Err(RandomError), "nothing of the failed call either");
    }
}
