//! What the vault's stress tests share.
#![allow(dead_code, missing_docs, reason = "each test binary uses its part")]

pub mod disk;
pub mod keys;
pub mod life;
pub mod replay;
pub mod vfs;

use std::path::PathBuf;

/// A folder in memory where the system has one: thousands of states are written to it.
pub fn fast_folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// A number from the environment, for runs that are longer than a plain `cargo test`.
pub fn from_env(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
