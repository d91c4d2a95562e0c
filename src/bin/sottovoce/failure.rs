//! Why a command stopped, as one line of text with the file it was about.

use std::fmt::Display;
use std::path::Path;

/// The line.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    /// About a file.
    pub fn at(path: &Path, error: impl Display) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
