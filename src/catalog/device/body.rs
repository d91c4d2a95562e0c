//! The bytes behind a bundle's head: in memory, or in the installed file.

use std::io;
use std::ops::Range;
#[cfg(unix)]
use std::{fs::File, time::SystemTime};

use crate::base::signed::Sha256;
use crate::catalog::device::bytes::Bytes;
use crate::catalog::format::BLOCK_BYTES;

/// Where the body is.
#[derive(Debug)]
pub(crate) enum Body {
    /// In memory, behind the head of the bundle.
    Memory {
        /// The bundle.
        bundle: Bytes,
        /// Where the body starts.
        start: usize,
    },
    /// In the installed file, of which the hot columns were read.
    #[cfg(unix)]
    Installed {
        /// The file.
        file: File,
        /// Where the body starts.
        start: u64,
        /// The first bytes of the body.
        hot: Bytes,
        /// When it was last written to.
        written: SystemTime,
    },
}

impl Body {
    /// The bytes, if they are in memory.
    pub(super) fn resident(&self, range: Range<usize>) -> Option<&[u8]> {
        match self {
            Self::Memory { bundle, start } => bundle.get(*start..)?.get(range),
            #[cfg(unix)]
            Self::Installed { hot, .. } => hot.get(range),
        }
    }

    /// Reads bytes that are not in memory.
    pub(super) fn read(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Memory { .. } => {
                let _ = (at, into); // What is not there cannot be read.
                Err(io::ErrorKind::UnexpectedEof.into())
            }
            #[cfg(unix)]
            Self::Installed { file, start, written, .. } => {
                std::os::unix::fs::FileExt::read_exact_at(file, into, start + at as u64)?;
                // Looked at last, so that writing meanwhile does not go unnoticed.
                let untouched = file.metadata()?.modified()? == *written;
                if untouched { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
            }
        }
    }

    /// SHA-256 of some of the bytes.
    pub(super) fn hash(&self, place: &Range<usize>) -> io::Result<[u8; 32]> {
        let mut hash = Sha256::new();
        if let Some(bytes) = self.resident(place.clone()) {
            hash.update(bytes);
        } else {
            let mut buffer = vec![0; BLOCK_BYTES.min(place.len())];
            for start in place.clone().step_by(BLOCK_BYTES) {
                let piece = buffer.get_mut(..BLOCK_BYTES.min(place.end - start)).unwrap_or_default();
                self.read(start, piece)?;
                hash.update(piece);
            }
        }
        Ok(hash.finish())
    }
}
