//! Reading keys, and writing what others download.

use std::fs;
use std::path::{Path, PathBuf};

use sottovoce::catalog::SigningKey;

use crate::failure::Failure;

/// The private key in a file of `keygen`.
pub fn read_key(path: &Path) -> Result<SigningKey, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
    SigningKey::from_pem(&text).map_err(|error| Failure::at(path, error))
}

/// Under another name first, so that whoever serves the file never serves half of it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    fs::write(&unfinished, bytes)
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|error| Failure::at(path, error))
}
