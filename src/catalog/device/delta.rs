//! A new bundle out of the installed one and a delta, as a stream. Nothing it says is believed: what comes out is verified like
//! every other bundle.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::catalog::CatalogError;
use crate::catalog::format::delta::{MAGIC, Operation, VERSION};
use crate::catalog::format::{FORMAT, head};

/// The new bundle. What makes no sense ends it, as if it were cut short.
pub(crate) struct Rebuilt<'a, B> {
    base: B,
    delta: BufReader<&'a mut dyn Read>,
    operation: Operation,
    /// Bytes that the operation has still to make.
    left: u64,
    /// The place in the old bundle that was reached.
    at: u64,
}

impl<'a, B: Read + Seek> Rebuilt<'a, B> {
    /// From a delta for the bundle with this hash, and the whole of that.
    pub(crate) fn of(base: B, hash: [u8; 32], delta: &'a mut dyn Read) -> Result<Self, CatalogError> {
        let mut begin = [0; MAGIC.len() + 1];
        head::fill(delta, &mut begin)?;
        match begin.strip_prefix(MAGIC) {
            Some([VERSION]) => {}
            Some([newer]) if *newer > VERSION => {
                return Err(CatalogError::NewerFormat { found: FORMAT + 1, newest: FORMAT });
            }
            _ => return Err(CatalogError::damaged("a delta")),
        }
        let mut made_for = [0; 32];
        head::fill(delta, &mut made_for)?;
        if made_for != hash {
            return Err(CatalogError::OtherBase);
        }
        let delta = BufReader::new(delta);
        Ok(Self { base, delta, operation: Operation::Bytes, left: 0, at: 0 })
    }

    /// Reads the next operation, if there is one.
    fn next(&mut self) -> io::Result<Option<()>> {
        let Some((operation, left)) = self.number()?.and_then(Operation::of) else { return Ok(None) };
        if operation == Operation::Copy {
            let Some(step) = self.number()? else { return Ok(None) };
            let step = (step >> 1).cast_signed() ^ -(step & 1).cast_signed();
            let Some(at) = self.at.checked_add_signed(step) else { return Ok(None) };
            self.at = at;
        }
        (self.operation, self.left) = (operation, left);
        Ok(Some(()))
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> io::Result<Option<u64>> {
        let mut number = 0u64;
        for place in 0..10 {
            let mut byte = [0];
            if self.delta.read(&mut byte)? == 0 {
                return Ok(None);
            }
            let [byte] = byte;
            let bits = u64::from(byte & 0x7f);
            if bits.leading_zeros() < 7 * place {
                return Ok(None);
            }
            number |= bits << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}

impl<B: Read + Seek> Read for Rebuilt<'_, B> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            if self.next()?.is_none() {
                return Ok(0);
            }
        }
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let into = into.get_mut(..wanted).unwrap_or_default();
        let made = match self.operation {
            Operation::Bytes => self.delta.read(into)?,
            Operation::Copy => {
                self.base.seek(SeekFrom::Start(self.at))?;
                self.base.read(into)?
            }
            Operation::Zeros => {
                into.fill(0);
                wanted
            }
        };
        self.left -= made as u64;
        self.at = self.at.saturating_add(made as u64);
        Ok(made)
    }
}
