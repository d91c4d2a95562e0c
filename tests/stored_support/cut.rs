//! Key stores for an erasure: one photographs the device inside it, one cannot be reached meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sottovoce::vault::{FileKeyStore, KeyStore, KeyStoreError};

use super::Home;
use super::life::photograph;

/// Photographs once after the next root key was stored and nothing else has happened yet, and once when the old root
/// key is about to be removed.
pub struct Cut {
    inner: Arc<FileKeyStore>,
    home: PathBuf,
    pending: PathBuf,
    retired: PathBuf,
    armed: AtomicBool,
}

impl Cut {
    pub fn new(home: &Home, pending: &Path, retired: &Path) -> Self {
        Self {
            inner: home.key_store(),
            home: home.path().into(),
            pending: pending.into(),
            retired: retired.into(),
            armed: AtomicBool::new(false),
        }
    }

    pub fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    fn photograph(&self, to: &Path) {
        if self.armed.load(Ordering::SeqCst) && !to.exists() {
            photograph(&self.home, to);
        }
    }
}

impl KeyStore for Cut {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.inner.load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.inner.store(alias, secret)?;
        self.photograph(&self.pending);
        Ok(())
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.photograph(&self.retired);
        self.inner.remove(alias)
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.inner.list(prefix)
    }
}

/// Cannot be reached any more once it is locked.
pub struct Lockable {
    inner: Arc<FileKeyStore>,
    locked: AtomicBool,
}

impl Lockable {
    pub fn new(home: &Home) -> Self {
        Self { inner: home.key_store(), locked: AtomicBool::new(false) }
    }

    pub fn lock(&self) {
        self.locked.store(true, Ordering::SeqCst);
    }

    fn inner(&self) -> Result<&FileKeyStore, KeyStoreError> {
        let locked = self.locked.load(Ordering::SeqCst);
        let unavailable = || KeyStoreError::Unavailable { reason: "locked".into() };
        (!locked).then_some(&*self.inner).ok_or_else(unavailable)
    }
}

impl KeyStore for Lockable {
    fn load(&self, alias: String) -> Result<Vec<u8>, KeyStoreError> {
        self.inner()?.load(alias)
    }

    fn store(&self, alias: String, secret: Vec<u8>) -> Result<(), KeyStoreError> {
        self.inner()?.store(alias, secret)
    }

    fn remove(&self, alias: String) -> Result<(), KeyStoreError> {
        self.inner()?.remove(alias)
    }

    fn list(&self, prefix: String) -> Result<Vec<String>, KeyStoreError> {
        self.inner()?.list(prefix)
    }
}
