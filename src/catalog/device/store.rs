//! The columns of an open catalog. Those that every ranking needs are in memory; the others are read when something asks for
//! them, and kept. Nothing is taken from a file that somebody wrote to since it was installed: what has not been read by then
//! is missing, and what has been read stays.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Once};

use once_cell::sync::OnceCell;

use crate::base::log::{LogLevel, say};
use crate::catalog::device::body::Body;
use crate::catalog::device::bytes::Bytes;
use crate::catalog::format::gaps::{Gaps, Run};
use crate::catalog::format::packed::Packing;
use crate::catalog::format::section::Encoding;
use crate::catalog::format::texts::{Block, Directory, HEADER};
use crate::catalog::format::view::{Cell, cells};
use crate::catalog::format::{Column, Manifest};

/// A column, and what was made of it so far.
#[derive(Debug)]
struct Slot {
    encoding: Encoding,
    /// Where it lies in the body.
    place: Range<usize>,
    /// Number of cells, as far as the manifest tells.
    cells: Option<u64>,
    width: usize,
    hash: Option<[u8; 32]>,
    /// Whether the bytes are those that the shop signed.
    sound: OnceCell<bool>,
    /// The column that says where its runs begin.
    rows: Option<Column>,
    read: OnceCell<Bytes>,
    packing: OnceCell<Packing>,
    gaps: OnceCell<Gaps>,
    unpacked: OnceCell<Bytes>,
    texts: OnceCell<Texts>,
}

#[derive(Debug)]
struct Texts {
    directory: Directory,
    blocks: Vec<OnceCell<Block>>,
}

/// All columns.
#[derive(Debug)]
pub(crate) struct Store {
    body: Arc<Body>,
    /// By the column's number.
    slots: Vec<Option<Slot>>,
    /// That something cannot be read is told once.
    told: Once,
}

impl Store {
    pub(crate) fn new(body: Arc<Body>, manifest: &Manifest) -> Self {
        let last = manifest.table.columns.iter().map(|(column, ..)| *column as usize).max();
        let mut slots: Vec<Option<Slot>> = (0..last.map_or(0, |last| last + 1)).map(|_| None).collect();
        for (column, encoding, place) in &manifest.table.columns {
            if let Some(slot) = slots.get_mut(*column as usize) {
                *slot = Some(Slot {
                    encoding: *encoding,
                    place: place.start as usize..place.end as usize,
                    cells: column.cells(manifest),
                    width: column.width() as usize,
                    hash: manifest.table.hash(place),
                    sound: OnceCell::new(),
                    rows: column.rows(),
                    read: OnceCell::new(),
                    packing: OnceCell::new(),
                    gaps: OnceCell::new(),
                    unpacked: OnceCell::new(),
                    texts: OnceCell::new(),
                });
            }
        }
        Self { body, slots, told: Once::new() }
    }

    /// The same, without what was made of it so far.
    pub(crate) fn fresh(&self, manifest: &Manifest) -> Self {
        Self::new(self.body.clone(), manifest)
    }

    /// The bundle, if all of it is in memory.
    pub(crate) fn bundle(&self) -> Option<&[u8]> {
        match &*self.body {
            Body::Memory { bundle, .. } => Some(bundle),
            #[cfg(unix)]
            Body::Installed { .. } => None,
        }
    }

    /// The end of the columns that every ranking needs.
    #[cfg(unix)]
    pub(crate) fn hot_end(manifest: &Manifest) -> u64 {
        let hot = manifest.table.columns.iter().filter(|(column, ..)| column.hot());
        hot.map(|(.., place)| place.end).max().unwrap_or_default()
    }

    /// Whether the bundle has the column.
    pub(crate) fn has(&self, column: Column) -> bool {
        self.slot(column).is_some()
    }

    /// The whole column as cells; empty if there is none.
    pub(crate) fn cells<T: Cell>(&self, column: Column) -> &[T] {
        self.slot(column).and_then(|slot| self.unpacked(slot)).map(cells).unwrap_or_default()
    }

    /// One cell.
    pub(crate) fn cell<T: Cell>(&self, column: Column, index: usize) -> Option<T> {
        let slot = self.slot(column)?;
        match slot.encoding {
            Encoding::Packed => self
                .packing(slot)?
                .values(self.stored(slot)?, index..index.saturating_add(1))
                .next()
                .map(T::of),
            _ => cells(self.unpacked(slot)?).get(index).copied(),
        }
    }

    /// Some cells; empty if they are not all there.
    pub(crate) fn some<T: Cell>(&self, column: Column, range: Range<usize>) -> Cow<'_, [T]> {
        let Some(slot) = self.slot(column).filter(|slot| slot.encoding == Encoding::Packed) else {
            return self.cells(column).get(range).unwrap_or_default().into();
        };
        let Some((packing, bytes)) = self.packing(slot).zip(self.stored(slot)) else { return Cow::default() };
        let wanted = range.len();
        let cells: Vec<T> = packing.values(bytes, range).map(T::of).collect();
        if cells.len() == wanted { cells.into() } else { Cow::default() }
    }

    /// Puts the cells from `start` on in `into`, as far as there are any, and returns how many.
    pub(crate) fn fill<T: Cell>(&self, column: Column, start: usize, into: &mut [T]) -> usize {
        let Some(slot) = self.slot(column).filter(|slot| slot.encoding == Encoding::Packed) else {
            let cells = self.cells(column).get(start..).unwrap_or_default();
            into.iter_mut().zip(cells).for_each(|(place, cell)| *place = *cell);
            return into.len().min(cells.len());
        };
        let Some((packing, bytes)) = self.packing(slot).zip(self.stored(slot)) else { return 0 };
        packing.fill(bytes, start, into)
    }

    /// Whether the column has all its cells.
    pub(crate) fn is_whole(&self, column: Column) -> bool {
        self.slot(column).is_some_and(|slot| self.unpacked(slot).is_some())
    }

    /// Where the run of a row begins and ends.
    pub(crate) fn run(&self, rows: Column, index: u32) -> Range<usize> {
        let (rows, index) = (self.cells::<u32>(rows), index as usize);
        match (rows.get(index), rows.get(index.saturating_add(1))) {
            (Some(start), Some(end)) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// The run of a row of a column whose runs are stored as gaps; nothing for any other column.
    pub(crate) fn ascending(&self, column: Column, index: u32) -> Option<Run<'_>> {
        let slot = self.slot(column).filter(|slot| slot.encoding == Encoding::Gaps)?;
        let count = self.run(slot.rows?, index).len();
        self.gaps(slot)?.run(self.stored(slot)?, index as usize, count)
    }

    /// One text, unless it is none.
    pub(crate) fn text(&self, column: Column, index: u32) -> Option<&str> {
        let slot = self.slot(column)?;
        if slot.encoding != Encoding::Texts {
            let run = self.run(column.rows()?, index);
            return std::str::from_utf8(self.stored(slot)?.get(run)?).ok();
        }
        let texts = slot.texts.get_or_try_init(|| self.texts(slot).ok_or(())).ok()?;
        let (block, place) = texts.directory.place(index);
        let block = texts.blocks.get(block)?.get_or_try_init(|| {
            let range = texts.directory.range(block).ok_or(())?;
            self.piece(slot, range).and_then(|bytes| Block::of(&bytes)).ok_or(())
        });
        block.ok()?.text(place)
    }

    /// Number of texts.
    pub(crate) fn text_count(&self, column: Column) -> usize {
        let Some(slot) = self.slot(column) else { return 0 };
        if slot.encoding != Encoding::Texts {
            return column.rows().map_or(0, |rows| self.cells::<u32>(rows).len().saturating_sub(1));
        }
        let texts = slot.texts.get_or_try_init(|| self.texts(slot).ok_or(()));
        texts.map_or(0, |texts| texts.directory.texts as usize)
    }

    fn texts(&self, slot: &Slot) -> Option<Texts> {
        let header = self.piece(slot, 0..HEADER)?;
        let length = Directory::bytes(*header.first_chunk()?)?;
        let directory = Directory::of(&self.piece(slot, 0..length)?)?;
        let blocks = (0..directory.blocks()).map(|_| OnceCell::new()).collect();
        Some(Texts { directory, blocks })
    }

    fn slot(&self, column: Column) -> Option<&Slot> {
        self.slots.get(column as usize)?.as_ref()
    }

    /// Whether a column is not there, or is what the shop signed.
    pub(crate) fn is_sound(&self, column: Column) -> bool {
        self.slot(column).is_none_or(|slot| self.has_signed(slot))
    }

    /// Whether the bytes of a section are those that the shop signed: looked at when something of it is asked for first.
    fn has_signed(&self, slot: &Slot) -> bool {
        *slot.sound.get_or_init(|| {
            let Some(signed) = slot.hash else { return true };
            let sound = self.body.hash(&slot.place).is_ok_and(|found| found == signed);
            if !sound {
                self.tell();
            }
            sound
        })
    }

    fn tell(&self) {
        let what = "the installed catalog was changed or cannot be read: a part of it is missing until it is installed again";
        self.told.call_once(|| say(LogLevel::Error, what));
    }

    /// All bytes of a section, as they are stored.
    fn stored<'a>(&'a self, slot: &'a Slot) -> Option<&'a [u8]> {
        if !self.has_signed(slot) {
            return None;
        }
        if let Some(bytes) = self.body.resident(slot.place.clone()) {
            return Some(bytes);
        }
        let read = || Bytes::filled(slot.place.len(), |into| self.body.read(slot.place.start, into));
        let bytes = slot.read.get_or_try_init(read).inspect_err(|_| self.tell());
        bytes.ok().and_then(|bytes| bytes.get(..slot.place.len()))
    }

    /// Some bytes of a section, as they are stored. They are not kept.
    fn piece<'a>(&'a self, slot: &'a Slot, range: Range<usize>) -> Option<Cow<'a, [u8]>> {
        if !self.has_signed(slot) {
            return None;
        }
        let end = slot.place.start.checked_add(range.end).filter(|end| *end <= slot.place.end)?;
        let place = slot.place.start.checked_add(range.start)?..end;
        if let Some(bytes) = self.body.resident(place.clone()) {
            return Some(bytes.into());
        }
        let mut bytes = vec![0; place.len()];
        self.body.read(place.start, &mut bytes).inspect_err(|_| self.tell()).ok()?;
        Some(bytes.into())
    }

    /// The packing, if it has the number of values that the manifest tells.
    fn packing<'a>(&self, slot: &'a Slot) -> Option<&'a Packing> {
        let fits = |packing: &Packing| match slot.cells {
            _ if slot.encoding == Encoding::Differences => slot.cells == Some(packing.len() as u64 + 1),
            Some(cells) => cells == packing.len() as u64,
            None => !packing.is_constant(),
        };
        let read = || self.stored(slot).and_then(Packing::of).filter(fits).ok_or(());
        slot.packing.get_or_try_init(read).ok()
    }

    /// The head of runs that are stored as gaps, if there are as many as their rows tell.
    fn gaps<'a>(&self, slot: &'a Slot) -> Option<&'a Gaps> {
        let rows = self.cells::<u32>(slot.rows?);
        let fits = |gaps: &Gaps| slot.width == size_of::<u32>() && gaps.runs() + 1 == rows.len();
        let read = || self.stored(slot).and_then(Gaps::of).filter(fits).ok_or(());
        slot.gaps.get_or_try_init(read).ok()
    }

    /// All runs that are stored as gaps.
    fn all_runs<'a>(&'a self, slot: &'a Slot) -> Option<&'a [u8]> {
        let (gaps, stored, rows) = (self.gaps(slot)?, self.stored(slot)?, self.cells::<u32>(slot.rows?));
        let count = rows.last().map(|last| *last as usize).filter(|count| *count <= gaps.most(stored))?;
        let length = count * slot.width;
        let runs = rows.iter().zip(rows.get(1..)?).map(|(from, to)| to.saturating_sub(*from) as usize);
        let numbers = runs.enumerate().filter_map(|(index, count)| gaps.run(stored, index, count)).flatten();
        let mut found = 0;
        let unpack = || {
            Bytes::filled(length, |into| {
                lay_out(into, slot.width, numbers.inspect(|_| found += 1).map(u64::from));
                if found == count { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
            })
        };
        slot.unpacked.get_or_try_init(unpack).ok().and_then(|bytes| bytes.get(..length))
    }

    /// The column as cells.
    fn unpacked<'a>(&'a self, slot: &'a Slot) -> Option<&'a [u8]> {
        if slot.encoding == Encoding::Raw {
            let fits = |bytes: &&[u8]| match slot.cells {
                Some(cells) => cells.checked_mul(slot.width as u64) == Some(bytes.len() as u64),
                None => bytes.len().is_multiple_of(slot.width),
            };
            return self.stored(slot).filter(fits);
        }
        if slot.encoding == Encoding::Gaps {
            return self.all_runs(slot);
        }
        let packing = self.packing(slot)?;
        let rows = slot.encoding == Encoding::Differences;
        let length = (packing.len() + usize::from(rows)) * slot.width;
        let unpack = || {
            let stored = self.stored(slot).ok_or(io::ErrorKind::InvalidData)?;
            let values = packing.values(stored, 0..packing.len());
            let mut sum = 0u64;
            let values = values.map(|value| {
                sum = if rows { sum.wrapping_add(value) } else { value };
                sum
            });
            Bytes::filled(length, |into| {
                // The first row is 0, as all fresh memory is.
                let behind = if rows { slot.width } else { 0 };
                lay_out(into.get_mut(behind..).unwrap_or_default(), slot.width, values);
                Ok(())
            })
        };
        slot.unpacked.get_or_try_init(unpack).ok().and_then(|bytes| bytes.get(..length))
    }
}

/// Puts the lowest bytes of each value one after another.
fn lay_out(into: &mut [u8], width: usize, values: impl Iterator<Item = u64>) {
    fn of<const WIDTH: usize>(into: &mut [u8], values: impl Iterator<Item = u64>) {
        for (place, value) in into.as_chunks_mut::<WIDTH>().0.iter_mut().zip(values) {
            place.copy_from_slice(value.to_le_bytes().get(..WIDTH).unwrap_or_default());
        }
    }
    match width {
        1 => of::<1>(into, values),
        2 => of::<2>(into, values),
        4 => of::<4>(into, values),
        _ => of::<8>(into, values),
    }
}
