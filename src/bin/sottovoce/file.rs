//! Reading keys, and writing what others download.

use std::fs;
use std::fs::OpenOptions;
use std::io::Write as _;
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

/// Writes a secret for its owner only, to a file that must not exist yet.
pub fn write_new_secret(path: &Path, secret: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let at = |error: std::io::Error| Failure::at(path, error);
    let mut file = options.open(path).map_err(at)?;
    file.write_all(secret).and_then(|()| file.sync_all()).map_err(at)
}
