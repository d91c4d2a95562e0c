//! The app's key store, believed only as far as it can be read back.
//!
//! It is foreign code: it may fail in any way, answer garbage, claim what it did not do, or panic. A call that ends in
//! an exception nobody declared can even look like success on this side of the boundary.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::base::log::Survived as _;
use crate::vault::error::KeyStoreError;
use crate::vault::keys::store::KeyStore;

/// No item of ours is longer, in bytes.
pub(super) const LONGEST_ITEM: usize = 1024;
/// More aliases than any device has; what comes beyond is not looked at.
const MOST_ALIASES: usize = 4096;

/// A key store whose every answer is checked.
#[derive(Clone)]
pub(crate) struct CheckedStore(Arc<dyn KeyStore>);

impl CheckedStore {
    pub(crate) fn new(store: Arc<dyn KeyStore>) -> Self {
        Self(store)
    }

    /// The secret under `alias`.
    pub(crate) fn load(&self, alias: &str) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        let secret = Zeroizing::new(call(|| self.0.load(alias.to_owned()))?);
        if secret.len() > LONGEST_ITEM {
            return Err(mismatch());
        }
        Ok(secret)
    }

    /// Stores a secret and reads it back. When it is not there, as much of it as may be is removed.
    pub(crate) fn put(&self, alias: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        let kept = call(|| self.0.store(alias.to_owned(), secret.to_vec())).and_then(|()| self.load(alias));
        match kept {
            Ok(kept) if *kept == *secret => Ok(()),
            other => {
                self.delete(alias).survived("remove a secret that could not be read back");
                Err(other.err().filter(|e| matches!(e, KeyStoreError::Unavailable { .. })).unwrap_or_else(
                    || KeyStoreError::Unavailable { reason: "a stored secret could not be read back".into() },
                ))
            }
        }
    }

    /// Removes a secret and makes sure that it is gone: a key store that has nothing to say for a while says `Missing`, too.
    pub(crate) fn delete(&self, alias: &str) -> Result<(), KeyStoreError> {
        let removed = call(|| self.0.remove(alias.to_owned()));
        match self.load(alias) {
            Err(KeyStoreError::Missing { .. }) => match self.list(alias) {
                Ok(left) if left.iter().any(|other| other == alias) => Err(still_there()),
                Ok(_) => Ok(()),
                Err(error) => {
                    Err(KeyStoreError::Unavailable { reason: format!("its items cannot be listed: {error}") })
                }
            },
            Err(unavailable @ KeyStoreError::Unavailable { .. }) => Err(unavailable),
            _ => Err(removed.err().unwrap_or_else(still_there)),
        }
    }

    /// The aliases that start with `prefix`, each once.
    pub(crate) fn list(&self, prefix: &str) -> Result<Vec<String>, KeyStoreError> {
        let mut aliases = call(|| self.0.list(prefix.to_owned()))?;
        aliases.truncate(MOST_ALIASES);
        aliases.retain(|alias| alias.starts_with(prefix) && alias.len() <= LONGEST_ITEM);
        aliases.sort_unstable();
        aliases.dedup();
        Ok(aliases)
    }
}

/// What the key store answers with bytes that are no item of ours.
pub(crate) fn mismatch() -> KeyStoreError {
    KeyStoreError::Mismatch { reason: "the item is not one the vault stored".into() }
}

fn still_there() -> KeyStoreError {
    KeyStoreError::Unavailable { reason: "a removed secret is still there".into() }
}

fn call<T>(work: impl FnOnce() -> Result<T, KeyStoreError>) -> Result<T, KeyStoreError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(KeyStoreError::Unavailable { reason: "the key store panicked".into() }))
        .map_err(KeyStoreError::cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::REASON;
    use crate::vault::MemoryKeyStore;

    /// Claims to store and to remove, and does nothing.
    struct Liar(MemoryKeyStore);

    impl KeyStore for Liar {
        fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
            self.0.load(alias)
        }

        fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
            Ok(())
        }

        fn remove(&self, _: String) -> Result<(), KeyStoreError> {
            Ok(())
        }

        fn list(&self, _: String) -> Result<Vec<String>, KeyStoreError> {
            Ok(vec!["b.1".into(), "a.2".into(), "a.1".into(), "a.2".into()])
        }
    }

    #[test]
    fn of_a_long_reason_no_more_is_kept_than_a_log_takes() {
        let long = || "\u{e9}".repeat(REASON.most);
        let kinds: [fn(String) -> KeyStoreError; 3] = [
            |reason| KeyStoreError::Unavailable { reason },
            |reason| KeyStoreError::Missing { reason },
            |reason| KeyStoreError::Mismatch { reason },
        ];
        for of in kinds {
            let told = call::<()>(|| Err(of(long()))).unwrap_err();
            assert_eq!(told, of("\u{e9}".repeat(REASON.most / 2)));
        }
    }

    #[test]
    fn a_claim_is_not_believed() {
        let inner = MemoryKeyStore::new();
        inner.store("a.2".into(), vec![7]).unwrap();
        let liar = CheckedStore::new(Arc::new(Liar(inner)));
        assert!(matches!(liar.put("a.1", b"key"), Err(KeyStoreError::Unavailable { .. })));
        assert!(matches!(liar.delete("a.2"), Err(KeyStoreError::Unavailable { .. })));
        assert_eq!(liar.delete("a.3"), Ok(()), "what is not there is gone");
        assert_eq!(liar.list("a.").unwrap(), ["a.1", "a.2"]);
        assert!(matches!(liar.delete("a.1"), Err(KeyStoreError::Unavailable { .. })), "missing, and listed");
    }

    #[test]
    fn a_removal_counts_once_the_list_is_without_it() {
        struct Mute;
        impl KeyStore for Mute {
            fn load(&self, _: String) -> Result<Vec<u8>, KeyStoreError> {
                Err(KeyStoreError::Missing { reason: "nothing".into() })
            }
            fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
                Ok(())
            }
            fn remove(&self, _: String) -> Result<(), KeyStoreError> {
                Ok(())
            }
            fn list(&self, _: String) -> Result<Vec<String>, KeyStoreError> {
                Err(KeyStoreError::Missing { reason: "nothing".into() })
            }
        }
        let mute = CheckedStore::new(Arc::new(Mute));
        assert!(matches!(mute.delete("a"), Err(KeyStoreError::Unavailable { .. })));
    }

    #[test]
    fn a_panic_or_a_huge_answer_is_an_error() {
        struct Wild;
        impl KeyStore for Wild {
            fn load(&self, _: String) -> Result<Vec<u8>, KeyStoreError> {
                Ok(vec![1; 50_000_000])
            }
            fn store(&self, _: String, _: Vec<u8>) -> Result<(), KeyStoreError> {
                panic!("the app's own")
            }
            fn remove(&self, _: String) -> Result<(), KeyStoreError> {
                Ok(())
            }
            fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
                Ok((0..100_000).map(|i| format!("{prefix}{i}")).collect())
            }
        }
        let wild = CheckedStore::new(Arc::new(Wild));
        assert_eq!(wild.load("a").unwrap_err(), mismatch());
        assert!(matches!(wild.put("a", b"key"), Err(KeyStoreError::Unavailable { .. })));
        assert_eq!(wild.list("a").unwrap().len(), MOST_ALIASES);
    }
}
