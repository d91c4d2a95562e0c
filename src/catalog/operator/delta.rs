//! Making a delta: what of the old bundle is in the new one, found section by section.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::ops::Range;

use crate::catalog::CatalogError;
use crate::catalog::device::delta::Rebuilt;
use crate::catalog::format::delta::{MAGIC, Operation, VERSION};
use crate::catalog::format::{Column, Head};

/// Bytes that have to be equal where the old section is not expected to go on.
const WINDOW: usize = 16;
/// Windows of the old section begin at multiples of this.
const STRIDE: usize = 8;
/// Equal bytes that are worth an operation where the old section goes on.
const WORTH: usize = 6;

/// A delta that makes `new` out of `old`. It has no signature: what a device makes of it is the signed bundle itself.
///
/// # Errors
/// [`CatalogError::Build`] when they are no bundles of one shop, the newer one second; whatever is wrong with either.
pub fn build_delta(old: &[u8], new: &[u8]) -> Result<Vec<u8>, CatalogError> {
    let heads = (Head::read(&mut &*old, None)?, Head::read(&mut &*new, None)?);
    let [from, to] = [&heads.0.manifest, &heads.1.manifest];
    if from.store_id != to.store_id || from.version >= to.version {
        return Err(CatalogError::Build { what: "a delta leads from a shop's bundle to a newer one of it" });
    }
    let old_sections = sections(&heads.0);
    let mut delta = [&MAGIC[..], &[VERSION], &heads.0.hash].concat();
    let mut written = Written::default();
    let mut at = 0;
    for (column, place) in sections(&heads.1) {
        written.plain(new.get(at..place.start).unwrap_or_default());
        at = place.end;
        let section = new.get(place).ok_or(CatalogError::damaged("length"))?;
        let before = old_sections.iter().find(|(other, _)| *other == column).map(|(_, place)| place.clone());
        let before = before.unwrap_or_default();
        written.section(old.get(before.clone()).unwrap_or_default(), before.start, section);
    }
    written.plain(new.get(at..).unwrap_or_default());
    written.flush();
    delta.append(&mut written.operations);
    let mut again = Vec::new();
    let read = Rebuilt::of(Cursor::new(old), heads.0.hash, &mut delta.as_slice())?.read_to_end(&mut again);
    if read.is_ok() && again == new {
        Ok(delta)
    } else {
        Err(CatalogError::Build { what: "a delta that leads elsewhere" })
    }
}

/// Where the known columns lie in the file, in its order.
fn sections(head: &Head) -> Vec<(Column, Range<usize>)> {
    let start = head.bytes();
    let place = |place: &Range<u64>| start + place.start as usize..start + place.end as usize;
    let columns = head.manifest.table.columns.iter();
    let mut sections: Vec<_> = columns.map(|(column, _, at)| (*column, place(at))).collect();
    sections.sort_by_key(|(_, place)| place.start);
    sections
}

/// The operations so far.
#[derive(Default)]
struct Written {
    operations: Vec<u8>,
    /// Bytes that no operation makes yet.
    pending: Vec<u8>,
    /// The place in the old bundle that a reader has reached, without them.
    at: usize,
}

impl Written {
    fn number(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 0x80 {
            self.operations.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.operations.push(rest as u8);
    }

    fn operation(&mut self, operation: Operation, bytes: usize) {
        self.number((bytes as u64) << 2 | operation as u64);
        self.at += bytes;
    }

    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.operation(Operation::Bytes, pending.len());
            self.operations.extend_from_slice(&pending);
        }
    }

    fn copy(&mut self, from: usize, bytes: usize) {
        self.flush();
        let step = from as i64 - self.at as i64;
        self.number((bytes as u64) << 2 | Operation::Copy as u64);
        self.number((step << 1 ^ step >> 63).cast_unsigned());
        self.at = from + bytes;
    }

    /// Bytes that no section holds: a head, and zeros between sections.
    fn plain(&mut self, bytes: &[u8]) {
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        self.pending.extend_from_slice(bytes.get(..end).unwrap_or_default());
        if end < bytes.len() {
            self.flush();
            self.operation(Operation::Zeros, bytes.len() - end);
        }
    }

    /// A section, out of the one that the old bundle has from byte `start` on.
    fn section(&mut self, old: &[u8], start: usize, new: &[u8]) {
        let windows = old.windows(WINDOW).enumerate().step_by(STRIDE);
        let index: HashMap<&[u8], usize> = windows.map(|(place, window)| (window, place)).collect();
        let equal = |at: usize, from: usize| {
            let pairs = new.get(at..).unwrap_or_default().iter().zip(old.get(from..).unwrap_or_default());
            pairs.take_while(|(a, b)| a == b).count()
        };
        let (mut at, mut goes_on) = (0, 0);
        while at < new.len() {
            let run = equal(at, goes_on);
            if run >= WORTH || run > 0 && at + run == new.len() {
                self.copy(start + goes_on, run);
                (at, goes_on) = (at + run, goes_on + run);
                continue;
            }
            let found = new.get(at..at + WINDOW).and_then(|window| index.get(window)).copied();
            if let Some(from) = found {
                let run = equal(at, from);
                self.copy(start + from, run);
                (at, goes_on) = (at + run, from + run);
                continue;
            }
            self.pending.extend(new.get(at));
            (at, goes_on) = (at + 1, goes_on + 1);
        }
    }
}
